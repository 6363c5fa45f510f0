/// Reads statements: recursive descent, with precedence climbing for expressions.
///
/// Tokens are made as they are needed and forgotten after each statement. Everything that nests is counted, so that
/// neither the parser nor whoever walks the tree later runs out of stack.
public struct Parser {
    /// How much text and nesting is taken.
    public struct Limits: Sendable, Hashable {
        /// Longest single statement, and longest text for `parse`, in bytes. A longer one is refused before it is read:
        /// `BL_STATEMENT_TOO_LARGE`. Larger amounts of data belong into parameters, COPY or an import.
        public var textBytes = 16 << 20
        /// How deep expressions, queries, types and statements may nest: `BL_TOO_DEEP`. SQLite's own parser gives up
        /// earlier: at about 30 calls inside calls, 18 CASEs or 16 queries.
        public var depth = 56
        /// How high a tree may be, where a level of nesting counts as three and each operator of a chain such as
        /// `a + b + c` as one: `BL_TOO_DEEP`. Chains of AND, of OR, of UNION and lists of any kind are flat and do not
        /// count. Both limits are such that parser, printer and rewriter stay within a stack of 512 KiB in a build
        /// without optimisation.
        public var height = 192

        public init() {}
    }

    let dialect: Dialect
    let limits: Limits
    let rules: KeywordRules
    let source: String
    var lexer: Lexer
    /// The tokens of the current statement read so far, and a few more.
    var tokens: [Token] = []
    var index = 0
    /// The token that is next.
    var token = Token(kind: .end, keyword: nil, start: 0, end: 0)
    /// The end of the token before it.
    var previousEnd: UInt32 = 0
    /// Where the current statement starts.
    var statementStart = 0
    /// Where the calls that are being read have their parentheses.
    var callStarts: [Int] = []
    /// How deep the parser is right now.
    var nesting = 0
    /// The height of the highest tree finished since whoever encloses it set this to 0.
    var height = 0

    /// A reader over a text of any number of statements.
    public init(_ sql: String, dialect: Dialect, limits: Limits = Limits()) {
        self.dialect = dialect
        self.limits = limits
        rules = KeywordRules.of(dialect)
        source = sql
        lexer = Lexer(sql, dialect: dialect)
        statementStart = lexer.offset
        token = tokenAt(0)
    }

    /// Reads all statements of a text; empty ones are left out.
    ///
    /// - Throws: `BL_PARSE_ERROR`, `BL_UNSUPPORTED`, `BL_TOO_DEEP`, `BL_STATEMENT_TOO_LARGE`
    public static func parse(_ sql: String, dialect: Dialect, limits: Limits = Limits()) throws(SQLError) -> [Statement] {
        guard sql.utf8.count <= limits.textBytes else { throw tooLarge(sql.utf8.count, limits) }
        var parser = Parser(sql, dialect: dialect, limits: limits)
        var statements: [Statement] = []
        while let statement = try parser.next() { statements.append(statement) }
        return statements
    }

    /// Reads a text that is one expression, such as a column's default.
    public static func parseExpression(_ sql: String, dialect: Dialect, limits: Limits = Limits()) throws(SQLError) -> Expr {
        guard sql.utf8.count <= limits.textBytes else { throw tooLarge(sql.utf8.count, limits) }
        var parser = Parser(sql, dialect: dialect, limits: limits)
        let expr = try parser.expression()
        guard parser.token.kind == .end else { throw parser.unexpected("the end of the expression") }
        return expr
    }

    /// The next statement, or nil at the end of the text. After an error the reader is of no further use.
    public mutating func next() throws(SQLError) -> Statement? {
        while token.kind == .semicolon { advance() }
        forgetTokens()
        if token.kind == .end { return nil }
        nesting = 0
        height = 0
        callStarts.removeAll(keepingCapacity: true)
        let statement = try self.statement()
        guard token.kind == .semicolon || token.kind == .end else { throw unexpected("the end of the statement") }
        return statement
    }

    // MARK: Tokens

