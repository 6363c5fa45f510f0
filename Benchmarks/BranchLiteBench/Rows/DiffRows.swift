import Branching
import Foundation

/// Differences of a branch and main.
@MainActor
enum DiffRows {
    /// Ten changed rows in tables of growing size.
    static func tenRows(_ bench: Bench) async throws -> [Figure] {
        var figures: [Figure] = []
        for rows in bench.scale.diffSizes {
            let store = try await LibraryStore(bench, rows: rows, indexed: false)
            try await store.branch("b", BenchChanges.ten("a", of: rows, from: 1))
            let (summary, listed) = try await timed(store, bench, expecting: 10)
            let isPeered = rows == bench.scale.rows
            var dolt: (summary: Double, listed: Double)?
            if isPeered, let peer = try DoltLite(path: bench.path("dolt.db")) { dolt = try doltDiff(peer, bench, rows, BenchChanges.ten("a", of: rows, from: 1), expecting: 10) }
            bench.remove("dolt.db")
            figures.append(.atMost("diff of 10 changed rows, counts, \(rows) rows", summary * 1e3, "ms", limit: 0.5, rounds: repeats(bench)))
            figures.append(.atMost("diff of 10 changed rows, rows listed, \(rows) rows", listed * 1e3, "ms", limit: 0.5, rounds: repeats(bench)))
            if let dolt {
                figures.append(peered("diff of 10 changed rows, counts, against DoltLite", summary, dolt.summary, "DoltLite", 3))
                figures.append(peered("diff of 10 changed rows, rows listed, against DoltLite", listed, dolt.listed, "DoltLite", 3))
            }
            if isPeered {
                let except = try exceptDiff(bench, rows, BenchChanges.ten("a", of: rows, from: 1), expecting: 10)
                figures.append(peered("diff of 10 changed rows against EXCEPT", summary, except, "SQLite, EXCEPT both ways", 1_000))
            }
            try await store.close(bench)
        }
        return figures
    }

    /// A tenth of the table changed.
    static func tenth(_ bench: Bench) async throws -> [Figure] {
        let rows = bench.scale.rows
        let store = try await LibraryStore(bench, rows: rows, indexed: false)
        try await store.branch("b", BenchChanges.tenth("a", 0))
        var counted: [Double] = []
        var listed: [Double] = []
        for _ in 0 ..< bench.scale.rounds {
            counted.append(try await seconds { try expect(try await store.db.diff(DiffRequest(branch: "b", detail: .summary)), rows / 10) })
            listed.append(try await seconds {
                var cursor: String?
                var found = 0
                repeat {
                    let page = try await store.db.diff(DiffRequest(branch: "b", detail: .rows, limit: 10_000, cursor: cursor))
                    found += page.tables.reduce(0) { $0 + ($1.rows?.count ?? 0) }
                    cursor = page.nextCursor
                } while cursor != nil
                guard found == rows / 10 else { throw BenchError(description: "\(found) rows differ, not \(rows / 10)") }
            })
        }
        try await store.close(bench)
        var figures: [Figure] = []
        if let peer = try DoltLite(path: bench.path("dolt.db")) {
            let dolt = try doltDiff(peer, bench, rows, BenchChanges.tenth("a", 0), expecting: rows / 10)
            figures.append(peered("diff of 10 % of \(rows) rows, counts", median(counted), dolt.summary, "DoltLite", 1))
            figures.append(peered("diff of 10 % of \(rows) rows, rows listed", median(listed), dolt.listed, "DoltLite", 1, note: "in pages of 10,000 rows, as JSON values on our side"))
            bench.remove("dolt.db")
        }
        let except = try exceptDiff(bench, rows, BenchChanges.tenth("a", 0), expecting: rows / 10)
        figures.append(peered("diff of 10 % of \(rows) rows, counts, against EXCEPT", median(counted), except, "SQLite, EXCEPT both ways", 1))
        return figures
    }

    // MARK: - Contestants

    private static func repeats(_ bench: Bench) -> Int { bench.scale.isQuick ? 5 : 200 }

    private static func expect(_ result: DiffResult, _ count: Int) throws {
        let found = result.tables.reduce(0) { $0 + $1.inserted + $1.updated + $1.deleted }
        guard found == count else { throw BenchError(description: "\(found) rows differ, not \(count)") }
    }

    private static func timed(_ store: LibraryStore, _ bench: Bench, expecting count: Int) async throws -> (Double, Double) {
        var summary: [Double] = []
        var listed: [Double] = []
        for _ in 0 ..< repeats(bench) {
            summary.append(try await seconds { try expect(try await store.db.diff(DiffRequest(branch: "b", detail: .summary)), count) })
            listed.append(try await seconds { try expect(try await store.db.diff(DiffRequest(branch: "b", detail: .rows)), count) })
        }
        return (median(summary), median(listed))
    }

    private static func doltDiff(
        _ peer: DoltLite, _ bench: Bench, _ rows: Int, _ changes: [String], expecting count: Int
    ) throws -> (summary: Double, listed: Double) {
        let base = try peer.fill(rows: rows)
        let head = try peer.branch("b", changes)
        let between = "dolt_diff_t WHERE from_commit = '\(base)' AND to_commit = '\(head)'"
        let rounds = count <= 10 ? repeats(bench) : bench.scale.rounds
        var summary: [Double] = []
        var listed: [Double] = []
        for _ in 0 ..< rounds {
            summary.append(try seconds {
                guard try peer.run("SELECT count(*) FROM \(between)").last == String(count) else { throw BenchError(description: "DoltLite counts otherwise") }
            })
            listed.append(try seconds {
                guard try peer.run("SELECT * FROM \(between)").rows == count else { throw BenchError(description: "DoltLite lists otherwise") }
            })
        }
        return (median(summary), median(listed))
    }

    private static func exceptDiff(_ bench: Bench, _ rows: Int, _ changes: [String], expecting count: Int) throws -> Double {
        try bench.withStock(rows: rows, files: 2) { paths in
            let changed = try StockSQLite(path: paths[1], synchronous: "OFF")
            for change in changes { try changed.execute(change) }
            let stock = try StockSQLite(path: paths[0], cacheKiB: 64 << 10)
            try stock.execute("ATTACH '\(paths[1])' AS other")
            var times: [Double] = []
            for _ in 0 ..< min(3, bench.scale.rounds) {
                times.append(try seconds {
                    for (one, two) in [("main", "other"), ("other", "main")] {
                        let found = try stock.number("SELECT count(*) FROM (SELECT * FROM \(one).t EXCEPT SELECT * FROM \(two).t)")
                        guard found == count else { throw BenchError(description: "EXCEPT finds \(found) rows, not \(count)") }
                    }
                })
            }
            return median(times)
        }
    }

    private static func peered(_ name: String, _ ours: Double, _ peer: Double, _ peerName: String, _ target: Double, note: String? = nil) -> Figure {
        Figure(
            name: name, value: ours * 1e3, unit: "ms", peer: peerName, peerValue: peer * 1e3, ratio: peer / ours, target: "≥ \(Figure.text(target))×",
            met: peer / ours >= target, note: note)
    }
}
