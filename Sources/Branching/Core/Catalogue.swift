import Engine
import PageStore
import SQLDialect

/// Schemas, tables and columns of a branch, for tools.
extension StoreContext {
    /// A table as a branch shows it: its own, or read through to the parent.
    struct VisibleTable {
        /// SQLite's name.
        var name: String
        var info: TableInfo
        /// Read through to the parent of a live branch.
        var readsThrough: Bool
        /// The branch that holds it.
        var holder: BranchID
    }

    /// The tables and views a session on the branch sees.
    func visibleTables(of id: BranchID) throws(BranchLiteError) -> [VisibleTable] {
        let entry = try registry.living(id)
        let schema = try schemas.schema(of: id)
        func tables(_ schema: BranchSchema, _ holder: BranchID, readsThrough: Bool, where shown: (String) -> Bool) -> [VisibleTable] {
            schema.tableNames.compactMap { name in
                guard shown(foldedASCII(name)), let info = schema.table(name) else { return nil }
                return VisibleTable(name: name, info: info, readsThrough: readsThrough, holder: holder)
            }
        }
        guard entry.record.mode == .live, let parent = entry.record.parent else {
            return tables(schema, id, readsThrough: false) { _ in true }
        }
        let owned = entry.record.owned
        let own = tables(schema, id, readsThrough: false) { key in owned[key].map { $0.kind != .dropped } ?? false }
        return own + tables(try schemas.schema(of: parent), parent, readsThrough: true) { owned[$0] == nil }
    }

    func schemaNames(branch: String) throws(BranchLiteError) -> [String] {
        let point = try resolve(branch)
        var names = [BranchNaming.schemaName(of: point.id)]
        names += try schemas.schema(of: point.id).schemaNames
        return names + ["information_schema"]
    }

    func tables(branch: String, schema: String?) throws(BranchLiteError) -> [TableListing] {
        let point = try resolve(branch)
        let own = BranchNaming.schemaName(of: point.id)
        return try visibleTables(of: point.id).compactMap { table in
            let (inside, name) = SchemaNaming.decode(table.name)
            let listed = inside ?? own
            if let schema, !matches(schema, listed, default: inside == nil) { return nil }
            let isTable = table.info.kind != .view && !table.readsThrough
            return TableListing(tableSchema: listed, tableName: name, tableType: isTable ? "BASE TABLE" : "VIEW")
        }
    }

    /// Whether a schema given by a user means `listed`; `main` and `public` mean the branch's default schema.
    private func matches(_ given: String, _ listed: String, default isDefault: Bool) -> Bool {
        if equalIgnoringASCIICase(given, listed) { return true }
        return isDefault && (equalIgnoringASCIICase(given, "main") || equalIgnoringASCIICase(given, "public"))
    }

    private func find(table: String, branch: String, schema: String?) throws(BranchLiteError) -> (VisibleTable, Point) {
        let point = try resolve(branch)
        let own = BranchNaming.schemaName(of: point.id)
        let all = try visibleTables(of: point.id)
        for candidate in all {
            let (inside, name) = SchemaNaming.decode(candidate.name)
            guard equalIgnoringASCIICase(name, table) else { continue }
            if let schema { if !matches(schema, inside ?? own, default: inside == nil) { continue } } else if inside != nil { continue }
            return (candidate, point)
        }
        // `schema.table` in one word.
        if schema == nil, let dot = table.firstIndex(of: ".") {
            return try find(table: String(table[table.index(after: dot)...]), branch: branch, schema: String(table[..<dot]))
        }
        let nearest = NearestName.of(table, among: all.map { SchemaNaming.decode($0.name).name })
        throw BranchLiteError(
            "BL_NO_SUCH_TABLE", "there is no table '\(table)' on branch '\(point.name)'", hint: nearest.map { "did you mean '\($0)'?" },
            details: ["table": .string(table), "branch": .string(point.name)])
    }

    func describe(table: String, branch: String, schema: String?) throws(BranchLiteError) -> [ColumnListing] {
        let (found, point) = try find(table: table, branch: branch, schema: schema)
        if found.info.kind == .view || found.info.columns.isEmpty { return try describeByQuery(found, point) }
        return found.info.columns.enumerated().filter { !$0.element.isHidden }.map { index, column in
            let isKey = column.isPrimaryKey || found.info.primaryKey.contains(index)
            return ColumnListing(
                columnName: column.name, dataType: column.type.name, isNullable: column.isNotNull || isKey ? "NO" : "YES",
                columnDefault: column.defaultText, isPrimaryKey: isKey)
        }
    }

