import Engine
import SQLDialect

/// The rows of a virtual table (FTS5, FTS4, R-tree) that differ, in the order of their rowids and in constant memory.
///
/// Full-text tables that keep their own text have it in an ordinary table, which is compared page by page. Of all others only
/// the module knows the form, so it is asked for its rows on both sides.
struct VirtualTableDiff {
    let columns: [String]
    private let old: VersionSide?
    private let new: VersionSide?
    private let name: String
    private let oldName: String
    private let pages: DatabaseDiff

    /// - Parameters:
    ///   - oldName: what the table is called on the old side.
    ///   - pages: the difference of the two sides (of the one with itself, where the other does not have the table).
    init(old: VersionSide?, new: VersionSide?, name: String, oldName: String? = nil, _ pages: DatabaseDiff) {
        self.old = old
        self.new = new
        self.name = name
        self.oldName = oldName ?? name
        self.pages = pages
        columns = VirtualTableDiff.columns(of: name, new ?? old)
    }

    static func columns(of name: String, _ side: VersionSide?) -> [String] { (side?.schema.table(name)?.columns ?? []).map(\.name) }

    func changes() throws(BranchLiteError) -> any TableChanges {
        if let changes = try FullTextChanges(old: old, new: new, name: name, oldName: oldName, pages) { return changes }
        return try VirtualScan(old: old, new: new, name: name, oldName: oldName)
    }
}

/// The differences of a full-text table that keeps its own text, by the table it keeps it in: the rowid and the columns in
/// their order. The cost goes with what changed.
final class FullTextChanges: TableChanges {
    private let changes: RowChanges
    private let oldColumns: [String]
    private let newColumns: [String]
    private var current: RowChange?

    /// Nil where a side's text lies elsewhere or in a form of its own.
    init?(old: VersionSide?, new: VersionSide?, name: String, oldName: String, _ pages: DatabaseDiff) throws(BranchLiteError) {
        let (was, now) = (try old.map { side throws(BranchLiteError) in try FullTextChanges.content(of: oldName, side) },
            try new.map { side throws(BranchLiteError) in try FullTextChanges.content(of: name, side) })
        // Nil within: that side has no such table of text.
        if case .some(.none) = was { return nil }
        if case .some(.none) = now { return nil }
        guard was != nil || now != nil else { return nil }
        oldColumns = VirtualTableDiff.columns(of: oldName, old)
        newColumns = VirtualTableDiff.columns(of: name, new)
        var pairs = [ColumnPair(old: 0, new: 0)]
        for (index, column) in oldColumns.enumerated() {
            guard let there = newColumns.firstIndex(where: { equalIgnoringASCIICase($0, column) }) else { continue }
            pairs.append(ColumnPair(old: index + 1, new: there + 1))
        }
        changes = try RowChanges(pages, old: was ?? nil, new: now ?? nil, pairs: pairs)
    }

    /// The table that has the text; nil when there is none in the usual form.
    private static func content(of name: String, _ side: VersionSide) throws(BranchLiteError) -> TableShape? {
        guard let table = side.virtualTables[foldedASCII(name)], !foldedASCII(table.entry.sql ?? "").contains("compress") else { return nil }
        let wanted = foldedASCII(name) + "_content"
        guard let entry = table.shadows.first(where: { $0.type == "table" && foldedASCII($0.name) == wanted }),
            let shape = try side.shape(of: entry), shape.stored.layout.rowidColumn == 0,
            ["id", "docid"].contains(shape.stored.columns[0].name), shape.stored.columns.count > VirtualTableDiff.columns(of: name, side).count
        else { return nil }
        return shape
    }

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
        let changed = Set(try changes.changedIndices(in: current))
        let json = { (row: RowImage?, columns: [String]) in row.map { VirtualRows.json(columns, Array($0.values.dropFirst().prefix(columns.count))) } }
        return RowDifference(
            kind: change.kind, key: ["rowid": .integer(current.rowid)], before: json(change.before, oldColumns), after: json(change.after, newColumns),
            changedColumns: newColumns.indices.filter { changed.contains($0 + 1) }.map { newColumns[$0] })
    }
}
