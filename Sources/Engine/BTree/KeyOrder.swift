/// A collating sequence that SQLite has built in.
public enum Collation: Sendable, Hashable {
    /// Byte order.
    case binary
    /// As binary, with the 26 ASCII upper-case letters folded to lower case.
    case nocase
    /// As binary, ignoring trailing spaces.
    case rtrim

    /// The collation of SQLite's name, in any letter case; nil for one that is not built in.
    public init?(name: String) {
        switch name.uppercased() {
        case "BINARY": self = .binary
        case "NOCASE": self = .nocase
        case "RTRIM": self = .rtrim
        default: return nil
        }
    }

    /// Negative, zero or positive, as SQLite's own comparison of the two texts.
    func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        switch self {
        case .binary: ColumnView.compareBytes(left, right)
        case .nocase: Self.compareFolded(left, right)
        case .rtrim: ColumnView.compareBytes(Self.trimmed(left), Self.trimmed(right))
        }
    }

    /// SQLite's NOCASE stops at a NUL byte in both texts and then goes by length; stored order depends on it.
    private static func compareFolded(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        for index in 0 ..< min(left.count, right.count) {
            let (a, b) = (folded(left[index]), folded(right[index]))
            if a != b { return Int(a) - Int(b) }
            if a == 0 { break }
        }
        return left.count - right.count
    }

    @inline(__always)
    private static func folded(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    private static func trimmed(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var count = text.count
        while count > 0, text[count - 1] == 0x20 { count -= 1 }
        return UnsafeRawBufferPointer(rebasing: text[0 ..< count])
    }
}

/// One column of the key of a WITHOUT ROWID table or of an index.
public struct KeyColumn: Sendable, Hashable {
    /// The collating sequence by which its texts are ordered.
    public var collation: Collation
    /// Whether it is ordered descending.
    public var descending: Bool

    public init(collation: Collation = .binary, descending: Bool = false) {
        self.collation = collation
        self.descending = descending
    }
}

/// The order of the records of an index or WITHOUT ROWID b-tree: by its first columns.
public struct KeyOrder: Sendable, Hashable {
    /// The key columns; they are the first columns of every record.
    public var columns: [KeyColumn]

    public init(columns: [KeyColumn]) { self.columns = columns }

    /// A key of `count` columns, ascending, compared as bytes.
    public static func binary(count: Int) -> KeyOrder {
        KeyOrder(columns: Array(repeating: KeyColumn(), count: count))
    }

    /// Compares the keys of two records: negative, zero or positive.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when a record has fewer columns than the key.
    public func compare(_ left: RecordView, _ right: RecordView) throws(BTreeError) -> Int {
        var leftColumns = left.columns
        var rightColumns = right.columns
        for index in columns.indices {
            guard let a = try leftColumns.next() else { throw Self.tooShort(left) }
            guard let b = try rightColumns.next() else { throw Self.tooShort(right) }
            let order = Self.compare(a, b, columns[index].collation)
            if order != 0 { return columns[index].descending ? -order : order }
        }
        return 0
    }

    private static func tooShort(_ record: RecordView) -> BTreeError {
        .corrupt(page: record.page, detail: "a record has fewer columns than its key")
    }

    /// SQLite's order of values: NULL, numbers, text, blobs.
    static func compare(_ left: ColumnView, _ right: ColumnView, _ collation: Collation) -> Int {
        let (a, b) = (left.storageClass, right.storageClass)
        switch (a, b) {
        case (.integer, .integer): return sign(left.integer, right.integer)
        case (.real, .real): return sign(left.real, right.real)
        case (.integer, .real): return compare(left.integer, right.real)
        case (.real, .integer): return -compare(right.integer, left.real)
        case (.text, .text): return collation.compare(left.bytes, right.bytes)
        case (.blob, .blob): return ColumnView.compareBytes(left.bytes, right.bytes)
        default: return Int(a.rawValue) - Int(b.rawValue)
        }
    }

    @inline(__always)
    private static func sign<T: Comparable>(_ left: T, _ right: T) -> Int {
        left < right ? -1 : (right < left ? 1 : 0)
    }

    /// Exact: a double cannot hold every 64-bit integer, so the integer parts are compared first.
    private static func compare(_ integer: Int64, _ real: Double) -> Int {
        if real < -0x1p63 { return 1 }
        if real >= 0x1p63 { return -1 }
        guard let truncated = Int64(exactly: real.rounded(.towardZero)) else { return 0 }
        if integer != truncated { return integer < truncated ? -1 : 1 }
        return sign(Double(truncated), real)
    }
}
