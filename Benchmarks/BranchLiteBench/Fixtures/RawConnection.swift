import CSQLite
import Engine
import PageStore

/// A SQLite connection of either side by its C handle, so that both sides run the same calls.
final class RawConnection {
    let handle: OpaquePointer
    private let release: () -> Void

    private init(handle: OpaquePointer, release: @escaping () -> Void) {
        self.handle = handle
        self.release = release
    }

    deinit { release() }

    /// A connection of the engine's pool; goes back to it at the end.
    static func branch(_ branch: BranchID, of engine: Engine) throws -> RawConnection {
        let connection = try engine.checkout(.head(branch))
        return RawConnection(handle: connection.databaseHandle) { engine.checkin(connection) }
    }

    static func stock(_ path: String, synchronous: String = "FULL", cacheKiB: Int, mapped: Bool = false) throws -> RawConnection {
        let stock = try StockSQLite(path: path, synchronous: synchronous, cacheKiB: cacheKiB, mapped: mapped)
        return RawConnection(handle: stock.handle) { withExtendedLifetime(stock) {} }
    }

    var failure: BenchError { BenchError(description: String(cString: sqlite3_errmsg(handle))) }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure }
    }

    func prepare(_ sql: String) throws -> RawStatement { try RawStatement(self, sql) }

    /// Runs `body` in one transaction.
    func transaction(_ body: () throws -> Void) throws {
        try execute("BEGIN")
        try body()
        try execute("COMMIT")
    }
}

/// A prepared statement by its C handle.
final class RawStatement {
    let handle: OpaquePointer
    private let connection: RawConnection

    fileprivate init(_ connection: RawConnection, _ sql: String) throws {
        self.connection = connection
        var statement: OpaquePointer?
        guard sqlite3_prepare_v3(connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK, let statement else {
            throw connection.failure
        }
        handle = statement
    }

    deinit { sqlite3_finalize(handle) }

    /// Finds a row by its key and reads its columns.
    @inline(__always)
    func find(_ key: Int64) throws {
        sqlite3_bind_int64(handle, 1, key)
        guard sqlite3_step(handle) == SQLITE_ROW else { throw connection.failure }
        _ = sqlite3_column_int64(handle, 0)
        guard sqlite3_column_bytes(handle, 1) > 0 else { throw BenchError(description: "row \(key) is empty") }
        sqlite3_reset(handle)
    }

    /// Runs a statement without a result.
    @inline(__always)
    func run(_ key: Int64) throws {
        sqlite3_bind_int64(handle, 1, key)
        guard sqlite3_step(handle) == SQLITE_DONE, sqlite3_reset(handle) == SQLITE_OK else { throw connection.failure }
    }

    /// Inserts a row of the bench's table.
    @inline(__always)
    func insert(_ key: Int64, _ text: UnsafePointer<CChar>, _ length: Int32) throws {
        sqlite3_bind_int64(handle, 2, key &* 7919 % 100_003)
        sqlite3_bind_double(handle, 3, Double(key) * 0.5)
        sqlite3_bind_text(handle, 4, text, length, csqlite_static())
        try run(key)
    }

    /// Runs a query to its end and returns the first column of its last row.
    @discardableResult
    func lastInteger() throws -> Int64 {
        var value: Int64 = 0
        var code = sqlite3_step(handle)
        while code == SQLITE_ROW {
            value = sqlite3_column_int64(handle, 0)
            code = sqlite3_step(handle)
        }
        guard code == SQLITE_DONE else { throw connection.failure }
        sqlite3_reset(handle)
        return value
    }

    /// Point look-ups, as many as `count`.
    func find(_ count: Int, seed: Int, rows: Int) throws {
        var keys = Keys(seed: seed, rows: rows)
        for _ in 0 ..< count { try find(keys.next()) }
    }

    /// Statements in autocommit by random key, as many as `count`.
    func run(_ count: Int, seed: Int, rows: Int) throws {
        var keys = Keys(seed: seed, rows: rows)
        for _ in 0 ..< count { try run(keys.next()) }
    }
}