    /// The columns of a view are those of its query.
    private func describeByQuery(_ table: VisibleTable, _ point: Point) throws(BranchLiteError) -> [ColumnListing] {
        let (inside, name) = SchemaNaming.decode(table.name)
        let reference = (inside.map { quoteIdentifier($0) + "." } ?? "") + quoteIdentifier(name)
        let result = try read("SELECT * FROM \(reference) LIMIT 0", on: point.id)
        return result.columns.map {
            ColumnListing(columnName: $0.name, dataType: $0.type, isNullable: "YES", columnDefault: nil, isPrimaryKey: false)
        }
    }

    func usage(branch: String) throws(BranchLiteError) -> [TableUsage] {
        let point = try resolve(branch)
        let own = BranchNaming.schemaName(of: point.id)
        var list: [TableUsage] = []
        for table in try visibleTables(of: point.id) where table.info.kind != .view {
            let (inside, name) = SchemaNaming.decode(table.name)
            list.append(
                TableUsage(
                    tableSchema: inside ?? own, tableName: name, estimatedSize: try rowCount(of: table.name, in: table.holder),
                    columnCount: table.info.columns.filter { !$0.isHidden }.count))
        }
        return list
    }

    private func rowCount(of table: String, in branch: BranchID) throws(BranchLiteError) -> Int64 {
        try mapEngine { () throws(EngineError) in
            try engine.withConnection(.head(branch), readOnly: true) { connection throws(EngineError) in
                let rows = try connection.query("SELECT count(*) FROM main.\(quoteIdentifier(table))")
                if case .integer(let count)? = rows.first?.first { return count }
                return 0
            }
        }
    }

    /// Runs one reading statement on a branch, on the calling thread, in a session of its own.
    func read(_ sql: String, on branch: BranchID, dialect: Dialect = .duckdb) throws(BranchLiteError) -> QueryResult {
        let signal = SessionSignal(registry: registry, table: sessions)
        let core = SessionCore(
            context: self, options: SessionOptions(dialect: dialect, readOnly: true, origin: "internal"), signal: signal, branch: branch)
        defer { core.close() }
        let results = try core.run(QueryRequest(sql, readOnly: true), values: [])
        return results[results.count - 1]
    }

    // MARK: - What a branch changed

    /// Names of tables that differ between the branch's head and `base`, by their pages and definitions: no row is read.
    func tablesModified(_ id: BranchID, base: VersionID) -> [String] {
        guard let before = try? store.snapshot(at: base), let after = try? store.snapshot(of: id) else { return [] }
        if before.version == after.version { return [] }
        // A damaged page shows up in check and in reads; the list goes without.
        return (try? tablesModified(from: before, to: after)) ?? []
    }

    private func tablesModified(from before: Snapshot, to after: Snapshot) throws -> [String] {
        var changed: [PageNumber] = []
        try after.forEachChangedPage(since: before) { page in
            changed.append(page)
            return true
        }
        if changed.isEmpty { return [] }
        let old = try DatabaseImage(SnapshotPages(before, pageSize: store.pageSize))
        let new = try DatabaseImage(SnapshotPages(after, pageSize: store.pageSize))
        let diff = try DatabaseDiff(old: old, new: new, changedPages: changed)
        func relations(_ image: DatabaseImage) throws -> [String: SchemaEntry] {
            var found: [String: SchemaEntry] = [:]
            for entry in try image.schema() where entry.type == "table" || entry.type == "view" {
                if !BranchSchema.isInternal(entry.name) { found[foldedASCII(entry.name)] = entry }
            }
            return found
        }
        let (was, now) = (try relations(old), try relations(new))
        var names: [String] = []
        for (key, entry) in now {
            if let earlier = was[key], earlier.sql == entry.sql {
                if entry.rootPage == 0 || diff.isUntouched(oldRoot: earlier.rootPage, newRoot: entry.rootPage) { continue }
            }
            names.append(entry.name)
        }
        for (key, entry) in was where now[key] == nil { names.append(entry.name) }
        return names.map { name in
            let (schema, plain) = SchemaNaming.decode(name)
            return schema.map { "\($0).\(plain)" } ?? plain
        }.sorted()
    }
}
