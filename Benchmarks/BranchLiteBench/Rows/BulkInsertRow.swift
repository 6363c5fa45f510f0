import PageStore

/// Rows inserted in one transaction with bound values.
enum BulkInsertRow {
    static func insert(_ connection: RawConnection, rows: Int) throws {
        let text = [CChar](repeating: 120, count: 90)
        let statement = try connection.prepare(BenchTable.insert)
        try text.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            try connection.transaction {
                for key in 1 ... Int64(rows) { try statement.insert(key, start, Int32(buffer.count)) }
            }
        }
    }

    /// The peer runs in two ways and the better one counts: into a new file, and into one whose pages and WAL are there
    /// from an earlier round. Ours goes into slots of discarded branches, where there are any.
    @MainActor static func run(_ bench: Bench) throws -> [Figure] {
        let rows = bench.scale.rows
        let rounds = max(1, bench.scale.rounds - 2)
        defer { for name in ["bulk.db", "bulk-new.sqlite", "bulk-used.sqlite"] { bench.remove(name) } }
        bench.remove("bulk.db")
        bench.remove("bulk-used.sqlite")
        let store = try StoreSide(bench.path("bulk.db"), sync: .full)
        let used = try RawConnection.stock(bench.path("bulk-used.sqlite"), cacheKiB: Scale.defaultCacheKiB)
        try used.execute(BenchTable.create)
        let series = try interleave(rounds: rounds, operations: 1, [
            {
                let branch = bench.freshBranch()
                try store.store.forkHead(of: .main, as: branch)
                let connection = try store.connection(branch)
                try connection.execute(BenchTable.create)
                let time = try spent { try insert(connection, rows: rows) }
                try store.store.discard(branch)
                try store.store.reclaim()
                try store.store.checkpoint()
                return time
            },
            {
                try used.execute("DELETE FROM t; PRAGMA wal_checkpoint(RESTART)")
                return try spent { try insert(used, rows: rows) }
            },
            {
                bench.remove("bulk-new.sqlite")
                let fresh = try RawConnection.stock(bench.path("bulk-new.sqlite"), cacheKiB: Scale.defaultCacheKiB)
                try fresh.execute(BenchTable.create)
                return try spent { try insert(fresh, rows: rows) }
            },
        ])
        try store.close()
        let usedIsBetter = series[1].middle <= series[2].middle
        return [
            .against(
                "bulk insert of \(rows) rows in one transaction", ours: series[0], peer: usedIsBetter ? series[1] : series[2],
                usedIsBetter ? "SQLite WAL, recycled" : "SQLite WAL, new file", unit: .milliseconds, atLeast: 1.1)
        ]
    }
}
