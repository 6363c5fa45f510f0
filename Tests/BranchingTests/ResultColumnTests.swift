import Testing

@testable import Branching
import Engine
import SQLDialect

/// What row descriptions tell PostgreSQL's clients of columns: their table, their number in it, and their type with its modifier.
@Suite struct ResultColumnTests {
    private static let schema = """
        CREATE TABLE users (id integer PRIMARY KEY, name varchar(20) NOT NULL, code char(3), note text, "Free" character varying(9)[], price numeric(10,2));
        CREATE TABLE "Orders" (id bigint, user_id integer);
        CREATE VIEW names AS SELECT name, id AS user_id, upper(name) AS loud FROM users;
        CREATE SCHEMA inside; CREATE TABLE inside.t (a varchar(7));
        INSERT INTO users (id, name) VALUES (1, 'a name that is longer than it was declared to be');
        """

    /// `relation.number` of each column as the catalogue names them, `-` where it comes from none.
    private static func origins(_ sql: String, _ session: StatementSession) throws -> [String] {
        let columns = try session.columns(sql)
        return try columns.map { column in
            if column.relation == 0 { return "-" }
            let rows = try session.rows("""
                SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.oid = \(column.relation) AND a.attnum = \(column.attribute)
                """)
            return rows.map { $0.map(\.text).joined(separator: ".") }.joined(separator: ",")
        }
    }

    @Test(arguments: ["main", "work"]) func plainColumnsNameTheirTable(branch: String) async throws {
        let db = try await BranchLite.open(":memory:")
        try await ThreadedSession.run(db) { session in
            try session.execute(Self.schema + "CREATE BRANCH work;")
            if branch != "main" { try session.execute("USE BRANCH work") }
            #expect(try Self.origins("SELECT id, name AS n, id + 1, count(*) OVER (), price FROM users", session) == ["users.id", "users.name", "-", "-", "users.price"])
            #expect(try Self.origins("SELECT * FROM \"Orders\" o JOIN users u ON u.id = o.user_id", session)
                == ["Orders.id", "Orders.user_id", "users.id", "users.name", "users.code", "users.note", "users.Free", "users.price"])
            #expect(try Self.origins("SELECT y, x FROM users AS u (x, y)", session) == ["users.name", "users.id"])
            #expect(try Self.origins("SELECT s.name, s.two FROM (SELECT name, 2 AS two FROM users) s", session) == ["users.name", "-"])
            #expect(try Self.origins("WITH w AS (SELECT price FROM users) SELECT * FROM w", session) == ["users.price"])
            #expect(try Self.origins("SELECT * FROM names", session) == ["names.name", "names.user_id", "names.loud"])
            #expect(try Self.origins("SELECT name FROM users UNION SELECT name FROM users", session) == ["-"])
            #expect(try Self.origins("SELECT name::text, id::integer, max(id) FROM users GROUP BY ALL", session) == ["-", "-", "-"])
            #expect(try Self.origins("INSERT INTO \"Orders\" VALUES (1, 2) RETURNING user_id, id * 2", session) == ["Orders.user_id", "-"])
            #expect(try Self.origins("UPDATE users SET note = 'x' RETURNING note", session) == ["users.note"])
            #expect(try Self.origins("SELECT a FROM inside.t", session) == ["t.a"])
            #expect(try session.columns("SELECT relname, oid FROM pg_class").map(\.relation) == [1259, 1259])
            try session.execute("CREATE TEMP TABLE passing (a integer)")
            #expect(try Self.origins("SELECT a FROM passing", session) == ["-"])
        }
        try await db.close()
    }

    @Test func mainFromABranch() async throws {
        let db = try await BranchLite.open(":memory:")
        try await ThreadedSession.run(db) { session in
            try session.execute(Self.schema + "CREATE BRANCH work; USE BRANCH work;")
            let own = try session.columns("SELECT id FROM users")[0], main = try session.columns("SELECT id FROM main.users")[0]
            #expect(own.relation != main.relation)
            #expect(try session.rows("SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = \(main.relation)") == [[.text("main")]])
        }
        try await db.close()
    }

    @Test func anotherNameIsAnotherOid() async throws {
        let db = try await BranchLite.open(":memory:")
        try await ThreadedSession.run(db) { session in
            try session.execute(Self.schema)
            let before = try session.columns("SELECT id FROM users")[0].relation
            try session.execute("ALTER TABLE users RENAME TO people")
            #expect(try session.columns("SELECT id FROM people")[0].relation != before)
            #expect(try Self.origins("SELECT id FROM people", session) == ["people.id"])
        }
        try await db.close()
    }

    @Test func typesHaveTheirLengths() async throws {
        let db = try await BranchLite.open(":memory:")
        try await ThreadedSession.run(db) { session in
            try session.execute(Self.schema)
            func types(_ sql: String) throws -> [String] {
                try session.columns(sql).map { ($0.postgreSQLType ?? PostgreSQLType($0.type)).formatted(modifier: $0.modifier) }
            }
            #expect(try types("SELECT * FROM users") == ["integer", "character varying(20)", "character(3)", "text", "text[]", "numeric(10,2)"])
            #expect(try types("SELECT name, loud FROM names") == ["character varying(20)", "text"])
            #expect(try types("SELECT name || '!', name::text, coalesce(name, '') FROM users") == ["text", "text", "text"])
            #expect(try types("SELECT oid, oid::bigint, 5::oid, relname, 'x'::name FROM pg_class") == ["oid", "bigint", "oid", "name", "name"])
            #expect(try types("SELECT 'users'::regclass, pg_class.oid::regclass, typinput, 'int4'::regtype, r, 'users'::regclass::text FROM pg_class, pg_type, (SELECT 'users'::regclass AS r) LIMIT 1")
                == ["regclass", "regclass", "regproc", "regtype", "regclass", "text"])
            // Lengths are shown; nothing is cut or refused.
            #expect(try session.rows("SELECT name FROM users") == [[.text("a name that is longer than it was declared to be")]])
        }
        try await db.close()
    }
}