    /// How many tokens are made at once.
    private static let batch = 64

    /// The token `ahead` places after the next one.
    mutating func tokenAt(_ position: Int) -> Token {
        while position >= tokens.count {
            if let last = tokens.last, last.kind == .end || last.kind == .invalid { return last }
            for _ in 0 ..< Self.batch {
                let token = lexer.next()
                tokens.append(token)
                if token.kind == .end || token.kind == .invalid { break }
            }
        }
        return tokens[position]
    }

    mutating func peek(_ ahead: Int = 1) -> Token { tokenAt(index + ahead) }

    mutating func advance() {
        previousEnd = token.end
        if token.kind == .end { return }
        index += 1
        token = tokenAt(index)
    }

    /// Goes back to a token that was read before.
    mutating func rewind(to position: Int) {
        index = position
        token = tokenAt(position)
        previousEnd = position > 0 ? tokens[position - 1].end : 0
    }

    private mutating func forgetTokens() {
        if index > 0 { tokens.removeFirst(min(index, tokens.count)) }
        index = 0
        token = tokenAt(0)
        statementStart = Int(token.start)
    }

    /// Cuts a parameter such as `:b` into a colon and a name, where only a colon makes sense.
    mutating func splitColon() {
        guard token.kind == .parameter, lexer.bytes[Int(token.start)] == UInt8(ascii: ":") else { return }
        let start = token.start
        tokens.removeSubrange(index...)
        tokens.append(Token(kind: .colon, keyword: nil, start: start, end: start + 1))
        lexer.offset = Int(start) + 1
        token = tokens[index]
    }

    /// The bytes of a token as text.
    func text(of token: Token) -> String {
        String(decoding: lexer.bytes[Int(token.start) ..< Int(token.end)], as: UTF8.self)
    }

    /// The range from a start to the end of the last token read.
    func range(from start: UInt32) -> SourceRange { SourceRange(start: start, end: max(start, previousEnd)) }

    /// Whether two tokens touch.
    func touch(_ a: Token, _ b: Token) -> Bool { a.end == b.start }

    func at(_ kind: TokenKind) -> Bool { token.kind == kind }
    func at(_ keyword: Keyword) -> Bool { token.keyword == keyword }

    mutating func accept(_ kind: TokenKind) -> Bool {
        guard token.kind == kind else { return false }
        advance()
        return true
    }

    mutating func accept(_ keyword: Keyword) -> Bool {
        guard token.keyword == keyword else { return false }
        advance()
        return true
    }

    /// Takes two words if both are there.
    mutating func accept(_ first: Keyword, _ second: Keyword) -> Bool {
        guard token.keyword == first, peek().keyword == second else { return false }
        advance()
        advance()
        return true
    }

    mutating func accept(_ first: Keyword, _ second: Keyword, _ third: Keyword) -> Bool {
        guard token.keyword == first, peek().keyword == second, peek(2).keyword == third else { return false }
        advance()
        advance()
        advance()
        return true
    }

    mutating func expect(_ kind: TokenKind, _ what: String) throws(SQLError) {
        if token.kind == kind { advance() } else { throw unexpected(what) }
    }

    mutating func expect(_ keyword: Keyword, after context: String? = nil) throws(SQLError) {
        if token.keyword == keyword { advance() } else {
            throw unexpected(context.map { "\(keyword.rawValue) after \($0)" } ?? keyword.rawValue)
        }
    }

    /// `IF NOT EXISTS`
    mutating func acceptIfNotExists() -> Bool { accept(.IF, .NOT, .EXISTS) }
    /// `IF EXISTS`
    mutating func acceptIfExists() -> Bool { accept(.IF, .EXISTS) }

    // MARK: Lists and nesting

    /// One or more of something, between commas.
    mutating func list<Element>(_ element: (inout Parser) throws(SQLError) -> Element) throws(SQLError) -> [Element] {
        var elements = [try element(&self)]
        while accept(.comma) { elements.append(try element(&self)) }
        return elements
    }

