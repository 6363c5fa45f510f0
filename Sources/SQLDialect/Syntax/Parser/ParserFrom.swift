// Select lists and FROM.
extension Parser {
    // MARK: Select list

    mutating func selectItems() throws(SQLError) -> [SelectItem] {
        var items = [try selectItem()]
        while accept(.comma) {
            if dialect == .duckdb, endsList() { break }
            items.append(try selectItem())
        }
        return items
    }

    private mutating func selectItem() throws(SQLError) -> SelectItem {
        if startsStar() {
            let star = try star()
            return .star(star)
        }
        let prefix = prefixAlias()
        let expr = try expression()
        if let prefix { return .expr(expr, alias: prefix) }
        return .expr(expr, alias: try columnAlias())
    }

    /// DuckDB's alias before what it names: `total: a + b`.
    private mutating func prefixAlias() -> Identifier? {
        guard dialect == .duckdb, token.kind == .word || token.kind == .quotedIdentifier else { return nil }
        let following = peek()
        let isParameter = following.kind == .parameter && touch(token, following) && lexer.bytes[Int(following.start)] == UInt8(ascii: ":")
        guard following.kind == .colon || isParameter else { return nil }
        let alias = takeIdentifier()
        splitColon()
        advance()
        return alias
    }

    private mutating func columnAlias() throws(SQLError) -> Identifier? {
        if accept(.AS) { return try label("a name after AS") }
        return bareAlias()
    }

    /// `RETURNING …` if there is one.
    mutating func returning() throws(SQLError) -> [SelectItem] {
        guard accept(.RETURNING) else { return [] }
        return try selectItems()
    }

    /// Whether `*` or `t.*` is next.
    mutating func startsStar() -> Bool {
        if at(.star) { return true }
        guard token.kind == .word || token.kind == .quotedIdentifier, peek().kind == .dot else { return false }
        var ahead = 1
        while peek(ahead).kind == .dot {
            let part = peek(ahead + 1)
            if part.kind == .star { return true }
            guard part.kind == .word || part.kind == .quotedIdentifier else { return false }
            ahead += 2
        }
        return false
    }

    /// `*` or `t.*` with what follows it.
    mutating func star() throws(SQLError) -> Star {
        let start = token.start
        var star = Star()
        while !at(.star) {
            star.qualifier.append(takeIdentifier())
            try expect(.dot, "'.'")
        }
        advance()
        if dialect == .duckdb { try starChanges(&star) }
        star.range = range(from: start)
        return star
    }

    private mutating func starChanges(_ star: inout Star) throws(SQLError) {
        if at(.EXCLUDE) || (at(.EXCEPT) && peek().kind == .leftParen && !startsQuery(peek(2)) && peek(2).kind != .leftParen) {
            advance()
            if at(.leftParen) {
                star.exclude = try parenthesized("a column to exclude") { parser throws(SQLError) in try parser.columnReference("a column to exclude") }
            } else {
                star.exclude = [try columnReference("a column to exclude")]
            }
        }
        if at(.REPLACE) {
            advance()
            star.replace = try oneOrMany("a replacement") { parser throws(SQLError) in
                let expr = try parser.expression()
                try parser.expect(.AS, after: "the replacement")
                return StarReplacement(expr: expr, column: try parser.label("a column name"))
            }
        }
        if at(.RENAME) {
            advance()
            star.rename = try oneOrMany("a renaming") { parser throws(SQLError) in
                let column = try parser.columnReference("a column to rename")
                try parser.expect(.AS, after: "the column")
                return StarRenaming(column: column, newName: try parser.label("a new name"))
            }
        }
        let negated = at(.NOT)
        if let op = starOperator(negated ? peek() : token) {
            if negated { advance() }
            advance()
            if op == .similarTo { try expect(.TO, after: "SIMILAR") }
            star.pattern = StarPattern(op: op, negated: negated, pattern: try expression(Precedence.other))
        }
    }

    private func starOperator(_ token: Token) -> Like.Operator? {
        switch token.keyword {
        case .LIKE: .like
        case .ILIKE: .ilike
        case .GLOB: .glob
        case .SIMILAR: .similarTo
        default: nil
        }
    }

    private mutating func oneOrMany<Element>(_ what: String, _ element: (inout Parser) throws(SQLError) -> Element) throws(SQLError) -> [Element] {
        at(.leftParen) ? try parenthesized(what, element) : [try element(&self)]
    }

    mutating func columnReference(_ what: String) throws(SQLError) -> ColumnReference {
        var path = [try identifier(what)]
        while accept(.dot) { path.append(try label("a name after '.'")) }
        return ColumnReference(path: path)
    }

    // MARK: FROM

    /// The items of FROM; the word has been read.
    mutating func fromClause() throws(SQLError) -> [TableRef] {
        var tables = [try tableReference()]
        while accept(.comma) {
            if dialect == .duckdb, endsList() { break }
            tables.append(try tableReference())
        }
        return tables
    }

