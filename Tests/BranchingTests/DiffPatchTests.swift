import Foundation
import Synchronization
import Testing

@testable import Branching
import Engine

extension BranchLite {
    /// A whole diff in one of its forms.
    func written(
        _ branch: String, base: String = "main", against: DiffAgainst = .mergeBase, table: String? = nil, _ format: DiffFormat,
        style: DiffTextStyle = .plain
    ) async throws -> [UInt8] {
        let bytes = Mutex<[UInt8]>([])
        let request = DiffRequest(branch: branch, base: base, against: against, table: table, detail: .rows)
        try await writeDiff(request, format: format, style: style) { part in bytes.withLock { $0 += part } }
        return bytes.withLock { $0 }
    }

    func text(
        _ branch: String, base: String = "main", against: DiffAgainst = .mergeBase, table: String? = nil, _ format: DiffFormat,
        style: DiffTextStyle = .plain
    ) async throws -> String {
        String(decoding: try await written(branch, base: base, against: against, table: table, format, style: style), as: UTF8.self)
    }

    /// The same in parts of so many rows.
    func inParts(_ branch: String, base: String = "main", against: DiffAgainst = .mergeBase, _ format: DiffFormat, rows: Int) async throws -> (bytes: [UInt8], parts: Int) {
        var bytes: [UInt8] = []
        var (cursor, parts): (String?, Int) = (nil, 0)
        repeat {
            let request = DiffRequest(branch: branch, base: base, against: against, detail: .rows, limit: rows, cursor: cursor)
            let part = try await diffChunk(request, format: format)
            if let text = part.text { bytes += text.utf8 }
            if let data = part.data { bytes += Data(base64Encoded: data) ?? Data() }
            cursor = part.nextCursor
            parts += 1
        } while cursor != nil
        return (bytes, parts)
    }
}

extension Fixture {
    /// Exports both, patches the base with the SQL form of the diff and compares; then the other way round.
    func patches(
        _ branch: String, base: String = "main", against: DiffAgainst = .mergeBase, _ note: String = "", bothWays: Bool = true
    ) async throws {
        try await withDirectory { directory in
            var base = base
            if against == .mergeBase {
                let versions = try await db.diff(DiffRequest(branch: branch, base: base, against: against))
                base = "\(base)@\(versions.baseVersion)"
            }
            let (old, new) = (directory + "/old.sqlite", directory + "/new.sqlite")
            try await db.exportSQLite(branch: base, path: old)
            try await db.exportSQLite(branch: branch, path: new)
            for (from, to, file, like) in [(base, branch, old, new), (branch, base, new, old)] {
                let patch = try await db.text(to, base: from, against: .head, .sql)
                let copy = directory + "/patched.sqlite"
                try? FileManager.default.removeItem(atPath: copy)
                try FileManager.default.copyItem(atPath: file, toPath: copy)
                do {
                    try StockFile(copy).execute(patch)
                } catch {
                    Issue.record("\(note) \(from) to \(to): \(error)\n\(patch)")
                    return
                }
                let patched = try StockFile(copy)
                let (have, want) = (try patched.content(), try StockFile(like).content())
                if have != want {
                    let lost = Set(want).subtracting(have).sorted().prefix(10), extra = Set(have).subtracting(want).sorted().prefix(10)
                    Issue.record("\(note) \(from) to \(to): missing \(lost.joined(separator: "\n  "))\nextra \(extra.joined(separator: "\n  "))\n\(patch.prefix(20_000))")
                    return
                }
                #expect(try patched.problems() == [], "\(note)")
                if !bothWays { return }
            }
        }
    }
}

