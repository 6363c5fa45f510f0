import CSQLite

@testable import Engine

/// What went wrong in a simulation.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    if !condition { throw Violation(text()) }
}

/// A database of stock SQLite in memory: what a branch should hold.
final class StockDatabase {
    private var handle: OpaquePointer?

    init() throws {
        try require(sqlite3_open(":memory:", &handle) == SQLITE_OK, "no plain database")
    }

    /// A copy of a serialized database.
    convenience init(_ image: [UInt8]) throws {
        try self.init()
        guard !image.isEmpty, let memory = sqlite3_malloc64(UInt64(image.count)) else { return }
        image.withUnsafeBytes { if let base = $0.baseAddress { memory.copyMemory(from: base, byteCount: image.count) } }
        let flags = UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE)
        let code = sqlite3_deserialize(handle, "main", memory.assumingMemoryBound(to: UInt8.self), Int64(image.count), Int64(image.count), flags)
        try require(code == SQLITE_OK, "deserialize: \(code)")
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs statements; false if one fails.
    func execute(_ sql: String) -> Bool { sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK }

    /// The database as bytes; empty for one without content.
    func image() -> [UInt8] {
        var size: Int64 = 0
        guard let bytes = sqlite3_serialize(handle, "main", &size, 0) else { return [] }
        defer { sqlite3_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
    }

    private func query(_ sql: String) throws -> [[SQLiteValue]] {
        var statement: OpaquePointer?
        try require(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, "plain: \(sql)")
        defer { sqlite3_finalize(statement) }
        var rows: [[SQLiteValue]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append((0 ..< sqlite3_column_count(statement)).map { column in
                switch sqlite3_column_type(statement, column) {
                case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
                case SQLITE_TEXT: return .text(sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "")
                default: return .null
                }
            })
        }
        return rows
    }

    func dump() throws -> String { try contentDump(query) }
}

/// Schema and rows of a database, as text.
func contentDump(_ query: (String) throws -> [[SQLiteValue]]) throws -> String {
    func text(_ value: SQLiteValue) -> String {
        switch value {
        case .integer(let number): return "\(number)"
        case .text(let text): return text.utf8.count > 40 ? "\(text.prefix(8))…\(text.utf8.count)" : text
        default: return "-"
        }
    }
    var lines: [String] = []
    for row in try query("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name") {
        lines.append(row.map(text).joined(separator: "|"))
        guard row[0] == .text("table"), case .text(let name) = row[1] else { continue }
        for row in try query("SELECT * FROM \"\(name)\" ORDER BY 1") { lines.append("  " + row.map(text).joined(separator: "|")) }
    }
    return lines.joined(separator: "\n")
}
