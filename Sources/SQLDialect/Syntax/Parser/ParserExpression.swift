// Expressions: operators and what binds how tightly. The functions are many and small because the parser recurses
// through them: each frame counts.

/// How tightly operators bind, from loose to tight. Numbers mean nothing but their order.
enum Precedence {
    static let or = 1, and = 2, not = 3
    /// SQLite: `=`, `IS`, `LIKE`, `IN`, `BETWEEN` alike. DuckDB: `IS`.
    static let equality = 4
    /// SQLite: `<` and the like. DuckDB: all comparisons.
    static let comparison = 5
    /// DuckDB: `LIKE`, `IN`, `BETWEEN`.
    static let predicate = 6
    /// SQLite: `&`, `|`, `<<`, `>>`. DuckDB: every operator without a place of its own.
    static let other = 7
    static let additive = 8, multiplicative = 9
    /// SQLite: `||`, `->`. DuckDB: `**`.
    static let power = 10
    static let atTimeZone = 11, collate = 12, unary = 13
}

/// An operator that follows an operand.
enum Infix {
    case logical(LogicalOperator)
    case binary(BinaryOperator)
    case like(Like.Operator, negated: Bool, words: Int)
    case `in`(negated: Bool)
    case between(negated: Bool)
    case `is`
    /// `ISNULL`, `NOTNULL`, `NOT NULL`
    case nullTest(negated: Bool, words: Int)
    case collate
    case atTimeZone
    /// `OPERATOR(schema.op)`: how many tokens stand before the closing parenthesis.
    case qualified(BinaryOperator, words: Int)
}

extension Parser {
    /// An expression whose outermost operator binds at least as tightly as `minimum`.
    mutating func expression(_ minimum: Int = 0) throws(SQLError) -> Expr {
        try enter()
        let outer = height
        height = 0
        var left = try prefix()
        var own = height == 0 ? 1 : height + Self.nestingHeight
        while let (infix, level) = infix(), level >= minimum {
            height = 0
            left = try apply(infix, level, to: left)
            own = max(own, height) + 1
            try checkHeight(own)
        }
        try checkHeight(own)
        height = max(outer, own)
        leave()
        return left
    }

    mutating func expressionList() throws(SQLError) -> [Expr] {
        try list { parser throws(SQLError) in try parser.expression() }
    }

    // MARK: Operators after an operand

    /// The operator that is next, if any, and its precedence.
    private mutating func infix() -> (Infix, Int)? {
        if token.kind == .word {
            if let keyword = token.keyword { return wordInfix(keyword) }
            return dialect == .duckdb && isWord("operator") && peek().kind == .leftParen ? qualifiedOperator() : nil
        }
        guard let op = Self.binaryOperator(token.kind) else { return likeOperator() }
        return dialect == .sqlite ? Self.sqliteLevel(op).map { (.binary(op), $0) } : (.binary(op), Self.duckdbLevel(op))
    }

    /// PostgreSQL's `OPERATOR(pg_catalog.~)`: read up to the operator, whose precedence is then that of its class.
    private mutating func qualifiedOperator() -> (Infix, Int)? {
        var ahead = 2
        if peek(ahead).kind == .word, peek(ahead + 1).kind == .dot { ahead += 2 }
        guard let op = Self.binaryOperator(peek(ahead).kind), peek(ahead + 1).kind == .rightParen else { return nil }
        return (.qualified(op, words: ahead + 1), Precedence.other)
    }

    private static func binaryOperator(_ kind: TokenKind) -> BinaryOperator? {
        switch kind {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .plus: .add
        case .minus: .subtract
        case .star: .multiply
        case .slash: .divide
        case .doubleSlash: .integerDivide
        case .percent: .modulo
        case .power, .caret: .power
        case .concat: .concat
        case .ampersand: .bitwiseAnd
        case .pipe: .bitwiseOr
        case .shiftLeft: .shiftLeft
        case .shiftRight: .shiftRight
        case .arrow: .jsonExtract
        case .longArrow: .jsonExtractText
        case .hashArrow: .jsonPath
        case .hashLongArrow: .jsonPathText
        case .tilde: .regexMatch
        case .tildeStar: .regexMatchIgnoringCase
        case .notTilde: .notRegexMatch
        case .notTildeStar: .notRegexMatchIgnoringCase
        case .startsWith: .startsWith
        case .contains: .contains
        case .containedBy: .containedBy
        case .doubleAmpersand: .overlaps
        default: nil
        }
    }

    private static func sqliteLevel(_ op: BinaryOperator) -> Int? {
        switch op {
        case .equal, .notEqual, .is, .isNot, .isDistinctFrom, .isNotDistinctFrom: Precedence.equality
        case .less, .lessOrEqual, .greater, .greaterOrEqual: Precedence.comparison
        case .bitwiseAnd, .bitwiseOr, .shiftLeft, .shiftRight: Precedence.other
        case .add, .subtract: Precedence.additive
        case .multiply, .divide, .modulo: Precedence.multiplicative
        case .concat, .jsonExtract, .jsonExtractText, .jsonPath, .jsonPathText: Precedence.power
        default: nil
        }
    }

