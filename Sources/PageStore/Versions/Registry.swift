import Synchronization

/// One version of the DAG. Mutable fields are guarded by the registry's lock.
final class Version: @unchecked Sendable { // see above; `root` changes only while nothing pins a version (see Vacuum.swift)
    static let none = LSN.max

    let id: LSN
    let branch: BranchID
    var root: NodeRef?
    let pageCount: UInt32
    let changeCounter: UInt32
    let timeMicros: Int64
    let origin: [UInt8]

    /// The version whose map this one's was derived from; the tree along which nodes are shared. `none` at the top.
    @exclusivity(unchecked) var parent: LSN
    /// Heads merged into this version.
    var merged: [LSN]
    /// Children in the tree: how many, and their identities XORed together (with one child: that child).
    @exclusivity(unchecked) var children = 0
    @exclusivity(unchecked) var childrenXor: LSN = 0
    /// Versions that name this one as merged.
    var mergeChildren = 0
    var mergeChildrenXor: LSN = 0
    /// Branches whose head this is.
    @exclusivity(unchecked) var heads: Int32 = 0
    /// Snapshots, transactions and requests under way.
    @exclusivity(unchecked) var pins: Int32 = 0
    /// Where it stands in the registry's list.
    var place: Int32 = 0
    /// Whether it stands among those that the retention rule keeps for a while. Under the maintenance lock.
    var isRetained = false
    /// Whether it waits to be looked at by reclaim.
    @exclusivity(unchecked) var queued = false

    init(
        id: LSN, branch: BranchID, root: NodeRef?, pageCount: UInt32, changeCounter: UInt32, timeMicros: Int64, origin: [UInt8],
        parent: LSN, merged: [LSN]
    ) {
        self.id = id
        self.branch = branch
        self.root = root
        self.pageCount = pageCount
        self.changeCounter = changeCounter
        self.timeMicros = timeMicros
        self.origin = origin
        self.parent = parent
        self.merged = merged
    }

    var entry: VersionEntry {
        VersionEntry(
            id: VersionID(rawValue: id), branch: branch,
            parents: ((parent == Version.none ? [] : [parent]) + merged).map { VersionID(rawValue: $0) },
            timeMicros: timeMicros, pageCount: pageCount, changeCounter: changeCounter, origin: origin
        )
    }
}

/// A living branch. Mutable fields are guarded by the registry's lock, the writer's queue by the store's writer lock.
final class BranchState: @unchecked Sendable { // see above
    let id: BranchID
    @exclusivity(unchecked) var head: Version
    @exclusivity(unchecked) var generation: UInt64
    @exclusivity(unchecked) var metadata: [UInt8]
    /// The record that made it; 0 if an earlier checkpoint holds it.
    let created: LSN
    /// Where it stands in the registry's list.
    var place: Int32 = 0
    /// The cut that has it as it was.
    var asideOf: UInt64 = 0
    var isDiscarded = false
    var writerHeld = false
    var waiters: [WriterWaiter] = []

    init(id: BranchID, head: Version, generation: UInt64, metadata: [UInt8], created: LSN) {
        self.created = created
        self.id = id
        self.head = head
        self.generation = generation
        self.metadata = metadata
    }

    var entry: BranchEntry { BranchEntry(id: id, head: VersionID(rawValue: head.id), generation: generation, metadata: metadata) }
}

/// All that is published: branches, versions, store values. A leaf in the order of locks but for `Space.lock`.
final class Registry: @unchecked Sendable { // every field under `lock`
    /// Bytes of a version and of a branch in the version table, but for what has a length of its own.
    static let versionBytes = 112
    static let branchBytes = 48

    let lock = Lock()
    var rules = RuleSwitches()
    @exclusivity(unchecked) var branches: [BranchID: BranchState] = [:]
    @exclusivity(unchecked) var versions: [LSN: Version] = [:]
    var values: [String: [UInt8]] = [:]
    /// The same branches and versions in lists that can be gone through in pieces.
    private(set) var branchPlaces = PlaceList<BranchState>()
    @exclusivity(unchecked) private(set) var versionPlaces = PlaceList<Version>()
    /// What a checkpoint under way needs kept as it was.
    @exclusivity(unchecked) var cut: RegistryCut?
    var cuts: UInt64 = 0
    /// The last record that readers see, and where the log stood after it.
    @exclusivity(unchecked) var published: LSN = 0
    @exclusivity(unchecked) var position = LogPosition()
    /// Extents of the log that no checkpoint has retired, in order; the last is announced but not begun.
    var extents: [Slot] = []
    /// Slots with the page lists of large commits, by sequence number.
    var lists: [(lsn: LSN, slots: [Slot])] = []
    /// Versions that may be droppable.
    @exclusivity(unchecked) var candidates: [Version] = []
    @exclusivity(unchecked) var commits: UInt64 = 0
    var dropped: UInt64 = 0
    /// How many snapshots there are of each epoch.
    @exclusivity(unchecked) private var epochs = Epochs()
    /// Bytes that the records since the last checkpoint add to the version table, at most.
    let tableGrowthHint = Atomic<Int>(0)