    /// A table with the joins after it.
    private mutating func tableReference() throws(SQLError) -> TableRef {
        try enter()
        let outer = height
        height = 0
        let start = token.start
        var left = try tablePrimary()
        var own = height + 1
        while let join = try joinOperator() {
            height = 0
            let right = try tablePrimary()
            let condition = try joinCondition()
            left = TableRef(
                .join(Join(kind: join.kind, isNatural: join.isNatural, left: left, right: right, condition: condition)),
                range: range(from: start)
            )
            own = max(own, height) + Self.joinHeight
            try checkHeight(own)
        }
        height = max(outer, own)
        leave()
        return left
    }

    /// The words before a table that make a join, read; nil when there is none.
    private mutating func joinOperator() throws(SQLError) -> (kind: Join.Kind, isNatural: Bool)? {
        guard startsJoin() else { return nil }
        var isNatural = false, isAsof = false
        var kind: Join.Kind?
        while !at(.JOIN) {
            switch token.keyword {
            case .NATURAL: isNatural = true
            case .LEFT: kind = kind == .right ? .full : .left
            case .RIGHT: kind = kind == .left ? .full : .right
            case .FULL: kind = .full
            case .INNER: kind = kind ?? .inner
            case .CROSS: kind = .cross
            case .OUTER: if kind != .left && kind != .right && kind != .full { throw unexpected("LEFT, RIGHT or FULL before OUTER") }
            case .SEMI: kind = .semi
            case .ANTI: kind = .anti
            case .POSITIONAL: kind = .positional
            case .ASOF: isAsof = true
            default: throw unexpected("JOIN")
            }
            advance()
        }
        advance()
        if isAsof {
            switch kind {
            case nil, .inner: kind = .asof
            case .left: kind = .asofLeft
            default: throw unsupported("an ASOF join of this kind", at: token)
            }
        }
        return (kind ?? .inner, isNatural)
    }

    private mutating func startsJoin() -> Bool {
        switch token.keyword {
        case .JOIN, .NATURAL, .LEFT, .RIGHT, .FULL, .INNER, .CROSS, .OUTER: true
        case .SEMI, .ANTI, .POSITIONAL: dialect == .duckdb && peek().keyword == .JOIN
        case .ASOF: dialect == .duckdb && (peek().keyword == .JOIN || peek(2).keyword == .JOIN || peek(3).keyword == .JOIN)
        default: false
        }
    }

    private mutating func joinCondition() throws(SQLError) -> JoinCondition? {
        if at(.ON) {
            // `INSERT … SELECT … JOIN t ON CONFLICT …`
            if peek().keyword == .CONFLICT, peek(2).keyword == .DO || peek(2).kind == .leftParen { return nil }
            advance()
            return .on(try expression())
        }
        guard at(.USING), peek().kind == .leftParen else { return nil }
        advance()
        return .using(try parenthesized("a column name") { parser throws(SQLError) in try parser.identifier("a column name after USING (") })
    }

    private mutating func tablePrimary() throws(SQLError) -> TableRef {
        let start = token.start
        if let alias = prefixAlias() { return try tableWithPrefix(alias) }
        switch token.kind {
        case .leftParen: return try tableInParentheses(start, lateral: false)
        case .string, .escapeString, .dollarString: if dialect == .duckdb { return try fileTable(start) }
        case .word: if let special = try specialTable(start) { return special }
        default: break
        }
        guard isName(token) else { throw unexpected("a table name after \(previousWord())") }
        let name = try objectName("a table name")
        if at(.leftParen) { return try functionTable(name, start, lateral: false) }
        return try namedTable(name, start)
    }

    /// A table whose alias stood before it.
    private mutating func tableWithPrefix(_ name: Identifier) throws(SQLError) -> TableRef {
        try enter()
        defer { leave() }
        let table = try tablePrimary()
        let alias = TableAlias(name)
        let node: TableNode
        switch table.node {
        case .table(var source):
            source.alias = alias
            node = .table(source)
        case .function(var source):
            source.alias = alias
            node = .function(source)
        case .subquery(let select, _, let lateral, let sample): node = .subquery(select, alias: alias, lateral: lateral, sample: sample)
        case .file(let file, _): node = .file(file, alias: alias)
        case .nested(let tables, _): node = .nested(tables, alias: alias)
        case .join: node = .nested([table], alias: alias)
        }
        return TableRef(node, range: name.range.union(table.range))
    }

    /// The word before the next token as an error message names it.
    private func previousWord() -> String {
        guard index > 0 else { return "FROM" }
        let previous = tokens[index - 1]
        return previous.keyword?.rawValue ?? "'\(text(of: previous))'"
    }

    private mutating func specialTable(_ start: UInt32) throws(SQLError) -> TableRef? {
        guard dialect == .duckdb else { return nil }
        switch token.keyword {
        case .LATERAL:
            advance()
            if at(.leftParen) { return try tableInParentheses(start, lateral: true) }
            return try functionTable(try objectName("a table function after LATERAL"), start, lateral: true)
        case .VALUES:
            let select = try query()
            return TableRef(.subquery(select, alias: try tableAlias(), lateral: false, sample: nil), range: range(from: start))
        case .PIVOT, .UNPIVOT, .PIVOT_WIDER, .PIVOT_LONGER: throw unsupported(text(of: token).uppercasedASCII, at: token)
        case .ONLY: // PostgreSQL's ONLY changes nothing where there is no inheritance.
            advance()
            return nil
        default: return nil
        }
    }

