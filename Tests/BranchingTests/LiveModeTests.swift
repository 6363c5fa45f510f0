import Testing

@testable import Branching
import Engine
import SQLDialect

@Suite struct LiveModeTests {
    private func fixture(_ sql: String, dialect: Dialect = .duckdb) async throws -> (Fixture, Session) {
        let fixture = try await Fixture(sql, dialect: dialect)
        try await fixture.db.createBranch(BranchCreateRequest(name: "live", mode: .live))
        return (fixture, try await fixture.on("live", dialect: dialect))
    }

    private let users = """
        CREATE TABLE users(id INTEGER PRIMARY KEY, name VARCHAR, age INTEGER);
        CREATE UNIQUE INDEX users_name ON users(name);
        CREATE TABLE orders(id INTEGER PRIMARY KEY, user_id INTEGER, total DOUBLE);
        INSERT INTO users VALUES (1, 'ann', 30), (2, 'bob', 40), (3, 'cid', 50);
        INSERT INTO orders VALUES (10, 1, 5.5), (11, 2, 6.5);
        """

    @Test(arguments: [Dialect.sqlite, .duckdb]) func untouchedTablesFollowMain(dialect: Dialect) async throws {
        let (fixture, live) = try await fixture(users, dialect: dialect)
        #expect(try await live.number("SELECT count(*) FROM users") == 3)
        try await fixture.session.query("INSERT INTO users VALUES (4, 'dot', 60)")
        #expect(try await live.number("SELECT count(*) FROM users") == 4)
        // The first write makes the table its own, as main has it at that moment.
        #expect(try await live.query("UPDATE users SET age = age + 1 WHERE id = 4").rowsAffected == 1)
        #expect(try await live.texts("SELECT name, age FROM users WHERE id = 4") == ["dot|61"])
        #expect(try await fixture.session.texts("SELECT age FROM users WHERE id = 4") == ["60"])
        try await fixture.session.query("INSERT INTO users VALUES (5, 'eve', 70)")
        #expect(try await live.number("SELECT count(*) FROM users") == 4)
        // The other table still follows.
        try await fixture.session.query("INSERT INTO orders VALUES (12, 3, 7.5)")
        #expect(try await live.number("SELECT count(*) FROM orders") == 3)
        #expect(try await live.texts("SELECT u.name FROM users u JOIN orders o ON o.user_id = u.id WHERE o.id = 12") == ["cid"])
        let info = try await fixture.db.branch("live")
        #expect(info.materializedTables == ["users"] && info.views == ["orders"] && info.tablesModified == ["users"])
        #expect(info.mode == .live && info.tableCount == 2)
        try await fixture.close()
    }

    @Test func theSecondTableTakesMainsChangesRowByRow() async throws {
        let (fixture, live) = try await fixture(users)
        try await live.query("UPDATE orders SET total = 0 WHERE id = 10")
        // Main changes the other table meanwhile: an insert, a delete, and two rows that swap a unique value.
        try await fixture.session.query("INSERT INTO users VALUES (9, 'new', 1); DELETE FROM users WHERE id = 3")
        try await fixture.session.query("UPDATE users SET name = 'tmp' WHERE id = 1; UPDATE users SET name = 'ann' WHERE id = 2; UPDATE users SET name = 'bob' WHERE id = 1")
        try await live.query("UPDATE users SET age = 99 WHERE id = 9")
        #expect(try await live.texts("SELECT id, name, age FROM users ORDER BY id") == ["1|bob|30", "2|ann|40", "9|new|99"])
        // Its index works and is enforced.
        #expect(try await live.texts("SELECT id FROM users WHERE name = 'new'") == ["9"])
        #expect(await code { try await live.query("INSERT INTO users VALUES (20, 'new', 1)") } == "BL_CONSTRAINT_UNIQUE")
        #expect(try await live.texts("PRAGMA integrity_check") == ["ok"])
        #expect(try await live.texts("SELECT total FROM orders WHERE id = 10") == ["0.0"])
        try await fixture.close()
    }

