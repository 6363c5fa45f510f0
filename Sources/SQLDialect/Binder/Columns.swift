extension Binder {
    // MARK: - Column references

    func bind(_ reference: ColumnReference, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        if let found = try find(reference, range: range, scope: scope) { return found }
        // A bare word that PostgreSQL takes for a call.
        if reference.path.count == 1, !reference.name.quoted, let value = try bindWordFunction(reference.name, range: range) { return value }
        throw noSuchColumn(reference, range: range, scope: scope)
    }

    private func find(_ reference: ColumnReference, range: SourceRange, scope: Scope) throws(SQLError) -> Bound? {
        var current: Scope? = scope
        while let level = current {
            if let found = try find(reference, range: range, in: level, asking: scope) { return found }
            current = level.parent
        }
        return nil
    }

    private func find(_ reference: ColumnReference, range: SourceRange, in scope: Scope, asking: Scope) throws(SQLError) -> Bound? {
        let key = reference.name.key
        if reference.path.count == 1 {
            var match: (relation: Int, column: Int)?
            for (index, relation) in scope.relations.enumerated() where !relation.qualifiedOnly {
                guard let column = relation.index(of: key), !relation.mergedAway.contains(column) else { continue }
                if let match { throw ambiguousColumn(reference, [scope.relations[match.relation], relation], range: range) }
                match = (index, column)
            }
            if let match {
                let relation = scope.relations[match.relation]
                if var merged = relation.mergedValue[match.column] {
                    merged.expr.range = range
                    return merged
                }
                return relation.bound(match.column, range: range)
            }
            if let aliased = try bindAlias(key, range: range, scope: scope) { return aliased }
            return try rowid(key, range: range, scope: scope) ?? fullTextRank(key, range: range, scope: scope)
        }
        // table.column, schema.table.column, catalog.schema.table.column
        guard let table = reference.table?.key else { return nil }
        let qualifiers: [String] = [reference.schema?.key, reference.catalog?.key].compactMap { $0 }
        var matches: [Int] = []
        for (index, relation) in scope.relations.enumerated() where relation.key == table {
            if let schema = qualifiers.first, !relation.qualifiers.contains(where: { $0 == schema || "@" + $0 == schema || $0 == "@" + schema }) { continue }
            matches.append(index)
        }
        if matches.isEmpty, reference.path.count == 2, scope.relations.contains(where: { $0.index(of: table) != nil }) {
            // `column.field`: a field of a struct, which there are none of yet.
            throw unsupported("The struct field .\(reference.name.text)", at: range)
        }
        guard let first = matches.first else { return nil }
        if matches.count > 1 { throw ambiguousColumn(reference, matches.map { scope.relations[$0] }, range: range) }
        let relation = scope.relations[first]
        if let column = relation.index(of: key) { return relation.bound(column, range: range) }
        if relation.hasRowid, Binder.rowidNames.contains(key) { return rowid(of: relation, range: range) }
        if scope.parent != nil, scope !== asking { return nil }
        throw error(
            BinderCode.noSuchColumn, "Table \"\(relation.alias ?? table)\" does not have a column named \"\(reference.name.text)\"", at: range,
            hint: nearest(reference.name.text, among: relation.columns.map(\.name)).map { "Did you mean \"\($0)\"?" }
                ?? Binder.listing("Columns", relation.columns.map(\.name)))
    }

    static let rowidNames: Set<String> = ["rowid", "_rowid_", "oid"]

    private func rowid(_ key: String, range: SourceRange, scope: Scope) throws(SQLError) -> Bound? {
        guard Binder.rowidNames.contains(key) else { return nil }
        let holders = scope.relations.filter { $0.hasRowid && !$0.qualifiedOnly }
        if holders.count > 1 { throw ambiguousColumn(ColumnReference(path: [Identifier(key)]), holders, range: range) }
        return holders.first.map { rowid(of: $0, range: range) }
    }

    private func rowid(of relation: Relation, range: SourceRange) -> Bound {
        let rowid = Identifier("rowid")
        let path: [Identifier] = if let lowered = relation.lowered { [lowered, rowid] } else { [rowid] }
        return Bound(Expr(.column(ColumnReference(path: path)), range: range), .bigint, nullable: relation.isNullable)
    }

    /// An alias of the SELECT list, bound again where it is used.
    private func bindAlias(_ key: String, range: SourceRange, scope: Scope) throws(SQLError) -> Bound? {
        guard let aliased = scope.aliases[key], !scope.openAliases.contains(key) else { return nil }
        try countExpansion(at: range)
        scope.openAliases.insert(key)
        defer { scope.openAliases.remove(key) }
        var bound = try bind(aliased, scope)
        // What a literal behind an alias is has been settled.
        if bound.flexibility == .stringLiteral || bound.flexibility == .integerLiteral { bound.flexibility = .none }
        return bound
    }

    // MARK: - Full-text search

    /// A virtual table named as a column of itself: `docs MATCH 'x'`, `bm25(docs)`.
    func fullTextTable(_ expr: Expr, _ scope: Scope) throws(SQLError) -> Bound? {
        guard case .column(let reference) = expr.node, reference.path.count == 1,
            let relation = scope.relations.first(where: { $0.isVirtual && $0.key == reference.name.key }), let table = relation.table, let lowered = relation.lowered
        else { return nil }
        return Bound(Expr(.column(ColumnReference(path: [lowered, Identifier(table.table)])), range: expr.range), .dynamic)
    }

    /// FTS5's hidden column `rank`.
    func fullTextRank(_ key: String, range: SourceRange, scope: Scope) -> Bound? {
        guard key == "rank", let relation = scope.relations.first(where: { $0.isVirtual }), let lowered = relation.lowered else { return nil }
        return Bound(Expr(.column(ColumnReference(path: [lowered, "rank"])), range: range), .double)
    }

    // MARK: - What is wrong with a column

    private func ambiguousColumn(_ reference: ColumnReference, _ relations: [Relation], range: SourceRange) -> SQLError {
        let name = reference.name.text
        let choices = relations.map { "\"\([$0.qualifiers.first, $0.alias].compactMap { $0 }.joined(separator: "."))\".\"\(name)\"" }
        return error(
            BinderCode.ambiguousColumn, "Ambiguous reference to column name \"\(name)\"", at: range,
            hint: "Use: \(choices.joined(separator: " or "))")
    }

    private func noSuchColumn(_ reference: ColumnReference, range: SourceRange, scope: Scope) -> SQLError {
        let name = reference.name.text
        var levels: [Relation] = []
        var current: Scope? = scope
        while let level = current {
            levels += level.relations
            current = level.parent
        }
        if let table = reference.table {
            return error(
                BinderCode.noSuchTable, "Referenced table \"\(table.text)\" not found in FROM", at: range,
                hint: nearest(table.text, among: levels.compactMap(\.alias)).map { "Did you mean \"\($0)\"?" }
                    ?? Binder.listing("Tables in FROM", levels.compactMap(\.alias)))
        }
        let columns = levels.flatMap { $0.columns.map(\.name) }
        var hint = nearest(name, among: columns).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Columns", columns)
        if reference.name.quoted, hint == nil { hint = "Text stands in single quotes: '\(name)'" }
        return error(BinderCode.noSuchColumn, "Referenced column \"\(name)\" not found in FROM", at: range, hint: hint)
    }
}
