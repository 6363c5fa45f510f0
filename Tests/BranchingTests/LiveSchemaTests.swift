import Testing

@testable import Branching
import Engine
import SQLDialect

/// Live branches and definitions, on the branch and on its parent.
@Suite struct LiveSchemaTests {
    private let users = """
        CREATE TABLE users(id INTEGER PRIMARY KEY, name VARCHAR, age INTEGER); CREATE TABLE other(a INTEGER);
        INSERT INTO users VALUES (1, 'ann', 30), (2, 'bob', 40);
        """

    private func live(_ sql: String, dialect: Dialect) async throws -> (Fixture, Session) {
        let fixture = try await Fixture(sql, dialect: dialect)
        try await fixture.db.createBranch(BranchCreateRequest(name: "live", mode: .live))
        return (fixture, try await fixture.on("live", dialect: dialect))
    }

    @Test(arguments: [Dialect.sqlite, .duckdb]) func definitionsOnUntouchedTablesTakeThemAsMainHasThem(dialect: Dialect) async throws {
        let (fixture, live) = try await live(users, dialect: dialect)
        try await live.query("INSERT INTO other VALUES (1)")
        try await fixture.session.query("INSERT INTO users VALUES (3, 'cid', 50); CREATE INDEX by_age ON users(age)")
        try await live.query("CREATE INDEX by_name ON users(name)")
        #expect(try await fixture.db.branch("live").materializedTables == ["other", "users"])
        try await fixture.session.query("DELETE FROM users WHERE id = 1")
        #expect(try await live.texts("SELECT id FROM users ORDER BY id") == ["1", "2", "3"])
        // The index that main had made by then came along; its name is taken.
        #expect(await code { try await live.query("CREATE INDEX by_age ON other(a)") } != nil)
        try await live.query("DROP INDEX by_age")
        try await live.query("ALTER TABLE users ADD COLUMN email VARCHAR; ALTER TABLE users RENAME COLUMN age TO years; ALTER TABLE users DROP COLUMN email")
        #expect(try await live.texts("SELECT years FROM users ORDER BY id") == ["30", "40", "50"])
        #expect(try await fixture.session.texts("SELECT age FROM users ORDER BY id") == ["40", "50"])
        #expect(try await fixture.isSound("live"))
        try await fixture.close()
    }

    @Test(arguments: [Dialect.sqlite, .duckdb]) func namesOfHiddenIndexesGiveWay(dialect: Dialect) async throws {
        let (fixture, live) = try await live(users + "CREATE UNIQUE INDEX one ON users(name);", dialect: dialect)
        // While users reads through, its index has the name.
        #expect(await code { try await live.query("CREATE INDEX one ON other(a)") } != nil)
        try await live.query("INSERT INTO other VALUES (5)")
        // Main gives it up: now the branch may have it, though its hidden copy of users still has an index of that name.
        try await fixture.session.query("DROP INDEX one")
        try await live.query("CREATE INDEX one ON other(a)")
        // Main takes the name again, the branch makes the table its own: both indexes are there and work.
        try await fixture.session.query("CREATE UNIQUE INDEX one ON users(name)")
        try await live.query("UPDATE users SET age = 0 WHERE id = 1")
        #expect(await code { try await live.query("INSERT INTO users VALUES (9, 'ann', 1)") } == "BL_CONSTRAINT_UNIQUE")
        #expect(try await live.texts("SELECT a FROM other WHERE a = 5") == ["5"])
        #expect(try await fixture.isSound("live"))
        try await fixture.close()
    }

    @Test(arguments: [Dialect.sqlite, .duckdb]) func theBranchFollowsMainsSchema(dialect: Dialect) async throws {
        let (fixture, live) = try await live(users + "CREATE VIEW adults AS SELECT * FROM users WHERE age > 35;", dialect: dialect)
        try await live.query("INSERT INTO other VALUES (1)")
        try await fixture.session.query("ALTER TABLE users ADD COLUMN email VARCHAR; ALTER TABLE users RENAME COLUMN name TO full_name")
        #expect(try await live.texts("SELECT full_name, email FROM users WHERE id = 2") == ["bob|NULL"])
        #expect(try await live.texts("SELECT * FROM adults") == ["2|bob|40|NULL"])
        #expect(await code { try await live.query("SELECT name FROM users") } != nil)
        // The view follows the parent's table until the branch has its own.
        try await live.query("UPDATE users SET age = 1")
        #expect(try await live.texts("SELECT * FROM adults").isEmpty)
        try await fixture.session.query("ALTER TABLE users DROP COLUMN email")
        #expect(try await live.texts("SELECT email FROM users WHERE id = 1") == ["NULL"])
        #expect(try await fixture.session.texts("SELECT * FROM adults") == ["2|bob|40"])
        try await fixture.close()
    }

