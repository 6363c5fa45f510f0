/// The rows of a rowid table with another declared primary key that differ, matched by that key.
///
/// The pages are walked in the order of the rowids. A row that came is looked up on the old side by its key, and is an update
/// of the row found; a row that went is left out where the new side has its key, for it is given where it came. Memory is
/// constant; each row that came, went or changed its key costs a look-up.
///
/// At one rowid a row can go and another come: the one that went is given first.
public final class KeyedRowDiff: RowChangeSource {
    private enum Phase {
        static let went: UInt8 = 0, came: UInt8 = 1
    }

    private let rows: RowDiff
    private let match: KeyMatch
    private let comparison: RowComparison
    private let old: KeyFinder
    private let new: KeyFinder
    private let left = RecordColumns()
    private let right = RecordColumns()
    /// The row that came at the rowid where another went, still to be given.
    private var pending: RowView?
    private var place: (phase: UInt8, rowid: Int64)?

    /// - Parameter rows: the rows that differ by rowid; nothing of it has been read.
    init(_ rows: RowDiff, _ match: KeyMatch, _ comparison: RowComparison) {
        self.rows = rows
        self.match = match
        self.comparison = comparison
        old = match.finderOnOld()
        new = match.finderOnNew()
    }

    public func next() throws(BTreeError) -> RowChange? {
        while true {
            if let row = pending {
                pending = nil
                if let change = try came(row) { return change }
            }
            guard let change = try rows.next() else { return nil }
            switch (change.before, change.after) {
            case (let before?, let after?):
                if try match.isSameKey(before, after, left, right) {
                    place = (Phase.came, after.rowid)
                    return change
                }
                pending = after
                if let change = try went(before) { return change }
            case (let before?, nil): if let change = try went(before) { return change }
            case (nil, let after?): if let change = try came(after) { return change }
            case (nil, nil): continue
            }
        }
    }

    private func went(_ row: RowView) throws(BTreeError) -> RowChange? {
        if try new.find(row) != nil { return nil }
        place = (Phase.went, row.rowid)
        return RowChange(deleted: row)
    }

    private func came(_ row: RowView) throws(BTreeError) -> RowChange? {
        guard let before = try old.find(row) else {
            place = (Phase.came, row.rowid)
            return RowChange(inserted: row)
        }
        if try comparison.isSame(before, row) { return nil }
        place = (Phase.came, row.rowid)
        return RowChange(from: before, to: row)
    }

    public func position() -> RowChangePosition? { place.map { RowChangePosition(phase: $0.phase, key: .rowid($0.rowid)) } }

    public func seek(after position: RowChangePosition) throws(BTreeError) {
        guard case .rowid(let rowid) = position.key, position.phase <= Phase.came else {
            throw .incomparable(detail: "a key was sought in a listing that is ordered by rowid")
        }
        pending = nil
        place = (position.phase, rowid)
        if position.phase == Phase.came { return try rows.seek(after: .rowid(rowid)) }
        // The row that came at that rowid is still to be given.
        try rows.seek(from: rowid)
        guard let change = try rows.next() else { return }
        switch (change.before, change.after) {
        case (_?, let after?) where change.rowid == rowid: pending = after
        case (_?, nil) where change.rowid == rowid: break
        default: throw .incomparable(detail: "there is no row that went at rowid \(rowid)")
        }
    }
}
