import Branching
import Testing

/// Advisory locks, as PostgreSQL has them.
@Suite struct AdvisoryLockTests {
    private func two(_ sql: String = "") async throws -> (Fixture, Session, Session) {
        let fixture = try await Fixture(sql, dialect: .duckdb)
        return (fixture, fixture.session, try await fixture.on("main", dialect: .duckdb))
    }

    private func flag(_ session: Session, _ call: String) async throws -> Bool { try await session.texts("SELECT \(call)") == ["true"] }

    @Test func aLockIsCountedAndExcludesOthers() async throws {
        let (fixture, a, b) = try await two()
        #expect(try await a.texts("SELECT pg_advisory_lock(1)") == [""])
        #expect(try await a.texts("SELECT pg_advisory_lock($1)".replacing("$1", with: "1::int")) == [""])
        #expect(try await !flag(b, "pg_try_advisory_lock(1)"))
        #expect(try await !flag(b, "pg_try_advisory_lock_shared(1)"))
        // Other numbers, and pairs, are other locks.
        #expect(try await flag(b, "pg_try_advisory_lock(2)"))
        #expect(try await flag(b, "pg_try_advisory_lock(0, 1)"))
        #expect(try await flag(a, "pg_advisory_unlock(1)"))
        #expect(try await !flag(b, "pg_try_advisory_lock(1)"))
        #expect(try await flag(a, "pg_advisory_unlock(1)"))
        #expect(try await !flag(a, "pg_advisory_unlock(1)"))
        #expect(try await flag(b, "pg_try_advisory_lock(1)"))
        #expect(try await !flag(b, "pg_advisory_unlock_shared(1)"))
        try await b.query("SELECT pg_advisory_unlock_all()")
        #expect(try await flag(a, "pg_try_advisory_lock(0, 1)"))
        #expect(try await a.texts("SELECT pg_advisory_lock(NULL), pg_try_advisory_lock(1, NULL)") == ["NULL|NULL"])
        await b.close()
        try await fixture.close()
    }

    @Test func sharedLocksStandBesideEachOther() async throws {
        let (fixture, a, b) = try await two()
        try await a.query("SELECT pg_advisory_lock_shared(-9223372036854775808)")
        #expect(try await flag(b, "pg_try_advisory_lock_shared(-9223372036854775808)"))
        #expect(try await !flag(b, "pg_try_advisory_lock(-9223372036854775808)"))
        #expect(try await flag(a, "pg_advisory_unlock_shared(-9223372036854775808)"))
        // One's own shared lock is not in the way.
        #expect(try await flag(b, "pg_try_advisory_lock(-9223372036854775808)"))
        await b.close()
        try await fixture.close()
    }

    @Test func databasesHaveTheirOwn() async throws {
        let (fixture, a, b) = try await two()
        try await a.query("CREATE BRANCH dev")
        try await b.query("USE BRANCH dev")
        try await a.query("SELECT pg_advisory_lock(5)")
        #expect(try await flag(b, "pg_try_advisory_lock(5)"))
        try await b.query("USE BRANCH main")
        #expect(try await !flag(b, "pg_try_advisory_lock(5)"))
        await b.close()
        try await fixture.close()
    }

    @Test func locksEndWithTransactionSavepointAndSession() async throws {
        let (fixture, a, b) = try await two("CREATE TABLE t(a INTEGER)")
        for end in ["COMMIT", "ROLLBACK"] {
            try await a.query("BEGIN")
            try await a.query("SELECT pg_advisory_xact_lock(1)")
            #expect(try await !flag(a, "pg_advisory_unlock(1)"))
            #expect(try await !flag(b, "pg_try_advisory_xact_lock(1)"))
            try await a.query(end)
            #expect(try await flag(b, "pg_try_advisory_xact_lock(1)"))
        }
        // The transaction of one statement.
        #expect(try await flag(a, "pg_try_advisory_xact_lock(1)"))
        try await a.query("INSERT INTO t SELECT 1 WHERE pg_try_advisory_xact_lock(1)")
        #expect(try await flag(b, "pg_try_advisory_xact_lock(1)"))

        try await a.query("BEGIN")
        try await a.query("SELECT pg_advisory_xact_lock(1)")
        try await a.query("SAVEPOINT s")
        try await a.query("SELECT pg_advisory_xact_lock(1), pg_advisory_xact_lock_shared(2), pg_advisory_lock(3)")
        try await a.query("ROLLBACK TO s")
        #expect(try await !flag(b, "pg_try_advisory_xact_lock(1)"))
        #expect(try await flag(b, "pg_try_advisory_xact_lock(2)"))
        #expect(try await !flag(b, "pg_try_advisory_xact_lock(3)"))
        try await a.query("ROLLBACK")
        #expect(try await flag(b, "pg_try_advisory_xact_lock(1)"))
        #expect(try await !flag(b, "pg_try_advisory_lock(3)"))
        try await a.query("DISCARD ALL")
        #expect(try await flag(b, "pg_try_advisory_lock(3)"))
        #expect(try await !flag(a, "pg_try_advisory_lock(3)"))
        await b.close()
        #expect(try await flag(a, "pg_try_advisory_lock(3)"))
        try await fixture.close()
    }

