extension Binder {
    /// Lowers UPDATE.
    func lower(_ update: Update, parent: Scope?) throws(SQLError) -> LoweredWrite {
        if let first = update.orderBy.first { throw unsupported("ORDER BY in UPDATE", at: first.expr.range) }
        if let limit = update.limit { throw unsupported("LIMIT in UPDATE", at: limit.range) }
        let (target, table) = try existingTable(update.target.name)
        try noteWrite(target, .change)
        let info = try writableColumns(table, target, event: "UPDATE", at: update.target.name.range)
        let depth = commonTables.count
        defer { commonTables.removeLast(commonTables.count - depth) }
        var lowered = update
        lowered.with = try update.with.map { (with) throws(SQLError) in try openWith(with, parent: parent) }
        let alias = update.target.alias ?? Identifier(SchemaNaming.decode(info.name).name)
        lowered.target = WriteTarget(loweredName(target), alias: alias.text == info.name ? nil : alias)
        let scope = Scope(parent: parent)
        scope.relations = [relation(info, target, alias: alias)]
        var filters: [Expr] = []
        lowered.from = try bindFrom(update.from, scope: scope, filters: &filters)
        scope.clause = .filter
        lowered.assignments = try bindAssignments(update.assignments, info: info, scope: scope)
        if let filter = update.filter { filters.insert(try truth(try bind(filter, scope)).expr, at: 0) }
        lowered.filter = filters.isEmpty ? nil : .and(filters)
        let returning = try bindReturning(update.returning, info: info, target: target, alias: alias, parent: parent)
        lowered.returning = returning?.items ?? []
        return LoweredWrite(node: .update(lowered), returning: returning?.columns)
    }

    /// Lowers DELETE; USING becomes a test of the row.
    func lower(_ delete: Delete, parent: Scope?) throws(SQLError) -> LoweredWrite {
        if let first = delete.orderBy.first { throw unsupported("ORDER BY in DELETE", at: first.expr.range) }
        if let limit = delete.limit { throw unsupported("LIMIT in DELETE", at: limit.range) }
        let (target, table) = try existingTable(delete.target.name)
        try noteWrite(target, .change)
        let info = try writableColumns(table, target, event: "DELETE FROM", at: delete.target.name.range)
        let depth = commonTables.count
        defer { commonTables.removeLast(commonTables.count - depth) }
        var lowered = delete
        lowered.with = try delete.with.map { (with) throws(SQLError) in try openWith(with, parent: parent) }
        lowered.using = []
        let alias = delete.target.alias ?? Identifier(SchemaNaming.decode(info.name).name)
        lowered.target = WriteTarget(loweredName(target), alias: alias.text == info.name ? nil : alias)
        let scope = Scope(parent: parent)
        scope.relations = [relation(info, target, alias: alias)]
        scope.clause = .filter
        if delete.using.isEmpty {
            lowered.filter = try delete.filter.map { (expr) throws(SQLError) in try truth(try bind(expr, scope)).expr }
        } else {
            let hasRowid = info.kind == .table && !info.isWithoutRowid
            // A rowid table's matches are looked up once; others are tested row by row.
            let own = hasRowid ? freshName("d") : alias
            if hasRowid { scope.relations[0].lowered = own }
            var filters: [Expr] = []
            var from = try bindFrom(delete.using, scope: scope, filters: &filters)
            if let filter = delete.filter { filters.insert(try truth(try bind(filter, scope)).expr, at: 0) }
            let item: Expr = hasRowid ? .column("rowid", of: own) : .integer(1)
            if hasRowid { from.insert(TableRef(.table(TableSource(loweredName(target), alias: TableAlias(own)))), at: 0) }
            var core = SelectCore(items: [.expr(item, alias: nil)], from: from)
            core.filter = filters.isEmpty ? nil : .and(filters)
            lowered.filter = hasRowid
                ? Expr(.membership(.column("rowid", of: alias), .subquery(Select(core)), negated: false)) : Expr(.exists(Select(core)))
        }
        let returning = try bindReturning(delete.returning, info: info, target: target, alias: alias, parent: parent)
        lowered.returning = returning?.items ?? []
        return LoweredWrite(node: .delete(lowered), returning: returning?.columns)
    }
}
