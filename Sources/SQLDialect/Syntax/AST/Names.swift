/// A name as written: of a table, a column, a function, an alias.
///
/// Equality compares the text exactly; use `matches` or `key` for SQL's own comparison, which ignores case.
public struct Identifier: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name without quotes, in the case it was written in.
    public var text: String
    /// Whether it was written in quotes. Not part of equality: the printer quotes wherever it must.
    public var quoted: Bool
    /// Whether the quotes were `"…"`: SQLite takes such a name for a string where no column has it. The printer writes a
    /// column in double quotes only if this is set, else in backticks where quotes are needed.
    public var isDoubleQuoted: Bool
    public var range: SourceRange

    public init(_ text: String, quoted: Bool = false, isDoubleQuoted: Bool = false, range: SourceRange = .none) {
        self.text = text
        self.quoted = quoted
        self.isDoubleQuoted = isDoubleQuoted
        self.range = range
    }

    public init(stringLiteral value: String) { self.init(value) }

    /// The form under which names are looked up: ASCII letters in lower case, as SQLite folds them.
    public var key: String { foldedASCII(text) }

    /// Whether both name the same thing: ASCII letters compare without case.
    public func matches(_ other: Identifier) -> Bool { matches(other.text) }
    public func matches(_ other: String) -> Bool { equalIgnoringASCIICase(text, other) }

    public var description: String { text }

    public static func == (a: Identifier, b: Identifier) -> Bool { a.text == b.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// `text` with its ASCII letters in lower case and everything else untouched.
public func foldedASCII(_ text: String) -> String {
    if !text.utf8.contains(where: { $0 >= 0x41 && $0 <= 0x5A }) { return text }
    return String(decoding: text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
}

/// Whether two texts are the same but for the case of ASCII letters.
public func equalIgnoringASCIICase(_ a: String, _ b: String) -> Bool {
    a.utf8.elementsEqual(b.utf8) { x, y in
        x == y || ((x ^ y) == 0x20 && (x | 0x20) >= 0x61 && (x | 0x20) <= 0x7A)
    }
}

/// The name of a table, view, index, trigger, function or the like, with up to two qualifiers.
///
/// What `schema` means (a branch, a schema of the branch) is for the binder to say.
public struct ObjectName: Sendable, Hashable {
    public var catalog: Identifier?
    public var schema: Identifier?
    public var name: Identifier

    public init(catalog: Identifier? = nil, schema: Identifier? = nil, name: Identifier) {
        self.catalog = catalog
        self.schema = schema
        self.name = name
    }

    public init(_ name: Identifier) { self.init(name: name) }

    /// All parts from left to right.
    public var parts: [Identifier] { [catalog, schema, name].compactMap { $0 } }

    /// Whether there is neither schema nor catalog.
    public var isUnqualified: Bool { schema == nil && catalog == nil }

    public var range: SourceRange { (catalog ?? schema ?? name).range.union(name.range) }
}

/// A reference to a column: `c`, `t.c`, `s.t.c`, `k.s.t.c`; in the duckdb dialect a trailing part may be a
/// field of a struct column, which only the binder can tell.
public struct ColumnReference: Sendable, Hashable {
    /// At least one part.
    public var path: [Identifier]

    public init(path: [Identifier]) { self.path = path }
    public init(_ name: Identifier, of table: Identifier? = nil) { path = table.map { [$0, name] } ?? [name] }

    /// The last part.
    public var name: Identifier { path.last ?? "" }
    /// The part before the last.
    public var table: Identifier? { path.count >= 2 ? path[path.count - 2] : nil }
    public var schema: Identifier? { path.count >= 3 ? path[path.count - 3] : nil }
    public var catalog: Identifier? { path.count >= 4 ? path[path.count - 4] : nil }
}

/// The name of a type as written, e.g. `DECIMAL(18,2)`, `DOUBLE PRECISION`, `INT[]`, `STRUCT(a INT)`.
public struct TypeName: Sendable, Hashable {
    /// The words of the name; SQLite takes any number of them.
    public var words: [Identifier]
    /// What stands in parentheses.
    public var arguments: [TypeArgument]
    /// One entry per pair of brackets, the outermost last: nil is a list `[]`, a number a fixed-size array.
    public var dimensions: [Int?]
    public var range: SourceRange

    public init(words: [Identifier], arguments: [TypeArgument] = [], dimensions: [Int?] = [], range: SourceRange = .none) {
        self.words = words
        self.arguments = arguments
        self.dimensions = dimensions
        self.range = range
    }

    /// A type by its words in one string: `TypeName("DUCKDB DECIMAL", 18, 2)`.
    public init(_ name: String, _ arguments: Int...) {
        self.init(
            words: name.split(separator: " ").map { Identifier(String($0)) },
            arguments: arguments.map { .number(String($0)) }
        )
    }

    /// The words joined by one space, as written.
    public var name: String { words.map(\.text).joined(separator: " ") }
}

/// One argument of a type.
public indirect enum TypeArgument: Sendable, Hashable {
    /// A signed number as written.
    case number(String)
    case string(String)
    /// A type: `MAP(VARCHAR, INT)`. A bare word such as `MAX` in `VARCHAR(MAX)` is a type too.
    case type(TypeName)
    /// A named field: `STRUCT(a INT)`.
    case field(Identifier, TypeName)
}
