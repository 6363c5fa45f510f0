// Statements about the session, about files, and for looking at things.
extension Parser {
    /// The statement that a keyword begins, or nil when it begins none.
    mutating func utility(_ keyword: Keyword) throws(SQLError) -> StatementNode? {
        switch keyword {
        case .SET: return try set()
        case .RESET: return try reset()
        case .SHOW: return try show()
        case .USE: return try use()
        case .PRAGMA: return .pragma(try pragma())
        case .EXPLAIN: return .explain(try explain())
        case .DESCRIBE, .DESC, .SUMMARIZE: return .describe(try describe())
        case .COMMENT: return try comment()
        case .ANALYZE, .ANALYSE, .REINDEX, .CHECKPOINT, .FORCE: return try upkeep(keyword)
        case .VACUUM: return .vacuum(try vacuum())
        case .ATTACH: return .attach(try attach())
        case .DETACH: return .detach(try detach())
        case .COPY: return .copy(try copy())
        case .CALL:
            advance()
            return .call(try functionCallBody(try objectName("a function name after CALL")))
        case .PREPARE, .EXECUTE, .DEALLOCATE: return try prepared(keyword)
        case .DISCARD: return try discard()
        default: return try namedUtility(keyword)
        }
    }

    /// Statements that carry a name only, and those refused by name.
    private mutating func namedUtility(_ keyword: Keyword) throws(SQLError) -> StatementNode? {
        if let accepted = try acceptedVerb() { return accepted }
        switch keyword {
        case .DECLARE, .FETCH, .MOVE, .CLOSE: return .cursor(try cursorStatement(keyword))
        case .LISTEN, .NOTIFY, .UNLISTEN, .LOAD, .INSTALL:
            let start = token
            advance()
            if keyword == .LOAD || keyword == .INSTALL, isString(token) { return .session(verb: keyword.rawValue, name: Identifier(try string("a name"), quoted: true)) }
            if accept(.star) || accept(.ALL) { return .session(verb: keyword.rawValue, name: nil) }
            let name = try identifier("a name after \(keyword.rawValue)")
            // The payload of NOTIFY and the source of INSTALL are of no interest to a statement that is refused.
            if !at(.end), !at(.semicolon) { throw unsupported("\(keyword.rawValue) with more than a name", at: start) }
            return .session(verb: keyword.rawValue, name: name)
        case .PIVOT, .UNPIVOT, .PIVOT_WIDER, .PIVOT_LONGER, .GRANT, .REVOKE, .LOCK, .DO, .EXPORT, .IMPORT, .REFRESH, .REASSIGN, .SECURITY, .KILL:
            throw unsupported(keyword.rawValue, at: token)
        default: return nil
        }
    }

    // MARK: SET, RESET, SHOW, USE

    private mutating func scope() -> SetStatement.Scope? {
        guard let scope = token.keyword.flatMap({ SetStatement.Scope(rawValue: $0.rawValue) }) else { return nil }
        // `SET session = 1` sets something of that name.
        guard peek().kind == .word || peek().kind == .quotedIdentifier, peek().keyword != .TO else { return nil }
        advance()
        return scope
    }

    private mutating func settingName() throws(SQLError) -> [Identifier] {
        var name = [try label("the name of a setting")]
        while accept(.dot) { name.append(try label("a name after '.'")) }
        return name
    }

    private mutating func set() throws(SQLError) -> StatementNode {
        advance()
        if isWord("constraints"), dialect == .duckdb, peek().kind != .equal, peek().keyword != .TO { return try acceptedStatement(back: 1, verb: "SET CONSTRAINTS") }
        let scope = scope()
        if at(.TRANSACTION), peek().keyword == .ISOLATION || peek().keyword == .READ || peek().keyword == .NOT || peek().keyword == .DEFERRABLE {
            advance()
            return .transaction(.setCharacteristics(try characteristics(), session: false))
        }
        if at(.CHARACTERISTICS) {
            advance()
            try expect(.AS, after: "CHARACTERISTICS")
            try expect(.TRANSACTION, after: "AS")
            return .transaction(.setCharacteristics(try characteristics(), session: true))
        }
        if accept(.TIME, .ZONE) {
            if at(.LOCAL) || at(.DEFAULT) {
                advance()
                return .set(SetStatement(scope: scope, name: ["timezone"], values: []))
            }
            return .set(SetStatement(scope: scope, name: ["timezone"], values: [try settingValue()]))
        }
        if at(.NAMES), isString(peek()) || peek().keyword == .DEFAULT || peek().kind == .word {
            advance()
            return .set(SetStatement(scope: scope, name: ["client_encoding"], values: accept(.DEFAULT) ? [] : [try settingValue()]))
        }
        let name = try settingName()
        guard accept(.equal) || accept(.TO) else { throw unexpected("'=' or TO after the name of the setting") }
        if name.count == 1, name[0].matches("branch"), scope != .variable, !at(.DEFAULT) { return .branch(.use(try branchName("a branch name"))) }
        if at(.DEFAULT), peek().kind == .end || peek().kind == .semicolon {
            advance()
            return .set(SetStatement(scope: scope, name: name, values: []))
        }
        return .set(SetStatement(scope: scope, name: name, values: try list { parser throws(SQLError) in try parser.settingValue() }))
    }

