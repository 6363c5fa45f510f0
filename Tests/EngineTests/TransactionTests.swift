import PageStore
import Testing

@testable import Engine

@Suite struct TransactionTests {
    @Test func readCommittedSeesOthersAndNeverGoesStale() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        try one.transaction.begin(.readCommitted)
        #expect(try one.count("SELECT b FROM t WHERE a = 1") == 10)
        try two.execute("UPDATE t SET b = 11 WHERE a = 1")
        #expect(try one.count("SELECT b FROM t WHERE a = 1") == 11)
        try one.execute("UPDATE t SET b = b + 1 WHERE a = 1")
        #expect(try one.count("SELECT b FROM t WHERE a = 1") == 12)
        #expect(try two.count("SELECT b FROM t WHERE a = 1") == 11)
        #expect(code { try two.execute("UPDATE t SET b = 0") } == "BL_BUSY")
        let version = try one.transaction.commit()
        #expect(version != nil && version == one.lastCommittedVersion)
        #expect(try two.count("SELECT b FROM t WHERE a = 1") == 12)
        try two.execute("UPDATE t SET b = 0 WHERE a = 2")
    }

    @Test func repeatableReadPinsAndRefusesLateWrites() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        try one.transaction.begin(.repeatableRead)
        #expect(try one.count("SELECT sum(b) FROM t") == 30)
        try two.execute("UPDATE t SET b = 11 WHERE a = 1")
        #expect(try one.count("SELECT sum(b) FROM t") == 30)
        #expect(code { try one.execute("UPDATE t SET b = 0") } == "BL_STALE_SNAPSHOT")
        #expect(try one.count("SELECT sum(b) FROM t") == 30)
        try one.transaction.rollback()
        #expect(try one.count("SELECT sum(b) FROM t") == 31)
        try two.execute("UPDATE t SET b = 12 WHERE a = 1")

        try one.transaction.begin(.repeatableRead)
        try one.execute("UPDATE t SET b = 100 WHERE a = 1")
        #expect(try one.count("SELECT sum(b) FROM t") == 120)
        try one.transaction.commit()
        #expect(try two.count("SELECT sum(b) FROM t") == 120)
    }

    @Test func readOnlyTransactionsRefuseWrites() throws {
        let (_, one, _) = try Fixture.withTwoConnections()
        try one.transaction.begin(.readCommitted, readOnly: true)
        #expect(code { try one.execute("DELETE FROM t") } == "BL_READ_ONLY")
        try one.execute("CREATE TEMP TABLE scratch AS SELECT * FROM t")
        #expect(try one.count("SELECT count(*) FROM scratch") == 2)
        try one.transaction.rollback()
        #expect(code { _ = try one.count("SELECT count(*) FROM scratch") } == "BL_NO_SUCH_TABLE")
        try one.execute("DELETE FROM t")
    }

    @Test func savepointsFromBeforeTheFirstWriteHold() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        try one.execute("BEGIN; SAVEPOINT a; SAVEPOINT B")
        try two.execute("INSERT INTO t VALUES(3, 30)")
        try one.execute("INSERT INTO t VALUES(4, 40); SAVEPOINT c; INSERT INTO t VALUES(5, 50)")
        try one.execute("ROLLBACK TO c; RELEASE c")
        #expect(try one.count("SELECT count(*) FROM t") == 4)
        try one.execute("ROLLBACK TO b")
        #expect(try one.count("SELECT count(*) FROM t") == 3)
        #expect(code { try one.execute("RELEASE c") } == "BL_NO_SUCH_SAVEPOINT")
        try one.execute("INSERT INTO t VALUES(6, 60); RELEASE a; COMMIT")
        #expect(try two.count("SELECT group_concat(a) = '1,2,3,6' FROM t") == 1)
        try one.execute("SAVEPOINT s; INSERT INTO t VALUES(7, 70); RELEASE s")
        #expect(!one.transaction.isOpen)
        #expect(try two.count("SELECT count(*) FROM t") == 5)
    }

    @Test func controlStatementsOutOfPlaceAreNamed() throws {
        let (_, one, _) = try Fixture.withTwoConnections()
        #expect(code { try one.execute("COMMIT") } == "BL_NO_TRANSACTION")
        #expect(code { try one.execute("ROLLBACK") } == "BL_NO_TRANSACTION")
        try one.execute("BEGIN")
        #expect(code { try one.execute("BEGIN") } == "BL_TRANSACTION_OPEN")
        try one.execute("ROLLBACK")
    }

    @Test func failedStatementLeavesTheTransaction() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        try one.execute("BEGIN; INSERT INTO t VALUES(3, 30)")
        #expect(code { try one.execute("INSERT INTO t VALUES(4, 40), (1, 0)") } == "BL_CONSTRAINT_PRIMARY_KEY")
        #expect(try one.count("SELECT count(*) FROM t") == 3)
        try one.execute("COMMIT")
        #expect(try two.count("SELECT count(*) FROM t") == 3)
    }

    @Test func failedCommitRollsBack() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        try one.execute("CREATE TABLE c(p INT REFERENCES t(a) DEFERRABLE INITIALLY DEFERRED)")
        try one.execute("BEGIN; INSERT INTO c VALUES(99); INSERT INTO t VALUES(3, 3)")
        #expect(code { try one.execute("COMMIT") } == "BL_CONSTRAINT_FOREIGN_KEY")
        #expect(!one.transaction.isOpen)
        #expect(try two.count("SELECT count(*) FROM t") == 2)
        try two.execute("INSERT INTO t VALUES(3, 3)")

        one.transaction.defaultIsolation = .sqliteDeferred
        try one.execute("BEGIN; INSERT INTO c VALUES(99)")
        #expect(code { try one.execute("COMMIT") } == "BL_CONSTRAINT_FOREIGN_KEY")
        #expect(one.transaction.isOpen)
        try one.execute("DELETE FROM c; COMMIT")
    }

    @Test func sqliteRules() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        one.transaction.defaultIsolation = .sqliteDeferred
        try one.execute("BEGIN")
        #expect(try one.count("SELECT sum(b) FROM t") == 30)
        try two.execute("UPDATE t SET b = 0 WHERE a = 1")
        #expect(try one.count("SELECT sum(b) FROM t") == 30)
        #expect(code { try one.execute("UPDATE t SET b = 1") } == "BL_STALE_SNAPSHOT")
        try two.execute("UPDATE t SET b = 1 WHERE a = 1")
        try one.execute("ROLLBACK; BEGIN IMMEDIATE")
        #expect(code { try two.execute("DELETE FROM t") } == "BL_BUSY")
        try one.execute("UPDATE t SET b = 5; COMMIT")
        #expect(try two.count("SELECT sum(b) FROM t") == 10)
    }

    @Test func idleTransactionsAreRolledBack() throws {
        var options = EngineOptions()
        options.idleTransactionTimeout = .zero
        let fixture = try Fixture(options: options)
        let one = try fixture.connect()
        try one.execute("CREATE TABLE t(a); BEGIN; INSERT INTO t VALUES(1)")
        #expect(one.transaction.idleTime != nil)
        #expect(one.transaction.rollbackIfIdle())
        #expect(code { try one.execute("INSERT INTO t VALUES(2)") } == "BL_TRANSACTION_ABORTED")
        #expect(code { try one.execute("COMMIT") } == "BL_TRANSACTION_ABORTED")
        #expect(try one.count("SELECT count(*) FROM t") == 0)
        try fixture.connect().execute("INSERT INTO t VALUES(3)")
    }

    @Test func commitsCarryTheirOrigin() throws {
        let (fixture, one, _) = try Fixture.withTwoConnections()
        one.commitOrigin = [7, 8, 9]
        try one.execute("INSERT INTO t VALUES(3, 30)")
        let version = try #require(one.lastCommittedVersion)
        #expect(fixture.store.version(version)?.origin == [7, 8, 9])
        one.noteForNextCommit(mergedFrom: nil, metadata: [1])
        try one.execute("INSERT INTO t VALUES(4, 30)")
        #expect(fixture.store.branch(.main)?.metadata == [1])
        // A note alone makes a version too (a merge that changes no row), and one of a failed statement is forgotten.
        let head = try #require(fixture.store.branch(.main)?.head)
        let other = try fixture.fork(8)
        let otherHead = try #require(fixture.store.branch(other)?.head)
        #expect(otherHead == head)
        try one.transaction.begin()
        one.noteForNextCommit(mergedFrom: nil, metadata: [2])
        #expect(try one.transaction.commit() != nil)
        #expect(fixture.store.branch(.main)?.metadata == [2])
        one.noteForNextCommit(mergedFrom: nil, metadata: [3])
        #expect(code { try one.execute("INSERT INTO t VALUES(4, 1)") } == "BL_CONSTRAINT_PRIMARY_KEY")
        try one.execute("INSERT INTO t VALUES(5, 1)")
        #expect(fixture.store.branch(.main)?.metadata == [2])
        let before = one.lastCommittedVersion
        #expect(try one.count("SELECT 1") == 1)
        try one.execute("BEGIN; COMMIT")
        #expect(one.lastCommittedVersion == before)
    }

    @Test func cursorsOfTheSameConnectionOutliveItsCommit() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        try one.execute("WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i+1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, i FROM n")
        let cursor = try one.prepare("SELECT a, b FROM t ORDER BY a")
        #expect(try cursor.step())
        try one.execute("UPDATE t SET b = -1 WHERE a = 1500")
        var seen: Int64?
        while try cursor.step() { if cursor.integer(0) == 1500 { seen = cursor.integer(1) } }
        #expect(seen == -1)
        #expect(try two.count("SELECT b FROM t WHERE a = 1500") == -1)
    }
}
