// Operands: literals, names, parentheses, prefix operators.
extension Parser {
    /// An operand with the operators before it and, in the duckdb dialect, `::`, `[…]` and `.field` after it.
    mutating func prefix() throws(SQLError) -> Expr {
        switch token.kind {
        case .minus, .plus, .tilde, .at: return try unary()
        case .word where token.keyword == .NOT: return try negation()
        default: break
        }
        let start = token.start
        let operand = try primary()
        return dialect == .duckdb ? try postfix(operand, start) : operand
    }

    private mutating func unary() throws(SQLError) -> Expr {
        let start = token.start
        let op: UnaryOperator
        switch token.kind {
        case .minus: op = .negate
        case .plus: op = .plus
        case .tilde: op = .bitwiseNot
        default:
            guard dialect == .duckdb else { throw unexpected("an expression") }
            op = .absolute
        }
        advance()
        if op == .negate, at(.integer), !isPostfix(peek()) { return try negativeInteger(start) }
        // PostgreSQL's prefix operators other than the signs bind as loosely as its infix ones.
        let loose = dialect == .duckdb && (op == .bitwiseNot || op == .absolute)
        let operand = try expression(loose ? Precedence.additive : Precedence.unary)
        return Expr(.unary(op, operand), range: range(from: start))
    }

    private func isPostfix(_ token: Token) -> Bool {
        dialect == .duckdb && (token.kind == .castColons || token.kind == .leftBracket || token.kind == .dot)
    }

    private mutating func negativeInteger(_ start: UInt32) throws(SQLError) -> Expr {
        let digits = numberText(token)
        advance()
        let range = range(from: start)
        if let value = Int64("-" + digits) { return Expr(.literal(.integer(value)), range: range) }
        return Expr(.unary(.negate, Expr(.literal(.bigInteger(digits)), range: range)), range: range)
    }

