extension DuckType {
    /// The word that names the type in the runtime's cast functions: `bl_cast_<from>_<to>`.
    var castWord: String {
        switch self {
        case .boolean: "bool"
        case .tinyint: "int8"
        case .smallint: "int16"
        case .integer: "int32"
        case .bigint: "int64"
        case .utinyint: "uint8"
        case .usmallint: "uint16"
        case .uinteger: "uint32"
        case .ubigint: "uint64"
        case .hugeint: "hugeint"
        case .float: "float"
        case .double: "double"
        case .decimal: "decimal"
        case .varchar: "varchar"
        case .blob: "blob"
        case .date: "date"
        case .time: "time"
        case .timestamp: "timestamp"
        case .timestampTZ: "timestamptz"
        case .interval: "interval"
        case .json: "json"
        case .uuid: "uuid"
        case .list: "list"
        case .null, .dynamic: "dynamic"
        }
    }

    /// Whether values are SQLite INTEGERs that mean themselves: integers of any width, HUGEINT included.
    var isWhole: Bool { isInteger || self == .hugeint }
    var isFloating: Bool { self == .float || self == .double }
    var isDecimal: Bool { if case .decimal = self { true } else { false } }
    var isTimestamp: Bool { self == .timestamp || self == .timestampTZ }

    /// The decimal that holds every value of the type: integers as DuckDB widens them.
    var decimalShape: (precision: Int, scale: Int)? {
        switch self {
        case .decimal(let precision, let scale): (precision, scale)
        case .tinyint, .utinyint: (3, 0)
        case .smallint, .usmallint: (5, 0)
        case .integer, .uinteger: (10, 0)
        case .bigint: (19, 0)
        case .ubigint: (20, 0)
        case .hugeint: (38, 0)
        default: nil
        }
    }

    /// Bits and sign of an integer type.
    private var width: (bits: Int, signed: Bool)? {
        switch self {
        case .tinyint: (8, true)
        case .smallint: (16, true)
        case .integer: (32, true)
        case .bigint: (64, true)
        case .hugeint: (128, true)
        case .utinyint: (8, false)
        case .usmallint: (16, false)
        case .uinteger: (32, false)
        case .ubigint: (64, false)
        default: nil
        }
    }

    /// Whether every value of integer type `other` is one of this integer type.
    func holds(_ other: DuckType) -> Bool {
        guard let mine = width, let theirs = other.width else { return false }
        if mine.signed == theirs.signed { return mine.bits >= theirs.bits }
        return mine.signed && mine.bits > theirs.bits
    }

    /// The smallest integer type that holds both.
    static func unifyIntegers(_ a: DuckType, _ b: DuckType) -> DuckType {
        if a.holds(b) { return a }
        if b.holds(a) { return b }
        for type in [DuckType.smallint, .integer, .bigint] where type.holds(a) && type.holds(b) { return type }
        return .hugeint
    }

    /// The type that holds values of both, as DuckDB brings the branches of a CASE or the sides of a UNION together;
    /// nil when there is none without an explicit cast. VARCHAR with another type is nil here: the callers know whether a
    /// literal is meant.
    static func unify(_ a: DuckType, _ b: DuckType) -> DuckType? {
        if a == b { return a }
        switch (a, b) {
        case (.null, let other), (let other, .null): return other
        case (.dynamic, let other), (let other, .dynamic): return other
        case (.boolean, let other) where other.isNumeric, (let other, .boolean) where other.isNumeric: return other
        case (.date, .timestamp), (.timestamp, .date): return .timestamp
        case (.date, .timestampTZ), (.timestampTZ, .date), (.timestamp, .timestampTZ), (.timestampTZ, .timestamp):
            return .timestampTZ
        case (.json, .varchar), (.varchar, .json): return .json
        case (.list(let x), .list(let y)): return unify(x, y).map { .list($0) }
        default: break
        }
        if a.isWhole, b.isWhole { return unifyIntegers(a, b) }
        if a.isNumeric, b.isNumeric {
            if a == .double || b == .double { return .double }
            if a == .float || b == .float { return .float }
            if let x = a.decimalShape, let y = b.decimalShape { return unifyDecimals(x, y) }
        }
        return nil
    }

    static func unifyDecimals(_ a: (precision: Int, scale: Int), _ b: (precision: Int, scale: Int)) -> DuckType {
        let scale = max(a.scale, b.scale)
        let digits = max(a.precision - a.scale, b.precision - b.scale)
        return .decimal(precision: min(digits + scale, maximumPrecision), scale: scale)
    }

    /// Whether there is a cast at all, explicit ones included.
    static func canCast(_ from: DuckType, _ to: DuckType) -> Bool {
        if from == to || from == .null || from == .dynamic || to == .dynamic || from == .varchar || to == .varchar || to == .json { return true }
        switch (from, to) {
        case (.list(let x), .list(let y)): return canCast(x, y)
        case (.json, .list): return true
        case (.list, _), (_, .list): return false
        case (.blob, _), (_, .blob): return from == .uuid
        case (.json, _): return to != .interval && to != .uuid && to != .time
        case (.date, .timestamp), (.date, .timestampTZ): return true
        case (.timestamp, .date), (.timestamp, .time), (.timestamp, .timestampTZ): return true
        case (.timestampTZ, .date), (.timestampTZ, .time), (.timestampTZ, .timestamp): return true
        case (.time, .interval), (.interval, .time): return true
        default: break
        }
        let simple = { (type: DuckType) in type.isNumeric || type == .boolean }
        return simple(from) && simple(to)
    }

