/// The type of a value as DuckDB's dialect names it.
///
/// This is the type of a *result or column*, not how SQLite stores it; `docs/dialect.md` gives the storage form of each.
public indirect enum DuckType: Sendable, Hashable {
    case boolean
    case tinyint, smallint, integer, bigint
    case utinyint, usmallint, uinteger, ubigint
    case hugeint
    case float, double
    /// `precision` digits in all (1…38), `scale` of them after the point. Storage holds up to `DuckType.maximumStoredPrecision`.
    case decimal(precision: Int, scale: Int)
    case varchar, blob
    case date, time, timestamp
    /// TIMESTAMP WITH TIME ZONE: an instant; printed in UTC.
    case timestampTZ
    case interval
    case json, uuid
    /// A list of values of one type: `INTEGER[]`. PostgreSQL's arrays are these.
    case list(DuckType)
    /// The type of a bare `NULL`.
    case null
    /// A column of SQLite's own without a useful declared type: each value brings its own type.
    case dynamic

    /// The widest decimal that fits the storage form (a 64-bit integer scaled by a power of ten).
    public static let maximumStoredPrecision = 18
    /// The widest decimal DuckDB has.
    public static let maximumPrecision = 38
    /// What DuckDB makes of `DECIMAL` without arguments.
    public static let defaultDecimal = DuckType.decimal(precision: 18, scale: 3)

    /// The name as DuckDB's `typeof` prints it, e.g. `DECIMAL(18,3)` or `TIMESTAMP WITH TIME ZONE`.
    public var name: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .tinyint: "TINYINT"
        case .smallint: "SMALLINT"
        case .integer: "INTEGER"
        case .bigint: "BIGINT"
        case .utinyint: "UTINYINT"
        case .usmallint: "USMALLINT"
        case .uinteger: "UINTEGER"
        case .ubigint: "UBIGINT"
        case .hugeint: "HUGEINT"
        case .float: "FLOAT"
        case .double: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
        case .varchar: "VARCHAR"
        case .blob: "BLOB"
        case .date: "DATE"
        case .time: "TIME"
        case .timestamp: "TIMESTAMP"
        case .timestampTZ: "TIMESTAMP WITH TIME ZONE"
        case .interval: "INTERVAL"
        case .json: "JSON"
        case .uuid: "UUID"
        case .list(let element): (element == .null ? "\"NULL\"" : element.name) + "[]"
        case .null: "NULL"
        case .dynamic: "ANY"
        }
    }

    /// Reads a type name as DuckDB, PostgreSQL or Snowflake write it: `INT4`, `DOUBLE PRECISION`, `DECIMAL(10, 2)`,
    /// `CHARACTER VARYING(20)`, `TIMESTAMP WITH TIME ZONE`, `NUMBER(10)`, `VARIANT`. Case and spacing do not matter; the
    /// length of a character type is accepted and, as in DuckDB, not enforced. `nil` for a name that is none of them, and
    /// for arguments out of range (precision 1…38, scale 0…precision).
    public init?(typeName: String) {
        if typeName.hasSuffix("[]") {
            guard let element = DuckType(typeName: String(typeName.dropLast(2))) else { return nil }
            self = .list(element)
            return
        }
        guard let (words, arguments) = DuckType.split(typeName) else { return nil }
        self.init(words: words, arguments: arguments)
    }

    /// The type from its name (one or more words, any case) and its arguments, as a parser holds them.
    public init?(words: String, arguments: [Int]) {
        let key = words.uppercased()
        if DuckType.decimalNames.contains(key) {
            guard let type = DuckType.decimal(arguments) else { return nil }
            self = type
            return
        }
        if key == "FLOAT" {
            // FLOAT(n) counts binary digits, as in PostgreSQL: more than 24 need a double.
            switch arguments.count {
            case 0: self = .float
            case 1 where (1...24).contains(arguments[0]): self = .float
            case 1 where (25...53).contains(arguments[0]): self = .double
            default: return nil
            }
            return
        }
        guard let type = DuckType.byName[key] else { return nil }
        if !arguments.isEmpty {
            guard arguments.count == 1, arguments[0] >= 0 else { return nil }
            switch type {
            case .varchar, .blob, .time, .timestamp, .timestampTZ: break
            default: return nil
            }
        }
        self = type
    }

    /// Splits `NAME MORE NAME(1, 2) REST` into its words (one blank between, upper case) and its arguments.
    private static func split(_ text: String) -> (words: String, arguments: [Int])? {
        var words: [String] = []
        var word = ""
        var digits = ""
        var arguments: [Int] = []
        var depth = 0
        var seenArguments = false
        func flush() { if !word.isEmpty { words.append(word.uppercased()); word = "" } }
        for character in text {
            if character == "(" {
                guard depth == 0, !seenArguments else { return nil }
                flush()
                depth = 1
                seenArguments = true
            } else if character == ")" {
                guard depth == 1, let value = Int(digits) else { return nil }
                arguments.append(value)
                digits = ""
                depth = 0
            } else if character == "," {
                guard depth == 1, let value = Int(digits) else { return nil }
                arguments.append(value)
                digits = ""
            } else if character == " " || character == "\t" || character == "\n" || character == "\r" {
                if depth == 0 { flush() }
            } else if depth == 1 {
                digits.append(character)
            } else {
                word.append(character)
            }
        }
        guard depth == 0 else { return nil }
        flush()
        guard !words.isEmpty else { return nil }
        return (words.joined(separator: " "), arguments)
    }

    private static func decimal(_ arguments: [Int]) -> DuckType? {
        guard let precision = arguments.first else { return defaultDecimal }
        let scale = arguments.count > 1 ? arguments[1] : 0
        guard arguments.count <= 2, (1...maximumPrecision).contains(precision), (0...precision).contains(scale) else { return nil }
        return .decimal(precision: precision, scale: scale)
    }

    private static let decimalNames: Set<String> = ["DECIMAL", "DEC", "NUMERIC", "NUMBER"]

    private static let byName: [String: DuckType] = {
        let aliases: [(DuckType, [String])] = [
            (.boolean, ["BOOLEAN", "BOOL", "LOGICAL"]),
            (.tinyint, ["TINYINT", "INT1", "BYTEINT"]),
            (.smallint, ["SMALLINT", "INT2", "INT16", "SHORT"]),
            (.integer, ["INTEGER", "INT", "INT4", "INT32", "SIGNED", "INTEGRAL", "MEDIUMINT", "SERIAL"]),
            (.bigint, ["BIGINT", "INT8", "INT64", "LONG", "OID", "BIGSERIAL"]),
            (.utinyint, ["UTINYINT", "UINT8"]),
            (.usmallint, ["USMALLINT", "UINT16"]),
            (.uinteger, ["UINTEGER", "UINT32"]),
            (.ubigint, ["UBIGINT", "UINT64"]),
            (.hugeint, ["HUGEINT", "INT128"]),
            (.float, ["REAL", "FLOAT4"]),
            (.double, ["DOUBLE", "FLOAT8", "DOUBLE PRECISION"]),
            (.varchar, [
                "VARCHAR", "TEXT", "STRING", "CHAR", "CHARACTER", "BPCHAR", "NVARCHAR", "NCHAR", "CHARACTER VARYING",
                "CHAR VARYING", "NVARCHAR2", "VARCHAR2", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT",
            ]),
            (.blob, ["BLOB", "BYTEA", "BINARY", "VARBINARY", "BINARY VARYING"]),
            (.date, ["DATE"]),
            (.time, ["TIME", "TIME WITHOUT TIME ZONE"]),
            (.timestamp, ["TIMESTAMP", "DATETIME", "TIMESTAMP_US", "TIMESTAMP_NTZ", "TIMESTAMPNTZ", "TIMESTAMP WITHOUT TIME ZONE"]),
            (.timestampTZ, [
                "TIMESTAMPTZ", "TIMESTAMP_TZ", "TIMESTAMP_LTZ", "TIMESTAMPLTZ", "TIMESTAMP WITH TIME ZONE",
                "TIMESTAMP WITH LOCAL TIME ZONE",
            ]),
            (.interval, ["INTERVAL"]),
            (.json, ["JSON", "JSONB", "VARIANT"]),
            (.uuid, ["UUID", "GUID"]),
            (.null, ["NULL", "\"NULL\""]),
            (.dynamic, ["ANY"]),
        ]
        var table: [String: DuckType] = [:]
        for (type, names) in aliases { for name in names { table[name] = type } }
        return table
    }()
}

