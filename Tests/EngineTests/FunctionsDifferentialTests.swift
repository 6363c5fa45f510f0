import CSQLite
import Testing

@testable import Engine

/// A bare SQLite connection with the runtime functions, for tests. Used on one thread.
final class FunctionDatabase {
    let db: OpaquePointer
    let context = FunctionContext()

    init() throws {
        var handle: OpaquePointer?
        guard sqlite3_open(":memory:", &handle) == SQLITE_OK, let handle else { throw Failure(message: "cannot open") }
        db = handle
        let code = FunctionRegistry.register(on: db, context: context)
        guard code == SQLITE_OK else { throw Failure(message: String(cString: sqlite3_errmsg(db))) }
    }

    deinit { sqlite3_close_v2(db) }

    struct Failure: Error { let message: String }

    /// The first column of the first row.
    func value(_ sql: String) throws -> SQLiteValue {
        try rows(sql).first?.first ?? .null
    }

    func rows(_ sql: String) throws -> [[SQLiteValue]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(db, sql, -1, &statement, nil) == SQLITE_OK else { throw Failure(message: String(cString: sqlite3_errmsg(db))) }
        defer { sqlite3_finalize(statement) }
        var rows: [[SQLiteValue]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append((0..<sqlite3_column_count(statement)).map { column(statement, $0) })
            case SQLITE_DONE: return rows
            default: throw Failure(message: String(cString: sqlite3_errmsg(db)))
            }
        }
    }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(db, sql, nil, nil, nil) == SQLITE_OK else { throw Failure(message: String(cString: sqlite3_errmsg(db))) }
    }

    private func column(_ statement: OpaquePointer?, _ index: Int32) -> SQLiteValue {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, index))
        case SQLITE_TEXT:
            let text = UnsafeBufferPointer(start: sqlite3_column_text(statement, index), count: Int(sqlite3_column_bytes(statement, index)))
            return .text(String(decoding: text, as: UTF8.self))
        case SQLITE_BLOB:
            let bytes = UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, index), count: Int(sqlite3_column_bytes(statement, index)))
            return .blob([UInt8](bytes))
        default: return .null
        }
    }
}

/// Every case of the fixture (what DuckDB answered) against what our functions answer.
@Suite struct FunctionsDifferentialTests {
    /// Where we differ from DuckDB on purpose, as docs/dialect.md says; keyed by our expression.
    static let known: Set<String> = Set(FunctionsKnownDifferences.expressions)

    static func unescape(_ text: Substring) -> String {
        var out = ""
        var escaped = false
        for character in text {
            if escaped {
                switch character {
                case "n": out.append("\n")
                case "t": out.append("\t")
                case "r": out.append("\r")
                default: out.append(character)
                }
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else {
                out.append(character)
            }
        }
        return out
    }

    static func run(_ cases: String, setup: String, minimum: Int) throws {
        let database = try FunctionDatabase()
        try database.execute(setup)
        var count = 0
        var failures: [String] = []
        for line in cases.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 3 else { failures.append("malformed: \(line)"); continue }
            let expression = unescape(fields[0])
            if known.contains(expression) { continue }
            count += 1
            let wanted = fields[1] == "\\N" ? "\\N" : fields[1] == "!ERR" ? "!ERR" : unescape(fields[1])
            var got: String
            do {
                switch try database.value("SELECT " + expression) {
                case .null: got = "\\N"
                case .text(let text): got = text
                case .integer(let value): got = String(value)
                case .real(let value): got = value.description
                case .blob(let bytes), .malformedText(let bytes): got = "\(bytes)"
                }
            } catch let error as FunctionDatabase.Failure {
                got = error.message.hasPrefix("BL_") ? "!ERR" : "!\(error.message)"
            }
            if got != wanted { failures.append("\(expression)\n      ours \(got)\n    duckdb \(wanted)   (\(fields[2]))") }
        }
        #expect(failures.isEmpty, "\(failures.count) of \(count) cases differ:\n\(failures.prefix(60).joined(separator: "\n"))")
        #expect(count >= minimum)
    }

    @Test func casts() throws { try Self.run(FunctionsFixtureCasts.cases, setup: FunctionsFixtureCasts.setup, minimum: 600) }
    @Test func temporal() throws { try Self.run(FunctionsFixtureTemporal.cases, setup: FunctionsFixtureTemporal.setup, minimum: 900) }
    @Test func numeric() throws { try Self.run(FunctionsFixtureNumeric.cases, setup: FunctionsFixtureNumeric.setup, minimum: 600) }
    @Test func strings() throws { try Self.run(FunctionsFixtureStrings.cases, setup: FunctionsFixtureStrings.setup, minimum: 3000) }
    @Test func aggregates() throws { try Self.run(FunctionsFixtureAggregates.cases, setup: FunctionsFixtureAggregates.setup, minimum: 300) }
}
