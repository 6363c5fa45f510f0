import Synchronization

/// Checkpoints, dropping of versions and release of slots; its own thread if the options say so. Knows the parts of the
/// store but not the `Store`, so that the thread does not keep it alive.
final class Maintenance: @unchecked Sendable { // mutable fields under `lock`, those of the thread under `threadLock`
    let io: PageIO
    let space: Space
    let nodes: NodeTable
    let maps: PageMap
    let registry: Registry
    let log: LogWriter
    let state: StoreState

    /// Held by whatever walks or drops versions. The first lock to take.
    let lock = Lock()
    var superblock: Superblock
    /// Slots of the version table and of the free map's directory.
    var tableSlots: [Slot]
    /// Where the chunks of the free map lie.
    var chunks: [(slot: Slot, sum: UInt64)]
    /// Versions kept for a while by the retention rule, to be asked about again.
    var retained = RetainedVersions()
    /// Generations that a backup reads.
    var holds: [UInt64] = []
    let checkpointCount = Atomic<UInt64>(0)
    /// Slots of table, map and directory, for the reserve.
    let metaSlots = Atomic<Int>(0)
    /// Bytes that the next version table is sure not to exceed.
    let tableBytes = Atomic<Int>(0)

    private let threadLock = Lock()
    private let threadWake = Condition()
    private var thread: Thread?
    private var stopping = false
    private var woken = false
    private let isActive = Atomic<Bool>(false)

    init(
        io: PageIO, space: Space, nodes: NodeTable, registry: Registry, log: LogWriter, state: StoreState,
        superblock: Superblock, tableSlots: [Slot], chunks: [(slot: Slot, sum: UInt64)]
    ) {
        self.io = io
        self.space = space
        self.nodes = nodes
        maps = PageMap(table: nodes)
        self.registry = registry
        self.log = log
        self.state = state
        self.superblock = superblock
        self.tableSlots = tableSlots
        self.chunks = chunks
        metaSlots.store(tableSlots.count + chunks.count, ordering: .relaxed)
        tableBytes.store(Int(superblock.table.length), ordering: .relaxed)
        space.reserve = { [unowned self] inFlight in reserve(inFlight: inFlight) }
        nodes.onPressure { [weak self] in self?.trimNodes() }
        log.relieve = { [unowned self] () throws(StoreError) in
            if state.options.hooks.isWithinCheckpoint { throw .diskFull }
            try checkpoint()
        }
    }

    /// Slots that commits must leave. Called under `Space.lock`.
    private func reserve(inFlight: Int) -> Int {
        let nodeBytes = nodes.unpersistedBytes.load(ordering: .relaxed)
        let table = tableBytes.load(ordering: .relaxed) + registry.tableGrowthHint.load(ordering: .relaxed)
        let usable = io.pageSize / 2 // nodes are packed, not cut: of two neighbouring slots at least one page is full
        let map = space.slotCount / space.chunkSlots + 2
        if state.options.rules.isOff(.reserve) { return 0 }
        return metaSlots.load(ordering: .relaxed) + Maintenance.reserveSlots + log.unvouchedImages + inFlight
            + nodeBytes / usable + table / usable + 2 * map
    }

    private static let reserveSlots = 16

    // MARK: sync

    private func sync() throws(StoreError) {
        if state.options.sync == .off { return }
        try syncAlways()
    }

    func syncAlways() throws(StoreError) { try state.sync(io.file) }

    // MARK: checkpoint

    func checkpoint() throws(StoreError) {
        lock.lock()
        defer { lock.unlock() }
        try checkpointLocked()
    }

    private struct Work {
        var lsn: LSN
        var position: LogPosition
        var versions: [Version] = []
        var values: [String: [UInt8]]
        var oldExtents: [Slot]
        var oldLists: [Slot]
        var cut: Space.Cut
        var logBytes: Int
        var growth: Int
    }

    /// Fixes the moment whose state the checkpoint will hold; branches and versions are collected afterwards.
    private func takeCut(oldLog: [Slot]) -> Work {
        registry.lock.lock()
        defer { registry.lock.unlock() }
        let position = state.options.rules.isOff(.cutpos) ? log.position : registry.position
        let current = registry.extents.firstIndex(of: position.extent) ?? 0
        let lists = registry.lists.filter { $0.lsn <= registry.published }.flatMap(\.slots)
        registry.beginCut()
        return Work(
            lsn: registry.published, position: position, values: registry.values,
            oldExtents: oldLog + registry.extents[..<current], oldLists: lists, cut: space.lock.withLock { space.cutLocked() },
            logBytes: log.bytesSinceCheckpoint.load(ordering: .relaxed), growth: registry.tableGrowthHint.load(ordering: .relaxed)
        )
    }

