import Synchronization

/// A store of branches: copy-on-write databases of pages in one file. See `docs/store-format.md`.
///
/// All methods may be called from any thread. Locks are taken in this order: maintenance, log lead, registry, file growth,
/// space, map nodes.
public final class Store: Sendable {
    let options: StoreOptions
    let path: String
    let files: any StoreFileSystem
    let io: PageIO
    let space: Space
    let nodes: NodeTable
    let maps: PageMap
    let registry: Registry
    let log: LogWriter
    let state: StoreState
    let maintenance: Maintenance
    let writerLock = Lock()

    /// Bytes of a page.
    public let pageSize: Int

    init(opened: Opened, files: any StoreFileSystem, path: String, options: StoreOptions) {
        self.options = options
        self.path = path
        self.files = files
        io = opened.io
        space = opened.space
        nodes = opened.nodes
        maps = PageMap(table: opened.nodes)
        registry = opened.registry
        log = opened.log
        state = opened.state
        maintenance = opened.maintenance
        pageSize = opened.io.pageSize
    }

    deinit {
        _ = state.close()
        maintenance.stopThread()
        io.file.close()
        nodes.freeEverything(registry)
    }

    // MARK: registry

    /// All branches, in no order.
    public func branches() -> [BranchEntry] { registry.lock.withLock { registry.branches.values.map(\.entry) } }

    /// How many branches there are.
    public var branchCount: Int { registry.lock.withLock { registry.branches.count } }

    public func branch(_ id: BranchID) -> BranchEntry? { registry.lock.withLock { registry.branches[id]?.entry } }

    private func submit(_ operation: LogRequest.Operation, durable: Bool) throws(StoreError) -> LSN {
        let result = try log.submit(LogRequest(operation, durable: durable && options.sync != .off))
        afterRecord()
        return result
    }

    /// Makes a branch whose head is the version. O(1). `durable` waits for a sync; otherwise the next one covers it.
    /// Throws `noSuchVersion`, `branchExists`.
    public func fork(from version: VersionID, as branch: BranchID, metadata: [UInt8] = [], durable: Bool = false) throws(StoreError) {
        try checkSizes(metadata: metadata, origin: [])
        _ = try submit(.fork(version: version.rawValue, headOf: nil, as: branch, metadata: metadata), durable: durable)
    }

    /// Reads the head of `source` and forks from it as one step; returns the version. Throws `noSuchBranch`, `branchExists`.
    @discardableResult
    public func forkHead(
        of source: BranchID, as branch: BranchID, metadata: [UInt8] = [], durable: Bool = false
    ) throws(StoreError) -> VersionID {
        try checkSizes(metadata: metadata, origin: [])
        return VersionID(rawValue: try submit(.fork(version: nil, headOf: source, as: branch, metadata: metadata), durable: durable))
    }

    /// Removes a branch. Its pinned snapshots stay readable; branches forked from it live on. Throws `noSuchBranch`.
    public func discard(_ branch: BranchID, durable: Bool = false) throws(StoreError) {
        _ = try submit(.discard(branch), durable: durable)
    }

    /// Replaces a branch's metadata (at most `StoreLimits.maximumMetadataBytes`). Throws `noSuchBranch`.
    public func setMetadata(_ branch: BranchID, _ metadata: [UInt8], durable: Bool = false) throws(StoreError) {
        try checkSizes(metadata: metadata, origin: [])
        _ = try submit(.metadata(branch, metadata), durable: durable)
    }

    /// Gives the branch a new version with the pages of `target` (restore, reset, fast-forward, live re-rooting), raises its
    /// generation by one and its change counter beyond all it had. The new version's parents are `target` and `mergedFrom`.
    /// With `expectedHead` it throws `staleHead` if the head is another. Durable as a commit is.
    @discardableResult
    public func moveHead(
        of branch: BranchID, to target: VersionID, mergedFrom: VersionID? = nil, expectedHead: VersionID? = nil, metadata: [UInt8]? = nil
    ) throws(StoreError) -> VersionID {
        try checkSizes(metadata: metadata, origin: [])
        return VersionID(rawValue: try submit(.move(
            branch: branch, target: target.rawValue, mergedFrom: mergedFrom?.rawValue, expectedHead: expectedHead?.rawValue, metadata: metadata
        ), durable: options.sync == .full))
    }

