/// An item of a SELECT list, stars expanded.
private struct BoundItem {
    var bound: Bound
    var name: String
    /// The alias it was given.
    var alias: Identifier?
    var hasAggregate = false
    var hasWindow = false
}

extension Binder {
    /// Binds one SELECT with its ORDER BY.
    func bindCore(_ core: SelectCore, orderBy: OrderBy?, parent: Scope?, isTop: Bool) throws(SQLError) -> BoundQuery {
        try bindCore(core, orderBy: orderBy, scope: Scope(parent: parent), isTop: isTop)
    }

    /// Binds a list of items over relations that are there already: RETURNING.
    func bindCore(_ core: SelectCore, relations: [Relation], parent: Scope?) throws(SQLError) -> BoundQuery {
        let scope = Scope(parent: parent)
        scope.relations = relations
        return try bindCore(core, orderBy: nil, scope: scope, isTop: true)
    }

    private func bindCore(_ core: SelectCore, orderBy: OrderBy?, scope: Scope, isTop: Bool) throws(SQLError) -> BoundQuery {
        var core = core
        if let sample = core.sample { throw unsupported("USING SAMPLE", at: sample.range) }
        var lowered = SelectCore(items: [])
        var filters: [Expr] = []
        if let filter = core.filter { conditions.append(filter) }
        defer { if core.filter != nil { conditions.removeLast() } }
        lowered.from = try bindFrom(core.from, scope: scope, filters: &filters)
        if let rows = try hoistSetReturning(&core, scope: scope) { lowered.from.append(rows) }
        for window in core.windows { scope.windows[window.name.key] = window.definition }
        for item in core.items {
            if case .expr(let expr, let alias?) = item, scope.aliases[alias.key] == nil { scope.aliases[alias.key] = expr }
        }
        if let filter = core.filter {
            scope.clause = .filter
            filters.insert(try truth(try bind(filter, scope)).expr, at: 0)
        }
        if !filters.isEmpty { lowered.filter = .and(filters) }

        scope.clause = .select
        var items = try bindItems(core.items, scope: scope)
        let groups = try bindGroups(core.groupBy, items: &items, scope: scope)
        if let groups { lowered.groupBy = groups.isEmpty ? nil : .elements(groups.map { .expr($0) }) }
        if let having = core.having {
            scope.clause = .having
            lowered.having = try truth(try bind(having, scope)).expr
        }
        var qualify: Expr?
        if let condition = core.qualify {
            scope.clause = .qualify
            qualify = try truth(try bind(condition, scope)).expr
        }
        scope.clause = .orderBy
        let order = try bindOrder(orderBy, items: items, scope: scope)
        if groups != nil || scope.aggregateCount > 0 || core.having != nil {
            var check = GroupCheck(groups: groups ?? [], relations: Set(scope.relations.compactMap { $0.lowered?.text }), binder: self)
            for item in items { try check.check(item.bound.expr) }
            if let having = lowered.having { try check.check(having) }
            if let qualify { try check.check(qualify) }
            for term in order { try check.check(term.key.expr) }
        }
        if isTop { for index in items.indices { items[index].bound = try shown(items[index].bound) } }
        let columns = queryColumns(items, isTop: isTop)

        if case .on(let keys)? = core.distinct {
            guard qualify == nil else { throw unsupported("DISTINCT ON together with QUALIFY", at: core.range) }
            var partition: [Expr] = []
            for key in keys {
                scope.clause = .orderBy
                if let index = try position(of: key, among: columns) { partition.append(items[index].bound.expr) } else { partition.append(try bind(key, scope).expr) }
            }
            var number = FunctionCall("row_number", [])
            number.over = .definition(WindowDefinition(partitionBy: partition, orderBy: order.map { term in
                var copy = term.lowered
                if let index = term.position { copy.expr = items[index].bound.expr }
                return copy
            }))
            return outer(lowered, items, columns, order, condition: { .binary($0, .equal, .integer(1)) }, test: Expr(.call(number)), distinct: nil)
        }
        if let qualify {
            return outer(lowered, items, columns, order, condition: { $0 }, test: qualify, distinct: core.distinct)
        }
        if case .distinct? = core.distinct { lowered.distinct = .distinct }
        lowered.items = zip(items, columns).map { .expr($0.bound.expr, alias: loweredAlias($0, $1, isTop: isTop)) }
        var select = Select(lowered)
        if !order.isEmpty { select.orderBy = .terms(order.map(\.lowered)) }
        return BoundQuery(select: select, columns: columns)
    }

    /// An alias where SQLite's own name for the column would not be the wanted one.
    private func loweredAlias(_ item: BoundItem, _ column: QueryColumn, isTop: Bool) -> Identifier? {
        if isTop && !namesColumns { return nil }
        if case .column(let reference) = item.bound.expr.node, reference.name.text == column.lowered.text { return nil }
        return column.lowered
    }

