// Operands that begin with a word: keywords with a grammar of their own, columns, typed literals, calls.
extension Parser {
    mutating func word() throws(SQLError) -> Expr {
        if let keyword = token.keyword, let special = try keywordOperand(keyword) { return special }
        return try named()
    }

    /// The operand that a keyword begins, or nil when the keyword is a name here.
    private mutating func keywordOperand(_ keyword: Keyword) throws(SQLError) -> Expr? {
        switch keyword {
        case .NULL: return constant(.null)
        case .TRUE where peek().kind != .dot && peek().kind != .leftParen: return constant(.boolean(true))
        case .FALSE where peek().kind != .dot && peek().kind != .leftParen: return constant(.boolean(false))
        case .CASE: return try caseExpression()
        case .CAST, .TRY_CAST: return peek().kind == .leftParen ? try castCall(isTry: keyword == .TRY_CAST) : nil
        case .EXISTS: return peek().kind == .leftParen ? try exists() : nil
        case .CURRENT_DATE, .CURRENT_TIME, .CURRENT_TIMESTAMP, .LOCALTIME, .LOCALTIMESTAMP: return try currentTime(keyword)
        case .RAISE: return peek().kind == .leftParen ? try raise() : nil
        default: return dialect == .duckdb ? try duckdbOperand(keyword) : nil
        }
    }

    private mutating func duckdbOperand(_ keyword: Keyword) throws(SQLError) -> Expr? {
        switch keyword {
        case .DEFAULT: return simple(.defaultValue)
        case .INTERVAL: return try startsInterval() ? interval() : nil
        case .ARRAY: return try arrayConstructor()
        case .MAP: return peek().kind == .leftBrace ? try mapLiteral() : nil
        case .ROW: return peek().kind == .leftParen ? try rowConstructor() : nil
        case .COLUMNS: return peek().kind == .leftParen ? try columns() : nil
        case .EXTRACT, .POSITION, .SUBSTRING, .TRIM, .OVERLAY: return peek().kind == .leftParen ? try standardCall(keyword) : nil
        default: return nil
        }
    }

    private mutating func constant(_ literal: Literal) -> Expr { simple(.literal(literal)) }

    private mutating func simple(_ node: ExprNode) -> Expr {
        let range = token.range
        advance()
        return Expr(node, range: range)
    }

    // MARK: Names

    /// Words that are called without parentheses in PostgreSQL.
    private static let callsWithoutParentheses: Set<String> = ["current_user", "session_user", "current_schema", "current_catalog", "current_role"]

    /// Whether a word and a parenthesis are next and the word has no grammar of its own.
    mutating func startsPlainCall() -> Bool {
        guard peek().kind == .leftParen else { return false }
        guard let keyword = token.keyword else {
            // `DECIMAL(5, 2) '1.5'`
            return dialect == .sqlite || !Self.literalTypes.contains(foldedASCII(text(of: token)))
        }
        switch keyword {
        // A reserved word before a parenthesis can be a function still.
        case .LIKE, .GLOB, .REGEXP, .MATCH, .LEFT, .RIGHT, .REPLACE, .IF: return true
        case .ARRAY, .EXTRACT, .POSITION, .SUBSTRING, .TRIM, .OVERLAY, .COLUMNS, .ROW, .INTERVAL, .TIME, .TIMESTAMP: return dialect == .sqlite
        case .CAST, .TRY_CAST, .EXISTS, .RAISE, .CURRENT_DATE, .CURRENT_TIME, .CURRENT_TIMESTAMP, .LOCALTIME, .LOCALTIMESTAMP: return false
        default: return !rules.reserved.contains(keyword)
        }
    }

    /// A column, a typed literal, a call with a qualified name.
    mutating func named() throws(SQLError) -> Expr {
        if dialect == .duckdb, token.kind == .word, peek().kind == .string, peek().start == token.end, isWord("b") {
            throw unsupported("The bit string \(slice(token.start, peek().end))", at: token, hint: "there is no type BIT")
        }
        if dialect == .duckdb, token.kind == .word, let literal = try typedLiteral() { return literal }
        if dialect == .duckdb, startsUnicodeString() { return try unicodeString() }
        let start = token.start
        guard isName(token) else { throw unexpected("an expression") }
        let first = takeIdentifier()
        guard at(.dot) else {
            if at(.leftParen) { return try functionCall(ObjectName(first), start) }
            if dialect == .duckdb, !first.quoted, Self.callsWithoutParentheses.contains(first.key) {
                var call = FunctionCall(ObjectName(first), [])
                call.hasParentheses = false
                return Expr(.call(call), range: first.range)
            }
            return Expr(.column(ColumnReference(path: [first])), range: first.range)
        }
        return try path(first, start)
    }

