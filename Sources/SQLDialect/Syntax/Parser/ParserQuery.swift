// Queries: WITH, SELECT, VALUES, compounds, ORDER BY and LIMIT.
extension Parser {
    // MARK: What begins a query

    /// Whether a query begins with this token.
    func startsQuery(_ token: Token) -> Bool {
        switch token.keyword {
        case .SELECT, .VALUES, .WITH: true
        case .FROM, .TABLE, .DESCRIBE, .SUMMARIZE, .SHOW: dialect == .duckdb
        default: false
        }
    }

    /// Whether the parenthesis `ahead` places on begins a query rather than an expression or a join: in the duckdb
    /// dialect a query may itself stand in parentheses and go on after them.
    mutating func parenStartsQuery(_ ahead: Int) -> Bool {
        let first = peek(ahead + 1)
        if startsQuery(first) {
            // SHOW, DESCRIBE, TABLE and the like may be the name of a column or table.
            switch first.keyword {
            case .SHOW, .DESCRIBE, .SUMMARIZE: return peek(ahead + 2).kind == .word || peek(ahead + 2).kind == .quotedIdentifier
            default: return true
            }
        }
        guard dialect == .duckdb, first.kind == .leftParen else { return false }
        // Look through the parentheses, no deeper than can be parsed.
        var inner = ahead + 1
        while peek(inner).kind == .leftParen {
            inner += 1
            if inner - ahead > limits.depth { return false }
        }
        guard startsQuery(peek(inner)), var position = closingParen(of: inner - 1) else { return false }
        // Outwards again: each pair but the outermost must enclose nothing but a query.
        var open = inner - 2
        while open >= ahead {
            switch peek(position + 1).keyword {
            case .UNION, .INTERSECT, .EXCEPT, .ORDER, .LIMIT, .OFFSET: return true
            default: if peek(position + 1).kind != .rightParen { return false }
            }
            position += 1
            open -= 1
        }
        return true
    }

    /// Where the parenthesis opened `ahead` places on is closed.
    private mutating func closingParen(of ahead: Int) -> Int? {
        var depth = 0, position = ahead
        while true {
            switch peek(position).kind {
            case .leftParen: depth += 1
            case .rightParen:
                depth -= 1
                if depth == 0 { return position }
            case .end, .invalid, .semicolon: return nil
            default: break
            }
            position += 1
        }
    }

    /// A query with its parentheses.
    mutating func parenthesizedQuery() throws(SQLError) -> Select {
        try expect(.leftParen, "'('")
        let select = try query()
        try expect(.rightParen, "')' after the query")
        return select
    }

    // MARK: Whole queries

    /// A query, WITH included.
    mutating func query() throws(SQLError) -> Select {
        let start = token.start
        let with = at(.WITH) ? try with() : nil
        return try query(with, start)
    }

    /// The rest of a query whose WITH has been read.
    mutating func query(_ with: With?, _ start: UInt32) throws(SQLError) -> Select {
        try enter()
        let outer = height
        height = 0
        var select = Select(try compound())
        select.with = with
        try orderAndLimit(&select)
        // A query that is nothing but another one in parentheses is that one.
        if case .nested(let inner) = select.body, with == nil, select.orderBy == nil, select.limit == nil, select.offset == nil { select = inner }
        select.range = range(from: start)
        height = max(outer, height + Self.nestingHeight)
        try checkHeight(height)
        leave()
        return select
    }

    mutating func with() throws(SQLError) -> With {
        try expect(.WITH)
        try enter()
        let outer = height
        height = 0
        let isRecursive = at(.RECURSIVE) && peek().keyword != .AS && peek().kind != .leftParen
        if isRecursive { advance() }
        var tables = [try commonTable()]
        while accept(.comma) {
            if dialect == .duckdb, startsQuery(token) { break }
            tables.append(try commonTable())
        }
        height = max(outer, height + Self.nestingHeight)
        leave()
        return With(isRecursive: isRecursive, tables: tables)
    }