    /// The SELECT as a subquery that also computes a test and the keys of ORDER BY; around it the test is a filter.
    private func outer(
        _ core: SelectCore, _ items: [BoundItem], _ columns: [QueryColumn], _ order: [BoundOrderTerm], condition: (Expr) -> Expr, test: Expr,
        distinct: Distinct?
    ) -> BoundQuery {
        let alias = freshName("s")
        let testName: Identifier = "_bl_test"
        var inner = core
        inner.items = zip(items, columns).map { .expr($0.bound.expr, alias: $1.lowered) }
        inner.items.append(.expr(test, alias: testName))
        var terms: [OrderTerm] = []
        for (index, term) in order.enumerated() {
            var copy = term.lowered
            if let position = term.position {
                copy.expr = .column(columns[position].lowered, of: alias)
            } else {
                let key = Identifier("_bl_key\(index)")
                inner.items.append(.expr(term.lowered.expr, alias: key))
                copy.expr = .column(key, of: alias)
            }
            terms.append(copy)
        }
        var result = SelectCore(
            items: columns.map { .expr(.column($0.lowered, of: alias), alias: nil) },
            from: [TableRef(.subquery(Select(inner), alias: TableAlias(alias), lateral: false, sample: nil))])
        result.filter = condition(.column(testName, of: alias))
        if case .distinct? = distinct { result.distinct = .distinct }
        var select = Select(result)
        if !terms.isEmpty { select.orderBy = .terms(terms) }
        return BoundQuery(select: select, columns: columns)
    }

    private func queryColumns(_ items: [BoundItem], isTop: Bool) -> [QueryColumn] {
        var used: Set<String> = []
        used.reserveCapacity(items.count)
        var columns: [QueryColumn] = []
        columns.reserveCapacity(items.count)
        for item in items {
            var name = item.name
            var counter = 0
            while !used.insert(foldedASCII(name)).inserted {
                counter += 1
                name = "\(item.name)_\(counter)"
            }
            columns.append(QueryColumn(
                name: isTop ? item.name : name, lowered: Identifier(name), type: item.bound.type,
                isLoose: item.bound.flexibility == .loose, isNullable: item.bound.isNullable, origin: item.bound.origin, isVector: item.bound.isVector))
        }
        return columns
    }

    // MARK: - The SELECT list

    private func bindItems(_ items: [SelectItem], scope: Scope) throws(SQLError) -> [BoundItem] {
        var result: [BoundItem] = []
        result.reserveCapacity(items.count)
        for item in items {
            switch item {
            case .star(let star):
                for (bound, name) in try expand(star, scope: scope) { result.append(BoundItem(bound: bound, name: name)) }
            case .expr(let expr, let alias):
                if case .columns(.star(let star)) = expr.node {
                    for (bound, name) in try expand(star, scope: scope) { result.append(BoundItem(bound: bound, name: name)) }
                    continue
                }
                if let selector = Binder.columnsSelector(in: expr) {
                    for (reference, name) in try selected(selector, scope: scope) {
                        let single = try expr.mapExpressions { (node) throws(SQLError) -> Expr? in
                            if case .columns = node.node { return reference }
                            return nil
                        }
                        result.append(try bindItem(single, alias: nil, name: alias?.text ?? name, scope: scope))
                    }
                    continue
                }
                result.append(try bindItem(expr, alias: alias, name: nil, scope: scope))
            }
        }
        return result
    }

    private func bindItem(_ expr: Expr, alias: Identifier?, name: String?, scope: Scope) throws(SQLError) -> BoundItem {
        let aggregates = scope.aggregateCount, windows = scope.windowCount
        // An alias must not be found while it is being made.
        if let alias { scope.openAliases.insert(alias.key) }
        defer { if let alias { scope.openAliases.remove(alias.key) } }
        let bound = try bind(expr, scope)
        return BoundItem(
            bound: bound, name: name ?? alias?.text ?? resultName(of: expr, windows: scope.windows), alias: alias, hasAggregate: scope.aggregateCount > aggregates,
            hasWindow: scope.windowCount > windows)
    }

    // MARK: - GROUP BY

    private func bindGroups(_ groupBy: GroupBy?, items: inout [BoundItem], scope: Scope) throws(SQLError) -> [Expr]? {
        guard let groupBy else { return nil }
        scope.clause = .groupBy
        switch groupBy {
        case .all:
            return items.filter { !$0.hasAggregate && !$0.hasWindow && $0.bound.constant == nil }.map(\.bound.expr)
        case .elements(let elements):
            var groups: [Expr] = []
            func add(_ expr: Expr) throws(SQLError) {
                if case .literal(.integer(let number)) = expr.node {
                    guard number >= 1, number <= Int64(items.count) else {
                        throw error(BinderCode.bind, "GROUP BY term out of range - should be between 1 and \(items.count)", at: expr.range)
                    }
                    let item = items[Int(number) - 1]
                    guard !item.hasAggregate else { throw error(BinderCode.bind, "GROUP BY \(number) is an aggregate", at: expr.range) }
                    if item.bound.constant == nil { groups.append(item.bound.expr) }
                    return
                }
                let bound = try bind(expr, scope)
                // SQLite would take a whole number for a position.
                if bound.constant == nil { groups.append(bound.expr) }
            }
            for element in elements {
                switch element {
                case .expr(let expr): try add(expr)
                case .list(let exprs): for expr in exprs { try add(expr) }
                case .rollup: throw unsupported("ROLLUP", at: .none)
                case .cube: throw unsupported("CUBE", at: .none)
                case .sets: throw unsupported("GROUPING SETS", at: .none)
                }
            }
            // Grouping by constants only is one group for all rows, if there are any.
            return groups.isEmpty && !elements.isEmpty ? [Expr(.literal(.string("")))] : groups
        }
    }

