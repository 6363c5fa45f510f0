import Engine
import SQLDialect

/// Turns an exported file, which holds a branch's pages as they are, into one that reads sensibly in the stock SQLite shell:
/// dates and times as ISO text, decimals as numbers, ordinary type names, no function of ours in the schema.
enum ReadableExport {
    static func rewrite(_ path: String, _ schema: BranchSchema) throws(EngineError) {
        let tables = schema.tableNames.compactMap { schema.table($0) }.filter { $0.kind == .table }
        let changed = tables.filter { $0.columns.contains { $0.storage == .duckdb } || usesOurs($0.sql) }
        let dropped = schema.rows.filter { !keeps($0) }
        let markers = schema.rows.filter { $0.type == "table" && BranchSchema.isInternal($0.name) && !$0.name.hasPrefix("sqlite_") }
        if changed.isEmpty, dropped.isEmpty, markers.isEmpty { return }
        let database = try PlainDatabase(path: path)
        try database.execute("PRAGMA journal_mode=DELETE; PRAGMA ignore_check_constraints=ON; BEGIN")
        // What calls our functions would be an error in any other program; the tables hold the data all the same.
        for row in dropped { try database.execute("DROP \(row.type.uppercased()) IF EXISTS \(quoteIdentifier(row.name))") }
        for row in markers { try database.execute("DROP TABLE IF EXISTS \(quoteIdentifier(row.name))") }
        for table in changed { try convert(table, database) }
        try database.execute("PRAGMA writable_schema=ON")
        for table in changed {
            if let sql = definition(of: table) {
                try database.execute("UPDATE sqlite_schema SET sql = ?1 WHERE type = 'table' AND name = ?2", [sql, table.name])
            }
        }
        try database.execute("PRAGMA writable_schema=RESET; COMMIT")
        // Not VACUUM, which may give rows of tables without a key other rowids.
        try database.execute("PRAGMA incremental_vacuum")
    }

    /// Whether an object is part of an export: views, triggers and indexes that call our functions are not.
    static func keeps(_ row: SchemaRow) -> Bool { row.type == "table" || !usesOurs(row.sql ?? "") }

    /// A table's CREATE TABLE as an export has it.
    static func sql(of side: FormSide) -> String {
        guard let info = side.shape?.info, info.columns.contains(where: { $0.storage == .duckdb }) || usesOurs(info.sql) else { return side.sql }
        return definition(of: info) ?? info.sql
    }

    private static func usesOurs(_ sql: String) -> Bool { foldedASCII(sql).contains("bl_") }

    /// The values of one table in one pass.
    private static func convert(_ table: TableInfo, _ database: PlainDatabase) throws(EngineError) {
        var assignments: [String] = []
        for column in table.columns where column.storage == .duckdb && column.generated == .no {
            let name = quoteIdentifier(column.name)
            switch column.type {
            case .date: assignments.append("\(name) = bl_export_date(\(name))")
            case .time: assignments.append("\(name) = bl_export_time(\(name))")
            case .timestamp: assignments.append("\(name) = bl_export_timestamp(\(name))")
            case .timestampTZ: assignments.append("\(name) = bl_export_timestamptz(\(name))")
            case .decimal(_, let scale) where scale > 0: assignments.append("\(name) = bl_export_decimal(\(name), \(scale))")
            default: break
            }
        }
        if assignments.isEmpty { return }
        try database.execute("UPDATE \(quoteIdentifier(table.name)) SET " + assignments.joined(separator: ", "))
    }

    /// CREATE TABLE without our marks: `DUCKDB TIMESTAMP` becomes `TIMESTAMP`, which has the same affinity; checks, defaults
    /// and generated columns that call our functions, or that compare values whose form has changed, are left out.
    private static func definition(of table: TableInfo) -> String? {
        guard let statement = try? Parser.parse(table.sql, dialect: .sqlite).first, case .createTable(var create) = statement.node,
            case .definition(var columns, var constraints) = create.body
        else { return nil }
        let converts = table.columns.contains { column in
            switch column.type {
            case .date, .time, .timestamp, .timestampTZ: column.storage == .duckdb
            case .decimal(_, let scale): column.storage == .duckdb && scale > 0
            default: false
            }
        }
        for index in columns.indices {
            if var type = columns[index].type, type.words.first?.matches("DUCKDB") == true {
                type.words.removeFirst()
                columns[index].type = type
            }
            columns[index].constraints = columns[index].constraints.compactMap { constraint in
                var constraint = constraint
                if constraint.name?.text.hasPrefix("duckdb:") == true { constraint.name = nil }
                switch constraint.kind {
                case .check(let expression): return converts || callsOurs(expression) ? nil : constraint
                case .defaultValue(let expression): return callsOurs(expression) ? nil : constraint
                default: return constraint
                }
            }
        }
        constraints.removeAll { constraint in
            if case .check(let expression, _) = constraint.kind { converts || callsOurs(expression) } else { false }
        }
        create.body = .definition(columns, constraints)
        return Printer.print(ParsedStatement(.createTable(create)))
    }

    private static func callsOurs(_ expression: Expr) -> Bool { usesOurs(Printer.print(expression)) }
}
