import Testing

@testable import Branching
import Engine
import SQLDialect

/// `AT (VERSION => …)` and `AT (TIMESTAMP => …)` in SQL, and forks from `branch@version` and `branch@timestamp`.
@Suite struct TimeTravelTests {
    /// Versions of table t with one row more each, ten seconds apart.
    private struct Past {
        let fixture: Fixture
        let clock: TestClock
        var versions: [UInt64] = []
        var times: [String] = []

        init(dialect: Dialect, rows: Int = 4) async throws {
            let clock = TestClock()
            self.clock = clock
            fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER)", dialect: dialect) { $0.clock = clock.clock }
            for row in 1...rows {
                clock.advance(seconds: 10)
                try await fixture.session.query("INSERT INTO t VALUES (\(row), \(row * row))")
                versions.append(try await fixture.db.branch("main").version)
                times.append(Timestamps.text(micros: clock.clock.now()))
            }
            clock.advance(seconds: 10)
        }
    }

    @Test(arguments: [Dialect.duckdb, .sqlite]) func anyStatementReadsThePast(dialect: Dialect) async throws {
        let past = try await Past(dialect: dialect)
        let (session, versions, times) = (past.fixture.session, past.versions, past.times)
        let cases: [(String, [String])] = [
            ("SELECT count(*) FROM t AT (VERSION => \(versions[1]))", ["2"]),
            ("SELECT count(*) FROM t AT (TIMESTAMP => '\(times[1])')", ["2"]),
            ("SELECT count(*) FROM main.t AT (TIMESTAMP => '\(times[2])') AS x", ["3"]),
            ("SELECT count(*) FROM t AT (TIMESTAMP => '2030-01-01')", ["4"]),
            // Joined with itself as it is, and as it was twice.
            ("SELECT n.a FROM t n LEFT JOIN t AT (VERSION => \(versions[0])) o ON n.a = o.a WHERE o.a IS NULL ORDER BY n.a", ["2", "3", "4"]),
            ("SELECT count(*) FROM t AT (VERSION => \(versions[0])) x, t AT (VERSION => \(versions[2])) y", ["3"]),
            // In subqueries and common tables.
            ("SELECT (SELECT max(a) FROM t AT (VERSION => \(versions[1]))) + count(*) FROM t", ["6"]),
            ("SELECT a FROM t WHERE a NOT IN (SELECT a FROM t AT (TIMESTAMP => '\(times[2])'))", ["4"]),
            ("WITH o AS (SELECT * FROM t AT (VERSION => \(versions[1]))), n AS (SELECT * FROM t) SELECT count(*) FROM n WHERE a NOT IN (SELECT a FROM o)", ["2"]),
            ("SELECT t.b FROM t AT (VERSION => \(versions[1])) WHERE t.a = 2", ["4"]),
            ("SELECT a FROM t AT (VERSION => \(versions[1])) UNION ALL SELECT a FROM t AT (VERSION => \(versions[0])) ORDER BY 1", ["1", "1", "2"]),
        ]
        for (sql, expected) in cases { #expect(try await session.texts(sql) == expected, "\(sql)") }
        try await past.fixture.close()
    }

    @Test(arguments: [Dialect.duckdb, .sqlite]) func writesReadThePast(dialect: Dialect) async throws {
        let past = try await Past(dialect: dialect)
        let (session, versions) = (past.fixture.session, past.versions)
        try await session.query("DELETE FROM t WHERE a < 3")
        #expect(try await session.query("INSERT INTO t SELECT * FROM t AT (VERSION => \(versions[3])) WHERE a < 3").rowsAffected == 2)
        #expect(try await session.texts("SELECT a, b FROM t ORDER BY a") == ["1|1", "2|4", "3|9", "4|16"])
        try await session.query("UPDATE t SET b = 0")
        try await session.query("UPDATE t SET b = (SELECT o.b FROM t AT (VERSION => \(versions[3])) o WHERE o.a = t.a)")
        #expect(try await session.texts("SELECT sum(b) FROM t") == ["30"])
        try await session.query("DELETE FROM t WHERE a IN (SELECT a FROM t AT (VERSION => \(versions[0])))")
        #expect(try await session.texts("SELECT count(*) FROM t") == ["3"])
        try await session.query("CREATE TABLE copy AS SELECT * FROM t AT (VERSION => \(versions[1]))")
        #expect(try await session.texts("SELECT count(*) FROM copy") == ["2"])
        // Inside a transaction that has written.
        try await session.query("BEGIN; INSERT INTO t VALUES (100, 1)")
        #expect(try await session.texts("SELECT count(*) FROM t AT (VERSION => \(versions[1]))") == ["2"])
        try await session.query("ROLLBACK")
        // The past itself cannot be written.
        #expect(await code { try await session.query("DELETE FROM t AT (VERSION => \(versions[1]))") } != nil)
        try await past.fixture.close()
    }

    @Test(arguments: [Dialect.duckdb, .sqlite]) func momentsCanBeParametersAndExpressions(dialect: Dialect) async throws {
        let past = try await Past(dialect: dialect)
        let (session, versions, times) = (past.fixture.session, past.versions, past.times)
        for (index, version) in versions.enumerated() {
            #expect(try await session.query("SELECT count(*) FROM t AT (VERSION => ?)", Int(version)).values == [[.integer(Int64(index + 1))]])
            #expect(try await session.query("SELECT count(*) FROM t AT (TIMESTAMP => ?)", times[index]).values == [[.integer(Int64(index + 1))]])
        }
        // The other parameters keep their places.
        let mixed = try await session.query(
            "SELECT ?, a FROM t AT (VERSION => ?) WHERE a > ? ORDER BY a", 7, Int(versions[2]), 1)
        #expect(mixed.values.map { $0.map(\.text) } == [["7", "2"], ["7", "3"]])
        #expect(try await session.query("SELECT count(*) FROM t AT (VERSION => ? - 1 + 1)", Int(versions[1])).values == [[.integer(2)]])
        #expect(await code { try await session.query("SELECT * FROM t AT (VERSION => NULL)") } == "BL_BIND_ERROR")
        #expect(await code { try await session.query("SELECT * FROM t AT (VERSION => 'x')") } != nil)
        #expect(await code { try await session.query("SELECT * FROM t AT (TIMESTAMP => 'nonsense')") } != nil)
        try await past.fixture.close()
    }

    @Test func timesCanBeWorkedOut() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1)", dialect: .duckdb)
        let session = fixture.session
        // The store's clock is the real one here, and nothing is an hour old.
        #expect(try await session.texts("SELECT count(*) FROM t AT (TIMESTAMP => now())") == ["1"])
        #expect(try await session.texts("SELECT count(*) FROM t AT (TIMESTAMP => now() + INTERVAL 1 HOUR)") == ["1"])
        #expect(await code { try await session.query("SELECT * FROM t AT (TIMESTAMP => now() - INTERVAL '1 hour')") } == "BL_NO_SUCH_VERSION")
        #expect(await code { try await session.query("SELECT * FROM t AT (TIMESTAMP => a)") } != nil)
        #expect(try await session.texts("SELECT count(*) FROM t AT (TIMESTAMP => TIMESTAMP '2100-01-01 00:00:00')") == ["1"])
        try await fixture.close()
    }

    @Test func preparedStatementsAndShadowQueriesReadThePast() async throws {
        let past = try await Past(dialect: .duckdb)
        let (fixture, versions) = (past.fixture, past.versions)
        try await fixture.session.query("PREPARE p AS SELECT count(*) FROM t AT (VERSION => $1)")
        for (index, version) in versions.enumerated() {
            #expect(try await fixture.session.texts("EXECUTE p(\(version))") == ["\(index + 1)"])
        }
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        let shadow = try await fixture.db.shadow(
            ShadowRequest(
                sql: "SELECT count(*) AS n FROM t AT (VERSION => ?)", branches: ["main", "b"], parameters: [.integer(Int64(versions[1]))], repetitions: 2,
                dialect: .duckdb))
        #expect(shadow.comparison.allEqual && shadow.branches.allSatisfy { $0.rows == [[.integer(2)]] }, "\(shadow)")
        // Nothing stays pinned, no connection stays out.
        try fixture.db.context.store.reclaim()
        #expect(fixture.db.context.store.statistics().pinnedVersions <= 2)
        try await fixture.close()
    }

    @Test func viewsReadThePast() async throws {
        let past = try await Past(dialect: .duckdb)
        let (session, versions) = (past.fixture.session, past.versions)
        try await session.query("CREATE VIEW v AS SELECT count(*) AS n FROM t")
        try await session.query("CREATE VIEW before AS SELECT count(*) AS n FROM t AT (VERSION => \(versions[1]))")
        let withView = try await past.fixture.db.branch("main").version
        try await session.query("DELETE FROM t")
        #expect(try await session.texts("SELECT n FROM v") == ["0"])
        #expect(try await session.texts("SELECT n FROM before") == ["2"])
        // A view as of a version reads its tables as of that version.
        #expect(try await session.texts("SELECT n FROM v AT (VERSION => \(withView))") == ["4"])
        #expect(await code { try await session.query("SELECT n FROM v AT (VERSION => \(versions[0]))") } == "BL_NO_SUCH_TABLE")
        try await past.fixture.close()
    }

    @Test func schemasOfThePastAreThose() async throws {
        let past = try await Past(dialect: .duckdb)
        let (session, versions) = (past.fixture.session, past.versions)
        try await session.query("ALTER TABLE t ADD COLUMN c VARCHAR; DROP TABLE IF EXISTS u")
        try await session.query("ALTER TABLE t RENAME TO t2")
        #expect(try await session.query("SELECT * FROM t AT (VERSION => \(versions[3]))").columns.map(\.name) == ["a", "b"])
        #expect(await code { try await session.query("SELECT c FROM t AT (VERSION => \(versions[3]))") } != nil)
        #expect(await code { try await session.query("SELECT * FROM t2 AT (VERSION => \(versions[3]))") } == "BL_NO_SUCH_TABLE")
        try await past.fixture.close()
    }

    @Test func otherBranchesHaveAPastToo() async throws {
        let past = try await Past(dialect: .duckdb)
        let (fixture, versions, times) = (past.fixture, past.versions, past.times)
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        past.clock.advance(seconds: 10)
        _ = try await fixture.session.query(QueryRequest("DELETE FROM t WHERE a > 1", branch: "b"))
        let own = try await fixture.db.branch("b").version
        past.clock.advance(seconds: 10)
        _ = try await fixture.session.query(QueryRequest("DELETE FROM t", branch: "b"))
        let session = fixture.session
        #expect(try await session.texts("SELECT count(*) FROM b.t AT (VERSION => \(own))") == ["1"])
        // Before the fork it showed what main showed then.
        #expect(try await session.texts("SELECT count(*) FROM \"@b\".t AT (TIMESTAMP => '\(times[1])')") == ["2"])
        #expect(try await session.texts("SELECT count(*) FROM b.t AT (VERSION => \(versions[2]))") == ["3"])
        // A version of another branch is not main's.
        do {
            try await session.query("SELECT * FROM t AT (VERSION => \(own))")
            Issue.record("it was read")
        } catch {
            #expect(error.code == "BL_NO_SUCH_VERSION" && error.message.contains("main") && error.hint?.contains("branch_history") == true)
        }
        // Merged fast-forward, the versions in between were never main's head.
        try await fixture.db.merge(MergeRequest(branch: "b"))
        #expect(try await session.texts("SELECT count(*) FROM t") == ["0"])
        let earlier = past.clock.clock.now() - 5_000_000
        #expect(try await session.texts("SELECT count(*) FROM t AT (TIMESTAMP => '\(Timestamps.text(micros: earlier))')") == ["4"])
        try await fixture.close()
    }

    @Test func restoredBranchesRememberWhatTheyShowed() async throws {
        let past = try await Past(dialect: .duckdb)
        let (fixture, versions, times) = (past.fixture, past.versions, past.times)
        try await fixture.db.restore("main", version: versions[0])
        past.clock.advance(seconds: 10)
        #expect(try await fixture.session.texts("SELECT count(*) FROM t") == ["1"])
        for (index, time) in times.enumerated() {
            #expect(try await fixture.session.texts("SELECT count(*) FROM t AT (TIMESTAMP => '\(time)')") == ["\(index + 1)"])
        }
        let now = Timestamps.text(micros: past.clock.clock.now())
        #expect(try await fixture.session.texts("SELECT count(*) FROM t AT (TIMESTAMP => '\(now)')") == ["1"])
        try await fixture.session.query("RESTORE BRANCH main TO TIMESTAMP '\(times[2])'")
        #expect(try await fixture.session.texts("SELECT count(*) FROM t") == ["3"])
        try await fixture.close()
    }

    @Test func branchesForkFromTimes() async throws {
        let past = try await Past(dialect: .duckdb)
        let (fixture, versions, times) = (past.fixture, past.versions, past.times)
        try await fixture.db.createBranch(BranchCreateRequest(name: "one", from: "main@\(times[0])"))
        try await fixture.session.query("CREATE BRANCH two FROM main@'\(times[1])'")
        try await fixture.session.query("CREATE BRANCH three FROM 'main@\(times[2])'")
        try await fixture.session.query("CREATE BRANCH again FROM main AT (VERSION => \(versions[1]))")
        try await fixture.session.query("CREATE BRANCH more FROM main AT (TIMESTAMP => '\(times[2])') MODE snapshot")
        for (name, count) in [("one", 1), ("two", 2), ("three", 3), ("again", 2), ("more", 3)] {
            #expect(try await fixture.session.texts("SELECT count(*) FROM \(name).t") == ["\(count)"], "\(name)")
        }
        // Without an offset it is UTC; with one it is converted.
        try await fixture.db.createBranch(BranchCreateRequest(name: "zoned", from: "main@2030-01-01T02:00:00+02:00"))
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: "x", from: "main@1999-01-01")) } == "BL_NO_SUCH_VERSION")
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: "x", from: "main@soon")) } == "BL_BAD_ARGUMENT")
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: "x", from: "main@\(times[0])", mode: .live)) } == "BL_UNSUPPORTED")
        let diff = try await fixture.db.diff(DiffRequest(branch: "main", base: "main@\(times[0])", against: .head))
        #expect(diff.tables.first?.inserted == 3)
        try await fixture.close()
    }

    @Test func versionsThatAreGoneAreSaidToBe() async throws {
        let clock = TestClock()
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb) { configuration in
            configuration.clock = clock.clock
            configuration.history = .seconds(60)
        }
        var versions: [UInt64] = []
        for row in 1...3 {
            clock.advance(seconds: 10)
            try await fixture.session.query("INSERT INTO t VALUES (\(row))")
            versions.append(try await fixture.db.branch("main").version)
        }
        let middle = Timestamps.text(micros: clock.clock.now() - 10_000_000)
        clock.advance(seconds: 100)
        try fixture.db.context.store.reclaim()
        for sql in [
            "SELECT * FROM t AT (VERSION => \(versions[1]))", "SELECT * FROM t AT (TIMESTAMP => '\(middle)')", "CREATE BRANCH x FROM main@\(versions[0])",
            "RESTORE BRANCH main TO VERSION \(versions[0])",
        ] { #expect(await code { try await fixture.session.query(sql) } == "BL_NO_SUCH_VERSION", "\(sql)") }
        #expect(try await fixture.session.texts("SELECT count(*) FROM t AT (VERSION => \(versions[2]))") == ["3"])
        try await fixture.close()
    }

    @Test func liveBranchesAndTheirParents() async throws {
        let past = try await Past(dialect: .duckdb)
        try await past.fixture.db.createBranch(BranchCreateRequest(name: "l", mode: .live))
        let session = try await past.fixture.on("l", dialect: .duckdb)
        #expect(await code { try await session.query("SELECT * FROM t AT (VERSION => \(past.versions[1]))") } == "BL_UNSUPPORTED")
        #expect(try await session.texts("SELECT count(*) FROM main.t AT (VERSION => \(past.versions[1]))") == ["2"])
        await session.close()
        try await past.fixture.close()
    }
}