    private mutating func commonTable() throws(SQLError) -> CommonTable {
        let name = try identifier("a name for the common table")
        let columns = try optionalColumnList()
        if at(.USING), peek().keyword == .KEY { throw unsupported("USING KEY", at: token) }
        try expect(.AS, after: "the name of the common table")
        var isMaterialized: Bool?
        if at(.NOT), peek().keyword == .MATERIALIZED {
            advance()
            advance()
            isMaterialized = false
        } else if at(.MATERIALIZED) {
            advance()
            isMaterialized = true
        }
        guard at(.leftParen) else { throw unexpected("'(' and a query after AS") }
        switch peek().keyword {
        case .INSERT, .UPDATE, .DELETE, .REPLACE, .MERGE: throw unsupported("a writing statement inside WITH", at: peek())
        default: break
        }
        return CommonTable(name: name, columns: columns, isMaterialized: isMaterialized, select: try parenthesizedQuery())
    }

    // MARK: Compounds

    private mutating func compound() throws(SQLError) -> SelectBody {
        let first = try compoundOperand()
        guard let op = compoundOperator(.UNION) ?? (dialect == .sqlite ? compoundOperator(.INTERSECT) : nil) else { return first }
        var terms = [CompoundTerm(op: op, body: try compoundOperand())]
        while let op = compoundOperator(.UNION) ?? (dialect == .sqlite ? compoundOperator(.INTERSECT) : nil) {
            terms.append(CompoundTerm(op: op, body: try compoundOperand()))
        }
        return .compound(first, terms)
    }

    /// What stands between UNIONs: in the duckdb dialect INTERSECT binds tighter.
    private mutating func compoundOperand() throws(SQLError) -> SelectBody {
        let first = try selectBody()
        guard dialect == .duckdb, let op = compoundOperator(.INTERSECT) else { return first }
        var terms = [CompoundTerm(op: op, body: try selectBody())]
        while let op = compoundOperator(.INTERSECT) { terms.append(CompoundTerm(op: op, body: try selectBody())) }
        return .compound(first, terms)
    }

    /// The operator that is next, read; `kind` is INTERSECT or UNION, which stands for EXCEPT too.
    private mutating func compoundOperator(_ kind: Keyword) -> CompoundTerm.Operator? {
        if kind == .INTERSECT {
            guard accept(.INTERSECT) else { return nil }
            return accept(.ALL) ? .intersectAll : .intersect
        }
        if accept(.EXCEPT) { return accept(.ALL) ? .exceptAll : .except }
        guard accept(.UNION) else { return nil }
        let all = accept(.ALL)
        if !all { _ = accept(.DISTINCT) }
        if at(.BY), peek().keyword == .NAME {
            advance()
            advance()
            return all ? .unionAllByName : .unionByName
        }
        return all ? .unionAll : .union
    }

    private mutating func selectBody() throws(SQLError) -> SelectBody {
        switch token.keyword {
        case .SELECT: return .core(try selectCore())
        case .VALUES: return .values(try values())
        case .FROM where dialect == .duckdb: return .core(try fromFirst())
        case .TABLE where dialect == .duckdb:
            advance()
            return .table(try objectName("a table name after TABLE"))
        case .DESCRIBE, .SUMMARIZE, .SHOW: if dialect == .duckdb { return .statement(try statement()) }
        case .PIVOT, .UNPIVOT, .PIVOT_WIDER, .PIVOT_LONGER: if dialect == .duckdb { throw unsupported(text(of: token).uppercasedASCII, at: token) }
        default: break
        }
        if at(.leftParen), dialect == .duckdb {
            let select = try parenthesizedQuery()
            if select.with == nil, select.orderBy == nil, select.limit == nil, select.offset == nil {
                switch select.body {
                case .core, .values, .table, .nested: return select.body
                case .compound, .statement: break
                }
            }
            return .nested(select)
        }
        throw unexpected("SELECT or VALUES")
    }

    private mutating func values() throws(SQLError) -> [[Expr]] {
        advance()
        var rows: [[Expr]] = []
        repeat {
            if dialect == .duckdb, !rows.isEmpty, !at(.leftParen) { break }
            try expect(.leftParen, "'(' before a row of values")
            var row = [try expression()]
            while accept(.comma) {
                if dialect == .duckdb, at(.rightParen) { break }
                row.append(try expression())
            }
            try expect(.rightParen, "',' or ')' after a value")
            rows.append(row)
        } while accept(.comma)
        return rows
    }

