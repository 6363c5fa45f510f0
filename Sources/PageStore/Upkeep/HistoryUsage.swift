/// What the past costs: versions that only the retention rule keeps, and heads of branches that are kept to be taken back.
extension Store {
    /// Something that could go: a version, and if it is the head of discarded branches, these.
    public struct HistoryItem: Sendable, Equatable {
        public let version: VersionID
        /// The branch on which the version was made.
        public let branch: BranchID
        public let timeMicros: Int64
        /// Discarded branches whose head it is; empty for an older version.
        public let discarded: [BranchID]
        /// Bytes of page images and map nodes that become free when it goes after all older items.
        public let bytes: UInt64
    }

    /// All that could go, oldest version first, with what each frees in that order: their sum is what the past holds. Versions
    /// that a head, a reader, a fork or a merge base needs are not among them. Cost: what the listed versions changed; commits
    /// go on meanwhile.
    /// - Parameter discarded: branches that count as gone.
    public func historyItems(discarded: [BranchID]) throws(StoreError) -> [HistoryItem] {
        maintenance.lock.lock()
        defer { maintenance.lock.unlock() }
        // What the rule does not keep is no part of the past.
        _ = try maintenance.reclaimLocked(force: false)
        let (items, heads) = historyVersions(discarded)
        var anchors: [LSN: LSN] = [:]
        var found: [HistoryItem] = []
        found.reserveCapacity(items.count)
        for item in items {
            // Nothing is dropped while the maintenance lock is held, so that parents and roots stay.
            let (parent, child) = registry.lock.withLock { () -> (LSN, NodeRef?) in
                let parent = item.parent
                return (anchors[parent] ?? parent, item.children == 1 ? registry.versions[item.childrenXor]?.root : nil)
            }
            anchors[item.id] = parent
            let anchor = registry.lock.withLock { registry.versions[parent]?.root }
            var bytes: UInt64 = 0
            try maps.forEachOwn(
                of: item.root, notIn: anchor, child,
                image: { _, _ in bytes += UInt64(pageSize) }, node: { bytes += UInt64(NodeTable.fileBytes($0)) }
            )
            found.append(HistoryItem(
                version: VersionID(rawValue: item.id), branch: item.branch, timeMicros: item.timeMicros, discarded: heads[item.id] ?? [], bytes: bytes
            ))
        }
        return found
    }

    /// The versions that could go, by identity, and which discarded branches have them as heads. Under the maintenance lock.
    private func historyVersions(_ discarded: [BranchID]) -> (versions: [Version], heads: [LSN: [BranchID]]) {
        registry.lock.lock()
        defer { registry.lock.unlock() }
        var versions = maintenance.retained.versions.filter { registry.isDroppable($0) && registry.versions[$0.id] === $0 }
        var heads: [LSN: [BranchID]] = [:]
        for id in discarded { if let head = registry.branches[id]?.head { heads[head.id, default: []].append(id) } }
        for (id, branches) in heads {
            // A head that others need too frees nothing.
            guard let head = registry.versions[id], head.heads == branches.count, head.pins == 0, head.children + head.mergeChildren <= 1 else {
                heads[id] = nil
                continue
            }
            versions.append(head)
        }
        versions.sort { $0.id < $1.id }
        return (versions, heads)
    }

    /// Bytes of the file that are in use: images, map nodes, log and tables. Quick.
    public var occupiedBytes: UInt64 {
        let slots = space.lock.withLock { space.slotCount - space.freeCount - space.quarantinedCount - space.inFlightCount }
        return UInt64(max(0, slots)) * UInt64(pageSize)
    }
}
