/// Writes a tree as SQL text.
///
/// What SQLite has is written so that SQLite 3.40 takes it; what it has not is written in DuckDB's form. Parentheses
/// stand wherever either dialect's precedence needs them, so that the text means the same in both. Names are quoted
/// wherever they could be taken for something else. The work is linear in the size of the tree.
public struct Printer {
    /// Whose grammar the text is for. The difference is in what SQLite has no syntax for: for it, a query in
    /// parentheses inside a compound becomes `SELECT * FROM (…)`.
    public let target: Dialect
    var out = ""

    public init(target: Dialect = .sqlite) { self.target = target }

    public static func print(_ statement: Statement, target: Dialect = .sqlite) -> String {
        var printer = Printer(target: target)
        printer.statement(statement)
        return printer.out
    }

    public static func print(_ select: Select, target: Dialect = .sqlite) -> String {
        var printer = Printer(target: target)
        printer.select(select)
        return printer.out
    }

    public static func print(_ expr: Expr, target: Dialect = .sqlite) -> String {
        var printer = Printer(target: target)
        printer.expr(expr)
        return printer.out
    }

    public static func print(_ type: TypeName, target: Dialect = .sqlite) -> String {
        var printer = Printer(target: target)
        printer.type(type)
        return printer.out
    }

    public static func print(_ name: ObjectName, target: Dialect = .sqlite) -> String {
        var printer = Printer(target: target)
        printer.objectName(name)
        return printer.out
    }

    /// A name in the form that stands for it anywhere: bare, or in double quotes.
    public static func quoteIfNeeded(_ name: String) -> String { isPlain(name) ? name : quote(name) }

    /// A name in double quotes.
    public static func quote(_ name: String) -> String { "\"" + doubled(name, UInt8(ascii: "\"")) + "\"" }

    /// A text as a string literal.
    public static func quoteString(_ text: String) -> String { "'" + doubled(text, UInt8(ascii: "'")) + "'" }

    private static func doubled(_ text: String, _ quote: UInt8) -> String {
        guard text.utf8.contains(quote) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 8)
        for byte in text.utf8 {
            bytes.append(byte)
            if byte == quote { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a name can stand without quotes in both dialects, wherever a name can stand.
    private static func isPlain(_ name: String) -> Bool { isWord(name) && keyword(name) == nil }

    private static func keyword(_ name: String) -> Keyword? {
        let bytes = Array(name.utf8)
        return Keyword.lookUp(bytes, 0, bytes.count)
    }

    private static func isWord(_ name: String) -> Bool {
        guard let first = name.utf8.first, Lexer.startsWord(first), first < 0x80 else { return false }
        return name.utf8.allSatisfy { ($0 < 0x80 && Lexer.startsWord($0)) || Lexer.isDigit($0) }
    }

    // MARK: Pieces

    mutating func write(_ text: String) { out += text }

    mutating func list<Element>(_ elements: some Sequence<Element>, _ element: (inout Printer, Element) -> Void) {
        var first = true
        for item in elements {
            if !first { out += ", " }
            first = false
            element(&self, item)
        }
    }

    mutating func parenthesized<Element>(_ elements: some Sequence<Element>, _ element: (inout Printer, Element) -> Void) {
        out += "("
        list(elements, element)
        out += ")"
    }

    mutating func identifier(_ name: Identifier) {
        out += isPlain(name) ? name.text : Self.quote(name.text)
    }

    private func isPlain(_ name: Identifier) -> Bool {
        guard !name.quoted, Self.isWord(name.text) else { return false }
        guard let keyword = Self.keyword(name.text) else { return true }
        return target == .sqlite && !KeywordRules.sqlite.reserved.contains(keyword) && !KeywordRules.sqliteFallback.contains(keyword)
    }

    /// A column in an expression. Where SQLite knows no column of a name in double quotes it silently reads a string, so
    /// they are written only where the user wrote them.
    mutating func column(_ reference: ColumnReference) {
        guard target == .sqlite, reference.path.count == 1, !reference.name.isDoubleQuoted, !isPlain(reference.name) else { return path(reference.path) }
        out += "`" + Self.doubled(reference.name.text, UInt8(ascii: "`")) + "`"
    }

    mutating func identifiers(_ names: [Identifier]) {
        parenthesized(names) { printer, name in printer.identifier(name) }
    }

    mutating func path(_ names: [Identifier]) {
        for (index, name) in names.enumerated() {
            if index > 0 { out += "." }
            identifier(name)
        }
    }

    mutating func objectName(_ name: ObjectName) { path(name.parts) }

    /// The name of a function: many of SQLite's own are keywords, which the parenthesis after them makes clear.
    mutating func functionName(_ name: ObjectName) {
        let text = name.name.text
        guard name.isUnqualified, !name.name.quoted, Self.isWord(text) else { return objectName(name) }
        switch Self.keyword(text) {
        case nil: out += text
        case let keyword?:
            let reserved = KeywordRules.sqlite.reserved.contains(keyword) || KeywordRules.duckdb.reserved.contains(keyword)
            let join: [Keyword] = [.CROSS, .FULL, .INNER, .LEFT, .NATURAL, .OUTER, .RIGHT]
            let quoted = (reserved && keyword != .LIKE) || (target == .sqlite && join.contains(keyword))
            out += quoted ? Self.quote(text) : text
        }
    }

    mutating func string(_ text: String) { out += Self.quoteString(text) }

    mutating func type(_ type: TypeName) {
        for (index, word) in type.words.enumerated() {
            if index > 0 { out += " " }
            // Words such as TIMESTAMP and INTERVAL are keywords and yet stand bare in a type.
            let reserved = Self.keyword(word.text).map { KeywordRules.of(target).reserved.contains($0) } ?? false
            let bare = Self.isWord(word.text) && !word.quoted && (!reserved || target == .duckdb)
            out += bare ? word.text : Self.quote(word.text)
            // TIMESTAMP(6) WITH TIME ZONE: the arguments stand before the phrase.
            if index == 0, type.words.count == 4, target == .duckdb { typeArguments(type.arguments) }
        }
        if type.words.count != 4 || target != .duckdb { typeArguments(type.arguments) }
        for dimension in type.dimensions { out += dimension.map { "[\($0)]" } ?? "[]" }
    }

    private mutating func typeArguments(_ arguments: [TypeArgument]) {
        if arguments.isEmpty { return }
        parenthesized(arguments) { printer, argument in
            switch argument {
            case .number(let number): printer.out += number
            case .string(let text): printer.string(text)
            case .type(let type): printer.type(type)
            case .field(let name, let type):
                printer.identifier(name)
                printer.out += " "
                printer.type(type)
            }
        }
    }
}
