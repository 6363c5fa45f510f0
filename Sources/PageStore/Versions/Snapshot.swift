import Glibc

/// What reading a page came to.
public enum ReadStatus: UInt8, Sendable {
    /// The page's bytes are in the buffer.
    case ok
    /// The database has no such page, or one that was never written; the buffer holds zeros.
    case absent
    /// What was read is not what was written. `Snapshot.failure(reading:)` tells more.
    case corrupt
    /// The system could not read.
    case failed
}

/// A version of a branch, pinned: it stays as it is and readable for as long as the snapshot lives.
public final class Snapshot: Sendable {
    public let branch: BranchID
    public let version: VersionID
    /// The branch's generation when the snapshot was taken; of a snapshot of a version, 0.
    public let generation: UInt64
    /// Size of the database in pages.
    public let pageCount: UInt32
    /// Bytes of a page.
    public var pageSize: Int { io.pageSize }
    /// What page 1 shows as the file change counter.
    public let changeCounter: UInt32

    let store: Store
    let pinned: Version
    private nonisolated(unsafe) let root: NodeRef? // never changes; the pin keeps the nodes
    private let io: PageIO

    private let epoch: UInt64

    /// Takes over a pin that the caller took with `Registry.pinForSnapshot`, which gave the epoch.
    init(store: Store, pinned: Version, branch: BranchID, generation: UInt64, epoch: UInt64) {
        self.epoch = epoch
        self.store = store
        self.pinned = pinned
        self.branch = branch
        self.generation = generation
        version = VersionID(rawValue: pinned.id)
        pageCount = pinned.pageCount
        changeCounter = pinned.changeCounter
        root = pinned.root
        io = store.io
    }

    deinit { store.unpin(pinned, epoch: epoch) }

    /// Bytes of page 1 that SQLite uses as file change counter and as "version valid for".
    static let counterOffsets = [24, 92]
    /// The pages that carry SQLite's header have at least this many bytes.
    static let headerBytes = 100

    @inline(__always) static func putCounter(_ counter: UInt32, in page: UnsafeMutableRawPointer) {
        page.storeBytes(of: counter.bigEndian, toByteOffset: 24, as: UInt32.self)
        page.storeBytes(of: counter.bigEndian, toByteOffset: 92, as: UInt32.self)
    }

    /// Reads a page into `pageSize` bytes. Page 1 comes with the version's change counter laid over bytes 24 to 27 and 92 to 95.
    public func read(_ page: PageNumber, into target: UnsafeMutableRawPointer) -> ReadStatus {
        guard page <= pageCount else { return absent(target) }
        let entry: MapEntry
        if let found = PageMap.find(root, page) {
            entry = found
        } else {
            guard let found = slowEntry(page) else { return .corrupt }
            entry = found
        }
        if entry.place >> 32 != 0 { return difference(page, entry, target) }
        if entry.isNone { return absent(target) }
        let slot = entry.slot
        guard io.readSlot(slot, into: target) else { return .failed }
        if !io.isVerified(slot) {
            guard Hash64.hash(target, count: io.pageSize) == entry.sum else { return .corrupt }
            io.markVerified(slot)
        }
        if page == 1 { Snapshot.putCounter(changeCounter, in: target) }
        return .ok
    }

    /// Where the bytes of a page other than page 1 can be read as long as the snapshot lives, or nil if only `read` can
    /// give them. The page was verified. `isBroken` tells afterwards whether the bytes were there at all.
    @inline(__always) public func address(of page: PageNumber) -> UnsafeRawPointer? {
        guard page > 1, page <= pageCount, let entry = PageMap.find(root, page), !entry.isNone, !entry.isDelta,
              let bytes = io.address(of: entry.slot) else { return nil }
        if !io.isVerified(entry.slot) {
            guard Hash64.hash(bytes, count: io.pageSize) == entry.sum, !io.isBroken else { return nil }
            io.markVerified(entry.slot)
        }
        return bytes
    }

    /// Whether what was read at an `address(of:)` may be wrong: the store was closed, or the file was cut or its disk failed
    /// under the mapping.
    @inline(__always) public var isBroken: Bool { io.isBroken }

    /// A page kept as a difference to an image.
    @inline(never) private func difference(_ page: PageNumber, _ entry: MapEntry, _ target: UnsafeMutableRawPointer) -> ReadStatus {
        guard io.readSlot(entry.slot, into: target) else { return .failed }
        do throws(StoreError) {
            guard entry.isDelta, let delta = try store.maps.delta(root, page), let runs = delta.baseAddress,
                  PageDelta.apply(runs, count: delta.count, to: target, pageSize: io.pageSize) else { return .corrupt }
            // A base that was verified and runs from a node that was make the right page.
            guard io.isVerified(entry.slot) || Hash64.hash(target, count: io.pageSize) == entry.sum else { return .corrupt }
        } catch {
            return .corrupt
        }
        if page == 1 { Snapshot.putCounter(changeCounter, in: target) }
        return .ok
    }

    @inline(never) private func absent(_ target: UnsafeMutableRawPointer) -> ReadStatus {
        memset(target, 0, io.pageSize)
        return .absent
    }

    @inline(never) private func slowEntry(_ page: PageNumber) -> MapEntry? {
        do throws(StoreError) { return try store.maps.entry(root, page) } catch { return nil }
    }

    /// What is wrong with a page whose reading failed; names branch, page and slot. Nil if it can be read now.
    public func failure(reading page: PageNumber) -> StoreError? {
        let entry: MapEntry
        do throws(StoreError) {
            entry = try store.maps.entry(root, page)
        } catch {
            if case .corrupt(_, _, let slot, let detail) = error {
                return .corrupt(branch: branch, page: page, slot: slot, detail: detail)
            }
            return error
        }
        if entry.isNone { return nil }
        do throws(StoreError) {
            let bytes = try io.slotBytes(entry.slot)
            if entry.isDelta {
                var target = bytes
                let status = target.withUnsafeMutableBytes { buffer in buffer.baseAddress.map { difference(page, entry, $0) } }
                if status == .ok { return nil }
                return .corrupt(branch: branch, page: page, slot: UInt64(entry.slot), detail: "the page kept as a difference to this slot does not verify")
            }
            guard Hash64.hash(bytes) != entry.sum else { return nil }
            return .corrupt(branch: branch, page: page, slot: UInt64(entry.slot), detail: "the checksum of the page image does not fit")
        } catch {
            if case .corrupt(_, _, let slot, let detail) = error {
                return .corrupt(branch: branch, page: page, slot: slot, detail: detail)
            }
            return error
        }
    }

    /// Calls `body` for every page whose image differs between `base` and this snapshot (pages on one side only included),
    /// in ascending order; `body` returns false to stop. Shared parts are skipped: the cost follows the difference.
    /// Page 1's change counter is no difference. Throws `StoreError` where the maps cannot be read, and what `body` throws.
    public func forEachChangedPage(since base: Snapshot, _ body: (PageNumber) throws -> Bool) throws {
        var failure: (any Error)?
        try store.maps.forEachDifference(base.root, root) { page, _, _ in
            do {
                return try body(page)
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }

    /// The map, for those in this module that pin the snapshot meanwhile.
    var map: NodeRef? { root }
}