    private static func duckdbLevel(_ op: BinaryOperator) -> Int {
        switch op {
        case .is, .isNot, .isDistinctFrom, .isNotDistinctFrom: Precedence.equality
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: Precedence.comparison
        case .add, .subtract: Precedence.additive
        case .multiply, .divide, .modulo, .integerDivide: Precedence.multiplicative
        case .power: Precedence.power
        default: Precedence.other
        }
    }

    private var predicateLevel: Int { dialect == .sqlite ? Precedence.equality : Precedence.predicate }

    private mutating func likeOperator() -> (Infix, Int)? {
        switch token.kind {
        case .doubleTilde: (.like(.like, negated: false, words: 1), predicateLevel)
        case .doubleTildeStar: (.like(.ilike, negated: false, words: 1), predicateLevel)
        case .notDoubleTilde: (.like(.like, negated: true, words: 1), predicateLevel)
        case .notDoubleTildeStar: (.like(.ilike, negated: true, words: 1), predicateLevel)
        case .tripleTilde: (.like(.glob, negated: false, words: 1), predicateLevel)
        default: nil
        }
    }

    private mutating func wordInfix(_ keyword: Keyword) -> (Infix, Int)? {
        switch keyword {
        case .AND: (.logical(.and), Precedence.and)
        case .OR: (.logical(.or), Precedence.or)
        case .IS: (.is, Precedence.equality)
        case .ISNULL: (.nullTest(negated: false, words: 1), Precedence.equality)
        case .NOTNULL: (.nullTest(negated: true, words: 1), Precedence.equality)
        case .COLLATE: (.collate, Precedence.collate)
        case .AT: peek().keyword == .TIME && peek(2).keyword == .ZONE && dialect == .duckdb ? (.atTimeZone, Precedence.atTimeZone) : nil
        case .NOT:
            if peek().keyword == .NULL { (.nullTest(negated: true, words: 2), Precedence.equality) } else {
                peek().keyword.flatMap { predicate($0, negated: true) }
            }
        default: predicate(keyword, negated: false)
        }
    }

    private mutating func predicate(_ keyword: Keyword, negated: Bool) -> (Infix, Int)? {
        let words = negated ? 2 : 1
        switch keyword {
        case .LIKE: return (.like(.like, negated: negated, words: words), predicateLevel)
        case .GLOB: return (.like(.glob, negated: negated, words: words), predicateLevel)
        case .REGEXP: return (.like(.regexp, negated: negated, words: words), predicateLevel)
        case .MATCH: return (.like(.match, negated: negated, words: words), predicateLevel)
        case .ILIKE where dialect == .duckdb: return (.like(.ilike, negated: negated, words: words), predicateLevel)
        case .SIMILAR where dialect == .duckdb && peek(words).keyword == .TO:
            return (.like(.similarTo, negated: negated, words: words + 1), predicateLevel)
        case .IN: return (.in(negated: negated), predicateLevel)
        case .BETWEEN: return (.between(negated: negated), predicateLevel)
        default: return nil
        }
    }

    private mutating func apply(_ infix: Infix, _ level: Int, to left: Expr) throws(SQLError) -> Expr {
        switch infix {
        case .binary(let op): try binary(op, level, left)
        case .logical(let op): try logical(op, level, left)
        case .like(let op, let negated, let words): try like(op, negated, words, level, left)
        case .in(let negated): try membership(negated, level, left)
        case .between(let negated): try between(negated, level, left)
        case .is: try isTest(level, left)
        case .nullTest(let negated, let words): nullTest(negated, words, left)
        case .collate: try collate(left)
        case .atTimeZone: try atTimeZone(left)
        case .qualified(let op, let words): try qualified(op, words, level, left)
        }
    }

    private func join(_ left: Expr, _ node: ExprNode) -> Expr { Expr(node, range: range(from: left.range.start)) }

    private mutating func binary(_ op: BinaryOperator, _ level: Int, _ left: Expr) throws(SQLError) -> Expr {
        advance()
        if op.isComparison, dialect == .duckdb, at(.ANY) || at(.ALL) || at(.SOME), peek().kind == .leftParen {
            return try quantified(op, left)
        }
        let right = try expression(level + 1)
        return join(left, .binary(op, left, right))
    }

    private mutating func qualified(_ op: BinaryOperator, _ words: Int, _ level: Int, _ left: Expr) throws(SQLError) -> Expr {
        for _ in 0 ..< words { advance() }
        return try binary(op, level, left)
    }