    @Test func changedSchemasAreTakenOverWhole() async throws {
        let (fixture, live) = try await fixture(users)
        try await live.query("DELETE FROM orders WHERE id = 10")
        try await fixture.session.query("ALTER TABLE users ADD COLUMN email VARCHAR; UPDATE users SET email = name || '@x'; CREATE TABLE fresh(a INTEGER); INSERT INTO fresh VALUES (7)")
        #expect(try await live.texts("SELECT email FROM users WHERE id = 1") == ["ann@x"])
        #expect(try await live.texts("SELECT a FROM fresh") == ["7"])
        try await live.query("UPDATE users SET email = 'z' WHERE id = 1; INSERT INTO fresh VALUES (8)")
        #expect(try await live.texts("SELECT email FROM users ORDER BY id") == ["z", "bob@x", "cid@x"])
        #expect(try await live.texts("SELECT a FROM fresh ORDER BY a") == ["7", "8"])
        #expect(try await fixture.session.texts("SELECT a FROM fresh") == ["7"])
        #expect(await code { try await live.query("INSERT INTO users VALUES (30, 'ann', 1, 'q')") } == "BL_CONSTRAINT_UNIQUE")
        try await fixture.close()
    }

    @Test func definitionsOnTheBranchStayThere() async throws {
        let (fixture, live) = try await fixture(users)
        try await live.query("ALTER TABLE users ADD COLUMN last_login TIMESTAMP")
        #expect(try await live.number("SELECT count(last_login) FROM users") == 0)
        #expect(await code { try await fixture.session.query("SELECT last_login FROM users") } == "BL_NO_SUCH_COLUMN")
        try await live.query("DROP TABLE orders")
        #expect(await code { try await live.query("SELECT * FROM orders") } == "BL_NO_SUCH_TABLE")
        #expect(try await fixture.session.number("SELECT count(*) FROM orders") == 2)
        try await live.query("CREATE TABLE orders(note VARCHAR); INSERT INTO orders VALUES ('mine')")
        #expect(try await live.texts("SELECT * FROM orders") == ["mine"])
        try await live.query("CREATE TABLE extra(a INTEGER); ALTER TABLE users RENAME TO people")
        #expect(await code { try await live.query("SELECT * FROM users") } == "BL_NO_SUCH_TABLE")
        #expect(try await live.number("SELECT count(*) FROM people") == 3)
        #expect(try await fixture.db.branch("live").views.isEmpty)
        try await live.query("CREATE INDEX extra_a ON extra(a)")
        try await fixture.close()
    }

    @Test func viewsOfMainReadTheBranch() async throws {
        let (fixture, live) = try await fixture(users + "CREATE VIEW totals AS SELECT u.name, sum(o.total) AS total FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.name;")
        #expect(try await live.texts("SELECT * FROM totals ORDER BY name") == ["ann|5.5", "bob|6.5"])
        try await live.query("UPDATE orders SET total = 100 WHERE id = 10")
        #expect(try await live.texts("SELECT * FROM totals ORDER BY name") == ["ann|100.0", "bob|6.5"])
        #expect(try await fixture.session.texts("SELECT * FROM totals ORDER BY name") == ["ann|5.5", "bob|6.5"])
        try await fixture.close()
    }

    @Test func rollbackGivesOwnershipBack() async throws {
        let (fixture, live) = try await fixture(users)
        try await live.query("BEGIN; UPDATE users SET age = 0; SAVEPOINT s; UPDATE orders SET total = 0")
        #expect(try await live.number("SELECT sum(age) FROM users") == 0)
        try await live.query("ROLLBACK TO s; COMMIT")
        #expect(try await fixture.db.branch("live").materializedTables == ["users"])
        #expect(try await live.texts("SELECT total FROM orders ORDER BY id") == ["5.5", "6.5"])
        try await live.query("BEGIN; DELETE FROM orders; ROLLBACK")
        #expect(try await fixture.db.branch("live").materializedTables == ["users"])
        try await fixture.session.query("INSERT INTO orders VALUES (50, 1, 1.0)")
        #expect(try await live.number("SELECT count(*) FROM orders") == 3)
        // A statement that fails makes nothing its own.
        #expect(await code { try await live.query("INSERT INTO orders VALUES (50, 1, 1.0)") } == "BL_CONSTRAINT_PRIMARY_KEY")
        #expect(try await fixture.db.branch("live").materializedTables == ["users"])
        try await fixture.close()
    }