    private mutating func negation() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        let operand = try expression(Precedence.not)
        return Expr(.unary(.not, operand), range: range(from: start))
    }

    private mutating func primary() throws(SQLError) -> Expr {
        switch token.kind {
        case .integer, .hexInteger, .decimal, .double: return try number()
        case .string, .escapeString, .dollarString: return stringLiteral()
        case .blob: return blobLiteral()
        case .parameter: return try parameter()
        case .positional: return try positional()
        case .leftParen: return try parentheses()
        case .leftBracket: return try listLiteral()
        case .leftBrace: return try structLiteral()
        case .quotedIdentifier: return try named()
        case .word: return startsPlainCall() ? try plainCall() : try word()
        default: throw unexpected("an expression")
        }
    }

    // MARK: Literals

    /// The digits of a number without `_`.
    private func numberText(_ token: Token) -> String {
        let digits = text(of: token)
        return digits.utf8.contains(UInt8(ascii: "_")) ? digits.filter { $0 != "_" } : digits
    }

    private mutating func number() throws(SQLError) -> Expr {
        let current = token
        let digits = numberText(current)
        advance()
        let literal: Literal
        switch current.kind {
        case .integer: literal = Int64(digits).map { .integer($0) } ?? .bigInteger(digits)
        case .hexInteger:
            guard let bits = UInt64(digits.dropFirst(2), radix: 16) else { throw malformed("the hexadecimal number \(digits) does not fit in 64 bits", at: current) }
            literal = bits > UInt64(Int64.max) && dialect == .duckdb ? .bigInteger(String(bits)) : .integer(Int64(bitPattern: bits))
        case .decimal: literal = .decimal(digits)
        default: literal = .double(digits)
        }
        return Expr(.literal(literal), range: current.range)
    }

    private mutating func stringLiteral() -> Expr {
        let start = token.start
        var value = unquoted(token)
        var last = token
        advance()
        // The SQL standard joins strings that stand on lines of their own.
        while dialect == .duckdb, at(.string), lexer.bytes[Int(last.end) ..< Int(token.start)].contains(0x0A) {
            value += unquoted(token)
            last = token
            advance()
        }
        return Expr(.literal(.string(value)), range: range(from: start))
    }

    private mutating func blobLiteral() -> Expr {
        var bytes: [UInt8] = []
        var i = Int(token.start) + 2
        while i + 1 < Int(token.end), let high = Lexer.hexValue(lexer.bytes[i]), let low = Lexer.hexValue(lexer.bytes[i + 1]) {
            bytes.append(high << 4 | low)
            i += 2
        }
        let range = token.range
        advance()
        return Expr(.literal(.blob(bytes)), range: range)
    }

    /// The highest number of a parameter, as SQLite has it.
    private static let highestParameter = 32_766

    private mutating func parameter() throws(SQLError) -> Expr {
        let current = token
        let name = text(of: current)
        advance()
        let digits = name.dropFirst()
        if digits.isEmpty { return Expr(.parameter(.anonymous), range: current.range) }
        if name.hasPrefix("?") || (name.hasPrefix("$") && dialect == .duckdb && digits.utf8.allSatisfy(Lexer.isDigit)) {
            guard let number = Int(digits), number >= 1, number <= Self.highestParameter else {
                throw malformed("the number of a parameter is between 1 and \(Self.highestParameter)", at: current)
            }
            return Expr(.parameter(.numbered(number)), range: current.range)
        }
        return Expr(.parameter(.named(name)), range: current.range)
    }

    private mutating func positional() throws(SQLError) -> Expr {
        let current = token
        guard let number = Int(text(of: current).dropFirst()), number >= 1 else { throw malformed("columns are counted from #1", at: current) }
        advance()
        return Expr(.positional(number), range: current.range)
    }

    // MARK: Brackets

    private mutating func parentheses() throws(SQLError) -> Expr {
        let start = token.start
        if parenStartsQuery(0) {
            let select = try parenthesizedQuery()
            return Expr(.subquery(select), range: range(from: start))
        }
        advance()
        var first = try expression()
        if accept(.rightParen) {
            first.range = range(from: start)
            return first
        }
        return try rowValue(first, start)
    }

    private mutating func rowValue(_ first: Expr, _ start: UInt32) throws(SQLError) -> Expr {
        var values = [first]
        while accept(.comma) { values.append(try expression()) }
        try expect(.rightParen, "',' or ')'")
        return Expr(.row(values), range: range(from: start))
    }

    private mutating func listLiteral() throws(SQLError) -> Expr {
        guard dialect == .duckdb else { throw unexpected("an expression") }
        let start = token.start
        let values = try bracketedValues()
        return Expr(.list(values), range: range(from: start))
    }

    private mutating func bracketedValues() throws(SQLError) -> [Expr] {
        advance()
        var values: [Expr] = []
        while !at(.rightBracket) {
            values.append(try expression())
            if at(.FOR) { throw unsupported("a list comprehension", at: token, hint: "use list_transform and list_filter") }
            if !accept(.comma) { break }
        }
        try expect(.rightBracket, "',' or ']' in the list")
        return values
    }

    private mutating func structLiteral() throws(SQLError) -> Expr {
        guard dialect == .duckdb else { throw unexpected("an expression") }
        let start = token.start
        advance()
        var fields: [StructField] = []
        while !at(.rightBrace) {
            let name: Identifier
            if isString(token) { name = Identifier(unquoted(token), quoted: true, range: token.range); advance() } else {
                name = try label("a field name")
            }
            splitColon()
            try expect(.colon, "':' after the field name")
            fields.append(StructField(name: name, value: try expression()))
            if !accept(.comma) { break }
        }
        try expect(.rightBrace, "',' or '}' in the struct")
        return Expr(.structure(fields), range: range(from: start))
    }

    mutating func mapLiteral() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        advance()
        var entries: [MapEntry] = []
        while !at(.rightBrace) {
            let key = try expression()
            splitColon()
            try expect(.colon, "':' after the key")
            entries.append(MapEntry(key: key, value: try expression()))
            if !accept(.comma) { break }
        }
        try expect(.rightBrace, "',' or '}' in the map")
        return Expr(.map(entries), range: range(from: start))
    }

    mutating func arrayConstructor() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        if at(.leftBracket) {
            let values = try bracketedValues()
            return Expr(.list(values), range: range(from: start))
        }
        guard at(.leftParen), parenStartsQuery(0) else { throw unexpected("'[' or a query in parentheses after ARRAY") }
        let select = try parenthesizedQuery()
        return Expr(.arraySubquery(select), range: range(from: start))
    }

    // MARK: Postfix

    /// `::type`, `[index]`, `.field` and `.method(…)` after an operand. Each is one level of the tree.
    private mutating func postfix(_ operand: Expr, _ start: UInt32) throws(SQLError) -> Expr {
        var result = operand
        while isPostfix(token) {
            height += Self.nestingHeight
            try checkHeight(height)
            switch token.kind {
            case .castColons:
                advance()
                let type = try typeName()
                result = Expr(.cast(result, type, isTry: false), range: range(from: start))
            case .leftBracket: result = try subscripted(result, start)
            default: result = try member(result, start)
            }
        }
        return result
    }

    private mutating func member(_ base: Expr, _ start: UInt32) throws(SQLError) -> Expr {
        advance()
        let name = try label("a field name after '.'")
        if at(.leftParen) {
            var call = try functionCall(ObjectName(name), start)
            if case .call(var inner) = call.node {
                inner.arguments.insert(FunctionArgument(name: nil, value: base), at: 0)
                call.node = .call(inner)
            }
            return call
        }
        return Expr(.field(base, name), range: range(from: start))
    }

    private mutating func subscripted(_ base: Expr, _ start: UInt32) throws(SQLError) -> Expr {
        advance()
        let outer = height
        var parts: [Expr?] = [nil]
        var isSlice = false
        while !at(.rightBracket) {
            splitColon()
            if accept(.colon) {
                isSlice = true
                parts.append(nil)
            } else if at(.castColons) {
                // `[::2]`: both bounds left out.
                advance()
                isSlice = true
                parts.append(nil)
                parts.append(nil)
            } else if at(.minus), peek().kind == .colon || peek().kind == .rightBracket {
                // DuckDB's `-` for "to the end".
                advance()
            } else {
                parts[parts.count - 1] = try expression()
                splitColon()
                guard at(.colon) || at(.castColons) || at(.rightBracket) else { throw unexpected("':' or ']'") }
            }
            if parts.count > 3 { throw unexpected("']'") }
        }
        height = max(height, outer)
        try expect(.rightBracket, "']'")
        if !isSlice {
            guard let index = parts[0] else { throw malformed("an index is missing", at: token) }
            return Expr(.element(base, index), range: range(from: start))
        }
        return Expr(
            .slice(base, lower: parts[0], upper: parts.count > 1 ? parts[1] : nil, step: parts.count > 2 ? parts[2] : nil),
            range: range(from: start)
        )
    }
}