    /// As `list`, between parentheses.
    mutating func parenthesized<Element>(_ what: String, _ element: (inout Parser) throws(SQLError) -> Element) throws(SQLError) -> [Element] {
        try expect(.leftParen, "'(' before \(what)")
        let elements = try list(element)
        try expect(.rightParen, "',' or ')' after \(what)")
        return elements
    }

    /// Called on the way into something that nests; `leave` on the way out.
    mutating func enter() throws(SQLError) {
        nesting += 1
        if nesting > limits.depth { throw tooDeep() }
        if Int(token.start) - statementStart > limits.textBytes { throw Self.tooLarge(Int(token.start) - statementStart, limits) }
    }

    mutating func leave() { nesting -= 1 }

    func tooDeep() -> SQLError {
        SQLError(
            code: SQLError.Code.tooDeep, message: "the statement nests deeper than the limit of \(limits.depth) levels",
            hint: "split it up, with WITH for instance", position: position(of: token)
        )
    }

    /// What a level of nesting counts for in the height of a tree, in operators of a chain.
    static let nestingHeight = 3
    /// What a join counts for.
    static let joinHeight = 3

    /// The error for a tree that grows too high, unless it does not.
    func checkHeight(_ height: Int) throws(SQLError) {
        if height <= limits.height { return }
        throw SQLError(
            code: SQLError.Code.tooDeep, message: "the statement is more complex than the limit of \(limits.height) levels",
            hint: "split it up, with WITH for instance; concat(…) and lists take any number of values", position: position(of: token)
        )
    }

    static func tooLarge(_ bytes: Int, _ limits: Limits) -> SQLError {
        SQLError(
            code: SQLError.Code.tooLarge, message: "the SQL text of \(bytes) bytes is longer than the limit of \(limits.textBytes) bytes",
            hint: "pass large values as parameters, or load data with COPY or import"
        )
    }

    // MARK: Errors

    func position(of token: Token) -> SourcePosition { SourcePosition(utf8Offset: Int(token.start), in: source) }

    /// How long a piece of the text an error message quotes, in bytes.
    private static let quotedBytes = 40

    /// The token as an error message names it.
    func describe(_ token: Token) -> String {
        if token.kind == .end { return "the end of the text" }
        let end = min(Int(token.end), Int(token.start) + Self.quotedBytes)
        var text = String(decoding: lexer.bytes[Int(token.start) ..< end], as: UTF8.self)
        if end < Int(token.end) { text += "…" }
        return text.first == "'" ? text : "'\(text)'"
    }

    /// The error for a token that does not fit.
    func unexpected(_ expected: String, hint: String? = nil) -> SQLError {
        if token.kind == .invalid, let failure = lexer.failure {
            let place = SourcePosition(utf8Offset: failure.offset, in: source)
            return SQLError(code: SQLError.Code.parse, message: "syntax error at \(place): \(failure.message)", position: place)
        }
        let place = position(of: token)
        var hint = hint
        if hint == nil, let keyword = token.keyword, rules.reserved.contains(keyword), expected.contains("name") {
            hint = "\(keyword.rawValue) is a reserved word; write it in double quotes to use it as a name"
        }
        return SQLError(
            code: SQLError.Code.parse, message: "syntax error at \(place): expected \(expected), found \(describe(token))",
            hint: hint, position: place
        )
    }

    /// The error for something that is read but makes no sense.
    func malformed(_ message: String, at token: Token) -> SQLError {
        let place = position(of: token)
        return SQLError(code: SQLError.Code.parse, message: "syntax error at \(place): \(message)", position: place)
    }

    func unsupported(_ construct: String, at token: Token, hint: String? = nil) -> SQLError {
        SQLError(code: SQLError.Code.unsupported, message: "\(construct) is not supported", hint: hint, position: position(of: token))
    }
}

extension Parser {
    /// A piece of the text.
    func slice(_ start: UInt32, _ end: UInt32) -> String {
        String(decoding: lexer.bytes[Int(start) ..< max(Int(start), Int(end))], as: UTF8.self)
    }
}
