/// A table that shows the catalog itself. Its rows are made when it is read.
public struct SystemTable: Sendable, Hashable {
    public enum Name: String, Sendable, Hashable, CaseIterable {
        case tables = "information_schema.tables"
        case columns = "information_schema.columns"
        case schemata = "information_schema.schemata"
        case views = "information_schema.views"
        case keyColumnUsage = "information_schema.key_column_usage"
        case tableConstraints = "information_schema.table_constraints"
        case pgTables = "pg_catalog.pg_tables"
        case pgViews = "pg_catalog.pg_views"
        case pgNamespace = "pg_catalog.pg_namespace"
        case duckdbTables = "duckdb_tables"
        case duckdbViews = "duckdb_views"
        case duckdbColumns = "duckdb_columns"
        case duckdbSchemas = "duckdb_schemas"
        case duckdbIndexes = "duckdb_indexes"
        case sqliteSchema = "sqlite_schema"
        /// Rows of DESCRIBE: needs `subject`.
        case describe = "describe"
        /// Rows of `pragma_table_info(t)`: needs `subject`.
        case tableInfo = "pragma_table_info"
        /// Rows of SHOW TABLES.
        case showTables = "show_tables"
    }

    public var name: Name
    /// Shows that branch's rows; nil: the session's branch and main.
    public var branch: BranchKey?
    /// The table it is about, for those that are about one: SQLite's name.
    public var subject: String?

    public init(_ name: Name, branch: BranchKey? = nil, subject: String? = nil) {
        self.name = name
        self.branch = branch
        self.subject = subject
    }

    init?(schema: String, name: String, branch: BranchKey?) {
        guard let name = Name(rawValue: schema + "." + name) else { return nil }
        self.init(name, branch: branch)
    }

    /// What is found without a qualifier, as PostgreSQL finds `pg_catalog`.
    static func unqualified(_ key: String) -> SystemTable? {
        switch key {
        case "sqlite_schema", "sqlite_master": SystemTable(.sqliteSchema)
        case "pg_tables": SystemTable(.pgTables)
        case "pg_views": SystemTable(.pgViews)
        case "pg_namespace": SystemTable(.pgNamespace)
        case "duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_schemas", "duckdb_indexes": Name(rawValue: key).map { SystemTable($0) }
        default: nil
        }
    }

    func of(_ branch: BranchKey) -> SystemTable {
        var copy = self
        copy.branch = branch
        return copy
    }

    static func names(in schema: String) -> [String] {
        Name.allCases.compactMap { $0.rawValue.hasPrefix(schema + ".") ? String($0.rawValue.dropFirst(schema.count + 1)) : nil }
    }

    /// The columns of its rows.
    public var columns: [(name: String, type: DuckType)] {
        switch name {
        case .tables:
            [
                ("table_catalog", .varchar), ("table_schema", .varchar), ("table_name", .varchar), ("table_type", .varchar),
                ("is_insertable_into", .varchar), ("is_typed", .varchar),
            ]
        case .columns:
            [
                ("table_catalog", .varchar), ("table_schema", .varchar), ("table_name", .varchar), ("column_name", .varchar),
                ("ordinal_position", .integer), ("column_default", .varchar), ("is_nullable", .varchar), ("data_type", .varchar),
                ("character_maximum_length", .integer), ("numeric_precision", .integer), ("numeric_scale", .integer),
                ("is_generated", .varchar),
            ]
        case .schemata: [("catalog_name", .varchar), ("schema_name", .varchar), ("schema_owner", .varchar)]
        case .views:
            [
                ("table_catalog", .varchar), ("table_schema", .varchar), ("table_name", .varchar), ("view_definition", .varchar),
                ("is_updatable", .varchar),
            ]
        case .keyColumnUsage:
            [
                ("constraint_catalog", .varchar), ("constraint_schema", .varchar), ("constraint_name", .varchar),
                ("table_catalog", .varchar), ("table_schema", .varchar), ("table_name", .varchar), ("column_name", .varchar),
                ("ordinal_position", .integer),
            ]
        case .tableConstraints:
            [
                ("constraint_catalog", .varchar), ("constraint_schema", .varchar), ("constraint_name", .varchar),
                ("table_catalog", .varchar), ("table_schema", .varchar), ("table_name", .varchar), ("constraint_type", .varchar),
            ]
        case .pgTables: [("schemaname", .varchar), ("tablename", .varchar), ("tableowner", .varchar), ("hasindexes", .boolean), ("hastriggers", .boolean)]
        case .pgViews: [("schemaname", .varchar), ("viewname", .varchar), ("viewowner", .varchar), ("definition", .varchar)]
        case .pgNamespace: [("oid", .bigint), ("nspname", .varchar), ("nspowner", .bigint)]
        case .duckdbTables:
            [
                ("database_name", .varchar), ("schema_name", .varchar), ("table_name", .varchar), ("temporary", .boolean),
                ("has_primary_key", .boolean), ("column_count", .bigint), ("index_count", .bigint), ("sql", .varchar),
            ]
        case .duckdbViews: [("database_name", .varchar), ("schema_name", .varchar), ("view_name", .varchar), ("temporary", .boolean), ("column_count", .bigint), ("sql", .varchar)]
        case .duckdbColumns:
            [
                ("database_name", .varchar), ("schema_name", .varchar), ("table_name", .varchar), ("column_name", .varchar),
                ("column_index", .integer), ("column_default", .varchar), ("is_nullable", .boolean), ("data_type", .varchar),
            ]
        case .duckdbSchemas: [("database_name", .varchar), ("schema_name", .varchar), ("internal", .boolean)]
        case .duckdbIndexes:
            [
                ("database_name", .varchar), ("schema_name", .varchar), ("index_name", .varchar), ("table_name", .varchar),
                ("is_unique", .boolean), ("is_primary", .boolean), ("sql", .varchar),
            ]
        case .sqliteSchema: [("type", .varchar), ("name", .varchar), ("tbl_name", .varchar), ("rootpage", .bigint), ("sql", .varchar)]
        case .describe:
            [
                ("column_name", .varchar), ("column_type", .varchar), ("null", .varchar), ("key", .varchar), ("default", .varchar),
                ("extra", .varchar),
            ]
        case .tableInfo:
            [("cid", .integer), ("name", .varchar), ("type", .varchar), ("notnull", .boolean), ("dflt_value", .varchar), ("pk", .boolean)]
        case .showTables: [("name", .varchar)]
        }
    }
}
