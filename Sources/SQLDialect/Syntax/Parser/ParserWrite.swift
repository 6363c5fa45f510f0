// INSERT, UPDATE, DELETE, TRUNCATE.
extension Parser {
    mutating func conflictResolution(_ context: String) throws(SQLError) -> ConflictResolution {
        guard let resolution = token.keyword.flatMap({ ConflictResolution(rawValue: $0.rawValue) }) else {
            throw unexpected("ROLLBACK, ABORT, FAIL, IGNORE or REPLACE after \(context)")
        }
        advance()
        return resolution
    }

    private mutating func writeTarget(_ what: String, bareAliasAllowed: Bool) throws(SQLError) -> WriteTarget {
        let start = token.start
        if dialect == .duckdb, at(.ONLY) { advance() }
        var target = WriteTarget(try objectName(what))
        if accept(.AS) { target.alias = try identifier("a name after AS") } else if bareAliasAllowed, !at(.SET) { target.alias = bareAlias() }
        target.indexHint = try indexHint()
        target.range = range(from: start)
        return target
    }

    // MARK: INSERT

    mutating func insert(_ with: With?) throws(SQLError) -> Insert {
        var conflict: ConflictResolution?
        if accept(.REPLACE) { conflict = .replace } else {
            try expect(.INSERT)
            if accept(.OR) { conflict = try conflictResolution("INSERT OR") }
        }
        try expect(.INTO, after: conflict == .replace ? "REPLACE" : "INSERT")
        let start = token.start
        var target = WriteTarget(try objectName("a table name after INTO"))
        if accept(.AS) { target.alias = try identifier("a name after AS") }
        target.range = range(from: start)
        var columns: [Identifier] = []
        if at(.leftParen), !parenStartsQuery(0) { columns = try optionalColumnList() }
        var insert = Insert(with: with, conflict: conflict, target: target, columns: columns)
        if at(.BY), peek().keyword == .NAME {
            advance()
            advance()
            insert.isByName = true
        } else if at(.BY), peek().keyword == .POSITION {
            advance()
            advance()
        }
        if accept(.OVERRIDING) {
            insert.overriding = acceptWord("user") ? .user : .system
            guard insert.overriding == .user || acceptWord("system"), acceptWord("value") else { throw unexpected("SYSTEM VALUE or USER VALUE after OVERRIDING") }
        }
        if accept(.DEFAULT) { try expect(.VALUES, after: "DEFAULT") } else {
            guard startsQuery(token) || at(.leftParen) else { throw unexpected("VALUES, SELECT or DEFAULT VALUES") }
            insert.source = try query()
        }
        // Where SQLite would be confused we are not; the tree is as if its remedy, WHERE TRUE, had been written.
        if dialect == .sqlite, at(.ON), let source = insert.source { insert.source = Printer.withClearEnd(source) }
        while at(.ON), peek().keyword == .CONFLICT { insert.upserts.append(try upsert()) }
        insert.returning = try returning()
        return insert
    }

    private mutating func upsert() throws(SQLError) -> Upsert {
        advance()
        advance()
        var target: Upsert.Target?
        if at(.leftParen) {
            let columns = try parenthesized("a column of the conflict target") { parser throws(SQLError) in try parser.indexedColumn() }
            target = .columns(columns, filter: accept(.WHERE) ? try expression() : nil)
        } else if accept(.ON, .CONSTRAINT) {
            target = .constraint(try identifier("a constraint name"))
        }
        try expect(.DO, after: "ON CONFLICT")
        if accept(.NOTHING) { return Upsert(target: target, action: .nothing) }
        guard accept(.UPDATE) else { throw unexpected("NOTHING or UPDATE after DO") }
        try expect(.SET, after: "DO UPDATE")
        let assignments = try assignments()
        return Upsert(target: target, action: .update(assignments, filter: accept(.WHERE) ? try expression() : nil))
    }

    private mutating func assignments() throws(SQLError) -> [Assignment] {
        var assignments = [try assignment()]
        while accept(.comma) {
            if dialect == .duckdb, endsList() { break }
            assignments.append(try assignment())
        }
        return assignments
    }

    private mutating func assignment() throws(SQLError) -> Assignment {
        if at(.leftParen) {
            let columns = try optionalColumnList()
            try expect(.equal, "'=' after the columns")
            return Assignment(columns: columns, isRow: true, value: try expression())
        }
        let column = try identifier("a column name after SET")
        if at(.dot) { throw unsupported("a qualified column in SET", at: token, hint: "write the column's name alone") }
        if at(.leftBracket), dialect == .duckdb { throw unsupported("an assignment to an element", at: token) }
        try expect(.equal, "'=' after the column")
        return Assignment(columns: [column], isRow: false, value: try expression())
    }

    // MARK: UPDATE and DELETE

    mutating func update(_ with: With?) throws(SQLError) -> Update {
        try expect(.UPDATE)
        let conflict = accept(.OR) ? try conflictResolution("UPDATE OR") : nil
        let target = try writeTarget("a table name after UPDATE", bareAliasAllowed: true)
        try expect(.SET, after: "the table to update")
        var update = Update(with: with, conflict: conflict, target: target, assignments: try assignments())
        if accept(.FROM) { update.from = try fromClause() }
        if accept(.WHERE) { update.filter = try expression() }
        update.returning = try returning()
        let tail = try writeTail()
        update.orderBy = tail.orderBy
        update.limit = tail.limit
        update.offset = tail.offset
        if update.returning.isEmpty { update.returning = try returning() }
        return update
    }

    mutating func delete(_ with: With?) throws(SQLError) -> Delete {
        try expect(.DELETE)
        try expect(.FROM, after: "DELETE")
        var delete = Delete(with: with, target: try writeTarget("a table name after FROM", bareAliasAllowed: true))
        if dialect == .duckdb, accept(.USING) { delete.using = try fromClause() }
        if accept(.WHERE) { delete.filter = try expression() }
        delete.returning = try returning()
        let tail = try writeTail()
        delete.orderBy = tail.orderBy
        delete.limit = tail.limit
        delete.offset = tail.offset
        if delete.returning.isEmpty { delete.returning = try returning() }
        return delete
    }

    /// SQLite's optional ORDER BY and LIMIT of UPDATE and DELETE.
    private mutating func writeTail() throws(SQLError) -> (orderBy: [OrderTerm], limit: Expr?, offset: Expr?) {
        var orderBy: [OrderTerm] = []
        if accept(.ORDER) {
            try expect(.BY, after: "ORDER")
            orderBy = try orderTerms()
        }
        guard accept(.LIMIT) else { return (orderBy, nil, nil) }
        let first = try expression()
        if accept(.comma) { return (orderBy, try expression(), first) }
        return (orderBy, first, accept(.OFFSET) ? try expression() : nil)
    }

    mutating func truncate() throws(SQLError) -> StatementNode {
        advance()
        _ = accept(.TABLE)
        _ = accept(.ONLY)
        let names = try list { parser throws(SQLError) in try parser.objectName("a table name after TRUNCATE") }
        var truncate = Truncate(names: names)
        if accept(.RESTART) {
            guard acceptWord("identity") else { throw unexpected("IDENTITY after RESTART") }
            truncate.restartsIdentity = true
        } else if acceptWord("continue"), !acceptWord("identity") {
            throw unexpected("IDENTITY after CONTINUE")
        }
        if accept(.CASCADE) { truncate.cascades = true } else { _ = accept(.RESTRICT) }
        return .truncate(truncate)
    }
}
