/// A page of a database, counted from 1 as SQLite does. 0 is no page.
public typealias PageNumber = UInt32

/// A slot of the store file: a page-sized place. Slots 0 to 3 hold the superblocks.
typealias Slot = UInt32

/// Log sequence number: one per record, increasing by one over the life of the store.
typealias LSN = UInt64

/// The immutable identity of a branch: 48 bits, written as 12 lower-case hexadecimal digits, never reused.
public struct BranchID: RawRepresentable, Hashable, Comparable, Sendable {
    /// The identity as a number below 2^48.
    public let rawValue: UInt64

    /// The branch every store has from its creation.
    public static let main = BranchID(rawValue: 0)

    /// Bits of an identity that count.
    static let bits = 48

    /// Keeps the low 48 bits of `rawValue`.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue & ((1 << UInt64(BranchID.bits)) - 1)
    }

    /// Reads 12 hexadecimal digits; nil for anything else.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == BranchID.bits / 4 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0") ... UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a") ... UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        self.rawValue = value
    }

    /// The identity as 12 lower-case hexadecimal digits.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for shift in stride(from: BranchID.bits - 4, through: 0, by: -4) {
            text.append(digits[Int(rawValue >> UInt64(shift) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    public static func < (a: BranchID, b: BranchID) -> Bool { a.rawValue < b.rawValue }
}

/// The identity of a version: the log sequence number of the record that made it, hence increasing over the whole store.
public struct VersionID: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (a: VersionID, b: VersionID) -> Bool { a.rawValue < b.rawValue }
}

/// What the store knows of a branch.
public struct BranchEntry: Sendable, Equatable {
    public let id: BranchID
    /// The version a new snapshot of the branch would show.
    public let head: VersionID
    /// Raised by every head move that is not an ordinary commit: connections of an older generation must be thrown away.
    public let generation: UInt64
    /// Opaque to the store: the registry record of whoever names and describes branches.
    public let metadata: [UInt8]
}

/// What the store knows of a version that is kept.
public struct VersionEntry: Sendable, Equatable {
    public let id: VersionID
    /// The branch on which the version was made.
    public let branch: BranchID
    /// First the version it was derived from (for a head move: the version moved to), then the heads merged into it.
    /// Empty for the first version of a store and where all ancestors are gone.
    public let parents: [VersionID]
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    public let timeMicros: Int64
    /// Size of the database in pages.
    public let pageCount: UInt32
    /// What page 1 shows as SQLite's file change counter.
    public let changeCounter: UInt32
    /// Opaque to the store: who or what made the version.
    public let origin: [UInt8]
}
