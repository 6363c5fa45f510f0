import PageStore

/// One row of `sqlite_schema`.
public struct SchemaObject: Sendable, Hashable {
    /// `table`, `index`, `view` or `trigger`.
    public let type: String
    public let name: String
    /// The table an index or trigger belongs to; a table's or view's own name.
    public let tableName: String
    /// Root page of the b-tree; 0 for views, triggers and virtual tables.
    public let rootPage: PageNumber
    /// The CREATE statement; nil for automatic indexes.
    public let sql: String?
}

/// One column as `PRAGMA table_xinfo` reports it.
public struct SchemaColumn: Sendable, Hashable {
    public let name: String
    /// The declared type as written; empty where there is none.
    public let declaredType: String
    public let isNotNull: Bool
    /// The SQL text of the default.
    public let defaultSQL: String?
    /// Position in the primary key from 1; 0 when not part of it.
    public let primaryKeyPosition: Int
    /// 0 ordinary, 1 hidden column of a virtual table, 2 generated virtual, 3 generated stored.
    public let hidden: Int

    public var isGenerated: Bool { hidden == 2 || hidden == 3 }
}

/// One index as `PRAGMA index_list` and `index_xinfo` report it.
public struct SchemaIndex: Sendable, Hashable {
    /// A key column; `name` is nil for an expression and for the rowid.
    public struct KeyColumn: Sendable, Hashable {
        public let columnPosition: Int
        public let name: String?
        public let isDescending: Bool
        public let collation: String
    }

    public let name: String
    public let isUnique: Bool
    /// `c` CREATE INDEX, `u` UNIQUE constraint, `pk` primary key.
    public let origin: String
    public let isPartial: Bool
    public let columns: [KeyColumn]
}

/// One column pair of a foreign key, as `PRAGMA foreign_key_list` reports it.
public struct SchemaForeignKey: Sendable, Hashable {
    /// Number of the foreign key within the table.
    public let id: Int
    public let sequence: Int
    public let parentTable: String
    public let column: String
    /// nil when the parent's primary key is meant.
    public let parentColumn: String?
    public let onUpdate: String
    public let onDelete: String
}

// Rows of the schema, raw as SQLite has them. `schema` is `main`, `temp` or an alias.
extension Connection {
    /// The schema cookie: it changes with every change of the schema, so parsed schemas can be kept under it
    /// (together with branch and generation).
    public func schemaCookie(of schema: String = "main") throws(EngineError) -> Int64 {
        try integer("PRAGMA \(quoteIdentifier(schema)).schema_version")
    }

    /// All objects of a database, in the order of their making.
    public func schemaObjects(of schema: String = "main") throws(EngineError) -> [SchemaObject] {
        let table = schema == "temp" ? "sqlite_temp_schema" : "\(quoteIdentifier(schema)).sqlite_schema"
        return try schemaRows("SELECT type, name, tbl_name, rootpage, sql FROM \(table) ORDER BY rowid", []) { row in
            SchemaObject(
                type: row.text(0), name: row.text(1), tableName: row.text(2),
                rootPage: PageNumber(truncatingIfNeeded: row.integer(3)), sql: row.isNull(4) ? nil : row.text(4))
        }
    }

    /// The columns of a table or view, hidden and generated ones included.
    public func columns(of table: String, in schema: String = "main") throws(EngineError) -> [SchemaColumn] {
        try schemaRows(
            "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, ?2) ORDER BY cid",
            [.text(table), .text(schema)]
        ) { row in
            SchemaColumn(
                name: row.text(0), declaredType: row.text(1), isNotNull: row.integer(2) != 0,
                defaultSQL: row.isNull(3) ? nil : row.text(3), primaryKeyPosition: Int(row.integer(4)),
                hidden: Int(row.integer(5)))
        }
    }

    /// The indexes of a table with their key columns.
    public func indexes(of table: String, in schema: String = "main") throws(EngineError) -> [SchemaIndex] {
        let heads = try schemaRows(
            "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1, ?2) ORDER BY seq",
            [.text(table), .text(schema)]
        ) { ($0.text(0), $0.integer(1) != 0, $0.text(2), $0.integer(3) != 0) }
        var indexes: [SchemaIndex] = []
        for (name, isUnique, origin, isPartial) in heads {
            let columns = try schemaRows(
                "SELECT cid, name, \"desc\", coll FROM pragma_index_xinfo(?1, ?2) WHERE key = 1 ORDER BY seqno",
                [.text(name), .text(schema)]
            ) { row in
                SchemaIndex.KeyColumn(
                    columnPosition: Int(row.integer(0)), name: row.isNull(1) ? nil : row.text(1),
                    isDescending: row.integer(2) != 0, collation: row.text(3))
            }
            indexes.append(
                SchemaIndex(name: name, isUnique: isUnique, origin: origin, isPartial: isPartial, columns: columns))
        }
        return indexes
    }

    /// The foreign keys of a table.
    public func foreignKeys(of table: String, in schema: String = "main") throws(EngineError) -> [SchemaForeignKey] {
        try schemaRows(
            """
            SELECT id, seq, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?1, ?2) \
            ORDER BY id, seq
            """,
            [.text(table), .text(schema)]
        ) { row in
            SchemaForeignKey(
                id: Int(row.integer(0)), sequence: Int(row.integer(1)), parentTable: row.text(2), column: row.text(3),
                parentColumn: row.isNull(4) ? nil : row.text(4), onUpdate: row.text(5), onDelete: row.text(6))
        }
    }

    private func integer(_ sql: String) throws(EngineError) -> Int64 {
        try schemaRows(sql, []) { $0.integer(0) }.first ?? 0
    }

    private func schemaRows<Row>(
        _ sql: String, _ parameters: [SQLiteValue], _ read: (Statement) -> Row
    ) throws(EngineError) -> [Row] {
        try internally { () throws(EngineError) in
            let statement = try cachedStatement(sql)
            defer { statement.finish() }
            try statement.bind(parameters)
            var rows: [Row] = []
            while try statement.step() { rows.append(read(statement)) }
            return rows
        }
    }
}
