import CSQLite

@testable import Engine

/// SQLite itself, without the Engine: what the Engine is compared with.
final class StockSQLite {
    let database: OpaquePointer

    init(_ path: String) throws {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
        guard code == SQLITE_OK, let handle else { throw EngineError(result: code, database: handle) }
        database = handle
    }

    deinit { sqlite3_close_v2(database) }

    func execute(_ sql: String) throws(EngineError) {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        if code != SQLITE_OK { throw EngineError(result: sqlite3_extended_errcode(database), database: database) }
    }

    func query(_ sql: String) throws(EngineError) -> [[SQLiteValue]] {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
        guard code == SQLITE_OK else { throw EngineError(result: code, database: database) }
        defer { sqlite3_finalize(statement) }
        var rows: [[SQLiteValue]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                (0..<sqlite3_column_count(statement)).map { index in
                    switch sqlite3_column_type(statement, index) {
                    case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, index))
                    case SQLITE_FLOAT: .real(sqlite3_column_double(statement, index))
                    case SQLITE_TEXT: .text(sqlite3_column_text(statement, index).map { String(cString: $0) } ?? "")
                    case SQLITE_BLOB:
                        .blob(
                            [UInt8](
                                UnsafeRawBufferPointer(
                                    start: sqlite3_column_blob(statement, index),
                                    count: Int(sqlite3_column_bytes(statement, index)))))
                    default: .null
                    }
                })
        }
        return rows
    }
}
