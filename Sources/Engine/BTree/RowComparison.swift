/// Compares the rows of two versions of a table column by column, in place: nothing is copied out of the pages and nothing
/// is allocated per row. Belongs to one thread.
public final class RowComparison {
    private enum Source {
        case stored(index: Int, isReal: Bool)
        case rowid
    }

    private struct Pairing {
        /// The column on the old side; nil for one that only the new side has.
        var old: Source?
        var new: Source
        var oldMissing: SQLiteValue
        var newMissing: SQLiteValue
        var newIndex: Int
    }

    private let pairings: [Pairing]
    private let old = RecordColumns()
    private let new = RecordColumns()

    /// - Parameters:
    ///   - pairs: the columns that both sides have.
    ///   - added: columns that only the new side has (stored indices): they count where they hold something else than rows
    ///     hold that are older than the column.
    public init(old: TableLayout, new: TableLayout, pairs: [ColumnPair], added: [Int]) {
        let source = { (layout: TableLayout, index: Int) -> Source in
            layout.rowidColumn == index ? .rowid : .stored(index: index, isReal: layout.realColumns.contains(index))
        }
        pairings = pairs.map { pair in
            Pairing(
                old: source(old, pair.old), new: source(new, pair.new), oldMissing: old.missing(pair.old), newMissing: new.missing(pair.new),
                newIndex: pair.new)
        } + added.map { index in
            Pairing(old: nil, new: source(new, index), oldMissing: new.missing(index), newMissing: new.missing(index), newIndex: index)
        }
    }

    /// Whether both rows hold the same values in all columns that count.
    public func isSame(_ before: RowView, _ after: RowView) throws(BTreeError) -> Bool {
        try isSame(before.record, before.rowid, after.record, after.rowid)
    }

    func isSame(_ before: RecordView, _ oldRowid: Int64, _ after: RecordView, _ newRowid: Int64) throws(BTreeError) -> Bool {
        try old.read(before)
        try new.read(after)
        for index in pairings.indices where differs(index, oldRowid, newRowid) { return false }
        return true
    }

    /// The stored indices on the new side of the columns in which the rows differ, in the order of the pairs.
    public func changedColumns(_ before: RowView, _ after: RowView) throws(BTreeError) -> [Int] {
        try old.read(before.record)
        try new.read(after.record)
        return pairings.indices.filter { differs($0, before.rowid, after.rowid) }.map { pairings[$0].newIndex }
    }

    @inline(__always)
    private func differs(_ index: Int, _ oldRowid: Int64, _ newRowid: Int64) -> Bool {
        switch (pairings[index].old, pairings[index].new) {
        case (.stored(let a, let isReal)?, .stored(let b, let otherIsReal)):
            guard let left = old[a] else {
                guard let right = new[b] else { return !pairings[index].oldMissing.isIdentical(to: pairings[index].newMissing) }
                return !right.holdsSame(as: pairings[index].oldMissing, isReal: otherIsReal)
            }
            guard let right = new[b] else { return !left.holdsSame(as: pairings[index].newMissing, isReal: isReal) }
            return !left.holdsSame(as: right, isReal: isReal, otherIsReal: otherIsReal)
        case (.stored(let a, let isReal)?, .rowid):
            guard let left = old[a] else { return !pairings[index].oldMissing.isIdentical(to: .integer(newRowid)) }
            return !left.holdsSame(as: .integer(newRowid), isReal: isReal)
        case (.rowid?, .stored(let b, let isReal)):
            guard let right = new[b] else { return !pairings[index].newMissing.isIdentical(to: .integer(oldRowid)) }
            return !right.holdsSame(as: .integer(oldRowid), isReal: isReal)
        case (.rowid?, .rowid): return oldRowid != newRowid
        case (nil, .stored(let b, let isReal)):
            guard let right = new[b] else { return false }
            return !right.holdsSame(as: pairings[index].newMissing, isReal: isReal)
        case (nil, .rowid): return true
        }
    }
}

extension ColumnView {
    /// As ``holdsSame(as:)-(SQLiteValue)``, for a column that may have REAL affinity: its integers are reals.
    func holdsSame(as value: SQLiteValue, isReal: Bool) -> Bool {
        guard isReal, storageClass == .integer else { return holdsSame(as: value) }
        return SQLiteValue.real(Double(integer)).isIdentical(to: value)
    }

    /// As ``holdsSame(as:)-(ColumnView)``, for columns that may have REAL affinity: their integers are reals.
    @inline(__always)
    func holdsSame(as other: ColumnView, isReal: Bool, otherIsReal: Bool) -> Bool {
        guard isReal || otherIsReal else { return holdsSame(as: other) }
        let number = isReal && storageClass == .integer ? Double(integer) : nil
        let otherNumber = otherIsReal && other.storageClass == .integer ? Double(other.integer) : nil
        switch (number, otherNumber) {
        case (nil, nil): return holdsSame(as: other)
        case (let a?, let b?): return a == b
        case (let a?, nil): return other.holdsSame(as: .real(a))
        case (nil, let b?): return holdsSame(as: .real(b))
        }
    }
}
