/// What SQLite makes of a declared type.
public enum Affinity: String, Sendable, Hashable {
    case integer = "INTEGER", text = "TEXT", blob = "BLOB", real = "REAL", numeric = "NUMERIC"

    /// SQLite's own rules (https://www.sqlite.org/datatype3.html, section 3.1).
    public init(declaredType: String) {
        let name = foldedASCII(declaredType)
        if name.contains("int") {
            self = .integer
        } else if name.contains("char") || name.contains("clob") || name.contains("text") {
            self = .text
        } else if name.isEmpty || name.contains("blob") {
            self = .blob
        } else if name.contains("real") || name.contains("floa") || name.contains("doub") {
            self = .real
        } else {
            self = .numeric
        }
    }
}

/// Whose rules the values of a column follow.
public enum ColumnStorage: Sendable, Hashable {
    /// Made by the duckdb dialect: values have the storage form of the column's type.
    case duckdb
    /// SQLite's own: any value, as SQLite's affinity leaves it.
    case sqlite(Affinity)
}

/// A column of a table or view.
public struct ColumnInfo: Sendable, Hashable {
    public enum Generated: Sendable, Hashable { case no, virtual, stored }

    public var name: String
    /// `name` with ASCII letters in lower case.
    public let key: String
    public var type: DuckType
    public var storage: ColumnStorage
    /// As it stands in CREATE TABLE; empty when there is none.
    public var declaredType: String
    public var isNotNull: Bool
    public var isPrimaryKey = false
    public var isUnique = false
    /// The default as the user wrote it; nil when there is none.
    public var defaultText: String?
    public var generated = Generated.no
    /// It numbers itself; nil for others, SERIAL too.
    public var identity: ColumnIdentity?
    /// A hidden column of a virtual table.
    public var isHidden = false
    public var collation: String?
    /// What PostgreSQL's clients are told of its type beyond `type`: the length that was declared.
    public var clientType: ClientType?

    public init(name: String, type: DuckType, storage: ColumnStorage = .duckdb, declaredType: String = "", isNotNull: Bool = false) {
        self.name = name
        key = foldedASCII(name)
        self.type = type
        self.storage = storage
        self.declaredType = declaredType
        self.isNotNull = isNotNull
        clientType = ClientType(declaredType: declaredType)
    }

    /// Whether values may be of any kind, so that casts have to look at each.
    public var isLoose: Bool { storage != .duckdb }

    /// The type and storage that a declared type stands for. `DUCKDB <TYPE>` is ours; anything else is SQLite's own and
    /// read as `docs/dialect.md` says.
    public static func interpret(declaredType: String) -> (type: DuckType, storage: ColumnStorage) {
        let upper = declaredType.uppercased()
        if upper.hasPrefix(markPrefix) {
            var name = upper.dropFirst(markPrefix.count)
            // JSON and UUID carry TEXT for the affinity's sake.
            if name.hasSuffix(" TEXT") { name = name.dropLast(" TEXT".count) }
            if let list = listType(String(name)) { return (list, .duckdb) }
            if let type = DuckType(typeName: String(name)) { return (type, .duckdb) }
        }
        let affinity = Affinity(declaredType: declaredType)
        let type: DuckType =
            switch affinity {
            case .integer: .bigint
            case .text: .varchar
            case .real: .double
            case .blob: declaredType.isEmpty ? .dynamic : .blob
            case .numeric: numeric(upper)
            }
        return (type, .sqlite(affinity))
    }

    private static func numeric(_ upper: String) -> DuckType {
        if upper.hasPrefix("BOOL") { return .boolean }
        if upper.hasPrefix("DATE") || upper.hasPrefix("TIME") { return .varchar }
        if upper.hasPrefix("JSON") || upper.hasPrefix("UUID") || upper.hasPrefix("STRING") { return .varchar }
        if upper.hasPrefix("NUM") || upper.hasPrefix("DEC") || upper.hasPrefix("MONEY") { return .double }
        return .dynamic
    }

    /// What tells a column of the duckdb dialect from one of SQLite's own.
    public static let markPrefix = "DUCKDB "

    /// The declared type under which the duckdb dialect makes a column.
    public static func declaration(of type: DuckType) -> String {
        switch type {
        case .json: markPrefix + "JSON TEXT"
        case .uuid: markPrefix + "UUID TEXT"
        case .list(let element): listDeclaration(of: element)
        default: markPrefix + type.name
        }
    }

    /// `DUCKDB INTEGER LIST`, `DUCKDB DECIMAL LIST(18,2)`: SQLite takes brackets for a quoted name.
    private static func listDeclaration(of element: DuckType) -> String {
        let inner = declaration(of: element)
        let plain = inner.hasSuffix(" TEXT") ? String(inner.dropLast(" TEXT".count)) : inner
        guard let open = plain.firstIndex(of: "(") else { return plain + " LIST" }
        return plain[..<open] + " LIST" + plain[open...]
    }

    private static func listType(_ name: String) -> DuckType? {
        let open = name.firstIndex(of: "(") ?? name.endIndex
        var words = name[..<open]
        var depth = 0
        while words.hasSuffix(" LIST") {
            words = words.dropLast(" LIST".count)
            depth += 1
        }
        guard depth > 0, var type = DuckType(typeName: String(words) + String(name[open...])) else { return nil }
        for _ in 0 ..< depth { type = .list(type) }
        return type
    }
}

public struct ForeignKeyInfo: Sendable, Hashable {
    public var columns: [String]
    public var table: String
    /// Empty: the primary key of `table`.
    public var referencedColumns: [String]
    /// Whether a change of the row that is referred to changes the referring rows (`CASCADE`, `SET NULL`, `SET DEFAULT`).
    public var isActive = false
}

/// A table, view or virtual table of a branch.
public struct TableInfo: Sendable {
    public enum Kind: Sendable, Hashable { case table, view, virtual }

    /// The text of a view and whose SQL it is.
    public struct ViewText: Sendable, Hashable {
        /// The whole CREATE VIEW statement.
        public var text: String
        public var dialect: Dialect
    }

    /// SQLite's name.
    public var name: String
    public var kind: Kind
    public var columns: [ColumnInfo]
    /// Indices into `columns`, in key order; empty without a primary key.
    public var primaryKey: [Int]
    /// The column that is the rowid, if there is one.
    public var rowidAlias: Int?
    public var isWithoutRowid: Bool
    public var isAutoincrement: Bool
    public var isStrict: Bool
    /// UNIQUE constraints of the CREATE TABLE text (not the primary key, not CREATE UNIQUE INDEX).
    public var uniqueConstraints: [[Int]]
    public var foreignKeys: [ForeignKeyInfo]
    /// The texts of the CHECK constraints as they stand.
    public var checks: [String]
    /// The row of `sqlite_schema` it was read from.
    public var sql: String
    public var view: ViewText?
    /// The parsed CREATE TABLE, for rebuilds; nil for views, virtual tables and unreadable texts.
    var definition: CreateTable?
    /// The columns as relations hand them out, made once.
    var relationColumns: [RelationColumn]

    /// Whether its single-column primary key was declared INTEGER by the duckdb dialect, which has no rowid alias:
    /// then NULL is refused instead of replaced by a new id.
    public var hasStrictKey: Bool

    public func columnIndex(_ name: String) -> Int? {
        let key = foldedASCII(name)
        return columns.firstIndex { $0.key == key }
    }
}
