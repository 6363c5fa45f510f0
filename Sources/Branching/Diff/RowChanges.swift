import Engine
import PageStore
import SQLDialect

/// The rows of one table that differ between two sides, one at a time and in constant memory.
///
/// Rows are matched by what identifies them (docs/merge.md, "Which row is which"): by rowid, or by the declared primary key
/// wherever the row lies and however the table is stored.
final class RowChanges {
    struct Change {
        var kind: RowChangeKind
        var before: RowImage?
        var after: RowImage?
    }

    let old: TableShape?
    let new: TableShape?
    /// Stored indices of columns of the same name.
    let pairs: [ColumnPair]
    private let source: any RowChangeSource
    private let comparison: RowComparison?
    /// New columns that the old side does not have, with what old rows hold in them.
    private let added: [(index: Int, value: SQLiteValue)]

    /// - Parameters:
    ///   - pages: the difference of the two databases, shared by all tables.
    ///   - renames: columns that have another name on the new side, folded old name to new name.
    convenience init(_ pages: DatabaseDiff, old: TableShape?, new: TableShape?, renames: [String: String] = [:]) throws(BranchLiteError) {
        var pairs: [ColumnPair] = []
        if let old, let new { pairs = RowChanges.pairs(old, new, renames) }
        try self.init(pages, old: old, new: new, pairs: pairs)
    }

    /// - Parameter pairs: stored indices of columns that are the same on both sides.
    init(_ pages: DatabaseDiff, old: TableShape?, new: TableShape?, pairs: [ColumnPair]) throws(BranchLiteError) {
        self.old = old
        self.new = new
        guard let old, let new else {
            self.pairs = []
            added = []
            comparison = nil
            source = try mapTree { () throws(BTreeError) in try pages.rows(old: old?.side, new: new?.side) }
            return
        }
        self.pairs = pairs
        let taken = Set(pairs.map(\.new))
        let added = new.stored.columns.indices.filter { !taken.contains($0) && !new.stored.columns[$0].isGenerated }
        self.added = added.map { ($0, $0 < new.stored.layout.defaults.count ? new.stored.layout.defaults[$0] : .null) }
        comparison = RowComparison(old: old.stored.layout, new: new.stored.layout, pairs: pairs, added: added)
        source = try mapTree { () throws(BTreeError) in
            if RowChanges.areMatchedByRowid(old, new, pairs) {
                return try pages.rows(old: old.side, new: new.side, comparing: pairs, added: added)
            }
            var match: KeyMatch?
            if let was = old.keyedTable(in: pages.old), let now = new.keyedTable(in: pages.new) { match = KeyMatch(old: was, new: now, pairs: pairs) }
            return try pages.rows(old: old.side, new: new.side, matching: match, comparing: pairs, added: added)
        }
    }

    /// Stored indices of columns that are the same on both sides: of one name, or renamed.
    private static func pairs(_ old: TableShape, _ new: TableShape, _ renamed: [String: String]) -> [ColumnPair] {
        old.stored.columns.indices.compactMap { index in
            let name = old.stored.columns[index].name
            return new.stored.index(of: renamed[foldedASCII(name)] ?? name).map { ColumnPair(old: index, new: $0) }
        }
    }

    private static func areMatchedByRowid(_ old: TableShape, _ new: TableShape, _ pairs: [ColumnPair]) -> Bool {
        switch (old.identity, new.identity) {
        case (.rowid(column: nil), .rowid(column: nil)): true
        case (.rowid(column: let a?), .rowid(column: let b?)): pairs.contains { $0.old == a && $0.new == b }
        default: false
        }
    }

    /// The next row that differs, copied out of its pages; nil after the last.
    func next() throws(BranchLiteError) -> Change? {
        guard let change = try nextInPlace() else { return nil }
        return try copy(change)
    }

    /// The next row that differs, as it lies in its pages: valid until the next call.
    func nextInPlace() throws(BranchLiteError) -> RowChange? {
        let source = source
        return try mapTree { () throws(BTreeError) in try source.next() }
    }

    func copy(_ change: RowChange) throws(BranchLiteError) -> Change {
        let (old, new) = (old, new)
        return try mapTree { () throws(BTreeError) in
            var copy = Change(kind: RowChangeKind(change.kind))
            if let view = change.before, let old { copy.before = try old.image(view) }
            if let view = change.after, let new { copy.after = try new.image(view) }
            return copy
        }
    }

    /// Where the change that was given last stands.
    func position() throws(BranchLiteError) -> RowChangePosition? {
        let source = source
        return try mapTree { () throws(BTreeError) in try source.position() }
    }

    /// Goes on behind a position of the same listing.
    func seek(after position: RowChangePosition) throws(BranchLiteError) {
        let source = source
        try mapTree { () throws(BTreeError) in try source.seek(after: position) }
    }

    /// Whether a row means the same on both sides: equal in all columns that both have, and untouched in the new ones.
    func isSame(_ before: RowImage, _ after: RowImage) -> Bool {
        for pair in pairs where !before.values[pair.old].isIdentical(to: after.values[pair.new]) { return false }
        for column in added where !after.values[column.index].isIdentical(to: column.value) { return false }
        return true
    }

    /// Names of the columns in which the two images of a row differ, new columns that hold something included.
    ///
    /// Images hold text that is no valid UTF-8 repaired; `changedColumns(in:)` compares the bytes.
    func changedColumns(_ before: RowImage, _ after: RowImage) -> [String] {
        var changed = pairs.filter { !before.values[$0.old].isIdentical(to: after.values[$0.new]) }.map(\.new)
        for column in added where !after.values[column.index].isIdentical(to: column.value) { changed.append(column.index) }
        return names(changed)
    }

    /// Names of the columns in which the two sides of an update differ, byte by byte.
    func changedColumns(in change: RowChange) throws(BranchLiteError) -> [String] { names(try changedIndices(in: change)) }

    /// Their stored indices on the new side.
    func changedIndices(in change: RowChange) throws(BranchLiteError) -> [Int] {
        guard let comparison, let before = change.before, let after = change.after else { return [] }
        return try mapTree { () throws(BTreeError) in try comparison.changedColumns(before, after) }
    }

    private func names(_ changed: [Int]) -> [String] {
        guard let new else { return [] }
        if changed.count == 1, let only = changed.first { return [new.stored.columns[only].name] }
        return changed.sorted { new.stored.columns[$0].declaredIndex < new.stored.columns[$1].declaredIndex }.map { new.stored.columns[$0].name }
    }

    /// Counts the differences from here to the end; no row is copied.
    func counts() throws(BranchLiteError) -> RowDiffCounts {
        let source = source
        return try mapTree { () throws(BTreeError) in try source.counts() }
    }
}

extension RowChangeKind {
    init(_ kind: RowChange.Kind) {
        switch kind {
        case .inserted: self = .inserted
        case .updated: self = .updated
        case .deleted: self = .deleted
        }
    }
}
