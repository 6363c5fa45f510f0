import Engine
import SQLDialect

/// Finds rows that refer to nothing after a merge, in the tables that could have come to that: those that were changed and have
/// foreign keys, and those whose parents were changed.
struct ForeignKeyCheck {
    let connection: Connection
    /// What was broken there already is not the merge's doing.
    let before: [VersionSide]
    /// Folded names of the tables that the merge changed.
    let changed: Set<String>

    /// Violations listed at most per constraint.
    static let listedRows = 1_000

    func violations() throws(BranchLiteError) -> [MergeViolation] {
        let schema = try SchemaCache.schema(on: connection)
        var found: [String: MergeViolation] = [:]
        for name in schema.tableNames {
            guard let info = schema.table(name), info.kind == .table, !info.foreignKeys.isEmpty else { continue }
            guard changed.contains(foldedASCII(name)) || info.foreignKeys.contains(where: { changed.contains(foldedASCII($0.table)) }) else { continue }
            let broken = try rows(connection, name)
            if broken.isEmpty { continue }
            var old: Set<Broken> = []
            for side in before where side.tables[foldedASCII(name)] != nil { old.formUnion(try rows(side.connection, name)) }
            for row in broken where !old.contains(row) {
                let key = info.foreignKeys.indices.contains(row.key) ? info.foreignKeys[row.key] : nil
                let constraint = "\(name)(\(key?.columns.joined(separator: ", ") ?? "")) references \(row.parent)"
                var violation = found[constraint] ?? MergeViolation(kind: "foreign_key", constraint: constraint, table: name, rows: [])
                if violation.rows.count < ForeignKeyCheck.listedRows { violation.rows.append(try json(row, info)) }
                found[constraint] = violation
            }
        }
        return found.keys.sorted().compactMap { found[$0] }
    }

    private struct Broken: Hashable {
        var rowid: SQLiteValue
        var parent: String
        /// The foreign key's number, counted by SQLite from the last declared.
        var number: Int64
        var key: Int
    }

    private func rows(_ connection: Connection, _ table: String) throws(BranchLiteError) -> [Broken] {
        try mapEngine { () throws(EngineError) in
            let keys = try connection.query("SELECT count(DISTINCT id) FROM pragma_foreign_key_list(?1)", [.text(table)])
            var count: Int64 = 0
            if case .integer(let number)? = keys.first?.first { count = number }
            return try connection.query("SELECT rowid, parent, fkid FROM pragma_foreign_key_check(?1)", [.text(table)]).compactMap { row in
                guard case .text(let parent) = row[1], case .integer(let number) = row[2] else { return nil }
                return Broken(rowid: row[0], parent: parent, number: number, key: Int(count - 1 - number))
            }
        }
    }

    private func json(_ row: Broken, _ info: TableInfo) throws(BranchLiteError) -> [String: JSONValue] {
        guard row.rowid != .null else { return [:] }
        let columns = info.columns.filter { $0.generated == .no && !$0.isHidden }
        let list = columns.map { quoteIdentifier($0.name) }.joined(separator: ", ")
        let connection = connection
        let found = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT \(list) FROM main.\(quoteIdentifier(info.name)) WHERE rowid = ?1", [row.rowid])
        }
        guard let values = found.first else { return [:] }
        var members: [String: JSONValue] = [:]
        for (column, value) in zip(columns, values) {
            members[column.name] = Value(stored: value, type: column.shownType).jsonValue
        }
        return members
    }
}