    private mutating func quantified(_ op: BinaryOperator, _ left: Expr) throws(SQLError) -> Expr {
        let quantifier: Quantifier = at(.ALL) ? .all : .any
        advance()
        let source: InSource
        if parenStartsQuery(0) {
            source = .subquery(try parenthesizedQuery())
        } else {
            advance()
            source = .expression(try expression())
            try expect(.rightParen, "')'")
        }
        return join(left, .quantified(left, op, quantifier, source))
    }

    private mutating func logical(_ op: LogicalOperator, _ level: Int, _ left: Expr) throws(SQLError) -> Expr {
        let keyword = token.keyword
        var operands: [Expr] = []
        if case .logical(op, let inner) = left.node { operands = inner } else { operands = [left] }
        while token.keyword == keyword {
            advance()
            let operand = try expression(level + 1)
            if case .logical(op, let inner) = operand.node { operands += inner } else { operands.append(operand) }
        }
        return join(left, .logical(op, operands))
    }

    private mutating func like(_ op: Like.Operator, _ negated: Bool, _ words: Int, _ level: Int, _ left: Expr) throws(SQLError) -> Expr {
        for _ in 0 ..< words { advance() }
        var like = Like(op: op, negated: negated, value: left, pattern: try expression(level + 1))
        if accept(.ESCAPE) { like.escape = try expression(Precedence.other) }
        return join(left, .like(like))
    }

    private mutating func between(_ negated: Bool, _ level: Int, _ left: Expr) throws(SQLError) -> Expr {
        if negated { advance() }
        advance()
        let symmetric = dialect == .duckdb && accept(.SYMMETRIC)
        if !symmetric, dialect == .duckdb { _ = accept(.ASYMMETRIC) }
        let low = try expression(level + 1)
        try expect(.AND, after: "the lower bound of BETWEEN")
        let high = try expression(level + 1)
        return join(left, .between(left, low: low, high: high, negated: negated, symmetric: symmetric))
    }

    private mutating func membership(_ negated: Bool, _ level: Int, _ left: Expr) throws(SQLError) -> Expr {
        if negated { advance() }
        advance()
        let source = try inSource()
        return join(left, .membership(left, source, negated: negated))
    }

    private mutating func inSource() throws(SQLError) -> InSource {
        if at(.leftParen) {
            if parenStartsQuery(0) { return .subquery(try parenthesizedQuery()) }
            advance()
            if accept(.rightParen) { return .list([]) }
            var values = [try expression()]
            while accept(.comma) {
                if dialect == .duckdb, at(.rightParen) { break }
                values.append(try expression())
            }
            try expect(.rightParen, "',' or ')' in the list after IN")
            return .list(values)
        }
        if dialect == .duckdb { return .expression(try expression(Precedence.other)) }
        if at(.parameter) { throw unexpected("'(' or a table after IN") }
        let name = try objectName("'(' or a table after IN")
        guard accept(.leftParen) else { return .table(name) }
        if accept(.rightParen) { return .tableFunction(name, []) }
        let arguments = try expressionList()
        try expect(.rightParen, "',' or ')' after the arguments")
        return .tableFunction(name, arguments)
    }

    private mutating func isTest(_ level: Int, _ left: Expr) throws(SQLError) -> Expr {
        advance()
        let negated = accept(.NOT)
        switch token.keyword {
        case .NULL:
            advance()
            return join(left, .isNull(left, negated: negated))
        case .TRUE, .FALSE:
            let value = at(.TRUE)
            advance()
            return join(left, .isTruth(left, value, negated: negated))
        case .UNKNOWN where dialect == .duckdb:
            advance()
            return join(left, .isTruth(left, nil, negated: negated))
        case .DISTINCT:
            advance()
            try expect(.FROM, after: "IS DISTINCT")
            let right = try expression(level + 1)
            return join(left, .binary(negated ? .isNotDistinctFrom : .isDistinctFrom, left, right))
        default:
            let right = try expression(level + 1)
            return join(left, .binary(negated ? .isNot : .is, left, right))
        }
    }

    private mutating func nullTest(_ negated: Bool, _ words: Int, _ left: Expr) -> Expr {
        for _ in 0 ..< words { advance() }
        return join(left, .isNull(left, negated: negated))
    }

    private mutating func collate(_ left: Expr) throws(SQLError) -> Expr {
        advance()
        var name = try identifier("a collation name after COLLATE")
        while dialect == .duckdb, accept(.dot) {
            let part = try label("a collation name")
            name = Identifier(name.text + "." + part.text, range: name.range.union(part.range))
        }
        return join(left, .collate(left, name))
    }

    private mutating func atTimeZone(_ left: Expr) throws(SQLError) -> Expr {
        for _ in 0 ..< 3 { advance() }
        let zone = try expression(Precedence.atTimeZone + 1)
        return join(left, .call(FunctionCall("timezone", [zone, left])))
    }
}