    // All below: the caller holds `lock`.

    /// Whether nothing but the retention rule could want the version.
    func isDroppable(_ version: Version) -> Bool {
        version.heads == 0 && (version.pins == 0 || rules.isOff(.pins))
            && (version.children + version.mergeChildren <= 1 || rules.isOff(.branching))
    }

    func consider(_ version: Version) {
        guard isDroppable(version), !version.queued else { return }
        version.queued = true
        candidates.append(version)
    }

    /// Takes up to `limit` of the versions that may be droppable, the oldest request last.
    func takeCandidates(_ limit: Int) -> [Version] {
        if candidates.isEmpty { return [] }
        let taken = Array(candidates.suffix(limit))
        candidates.removeLast(taken.count)
        for version in taken { version.queued = false }
        return taken
    }

    /// Pins for a snapshot; returns its epoch (see `MapCache`).
    func pinForSnapshot(_ version: Version) -> UInt64 {
        pin(version)
        epochs.current.snapshots += 1
        return epochs.current.number
    }

    /// Ends the epoch: snapshots taken from now on belong to the next.
    func nextEpoch() { epochs.next() }

    var currentEpoch: UInt64 { epochs.current.number }

    /// The epoch of the oldest snapshot there is, or the current one.
    var oldestEpoch: UInt64 { epochs.oldest }

    func unpinSnapshot(_ version: Version, epoch: UInt64) {
        epochs.leave(epoch)
        unpin(version)
    }

    func pin(_ version: Version) { version.pins += 1 }

    func unpin(_ version: Version) {
        version.pins -= 1
        invariant(rules, version.pins >= 0, "version \(version.id) is unpinned too often")
        consider(version)
    }

    /// Enters a version, as a child of its parents.
    func insert(_ version: Version) {
        invariant(rules, version.parent == Version.none || version.parent < version.id, "version \(version.id) is older than its parent")
        versions[version.id] = version
        version.place = versionPlaces.add(version)
        if let parent = versions[version.parent] {
            parent.children += 1
            parent.childrenXor ^= version.id
        }
        for id in version.merged {
            if let other = versions[id] {
                other.mergeChildren += 1
                other.mergeChildrenXor ^= version.id
            }
        }
    }

    func setHead(_ branch: BranchState, _ version: Version) {
        willChange(branch)
        let old = branch.head
        branch.head = version
        version.heads += 1
        old.heads -= 1
        consider(old)
    }

    func addBranch(_ id: BranchID, head: Version, generation: UInt64, metadata: [UInt8], created: LSN) {
        let branch = BranchState(id: id, head: head, generation: generation, metadata: metadata, created: created)
        branch.place = branchPlaces.add(branch)
        branches[id] = branch
        head.heads += 1
    }

    func removeBranch(_ id: BranchID) {
        guard let branch = branches.removeValue(forKey: id) else { return }
        willChange(branch)
        branchPlaces.remove(branch.place)
        branch.isDiscarded = true
        branch.head.heads -= 1
        consider(branch.head)
    }

    func setMetadata(_ branch: BranchState, _ metadata: [UInt8]) {
        willChange(branch)
        branch.metadata = metadata
    }

    /// Takes a droppable version out of the DAG, joining its child to its parents. Returns the roots of its neighbours in
    /// the tree; what neither of them has is free.
    func remove(_ version: Version) -> (parent: NodeRef?, child: NodeRef?) {
        invariant(rules, isDroppable(version), "version \(version.id) is dropped and needed")
        versions[version.id] = nil
        versionPlaces.remove(version.place)
        dropped += 1
        let parent = versions[version.parent]
        var childRoot: NodeRef?
        if let parent {
            parent.children -= 1
            parent.childrenXor ^= version.id
        }
        for id in version.merged {
            if let other = versions[id] {
                other.mergeChildren -= 1
                other.mergeChildrenXor ^= version.id
            }
        }
        if version.children == 1, let child = versions[version.childrenXor] {
            childRoot = child.root
            child.parent = version.parent
            if let parent {
                parent.children += 1
                parent.childrenXor ^= child.id
            }
            for id in version.merged { addMerged(id, to: child) }
        } else if version.mergeChildren == 1, let child = versions[version.mergeChildrenXor] {
            child.merged.removeAll { $0 == version.id }
            if version.parent != Version.none { addMerged(version.parent, to: child) }
            for id in version.merged { addMerged(id, to: child) }
        }
        if let parent { consider(parent) }
        for id in version.merged { if let other = versions[id] { consider(other) } }
        return (parent?.root, childRoot)
    }

