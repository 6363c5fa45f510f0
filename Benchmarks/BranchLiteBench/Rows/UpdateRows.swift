import CSQLite
import PageStore

/// Autocommit UPDATE of one row, by key, in a table of a million.
enum UpdateRows {
    /// Before measuring, so many statements take the peer's WAL to its full length and round: SQLite's best case.
    static let recyclingUpdates = 3_000
    private static let hotRows = 10

    private static let modes: [(mode: SyncMode, pragma: String)] = [(.full, "FULL"), (.normal, "NORMAL"), (.off, "OFF")]

    static func recycleWAL(_ connection: RawConnection, rows: Int, count: Int = recyclingUpdates) throws {
        let current = try connection.prepare("PRAGMA synchronous").lastInteger()
        try connection.execute("PRAGMA synchronous = OFF")
        try connection.prepare(BenchTable.update).run(count, seed: 1, rows: rows)
        try connection.execute("PRAGMA synchronous = \(current)")
    }

    @MainActor static func updates(_ bench: Bench) throws -> [Figure] {
        var figures: [Figure] = []
        let scale = bench.scale
        for (mode, pragma) in modes {
            note("  sync \(mode)")
            try bench.withStore(sync: mode) { store in
                try bench.withStock { files in
                    let ours = try store.connection(.main)
                    let peer = try RawConnection.stock(files[0], synchronous: pragma, cacheKiB: Scale.defaultCacheKiB)
                    try recycleWAL(peer, rows: scale.rows)
                    let statements = try [ours.prepare(BenchTable.update), peer.prepare(BenchTable.update)]
                    let (rounds, count) = mode == .full ? scale.syncedRounds : (scale.rounds, scale.commits)
                    for (rows, kind) in [(scale.rows, "random keys"), (hotRows, "\(hotRows) hot rows")] {
                        var seed = 100
                        let series = try interleave(rounds: rounds, operations: count, statements.map { statement in
                            { seed += 1; return try spent { try statement.run(count, seed: seed / 2, rows: rows) } }
                        })
                        figures.append(.against(
                            "autocommit UPDATE, \(mode), \(kind)", ours: series[0], peer: series[1], "SQLite WAL, synchronous=\(pragma)",
                            unit: .microseconds, atLeast: 1))
                    }
                }
            }
        }
        return figures
    }

    /// How long single durable commits take.
    @MainActor static func latency(_ bench: Bench) throws -> [Figure] {
        let scale = bench.scale
        return try bench.withStore(sync: .full) { store in
            try bench.withStock { files in
                let connections = try [store.connection(.main), RawConnection.stock(files[0], cacheKiB: Scale.defaultCacheKiB)]
                try recycleWAL(connections[1], rows: scale.rows)
                let statements = try connections.map { try $0.prepare(BenchTable.update) }
                var times: [[Double]] = [[], []]
                _ = try interleave(rounds: scale.rounds, operations: scale.syncedCommits, statements.indices.map { side in
                    {
                        var keys = Keys(seed: times[side].count + 1, rows: scale.rows)
                        return try spent {
                            for _ in 0 ..< scale.syncedCommits {
                                let key = keys.next()
                                times[side].append(try seconds { try statements[side].run(key) } * 1e6)
                            }
                        }
                    }
                })
                return [("p50", 0.5), ("p99", 0.99)].map { name, share in
                    let (ours, peer) = (percentile(times[0], share), percentile(times[1], share))
                    return Figure(
                        name: "durable commit of one row, \(name)", value: ours, unit: "µs", peer: "SQLite WAL, synchronous=FULL", peerValue: peer,
                        ratio: peer / ours, target: "reported", rounds: times[0].count)
                }
            }
        }
    }

    /// Eight writers at a time, each on a branch of its own; the peer's on files of their own.
    @MainActor static func writers(_ bench: Bench) throws -> [Figure] {
        let scale = bench.scale
        let writers = 8
        let (rounds, count) = scale.syncedRounds
        let each = max(10, count / 4)
        let rows = scale.cachedRows
        return try bench.withStore(rows: rows, sync: .full) { store in
            try bench.withStock(rows: rows, files: writers) { files in
                let branches = (0 ..< writers).map { _ in bench.freshBranch() }
                for branch in branches { try store.store.forkHead(of: .main, as: branch) }
                // The connections stay open between the rounds; each is used by one thread at a time.
                nonisolated(unsafe) let sides = try [
                    branches.map { try store.connection($0) },
                    files.map { try RawConnection.stock($0, cacheKiB: Scale.defaultCacheKiB) },
                ]
                for connection in sides[1] { try recycleWAL(connection, rows: rows) }
                let syncsBefore = store.store.statistics()
                var seed = 0
                let series = try interleave(rounds: rounds, operations: writers * each, sides.indices.map { side in
                    {
                        seed += 1
                        let base = seed * writers
                        return try Team.run(writers) { index, ready in
                            let statement = try sides[side][index].prepare(BenchTable.update)
                            ready()
                            try statement.run(each, seed: base + index, rows: rows)
                        }
                    }
                })
                let after = store.store.statistics()
                let perSync = Double(after.commits - syncsBefore.commits) / Double(max(1, after.syncs - syncsBefore.syncs))
                return [
                    .against(
                        "\(writers) writers on \(writers) branches, full", ours: series[0], peer: series[1], "SQLite WAL, \(writers) files",
                        unit: .microseconds, atLeast: 1.5, note: "per commit; \(Figure.text(perSync)) commits per sync")
                ]
            }
        }
    }
}