extension DuckType: CustomStringConvertible {
    public var description: String { name }

    /// Integers of a fixed width (not HUGEINT).
    public var isInteger: Bool { integerRange != nil || self == .ubigint }

    /// Anything arithmetic works on.
    public var isNumeric: Bool {
        switch self {
        case .hugeint, .float, .double, .decimal: true
        default: isInteger
        }
    }

    /// The values a stored integer of this type may have; `nil` for types that are no integers, and for UBIGINT and
    /// HUGEINT, whose range is wider than 64 signed bits.
    public var integerRange: ClosedRange<Int64>? {
        switch self {
        case .tinyint: Int64(Int8.min)...Int64(Int8.max)
        case .smallint: Int64(Int16.min)...Int64(Int16.max)
        case .integer: Int64(Int32.min)...Int64(Int32.max)
        case .bigint: Int64.min...Int64.max
        case .utinyint: 0...Int64(UInt8.max)
        case .usmallint: 0...Int64(UInt16.max)
        case .uinteger: 0...Int64(UInt32.max)
        default: nil
        }
    }

    /// What the values of a list are; nil for types that are no lists.
    public var element: DuckType? { if case .list(let element) = self { element } else { nil } }

    /// Dates, times and timestamps (not INTERVAL).
    public var isTemporal: Bool {
        switch self {
        case .date, .time, .timestamp, .timestampTZ: true
        default: false
        }
    }
}