    @Test func foreignKeysSeeMainsRows() async throws {
        let (fixture, live) = try await fixture("""
            CREATE TABLE parents(id INTEGER PRIMARY KEY);
            CREATE TABLE children(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents(id) ON DELETE CASCADE);
            CREATE TABLE other(a INTEGER);
            INSERT INTO parents VALUES (1), (2); INSERT INTO children VALUES (10, 1), (20, 2);
            """, dialect: .sqlite)
        try await live.query("INSERT INTO other VALUES (1)")
        try await fixture.session.query("INSERT INTO parents VALUES (3); DELETE FROM parents WHERE id = 2")
        try await live.query("INSERT INTO children VALUES (30, 3)")
        #expect(await code { try await live.query("INSERT INTO children VALUES (40, 2)") } == "BL_CONSTRAINT_FOREIGN_KEY")
        #expect(try await live.texts("SELECT id FROM children ORDER BY id") == ["10", "30"])
        try await live.query("DELETE FROM parents WHERE id = 1")
        #expect(try await live.texts("SELECT id FROM children ORDER BY id") == ["30"])
        #expect(try await fixture.session.texts("SELECT id FROM children ORDER BY id") == ["10"])
        try await fixture.close()
    }

    @Test func triggersWriteTheBranchsTables() async throws {
        let (fixture, live) = try await fixture("""
            CREATE TABLE t(a INTEGER); CREATE TABLE log(n INTEGER); INSERT INTO log VALUES (0);
            CREATE TRIGGER tt AFTER INSERT ON t BEGIN UPDATE log SET n = n + 1; END;
            """, dialect: .sqlite)
        try await fixture.session.query("UPDATE log SET n = 5")
        try await live.query("INSERT INTO t VALUES (1)")
        #expect(try await live.number("SELECT n FROM log") == 6)
        #expect(try await fixture.session.number("SELECT n FROM log") == 5)
        #expect(try await fixture.db.branch("live").materializedTables == ["log", "t"])
        try await fixture.close()
    }

    @Test func keyedTablesWithoutRowidFollowToo() async throws {
        let (fixture, live) = try await fixture("""
            CREATE TABLE k(a TEXT, b INTEGER, v INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID; CREATE TABLE other(a);
            INSERT INTO k VALUES ('x', 1, 1), ('x', 2, 2), ('y', 1, 3);
            """, dialect: .sqlite)
        try await live.query("INSERT INTO other VALUES (1)")
        try await fixture.session.query("DELETE FROM k WHERE a = 'y'; UPDATE k SET v = 20 WHERE b = 2; INSERT INTO k VALUES ('z', 9, 9)")
        try await live.query("INSERT INTO k VALUES ('own', 1, 1)")
        #expect(try await live.texts("SELECT * FROM k ORDER BY a, b") == ["own|1|1", "x|1|1", "x|2|20", "z|9|9"])
        try await fixture.close()
    }

