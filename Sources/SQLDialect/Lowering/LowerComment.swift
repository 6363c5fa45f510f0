extension Binder {
    /// COMMENT ON: kept with the branch for what it has of its own; of others (a database, an extension, a role) there is nothing to keep.
    func lower(_ comment: Comment, at range: SourceRange) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .definition, tag: "COMMENT", isReadOnly: false)
        let (kind, object, column, target): (String, String, String, WriteTable)
        switch comment.subject {
        case .column(let reference):
            guard let table = reference.table else { throw error(BinderCode.bind, "The column needs its table: table.column", at: range) }
            let name = ObjectName(catalog: reference.catalog, schema: reference.schema, name: table)
            let info: TableInfo
            (target, info) = try existingTable(name)
            if info.kind == .table { _ = try existingColumn(reference.name, info) }
            (kind, object, column) = ("TABLE", info.name, reference.name.text)
        case .object("TABLE", let name), .object("VIEW", let name), .object("SEQUENCE", let name):
            let info: TableInfo
            (target, info) = try existingTable(name)
            (kind, object, column) = ("TABLE", info.name, "")
        case .object("SCHEMA", let name):
            guard case .schema(_, let schema) = try place(of: ObjectName(schema: name.name, name: "x")) else { return .nothing(.definition, "COMMENT", .noEffect("COMMENT ON SCHEMA \(name.name.text)")) }
            target = try writeTable(ObjectName("x"))
            (kind, object, column) = ("SCHEMA", SchemaNaming.marker(schema: schema ?? "main"), "")
        case .object("INDEX", let name):
            target = try writeTable(name)
            guard let row = try visibleObject("index", named: target.name, in: target.branch) else {
                throw error(BinderCode.noSuchObject, "Index with name \(name.name.text) does not exist", at: name.range)
            }
            (kind, object, column) = ("INDEX", row.name, "")
        case .object("CONSTRAINT", let name), .object("TRIGGER", let name):
            return .nothing(.definition, "COMMENT", .noEffect("COMMENT ON the constraint or trigger \"\(name.name.text)\""))
        case .object(let other, let name):
            guard ["EXTENSION", "DATABASE", "ROLE", "LANGUAGE", "TYPE", "FUNCTION", "DOMAIN", "PROCEDURE", "AGGREGATE"].contains(other) else {
                throw unsupported("COMMENT ON \(other)", at: range)
            }
            return .nothing(.definition, "COMMENT", .noEffect("COMMENT ON \(other) \(name.name.text)"))
        }
        guard !target.isTemporary else { throw unsupported("A comment on a temporary table", at: range) }
        writes.insert(TableReference(branch: target.branch, table: CommentTable.name))
        for step in CommentTable.steps(kind, object, column: column, text: comment.text) { result.add(sql: step) }
        return result
    }
}
