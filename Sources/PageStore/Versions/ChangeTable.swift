import Glibc

/// A page that a transaction has changed.
struct PageChange {
    var page: PageNumber = 0
    /// The slot in flight that has or will have the image; 0 if none yet.
    var slot: Slot = 0
    /// The page's bytes, unless they were written to the file.
    var buffer: UnsafeMutableRawPointer?
    var sum: UInt64 = 0
}

/// The changed pages of a transaction by number: open addressing in memory managed by hand, because every page that SQLite
/// writes passes through it. Whoever owns it destroys it once; until then copies of this value are the same table.
struct ChangeTable {
    private struct Header {
        var places: UnsafeMutablePointer<PageChange>
        /// Number of places, a power of two, as a shift: 64 minus its logarithm.
        var shift: UInt64
        var count: Int
    }

    private let header: UnsafeMutablePointer<Header>
    private static let initialBits: UInt64 = 4

    init() {
        header = Memory.allocate(MemoryLayout<Header>.stride).bindMemory(to: Header.self, capacity: 1)
        header.initialize(to: Header(places: ChangeTable.places(bits: ChangeTable.initialBits), shift: 64 - ChangeTable.initialBits, count: 0))
    }

    func destroy() {
        Memory.release(header.pointee.places)
        Memory.release(header)
    }

    private static func places(bits: UInt64) -> UnsafeMutablePointer<PageChange> {
        let places = Memory.allocate(MemoryLayout<PageChange>.stride << Int(bits)).bindMemory(to: PageChange.self, capacity: 1 << Int(bits))
        places.initialize(repeating: PageChange(), count: 1 << Int(bits))
        return places
    }

    var count: Int { header.pointee.count }
    var isEmpty: Bool { count == 0 }
    private var capacity: Int { 1 << Int(64 - header.pointee.shift) }

    /// Where a page belongs: Fibonacci hashing spreads runs of pages.
    @inline(__always) private func home(_ page: PageNumber) -> Int {
        Int(truncatingIfNeeded: (UInt64(page) &* 0x9E37_79B9_7F4A_7C15) &>> header.pointee.shift)
    }

    @inline(__always) private func place(of page: PageNumber) -> Int {
        let places = header.pointee.places
        let mask = capacity &- 1
        var at = home(page)
        while places[at].page != page, places[at].page != 0 { at = (at &+ 1) & mask }
        return at
    }

    /// The change of a page, or nil. The pointer is good until the next `insert` or `remove`.
    @inline(__always) func find(_ page: PageNumber) -> UnsafeMutablePointer<PageChange>? {
        let at = place(of: page)
        let found = header.pointee.places + at
        return found.pointee.page == 0 ? nil : found
    }

    func contains(_ page: PageNumber) -> Bool { find(page) != nil }

    /// The change of a page, entered if it is new. The pointer is good until the next `insert` or `remove`.
    func insert(_ page: PageNumber) -> UnsafeMutablePointer<PageChange> {
        if (header.pointee.count + 1) * 2 > capacity { grow() }
        let found = header.pointee.places + place(of: page)
        if found.pointee.page == 0 {
            found.pointee.page = page
            header.pointee.count += 1
        }
        return found
    }

    private func grow() {
        let old = header.pointee.places, oldCapacity = capacity
        header.pointee.shift -= 1
        header.pointee.places = ChangeTable.places(bits: 64 - header.pointee.shift)
        for i in 0 ..< oldCapacity where old[i].page != 0 { header.pointee.places[place(of: old[i].page)] = old[i] }
        Memory.release(old)
    }

    func remove(_ page: PageNumber) {
        let places = header.pointee.places, mask = capacity - 1
        var hole = place(of: page)
        guard places[hole].page != 0 else { return }
        header.pointee.count -= 1
        // What follows without a gap moves up where its home lies at or before the hole.
        var at = hole
        while true {
            at = (at + 1) & mask
            if places[at].page == 0 { break }
            let distance = (at - home(places[at].page)) & mask
            if distance >= (at - hole) & mask {
                places[hole] = places[at]
                hole = at
            }
        }
        places[hole] = PageChange()
    }

    /// All changes, in no order.
    func forEach(_ body: (borrowing PageChange) -> Void) {
        for i in 0 ..< capacity where header.pointee.places[i].page != 0 { body(header.pointee.places[i]) }
    }

    /// The pages for which `isWanted` holds, in ascending order.
    func pages(where isWanted: (borrowing PageChange) -> Bool = { _ in true }) -> [PageNumber] {
        var pages: [PageNumber] = []
        pages.reserveCapacity(count)
        forEach { if isWanted($0) { pages.append($0.page) } }
        pages.sort()
        return pages
    }
}
