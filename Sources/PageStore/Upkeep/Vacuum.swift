import Glibc

/// What a vacuum did.
public struct VacuumReport: Sendable, Equatable {
    /// Bytes of the file before and after.
    public var bytesBefore: UInt64 = 0
    public var bytesAfter: UInt64 = 0
    /// Page images that were moved.
    public var movedImages = 0
    /// False if it gave up because there was no moment without an open snapshot or transaction.
    public var isComplete = true
    public init() {}
}

extension Store {
    /// Images moved in one pass, at most and where others are at work: between passes they get their turn.
    static let vacuumBatch = 8_192
    private static let vacuumSmallBatch = 256
    /// Free slots that may stay between those in use.
    private static let vacuumSlack = 32
    private static let vacuumIdlePasses = 3
    /// Pauses before another try where somebody reads or writes, in microseconds.
    private static let vacuumPause: UInt32 = 1_000
    private static let vacuumLongestPause: UInt32 = 32_000

    /// Moves what lies at the end of the file to free places nearer its front and cuts the file.
    ///
    /// It goes in passes. A pass copies a batch of images to free slots, makes maps that name the new places, and then, in one
    /// moment in which nothing is pinned and no record can be written, gives every version its new map and makes that the
    /// checkpoint. Until that checkpoint is durable the old one stands, whose slots nobody has touched; the old places become
    /// free as all freed slots do. Readers and writers that come meanwhile wait for the length of one checkpoint.
    /// - Parameter patience: how long to wait, in all, for moments without a snapshot or transaction.
    /// - Throws: `readOnly`, `diskFull`, `io`, `corrupt`.
    public func vacuum(patience: Duration = .seconds(5)) throws(StoreError) -> VacuumReport {
        try state.checkWritable()
        var report = VacuumReport()
        report.bytesBefore = try io.file.size()
        let deadline = monotonicNanoseconds() + patience.nanosecondsClamped
        // Passes without an image: they move nodes and tables, to places that readers of old generations may not have left yet.
        var idle = 0
        var batch = Store.vacuumBatch
        var pause = Store.vacuumPause
        passes: while idle < Store.vacuumIdlePasses {
            switch try vacuumPass(batch) {
            case .nothingToDo: break passes
            case .moved(let images):
                report.movedImages += images
                idle = images == 0 ? idle + 1 : 0
                batch = min(Store.vacuumBatch, 2 * batch)
                pause = Store.vacuumPause
            case .busy:
                if monotonicNanoseconds() >= deadline {
                    report.isComplete = false
                    break passes
                }
                // A try that comes to nothing should have cost little.
                batch = max(Store.vacuumSmallBatch, batch / 2)
                usleep(pause)
                pause = min(Store.vacuumLongestPause, 2 * pause)
            }
        }
        // Twice: the log, the table and the free map move on with each checkpoint and leave their old places with the next.
        for _ in 0 ..< 2 {
            space.rewind()
            try checkpoint()
        }
        try maintenance.lock.locked { () throws(StoreError) in _ = try space.shrink(slack: 0) }
        report.bytesAfter = try io.file.size()
        return report
    }

    private enum Pass {
        case nothingToDo
        case moved(Int)
        case busy
    }

    private func vacuumPass(_ batch: Int) throws(StoreError) -> Pass {
        try maintenance.lock.locked { () throws(StoreError) -> Pass in
            if registry.lock.withLock({ registry.versions.values.contains { $0.pins > 0 } }) { return .busy }
            _ = try maintenance.reclaimLocked(force: false)
            space.rewind()
            try maintenance.checkpointLocked()
            let limit = space.packedEnd + Store.vacuumSlack
            let used = space.used(from: limit)
            let high = maintenance.chunks.indices.filter { maintenance.chunks[$0].slot >= Slot(limit) }
            if used.images.isEmpty, used.nodes.isEmpty, high.isEmpty { return .nothingToDo }
            // Room is left for the nodes that are written anew.
            let sources = Array(used.images.prefix(batch))
            let targets = space.allocateLow(sources.count, below: limit)
            if targets.isEmpty, used.nodes.isEmpty, high.isEmpty { return .nothingToDo }
            var moves: [Slot: Slot] = [:]
            for (source, target) in zip(sources, targets) { moves[source] = target }
            var relocation = Relocation(maps: maps, moves: moves, nodesFrom: Slot(limit))
            do throws(StoreError) {
                let sums = try copyImages(moves)
                // Most of the work, while others go on.
                for version in registry.lock.withLock({ Array(registry.versions.values) }) { _ = try relocation.map(version.root) }
                for (slot, sum) in relocation.sums where sums[slot] != sum {
                    throw .corrupt(branch: nil, page: nil, slot: UInt64(slot), detail: "the checksum of the page image does not fit")
                }
                guard let moment = try log.exclusively({ () throws(StoreError) in try exchange(&relocation, rewriting: high) }), moment else {
                    relocation.abandon()
                    space.giveBack(targets)
                    return .busy
                }
            } catch {
                if state.poisoned { throw error }
                relocation.abandon()
                space.giveBack(targets)
                throw error
            }
            return targets.isEmpty && relocation.replaced.isEmpty ? .nothingToDo : .moved(targets.count)
        }
    }

