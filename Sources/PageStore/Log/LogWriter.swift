import Glibc
import Synchronization

/// A change that waits to be written to the log.
final class LogRequest: @unchecked Sendable { // mutable fields under the writer's queue lock
    /// An object, so that passing it on costs one reference and not one for each of the record's parts.
    final class Commit: @unchecked Sendable { // immutable; the nodes behind `root` belong to the version to be
        let record: CommitRecord
        let root: NodeRef?
        /// Slots that hold the list of entries.
        let listSlots: [Slot]

        init(record: CommitRecord, root: NodeRef?, listSlots: [Slot]) {
            self.record = record
            self.root = root
            self.listSlots = listSlots
        }
    }

    enum Operation {
        case commit(Commit)
        /// Forks from a version, or from the head of a branch as it is when the record is written.
        case fork(version: LSN?, headOf: BranchID?, as: BranchID, metadata: [UInt8])
        case discard(BranchID)
        case move(branch: BranchID, target: LSN, mergedFrom: LSN?, expectedHead: LSN?, metadata: [UInt8]?)
        case metadata(BranchID, [UInt8])
        case value(String, [UInt8]?)
    }

    let operation: Operation
    /// Whether to acknowledge only after a sync.
    let durable: Bool
    /// What a commit, fork or move made or forked from.
    fileprivate(set) var result: Result<LSN, StoreError>?
    fileprivate var wake: Condition?
    fileprivate var promoted = false

    init(_ operation: Operation, durable: Bool) {
        self.operation = operation
        self.durable = durable
    }
}

/// Writes requests to the log in groups: the first to come leads, writes what has gathered meanwhile as one group,
/// syncs once for all of them, publishes them in order and hands on the lead.
final class LogWriter: @unchecked Sendable { // queue fields under `queueLock`; position fields belong to the leader
    private let io: PageIO
    private let space: Space
    private let registry: Registry
    private let state: StoreState
    let extentBytes: Int

    private let queueLock = Lock()
    @exclusivity(unchecked) private var queue: [LogRequest] = []
    @exclusivity(unchecked) private var isLed = false

    // The leader's. (Who holds the lock or the lead is alone with these fields: the checks for overlapping access would only
    // cost time, here and in the other classes that every commit passes through.)
    let nonce: UInt64
    @exclusivity(unchecked) private(set) var position: LogPosition
    @exclusivity(unchecked) private var lastLSN: LSN
    /// Durable requests in the last group, and how long a sync takes (smoothed), for `gather`.
    @exclusivity(unchecked) private var lastGroup = 0
    @exclusivity(unchecked) private var syncNanoseconds: Int64 = 0
    /// The group being made.
    @exclusivity(unchecked) private var group = ByteWriter(capacity: 4096)

    /// The highest sequence number known to be durable.
    let durable: Atomic<UInt64>
    let bytesSinceCheckpoint = Atomic<Int>(0)
    let groups = Atomic<UInt64>(0)

    /// Images that recovery would have to copy: of groups that no later group or superblock calls durable. Under `tailLock`.
    private let tailLock = Lock()
    @exclusivity(unchecked) private var tail: [(lsn: LSN, images: Int)] = []
    @exclusivity(unchecked) private var tailImages = 0
    private var tailLists = 0

    /// Retires log extents; called by the leader where the log has no room.
    var relieve: () throws(StoreError) -> Void = {}
    /// Extents that may wait for a checkpoint before writers wait for it too.
    let extentLimit: Int

    init(io: PageIO, space: Space, registry: Registry, state: StoreState, nonce: UInt64, position: LogPosition, lsn: LSN, durable: LSN, extentLimit: Int) {
        self.io = io
        self.space = space
        self.registry = registry
        self.state = state
        self.nonce = nonce
        self.position = position
        self.extentLimit = extentLimit
        lastLSN = lsn
        self.durable = Atomic(durable)
        extentBytes = space.extentSlots * io.pageSize
    }

