import PageStore
import Synchronization

/// Keeps older versions and the trash within their budget of bytes.
extension StoreContext {
    /// Branches whose own bytes are summed for the size of the live data; beyond it main alone counts.
    private static let summedBranches = 200

    /// Bytes that would be free if the branch alone were discarded and purged; 0 for one that is gone.
    func uniqueBytes(of id: BranchID) -> UInt64 { (try? store.uniqueBytes(of: id)) ?? 0 }

    /// Bytes that the store's heads hold, roughly: main and what each branch has alone.
    func liveBytes() -> UInt64 {
        let main = (try? store.snapshot(of: .main)).map { UInt64($0.pageCount) * UInt64(store.pageSize) } ?? 0
        let branches = registry.entries().filter { $0.id != .main && $0.record.isLiving }
        guard branches.count <= StoreContext.summedBranches else { return main }
        return branches.reduce(main) { $0 + uniqueBytes(of: $1.id) }
    }

    /// The budget in bytes for a given amount of live data.
    func historyBudget(live: UInt64) -> UInt64 {
        configuration.historyBytes ?? max(Configuration.minimumHistoryBytes, live / 4)
    }

    /// How long a full disk makes older versions give way, in microseconds.
    private static let pressureTime: Int64 = 60_000_000

    /// After a statement found no room: older versions go at the next reclaim, which is asked for now.
    func noteFullDisk() {
        pressureUntil.store(clock.now() + StoreContext.pressureTime, ordering: .relaxed)
        retention.setOverBudget(true)
        // It may find nothing to free, or fail for the same reason; the statement has failed already.
        _ = try? store.reclaim()
    }

    /// Called every tick: cheap while the store is small or nothing has changed.
    func watchBudget() {
        guard !isClosed, !configuration.readOnly else { return }
        if clock.now() < pressureUntil.load(ordering: .relaxed) { return retention.setOverBudget(true) }
        let statistics = store.statistics()
        let used = statistics.usedSlots * UInt64(store.pageSize)
        // Without any live data at all it would be within the budget: nothing to work out.
        if used <= historyBudget(live: 0) { return retention.setOverBudget(false) }
        let live = liveBytes()
        retention.setOverBudget(used > live + historyBudget(live: live))
    }
}
