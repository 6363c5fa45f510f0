// CREATE TABLE: columns and constraints.
extension Parser {
    mutating func createTable(_ isTemporary: Bool, _ orReplace: Bool) throws(SQLError) -> StatementNode {
        advance()
        let ifNotExists = acceptIfNotExists()
        let name = try objectName("a table name after CREATE TABLE")
        var table = CreateTable(name: name, body: .definition([], []))
        table.isTemporary = isTemporary
        table.orReplace = orReplace
        table.ifNotExists = ifNotExists
        if at(.AS) || isColumnListBeforeAs() || (dialect == .duckdb && at(.ON)) {
            let columns = at(.leftParen) ? try optionalColumnList() : []
            if dialect == .duckdb { while try acceptTableOption(&table) {} }
            try expect(.AS, after: "the table's columns")
            let select = try query()
            var withData = true
            if at(.WITH), peek().keyword == .NO || peek().keyword == .DATA {
                advance()
                withData = !accept(.NO)
                try expect(.DATA, after: "WITH NO")
            }
            table.body = .query(columns: columns, select, withData: withData)
        } else {
            guard at(.leftParen) else { throw unexpected("'(' or AS after the table's name") }
            (table.body, table.likes) = try tableDefinition()
            try tableOptions(&table)
        }
        return .createTable(table)
    }

    /// Whether `(a, b) AS` is next.
    private mutating func isColumnListBeforeAs() -> Bool {
        guard at(.leftParen) else { return false }
        var ahead = 1
        while isName(peek(ahead)) {
            switch peek(ahead + 1).kind {
            case .comma: ahead += 2
            case .rightParen: return peek(ahead + 2).keyword == .AS
            default: return false
            }
        }
        return false
    }

    private mutating func tableOptions(_ table: inout CreateTable) throws(SQLError) {
        repeat {
            if at(.WITHOUT) {
                advance()
                guard acceptWord("rowid") else { throw unexpected("ROWID after WITHOUT") }
                table.withoutRowid = true
            } else if accept(.STRICT) {
                table.isStrict = true
            } else if dialect == .duckdb, try acceptTableOption(&table) {
                // Other options follow without a comma.
                while try acceptTableOption(&table) {}
            } else if at(.PARTITION) || at(.WITH) {
                throw unsupported("\(text(of: token).uppercasedASCII) after a table's columns", at: token)
            } else {
                break
            }
        } while accept(.comma)
    }

    private mutating func tableDefinition() throws(SQLError) -> (CreateTable.Body, [TableLike]) {
        advance()
        var columns: [ColumnDefinition] = [], constraints: [TableConstraint] = [], likes: [TableLike] = []
        if at(.rightParen), dialect == .duckdb { throw unsupported("A table without columns", at: token) }
        while true {
            if at(.LIKE), dialect == .duckdb { likes.append(try like(at: columns.count)) } else if let constraint = try tableConstraint() { constraints.append(constraint) } else if constraints.isEmpty || dialect == .duckdb {
                columns.append(try columnDefinition())
            } else {
                throw unexpected("a table constraint")
            }
            // SQLite lets constraints follow each other without a comma.
            if accept(.comma) {
                if at(.rightParen), dialect == .duckdb { break }
                continue
            }
            if at(.rightParen) { break }
            if !startsTableConstraint() || constraints.isEmpty { throw unexpected("',' or ')' after a column") }
        }
        try expect(.rightParen, "')'")
        return (.definition(columns, constraints), likes)
    }

    private mutating func like(at position: Int) throws(SQLError) -> TableLike {
        advance()
        var like = TableLike(table: try objectName("a table name after LIKE"), position: position, including: [])
        while isWord("including") || isWord("excluding") {
            let isIncluded = isWord("including")
            advance()
            let what = text(of: token).uppercasedASCII
            guard ["ALL", "DEFAULTS", "CONSTRAINTS", "INDEXES", "GENERATED", "IDENTITY", "COMMENTS", "STORAGE", "STATISTICS", "COMPRESSION"].contains(what) else {
                throw unexpected("ALL, DEFAULTS, CONSTRAINTS, INDEXES, GENERATED, IDENTITY or COMMENTS")
            }
            advance()
            let names: Set<String> = what == "ALL" ? ["DEFAULTS", "CONSTRAINTS", "INDEXES", "GENERATED", "IDENTITY", "COMMENTS"] : [what]
            if isIncluded { like.including.formUnion(names) } else { like.including.subtract(names) }
        }
        return like
    }