    /// Requests that wait for the leader.
    var queued: Int { queueLock.withLock { queue.count } }

    /// Images that nobody vouched for.
    var unvouchedImages: Int { tailLock.withLock { tailImages } }

    func noteDurable(_ lsn: LSN) {
        durable.max(lsn, ordering: .acquiringAndReleasing)
    }

    /// A superblock vouches for all groups up to its cut.
    func noteVouched(_ lsn: LSN) { tailLock.withLock { dropTail(upTo: lsn) } }

    private func dropTail(upTo lsn: LSN) {
        guard let first = tail.first, first.lsn <= lsn else { return }
        var n = 0
        while n < tail.count, tail[n].lsn <= lsn {
            tailImages -= tail[n].images
            n += 1
        }
        tail.removeFirst(n)
    }

    /// Writes the request with others, in order; returns what its record made.
    func submit(_ request: LogRequest) throws(StoreError) -> LSN {
        try state.checkWritable()
        queueLock.lock()
        queue.append(request)
        if isLed {
            let wake = Condition()
            request.wake = wake
            while request.result == nil, !request.promoted { wake.wait(queueLock) }
        } else {
            isLed = true
        }
        if request.result == nil { lead(until: request) }
        queueLock.unlock()
        switch request.result {
        case .success(let lsn): return lsn
        case .failure(let error): throw error
        case nil: throw .closed
        }
    }

    /// As `submit`, if the record can be written now: nobody leads, the log's extent has room, nothing is to be synced. Nil where
    /// it would have to wait; nothing was written then.
    func submitAtOnce(_ request: LogRequest, atMost bytes: Int) throws(StoreError) -> LSN? {
        try state.checkWritable()
        // A log that has grown too long has its leader make a checkpoint. (Only leaders make it longer.)
        if registry.lock.withLock({ registry.extents.count }) > extentLimit { return nil }
        queueLock.lock()
        guard !isLed, queue.isEmpty, !request.durable, position.offset + LogGroup.headerBytes + LogGroup.sectorBytes + bytes <= extentBytes else {
            queueLock.unlock()
            return nil
        }
        isLed = true
        queue.append(request)
        lead(until: request)
        queueLock.unlock()
        return try request.result?.get()
    }

    /// Runs `body` as the leader, so that no record is written meanwhile: what others submit waits. Nil, without running it, if
    /// another leads.
    func exclusively<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer? {
        queueLock.lock()
        if isLed {
            queueLock.unlock()
            return nil
        }
        isLed = true
        queueLock.unlock()
        defer {
            queueLock.lock()
            handOn()
            queueLock.unlock()
        }
        return try body()
    }

    /// Gives the lead to the next request that waits. The caller leads and holds `queueLock`.
    private func handOn() {
        if let next = queue.first {
            next.promoted = true
            next.wake?.signal()
        } else {
            isLed = false
        }
    }

    /// The caller holds `queueLock`.
    private func lead(until mine: LogRequest) {
        while mine.result == nil {
            gather()
            let batch = queue
            queue = []
            queueLock.unlock()
            let (results, rest) = process(batch)
            queueLock.lock()
            var wakes: [Condition] = []
            for (request, result) in results {
                request.result = result
                if let wake = request.wake { wakes.append(wake) }
            }
            queue.insert(contentsOf: rest, at: 0)
            if !wakes.isEmpty { // who is woken wants the lock
                queueLock.unlock()
                for wake in wakes { wake.signal() }
                queueLock.lock()
            }
        }
        handOn()
    }

    /// Lets the writers of the last group come back before the next sync: with several of them at work, a little patience
    /// means fewer syncs and more commits. Never longer than an eighth of what a sync takes; a lone writer waits for nobody, nor
    /// does who needs no sync. The caller holds `queueLock`.
    private func gather() {
        guard lastGroup > 1, queue.count < lastGroup, queue.contains(where: \.durable) else { return }
        let end = monotonicNanoseconds() + syncNanoseconds / 8
        while queue.count < lastGroup, monotonicNanoseconds() < end {
            queueLock.unlock()
            sched_yield()
            queueLock.lock()
        }
    }

