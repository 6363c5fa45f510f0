import Engine
import PageStore
import SQLDialect

/// AUTOINCREMENT in the `sqlite` dialect: SQLite numbers the rows itself, from where the store-wide counter stands. (In the
/// `duckdb` dialect the lowered statement asks for each id.)
extension SessionCore {
    /// The AUTOINCREMENT table that a statement inserts into, where SQLite is to number the rows. A temporary table is none.
    /// - Parameter target: the branch that is written.
    func numberedTable(_ lowered: LoweredStatement, of target: BranchID) throws(BranchLiteError) -> String? {
        guard dialect == .sqlite, context.configuration.globalIDs, lowered.kind == .insert, let table = lowered.writes.first else { return nil }
        let schema = if let localSchema, localSchema.branch == target { localSchema.schema } else { try context.schemas.schema(of: target) }
        guard let info = schema.table(table.table), info.isAutoincrement else { return nil }
        return info.name
    }

    /// Runs `body`, which runs the steps; for an AUTOINCREMENT table with the table's ids reserved meanwhile, inside the open
    /// transaction.
    func numbering<Answer>(
        _ lowered: LoweredStatement, of target: BranchID, on connection: Connection, _ body: () throws(BranchLiteError) -> Answer
    ) throws(BranchLiteError) -> Answer {
        guard let table = try numberedTable(lowered, of: target) else { return try body() }
        return try context.ids.exclusively(table: table) { () throws(BranchLiteError) in
            let floor = context.ids.upcoming(table: table) - 1
            let reached = try sequence(of: table, connection) ?? 0
            if floor > reached {
                try mapEngine { () throws(EngineError) in
                    try connection.execute("DELETE FROM main.sqlite_sequence WHERE name = ?1", [.text(table)])
                    try connection.execute("INSERT INTO main.sqlite_sequence(name, seq) VALUES (?1, ?2)", [.text(table), .integer(floor)])
                }
            }
            let answer = try body()
            if let last = try sequence(of: table, connection) { try context.ids.used(last, table: table) }
            return answer
        }
    }

    private func sequence(of table: String, _ connection: Connection) throws(BranchLiteError) -> Int64? {
        let rows = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT seq FROM main.sqlite_sequence WHERE name = ?1", [.text(table)])
        }
        if case .integer(let number)? = rows.first?.first { return number }
        return nil
    }
}
