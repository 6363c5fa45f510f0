/// A branch as the binder knows it: the 12 lower-case hex digits of its id.
public struct BranchKey: Hashable, Comparable, Sendable {
    public let hex: String

    public init(hex: String) { self.hex = hex }

    /// The branch that is always there.
    public static let main = BranchKey(hex: "000000000000")

    /// The SQLite schema name under which the branch is attached when it is not schema 0.
    public var alias: String { "b_" + hex }

    public static func < (a: BranchKey, b: BranchKey) -> Bool { a.hex < b.hex }
}

/// A kept version of a branch that a statement reads instead of the branch's head.
public enum ReadMoment: Hashable, Sendable {
    /// `AT (VERSION => n)`
    case version(UInt64)
    /// `AT (TIMESTAMP => …)`: microseconds since 1970-01-01 00:00:00 UTC.
    case timestamp(micros: Int64)

    var aliasSuffix: String {
        switch self {
        case .version(let number): "_v\(number)"
        case .timestamp(let micros): "_t\(micros)"
        }
    }
}

/// A database that has to be attached, read-only, before the steps of a lowered statement are prepared.
public struct Attachment: Hashable, Sendable {
    public let branch: BranchKey
    /// nil: the branch's head.
    public let moment: ReadMoment?

    public init(branch: BranchKey, moment: ReadMoment? = nil) {
        self.branch = branch
        self.moment = moment
    }

    /// The name the steps know it by: `b_<hex>`, `b_<hex>_v<n>` or `b_<hex>_t<micros>`.
    public var alias: String { branch.alias + (moment?.aliasSuffix ?? "") }
}

/// A table as a statement touches it.
public struct TableReference: Hashable, Sendable {
    public let branch: BranchKey
    /// The name SQLite knows it by in that branch.
    public let table: String
    public let moment: ReadMoment?

    public init(branch: BranchKey, table: String, moment: ReadMoment? = nil) {
        self.branch = branch
        self.table = table
        self.moment = moment
    }
}

/// How a schema inside a branch maps to SQLite, which has none: `s.t` is the table `_bl_s:<s>:<t>`, with `%` and `:` in
/// the schema's name percent-escaped. A table with an empty `<t>` marks a schema that exists, tables or not.
public enum SchemaNaming {
    private static let prefix = "_bl_s:"

    /// SQLite's name for an object of a schema; `schema` nil is the branch's default schema.
    public static func encode(schema: String?, name: String) -> String {
        guard let schema else { return name }
        var escaped = ""
        for character in schema {
            switch character {
            case "%": escaped += "%25"
            case ":": escaped += "%3A"
            default: escaped.append(character)
            }
        }
        return prefix + escaped + ":" + name
    }

    /// The name of the marker table of a schema.
    public static func marker(schema: String) -> String { encode(schema: schema, name: "") }

    /// The schema (nil: the default one) and the name behind one of SQLite's names.
    public static func decode(_ sqliteName: String) -> (schema: String?, name: String) {
        guard sqliteName.hasPrefix(prefix) else { return (nil, sqliteName) }
        let rest = sqliteName.dropFirst(prefix.count)
        guard let colon = rest.firstIndex(of: ":") else { return (nil, sqliteName) }
        var schema = ""
        var escape = rest[..<colon]
        while let character = escape.popFirst() {
            if character == "%" {
                switch escape.prefix(2) {
                case "25": schema.append("%")
                case "3A": schema.append(":")
                default: return (nil, sqliteName)
                }
                escape = escape.dropFirst(2)
            } else {
                schema.append(character)
            }
        }
        return (schema, String(rest[rest.index(after: colon)...]))
    }
}
