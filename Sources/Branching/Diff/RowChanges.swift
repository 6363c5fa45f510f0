import Engine
import PageStore
import SQLDialect

/// The rows of one table that differ between two sides, one at a time.
///
/// Rows are matched by the b-tree's own order where that is what identifies them; those come streaming. A rowid table with
/// another declared key is matched by that key, so that a row deleted and inserted again under a new rowid counts as the row
/// it is: its insertions and deletions are gathered first (memory: the changed rows).
final class RowChanges {
    struct Change {
        var kind: RowChangeKind
        var before: RowImage?
        var after: RowImage?
    }

    let old: TableShape?
    let new: TableShape?
    private let rows: RowDiff
    private var gathered: [Change]?
    private var position = 0
    /// Stored indices of columns of the same name.
    let pairs: [ColumnPair]
    /// New columns that the old side does not have, with what old rows hold in them.
    private let added: [(index: Int, value: SQLiteValue)]

    /// - Parameters:
    ///   - pages: the difference of the two databases, shared by all tables.
    ///   - renames: columns that have another name on the new side, folded old name to new name.
    init(_ pages: DatabaseDiff, old: TableShape?, new: TableShape?, renames: [String: String] = [:]) throws(BranchLiteError) {
        self.old = old
        self.new = new
        guard let old, let new else {
            pairs = []
            added = []
            rows = try mapTree { () throws(BTreeError) in try pages.rows(old: old?.side, new: new?.side) }
            return
        }
        pairs = RowChanges.pairs(old, new, renames)
        let (pairs, taken) = (pairs, Set(pairs.map(\.new)))
        added = new.stored.columns.indices.filter { !taken.contains($0) && !new.stored.columns[$0].isGenerated }
            .map { ($0, $0 < new.stored.layout.defaults.count ? new.stored.layout.defaults[$0] : .null) }
        let added = added
        guard RowChanges.isOrderedAlike(old, new, pairs) else {
            // The key itself was changed: no row can be matched, all went and all came.
            gathered = try mapTree { () throws(BTreeError) in
                try RowChanges.all(pages.rows(old: old.side, new: nil), old, .deleted) + RowChanges.all(pages.rows(old: nil, new: new.side), new, .inserted)
            }
            rows = try mapTree { () throws(BTreeError) in try pages.rows(old: nil, new: nil) }
            return
        }
        // Columns added at the end leave old rows byte for byte as they were, so equal pages still hold equal rows; where
        // columns moved, took the place of another or changed between REAL and another type, both tables are scanned and
        // compared by name.
        let keepsPositions = old.stored.layout.rowidColumn == new.stored.layout.rowidColumn
            && added.allSatisfy { $0.index >= old.stored.columns.count }
            && pairs.allSatisfy {
                $0.old == $0.new && old.stored.layout.realColumns.contains($0.old) == new.stored.layout.realColumns.contains($0.new)
            }
        let comparing = keepsPositions ? nil : pairs + added.map { ColumnPair(old: RowChanges.absent, new: $0.index) }
        rows = try mapTree { () throws(BTreeError) in try pages.rows(old: old.side, new: new.side, comparing: comparing) }
        if old.isKeyedBesideRowid, new.isKeyedBesideRowid { try gather() }
    }

    /// Stored indices of columns that are the same on both sides: of one name, or renamed.
    private static func pairs(_ old: TableShape, _ new: TableShape, _ renamed: [String: String]) -> [ColumnPair] {
        old.stored.columns.indices.compactMap { index in
            let name = old.stored.columns[index].name
            return new.stored.index(of: renamed[foldedASCII(name)] ?? name).map { ColumnPair(old: index, new: $0) }
        }
    }

    /// Whether rows of both sides lie in the same order by the same columns.
    private static func isOrderedAlike(_ old: TableShape, _ new: TableShape, _ pairs: [ColumnPair]) -> Bool {
        guard old.stored.layout.kind == new.stored.layout.kind else { return false }
        switch (old.identity, new.identity) {
        case (.rowid(column: _?), .key), (.key, .rowid(column: _?)): return false
        default: break
        }
        guard old.stored.isWithoutRowid, case .key(let a) = old.identity, case .key(let b) = new.identity else { return true }
        return a.count == b.count && zip(a, b).allSatisfy { key in pairs.contains { $0.old == key.0 && $0.new == key.1 } }
    }

