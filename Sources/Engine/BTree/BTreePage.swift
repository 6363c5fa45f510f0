#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif
import PageStore

/// A b-tree page borrowed from a buffer: its header, its cell pointers and its cells. Nothing is copied.
///
/// All four kinds of page of SQLite's format. Every offset is checked against the usable size before it is followed.
struct BTreePage {
    enum Kind: UInt8 {
        case interiorIndex = 0x02, interiorTable = 0x05, leafIndex = 0x0A, leafTable = 0x0D
    }

    let base: UnsafeRawPointer
    let number: PageNumber
    let usable: Int
    let kind: Kind
    let cellCount: Int
    /// Offset of the cell pointer array.
    let pointers: Int
    /// The child to the right of all cells; 0 on a leaf.
    let rightChild: PageNumber

    @inline(__always) var isLeaf: Bool { kind == .leafTable || kind == .leafIndex }
    @inline(__always) var isTable: Bool { kind == .leafTable || kind == .interiorTable }
    /// No cell can begin before this offset.
    @inline(__always) var contentFloor: Int { pointers + 2 * cellCount }

    /// - Parameter base: The page's first byte; at least `usable` bytes are readable.
    init(_ base: UnsafeRawPointer, number: PageNumber, usable: Int) throws(BTreeError) {
        self.base = base
        self.number = number
        self.usable = usable
        let header = number == 1 ? DatabaseHeader.length : 0
        guard let kind = Kind(rawValue: base.byte(header)) else {
            throw .corrupt(page: number, detail: "\(base.byte(header)) is not a kind of b-tree page")
        }
        self.kind = kind
        cellCount = base.bigEndian16(header + 3)
        if kind == .leafTable || kind == .leafIndex {
            pointers = header + 8
            rightChild = 0
        } else {
            pointers = header + 12
            rightChild = base.bigEndian32(header + 8)
        }
        guard pointers + 2 * cellCount <= usable else {
            throw .corrupt(page: number, detail: "\(cellCount) cells do not fit the page")
        }
    }

    @inline(__always)
    private func cellOffset(_ index: Int) throws(BTreeError) -> Int {
        let offset = base.bigEndian16(pointers + 2 * index)
        // Every cell takes at least 4 bytes, so a child pointer or the first varints can be read.
        guard offset >= contentFloor, offset + 4 <= usable else { throw outside(index) }
        return offset
    }

    private func outside(_ index: Int) -> BTreeError {
        .corrupt(page: number, detail: "cell \(index) lies outside the page")
    }

    /// The child left of cell `index`, or the right-most child for `index == cellCount`. Interior pages only.
    @inline(__always)
    func child(_ index: Int) throws(BTreeError) -> PageNumber {
        index == cellCount ? rightChild : base.bigEndian32(try cellOffset(index))
    }

    /// The rowid of cell `index` of a table page.
    @inline(__always)
    func rowid(_ index: Int) throws(BTreeError) -> Int64 {
        var offset = try cellOffset(index)
        if kind == .interiorTable {
            offset += 4
        } else if Varint.read(base, &offset, end: usable) == nil {
            throw outside(index)
        }
        guard let rowid = Varint.read(base, &offset, end: usable) else { throw outside(index) }
        return Int64(bitPattern: rowid)
    }

    /// Decodes cell `index`.
    @inline(__always)
    func cell(_ index: Int) throws(BTreeError) -> BTreeCell {
        var offset = try cellOffset(index)
        if kind == .interiorIndex { offset += 4 }
        if kind == .interiorTable {
            return BTreeCell(page: number, rowid: try rowid(index), length: 0, local: base, localLength: 0, overflow: 0)
        }
        guard let length = Varint.read(base, &offset, end: usable) else { throw outside(index) }
        var rowid: Int64 = 0
        if kind == .leafTable {
            guard let bits = Varint.read(base, &offset, end: usable) else { throw outside(index) }
            rowid = Int64(bitPattern: bits)
        }
        guard length <= UInt64(RecordView.maximumLength) else {
            throw .corrupt(page: number, detail: "cell \(index) claims a payload of \(length) bytes")
        }
        let payload = Int(length)
        let local = Self.localLength(payload, usable: usable, isTable: kind == .leafTable)
        var overflow: PageNumber = 0
        guard local <= usable - offset else { throw outside(index) }
        if local < payload {
            guard local + 4 <= usable - offset else { throw outside(index) }
            overflow = base.bigEndian32(offset + local)
        }
        return BTreeCell(
            page: number, rowid: rowid, length: payload, local: base + offset, localLength: local, overflow: overflow
        )
    }

    /// How many bytes of a payload are kept on the b-tree page; the rest goes to overflow pages.
    @inline(__always)
    static func localLength(_ payload: Int, usable: Int, isTable: Bool) -> Int {
        let maximum = isTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
        if payload <= maximum { return payload }
        let minimum = (usable - 12) * 32 / 255 - 23
        let fitting = minimum + (payload - minimum) % (usable - 4)
        return fitting <= maximum ? fitting : minimum
    }
}

/// A cell borrowed from a page: its rowid (table pages) and its payload, part of which may be on overflow pages.
struct BTreeCell {
    let page: PageNumber
    let rowid: Int64
    /// Bytes of the whole payload.
    let length: Int
    let local: UnsafeRawPointer
    let localLength: Int
    /// The first overflow page, or 0 when all of the payload is local.
    let overflow: PageNumber

    /// Whether both payloads are equally long and equal in their local part.
    @inline(__always)
    func hasSameLocalBytes(as other: BTreeCell) -> Bool {
        length == other.length && localLength == other.localLength && memcmp(local, other.local, localLength) == 0
    }

    @inline(__always) var localBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: local, count: localLength)
    }
}
