import PageStore

/// One unchanging SQLite database, read page by page below SQL.
///
/// Gives the header, the pointer map, the freelist and the schema, and is what cursors and diffs read from. Not
/// thread-safe: an image, its cursors and its diffs belong to one thread at a time.
public final class DatabaseImage {
    /// The database header, or nil for a database of no pages.
    public let header: DatabaseHeader?
    /// The number of pages.
    public let pageCount: UInt32
    /// Bytes of a page.
    public let pageSize: Int
    /// Bytes of a page that hold content.
    public let usableSize: Int

    /// Pointer-map pages kept in memory, at most; each serves about 800 pages of 4096 bytes.
    static let pointerMapCacheSlots = 64

    /// Pages kept in memory for as long as the image, at most: page 1, and the interior pages that a diff's plan reads
    /// and its cursors read again.
    static let keptPagesLimit = 256

    private let reader: any PageReader
    private var keptPages: [PageNumber: PageBuffer] = [:]
    private var pointerMapCache: [(page: PageNumber, buffer: PageBuffer)?]

    /// - Throws: ``BTreeError/corrupt(page:detail:)`` for a bad header, ``BTreeError/unsupportedTextEncoding(_:)``
    ///   for UTF-16 databases, and what the reader throws.
    public init(_ reader: any PageReader) throws(BTreeError) {
        self.reader = reader
        pageCount = reader.pageCount
        pageSize = reader.pageSize
        pointerMapCache = []
        guard pageCount > 0 else {
            header = nil
            usableSize = reader.pageSize
            return
        }
        let buffer = PageBuffer(capacity: pageSize)
        try reader.readPage(1, into: buffer.base)
        let header = try DatabaseHeader(UnsafeRawBufferPointer(start: buffer.base, count: pageSize))
        guard header.pageSize == pageSize else {
            throw .corrupt(
                page: 1, detail: "the header's page size \(header.pageSize) is not the file's, \(pageSize)"
            )
        }
        switch header.textEncoding {
        case .utf8: break
        case .utf16LittleEndian: throw .unsupportedTextEncoding("UTF-16le")
        case .utf16BigEndian: throw .unsupportedTextEncoding("UTF-16be")
        }
        self.header = header
        usableSize = header.usableSize
        keptPages[1] = buffer
    }

    // MARK: Pages

    /// A page that is kept in memory; its buffer never changes.
    @inline(__always)
    func keptPage(_ number: PageNumber) -> PageBuffer? { keptPages[number] }

    /// Keeps a page in memory while there is room. `buffer` must not be written to any more if this returns true.
    @discardableResult
    func keep(_ number: PageNumber, _ buffer: PageBuffer) -> Bool {
        guard keptPages.count < Self.keptPagesLimit else { return false }
        keptPages[number] = buffer
        return true
    }

    /// Whether any page can be climbed to the b-tree that owns it.
    public var hasPointerMaps: Bool { header?.hasPointerMaps ?? false }

    /// Reads page `number`, naming `referrer` in the error when there is no such page.
    func readPage(_ number: PageNumber, into buffer: PageBuffer, from referrer: PageNumber) throws(BTreeError) {
        guard number >= 1, number <= pageCount else {
            throw .corrupt(page: referrer, detail: "it refers to page \(number) of \(pageCount)")
        }
        try reader.readPage(number, into: buffer.base)
    }

    // MARK: Pointer map

    /// What a page is used for, according to the pointer map.
    public enum PageUse: Sendable, Equatable {
        /// The root of a b-tree.
        case root
        /// On the freelist.
        case free
        /// The first page of an overflow chain; `owner` is the b-tree page with the cell.
        case firstOverflow(owner: PageNumber)
        /// A later page of an overflow chain.
        case overflow(previous: PageNumber)
        /// A b-tree page other than a root.
        case child(parent: PageNumber)
        /// A pointer-map page, or the page that SQLite leaves unused for its file locks.
        case administrative
    }

    /// The page which holds the byte that SQLite locks; it is never used for content.
    var lockBytePage: PageNumber { PageNumber(0x4000_0000 / pageSize) + 1 }

    /// The pointer-map page with the entry of page `number`; `number` itself if it is a pointer-map page.
    private func pointerMapPage(for number: PageNumber) -> PageNumber {
        guard number >= 2 else { return 0 }
        let span = UInt64(usableSize / 5 + 1)
        let page = (UInt64(number) - 2) / span * span + 2
        return PageNumber(truncatingIfNeeded: page == UInt64(lockBytePage) ? page + 1 : page)
    }