    /// Nodes, version table, free map; sync; superblock; sync; then what only the older checkpoint needed is retired.
    func checkpointLocked(oldLog: [Slot] = []) throws(StoreError) {
        try state.checkWritable()
        try release()
        if space.isWaitingForReaders, !state.options.rules.isOff(.ckadmit) { throw .diskFull }
        var work = takeCut(oldLog: oldLog)
        defer { registry.endCut() }
        var written: [Slot] = []
        var retired = tableSlots
        var newChunks = chunks
        var next = superblock
        let newTable: [Slot]
        do throws(StoreError) {
            work.cut.forgetSystemSlots()
            let branches = registry.branchesOfCut()
            work.versions = registry.versionsOfCut()
            try writeNodes(&work)
            let table = TableFormat.encode(versions: work.versions, branches: branches, values: work.values)
            let tableChain = try space.allocate(BlobChain.slotsNeeded(table.count, pageSize: io.pageSize), system: true)
            written += tableChain
            next.table = try BlobChain.write(table, into: tableChain, io: io)
            try writeChunks(work.cut, &newChunks, written: &written, retired: &retired)
            var directory = ByteWriter()
            for chunk in newChunks {
                directory.put(UInt64(chunk.slot))
                directory.put(chunk.sum)
            }
            let directoryChain = try space.allocate(BlobChain.slotsNeeded(directory.count, pageSize: io.pageSize), system: true)
            written += directoryChain
            next.map = try BlobChain.write(directory.bytes, into: directoryChain, io: io)
            newTable = tableChain + directoryChain
        } catch {
            space.giveBack(written)
            space.restore(work.cut)
            if error == .diskFull { throw error }
            throw state.poison(error)
        }
        if !state.options.rules.isOff(.nodesync) { try sync() }
        log.noteDurable(work.lsn)
        invariant(state.options.rules, work.lsn >= superblock.lsn, "a checkpoint goes back from record \(superblock.lsn) to \(work.lsn)")
        next.generation += 1
        next.nonce = log.nonce
        next.lsn = work.lsn
        next.log = work.position
        next.slots = UInt64(work.cut.states.count)
        do throws(StoreError) { try next.write(to: io, rules: state.options.rules) } catch { throw state.poison(error) }
        if !state.options.rules.isOff(.sbsync) { try sync() }
        superblock = next
        space.publish(written, as: SlotState.system)
        log.noteVouched(work.lsn)
        space.retire(generation: next.generation, freed: work.cut.freed, system: retired + work.oldLists, extents: work.oldExtents)
        tableSlots = newTable
        chunks = newChunks
        metaSlots.store(newTable.count + newChunks.count, ordering: .relaxed)
        tableBytes.store(Int(next.table.length), ordering: .relaxed)
        registry.lock.withLock {
            registry.extents.removeAll { work.oldExtents.contains($0) }
            registry.lists.removeAll { $0.lsn <= work.lsn }
        }
        registry.tableGrowthHint.subtract(work.growth, ordering: .relaxed)
        log.bytesSinceCheckpoint.subtract(work.logBytes, ordering: .relaxed)
        checkpointCount.add(1, ordering: .relaxed)
        try release()
    }

    /// Writes the chunks of the free map that changed.
    private func writeChunks(
        _ cut: Space.Cut, _ chunks: inout [(slot: Slot, sum: UInt64)], written: inout [Slot], retired: inout [Slot]
    ) throws(StoreError) {
        let size = space.chunkSlots
        let count = (cut.states.count + size - 1) / size
        while chunks.count > count { if let last = chunks.popLast(), last.slot != 0 { retired.append(last.slot) } }
        while chunks.count < count { chunks.append((0, 0)) }
        for index in cut.dirtyChunks.sorted() where index < count {
            if chunks[index].slot != 0 { retired.append(chunks[index].slot) }
            chunks[index] = (0, 0)
            var bytes = Array(cut.states[index * size ..< min(cut.states.count, (index + 1) * size)])
            if bytes.allSatisfy({ $0 == 0 }) { continue }
            bytes.append(contentsOf: [UInt8](repeating: 0, count: size - bytes.count))
            let slot = try space.allocate(1, system: true)[0]
            written.append(slot)
            try io.write(at: io.offset(slot), bytes)
            chunks[index] = (slot, Hash64.hash(bytes))
        }
    }

    /// Packs nodes into slots.
    private struct Packer {
        var slot: Slot = 0
        var bytes: [UInt8] = []
        var count = 0
    }