    private mutating func tableInParentheses(_ start: UInt32, lateral: Bool) throws(SQLError) -> TableRef {
        if parenStartsQuery(0) {
            let select = try parenthesizedQuery()
            let alias = try tableAlias()
            let sample = try tableSample()
            try refusePivot()
            return TableRef(.subquery(select, alias: alias, lateral: lateral, sample: sample), range: range(from: start))
        }
        advance()
        let tables = try fromClause()
        try expect(.rightParen, "',', JOIN or ')' after a table")
        return TableRef(.nested(tables, alias: try tableAlias()), range: range(from: start))
    }

    private mutating func fileTable(_ start: UInt32) throws(SQLError) -> TableRef {
        let file = try string("a file name")
        return TableRef(.file(file, alias: try tableAlias()), range: range(from: start))
    }

    private mutating func functionTable(_ name: ObjectName, _ start: UInt32, lateral: Bool) throws(SQLError) -> TableRef {
        var source = FunctionSource(try functionCallBody(name))
        source.lateral = lateral
        if dialect == .duckdb, accept(.WITH, .ORDINALITY) { source.withOrdinality = true }
        source.alias = try tableAlias()
        source.sample = try tableSample()
        try refusePivot()
        return TableRef(.function(source), range: range(from: start))
    }

    private mutating func namedTable(_ name: ObjectName, _ start: UInt32) throws(SQLError) -> TableRef {
        var source = TableSource(name)
        source.moment = try moment()
        source.alias = try tableAlias()
        if source.moment == nil { source.moment = try moment() }
        source.indexHint = try indexHint()
        source.sample = try tableSample()
        try refusePivot()
        return TableRef(.table(source), range: range(from: start))
    }

    private func refusePivot() throws(SQLError) {
        if at(.PIVOT) || at(.UNPIVOT), dialect == .duckdb { throw unsupported(text(of: token).uppercasedASCII, at: token) }
    }

    private mutating func tableAlias() throws(SQLError) -> TableAlias? {
        let name: Identifier
        if accept(.AS) { name = try identifier("a name after AS") } else if let bare = bareAlias() { name = bare } else { return nil }
        var alias = TableAlias(name)
        if at(.leftParen), dialect == .duckdb {
            alias.columns = try parenthesized("a column name") { parser throws(SQLError) in try parser.identifier("a column name") }
        }
        return alias
    }

    /// `AT (VERSION => n)`, `AT (TIMESTAMP => e)`
    private mutating func moment() throws(SQLError) -> Moment? {
        guard at(.AT), peek().kind == .leftParen, peek(2).keyword == .VERSION || peek(2).keyword == .TIMESTAMP else { return nil }
        advance()
        advance()
        let isVersion = at(.VERSION)
        advance()
        guard at(.fatArrow) || at(.assign) else { throw unexpected("'=>' after \(isVersion ? "VERSION" : "TIMESTAMP")") }
        advance()
        let value = try expression()
        try expect(.rightParen, "')'")
        return isVersion ? .version(value) : .timestamp(value)
    }

    mutating func indexHint() throws(SQLError) -> IndexHint? {
        if accept(.INDEXED, .BY) { return .indexed(by: try identifier("an index name after INDEXED BY")) }
        return accept(.NOT, .INDEXED) ? .notIndexed : nil
    }

    // MARK: Samples

    private mutating func tableSample() throws(SQLError) -> Sample? {
        guard dialect == .duckdb, accept(.TABLESAMPLE) else { return nil }
        return try sample()
    }

    /// `10%`, `10 PERCENT (bernoulli, 42)`, `reservoir(50 ROWS) REPEATABLE (42)`; the introducing words have been read.
    mutating func sample() throws(SQLError) -> Sample {
        let start = token.start
        var sample = Sample(size: .null, isPercent: false)
        if token.kind == .word || token.kind == .quotedIdentifier, peek().kind == .leftParen {
            sample.method = takeIdentifier()
            advance()
            try sampleSize(&sample)
            try expect(.rightParen, "')'")
        } else if accept(.leftParen) {
            try sampleSize(&sample)
            try expect(.rightParen, "')'")
        } else {
            try sampleSize(&sample)
            if at(.leftParen), peek().kind == .word {
                advance()
                sample.method = takeIdentifier()
                if accept(.comma) { sample.seed = try signedInteger("a seed") }
                try expect(.rightParen, "')'")
            }
        }
        if accept(.REPEATABLE) {
            try expect(.leftParen, "'('")
            sample.seed = try signedInteger("a seed")
            try expect(.rightParen, "')'")
        }
        sample.range = range(from: start)
        return sample
    }

    private mutating func sampleSize(_ sample: inout Sample) throws(SQLError) {
        sample.size = try prefix()
        if at(.percent) || at(.PERCENT) {
            advance()
            sample.isPercent = true
        } else {
            _ = accept(.ROWS)
        }
    }
}
