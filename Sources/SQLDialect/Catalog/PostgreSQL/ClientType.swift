/// What PostgreSQL's clients are told of a value's type, where the dialect's type alone does not tell it: a length that was
/// declared, or that a number is an oid.
public struct ClientType: Sendable, Hashable {
    public var type: PostgreSQLType
    /// PostgreSQL's type modifier: the declared length and 4 for a text; -1 says nothing.
    public var modifier: Int32

    public init(_ type: PostgreSQLType, modifier: Int32 = -1) {
        self.type = type
        self.modifier = modifier
    }

    private static let varyingNames: Set<String> = ["varchar", "character varying", "char varying", "nvarchar", "nvarchar2", "varchar2"]
    private static let fixedNames: Set<String> = ["char", "character", "bpchar", "nchar"]
    /// PostgreSQL's longest.
    private static let maximumLength: Int32 = 10_485_760

    /// A text type of a declared length; nil for any other.
    private init?(name: String, length: String) {
        let key = foldedASCII(name)
        let type: PostgreSQLType
        if ClientType.varyingNames.contains(key) { type = .varchar } else if ClientType.fixedNames.contains(key) { type = .bpchar } else { return nil }
        guard let length = Int32(length), (1 ... ClientType.maximumLength).contains(length) else { return nil }
        self.init(type, modifier: length + ClientType.lengthOffset)
    }

    private static let lengthOffset: Int32 = 4

    /// The type as CREATE TABLE has it.
    init?(_ name: TypeName) {
        guard name.dimensions.isEmpty, name.arguments.count == 1, case .number(let length) = name.arguments[0] else { return nil }
        self.init(name: name.name, length: length)
    }

    /// The type as a column of SQLite declares it.
    init?(declaredType: String) {
        guard declaredType.utf8.last == UInt8(ascii: ")"), let open = declaredType.firstIndex(of: "(") else { return nil }
        var name = declaredType[..<open]
        if name.uppercased().hasPrefix(ColumnInfo.markPrefix) { name = name.dropFirst(ColumnInfo.markPrefix.count) }
        while name.last == " " { name = name.dropLast() }
        let length = declaredType[declaredType.index(after: open)...].dropLast().filter { $0 != " " }
        self.init(name: String(name), length: length)
    }

    /// The type that a cast names, where it is one of the catalogue's own: `oid`, `name`, or an array of them.
    init?(cast name: TypeName) {
        guard name.words.count == 1, name.dimensions.count < 2, let known = ClientType.castTypes[name.words[0].key] else { return nil }
        guard let type = name.dimensions.isEmpty ? known : PostgreSQLType(oid: known.array) else { return nil }
        self.init(type)
    }

    private static let castTypes: [String: PostgreSQLType] = ["oid": .oid, "name": .name]

    /// The declared length of a text.
    var length: Int32? {
        (type == .varchar || type == .bpchar) && modifier > ClientType.lengthOffset ? modifier - ClientType.lengthOffset : nil
    }

    /// As DuckDB's dialect writes a text of that length: `VARCHAR(20)`; nil for what is none.
    public var declaration: String? { length.map { (type == .bpchar ? "CHAR" : "VARCHAR") + "(\($0))" } }
}

extension Binder {
    /// What `pg_typeof` calls a value's type.
    static func clientType(of value: Bound) -> PostgreSQLType {
        if let client = value.origin?.client { return client.type }
        return value.flexibility == .stringLiteral ? .unknown : PostgreSQLType(value.type)
    }
}

extension ColumnInfo {
    /// The type under which PostgreSQL's clients see the column.
    var postgreSQLType: PostgreSQLType { clientType?.type ?? PostgreSQLType(type) }
    /// The modifier that goes with it.
    var postgreSQLModifier: Int32 { clientType?.modifier ?? PostgreSQLType.modifier(of: type) }

    /// The declared type under which the duckdb dialect makes a column: a text keeps the length that was written.
    static func declaration(of type: DuckType, as client: ClientType?) -> String {
        guard type == .varchar, let written = client?.declaration else { return declaration(of: type) }
        return markPrefix + written
    }

    /// The type with the length that was written.
    public var writtenType: String { type == .varchar ? clientType?.declaration ?? type.name : type.name }
}
