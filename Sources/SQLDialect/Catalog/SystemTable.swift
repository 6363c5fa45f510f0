/// A table that shows the catalog itself. Its rows are made when it is read.
public struct SystemTable: Sendable, Hashable {
    public enum Name: Sendable, Hashable {
        /// A relation of `information_schema` or `pg_catalog`, by its qualified name.
        case relation(String)
        /// What functions of PostgreSQL look up.
        case lookup(CatalogLookup)
        case duckdbTables, duckdbViews, duckdbColumns, duckdbSchemas, duckdbIndexes
        case sqliteSchema
        /// Rows of DESCRIBE: needs `subject`.
        case describe
        /// Rows of `pragma_table_info(t)`: needs `subject`.
        case tableInfo
        /// Rows of SHOW TABLES.
        case showTables

        static let tables = Name.relation("information_schema.tables")
        static let schemata = Name.relation("information_schema.schemata")

        private static let own: [String: Name] = [
            "duckdb_tables": .duckdbTables, "duckdb_views": .duckdbViews, "duckdb_columns": .duckdbColumns, "duckdb_schemas": .duckdbSchemas,
            "duckdb_indexes": .duckdbIndexes, "sqlite_schema": .sqliteSchema, "describe": .describe, "pragma_table_info": .tableInfo,
            "show_tables": .showTables,
        ]

        /// The table of that name; relations by their qualified names.
        public init?(rawValue: String) {
            if let found = Name.own[rawValue] {
                self = found
            } else if CatalogRelation.all[rawValue] != nil {
                self = .relation(rawValue)
            } else {
                return nil
            }
        }

        public var rawValue: String {
            switch self {
            case .relation(let name): name
            case .lookup(let lookup): lookup.rawValue
            default: Name.own.first { $0.value == self }?.key ?? ""
            }
        }
    }

    public var name: Name
    /// Shows that branch's rows; nil: the session's branch and main.
    public var branch: BranchKey?
    /// The table it is about, for those that are about one: SQLite's name.
    public var subject: String?

    /// What else the statement asks for by its WHERE.
    public var asked: [AskedSchema] = []

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
        case "duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_schemas", "duckdb_indexes": Name(rawValue: key).map { SystemTable($0) }
        case _ where key.hasPrefix("pg_"): SystemTable(schema: "pg_catalog", name: key, branch: nil)
        default: nil
        }
    }

    /// Whether it tells of schemas alone, and not of what is in them.
    var showsSchemasOnly: Bool {
        switch name {
        case .relation("information_schema.schemata"), .relation("pg_catalog.pg_namespace"), .duckdbSchemas: true
        default: false
        }
    }

    func of(_ branch: BranchKey) -> SystemTable {
        var copy = self
        copy.branch = branch
        return copy
    }

    static func names(in schema: String) -> [String] {
        CatalogRelation.all.values.filter { $0.schema == schema }.map(\.name).sorted()
    }

    /// The columns of its rows.
    public var columns: [(name: String, type: DuckType)] {
        switch name {
        case .relation(let name): (CatalogRelation.all[name]?.columns ?? []).map { ($0.name, CatalogRelation.storedType($0.type)) }
        case .lookup(let lookup): lookup.columns
        case .duckdbTables:
            [
                ("database_name", .varchar), ("schema_name", .varchar), ("schema_oid", .bigint), ("table_name", .varchar), ("table_oid", .bigint),
                ("internal", .boolean), ("temporary", .boolean), ("has_primary_key", .boolean), ("estimated_size", .bigint), ("column_count", .bigint),
                ("index_count", .bigint), ("check_constraint_count", .bigint), ("sql", .varchar),
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
