extension Binder {
    // MARK: - FROM

    /// Binds the items of FROM, adding what they bring to the scope. Semi and anti joins become filters.
    func bindFrom(_ items: [TableRef], scope: Scope, filters: inout [Expr]) throws(SQLError) -> [TableRef] {
        var result: [TableRef] = []
        result.reserveCapacity(items.count)
        for item in items {
            let lowered = try bindTable(item, scope: scope, filters: &filters)
            // In SQLite a join's left side is all that stands before it, commas included.
            if !result.isEmpty, case .join(let join) = lowered.node, Binder.keepsRows(join) {
                result.append(TableRef(.nested([lowered], alias: nil)))
            } else {
                result.append(lowered)
            }
        }
        return result
    }

    /// Whether a join's meaning depends on what its left side is.
    private static func keepsRows(_ join: Join) -> Bool {
        if join.kind == .right || join.kind == .full { return true }
        if case .join(let left) = join.left.node { return keepsRows(left) }
        return false
    }

    private func bindTable(_ table: TableRef, scope: Scope, filters: inout [Expr]) throws(SQLError) -> TableRef {
        switch table.node {
        case .table(let source): return try bindSource(source, range: table.range, scope: scope)
        case .subquery(let select, let alias, let lateral, let sample):
            if let sample { throw unsupported("TABLESAMPLE", at: sample.range) }
            if lateral { return try bindLateral(select, alias: alias, scope: scope, range: table.range) }
            let query = try bindQuery(select, parent: scope.parent)
            return try add(query, alias: alias, scope: scope, range: table.range)
        case .function(let function): return try bindTableFunction(function, range: table.range, scope: scope)
        case .file(let name, _):
            throw unsupported("Reading the file '\(name)' in FROM", at: table.range, hint: "Import it first: branchlite import")
        case .nested(let items, let alias):
            if let alias { throw unsupported("An alias of a join in parentheses", at: alias.name.range) }
            let lowered = try bindFrom(items, scope: scope, filters: &filters)
            if lowered.count == 1, case .join = lowered[0].node { return TableRef(.nested(lowered, alias: nil), range: table.range) }
            return lowered.count == 1 ? lowered[0] : TableRef(.nested(lowered, alias: nil), range: table.range)
        case .join(let join): return try bindJoin(join, range: table.range, scope: scope, filters: &filters)
        }
    }

    /// Adds a query in FROM to the scope.
    func add(_ query: BoundQuery, alias: TableAlias?, scope: Scope, range: SourceRange, name: String? = nil) throws(SQLError) -> TableRef {
        let display = alias?.name.text ?? name
        let lowered = display.map { uniqueAlias($0, scope) } ?? freshName("s")
        let columns = try aliased(query.columns.map(\.relationColumn), alias)
        scope.relations.append(Relation(alias: display, key: display.map(foldedASCII) ?? "", lowered: lowered, columns: columns))
        return TableRef(.subquery(query.select, alias: TableAlias(lowered), lateral: false, sample: nil), range: range)
    }

    /// The name, or the name with a number where this FROM has it already.
    func uniqueAlias(_ name: String, _ scope: Scope) -> Identifier {
        var candidate = name
        var counter = 1
        while scope.relations.contains(where: { $0.lowered.map { equalIgnoringASCIICase($0.text, candidate) } ?? false }) {
            counter += 1
            candidate = "\(name)_\(counter)"
        }
        return Identifier(candidate)
    }

    func aliased(_ columns: [RelationColumn], _ alias: TableAlias?) throws(SQLError) -> [RelationColumn] {
        guard let alias, !alias.columns.isEmpty else { return columns }
        guard alias.columns.count <= columns.count else {
            throw error(
                BinderCode.bind, "\"\(alias.name.text)\" has \(columns.count) columns but \(alias.columns.count) names were given", at: alias.name.range)
        }
        var result = columns
        for (index, name) in alias.columns.enumerated() {
            let old = columns[index]
            result[index] = RelationColumn(name: name.text, lowered: old.lowered, type: old.type, isLoose: old.isLoose, isNullable: old.isNullable)
            result[index].computed = old.computed
            result[index].isVector = old.isVector
            result[index].origin = old.origin
        }
        return result
    }

