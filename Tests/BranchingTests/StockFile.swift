import CSQLite
import Foundation

/// An ordinary SQLite file, opened by SQLite itself: no VFS, function or setting of ours.
final class StockFile {
    let database: OpaquePointer

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    init(_ path: String) throws {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
        guard code == SQLITE_OK, let handle else { throw Failure(description: "cannot open \(path): \(code)") }
        database = handle
    }

    deinit { sqlite3_close_v2(database) }

    func execute(_ sql: String) throws {
        var message: UnsafeMutablePointer<CChar>?
        let code = sqlite3_exec(database, sql, nil, nil, &message)
        defer { sqlite3_free(message) }
        if code != SQLITE_OK { throw Failure(description: message.map { String(cString: $0) } ?? "code \(code)") }
    }

    /// Rows with each value as its storage class and its bytes.
    func rows(_ sql: String) throws -> [[String]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK else {
            throw Failure(description: "\(String(cString: sqlite3_errmsg(database))): \(sql)")
        }
        defer { sqlite3_finalize(statement) }
        var rows: [[String]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append((0..<sqlite3_column_count(statement)).map { column in
                func hex(_ start: UnsafeRawPointer?) -> String {
                    UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
                        .map { String($0, radix: 16) }.joined(separator: ".")
                }
                switch sqlite3_column_type(statement, column) {
                case SQLITE_INTEGER: return "i\(sqlite3_column_int64(statement, column))"
                case SQLITE_FLOAT: return "r\(String(sqlite3_column_double(statement, column).bitPattern, radix: 16))"
                case SQLITE_TEXT: return "t" + hex(UnsafeRawPointer(sqlite3_column_text(statement, column)))
                case SQLITE_BLOB: return "b" + hex(sqlite3_column_blob(statement, column))
                default: return "n"
                }
            })
        }
        return rows
    }

    func text(_ sql: String) throws -> String? {
        guard let value = try rows(sql).first?.first, value.first == "t" else { return nil }
        let bytes = value.dropFirst().split(separator: ".").compactMap { UInt8($0, radix: 16) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Everything in the file, as lines that are equal where the files hold the same: the schema's texts, the order of triggers on each
    /// table, every row of every table (those of virtual tables' own tables too), rowids where no key tells rows apart.
    func content() throws -> [String] {
        var lines = try rows("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'").map {
            "schema " + $0.joined(separator: "|")
        }
        lines += try rows("SELECT tbl_name, group_concat(name) FROM (SELECT * FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid) GROUP BY tbl_name").map {
            "triggers " + $0.joined(separator: "|")
        }
        lines += try rows("SELECT * FROM pragma_user_version, pragma_application_id").map { "settings " + $0.joined(separator: "|") }
        let tables = try rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite_stat%'")
        for row in tables {
            let bytes = row[0].dropFirst().split(separator: ".").compactMap { UInt8($0, radix: 16) }
            let name = String(decoding: bytes, as: UTF8.self)
            let quoted = name.replacingOccurrences(of: "\"", with: "\"\"")
            let literal = name.replacingOccurrences(of: "'", with: "''")
            let isKeyless = try rows("SELECT 1 FROM pragma_table_info('\(literal)') WHERE pk > 0").isEmpty && name != "sqlite_sequence"
            let rowid = isKeyless ? "rowid, " : ""
            lines += try rows("SELECT \(rowid)* FROM \"\(quoted)\"").map { "row \(name) " + $0.joined(separator: "|") }
        }
        return lines.sorted()
    }

    /// What SQLite's own checks find: nothing.
    func problems() throws -> [String] {
        let integrity = try text("PRAGMA integrity_check")
        return integrity == "ok" ? [] : [integrity ?? "no answer"]
    }
}