    /// Writes all nodes of the cut's versions that are in memory only.
    private func writeNodes(_ work: inout Work) throws(StoreError) {
        var packer = Packer()
        do throws(StoreError) {
            for version in work.versions {
                if let root = version.root { try writeNode(root, &packer, &work.cut) }
            }
            try flush(&packer)
        } catch {
            // Nodes have been told their places: they must get there.
            do throws(StoreError) { try flush(&packer) } catch { throw state.poison(error) }
            throw error
        }
    }

    private func flush(_ packer: inout Packer) throws(StoreError) {
        if packer.slot == 0 { return }
        packer.bytes.append(contentsOf: [UInt8](repeating: 0, count: io.pageSize - packer.bytes.count))
        try io.write(at: io.offset(packer.slot), packer.bytes)
        packer = Packer()
    }

    private func writeNode(_ node: NodeRef, _ packer: inout Packer, _ cut: inout Space.Cut) throws(StoreError) {
        if node.pointee.address != 0 { return }
        let body = try nodes.body(node)
        if node.pointee.isOverlay {
            if let tree = Overlay(raw: body).tree { try writeNode(tree, &packer, &cut) }
        } else if node.pointee.level > 0 {
            for i in 0 ..< Node.fanout {
                if let child = body.children[i] { try writeNode(child, &packer, &cut) }
            }
        }
        let bytes = NodeTable.encode(node, body: body)
        if packer.slot == 0 || packer.bytes.count + bytes.count > io.pageSize || packer.count == Int(SlotState.maximumNodes) {
            try flush(&packer)
            packer.slot = try space.allocate(1, system: true)[0]
        }
        nodes.persisted(node, address: NodeAddress.pack(slot: packer.slot, offset: packer.bytes.count), sum: Hash64.hash(bytes))
        packer.bytes += bytes
        packer.count += 1
        space.addNode(packer.slot)
        let slot = Int(packer.slot)
        while cut.states.count <= slot { cut.states.append(0) }
        cut.states[slot] += 1
        cut.dirtyChunks.insert(slot / space.chunkSlots)
    }

    // MARK: release

    /// Releases slots that neither a durable checkpoint nor an old reader needs, and cuts the file.
    func release() throws(StoreError) {
        var released = false
        while let generation = space.oldestRelease {
            if holds.contains(where: { $0 < generation }) { break }
            if !state.options.rules.isOff(.ropin), try io.file.hasPins(below: generation) { break }
            space.releaseOldest()
            released = true
        }
        if released { _ = try space.shrink(slack: state.options.shrinkSlackSlots) }
    }

    // MARK: reclaim

    /// Drops versions that nothing needs; returns how many. `force` asks about all retained versions again.
    @discardableResult
    func reclaim(force: Bool = false) throws(StoreError) -> Int {
        let waits = !state.options.rules.isOff(.dropwait)
        if waits { lock.lock() }
        defer { if waits { lock.unlock() } }
        return try reclaimLocked(force: force)
    }

    func reclaimLocked(force: Bool) throws(StoreError) -> Int {
        try state.checkWritable()
        let now = state.options.clock()
        var dropped = 0
        let due = force ? retained.removeAll() : retained.remove(dueAt: now)
        if !due.isEmpty { registry.lock.withLock { for version in due { registry.consider(version) } } }
        while true {
            let batch = registry.lock.withLock { registry.takeCandidates(.max) }
            if batch.isEmpty { return dropped }
            for version in batch { if try dropUnlessWanted(version, now) { dropped += 1 } }
        }
    }

    private func dropUnlessWanted(_ version: Version, _ now: Int64) throws(StoreError) -> Bool {
        if let retention = state.options.retention {
            let wanted = registry.lock.withLock { registry.isDroppable(version) && registry.versions[version.id] === version ? version.entry : nil }
            guard let wanted else { return false }
            if case .keep(let until) = retention(wanted, now) {
                retained.add(version, until: until)
                return false
            }
        }
        return try drop(version)
    }

    /// Versions that a committing thread drops beside its own record.
    private static let besideCommit = 4

    /// Drops a few versions on the thread that committed, which is cheaper than on another that gets in its way. Does nothing
    /// while something else is at work with versions, or where a rule has to be asked.
    private func reclaimBesideCommit() {
        guard state.options.retention == nil, lock.tryLock() else { return }
        defer { lock.unlock() }
        do throws(StoreError) {
            for version in registry.lock.withLock({ registry.takeCandidates(Maintenance.besideCommit) }) { _ = try drop(version) }
        } catch {
            // A node could not be read: the version stays until the next opening.
        }
    }