    /// A stored index beyond every column: reads as a column that no row stores, so that rows with a value in an added column
    /// come up and are judged by `isSame`.
    private static let absent = Int(Int16.max)

    private static func all(_ rows: RowDiff, _ shape: TableShape, _ kind: RowChangeKind) throws(BTreeError) -> [Change] {
        var found: [Change] = []
        while let change = try rows.next() {
            guard let view = change.after ?? change.before else { continue }
            let image = try shape.image(view)
            found.append(kind == .inserted ? Change(kind: kind, before: nil, after: image) : Change(kind: kind, before: image, after: nil))
        }
        return found
    }

    /// The next row that differs; nil after the last.
    func next() throws(BranchLiteError) -> Change? {
        if let gathered {
            guard position < gathered.count else { return nil }
            defer { position += 1 }
            return gathered[position]
        }
        return try streamed()
    }

    private func streamed() throws(BranchLiteError) -> Change? {
        let (rows, old, new) = (rows, old, new)
        while true {
            let change = try mapTree { () throws(BTreeError) -> Change? in
                guard let change = try rows.next() else { return nil }
                var before: RowImage?
                var after: RowImage?
                if let view = change.before, let old { before = try old.image(view) }
                if let view = change.after, let new { after = try new.image(view) }
                let kind: RowChangeKind = switch change.kind {
                case .inserted: .inserted
                case .updated: .updated
                case .deleted: .deleted
                }
                return Change(kind: kind, before: before, after: after)
            }
            guard let change else { return nil }
            if let before = change.before, let after = change.after, isSame(before, after) { continue }
            return change
        }
    }

    /// Whether a row means the same on both sides: equal in all columns that both have, and untouched in the new ones.
    func isSame(_ before: RowImage, _ after: RowImage) -> Bool {
        for pair in pairs where !before.values[pair.old].isIdentical(to: after.values[pair.new]) { return false }
        for column in added where !after.values[column.index].isIdentical(to: column.value) { return false }
        return true
    }

    /// Matches what went and what came by the declared key.
    private func gather() throws(BranchLiteError) {
        guard let old, let new else { return }
        var gone: [RowIdentity: RowImage] = [:]
        var came: [(RowIdentity, RowImage)] = []
        var result: [Change] = []
        while let change = try streamed() {
            switch (change.before, change.after) {
            case (let before?, let after?) where old.key(of: before) == new.key(of: after): result.append(change)
            case (let before, let after):
                if let before { gone[old.key(of: before)] = before }
                if let after { came.append((new.key(of: after), after)) }
            }
        }
        for (key, after) in came {
            if let before = gone.removeValue(forKey: key) {
                if !isSame(before, after) { result.append(Change(kind: .updated, before: before, after: after)) }
            } else {
                result.append(Change(kind: .inserted, before: nil, after: after))
            }
        }
        for before in gone.values { result.append(Change(kind: .deleted, before: before, after: nil)) }
        // In the order of the rows, so that pages of a listing follow each other.
        gathered = result.sorted { order($0) < order($1) }
    }

    private func order(_ change: Change) -> (Int64, Int) {
        (change.after?.rowid ?? change.before?.rowid ?? 0, change.kind == .deleted ? 0 : 1)
    }

    /// Names of the columns in which the two images of a row differ, new columns that hold something included.
    func changedColumns(_ before: RowImage, _ after: RowImage) -> [String] {
        guard let new else { return [] }
        var changed = Set(pairs.filter { !before.values[$0.old].isIdentical(to: after.values[$0.new]) }.map(\.new))
        for column in added where !after.values[column.index].isIdentical(to: column.value) { changed.insert(column.index) }
        return new.stored.columns.indices.filter { changed.contains($0) }
            .sorted { new.stored.columns[$0].declaredIndex < new.stored.columns[$1].declaredIndex }
            .map { new.stored.columns[$0].name }
    }

    func counts() throws(BranchLiteError) -> RowDiffCounts {
        var counts = RowDiffCounts()
        while let change = try next() {
            switch change.kind {
            case .inserted: counts.inserted += 1
            case .updated: counts.updated += 1
            case .deleted: counts.deleted += 1
            }
        }
        return counts
    }
}
