import Testing

@testable import Branching
import Engine
import PageStore

/// Many branches at a time and one after the other.
@Suite struct ScaleTests {
    @Test func thousandsOfBranchesAreFoundListedAndCollected() async throws {
        let clock = TestClock()
        let fixture = try await Fixture("CREATE TABLE t(a)") { configuration in
            configuration.clock = clock.clock
            configuration.maxBranches = 100_000
            configuration.trash = .seconds(100)
        }
        let (db, registry) = (fixture.db, fixture.db.context.registry)
        for number in 0..<3_000 {
            if number % 1_000 == 0 { clock.advance(seconds: 1) }
            try await db.createBranch(BranchCreateRequest(name: "Branch-\(number)", ttlSeconds: number % 2 == 0 ? 0 : 50))
        }
        #expect(try await db.branch("branch-2999").name == "Branch-2999")
        #expect(registry.lookup(qualifier: "branch_17").found == (try registry.resolve("BRANCH-17").id))
        // Page by page it is the whole list, each branch once, main first.
        var names: [String] = []
        var cursor: String?
        repeat {
            let page = try await db.branches(BranchListRequest(limit: 700, cursor: cursor))
            names += page.branches.map(\.name)
            cursor = page.nextCursor
        } while cursor != nil
        #expect(names.count == 3_001 && Set(names).count == 3_001 && names.first == "main")
        #expect(try await db.branches().map(\.name) == names)
        #expect(await code { _ = try await db.branches(BranchListRequest(cursor: "x")) } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await db.branches(BranchListRequest(limit: 0)) } == "BL_BAD_ARGUMENT")
        // Those with a time to live go, and from the trash too; a use in between counts.
        clock.advance(seconds: 40)
        _ = try await fixture.session.query(QueryRequest("SELECT 1", branch: "Branch-1"))
        clock.advance(seconds: 20)
        #expect(try await db.collectNow() == (1_499, 0))
        clock.advance(seconds: 101)
        #expect(try await db.collectNow() == (1, 1_499))
        clock.advance(seconds: 101)
        #expect(try await db.collectNow() == (0, 1))
        #expect(try await db.branches(.all).count == 1_501)
        #expect(db.context.store.branchCount == 1_501)
        try await fixture.close()
    }

    @Test func roundsOfCreateWriteDiscardDoNotGrowTheStore() async throws {
        try await withDirectory { directory in
            for purge in [true, false] {
                var configuration = Configuration()
                configuration.collectionInterval = .zero
                configuration.sync = .off
                configuration.trash = .zero
                let path = directory + "/\(purge).db"
                let db = try await BranchLite.open(path, configuration: configuration)
                let session = try await db.session()
                try await session.query("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i, 'row ' || i FROM n")
                func rounds(_ range: Range<Int>) async throws {
                    for round in range {
                        try await db.createBranch(BranchCreateRequest(name: "round \(round)"))
                        _ = try await session.query(QueryRequest("UPDATE t SET b = b || '!' WHERE a % 50 = \(round % 50)", branch: "round \(round)"))
                        try await db.discardBranch("round \(round)", purge: purge)
                        if round % 50 == 49 {
                            try db.context.store.reclaim()
                            try db.context.store.checkpoint()
                        }
                    }
                }
                try await rounds(0..<100)
                let early = db.context.store.statistics().fileSlots
                try await rounds(100..<600)
                let late = db.context.store.statistics().fileSlots
                #expect(late <= early * 3 / 2, "\(early) slots after 100 rounds, \(late) after 600")
                #expect(try await db.branches(.all).count == 1)
                #expect(try await db.check().clean)
                await session.close()
                try await db.close()
            }
        }
    }

    @Test func theTrashHasABoundInNumber() {
        var queue = TimeQueue()
        var random = SeededGenerator(seed: 7)
        var times: [Int64] = []
        for number in 0..<500 {
            let time = Int64.random(in: 0..<1_000, using: &random)
            times.append(time)
            queue.push(BranchID(rawValue: UInt64(number)), at: time)
        }
        queue.keep { $0.rawValue % 3 != 0 }
        var kept = times.enumerated().filter { $0.offset % 3 != 0 }.map(\.element).sorted()[...]
        while let first = queue.first, let id = queue.popDue(600) {
            #expect(first.time == kept.removeFirst() && times[Int(id.rawValue)] == first.time)
        }
        #expect(queue.count == kept.count && kept.allSatisfy { $0 > 600 })
    }

    @Test func forksAreMadeAtOnceOrAfterAWait() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a); INSERT INTO t VALUES (1)") { $0.maxBranches = 10_000 }
        let db = fixture.db
        // From eight tasks at once, with a writer among them: whatever way a fork takes, it is whole.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<100 {
                        let info = try await db.createBranch(BranchCreateRequest(name: "\(task)-\(number)", durable: number % 10 == 0))
                        #expect(info.tableCount == 1 && info.from == "main")
                    }
                }
            }
            group.addTask {
                let session = try await db.session()
                for value in 0..<100 { try await session.query("INSERT INTO t VALUES (\(value))") }
                await session.close()
            }
            try await group.waitForAll()
        }
        #expect(try await db.branches().count == 801)
        for name in ["0-0", "7-99"] {
            #expect(try await fixture.session.query(QueryRequest("SELECT count(*) FROM t", branch: name)).values[0][0].integerValue ?? 0 >= 1)
        }
        #expect(await code { try await db.createBranch(BranchCreateRequest(name: "0-0")) } == "BL_BRANCH_EXISTS")
        #expect(await code { try await db.createBranch(BranchCreateRequest(name: "x", from: "nope")) } == "BL_NO_SUCH_BRANCH")
        #expect(try await db.check().clean)
        try await fixture.close()
    }

    @Test func plansSurviveForksButNotNewMeanings() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1)", dialect: .duckdb)
        let session = fixture.session
        try await session.query("CREATE BRANCH \"a-b\"")
        _ = try await session.query(QueryRequest("INSERT INTO t VALUES (2)", branch: "a-b"))
        #expect(try await session.texts("SELECT count(*) FROM a_b.t") == ["2"])
        try await session.query("CREATE BRANCH other")
        #expect(try await session.texts("SELECT count(*) FROM a_b.t") == ["2"])
        // The same spelling now means a branch of that very name.
        try await session.query("CREATE BRANCH a_b")
        #expect(try await session.texts("SELECT count(*) FROM a_b.t") == ["1"])
        try await session.query("DROP BRANCH a_b; ALTER BRANCH \"a-b\" RENAME TO gone")
        #expect(await code { try await session.query("SELECT count(*) FROM a_b.t") } == "BL_BRANCH_GONE")
        #expect(try await session.texts("SELECT count(*) FROM gone.t") == ["2"])
        try await fixture.close()
    }
}
