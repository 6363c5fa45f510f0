extension PostgreSQLType {
    /// The type that a text names as clients write it: PostgreSQL's or the dialect's name, in quotes and with its schema or not.
    public init?(written text: String) {
        guard let found = PostgreSQLType(name: text) ?? DuckType(typeName: text).map({ PostgreSQLType($0) }) ?? QuotedText.parts(text).last.flatMap({ PostgreSQLType(name: $0) })
        else { return nil }
        self = found
    }

    // The types that the dialect's values have.
    public static let bool = known(16)
    public static let bytea = known(17)
    public static let char = known(18)
    public static let name = known(19)
    public static let int8 = known(20)
    public static let int2 = known(21)
    public static let int2vector = known(22)
    public static let int4 = known(23)
    public static let regproc = known(24)
    public static let text = known(25)
    public static let oid = known(26)
    public static let oidvector = known(30)
    public static let json = known(114)
    public static let float4 = known(700)
    public static let float8 = known(701)
    public static let unknown = known(705)
    public static let bpchar = known(1042)
    public static let varchar = known(1043)
    public static let date = known(1082)
    public static let time = known(1083)
    public static let timestamp = known(1114)
    public static let timestamptz = known(1184)
    public static let interval = known(1186)
    public static let numeric = known(1700)
    public static let regclass = known(2205)
    public static let regtype = known(2206)
    public static let record = known(2249)
    public static let void = known(2278)
    public static let uuid = known(2950)
    public static let jsonb = known(3802)

    private static func known(_ oid: UInt32) -> PostgreSQLType { PostgreSQLType(oid: oid) ?? all[0] }

    /// The type under which PostgreSQL's clients see values of a type of the dialect. What has no counterpart there is the
    /// nearest that holds all its values: UBIGINT and HUGEINT are `numeric`, TINYINT is `int2`.
    public init(_ type: DuckType) {
        self =
            switch type {
            case .boolean: .bool
            case .tinyint, .utinyint, .smallint: .int2
            case .usmallint, .integer: .int4
            case .uinteger, .bigint: .int8
            case .ubigint, .hugeint, .decimal: .numeric
            case .float: .float4
            case .double: .float8
            case .varchar, .null, .dynamic: .text
            case .blob: .bytea
            case .date: .date
            case .time: .time
            case .timestamp: .timestamp
            case .timestampTZ: .timestamptz
            case .interval: .interval
            case .json: .json
            case .uuid: .uuid
            case .list(let element): PostgreSQLType.array(of: element)
            }
    }

    /// The array type of an element's; of a list of lists too, since PostgreSQL's array types do not count their dimensions.
    private static func array(of element: DuckType) -> PostgreSQLType {
        let inner = PostgreSQLType(element)
        if inner.isArray { return inner }
        return PostgreSQLType(oid: inner.array) ?? PostgreSQLType(oid: PostgreSQLType.text.array) ?? .text
    }

    /// The modifier that goes with the type in `atttypmod` and row descriptions: a decimal's shape, -1 for others.
    public static func modifier(of type: DuckType) -> Int32 {
        guard case .decimal(let precision, let scale) = type else { return -1 }
        return Int32(precision << 16 | scale) + 4
    }

    /// The dialect's type for values that a client declares under this type (a parameter's oid); nil where it has none.
    /// - Parameter modifier: PostgreSQL's type modifier, for `numeric`.
    public func duckType(modifier: Int32 = -1) -> DuckType? {
        switch oid {
        case PostgreSQLType.bool.oid: .boolean
        case PostgreSQLType.int2.oid: .smallint
        case PostgreSQLType.int4.oid: .integer
        case PostgreSQLType.int8.oid, PostgreSQLType.oid.oid: .bigint
        case PostgreSQLType.float4.oid: .float
        case PostgreSQLType.float8.oid: .double
        case PostgreSQLType.numeric.oid: PostgreSQLType.decimal(modifier)
        case PostgreSQLType.text.oid, PostgreSQLType.varchar.oid, PostgreSQLType.bpchar.oid, PostgreSQLType.name.oid, PostgreSQLType.char.oid: .varchar
        case PostgreSQLType.bytea.oid: .blob
        case PostgreSQLType.date.oid: .date
        case PostgreSQLType.time.oid: .time
        case PostgreSQLType.timestamp.oid: .timestamp
        case PostgreSQLType.timestamptz.oid: .timestampTZ
        case PostgreSQLType.interval.oid: .interval
        case PostgreSQLType.json.oid, PostgreSQLType.jsonb.oid: .json
        case PostgreSQLType.uuid.oid: .uuid
        case PostgreSQLType.int2vector.oid: .list(.smallint)
        case PostgreSQLType.oidvector.oid: .list(.bigint)
        default: isArray ? PostgreSQLType(oid: element)?.duckType(modifier: modifier).map { .list($0) } : nil
        }
    }

    private static func decimal(_ modifier: Int32) -> DuckType {
        guard modifier >= 4 else { return .defaultDecimal }
        let precision = Int((modifier - 4) >> 16), scale = Int((modifier - 4) & 0x7ff)
        guard (1...DuckType.maximumPrecision).contains(precision), scale <= precision else { return .defaultDecimal }
        return .decimal(precision: precision, scale: scale)
    }

    // MARK: - Names in SQL

    /// The name as SQL writes it, where it is another than `pg_type`'s.
    private static let sqlNames: [UInt32: String] = [
        16: "boolean", 18: "\"char\"", 20: "bigint", 21: "smallint", 23: "integer", 700: "real", 701: "double precision", 1042: "character",
        1043: "character varying", 1083: "time without time zone", 1114: "timestamp without time zone", 1184: "timestamp with time zone",
        1266: "time with time zone", 1560: "bit", 1562: "bit varying", 1700: "numeric",
    ]

    /// The types by the names that SQL has for them.
    static let bySQLName: [String: PostgreSQLType] = {
        var table: [String: PostgreSQLType] = [:]
        for (oid, name) in sqlNames { table[name] = PostgreSQLType(oid: oid) }
        for (alias, oid) in [
            ("int", 23), ("decimal", 1700), ("dec", 1700), ("float", 701), ("char", 1042), ("time", 1083), ("timestamp", 1114), ("string", 25),
        ] as [(String, UInt32)] where table[alias] == nil { table[alias] = PostgreSQLType(oid: oid) }
        return table
    }()

    /// What `format_type` prints: `integer`, `numeric(10,2)`, `character varying(20)`, `text[]`.
    public func formatted(modifier: Int32? = nil) -> String {
        if isArray, let inner = PostgreSQLType(oid: element) { return inner.formatted(modifier: modifier) + "[]" }
        let plain = PostgreSQLType.sqlNames[oid] ?? name
        guard let modifier else { return oid == PostgreSQLType.bpchar.oid ? "character" : plain }
        switch oid {
        case PostgreSQLType.bpchar.oid: return modifier >= 4 ? "character(\(modifier - 4))" : "bpchar"
        case PostgreSQLType.varchar.oid: return modifier >= 4 ? "\(plain)(\(modifier - 4))" : plain
        case PostgreSQLType.numeric.oid:
            return modifier >= 4 ? "numeric(\((modifier - 4) >> 16),\((modifier - 4) & 0x7ff))" : plain
        case PostgreSQLType.time.oid, PostgreSQLType.timestamp.oid, PostgreSQLType.timestamptz.oid, 1266:
            guard modifier >= 0, let space = plain.firstIndex(of: " ") else { return plain }
            return plain[..<space] + "(\(modifier))" + plain[space...]
        default: return plain
        }
    }
}
