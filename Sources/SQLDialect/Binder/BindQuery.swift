/// A query that has been bound.
struct BoundQuery {
    var select: Select
    var columns: [QueryColumn]
}

/// A column of a bound query.
struct QueryColumn {
    /// As users see it.
    var name: String
    /// As it is called in the lowered SQL; unique in its query.
    var lowered: Identifier
    var type: DuckType
    var isLoose = false
    var isNullable = true
    var origin: ColumnOrigin?
    /// A list whose places count from 0.
    var isVector = false

    var relationColumn: RelationColumn {
        var column = RelationColumn(name: name, lowered: lowered, type: type, isLoose: isLoose, isNullable: isNullable)
        column.isVector = isVector
        column.origin = origin
        return column
    }
}

extension Binder {
    /// Binds a query.
    ///
    /// - Parameters:
    ///   - parent: the names outside it, for a correlated subquery
    ///   - isTop: its rows are the statement's result: then columns keep their names even when two are the same
    func bindQuery(_ select: Select, parent: Scope?, isTop: Bool = false) throws(SQLError) -> BoundQuery {
        var with: With?
        let depth = commonTables.count
        defer { commonTables.removeLast(commonTables.count - depth) }
        if let given = select.with { with = try openWith(given, parent: parent) }
        var result: BoundQuery
        switch select.body {
        case .core(let core):
            result = try bindCore(core, orderBy: select.orderBy, parent: parent, isTop: isTop)
        default:
            let saved = namesColumns
            namesColumns = true
            defer { namesColumns = saved }
            result = try bindBody(select.body, parent: parent, isTop: isTop)
            if let order = select.orderBy { result = try ordered(result, order, parent: parent) }
        }
        if select.limitIsPercent, let limit = select.limit { throw unsupported("LIMIT … PERCENT", at: limit.range) }
        let limit = try rowCount(select.limit, parent: parent), offset = try rowCount(select.offset, parent: parent)
        if limit != nil || offset != nil {
            if result.select.limit != nil || result.select.offset != nil { result = wrapped(result) }
            result.select.limit = limit ?? .integer(-1)
            result.select.offset = offset
        }
        if let with {
            if result.select.with != nil { result = wrapped(result) }
            result.select.with = with
        }
        return result
    }

    private func rowCount(_ expr: Expr?, parent: Scope?) throws(SQLError) -> Expr? {
        guard let expr else { return nil }
        let scope = Scope(parent: nil)
        scope.clause = .limit
        let value = try bind(expr, scope)
        if value.constant == .null { return nil }
        return try cast(value, to: .bigint).expr
    }

