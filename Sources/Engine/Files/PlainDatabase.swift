import CSQLite

/// An ordinary SQLite file, opened for the work that an export does on it: BranchLite's functions are there, constraints and
/// triggers rest, and the schema can be rewritten. Not `Sendable`: one thread at a time.
public final class PlainDatabase {
    private let database: OpaquePointer

    /// Opens an existing file for reading and writing.
    public init(path: String) throws(EngineError) {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let error = EngineError(result: code, database: handle)
            sqlite3_close_v2(handle)
            throw error
        }
        database = handle
        for (option, value) in [
            (SQLITE_DBCONFIG_ENABLE_FKEY, 0), (SQLITE_DBCONFIG_ENABLE_TRIGGER, 0), (SQLITE_DBCONFIG_DEFENSIVE, 0),
            (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1), (SQLITE_DBCONFIG_DQS_DDL, 0), (SQLITE_DBCONFIG_DQS_DML, 0),
        ] {
            _ = csqlite_db_config_flag(database, option, Int32(value))
        }
        let registered = FunctionRegistry.register(on: database, context: FunctionContext())
        if registered != SQLITE_OK { throw EngineError(result: registered, database: database) }
    }

    deinit { sqlite3_close_v2(database) }

    /// Runs all statements of a text, ignoring rows.
    public func execute(_ sql: String) throws(EngineError) {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        if code != SQLITE_OK { throw EngineError(result: code, database: database) }
    }

    /// Runs one statement with text parameters to its end, ignoring rows.
    public func execute(_ sql: String, _ parameters: [String]) throws(EngineError) {
        var statement: OpaquePointer?
        let prepared = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
        guard prepared == SQLITE_OK else { throw EngineError(result: prepared, database: database) }
        defer { sqlite3_finalize(statement) }
        for (index, text) in parameters.enumerated() {
            sqlite3_bind_text(statement, Int32(index + 1), text, -1, csqlite_transient())
        }
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW { code = sqlite3_step(statement) }
        if code != SQLITE_DONE { throw EngineError(result: code, database: database) }
    }
}