    /// A small value kept with the store, by key.
    public func storeValue(_ key: String) -> [UInt8]? { registry.lock.withLock { registry.values[key] } }

    /// All keys of store values, sorted.
    public func storeKeys() -> [String] { registry.lock.withLock { Array(registry.values.keys) }.sorted() }

    /// Sets or removes (nil) a store value of at most `StoreLimits.maximumMetadataBytes`.
    public func setStoreValue(_ key: String, _ value: [UInt8]?, durable: Bool = false) throws(StoreError) {
        guard key.utf8.count <= StoreLimits.maximumKeyBytes else {
            throw .invalidArgument("a key of a store value has at most \(StoreLimits.maximumKeyBytes) bytes")
        }
        try checkSizes(metadata: value, origin: [])
        _ = try submit(.value(key, value), durable: durable)
    }

    func checkSizes(metadata: [UInt8]?, origin: [UInt8]) throws(StoreError) {
        let room = min(StoreLimits.maximumMetadataBytes, log.extentBytes / 4)
        if let metadata, metadata.count > room { throw .invalidArgument("metadata of \(metadata.count) bytes exceeds \(room)") }
        let originRoom = min(StoreLimits.maximumOriginBytes, log.extentBytes / 8)
        if origin.count > originRoom { throw .invalidArgument("an origin of \(origin.count) bytes exceeds \(originRoom)") }
    }

    /// Commits with more changed pages keep the list of them outside of their record.
    var inlineEntryLimit: Int { log.extentBytes / 4 / LogRecord.entryBytes }

    // MARK: versions

    /// What is known of a version, or nil if it is not kept (any more).
    public func version(_ id: VersionID) -> VersionEntry? { registry.lock.withLock { registry.versions[id.rawValue]?.entry } }

    /// The kept versions made on the branch and its head's ancestors along first parents, newest first.
    public func versions(of branch: BranchID, limit: Int = .max) -> [VersionEntry] {
        registry.lock.lock()
        defer { registry.lock.unlock() }
        guard let head = registry.branches[branch]?.head else { return [] }
        var found: [LSN: Version] = [:]
        for version in registry.versions.values where version.branch == branch { found[version.id] = version }
        var next: Version? = head
        var steps = 0
        while let version = next, steps < limit {
            found[version.id] = version
            next = registry.versions[version.parent]
            steps += 1
        }
        return found.values.sorted { $0.id > $1.id }.prefix(max(0, limit)).map(\.entry)
    }

    /// The best common ancestors of two versions, newest first; a version counts as its own ancestor.
    public func mergeBases(_ a: VersionID, _ b: VersionID) -> [VersionID] {
        registry.lock.withLock { registry.mergeBases(a.rawValue, b.rawValue) }.map { VersionID(rawValue: $0) }
    }

    /// Whether `a` is `b` or an ancestor of `b`.
    public func isAncestor(_ a: VersionID, of b: VersionID) -> Bool {
        registry.lock.withLock {
            a == b || registry.versions[b.rawValue].map { registry.isAncestor(a.rawValue, of: $0) } ?? false
        }
    }

    // MARK: reads

    /// Whether the file was cut short or its disk failed while pages were read through the mapping, or the store was closed:
    /// what a statement read since it began may be wrong then. Stays so until the store is opened again.
    @inline(__always) public var isBroken: Bool { io.isBroken }

    private func checkReadable() throws(StoreError) {
        try state.checkOpen()
        try checkUnbroken()
    }

    /// Throws `poisoned` where `isBroken`.
    func checkUnbroken() throws(StoreError) {
        if io.isBroken { throw .poisoned(detail: "the file was cut short, or its disk failed, while it was read") }
    }

    /// Pins the branch's head. No system call. Throws `noSuchBranch`.
    public func snapshot(of branch: BranchID) throws(StoreError) -> Snapshot {
        try checkReadable()
        registry.lock.lock()
        guard let found = registry.branches[branch] else {
            registry.lock.unlock()
            throw .noSuchBranch(branch)
        }
        let head = found.head
        let generation = found.generation
        let epoch = registry.pinForSnapshot(head)
        registry.lock.unlock()
        return Snapshot(store: self, pinned: head, branch: branch, generation: generation, epoch: epoch)
    }