    // MARK: One SELECT

    private mutating func selectCore() throws(SQLError) -> SelectCore {
        let start = token.start
        advance()
        let distinct = try distinct()
        // `EXISTS (SELECT FROM t)`: only the rows count.
        let hasNoItems = dialect == .duckdb && at(.FROM) && index >= 2 && tokens[index - 2].kind == .leftParen
        var core = SelectCore(items: hasNoItems ? [.expr(.integer(1), alias: nil)] : try selectItems())
        core.distinct = distinct
        if at(.INTO) { throw unsupported("SELECT INTO", at: token, hint: "use CREATE TABLE … AS SELECT") }
        if accept(.FROM) { core.from = try fromClause() }
        try clauses(&core)
        core.range = range(from: start)
        return core
    }

    /// `FROM t [SELECT …] …`
    private mutating func fromFirst() throws(SQLError) -> SelectCore {
        let start = token.start
        advance()
        let from = try fromClause()
        var core = SelectCore(items: [.star(Star())], from: from)
        if accept(.SELECT) {
            core.distinct = try distinct()
            core.items = try selectItems()
        }
        try clauses(&core)
        core.range = range(from: start)
        return core
    }

    private mutating func distinct() throws(SQLError) -> Distinct? {
        if accept(.ALL) { return .all }
        guard accept(.DISTINCT) else { return nil }
        guard accept(.ON) else { return .distinct }
        return .on(try parenthesized("the expressions of DISTINCT ON") { parser throws(SQLError) in try parser.expression() })
    }

    private mutating func clauses(_ core: inout SelectCore) throws(SQLError) {
        if accept(.WHERE) { core.filter = try expression() }
        if at(.GROUP) {
            advance()
            try expect(.BY, after: "GROUP")
            core.groupBy = try groupBy()
        }
        if accept(.HAVING) { core.having = try expression() }
        if at(.WINDOW), dialect == .duckdb || isName(peek()) {
            advance()
            core.windows = try list { parser throws(SQLError) in
                let name = try parser.identifier("a window name")
                try parser.expect(.AS, after: "the window name")
                return NamedWindow(name: name, definition: try parser.windowDefinition())
            }
        }
        if dialect == .duckdb, accept(.QUALIFY) { core.qualify = try expression() }
        if dialect == .duckdb, accept(.USING, .SAMPLE) { core.sample = try sample() }
    }

    private mutating func groupBy() throws(SQLError) -> GroupBy {
        if at(.ALL) {
            advance()
            return .all
        }
        var elements = [try groupingElement()]
        while accept(.comma) {
            if dialect == .duckdb, endsList() { break }
            elements.append(try groupingElement())
        }
        return .elements(elements)
    }

    private mutating func groupingElement() throws(SQLError) -> GroupingElement {
        if dialect == .duckdb {
            if at(.ROLLUP) || at(.CUBE), peek().kind == .leftParen {
                let isRollup = at(.ROLLUP)
                advance()
                let lists = try parenthesized("the columns") { parser throws(SQLError) in try parser.groupingList() }
                return isRollup ? .rollup(lists) : .cube(lists)
            }
            if accept(.GROUPING, .SETS) {
                try enter()
                defer { leave() }
                return .sets(try parenthesized("the grouping sets") { parser throws(SQLError) in try parser.groupingElement() })
            }
            if at(.leftParen), peek().kind == .rightParen {
                advance()
                advance()
                return .list([])
            }
        }
        let expr = try expression()
        if dialect == .duckdb, case .row(let values) = expr.node { return .list(values) }
        return .expr(expr)
    }

    private mutating func groupingList() throws(SQLError) -> [Expr] {
        let expr = try expression()
        if case .row(let values) = expr.node { return values }
        return [expr]
    }

    // MARK: ORDER BY and LIMIT

    mutating func orderTerms() throws(SQLError) -> [OrderTerm] {
        var terms = [try orderTerm()]
        while accept(.comma) {
            if dialect == .duckdb, endsList() { break }
            terms.append(try orderTerm())
        }
        return terms
    }

    private mutating func orderTerm() throws(SQLError) -> OrderTerm {
        var term = OrderTerm(try expression())
        term.direction = direction()
        term.nulls = try nullsOrder()
        return term
    }