    /// Frees what only this version has.
    private func drop(_ version: Version) throws(StoreError) -> Bool {
        registry.lock.lock()
        guard registry.isDroppable(version), registry.versions[version.id] === version else {
            registry.lock.unlock()
            return false
        }
        let neighbours = registry.remove(version)
        registry.lock.unlock()
        var images: [Slot] = []
        var own: [NodeRef] = []
        try maps.forEachOwn(
            of: version.root, notIn: neighbours.parent, neighbours.child,
            image: { images.append($1.slot) }, node: { own.append($0) }
        )
        for node in own {
            if node.pointee.address != 0 { space.removeNode(NodeAddress.slot(node.pointee.address)) }
            nodes.free(node)
        }
        space.free(images)
        return true
    }

    // MARK: map cache

    /// Takes bodies of map nodes out of memory where they are beyond the bound, unless somebody is at work with nodes.
    func trimNodes() {
        guard lock.tryLock() else { return }
        defer { lock.unlock() }
        let epoch = registry.lock.withLock { registry.currentEpoch }
        if nodes.trim(epoch: epoch) { registry.lock.withLock { registry.nextEpoch() } }
        nodes.release(before: registry.lock.withLock { registry.oldestEpoch })
    }

    // MARK: when

    /// Whether a checkpoint is due.
    var isCheckpointDue: Bool {
        let options = state.options
        let logLimit = max(options.checkpointLogBytes, tableBytes.load(ordering: .relaxed))
        if log.bytesSinceCheckpoint.load(ordering: .relaxed) > logLimit { return true }
        let (quarantined, slots) = space.lock.withLock { (space.quarantinedCount, space.slotCount) }
        let limit = max(options.checkpointQuarantinedSlots, slots / 8)
        return quarantined + log.unvouchedImages > limit && log.bytesSinceCheckpoint.load(ordering: .relaxed) > 0
    }

    /// After a record: does, or has done, what is due.
    func afterRecord() {
        if state.options.backgroundMaintenance {
            reclaimBesideCommit()
            if !isActive.load(ordering: .relaxed), !isActive.exchange(true, ordering: .acquiringAndReleasing) || isCheckpointDue { wake() }
            return
        }
        if isCheckpointDue, state.options.hooks.allowsUpkeep { run() }
    }

    /// One round of what is due. Errors are kept: they poison the store or come back with the next operation.
    private func run() {
        do throws(StoreError) {
            try reclaim()
            if isCheckpointDue { try checkpoint() }
        } catch {}
        trimNodes()
    }

    func startThread() {
        guard state.options.backgroundMaintenance, !state.isReadOnly else { return }
        threadLock.withLock {
            if thread == nil { thread = Thread { [unowned self] in loop() } }
        }
    }

    func stopThread() {
        let running = threadLock.withLock { () -> Thread? in
            stopping = true
            threadWake.broadcast()
            let running = thread
            thread = nil
            return running
        }
        running?.join()
    }

    private func wake() {
        threadLock.withLock {
            woken = true
            threadWake.signal()
        }
    }

    /// Pause between two rounds while there is something to do.
    private static let roundInterval: Int64 = 20_000_000

    private func loop() {
        var lastSync = monotonicNanoseconds()
        while true {
            threadLock.lock()
            while !woken, !stopping { threadWake.wait(threadLock) }
            woken = false
            let stop = stopping
            threadLock.unlock()
            if stop { return }
            // Work as long as there are records; then sleep until the next one.
            while true {
                isActive.store(true, ordering: .relaxed)
                let seen = registry.lock.withLock { registry.published }
                run()
                do throws(StoreError) {
                    if try space.growAhead() { try sync() }
                } catch {}
                let now = monotonicNanoseconds()
                if state.options.sync == .full, now - lastSync >= state.options.lazySyncInterval.nanosecondsClamped {
                    lastSync = now
                    if log.durable.load(ordering: .acquiring) < seen, !state.poisoned {
                        do throws(StoreError) {
                            try sync()
                            log.noteDurable(seen)
                        } catch {}
                    }
                }
                threadLock.lock()
                if !stopping { threadWake.wait(threadLock, until: now + Maintenance.roundInterval) }
                woken = false
                let stop = stopping
                threadLock.unlock()
                if stop { return }
                if state.poisoned { break }
                let quiet = registry.lock.withLock { registry.published == seen && registry.candidates.isEmpty }
                let pending = state.options.sync == .full && log.durable.load(ordering: .acquiring) < seen
                if quiet, !pending {
                    isActive.store(false, ordering: .releasing)
                    // A record that came between the look and the store has not woken this thread.
                    if registry.lock.withLock({ registry.published }) == seen { break }
                }
            }
        }
    }
}
