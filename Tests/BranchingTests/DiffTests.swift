import Testing

@testable import Branching
import Engine

@Suite struct DiffTests {
    private let users = """
        CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, age INTEGER);
        INSERT INTO users VALUES (1, 'ann', 30), (2, 'bob', 40), (3, 'cid', 50);
        """

    @Test func rowsByKeyWithValuesOnBothSides() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 31 WHERE id = 1; DELETE FROM users WHERE id = 2; INSERT INTO users VALUES (4, 'dot', NULL)")
        // What main does meanwhile is no change of the branch.
        try await fixture.session.query("UPDATE users SET name = 'CID' WHERE id = 3")
        let diff = try await fixture.diff("b")
        #expect(diff.counts == ["users": "1/1/1"] && diff.schema.isEmpty && diff.nextCursor == nil)
        let rows = try #require(diff.table("users")?.rows)
        #expect(rows.map(\.kind) == [.updated, .deleted, .inserted])
        #expect(rows[0].key == ["id": 1] && rows[0].changedColumns == ["age"])
        #expect(rows[0].before == ["id": 1, "name": "ann", "age": 30] && rows[0].after?["age"] == 31)
        #expect(rows[1].before?["name"] == "bob" && rows[1].after == nil)
        #expect(rows[2].after == ["id": 4, "name": "dot", "age": nil] && rows[2].before == nil)
        #expect(diff.table("users")?.columns == ["id", "name", "age"] && diff.table("users")?.keyColumns == ["id"])
        // Against the head, main's change shows the other way round.
        #expect(try await fixture.diff("b", against: .head).counts == ["users": "1/2/1"])
        #expect(try await fixture.diff("main", base: "b", against: .head).counts == ["users": "1/2/1"])
        try await fixture.close()
    }

    @Test func textKeysMatchHoweverRowidsMove() async throws {
        let fixture = try await Fixture("CREATE TABLE c(code TEXT COLLATE NOCASE PRIMARY KEY, v INTEGER); INSERT INTO c VALUES ('a', 1), ('b', 2), ('c', 3)")
        let branch = try await fixture.branch("b")
        try await branch.query("DELETE FROM c WHERE code = 'a'; INSERT INTO c VALUES ('A', 1); DELETE FROM c WHERE code = 'b'; INSERT INTO c VALUES ('b', 2), ('d', 4)")
        let diff = try await fixture.diff("b")
        // 'A' is the row 'a' with another spelling; 'b' is as it was.
        #expect(diff.counts == ["c": "1/1/0"])
        #expect(diff.table("c")?.rows?.first { $0.kind == .updated }?.changedColumns == ["code"])
        try await fixture.close()
    }

    @Test func tablesWithoutRowidAndWithoutKey() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE w(a TEXT, b INTEGER, v REAL, PRIMARY KEY(b DESC, a)) WITHOUT ROWID;
            INSERT INTO w VALUES ('x', 1, 1.5), ('y', 1, 2), ('x', 2, 3);
            CREATE TABLE plain(v);
            INSERT INTO plain VALUES (1), ('1'), (x'01');
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE w SET v = 2.5 WHERE a = 'y'; DELETE FROM w WHERE b = 2; UPDATE plain SET v = 1.0 WHERE rowid = 1; INSERT INTO plain VALUES (NULL)")
        let diff = try await fixture.diff("b")
        #expect(diff.counts == ["w": "0/1/1", "plain": "1/1/0"])
        #expect(diff.table("w")?.rows?.first { $0.kind == .updated }?.key == ["b": 1, "a": "y"])
        #expect(diff.table("plain")?.rows?.first?.key == ["rowid": 1])
        try await fixture.close()
    }

    @Test func schemaChangesAndRowsUnderThem() async throws {
        let fixture = try await Fixture(users + "CREATE TABLE old(a); INSERT INTO old VALUES (1); CREATE VIEW v AS SELECT id FROM users; CREATE INDEX i ON users(name)")
        let branch = try await fixture.branch("b")
        try await branch.query("""
            ALTER TABLE users ADD COLUMN mail TEXT DEFAULT 'none';
            UPDATE users SET mail = name || '@x' WHERE id = 1;
            ALTER TABLE users RENAME COLUMN age TO years;
            DROP TABLE old; CREATE TABLE fresh(a INTEGER PRIMARY KEY); INSERT INTO fresh VALUES (7), (8);
            DROP VIEW v; CREATE VIEW v AS SELECT name FROM users; DROP INDEX i; CREATE INDEX j ON users(mail);
            """)
        let diff = try await fixture.diff("b")
        // Old rows hold the new column's default: only the backfilled one differs.
        #expect(diff.counts == ["users": "0/1/0", "old": "0/0/1", "fresh": "2/0/0"])
        #expect(diff.table("users")?.rows?.first?.changedColumns == ["mail"])
        let changes = Dictionary(uniqueKeysWithValues: diff.schema.map { ("\($0.type) \($0.name)", $0) })
        #expect(changes["table old"]?.change == .dropped && changes["table fresh"]?.change == .added && changes["view v"]?.change == .altered)
        #expect(changes["index i"]?.change == .dropped && changes["index j"]?.change == .added)
        let columns = try #require(changes["table users"]?.columns)
        #expect(columns.contains { $0.kind == .added && $0.name == "mail" } && columns.contains { $0.kind == .renamed && $0.before == "age" && $0.after == "years" })
        #expect(columns.count == 2)
        let back = try await fixture.diff("main", base: "b", against: .head)
        #expect(back.counts["fresh"] == "0/0/2" && back.counts["old"] == "1/0/0")
        try await fixture.close()
    }

    @Test func aTableMadeAnewUnderItsNameIsCompared() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("DROP TABLE users; CREATE TABLE users(name TEXT, id INTEGER PRIMARY KEY, age REAL); INSERT INTO users VALUES ('ann', 1, 30), ('bob', 2, 41)")
        let diff = try await fixture.diff("b")
        // 30 is now 30.0: another value for SQLite.
        #expect(diff.counts == ["users": "0/2/1"])
        try await fixture.close()
    }

    @Test func pagesOfAListingHoldWhileBothSidesGoOn() async throws {
        let fixture = try await Fixture("CREATE TABLE a(id INTEGER PRIMARY KEY, v); CREATE TABLE z(id INTEGER PRIMARY KEY, v)")
        let branch = try await fixture.branch("b")
        for id in 1...25 { try await branch.query("INSERT INTO a VALUES (?, 'x')", id) }
        try await branch.query("INSERT INTO z VALUES (1, 'q')")
        var page = try await fixture.diff("b", limit: 10)
        var ids = page.tables.flatMap { ($0.rows ?? []).map { "\($0.key["id"]?.integerValue ?? 0)" } }
        var pages = 1
        while let cursor = page.nextCursor {
            try await branch.query("DELETE FROM a WHERE id % 2 = 0")
            try await fixture.session.query("INSERT INTO a VALUES (?, 'main')", 1_000 + pages)
            page = try await fixture.diff("b", limit: 10, cursor: cursor)
            ids += page.tables.flatMap { ($0.rows ?? []).map { "\($0.key["id"]?.integerValue ?? 0)" } }
            pages += 1
        }
        #expect(ids == (1...25).map { "\($0)" } + ["1"] && pages == 3)
        #expect(await code { _ = try await fixture.diff("b", cursor: "nonsense") } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await fixture.diff("b", table: "nowhere") } == "BL_NO_SUCH_TABLE")
        #expect(await code { _ = try await fixture.diff("nobody") } == "BL_NO_SUCH_BRANCH")
        try await fixture.close()
    }

    @Test func versionsAndOtherBranches() async throws {
        let fixture = try await Fixture(users)
        let first = try await fixture.db.branch("main").version
        try await fixture.session.query("DELETE FROM users WHERE id = 1")
        #expect(try await fixture.diff("main", base: "main@\(first)", against: .head).counts == ["users": "0/0/1"])
        let a = try await fixture.branch("a")
        let b = try await fixture.branch("b")
        try await a.query("UPDATE users SET age = 1")
        try await b.query("UPDATE users SET age = 2 WHERE id = 2")
        #expect(try await fixture.diff("a", base: "b", against: .head).counts == ["users": "0/2/0"])
        #expect(try await fixture.diff("a", base: "b").counts == ["users": "0/2/0"])
        #expect(try await fixture.diff("b", base: "a").counts == ["users": "0/1/0"])
        #expect(try await fixture.diff("a", base: "a").tables.isEmpty)
        try await fixture.close()
    }

    @Test func virtualTablesShowAsThemselves() async throws {
        let fixture = try await Fixture("CREATE VIRTUAL TABLE docs USING fts5(body); INSERT INTO docs(rowid, body) VALUES (1, 'one'), (2, 'two'); CREATE TABLE docs_notes(a INTEGER PRIMARY KEY)")
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE docs SET body = 'zwei' WHERE rowid = 2; INSERT INTO docs(rowid, body) VALUES (3, 'three'); INSERT INTO docs_notes VALUES (1)")
        let diff = try await fixture.diff("b")
        // The module's own tables do not show; a table of the user's that only begins alike does.
        #expect(diff.counts == ["docs": "1/1/0", "docs_notes": "1/0/0"])
        #expect(diff.table("docs")?.rows?.first?.after == ["body": "zwei"])
        try await fixture.close()
    }

    @Test func valuesAreExact() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'caf\u{e9}'), (2, 9007199254740993), (3, x'00ff')")
        let branch = try await fixture.branch("b")
        // The same letters written with other scalars are another text.
        try await branch.query("UPDATE t SET v = 'cafe\u{301}' WHERE id = 1; UPDATE t SET v = 9007199254740995 WHERE id = 2")
        let rows = try await fixture.diff("b").table("t")?.rows ?? []
        #expect(rows.map(\.key) == [["id": 1], ["id": 2]])
        #expect(rows.last?.before?["v"] == "9007199254740993" && rows.last?.after?["v"] == "9007199254740995")
        try await fixture.close()
    }

    @Test func liveBranchesShowTheirOwnTables() async throws {
        let fixture = try await Fixture(users + "CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL); INSERT INTO orders VALUES (1, 5)")
        let live = try await fixture.branch("live", mode: .live)
        try await fixture.session.query("UPDATE users SET age = 99 WHERE id = 3; INSERT INTO orders VALUES (2, 6)")
        try await live.query("UPDATE users SET age = 1 WHERE id = 1")
        try await fixture.session.query("DELETE FROM users WHERE id = 2; INSERT INTO orders VALUES (3, 7)")
        #expect(try await fixture.diff("live").counts == ["users": "0/1/0"])
        // As it is now, main's deletion counts too; the table that reads through has no differences.
        #expect(try await fixture.diff("live", against: .head).counts == ["users": "1/1/0"])
        let other = try await fixture.branch("other")
        try await other.query("DELETE FROM orders")
        #expect(try await fixture.diff("live", base: "other", against: .head).counts == ["users": "1/1/0", "orders": "3/0/0"])
        try await fixture.close()
    }
}
