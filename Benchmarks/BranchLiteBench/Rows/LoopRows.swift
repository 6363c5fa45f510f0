import Branching
import Foundation
import PageStore

/// Short-lived branches, one after the other.
enum LoopRows {
    private static let firstRounds = 100

    /// Fork, commit one row, discard, on the store.
    @MainActor static func oneRow(_ bench: Bench) throws -> [Figure] {
        try [SyncMode.full, .normal].flatMap { sync in
            try loop(bench, sync, "fork + one-row commit + discard, \(sync)", fileLimit: nil) { connection, round, rows in
                try connection.prepare(BenchTable.update).run(Int64(round &* 7919 % rows + 1))
            }
        }
    }

    /// Fork, write 100 rows, discard: what decides whether space is used again.
    @MainActor static func hundredRows(_ bench: Bench) throws -> [Figure] {
        try loop(bench, .full, "fork + 100 rows written + discard", fileLimit: 1.5) { connection, round, rows in
            let statement = try connection.prepare(BenchTable.update)
            try connection.transaction { try statement.run(100, seed: round + 1, rows: rows) }
        }
    }

    @MainActor private static func loop(
        _ bench: Bench, _ sync: SyncMode, _ name: String, fileLimit: Double?, _ write: (RawConnection, _ round: Int, _ rows: Int) throws -> Void
    ) throws -> [Figure] {
        let rounds = bench.scale.loopRounds
        let rows = bench.scale.cachedRows
        return try bench.withStore(rows: rows, sync: sync) { side in
            var early = 0
            let time = try seconds {
                for round in 0 ..< rounds {
                    let branch = bench.freshBranch()
                    try side.store.forkHead(of: .main, as: branch)
                    try write(side.connection(branch), round, rows)
                    side.engine.evict(branch)
                    try side.store.discard(branch)
                    if round + 1 == min(rounds, firstRounds) { early = side.fileBytes }
                }
            }
            let late = side.fileBytes
            let growth = Double(late) / Double(early)
            let note = "\(early >> 10) KiB after \(min(rounds, firstRounds)) rounds, \(late >> 10) KiB after \(rounds)"
            let file = fileLimit.map { Figure.atMost("\(name), file size to that after \(firstRounds) rounds", growth, "×", limit: $0, rounds: rounds, note: note) }
            return [
                .reported(name, Double(rounds) / time, "per second", rounds: rounds),
                file ?? .reported("\(name), file size to that after \(firstRounds) rounds", growth, "×", rounds: rounds, note: note),
            ]
        }
    }

    /// The same through the library: create, switch, UPDATE, switch back, discard.
    @MainActor static func library(_ bench: Bench) async throws -> [Figure] {
        let rounds = bench.scale.loopRounds / 10
        let rows = bench.scale.cachedRows
        bench.remove("loop.db")
        defer { bench.remove("loop.db") }
        let side = try StoreSide(bench.path("loop.db"), sync: .off)
        try side.fill(rows: rows)
        try side.close()
        return try await library(bench.path("loop.db"), rounds: rounds, rows: rows)
    }

    private nonisolated static func library(_ path: String, rounds: Int, rows: Int) async throws -> [Figure] {
        let service = try await BranchLite.open(path, configuration: .bench)
        let session = try await service.openSession(SessionOptions(dialect: .sqlite))
        func size() throws -> Int { try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 }
        var early = 0
        let time = try await seconds {
            for round in 0 ..< rounds {
                let name = "loop\(round)"
                _ = try await service.createBranch(BranchCreateRequest(name: name, ttlSeconds: 0))
                _ = try await session.switchBranch(name)
                _ = try await session.query(QueryRequest("UPDATE t SET a = a + 1 WHERE id = \(round &* 7919 % rows + 1)"))
                _ = try await session.switchBranch("main")
                _ = try await service.discardBranch(name, force: false, purge: true)
                if round + 1 == min(rounds, firstRounds) { early = try size() }
            }
        }
        let late = try size()
        await session.close()
        try await service.close()
        return [
            .reported("library: create + switch + one-row UPDATE + switch back + discard", Double(rounds) / time, "per second", rounds: rounds),
            .reported(
                "library loop, file size to that after \(min(rounds, firstRounds)) rounds", Double(late) / Double(early), "×", rounds: rounds,
                note: "\(early >> 10) KiB, then \(late >> 10) KiB"),
        ]
    }

    /// Durable commits on main, alone and while discarded branches are being reclaimed without a pause.
    @MainActor static func reclaim(_ bench: Bench) throws -> [Figure] {
        let scale = bench.scale
        let limitMilliseconds = 3.0
        return try bench.withStore(sync: .full) { side in
            let doomedCount = scale.isQuick ? 40 : 2_000
            let pagesEach = 50
            var doomed: [BranchID] = []
            for round in 0 ..< doomedCount {
                let branch = bench.freshBranch()
                try side.store.forkHead(of: .main, as: branch)
                let connection = try side.connection(branch)
                let statement = try connection.prepare(BenchTable.update)
                try connection.transaction { try statement.run(pagesEach, seed: round + 1, rows: scale.rows) }
                doomed.append(branch)
            }
            try side.store.checkpoint()
            let connection = try side.connection(.main)
            nonisolated(unsafe) let statement = try connection.prepare(BenchTable.update)
            nonisolated(unsafe) var keys = Keys(seed: 3, rows: scale.rows)
            @Sendable func commit(_ times: inout [Double]) throws {
                let key = keys.next()
                times.append(try seconds { try statement.run(key) } * 1e6)
            }
            var alone: [Double] = []
            for _ in 0 ..< scale.syncedCommits { try commit(&alone) }
            alone = []
            for _ in 0 ..< scale.syncedCommits * 2 { try commit(&alone) }

            let isReclaimed = Flag()
            nonisolated(unsafe) var busy: [Double] = []
            let branches = doomed
            let store = side.store
            let time = try Team.run(2) { index, ready in
                ready()
                if index == 0 {
                    repeat { try commit(&busy) } while !isReclaimed.isSet
                } else {
                    defer { isReclaimed.set() }
                    let batch = 20
                    for start in stride(from: 0, to: branches.count, by: batch) {
                        for branch in branches[start ..< min(branches.count, start + batch)] { try store.discard(branch) }
                        try store.reclaim()
                    }
                }
            }
            let pages = doomedCount * pagesEach
            let note = "about \(pages) images of \(doomedCount) branches reclaimed in \(Figure.text(time.wall)) s"
            var figures: [Figure] = [("p50", 0.5), ("p99", 0.99), ("longest", 1)].map { label, share in
                Figure(
                    name: "durable commit while branches are reclaimed, \(label)", value: percentile(busy, share), unit: "µs", peer: "without reclaim",
                    peerValue: percentile(alone, share), ratio: percentile(alone, share) / percentile(busy, share), target: "reported", rounds: busy.count,
                    note: note)
            }
            figures.append(.atMost(
                "what reclaim adds to the p99 of commits", (percentile(busy, 0.99) - percentile(alone, 0.99)) / 1e3, "ms", limit: limitMilliseconds,
                rounds: busy.count, note: note))
            return figures
        }
    }
}
