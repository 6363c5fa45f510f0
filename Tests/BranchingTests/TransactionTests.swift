import Testing

@testable import Branching
import Engine
import SQLDialect

@Suite struct TransactionTests {
    @Test(arguments: [Dialect.sqlite, .duckdb]) func commitsAndRollsBack(dialect: Dialect) async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: dialect)
        let session = fixture.session
        try await session.query("BEGIN")
        #expect(try await session.inTransaction())
        try await session.query("INSERT INTO t VALUES (1)")
        let other = try await fixture.on("main")
        #expect(try await other.number("SELECT count(*) FROM t") == 0)
        try await session.query("COMMIT")
        #expect(try await other.number("SELECT count(*) FROM t") == 1)
        try await session.query("BEGIN")
        try await session.query("CREATE TABLE u(a INTEGER)")
        try await session.query("INSERT INTO u VALUES (1)")
        #expect(try await session.number("SELECT count(*) FROM u") == 1)
        try await session.query("ROLLBACK")
        #expect(await code { try await session.query("SELECT * FROM u") } == "BL_NO_SUCH_TABLE")
        #expect(await code { try await session.query("COMMIT") } == "BL_NO_TRANSACTION")
        #expect(await code { try await session.query("ROLLBACK") } == "BL_NO_TRANSACTION")
        try await session.query("BEGIN")
        #expect(await code { try await session.query("BEGIN") } == "BL_TRANSACTION_OPEN")
        try await session.query("ROLLBACK")
        try await fixture.close()
    }

    @Test func readCommittedSeesOthersBetweenItsStatements() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb)
        let other = try await fixture.on("main", dialect: .duckdb)
        try await fixture.session.query("BEGIN")
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 0)
        try await other.query("INSERT INTO t VALUES (1)")
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 1)
        // SELECT then UPDATE never fails because another session committed in between.
        try await fixture.session.query("UPDATE t SET a = a + 1")
        #expect(await code { try await other.query("INSERT INTO t VALUES (5)") } == "BL_BUSY")
        try await fixture.session.query("COMMIT")
        #expect(try await other.texts("SELECT a FROM t") == ["2"])
        try await fixture.close()
    }

    @Test func aTransactionThatBeginsWithAWriteWaitsItsTurn() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)") { $0.busyTimeout = .seconds(10) }
        let other = try await fixture.on("main")
        try await fixture.session.query("BEGIN; INSERT INTO t VALUES (1)")
        let waiting = Task { try await other.query("BEGIN; INSERT INTO t VALUES (2); COMMIT") }
        try await Task.sleep(for: .milliseconds(50))
        try await fixture.session.query("COMMIT")
        _ = try await waiting.value
        #expect(try await fixture.session.texts("SELECT a FROM t ORDER BY a") == ["1", "2"])
        try await fixture.close()
    }

    @Test func repeatableReadStaysAndFindsItselfStale() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1)", dialect: .duckdb)
        let other = try await fixture.on("main", dialect: .duckdb)
        try await fixture.session.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        #expect(try await fixture.session.number("SELECT sum(a) FROM t") == 1)
        try await other.query("UPDATE t SET a = 10")
        #expect(try await fixture.session.number("SELECT sum(a) FROM t") == 1)
        #expect(await code { try await fixture.session.query("UPDATE t SET a = 2") } == "BL_STALE_SNAPSHOT")
        try await fixture.session.query("ROLLBACK")
        #expect(try await fixture.session.number("SELECT sum(a) FROM t") == 10)
        try await fixture.close()
    }

    @Test func savepointsNest() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)")
        let session = fixture.session
        try await session.query("BEGIN; INSERT INTO t VALUES (1); SAVEPOINT one; INSERT INTO t VALUES (2); SAVEPOINT two; INSERT INTO t VALUES (3)")
        try await session.query("ROLLBACK TO two")
        #expect(try await session.number("SELECT count(*) FROM t") == 2)
        try await session.query("ROLLBACK TO one; RELEASE one; COMMIT")
        #expect(try await session.texts("SELECT a FROM t") == ["1"])
        // Outside a transaction a savepoint opens one and its release commits.
        try await session.query("SAVEPOINT s; INSERT INTO t VALUES (9); RELEASE s")
        #expect(try await session.inTransaction() == false)
        #expect(try await session.number("SELECT count(*) FROM t") == 2)
        #expect(await code { try await session.query("BEGIN; RELEASE nowhere") } == "BL_NO_SUCH_SAVEPOINT")
        try await session.query("ROLLBACK")
        try await fixture.close()
    }

    @Test func theConvenienceCommitsOrRollsBack() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)")
        let sum = try await fixture.session.transaction { session in
            try await session.query("INSERT INTO t VALUES (1), (2)")
            return try await session.number("SELECT sum(a) FROM t")
        }
        #expect(sum == 3)
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await fixture.session.transaction { session in
                try await session.query("DELETE FROM t")
                throw Stop()
            }
        }
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 2)
        #expect(try await fixture.session.inTransaction() == false)
        try await fixture.close()
    }

    @Test func aFailedStatementLeavesTheTransactionAndNothingHalfDone() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY)")
        let session = fixture.session
        try await session.query("BEGIN; INSERT INTO t VALUES (1)")
        #expect(await code { try await session.query("INSERT INTO t VALUES (2), (1)") }?.hasPrefix("BL_CONSTRAINT") == true)
        #expect(try await session.inTransaction())
        try await session.query("COMMIT")
        #expect(try await session.texts("SELECT a FROM t") == ["1"])
        try await fixture.close()
    }

    @Test func branchesCannotBeSwitchedInside() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)")
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        try await fixture.session.query("BEGIN")
        #expect(await code { try await fixture.session.query("USE BRANCH b") } == "BL_TRANSACTION_OPEN")
        #expect(await code { try await fixture.session.query("CREATE BRANCH c") } == "BL_TRANSACTION_OPEN")
        try await fixture.session.query("ROLLBACK; USE BRANCH b")
        #expect(try await fixture.session.currentBranch() == "b")
        try await fixture.close()
    }

    @Test func idleTransactionsAreRolledBack() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)") { $0.idleTransactionTimeout = .milliseconds(100) }
        try await fixture.session.query("BEGIN; INSERT INTO t VALUES (1)")
        // The writer slot is free again once the maintenance thread has come by.
        let other = try await fixture.on("main")
        var tries = 0
        while await code({ try await other.query("INSERT INTO t VALUES (2)") }) != nil, tries < 50 { tries += 1 }
        #expect(try await other.texts("SELECT a FROM t") == ["2"])
        #expect(await code { try await fixture.session.query("INSERT INTO t VALUES (3)") } == "BL_TRANSACTION_ABORTED")
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 1)
        try await fixture.close()
    }

    @Test func readOnlyTransactionsRefuseWrites() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb)
        try await fixture.session.query("BEGIN TRANSACTION READ ONLY")
        #expect(await code { try await fixture.session.query("INSERT INTO t VALUES (1)") } == "BL_READ_ONLY")
        try await fixture.session.query("COMMIT")
        try await fixture.session.query("INSERT INTO t VALUES (1)")
        try await fixture.close()
    }
}
