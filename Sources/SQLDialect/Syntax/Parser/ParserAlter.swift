// DROP, ALTER, COMMENT ON.
extension Parser {
    mutating func dropBehaviour() -> Drop.Behaviour? {
        if accept(.CASCADE) { return .cascade }
        return accept(.RESTRICT) ? .restrict : nil
    }

    mutating func drop() throws(SQLError) -> StatementNode {
        let start = token
        advance()
        if at(.BRANCH) { return .branch(try dropBranch()) }
        if at(.DATABASE) { return .branch(try dropDatabase()) }
        if at(.MATERIALIZED) { throw unsupported("DROP MATERIALIZED VIEW", at: start) }
        for word in ["extension", "role", "user", "owned", "domain", "policy", "rule", "procedure", "aggregate", "operator", "collation", "database", "server", "publication"]
        where isWord(word) {
            if word == "extension", dialect == .duckdb { return try acceptedStatement(back: 1) }
            throw unsupported("DROP \(word.uppercasedASCII)", at: start)
        }
        guard var kind = token.keyword.flatMap({ Drop.Kind(rawValue: $0.rawValue) }) else {
            throw unexpected("TABLE, VIEW, INDEX, TRIGGER, SCHEMA, SEQUENCE, TYPE or BRANCH after DROP")
        }
        advance()
        if kind == .macro, accept(.TABLE) { kind = .macroTable }
        if kind == .index { _ = acceptWord("concurrently") }
        let ifExists = acceptIfExists()
        let what = "the name of the \(foldedASCII(kind.rawValue)) to drop"
        let names = try list { parser throws(SQLError) in try parser.objectName(what) }
        if kind == .trigger, at(.ON) { throw unsupported("DROP TRIGGER … ON", at: token, hint: "the trigger's name is enough") }
        return .drop(Drop(kind: kind, ifExists: ifExists, names: names, behaviour: dropBehaviour()))
    }

    mutating func alter() throws(SQLError) -> StatementNode {
        let start = token
        advance()
        if at(.BRANCH) { return .branch(try alterBranch()) }
        if at(.DATABASE), peek(2).keyword == .RENAME { return .branch(try alterDatabase()) }
        if let accepted = try acceptedAlter() { return accepted }
        guard let kind = token.keyword.flatMap({ AlterTable.Kind(rawValue: $0.rawValue) }) else {
            for word in ["role", "user", "type", "system", "default", "extension", "function", "schema"] where isWord(word) || text(of: token).uppercasedASCII == word.uppercasedASCII {
                throw unsupported("ALTER \(word.uppercasedASCII)", at: start)
            }
            throw unexpected("TABLE, VIEW or BRANCH after ALTER")
        }
        advance()
        let ifExists = acceptIfExists()
        if accept(.ONLY) { /* PostgreSQL's; nothing inherits here */ }
        let name = try objectName("the name of the \(foldedASCII(kind.rawValue)) to alter")
        _ = accept(.star)
        let actions = kind == .sequence ? [try alterSequenceAction()] : try list { parser throws(SQLError) in try parser.alterAction() }
        return .alterTable(AlterTable(kind: kind, ifExists: ifExists, name: name, actions: actions))
    }

    private mutating func alterAction() throws(SQLError) -> AlterTable.Action {
        switch token.keyword {
        case .RENAME: return try renameAction()
        case .ADD: return try addAction()
        case .DROP: return try dropAction()
        case .ALTER:
            advance()
            _ = accept(.COLUMN)
            return try alterColumn()
        case .SET:
            if let accepted = try acceptedAction() { return accepted }
            advance()
            try expect(.SCHEMA, after: "SET")
            return .setSchema(try identifier("a schema name"))
        default:
            if let action = try acceptedAction() { return action }
            throw unexpected("RENAME, ADD, DROP or ALTER")
        }
    }