    /// Adds an edge unless the version is an ancestor anyway.
    private func addMerged(_ id: LSN, to child: Version) {
        guard let other = versions[id], !isAncestor(id, of: child) else { return }
        child.merged.append(id)
        other.mergeChildren += 1
        other.mergeChildrenXor ^= child.id
    }

    /// Steps after which the search for an ancestor gives up and says no, which keeps an edge that need not be there.
    private static let ancestorSearchLimit = 10000

    /// Whether `id` is a proper ancestor of `version`. Parents have smaller identities than their children.
    func isAncestor(_ id: LSN, of version: Version) -> Bool {
        var stack = [version]
        var seen: Set<LSN> = []
        var steps = 0
        while let v = stack.popLast() {
            steps += 1
            if steps > Registry.ancestorSearchLimit { return false }
            for p in v.merged + (v.parent == Version.none ? [] : [v.parent]) {
                if p == id { return true }
                if p > id, seen.insert(p).inserted, let next = versions[p] { stack.append(next) }
            }
        }
        return false
    }

    /// The best common ancestors of two versions (a version counts as its own ancestor), newest first.
    func mergeBases(_ a: LSN, _ b: LSN) -> [LSN] {
        guard versions[a] != nil, versions[b] != nil else { return [] }
        if a == b { return [a] }
        let left: UInt8 = 1, right: UInt8 = 2, stale: UInt8 = 4
        var flags: [LSN: UInt8] = [a: left, b: right]
        // Identities grow along every edge, so going from the highest down visits children before their parents.
        var heap = MaximumHeap()
        heap.insert(a)
        heap.insert(b)
        var interesting = 2
        var bases: [LSN] = []
        while interesting > 0, let id = heap.removeMaximum() {
            guard let flag = flags[id], let version = versions[id] else { continue }
            if flag & stale == 0 { interesting -= 1 }
            var passed = flag
            if flag == left | right {
                bases.append(id)
                passed |= stale
            }
            for p in version.merged + (version.parent == Version.none ? [] : [version.parent]) {
                guard versions[p] != nil else { continue }
                let old = flags[p] ?? 0
                let new = old | passed
                if new == old { continue }
                flags[p] = new
                if old == 0 {
                    heap.insert(p)
                    if new & stale == 0 { interesting += 1 }
                } else if old & stale == 0, new & stale != 0 {
                    interesting -= 1
                }
            }
        }
        return bases
    }
}

/// Snapshots counted by the epoch in which they were taken; almost always there is one epoch only.
private struct Epochs {
    var current: (number: UInt64, snapshots: Int) = (1, 0)
    private var older: [(number: UInt64, snapshots: Int)] = []

    mutating func next() {
        if current.snapshots > 0 { older.append(current) }
        current = (current.number + 1, 0)
    }

    mutating func leave(_ number: UInt64) {
        if number == current.number {
            current.snapshots -= 1
        } else if let at = older.firstIndex(where: { $0.number == number }) {
            older[at].snapshots -= 1
            if older[at].snapshots == 0 { older.remove(at: at) }
        }
    }

    var oldest: UInt64 { older.first?.number ?? current.number }
}

/// A binary heap that gives the largest number first.
struct MaximumHeap {
    private var items: [LSN] = []

    mutating func insert(_ item: LSN) {
        items.append(item)
        var i = items.count - 1
        while i > 0, items[(i - 1) / 2] < items[i] {
            items.swapAt(i, (i - 1) / 2)
            i = (i - 1) / 2
        }
    }

    mutating func removeMaximum() -> LSN? {
        guard let top = items.first, let last = items.popLast() else { return nil }
        if items.isEmpty { return top }
        items[0] = last
        var i = 0
        while true {
            var largest = i
            for child in [2 * i + 1, 2 * i + 2] where child < items.count && items[child] > items[largest] { largest = child }
            if largest == i { return top }
            items.swapAt(i, largest)
            i = largest
        }
    }
}
