/// Indexes that are made of others: renamed ones, and those that `CREATE TABLE (LIKE t INCLUDING INDEXES)` brings along.
extension Binder {
    /// `ALTER INDEX a RENAME TO b`. SQLite cannot rename an index: it is made anew. The name of a key's index is the constraint's.
    func lowerAlterIndex(_ alter: AlterTable) throws(SQLError) -> LoweredStatement {
        let tag = "ALTER INDEX"
        guard alter.actions.count == 1, case .renameTable(let new) = alter.actions[0] else {
            if alter.actions.allSatisfy({ if case .accepted = $0 { true } else { false } }) { return .nothing(.definition, tag, .noEffect(tag)) }
            throw unsupported("This change of an index", at: alter.name.range)
        }
        try checkName(new)
        guard case .schema(let branch, let schema) = try place(of: alter.name) else { throw unsupported("ALTER INDEX of a temporary table", at: alter.name.range) }
        guard let row = try visibleObject("index", named: SchemaNaming.encode(schema: schema, name: alter.name.name.text), in: branch), let sql = row.sql else {
            return try lowerRenamedKey(alter, to: new, branch: branch, schema: schema)
        }
        let encoded = SchemaNaming.encode(schema: schema, name: new.text)
        if try isTaken(encoded, in: branch), !equalIgnoringASCIICase(encoded, row.name) {
            throw error(BinderCode.alreadyExists, "Index with name \"\(new.text)\" already exists", at: new.range)
        }
        let decoded = SchemaNaming.decode(row.tableName)
        let (target, _) = try existingTable(ObjectName(schema: decoded.schema.map { Identifier($0) } ?? alter.name.schema, name: Identifier(decoded.name, range: alter.name.range)))
        try noteWrite(target, .define)
        var result = LoweredStatement(kind: .definition, tag: tag, isReadOnly: false)
        result.makes = encoded
        result.add(.drop(Drop(kind: .index, ifExists: false, names: [ObjectName(schema: "main", name: Identifier(row.name))], behaviour: nil)))
        result.add(.createIndex(try index(sql, named: encoded)))
        if try catalog.schema(of: branch, at: nil).contains(CommentTable.name) {
            for step in IdentityTable.noteMoved(CommentTable.name, from: row.name, to: encoded) { result.add(sql: step) }
        }
        return result
    }

    /// The index of a primary key or UNIQUE constraint has the constraint's name. A name that was generated follows its table, so it may be
    /// the wanted one already when a table has been renamed.
    private func lowerRenamedKey(_ alter: AlterTable, to new: Identifier, branch: BranchKey, schema: String?) throws(SQLError) -> LoweredStatement {
        var isNamedAlready = false
        for entry in try Visibility.tables(of: branch, in: catalog) where SchemaNaming.decode(entry.name).schema.map(foldedASCII) == schema.map(foldedASCII) {
            guard let info = try lookUp(entry.name, in: branch, moment: nil)?.0, info.kind == .table else { continue }
            for constraint in info.constraints where constraint.kind == .primaryKey || constraint.kind == .unique {
                if equalIgnoringASCIICase(constraint.name, alter.name.name.text) {
                    let table = ObjectName(schema: alter.name.schema, name: Identifier(SchemaNaming.decode(info.name).name, range: alter.name.range))
                    var rename = AlterTable(kind: .table, ifExists: false, name: table, actions: [.renameConstraint(alter.name.name, to: new)])
                    rename.name.catalog = alter.name.catalog
                    var result = try lower(rename, statement: statement)
                    result.tag = "ALTER INDEX"
                    return result
                }
                if !constraint.isNamed, equalIgnoringASCIICase(constraint.name, new.text) { isNamedAlready = true }
            }
        }
        if alter.ifExists { return .nothing(.definition, "ALTER INDEX", .skipped("relation", alter.name.name.text)) }
        if isNamedAlready { return .nothing(.definition, "ALTER INDEX", Notice("the index is called \"\(new.text)\" already: generated names follow their table")) }
        throw error(BinderCode.noSuchObject, "Index with name \(alter.name.name.text) does not exist", at: alter.name.range)
    }

    /// The indexes that a table made LIKE others gets: those with a definition of their own, under names that PostgreSQL would give.
    func addLikeIndexes(_ create: CreateTable, _ table: WriteTable, into result: inout LoweredStatement) throws(SQLError) {
        var taken: Set<String> = []
        for like in create.likes where like.including.contains("INDEXES") {
            let (target, info) = try existingTable(like.table)
            let schema = target.isTemporary ? nil : try catalog.schema(of: try holder(of: target), at: nil)
            for row in schema?.indexes(of: info.name) ?? [] {
                guard let sql = row.sql else { continue }
                var made = try index(sql, named: row.name)
                let parts = [create.name.name.text] + made.columns.map { $0.columnName?.text ?? "expr" }
                let stem = parts.joined(separator: "_") + "_idx"
                var name = stem, number = 0
                while true {
                    let isThere = try isTaken(SchemaNaming.encode(schema: table.schema, name: name), in: table.branch)
                    if !isThere, taken.insert(foldedASCII(name)).inserted { break }
                    number += 1
                    name = stem + String(number)
                }
                made.name = ObjectName(schema: table.isTemporary ? "temp" : "main", name: Identifier(SchemaNaming.encode(schema: table.schema, name: name)))
                made.table = ObjectName(Identifier(table.name))
                result.add(.createIndex(made))
            }
        }
    }

    /// A stored index under another name.
    private func index(_ sql: String, named name: String) throws(SQLError) -> CreateIndex {
        guard case .createIndex(var index)? = try Parser.parse(sql, dialect: .sqlite).first?.node else { throw SQLError(code: SQLError.Code.parse, message: "Not an index: \(sql)") }
        index.name = ObjectName(schema: "main", name: Identifier(name))
        return index
    }

    /// Whether something of that name is there, hidden or not.
    private func isTaken(_ name: String, in branch: BranchKey) throws(SQLError) -> Bool {
        if try visibleObject("index", named: name, in: branch) != nil { return true }
        return try catalog.schema(of: branch, at: nil).rows.contains { equalIgnoringASCIICase($0.name, name) }
    }
}
