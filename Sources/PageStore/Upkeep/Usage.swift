extension Store {
    /// Bytes that would become free if the branch were discarded and nothing else kept its versions: its own page images,
    /// and the map nodes on the way to them. Cost: what the branch changed.
    public func uniqueBytes(of id: BranchID) throws(StoreError) -> UInt64 {
        maintenance.lock.lock()
        defer { maintenance.lock.unlock() }
        // Nothing is dropped while the maintenance lock is held: the chain and its maps stay.
        var steps: [(own: NodeRef?, parent: NodeRef?, child: NodeRef?)] = []
        registry.lock.lock()
        guard let branch = registry.branches[id] else {
            registry.lock.unlock()
            throw .noSuchBranch(id)
        }
        var next: Version? = branch.head.heads == 1 ? branch.head : nil
        while let version = next {
            let parent = registry.versions[version.parent]
            let isHead = version === branch.head
            let children = version.children + version.mergeChildren
            if isHead, children > 1 { break }
            if isHead, children == 1 {
                steps.append((version.root, parent?.root, registry.versions[version.childrenXor]?.root))
                break
            }
            steps.append((version.root, parent?.root, nil))
            guard let parent, parent.heads == 0, parent.children == 1, parent.mergeChildren == 0 else { break }
            next = parent
        }
        registry.lock.unlock()
        var bytes: UInt64 = 0
        for step in steps {
            try maps.forEachOwn(
                of: step.own, notIn: step.parent, step.child,
                image: { _, _ in bytes += UInt64(pageSize) }, node: { bytes += UInt64(NodeTable.fileBytes($0)) }
            )
        }
        return bytes
    }
}
