import CSQLite
import Foundation

struct PeerError: Error, CustomStringConvertible { var description: String }

/// Stock SQLite through its C API, in WAL mode: the peer.
final class StockSQLite {
    let handle: OpaquePointer

    init(path: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix") == SQLITE_OK, let opened else {
            throw PeerError(description: "cannot open \(path)")
        }
        handle = opened
        try execute("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF")
    }

    deinit { sqlite3_close_v2(handle) }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw PeerError(description: String(cString: sqlite3_errmsg(handle))) }
    }

    func prepare(_ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw PeerError(description: String(cString: sqlite3_errmsg(handle)))
        }
        return statement
    }
}

/// The bench's table: rows of about 110 bytes, as the design's prototype had them.
enum BenchTable {
    static let create = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b REAL, c TEXT)"
    /// `count` rows with ids from `first`.
    static func fill(first: Int, count: Int) -> String {
        """
        WITH RECURSIVE n(i) AS (SELECT \(first) UNION ALL SELECT i + 1 FROM n WHERE i < \(first + count - 1))
        INSERT INTO t SELECT i, i * 7919 % 100003, i * 0.5, substr(printf('%032d-%032d-%032d', i, i * 31, i * 17), 1, 90) FROM n
        """
    }
    static let bytesPerRow = 112
}
