/// The past of a branch, as far as it is kept.
extension Store {
    /// What a branch showed at a time.
    public struct PastVersion: Sendable, Equatable {
        public let version: VersionEntry
        /// False if the version that was the head at that time is gone and this is the newest kept one before it.
        public let isExact: Bool
    }

    /// The kept versions made on the branch, and its head's ancestors along first parents (what it was forked from), newest
    /// first. Cost: the versions passed; after a head move (restore, reset), also those of the store.
    /// - Parameter before: only versions older than this one.
    public func history(of branch: BranchID, before: VersionID? = nil, limit: Int = .max) -> [VersionEntry] {
        registry.lock.lock()
        defer { registry.lock.unlock() }
        guard let state = registry.branches[branch] else { return [] }
        let end = before?.rawValue ?? .max
        // A head that moved back has left versions of the branch's own beside the way to its head.
        var aside = state.generation == 0 ? [] : registry.versions.values.filter { $0.branch == branch && $0.id < end }
        aside.sort { $0.id < $1.id }
        var found: [Version] = []
        var next: Version? = state.head
        while found.count < limit {
            while let version = next, version.id >= end { next = registry.versions[version.parent] }
            switch (next, aside.last) {
            case (let onWay?, let other?) where other.id >= onWay.id:
                aside.removeLast()
                if other.id == onWay.id { next = registry.versions[onWay.parent] }
                found.append(other)
            case (let onWay?, _):
                found.append(onWay)
                next = registry.versions[onWay.parent]
            case (nil, let other?):
                aside.removeLast()
                found.append(other)
            case (nil, nil): return found.map(\.entry)
            }
        }
        return found.map(\.entry)
    }

    /// The newest kept version that the branch showed at a time or before it; nil if there is none.
    /// - Parameters:
    ///   - base: the version the branch was forked from: before its first own version, the branch shows that one, and before the
    ///     fork what the branch forked from showed. Nil: the parent of its first own version.
    public func version(of branch: BranchID, asOf timeMicros: Int64, base: VersionID? = nil) -> PastVersion? {
        registry.lock.lock()
        defer { registry.lock.unlock() }
        guard let state = registry.branches[branch] else { return nil }
        var id = branch
        var top = state.head
        var hasMoved = state.generation != 0
        while true {
            // Newest first: what was made on this branch up to `top`.
            let own = registry.made(on: id, upTo: top, hasMoved: hasMoved)
            var newer: Version?
            for version in own {
                if version.timeMicros <= timeMicros { return PastVersion(version: version.entry, isExact: newer.map { $0.follows(version) } ?? true) }
                newer = version
            }
            let known = id == branch ? base.flatMap { registry.versions[$0.rawValue] } : nil
            guard let from = known ?? (own.isEmpty ? top : own.last.flatMap { registry.versions[$0.parent] }), own.isEmpty || from.id < (newer?.id ?? 0)
            else { return nil }
            if from.timeMicros <= timeMicros { return PastVersion(version: from.entry, isExact: newer.map { $0.follows(from) } ?? true) }
            if from.branch == id { return nil }
            id = from.branch
            top = from
            hasMoved = registry.branches[id].map { $0.generation != 0 } ?? true
        }
    }
}

extension Version {
    /// Whether no version of the branch that lay between the two has been dropped: each raises the change counter by one.
    fileprivate func follows(_ older: Version) -> Bool { changeCounter == older.changeCounter &+ 1 }
}

extension Registry {
    /// The kept versions made on a branch up to one, newest first. The caller holds `lock`.
    fileprivate func made(on branch: BranchID, upTo top: Version, hasMoved: Bool) -> [Version] {
        if hasMoved { return versions.values.filter { $0.branch == branch && $0.id <= top.id }.sorted { $0.id > $1.id } }
        var found: [Version] = []
        var next: Version? = top
        while let version = next, version.branch == branch {
            found.append(version)
            next = versions[version.parent]
        }
        return found
    }
}
