extension Binder {
    // MARK: - Table functions

    func bindTableFunction(_ function: FunctionSource, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef {
        let call = function.call
        let key = call.name.name.key
        if let sample = function.sample { throw unsupported("TABLESAMPLE", at: sample.range) }
        if let rows = try bindListRows(function, range: range, scope: scope) { return rows }
        if function.withOrdinality { throw unsupported("WITH ORDINALITY of \(call.name.name.text)", at: range) }
        switch key {
        case "range", "generate_series":
            let query = try series(call, key, range: range, scope: scope)
            let lowered = try add(query, alias: function.alias, scope: scope, range: range, name: key)
            nameColumn(of: query, as: function.alias, scope: scope)
            return lowered
        case "json_each", "json_tree": return try bindJSONRows(function, key, range: range, scope: scope)
        case "pragma_table_info", "pragma_show", "describe":
            guard let name = call.arguments.first?.value.stringLiteral else { throw unsupported("\(key) without the name of a table", at: range) }
            let table = try systemTable(about: name, .tableInfo, range: range)
            return try add(try systemQuery(.catalog(table), columns: table.columns), alias: function.alias, scope: scope, range: range, name: key)
        case "duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_schemas", "duckdb_indexes":
            guard let name = SystemTable.Name(rawValue: key) else { break }
            let resolved = ResolvedTable(kind: .system(SystemTable(name)), branch: contextBranch, addressed: contextBranch, moment: nil)
            return try bindSystemTable(SystemTable(name), resolved: resolved, alias: function.alias, name: key, scope: scope, range: range)
        case "pg_get_keywords": return try bindKeywords(alias: function.alias, range: range, scope: scope)
        case "read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_json", "read_json_auto", "read_ndjson", "glob", "sniff_csv":
            throw unsupported("The table function \(call.name.name.text)", at: range, hint: "Import the file first: branchlite import")
        default:
            if let context = ContextFunction(rawValue: key) { return try bindContext(context, function, range: range, scope: scope) }
            if let branchFunction = BranchFunctions.tableFunction(key) {
                let arguments = try BranchFunctions.arguments(call, names: branchFunction.argumentNames, binder: self)
                return try add(
                    try systemQuery(.branchFunction(branchFunction, arguments: arguments), columns: branchFunction.columns), alias: function.alias,
                    scope: scope, range: range, name: branchFunction.rawValue)
            }
        }
        throw error(
            BinderCode.noSuchFunction, "Table function with name \(call.name.name.text) does not exist", at: call.name.range,
            hint: nearest(key, among: ["range", "generate_series", "json_each", "json_tree", "unnest"] + BranchFunction.allCases.map(\.rawValue)).map { "Did you mean \"\($0)\"?" })
    }

    /// PostgreSQL's name for the column of a function that has an alias: `SELECT s FROM generate_series(1, 3) s`.
    private func nameColumn(of query: BoundQuery, as alias: TableAlias?, scope: Scope) {
        let last = scope.relations.count - 1
        guard let alias, alias.columns.isEmpty, query.columns.count == 1, scope.relations[last].index(of: alias.name.key) == nil else { return }
        let only = query.columns[0]
        var named = RelationColumn(name: alias.name.text, lowered: only.lowered, type: only.type, isNullable: only.isNullable)
        named.isHidden = true
        scope.relations[last].columns.append(named)
    }

    func systemTable(about name: String, _ kind: SystemTable.Name, range: SourceRange) throws(SQLError) -> SystemTable {
        let parts = name.split(separator: ".").map { Identifier(String($0), range: range) }
        let object = parts.count > 1 ? ObjectName(schema: parts[parts.count - 2], name: parts[parts.count - 1]) : ObjectName(Identifier(name, range: range))
        let resolved = try resolve(object, moment: nil)
        switch resolved.kind {
        case .table(let info), .view(let info, _): return SystemTable(kind, branch: resolved.addressed, subject: info.name)
        case .system(let system): return SystemTable(kind, branch: resolved.addressed, subject: system.name.rawValue)
        }
    }

    /// `range(…)` and `generate_series(…)` as a recursive query: whole numbers, or timestamps with an interval.
    private func series(_ call: FunctionCall, _ key: String, range: SourceRange, scope: Scope) throws(SQLError) -> BoundQuery {
        var arguments: [Bound] = []
        let outside = Scope(parent: scope.parent)
        for argument in call.arguments { arguments.append(try bind(argument.value, outside)) }
        guard (1...3).contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
        let inclusive = key == "generate_series"
        let zero = bindInteger(0, range: range), one = bindInteger(1, range: range)
        var start = arguments.count == 1 ? zero : arguments[0]
        var stop = arguments.count == 1 ? arguments[0] : arguments[1]
        var step = arguments.count == 3 ? arguments[2] : one
        let value: Identifier = "v", table = freshName("series")
        let current = Bound(.column(value, of: table), .bigint)
        let type: DuckType
        let next: Bound
        if step.type == .interval || start.type == .date || start.type.isTimestamp {
            guard step.type == .interval else { throw wrongArguments(call, arguments, range: range) }
            type = start.type == .timestampTZ || stop.type == .timestampTZ ? .timestampTZ : .timestamp
            start = try cast(start, to: type)
            stop = try cast(stop, to: type)
            var moment = current
            moment.type = type
            next = try arithmetic(.add, moment, step, range: range)
        } else {
            type = .bigint
            start = try implicit(start, to: .bigint, in: key)
            stop = try implicit(stop, to: .bigint, in: key)
            step = try implicit(step, to: .bigint, in: key)
            next = Bound(.binary(current.expr, .add, step.expr), .bigint)
        }
        func within(_ expr: Expr) -> Expr {
            let up = Expr.binary(expr, inclusive ? .lessOrEqual : .less, stop.expr)
            let down = Expr.binary(expr, inclusive ? .greaterOrEqual : .greater, stop.expr)
            if case .integer(let constant)? = step.constant { return constant > 0 ? up : (constant < 0 ? down : .boolean(false)) }
            if case .blob(let bytes)? = step.constant, let interval = IntervalConstant(bytes: bytes) {
                return interval.months < 0 || interval.days < 0 || interval.micros < 0 ? down : up
            }
            let sign: Expr = step.type == .interval ? .call("bl_interval_key", step.expr) : step.expr
            return Expr(.caseWhen(
                operand: nil,
                branches: [
                    WhenBranch(condition: .binary(sign, .greater, .integer(0)), result: up),
                    WhenBranch(condition: .binary(sign, .less, .integer(0)), result: down),
                ], otherwise: .integer(0)))
        }
        var anchor = SelectCore(items: [.expr(start.expr, alias: nil)])
        anchor.filter = within(start.expr)
        var recursive = SelectCore(items: [.expr(next.expr, alias: nil)], from: [TableRef(.table(TableSource(ObjectName(table))))])
        recursive.filter = within(next.expr)
        let body = Select(.compound(.core(anchor), [CompoundTerm(op: .unionAll, body: .core(recursive))]))
        let name = Identifier(key)
        var outer = Select(SelectCore(items: [.expr(.column(value), alias: name)], from: [TableRef(.table(TableSource(ObjectName(table))))]))
        outer.with = With(isRecursive: true, tables: [CommonTable(name: table, columns: [value], isMaterialized: nil, select: body)])
        return BoundQuery(select: outer, columns: [QueryColumn(name: key, lowered: name, type: type, isNullable: false)])
    }

    /// SQLite's json_each and json_tree, which see the items of FROM before them.
    private func bindJSONRows(_ function: FunctionSource, _ key: String, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef {
        var arguments: [Expr] = []
        for argument in function.call.arguments { arguments.append(try bind(argument.value, scope).expr) }
        let display = function.alias?.name.text ?? key
        let lowered = uniqueAlias(display, scope)
        let columns: [(String, DuckType)] = [
            ("key", .dynamic), ("value", .dynamic), ("type", .varchar), ("atom", .dynamic), ("id", .bigint), ("parent", .bigint),
            ("fullkey", .varchar), ("path", .varchar),
        ]
        let relationColumns = columns.map { RelationColumn(name: $0.0, lowered: Identifier($0.0), type: $0.1, isLoose: $0.1 == .dynamic) }
        scope.relations.append(Relation(
            alias: display, key: foldedASCII(display), lowered: lowered, columns: try aliased(relationColumns, function.alias)))
        return TableRef(.function(FunctionSource(FunctionCall(key, arguments), alias: TableAlias(lowered))), range: range)
    }
}

/// The functions that stand for operations on branches, and their arguments.
enum BranchFunctions {
    private static let prefix = "hati_"

    private static func plain(_ key: String) -> String { key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : key }

    static func operation(_ key: String) -> BranchOperation? { BranchOperation(rawValue: plain(key)) }

    static func tableFunction(_ key: String) -> BranchFunction? { BranchFunction(rawValue: plain(key)) }

    /// The arguments by name; positional ones take the names in order.
    static func arguments(_ call: FunctionCall, names: [String], binder: Binder) throws(SQLError) -> [String: Constant] {
        var result: [String: Constant] = [:]
        for (index, argument) in call.arguments.enumerated() {
            let name: String
            if let given = argument.name {
                name = given.key
                guard names.contains(name) else {
                    throw binder.error(
                        "BL_UNKNOWN_ARGUMENT", "\(call.name.name.text) has no argument \"\(given.text)\"", at: given.range,
                        hint: nearest(given.text, among: names).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Arguments", names))
                }
            } else {
                guard index < names.count else {
                    throw binder.error(BinderCode.bind, "\(call.name.name.text) takes at most \(names.count) arguments", at: argument.value.range)
                }
                name = names[index]
            }
            result[name] = try binder.constant(argument.value)
        }
        return result
    }
}

extension Binder {
    /// The value of an expression that must be a constant; a bare word is its own text.
    func constant(_ expr: Expr) throws(SQLError) -> Constant {
        if case .column(let reference) = expr.node { return .text(reference.path.map(\.text).joined(separator: ".")) }
        if case .defaultValue = expr.node { return .text("default") }
        let value = try bind(expr, Scope(parent: nil))
        if let constant = value.constant {
            if case .decimal(_, let scale) = value.type, case .integer(let unscaled) = constant {
                return .double(Double(ConstantFolding.text(unscaled, scale: scale)) ?? 0)
            }
            return constant
        }
        throw unsupported("A value here that is not a constant", at: expr.range)
    }
}
