import Engine
import SQLDialect

/// What a side wrote since the bases, where a definition alone does not decide.
extension SchemaMerger {
    /// Whether a side changed rows of the table since the base.
    func isWritten(_ key: String, _ bases: [VersionSide], _ side: VersionSide) throws(BranchLiteError) -> Bool {
        for base in bases {
            let pages = try sides.difference(from: base, to: side)
            if side.isUntouched(key, since: base, pages) { continue }
            if let now = side.virtualTables[key]?.entry {
                guard base.virtualTables[key] != nil else { return true }
                if try VirtualTableDiff(old: base, new: side, name: now.name, pages).changes().advance() != nil { return true }
                continue
            }
            guard let was = try base.shape(key), let now = try side.shape(key) else { return true }
            if try RowChanges(pages, old: was, new: now, renames: side.renames(of: key, since: base)).next() != nil { return true }
        }
        return false
    }

    /// Those of the columns (by their name on `side`) in which the side changed rows that the base had.
    func writtenColumns(_ names: [String], _ key: String, _ bases: [VersionSide], _ side: VersionSide) throws(BranchLiteError) -> [String] {
        if names.isEmpty { return [] }
        var found: Set<String> = []
        for base in bases {
            guard let was = try base.shape(key), let now = try side.shape(key) else { continue }
            let changes = try RowChanges(sides.difference(from: base, to: side), old: was, new: now, renames: side.renames(of: key, since: base))
            while found.count < names.count, let change = try changes.next() {
                guard let before = change.before, let after = change.after else { continue }
                for column in changes.changedColumns(before, after) where names.contains(where: { equalIgnoringASCIICase($0, column) }) { found.insert(column) }
            }
        }
        return found.sorted()
    }

    /// Those of the columns that an index names which the target made since the base: it would go with the column.
    func indexed(_ names: [String], _ key: String, _ there: Definition) throws(BranchLiteError) -> [String] {
        if names.isEmpty { return [] }
        let known = try sides.bases(of: key).first?.schema.indexes(of: key).compactMap(\.sql) ?? []
        let fresh = Set(sides.targetSide.schema.indexes(of: key).filter { index in !known.contains { SQLText.isSame($0, index.sql) } }.map { foldedASCII($0.name) })
        if fresh.isEmpty { return [] }
        let connection = try sides.targetSide.connection
        let indexes = try mapEngine { () throws(EngineError) in try connection.indexes(of: there.name) }
        let columns = indexes.filter { fresh.contains(foldedASCII($0.name)) }.flatMap { $0.columns.compactMap(\.name) }
        return names.filter { name in columns.contains { equalIgnoringASCIICase($0, name) } }
    }
}