    /// A value of a setting: a bare word, whatever it is reserved for, or an expression.
    private mutating func settingValue() throws(SQLError) -> Expr {
        if let word = bareWord() { return word }
        return try expression()
    }

    /// A word that stands alone, as a column.
    private mutating func bareWord() -> Expr? {
        guard token.kind == .word, !at(.TRUE), !at(.FALSE), !at(.NULL) else { return nil }
        switch peek().kind {
        case .end, .semicolon, .comma, .rightParen:
            let range = token.range
            return Expr(.column(ColumnReference(takeIdentifier())), range: range)
        default: return nil
        }
    }

    private mutating func reset() throws(SQLError) -> StatementNode {
        if peek().keyword == .BRANCH, peek(2).kind != .end, peek(2).kind != .semicolon { return .branch(try resetBranch()) }
        advance()
        let scope = scope()
        if accept(.ALL) { return .reset(ResetStatement(scope: scope, name: nil)) }
        if accept(.TIME, .ZONE) { return .reset(ResetStatement(scope: scope, name: ["timezone"])) }
        return .reset(ResetStatement(scope: scope, name: try settingName()))
    }

    private mutating func show() throws(SQLError) -> StatementNode {
        advance()
        let ends = peek().kind == .end || peek().kind == .semicolon || peek().kind == .rightParen
        switch token.keyword {
        case .BRANCHES where ends:
            advance()
            return .branch(.list)
        case .BRANCH where ends:
            advance()
            return .branch(.current)
        case .ALL:
            advance()
            return .show(accept(.TABLES) ? .allTables : .allSettings)
        case .TABLES where ends || peek().keyword == .FROM:
            advance()
            return .show(.tables(from: accept(.FROM) ? try objectName("a schema name after FROM") : nil))
        case .SCHEMAS where ends:
            advance()
            return .show(.schemas)
        case .DATABASES where ends:
            advance()
            return .show(.databases)
        case .TIME where peek().keyword == .ZONE:
            advance()
            advance()
            return .show(.name(["timezone"]))
        case .TRANSACTION where peek().keyword == .ISOLATION:
            for _ in 0 ..< 3 { advance() }
            return .show(.name(["transaction_isolation"]))
        case .CREATE: throw unsupported("SHOW CREATE", at: token)
        default: return .show(.name(try settingName()))
        }
    }

    private mutating func use() throws(SQLError) -> StatementNode {
        advance()
        if at(.BRANCH), peek().kind != .end, peek().kind != .semicolon, peek().kind != .dot {
            advance()
            return .branch(.use(try branchName("a branch name after USE BRANCH")))
        }
        if isString(token) {
            let range = token.range
            return .use(ObjectName(Identifier(try string("a name"), quoted: true, range: range)))
        }
        return .use(try objectName("a name after USE"))
    }

    private mutating func discard() throws(SQLError) -> StatementNode {
        advance()
        let word = text(of: token).uppercasedASCII
        switch word {
        case "ALL", "PLANS", "TEMP", "TEMPORARY", "SEQUENCES":
            advance()
            return .discard(word == "TEMPORARY" ? "TEMP" : word)
        default: throw unexpected("ALL, PLANS, TEMP or SEQUENCES after DISCARD")
        }
    }

    // MARK: PRAGMA

