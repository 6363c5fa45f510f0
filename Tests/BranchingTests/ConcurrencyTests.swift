import Testing

@testable import Branching
import Engine

@Suite struct ConcurrencyTests {
    @Test func branchesNeverWaitForEachOther() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)")
        for number in 0..<4 { try await fixture.db.createBranch(BranchCreateRequest(name: "b\(number)")) }
        let holder = try await fixture.on("b0")
        try await holder.query("BEGIN IMMEDIATE; INSERT INTO t VALUES (0)")
        let db = fixture.db
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1..<4 {
                group.addTask {
                    let session = try await db.session(on: "b\(number)")
                    for value in 0..<50 { try await session.query("INSERT INTO t VALUES (?)", value) }
                    await session.close()
                }
            }
            try await group.waitForAll()
        }
        try await holder.query("ROLLBACK")
        for number in 0..<4 {
            let count = try await fixture.session.query(QueryRequest("SELECT count(*) FROM t", branch: "b\(number)")).values
            #expect(count == [[.integer(number == 0 ? 0 : 50)]])
        }
        try await fixture.close()
    }

    @Test func writersOfOneBranchTakeTurns() async throws {
        let fixture = try await Fixture("CREATE TABLE counter(n INTEGER); INSERT INTO counter VALUES (0)", dialect: .duckdb) { $0.busyTimeout = .seconds(20) }
        let db = fixture.db
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let session = try await db.session(on: "main", dialect: .duckdb)
                    for _ in 0..<20 {
                        try await session.query("BEGIN")
                        _ = try await session.number("SELECT n FROM counter")
                        try await session.query("UPDATE counter SET n = n + 1")
                        try await session.query("COMMIT")
                    }
                    await session.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.session.number("SELECT n FROM counter") == 120)
        try await fixture.close()
    }

    @Test func aBusyBranchSaysSoAfterItsTimeout() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)") { $0.busyTimeout = .milliseconds(50) }
        let other = try await fixture.on("main")
        try await fixture.session.query("BEGIN IMMEDIATE")
        #expect(await code { try await other.query("INSERT INTO t VALUES (1)") } == "BL_BUSY")
        #expect(try await other.number("SELECT count(*) FROM t") == 0)
        try await fixture.session.query("COMMIT")
        try await other.query("INSERT INTO t VALUES (1)")
        try await fixture.close()
    }

    @Test func creationAndDiscardRaceWithoutLoss() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)") { $0.maxBranches = 10_000 }
        let db = fixture.db
        // Many tasks want the same few names: each name is given once.
        let made = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var made = 0
                    for number in 0..<20 where await code({ try await db.createBranch(BranchCreateRequest(name: "n\(number)")) }) == nil { made += 1 }
                    return made
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(made == 20)
        #expect(try await db.branches().count == 21)
        let discarded = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var gone = 0
                    for number in 0..<20 where await code({ try await db.discardBranch("n\(number)", purge: true) }) == nil { gone += 1 }
                    return gone
                }
            }
            return await group.reduce(0, +)
        }
        #expect(discarded == 20)
        #expect(fixture.db.context.store.branches().count == 1)
        try await fixture.close()
    }

    @Test func globalIDsNeverRepeatAcrossBranches() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO t(v) VALUES ('a'), ('b')")
        for name in ["x", "y"] { try await fixture.db.createBranch(BranchCreateRequest(name: name)) }
        var seen: Set<String> = []
        for round in 0..<5 {
            for branch in ["main", "x", "y"] {
                _ = try await fixture.session.query(QueryRequest("INSERT INTO t(v) VALUES ('\(round)'), ('\(round)+')", branch: branch))
            }
        }
        for branch in ["main", "x", "y"] {
            let ids = try await fixture.session.query(QueryRequest("SELECT id FROM t WHERE id > 2", branch: branch)).values.map { $0[0].text }
            #expect(ids.count == 10)
            #expect(seen.isDisjoint(with: ids))
            seen.formUnion(ids)
        }
        // An id given by hand is passed over afterwards.
        try await fixture.session.query("INSERT INTO t VALUES (5000, 'mine'); INSERT INTO t(v) VALUES ('next')")
        #expect(try await fixture.session.number("SELECT max(id) FROM t") ?? 0 > 5000)
        try await fixture.close()
    }

    @Test func globalIDsSurviveARestart() async throws {
        try await withDirectory { directory in
            let path = directory + "/ids.db"
            var last: Int64 = 0
            for _ in 0..<3 {
                let db = try await BranchLite.open(path)
                let session = try await db.session()
                try await session.query("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO t(v) VALUES ('a'), ('b')")
                let newest = try await session.number("SELECT max(id) FROM t") ?? 0
                #expect(newest > last)
                last = newest
                await session.close()
                try await db.close()
            }
        }
    }
}