    /// Returns the checksums of what was copied, by where it lay.
    private func copyImages(_ moves: [Slot: Slot]) throws(StoreError) -> [Slot: UInt64] {
        var sums: [Slot: UInt64] = [:]
        for (source, target) in moves.sorted(by: { $0.key < $1.key }) {
            let bytes = try io.slotBytes(source)
            sums[source] = Hash64.hash(bytes)
            try io.write(at: io.offset(target), bytes)
        }
        return sums
    }

    /// Gives the versions their new maps and makes a checkpoint of them; false, with nothing changed, if a version is pinned. No
    /// record is written meanwhile: none may name a place that the checkpoint in force does not know.
    private func exchange(_ relocation: inout Relocation, rewriting chunks: [Int]) throws(StoreError) -> Bool {
        registry.lock.lock()
        do throws(StoreError) {
            let versions = Array(registry.versions.values)
            guard versions.allSatisfy({ $0.pins == 0 }) else {
                registry.lock.unlock()
                return false
            }
            // Versions that came since are mapped now; their nodes are in memory.
            var roots: [NodeRef?] = []
            for version in versions { roots.append(try relocation.map(version.root)) }
            for (version, root) in zip(versions, roots) { version.root = root }
            registry.lock.unlock()
        } catch {
            registry.lock.unlock()
            throw error
        }
        // From here on there is no way back but through the old checkpoint: a failure ends the handle.
        space.publish(relocation.moves.values, as: SlotState.image)
        space.free(relocation.moves.keys)
        for node in relocation.replaced {
            if node.pointee.address != 0 { space.removeNode(NodeAddress.slot(node.pointee.address)) }
            nodes.free(node)
        }
        space.rewriteChunks(chunks)
        space.rewind()
        do throws(StoreError) { try maintenance.checkpointLocked() } catch { throw state.poison(error) }
        return true
    }
}

/// Maps with other places for some of what they name. A node is copied if it names a moved image, has a copied child, or lies in a
/// slot that is to be left; what maps share they still share.
private struct Relocation {
    let maps: PageMap
    let moves: [Slot: Slot]
    /// Nodes in slots from here on are written anew.
    let nodesFrom: Slot
    private var known: [NodeRef: NodeRef] = [:]
    /// What the maps say of the images that are moved, by where they lay.
    private(set) var sums: [Slot: UInt64] = [:]

    init(maps: PageMap, moves: [Slot: Slot], nodesFrom: Slot) {
        self.maps = maps
        self.moves = moves
        self.nodesFrom = nodesFrom
    }

    /// Nodes that have been replaced.
    var replaced: [NodeRef] { known.compactMap { $0.key == $0.value ? nil : $0.key } }

    /// Frees the copies: nobody got to see them.
    func abandon() { for (old, new) in known where old != new { maps.table.free(new) } }

    mutating func map(_ root: NodeRef?) throws(StoreError) -> NodeRef? {
        guard let root else { return nil }
        if let result = known[root] { return result }
        let result = try copy(root)
        known[root] = result
        return result
    }

    private mutating func moved(_ entry: MapEntry) -> MapEntry? {
        guard let target = moves[entry.slot] else { return nil }
        // A difference's checksum is that of its result, not of the image below it.
        if !entry.isDelta { sums[entry.slot] = entry.sum }
        return entry.moved(to: target)
    }

    private mutating func copy(_ node: NodeRef) throws(StoreError) -> NodeRef {
        let table = maps.table
        let body = try table.body(node)
        let isLeaving = node.pointee.address != 0 && NodeAddress.slot(node.pointee.address) >= nodesFrom
        if node.pointee.isOverlay { return try copyOverlay(node, Overlay(raw: body), isLeaving) }
        if node.pointee.level == 0 {
            guard isLeaving || (0 ..< Node.fanout).contains(where: { !body.entries[$0].isNone && moves[body.entries[$0].slot] != nil }) else { return node }
            let made = table.make(level: 0)
            let target = try table.body(made)
            target.copyMemory(from: body, byteCount: Node.leafBytes)
            for i in 0 ..< Node.fanout where !target.entries[i].isNone { if let entry = moved(target.entries[i]) { target.entries[i] = entry } }
            return made
        }
        var children: [NodeRef?] = []
        for i in 0 ..< Node.fanout { children.append(try map(body.children[i])) }
        guard isLeaving || (0 ..< Node.fanout).contains(where: { children[$0] != body.children[$0] }) else { return node }
        let made = table.make(level: Int(node.pointee.level))
        let target = try table.body(made)
        for i in 0 ..< Node.fanout { target.children[i] = children[i] }
        return made
    }

    private mutating func copyOverlay(_ node: NodeRef, _ overlay: Overlay, _ isLeaving: Bool) throws(StoreError) -> NodeRef {
        let tree = try map(overlay.tree)
        guard isLeaving || tree != overlay.tree || (0 ..< overlay.count).contains(where: { moves[overlay.entries[$0].slot] != nil }) else { return node }
        let made = Overlay.allocate(tree: tree, count: overlay.count, deltaBytes: overlay.deltaBytes)
        made.pages.update(from: overlay.pages, count: overlay.count)
        made.offsets.update(from: overlay.offsets, count: overlay.count + 1)
        made.deltas.copyMemory(from: overlay.deltas, byteCount: overlay.deltaBytes)
        for i in 0 ..< overlay.count { made.entries[i] = moved(overlay.entries[i]) ?? overlay.entries[i] }
        return maps.table.make(made)
    }
}

extension Lock {
    /// As `withLock`, for a body that throws.
    fileprivate func locked<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        lock()
        defer { unlock() }
        return try body()
    }
}
