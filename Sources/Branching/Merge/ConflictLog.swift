/// The conflicts of one merge: all are counted, so many are kept as are to be listed. Of those that were settled only those are
/// remembered that a resolution names, so memory is bounded whatever the number of conflicts.
final class ConflictLog {
    /// Conflicts that nobody has settled, the first of them.
    private(set) var listed: [MergeConflict] = []
    /// Conflicts that nobody has settled.
    private(set) var count = 0
    /// Those of the resolved ids that were met.
    private(set) var met: Set<String> = []
    private let limit: Int
    private let resolved: Set<String>

    /// - Parameters:
    ///   - limit: conflicts that are listed at most.
    ///   - resolved: ids of the conflicts that have a resolution of their own.
    init(limit: Int, resolved: Set<String>) {
        self.limit = limit
        self.resolved = resolved
    }

    /// Whether ids have to be known of conflicts that are not listed.
    var needsIDs: Bool { !resolved.isEmpty }

    func meet(_ id: String) {
        if resolved.contains(id) { met.insert(id) }
    }

    /// Notes a conflict that nobody has settled.
    /// - Parameter conflict: asked for only where it is listed.
    func leave(_ conflict: () -> MergeConflict) {
        count += 1
        if listed.count < limit { listed.append(conflict()) }
    }
}
