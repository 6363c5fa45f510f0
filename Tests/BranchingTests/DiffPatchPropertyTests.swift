import Foundation
import Testing

@testable import Branching
import Engine

/// Random schemas and histories: the SQL form of a diff, run by SQLite itself on the base's file, gives the branch's file, and the other
/// way round.
@Suite struct DiffPatchPropertyTests {
    /// A run to repeat: its seed is in the message of a failure.
    private static let seeds = (0..<(ProcessInfo.processInfo.environment["BRANCHLITE_PROPERTY_ROUNDS"].flatMap { UInt64($0) } ?? 20)).map { 9_001 + $0 }

    @Test(arguments: DiffPatchPropertyTests.seeds) func patchesAreExactAndReversible(seed: UInt64) async throws {
        var history = RandomHistory(seed: seed)
        let fixture = try await Fixture { $0.globalIDs = false }
        for _ in 0..<Int.random(in: 2...5, using: &history.random) { try await run(history.table(), on: fixture.session) }
        for _ in 0..<25 { try await run(history.statement(ddl: 0.15), on: fixture.session) }
        let branch = try await fixture.branch("b")
        var main = history
        for _ in 0..<Int.random(in: 1...25, using: &history.random) { try await run(history.statement(ddl: 0.3), on: branch) }
        for _ in 0..<Int.random(in: 0...10, using: &main.random) { try await run(main.statement(ddl: 0.2), on: fixture.session) }
        let note = "seed \(seed)"
        try await fixture.patches("b", note)
        try await fixture.patches("b", against: .head, note)

        let diff = try await fixture.db.diff(DiffRequest(branch: "b", against: .head))
        let changes = diff.tables.reduce(0) { $0 + $1.inserted + $1.updated + $1.deleted }
        for format in [DiffFormat.sql, .csv, .json] {
            let whole = try await fixture.db.written("b", against: .head, format)
            let parts = try await fixture.db.inParts("b", against: .head, format, rows: Int.random(in: 1...7, using: &history.random))
            #expect(parts.bytes == whole, "\(format) in parts, \(note)")
            if format == .json {
                let read = try JSONDecoder().decode(DiffResult.self, from: Data(whole))
                let rows = read.tables.reduce(0) { $0 + ($1.rows?.count ?? -1) }
                #expect(rows == changes && read.schema.count == diff.schema.count && read.tables.map(\.table) == diff.tables.map(\.table), "\(note)")
            }
        }
        try await fixture.close()
    }
}

/// Runs a statement that constraints may refuse.
private func run(_ sql: String, on session: Session) async throws {
    guard let refusal = await code({ _ = try await session.query(sql) }) else { return }
    let isExpected = refusal.hasPrefix("BL_CONSTRAINT") || refusal.hasPrefix("BL_NO_SUCH") || ["BL_SQL", "BL_ALREADY_EXISTS", "BL_TYPE_ERROR"].contains(refusal)
    #expect(isExpected, "\(refusal) by \(sql)")
}

