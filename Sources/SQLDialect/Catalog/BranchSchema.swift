import Synchronization

/// One row of `sqlite_schema`.
public struct SchemaRow: Sendable, Hashable {
    /// `table`, `index`, `view` or `trigger`.
    public var type: String
    public var name: String
    public var tableName: String
    /// nil for automatic indexes.
    public var sql: String?

    public init(type: String, name: String, tableName: String, sql: String?) {
        self.type = type
        self.name = name
        self.tableName = tableName
        self.sql = sql
    }
}

/// All schema objects of one version of a branch. Made once per version of the schema and shared; the text of a table is
/// parsed when it is first asked for.
public final class BranchSchema: Sendable {
    /// The rows it was made from.
    public let rows: [SchemaRow]
    private let relations: [String: Int]
    private let virtualTableColumns: [String: [String]]
    /// The names of schemas made by CREATE SCHEMA, sorted.
    public let schemaNames: [String]
    private let parsed = Mutex<[String: TableInfo]>([:])
    /// Folded names of tables that are referred to, with the tables that refer to them; nil until first asked for.
    private let references = Mutex<[String: [String]]?>(nil)

    /// - Parameters:
    ///   - rows: `SELECT type, name, tbl_name, sql FROM sqlite_schema`
    ///   - virtualTableColumns: the column names (`PRAGMA table_info`) of virtual tables, which their text does not tell,
    ///     by lower-case table name
    public init(rows: [SchemaRow], virtualTableColumns: [String: [String]] = [:]) {
        self.rows = rows
        self.virtualTableColumns = virtualTableColumns
        var relations: [String: Int] = [:]
        var schemas: [String: String] = [:]
        for (index, row) in rows.enumerated() where row.type == "table" || row.type == "view" {
            relations[foldedASCII(row.name)] = index
            if let schema = SchemaNaming.decode(row.name).schema { schemas[foldedASCII(schema)] = schema }
        }
        self.relations = relations
        schemaNames = schemas.values.sorted()
    }

    /// A schema without anything in it.
    public static let empty = BranchSchema(rows: [])

    /// Whether there is a table or view of that name (SQLite's form).
    public func contains(_ sqliteName: String) -> Bool { relations[foldedASCII(sqliteName)] != nil }

    /// The table, view or virtual table of that name (SQLite's form, any case).
    public func table(_ sqliteName: String) -> TableInfo? {
        let key = foldedASCII(sqliteName)
        guard let index = relations[key] else { return SQLiteInternalTables.table(key) }
        if let known = parsed.withLock({ $0[key] }) { return known }
        let info = read(rows[index], key: key)
        parsed.withLock { $0[key] = info }
        return info
    }

    private func read(_ row: SchemaRow, key: String) -> TableInfo {
        let sql = row.sql ?? ""
        if row.type == "view" { return TableInfo(name: row.name, kind: .view, columns: [], sql: sql) }
        if let columns = virtualTableColumns[key] {
            return TableInfo(
                name: row.name, kind: .virtual,
                columns: columns.map { ColumnInfo(name: $0, type: .dynamic, storage: .sqlite(.blob)) }, sql: sql)
        }
        guard var info = try? TableInfo(parsing: sql) else {
            return TableInfo(name: row.name, kind: .virtual, columns: [], sql: sql)
        }
        info.name = row.name
        return info
    }

    /// The names (SQLite's form) of tables and views, without sequences and without SQLite's and BranchLite's own, in the schema's order.
    public var tableNames: [String] {
        rows.lazy.filter { ($0.type == "table" || $0.type == "view") && !BranchSchema.isInternal($0.name) && !$0.isSequence }.map(\.name)
    }

    /// Whether a name is SQLite's or BranchLite's own and not shown.
    public static func isInternal(_ name: String) -> Bool {
        let key = foldedASCII(name)
        if key.hasPrefix("sqlite_") { return true }
        guard key.hasPrefix("_bl_") || key.hasPrefix("bl_") else { return false }
        let decoded = SchemaNaming.decode(name)
        return decoded.schema == nil || decoded.name.isEmpty
    }

    /// The tables with a foreign key to a table.
    public func tables(referringTo table: String) -> [String] {
        let known = references.withLock { $0 }
        if let known { return known[foldedASCII(table)] ?? [] }
        var found: [String: [String]] = [:]
        for row in rows where row.type == "table" && foldedASCII(row.sql ?? "").contains("references") {
            for target in Set(self.table(row.name)?.foreignKeys.map { foldedASCII($0.table) } ?? []) { found[target, default: []].append(row.name) }
        }
        let made = found
        references.withLock { $0 = made }
        return made[foldedASCII(table)] ?? []
    }

    /// The views that SQLite need not understand, because they are bound from their own text whenever they are used: none that
    /// has triggers, or that SQLite's own views or triggers speak of.
    public var viewsOfDuckDB: [SchemaRow] {
        let views = rows.filter { $0.type == "view" && table($0.name)?.view?.dialect == .duckdb }
        if views.isEmpty { return [] }
        let names = Set(views.map(\.name))
        let others = rows.filter { $0.type == "trigger" || ($0.type == "view" && !names.contains($0.name)) }
        return views.filter { view in !others.contains { Rebuild.mentions(view.name, in: $0.sql ?? "") } }
    }

    /// Whether CREATE SCHEMA made one of that name.
    public func hasSchema(_ name: String) -> Bool { schemaNames.contains { equalIgnoringASCIICase($0, name) } }

    /// The rows of the indexes on a table that have a text.
    public func indexes(of table: String) -> [SchemaRow] { objects("index", of: table) }
    /// The rows of the triggers on a table.
    public func triggers(of table: String) -> [SchemaRow] { objects("trigger", of: table) }
    public func index(named name: String) -> SchemaRow? { object("index", name) }
    public func trigger(named name: String) -> SchemaRow? { object("trigger", name) }

    private func objects(_ type: String, of table: String) -> [SchemaRow] {
        rows.filter { $0.type == type && $0.sql != nil && equalIgnoringASCIICase($0.tableName, table) }
    }

    private func object(_ type: String, _ name: String) -> SchemaRow? {
        rows.first { $0.type == type && equalIgnoringASCIICase($0.name, name) }
    }
}

/// SQLite's own tables, which stand in no schema row.
enum SQLiteInternalTables {
    private static let schemaColumns = [
        ColumnInfo(name: "type", type: .varchar), ColumnInfo(name: "name", type: .varchar),
        ColumnInfo(name: "tbl_name", type: .varchar), ColumnInfo(name: "rootpage", type: .bigint),
        ColumnInfo(name: "sql", type: .varchar),
    ]

    static func table(_ key: String) -> TableInfo? {
        switch key {
        case "sqlite_schema", "sqlite_master": TableInfo(name: key, kind: .table, columns: schemaColumns, sql: "")
        default: nil
        }
    }
}
