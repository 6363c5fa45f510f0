import CSQLite
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@testable import Branching
import Engine

/// SQLite's own session extension, which `sqlite3.h` declares only where it was asked for.
private enum SessionExtension {
    typealias Create = @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, UnsafeMutablePointer<OpaquePointer?>?) -> Int32
    typealias Attach = @convention(c) (OpaquePointer?, UnsafePointer<CChar>?) -> Int32
    typealias Changes = @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Int32
    typealias Delete = @convention(c) (OpaquePointer?) -> Void
    typealias Filter = @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Int32
    typealias Conflict = @convention(c) (UnsafeMutableRawPointer?, Int32, OpaquePointer?) -> Int32
    typealias Apply = @convention(c) (OpaquePointer?, Int32, UnsafeMutableRawPointer?, Filter?, Conflict?, UnsafeMutableRawPointer?) -> Int32

    private static func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
        guard let process = dlopen(nil, RTLD_NOW), let address = dlsym(process, name) else { return nil }
        return unsafeBitCast(address, to: type)
    }

    static let isThere = symbol("sqlite3changeset_apply", as: Apply.self) != nil && symbol("sqlite3session_create", as: Create.self) != nil

    /// Applies a changeset; any conflict ends it.
    static func apply(_ changeset: [UInt8], to file: StockFile) throws {
        let apply = try #require(symbol("sqlite3changeset_apply", as: Apply.self))
        var bytes = changeset
        let code = bytes.withUnsafeMutableBytes { buffer in
            apply(file.database, Int32(buffer.count), buffer.baseAddress, nil, { _, _, _ in 2 /* SQLITE_CHANGESET_ABORT */ }, nil)
        }
        if code != SQLITE_OK { throw StockFile.Failure(description: "sqlite3changeset_apply: \(code) \(String(cString: sqlite3_errmsg(file.database)))") }
    }

    /// The changeset that SQLite records of statements.
    static func recorded(_ file: StockFile, _ body: () throws -> Void) throws -> [UInt8] {
        let create = try #require(symbol("sqlite3session_create", as: Create.self))
        let attach = try #require(symbol("sqlite3session_attach", as: Attach.self))
        let changes = try #require(symbol("sqlite3session_changeset", as: Changes.self))
        let delete = try #require(symbol("sqlite3session_delete", as: Delete.self))
        var session: OpaquePointer?
        #expect(create(file.database, "main", &session) == SQLITE_OK)
        defer { delete(session) }
        #expect(attach(session, nil) == SQLITE_OK)
        try body()
        var (size, start): (Int32, UnsafeMutableRawPointer?) = (0, nil)
        #expect(changes(session, &size, &start) == SQLITE_OK)
        defer { sqlite3_free(start) }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(size)))
    }
}

/// Reads a changeset into one line per change, so that two of them can be compared whatever their order.
private func lines(of changeset: [UInt8]) throws -> [String] {
    var place = 0
    func byte() throws -> UInt8 {
        guard place < changeset.count else { throw StockFile.Failure(description: "the changeset ends early") }
        defer { place += 1 }
        return changeset[place]
    }
    func varint() throws -> Int {
        var number = 0
        while true {
            let next = try byte()
            number = number << 7 | Int(next & 0x7F)
            if next < 0x80 { return number }
        }
    }
    func value() throws -> String {
        let type = try byte()
        switch type {
        case 0: return "-"
        case 5: return "null"
        case 1, 2: return "\(type):" + (try (0..<8).map { _ in String(try byte(), radix: 16) }.joined(separator: "."))
        case 3, 4: return "\(type):" + (try (0..<varint()).map { _ in String(try byte(), radix: 16) }.joined(separator: "."))
        default: throw StockFile.Failure(description: "type \(type)")
        }
    }
    var (table, columns): (String, Int) = ("", 0)
    var lines: [String] = []
    while place < changeset.count {
        let operation = try byte()
        if operation == UInt8(ascii: "T") {
            columns = try varint()
            let key = try (0..<columns).map { _ in String(try byte()) }
            var name: [UInt8] = []
            while let next = Optional(try byte()), next != 0 { name.append(next) }
            table = String(decoding: name, as: UTF8.self) + "(" + key.joined() + ")"
            continue
        }
        _ = try byte()
        let values = try (0..<(operation == 23 ? columns * 2 : columns)).map { _ in try value() }
        lines.append("\(table) \(operation) \(values.joined(separator: " "))")
    }
    return lines.sorted()
}

@Suite(.enabled(if: SessionExtension.isThere, "SQLite was built without its session extension"))
struct DiffChangesetTests {
    private static let schema = """
        CREATE TABLE r(id INTEGER PRIMARY KEY, a, b TEXT DEFAULT 'd', c REAL);
        CREATE TABLE k(x TEXT PRIMARY KEY, a, b, c NUMERIC);
        CREATE TABLE w(n INTEGER, a, k TEXT, b, PRIMARY KEY(k DESC, n)) WITHOUT ROWID;
        CREATE TABLE two(a, n, b, m, PRIMARY KEY(m, n)); CREATE INDEX two_a ON two(a);
        """

