// CREATE.
extension Parser {
    /// What may stand between CREATE and the kind of thing.
    private struct Modifiers {
        var orReplace = false
        var isTemporary = false
    }

    mutating func create() throws(SQLError) -> StatementNode {
        let start = token
        advance()
        var modifiers = Modifiers()
        if accept(.OR) {
            try expect(.REPLACE, after: "CREATE OR")
            modifiers.orReplace = true
        }
        if at(.LOCAL) || at(.GLOBAL), peek().keyword == .TEMP || peek().keyword == .TEMPORARY { advance() }
        if at(.TEMP) || at(.TEMPORARY) {
            advance()
            modifiers.isTemporary = true
        }
        _ = accept(.UNLOGGED)
        switch token.keyword {
        case .TABLE: return try createTable(modifiers.isTemporary, modifiers.orReplace)
        case .VIEW: return .createView(try createView(modifiers))
        case .UNIQUE, .INDEX: return .createIndex(try createIndex())
        case .TRIGGER: return .createTrigger(try createTrigger(modifiers.isTemporary))
        case .SCHEMA: return .createSchema(try createSchema(modifiers))
        case .SEQUENCE: return .createSequence(try createSequence(modifiers))
        case .TYPE: return .createType(try createType())
        case .BRANCH: return .branch(.create(try createBranch()))
        case .VIRTUAL: return .createVirtualTable(try createVirtualTable())
        case .MATERIALIZED: throw unsupported("CREATE MATERIALIZED VIEW", at: token, hint: "use CREATE TABLE … AS SELECT")
        case .RECURSIVE: throw unsupported("CREATE RECURSIVE VIEW", at: token, hint: "use CREATE VIEW … AS WITH RECURSIVE")
        case .DATABASE: return .branch(try createDatabase())
        case .MACRO, .FUNCTION, .SECRET: throw unsupported("CREATE \(text(of: token).uppercasedASCII)", at: token)
        default: break
        }
        if isWord("extension"), dialect == .duckdb, index > 0, tokenAt(index - 1).keyword == .CREATE { return try acceptedStatement(back: 1) }
        if at(.CONSTRAINT), peek().keyword == .TRIGGER { throw unsupported("CREATE CONSTRAINT TRIGGER", at: start) }
        for kind in ["rule", "publication", "subscription", "language", "cast", "event", "statistics", "foreign", "group", "tablespace", "text", "extension", "role", "user", "domain", "server", "policy", "aggregate", "operator", "collation", "procedure"] where isWord(kind) {
            throw unsupported("CREATE \(kind.uppercasedASCII)", at: start)
        }
        throw unexpected("TABLE, VIEW, INDEX, TRIGGER, SCHEMA, SEQUENCE, TYPE or BRANCH after CREATE")
    }

    // MARK: Views, schemas, sequences, types

    private mutating func createView(_ modifiers: Modifiers) throws(SQLError) -> CreateView {
        advance()
        let ifNotExists = acceptIfNotExists()
        let name = try objectName("a view name after CREATE VIEW")
        let columns = try optionalColumnList()
        try expect(.AS, after: "the view's name")
        var view = CreateView(name: name, columns: columns, select: try query())
        view.isTemporary = modifiers.isTemporary
        view.orReplace = modifiers.orReplace
        view.ifNotExists = ifNotExists
        return view
    }

    private mutating func createSchema(_ modifiers: Modifiers) throws(SQLError) -> CreateSchema {
        advance()
        let ifNotExists = acceptIfNotExists()
        var schema = CreateSchema(name: try objectName("a schema name after CREATE SCHEMA"))
        schema.ifNotExists = ifNotExists
        schema.orReplace = modifiers.orReplace
        return schema
    }

    private mutating func createSequence(_ modifiers: Modifiers) throws(SQLError) -> CreateSequence {
        advance()
        let ifNotExists = acceptIfNotExists()
        var sequence = CreateSequence(name: try objectName("a sequence name after CREATE SEQUENCE"), options: [])
        sequence.ifNotExists = ifNotExists
        sequence.isTemporary = modifiers.isTemporary
        sequence.orReplace = modifiers.orReplace
        sequence.options = try sequenceOptions()
        return sequence
    }

    private mutating func createType() throws(SQLError) -> CreateType {
        advance()
        let ifNotExists = acceptIfNotExists()
        let name = try objectName("a type name after CREATE TYPE")
        try expect(.AS, after: "the type's name")
        let definition: CreateType.Definition
        if at(.ENUM), peek().kind == .leftParen {
            advance()
            if parenStartsQuery(0) { throw unsupported("ENUM of a query", at: token) }
            definition = .enumeration(try parenthesized("a value of the type") { parser throws(SQLError) in try parser.string("a string") })
        } else {
            definition = .alias(try typeName())
        }
        return CreateType(ifNotExists: ifNotExists, name: name, definition: definition)
    }

    // MARK: Indexes