    private mutating func pragma() throws(SQLError) -> Pragma {
        advance()
        let first = try label("the name of a pragma")
        var pragma = accept(.dot) ? Pragma(schema: first, name: try label("the name of a pragma")) : Pragma(schema: nil, name: first)
        if accept(.equal) {
            pragma.form = .assignment
            pragma.arguments = [try settingValue()]
        } else if accept(.leftParen) {
            pragma.form = .call
            if !at(.rightParen) { pragma.arguments = try list { parser throws(SQLError) in try parser.settingValue() } }
            try expect(.rightParen, "')'")
        }
        return pragma
    }

    // MARK: Prepared statements

    private mutating func prepared(_ keyword: Keyword) throws(SQLError) -> StatementNode {
        advance()
        switch keyword {
        case .PREPARE:
            let name = try identifier("a name after PREPARE")
            var types: [TypeName] = []
            if at(.leftParen) { types = try parenthesized("a type") { parser throws(SQLError) in try parser.typeName() } }
            try expect(.AS, after: "the name of the prepared statement")
            if at(.EXPLAIN) || at(.PREPARE) { throw unexpected("a statement to prepare") }
            return .prepare(Prepare(name: name, types: types, statement: try statement()))
        case .EXECUTE:
            let name = try identifier("a name after EXECUTE")
            guard at(.leftParen) else { return .execute(Execute(name: name, arguments: [])) }
            if peek().kind == .rightParen {
                advance()
                advance()
                return .execute(Execute(name: name, arguments: []))
            }
            let arguments = try parenthesized("an argument") { parser throws(SQLError) in
                if parser.token.kind == .word || parser.token.kind == .quotedIdentifier, parser.peek().kind == .assign || parser.peek().kind == .fatArrow {
                    let name = parser.takeIdentifier()
                    parser.advance()
                    return FunctionArgument(name: name, value: try parser.expression())
                }
                return FunctionArgument(name: nil, value: try parser.expression())
            }
            return .execute(Execute(name: name, arguments: arguments))
        default:
            if at(.PREPARE), peek().kind != .end, peek().kind != .semicolon { advance() }
            return .deallocate(accept(.ALL) ? nil : try identifier("a name or ALL after DEALLOCATE"))
        }
    }

    // MARK: EXPLAIN, DESCRIBE

    private mutating func explain() throws(SQLError) -> Explain {
        advance()
        var mode = Explain.Mode.explain
        var options: [CopyOption] = []
        if accept(.QUERY) {
            try expect(.PLAN, after: "EXPLAIN QUERY")
            mode = .queryPlan
        } else if at(.ANALYZE) || at(.ANALYSE), dialect == .duckdb {
            advance()
            mode = .analyze
        }
        if acceptWord("verbose") { options.append(CopyOption(name: "VERBOSE", values: [])) }
        if at(.leftParen), !parenStartsQuery(0) {
            options += try self.options()
            if let position = options.firstIndex(where: { $0.name.matches("analyze") }) {
                options.remove(at: position)
                mode = .analyze
            }
        }
        if at(.EXPLAIN) || at(.PREPARE) { throw unexpected("a statement to explain") }
        return Explain(mode: mode, options: options, statement: try statement())
    }

    private mutating func describe() throws(SQLError) -> Describe {
        let verb: Describe.Verb = at(.SUMMARIZE) ? .summarize : .describe
        advance()
        if at(.TABLE), isName(peek()) { advance() }
        let subject: Describe.Subject
        if at(.end) || at(.semicolon) || at(.rightParen) { subject = .everything } else if startsQuery(token) || (at(.leftParen) && parenStartsQuery(0)) {
            subject = .query(try query())
        } else if isString(token) {
            subject = .file(try string("a file name"))
        } else {
            subject = .table(try objectName("a table name or a query after \(verb.rawValue)"))
        }
        return Describe(verb: verb, subject: subject)
    }

    // MARK: Upkeep

    private mutating func upkeep(_ keyword: Keyword) throws(SQLError) -> StatementNode? {
        if keyword == .FORCE {
            guard peek().keyword == .CHECKPOINT else { return nil }
            advance()
        }
        advance()
        if keyword == .ANALYZE || keyword == .ANALYSE { _ = acceptWord("verbose") }
        let name = at(.end) || at(.semicolon) ? nil : try objectName("a name after \(keyword.rawValue)")
        switch keyword {
        case .ANALYZE, .ANALYSE:
            if at(.leftParen), dialect == .duckdb { try skipParentheses() }
            return .analyze(name)
        case .REINDEX: return .reindex(name)
        default: return .checkpoint(name)
        }
    }

