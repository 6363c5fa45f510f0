import Testing

@testable import Branching
import Engine
import SQLDialect

@Suite struct BranchStatementTests {
    @Test(arguments: [Dialect.sqlite, .duckdb]) func branchesAreMadeUsedAndDroppedInSQL(dialect: Dialect) async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: dialect)
        let session = fixture.session
        let made = try await session.query("CREATE BRANCH test-migration FROM main MODE snapshot TTL '2 hours'")
        #expect(made.rows.first?["name"] == .text("test-migration"))
        #expect(made.rows.first?["ttl_seconds"] == .integer(7_200))
        #expect(try await session.query("USE BRANCH test-migration").rows.first?["previous"] == .text("main"))
        #expect(try await session.query("SHOW BRANCH").values == [[.text("test-migration")]])
        try await session.query("INSERT INTO t VALUES (1)")
        #expect(try await session.query("SHOW BRANCHES").rows.map { $0["name"] } == [.text("main"), .text("test-migration")])
        try await session.query("ALTER BRANCH test-migration RENAME TO \"other name\"")
        #expect(try await session.query("SHOW BRANCH").values == [[.text("other name")]])
        try await session.query("RESET BRANCH \"other name\"")
        #expect(try await session.number("SELECT count(*) FROM t") == 0)
        // The session's own branch is left for main when it goes.
        try await session.query("DROP BRANCH \"other name\"")
        #expect(try await session.currentBranch() == "main")
        try await session.query("UNDROP BRANCH \"other name\"; SET branch = 'other name'; USE BRANCH main")
        try await session.query("DROP BRANCH IF EXISTS nonesuch; DROP BRANCH \"other name\"")
        #expect(await code { try await session.query("DROP BRANCH nonesuch") } == "BL_NO_SUCH_BRANCH")
        try await fixture.close()
    }

    @Test func functionsDoTheSame() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb)
        let session = fixture.session
        #expect(try await session.query("SELECT branch_create('one', mode := 'live')").rows.first?["mode"] == .text("live"))
        try await session.query("SELECT branch_switch('one')")
        #expect(try await session.query("SELECT current_branch()").values == [[.text("one")]])
        #expect(try await session.texts("SELECT name, mode, status FROM branches() ORDER BY name") == ["main|snapshot|active", "one|live|active"])
        try await session.query("SELECT branch_switch('main')")
        #expect(try await session.query("SELECT hati_branch_discard('one')").rows.first?["discarded"] == .boolean(true))
        #expect(await code { try await session.query("SELECT branch_create('x') FROM t") } != nil)
        #expect(try await session.number("SELECT count(*) FROM branches()") == 1)
        #expect(try await session.number("SELECT count(*) FROM branch_history('main')") ?? 0 > 0)
        try await fixture.close()
    }

    // MARK: - Names

    @Test func otherBranchesAreReadByQualifier() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1)", dialect: .duckdb)
        let session = fixture.session
        try await session.query("CREATE BRANCH left-side; CREATE BRANCH right_side")
        _ = try await session.query(QueryRequest("INSERT INTO t VALUES (2)", branch: "left-side"))
        _ = try await session.query(QueryRequest("INSERT INTO t VALUES (3), (4)", branch: "right_side"))
        try await session.query("USE BRANCH left-side")
        #expect(try await session.texts("""
            SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM main.t), (SELECT count(*) FROM right_side.t),
                   (SELECT count(*) FROM "@right_side".t), (SELECT count(*) FROM left_side.t), (SELECT count(*) FROM public.t)
            """) == ["2|1|3|3|2|2"])
        #expect(try await session.texts("SELECT a FROM t EXCEPT SELECT a FROM main.t") == ["2"])
        #expect(await code { try await session.query("SELECT * FROM nowhere.t") }?.hasPrefix("BL_NO_SUCH_") == true)
        try await fixture.db.discardBranch("right_side")
        #expect(await code { try await session.query("SELECT * FROM right_side.t") } == "BL_BRANCH_GONE")
        try await fixture.close()
    }

    @Test func writesStayOnTheirBranch() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb)
        let session = fixture.session
        try await session.query("CREATE BRANCH b; CREATE BRANCH c")
        // From main a write may name a branch.
        #expect(try await session.query("INSERT INTO b.t VALUES (1), (2)").rowsAffected == 2)
        try await session.query("UPDATE b.t SET a = 5 WHERE a = 2")
        #expect(try await session.texts("SELECT a FROM b.t ORDER BY a") == ["1", "5"])
        #expect(try await session.number("SELECT count(*) FROM t") == 0)
        try await session.query("USE BRANCH b")
        for sql in ["INSERT INTO main.t VALUES (1)", "DELETE FROM c.t", "UPDATE main.t SET a = 1", "DROP TABLE main.t", "CREATE TABLE main.x(a INTEGER)"] {
            #expect(await code { try await session.query(sql) } == "BL_CROSS_BRANCH_WRITE", "\(sql)")
        }
        try await session.query("USE BRANCH main; BEGIN; INSERT INTO t VALUES (9)")
        #expect(await code { try await session.query("INSERT INTO b.t VALUES (1)") } == "BL_CROSS_BRANCH_WRITE")
        try await session.query("ROLLBACK")
        // What a write reads may be anywhere.
        try await session.query("INSERT INTO c.t SELECT a FROM b.t")
        #expect(try await session.number("SELECT count(*) FROM c.t") == 2)
        try await fixture.close()
    }

    @Test func olderVersionsAreRead() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1)", dialect: .duckdb)
        let version = try await fixture.db.branch("main").version
        try await fixture.session.query("INSERT INTO t VALUES (2); ALTER TABLE t ADD COLUMN b INTEGER")
        #expect(try await fixture.session.texts("SELECT * FROM t AT (VERSION => \(version))") == ["1"])
        #expect(await code { try await fixture.session.query("SELECT * FROM t AT (VERSION => 99999999)") } == "BL_NO_SUCH_VERSION")
        try await fixture.close()
    }

    @Test func plansFollowTheirBranchAndSchema() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1)", dialect: .duckdb)
        let session = fixture.session
        let other = try await fixture.on("main", dialect: .duckdb)
        try await session.query("CREATE BRANCH b")
        let sql = "SELECT * FROM t"
        #expect(try await session.query(sql).columns.count == 1)
        try await other.query("ALTER TABLE t ADD COLUMN c VARCHAR DEFAULT 'x'")
        #expect(try await session.query(sql).columns.map(\.type) == ["INTEGER", "VARCHAR"])
        try await session.query("USE BRANCH b")
        #expect(try await session.query(sql).columns.count == 1)
        try await session.query("DROP TABLE t")
        #expect(await code { try await session.query(sql) } == "BL_NO_SUCH_TABLE")
        // A name that comes to mean another branch is bound anew.
        try await session.query("USE BRANCH main; CREATE BRANCH named; DELETE FROM named.t")
        #expect(try await session.number("SELECT count(*) FROM named.t") == 0)
        try await session.query("ALTER BRANCH named RENAME TO old; CREATE BRANCH named")
        #expect(try await session.number("SELECT count(*) FROM named.t") == 1)
        try await fixture.close()
    }

    @Test(arguments: [Dialect.sqlite, .duckdb]) func temporaryTablesBelongToSessionAndBranch(dialect: Dialect) async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: dialect)
        let session = fixture.session
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        try await session.query("CREATE TEMP TABLE scratch(a INTEGER)")
        try await session.query("INSERT INTO scratch VALUES (1)")
        #expect(try await session.number("SELECT count(*) FROM scratch") == 1)
        let other = try await fixture.on("main", dialect: dialect)
        #expect(await code { try await other.query("SELECT * FROM scratch") } == "BL_NO_SUCH_TABLE")
        try await session.query("USE BRANCH b")
        #expect(await code { try await session.query("SELECT * FROM scratch") } == "BL_NO_SUCH_TABLE")
        try await session.query("USE BRANCH main")
        #expect(try await session.number("SELECT count(*) FROM scratch") == 1)
        try await session.query("DISCARD TEMP")
        #expect(await code { try await session.query("SELECT * FROM scratch") } == "BL_NO_SUCH_TABLE")
        try await fixture.close()
    }

    // MARK: - Settings

    @Test func settingsAreSetShownAndReset() async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        let session = fixture.session
        try await session.query("SET dialect = 'sqlite'")
        #expect(try await session.query("SHOW dialect").values == [[.text("sqlite")]])
        try await session.query("RESET ALL")
        #expect(try await session.query("SHOW dialect").values == [[.text("duckdb")]])
        try await session.query("SET hatidata_agent_id = 'bot'; SET hatidata.anything = 3; SET application_name TO 'psql'")
        #expect(try await session.query("SHOW hatidata_agent_id").values == [[.text("bot")]])
        #expect(await code { try await session.query("SET dialekt = 'duckdb'") } == "BL_UNKNOWN_SETTING")
        #expect(await code { try await session.query("SET dialect = 'oracle'") } == "BL_BAD_SETTING")
        try await session.query("SET statement_timeout = 20")
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        #expect(await code { try await session.query(endless) } == "BL_TIMEOUT")
        try await session.query("RESET statement_timeout; CREATE BRANCH b; SET search_path = 'b,main'; DISCARD ALL")
        #expect(try await session.currentBranch() == "main")
        #expect(await code { try await session.query("SET search_path = 'nothing'") } == "BL_NO_SUCH_BRANCH")
        #expect(try await session.query("SHOW ALL").rowCount > 10)
        try await fixture.close()
    }

    @Test func preparedStatementsFollowTheSession() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2)", dialect: .duckdb)
        let session = fixture.session
        try await session.query("PREPARE above AS SELECT count(*) FROM t WHERE a > $1; CREATE BRANCH b")
        #expect(try await session.number("EXECUTE above(1)") == 1)
        try await session.query("USE BRANCH b; INSERT INTO t VALUES (3); ALTER TABLE t ADD COLUMN b INTEGER")
        #expect(try await session.number("EXECUTE above(1)") == 2)
        try await session.query("DEALLOCATE above")
        #expect(await code { try await session.query("EXECUTE above(1)") } == "BL_NO_SUCH_STATEMENT")
        try await fixture.close()
    }

    @Test func statementsThatWouldBreakTheStoreAreRefused() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)")
        for sql in ["ATTACH 'x.db' AS x", "DETACH x", "VACUUM INTO 'x.db'", "PRAGMA writable_schema = 1", "PRAGMA foreign_keys = OFF", "SELECT load_extension('x')"] {
            #expect(await code { try await fixture.session.query(sql) } != nil, "\(sql)")
        }
        for sql in ["VACUUM", "PRAGMA journal_mode = WAL", "PRAGMA foreign_keys", "PRAGMA synchronous = OFF"] {
            #expect(await code { try await fixture.session.query(sql) } == nil, "\(sql)")
        }
        #expect(try await fixture.session.texts("PRAGMA integrity_check") == ["ok"])
        try await fixture.close()
    }
}
