import Glibc

/// The body of an overlay: a few changed pages on top of a tree.
///
/// A map's root may be an overlay. Its entries hide those of the tree below; an entry is a page image of its own or a
/// difference (`PageDelta`) to the image in the entry's slot. So a commit that changes a few pages copies one small block
/// instead of a path of nodes per page, and a page that changed a little needs no slot at all.
///
/// In memory: tree (8 bytes), count (4), bytes of differences (4); pages (4 each, padded to 8); entries (16 each); offsets of
/// the differences (4 each, one more than entries); the differences. Entries are in ascending order of pages.
struct Overlay {
    /// Entries at most. Beyond, the overlay is merged into the tree.
    static let maximumEntries = 64

    let raw: UnsafeMutableRawPointer

    private static let headerBytes = 16
    private static func pagesBytes(_ count: Int) -> Int { (count * 4 + 7) & ~7 }

    static func bodyBytes(count: Int, deltaBytes: Int) -> Int {
        headerBytes + pagesBytes(count) + count * MemoryLayout<MapEntry>.stride + (count + 1) * 4 + deltaBytes
    }

    /// Makes a body in memory of its own; entries and differences are filled in by the caller.
    static func allocate(tree: NodeRef?, count: Int, deltaBytes: Int) -> Overlay {
        let raw = Memory.allocate(bodyBytes(count: count, deltaBytes: deltaBytes))
        raw.storeBytes(of: tree, as: NodeRef?.self)
        raw.storeBytes(of: UInt32(count), toByteOffset: 8, as: UInt32.self)
        raw.storeBytes(of: UInt32(deltaBytes), toByteOffset: 12, as: UInt32.self)
        return Overlay(raw: raw)
    }

    @inline(__always) var tree: NodeRef? { raw.load(as: NodeRef?.self) }
    @inline(__always) var count: Int { Int(raw.load(fromByteOffset: 8, as: UInt32.self)) }
    var deltaBytes: Int { Int(raw.load(fromByteOffset: 12, as: UInt32.self)) }
    var bytes: Int { Overlay.bodyBytes(count: count, deltaBytes: deltaBytes) }

    @inline(__always) var pages: UnsafeMutablePointer<UInt32> { (raw + Overlay.headerBytes).assumingMemoryBound(to: UInt32.self) }
    @inline(__always) var entries: UnsafeMutablePointer<MapEntry> {
        (raw + Overlay.headerBytes + Overlay.pagesBytes(count)).assumingMemoryBound(to: MapEntry.self)
    }
    var offsets: UnsafeMutablePointer<UInt32> { UnsafeMutableRawPointer(entries + count).assumingMemoryBound(to: UInt32.self) }
    var deltas: UnsafeMutableRawPointer { UnsafeMutableRawPointer(offsets + count + 1) }

    /// The difference of an entry; empty for an image of its own.
    func delta(_ index: Int) -> UnsafeRawBufferPointer {
        let start = Int(offsets[index]), end = Int(offsets[index + 1])
        return UnsafeRawBufferPointer(start: deltas + start, count: end - start)
    }