    // MARK: one group

    private enum Effect {
        case commit(BranchID, Version, LogRequest.Commit)
        case fork(BranchID, Version, [UInt8])
        case discard(BranchID)
        case move(BranchID, Version, generation: UInt64, [UInt8]?)
        case metadata(BranchID, [UInt8])
        case value(String, [UInt8]?)
    }

    private struct Prepared {
        var request: LogRequest
        var effect: Effect
        var lsn: LSN
        var answer: LSN
        var pinned: [Version]
    }

    /// Branches as they will be after the records of the group before the one being prepared: a handful, looked through in turn.
    private struct Coming {
        /// No head: discarded.
        private var changes: [(branch: BranchID, head: Version?, generation: UInt64)] = []

        subscript(_ branch: BranchID) -> (head: Version?, generation: UInt64)? {
            for change in changes where change.branch == branch { return (change.head, change.generation) }
            return nil
        }

        mutating func set(_ branch: BranchID, _ head: Version?, generation: UInt64) {
            if let at = changes.firstIndex(where: { $0.branch == branch }) {
                changes[at] = (branch, head, generation)
            } else {
                changes.append((branch, head, generation))
            }
        }
    }

    private typealias Results = [(LogRequest, Result<LSN, StoreError>)]

    private func process(_ batch: [LogRequest]) -> (results: Results, rest: [LogRequest]) {
        var results: Results = []
        var prepared: [Prepared] = []
        var coming = Coming()
        LogGroup.begin(&group)
        var lsn = lastLSN
        var rest: [LogRequest] = []
        registry.lock.lock()
        for (i, request) in batch.enumerated() {
            do throws(StoreError) {
                let before = group.count
                let (effect, answer, pinned) = try prepare(request, lsn: lsn + 1, coming: &coming)
                if group.count > extentBytes {
                    let length = group.count - before
                    group.cut(to: before)
                    if prepared.isEmpty { throw .invalidArgument("a record of \(length) bytes does not fit into the log") }
                    // What is coming now has this record's effect too, but nothing more is prepared with it.
                    rest = Array(batch[i...])
                    break
                }
                for version in pinned { registry.pin(version) }
                lsn += 1
                prepared.append(Prepared(request: request, effect: effect, lsn: lsn, answer: answer, pinned: pinned))
            } catch {
                results.append((request, .failure(error)))
            }
        }
        registry.lock.unlock()
        if prepared.isEmpty { return (results, rest) }
        do throws(StoreError) {
            try write(last: lsn, prepared: prepared)
            state.options.hooks.groupWritten()
            registry.lock.lock()
            for p in prepared { publish(p) }
            registry.published = lsn
            registry.position = position
            registry.lock.unlock()
            results += prepared.map { ($0.request, .success($0.answer)) }
        } catch {
            registry.lock.lock()
            for p in prepared { for version in p.pinned { registry.unpin(version) } }
            registry.lock.unlock()
            results += prepared.map { ($0.request, .failure(error)) }
        }
        return (results, rest)
    }

    private func current(_ id: BranchID, _ coming: Coming) throws(StoreError) -> (head: Version, generation: UInt64) {
        if let changed = coming[id] {
            guard let head = changed.head else { throw .noSuchBranch(id) }
            return (head, changed.generation)
        }
        guard let branch = registry.branches[id] else { throw .noSuchBranch(id) }
        return (branch.head, branch.generation)
    }

    private func existing(_ id: LSN?) throws(StoreError) -> [Version] {
        guard let id else { return [] }
        guard let version = registry.versions[id] else { throw .noSuchVersion(VersionID(rawValue: id)) }
        return [version]
    }