    private mutating func renameAction() throws(SQLError) -> AlterTable.Action {
        advance()
        if accept(.TO) { return .renameTable(try identifier("the new name after TO")) }
        if accept(.CONSTRAINT) {
            let name = try identifier("a constraint name")
            try expect(.TO, after: "the constraint's name")
            return .renameConstraint(name, to: try identifier("the new name after TO"))
        }
        if at(.COLUMN), peek().keyword != .TO { advance() }
        let column = try identifier("a column name")
        try expect(.TO, after: "the column's name")
        return .renameColumn(column, to: try identifier("the new name after TO"))
    }

    private mutating func addAction() throws(SQLError) -> AlterTable.Action {
        advance()
        if let constraint = try tableConstraint() {
            // Rows that are there are checked at once: NOT VALID can be promised and kept.
            if accept(.NOT) { guard acceptWord("valid") else { throw unexpected("VALID after NOT") } }
            return .addConstraint(constraint)
        }
        _ = accept(.COLUMN)
        let ifNotExists = acceptIfNotExists()
        return .addColumn(try columnDefinition(), ifNotExists: ifNotExists)
    }

    private mutating func dropAction() throws(SQLError) -> AlterTable.Action {
        advance()
        if accept(.CONSTRAINT) {
            let ifExists = acceptIfExists()
            let name = try identifier("a constraint name")
            return .dropConstraint(name, ifExists: ifExists, behaviour: dropBehaviour())
        }
        if at(.COLUMN), peek().kind != .end, peek().kind != .semicolon { advance() }
        let ifExists = acceptIfExists()
        let name = try identifier("the column to drop")
        return .dropColumn(name, ifExists: ifExists, behaviour: dropBehaviour())
    }

    private mutating func alterColumn() throws(SQLError) -> AlterTable.Action {
        let column = try identifier("a column name after ALTER COLUMN")
        if let action = try identityAction(column) { return action }
        if accept(.DROP) {
            if accept(.DEFAULT) { return .dropDefault(column) }
            try expect(.NOT, after: "DROP")
            try expect(.NULL, after: "DROP NOT")
            return .dropNotNull(column)
        }
        if accept(.SET) {
            if accept(.DEFAULT) { return .setDefault(column, try expression()) }
            if accept(.NOT) {
                try expect(.NULL, after: "SET NOT")
                return .setNotNull(column)
            }
            if accept(.DATA), !at(.TYPE) { throw unexpected("TYPE after SET DATA") }
        }
        try expect(.TYPE, after: "the column's name")
        let type = at(.USING) ? nil : try typeName()
        if accept(.COLLATE) {
            let collation = try objectName("a collation name after COLLATE")
            guard ["default", "c", "posix", "binary"].contains(collation.name.key) else { throw unsupported("COLLATE in ALTER COLUMN", at: token) }
        }
        return .setType(column, type, using: accept(.USING) ? try expression() : nil)
    }

    mutating func comment() throws(SQLError) -> StatementNode {
        advance()
        try expect(.ON, after: "COMMENT")
        let subject: Comment.Subject
        if accept(.COLUMN) { subject = .column(try columnReference("a column name")) } else {
            guard token.kind == .word else { throw unexpected("TABLE, COLUMN or another kind of object after COMMENT ON") }
            let kind = text(of: token).uppercasedASCII
            advance()
            if kind == "MATERIALIZED" { throw unsupported("COMMENT ON MATERIALIZED VIEW", at: token) }
            let name = try objectName("a name")
            // A constraint, trigger or rule stands ON its table; a function has its arguments.
            if accept(.ON) {
                _ = acceptWord("domain")
                _ = try objectName("a table name after ON")
            } else if at(.leftParen) {
                try skipParentheses()
            }
            subject = .object(kind: kind, name)
        }
        try expect(.IS, after: "the name")
        let text: String? = accept(.NULL) ? nil : try string("a string or NULL")
        return .comment(Comment(subject: subject, text: text))
    }
}
