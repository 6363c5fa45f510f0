import Branching
import Foundation

/// Merges into main's like: every merge goes into a branch of its own, so that each finds the same data.
@MainActor
enum MergeRows {
    /// The target has not moved: whatever the branch changed.
    static func fastForward(_ bench: Bench) async throws -> [Figure] {
        let store = try await LibraryStore(bench, rows: bench.scale.rows, indexed: true)
        let sync = try syncTime(bench)
        var figures: [Figure] = []
        for (label, changes) in [("10", BenchChanges.ten("a", of: bench.scale.rows, from: 1)), ("\(bench.scale.rows / 10)", BenchChanges.tenth("a", 0))] {
            for counts in [false, true] {
                var times: [Double] = []
                for round in 0 ..< bench.scale.rounds {
                    try await store.branch("t\(label)\(counts)\(round)", [])
                    try await store.branch("s\(label)\(counts)\(round)", from: "t\(label)\(counts)\(round)", changes)
                    let request = MergeRequest(branch: "s\(label)\(counts)\(round)", target: "t\(label)\(counts)\(round)", counts: counts)
                    times.append(try await seconds {
                        let result = try await store.db.merge(request)
                        guard result.fastForward else { throw BenchError(description: "no fast-forward: \(result.status)") }
                    })
                }
                let name = "fast-forward of \(label) changed rows, \(counts ? "rows counted for the report" : "without counts")"
                figures.append(
                    counts
                        ? .reported(name, median(times) * 1e3, "ms", rounds: times.count)
                        : .atMost(name, median(times) * 1e3, "ms", limit: 1 + sync * 1e3, rounds: times.count, note: "the limit is 1 ms and a sync of \(Figure.text(sync * 1e6)) µs"))
            }
        }
        try await store.close(bench)
        return figures
    }

    static func tenRows(_ bench: Bench) async throws -> [Figure] {
        let rows = bench.scale.rows
        let sync = try syncTime(bench)
        let name = "three-way merge, 10 rows on each side, \(rows) rows, 2 indexes"
        let (ours, peer) = try await threeWay(
            bench, BenchChanges.ten("a", of: rows, from: 1), BenchChanges.ten("b", of: rows, from: 7), rounds: bench.scale.isQuick ? 1 : 25, changed: 10)
        var figures = [
            Figure.atMost(name, ours * 1e3, "ms", limit: 2 + sync * 1e3, note: "the limit is 2 ms and a sync of \(Figure.text(sync * 1e6)) µs")
        ]
        if let peer { figures.append(against("\(name), against DoltLite", ours, peer)) }
        return figures
    }

    static func manyRows(_ bench: Bench) async throws -> [Figure] {
        let rows = bench.scale.rows
        let (ours, peer) = try await threeWay(
            bench, BenchChanges.tenth("a", 0), BenchChanges.tenth("b", 5), rounds: bench.scale.isQuick ? 1 : 3, changed: rows / 10)
        let (same, samePeer) = try await threeWay(
            bench, BenchChanges.tenth("a", 0), BenchChanges.tenth("b", 0), rounds: bench.scale.isQuick ? 1 : 3, changed: rows / 10)
        let name = "three-way merge, \(rows / 10) rows on each side, \(rows) rows, 2 indexes"
        guard let peer, let samePeer else {
            return [.reported("\(name), other rows", ours * 1e3, "ms"), .reported("\(name), the same rows", same * 1e3, "ms")]
        }
        return [against("\(name), other rows", ours, peer), against("\(name), the same rows", same, samePeer)]
    }

    /// Memory that a merge of many rows takes at its most, beyond what the process had.
    static func memory(_ bench: Bench) async throws -> [Figure] {
        let rows = bench.scale.mergedRows
        let store = try await LibraryStore(bench, rows: rows, indexed: false)
        try await store.branch("s", ["UPDATE t SET a = a + 1"])
        try await store.branch("t", ["UPDATE t SET b = b + 1"])
        let before = try residentHeapBytes()
        let watch = MemoryWatch()
        let taken = try await seconds {
            let result = try await store.db.merge(MergeRequest(branch: "s", target: "t"))
            guard result.status == .merged, result.tables.first?.updated == rows else { throw BenchError(description: "not merged: \(result.status)") }
        }
        let peak = watch.stop()
        try await store.close(bench)
        return [
            .atMost(
                "memory of a merge of \(rows) changed rows on each side", Double(max(0, peak - before)) / 1e6, "MB", limit: 256,
                note: "beyond \(before >> 20) MB before; anonymous memory, sampled"),
            .reported("three-way merge of \(rows) changed rows on each side", taken, "s"),
        ]
    }

    static func discard(_ bench: Bench) async throws -> [Figure] {
        let store = try await LibraryStore(bench, rows: bench.scale.rows, indexed: true)
        var times: [Double] = []
        for round in 0 ..< bench.scale.rounds {
            try await store.branch("d\(round)", BenchChanges.tenth("a", 0))
            times.append(try await seconds { _ = try await store.db.discardBranch("d\(round)", force: false, purge: true) })
        }
        try await store.close(bench)
        return [.atMost("discard of a branch with \(bench.scale.rows / 10) changed rows", median(times) * 1e3, "ms", limit: 5, rounds: times.count)]
    }

    // MARK: - Contestants

    private static func threeWay(
        _ bench: Bench, _ branch: [String], _ target: [String], rounds: Int, changed: Int
    ) async throws -> (ours: Double, peer: Double?) {
        let store = try await LibraryStore(bench, rows: bench.scale.rows, indexed: true)
        var ours: [Double] = []
        for round in 0 ..< rounds {
            try await store.branch("s\(round)", branch)
            try await store.branch("t\(round)", target)
            ours.append(try await seconds {
                let result = try await store.db.merge(MergeRequest(branch: "s\(round)", target: "t\(round)"))
                guard result.status == .merged, result.tables.first?.updated == changed else { throw BenchError(description: "not merged: \(result.status)") }
            })
        }
        try await store.close(bench)
        guard let peer = try DoltLite(path: bench.path("dolt.db")) else { return (median(ours), nil) }
        defer { bench.remove("dolt.db") }
        _ = try peer.fill(rows: bench.scale.rows)
        var theirs: [Double] = []
        for round in 0 ..< rounds {
            try peer.branch("s\(round)", branch)
            try peer.branch("t\(round)", target)
            theirs.append(try seconds { try peer.run("SELECT dolt_merge('s\(round)')") })
        }
        return (median(ours), median(theirs))
    }

    private static func against(_ name: String, _ ours: Double, _ peer: Double) -> Figure {
        Figure(
            name: name, value: ours * 1e3, unit: "ms", peer: "DoltLite", peerValue: peer * 1e3, ratio: peer / ours, target: "≥ 1×", met: peer >= ours)
    }

    /// What one write of a sector and its sync take on this machine now.
    private static func syncTime(_ bench: Bench) throws -> Double {
        let bare = try BareSync(bench.path("bare"))
        defer { bench.remove("bare") }
        return percentile(try (0 ..< 200).map { _ in try seconds { try bare.write() } }, 0.5)
    }
}