    /// Appends the request's record to the group, or throws and appends nothing. The caller holds the registry's lock.
    private func prepare(
        _ request: LogRequest, lsn: LSN, coming: inout Coming
    ) throws(StoreError) -> (Effect, answer: LSN, pinned: [Version]) {
        switch request.operation {
        case .commit(let commit):
            let record = commit.record
            let (head, generation) = try current(record.branch, coming)
            guard head.id == record.parent || state.options.rules.isOff(.stalehead) else {
                throw .staleHead(branch: record.branch, expected: VersionID(rawValue: record.parent), found: VersionID(rawValue: head.id))
            }
            let merged = try existing(record.mergedFrom)
            let version = Version(
                id: lsn, branch: record.branch, root: commit.root, pageCount: record.pageCount, changeCounter: record.changeCounter,
                timeMicros: record.timeMicros, origin: record.origin, parent: record.parent, merged: merged.map(\.id).filter { $0 != record.parent }
            )
            coming.set(record.branch, version, generation: generation)
            record.encode(into: &group)
            return (.commit(record.branch, version, commit), lsn, merged)
        case .fork(let id, let source, let branch, let metadata):
            if let changed = coming[branch] {
                if changed.head != nil { throw .branchExists(branch) }
            } else if registry.branches[branch] != nil {
                throw .branchExists(branch)
            }
            let head: Version
            if let source { head = try current(source, coming).head } else { head = try existing(id ?? 0)[0] }
            coming.set(branch, head, generation: 0)
            LogRecord.fork(branch: branch, version: head.id, metadata: metadata).encode(into: &group)
            return (.fork(branch, head, metadata), head.id, [head])
        case .discard(let branch):
            _ = try current(branch, coming)
            if branch == .main { throw .invalidArgument("the main branch cannot be discarded") }
            coming.set(branch, nil, generation: 0)
            LogRecord.discard(branch).encode(into: &group)
            return (.discard(branch), lsn, [])
        case .move(let branch, let target, let mergedFrom, let expected, let metadata):
            let (head, generation) = try current(branch, coming)
            if let expected, expected != head.id {
                throw .staleHead(branch: branch, expected: VersionID(rawValue: expected), found: VersionID(rawValue: head.id))
            }
            let source = try existing(target)[0]
            let merged = try existing(mergedFrom)
            let record = MoveRecord(
                branch: branch, target: target, mergedFrom: mergedFrom, changeCounter: head.changeCounter &+ 1,
                generation: generation + 1, timeMicros: state.options.clock(), metadata: metadata
            )
            let version = LogWriter.version(lsn, record, source)
            coming.set(branch, version, generation: record.generation)
            LogRecord.move(record).encode(into: &group)
            return (.move(branch, version, generation: record.generation, metadata), lsn, [source] + merged)
        case .metadata(let branch, let bytes):
            _ = try current(branch, coming)
            LogRecord.metadata(branch, bytes).encode(into: &group)
            return (.metadata(branch, bytes), lsn, [])
        case .value(let key, let bytes):
            LogRecord.value(key: key, bytes).encode(into: &group)
            return (.value(key, bytes), lsn, [])
        }
    }

    /// The version that a head move makes.
    static func version(_ lsn: LSN, _ record: MoveRecord, _ source: Version) -> Version {
        Version(
            id: lsn, branch: record.branch, root: source.root, pageCount: source.pageCount, changeCounter: record.changeCounter,
            timeMicros: record.timeMicros, origin: source.origin, parent: source.id,
            merged: record.mergedFrom.map { $0 == source.id ? [] : [$0] } ?? []
        )
    }