    // MARK: Columns

    mutating func columnDefinition() throws(SQLError) -> ColumnDefinition {
        let name = try identifier("a column name")
        var column = ColumnDefinition(name: name, type: nil, constraints: [])
        if at(.GENERATED), peek().keyword == .ALWAYS || peek().keyword == .BY { /* no type */ } else if startsType(), !startsColumnConstraint() {
            column.type = try typeName()
        }
        while try columnConstraint(&column) {}
        return column
    }

    private func startsColumnConstraint() -> Bool {
        switch token.keyword {
        case .CONSTRAINT, .PRIMARY, .NOT, .NULL, .UNIQUE, .CHECK, .DEFAULT, .COLLATE, .REFERENCES, .AS: true
        default: false
        }
    }

    /// Reads one constraint into the column; false when there is none.
    private mutating func columnConstraint(_ column: inout ColumnDefinition) throws(SQLError) -> Bool {
        let name = accept(.CONSTRAINT) ? try identifier("a constraint name") : nil
        func add(_ kind: ColumnConstraint.Kind) { column.constraints.append(ColumnConstraint(kind, name: name)) }
        switch token.keyword {
        case .PRIMARY:
            advance()
            try expect(.KEY, after: "PRIMARY")
            let direction = direction()
            let conflict = try conflictClause()
            add(.primaryKey(direction: direction, conflict: conflict, autoincrement: accept(.AUTOINCREMENT)))
        case .NOT where peek().keyword == .NULL:
            advance()
            advance()
            add(.notNull(conflict: try conflictClause()))
        case .NULL:
            advance()
            _ = try conflictClause()
            add(.null)
        case .UNIQUE:
            advance()
            add(.unique(conflict: try conflictClause()))
        case .CHECK:
            advance()
            add(.check(try expressionInParentheses("the condition of CHECK")))
        case .DEFAULT:
            advance()
            try defaultValue(&column, name)
        case .COLLATE:
            advance()
            add(.collate(try identifier("a collation name after COLLATE")))
        case .REFERENCES: add(.references(try foreignKey()))
        case .GENERATED, .AS:
            if accept(.GENERATED) {
                if let (always, options) = try identityClause() {
                    if dialect == .sqlite { throw unsupported("an identity column", at: token, hint: "use INTEGER PRIMARY KEY") }
                    add(.identity(always: always, options))
                    return true
                }
                try expect(.ALWAYS, after: "GENERATED")
            }
            try expect(.AS, after: "GENERATED ALWAYS")
            let expr = try expressionInParentheses("the generating expression")
            var storage: GeneratedStorage?
            if accept(.STORED) { storage = .stored } else if accept(.VIRTUAL) { storage = .virtual }
            add(.generated(expr, storage: storage))
        case .USING where dialect == .duckdb:
            // DuckDB's hint about storage, which means nothing here.
            advance()
            guard acceptWord("compression") else { throw unexpected("COMPRESSION after USING") }
            _ = try identifier("a kind of compression")
        default:
            if name == nil { return false }
            // SQLite takes a name without a constraint and forgets it.
            if dialect == .duckdb { throw unexpected("a constraint after its name") }
        }
        return true
    }

    private mutating func defaultValue(_ column: inout ColumnDefinition, _ name: Identifier?) throws(SQLError) {
        let inParentheses = at(.leftParen)
        // Without parentheses no operator that could belong to the next constraint; a COLLATE is one of its own.
        var value = try dialect == .sqlite ? prefix() : expression(Precedence.other)
        if !inParentheses, case .collate(let inner, let collation) = value.node {
            value = inner
            column.constraints.append(ColumnConstraint(.defaultValue(value), name: name))
            column.constraints.append(ColumnConstraint(.collate(collation)))
            return
        }
        column.constraints.append(ColumnConstraint(.defaultValue(value), name: name))
    }

    private mutating func expressionInParentheses(_ what: String) throws(SQLError) -> Expr {
        try expect(.leftParen, "'(' before \(what)")
        let expr = try expression()
        try expect(.rightParen, "')' after \(what)")
        return expr
    }

