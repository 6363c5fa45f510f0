/// A value as SQLite stores it: one of its five storage classes.
///
/// This is the storage form of every typed value (see `Value`); it knows nothing of declared types.
public enum SQLiteValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    /// A text that is not valid UTF-8, by its bytes: SQLite keeps such texts as they are, and so does what compares and merges.
    case malformedText([UInt8])
    case blob([UInt8])

    /// True for `.null`.
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// Whether two values are the same bytes of the same class. Swift's own comparison holds texts equal that are written with
    /// different Unicode scalars ("é" in one or in two), which SQLite does not, and 0.0 and -0.0.
    public func isIdentical(to other: SQLiteValue) -> Bool {
        switch (self, other) {
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.real(let a), .real(let b)): a.bitPattern == b.bitPattern
        default: self == other
        }
    }

    /// The text; one that is not valid UTF-8 with replacement characters. Nil for every other class.
    public var repairedText: String? {
        switch self {
        case .text(let text): text
        case .malformedText(let bytes): String(decoding: bytes, as: UTF8.self)
        case .null, .integer, .real, .blob: nil
        }
    }

    /// The name `typeof()` gives in SQL.
    public var storageClass: String {
        switch self {
        case .null: "null"
        case .integer: "integer"
        case .real: "real"
        case .text, .malformedText: "text"
        case .blob: "blob"
        }
    }
}

extension SQLiteValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .real(value) }
    public init(stringLiteral value: String) { self = .text(value) }
}
