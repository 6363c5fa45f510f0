import PageStore

/// The first 100 bytes of a SQLite database file (section 1.3 of SQLite's file format document).
public struct DatabaseHeader: Sendable, Equatable {
    /// The length of the header in bytes; page 1's b-tree header follows it.
    public static let length = 100
    /// The smallest usable part of a page that SQLite allows, in bytes.
    static let minimumUsableSize = 480
    private static let magic: [UInt8] = Array("SQLite format 3\0".utf8)

    /// How the database encodes its text.
    public enum TextEncoding: UInt32, Sendable {
        case utf8 = 1, utf16LittleEndian = 2, utf16BigEndian = 3
    }

    /// Bytes of a page.
    public let pageSize: Int
    /// Bytes at the end of each page that SQLite does not use.
    public let reservedSize: Int
    /// Incremented by each transaction that changes the file.
    public let changeCounter: UInt32
    /// The size of the database in pages, as the header has it.
    public let pageCount: UInt32
    /// The first trunk page of the freelist, or 0.
    public let firstFreelistTrunk: PageNumber
    /// The number of pages on the freelist.
    public let freelistCount: UInt32
    /// Incremented by each change of the schema.
    public let schemaCookie: UInt32
    /// The largest root page: not 0 exactly if the database has pointer maps (auto-vacuum).
    public let largestRootPage: PageNumber
    /// Whether auto-vacuum is incremental.
    public let incrementalVacuum: Bool
    /// The encoding of text.
    public let textEncoding: TextEncoding
    /// `PRAGMA user_version`.
    public let userVersion: UInt32
    /// `PRAGMA application_id`.
    public let applicationID: UInt32

    /// Bytes of a page that hold content.
    public var usableSize: Int { pageSize - reservedSize }
    /// Whether pointer-map pages exist.
    public var hasPointerMaps: Bool { largestRootPage != 0 }

    /// Reads the header from the first bytes of page 1.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when this is not a SQLite database or a field is out of range.
    public init(_ bytes: UnsafeRawBufferPointer) throws(BTreeError) {
        guard bytes.count >= Self.length, let base = bytes.baseAddress else {
            throw .corrupt(page: 1, detail: "the database header is cut short")
        }
        guard bytes.prefix(Self.magic.count).elementsEqual(Self.magic) else {
            throw .corrupt(page: 1, detail: "this is not a SQLite database")
        }
        let storedSize = base.bigEndian16(16)
        let size = storedSize == 1 ? 65536 : storedSize
        guard size >= 512, size & (size - 1) == 0 else {
            throw .corrupt(page: 1, detail: "the page size \(size) is not a power of two from 512 to 65536")
        }
        pageSize = size
        reservedSize = Int(base.byte(20))
        guard size - reservedSize >= Self.minimumUsableSize else {
            throw .corrupt(page: 1, detail: "\(reservedSize) reserved bytes leave too little of a page")
        }
        changeCounter = base.bigEndian32(24)
        pageCount = base.bigEndian32(28)
        firstFreelistTrunk = base.bigEndian32(32)
        freelistCount = base.bigEndian32(36)
        schemaCookie = base.bigEndian32(40)
        largestRootPage = base.bigEndian32(52)
        incrementalVacuum = base.bigEndian32(64) != 0
        userVersion = base.bigEndian32(60)
        applicationID = base.bigEndian32(68)
        // 0 stands in a database that has no schema yet.
        let encoding = base.bigEndian32(56)
        guard let known = TextEncoding(rawValue: encoding == 0 ? 1 : encoding) else {
            throw .corrupt(page: 1, detail: "the text encoding \(encoding) is unknown")
        }
        textEncoding = known
    }
}
