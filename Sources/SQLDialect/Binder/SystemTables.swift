extension Binder {
    /// A table of the catalogue in FROM.
    func bindSystemTable(
        _ table: SystemTable, resolved: ResolvedTable, alias: TableAlias?, name: String, scope: Scope, range: SourceRange
    ) throws(SQLError) -> TableRef {
        var table = table
        table.asked = try askedSchemas(of: table)
        if let query = try composedQuery(of: table) {
            return try bindComposed(query, of: table, qualifiers: resolved.qualifiers, alias: alias, name: name, scope: scope, range: range)
        }
        let display = alias?.name.text ?? name
        let lowered = uniqueAlias(display, scope)
        let shown: CatalogRelation? = if case .relation(let name) = table.name { CatalogRelation.all[name] } else { nil }
        var columns = table.columns.enumerated().map { index, column in
            var made = RelationColumn(name: column.name, lowered: Binder.catalogueColumn(index), type: column.type)
            if let type = shown?.columns[index].type {
                made.isVector = type == .int2vector || type == .oidvector
                made.origin = .column(column.name, number: index + 1, client: ClientType(type))
            }
            return made
        }
        // Every table of PostgreSQL's has the oid of its own table as a hidden column.
        if let shown, shown.hasTableOID {
            var hidden = RelationColumn(name: "tableoid", lowered: Binder.catalogueColumn(columns.count), type: .bigint, isNullable: false)
            hidden.isHidden = true
            columns.append(hidden)
        }
        var relation = Relation(alias: display, key: foldedASCII(display), lowered: lowered, columns: try aliased(columns, alias))
        if alias == nil { relation.qualifiers = resolved.qualifiers }
        if let shown {
            relation.table = TableReference(branch: table.branch ?? contextBranch, table: table.name.rawValue)
            relation.oid = shown.oid
        }
        scope.relations.append(relation)
        var rows = try catalogueRows(.catalog(table), alias: lowered)
        rows.range = range
        return rows
    }

    /// The rows of a table of the catalogue as an item of FROM, with the columns `catalogueColumn(0)`, …
    func catalogueRows(_ source: SystemSource, alias: Identifier) throws(SQLError) -> TableRef {
        TableRef(.function(FunctionSource(FunctionCall("bl_rows", [try systemParameter(source)]), alias: TableAlias(alias))))
    }

    static func catalogueColumn(_ index: Int) -> Identifier { Identifier("c\(index)") }

    /// The words of PostgreSQL's grammar as `pg_get_keywords()` lists them.
    func bindKeywords(alias: TableAlias?, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef {
        let table = SystemTable(.lookup(.keywords))
        return try add(try systemQuery(.catalog(table), columns: table.columns), alias: alias, scope: scope, range: range, name: "pg_get_keywords")
    }
}
