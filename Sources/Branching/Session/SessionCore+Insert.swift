import Engine
import PageStore
import SQLDialect

/// Many rows at once: one statement, prepared once, one store version.
extension SessionCore {
    /// - Parameters:
    ///   - table: its name, unquoted; of a schema when written `schema.table` and no table has the whole as its name.
    ///   - columns: names in the order of the values; empty = all columns in table order.
    /// - Returns: rows inserted.
    func insert(into table: String, columns: [String], rows count: Int, row: (Int) -> [Value]) throws(BranchLiteError) -> Int {
        try requireOpen()
        try requireLiving()
        defer { releaseConnections() }
        let limits = RunLimits(isReadOnly: isReadOnly)
        guard count > 0 else { return 0 }
        let width = columns.isEmpty ? row(0).count : columns.count
        let sql = "INSERT INTO \(try qualified(table))"
            + (columns.isEmpty ? "" : " (" + columns.map(quoteIdentifier).joined(separator: ", ") + ")")
            // As COPY: whoever loads rows brings their numbers along.
            + (dialect == .duckdb ? " OVERRIDING SYSTEM VALUE" : "")
            + " VALUES (" + (0..<width).map { _ in "?" }.joined(separator: ", ") + ")"
        let dialect = dialect
        let statements = try mapSQL { () throws(SQLError) in try Parser.parse(sql, dialect: dialect) }
        guard let statement = statements.first else { throw BranchLiteError("BL_INTERNAL", "the INSERT could not be made") }
        let connection = try connection(to: branch)
        arm(connection, limits)
        // The first row goes the ordinary way, which makes live tables the branch's own and reports what is wrong.
        let isOwn = transaction == nil
        if isOwn { try begin(nil, TransactionTraits(isolation: .readCommitted), limits) }
        do throws(BranchLiteError) {
            var inserted = try write(
                statement, try plan(statement, source: sql, connection), source: sql, values: try checked(row(0), 0, width), limits: limits
            ).rowsAffected
            let lowered = try plan(statement, source: sql, connection).lowered
            guard lowered.materializes.isEmpty, !lowered.steps.isEmpty else { throw BranchLiteError("BL_INTERNAL", "'\(table)' cannot be inserted into") }
            inserted += try numbering(lowered, of: branch, on: connection) { () throws(BranchLiteError) in
                var more = 0
                for index in 1..<max(1, count) {
                    more += try runSteps(lowered, on: connection, values: try checked(row(index), index, width), maxRows: 0).affected
                }
                return more
            }
            if isOwn { try commitTransaction() }
            return inserted
        } catch {
            if isOwn { abandonTransaction() }
            throw error
        }
    }

    private func checked(_ values: [Value], _ index: Int, _ width: Int) throws(BranchLiteError) -> [Value] {
        if values.count != width {
            throw BranchLiteError("BL_PARAMETERS", "row \(index + 1) has \(values.count) values, \(width) are needed")
        }
        return values
    }

    private func qualified(_ table: String) throws(BranchLiteError) -> String {
        let schema = try context.schemas.schema(of: branch)
        if schema.contains(table) { return quoteIdentifier(table) }
        if let dot = table.firstIndex(of: ".") {
            let (name, rest) = (String(table[..<dot]), String(table[table.index(after: dot)...]))
            if schema.hasSchema(name) { return quoteIdentifier(name) + "." + quoteIdentifier(rest) }
        }
        return quoteIdentifier(table)
    }
}
