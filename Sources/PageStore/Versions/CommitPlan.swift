import Glibc

/// How a transaction's changes go into the store: which pages as images, which as differences, and whether over the
/// parent's map or into its tree.
struct CommitPlan {
    /// The changed pages in ascending order; their images are written.
    var entries: [PageMap.Change] = []
    /// As `CommitRecord.deltas`.
    var deltas: [UInt8] = []
    var isOverlay = false
}

extension WriteTransaction {
    /// Changed pages up to which a commit may go into the overlay.
    private static let overlayLimit = 32

    /// Finds out what has changed, writes the images and lists the entries.
    func prepare() throws(StoreError) -> CommitPlan {
        if let buffer = changes.find(1)?.pointee.buffer, pageSize >= Snapshot.headerBytes { Snapshot.putCounter(0, in: buffer) }
        let below = try store.maps.overlay(base.map)
        let mayOverlay = cut == nil && !presync && changes.count <= WriteTransaction.overlayLimit
        var pages = changes.pages()
        var differences = DifferenceList(pageSize: pageSize)
        let scratch = takeBuffer()
        defer { keepSpare(scratch) }
        var kept = 0
        for page in pages {
            guard let change = changes.find(page) else { continue }
            if let buffer = change.pointee.buffer {
                let entry = page <= base.pageCount && cut.map({ page <= $0 }) ?? true ? try store.maps.entry(base.map, page) : .none
                if isImage(entry, buffer) {
                    forget(page)
                    continue
                }
                let sum = Hash64.hash(buffer, count: pageSize)
                if try isUnchanged(entry, page, buffer, sum, scratch) {
                    forget(page)
                    continue
                }
                change.pointee.sum = sum
                if mayOverlay, change.pointee.slot == 0 { differences.add(page, sum, buffer, over: entry, io: store.io, scratch: scratch) }
            }
            pages[kept] = page
            kept += 1
        }
        pages.removeLast(pages.count - kept)
        var plan = CommitPlan()
        if mayOverlay {
            let size = OverlayMerge.size(below, pages, differences)
            plan.isOverlay = Overlay.fits(count: size.count, deltaBytes: size.deltaBytes, pageSize: pageSize)
            // Images make room for their slots; what a checkpoint must write of the overlay needs its place too.
            if plan.isOverlay { try store.admit(overlayBytes: Overlay.fileBytes(count: size.count, deltaBytes: size.deltaBytes)) }
        }
        if plan.isOverlay {
            plan.deltas = differences.bytes
            if differences.entries.count < pages.count {
                try writeImages(pages.filter { changes.find($0)?.pointee.buffer != nil && differences.entry(of: $0) == nil })
            }
            plan.entries = pages.map { page in (page, differences.entry(of: page) ?? imageEntry(page)) }
            return plan
        }
        if let below { pages += try materialize(below) }
        if changes.count > store.inlineEntryLimit { presync = true }
        pages.sort()
        try writeImages(pages.filter { changes.find($0)?.pointee.buffer != nil })
        plan.entries = pages.map { ($0, imageEntry($0)) }
        return plan
    }

    private func imageEntry(_ page: PageNumber) -> MapEntry {
        changes.find(page).map { MapEntry(slot: $0.pointee.slot, sum: $0.pointee.sum) } ?? .none
    }

    /// Makes images of the pages that the parent has as differences, for a commit that goes into the tree. Returns them.
    private func materialize(_ overlay: Overlay) throws(StoreError) -> [PageNumber] {
        var pages: [PageNumber] = []
        for i in 0 ..< overlay.count where overlay.entries[i].isDelta {
            let page = overlay.pages[i]
            if changes.contains(page) || cut.map({ page > $0 }) ?? false { continue }
            let buffer = takeBuffer()
            guard base.read(page, into: buffer) == .ok else {
                Memory.release(buffer)
                // Readable now: a failure of the system that has passed, not damage.
                throw base.failure(reading: page) ?? .io(errno: EIO, operation: "read of page \(page) of branch \(branch.hex)")
            }
            if page == 1, pageSize >= Snapshot.headerBytes { Snapshot.putCounter(0, in: buffer) }
            enter(page, buffer, sum: overlay.entries[i].sum) // which reading has compared
            pages.append(page)
        }
        return pages
    }

    /// Whether the entry is an image with the buffer's bytes.
    private func isImage(_ entry: MapEntry, _ buffer: UnsafeMutableRawPointer) -> Bool {
        guard !entry.isNone, !entry.isDelta, let image = store.io.address(of: entry.slot) else { return false }
        return memcmp(image, buffer, pageSize) == 0 && !store.io.isBroken
    }

    /// Whether the base has the page with the buffer's bytes, whose hash is `sum`, in whatever form.
    private func isUnchanged(
        _ entry: MapEntry, _ page: PageNumber, _ buffer: UnsafeMutableRawPointer, _ sum: UInt64, _ scratch: UnsafeMutableRawPointer
    ) throws(StoreError) -> Bool {
        guard !entry.isNone, entry.sum == sum, base.read(page, into: scratch) == .ok else { return false }
        if page == 1, pageSize >= Snapshot.headerBytes { Snapshot.putCounter(0, in: scratch) }
        return memcmp(scratch, buffer, pageSize) == 0
    }
}

/// The changed pages of a commit that differ little from an image that is there.
struct DifferenceList {
    private let pageSize: Int
    private let limit: Int
    private(set) var bytes: [UInt8] = []
    private(set) var entries: [(page: PageNumber, entry: MapEntry, length: Int)] = []

    init(pageSize: Int) {
        self.pageSize = pageSize
        limit = PageDelta.limit(pageSize: pageSize)
    }

    func entry(of page: PageNumber) -> MapEntry? {
        for item in entries where item.page == page { return item.entry }
        return nil
    }

    /// Adds the page if the slot that the base's entry keeps holds an image close to it.
    mutating func add(
        _ page: PageNumber, _ sum: UInt64, _ buffer: UnsafeMutableRawPointer, over base: MapEntry, io: PageIO, scratch: UnsafeMutableRawPointer
    ) {
        if base.isNone { return }
        let image: UnsafeRawPointer
        if let address = io.address(of: base.slot) {
            image = address
        } else {
            guard io.readSlot(base.slot, into: scratch) else { return }
            image = UnsafeRawPointer(scratch)
        }
        let length = withUnsafeTemporaryAllocation(byteCount: limit, alignment: 8) { output -> Int in
            guard let start = output.baseAddress,
                  let length = PageDelta.encode(image, buffer, pageSize: pageSize, limit: limit, into: start), length > 0, !io.isBroken else { return 0 }
            bytes.reserveCapacity(bytes.count + 2 + length)
            bytes.append(UInt8(truncatingIfNeeded: length))
            bytes.append(UInt8(truncatingIfNeeded: length >> 8))
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: length))
            return length
        }
        if length > 0 { entries.append((page, MapEntry(deltaTo: base.slot, sum: sum), length)) }
    }
}

extension OverlayMerge {
    /// How large the overlay would be with these pages laid over it, those in `differences` as differences.
    static func size(_ overlay: Overlay?, _ pages: [PageNumber], _ differences: DifferenceList) -> (count: Int, deltaBytes: Int) {
        var count = pages.count
        var bytes = differences.entries.reduce(0) { $0 + $1.length }
        guard let overlay else { return (count, bytes) }
        count += overlay.count
        bytes += overlay.deltaBytes
        for page in pages {
            guard let index = overlay.index(of: page) else { continue }
            count -= 1
            bytes -= overlay.delta(index).count
        }
        return (count, bytes)
    }
}
