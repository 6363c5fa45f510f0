import Glibc

/// Changes to one branch that become a version at once or not at all. Used by one thread at a time.
///
/// Images are private until the commit; those of large transactions are written to free slots of the file ahead of it,
/// so that memory stays bounded. Reads see the transaction's own writes.
public final class WriteTransaction {
    let store: Store
    /// Nil: a private transaction, which cannot be committed unless it is given one.
    @exclusivity(unchecked) private var slot: WriterSlot?
    let base: Snapshot
    let pageSize: Int
    let changes = ChangeTable()
    @exclusivity(unchecked) private var spare: [UnsafeMutableRawPointer] = []
    @exclusivity(unchecked) private var bufferedPages = 0
    private let bufferedLimit: Int
    /// Whether images are made durable before the record: so for large transactions.
    @exclusivity(unchecked) var presync = false
    /// Pages of the base above this are gone.
    @exclusivity(unchecked) private(set) var cut: UInt32?
    @exclusivity(unchecked) private var finished = false

    /// Size of the database in pages, as the transaction has made it.
    @exclusivity(unchecked) public private(set) var pageCount: UInt32

    /// The branch written to.
    public var branch: BranchID { base.branch }
    /// The snapshot the transaction began on.
    public var snapshot: Snapshot { base }

    init(store: Store, slot: WriterSlot?, base: Snapshot) {
        self.store = store
        self.slot = slot
        self.base = base
        pageSize = store.pageSize
        pageCount = base.pageCount
        bufferedLimit = max(8, store.options.transactionCacheBytes / store.pageSize)
    }

    deinit {
        rollback()
        changes.destroy()
    }

    /// Spare buffers kept for reuse.
    private static let spareLimit = 64

    func takeBuffer() -> UnsafeMutableRawPointer {
        spare.popLast() ?? Memory.allocate(pageSize)
    }

    func keepSpare(_ buffer: UnsafeMutableRawPointer) {
        if spare.count < WriteTransaction.spareLimit { spare.append(buffer) } else { Memory.release(buffer) }
    }

    private func dropBuffer(_ buffer: UnsafeMutableRawPointer) {
        bufferedPages -= 1
        keepSpare(buffer)
    }

    /// Enters a page as changed, with a buffer that the transaction takes over and the hash of its bytes.
    func enter(_ page: PageNumber, _ buffer: UnsafeMutableRawPointer, sum: UInt64) {
        bufferedPages += 1
        let change = changes.insert(page)
        change.pointee.buffer = buffer
        change.pointee.sum = sum
    }

    /// Forgets that a page was written.
    func forget(_ page: PageNumber) {
        guard let change = changes.find(page)?.pointee else { return }
        if change.slot != 0 { store.space.giveBack([change.slot]) }
        if let buffer = change.buffer { dropBuffer(buffer) }
        changes.remove(page)
    }

    /// Reads a page as the transaction has it into `pageSize` bytes.
    public func read(_ page: PageNumber, into target: UnsafeMutableRawPointer) -> ReadStatus {
        if let change = changes.find(page)?.pointee {
            if let buffer = change.buffer {
                memcpy(target, buffer, pageSize)
                return .ok
            }
            return store.io.readSlot(change.slot, into: target) ? .ok : .failed
        }
        if page > pageCount || cut.map({ page > $0 }) ?? false {
            memset(target, 0, pageSize)
            return .absent
        }
        return base.read(page, into: target)
    }

    /// As `Snapshot.address(of:)`, for pages that the transaction has not changed.
    @inline(__always) public func address(of page: PageNumber) -> UnsafeRawPointer? {
        if page > pageCount || cut != nil || changes.contains(page) { return nil }
        return base.address(of: page)
    }

    /// Writes a page from `pageSize` bytes; a page beyond the end makes the database longer. Throws `diskFull` or `io`
    /// where images had to go to the file and could not; the transaction can then only be rolled back.
    public func write(_ page: PageNumber, from source: UnsafeRawPointer) throws(StoreError) {
        guard !finished else { throw .closed }
        guard page > 0 else { throw .invalidArgument("there is no page 0") }
        let change = changes.insert(page)
        if let buffer = change.pointee.buffer {
            memcpy(buffer, source, pageSize)
            return
        }
        let buffer = takeBuffer()
        memcpy(buffer, source, pageSize)
        change.pointee.buffer = buffer
        bufferedPages += 1
        if page > pageCount { pageCount = page }
        if bufferedPages > bufferedLimit { try spill() }
    }

    /// Makes the database end after `pages` pages (or says that it is longer, with pages not written yet).
    public func truncate(toPageCount pages: UInt32) {
        if pages < pageCount {
            for page in changes.pages(where: { $0.page > pages }) { forget(page) }
            if pages < base.pageCount { cut = min(cut ?? .max, pages) }
        }
        pageCount = pages
    }

    // MARK: images

    /// Writes what is in memory to slots in flight. Page 1 stays: its image depends on the version to be.
    private func spill() throws(StoreError) {
        presync = true
        try writeImages(changes.pages { $0.buffer != nil && $0.page != 1 }, isSpill: true)
    }