    /// What page `number` is used for.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when the map has no valid entry for it or the database has no
    ///   pointer map.
    public func use(of number: PageNumber) throws(BTreeError) -> PageUse {
        guard hasPointerMaps else { throw .corrupt(page: number, detail: "the database has no pointer map") }
        guard number >= 1, number <= pageCount else {
            throw .corrupt(page: number, detail: "there is no such page; the database has \(pageCount)")
        }
        if number == 1 { return .root }
        let map = pointerMapPage(for: number)
        if number == map || number == lockBytePage { return .administrative }
        let offset = 5 * (Int(number) - Int(map) - 1)
        guard offset >= 0, offset + 5 <= usableSize else {
            throw .corrupt(page: map, detail: "the pointer map has no place for page \(number)")
        }
        let base = try pointerMapBytes(map)
        let parent = base.bigEndian32(offset + 1)
        switch base.byte(offset) {
        case 1: return .root
        case 2: return .free
        case 3: return .firstOverflow(owner: parent)
        case 4: return .overflow(previous: parent)
        case 5: return .child(parent: parent)
        default:
            throw .corrupt(page: map, detail: "the pointer map has no valid entry for page \(number)")
        }
    }

    private func pointerMapBytes(_ map: PageNumber) throws(BTreeError) -> UnsafeRawPointer {
        if pointerMapCache.isEmpty {
            pointerMapCache = Array(repeating: nil, count: Self.pointerMapCacheSlots)
        }
        let slot = Int(map) / (usableSize / 5 + 1) % Self.pointerMapCacheSlots
        if let held = pointerMapCache[slot], held.page == map { return UnsafeRawPointer(held.buffer.base) }
        let buffer = pointerMapCache[slot]?.buffer ?? PageBuffer(capacity: pageSize)
        pointerMapCache[slot] = nil
        try readPage(map, into: buffer, from: map)
        pointerMapCache[slot] = (map, buffer)
        return UnsafeRawPointer(buffer.base)
    }

    // MARK: Freelist

    /// Calls `body` with each page of the freelist, trunk pages included, in list order.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when the list is longer than the database or leaves it.
    public func forEachFreePage(_ body: (PageNumber) -> Void) throws(BTreeError) {
        guard let header else { return }
        let buffer = PageBuffer(capacity: pageSize)
        var trunk = header.firstFreelistTrunk
        var referrer: PageNumber = 1
        var seen: UInt32 = 0
        while trunk != 0 {
            guard seen < pageCount else { throw .corrupt(page: trunk, detail: "the freelist runs in a circle") }
            try readPage(trunk, into: buffer, from: referrer)
            let base = UnsafeRawPointer(buffer.base)
            let leaves = base.bigEndian32(4)
            guard Int(leaves) <= usableSize / 4 - 2 else {
                throw .corrupt(page: trunk, detail: "the freelist trunk claims \(leaves) leaves")
            }
            body(trunk)
            for index in 0 ..< Int(leaves) {
                let leaf = base.bigEndian32(8 + 4 * index)
                guard leaf >= 1, leaf <= pageCount else {
                    throw .corrupt(page: trunk, detail: "the freelist names page \(leaf) of \(pageCount)")
                }
                body(leaf)
            }
            seen += 1 + leaves
            referrer = trunk
            trunk = base.bigEndian32(0)
        }
    }

    // MARK: Payloads

    /// Puts the whole payload of `cell` into `buffer`, following its overflow chain through `scratch`.
    ///
    /// Memory grows only as pages of the chain are really read, so a false length cannot make it allocate.
    func assemble(_ cell: BTreeCell, into buffer: PageBuffer, scratch: PageBuffer) throws(BTreeError) {
        let share = usableSize - 4
        let rest = cell.length - cell.localLength
        guard (rest + share - 1) / share <= Int(pageCount) else {
            throw .corrupt(page: cell.page, detail: "a payload of \(cell.length) bytes is larger than the database")
        }
        buffer.grow(to: cell.localLength, keeping: 0)
        buffer.base.copyMemory(from: cell.local, byteCount: cell.localLength)
        var filled = cell.localLength
        var page = cell.overflow
        var referrer = cell.page
        while filled < cell.length {
            try readPage(page, into: scratch, from: referrer)
            let count = min(share, cell.length - filled)
            buffer.grow(to: filled + count, keeping: filled)
            (buffer.base + filled).copyMemory(from: scratch.base + 4, byteCount: count)
            filled += count
            referrer = page
            page = UnsafeRawPointer(scratch.base).bigEndian32(0)
        }
    }
}