    private func bindSource(_ source: TableSource, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef {
        if let sample = source.sample { throw unsupported("TABLESAMPLE", at: sample.range) }
        if source.name.isUnqualified, source.moment == nil {
            let key = source.name.name.key
            for level in commonTables.reversed() {
                guard let common = level[key] else { continue }
                let display = source.alias?.name.text ?? source.name.name.text
                let lowered = uniqueAlias(display, scope)
                scope.relations.append(Relation(
                    alias: display, key: foldedASCII(display), lowered: lowered, columns: try aliased(common.columns, source.alias)))
                return TableRef(.table(TableSource(ObjectName(common.lowered), alias: alias(lowered, unlike: common.lowered))), range: range)
            }
        }
        let moment = try source.moment.map { (moment) throws(SQLError) in try readMoment(moment) }
        let resolved = try resolve(source.name, moment: moment)
        let display = source.alias?.name.text ?? source.name.name.text
        switch resolved.kind {
        case .table(let info):
            let reference = TableReference(branch: resolved.branch, table: info.name, moment: resolved.moment)
            if !resolved.isTemporary { reads.insert(reference) }
            let schema = resolved.isTemporary ? "temp" : try schemaName(of: resolved.branch, moment: resolved.moment)
            let lowered = uniqueAlias(display, scope)
            var relation = Relation(alias: display, key: foldedASCII(display), lowered: lowered, columns: try aliased(info.relationColumns, source.alias))
            if source.alias == nil { relation.qualifiers = resolved.qualifiers }
            if !resolved.isTemporary {
                // The branch that shows it: a live branch's table may still be its parent's.
                relation.table = TableReference(branch: resolved.addressed, table: info.name, moment: resolved.moment)
                relation.oid = relationOID(info.name, in: resolved.addressed, moment: resolved.moment)
            }
            relation.hasRowid = !info.isWithoutRowid
            relation.isVirtual = info.kind == .virtual
            scope.relations.append(relation)
            var target = TableSource(ObjectName(schema: schema, name: Identifier(info.name)), alias: alias(lowered, unlike: Identifier(info.name)))
            target.indexHint = source.indexHint
            return TableRef(.table(target), range: range)
        case .view(let info, let context):
            let query = try bindView(info, resolved: resolved, context: context, range: range)
            let lowered = try add(query, alias: source.alias, scope: scope, range: range, name: display)
            let last = scope.relations.count - 1
            for index in scope.relations[last].columns.indices {
                let column = query.columns[index]
                scope.relations[last].columns[index].origin = resolved.isTemporary ? nil : .column(column.name, number: index + 1, client: column.origin?.client)
            }
            if !resolved.isTemporary {
                scope.relations[last].table = TableReference(branch: resolved.addressed, table: info.name, moment: resolved.moment)
                scope.relations[last].oid = relationOID(info.name, in: resolved.addressed, moment: resolved.moment)
            }
            return lowered
        case .system(let table):
            return try bindSystemTable(table, resolved: resolved, alias: source.alias, name: display, scope: scope, range: range)
        }
    }

    private func alias(_ lowered: Identifier, unlike name: Identifier) -> TableAlias? {
        lowered.text == name.text ? nil : TableAlias(lowered)
    }

    /// The moment that `AT (…)` means: a constant, or an expression of parameters and functions such as `now() - INTERVAL 1 HOUR`.
    func readMoment(_ moment: Moment) throws(SQLError) -> ReadMoment {
        switch moment {
        case .version(let expr): return try version(try momentValue(expr, .bigint), at: expr.range)
        case .timestamp(let expr): return try timestamp(try momentValue(expr, .timestamp), at: expr.range)
        }
    }

    func version(_ value: Constant?, at range: SourceRange) throws(SQLError) -> ReadMoment {
        guard case .integer(let number)? = value, number >= 0 else {
            throw error(BinderCode.bind, "The version in AT (VERSION => …) must be a whole number that is known before the statement runs", at: range)
        }
        return .version(UInt64(number))
    }

    func timestamp(_ value: Constant?, at range: SourceRange) throws(SQLError) -> ReadMoment {
        guard case .integer(let micros)? = value else {
            throw error(BinderCode.bind, "The time in AT (TIMESTAMP => …) must be a timestamp that is known before the statement runs", at: range)
        }
        return .timestamp(micros: micros)
    }

    private func momentValue(_ expr: Expr, _ type: DuckType) throws(SQLError) -> Constant? {
        try value(of: try cast(try bind(expr, Scope(parent: nil)), to: type))
    }

    /// The value of what names no table, run where it is no constant.
    func value(of bound: Bound) throws(SQLError) -> Constant? {
        if let constant = bound.constant { return constant }
        isCacheable = false
        return try catalog.evaluate(Printer.print(bound.expr))
    }

    // MARK: - Joins

    private func bindJoin(_ join: Join, range: SourceRange, scope: Scope, filters: inout [Expr]) throws(SQLError) -> TableRef {
        switch join.kind {
        case .asof, .asofLeft: throw unsupported("ASOF JOIN", at: range)
        case .positional: throw unsupported("POSITIONAL JOIN", at: range)
        case .semi, .anti: return try bindSemiJoin(join, scope: scope, filters: &filters)
        default: break
        }
        let start = scope.relations.count
        let left = try bindTable(join.left, scope: scope, filters: &filters)
        let middle = scope.relations.count
        var right = try bindTable(join.right, scope: scope, filters: &filters)
        if case .join = right.node { right = TableRef(.nested([right], alias: nil), range: right.range) }
        let lefts = start ..< middle, rights = middle ..< scope.relations.count
        // A comma binds looser than JOIN: what stands before this item of FROM is not in sight of its condition.
        let condition = try joinCondition(join, lefts: lefts, rights: rights, scope: scope)
        if join.kind == .left || join.kind == .full { for index in rights { scope.relations[index].isNullable = true } }
        if join.kind == .right || join.kind == .full { for index in lefts { scope.relations[index].isNullable = true } }
        // SQLite's CROSS JOIN would also fix the order in which the tables are visited.
        let kind: Join.Kind = join.kind == .cross ? .inner : join.kind
        return TableRef(.join(Join(kind: kind, isNatural: false, left: left, right: right, condition: condition.map { .on($0) })), range: range)
    }

    private func bindSemiJoin(_ join: Join, scope: Scope, filters: inout [Expr]) throws(SQLError) -> TableRef {
        let start = scope.relations.count
        let left = try bindTable(join.left, scope: scope, filters: &filters)
        let middle = scope.relations.count
        var inner: [Expr] = []
        let right = try bindTable(join.right, scope: scope, filters: &inner)
        let condition = try joinCondition(join, lefts: start ..< middle, rights: middle ..< scope.relations.count, scope: scope)
        scope.relations.removeSubrange(middle...)
        for index in start ..< middle { scope.relations[index].mergedValue = [:] }
        var core = SelectCore(items: [.expr(.integer(1), alias: nil)], from: [right])
        let tests = inner + (condition.map { [$0] } ?? [])
        if !tests.isEmpty { core.filter = .and(tests) }
        let exists = Expr(.exists(Select(core)))
        filters.append(join.kind == .semi ? exists : .not(exists))
        return left
    }

    private func joinCondition(_ join: Join, lefts: Range<Int>, rights: Range<Int>, scope: Scope) throws(SQLError) -> Expr? {
        var names: [Identifier] = []
        switch join.condition {
        case .on(let expr):
            let saved = scope.clause
            scope.clause = .join
            defer { scope.clause = saved }
            return try truth(try bind(expr, scope)).expr
        case .using(let given): names = given
        case nil:
            guard join.isNatural else { return nil }
            for index in rights {
                for column in scope.relations[index].columns.indices where !scope.relations[index].columns[column].isHidden {
                    let name = Identifier(scope.relations[index].columns[column].name)
                    if place(of: name, in: lefts, scope) != nil, !names.contains(where: { $0.matches(name) }) { names.append(name) }
                }
            }
            guard !names.isEmpty else { throw error(BinderCode.bind, "No columns found to join on in NATURAL JOIN", at: .none) }
        }
        var tests: [Expr] = []
        for name in names {
            guard let a = place(of: name, in: lefts, scope) else { throw missing(name, "left", lefts, scope) }
            guard let b = place(of: name, in: rights, scope) else { throw missing(name, "right", rights, scope) }
            let left = scope.relations[a.0].mergedValue[a.1] ?? scope.relations[a.0].bound(a.1, range: name.range)
            let right = scope.relations[b.0].bound(b.1, range: name.range)
            tests.append(try comparison(.equal, left, right, range: name.range).expr)
            scope.relations[b.0].mergedAway.insert(b.1)
            switch join.kind {
            case .right: scope.relations[a.0].mergedValue[a.1] = right
            case .full:
                let (values, type) = try unified([left, right], in: "USING")
                scope.relations[a.0].mergedValue[a.1] = call("coalesce", values, type, range: name.range, nullable: true)
            default: break
            }
        }
        return .and(tests)
    }

    private func place(of name: Identifier, in relations: Range<Int>, _ scope: Scope) -> (Int, Int)? {
        for index in relations {
            if let column = scope.relations[index].index(of: name.key), !scope.relations[index].mergedAway.contains(column) { return (index, column) }
        }
        return nil
    }

    private func missing(_ name: Identifier, _ side: String, _ relations: Range<Int>, _ scope: Scope) -> SQLError {
        let columns = relations.flatMap { scope.relations[$0].columns.map(\.name) }
        return error(
            BinderCode.noSuchColumn, "Column \"\(name.text)\" does not exist on \(side) side of join", at: name.range,
            hint: nearest(name.text, among: columns).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Columns", columns))
    }

    // MARK: - Views

    static let maximumViewDepth = 32

    /// The body of a view as a subquery. Its names belong to the branch it was found in.
    func bindView(_ info: TableInfo, resolved: ResolvedTable, context: BranchKey, range: SourceRange) throws(SQLError) -> BoundQuery {
        guard let view = info.view else { throw error(BinderCode.bind, "The view \"\(info.name)\" cannot be read", at: range) }
        guard viewDepth < Binder.maximumViewDepth else {
            throw error(SQLError.Code.tooDeep, "Views are nested more than \(Binder.maximumViewDepth) deep at \"\(info.name)\"; does it refer to itself?", at: range)
        }
        try countExpansion(at: range)
        let saved = (source, contextBranch, contextMoment, commonTables, viewIsTemporary)
        viewDepth += 1
        source = view.text
        contextBranch = context
        contextMoment = resolved.moment
        commonTables = []
        viewIsTemporary = resolved.isTemporary
        defer {
            (source, contextBranch, contextMoment, commonTables, viewIsTemporary) = saved
            viewDepth -= 1
        }
        do throws(SQLError) {
            let statements = try Parser.parse(view.text, dialect: view.dialect)
            if case .createSequence? = statements.first?.node, let sequence = info.sequence { return try bindSequence(info, sequence) }
            guard let statement = statements.first, case .createView(let definition) = statement.node else {
                throw SQLError(code: SQLError.Code.parse, message: "Its text is not a view")
            }
            if view.dialect == .sqlite { return try bindForeignView(definition, info: info, resolved: resolved) }
            let query = try bindQuery(definition.select, parent: nil)
            guard !definition.columns.isEmpty else { return query }
            var renamed = query
            for (index, name) in definition.columns.enumerated() where index < renamed.columns.count { renamed.columns[index].name = name.text }
            return renamed
        } catch {
            // The position would be in the view's own text.
            throw SQLError(code: error.code, message: "In view \"\(SchemaNaming.decode(info.name).name)\": \(error.message)", hint: error.hint)
        }
    }

    /// A view of SQLite's own SQL keeps SQLite's meaning: it is named, not taken apart. Only where a live branch would look
    /// at the wrong tables is its body written out.
    private func bindForeignView(_ definition: CreateView, info: TableInfo, resolved: ResolvedTable) throws(SQLError) -> BoundQuery {
        let shape = try ForeignShape.columns(of: definition.select, binder: self)
        var columns: [QueryColumn] = []
        for (index, column) in shape.enumerated() {
            let name = index < definition.columns.count ? definition.columns[index].text : column.name
            columns.append(QueryColumn(name: name, lowered: Identifier(name), type: column.type, isLoose: true))
        }
        let select: Select
        if resolved.isTemporary || catalog.live(of: resolved.addressed) == nil {
            let schema: Identifier? = resolved.isTemporary ? "temp" : try schemaName(of: resolved.branch, moment: resolved.moment)
            if !resolved.isTemporary { reads.insert(TableReference(branch: resolved.branch, table: info.name, moment: resolved.moment)) }
            let source = TableRef(.table(TableSource(ObjectName(schema: schema, name: Identifier(info.name)))))
            select = Select(SelectCore(items: columns.map { .expr(.column($0.lowered), alias: nil) }, from: [source]))
        } else {
            var rewriter = TableRedirector(binder: self)
            let body = try rewriter.rewrite(definition.select)
            let common = CommonTable(name: freshName("v"), columns: columns.map(\.lowered), isMaterialized: nil, select: body)
            var outer = Select(SelectCore(items: [.star(Star())], from: [TableRef(.table(TableSource(ObjectName(common.name))))]))
            outer.with = With(isRecursive: false, tables: [common])
            select = outer
        }
        return BoundQuery(select: select, columns: columns)
    }

    // MARK: - Rows made by the caller

    /// A subquery over the rows of a system parameter. Those that are JSON text are materialized, so that a join with it is not a
    /// loop over the text: SQLite then makes an index of its own.
    func systemQuery(_ source: SystemSource, columns: [(name: String, type: DuckType)]) throws(SQLError) -> BoundQuery {
        let rows: Identifier = "rows"
        if case .catalog = source {
            var core = SelectCore(items: [], from: [try catalogueRows(source, alias: rows)])
            for (index, column) in columns.enumerated() { core.items.append(.expr(.column(Binder.catalogueColumn(index), of: rows), alias: Identifier(column.name))) }
            return BoundQuery(
                select: Select(core), columns: columns.map { QueryColumn(name: $0.name, lowered: Identifier($0.name), type: $0.type) })
        }
        let each = FunctionSource(FunctionCall("json_each", [try systemParameter(source)]), alias: TableAlias(rows))
        let value = Expr.column("value", of: rows)
        var core = SelectCore(items: [], from: [TableRef(.function(each))])
        for (index, column) in columns.enumerated() {
            core.items.append(.expr(.call("json_extract", value, .string("$[\(index)]")), alias: Identifier(column.name)))
        }
        let name = freshName("rows")
        var outer = Select(SelectCore(items: [.star(Star())], from: [TableRef(.table(TableSource(ObjectName(name))))]))
        outer.with = With(isRecursive: false, tables: [CommonTable(name: name, columns: [], isMaterialized: true, select: Select(core))])
        return BoundQuery(
            select: outer,
            columns: columns.map { QueryColumn(name: $0.name, lowered: Identifier($0.name), type: $0.type) })
    }
}