    private mutating func path(_ first: Identifier, _ start: UInt32) throws(SQLError) -> Expr {
        var path = [first]
        while at(.dot) {
            if path.count >= 2, dialect == .sqlite, path.count == 3 { throw unexpected("no fourth part in a column name") }
            advance()
            path.append(try label("a name after '.'"))
        }
        if at(.leftParen), path.count <= 3, let name = path.popLast() {
            let schema = path.popLast()
            return try functionCall(ObjectName(catalog: path.popLast(), schema: schema, name: name), start)
        }
        return Expr(.column(ColumnReference(path: path)), range: range(from: start))
    }

    // MARK: Typed literals and intervals

    /// Types whose name before a string makes a literal.
    private static let literalTypes: Set<String> = [
        "date", "time", "timestamp", "timestamptz", "timetz", "datetime", "timestamp_s", "timestamp_ms", "timestamp_us", "timestamp_ns",
        "json", "jsonb", "uuid", "blob", "bytea", "boolean", "bool", "varchar", "text", "string", "double", "float", "float8", "float4", "real",
        "int", "integer", "bigint", "smallint", "tinyint", "hugeint", "ubigint", "uinteger", "usmallint", "utinyint",
        "int2", "int4", "int8", "decimal", "numeric", "bit", "timestamp_ntz", "timestamp_ltz",
    ]

    /// The type of a typed literal, if one begins here.
    private mutating func literalType() throws(SQLError) -> TypeName? {
        let following = peek()
        guard isString(following) || following.kind == .leftParen || following.keyword == .WITH || following.keyword == .WITHOUT,
              Self.literalTypes.contains(foldedASCII(text(of: token)))
        else { return nil }
        if isString(following) {
            let word = takeIdentifier()
            return TypeName(words: [word], range: word.range)
        }
        var last = 0
        if following.kind == .leftParen {
            // `DECIMAL(18, 2) '1.50'`
            last = 2
            while peek(last).kind == .integer || peek(last).kind == .comma { last += 1 }
            guard peek(last).kind == .rightParen else { return nil }
        } else {
            last = 3
            guard peek(2).keyword == .TIME, peek(3).keyword == .ZONE else { return nil }
        }
        guard isString(peek(last + 1)) else { return nil }
        return try typeName()
    }

    private mutating func typedLiteral() throws(SQLError) -> Expr? {
        guard let type = try literalType() else { return nil }
        let value = try string("a string after the type")
        return Expr(.typedLiteral(type, value), range: range(from: type.range.start))
    }

    private mutating func startsInterval() -> Bool {
        let following = peek()
        switch following.kind {
        case .string, .escapeString, .dollarString, .integer, .decimal, .parameter: return true
        case .minus: return peek(2).kind == .integer && Self.unit(text(of: peek(3))) != nil
        case .leftParen: return true
        case .word, .quotedIdentifier: return peek(2).kind == .word && Self.unit(text(of: peek(2))) != nil
        default: return false
        }
    }

    private mutating func interval() throws(SQLError) -> Expr {
        try enter()
        defer { leave() }
        let start = token.start
        advance()
        let amount = at(.minus) ? try prefix() : try intervalAmount()
        var unit: IntervalUnit?
        if token.kind == .word, let found = Self.unit(text(of: token)) {
            unit = found
            advance()
            if at(.TO), peek().kind == .word, Self.unit(text(of: peek())) != nil { throw unsupported("an interval from one unit TO another", at: token) }
        }
        if unit == nil, amount.stringLiteral == nil, case .literal = amount.node { throw unexpected("a unit such as DAY after the interval's amount") }
        return Expr(.interval(amount, unit), range: range(from: start))
    }

