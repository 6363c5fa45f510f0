import PageStore
import Testing

@testable import Engine

/// Transactions that begin without the writer slot, and the spool.
@Suite struct PrivateTransactionTests {
    @Test func nobodyWaitsForItAndNobodySeesIt() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        try one.transaction.begin(.readCommitted)
        let base = try one.transaction.prepareToWritePrivately()
        try one.execute("UPDATE t SET b = 11 WHERE a = 1; CREATE TABLE more(x)")
        #expect(try one.count("SELECT b FROM t WHERE a = 1") == 11)
        #expect(try two.count("SELECT b FROM t WHERE a = 1") == 10)
        // Unmoved, it becomes a version of the branch like any other.
        try one.transaction.claimWriter()
        #expect(code { try two.execute("UPDATE t SET b = 0") } == "BL_BUSY")
        let version = try #require(try one.transaction.commit())
        #expect(version > base && one.store.version(version)?.parents == [base])
        #expect(try two.count("SELECT b FROM t WHERE a = 1") == 11)
        try two.execute("INSERT INTO more VALUES (1)")
        // The next transaction is an ordinary one again.
        try one.transaction.begin(.readCommitted)
        try one.execute("UPDATE t SET b = 12 WHERE a = 1")
        #expect(code { try two.execute("UPDATE t SET b = 0") } == "BL_BUSY")
        try one.transaction.commit()
    }

    @Test func aBranchThatMovedMeanwhileRefusesIt() throws {
        let (_, one, two) = try Fixture.withTwoConnections()
        try one.transaction.begin(.readCommitted)
        _ = try one.transaction.prepareToWritePrivately()
        try one.execute("UPDATE t SET b = 11 WHERE a = 1")
        try two.execute("UPDATE t SET b = 21 WHERE a = 2")
        #expect(code { try one.transaction.claimWriter() } == "BL_STALE_SNAPSHOT")
        #expect(code { try one.transaction.commit() } != nil)
        one.transaction.abandon()
        #expect(try one.query("SELECT b FROM t ORDER BY a") == [[10], [21]])
        // The slot was given back.
        try two.execute("UPDATE t SET b = 22 WHERE a = 2")
        try one.execute("UPDATE t SET b = 23 WHERE a = 2")
    }

    @Test func withoutAClaimItCannotBeCommitted() throws {
        let (fixture, one, two) = try Fixture.withTwoConnections()
        let before = try #require(fixture.store.branch(.main)).head
        try one.transaction.begin(.readCommitted)
        _ = try one.transaction.prepareToWritePrivately()
        try one.execute("DELETE FROM t")
        #expect(code { try one.transaction.commit() } != nil)
        one.transaction.abandon()
        #expect(fixture.store.branch(.main)?.head == before)
        #expect(try two.count("SELECT count(*) FROM t") == 2)
        try two.execute("UPDATE t SET b = 22 WHERE a = 2")
    }

    @Test func aSpoolGivesBackWhatWentToItsFile() throws {
        let spool = Spool(memoryLimit: 128 << 10)
        let long = String(repeating: "é", count: 700)
        for number in 0..<5_000 { try spool.append([.integer(Int64(number)), .text(long), .blob([1, 2, UInt8(number % 256)]), .null, .real(0.5)]) }
        for _ in 0..<2 {
            #expect(spool.count == 5_000)
            for number in 0..<5_000 {
                let record = try #require(try spool.next())
                #expect(record == [.integer(Int64(number)), .text(long), .blob([1, 2, UInt8(number % 256)]), .null, .real(0.5)])
            }
            #expect(try spool.isEmpty && spool.next() == nil)
            spool.rewind()
        }
    }
}
