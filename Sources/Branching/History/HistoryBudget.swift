import PageStore
import Synchronization

/// What older versions and discarded branches hold, and what they may hold.
public struct HistoryUsage: Sendable, Hashable {
    /// Bytes that would become free if all of the past went: older versions and the trash.
    public var bytes: UInt64
    /// The part of them that discarded branches have at their heads.
    public var trashBytes: UInt64
    /// What the past may hold (`BRANCHLITE_HISTORY_BYTES`, or worked out from the live data).
    public var budgetBytes: UInt64
    /// Older versions that are kept.
    public var versions: Int
}

/// Keeps older versions and the trash within their budget of bytes (`BRANCHLITE_HISTORY_BYTES`).
extension StoreContext {
    /// Bytes that would be free if the branch alone were discarded and purged; 0 for one that is gone.
    func uniqueBytes(of id: BranchID) -> UInt64 { (try? store.uniqueBytes(of: id)) ?? 0 }

    /// The budget in bytes for a given amount of live data.
    func historyBudget(live: UInt64) -> UInt64 {
        configuration.historyBytes ?? max(Configuration.minimumHistoryBytes, live / 4)
    }

    /// How long a full disk makes older versions give way, in microseconds.
    private static let pressureTime: Int64 = 60_000_000

    /// After a statement found no room: older versions go at the next reclaim, which is asked for now.
    func noteFullDisk() {
        pressureUntil.store(clock.now() + StoreContext.pressureTime, ordering: .relaxed)
        retention.setKeepsNone(true)
        // It may find nothing to free, or fail for the same reason; the statement has failed already.
        _ = try? store.reclaim()
    }

    /// Called every tick: cheap while the store is small or has not grown.
    func watchBudget() {
        guard !isClosed, !configuration.readOnly else { return }
        let isUnderPressure = clock.now() < pressureUntil.load(ordering: .relaxed)
        retention.setKeepsNone(isUnderPressure)
        let occupied = store.occupiedBytes
        // The past holds no more than the whole store does.
        guard !isUnderPressure, occupied > historyBudget(live: 0), budgetWatch.isDue(occupied, step: historyBudget(live: 0)) else { return }
        // A round that fails (a full disk, a damaged node) is made up for by a later one.
        _ = try? enforceBudget()
    }

    func historyUsage() throws(BranchLiteError) -> HistoryUsage { try measureHistory().usage }

    private func measureHistory() throws(BranchLiteError) -> (usage: HistoryUsage, items: [Store.HistoryItem]) {
        let trash = registry.trashedIDs
        let items = try mapStore { () throws(StoreError) in try store.historyItems(discarded: trash) }
        let bytes = items.reduce(0) { $0 + $1.bytes }
        let occupied = store.occupiedBytes
        let usage = HistoryUsage(
            bytes: bytes, trashBytes: items.reduce(0) { $0 + ($1.discarded.isEmpty ? 0 : $1.bytes) },
            budgetBytes: historyBudget(live: occupied > bytes ? occupied - bytes : 0), versions: items.count { $0.discarded.isEmpty })
        return (usage, items)
    }

    /// Drops the oldest of the past until the rest is within the budget: a version by the time it was made, a discarded branch by
    /// the time it was discarded.
    /// - Parameter budget: bytes in place of the configured budget.
    /// - Returns: what is left.
    @discardableResult
    func enforceBudget(of budget: UInt64? = nil) throws(BranchLiteError) -> HistoryUsage {
        var (usage, items) = try measureHistory()
        usage.budgetBytes = budget ?? usage.budgetBytes
        guard usage.bytes > usage.budgetBytes else { return usage }
        // A little more than needed, so that the next commit is not over it again.
        let wanted = usage.budgetBytes - usage.budgetBytes / 32
        var ages: [VersionID: Int64] = [:]
        for item in items {
            ages[item.version] = item.discarded.compactMap { registry.entry($0)?.record.trashedAt }.max() ?? item.timeMicros
        }
        // Along one line of versions the order is that of the items, for which their bytes hold.
        items = items.enumerated().sorted { (ages[$0.element.version] ?? 0, $0.offset) < (ages[$1.element.version] ?? 0, $1.offset) }.map(\.element)
        var condemned: Set<VersionID> = []
        for item in items {
            if usage.bytes <= wanted { break }
            for branch in item.discarded { _ = try purge(branch, origin: "collector") }
            condemned.insert(item.version)
            usage.bytes -= item.bytes
            if item.discarded.isEmpty { usage.versions -= 1 } else { usage.trashBytes -= item.bytes }
        }
        retention.condemn(condemned)
        defer { retention.condemn([]) }
        try mapStore { () throws(StoreError) in _ = try store.reclaim() }
        return usage
    }
}

/// Decides when the past is worth measuring again: after the store has grown by a part of the budget. Thread-safe.
final class BudgetWatch: Sendable {
    private let measuredAt = Mutex<UInt64>(0)

    /// - Parameters:
    ///   - occupied: bytes that the store uses now.
    ///   - step: the budget, of which growth by a thirty-second counts.
    func isDue(_ occupied: UInt64, step: UInt64) -> Bool {
        measuredAt.withLock { last in
            // What shrinks is followed, so that growth from there counts.
            if occupied < last { last = occupied }
            guard last == 0 || occupied - last >= max(1, step / 32) else { return false }
            last = occupied
            return true
        }
    }
}