    private mutating func intervalAmount() throws(SQLError) -> Expr {
        if at(.leftParen) {
            advance()
            let amount = try expression()
            try expect(.rightParen, "')'")
            return amount
        }
        switch token.kind {
        case .word, .quotedIdentifier:
            let name = takeIdentifier()
            return Expr(.column(ColumnReference(name)), range: name.range)
        default: return try prefixWithoutPostfix()
        }
    }

    /// A literal or parameter on its own.
    private mutating func prefixWithoutPostfix() throws(SQLError) -> Expr {
        if isString(token) {
            let range = token.range
            return Expr(.literal(.string(try string("a string"))), range: range)
        }
        return try prefix()
    }

    /// The unit of an interval by any of its names.
    static func unit(_ word: String) -> IntervalUnit? {
        let name = foldedASCII(word)
        switch name {
        case "centuries": return .century
        case "millennia", "millenniums", "millenia": return .millennium
        default:
            let singular = name.utf8.last == UInt8(ascii: "s") ? String(name.dropLast()) : name
            return IntervalUnit(rawValue: String(decoding: singular.utf8.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }, as: UTF8.self))
        }
    }

    // MARK: Keywords with a grammar of their own

    private mutating func currentTime(_ keyword: Keyword) throws(SQLError) -> Expr? {
        guard let which = CurrentTime(rawValue: keyword.rawValue) else { return nil }
        if dialect == .sqlite, keyword == .LOCALTIME || keyword == .LOCALTIMESTAMP { return nil }
        if peek().kind == .dot { return nil }
        let start = token.start
        advance()
        // `CURRENT_TIMESTAMP()` and `CURRENT_TIMESTAMP(6)` mean the same.
        if dialect == .duckdb, at(.leftParen), peek().kind == .rightParen || (peek().kind == .integer && peek(2).kind == .rightParen) {
            while !accept(.rightParen) { advance() }
        }
        return Expr(.currentTime(which), range: range(from: start))
    }

    private mutating func caseExpression() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        let operand = at(.WHEN) ? nil : try expression()
        var branches: [WhenBranch] = []
        while accept(.WHEN) {
            let condition = try expression()
            try expect(.THEN, after: "the condition of WHEN")
            branches.append(WhenBranch(condition: condition, result: try expression()))
        }
        if branches.isEmpty { throw unexpected("WHEN in the CASE expression") }
        let otherwise = accept(.ELSE) ? try expression() : nil
        if !accept(.END) { throw unexpected("WHEN, ELSE or END in the CASE expression") }
        return Expr(.caseWhen(operand: operand, branches: branches, otherwise: otherwise), range: range(from: start))
    }

    private mutating func castCall(isTry: Bool) throws(SQLError) -> Expr {
        let start = token.start
        advance()
        advance()
        let operand = try expression()
        try expect(.AS, after: "the value to cast")
        let type = try typeName()
        try expect(.rightParen, "')' after the type")
        return Expr(.cast(operand, type, isTry: isTry), range: range(from: start))
    }

    private mutating func exists() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        guard parenStartsQuery(0) else {
            advance()
            throw unexpected("a query after EXISTS (")
        }
        let select = try parenthesizedQuery()
        return Expr(.exists(select), range: range(from: start))
    }

    private mutating func raise() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        advance()
        guard let action = token.keyword.flatMap({ RaiseAction(rawValue: $0.rawValue) }) else { throw unexpected("IGNORE, ROLLBACK, ABORT or FAIL") }
        advance()
        var message: String?
        if action != .ignore {
            try expect(.comma, "',' and a message")
            if token.kind == .quotedIdentifier, dialect == .sqlite {
                message = takeIdentifier().text
            } else {
                message = try string("a message")
            }
        }
        try expect(.rightParen, "')'")
        return Expr(.raise(action, message), range: range(from: start))
    }

    private mutating func rowConstructor() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        advance()
        let values = at(.rightParen) ? [] : try expressionList()
        try expect(.rightParen, "',' or ')'")
        if values.isEmpty { throw malformed("a row needs at least one value", at: token) }
        return Expr(.row(values), range: range(from: start))
    }

    private mutating func columns() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        advance()
        let selector: ColumnsSelector
        if startsStar() { selector = .star(try star()) } else if let lambda = try lambda(anyName: true) {
            selector = .expression(lambda)
        } else {
            selector = .expression(try expression())
        }
        try expect(.rightParen, "')' after COLUMNS")
        return Expr(.columns(selector), range: range(from: start))
    }
}
