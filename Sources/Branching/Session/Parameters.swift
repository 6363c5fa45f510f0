import Engine

/// What can be given as a parameter of a statement: Swift's own types, `Value`, and optionals of them.
public protocol SQLConvertible {
    var sqlValue: Value { get }
}

extension Value: SQLConvertible { public var sqlValue: Value { self } }
extension Int: SQLConvertible { public var sqlValue: Value { .integer(Int64(self)) } }
extension Int64: SQLConvertible { public var sqlValue: Value { .integer(self) } }
extension Int32: SQLConvertible { public var sqlValue: Value { .integer(Int64(self)) } }
extension Bool: SQLConvertible { public var sqlValue: Value { .boolean(self) } }
extension Double: SQLConvertible { public var sqlValue: Value { .double(self) } }
extension String: SQLConvertible { public var sqlValue: Value { .text(self) } }
extension Array: SQLConvertible where Element == UInt8 { public var sqlValue: Value { .blob(self) } }
extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    public var sqlValue: Value { self?.sqlValue ?? .null }
}

extension JSONValue {
    /// A parameter from JSON: arrays and objects are given as JSON text.
    var parameterValue: TypedValue {
        switch self {
        case .null: .null
        case .bool(let flag): .boolean(flag)
        case .integer(let number): .integer(number)
        case .double(let number): .double(number)
        case .string(let text): .text(text)
        case .array, .object: .json(compactText)
        }
    }
}

extension Value {
    /// SQLite's plain form of a parameter whose type the binder is not told: dates, decimals and the like as their text.
    var plainForm: SQLiteValue {
        switch self {
        case .null: .null
        case .boolean(let flag): .integer(flag ? 1 : 0)
        case .integer(let number), .hugeint(let number): .integer(number)
        case .double(let number): .real(number)
        case .text(let text), .json(let text), .uuid(let text): .text(text)
        case .blob(let bytes): .blob(bytes)
        case .decimal, .date, .time, .timestamp, .timestampTZ, .interval, .list: .text(text)
        }
    }
}

// MARK: - Typed access

extension Value {
    /// The value as an `Int64`, where it is a whole number (a boolean counts as 0 or 1).
    public var integerValue: Int64? {
        switch self {
        case .integer(let number), .hugeint(let number): number
        case .boolean(let flag): flag ? 1 : 0
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }

    /// The value as a `Double`, where it is a number.
    public var doubleValue: Double? {
        switch self {
        case .integer(let number), .hugeint(let number): Double(number)
        case .double(let number): number
        case .decimal: Double(text)
        default: nil
        }
    }

    public var booleanValue: Bool? {
        switch self {
        case .boolean(let flag): flag
        case .integer(let number): number != 0
        default: nil
        }
    }

    /// The text of a VARCHAR, JSON or UUID; nil for anything else (`text` prints any value).
    public var stringValue: String? {
        switch self {
        case .text(let text), .json(let text), .uuid(let text): text
        default: nil
        }
    }

}
