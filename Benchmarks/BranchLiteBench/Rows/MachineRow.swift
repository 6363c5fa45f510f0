import Foundation

/// How quiet the machine is, by which everything else must be read.
enum MachineRow {
    @MainActor static func run(_ bench: Bench) throws -> [Figure] {
        let bare = try BareSync(bench.path("bare"))
        defer { bench.remove("bare") }
        let syncs = bench.scale.isQuick ? 20 : 1_000
        let times = try (0 ..< syncs).map { _ in try seconds { try bare.write() } * 1e6 }
        var keys = Keys(seed: 1, rows: .max)
        var sum: Int64 = 0
        let computing = spent { for _ in 0 ..< (bench.scale.isQuick ? 1_000_000 : 300_000_000) { sum &+= keys.next() } }
        guard sum != 0 else { throw BenchError(description: "nothing was computed") }
        return [
            .reported("machine: write of a sector + fdatasync, p50", percentile(times, 0.5), "µs", rounds: syncs),
            .reported("machine: write of a sector + fdatasync, p99", percentile(times, 0.99), "µs", rounds: syncs),
            .reported(
                "machine: wall time of computing to its processor time", computing.wall / computing.processor, "×",
                note: "1 on an idle machine; beyond 1.1 the figures are those of a busy one"),
        ]
    }
}
