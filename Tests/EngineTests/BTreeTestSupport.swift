import CSQLite
import Foundation
import PageStore
import Testing

@testable import Engine

/// Deterministic random numbers (SplitMix64), so that a failing history can be run again from its seed.
struct BTreeRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}

/// The bytes of a database file as pages.
final class FilePages: PageReader {
    var bytes: [UInt8]
    let pageSize: Int

    init(_ bytes: [UInt8], pageSize: Int) {
        self.bytes = bytes
        self.pageSize = pageSize
    }

    var pageCount: UInt32 { UInt32(bytes.count / pageSize) }

    func readPage(_ number: PageNumber, into destination: UnsafeMutableRawPointer) throws(BTreeError) {
        let start = (Int(number) - 1) * pageSize
        bytes.withUnsafeBytes { destination.copyMemory(from: $0.baseAddress! + start, byteCount: pageSize) }
    }

    /// Pages that differ or exist on one side only.
    static func changed(_ a: FilePages, _ b: FilePages) -> [PageNumber] {
        var pages: [PageNumber] = []
        for number in 1 ... max(1, max(a.pageCount, b.pageCount)) {
            let range = (Int(number) - 1) * a.pageSize ..< Int(number) * a.pageSize
            guard number <= a.pageCount, number <= b.pageCount, a.bytes[range] == b.bytes[range] else {
                pages.append(number)
                continue
            }
        }
        return pages
    }
}

/// A stock SQLite database file, through the C API.
final class BTreeTestDatabase {
    struct Failure: Error { let message: String }

    let path: String
    let pageSize: Int
    private var handle: OpaquePointer?

    init(pageSize: Int = 4096, autoVacuum: String = "INCREMENTAL", pragmas: String = "") throws {
        path = NSTemporaryDirectory() + "btree-\(UUID().uuidString).db"
        self.pageSize = pageSize
        guard sqlite3_open(path, &handle) == SQLITE_OK else { throw Failure(message: "open") }
        try execute(
            "PRAGMA page_size=\(pageSize); PRAGMA auto_vacuum=\(autoVacuum); \(pragmas);"
                + "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF"
        )
    }

    deinit {
        sqlite3_close(handle)
        unlink(path)
    }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw Failure(message: String(cString: sqlite3_errmsg(handle)) + " in " + sql.prefix(200))
        }
    }

    func rows(_ sql: String) throws -> [[SQLiteValue]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            throw Failure(message: String(cString: sqlite3_errmsg(handle)) + " in " + sql)
        }
        defer { sqlite3_finalize(statement) }
        var rows: [[SQLiteValue]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append((0 ..< sqlite3_column_count(statement)).map { column in
                switch sqlite3_column_type(statement, column) {
                case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
                case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column))
                case SQLITE_NULL: return .null
                case let type:
                    let count = Int(sqlite3_column_bytes(statement, column))
                    let bytes = [UInt8](UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, column), count: count))
                    return type == SQLITE_TEXT ? .text(String(decoding: bytes, as: UTF8.self)) : .blob(bytes)
                }
            })
        }
        return rows
    }

    /// The file as it is now. No transaction may be open.
    func pages() throws -> FilePages {
        FilePages([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))), pageSize: pageSize)
    }
}

/// A table of the property test: how it is read by SQL and how by the b-tree decoder.
struct BTreeTestTable {
    let name: String
    /// Stored columns in stored order, by name; `rowid` is read besides in rowid tables without an alias.
    var columns: [String]
    var layout: TableLayout
    /// The key's columns in stored order.
    let keyCount: Int
    let orderBy: String

    var isRowid: Bool { layout.kind == .rowid }

    /// Rows as (key under the key's collations, stored columns), in key order.
    func rows(_ database: BTreeTestDatabase) throws -> [(key: [SQLiteValue], values: [SQLiteValue])] {
        let list = columns.map { "\"\($0)\"" }.joined(separator: ",")
        return try database.rows("SELECT \(isRowid ? "rowid" : "0"),\(list) FROM \(name) ORDER BY \(orderBy)").map { row in
            (isRowid ? [row[0]] : canonical(Array(row[1 ... keyCount])), Array(row[1...]))
        }
    }

    /// The key with letters that a collation holds equal made equal.
    func canonical(_ key: [SQLiteValue]) -> [SQLiteValue] {
        guard case .keyed(let order) = layout.kind else { return key }
        return zip(key, order.columns).map { value, column in
            // Numbers are equal across integer and real.
            if case .real(let number) = value, let whole = Int64(exactly: number) { return .integer(whole) }
            guard case .text(let text) = value else { return value }
            switch column.collation {
            case .binary: return value
            case .nocase:
                return .text(String(String.UnicodeScalarView(text.unicodeScalars.map {
                    $0.value >= 0x41 && $0.value <= 0x5A ? Unicode.Scalar(UInt8($0.value) | 0x20) : $0
                })))
            case .rtrim:
                return .text(String(text.reversed().drop { $0 == " " }.reversed()))
            }
        }
    }
}
