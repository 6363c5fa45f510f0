/// The parts of a store that is being opened.
struct Opened {
    var io: PageIO
    var space: Space
    var nodes: NodeTable
    var registry: Registry
    var log: LogWriter
    var state: StoreState
    var maintenance: Maintenance
}

extension Store {
    /// Extents of the part of the file kept for the log.
    static let arenaExtents = 8
    /// Bytes of a log extent unless the options say otherwise; at least 16 slots.
    static let defaultExtentBytes = 64 << 10

    /// Opens a store in a file of the operating system, or one in memory (`:memory:`), creating it if it does not exist
    /// and the options allow. Throws `locked`, `notAStore`, `formatVersion`, `corrupt`, `io`.
    public static func open(path: String, options: StoreOptions = StoreOptions()) throws(StoreError) -> Store {
        if path == ":memory:" { return try open(io: MemoryFileSystem(), path: path, options: options) }
        return try open(io: PosixFileSystem(), path: path, options: options)
    }

    /// Opens a store in any file system.
    public static func open(io files: any StoreFileSystem, path: String, options: StoreOptions = StoreOptions()) throws(StoreError) -> Store {
        guard Superblock.isPageSize(options.pageSize) else {
            throw .invalidArgument("a page has \(StoreLimits.minimumPageSize) to \(StoreLimits.maximumPageSize) bytes, a power of two")
        }
        let file = try files.open(path: path, readOnly: options.readOnly, create: !options.mustExist)
        do throws(StoreError) {
            if !options.readOnly { try file.lockOwner() }
            let opened = try open(file: file, path: path, options: options)
            let store = Store(opened: opened, files: files, path: path, options: options)
            opened.maintenance.startThread()
            return store
        } catch {
            file.close()
            throw error
        }
    }

    private static func open(file: any StoreFile, path: String, options: StoreOptions) throws(StoreError) -> Opened {
        guard let found = try Superblock.find(in: file) else {
            if options.readOnly || options.mustExist { throw .notAStore(path: path) }
            guard try isUnused(file) else { throw .notAStore(path: path) }
            return try Recovery.format(file, options: options)
        }
        if !options.readOnly { return try Recovery(file: file, superblock: found, options: options).openForWriting() }
        // Announce the generation, then make sure that it still is the newest: from then on its slots stay.
        var superblock = found
        while true {
            try file.pinGeneration(superblock.generation)
            guard let now = try Superblock.find(in: file) else { throw .notAStore(path: path) }
            if now.generation == superblock.generation || options.rules.isOff(.rorecheck) { break }
            try file.unpinGeneration(superblock.generation)
            superblock = now
        }
        return try Recovery(file: file, superblock: superblock, options: options).openForReading()
    }

    /// Whether the file is empty or what a creation left that did not get as far as its superblocks.
    private static func isUnused(_ file: any StoreFile) throws(StoreError) -> Bool {
        if try file.size() == 0 { return true }
        let io = PageIO(file: file, pageSize: StoreLimits.minimumPageSize)
        var bytes = [UInt8](repeating: 0, count: 4 * StoreLimits.maximumPageSize)
        let n = try io.read(at: 0, into: &bytes)
        return bytes[..<n].allSatisfy { $0 == 0 }
    }

    // MARK: upkeep

    func allocate(_ count: Int, presynced: Bool) throws(StoreError) -> [Slot] {
        try makingRoom { () throws(StoreError) in try space.allocate(count, presynced: presynced) }
    }

    /// Makes sure that the next checkpoint will have room for an overlay. Throws `diskFull`.
    func admit(overlayBytes: Int) throws(StoreError) {
        try makingRoom { () throws(StoreError) in try space.admit(1 + overlayBytes / (pageSize / 2)) }
    }

    /// Tries again after a checkpoint where the disk is full: what dropped versions held may be released by it.
    private func makingRoom<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        do throws(StoreError) {
            return try body()
        } catch {
            guard error == .diskFull, !options.hooks.isWithinCheckpoint else { throw error }
            _ = try? maintenance.reclaim()
            try maintenance.checkpoint()
            return try body()
        }
    }

    func afterRecord() { maintenance.afterRecord() }

    /// Makes all that is published the store's checkpoint, on stable storage. Readers and writers go on meanwhile.
    public func checkpoint() throws(StoreError) { try maintenance.checkpoint() }

    /// Drops versions that neither heads, snapshots, merge bases nor the retention rule keep; returns how many. Their slots
    /// are used again after the next checkpoint.
    @discardableResult
    public func reclaim() throws(StoreError) -> Int { try maintenance.reclaim(force: true) }

    /// Makes a checkpoint, syncs, and gives up the ownership. Snapshots still held stay valid objects, but read no more
    /// pages. Further calls do nothing.
    public func close() throws(StoreError) {
        maintenance.stopThread()
        var failure: StoreError?
        if !options.readOnly, !state.poisoned {
            do throws(StoreError) {
                try state.checkOpen()
                try maintenance.reclaim()
                try maintenance.checkpoint()
                try maintenance.syncAlways()
            } catch {
                failure = error == .closed ? nil : error
            }
        }
        if state.close() {
            io.isClosed.store(true, ordering: .releasing)
            io.file.unlock() // the descriptor stays until no snapshot is left, so that its number is not another file's
        }
        if let failure { throw failure }
    }

    /// Figures as of one moment.
    public func statistics() -> StoreStatistics {
        var s = StoreStatistics()
        registry.lock.lock()
        s.branches = registry.branches.count
        s.versions = registry.versions.count
        s.lastLSN = registry.published
        s.commits = registry.commits
        s.versionsDropped = registry.dropped
        s.pinnedVersions = registry.versions.values.reduce(0) { $0 + ($1.pins > 0 ? 1 : 0) }
        registry.lock.unlock()
        let counts = space.counts
        s.pageSize = pageSize
        s.fileSlots = UInt64(counts.slots)
        s.usedSlots = UInt64(counts.used)
        s.systemSlots = UInt64(counts.system)
        s.quarantinedSlots = UInt64(counts.quarantined)
        s.freeSlots = UInt64(counts.free)
        s.inFlightSlots = UInt64(counts.inFlight)
        s.durableLSN = log.durable.load(ordering: .relaxed)
        s.generation = maintenance.lock.withLock { maintenance.superblock.generation }
        s.logBytesSinceCheckpoint = UInt64(max(0, log.bytesSinceCheckpoint.load(ordering: .relaxed)))
        s.checkpoints = maintenance.checkpointCount.load(ordering: .relaxed)
        s.syncs = state.syncs.load(ordering: .relaxed)
        s.commitGroups = log.groups.load(ordering: .relaxed)
        s.mapNodesInMemory = nodes.inMemory.load(ordering: .relaxed)
        (s.mapCacheBytes, s.mapLimboBytes) = nodes.cachedBytes
        return s
    }
}

extension NodeTable {
    /// Frees the nodes of all versions, those in memory only among them; nobody reads any more.
    func freeEverything(_ registry: Registry) {
        var memoryOnly: Set<NodeRef> = []
        func collect(_ node: NodeRef) {
            guard node.pointee.address == 0, memoryOnly.insert(node).inserted, node.pointee.level > 0 else { return }
            guard let body = node.pointee.body.load(ordering: .relaxed) else { return }
            if node.pointee.isOverlay {
                if let tree = Overlay(raw: body).tree { collect(tree) }
                return
            }
            for i in 0 ..< Node.fanout { if let child = body.children[i] { collect(child) } }
        }
        for version in registry.versions.values { if let root = version.root { collect(root) } }
        for node in memoryOnly { Node.destroy(node) }
        freeAll()
    }
}