    /// `ON CONFLICT x` if there is one.
    private mutating func conflictClause() throws(SQLError) -> ConflictResolution? {
        guard at(.ON), peek().keyword == .CONFLICT else { return nil }
        advance()
        advance()
        return try conflictResolution("ON CONFLICT")
    }

    // MARK: Table constraints

    private func startsTableConstraint() -> Bool {
        switch token.keyword {
        case .CONSTRAINT, .PRIMARY, .UNIQUE, .CHECK, .FOREIGN: true
        default: false
        }
    }

    mutating func tableConstraint() throws(SQLError) -> TableConstraint? {
        guard startsTableConstraint() else { return nil }
        let name = accept(.CONSTRAINT) ? try identifier("a constraint name") : nil
        switch token.keyword {
        case .PRIMARY:
            advance()
            try expect(.KEY, after: "PRIMARY")
            if at(.USING) { throw unsupported("PRIMARY KEY USING INDEX", at: token) }
            try expect(.leftParen, "'(' before the columns of the key")
            let columns = try list { parser throws(SQLError) in try parser.indexedColumn() }
            let autoincrement = accept(.AUTOINCREMENT)
            try expect(.rightParen, "',' or ')' after a column of the key")
            return TableConstraint(name: name, kind: .primaryKey(columns, conflict: try conflictClause(), autoincrement: autoincrement))
        case .UNIQUE:
            advance()
            if at(.USING) { throw unsupported("UNIQUE USING INDEX", at: token) }
            let columns = try parenthesized("a column") { parser throws(SQLError) in try parser.indexedColumn() }
            return TableConstraint(name: name, kind: .unique(columns, conflict: try conflictClause()))
        case .CHECK:
            advance()
            let condition = try expressionInParentheses("the condition of CHECK")
            return TableConstraint(name: name, kind: .check(condition, conflict: try conflictClause()))
        case .FOREIGN:
            advance()
            try expect(.KEY, after: "FOREIGN")
            let columns = try parenthesized("a column") { parser throws(SQLError) in try parser.identifier("a column name") }
            guard at(.REFERENCES) else { throw unexpected("REFERENCES after the columns of the foreign key") }
            return TableConstraint(name: name, kind: .foreignKey(columns, try foreignKey()))
        default: throw unexpected("PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY")
        }
    }

    private mutating func foreignKey() throws(SQLError) -> ForeignKey {
        advance()
        var key = ForeignKey(table: try objectName("a table name after REFERENCES"), columns: [])
        key.columns = try optionalColumnList()
        while true {
            if at(.ON), peek().keyword == .DELETE || peek().keyword == .UPDATE || peek().keyword == .INSERT {
                advance()
                let event = token.keyword
                advance()
                let action = try foreignKeyAction()
                if event == .DELETE { key.onDelete = action } else if event == .UPDATE { key.onUpdate = action }
            } else if accept(.MATCH) {
                key.match = try identifier("a kind of match")
            } else if at(.NOT), peek().keyword == .DEFERRABLE {
                advance()
                advance()
                key.deferral = ForeignKey.Deferral(isDeferrable: false, initiallyDeferred: try initially())
            } else if accept(.DEFERRABLE) {
                key.deferral = ForeignKey.Deferral(isDeferrable: true, initiallyDeferred: try initially())
            } else {
                return key
            }
        }
    }

    private mutating func initially() throws(SQLError) -> Bool? {
        guard accept(.INITIALLY) else { return nil }
        if accept(.DEFERRED) { return true }
        try expect(.IMMEDIATE, after: "INITIALLY")
        return false
    }

    private mutating func foreignKeyAction() throws(SQLError) -> ForeignKey.Action {
        if accept(.CASCADE) { return .cascade }
        if accept(.RESTRICT) { return .restrict }
        if accept(.SET) {
            if accept(.NULL) { return .setNull }
            try expect(.DEFAULT, after: "SET")
            return .setDefault
        }
        if accept(.NO), accept(.ACTION) { return .noAction }
        throw unexpected("CASCADE, RESTRICT, SET NULL, SET DEFAULT or NO ACTION")
    }
}