    /// The query as a subquery of a plain `SELECT` of its columns.
    func wrapped(_ query: BoundQuery) -> BoundQuery {
        let alias = freshName("s")
        let core = SelectCore(
            items: query.columns.map { .expr(.column($0.lowered, of: alias), alias: $0.lowered) },
            from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
        return BoundQuery(select: Select(core), columns: query.columns)
    }

    // MARK: - Bodies

    private func bindBody(_ body: SelectBody, parent: Scope?, isTop: Bool) throws(SQLError) -> BoundQuery {
        switch body {
        case .core(let core): return try bindCore(core, orderBy: nil, parent: parent, isTop: isTop)
        case .values(let rows): return try bindValues(rows, parent: parent)
        case .compound(let first, let terms):
            var result = try bindBody(first, parent: parent, isTop: isTop)
            for term in terms { result = try compound(result, term.op, try bindBody(term.body, parent: parent, isTop: isTop)) }
            return result
        case .nested(let select): return try bindQuery(select, parent: parent, isTop: isTop)
        case .table(let name):
            return try bindCore(
                SelectCore(items: [.star(Star())], from: [TableRef(.table(TableSource(name)), range: name.range)]), orderBy: nil, parent: parent,
                isTop: isTop)
        case .statement(let statement): return try bindInspection(statement)
        }
    }

    private func bindValues(_ rows: [[Expr]], parent: Scope?) throws(SQLError) -> BoundQuery {
        let scope = Scope(parent: parent)
        scope.clause = .values
        var bound: [[Bound]] = []
        bound.reserveCapacity(rows.count)
        for row in rows {
            guard row.count == rows[0].count else {
                throw error(BinderCode.bind, "VALUES lists must all be the same length", at: row.first?.range ?? .none)
            }
            var values: [Bound] = []
            values.reserveCapacity(row.count)
            for expr in row { values.append(try bind(expr, scope)) }
            bound.append(values)
        }
        var columns: [QueryColumn] = []
        for index in (rows.first ?? []).indices {
            let (values, type) = try unified(bound.map { $0[index] }, in: "VALUES")
            for row in bound.indices { bound[row][index] = values[row] }
            columns.append(QueryColumn(
                name: "col\(index)", lowered: Identifier("column\(index + 1)"), type: type, isNullable: values.contains { $0.isNullable }))
        }
        return BoundQuery(select: Select(.values(bound.map { $0.map(\.expr) })), columns: columns)
    }

    // MARK: - WITH

    /// Binds common tables and brings their names into sight; the caller takes them out again.
    func openWith(_ with: With, parent: Scope?) throws(SQLError) -> With {
        commonTables.append([:])
        let level = commonTables.count - 1
        var lowered = With(isRecursive: false, tables: [])
        for table in with.tables {
            if with.isRecursive, case .compound(let anchor, let terms) = table.select.body, terms.count == 1, Binder.mentions(table.name.key, in: terms[0].body) {
                lowered.isRecursive = true
                lowered.tables.append(try bindRecursive(table, anchor: anchor, term: terms[0], level: level, parent: parent))
                continue
            }
            let query = try bindQuery(table.select, parent: parent)
            let columns = try renamed(query.columns, table.columns, of: table.name)
            commonTables[level][table.name.key] = CommonTableInfo(lowered: table.name, columns: columns.map(\.relationColumn))
            lowered.tables.append(CommonTable(
                name: table.name, columns: columns.map(\.lowered), isMaterialized: table.isMaterialized, select: query.select))
        }
        return lowered
    }

    private func bindRecursive(_ table: CommonTable, anchor: SelectBody, term: CompoundTerm, level: Int, parent: Scope?) throws(SQLError) -> CommonTable {
        guard term.op == .union || term.op == .unionAll else { throw unsupported("\(term.op.rawValue) in a recursive query", at: table.name.range) }
        let first = try bindBody(anchor, parent: parent, isTop: false)
        var columns = try renamed(first.columns, table.columns, of: table.name)
        for index in columns.indices {
            columns[index].lowered = Identifier(columns[index].name)
            columns[index].isNullable = true
            columns[index].origin = nil
        }
        commonTables[level][table.name.key] = CommonTableInfo(lowered: table.name, columns: columns.map(\.relationColumn))
        let recursive = try bindBody(term.body, parent: parent, isTop: false)
        guard recursive.columns.count == columns.count else {
            throw error(BinderCode.bind, "The recursive part of \"\(table.name.text)\" has \(recursive.columns.count) columns - expected \(columns.count)", at: table.name.range)
        }
        let step = try castColumns(recursive, to: columns.map(\.type))
        var select = Select(.compound(compoundPart(first), [CompoundTerm(op: term.op, body: compoundPart(step))]))
        select.limit = try rowCount(table.select.limit, parent: parent)
        return CommonTable(name: table.name, columns: columns.map(\.lowered), isMaterialized: nil, select: select)
    }

    private func renamed(_ columns: [QueryColumn], _ names: [Identifier], of table: Identifier) throws(SQLError) -> [QueryColumn] {
        guard !names.isEmpty else { return columns }
        guard names.count <= columns.count else {
            throw error(BinderCode.bind, "\"\(table.text)\" has \(columns.count) columns but \(names.count) names were given", at: table.range)
        }
        var result = columns
        for (index, name) in names.enumerated() {
            result[index].name = name.text
            result[index].lowered = name
        }
        return result
    }

    private static func mentions(_ key: String, in body: SelectBody) -> Bool {
        var collector = TableNameCollector()
        _ = try? collector.rewrite(Select(body))
        return collector.read.contains { foldedASCII($0) == key }
    }

    // MARK: - Set operations

    private func compound(_ left: BoundQuery, _ op: CompoundTerm.Operator, _ right: BoundQuery) throws(SQLError) -> BoundQuery {
        if op == .unionByName || op == .unionAllByName { return try unionByName(left, right, keepsAll: op == .unionAllByName) }
        guard left.columns.count == right.columns.count else {
            throw error(
                BinderCode.bind, "Set operations can only apply to expressions with the same number of result columns (\(left.columns.count) and \(right.columns.count))",
                at: right.select.range)
        }
        var types: [DuckType] = []
        for (a, b) in zip(left.columns, right.columns) { types.append(try commonType(a, b)) }
        return try combine(try castColumns(left, to: types), op, try castColumns(right, to: types))
    }

    private func commonType(_ a: QueryColumn, _ b: QueryColumn) throws(SQLError) -> DuckType {
        if let type = DuckType.unify(a.type, b.type) { return type }
        if a.type == .varchar || b.type == .varchar { return .varchar }
        throw typeError("Cannot combine columns of type \(a.type.name) and \(b.type.name) (\"\(a.name)\") - an explicit cast is required", at: .none)
    }

    private func combine(_ left: BoundQuery, _ op: CompoundTerm.Operator, _ right: BoundQuery) throws(SQLError) -> BoundQuery {
        var columns = left.columns
        for (index, other) in right.columns.enumerated() {
            let client = columns[index].origin?.client
            columns[index].origin = client == other.origin?.client ? client.map(ColumnOrigin.value) : nil
            columns[index].isNullable = columns[index].isNullable || other.isNullable
            columns[index].isLoose = columns[index].isLoose || other.isLoose
            if columns[index].type == .null { columns[index].type = other.type }
        }
        if op == .intersectAll || op == .exceptAll {
            // The n-th copy of a row on one side meets the n-th on the other.
            let numbered: Identifier = "_bl_copy"
            let a = withCopyNumber(left, numbered), b = withCopyNumber(right, numbered)
            let plain: CompoundTerm.Operator = op == .intersectAll ? .intersect : .except
            let select = Select(.compound(compoundPart(a), [CompoundTerm(op: plain, body: compoundPart(b))]))
            var result = wrapped(BoundQuery(select: select, columns: left.columns))
            result.columns = columns
            return result
        }
        let term = CompoundTerm(op: op, body: compoundPart(right))
        // A chain stays one: SQLite too works from left to right.
        if case .compound(let first, let terms) = left.select.body, left.select.with == nil, left.select.orderBy == nil, left.select.limit == nil {
            return BoundQuery(select: Select(.compound(first, terms + [term])), columns: columns)
        }
        return BoundQuery(select: Select(.compound(compoundPart(left), [term])), columns: columns)
    }

    private func withCopyNumber(_ query: BoundQuery, _ name: Identifier) -> BoundQuery {
        var result = wrapped(query)
        guard var core = result.select.core else { return query }
        var number = FunctionCall("row_number", [])
        var window = WindowDefinition()
        for item in core.items { if case .expr(let expr, _) = item { window.partitionBy.append(expr) } }
        number.over = .definition(window)
        core.items.append(.expr(Expr(.call(number)), alias: name))
        result.select = Select(core)
        result.columns.append(QueryColumn(name: name.text, lowered: name, type: .bigint))
        return result
    }

    /// SQLite's compounds are SELECTs and VALUES only: anything more is wrapped.
    private func compoundPart(_ query: BoundQuery) -> SelectBody {
        let select = query.select
        if select.with == nil, select.orderBy == nil, select.limit == nil, select.offset == nil {
            switch select.body {
            case .core, .values: return select.body
            default: break
            }
        }
        return wrapped(query).select.body
    }

    func castColumns(_ query: BoundQuery, to types: [DuckType]) throws(SQLError) -> BoundQuery {
        guard zip(query.columns, types).contains(where: { needsCast($0, to: $1) }) else {
            var same = query
            for index in types.indices { same.columns[index].type = types[index] }
            return same
        }
        // In place where nothing depends on the values as they are; a recursive part may not be wrapped.
        let isPlain = query.select.core.map { $0.distinct == nil && query.select.orderBy == nil } ?? false
        var result = isPlain ? query : wrapped(query)
        guard var core = result.select.core else { return query }
        for (index, type) in types.enumerated() {
            guard case .expr(let expr, let alias) = core.items[index] else { continue }
            var value = Bound(expr, query.columns[index].type, nullable: query.columns[index].isNullable)
            if query.columns[index].isLoose { value.flexibility = .loose }
            value.origin = query.columns[index].origin
            let converted = type == .null || type == .dynamic ? value : try cast(value, to: type)
            core.items[index] = .expr(converted.expr, alias: alias ?? query.columns[index].lowered)
            result.columns[index].type = type
            result.columns[index].origin = nil
        }
        result.select = Select(core)
        return result
    }

    private func needsCast(_ column: QueryColumn, to type: DuckType) -> Bool {
        column.type != type && type != .null && type != .dynamic && column.type != .null
    }

    private func unionByName(_ left: BoundQuery, _ right: BoundQuery, keepsAll: Bool) throws(SQLError) -> BoundQuery {
        var names: [QueryColumn] = left.columns
        for column in right.columns where !names.contains(where: { equalIgnoringASCIICase($0.name, column.name) }) { names.append(column) }
        var types: [DuckType] = []
        for column in names {
            let a = left.columns.first { equalIgnoringASCIICase($0.name, column.name) }
            let b = right.columns.first { equalIgnoringASCIICase($0.name, column.name) }
            if let a, let b { types.append(try commonType(a, b)) } else { types.append(column.type) }
        }
        func arranged(_ query: BoundQuery) -> BoundQuery {
            let alias = freshName("s")
            var items: [SelectItem] = [], columns: [QueryColumn] = []
            for name in names {
                if let own = query.columns.first(where: { equalIgnoringASCIICase($0.name, name.name) }) {
                    items.append(.expr(.column(own.lowered, of: alias), alias: name.lowered))
                    var column = own
                    column.lowered = name.lowered
                    columns.append(column)
                } else {
                    items.append(.expr(.null, alias: name.lowered))
                    columns.append(QueryColumn(name: name.name, lowered: name.lowered, type: .null))
                }
            }
            let core = SelectCore(items: items, from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
            return BoundQuery(select: Select(core), columns: columns)
        }
        return try combine(try castColumns(arranged(left), to: types), keepsAll ? .unionAll : .union, try castColumns(arranged(right), to: types))
    }

    /// ORDER BY over a set operation or VALUES: by columns of the result.
    private func ordered(_ query: BoundQuery, _ order: OrderBy, parent: Scope?) throws(SQLError) -> BoundQuery {
        var result = query.select.orderBy != nil || query.select.limit != nil || query.select.offset != nil ? wrapped(query) : query
        func key(_ index: Int) -> Bound {
            Bound(.integer(Int64(index + 1)), query.columns[index].type, nullable: query.columns[index].isNullable)
        }
        var lowered: [OrderTerm] = []
        switch order {
        case .all(let direction, let nulls):
            for index in query.columns.indices { lowered.append(orderTerm(key(index), like: OrderTerm(.null, direction: direction, nulls: nulls))) }
        case .terms(let terms):
            var isPlain = true
            for term in terms {
                if let index = try position(of: term.expr, among: query.columns), query.columns[index].type.orderKey == nil {
                    lowered.append(orderTerm(key(index), like: term))
                } else {
                    isPlain = false
                    break
                }
            }
            if !isPlain {
                result = wrapped(query)
                guard case .core(let core) = result.select.body, case .subquery(_, let alias?, _, _) = core.from[0].node else { return result }
                let scope = Scope(parent: parent)
                scope.relations = [Relation(alias: nil, key: "", lowered: alias.name, columns: query.columns.map(\.relationColumn))]
                scope.clause = .orderBy
                lowered = []
                for term in terms {
                    if let index = try position(of: term.expr, among: query.columns) {
                        lowered.append(orderTerm(scope.relations[0].bound(index, range: term.expr.range), like: term))
                    } else {
                        lowered.append(orderTerm(try bind(term.expr, scope), like: term))
                    }
                }
            }
        }
        result.select.orderBy = .terms(lowered)
        return result
    }

    /// The column that a term of ORDER BY or GROUP BY means by number or by name.
    func position(of expr: Expr, among columns: [QueryColumn]) throws(SQLError) -> Int? {
        if case .literal(.integer(let number)) = expr.node {
            guard number >= 1, number <= Int64(columns.count) else {
                throw error(BinderCode.bind, "ORDER term out of range - should be between 1 and \(columns.count)", at: expr.range)
            }
            return Int(number) - 1
        }
        guard case .column(let reference) = expr.node, reference.path.count == 1 else { return nil }
        return columns.firstIndex { equalIgnoringASCIICase($0.name, reference.name.text) }
    }
}
