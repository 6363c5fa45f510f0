import Foundation

/// The page store against stock SQLite of the same version: same page size, same cache, C API on both sides, in turns.
@MainActor
enum StoreSuite {
    /// In an order in which the large store is made once, then grows.
    static let rows: [SuiteRow] = [
        SuiteRow(name: "machine", run: MachineRow.run),
        SuiteRow(name: "update", run: UpdateRows.updates),
        SuiteRow(name: "latency", run: UpdateRows.latency),
        SuiteRow(name: "writers", run: UpdateRows.writers),
        SuiteRow(name: "bulk-insert", run: BulkInsertRow.run),
        SuiteRow(name: "point-select", run: ReadRows.points),
        SuiteRow(name: "scan", run: ReadRows.scan),
        SuiteRow(name: "depth", run: ReadRows.depths),
        SuiteRow(name: "reader-writer", run: ReaderWriterRow.run),
        SuiteRow(name: "fork-library", run: ForkRows.library),
        SuiteRow(name: "fork-store", run: ForkRows.store),
        SuiteRow(name: "open", run: OpenRows.open),
        SuiteRow(name: "memory", run: OpenRows.memory),
        SuiteRow(name: "loop", run: LoopRows.oneRow),
        SuiteRow(name: "loop-hundred", run: LoopRows.hundredRows),
        SuiteRow(name: "loop-library", run: LoopRows.library),
        SuiteRow(name: "reclaim", run: LoopRows.reclaim),
        SuiteRow(name: "branch-bytes", run: SpaceRows.bytes),
        SuiteRow(name: "many-branches", run: SpaceRows.many),
    ]
}