    // MARK: - ORDER BY

    private func bindOrder(_ orderBy: OrderBy?, items: [BoundItem], scope: Scope) throws(SQLError) -> [BoundOrderTerm] {
        guard let orderBy else { return [] }
        func atPosition(_ index: Int, _ term: OrderTerm) -> BoundOrderTerm {
            let item = items[index].bound
            if item.type.orderKey != nil { return BoundOrderTerm(lowered: orderTerm(item, like: term), key: item, position: nil) }
            var number = item
            number.expr = .integer(Int64(index + 1))
            return BoundOrderTerm(lowered: orderTerm(number, like: term), key: item, position: index)
        }
        switch orderBy {
        case .all(let direction, let nulls):
            return items.indices.map { atPosition($0, OrderTerm(.null, direction: direction, nulls: nulls)) }
        case .terms(let terms):
            var result: [BoundOrderTerm] = []
            for term in terms {
                if case .literal(.integer(let number)) = term.expr.node {
                    guard number >= 1, number <= Int64(items.count) else {
                        throw error(BinderCode.bind, "ORDER term out of range - should be between 1 and \(items.count)", at: term.expr.range)
                    }
                    result.append(atPosition(Int(number) - 1, term))
                    continue
                }
                if case .column(let reference) = term.expr.node, reference.path.count == 1,
                    let index = items.firstIndex(where: { $0.alias?.key == reference.name.key }) {
                    result.append(atPosition(index, term))
                    continue
                }
                let key = try bind(term.expr, scope)
                if key.constant != nil { continue }
                result.append(BoundOrderTerm(lowered: orderTerm(key, like: term), key: key, position: nil))
            }
            return result
        }
    }
}

/// A term of ORDER BY.
private struct BoundOrderTerm {
    var lowered: OrderTerm
    var key: Bound
    /// The item it is, by number.
    var position: Int?
}

/// Refuses columns that are neither grouped by nor inside an aggregate, which SQLite would let pass.
private struct GroupCheck: SyntaxRewriter {
    var groups: [Expr]
    var relations: Set<String>
    var binder: Binder

    mutating func check(_ expr: Expr) throws(SQLError) { _ = try rewrite(expr) }

    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        if groups.contains(expr) { return expr }
        switch expr.node {
        case .column(let reference):
            guard reference.path.count == 2, relations.contains(reference.path[0].text) else { return expr }
            let name = reference.name.text
            throw binder.error(
                BinderCode.bind, "Column \"\(name)\" must appear in the GROUP BY clause or must be part of an aggregate function", at: expr.range,
                hint: "Either add it to the GROUP BY list, or use ANY_VALUE(\"\(name)\") if the exact value is not important")
        case .call(let call) where call.over == nil && LoweredAggregates.contains(call): return expr
        case .subquery, .exists, .literal: return expr
        case .membership(let value, .subquery, _):
            _ = try rewrite(value)
            return expr
        default: return try rewriteChildren(of: expr)
        }
    }
}

/// The names of aggregates in lowered SQL.
enum LoweredAggregates {
    private static let names: Set<String> = {
        var names: Set<String> = [
            "count", "bl_sum_int", "bl_avg_decimal", "bl_avg_double", "bl_string_agg", "bl_string_agg_ordered", "bl_string_agg_distinct",
            "bl_string_agg_distinct_ordered", "bl_first_ordered", "bl_last_ordered", "json_group_array", "json_group_object", "bl_list_agg",
            "bl_list_agg_distinct", "bl_list_agg_ordered", "bl_list_agg_distinct_ordered", "bl_median", "bl_median_decimal", "bl_median_date", "bl_median_timestamp",
            "bl_median_time", "bl_median_any", "bl_quantile_cont_decimal", "bl_quantile_cont_date", "bl_quantile_cont_timestamp", "bl_quantile_cont_time",
        ]
        for overloads in FunctionCatalog.aggregate.values { for overload in overloads { names.insert(overload.target) } }
        names.remove("min")
        names.remove("max")
        return names
    }()

    static func contains(_ call: FunctionCall) -> Bool {
        let name = call.name.name.text
        if name == "min" || name == "max" { return call.arguments.count == 1 }
        return names.contains(name)
    }
}
