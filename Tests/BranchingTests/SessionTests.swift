import Testing

@testable import Branching
import Engine
import SQLDialect

@Suite struct SessionTests {
    @Test func runsTheThinThread() async throws {
        let fixture = try await Fixture("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)")
        let session = fixture.session
        #expect(try await session.query("INSERT INTO users VALUES (?, ?), (?, ?)", 1, "ann", 2, "bob").rowsAffected == 2)
        try await fixture.db.createBranch(BranchCreateRequest(name: "try"))
        #expect(try await session.switchBranch("try") == SwitchResult(branch: "try", previous: "main"))
        try await session.query("UPDATE users SET name = 'zoe' WHERE id = 1")
        #expect(try await session.texts("SELECT * FROM users ORDER BY id") == ["1|zoe", "2|bob"])
        let main = try await fixture.on("main")
        #expect(try await main.texts("SELECT * FROM users ORDER BY id") == ["1|ann", "2|bob"])
        #expect(try await fixture.db.branch("try").tablesModified == ["users"])
        _ = try await session.switchBranch("main")
        #expect(try await fixture.db.discardBranch("try").discarded)
        #expect(await code { _ = try await session.switchBranch("try") } == "BL_BRANCH_GONE")
        try await fixture.close()
    }

    @Test func rowsAreReachedByNameAndPosition() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, NULL)")
        let result = try await fixture.session.query("SELECT a, b FROM t WHERE a >= ? ORDER BY a", 1)
        #expect(result.rows.map { $0["A"] } == [.integer(1), .integer(2)])
        #expect(result.rows[1][1].isNull)
        #expect(result.rows[0]["nothing"] == nil)
        #expect(result.columns.map(\.name) == ["a", "b"])
        try await fixture.close()
    }

    @Test func parametersMustBeAsManyAsAsked() async throws {
        let fixture = try await Fixture()
        #expect(await code { try await fixture.session.query("SELECT ?") } == "BL_PARAMETERS")
        #expect(await code { try await fixture.session.query("SELECT 1; SELECT ?", 1) } == "BL_PARAMETERS")
        try await fixture.close()
    }

    @Test func scriptsStopAtTheFirstErrorAndKeepWhatWasDone() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY)")
        let failed = await code { _ = try await fixture.session.script(QueryRequest("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")) }
        #expect(failed?.hasPrefix("BL_CONSTRAINT") == true)
        #expect(try await fixture.session.texts("SELECT a FROM t") == ["1"])
        let results = try await fixture.session.script(QueryRequest("SELECT 1; SELECT 2;"))
        #expect(results.map { $0.values.first?.first } == [.integer(1), .integer(2)])
        #expect(try await fixture.session.script(QueryRequest("  -- nothing\n")).count == 1)
        try await fixture.close()
    }

    @Test func syntaxErrorsSayWhere() async throws {
        let fixture = try await Fixture()
        do {
            try await fixture.session.query("SELECT 1\nFROM WHERE")
            Issue.record("it was accepted")
        } catch {
            #expect(error.code == "BL_PARSE_ERROR")
            #expect(error.details["line"] == .integer(2))
            #expect(error.details["column"] == .integer(6))
        }
        try await fixture.close()
    }

    @Test func hugeTextsAreRefusedOrRun() async throws {
        let fixture = try await Fixture()
        let nested = String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000)
        #expect(await code { try await fixture.session.query("SELECT " + nested) } == "BL_TOO_DEEP")
        let limited = try await Fixture { $0.maxSQLBytes = 1_000 }
        #expect(await code { try await limited.session.query("SELECT '" + String(repeating: "x", count: 1_000) + "'") } == "BL_STATEMENT_TOO_LARGE")
        try await fixture.close()
        try await limited.close()
    }

    @Test func maxRowsTruncatesReadsOnly() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)")
        let part = try await fixture.session.query(QueryRequest("SELECT a FROM t", maxRows: 2))
        #expect(part.rowCount == 2 && part.truncated)
        let all = try await fixture.session.query(QueryRequest("SELECT a FROM t", maxRows: 3))
        #expect(all.rowCount == 3 && !all.truncated)
        try await fixture.close()
    }

    @Test func readOnlyRequestsRefuseWrites() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        for sql in ["INSERT INTO t VALUES (1)", "CREATE TABLE u(a)", "CREATE BRANCH b", "DROP BRANCH b", "USE BRANCH main"] {
            #expect(await code { _ = try await fixture.session.query(QueryRequest(sql, readOnly: true)) } == "BL_READ_ONLY", "\(sql)")
        }
        #expect(try await fixture.session.query(QueryRequest("SELECT count(*) FROM t", readOnly: true)).rowCount == 1)
        try await fixture.close()
    }

    @Test func slowStatementsRunIntoTheirLimitAndCanBeCancelled() async throws {
        let fixture = try await Fixture()
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        #expect(await code { _ = try await fixture.session.query(QueryRequest(endless, timeoutMS: 50)) } == "BL_TIMEOUT")
        let session = fixture.session
        let canceller = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(20))
                session.cancel()
            }
        }
        #expect(await code { _ = try await session.query(QueryRequest(endless, timeoutMS: 10_000)) } == "BL_INTERRUPTED")
        canceller.cancel()
        #expect(try await session.number("SELECT 1") == 1)
        try await fixture.close()
    }

    @Test func aRequestCanNameItsBranch() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
        try await fixture.db.createBranch(BranchCreateRequest(name: "other"))
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (2)", branch: "other"))
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 1)
        #expect(try await fixture.session.query(QueryRequest("SELECT count(*) FROM t", branch: "other")).values == [[.integer(2)]])
        #expect(try await fixture.session.currentBranch() == "main")
        #expect(await code { _ = try await fixture.session.query(QueryRequest("BEGIN", branch: "other")) } == "BL_UNSUPPORTED")
        #expect(await code { _ = try await fixture.session.query(QueryRequest("SELECT 1", branch: "othr")) } == "BL_NO_SUCH_BRANCH")
        #expect(try await fixture.db.branch("other").sessions == 0)
        try await fixture.close()
    }

    @Test func insertsManyRowsAsOneVersion() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)")
        let before = try await fixture.db.branch("main").version
        let rows: [[JSONValue]] = (1...500).map { [.integer($0), .string("row \($0)")] }
        #expect(try await fixture.session.insert(into: "t", columns: ["a", "b"], rows: rows) == 500)
        #expect(try await fixture.session.number("SELECT sum(a) FROM t") == 125_250)
        let after = try await fixture.db.branch("main").version
        #expect(fixture.db.context.store.versions(of: .main, limit: 100).filter { $0.id.rawValue > before && $0.id.rawValue <= after }.count == 1)
        // A row that fails takes all of them with it.
        #expect(await code { _ = try await fixture.session.insert(into: "t", columns: ["a"], rows: [[.integer(900)], [.integer(1)]]) }?.hasPrefix("BL_CONSTRAINT") == true)
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 500)
        #expect(await code { _ = try await fixture.session.insert(into: "t", columns: ["a", "b"], rows: [[.integer(901)]]) } == "BL_PARAMETERS")
        #expect(try await fixture.session.inTransaction() == false)
        try await fixture.close()
    }

    @Test func closedSessionsAndStoresSaySo() async throws {
        let fixture = try await Fixture()
        let session = try await fixture.on("main")
        await session.close()
        await session.close()
        #expect(await code { try await session.query("SELECT 1") } == "BL_CLOSED")
        try await fixture.close()
        try await fixture.db.close()
        #expect(await code { _ = try await fixture.db.branches() } == "BL_CLOSED")
        #expect(await code { try await fixture.session.query("SELECT 1") } == "BL_CLOSED")
    }

    @Test func sessionsAreCountedAndBounded() async throws {
        let fixture = try await Fixture { $0.maxConnections = 3 }
        let second = try await fixture.on("main")
        let third = try await fixture.on("main")
        #expect(await code { _ = try await fixture.on("main") } == "BL_TOO_MANY_CONNECTIONS")
        #expect(try await fixture.db.branch("main").sessions == 3)
        await second.close()
        _ = try await fixture.on("main").currentBranch()
        await third.close()
        try await fixture.close()
    }
}

/// Texts that Unicode holds equal and SQL does not.
@Suite struct ExactStatementTests {
    @Test(arguments: [Dialect.sqlite, .duckdb]) func twoSpellingsOfALetterAreTwoStatements(dialect: Dialect) async throws {
        let fixture = try await Fixture("CREATE TABLE t(v VARCHAR)", dialect: dialect)
        for _ in 0..<2 {
            for spelling in ["caf\u{e9}", "cafe\u{301}"] { try await fixture.session.query("INSERT INTO t VALUES ('\(spelling)')") }
        }
        let stored = try await fixture.session.texts("SELECT v FROM t").map { Array($0.utf8) }
        for spelling in ["caf\u{e9}", "cafe\u{301}"] { #expect(stored.filter { $0 == Array(spelling.utf8) }.count == 2) }
        try await fixture.close()
    }
}