    /// Writes the buffers of `pages` (ascending, all of them buffered) to their slots, neighbouring slots in one piece. At the
    /// end the sums are known; for a spill they are computed.
    func writeImages(_ pages: [PageNumber], isSpill: Bool = false) throws(StoreError) {
        if pages.isEmpty { return }
        let fresh = pages.reduce(0) { $0 + (changes.find($1)?.pointee.slot == 0 ? 1 : 0) }
        let slots = try store.allocate(fresh, presynced: presync)
        var next = slots.makeIterator()
        var run: [UnsafeRawBufferPointer] = []
        var runStart: Slot = 0
        for page in pages {
            guard let change = changes.find(page), let buffer = change.pointee.buffer else { continue }
            if change.pointee.slot == 0, let slot = next.next() { change.pointee.slot = slot }
            if isSpill { change.pointee.sum = Hash64.hash(buffer, count: pageSize) }
        }
        for page in pages {
            guard let change = changes.find(page)?.pointee, let buffer = change.buffer else { continue }
            if !run.isEmpty, change.slot != runStart + Slot(run.count) { try flush(&run, at: runStart) }
            if run.isEmpty { runStart = change.slot }
            run.append(UnsafeRawBufferPointer(start: buffer, count: pageSize))
        }
        try flush(&run, at: runStart)
        for page in pages {
            guard let change = changes.find(page), let buffer = change.pointee.buffer else { continue }
            store.io.markVerified(change.pointee.slot)
            dropBuffer(buffer)
            change.pointee.buffer = nil
        }
    }

    private func flush(_ run: inout [UnsafeRawBufferPointer], at slot: Slot) throws(StoreError) {
        if run.isEmpty { return }
        if run.count == 1 {
            try store.io.file.write(at: store.io.offset(slot), run[0])
        } else {
            try store.io.file.write(at: store.io.offset(slot), gathering: run)
        }
        run.removeAll(keepingCapacity: true)
    }

    // MARK: end

    /// Gives a private transaction (``Store/beginPrivately(on:)``) the right to be committed.
    ///
    /// - Throws: `staleHead` when the branch has moved on since the snapshot; the transaction can then only be rolled back.
    public func claim(_ slot: WriterSlot) throws(StoreError) {
        try store.checkWritable(slot, on: base)
        self.slot = slot
    }

    /// Makes the changes a version of the branch, atomically, and returns it; with `sync: .full` it is durable then.
    /// Without any change, and neither `mergedFrom` nor `metadata`, it makes none and returns the base's.
    ///
    /// - Parameters:
    ///   - origin: who or what made the version; opaque to the store.
    ///   - mergedFrom: a version that becomes the second parent.
    ///   - metadata: replaces the branch's metadata in the same record.
    /// - Throws: `staleHead`, `diskFull` and others; the transaction is over and nothing was changed.
    public func commit(origin: [UInt8] = [], mergedFrom: VersionID? = nil, metadata: [UInt8]? = nil) throws(StoreError) -> VersionID {
        guard !finished else { throw .closed }
        defer { rollback() } // gives back what the commit did not use
        guard let slot, !slot.isReleased else { throw .writerBusy(branch) }
        try store.checkUnbroken() // what was written may have been computed from it
        try store.checkSizes(metadata: metadata, origin: origin)
        if changes.isEmpty, cut == nil, pageCount == base.pageCount, mergedFrom == nil, metadata == nil { return base.version }
        let plan = try prepare()
        let root = plan.isOverlay
            ? try store.maps.overlaid(base.map, changes: plan.entries, deltas: plan.deltas)
            : try store.maps.updated(base.map, cut: cut, changes: plan.entries)
        var listSlots: [Slot] = []
        do throws(StoreError) {
            var record = CommitRecord(
                branch: branch, parent: base.version.rawValue, cut: cut, pageCount: pageCount, changeCounter: base.changeCounter &+ 1,
                timeMicros: store.options.clock(), mergedFrom: mergedFrom?.rawValue, presynced: false, origin: origin,
                metadata: metadata, entries: plan.entries, list: nil, isOverlay: plan.isOverlay, deltas: plan.deltas
            )
            if presync {
                let bytes = LogRecord.encode(entries: plan.entries)
                listSlots = try store.allocate(BlobChain.slotsNeeded(bytes.count, pageSize: pageSize), presynced: true)
                record.list = try BlobChain.write(bytes, into: listSlots, io: store.io)
                if !store.options.rules.isOff(.presync) { try store.syncImages() }
                record.presynced = true
            }
            invariant(store.options.rules, record.isConsistent, "a commit's differences do not fit its entries")
            invariant(
                store.options.rules, zip(plan.entries, plan.entries.dropFirst()).allSatisfy { $0.page < $1.page },
                "a commit's entries are not in ascending order")
            let operation = LogRequest.Operation.commit(.init(record: record, root: root, listSlots: listSlots))
            let version = try store.log.submit(LogRequest(operation, durable: store.options.sync == .full))
            for change in record.images { changes.find(change.page)?.pointee.slot = 0 } // the version's now
            store.afterRecord()
            return VersionID(rawValue: version)
        } catch {
            store.space.giveBack(listSlots)
            store.freeNodes(of: root, notIn: base.map)
            throw error
        }
    }

    /// Forgets all changes. Harmless after a commit.
    public func rollback() {
        if finished { return }
        finished = true
        var given: [Slot] = []
        changes.forEach { change in
            if let buffer = change.buffer { Memory.release(buffer) }
            if change.slot != 0 { given.append(change.slot) }
        }
        for buffer in spare { Memory.release(buffer) }
        spare = []
        if !given.isEmpty { store.space.giveBack(given) }
    }
}
