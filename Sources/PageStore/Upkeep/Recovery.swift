/// Brings a store from its file into memory: superblock, free map, version table, log; and makes it writable.
final class Recovery {
    let file: any StoreFile
    let options: StoreOptions
    let superblock: Superblock
    let io: PageIO
    let fileSlots: Int
    let space: Space
    let nodes: NodeTable
    private let maps: PageMap
    let registry = Registry()
    var tableSlots: [Slot] = []
    private var chunks: [(slot: Slot, sum: UInt64)] = []
    private var extents: [Slot] = []

    struct Entry {
        var lsn: LSN
        var record: LogRecord
        var listSlots: [Slot]
        /// Nobody vouched for its images: they may be in the cache only.
        var isTail: Bool
    }

    /// `isShort`: the file may have been cut.
    init(file: any StoreFile, superblock: Superblock, options: StoreOptions, isShort: Bool = false) throws(StoreError) {
        self.file = file
        self.superblock = superblock
        self.options = options
        io = PageIO(file: file, pageSize: superblock.pageSize, maps: options.mapsFile)
        fileSlots = Int(min(UInt64(UInt32.max) - 1, try file.size() / UInt64(superblock.pageSize)))
        let arenaEnd = 4 + superblock.extentSlots * superblock.arenaExtents
        guard fileSlots >= arenaEnd || isShort else { throw Recovery.damage(nil, "the file is cut short") }
        let hasArena = fileSlots >= arenaEnd
        space = Space(
            io: io, slots: fileSlots, maximumBytes: options.maxFileBytes, extentSlots: hasArena ? superblock.extentSlots : 1,
            arenaExtents: hasArena ? superblock.arenaExtents : 4
        )
        nodes = NodeTable(io: io, cacheBytes: options.mapCacheBytes)
        space.rules = options.rules
        nodes.rules = options.rules
        registry.rules = options.rules
        maps = PageMap(table: nodes)
    }

    /// Whether a store has taken over what was made; otherwise the opening failed.
    var isHandedOver = false

    deinit { if !isHandedOver { nodes.freeEverything(registry) } }

    static func damage(_ slot: Slot?, _ detail: String) -> StoreError {
        .corrupt(branch: nil, page: nil, slot: slot.map { UInt64($0) }, detail: detail)
    }

    // MARK: new stores

    /// Makes a new store in an empty file.
    static func format(_ file: any StoreFile, options: StoreOptions) throws(StoreError) -> Opened {
        var random = SystemRandomNumberGenerator()
        let extentSlots = options.logExtentSlots > 0 ? options.logExtentSlots : max(16, Store.defaultExtentBytes / options.pageSize)
        guard extentSlots <= 1 << 16 else { throw .invalidArgument("a log extent has at most 65,536 slots") }
        let superblock = Superblock(
            pageSize: options.pageSize, extentSlots: extentSlots, arenaExtents: Store.arenaExtents, nonce: random.next(), storeID: random.next()
        )
        // Zeros first, superblocks last: a creation cut short leaves a file that is known not to be a store yet.
        let io = PageIO(file: file, pageSize: options.pageSize)
        try file.truncate(to: 0)
        let zeros = [UInt8](repeating: 0, count: options.pageSize * extentSlots)
        var at: UInt64 = 0
        while at < UInt64(options.pageSize) * UInt64(4 + extentSlots * Store.arenaExtents) {
            try io.write(at: at, zeros)
            at += UInt64(zeros.count)
        }
        let recovery = try Recovery(file: file, superblock: superblock, options: options)
        let first = Version(
            id: 0, branch: .main, root: nil, pageCount: 0, changeCounter: 0, timeMicros: options.clock(), origin: [],
            parent: Version.none, merged: []
        )
        recovery.registry.insert(first)
        recovery.registry.addBranch(.main, head: first, generation: 0, metadata: [], created: 0)
        let opened = try recovery.makeWritable(tail: [])
        // Both generations, so that every superblock slot holds one.
        try opened.maintenance.checkpoint()
        return opened
    }

    // MARK: existing stores

