// Functions that make rows of lists: `unnest`, `generate_subscripts`, `_pg_expandarray`. SQLite's json_each makes the rows,
// which unlike a subquery in FROM sees the items before it.
extension Binder {
    private static let listRowFunctions = Set(["unnest", "generate_subscripts", "_pg_expandarray", "pg_partition_ancestors"]).union(jsonRowFunctions.keys)

    /// PostgreSQL's functions that make rows of a JSON document: the name of their column, and what `bl_json_parts` is asked for.
    private static let jsonRowFunctions: [String: (column: String, type: DuckType, part: Int64)] = [
        "json_array_elements": ("value", .json, 0), "jsonb_array_elements": ("value", .json, 0), "json_array_elements_text": ("value", .varchar, 1),
        "jsonb_array_elements_text": ("value", .varchar, 1), "json_object_keys": ("json_object_keys", .varchar, 2),
        "jsonb_object_keys": ("jsonb_object_keys", .varchar, 2),
    ]

    /// `jsonb_each(…)` and its like: keys and values side by side. DuckDB's own `json_each` has other columns.
    private static let jsonMemberFunctions: [String: DuckType] = ["jsonb_each": .json, "json_each_text": .varchar, "jsonb_each_text": .varchar]

    private func jsonParts(_ value: Bound, _ part: Int64, _ type: DuckType, range: SourceRange) throws(SQLError) -> Bound {
        self.call("bl_json_parts", [try document(value), Bound(constant: .integer(part), .integer, range: range)], .list(type), range: range)
    }

    /// A column that such a function gives, in terms of the rows' alias.
    private struct MadeColumn {
        var name: String
        var type: DuckType
        var expr: (Identifier) -> Expr
    }