    /// The first entry from `start` on whose page is not below `page`; `count` if there is none.
    @inline(__always) func firstIndex(notBefore page: UInt32, from start: Int = 0) -> Int {
        let pages = self.pages
        var low = start, high = count
        while low < high {
            let middle = (low &+ high) &>> 1
            if pages[middle] < page { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// Where a page's entry is, or nil. No allocation, no reference counting.
    @inline(__always) func index(of page: UInt32) -> Int? {
        let index = firstIndex(notBefore: page)
        return index < count && pages[index] == page ? index : nil
    }

    var pageList: [UInt32] { (0 ..< count).map { pages[$0] } }

    /// Whether the entry of a page keeps a slot.
    func keeps(_ page: UInt32, _ slot: Slot) -> Bool { index(of: page).map { entries[$0].slot == slot } ?? false }

    /// Looks up ascending pages, going through the entries once.
    struct Walk {
        private let pages: UnsafeMutablePointer<UInt32>?
        private let entries: UnsafeMutablePointer<MapEntry>?
        private let count: Int
        private var at = 0

        init(_ overlay: Overlay?) {
            pages = overlay?.pages
            entries = overlay?.entries
            count = overlay?.count ?? 0
        }

        /// As `Overlay.keeps`, for a page not below those asked before.
        @inline(__always) mutating func keeps(_ page: UInt32, _ slot: Slot) -> Bool {
            guard let pages, let entries else { return false }
            while at < count, pages[at] < page { at &+= 1 }
            return at < count && pages[at] == page && entries[at].slot == slot
        }
    }

    // MARK: in the file

    /// After the node's first 8 bytes (mark, count, 0, length): tree address, hash and level (8 each); then for each entry its
    /// page (4), place and hash (8 each), bytes of its difference (2); the differences; zeros up to a multiple of 8.
    static let fileHeaderBytes = 32
    static let fileEntryBytes = 22

    /// Bytes of an overlay in the file.
    static func fileBytes(count: Int, deltaBytes: Int) -> Int { (fileHeaderBytes + count * fileEntryBytes + deltaBytes + 7) & ~7 }

    /// Whether an overlay of that size may be: it must fit into a slot, with some room for others.
    static func fits(count: Int, deltaBytes: Int, pageSize: Int) -> Bool {
        count <= maximumEntries && fileBytes(count: count, deltaBytes: deltaBytes) <= pageSize / 8 * 7
    }

    /// The bytes of an overlay whose tree lies in the file.
    func encoded() -> [UInt8] {
        let size = Overlay.fileBytes(count: count, deltaBytes: deltaBytes)
        var w = ByteWriter(capacity: size)
        w.put(Node.overlayLevel)
        w.put(UInt8(count))
        w.put(UInt16(0))
        w.put(UInt32(size))
        w.put(tree?.pointee.address ?? 0)
        w.put(tree?.pointee.sum ?? 0)
        w.put(UInt64(tree?.pointee.level ?? 0))
        for i in 0 ..< count {
            w.put(pages[i])
            w.put(entries[i].place)
            w.put(entries[i].sum)
            w.put(UInt16(delta(i).count))
        }
        w.put(UnsafeRawBufferPointer(start: deltas, count: deltaBytes))
        w.zeros(size - w.count)
        return w.bytes
    }

    /// The length that an overlay's bytes state, if it is possible.
    static func statedLength(_ slotBytes: [UInt8], at offset: Int) -> Int? {
        guard offset + fileHeaderBytes <= slotBytes.count else { return nil }
        let length = Int(UInt32(littleEndian: slotBytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self) }))
        guard length >= fileHeaderBytes, offset + length <= slotBytes.count else { return nil }
        return length
    }

    /// Reads an overlay; `reference` gives the node of the tree. Nil where the shape is impossible.
    static func decode(
        _ reader: inout ByteReader, count: Int, reference: (_ level: Int, _ address: UInt64, _ sum: UInt64) throws(StoreError) -> NodeRef
    ) throws(StoreError) -> Overlay? {
        let address: UInt64 = try reader.get(), sum: UInt64 = try reader.get(), level: UInt64 = try reader.get()
        guard level <= UInt64(Node.maximumLevel), count <= maximumEntries, reader.remaining >= count * fileEntryBytes else { return nil }
        var pages: [UInt32] = [], entries: [MapEntry] = [], lengths: [Int] = []
        var total = 0
        for _ in 0 ..< count {
            let page: UInt32 = try reader.get(), place: UInt64 = try reader.get(), hash: UInt64 = try reader.get(), length: UInt16 = try reader.get()
            let entry = MapEntry(place: place, sum: hash)
            guard page > pages.last ?? 0, entry.isPossible, entry.isDelta == (length > 0) else { return nil }
            pages.append(page)
            entries.append(entry)
            lengths.append(Int(length))
            total += Int(length)
        }
        guard reader.remaining >= total, reader.remaining - total < 8 else { return nil }
        let deltas = try reader.get(count: total)
        let tree = address == 0 ? nil : try reference(Int(level), address, sum)
        let overlay = allocate(tree: tree, count: count, deltaBytes: total)
        var offset = 0
        for i in 0 ..< count {
            overlay.pages[i] = pages[i]
            overlay.entries[i] = entries[i]
            overlay.offsets[i] = UInt32(offset)
            offset += lengths[i]
        }
        overlay.offsets[count] = UInt32(offset)
        deltas.withUnsafeBytes { if let base = $0.baseAddress, total > 0 { memcpy(overlay.deltas, base, total) } }
        return overlay
    }
}

/// The entries of an overlay and of a list of changes as one ascending list; where both have a page, the change counts.
enum OverlayMerge {
    /// Neighbouring entries of one of the two lists.
    struct Run {
        var pages: UnsafePointer<UInt32>
        var entries: UnsafePointer<MapEntry>
        var count: Int
        /// Where the differences of an overlay's entries begin in the overlay; of a change there is none.
        var offsets: UnsafePointer<UInt32>?
        /// The differences of all of them, one after the other.
        var deltas: UnsafeRawBufferPointer
        var isBelow: Bool { offsets != nil }
    }

    /// `deltas`: those of the changes that are one, in their order, each with its length (2 bytes) before it.
    static func forEach(_ overlay: Overlay?, _ changes: [PageMap.Change], _ deltas: [UInt8], _ body: (Run) -> Void) {
        deltas.withUnsafeBytes { bytes in
            var position = 0, i = 0
            let count = overlay?.count ?? 0
            for change in changes {
                if let overlay, i < count {
                    let end = overlay.firstIndex(notBefore: change.page, from: i)
                    if end > i { body(run(overlay, i, end)) }
                    i = end < count && overlay.pages[end] == change.page ? end + 1 : end
                }
                var delta = UnsafeRawBufferPointer(start: nil, count: 0)
                if change.entry.isDelta, position + 2 <= bytes.count {
                    let length = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self)))
                    let end = min(bytes.count, position + 2 + length)
                    delta = UnsafeRawBufferPointer(rebasing: bytes[position + 2 ..< end])
                    position = end
                }
                withUnsafePointer(to: change.page) { page in
                    withUnsafePointer(to: change.entry) { entry in
                        body(Run(pages: page, entries: entry, count: 1, offsets: nil, deltas: delta))
                    }
                }
            }
            if let overlay, i < count { body(run(overlay, i, count)) }
        }
    }

    private static func run(_ overlay: Overlay, _ start: Int, _ end: Int) -> Run {
        let offsets = overlay.offsets
        let from = Int(offsets[start])
        return Run(
            pages: overlay.pages + start, entries: overlay.entries + start, count: end - start, offsets: offsets + start,
            deltas: UnsafeRawBufferPointer(start: overlay.deltas + from, count: Int(offsets[end]) - from)
        )
    }
}