    func openForReading() throws(StoreError) -> Opened {
        try loadCheckpoint()
        let entries = try readLog(ownerLives: try file.hasOwner())
        try claim(entries)
        try apply(entries, moved: [:])
        registry.extents = extents
        let state = StoreState(options: options)
        let log = LogWriter(
            io: io, space: space, registry: registry, state: state, nonce: superblock.nonce, position: superblock.log,
            lsn: registry.published, durable: registry.published, extentLimit: .max
        )
        isHandedOver = true
        return opened(log: log, state: state)
    }

    func openForWriting() throws(StoreError) -> Opened {
        try loadCheckpoint()
        let entries = try readLog(ownerLives: false)
        try claim(entries)
        // The newest superblock may be in the cache only: make it durable before any slot that it calls free is written.
        if !options.rules.isOff(.resb) { try superblock.write(to: io, oneByOne: true, rules: options.rules) }
        if !options.rules.isOff(.roowner), try file.hasPins(below: superblock.generation) { space.quarantineAllFree(generation: superblock.generation) }
        var moved: [Slot: Slot] = [:]
        for entry in entries where entry.isTail && !options.rules.isOff(.relocate) {
            guard case .commit(let commit) = entry.record, !commit.presynced else { continue }
            for change in commit.images { moved[change.entry.slot] = 0 }
        }
        let old = moved.keys.sorted()
        for (from, to) in zip(old, try space.allocate(old.count, system: true)) { moved[from] = to }
        try apply(entries, moved: moved)
        return try makeWritable(tail: old.map { ($0, moved[$0] ?? 0) })
    }

    func opened(log: LogWriter, state: StoreState) -> Opened {
        let maintenance = Maintenance(
            io: io, space: space, nodes: nodes, registry: registry, log: log, state: state, superblock: superblock,
            tableSlots: tableSlots, chunks: chunks
        )
        for version in registry.versions.values.sorted(by: { $0.id < $1.id }) { registry.consider(version) }
        return Opened(io: io, space: space, nodes: nodes, registry: registry, log: log, state: state, maintenance: maintenance)
    }

    /// A new log, copies of the images in doubt, and a checkpoint that retires the old log.
    private func makeWritable(tail: [(from: Slot, to: Slot)]) throws(StoreError) -> Opened {
        var random = SystemRandomNumberGenerator()
        let first = try space.allocateExtent(system: true)
        let second = try space.allocateExtent(system: true)
        let position = LogPosition(extent: first, offset: 0, previous: 0, next: second)
        registry.extents = [first, second]
        registry.position = position
        for (from, to) in tail { try io.write(at: io.offset(to), try io.slotBytes(from)) }
        space.publish(tail.map(\.to), as: SlotState.image)
        space.free(tail.map(\.from))
        let state = StoreState(options: options)
        let extentBytes = superblock.extentSlots * superblock.pageSize
        let log = LogWriter(
            io: io, space: space, registry: registry, state: state,
            nonce: options.rules.isOff(.chain) ? superblock.nonce : random.next(), position: position, lsn: registry.published,
            durable: registry.published, extentLimit: max(4, options.checkpointLogBytes / extentBytes * 4)
        )
        let result = opened(log: log, state: state)
        result.maintenance.lock.lock()
        defer { result.maintenance.lock.unlock() }
        try result.maintenance.checkpointLocked(oldLog: options.rules.isOff(.oldlog) ? [] : extents)
        if options.sync == .off { try result.maintenance.syncAlways() }
        isHandedOver = true
        return result
    }

    private func loadCheckpoint() throws(StoreError) {
        guard let map = try BlobChain.read(superblock.map, io: io, fileSlots: fileSlots), map.bytes.count % 16 == 0 else {
            throw Recovery.damage(superblock.map.slot, "the directory of the free map does not verify")
        }
        try claimSystem(map.slots)
        var reader = ByteReader(map.bytes)
        while reader.remaining > 0 {
            let place: UInt64 = try reader.get(), sum: UInt64 = try reader.get()
            let slot = Slot(truncatingIfNeeded: place)
            chunks.append((slot, sum))
            if slot == 0 { continue }
            try claimSystem([slot])
            let bytes = try io.slotBytes(slot)
            guard Hash64.hash(bytes) == sum else { throw Recovery.damage(slot, "a part of the free map does not verify") }
            guard space.load(chunk: chunks.count - 1, bytes: bytes) else { throw Recovery.damage(slot, "the free map is impossible") }
        }
        guard let table = try BlobChain.read(superblock.table, io: io, fileSlots: fileSlots) else {
            throw Recovery.damage(superblock.table.slot, "the version table does not verify")
        }
        try claimSystem(table.slots)
        tableSlots = table.slots + map.slots
        try TableFormat.decode(table.bytes, into: registry, nodes: nodes)
        registry.published = superblock.lsn
        guard registry.branches[.main] != nil else { throw Recovery.damage(nil, "the main branch is missing") }
        space.clearDirty()
    }

