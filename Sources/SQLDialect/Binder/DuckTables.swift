extension Binder {
    /// Other branches whose rows are counted: a statement can read so many besides the session's and main.
    private static let mostCountedBranches = 8

    /// Gives the rows of `duckdb_tables()` the size of each table, which is the number of its rows: counted where the statement reads
    /// that column, because SQLite leaves out what a subquery has and nobody reads. `table_schema`, under which HatiData's MCP server asks for
    /// `schema_name`, is a hidden column.
    func withSizes(_ query: BoundQuery, of table: SystemTable) throws(SQLError) -> BoundQuery {
        func place(_ name: String) -> Int? { query.columns.firstIndex { $0.name == name } }
        guard case .core(var core) = query.select.body, let sizes = place("estimated_size"), let oids = place("table_oid"), let schemas = place("schema_name"),
            case .expr(let oid, _) = core.items[oids], case .expr(let schema, _) = core.items[schemas]
        else { return query }
        // Which branches a pattern means may be others the next time.
        if !table.asked.isEmpty { isCacheable = false }
        var rows = CatalogRows(catalog: catalog, settings: settings)
        var others: Set<BranchKey> = []
        var counts: [WhenBranch] = []
        for relation in try rows.objects(shownBy: table).relations where relation.kind == "r" {
            let holder = relation.shown.holder, name = relation.shown.info.name
            if holder != catalog.activeBranch, holder != .main {
                guard others.contains(holder) || others.count < Binder.mostCountedBranches else { continue }
                others.insert(holder)
            }
            reads.insert(TableReference(branch: holder, table: name))
            let source = TableRef(.table(TableSource(ObjectName(schema: try schemaName(of: holder, moment: nil), name: Identifier(name)))))
            var count = FunctionCall("count", [])
            count.isStar = true
            let counted = Select(SelectCore(items: [.expr(Expr(.call(count)), alias: nil)], from: [source]))
            counts.append(WhenBranch(condition: .integer(Int64(relation.oid)), result: Expr(.subquery(counted))))
        }
        let size = counts.isEmpty ? Expr.null : Expr(.caseWhen(operand: oid, branches: counts, otherwise: nil))
        let hidden: Identifier = "table_schema"
        core.items[sizes] = .expr(size, alias: query.columns[sizes].lowered)
        core.items.append(.expr(schema, alias: hidden))
        var result = query
        result.select.body = .core(core)
        result.columns.append(QueryColumn(name: hidden.text, lowered: hidden, type: .varchar))
        return result
    }
}
