import PageStore

/// What branches with ten changed rows each cost in space, and what many of them do to the rest.
enum SpaceRows {
    private static let changedRows = 10

    /// Changes ten rows spread over the table, others for each branch, in one transaction.
    private static func change(_ connection: RawConnection, branch index: Int, rows: Int) throws {
        let statement = try connection.prepare(BenchTable.update)
        try connection.transaction {
            for k in 0 ..< changedRows {
                let part = rows / changedRows
                try statement.run(Int64(part * k + index &* 7919 % part + 1))
            }
        }
    }

    @MainActor static func bytes(_ bench: Bench) throws -> [Figure] {
        let branches = bench.scale.isQuick ? 5 : 100
        let rows = bench.scale.rows
        return try bench.withStore(sync: .normal) { side in
            let before = try side.settledBytes()
            for index in 0 ..< branches {
                let branch = bench.freshBranch()
                try side.store.forkHead(of: .main, as: branch)
                try change(try side.connection(branch), branch: index, rows: rows)
            }
            let added = Double(try side.settledBytes() - before) / Double(branches)
            let note = "images, map nodes and the version table after a checkpoint, the average of \(branches) branches"
            let name = "bytes added by a branch with \(changedRows) rows changed all over \(rows) rows"
            return [
                .atMost(name, added, "bytes", limit: 50_000, rounds: branches, note: note),
                .atMost("\(name), as differences", added, "bytes", limit: 4_000, rounds: branches, note: note),
            ]
        }
    }

    @MainActor static func many(_ bench: Bench) throws -> [Figure] {
        let scale = bench.scale
        let count = scale.manyBranches
        let rows = scale.rows
        return try bench.withStore(sync: .normal, cacheKiB: scale.cacheKiB) { side in
            let store = side.store
            let used = try side.settledBytes()
            var branches: [BranchID] = []
            let making = try seconds {
                for index in 0 ..< count {
                    let branch = bench.freshBranch()
                    try store.forkHead(of: .main, as: branch)
                    try change(try side.connection(branch), branch: index, rows: rows)
                    branches.append(branch)
                    if index % 20_000 == 19_999 { note("  \(index + 1) branches") }
                }
            }
            let checkpoint = try seconds { try store.checkpoint() }
            var forks: [Double] = []
            for _ in 0 ..< (scale.isQuick ? 50 : 2_000) {
                let branch = bench.freshBranch()
                forks.append(try seconds { try store.forkHead(of: .main, as: branch) } * 1e6)
                try store.discard(branch)
            }
            let added = Double(try side.settledBytes() - used)
            var figures: [Figure] = [
                .reported("\(count) branches with \(changedRows) changed rows each, bytes in all", added / 1e6, "MB", note: "\(Figure.text(added / Double(count))) bytes per branch"),
                .reported("\(count) such branches, made per second", Double(count) / making, "per second", note: "fork, ten UPDATEs in one transaction (normal)"),
                .reported("\(count) such branches, the checkpoint after them", checkpoint * 1e3, "ms"),
                .atMost("fork among \(count) such branches, p50", median(forks), "µs", limit: 20, rounds: forks.count),
                .reported("fork among \(count) such branches, p99", percentile(forks, 0.99), "µs", rounds: forks.count),
            ]
            // The first read of a branch, each with another one, then the same branch again and again.
            let sample = (0 ..< min(500, count)).map { branches[$0 &* 7919 % count] }
            var first: [Double] = []
            for branch in sample {
                let connection = try side.connection(branch)
                first.append(try seconds { try connection.prepare(BenchTable.select).find(42) } * 1e6)
            }
            figures.append(.reported("first point SELECT on one of \(count) such branches, p50", median(first), "µs", rounds: first.count))
            figures += try reads(side, branches[count / 2], scale)
            return figures
        }
    }

    /// Reads of a branch with ten changed rows against those of main, of which every page is a full image.
    @MainActor private static func reads(_ side: StoreSide, _ branch: BranchID, _ scale: Scale) throws -> [Figure] {
        let connections = try [side.connection(branch), side.connection(.main)]
        let points = try connections.map { try $0.prepare(BenchTable.select) }
        let scans = try connections.map { try $0.prepare(BenchTable.scan) }
        var seed = 0
        let pointSeries = try interleave(rounds: scale.rounds, operations: scale.lookups, points.map { statement in
            { seed += 1; return try spent { try statement.find(scale.lookups, seed: seed, rows: scale.rows) } }
        })
        // The changed rows alone: every read meets a changed page.
        let part = scale.rows / changedRows
        let index = scale.manyBranches / 2
        let changed = (0 ..< changedRows).map { Int64(part * $0 + index &* 7919 % part + 1) }
        // A cache of a few pages, so that they are read again from the store each time.
        let smallCache = try StoreSideView(side, cacheKiB: 40)
        let small = try [smallCache.connection(branch), smallCache.connection(.main)].map { try $0.prepare(BenchTable.select) }
        let changedSeries = try interleave(rounds: scale.rounds, operations: scale.lookups, small.map { statement in
            {
                try spent {
                    for i in 0 ..< scale.lookups { try statement.find(changed[i % changed.count]) }
                }
            }
        })
        let scanSeries = try interleave(rounds: scale.rounds, operations: 1, scans.map { scan in { try spent { try scan.lastInteger() } } })
        return [
            .against("point SELECT on such a branch", ours: pointSeries[0], peer: pointSeries[1], "main", unit: .microseconds, atLeast: 0.9),
            // The strictest reading of "within 10 %": no other row is asked for, and no page stays in the cache.
            .against("point SELECT of nothing but its changed rows, cache of 10 pages", ours: changedSeries[0], peer: changedSeries[1], "main", unit: .microseconds, atLeast: 0.9),
            .against("scan of such a branch", ours: scanSeries[0], peer: scanSeries[1], "main", unit: .milliseconds, atLeast: 0.9),
        ]
    }
}
