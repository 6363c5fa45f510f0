import Branching
import Testing

/// Indexes, temporary tables and sequences as PostgreSQL's clients make and change them.
@Suite struct PostgresObjectsTests {
    private func indexes(_ session: Session, _ table: String) async throws -> [String] {
        try await session.texts("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = '\(table)' ORDER BY 1")
    }

    @Test func likeIncludingIndexesCopiesThem() async throws {
        let fixture = try await Fixture(
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER UNIQUE, c INTEGER);
            CREATE INDEX t_by_a ON t (a, b DESC);
            CREATE UNIQUE INDEX t_lower ON t (lower(a)) WHERE c > 0;
            CREATE INDEX u_a_b_idx ON t (c)
            """, dialect: .duckdb)
        let session = fixture.session
        try await session.query("CREATE TABLE u (LIKE t INCLUDING INDEXES, d TEXT)")
        #expect(try await indexes(session, "u") == ["u_a_b_idx1", "u_b_key", "u_c_idx", "u_expr_idx", "u_pkey"])
        try await session.query("INSERT INTO u VALUES (1, 'X', 1, 1, 'd')")
        #expect(await code { try await session.query("INSERT INTO u VALUES (2, 'x', 2, 1, 'd')") } == "BL_CONSTRAINT_UNIQUE")
        try await session.query("INSERT INTO u VALUES (2, 'x', 2, 0, 'd')")
        try await session.query("CREATE TABLE v (LIKE t INCLUDING ALL EXCLUDING INDEXES)")
        #expect(try await indexes(session, "v").isEmpty)
        try await session.query("CREATE BRANCH live MODE LIVE; USE BRANCH live; CREATE TABLE w (LIKE t INCLUDING INDEXES)")
        #expect(try await indexes(session, "w") == ["w_a_b_idx", "w_b_key", "w_c_idx", "w_expr_idx", "w_pkey"])
        try await fixture.close()
    }

    @Test func indexesAreRenamed() async throws {
        let fixture = try await Fixture(
            """
            CREATE SCHEMA s;
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, CONSTRAINT a_key UNIQUE (a));
            CREATE UNIQUE INDEX i ON t (a DESC) WHERE id > 0;
            COMMENT ON INDEX i IS 'why';
            CREATE TABLE s.t(a INTEGER); CREATE INDEX i ON s.t (a)
            """, dialect: .duckdb)
        let session = fixture.session
        try await session.query("ALTER INDEX i RENAME TO j")
        #expect(try await session.texts("SELECT indexdef FROM pg_indexes WHERE indexname = 'j'").first?.contains("UNIQUE INDEX j ON") == true)
        #expect(try await session.texts("SELECT obj_description('j'::regclass, 'pg_class')") == ["why"])
        try await session.query("ALTER INDEX s.i RENAME TO k")
        try await session.query("ALTER INDEX a_key RENAME TO other_key")
        #expect(await code { try await session.query("ALTER INDEX j RENAME TO t_pkey") } == nil)
        #expect(await code { try await session.query("ALTER INDEX nothing RENAME TO x") } == "BL_NO_SUCH_OBJECT")
        #expect(try await session.query("ALTER INDEX IF EXISTS nothing RENAME TO x").notices.count == 1)
        try await session.query("CREATE INDEX z ON t (id)")
        #expect(await code { try await session.query("ALTER INDEX z RENAME TO t_pkey") } == "BL_ALREADY_EXISTS")
        try await session.query("DROP INDEX t_pkey")
        #expect(try await indexes(session, "t") == ["other_key", "t_pkey", "z"])
        // What Rails sends after it has renamed a table: the key's name has followed it.
        try await session.query("ALTER TABLE t RENAME TO u")
        #expect(try await session.query("ALTER INDEX t_pkey RENAME TO u_pkey").notices.count == 1)
        try await session.query("CREATE BRANCH live MODE LIVE; USE BRANCH live; ALTER INDEX z RENAME TO y")
        #expect(try await indexes(session, "u") == ["other_key", "u_pkey", "y"])
        try await session.query("USE BRANCH main")
        #expect(try await indexes(session, "u") == ["other_key", "u_pkey", "z"])
        try await fixture.close()
    }

    @Test func temporaryTablesEndAsTheySay() async throws {
        let fixture = try await Fixture("CREATE TABLE p(a INTEGER)", dialect: .duckdb)
        let session = fixture.session
        try await session.query("BEGIN")
        try await session.query("CREATE TEMP TABLE gone (a INTEGER) ON COMMIT DROP; CREATE TEMP TABLE kept ON COMMIT PRESERVE ROWS AS SELECT 1 AS a")
        try await session.query("CREATE TEMP TABLE emptied (a INTEGER) ON COMMIT DELETE ROWS; INSERT INTO emptied VALUES (1); INSERT INTO gone VALUES (1)")
        #expect(try await session.texts("SELECT * FROM gone, kept, emptied") == ["1|1|1"])
        try await session.query("COMMIT")
        #expect(await code { try await session.query("SELECT * FROM gone") } == "BL_NO_SUCH_TABLE")
        #expect(try await session.texts("SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM emptied)") == ["1|0"])
        // Each statement outside of a transaction is one.
        try await session.query("INSERT INTO emptied VALUES (2)")
        #expect(try await session.number("SELECT count(*) FROM emptied") == 0)
        try await session.query("CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT 1 AS a")
        #expect(await code { try await session.query("SELECT * FROM gone") } == "BL_NO_SUCH_TABLE")
        // A rollback takes the table itself; another of the name is not bound by what was said.
        try await session.query("BEGIN; CREATE TEMP TABLE gone (a INTEGER) ON COMMIT DROP; ROLLBACK; CREATE TEMP TABLE gone (a INTEGER); INSERT INTO gone VALUES (3)")
        #expect(try await session.texts("SELECT a FROM gone") == ["3"])
        // Reading does not make a writer of the transaction.
        let other = try await fixture.on("main", dialect: .duckdb)
        try await other.query("BEGIN; INSERT INTO p VALUES (1)")
        try await session.query("BEGIN; SELECT * FROM p, emptied; COMMIT")
        try await other.query("ROLLBACK")
        await other.close()
        #expect(await code { try await session.query("CREATE TABLE q (a INTEGER) ON COMMIT DROP") } == "BL_PARSE_ERROR")
        try await session.query("DISCARD TEMP")
        #expect(await code { try await session.query("SELECT * FROM kept") } == "BL_NO_SUCH_TABLE")
        try await fixture.close()
    }

    @Test func ownedSequencesFollowTheirTable() async throws {
        let fixture = try await Fixture(
            """
            CREATE SCHEMA s;
            CREATE TABLE t(a INTEGER, no BIGSERIAL);
            CREATE SEQUENCE q; ALTER SEQUENCE q OWNED BY public.t.a
            """, dialect: .duckdb)
        let session = fixture.session
        try await session.query("ALTER TABLE t RENAME TO u")
        try await session.query("ALTER TABLE u RENAME COLUMN no TO number")
        #expect(try await session.texts("SELECT pg_get_serial_sequence('u', 'number')") == ["public.t_no_seq"])
        #expect(try await session.texts("INSERT INTO u(a) VALUES (1) RETURNING number") == ["1"])
        #expect(try await session.texts(
            """
            SELECT c.relname, t.relname, a.attname FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_class t ON t.oid = d.refobjid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid WHERE c.relkind = 'S' ORDER BY 1
            """) == ["q|u|a", "t_no_seq|u|number"])
        try await session.query("ALTER TABLE u SET SCHEMA s")
        try await session.query("DROP TABLE s.u")
        #expect(await code { try await session.query("SELECT nextval('t_no_seq')") } == "BL_NO_SUCH_TABLE")
        try await fixture.close()
    }
}
