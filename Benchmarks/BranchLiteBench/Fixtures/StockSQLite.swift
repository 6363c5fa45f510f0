import CSQLite
import Foundation

struct BenchError: Error, CustomStringConvertible { var description: String }

/// Stock SQLite through its C API, in WAL mode: the peer.
final class StockSQLite {
    let handle: OpaquePointer

    /// - Parameters:
    ///   - cacheKiB: page cache; nil leaves SQLite's default.
    ///   - mapped: reads through a memory map, which SQLite does not by default.
    init(path: String, synchronous: String = "FULL", cacheKiB: Int? = nil, mapped: Bool = false) throws {
        var opened: OpaquePointer?
        guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix") == SQLITE_OK, let opened else {
            throw BenchError(description: "cannot open \(path)")
        }
        handle = opened
        try execute("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = \(synchronous); PRAGMA secure_delete = OFF")
        if let cacheKiB { try execute("PRAGMA cache_size = -\(cacheKiB)") }
        if mapped { try execute("PRAGMA mmap_size = \(Int32.max)") }
    }

    deinit { sqlite3_close_v2(handle) }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw BenchError(description: String(cString: sqlite3_errmsg(handle))) }
    }

    /// The only value of a query.
    func number(_ sql: String) throws -> Int {
        let statement = try prepare(sql)
        defer { sqlite3_finalize(statement) }
        guard sqlite3_step(statement) == SQLITE_ROW else { throw BenchError(description: String(cString: sqlite3_errmsg(handle))) }
        return Int(sqlite3_column_int64(statement, 0))
    }

    func prepare(_ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw BenchError(description: String(cString: sqlite3_errmsg(handle)))
        }
        return statement
    }
}