    private mutating func createIndex() throws(SQLError) -> CreateIndex {
        let isUnique = accept(.UNIQUE)
        try expect(.INDEX, after: "CREATE UNIQUE")
        _ = acceptWord("concurrently")
        let ifNotExists = acceptIfNotExists()
        let name = at(.ON) ? nil : try objectName("an index name after CREATE INDEX")
        try expect(.ON, after: "the index name")
        _ = accept(.ONLY)
        let table = try objectName("a table name after ON")
        let method = accept(.USING) ? try identifier("an index method after USING") : nil
        let columns = try parenthesized("a column of the index") { parser throws(SQLError) in try parser.indexedColumn(takesClass: parser.dialect == .duckdb) }
        var index = CreateIndex(name: name, table: table, columns: columns)
        index.isUnique = isUnique
        index.ifNotExists = ifNotExists
        index.method = method
        // Columns that are only carried along: SQLite finds them by the row.
        if acceptWord("include") { _ = try optionalColumnList() }
        if acceptWord("nulls") || accept(.NULLS) {
            let isNot = accept(.NOT)
            guard accept(.DISTINCT) else { throw unexpected("DISTINCT after NULLS") }
            if isNot { throw unsupported("NULLS NOT DISTINCT", at: token) }
        }
        if at(.WITH), peek().kind == .leftParen {
            advance()
            try skipParentheses()
        }
        if acceptWord("tablespace") { _ = try identifier("a name after TABLESPACE") }
        if accept(.WHERE) { index.filter = try expression() }
        return index
    }

    /// A column or expression with an order, as indexes, keys and conflict targets have them.
    /// - Parameter takesClass: whether PostgreSQL's operator class (`text_pattern_ops`) may stand behind it.
    mutating func indexedColumn(takesClass: Bool = false) throws(SQLError) -> IndexedColumn {
        var column = IndexedColumn(try expression())
        if takesClass, token.kind == .word, text(of: token).hasSuffix("_ops") {
            advance()
        }
        column.direction = direction()
        column.nulls = try nullsOrder()
        return column
    }

    // MARK: Triggers

    private mutating func createTrigger(_ isTemporary: Bool) throws(SQLError) -> CreateTrigger {
        advance()
        let ifNotExists = acceptIfNotExists()
        let name = try objectName("a trigger name after CREATE TRIGGER")
        var timing: CreateTrigger.Timing?
        if accept(.BEFORE) { timing = .before } else if accept(.AFTER) { timing = .after } else if accept(.INSTEAD) {
            try expect(.OF, after: "INSTEAD")
            timing = .insteadOf
        }
        let event: CreateTrigger.Event
        if accept(.DELETE) { event = .delete } else if accept(.INSERT) { event = .insert } else if accept(.UPDATE) {
            event = .update(of: accept(.OF) ? try list { parser throws(SQLError) in try parser.identifier("a column name") } : [])
        } else {
            throw unexpected("DELETE, INSERT or UPDATE in the trigger")
        }
        try expect(.ON, after: "the trigger's event")
        var trigger = CreateTrigger(name: name, event: event, table: try objectName("a table name after ON"), body: [])
        trigger.isTemporary = isTemporary
        trigger.ifNotExists = ifNotExists
        trigger.timing = timing
        if accept(.FOR) {
            try expect(.EACH, after: "FOR")
            if isWord("statement") { throw unsupported("FOR EACH STATEMENT", at: token) }
            try expect(.ROW, after: "FOR EACH")
            trigger.forEachRow = true
        }
        if accept(.WHEN) { trigger.condition = try expression() }
        if acceptWord("execute") || at(.EXECUTE) { throw unsupported("EXECUTE FUNCTION in a trigger", at: token, hint: "write the statements between BEGIN and END") }
        try expect(.BEGIN, after: "the trigger's head")
        while !at(.END) {
            trigger.body.append(try triggerStatement())
            try expect(.semicolon, "';' after a statement of the trigger")
        }
        advance()
        if trigger.body.isEmpty { throw malformed("a trigger needs at least one statement", at: token) }
        return trigger
    }

    private mutating func triggerStatement() throws(SQLError) -> Statement {
        switch token.keyword {
        case .INSERT, .REPLACE, .UPDATE, .DELETE, .SELECT, .VALUES, .WITH: return try statement()
        default: throw unexpected("INSERT, UPDATE, DELETE, SELECT or END in the trigger")
        }
    }

    // MARK: Virtual tables

    private mutating func createVirtualTable() throws(SQLError) -> CreateVirtualTable {
        advance()
        try expect(.TABLE, after: "CREATE VIRTUAL")
        let ifNotExists = acceptIfNotExists()
        let name = try objectName("a table name")
        try expect(.USING, after: "the table's name")
        let module = try identifier("a module name after USING")
        var table = CreateVirtualTable(name: name, module: module, arguments: nil)
        table.ifNotExists = ifNotExists
        if at(.leftParen) { table.arguments = try moduleArguments() }
        return table
    }

    /// The raw text of each argument between the module's parentheses.
    private mutating func moduleArguments() throws(SQLError) -> [String] {
        advance()
        var arguments: [String] = []
        var start = token.start, depth = 0
        func cut() -> String { slice(start, previousEnd > start ? previousEnd : start) }
        while true {
            switch token.kind {
            case .leftParen: depth += 1
            case .rightParen:
                if depth == 0 {
                    let last = cut()
                    if !last.isEmpty || !arguments.isEmpty { arguments.append(last) }
                    advance()
                    return arguments
                }
                depth -= 1
            case .comma where depth == 0:
                arguments.append(cut())
                advance()
                start = token.start
                continue
            case .end, .invalid, .semicolon: throw unexpected("')' after the module's arguments")
            default: break
            }
            advance()
        }
    }
}