    /// A function of lists in FROM; nil when it is none.
    func bindListRows(_ function: FunctionSource, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef? {
        let call = function.call
        let key = call.name.name.key
        if key == "generate_series" || key == "range" { return try bindLateralSeries(function, key, range: range, scope: scope) }
        if let rows = try bindCatalogueRows(function, key, range: range, scope: scope) { return rows }
        guard Binder.listRowFunctions.contains(key) else { return nil }
        let saved = scope.clause
        scope.clause = .join
        defer { scope.clause = saved }
        let (list, columns) = try madeRows([call], range: range, scope: scope)
        return try addListRows(list, columns, name: key, function, isHidden: false, scope: scope, range: range)
    }

    /// `generate_series(…)` over columns of items before it; nil when its arguments need none of them.
    private func bindLateralSeries(_ function: FunctionSource, _ key: String, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef? {
        guard !scope.relations.isEmpty || function.withOrdinality else { return nil }
        let outside = Scope(parent: scope.parent)
        do throws(SQLError) {
            for argument in function.call.arguments { _ = try bind(argument.value, outside) }
            if !function.withOrdinality { return nil }
        } catch {
            guard error.code == BinderCode.noSuchColumn || error.code == BinderCode.noSuchTable else { throw error }
        }
        var arguments: [Bound] = []
        for argument in function.call.arguments { arguments.append(try bind(argument.value, scope)) }
        let list = try seriesList(function.call, arguments, inclusive: key == "generate_series", range: range)
        let column = MadeColumn(name: key, type: .bigint) { .column("value", of: $0) }
        return try addListRows(list.expr, [column], name: key, function, isHidden: false, scope: scope, range: range)
    }

    /// Functions of the catalogue that make rows; nil when it is none.
    private func bindCatalogueRows(_ function: FunctionSource, _ key: String, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef? {
        guard ["pg_options_to_table", "pg_partition_ancestors", "pg_partition_tree"].contains(key) || Binder.jsonMemberFunctions[key] != nil else { return nil }
        let arguments = try function.call.arguments.map { (argument) throws(SQLError) in try bind(argument.value, scope) }
        guard arguments.count == 1 else { throw wrongArguments(function.call, arguments, range: range) }
        let columns: [MadeColumn]
        if let type = Binder.jsonMemberFunctions[key] {
            let keys = try jsonParts(arguments[0], 2, .varchar, range: range), values = try jsonParts(arguments[0], type == .json ? 3 : 4, type, range: range)
            columns = [("key", DuckType.varchar, 1), ("value", type, 2)].map { name, type, place in
                MadeColumn(name: name, type: type) { .call("bl_list_element", .column("value", of: $0), .integer(Int64(place))) }
            }
            return try addListRows(.call("bl_list_zip", keys.expr, values.expr), columns, name: key, function, isHidden: false, scope: scope, range: range)
        }
        switch key {
        case "pg_options_to_table":
            // Each element is `name=value`, or a name.
            func part(_ value: Expr, _ found: Expr, otherwise: Expr) -> Expr {
                let place = Expr.call("instr", value, .string("="))
                return Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: .binary(place, .greater, .integer(0)), result: found)], otherwise: otherwise))
            }
            columns = [
                MadeColumn(name: "option_name", type: .varchar) { alias in
                    let value = Expr.column("value", of: alias), end = Expr.binary(.call("instr", value, .string("=")), .subtract, .integer(1))
                    return part(value, .call("substr", [value, .integer(1), end]), otherwise: value)
                },
                MadeColumn(name: "option_value", type: .varchar) { alias in
                    let value = Expr.column("value", of: alias), start = Expr.binary(.call("instr", value, .string("=")), .add, .integer(1))
                    return part(value, .call("substr", value, start), otherwise: .null)
                },
            ]
            return try addListRows(try asList(arguments[0]).expr, columns, name: key, function, isHidden: false, scope: scope, range: range)
        case "pg_partition_ancestors": columns = [MadeColumn(name: "relid", type: .bigint) { .column("value", of: $0) }]
        default:
            columns = [("relid", DuckType.bigint), ("parentrelid", .bigint), ("isleaf", .boolean), ("level", .integer)].map { name, type in
                MadeColumn(name: name, type: type) { .column("value", of: $0) }
            }
        }
        // No table is a partition or has any: PostgreSQL gives no rows for those.
        return try addListRows(.string("[]"), columns, name: key, function, isHidden: false, scope: scope, range: range)
    }

    /// The list whose rows the calls make side by side, the shorter ones filled up with NULL, and their columns.
    private func madeRows(_ calls: [FunctionCall], range: SourceRange, scope: Scope) throws(SQLError) -> (Expr, [MadeColumn]) {
        var lists: [(list: Bound, name: String, kind: String)] = []
        for call in calls {
            let key = call.name.name.key
            guard call.arguments.count == (key == "generate_subscripts" ? 2 : 1) || (key == "unnest" && call.arguments.count > 1 && calls.count == 1) else {
                throw wrongArguments(call, try call.arguments.map { (argument) throws(SQLError) in try bind(argument.value, scope) }, range: range)
            }
            if key == "generate_subscripts" {
                let list = try asList(try bind(call.arguments[0].value, scope)), dimension = try implicit(try bind(call.arguments[1].value, scope), to: .bigint, in: key)
                var rows = list
                // Lists have one dimension: there are no subscripts of another.
                if dimension.constant != .integer(1) {
                    let isFirst = Expr.binary(dimension.expr, .equal, .integer(1))
                    rows.expr = Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: isFirst, result: list.expr)], otherwise: nil))
                }
                lists.append((rows, key, key))
                continue
            }
            if let made = Binder.jsonRowFunctions[key] {
                lists.append((try jsonParts(try bind(call.arguments[0].value, scope), made.part, made.type, range: range), made.column, key))
                continue
            }
            // No table is a partition or has any.
            if key == "pg_partition_ancestors" {
                _ = try bind(call.arguments[0].value, scope)
                lists.append((Bound(.string("[]"), .list(.bigint)), key, key))
                continue
            }
            for argument in call.arguments.prefix(key == "unnest" ? call.arguments.count : 1) {
                lists.append((try asList(try bind(argument.value, scope)), key, key))
            }
        }
        let isPlace: (String) -> Bool = { $0 == "generate_subscripts" }
        func place(_ isVector: Bool) -> (Identifier) -> Expr {
            { isVector ? .column("key", of: $0) : .binary(.column("key", of: $0), .add, .integer(1)) }
        }
        guard lists.count == 1, let only = lists.first else {
            let zipped = Expr.call("bl_list_zip", lists.map(\.list.expr), range: range)
            return (zipped, lists.enumerated().map { index, item in
                let element = item.list.type.element ?? .null
                let value: (Identifier) -> Expr = { .call("bl_list_element", .column("value", of: $0), .integer(Int64(index + 1))) }
                guard isPlace(item.kind) else { return MadeColumn(name: item.name, type: element, expr: value) }
                return MadeColumn(name: item.name, type: .integer) { alias in
                    Expr(.caseWhen(
                        operand: nil,
                        branches: [WhenBranch(
                            condition: .binary(.column("key", of: alias), .less, .call("bl_list_length", item.list.expr)), result: place(item.list.isVector)(alias))],
                        otherwise: nil))
                }
            })
        }
        let element = only.list.type.element ?? .null
        let value = MadeColumn(name: only.name, type: element) { .column("value", of: $0) }
        switch only.kind {
        case "generate_subscripts": return (only.list.expr, [MadeColumn(name: only.name, type: .integer, expr: place(only.list.isVector))])
        case "_pg_expandarray": return (only.list.expr, [MadeColumn(name: "x", type: element) { .column("value", of: $0) }, MadeColumn(name: "n", type: .integer, expr: place(false))])
        default: return (only.list.expr, [value])
        }
    }

    private func addListRows(
        _ list: Expr, _ made: [MadeColumn], name: String, _ function: FunctionSource?, isHidden: Bool, scope: Scope, range: SourceRange
    ) throws(SQLError) -> TableRef {
        let display = function?.alias?.name.text ?? name
        let lowered = isHidden ? freshName("unnest") : uniqueAlias(display, scope)
        func column(_ name: String, _ type: DuckType, _ expr: Expr) -> RelationColumn {
            var column = RelationColumn(name: name, lowered: Identifier(name), type: type)
            column.computed = expr
            column.isHidden = isHidden
            return column
        }
        var columns = made.map { column($0.name, $0.type, $0.expr(lowered)) }
        if function?.withOrdinality ?? false {
            columns.append(column("ordinality", .bigint, .binary(.column("key", of: lowered), .add, .integer(1))))
        }
        var relation = Relation(alias: isHidden ? nil : display, key: isHidden ? "" : foldedASCII(display), lowered: lowered, columns: try aliased(columns, function?.alias))
        relation.qualifiedOnly = isHidden
        // PostgreSQL's name for the column of a function that has an alias: `SELECT k FROM unnest(keys) k`.
        if let alias = function?.alias, alias.columns.isEmpty, made.count == 1, let only = made.first, relation.index(of: alias.name.key) == nil {
            var named = column(alias.name.text, only.type, only.expr(lowered))
            named.isHidden = true
            relation.columns.append(named)
        }
        scope.relations.append(relation)
        return TableRef(.function(FunctionSource(FunctionCall("json_each", [list]), alias: TableAlias(lowered))), range: range)
    }

    // MARK: - LATERAL

    /// A subquery that sees the items of FROM before it: SQLite has none, but the arguments of json_each see them. The rows of
    /// the subquery become one list of lists.
    func bindLateral(_ select: Select, alias: TableAlias?, scope: Scope, range: SourceRange) throws(SQLError) -> TableRef {
        let saved = namesColumns
        namesColumns = true
        defer { namesColumns = saved }
        let query = try bindQuery(select, parent: scope)
        let rows = freshName("q")
        let values = query.columns.map { Expr.column($0.lowered, of: rows) }
        guard !query.columns.contains(where: { $0.type == .blob || $0.type == .interval }) else { throw unsupported("LATERAL with a column of BLOB or INTERVAL", at: range) }
        let core = SelectCore(
            items: [.expr(.call("bl_list_collect", .call("bl_list_value", values), .integer(1)), alias: nil)],
            from: [TableRef(.subquery(query.select, alias: TableAlias(rows), lateral: false, sample: nil))])
        let display = alias?.name.text
        let lowered = display.map { uniqueAlias($0, scope) } ?? freshName("s")
        let columns = query.columns.enumerated().map { index, column in
            var made = column.relationColumn
            made.computed = .call("bl_list_element", .column("value", of: lowered), .integer(Int64(index + 1)))
            made.isNullable = true
            return made
        }
        scope.relations.append(Relation(alias: display, key: display.map(foldedASCII) ?? "", lowered: lowered, columns: try aliased(columns, alias)))
        return TableRef(.function(FunctionSource(FunctionCall("json_each", [Expr(.subquery(Select(core)))]), alias: TableAlias(lowered))), range: range)
    }

    // MARK: - In the SELECT list

    /// Takes the functions that make rows out of a SELECT list: they become an item of FROM that the list refers to.
    /// Several advance side by side.
    func hoistSetReturning(_ core: inout SelectCore, scope: Scope) throws(SQLError) -> TableRef? {
        var calls: [FunctionCall] = []
        var items = core.items
        for (index, item) in core.items.enumerated() {
            guard case .expr(let expr, let alias) = item else { continue }
            var found: [FunctionCall] = []
            let first = calls.count
            let replaced = try Binder.replacingRowFunctions(in: expr) { call, field in
                found.append(call)
                return Binder.reference(first + found.count - 1, field)
            }
            guard !found.isEmpty else { continue }
            calls += found
            items[index] = .expr(replaced, alias: alias ?? Identifier(resultName(of: expr)))
        }
        guard !calls.isEmpty else { return nil }
        core.items = items
        let saved = scope.clause
        scope.clause = .join
        defer { scope.clause = saved }
        if calls.count == 1, calls[0].name.name.key == "_pg_expandarray" {
            let (list, made) = try madeRows(calls, range: core.range, scope: scope)
            let pair = MadeColumn(name: "f0", type: .list(.bigint)) { alias in .call("bl_list_value", made.map { $0.expr(alias) }) }
            let columns = [pair] + made.map { MadeColumn(name: "f0" + $0.name, type: $0.type, expr: $0.expr) }
            return try rowsOfSelectList(list, columns, scope: scope, range: core.range)
        }
        // The arguments of one function are used in several places.
        if calls.allSatisfy({ $0.name.name.key == "_pg_expandarray" && $0.arguments == calls[0].arguments }) {
            let (list, made) = try madeRows([calls[0]], range: core.range, scope: scope)
            var columns: [MadeColumn] = []
            for index in calls.indices {
                columns.append(MadeColumn(name: "f\(index)", type: .list(.bigint)) { alias in .call("bl_list_value", made.map { $0.expr(alias) }) })
                columns += made.map { MadeColumn(name: "f\(index)" + $0.name, type: $0.type, expr: $0.expr) }
            }
            return try rowsOfSelectList(list, columns, scope: scope, range: core.range)
        }
        if let mixed = calls.first(where: { $0.name.name.key == "_pg_expandarray" }) { throw unsupported("\(mixed.name.name.text) beside other functions that make rows", at: core.range) }
        var (list, columns) = try madeRows(calls, range: core.range, scope: scope)
        for index in columns.indices { columns[index].name = "f\(index)" }
        return try rowsOfSelectList(list, columns, scope: scope, range: core.range)
    }

    private func rowsOfSelectList(_ list: Expr, _ columns: [MadeColumn], scope: Scope, range: SourceRange) throws(SQLError) -> TableRef {
        let table = try addListRows(list, columns, name: "", nil, isHidden: true, scope: scope, range: range)
        let last = scope.relations.count - 1
        scope.relations[last].key = Binder.rowsKey
        return table
    }

    /// The name under which the SELECT list knows the rows; no name of a user's can be it.
    private static let rowsKey = "\u{1}rows"

    private static func reference(_ index: Int, _ field: String) -> Expr {
        .column(Identifier("f\(index)\(field)"), of: Identifier(rowsKey))
    }

    private static func replacingRowFunctions(in expr: Expr, _ replace: @escaping (FunctionCall, String) -> Expr) throws(SQLError) -> Expr {
        func rowCall(_ expr: Expr) -> FunctionCall? {
            guard case .call(let call) = expr.node, call.over == nil, listRowFunctions.contains(call.name.name.key) else { return nil }
            return call
        }
        return try expr.mapExpressions { (node) throws(SQLError) -> Expr? in
            switch node.node {
            case .subquery, .exists, .arraySubquery, .membership(_, .subquery, _), .quantified(_, _, _, .subquery): return node
            case .field(let base, let name):
                guard let call = rowCall(base), call.name.name.key == "_pg_expandarray", name.key == "x" || name.key == "n" else { return nil }
                return Expr(replace(call, name.key).node, range: node.range)
            default:
                guard let call = rowCall(node) else { return nil }
                return Expr(replace(call, "").node, range: node.range)
            }
        }
    }
}
