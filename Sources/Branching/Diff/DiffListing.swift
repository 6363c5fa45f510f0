import Engine

/// The differences of one table of two versions: counted, or listed a page at a time.
final class DiffListing {
    let table: String
    /// What the table was called on the old side; nil where it kept its name.
    private let renamedFrom: String?
    /// Column names in table order.
    let columns: [String]
    let keyColumns: [String]
    private let stream: () throws(BranchLiteError) -> any TableChanges

    /// Nil when neither side has rows of that table, or when it is the same by its pages.
    init?(_ sides: SideCache, _ pair: TablePair) throws(BranchLiteError) {
        guard let some = pair.new ?? pair.old else { return nil }
        let (old, new) = (pair.old?.side, pair.new?.side)
        let pages = try sides.difference(from: old ?? some.side, to: new ?? some.side)
        let isRenamed = pair.old != nil && pair.new != nil && pair.old?.key != pair.new?.key
        renamedFrom = isRenamed ? pair.old.flatMap { $0.side.displayName($0.key) } : nil
        if let old, let new, !isRenamed, new.isUntouched(some.key, since: old, pages) { return nil }
        let now = pair.new.flatMap { $0.side.virtualTables[$0.key] }
        let was = pair.old.flatMap { $0.side.virtualTables[$0.key] }
        if let entry = (now ?? was)?.entry {
            // A table that has become a virtual one (or the reverse) is compared as what it is now.
            let virtual = VirtualTableDiff(
                old: was == nil ? nil : old, new: now == nil ? nil : new, name: entry.name, oldName: was?.entry.name ?? entry.name, pages)
            table = entry.name
            columns = virtual.columns
            keyColumns = ["rowid"]
            stream = { () throws(BranchLiteError) in try virtual.changes() }
            return
        }
        let oldShape = try pair.old.flatMap { place throws(BranchLiteError) in try place.side.shape(place.key) }
        let newShape = try pair.new.flatMap { place throws(BranchLiteError) in try place.side.shape(place.key) }
        guard let shape = newShape ?? oldShape else { return nil }
        let renames = try pair.renames()
        table = shape.name
        columns = shape.displayColumns
        keyColumns = shape.keyNames
        stream = { () throws(BranchLiteError) in try StoredTableChanges(RowChanges(pages, old: oldShape, new: newShape, renames: renames)) }
    }

    func counts() throws(BranchLiteError) -> RowDiffCounts { try stream().rest() }

    /// The table with its counts and no rows.
    func summary(_ counts: RowDiffCounts) -> TableDifference {
        TableDifference(
            table: table, inserted: counts.inserted, updated: counts.updated, deleted: counts.deleted, columns: columns, keyColumns: keyColumns,
            renamedFrom: renamedFrom)
    }

    func hasChanges() throws(BranchLiteError) -> Bool { try stream().advance() != nil }

    /// Some of the changes.
    struct Page {
        var rows: [RowDifference] = []
        /// Of the whole table.
        var counts: RowDiffCounts
        /// Where the listing goes on; nil: this was the end of it.
        var next: RowChangePosition?
    }

    /// The changes behind a position, at most `room` of them. One walk gives rows and counts, unless those are known.
    func page(after position: RowChangePosition?, room: Int, known: RowDiffCounts?) throws(BranchLiteError) -> Page {
        let changes = try stream()
        var page = Page(counts: known ?? RowDiffCounts())
        if let position {
            do throws(BranchLiteError) {
                try changes.seek(after: position)
            } catch {
                throw error.code == "BL_INCOMPARABLE" ? DiffCursor.refused("the cursor is none of '\(table)'") : error
            }
            if known == nil { page.counts = try counts() }
        }
        let isCounting = known == nil && position == nil
        var last: RowChangePosition?
        while let kind = try changes.advance() {
            if page.rows.count == room {
                page.next = last
                if !isCounting { return page }
                page.counts.add(kind)
                page.counts.add(try changes.rest())
                return page
            }
            if isCounting { page.counts.add(kind) }
            page.rows.append(try changes.difference())
            if page.rows.count == room { last = try changes.position() }
        }
        return page
    }
}

/// The differences of one table, one at a time.
protocol TableChanges: AnyObject {
    /// Moves to the next row that differs; nil after the last.
    func advance() throws(BranchLiteError) -> RowChange.Kind?
    /// Counts the rows that differ from here to the end.
    func rest() throws(BranchLiteError) -> RowDiffCounts
    /// The row moved to.
    func difference() throws(BranchLiteError) -> RowDifference
    /// Where the row moved to stands.
    func position() throws(BranchLiteError) -> RowChangePosition?
    /// Goes on behind a position of the same listing.
    func seek(after position: RowChangePosition) throws(BranchLiteError)
}

extension TableChanges {
    func rest() throws(BranchLiteError) -> RowDiffCounts {
        var counts = RowDiffCounts()
        while let kind = try advance() { counts.add(kind) }
        return counts
    }
}

/// The differences of a table with rows of its own.
final class StoredTableChanges: TableChanges {
    private let changes: RowChanges
    private var current: RowChange?

    init(_ changes: RowChanges) { self.changes = changes }

    func advance() throws(BranchLiteError) -> RowChange.Kind? {
        current = try changes.nextInPlace()
        return current?.kind
    }

    func rest() throws(BranchLiteError) -> RowDiffCounts { try changes.counts() }
    func position() throws(BranchLiteError) -> RowChangePosition? { try changes.position() }
    func seek(after position: RowChangePosition) throws(BranchLiteError) { try changes.seek(after: position) }

    func difference() throws(BranchLiteError) -> RowDifference {
        guard let current else { throw BranchLiteError("BL_INTERNAL", "a listing of changes is on no row") }
        let change = try changes.copy(current)
        var key: [String: JSONValue] = [:]
        if let row = change.after, let shape = changes.new {
            key = shape.keyJSON(row)
        } else if let row = change.before, let shape = changes.old {
            key = shape.keyJSON(row)
        }
        return RowDifference(
            kind: change.kind, key: key, before: change.before.flatMap { row in changes.old?.json(row) },
            after: change.after.flatMap { row in changes.new?.json(row) }, changedColumns: try changes.changedColumns(in: current))
    }
}