    /// How far an argument of this type is from a parameter of type `target` when a function is chosen; nil when it would
    /// need an explicit cast. Lower is nearer.
    func implicitCost(to target: DuckType) -> Int? {
        if self == target { return 0 }
        switch (self, target) {
        case (.null, _): return 1
        case (_, .dynamic): return 200
        case (.dynamic, _): return DuckType.canCast(self, target) ? 50 : nil
        case (.date, .timestamp): return 10
        case (.date, .timestampTZ): return 20
        case (.timestamp, .timestampTZ): return 10
        case (.varchar, .json), (.json, .varchar): return 30
        case (.uuid, .varchar): return nil
        case (.list(let x), .list(let y)): return x.implicitCost(to: y)
        case (.decimal(let p, let s), .decimal(let p2, let s2)): return s2 >= s && p2 - s2 >= p - s ? 5 : 40
        case (.decimal, .float): return 31
        case (.decimal, .double): return 30
        case (.float, .double): return 10
        default: break
        }
        if isWhole {
            if target.holds(self) { return 1 + (DuckType.rank(target) - DuckType.rank(self)) }
            switch target {
            case .decimal: return 22
            case .float: return 26
            case .double: return 24
            default: return nil
            }
        }
        return nil
    }

    private static func rank(_ type: DuckType) -> Int {
        guard let width = type.width else { return 0 }
        return width.bits / 8 + (width.signed ? 1 : 0)
    }
}

extension DuckType {
    /// The type that a type name of a statement means.
    /// - Throws: `BL_UNSUPPORTED` for nested types and what cannot be stored, `BL_TYPE_ERROR` for a name that is no type.
    init(_ name: TypeName, in source: String) throws(SQLError) {
        func at() -> SourcePosition? { name.range.isKnown ? SourcePosition(utf8Offset: Int(name.range.start), in: source) : nil }
        let words = name.name
        if !name.dimensions.isEmpty {
            var element = name
            element.dimensions = []
            var type = try DuckType(element, in: source)
            if type == .blob || type == .interval { throw .unsupported("A list of \(type.name)", at: name.range, in: source) }
            for _ in name.dimensions { type = .list(type) }
            self = type
            return
        }
        let upper = words.uppercased()
        if ["STRUCT", "ROW", "MAP", "UNION", "LIST", "ENUM", "BIT", "VARINT", "BIGNUM", "GEOMETRY"].contains(upper) {
            throw .unsupported("The type \(upper)", at: name.range, in: source)
        }
        var arguments: [Int] = []
        for argument in name.arguments {
            switch argument {
            case .number(let digits):
                guard let value = Int(digits) else { continue }
                arguments.append(value)
            case .type(let inner) where equalIgnoringASCIICase(inner.name, "max"): continue
            default: throw SQLError(code: BinderCode.type, message: "The type \(words) cannot have these arguments", position: at())
            }
        }
        // PostgreSQL's own names (`name`, `_int4`, `int2vector`) and the domains of information_schema.
        if DuckType(words: upper, arguments: []) == nil, let type = DuckType.postgreSQL(foldedASCII(words)) {
            self = type
            return
        }
        guard let type = DuckType(words: upper, arguments: arguments) else {
            if !arguments.isEmpty, DuckType(words: upper, arguments: []) != nil {
                throw SQLError(
                    code: BinderCode.type, message: "The arguments of the type \(words)(\(arguments.map(String.init).joined(separator: ", "))) are out of range",
                    hint: upper.hasPrefix("DEC") || upper.hasPrefix("NUM") ? "Precision is 1 to 38, scale 0 to the precision" : nil, position: at())
            }
            throw SQLError(
                code: BinderCode.type, message: "Type with name \(words) does not exist",
                hint: nearest(upper, among: DuckType.knownNames).map { "Did you mean \($0)?" }, position: at())
        }
        self = type
    }

    private static func postgreSQL(_ key: String) -> DuckType? {
        switch key {
        case "sql_identifier", "character_data", "yes_or_no", "cstring", "pg_node_tree", "aclitem": .varchar
        case "cardinal_number": .integer
        case "time_stamp": .timestampTZ
        case "xid", "cid", "xid8", "regclass", "regtype", "regproc", "regprocedure", "regnamespace", "regrole", "regoper", "regoperator": .bigint
        default: PostgreSQLType(name: key)?.duckType()
        }
    }

    static let knownNames = [
        "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT",
        "DOUBLE", "DECIMAL", "VARCHAR", "TEXT", "BLOB", "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL", "JSON", "UUID",
    ]
}

/// The codes of errors that the binder raises.
enum BinderCode {
    static let noSuchTable = "BL_NO_SUCH_TABLE"
    static let noSuchColumn = "BL_NO_SUCH_COLUMN"
    static let ambiguousColumn = "BL_AMBIGUOUS_COLUMN"
    static let ambiguousName = "BL_AMBIGUOUS_NAME"
    static let noSuchFunction = "BL_NO_SUCH_FUNCTION"
    static let noSuchSchema = "BL_NO_SUCH_SCHEMA"
    static let noSuchObject = "BL_NO_SUCH_OBJECT"
    static let alreadyExists = "BL_ALREADY_EXISTS"
    static let type = "BL_TYPE_ERROR"
    static let conversion = "BL_CONVERSION"
    static let bind = "BL_BIND_ERROR"
    static let crossBranchWrite = "BL_CROSS_BRANCH_WRITE"
    static let unknownBranch = "BL_UNKNOWN_BRANCH"
    static let denied = "BL_DENIED"
    static let generatedAlways = "BL_GENERATED_ALWAYS"
    static let reservedName = "BL_RESERVED_NAME"
    static let dependency = "BL_DEPENDENCY"
    static let tooManyBranches = "BL_TOO_MANY_ATTACHED"
}