    /// Writes the group that was made.
    private func write(last: LSN, prepared: [Prepared]) throws(StoreError) {
        let padded = LogGroup.padded(group.count)
        if registry.lock.withLock({ registry.extents.count }) > extentLimit, !state.options.rules.isOff(.logadmit) { try relieve() }
        if position.offset + padded > extentBytes {
            let fresh: Slot
            do throws(StoreError) {
                fresh = try space.allocateExtent()
            } catch {
                guard error == .diskFull else { throw error }
                try relieve() // retires what the log does not need any more
                fresh = try space.allocateExtent()
            }
            position.extent = position.next
            position.offset = 0
            position.next = fresh
            registry.lock.withLock { registry.extents.append(fresh) }
        }
        try state.checkWritable()
        let rules = state.options.rules
        invariant(rules, position.offset % LogGroup.sectorBytes == 0 && position.offset + padded <= extentBytes, "a group leaves its extent")
        let vouched = durable.load(ordering: .acquiring)
        invariant(rules, vouched <= lastLSN, "record \(vouched) is called durable and was not written")
        let checksum = LogGroup.finish(
            &group, nonce: nonce, first: lastLSN + 1, last: last, previous: position.previous, durable: vouched, next: position.next
        )
        var images = 0
        for p in prepared {
            if case .commit(_, _, let commit) = p.effect, !commit.record.presynced { images += commit.record.images.count }
        }
        tailLock.withLock {
            dropTail(upTo: vouched)
            tail.append((last, images))
            tailImages += images
        }
        do throws(StoreError) {
            try io.write(at: io.offset(position.extent) + UInt64(position.offset), group.buffer)
            lastGroup = prepared.reduce(0) { $0 + ($1.request.durable ? 1 : 0) }
            if lastGroup > 0 {
                let start = monotonicNanoseconds()
                try state.sync(io.file)
                let took = monotonicNanoseconds() - start
                syncNanoseconds = syncNanoseconds == 0 ? took : (7 * syncNanoseconds + took) / 8
                noteDurable(last)
            }
        } catch {
            throw state.poison(error)
        }
        position.offset += padded
        position.previous = checksum
        lastLSN = last
        bytesSinceCheckpoint.add(padded, ordering: .relaxed)
        groups.add(1, ordering: .relaxed)
    }

    /// The caller holds the registry's lock.
    private func publish(_ p: Prepared) {
        switch p.effect {
        case .commit(let id, let version, let commit):
            registry.insert(version)
            if let branch = registry.branches[id] {
                registry.setHead(branch, version)
                if let metadata = commit.record.metadata { registry.setMetadata(branch, metadata) }
            }
            space.publish(commit.record.images.map { $0.entry.slot }, as: SlotState.image)
            if !commit.listSlots.isEmpty {
                space.publish(commit.listSlots, as: SlotState.system)
                registry.lists.append((version.id, commit.listSlots))
            }
            registry.commits += 1
            registry.tableGrowthHint.add(Registry.versionBytes + version.origin.count + (commit.record.metadata?.count ?? 0), ordering: .relaxed)
        case .fork(let id, let head, let metadata):
            registry.addBranch(id, head: head, generation: 0, metadata: metadata, created: p.lsn)
            registry.tableGrowthHint.add(Registry.branchBytes + metadata.count, ordering: .relaxed)
        case .discard(let id):
            registry.removeBranch(id)
        case .move(let id, let version, let generation, let metadata):
            registry.insert(version)
            if let branch = registry.branches[id] {
                registry.setHead(branch, version)
                branch.generation = generation
                if let metadata { registry.setMetadata(branch, metadata) }
            }
            registry.tableGrowthHint.add(Registry.versionBytes + version.origin.count + (metadata?.count ?? 0), ordering: .relaxed)
        case .metadata(let id, let bytes):
            if let branch = registry.branches[id] { registry.setMetadata(branch, bytes) }
            registry.tableGrowthHint.add(bytes.count, ordering: .relaxed)
        case .value(let key, let bytes):
            registry.values[key] = bytes
            registry.tableGrowthHint.add(Registry.branchBytes + key.utf8.count + (bytes?.count ?? 0), ordering: .relaxed)
        }
        for version in p.pinned { registry.unpin(version) }
    }
}