    /// Waits until nobody can share the lock: then somebody waits for it alone.
    private func untilAwaited(_ session: Session, _ number: Int) async throws {
        while try await flag(session, "pg_try_advisory_xact_lock_shared(\(number))") { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test func waitingGoesInOrderAndHoldsUpNobodyElse() async throws {
        let (fixture, a, b) = try await two("CREATE TABLE t(a INTEGER)")
        let c = try await fixture.on("main", dialect: .duckdb)
        try await a.query("SELECT pg_advisory_lock_shared(1)")
        async let waits: Void = { try await b.query("SELECT pg_advisory_lock(1)"); try await b.query("INSERT INTO t VALUES (2)") }()
        try await untilAwaited(c, 1)
        // The one who holds it is not kept from taking it again; writers are not held up.
        #expect(try await flag(a, "pg_try_advisory_lock_shared(1)"))
        try await c.query("INSERT INTO t VALUES (1)")
        try await c.query("CREATE TABLE made(a INTEGER)")
        try await a.query("SELECT pg_advisory_unlock_all()")
        try await waits
        #expect(try await c.texts("SELECT a FROM t ORDER BY a") == ["1", "2"])
        #expect(try await !flag(a, "pg_try_advisory_lock(1)"))
        await b.close()
        await c.close()
        try await fixture.close()
    }

    @Test func waitsHaveLimits() async throws {
        let (fixture, a, b) = try await two()
        try await a.query("SELECT pg_advisory_lock(1)")
        try await b.query("SET lock_timeout = 30")
        #expect(await code { try await b.query("SELECT pg_advisory_lock(1)") } == "BL_BUSY")
        try await b.query("SET lock_timeout = 0")
        try await b.query("SET statement_timeout = 30")
        #expect(await code { try await b.query("SELECT pg_advisory_xact_lock(1)") } == "BL_TIMEOUT")
        try await b.query("SET statement_timeout = 0")
        let waiting = Task { await code { try await b.query("SELECT pg_advisory_lock(1)") } }
        let c = try await fixture.on("main", dialect: .duckdb)
        try await a.query("SELECT pg_advisory_unlock(1)")
        try await Task.sleep(for: .milliseconds(30))
        #expect(await waiting.value == nil)
        let again = Task { await code { try await c.query("SELECT pg_advisory_lock(1)") } }
        try await Task.sleep(for: .milliseconds(60))
        c.cancel()
        #expect(await again.value == "BL_INTERRUPTED")
        // Nothing of those who gave up is left.
        #expect(try await flag(b, "pg_advisory_unlock(1)"))
        #expect(try await flag(a, "pg_try_advisory_lock(1)"))
        await b.close()
        await c.close()
        try await fixture.close()
    }

    @Test func sessionsThatWaitForEachOtherAreFound() async throws {
        let (fixture, a, b) = try await two()
        let c = try await fixture.on("main", dialect: .duckdb), watcher = try await fixture.on("main", dialect: .duckdb)
        for (number, session) in [a, b, c].enumerated() { try await session.query("SELECT pg_advisory_lock_shared(\(number + 1))") }
        let first = Task { await code { try await a.query("SELECT pg_advisory_lock(2)") } }
        try await untilAwaited(watcher, 2)
        let second = Task { await code { try await b.query("SELECT pg_advisory_lock(3)") } }
        try await untilAwaited(watcher, 3)
        #expect(await code { try await c.query("SELECT pg_advisory_lock(1)") } == "BL_DEADLOCK")
        // The one that was refused lets the others on by giving back what it holds.
        try await c.query("SELECT pg_advisory_unlock_all()")
        #expect(await second.value == nil)
        try await b.query("SELECT pg_advisory_unlock_all()")
        #expect(await first.value == nil)
        for session in [b, c, watcher] { await session.close() }
        try await fixture.close()
    }

    /// As PostgreSQL 15 answers.
    @Test(arguments: [
        ("", "-1477818771|-6939563903564495251|7897695672827216937|2079315119655201753"),
        ("a", "1075015857|3591986179850072241|-1390133477695463801|8116864515973156542"),
        ("abcdefghijk", "-1483803693|3112909444737856467|-7800407695651034862|7909081606513222727"),
        ("abcdefghijkl", "-1586087212|-7556637188122330412|-2179186698317225985|4816440701509172096"),
        ("abcdefghijklm", "405849808|8871624171452417744|-1749882020453869955|-1351555167207139892"),
        ("straße", "-210545162|5740803663018022390|-1264138427892267267|-1197407316704674656"),
        ("0123456789abcdef0123456789abcdef!", "1363097593|-2771586993686104071|-8787202829445856151|-4011316540469346927"),
    ])
    func hashesAreThoseOfPostgreSQL(text: String, hashes: String) async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        let sql = "SELECT hashtext('\(text)'), hashtextextended('\(text)', 0), hashtextextended('\(text)', -7), hashtextextended('\(text)', 123456789012345)"
        #expect(try await fixture.session.texts(sql) == [hashes])
        try await fixture.close()
    }

    @Test func sleepingHeedsTheTimeLimit() async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        try await fixture.session.query("SET statement_timeout = 30")
        let started = ContinuousClock.now
        #expect(await code { try await fixture.session.query("SELECT pg_sleep(20)") } == "BL_TIMEOUT")
        #expect(ContinuousClock.now - started < .seconds(10))
        try await fixture.close()
    }

    @Test func whatIsStoredCannotLock() async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        #expect(await code { try await fixture.session.query("CREATE TABLE t(a BOOLEAN DEFAULT pg_try_advisory_lock(1))") } == "BL_UNSUPPORTED")
        #expect(await code { try await fixture.session.query("SELECT pg_advisory_lock()") } == "BL_TYPE_ERROR")
        #expect(await code { try await fixture.session.query("SELECT pg_advisory_lock(1, 3000000000)") } != nil)
        try await fixture.close()
    }
}