/// Makes statements over tables that it remembers.
private struct RandomHistory {
    var random: SeededGenerator
    private var tables: [(name: String, columns: [String], isWithoutRowid: Bool)] = []
    private var made = 0

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &random)] }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

    mutating func table(named given: String? = nil) -> String {
        made += 1
        let name = given ?? pick(["t\(made)", "Table \(made)", "it's\(made)", "select", "x.y"])
        let unique = chance(0.3) ? " UNIQUE" : ""
        let generated = chance(0.25) ? ", g AS (coalesce(a, 0) || 'g')\(chance(0.5) ? " STORED" : "")" : ""
        let real = pick(["REAL", "INTEGER", "NUMERIC", "", "BLOB"])
        let rest = "a\(unique), b TEXT DEFAULT 'd', c \(real)\(generated)"
        var sql: String
        var isWithoutRowid = false
        switch number(0...5) {
        case 0: sql = "(id INTEGER PRIMARY KEY\(chance(0.5) ? " AUTOINCREMENT" : ""), \(rest))"
        case 1, 2: sql = "(n INTEGER, \(rest))"
        case 3: sql = "(n TEXT\(chance(0.5) ? " COLLATE NOCASE" : "") PRIMARY KEY, \(rest))"
        case 4:
            sql = "(n INTEGER, k\(chance(0.5) ? " TEXT COLLATE NOCASE" : ""), \(rest), PRIMARY KEY(k\(chance(0.5) ? " DESC" : ""), n)) WITHOUT ROWID"
            isWithoutRowid = true
        default: sql = "(n INTEGER, k, \(rest), PRIMARY KEY(n, k))"
        }
        tables.removeAll { $0.name == name }
        let columns = ["a", "b", "c"] + (sql.hasPrefix("(id") ? ["id"] : ["n"]) + (sql.contains(" k") ? ["k"] : [])
        tables.append((name, columns, isWithoutRowid))
        return "CREATE TABLE \(quoteIdentifier(name))\(sql)"
    }

    private mutating func value() -> String {
        switch number(0...13) {
        case 0: "NULL"
        case 1: String(number(-3...12))
        case 2: pick(["9223372036854775807", "-9223372036854775808", "4294967296"])
        case 3: pick(["1.5", "0.1", "5.0", "9e999", "-9e999", "1e300", "123456.789", "3.0e-310", "0.30000000000000004"])
        case 4: pick(["x''", "x'00ff27'", "zeroblob(300)", "randomblob(0)", "x'0a0d'"])
        case 5: pick(["''", "'NULL'", "'it''s'", "'a' || char(10) || 'b'", "'c' || char(13, 10)", "'z' || char(0) || 'y'", "CAST(x'ff80' AS TEXT)", "'日本'"])
        case 6: "'\(String(repeating: pick(["long", "é", "-- "]), count: number(1...600)))'"
        case 7: pick(["'a'", "'A'", "'b'", "'B '"])
        default: String(number(0...200))
        }
    }

    private mutating func value(of column: String) -> String {
        guard column == "id", !chance(0.1) else { return value() }
        return chance(0.9) ? String(number(1...60)) : pick(["9223372036854775806", "-9223372036854775808", "NULL"])
    }

    mutating func statement(ddl: Double) -> String {
        guard !tables.isEmpty else { return table() }
        if chance(ddl) { return definition() }
        let place = number(0...(tables.count - 1))
        let (name, columns, isWithoutRowid) = (quoteIdentifier(tables[place].name), tables[place].columns, tables[place].isWithoutRowid)
        let column = pick(columns)
        let some = isWithoutRowid ? "\(column) IN (\(value()), \(value())) OR length(hex(b)) % \(number(2...5)) = 0" : "rowid % \(number(2...6)) = \(number(0...3))"
        switch number(0...9) {
        case 0...3:
            let rows = (0..<number(1...5)).map { _ in "(" + columns.map { value(of: $0) }.joined(separator: ", ") + ")" }
            return "INSERT OR IGNORE INTO \(name)(\(columns.joined(separator: ", "))) VALUES \(rows.joined(separator: ", "))"
        case 4:
            return "INSERT OR IGNORE INTO \(name)(\(columns.joined(separator: ", "))) WITH RECURSIVE r(i) AS (SELECT \(number(1...50)) UNION ALL SELECT i + 1 FROM r LIMIT \(number(5...60))) SELECT \(columns.map { $0 == "id" ? "i" : pick(["i", "i % 7", "'v' || i", "i * 0.5"]) }.joined(separator: ", ")) FROM r"
        case 5...7: return "UPDATE OR IGNORE \(name) SET \(column) = \(chance(0.3) ? pick(columns) : value(of: column)) WHERE \(some)"
        default: return "DELETE FROM \(name) WHERE \(some)"
        }
    }

    private mutating func definition() -> String {
        let place = number(0...(tables.count - 1))
        let name = tables[place].name
        let table = quoteIdentifier(name)
        made += 1
        switch number(0...10) {
        case 0: return self.table()
        case 1:
            tables.remove(at: place)
            return "DROP TABLE \(table)"
        case 2:
            let drop = "DROP TABLE \(table); "
            return drop + self.table(named: name)
        case 3:
            tables[place].columns.append("e\(made)")
            return "ALTER TABLE \(table) ADD COLUMN e\(made) \(pick(["", "TEXT", "REAL DEFAULT 2", "INTEGER NOT NULL DEFAULT 7", "DEFAULT 'it''s'"]))"
        case 4:
            let extra = tables[place].columns.filter { $0.hasPrefix("e") }
            guard let last = extra.last else { return "SELECT 1" }
            tables[place].columns.removeAll { $0 == last }
            return "ALTER TABLE \(table) DROP COLUMN \(last)"
        case 5:
            let extra = tables[place].columns.firstIndex { $0.hasPrefix("e") }
            guard let extra else { return "SELECT 1" }
            let old = tables[place].columns[extra]
            tables[place].columns[extra] = "e\(made)r"
            return "ALTER TABLE \(table) RENAME COLUMN \(old) TO e\(made)r"
        case 6:
            tables[place].name = "r\(made)"
            return "ALTER TABLE \(table) RENAME TO r\(made)"
        case 7: return "CREATE \(chance(0.4) ? "UNIQUE " : "")INDEX i\(number(1...4)) ON \(table)(\(pick(["a", "c, b", "lower(b)", "a DESC"])))\(chance(0.2) ? " WHERE c > 3" : "")"
        case 8: return "DROP INDEX IF EXISTS i\(number(1...4))"
        case 9:
            let view = "v\(number(1...2))"
            return "DROP VIEW IF EXISTS \(view); CREATE VIEW \(view) AS SELECT \(pick(["a", "b", "c, a"])) FROM \(table)"
        default:
            let trigger = "tr\(number(1...3))"
            return "DROP TRIGGER IF EXISTS \(trigger); CREATE TRIGGER \(trigger) AFTER \(pick(["INSERT", "UPDATE OF a", "DELETE"])) ON \(table) BEGIN UPDATE \(table) SET b = 'fired' WHERE a = 1; END"
        }
    }
}