    /// Pins a version. Throws `noSuchVersion`.
    public func snapshot(at id: VersionID) throws(StoreError) -> Snapshot {
        try checkReadable()
        registry.lock.lock()
        guard let version = registry.versions[id.rawValue] else {
            registry.lock.unlock()
            throw .noSuchVersion(id)
        }
        let epoch = registry.pinForSnapshot(version)
        registry.lock.unlock()
        return Snapshot(store: self, pinned: version, branch: version.branch, generation: 0, epoch: epoch)
    }

    /// Pins the heads of several branches as of one moment, in the order given. Throws `noSuchBranch`.
    public func snapshots(of ids: [BranchID]) throws(StoreError) -> [Snapshot] {
        try checkReadable()
        registry.lock.lock()
        var found: [BranchState] = []
        for id in ids {
            guard let branch = registry.branches[id] else {
                registry.lock.unlock()
                throw .noSuchBranch(id)
            }
            found.append(branch)
        }
        let pinned = found.map { branch in
            (branch.head, branch.id, branch.generation, registry.pinForSnapshot(branch.head))
        }
        registry.lock.unlock()
        return pinned.map { Snapshot(store: self, pinned: $0.0, branch: $0.1, generation: $0.2, epoch: $0.3) }
    }

    func unpin(_ version: Version, epoch: UInt64) { registry.lock.withLock { registry.unpinSnapshot(version, epoch: epoch) } }

    // MARK: writes

    /// Waits in the branch's queue for the right to write it, blocking the thread. Throws `writerBusy` after the timeout or
    /// when `cancelled` (asked every few milliseconds) says so, `noSuchBranch`, `readOnly`.
    public func acquireWriter(
        of branch: BranchID, timeout: Duration, cancelled: () -> Bool = { false }
    ) throws(StoreError) -> WriterSlot {
        try state.checkWritable()
        guard let found = registry.lock.withLock({ registry.branches[branch] }) else { throw .noSuchBranch(branch) }
        guard let slot = WriterSlot.acquire(found, lock: writerLock, timeout: timeout, cancelled: cancelled) else {
            throw .writerBusy(branch)
        }
        return slot
    }

    /// Begins a transaction on a snapshot, which must be of the branch's head. Throws `staleHead`.
    public func begin(_ slot: WriterSlot, on snapshot: Snapshot) throws(StoreError) -> WriteTransaction {
        try checkWritable(slot, on: snapshot)
        return WriteTransaction(store: self, slot: slot, base: snapshot)
    }

    /// Begins a transaction without the right to write the branch: others go on writing it. Its changes are seen by nobody else;
    /// it can be committed only after ``WriteTransaction/claim(_:)``, if the branch has not moved since the snapshot.
    public func beginPrivately(on snapshot: Snapshot) throws(StoreError) -> WriteTransaction {
        try state.checkWritable()
        return WriteTransaction(store: self, slot: nil, base: snapshot)
    }

    /// Throws `staleHead` unless the snapshot is of the head of the branch whose slot this is.
    func checkWritable(_ slot: WriterSlot, on snapshot: Snapshot) throws(StoreError) {
        try state.checkWritable()
        guard slot.branch == snapshot.branch, !slot.isReleased else { throw .writerBusy(snapshot.branch) }
        guard let head = registry.lock.withLock({ registry.branches[slot.branch].map { ($0.head.id) } }) else { throw .noSuchBranch(slot.branch) }
        guard head == snapshot.version.rawValue else {
            throw .staleHead(branch: slot.branch, expected: snapshot.version, found: VersionID(rawValue: head))
        }
    }

    /// Waits until all that was acknowledged is durable.
    public func sync() throws(StoreError) {
        try state.checkWritable()
        let lsn = registry.lock.withLock { registry.published }
        if log.durable.load(ordering: .acquiring) >= lsn { return }
        try state.sync(io.file)
        log.noteDurable(lsn)
    }

    /// Makes the images of a large commit durable before its record is written.
    func syncImages() throws(StoreError) {
        if options.sync == .off { return }
        try state.sync(io.file)
    }

    // MARK: nodes

    /// Frees the nodes of a map that was never published.
    func freeNodes(of root: NodeRef?, notIn base: NodeRef?) {
        do throws(StoreError) {
            try maps.forEachOwn(of: root, notIn: base, nil, image: { _, _ in }, node: { nodes.free($0) })
        } catch {
            // A node of the base could not be read: what was made for this map stays in memory until the store is closed.
        }
    }
}
