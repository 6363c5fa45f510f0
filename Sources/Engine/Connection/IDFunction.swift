import CSQLite

/// Where `bl_next_id('<table>')` gets ids from: store-wide allocation for AUTOINCREMENT columns.
public struct IDSource: Sendable {
    /// The next id of a table, above `floor`: the largest that the connection's branch has used.
    public let next: @Sendable (_ table: String, _ floor: Int64) throws(EngineError) -> Int64

    public init(next: @escaping @Sendable (_ table: String, _ floor: Int64) throws(EngineError) -> Int64) { self.next = next }

    /// Registers `bl_next_id` on a connection.
    /// - Throws: what SQLite says when it runs out of memory.
    public func register(on database: OpaquePointer) throws(EngineError) {
        let box = Unmanaged.passRetained(IDFunctionBox(source: self))
        let code = sqlite3_create_function_v2(
            database, "bl_next_id", 1, SQLITE_UTF8, box.toOpaque(),
            { context, _, arguments in
                guard let context, let data = sqlite3_user_data(context), let argument = arguments?[0], let text = sqlite3_value_text(argument) else { return }
                Unmanaged<IDFunctionBox>.fromOpaque(data).takeUnretainedValue().answer(context, table: String(cString: text))
            }, nil, nil,
            { data in if let data { Unmanaged<IDFunctionBox>.fromOpaque(data).release() } })
        if code != SQLITE_OK { throw EngineError(result: code, database: database) }
    }
}

/// The state of `bl_next_id` on one connection; used on that connection's thread only.
private final class IDFunctionBox {
    let source: IDSource
    init(source: IDSource) { self.source = source }

    func answer(_ context: OpaquePointer, table: String) {
        do throws(EngineError) {
            let floor = try IDFunctionBox.used(table, sqlite3_context_db_handle(context))
            sqlite3_result_int64(context, try source.next(table, floor))
        } catch {
            sqlite3_result_error(context, "\(error.code): \(error.message)", -1)
        }
    }

    /// What AUTOINCREMENT has reached in the branch; 0 where nothing was inserted yet.
    private static func used(_ table: String, _ database: OpaquePointer?) throws(EngineError) -> Int64 {
        var statement: OpaquePointer?
        let sql = "SELECT seq FROM main.sqlite_sequence WHERE name = ?1 COLLATE NOCASE"
        // There is no such table before the first AUTOINCREMENT column.
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK else { return 0 }
        defer { sqlite3_finalize(statement) }
        sqlite3_bind_text(statement, 1, table, -1, csqlite_transient())
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return sqlite3_column_int64(statement, 0) }
        if code == SQLITE_DONE { return 0 }
        throw EngineError(result: code, database: database)
    }
}
