import PageStore
import Synchronization

/// Says which versions stay that no head, reader or merge base keeps (`BRANCHLITE_HISTORY`): all of the last five minutes,
/// then one a minute for an hour, then one an hour, within the budget of bytes. Thread-safe: the store asks from its own thread.
final class RetentionPolicy: Sendable {
    static let keepAll: Int64 = 5 * 60_000_000
    static let keepMinutes: Int64 = 3_600_000_000
    private static let minute: Int64 = 60_000_000
    private static let hour: Int64 = 3_600_000_000
    /// An answer is asked for again after this, so that a budget overrun takes effect soon.
    private static let reconsiderAfter: Int64 = 10_000_000

    private struct Bucket: Hashable {
        var branch: BranchID
        var width: Int64
        var index: Int64
    }

    private struct State {
        /// The version that stands for a branch's minute or hour.
        var kept: [Bucket: VersionID] = [:]
        /// Merge bases of live tables, which the version graph does not show.
        var pinned: Set<VersionID> = []
        /// Branches that there are, the discarded ones in the trash included: the history of one that was purged goes with it.
        var branches: Set<BranchID> = []
    }

    private let state = Mutex(State())
    private let overBudget = Atomic<Bool>(false)
    private let historyMicros: Int64

    init(history: Duration) { historyMicros = history.microseconds }

    func pin(_ versions: Set<VersionID>) { state.withLock { $0.pinned = versions } }
    func pin(_ version: VersionID) { state.withLock { _ = $0.pinned.insert(version) } }

    func add(branch: BranchID) { state.withLock { _ = $0.branches.insert(branch) } }
    func remove(branch: BranchID) { state.withLock { _ = $0.branches.remove(branch) } }

    /// Set by the maintenance thread from the store's figures.
    func setOverBudget(_ flag: Bool) { overBudget.store(flag, ordering: .relaxed) }

    func decide(_ version: VersionEntry, nowMicros now: Int64) -> RetentionDecision {
        state.withLock { state in
            if state.pinned.contains(version.id) { return .keep(untilMicros: now + RetentionPolicy.reconsiderAfter) }
            if !state.branches.contains(version.branch) { return .drop }
            let age = now - version.timeMicros
            if age >= historyMicros || overBudget.load(ordering: .relaxed) { return .drop }
            if age < RetentionPolicy.keepAll { return .keep(untilMicros: now + RetentionPolicy.reconsiderAfter) }
            let width = age < RetentionPolicy.keepMinutes ? RetentionPolicy.minute : RetentionPolicy.hour
            let bucket = Bucket(branch: version.branch, width: width, index: version.timeMicros / width)
            if let holder = state.kept[bucket], holder != version.id { return .drop }
            state.kept[bucket] = version.id
            return .keep(untilMicros: now + RetentionPolicy.reconsiderAfter)
        }
    }

    /// Forgets buckets that lie before the history.
    func prune(nowMicros now: Int64) {
        let oldest = now - historyMicros
        state.withLock { state in state.kept = state.kept.filter { ($0.key.index + 1) * $0.key.width >= oldest } }
    }
}
