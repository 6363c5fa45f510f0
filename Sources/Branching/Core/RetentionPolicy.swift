import PageStore
import Synchronization

/// Says which versions stay that no head, reader or merge base keeps (`BRANCHLITE_HISTORY`): all of the last five minutes,
/// then the last one of each minute for an hour, then the last one of each hour. Thread-safe: the store asks from its own thread.
///
/// The budget of bytes is kept by naming the versions that have to go (see `HistoryBudget`).
final class RetentionPolicy: Sendable {
    static let keepAll: Int64 = 5 * 60_000_000
    static let keepMinutes: Int64 = 3_600_000_000
    private static let minute: Int64 = 60_000_000
    private static let hour: Int64 = 3_600_000_000
    /// An answer is asked for again after this, so that what has changed meanwhile takes effect soon.
    private static let reconsiderAfter: Int64 = 10_000_000

    private struct Bucket: Hashable {
        var width: Int64
        var index: Int64
    }

    private struct State {
        /// Branches that there are, the discarded ones in the trash included: the history of one that was purged goes with it.
        var branches: Set<BranchID> = []
        /// The version that stands for a branch's minute or hour: the newest that was asked about.
        var kept: [BranchID: [Bucket: VersionID]] = [:]
        /// Merge bases of live tables, which the version graph does not show.
        var pinned: Set<VersionID> = []
        /// Versions that have to go for the budget's sake.
        var condemned: Set<VersionID> = []
        /// A full disk: no older version stays.
        var keepsNone = false
    }

    private let state = Mutex(State())
    private let historyMicros: Int64

    init(history: Duration) { historyMicros = history.microseconds }

    func pin(_ versions: Set<VersionID>) { state.withLock { $0.pinned = versions } }
    func pin(_ version: VersionID) { state.withLock { _ = $0.pinned.insert(version) } }

    func add(branch: BranchID) { state.withLock { _ = $0.branches.insert(branch) } }

    func remove(branch: BranchID) {
        state.withLock { state in
            state.branches.remove(branch)
            state.kept[branch] = nil
        }
    }

    /// Versions that the next reclaim drops unless something needs them.
    func condemn(_ versions: Set<VersionID>) { state.withLock { $0.condemned = versions } }

    func setKeepsNone(_ flag: Bool) { state.withLock { $0.keepsNone = flag } }

    func decide(_ version: VersionEntry, nowMicros now: Int64) -> RetentionDecision {
        state.withLock { state in
            if state.pinned.contains(version.id) { return .keep(untilMicros: now + RetentionPolicy.reconsiderAfter) }
            if state.keepsNone || state.condemned.contains(version.id) || !state.branches.contains(version.branch) { return .drop }
            let age = now - version.timeMicros
            if age >= historyMicros { return .drop }
            if age < RetentionPolicy.keepAll { return .keep(untilMicros: now + RetentionPolicy.reconsiderAfter) }
            let width = age < RetentionPolicy.keepMinutes ? RetentionPolicy.minute : RetentionPolicy.hour
            let bucket = Bucket(width: width, index: version.timeMicros / width)
            if let holder = state.kept[version.branch]?[bucket], holder > version.id { return .drop }
            state.kept[version.branch, default: [:]][bucket] = version.id
            return .keep(untilMicros: now + RetentionPolicy.reconsiderAfter)
        }
    }

    /// Forgets buckets that lie before the history.
    func prune(nowMicros now: Int64) {
        let oldest = now - historyMicros
        state.withLock { state in
            state.kept = state.kept.compactMapValues { buckets in
                let young = buckets.filter { ($0.key.index + 1) * $0.key.width >= oldest }
                return young.isEmpty ? nil : young
            }
        }
    }
}
