import Testing

@testable import Branching
import Engine
import PageStore

@Suite struct FaultTests {
    /// Power goes at a random moment of random work on several branches: after recovery all that was acknowledged is there,
    /// and every branch has its record and every record its branch.
    @Test func registryAndDataSurvivePowerLoss() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for round in 0..<6 {
            let disk = SimulatedDisk(capacity: 24 << 20, seed: seed &+ UInt64(round))
            var configuration = Configuration()
            configuration.collectionInterval = .zero
            var db = try BranchLite.openNow("store.db", configuration, files: disk)
            var session = try await db.session()
            try await session.query("CREATE TABLE t(a)")
            /// Rows acknowledged per durable branch.
            var rows: [String: Int64] = ["main": 0]
            for cut in 0..<3 {
                disk.cutPower(after: Int.random(in: 5..<120, using: &random))
                for step in 0..<60 {
                    let name = "b\(cut)-\(step)"
                    if step % 4 == 0 {
                        guard await code({ try await db.createBranch(BranchCreateRequest(name: name, durable: true)) }) == nil else { break }
                        rows[name] = rows["main"]
                    } else if step % 11 == 5, let victim = rows.keys.filter({ $0 != "main" }).sorted().randomElement(using: &random) {
                        // Whether it went through is not known when the power goes in between.
                        rows[victim] = nil
                        guard await code({ try await db.discardBranch(victim, purge: true) }) == nil else { break }
                    } else if let branch = rows.keys.sorted().randomElement(using: &random) {
                        let failed = await code { _ = try await session.query(QueryRequest("INSERT INTO t VALUES (1)", branch: branch)) }
                        if failed != nil {
                            // The row in flight may or may not have reached the disk.
                            rows[branch] = rows[branch].map { -$0 - 1 }
                            break
                        }
                        rows[branch, default: 0] += 1
                    }
                }
                await session.close()
                try? await db.close()
                disk.losePower()
                db = try BranchLite.openNow("store.db", configuration, files: disk)
                session = try await db.session()
                let report = try await db.check()
                #expect(report.clean, "seed \(seed) round \(round): \(report.problems)")
                for (branch, count) in rows {
                    let found = try await session.query(QueryRequest("SELECT count(*) FROM t", branch: branch)).values[0][0].integerValue ?? -1
                    let least = count >= 0 ? count : -count - 1
                    #expect(found == least || (count < 0 && found == least + 1), "seed \(seed) round \(round) branch \(branch)")
                    rows[branch] = found
                }
            }
            await session.close()
            try await db.close()
        }
    }

    @Test func aFullStoreFailsTheStatementAndStaysGood() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB); INSERT INTO t VALUES (1, 'x')") { configuration in
            configuration.maxStoreBytes = 8 << 20
            configuration.trash = .zero
        }
        try await fixture.db.createBranch(BranchCreateRequest(name: "big"))
        let session = try await fixture.on("big")
        var failed: String?
        for _ in 0..<40 where failed == nil {
            failed = await code { try await session.query("INSERT INTO t(b) VALUES (randomblob(1000000))") }
        }
        #expect(failed == "BL_DISK_FULL")
        #expect(try await session.number("SELECT count(*) FROM t WHERE a = 1") == 1)
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 1)
        // What is discarded can be used again.
        await session.close()
        try await fixture.db.discardBranch("big", purge: true)
        _ = try fixture.db.context.store.reclaim()
        try fixture.db.context.store.checkpoint()
        try fixture.db.context.store.checkpoint()
        try await fixture.session.query("INSERT INTO t(b) VALUES (randomblob(1000000))")
        #expect(try await fixture.db.check().clean)
        try await fixture.close()
    }

    @Test func flippedBitsAreNamedNotReturned() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let disk = SimulatedDisk(capacity: 16 << 20, seed: seed)
        var configuration = Configuration()
        configuration.collectionInterval = .zero
        let db = try BranchLite.openNow("store.db", configuration, files: disk)
        let session = try await db.session()
        try await session.query("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)")
        try await session.insert(into: "t", columns: ["b"], values: (0..<3_000).map { [.text("row \($0) with some text")] })
        await session.close()
        try await db.close()
        for _ in 0..<40 { disk.flipBit(at: Int.random(in: 16_384..<disk.length, using: &random), bit: Int.random(in: 0..<8, using: &random)) }
        disk.restart()
        // Opening or reading says that the store is damaged; nothing crashes and no wrong row comes back.
        let again: BranchLite
        do {
            again = try BranchLite.openNow("store.db", configuration, files: disk)
        } catch {
            #expect(error.code == "BL_CORRUPT" || error.code == "BL_NOT_A_STORE", "seed \(seed): \(error)")
            return
        }
        let reader = try await again.session()
        let rows = try? await reader.query("SELECT b FROM t ORDER BY a").values.map { $0[0].text }
        let clean = try await again.check().clean
        #expect(rows == nil ? !clean : rows == (0..<3_000).map { "row \($0) with some text" }, "seed \(seed)")
        await reader.close()
        try? await again.close()
    }

    @Test func sessionsLeftOpenAreClosedWithTheStore() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        try await fixture.session.query("BEGIN; INSERT INTO t VALUES (1)")
        try await fixture.db.close()
        #expect(await code { try await fixture.session.query("COMMIT") } == "BL_CLOSED")
        #expect(fixture.db.context.engine.connectionCounts.lent == 0)
    }

    @Test func textsBeyondTheLimitAreRefused() async throws {
        let fixture = try await Fixture()
        let large = "SELECT '" + String(repeating: "x", count: 20_000_000) + "'"
        #expect(await code { try await fixture.session.query(large) } == "BL_STATEMENT_TOO_LARGE")
        try await fixture.close()
    }
}
