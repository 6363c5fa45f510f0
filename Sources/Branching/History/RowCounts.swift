import PageStore
import Synchronization

/// How many rows differ between pairs of versions, as counted before: versions never change. Thread-safe.
final class RowCounts: Sendable {
    static let capacity = 4_096

    private struct Pair: Hashable {
        var older: VersionID
        var newer: VersionID
    }

    private let known = Mutex<[Pair: Int]>([:])

    subscript(older: VersionID, newer: VersionID) -> Int? {
        get { known.withLock { $0[Pair(older: older, newer: newer)] } }
        set {
            known.withLock { known in
                if known.count >= RowCounts.capacity { known.removeAll(keepingCapacity: true) }
                known[Pair(older: older, newer: newer)] = newValue
            }
        }
    }
}