    /// Random changes of rows, without a constraint to refuse them.
    private static func statement(_ random: inout SeededGenerator) -> String {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        func value() -> String {
            let values = [
                "NULL", "\(number(-5...5))", "9223372036854775807", "0.1", "\(number(0...9)).0", "9e999", "x'00ff'", "x''", "''", "'it''s'", "CAST(x'ff61' AS TEXT)",
                "'a' || char(0) || 'b'", "zeroblob(\(number(1...300)))", "'\(String(repeating: "long", count: number(1...90)))'",
            ]
            return values[number(0...(values.count - 1))]
        }
        let (a, b, id, other) = (value(), value(), number(1...25), number(1...4))
        switch number(0...11) {
        case 0, 1: return "INSERT OR IGNORE INTO r VALUES (\(id), \(a), \(b), \(value()))"
        case 2: return "INSERT OR IGNORE INTO k VALUES ('k\(id)', \(a), \(b), \(value()))"
        case 3: return "INSERT OR IGNORE INTO w VALUES (\(id), \(a), 'w\(other)', \(b))"
        case 4: return "INSERT OR IGNORE INTO two VALUES (\(a), \(id), \(b), \(other))"
        case 5: return "UPDATE r SET a = \(a), c = \(value()) WHERE id % 5 = \(other)"
        case 6: return "UPDATE k SET b = \(b) WHERE x = 'k\(id)' OR x = 'k\(other)'"
        case 7: return "UPDATE OR IGNORE w SET n = n + 30, a = \(a) WHERE n = \(id)"
        case 8: return "UPDATE OR IGNORE two SET m = m + 1 WHERE n = \(id); UPDATE two SET a = \(a) WHERE m = \(other)"
        case 9: return "DELETE FROM r WHERE id = \(id); DELETE FROM w WHERE n % 6 = \(other)"
        case 10: return "DELETE FROM k WHERE x LIKE 'k\(other)%'; DELETE FROM two WHERE n = \(id)"
        default: return "UPDATE OR IGNORE r SET id = \(id + 40) WHERE id = \(id)"
        }
    }

    @Test(arguments: (1...12).map { UInt64(700 + $0) }) func isWhatSQLiteRecords(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let fixture = try await Fixture(DiffChangesetTests.schema)
        for _ in 0..<60 { try await fixture.session.query(DiffChangesetTests.statement(&random)) }
        let branch = try await fixture.branch("b")
        try await withDirectory { directory in
            let (old, new, recorded) = (directory + "/old.sqlite", directory + "/new.sqlite", directory + "/recorded.sqlite")
            for path in [old, recorded] { try await fixture.db.exportSQLite(branch: "main", path: path) }
            let statements = (0..<30).map { _ in DiffChangesetTests.statement(&random) }
            for statement in statements { try await branch.query(statement) }
            try await fixture.db.exportSQLite(branch: "b", path: new)
            let file = try StockFile(recorded)
            let theirs = try SessionExtension.recorded(file) { for statement in statements { try file.execute(statement) } }
            let ours = try await fixture.db.written("b", .changeset)
            #expect(try lines(of: ours) == lines(of: theirs), "seed \(seed)")
            // Parts of a changeset may repeat a table's header.
            let parts = try await fixture.db.inParts("b", .changeset, rows: 3)
            #expect(try lines(of: parts.bytes) == lines(of: theirs), "seed \(seed)")
            for (changeset, from, to) in [(parts.bytes, old, new), (try await fixture.db.written("main", base: "b", against: .head, .changeset), new, old)] {
                let copy = directory + "/copy.sqlite"
                try? FileManager.default.removeItem(atPath: copy)
                try FileManager.default.copyItem(atPath: from, toPath: copy)
                try SessionExtension.apply(changeset, to: StockFile(copy))
                #expect(try StockFile(copy).content() == StockFile(to).content(), "seed \(seed)")
            }
        }
        try await fixture.close()
    }

    @Test func whatItCannotHoldIsNamed() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE keyless(a); CREATE TABLE altered(id INTEGER PRIMARY KEY, a); CREATE TABLE nulls(k TEXT PRIMARY KEY, a, g AS (a || 'g') STORED);
            CREATE VIRTUAL TABLE docs USING fts5(body); CREATE TABLE dates(id INTEGER PRIMARY KEY); INSERT INTO altered VALUES (1, 1);
            INSERT INTO nulls VALUES ('x', 1);
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            INSERT INTO keyless VALUES (1); ALTER TABLE altered ADD COLUMN b DEFAULT 1; UPDATE altered SET b = 2; INSERT INTO docs VALUES ('one');
            INSERT INTO nulls VALUES (NULL, 1), ('a', 2); UPDATE nulls SET a = 5 WHERE k = 'x';
            """)
        let part = try await fixture.db.diffChunk(DiffRequest(branch: "b", detail: .rows), format: .changeset)
        #expect(part.text == nil && part.nextCursor == nil && part.differences == 2)
        let notes = part.notes.joined(separator: "\n")
        for name in ["'keyless' is left out: it has no primary key", "'altered' is left out: its columns", "'docs' is left out: it is a virtual", "'nulls' with a NULL", "(table altered)"] {
            #expect(notes.contains(name), "\(notes)")
        }
        try await withDirectory { directory in
            let path = directory + "/a.sqlite"
            try await fixture.db.exportSQLite(branch: "main", path: path)
            let file = try StockFile(path)
            let bytes = try #require(part.data.flatMap { Data(base64Encoded: $0) })
            try SessionExtension.apply([UInt8](bytes), to: file)
            #expect(try file.rows("SELECT k, a, g FROM nulls ORDER BY k") == [["t61", "i2", "t32.67"], ["t78", "i5", "t35.67"]])
        }
        try await fixture.close()
    }
}
