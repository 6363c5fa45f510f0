import PageStore

/// Point reads and scans.
enum ReadRows {
    @MainActor static func points(_ bench: Bench) throws -> [Figure] {
        let scale = bench.scale
        var figures: [Figure] = []
        for (rows, where_) in [(scale.cachedRows, "data in the cache"), (scale.rows, "data 10 times the cache")] {
            try bench.withStore(rows: rows, sync: .full, cacheKiB: scale.cacheKiB) { store in
                try bench.withStock(rows: rows) { files in
                    let connections = try [
                        store.connection(.main), RawConnection.stock(files[0], cacheKiB: scale.cacheKiB),
                        RawConnection.stock(files[0], cacheKiB: scale.cacheKiB, mapped: true),
                    ]
                    let statements = try connections.map { try $0.prepare(BenchTable.select) }
                    // The whole file once through the OS's cache, and as much of it as fits through SQLite's.
                    for connection in connections { _ = try connection.prepare(BenchTable.scan).lastInteger() }
                    var seed = 0
                    let autocommit = try interleave(rounds: scale.rounds, operations: scale.lookups, statements.map { statement in
                        { seed += 1; return try spent { try statement.find(scale.lookups, seed: seed, rows: rows) } }
                    })
                    let inside = try interleave(rounds: scale.rounds, operations: scale.lookups, connections.indices.map { side in
                        {
                            seed += 1
                            return try spent {
                                try connections[side].transaction { try statements[side].find(scale.lookups, seed: seed, rows: rows) }
                            }
                        }
                    })
                    for (series, name, target) in [(autocommit, "autocommit", 1.5), (inside, "one transaction", 0.97)] {
                        let title = "point SELECT, \(name), \(where_)"
                        figures.append(.against(title, ours: series[0], peer: series[1], "SQLite WAL", unit: .microseconds, atLeast: target))
                        figures.append(.against(
                            title + ", peer with mmap_size set", ours: series[0], peer: series[2], "SQLite WAL, mapped", unit: .microseconds, atLeast: nil))
                    }
                }
            }
        }
        return figures
    }

    @MainActor static func scan(_ bench: Bench) throws -> [Figure] {
        let store = try StoreSide(try bench.largeStore(), sync: .full)
        let path = try bench.largeStock()
        let connections = try [
            store.connection(.main), RawConnection.stock(path, cacheKiB: Scale.defaultCacheKiB),
            RawConnection.stock(path, cacheKiB: Scale.defaultCacheKiB, mapped: true),
        ]
        let statements = try connections.map { try $0.prepare(BenchTable.scan) }
        let rows = Int64(bench.largeRows)
        let series = try interleave(rounds: min(5, bench.scale.rounds), operations: 1, statements.map { statement in
            {
                try spent {
                    guard try statement.lastInteger() == rows else { throw BenchError(description: "the scan did not see all rows") }
                }
            }
        })
        try withExtendedLifetime(connections) { try store.close() }
        let title = "full scan aggregate over \(bench.scale.largeBytes >> 20) MB"
        return [
            .against(title, ours: series[0], peer: series[1], "SQLite WAL", unit: .milliseconds, atLeast: 0.95),
            .against(title + ", peer with mmap_size set", ours: series[0], peer: series[2], "SQLite WAL, mapped", unit: .milliseconds, atLeast: nil),
        ]
    }

    /// A chain of forks, each with one row changed, read at several depths.
    @MainActor static func depths(_ bench: Bench) throws -> [Figure] {
        let scale = bench.scale
        return try bench.withStore(sync: .normal, cacheKiB: scale.cacheKiB) { store in
            var deep: [(depth: Int, branch: BranchID)] = []
            var parent = BranchID.main
            var keys = Keys(seed: 5, rows: scale.rows)
            for depth in 1 ... (scale.depths.max() ?? 1) {
                let child = bench.freshBranch()
                try store.store.forkHead(of: parent, as: child)
                try store.connection(child).prepare(BenchTable.update).run(keys.next())
                if scale.depths.contains(depth) { deep.append((depth, child)) }
                parent = child
            }
            try store.store.checkpoint()
            let connections = try deep.map { try store.connection($0.branch) }
            let points = try connections.map { try $0.prepare(BenchTable.select) }
            let scans = try connections.map { try $0.prepare(BenchTable.scan) }
            for scan in scans { try scan.lastInteger() }
            let cachedRows = scale.cachedRows / 2
            func pointReads(rows: Int, inTransaction: Bool) throws -> [Series] {
                var seed = 0
                return try interleave(rounds: scale.rounds + 2, operations: scale.lookups, deep.indices.map { side in
                    {
                        seed += 1
                        return try spent {
                            if inTransaction {
                                try connections[side].transaction { try points[side].find(scale.lookups, seed: seed, rows: rows) }
                            } else {
                                try points[side].find(scale.lookups, seed: seed, rows: rows)
                            }
                        }
                    }
                })
            }
            let kinds: [(String, TimeUnit, [Series])] = [
                ("point SELECT, autocommit, data in the cache", .microseconds, try pointReads(rows: cachedRows, inTransaction: false)),
                ("point SELECT, autocommit, data 10 times the cache", .microseconds, try pointReads(rows: scale.rows, inTransaction: false)),
                ("point SELECT, one transaction, data 10 times the cache", .microseconds, try pointReads(rows: scale.rows, inTransaction: true)),
                ("scan of \(scale.rows) rows", .milliseconds, try interleave(rounds: scale.rounds, operations: 1, scans.map { scan in
                    { try spent { try scan.lastInteger() } }
                })),
            ]
            return kinds.flatMap { name, unit, series in figures(name, unit, depths: deep.map(\.depth), series) }
        }
    }

    private static func figures(_ name: String, _ unit: TimeUnit, depths: [Int], _ series: [Series]) -> [Figure] {
        guard let first = series.first else { return [] }
        let limit = 5.0
        func spread(_ value: (Series) -> Double) -> Double { series.map { abs(value($0) / value(first) - 1) * 100 }.max() ?? .nan }
        let times = zip(depths, series).map { "\($0): \(Figure.text($1.middle * unit.perSecond))" }.joined(separator: ", ")
        var figure = Figure.atMost(
            "fork depth \(depths.first ?? 0) to \(depths.last ?? 0), \(name)", spread(\.middle), "% apart", limit: limit, rounds: first.wall.count,
            note: "\(unit.rawValue) by depth: \(times)")
        figure.bestRatio = limit / spread(\.best)
        figure.processorRatio = limit / spread { median($0.processor) }
        return [figure]
    }
}