    mutating func direction() -> OrderTerm.Direction? {
        if accept(.ASC) { return .ascending }
        return accept(.DESC) ? .descending : nil
    }

    mutating func nullsOrder() throws(SQLError) -> OrderTerm.Nulls? {
        guard at(.NULLS), peek().keyword == .FIRST || peek().keyword == .LAST else { return nil }
        advance()
        let first = at(.FIRST)
        advance()
        return first ? .first : .last
    }

    private mutating func orderAndLimit(_ select: inout Select) throws(SQLError) {
        if accept(.ORDER) {
            try expect(.BY, after: "ORDER")
            if at(.ALL) {
                advance()
                let direction = direction()
                select.orderBy = .all(direction: direction, nulls: try nullsOrder())
            } else {
                select.orderBy = .terms(try orderTerms())
            }
        }
        while true {
            if at(.LIMIT), select.limit == nil {
                advance()
                try limit(&select)
            } else if at(.OFFSET), select.offset == nil, dialect == .duckdb || select.limit != nil {
                advance()
                select.offset = try expression()
                if at(.ROW) || at(.ROWS) { advance() }
            } else if at(.FETCH), dialect == .duckdb, select.limit == nil {
                advance()
                if at(.FIRST) || at(.NEXT) { advance() }
                select.limit = at(.ROW) || at(.ROWS) ? .integer(1) : try expression()
                if at(.ROW) || at(.ROWS) { advance() }
                try expect(.ONLY, after: "FETCH")
            } else {
                break
            }
        }
        while at(.FOR), dialect == .duckdb, try lockingClause() {}
    }

    /// `FOR UPDATE OF t SKIP LOCKED`: read and left out. The writer of a branch is alone on it from its first write on.
    private mutating func lockingClause() throws(SQLError) -> Bool {
        let first = foldedASCII(text(of: peek()))
        guard ["update", "share", "no", "key"].contains(first) else { return false }
        advance()
        if acceptWord("no") || accept(.NO) { guard acceptWord("key") || accept(.KEY) else { throw unexpected("KEY UPDATE") } } else { _ = acceptWord("key") || accept(.KEY) }
        guard accept(.UPDATE) || acceptWord("share") else { throw unexpected("UPDATE or SHARE") }
        if acceptWord("of") || accept(.OF) { _ = try list { parser throws(SQLError) in try parser.objectName("a table name") } }
        if acceptWord("nowait") { return true }
        if isWord("skip"), equalIgnoringASCIICase(text(of: peek()), "locked") {
            advance()
            advance()
        }
        return true
    }

    private mutating func limit(_ select: inout Select) throws(SQLError) {
        if dialect == .duckdb, accept(.ALL) { return }
        let first = try limitValue()
        if dialect == .duckdb {
            if at(.percent) || at(.PERCENT) {
                advance()
                select.limitIsPercent = true
            }
        }
        if at(.comma) {
            advance()
            select.offset = first
            select.limit = try expression()
        } else {
            select.limit = first
        }
    }

    /// An expression, except that `%` after a plain number is a unit.
    private mutating func limitValue() throws(SQLError) -> Expr {
        if dialect == .duckdb, token.kind == .integer || token.kind == .decimal, peek().kind == .percent {
            switch peek(2).kind {
            case .end, .semicolon, .rightParen: return try prefix()
            default: if peek(2).keyword == .OFFSET { return try prefix() }
            }
        }
        return try expression()
    }

    /// Whether a list must have ended: what is next cannot begin an expression. For trailing commas.
    func endsList() -> Bool {
        switch token.kind {
        case .end, .semicolon, .rightParen: return true
        default: break
        }
        switch token.keyword {
        case .FROM, .WHERE, .GROUP, .ORDER, .HAVING, .LIMIT, .OFFSET, .UNION, .INTERSECT, .EXCEPT, .WINDOW, .QUALIFY, .USING, .INTO, .SELECT, .ON, .RETURNING:
            return true
        default: return false
        }
    }
}

extension String {
    /// The text with its ASCII letters in upper case.
    var uppercasedASCII: String {
        String(decoding: utf8.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }, as: UTF8.self)
    }
}