    private mutating func vacuum() throws(SQLError) -> Vacuum {
        advance()
        var vacuum = Vacuum()
        while at(.FULL) || at(.ANALYZE) || isWord("verbose") || isWord("freeze") {
            vacuum.options.append(text(of: token).uppercasedASCII)
            advance()
        }
        if at(.leftParen), dialect == .duckdb { try skipParentheses() }
        if isName(token) { vacuum.schema = takeIdentifier() }
        if dialect == .duckdb {
            // Tables are of no matter: the whole store is gone through.
            while accept(.dot) || accept(.comma) { _ = try identifier("a table name") }
            if at(.leftParen) { try skipParentheses() }
        }
        if accept(.INTO) { vacuum.into = try expression() }
        return vacuum
    }

    private mutating func attach() throws(SQLError) -> Attach {
        advance()
        if at(.DATABASE), peek().keyword != .AS { advance() }
        let ifNotExists = acceptIfNotExists()
        var attach = Attach(file: try expression())
        attach.ifNotExists = ifNotExists
        // A name and its options would read as a call.
        if accept(.AS) { attach.alias = try isName(token) && peek().kind == .leftParen ? plainName() : expression() }
        if at(.leftParen) { attach.options = try options() }
        return attach
    }

    private mutating func plainName() throws(SQLError) -> Expr {
        let name = try identifier("a name after AS")
        return Expr(.column(ColumnReference(name)), range: name.range)
    }

    private mutating func detach() throws(SQLError) -> Detach {
        advance()
        if at(.DATABASE), peek().kind != .end, peek().kind != .semicolon { advance() }
        let ifExists = acceptIfExists()
        return Detach(ifExists: ifExists, name: try expression())
    }

    // MARK: COPY

    private mutating func copy() throws(SQLError) -> Copy {
        advance()
        let source: Copy.Source
        if at(.leftParen) {
            source = .query(try parenthesizedQuery())
        } else {
            let name = try objectName("a table name or a query after COPY")
            source = .table(name, columns: try optionalColumnList())
        }
        guard at(.TO) || at(.FROM) else { throw unexpected("TO or FROM after the table") }
        let direction: Copy.Direction = at(.TO) ? .to : .from
        advance()
        var copy = Copy(source: source, direction: direction, endpoint: .standardInput)
        if accept(.STDIN) { copy.endpoint = .standardInput } else if accept(.STDOUT) { copy.endpoint = .standardOutput } else {
            copy.endpoint = .file(try expression())
        }
        let hasWith = accept(.WITH)
        if at(.leftParen) { copy.options = try options() } else { try oldCopyOptions(&copy, required: hasWith) }
        if at(.WHERE) { throw unsupported("WHERE in COPY", at: token) }
        return copy
    }

    /// PostgreSQL's older form without parentheses: `CSV HEADER DELIMITER ';'`.
    private mutating func oldCopyOptions(_ copy: inout Copy, required: Bool) throws(SQLError) {
        while token.kind == .word, !at(.WHERE) {
            let name = takeIdentifier()
            switch name.key {
            case "csv", "binary", "text": copy.options.append(CopyOption(name: "FORMAT", values: [Expr(.column(ColumnReference(name)), range: name.range)]))
            case "header": copy.options.append(CopyOption(name: name, values: []))
            default:
                _ = accept(.AS)
                copy.options.append(CopyOption(name: name, values: [Expr.string(try string("a string after \(name.text)"))]))
            }
        }
    }

    /// Options in parentheses: `(FORMAT csv, HEADER, COLUMNS (a, b), DELIMITER = ';')`.
    private mutating func options() throws(SQLError) -> [CopyOption] {
        try parenthesized("an option") { parser throws(SQLError) in
            let name = try parser.label("the name of an option")
            _ = parser.accept(.equal) || parser.accept(.fatArrow)
            if parser.accept(.star) { return CopyOption(name: name, values: []) }
            if parser.at(.leftParen) {
                return CopyOption(name: name, values: try parser.parenthesized("a value") { inner throws(SQLError) in try inner.settingValue() })
            }
            if parser.at(.comma) || parser.at(.rightParen) { return CopyOption(name: name, values: []) }
            return CopyOption(name: name, values: [try parser.settingValue()])
        }
    }
}
