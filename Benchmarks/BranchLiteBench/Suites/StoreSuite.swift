import Foundation

/// The page store against stock SQLite of the same version: same page size, same cache, C API on both sides, in turns.
@MainActor
struct StoreSuite {
    struct Row {
        var name: String
        var run: @MainActor (Bench) async throws -> [Figure]
    }

    /// In an order in which the large store is made once, then grows.
    static let rows: [Row] = [
        Row(name: "machine", run: MachineRow.run),
        Row(name: "update", run: UpdateRows.updates),
        Row(name: "latency", run: UpdateRows.latency),
        Row(name: "writers", run: UpdateRows.writers),
        Row(name: "bulk-insert", run: BulkInsertRow.run),
        Row(name: "point-select", run: ReadRows.points),
        Row(name: "scan", run: ReadRows.scan),
        Row(name: "depth", run: ReadRows.depths),
        Row(name: "reader-writer", run: ReaderWriterRow.run),
        Row(name: "fork-library", run: ForkRows.library),
        Row(name: "fork-store", run: ForkRows.store),
        Row(name: "open", run: OpenRows.open),
        Row(name: "memory", run: OpenRows.memory),
        Row(name: "loop", run: LoopRows.oneRow),
        Row(name: "loop-hundred", run: LoopRows.hundredRows),
        Row(name: "loop-library", run: LoopRows.library),
        Row(name: "reclaim", run: LoopRows.reclaim),
        Row(name: "branch-bytes", run: SpaceRows.bytes),
        Row(name: "many-branches", run: SpaceRows.many),
    ]

    let bench: Bench
    /// Names of the rows to run; nil = all.
    let only: [String]?

    /// Runs the rows one after the other. One that fails does not stop the others; `failures` then tells which.
    func run() async throws -> (figures: [Figure], failures: [String]) {
        if let unknown = only?.first(where: { name in !Self.rows.contains { $0.name == name } }) {
            throw BenchError(description: "no row is named \(unknown); there are: \(Self.rows.map(\.name).joined(separator: ", "))")
        }
        var figures: [Figure] = []
        var failures: [String] = []
        for row in Self.rows where only?.contains(row.name) ?? true {
            note(row.name)
            let start = wallTime()
            do {
                let found = try await row.run(bench)
                guard !found.isEmpty, found.allSatisfy({ $0.value.isFinite && $0.ratio?.isFinite ?? true }) else {
                    throw BenchError(description: "no sensible figure")
                }
                figures += found
            } catch {
                failures.append("\(row.name): \(error)")
                note("  failed: \(error)")
            }
            note("  \(Figure.text(wallTime() - start)) s")
        }
        return (figures, failures)
    }
}
