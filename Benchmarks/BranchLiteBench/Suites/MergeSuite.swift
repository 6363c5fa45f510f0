/// Diff, merge and discard: BranchLite's library against DoltLite and stock SQLite in one process, all of them durable.
@MainActor
enum MergeSuite {
    static let rows: [SuiteRow] = [
        SuiteRow(name: "machine", run: MachineRow.run),
        SuiteRow(name: "diff", run: DiffRows.tenRows),
        SuiteRow(name: "diff-tenth", run: DiffRows.tenth),
        SuiteRow(name: "fast-forward", run: MergeRows.fastForward),
        SuiteRow(name: "merge-ten", run: MergeRows.tenRows),
        SuiteRow(name: "merge-many", run: MergeRows.manyRows),
        SuiteRow(name: "merge-memory", run: MergeRows.memory),
        SuiteRow(name: "discard", run: MergeRows.discard),
        SuiteRow(name: "live", run: LiveRows.firstWrite),
    ]
}