    @Test(arguments: [Dialect.sqlite, .duckdb]) func tablesThatMainDropsAreGoneAndOwnOnesStay(dialect: Dialect) async throws {
        let (fixture, live) = try await live(users + "CREATE TABLE third(a INTEGER); INSERT INTO third VALUES (3);", dialect: dialect)
        try await live.query("INSERT INTO other VALUES (1); CREATE VIEW mine AS SELECT name FROM users")
        #expect(try await live.texts("SELECT name FROM mine ORDER BY name") == ["ann", "bob"])
        try await fixture.session.query("DROP TABLE users; DROP TABLE other; ALTER TABLE third RENAME TO fourth")
        #expect(await code { try await live.query("SELECT * FROM users") } == "BL_NO_SUCH_TABLE")
        #expect(await code { try await live.query("INSERT INTO users VALUES (1, 'x', 1)") } == "BL_NO_SUCH_TABLE")
        #expect(await code { try await live.query("SELECT * FROM mine") } == "BL_NO_SUCH_TABLE")
        #expect(await code { try await live.query("SELECT * FROM third") } == "BL_NO_SUCH_TABLE")
        #expect(try await live.texts("SELECT a FROM fourth") == ["3"])
        try await live.query("INSERT INTO fourth VALUES (4)")
        #expect(try await live.texts("SELECT a FROM other") == ["1"])
        // The hidden copies are in nobody's way.
        try await live.query("ALTER TABLE other ADD COLUMN b INTEGER; CREATE TABLE third(note VARCHAR); INSERT INTO third VALUES ('own')")
        #expect(try await live.texts("SELECT * FROM third") == ["own"])
        // Made again by main it is there again, as main has it now.
        try await fixture.session.query("CREATE TABLE users(id INTEGER PRIMARY KEY, name VARCHAR, age INTEGER); INSERT INTO users VALUES (7, 'eve', 1)")
        #expect(try await live.texts("SELECT name FROM mine") == ["eve"])
        try await live.query("INSERT INTO users VALUES (8, 'fay', 2)")
        #expect(try await live.texts("SELECT id, name FROM users ORDER BY id") == ["7|eve", "8|fay"])
        #expect(try await fixture.isSound("live"))
        try await fixture.close()
    }

    @Test(arguments: [Dialect.sqlite, .duckdb]) func aNameThatMainHasTakenIsTaken(dialect: Dialect) async throws {
        let (fixture, live) = try await live(users, dialect: dialect)
        try await live.query("INSERT INTO other VALUES (1)")
        try await fixture.session.query("CREATE TABLE fresh(a INTEGER); INSERT INTO fresh VALUES (1)")
        #expect(await code { try await live.query("CREATE TABLE fresh(b INTEGER)") } != nil)
        try await live.query("CREATE TABLE IF NOT EXISTS fresh(b INTEGER)")
        #expect(try await live.texts("SELECT a FROM fresh") == ["1"])
        #expect(await code { try await live.query("CREATE VIEW fresh AS SELECT 1") } != nil)
        try await live.query("DROP TABLE fresh; CREATE TABLE fresh(b INTEGER)")
        #expect(try await live.number("SELECT count(b) FROM fresh") == 0)
        try await fixture.close()
    }

    @Test func brokenViewsDoNotStandInTheWay() async throws {
        let (fixture, live) = try await live(users + "CREATE VIEW named AS SELECT name FROM users;", dialect: .duckdb)
        try await live.query("ALTER TABLE users RENAME COLUMN name TO title")
        #expect(await code { try await live.query("SELECT * FROM named") } == "BL_NO_SUCH_COLUMN")
        try await live.query("ALTER TABLE other RENAME COLUMN a TO b; ALTER TABLE other RENAME TO another; ALTER TABLE users DROP COLUMN age")
        try await live.query("ALTER TABLE users RENAME COLUMN title TO name")
        #expect(try await live.texts("SELECT * FROM named ORDER BY name") == ["ann", "bob"])
        try await fixture.close()
    }

    @Test func repeatableReadsTakeTablesFromTheirMoment() async throws {
        let (fixture, live) = try await live(users, dialect: .duckdb)
        try await live.query("INSERT INTO other VALUES (1)")
        try await live.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        #expect(try await live.number("SELECT count(*) FROM users") == 2)
        try await fixture.session.query("INSERT INTO users VALUES (3, 'cid', 50)")
        #expect(try await live.number("SELECT count(*) FROM users") == 2)
        try await live.query("UPDATE users SET age = 1")
        #expect(try await live.number("SELECT count(*) FROM users") == 2)
        try await live.query("COMMIT")
        // Its base is main at that moment, so what main has added since is no row that the branch deleted.
        #expect(try await fixture.diff("live").counts == ["other": "1/0/0", "users": "0/2/0"])
        #expect(try await fixture.merge("live").status == .merged)
        #expect(try await fixture.session.texts("SELECT id, age FROM users ORDER BY id") == ["1|1", "2|1", "3|50"])
        try await fixture.close()
    }
}
