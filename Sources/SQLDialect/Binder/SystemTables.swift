extension Binder {
    /// A table of the catalogue in FROM.
    func bindSystemTable(
        _ table: SystemTable, resolved: ResolvedTable, alias: TableAlias?, name: String, scope: Scope, range: SourceRange
    ) throws(SQLError) -> TableRef {
        var query = try systemQuery(.catalog(table), columns: table.columns)
        let relation: CatalogRelation? = if case .relation(let name) = table.name { CatalogRelation.all[name] } else { nil }
        if let relation {
            for (index, column) in relation.columns.enumerated() { query.columns[index].isVector = column.type == .int2vector || column.type == .oidvector }
        }
        // Every table of PostgreSQL's has the oid of its own table as a hidden column.
        let hidden: Identifier = "tableoid"
        if let relation, relation.oid != 0, case .core(var core) = query.select.body {
            core.items.append(.expr(.integer(Int64(relation.oid)), alias: hidden))
            query.select.body = .core(core)
            query.columns.append(QueryColumn(name: hidden.text, lowered: hidden, type: .bigint, isNullable: false))
        }
        let lowered = try add(query, alias: alias, scope: scope, range: range, name: name)
        let last = scope.relations.count - 1
        if alias == nil { scope.relations[last].qualifiers = resolved.qualifiers }
        if let relation {
            // So that a result tells PostgreSQL's type of the column.
            scope.relations[last].table = TableReference(branch: table.branch ?? contextBranch, table: table.name.rawValue)
            if relation.oid != 0, let column = scope.relations[last].columns.indices.last { scope.relations[last].columns[column].isHidden = true }
        }
        return lowered
    }

    /// The words of PostgreSQL's grammar as `pg_get_keywords()` lists them.
    func bindKeywords(alias: TableAlias?, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef {
        let table = SystemTable(.lookup(.keywords))
        return try add(try systemQuery(.catalog(table), columns: table.columns), alias: alias, scope: scope, range: range, name: "pg_get_keywords")
    }
}

extension ResultColumn {
    /// The type under which PostgreSQL's clients see the column: in a relation of the catalogue the one that PostgreSQL gives it
    /// (`oid`, `name`, `"char"`), else what stands for the column's type.
    public var postgreSQLType: PostgreSQLType {
        if let table, let column, let found = CatalogRelation.all[table.table]?.columns.first(where: { $0.name == column }) { return found.type }
        return PostgreSQLType(type)
    }
}
