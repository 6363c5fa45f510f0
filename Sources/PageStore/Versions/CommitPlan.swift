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
        if let buffer = changes[1]?.buffer, pageSize >= Snapshot.headerBytes { Snapshot.putCounter(0, in: buffer) }
        var pages = changes.keys.sorted()
        var plan = CommitPlan()
        let below = try store.maps.overlay(base.map)
        let mayOverlay = cut == nil && !presync && pages.count <= WriteTransaction.overlayLimit
        var differences = DifferenceList(pageSize: pageSize)
        try withScratch { (scratch) throws(StoreError) in
            var kept: [PageNumber] = []
            kept.reserveCapacity(pages.count)
            for page in pages {
                guard let change = changes[page], let buffer = change.buffer else {
                    kept.append(page)
                    continue
                }
                let sum = Hash64.hash(buffer, count: pageSize)
                changes[page]?.sum = sum
                if try isUnchanged(page, buffer, sum, scratch: scratch) {
                    forget(page)
                    continue
                }
                kept.append(page)
                if mayOverlay, change.slot == 0 { try differences.add(page, sum, buffer, of: self, scratch: scratch) }
            }
            pages = kept
        }
        let size = mayOverlay ? OverlayMerge.size(below, pages, differences) : nil
        if let size { plan.isOverlay = Overlay.fits(count: size.count, deltaBytes: size.deltaBytes, pageSize: pageSize) }
        if plan.isOverlay {
            // Images make room for their slots; what a checkpoint must write of the overlay needs its place too.
            if let size { try store.admit(overlayBytes: Overlay.fileBytes(count: size.count, deltaBytes: size.deltaBytes)) }
            plan.deltas = differences.bytes
            try writeImages(pages.filter { changes[$0]?.buffer != nil && differences.entry(of: $0) == nil })
            plan.entries = pages.map { page in (page, differences.entry(of: page) ?? imageEntry(page)) }
            return plan
        }
        if let below { pages += try materialize(below) }
        if changes.count > store.inlineEntryLimit { presync = true }
        pages.sort()
        try writeImages(pages.filter { changes[$0]?.buffer != nil })
        plan.entries = pages.map { ($0, imageEntry($0)) }
        return plan
    }

    private func imageEntry(_ page: PageNumber) -> MapEntry { changes[page].map { MapEntry(slot: $0.slot, sum: $0.sum) } ?? .none }

    /// Makes images of the pages that the parent has as differences, for a commit that goes into the tree. Returns them.
    private func materialize(_ overlay: Overlay) throws(StoreError) -> [PageNumber] {
        var pages: [PageNumber] = []
        for i in 0 ..< overlay.count where overlay.entries[i].isDelta {
            let page = overlay.pages[i]
            if changes[page] != nil || cut.map({ page > $0 }) ?? false { continue }
            let buffer = takeBuffer()
            guard base.read(page, into: buffer) == .ok else {
                buffer.deallocate()
                throw base.failure(reading: page) ?? .corrupt(branch: branch, page: page, slot: nil, detail: "the page cannot be read")
            }
            if page == 1, pageSize >= Snapshot.headerBytes { Snapshot.putCounter(0, in: buffer) }
            enter(page, buffer)
            pages.append(page)
        }
        return pages
    }

    /// Whether the base has the page with the same bytes. `sum` is the buffer's.
    private func isUnchanged(
        _ page: PageNumber, _ buffer: UnsafeMutableRawPointer, _ sum: UInt64, scratch: UnsafeMutableRawPointer
    ) throws(StoreError) -> Bool {
        guard page <= base.pageCount, cut.map({ page <= $0 }) ?? true else { return false }
        let entry = try store.maps.entry(base.map, page)
        guard !entry.isNone, entry.sum == sum else { return false }
        guard base.read(page, into: scratch) == .ok else { return false }
        if page == 1, pageSize >= Snapshot.headerBytes { Snapshot.putCounter(0, in: scratch) }
        return memcmp(scratch, buffer, pageSize) == 0
    }

    private func withScratch(_ body: (UnsafeMutableRawPointer) throws(StoreError) -> Void) throws(StoreError) {
        let scratch = takeBuffer()
        defer { keepSpare(scratch) }
        try body(scratch)
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

    /// Adds the page if the slot that the base keeps for it holds an image close to it.
    mutating func add(
        _ page: PageNumber, _ sum: UInt64, _ buffer: UnsafeMutableRawPointer, of transaction: WriteTransaction, scratch: UnsafeMutableRawPointer
    ) throws(StoreError) {
        let base = try transaction.store.maps.entry(transaction.snapshot.map, page)
        if base.isNone { return }
        let io = transaction.store.io
        let image: UnsafeRawPointer
        if let address = io.address(of: base.slot) {
            image = address
        } else {
            guard io.readSlot(base.slot, into: scratch) else { return }
            image = UnsafeRawPointer(scratch)
        }
        let length = withUnsafeTemporaryAllocation(byteCount: limit, alignment: 8) { output -> Int in
            guard let start = output.baseAddress,
                  let length = PageDelta.encode(image, buffer, pageSize: pageSize, limit: limit, into: start), length > 0 else { return 0 }
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
        var at = 0
        for i in 0 ..< overlay.count {
            while at < pages.count, pages[at] < overlay.pages[i] { at += 1 }
            if at < pages.count, pages[at] == overlay.pages[i] { continue }
            count += 1
            bytes += overlay.delta(i).count
        }
        return (count, bytes)
    }
}