    private func claimSystem(_ slots: [Slot]) throws(StoreError) {
        for slot in slots {
            guard space.claim(slot, as: SlotState.system) else { throw Recovery.damage(slot, "a slot is used twice") }
        }
    }

    // MARK: log

    var extentBytes: Int { superblock.extentSlots * superblock.pageSize }

    func extentContent(_ slot: Slot) throws(StoreError) -> [UInt8] {
        guard slot > 3, Int(slot) + superblock.extentSlots <= fileSlots else { throw Recovery.damage(slot, "impossible log extent") }
        var bytes = [UInt8](repeating: 0, count: extentBytes)
        _ = try io.read(at: io.offset(slot), into: &bytes)
        return bytes
    }

    /// The records of the log since the checkpoint, as far as they can be believed.
    private func readLog(ownerLives: Bool) throws(StoreError) -> [Entry] {
        let nonce = superblock.nonce
        var position = superblock.log
        var lsn = superblock.lsn
        extents = [position.extent, position.next]
        var content = try extentContent(position.extent)
        var following = try extentContent(position.next)
        var groups: [LogGroup] = []
        while true {
            func fits(_ group: LogGroup?) -> LogGroup? {
                guard let group, group.first == lsn + 1, group.previous == position.previous || options.rules.isOff(.chain) else { return nil }
                return group
            }
            var found = fits(try LogGroup.decode(content, at: position.offset, nonce: nonce))
            if found == nil, let next = fits(try LogGroup.decode(following, at: 0, nonce: nonce)) {
                position.extent = position.next
                position.offset = 0
                content = following
                found = next
            }
            guard let group = found else { break }
            groups.append(group)
            lsn = group.last
            position.previous = group.checksum
            position.offset += group.paddedLength
            if group.next != position.next {
                position.next = group.next
                if extents.contains(group.next) { throw Recovery.damage(group.next, "the log runs in a circle") }
                extents.append(group.next)
                following = try extentContent(group.next)
            }
        }
        let known = groups.reduce(superblock.lsn) { max($0, $1.durable) }
        // A group that cannot be read while a later one says that it was durable is damage, not the end of the log.
        for (bytes, start) in [(content, position.offset), (following, 0)] {
            for offset in stride(from: start, to: extentBytes, by: LogGroup.sectorBytes) {
                if let group = try LogGroup.decode(bytes, at: offset, nonce: nonce), group.durable > lsn, !options.rules.isOff(.rotlog) {
                    throw Recovery.damage(position.extent, "the log is damaged after record \(lsn); later records were durable")
                }
            }
        }
        var entries: [Entry] = []
        for group in groups {
            let vouched = group.last <= known && !options.rules.isOff(.watermark)
            if !vouched, ownerLives { break }
            guard let decoded = try decode(group, vouched: vouched) else { break }
            entries += decoded
        }
        return entries
    }

    /// The group's records, or nil if it is not vouched for and its images do not verify.
    func decode(_ group: LogGroup, vouched: Bool) throws(StoreError) -> [Entry]? {
        var entries: [Entry] = []
        var offset = LogGroup.headerBytes
        var lsn = group.first
        while offset < group.bytes.count {
            let (decoded, listCount, end) = try LogRecord.decode(group.bytes, at: offset, end: group.bytes.count)
            var record = decoded
            offset = end
            var listSlots: [Slot] = []
            if case .commit(var commit) = record {
                if let list = commit.list {
                    guard let (bytes, slots) = try BlobChain.read(list, io: io, fileSlots: fileSlots), bytes.count == listCount * LogRecord.entryBytes else {
                        if !vouched, options.sync == .off { return nil }
                        throw Recovery.damage(list.slot, "the page list of a commit does not verify")
                    }
                    var reader = ByteReader(bytes)
                    commit.entries = try LogRecord.decode(entries: listCount, &reader)
                    listSlots = slots
                    record = .commit(commit)
                }
                if !vouched, !commit.presynced, !options.rules.isOff(.verify) {
                    for change in commit.images {
                        guard Int(change.entry.slot) < fileSlots, Hash64.hash(try io.slotBytes(change.entry.slot)) == change.entry.sum else { return nil }
                    }
                }
            }
            entries.append(Entry(lsn: lsn, record: record, listSlots: listSlots, isTail: !vouched))
            lsn += 1
        }
        guard lsn == group.last + 1 else { throw Recovery.damage(nil, "a log group has another number of records than it says") }
        return entries
    }

