extension Binder {
    /// The rows of a table of the catalogue as a subquery.
    func catalogQuery(_ table: SystemTable) throws(SQLError) -> BoundQuery {
        if let composed = try composedQuery(of: table) { return composed }
        return try systemQuery(.catalog(table), columns: table.columns)
    }

    /// The rows of those tables that join what the caller makes with what the branches hold; nil for others.
    func composedQuery(of table: SystemTable) throws(SQLError) -> BoundQuery? {
        switch table.name {
        case .duckdbTables: try withSizes(try systemQuery(.catalog(table), columns: table.columns), of: table)
        case .relation("pg_catalog.pg_description"): try descriptions(of: table)
        default: nil
        }
    }

    /// Such a table in FROM.
    func bindComposed(
        _ query: BoundQuery, of table: SystemTable, qualifiers: [String], alias: TableAlias?, name: String, scope: Scope, range: SourceRange
    ) throws(SQLError) -> TableRef {
        var query = query
        let relation: CatalogRelation? = if case .relation(let name) = table.name { CatalogRelation.all[name] } else { nil }
        if let relation, relation.hasTableOID, case .core(var core) = query.select.body {
            let hidden: Identifier = "tableoid"
            core.items.append(.expr(.integer(Int64(relation.oid)), alias: hidden))
            query.select.body = .core(core)
            query.columns.append(QueryColumn(name: hidden.text, lowered: hidden, type: .bigint, isNullable: false))
        }
        let lowered = try add(query, alias: alias, scope: scope, range: range, name: name)
        let last = scope.relations.count - 1
        // What it has beyond the table's own columns is not part of `*`.
        for column in scope.relations[last].columns.indices.dropFirst(table.columns.count) { scope.relations[last].columns[column].isHidden = true }
        if alias == nil { scope.relations[last].qualifiers = qualifiers }
        if let relation {
            scope.relations[last].table = TableReference(branch: table.branch ?? contextBranch, table: table.name.rawValue)
            scope.relations[last].oid = relation.oid
            for (index, column) in relation.columns.enumerated() where index < scope.relations[last].columns.count {
                scope.relations[last].columns[index].origin = .column(column.name, number: index + 1, client: ClientType(column.type))
            }
        }
        return lowered
    }

    /// `pg_description`: what COMMENT ON said, which each branch keeps in a table of its own, with the oids of what it was said of.
    /// Nil when nothing was said of anything.
    private func descriptions(of table: SystemTable) throws(SQLError) -> BoundQuery? {
        let lookup = SystemTable(.lookup(.commentTarget), branch: table.branch)
        var holders: [BranchKey] = []
        for branch in table.branch.map({ [$0] }) ?? [contextBranch, .main] {
            var next: BranchKey? = branch
            while let holder = next, !holders.contains(holder) {
                holders.append(holder)
                next = catalog.live(of: holder)?.parent
            }
        }
        var parts: [SelectBody] = []
        for holder in holders where try catalog.schema(of: holder, at: nil).contains(CommentTable.name) {
            let target = freshName("t"), comment = freshName("c")
            reads.insert(TableReference(branch: holder, table: CommentTable.name))
            let kept = ObjectName(schema: try schemaName(of: holder, moment: nil), name: Identifier(CommentTable.name))
            let targets = try systemQuery(.catalog(lookup), columns: lookup.columns).select
            var core = SelectCore(
                items: ["objoid", "classoid", "objsubid"].map { .expr(.column(Identifier($0), of: target), alias: Identifier($0)) }
                    + [.expr(.column("comment", of: comment), alias: "description")],
                from: [
                    TableRef(.subquery(targets, alias: TableAlias(target), lateral: false, sample: nil)),
                    TableRef(.table(TableSource(kept, alias: TableAlias(comment)))),
                ])
            let same = ["tbl", "kind", "col"].map { Expr.binary(.column(Identifier($0), of: target), .equal, .column(Identifier($0), of: comment)) }
            let isHere = ["branch", "holder"].map { Expr.binary(.column(Identifier($0), of: target), .equal, .string(holder.hex)) }
            core.filter = .and(same + [.or(isHere)])
            parts.append(.core(core))
        }
        guard let first = parts.first else { return nil }
        let all = parts.count == 1 ? Select(first) : Select(.compound(first, parts.dropFirst().map { CompoundTerm(op: .unionAll, body: $0) }))
        let name = freshName("d")
        let core = SelectCore(
            items: table.columns.map { .expr(.column(Identifier($0.name), of: name), alias: Identifier($0.name)) },
            from: [TableRef(.subquery(all, alias: TableAlias(name), lateral: false, sample: nil))])
        return BoundQuery(select: Select(core), columns: table.columns.map { QueryColumn(name: $0.name, lowered: Identifier($0.name), type: $0.type) })
    }
}