    @Test func liveBranchesOutliveTheirParent() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1); CREATE TABLE u(a INTEGER)")
        try await fixture.db.createBranch(BranchCreateRequest(name: "base"))
        try await fixture.db.createBranch(BranchCreateRequest(name: "follower", from: "base", mode: .live))
        let follower = try await fixture.on("follower")
        try await follower.query("INSERT INTO u VALUES (5)")
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (2)", branch: "base"))
        #expect(try await follower.number("SELECT sum(a) FROM t") == 3)
        try await fixture.db.discardBranch("base", purge: true)
        #expect(try await follower.number("SELECT sum(a) FROM t") == 3)
        #expect(try await follower.number("SELECT sum(a) FROM u") == 5)
        #expect(try await fixture.db.branch("follower").mode == .snapshot)
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: "x", from: "follower", mode: .live)) } == nil)
        try await fixture.close()
    }

    @Test func snapshotsOfLiveBranchesHoldWhatShowsThrough() async throws {
        let (fixture, live) = try await fixture(users)
        try await live.query("DELETE FROM orders WHERE id = 10")
        try await fixture.session.query("INSERT INTO users VALUES (4, 'dot', 1)")
        let copy = try await fixture.db.createBranch(BranchCreateRequest(name: "copy", from: "live", mode: .snapshot))
        #expect(copy.mode == .snapshot && copy.parent == "live")
        try await fixture.session.query("DELETE FROM users")
        let session = try await fixture.on("copy")
        #expect(try await session.number("SELECT count(*) FROM users") == 4)
        #expect(try await session.number("SELECT count(*) FROM orders") == 1)
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: "x", from: "live", mode: .live)) } == "BL_UNSUPPORTED")
        try await fixture.close()
    }

    @Test func schemaStatementsMakeAndDiscardLiveBranches() async throws {
        let fixture = try await Fixture(users, dialect: .duckdb)
        try await fixture.session.query("CREATE SCHEMA \"branch_0123456789ab\"")
        let info = try await fixture.db.branch("branch_0123456789ab")
        #expect(info.mode == .live && info.branchID == "0123456789ab" && info.schemaName == "branch_0123456789ab")
        try await fixture.session.query("SET search_path = 'branch_0123456789ab,main'")
        #expect(try await fixture.session.currentBranch() == "branch_0123456789ab")
        try await fixture.session.query("UPDATE users SET age = 1")
        try await fixture.session.query("SET search_path = 'main'")
        #expect(try await fixture.session.number("SELECT max(age) FROM users") == 50)
        #expect(await code { try await fixture.session.query("DROP SCHEMA \"branch_0123456789ab\"") } == "BL_SCHEMA_NOT_EMPTY")
        try await fixture.session.query("DROP SCHEMA \"branch_0123456789ab\" CASCADE")
        #expect(await code { _ = try await fixture.db.branch("branch_0123456789ab") } == "BL_BRANCH_GONE")
        try await fixture.close()
    }

    /// Random writes on main and on a live branch: the branch must equal a plain model of what live mode means.
    @Test func liveModeAgreesWithAModel() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let tables = ["a", "b", "c"]
        let (fixture, live) = try await fixture(tables.map { "CREATE TABLE \($0)(k INTEGER PRIMARY KEY, v INTEGER);" }.joined(), dialect: .sqlite)
        var main: [String: [Int: Int]] = [:]
        var own: [String: [Int: Int]] = [:]
        for step in 0..<150 {
            guard let table = tables.randomElement(using: &random) else { continue }
            let (key, value) = (Int.random(in: 0..<40, using: &random), Int.random(in: 0..<1_000, using: &random))
            // Main is written more often, so that there is something to bring up; the last table is never owned.
            let onBranch = table != "c" && Int.random(in: 0..<5, using: &random) == 0
            let session = onBranch ? live : fixture.session
            var rows = (onBranch ? own[table] : nil) ?? main[table] ?? [:]
            if Int.random(in: 0..<4, using: &random) == 0 {
                try await session.query("DELETE FROM \(table) WHERE k = ?", key)
                rows[key] = nil
            } else {
                try await session.query("INSERT OR REPLACE INTO \(table) VALUES (?, ?)", key, value)
                rows[key] = value
            }
            if onBranch { own[table] = rows } else { main[table] = rows }
            for name in tables {
                let expected = (own[name] ?? main[name] ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)|\($0.value)" }
                #expect(try await live.texts("SELECT k, v FROM \(name) ORDER BY k") == expected, "seed \(seed) step \(step) table \(name)")
            }
        }
        try await fixture.close()
    }
}