@Suite struct DiffPatchTests {
    @Test func everyKindOfValue() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE t(id INTEGER PRIMARY KEY, v, r REAL, n NUMERIC, s TEXT);
            INSERT INTO t(id, v) VALUES (1, 'old'), (2, x'00'), (3, 1.5);
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            UPDATE t SET v = 'it''s "q"' || char(10) || 'two' || char(13, 10) || 'three' || char(9) WHERE id = 1;
            UPDATE t SET v = CAST(x'ff00fe27' AS TEXT) WHERE id = 2;
            INSERT INTO t(id, v, r, n, s) VALUES (4, x'', 5, 12.0, ''), (5, -9223372036854775808, 9223372036854775807, 9e999, 'a' || char(0) || 'b'),
                (6, 9223372036854775807, -9e999, -0.0, NULL), (7, -0.0, 0.1, 4.9406564584124654e-324, 'NULL'), (8, 1.7976931348623157e308, 2.2250738585072014e-308, 1e300, '-- x');
            INSERT INTO t(id, v) VALUES (-9223372036854775808, zeroblob(5000)), (9223372036854775807, 9007199254740993), (10, 'é' || char(0xFFFD));
            DELETE FROM t WHERE id = 3;
            """)
        try await fixture.patches("b")
        try await fixture.close()
    }

    @Test func realsComeOutBitForBit() throws {
        let seed: UInt64 = 20_26
        var random = SeededGenerator(seed: seed)
        let file = try StockFile(":memory:")
        for round in 0..<40 {
            let numbers = (0..<100).map { index -> Double in
                switch index % 4 {
                case 0: Double(bitPattern: random.next())
                case 1: Double(Int64.random(in: -1_000_000...1_000_000, using: &random)) / 100
                case 2: Double.random(in: -1...1, using: &random)
                default: Double(bitPattern: random.next() >> 12 | UInt64.random(in: 0...2046, using: &random) << 52)
                }
            }.filter { !$0.isNaN }
            let list = numbers.map { SQLLiteral.real($0) }
            let back = try file.rows("SELECT \(list.joined(separator: ", "))").first ?? []
            for (index, number) in numbers.enumerated() {
                #expect(back[index] == "r" + String(number.bitPattern, radix: 16), "\(number) as \(list[index]), round \(round) of seed \(seed)")
            }
        }
        #expect(SQLLiteral.real(9.99) == "9.99" && SQLLiteral.real(-12_345.5) == "-12345.5" && SQLLiteral.real(1e20) == "1.0e20")
    }

    @Test func uniqueValuesChangeHands() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE u(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER, c INTEGER);
            CREATE UNIQUE INDEX u_b ON u(b) WHERE b > 0; CREATE UNIQUE INDEX u_c ON u(abs(c));
            INSERT INTO u VALUES (1, 'x', 1, 10), (2, 'y', 2, 20), (3, 'z', 3, 30);
            CREATE TABLE k(code TEXT COLLATE NOCASE PRIMARY KEY, v); INSERT INTO k VALUES ('a', 1), ('b', 2), (NULL, 3);
            CREATE TABLE w(k TEXT COLLATE NOCASE PRIMARY KEY, v UNIQUE) WITHOUT ROWID; INSERT INTO w VALUES ('a', 1), ('b', 2);
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            UPDATE u SET a = 'tmp' WHERE id = 1; UPDATE u SET a = 'x' WHERE id = 2; UPDATE u SET a = 'y' WHERE id = 1;
            UPDATE u SET b = -b; UPDATE u SET b = 3 WHERE id = 1; UPDATE u SET b = 1 WHERE id = 3; UPDATE u SET c = -c WHERE id = 2;
            DELETE FROM u WHERE id = 3; INSERT INTO u VALUES (4, 'z', 9, 30);
            UPDATE k SET v = 9 WHERE code IS NULL; DELETE FROM k WHERE code = 'a'; INSERT INTO k VALUES ('A', 7), ('c', 8);
            UPDATE w SET k = 'A' WHERE k = 'a'; UPDATE w SET v = 0 WHERE k = 'b'; UPDATE w SET v = 2 WHERE k = 'a'; UPDATE w SET v = 1 WHERE k = 'b';
            """)
        try await fixture.patches("b")
        try await fixture.close()
    }

    @Test func schemaAndRowsTogether() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE log(at INTEGER, what TEXT);
            CREATE TABLE parent(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE child(id INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER REFERENCES parent(id) ON DELETE CASCADE, v REAL, twice REAL AS (v * 2) STORED, thrice AS (v * 3));
            CREATE TABLE w(a TEXT, b INTEGER, v, PRIMARY KEY(b DESC, a)) WITHOUT ROWID;
            CREATE TABLE old(a); CREATE TABLE swap1(a); CREATE TABLE plain(v, rowid TEXT);
            CREATE INDEX child_parent ON child(parent); CREATE VIEW v AS SELECT * FROM parent; CREATE VIEW vv AS SELECT * FROM v;
            CREATE TRIGGER first AFTER INSERT ON child BEGIN INSERT INTO log VALUES (new.id, 'first'); END;
            CREATE TRIGGER second AFTER INSERT ON child BEGIN INSERT INTO log VALUES (new.id, 'second;'); END;
            CREATE TRIGGER into_v INSTEAD OF INSERT ON v BEGIN INSERT INTO log VALUES (new.id, 'view'); END;
            INSERT INTO parent VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO child(id, parent, v) VALUES (1, 1, 5), (2, 1, 2.5), (3, 2, NULL);
            INSERT INTO w VALUES ('x', 1, 1), ('y', 1, 2), ('x', 2, 3); INSERT INTO old VALUES (1), (2); INSERT INTO plain(v) VALUES (1), (2), (3), (4);
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            ALTER TABLE parent ADD COLUMN mail TEXT NOT NULL DEFAULT 'none'; UPDATE parent SET mail = name || '@x' WHERE id = 2;
            ALTER TABLE parent RENAME COLUMN name TO title; INSERT INTO parent VALUES (9, 'i', 'i@x');
            DROP TABLE old; CREATE TABLE fresh(a TEXT PRIMARY KEY, b UNIQUE) WITHOUT ROWID; INSERT INTO fresh VALUES ('k', 1), ('l', 2);
            CREATE INDEX old ON fresh(b, a); ALTER TABLE swap1 RENAME TO swap2; INSERT INTO swap2 VALUES (5);
            INSERT INTO child(id, parent, v) VALUES (10, 9, 3); DELETE FROM child WHERE id = 1; UPDATE child SET v = 7 WHERE id = 2; DELETE FROM log WHERE what = 'first';
            ALTER TABLE w DROP COLUMN v; DELETE FROM plain WHERE v IN (2, 4); INSERT INTO plain VALUES (5, 'r'); UPDATE plain SET v = 1.0 WHERE v = 1;
            DROP INDEX child_parent; CREATE UNIQUE INDEX child_parent ON child(v, id); DROP TRIGGER second; DROP VIEW v;
            CREATE VIEW v AS SELECT title FROM parent; CREATE TRIGGER third AFTER DELETE ON child BEGIN DELETE FROM log; END;
            """)
        try await fixture.patches("b")
        try await fixture.close()
    }

    @Test func tablesTakeOtherNames() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT, v); CREATE TABLE b(id INTEGER PRIMARY KEY, w TEXT UNIQUE); CREATE TABLE t(x);
            INSERT INTO a(v) VALUES (1), (2), (3); INSERT INTO b VALUES (1, 'p'), (2, 'q'); INSERT INTO t VALUES (1), (2), (3);
            CREATE INDEX a_v ON a(v); CREATE TRIGGER a_tr AFTER DELETE ON a BEGIN DELETE FROM t; END; CREATE VIEW seen AS SELECT v FROM a;
            """)
        let branch = try await fixture.branch("x")
        try await branch.query("""
            ALTER TABLE a RENAME TO c; ALTER TABLE b RENAME TO a; ALTER TABLE c RENAME TO b;
            UPDATE b SET v = 9 WHERE id = 2; DELETE FROM a WHERE id = 1; INSERT INTO b(id, v) VALUES (7, 7);
            ALTER TABLE t RENAME TO t2; DELETE FROM t2 WHERE x = 1; CREATE TABLE t(x, y); INSERT INTO t VALUES (5, 6);
            """)
        try await fixture.patches("x")
        let text = try await fixture.db.text("x", .text)
        #expect(text.contains("~ table t2, t → t2") && text.contains("table t2 (was t): 1 deleted"), "\(text)")
        // Rows that stayed are not in the patch.
        let patch = try await fixture.db.text("x", .sql)
        #expect(!patch.contains("VALUES(3, 3)") && patch.contains("VALUES(2, 9)"), "\(patch)")
        let part = try await fixture.db.diffChunk(DiffRequest(branch: "x", detail: .rows), format: .changeset)
        #expect(part.notes.contains("table 't2' is left out: it has no primary key") && part.notes.contains { $0.contains("it was renamed") })
        try await fixture.close()
    }

    @Test func virtualTablesComeOutAsTheirModulesLeftThem() async throws {
        let fixture = try await Fixture("""
            CREATE VIRTUAL TABLE docs USING fts5(body, tag); INSERT INTO docs(rowid, body, tag) VALUES (1, 'one fish', 'a'), (2, 'two fish', 'b');
            CREATE VIRTUAL TABLE gone USING fts5(x); CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1); INSERT INTO boxes VALUES (1, 0, 1), (2, 5, 6);
            CREATE VIRTUAL TABLE bare USING fts5(body, content=''); INSERT INTO bare(rowid, body) VALUES (1, 'kept nowhere');
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            UPDATE docs SET body = 'zwei fische' WHERE rowid = 2; INSERT INTO docs(rowid, body, tag) VALUES (30, 'new fish', 'c'); DROP TABLE gone;
            INSERT INTO boxes VALUES (3, 2, 3); DELETE FROM boxes WHERE id = 1; INSERT INTO bare(rowid, body) VALUES (2, 'more');
            CREATE VIRTUAL TABLE notes USING fts5(t); INSERT INTO notes(t) VALUES ('hello'), ('world');
            CREATE VIRTUAL TABLE more USING rtree(id, a, b); INSERT INTO more VALUES (1, 1, 2);
            """)
        try await fixture.patches("b")
        // The text index answers in the patched file.
        try await withDirectory { directory in
            let path = directory + "/a.sqlite"
            try await fixture.db.exportSQLite(branch: "main", path: path)
            let file = try StockFile(path)
            try file.execute(try await fixture.db.text("b", .sql))
            #expect(try StockFile(path).rows("SELECT rowid FROM docs WHERE docs MATCH 'fische'") == [["i2"]])
            #expect(try StockFile(path).rows("SELECT rowid FROM notes WHERE notes MATCH 'world'") == [["i2"]])
            #expect(try StockFile(path).rows("SELECT id FROM boxes WHERE x0 > 1 ORDER BY id") == [["i2"], ["i3"]])
        }
        try await fixture.close()
    }

    @Test func keysAndDefinitionsThatChange() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE a(x INTEGER, y TEXT); INSERT INTO a VALUES (1, 'p'), (2, 'q'), (2, 'r');
            CREATE TABLE b(x INTEGER PRIMARY KEY, y TEXT); INSERT INTO b VALUES (1, 'p'), (2, 'q');
            CREATE TABLE c(x TEXT PRIMARY KEY, y); INSERT INTO c VALUES ('1', 'p'), ('2', 'q');
            CREATE TABLE d(x, y, z, PRIMARY KEY(x, y)) WITHOUT ROWID; INSERT INTO d VALUES (1, 2, 3), (2, 1, 4);
            CREATE TABLE e(x INTEGER, y); INSERT INTO e VALUES (1, NULL), (2, 5);
            CREATE TABLE f(x INTEGER, y TEXT); INSERT INTO f VALUES (5, '5'), (6, 'x'); CREATE UNIQUE INDEX f_x ON f(x);
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            CREATE TABLE a2(x INTEGER PRIMARY KEY, y TEXT); INSERT INTO a2 SELECT rowid, y FROM a; DROP TABLE a; ALTER TABLE a2 RENAME TO a;
            DROP TABLE b; CREATE TABLE b(x INTEGER, y TEXT); INSERT INTO b VALUES (1, 'p'), (7, 'q');
            DROP TABLE c; CREATE TABLE c(x TEXT, y TEXT, PRIMARY KEY(x, y)); INSERT INTO c VALUES ('1', 'p'), ('2', 'z');
            DROP TABLE d; CREATE TABLE d(x, y, z, PRIMARY KEY(y, x)) WITHOUT ROWID; INSERT INTO d VALUES (1, 2, 3), (2, 1, 5);
            DROP TABLE e; CREATE TABLE e(x INTEGER, y NOT NULL CHECK (y > 0) DEFAULT 7); INSERT INTO e VALUES (1, 9), (2, 5);
            DROP TABLE f; CREATE TABLE f(y INTEGER, x REAL); INSERT INTO f VALUES ('5', 5), ('x', 6.5); CREATE UNIQUE INDEX f_x ON f(x);
            """)
        try await fixture.patches("b")
        try await fixture.close()
    }

    @Test func columnsOfTheDuckDBDialectAsTheyAreExported() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE t(id INTEGER PRIMARY KEY, day DATE, at TIMESTAMP, price DECIMAL(10,2), ok BOOLEAN, note VARCHAR DEFAULT 'n');
            INSERT INTO t VALUES (1, DATE '2024-02-29', TIMESTAMP '2024-02-29 12:34:56', 12.50, true, 'x'), (2, NULL, NULL, 1, false, NULL);
            CREATE TABLE days(day DATE PRIMARY KEY, n INTEGER); INSERT INTO days VALUES (DATE '2024-01-01', 1), (DATE '2024-01-02', 2);
            CREATE TABLE plain(d DATE); INSERT INTO plain VALUES (DATE '2000-01-01'), (DATE '2000-01-02'), (DATE '2000-01-03'); DELETE FROM plain WHERE d = DATE '2000-01-01';
            CREATE SCHEMA analytics; CREATE TABLE analytics.a(b INTEGER);
            """, dialect: .duckdb)
        let branch = try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        let session = try await fixture.on(branch.name, dialect: .duckdb)
        try await session.query("""
            UPDATE t SET day = DATE '2023-12-31', price = 99.99 WHERE id = 1; INSERT INTO t VALUES (3, DATE '1999-01-01', NULL, 0.05, NULL, 'new');
            UPDATE days SET n = 5 WHERE day = DATE '2024-01-02'; DELETE FROM days WHERE day = DATE '2024-01-01'; INSERT INTO analytics.a VALUES (4);
            UPDATE plain SET d = DATE '2020-02-02' WHERE d = DATE '2000-01-03';
            ALTER TABLE t ADD COLUMN until TIME; UPDATE t SET until = TIME '10:00:00' WHERE id = 2; CREATE TABLE fresh(at TIMESTAMP); INSERT INTO fresh VALUES (TIMESTAMP '2001-02-03 04:05:06.5');
            """)
        await session.close()
        try await fixture.patches("b")
        try await fixture.close()
    }

    @Test func liveBranchesAndOtherBranches() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
            CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL); INSERT INTO orders VALUES (1, 5); CREATE INDEX by_total ON orders(total);
            """)
        let live = try await fixture.branch("live", mode: .live)
        try await fixture.session.query("INSERT INTO users VALUES (3, 'cid'); INSERT INTO orders VALUES (2, 6)")
        try await live.query("UPDATE users SET name = 'Ann' WHERE id = 1; CREATE TABLE own(a); INSERT INTO own VALUES (1)")
        try await fixture.session.query("DELETE FROM users WHERE id = 2; INSERT INTO orders VALUES (3, 7)")
        let other = try await fixture.branch("other")
        try await other.query("DELETE FROM orders; CREATE VIEW v AS SELECT 1")
        try await fixture.patches("live", base: "main", against: .head, "live to main")
        try await fixture.patches("live", base: "other", against: .head, "live to other")
        try await fixture.patches("other", base: "main@2", against: .head, "versions")
        // Since the merge base: what the branch did, not what main did meanwhile.
        let patch = try await fixture.db.text("live", .sql)
        #expect(patch.contains("UPDATE \"users\" SET \"name\" = 'Ann' WHERE \"id\" = 1;") && !patch.contains("orders") && !patch.contains("DELETE FROM \"users\""))
        for format in [DiffFormat.csv, .text, .json, .sql] {
            let whole = try await fixture.db.written("live", against: .head, format)
            #expect(try await fixture.db.inParts("live", against: .head, format, rows: 1_000).bytes == whole)
        }
        try await fixture.close()
    }

    @Test func nothingChangedIsAnEmptyPatch() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END")
        let branch = try await fixture.branch("b")
        #expect(try await fixture.db.text("b", .sql).hasPrefix("-- main@"))
        try await branch.query("UPDATE t SET a = 2; UPDATE t SET a = 1")
        #expect(try await fixture.db.text("b", .sql).split(separator: "\n").count == 1)
        #expect(try await fixture.db.text("b", .text) == "")
        #expect(try await fixture.db.text("b", .csv) == CSVForm.header)
        #expect(try await fixture.db.written("b", .changeset).isEmpty)
        try await fixture.close()
    }
}