    /// Marks what the log uses before any slot is handed out.
    private func claim(_ entries: [Entry]) throws(StoreError) {
        for extent in extents where !options.rules.isOff(.extmark) {
            guard space.claimExtent(extent) else { throw Recovery.damage(extent, "a log extent is used twice") }
        }
        for entry in entries {
            try claimSystem(entry.listSlots)
            guard case .commit(let commit) = entry.record else { continue }
            for change in commit.images {
                guard space.claim(change.entry.slot, as: SlotState.image) else {
                    throw Recovery.damage(change.entry.slot, "a slot is both free and in use")
                }
            }
            if !entry.listSlots.isEmpty { registry.lists.append((entry.lsn, entry.listSlots)) }
        }
    }

    private func existing(_ id: LSN) throws(StoreError) -> Version {
        guard let version = registry.versions[id] else { throw Recovery.damage(nil, "the log names version \(id), which does not exist") }
        return version
    }

    private func living(_ id: BranchID) throws(StoreError) -> BranchState {
        guard let branch = registry.branches[id] else { throw Recovery.damage(nil, "the log names branch \(id.hex), which does not exist") }
        return branch
    }

    private func map(of commit: CommitRecord, over parent: Version) throws(StoreError) -> NodeRef? {
        if !commit.isOverlay { return try maps.updated(parent.root, cut: commit.cut, changes: commit.entries) }
        return try maps.overlaid(parent.root, changes: commit.entries, deltas: commit.deltas)
    }

    func apply(_ entries: [Entry], moved: [Slot: Slot]) throws(StoreError) {
        for entry in entries {
            switch entry.record {
            case .commit(var commit):
                let branch = try living(commit.branch)
                let parent = try existing(commit.parent)
                guard branch.head === parent else { throw Recovery.damage(nil, "the log names a parent that is not the head") }
                if let merged = commit.mergedFrom { _ = try existing(merged) }
                if !moved.isEmpty {
                    for i in commit.entries.indices {
                        if let to = moved[commit.entries[i].entry.slot] { commit.entries[i].entry = commit.entries[i].entry.moved(to: to) }
                    }
                }
                for change in commit.entries where change.entry.isDelta {
                    guard try maps.entry(parent.root, change.page).slot == change.entry.slot else {
                        throw Recovery.damage(change.entry.slot, "a difference to an image that its parent does not have")
                    }
                }
                let version = Version(
                    id: entry.lsn, branch: commit.branch, root: try map(of: commit, over: parent),
                    pageCount: commit.pageCount, changeCounter: commit.changeCounter, timeMicros: commit.timeMicros, origin: commit.origin,
                    parent: parent.id, merged: commit.mergedFrom.map { $0 == parent.id ? [] : [$0] } ?? []
                )
                registry.insert(version)
                registry.setHead(branch, version)
                if let metadata = commit.metadata { branch.metadata = metadata }
            case .fork(let id, let version, let metadata):
                guard registry.branches[id] == nil else { throw Recovery.damage(nil, "the log makes branch \(id.hex) twice") }
                registry.addBranch(id, head: try existing(version), generation: 0, metadata: metadata, created: 0)
            case .discard(let id):
                _ = try living(id)
                registry.removeBranch(id)
            case .move(let move):
                let branch = try living(move.branch)
                let source = try existing(move.target)
                if let merged = move.mergedFrom { _ = try existing(merged) }
                let version = LogWriter.version(entry.lsn, move, source)
                registry.insert(version)
                registry.setHead(branch, version)
                branch.generation = move.generation
                if let metadata = move.metadata { branch.metadata = metadata }
            case .metadata(let id, let bytes):
                try living(id).metadata = bytes
            case .value(let key, let bytes):
                registry.values[key] = bytes
            }
            registry.published = entry.lsn
        }
    }
}
