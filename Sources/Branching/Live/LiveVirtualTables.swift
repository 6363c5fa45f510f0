import Engine
import PageStore
import SQLDialect

/// Virtual tables (FTS5, R-tree) of a live branch: only their module knows what their data means.
extension LiveTables {
    /// The tables that virtual tables of a database keep their data in, by folded name, and whose they are.
    static func shadowTables(on connection: Connection, schema: String = "main") throws(BranchLiteError) -> [String: String] {
        try mapEngine { () throws(EngineError) in
            let rows = try connection.query(
                "SELECT name, type FROM pragma_table_list WHERE schema = ?1 AND type IN ('shadow', 'virtual')", [.text(schema)])
            func names(_ type: String) -> [String] {
                rows.compactMap { if case .text(let name) = $0[0], case .text(type) = $0[1] { foldedASCII(name) } else { nil } }
            }
            let virtual = names("virtual")
            var found: [String: String] = [:]
            for name in names("shadow") { found[name] = virtual.filter { name.hasPrefix($0 + "_") }.max { $0.utf8.count < $1.utf8.count } }
            return found
        }
    }

    /// The tables in which a virtual table of the parent keeps its data.
    func shadows(of name: String) throws(BranchLiteError) -> [String] {
        let key = foldedASCII(name)
        return try LiveTables.shadowTables(on: connection, schema: alias).filter { $0.value == key }.keys.sorted()
    }

    /// The table whose texts a full-text table indexes: each is of use with the other only.
    func content(of name: String) -> String? {
        guard let entry = entry(name), LiveTables.isVirtual(entry), case .table(let content) = FullTextContent(entry.sql ?? "") else { return nil }
        return self.entry(content)?.name
    }

    /// Leaves a virtual table as it is where the parent's has not changed, else makes it anew through its module.
    func bringUpVirtual(_ entry: SchemaEntry, from known: VersionID, isThere: Bool) throws(BranchLiteError) {
        if isThere, known == parent.version { return }
        if isThere, let before = try past(known), try isUntouched(virtual: entry, before) { return }
        let content = FullTextContent(entry.sql ?? "")
        if content == .none {
            throw BranchLiteError(
                "BL_UNSUPPORTED",
                "the full-text table '\(entry.name)' keeps no copy of what it indexes and has changed on the parent; a live branch cannot take it over",
                hint: "RESET BRANCH, or use a snapshot branch", details: ["table": .string(entry.name)])
        }
        guard let sql = entry.sql else { throw BranchLiteError("BL_CORRUPT", "'\(entry.name)' has no definition") }
        try mapEngine { () throws(EngineError) in
            try connection.withoutEnforcement { () throws(EngineError) in
                try dropRelation(entry.name)
                try connection.execute(sql)
            }
        }
        let table = quoteIdentifier(entry.name)
        let fill: String
        if content == .own {
            let columns = try SchemaCache.virtualColumns(of: [entry.name], on: connection)[foldedASCII(entry.name)] ?? []
            let list = (["rowid"] + columns).map { quoteIdentifier($0) }.joined(separator: ", ")
            fill = "INSERT INTO main.\(table) (\(list)) SELECT \(list) FROM \(quoteIdentifier(alias)).\(table)"
        } else {
            fill = "INSERT INTO main.\(table) (\(table)) VALUES ('rebuild')"
        }
        try mapEngine { () throws(EngineError) in try connection.execute(fill, []) }
    }

    private func isUntouched(virtual entry: SchemaEntry, _ before: Past) throws(BranchLiteError) -> Bool {
        guard let was = before.table(entry.name), was.sql == entry.sql else { return false }
        let diff = try difference(before)
        let names = Set(try shadows(of: entry.name))
        for shadow in objects where shadow.rootPage > 0 && names.contains(foldedASCII(shadow.tableName)) {
            guard let was = before.objects.first(where: { $0.type == shadow.type && $0.name == shadow.name }),
                diff.isUntouched(oldRoot: was.rootPage, newRoot: shadow.rootPage)
            else { return false }
        }
        return true
    }
}
