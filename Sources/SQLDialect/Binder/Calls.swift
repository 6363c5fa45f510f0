extension Binder {
    // MARK: - Calls

    func bindCall(_ call: FunctionCall, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        let key = call.name.name.key
        if let schema = call.name.schema, !["pg_catalog", "main", "public", "information_schema"].contains(schema.key) {
            throw error(BinderCode.noSuchFunction, "There is no function \(schema.text).\(call.name.name.text)", at: call.name.range)
        }
        if let operation = BranchFunctions.operation(key) {
            throw error(
                BinderCode.bind, "\(operation.rawValue)() changes branches and can only stand alone: SELECT \(operation.rawValue)(…)", at: range)
        }
        if call.over != nil { return try bindWindow(call, key, range: range, scope: scope) }
        if WindowFunctionTable.names.contains(key) {
            throw error(BinderCode.bind, "The window function \(call.name.name.text) needs OVER", at: range)
        }
        if AggregateFunctionTable.contains(key), !(key == "min" || key == "max") || call.arguments.count == 1 {
            return try bindAggregate(call, key, range: range, scope: scope)
        }
        if call.isStar || call.isDistinct || call.filter != nil || !call.orderBy.isEmpty || !call.withinGroup.isEmpty {
            guard FunctionCatalog.scalar[key] == nil, SpecialFunction(key: key) == nil else {
                throw error(BinderCode.bind, "\(call.name.name.text) is not an aggregate function", at: range)
            }
        }
        if Binder.sequenceFunctions.contains(key) { return try bindSequenceCall(call, range: range, scope: scope) }
        for argument in call.arguments where argument.name != nil {
            throw unsupported("A named argument of \(call.name.name.text)", at: argument.value.range)
        }
        var arguments: [Bound] = []
        arguments.reserveCapacity(call.arguments.count)
        for (index, argument) in call.arguments.enumerated() {
            if index == 0, Binder.fullTextFunctions.contains(key), let table = try fullTextTable(argument.value, scope) {
                arguments.append(table)
            } else if index == 0, let part = Binder.datePartWord(argument.value, of: key) {
                arguments.append(Bound(constant: .text(part), .varchar, range: argument.value.range, flexibility: .stringLiteral))
            } else {
                arguments.append(try bind(index == 0 && Binder.rowFunctions.contains(key) ? wholeRow(argument.value, scope) : argument.value, scope))
            }
        }
        if Binder.fullTextFunctions.contains(key) { return self.call(key, arguments, key == "bm25" ? .double : .varchar, range: range) }
        if let bound = try bindPostgreSQLFunction(key, call, arguments, range: range) { return bound }
        if let special = SpecialFunction(key: key), let bound = try bindSpecial(special, call, arguments, range: range) { return bound }
        if let bound = try bindListFunction(key, call, arguments, range: range) { return bound }
        if let overloads = FunctionCatalog.scalar[key] {
            guard let overload = choose(overloads, for: arguments) else { throw wrongArguments(call, arguments, range: range) }
            return try apply(overload, arguments, range: range)
        }
        if let bound = try bindCatalogFunction(key, call, arguments, range: range) { return bound }
        throw noSuchFunction(call.name.name)
    }

    private static let fullTextFunctions: Set<String> = ["bm25", "highlight", "snippet"]

    func noSuchFunction(_ name: Identifier) -> SQLError {
        if FunctionCatalog.isNested(name.key) {
            return unsupported("The function \(name.text), which works on lists, structs or maps,", at: name.range)
        }
        return error(
            BinderCode.noSuchFunction, "Function with name \(name.text) does not exist", at: name.range,
            hint: nearest(name.text, among: FunctionCatalog.names.sorted()).map { "Did you mean \"\($0)\"?" })
    }

    /// `DATEADD(day, 1, d)`: Snowflake writes the part as a bare word.
    private static func datePartWord(_ expr: Expr, of key: String) -> String? {
        guard SpecialFunction.takesDatePart.contains(key), case .column(let reference) = expr.node, reference.path.count == 1,
            !reference.name.quoted
        else { return nil }
        return reference.name.key
    }

    // MARK: - Aggregates

    private func bindAggregate(_ call: FunctionCall, _ key: String, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        guard scope.clause.allowsAggregates else {
            throw error(
                BinderCode.bind,
                scope.clause == .aggregateArgument
                    ? "Aggregate function calls cannot be nested" : "Aggregate functions are not allowed in \(scope.clause.name)", at: range,
                hint: scope.clause == .filter ? "Use HAVING" : nil)
        }
        scope.aggregateCount += 1
        let saved = scope.clause
        scope.clause = .aggregateArgument
        defer { scope.clause = saved }
        let filter = try call.filter.map { (expr) throws(SQLError) in try truth(try bind(expr, scope)).expr }
        return try aggregate(call, key, range: range, scope: scope, filter: filter, over: nil)
    }

    private func aggregate(_ call: FunctionCall, _ key: String, range: SourceRange, scope: Scope, filter: Expr?, over: WindowReference?) throws(SQLError) -> Bound {
        if call.nullTreatment == .ignore { throw unsupported("IGNORE NULLS", at: range) }
        var arguments: [Bound] = []
        for argument in call.arguments { arguments.append(try bind(Binder.rowFunctions.contains(key) ? wholeRow(argument.value, scope) : argument.value, scope)) }

        func finished(_ target: String, _ values: [Bound], _ type: DuckType, star: Bool = false, distinct: Bool = call.isDistinct, nullable: Bool = true) throws(SQLError) -> Bound {
            var lowered = FunctionCall(target, values.map(\.expr))
            lowered.isStar = star
            lowered.isDistinct = distinct
            lowered.filter = filter
            lowered.over = over
            if over != nil, Binder.wholeGroupOnly.contains(target) { throw unsupported("\(call.name.name.text) as a window function", at: range) }
            if distinct, over != nil { throw unsupported("DISTINCT in a window function", at: range) }
            if distinct, values.count != 1 { throw unsupported("DISTINCT with several arguments in \(call.name.name.text)", at: range) }
            return Bound(Expr(.call(lowered), range: range), type, nullable: nullable)
        }

        switch key {
        case "count", "count_star":
            if call.isStar || arguments.isEmpty { return try finished("count", [], .bigint, star: true, distinct: false, nullable: false) }
            guard arguments.count == 1 else { throw unsupported("count with several arguments", at: range) }
            return try finished("count", arguments, .bigint, nullable: false)
        case "sum", "avg", "mean":
            guard arguments.count == 1 else { throw wrongArguments(call, arguments, range: range) }
            if case .decimal(_, let scale) = arguments[0].type {
                if key == "sum" { return try finished("bl_sum_int", arguments, .decimal(precision: DuckType.maximumPrecision, scale: scale)) }
                if call.isDistinct { return try finished("bl_avg_double", [try cast(arguments[0], to: .double)], .double) }
                return try finished("bl_avg_decimal", arguments + [Bound(constant: .integer(Int64(scale)), .integer, range: range)], .double)
            }
        case "median", "quantile_cont", "percentile_cont":
            if let result = try continuousQuantile(call, key, arguments, range: range, scope: scope, finished: finished) { return result }
        case "percentile_disc", "mode":
            if let term = call.withinGroup.first {
                let value = try bind(term.expr, scope)
                if key == "mode" { return try finished("bl_mode", [value], value.type) }
                guard let quantile = arguments.first else { throw wrongArguments(call, arguments, range: range) }
                let share = try fraction(quantile, descending: false)
                guard term.direction == .descending else { return try finished("bl_quantile_disc", [value, share], value.type) }
                guard value.type.isNumeric || value.type.isTemporal else { throw unsupported("\(call.name.name.text) of \(value.type.name) in descending order", at: range) }
                // The stored numbers turned about.
                let turned = Bound(Expr(.unary(.negate, value.expr)), value.type)
                let result = try finished("bl_quantile_disc", [turned, share], value.type)
                return Bound(Expr(.unary(.negate, result.expr), range: range), value.type)
            }
        case "string_agg", "group_concat", "listagg":
            guard (1...2).contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
            let value = try cast(arguments[0], to: .varchar)
            let separator = arguments.count == 2 ? try text(arguments[1], "A separator") : Bound(constant: .text(","), .varchar, range: range)
            let order = call.orderBy + call.withinGroup
            if !order.isEmpty {
                let (specification, keys) = try orderedKeys(order, scope)
                return try finished(
                    call.isDistinct ? "bl_string_agg_distinct_ordered" : "bl_string_agg_ordered", [value, separator, specification] + keys, .varchar,
                    distinct: false)
            }
            if call.isDistinct {
                return separator.constant == .text(",")
                    ? try finished("bl_string_agg", [value], .varchar) : try finished("bl_string_agg_distinct", [value, separator], .varchar, distinct: false)
            }
            return try finished("bl_string_agg", [value, separator], .varchar)
        case "array_agg", "list":
            guard arguments.count == 1 else { throw wrongArguments(call, arguments, range: range) }
            let value = try listElement(try shown(arguments[0]))
            let suffix = (call.isDistinct ? "_distinct" : "") + (call.orderBy.isEmpty ? "" : "_ordered")
            let (specification, keys) = call.orderBy.isEmpty ? (nil, []) : try orderedKeys(call.orderBy, scope)
            let isRaw = Bound(constant: .integer(value.type.element == nil ? 0 : 1), .integer, range: range)
            return try finished("bl_list_agg" + suffix, [value, isRaw] + (specification.map { [$0] } ?? []) + keys, .list(value.type), distinct: false)
        case "json_agg", "jsonb_agg":
            guard arguments.count == 1 else { throw wrongArguments(call, arguments, range: range) }
            guard let value = try bindSpecial(.to_json, FunctionCall("to_json", []), arguments, range: range) else { throw wrongArguments(call, arguments, range: range) }
            let suffix = (call.isDistinct ? "_distinct" : "") + (call.orderBy.isEmpty ? "" : "_ordered")
            let (specification, keys) = call.orderBy.isEmpty ? (nil, []) : try orderedKeys(call.orderBy, scope)
            let isDocument = Bound(constant: .integer(2), .integer, range: range)
            return try finished("bl_list_agg" + suffix, [value, isDocument] + (specification.map { [$0] } ?? []) + keys, .json, distinct: false)
        case "json_object_agg", "jsonb_object_agg":
            guard arguments.count == 2 else { throw wrongArguments(call, arguments, range: range) }
            let object = try finished("json_group_object", [try text(arguments[0], "A JSON key"), try jsonValue(arguments[1])], .json)
            return self.call("nullif", [object, Bound(constant: .text("{}"), .varchar, range: range)], .json, range: range, nullable: true)
        case "json_group_array":
            guard arguments.count == 1 else { throw wrongArguments(call, arguments, range: range) }
            return try finished("json_group_array", [try jsonValue(arguments[0])], .json)
        case "json_group_object":
            guard arguments.count == 2 else { throw wrongArguments(call, arguments, range: range) }
            return try finished("json_group_object", [try text(arguments[0], "A JSON key"), try jsonValue(arguments[1])], .json)
        case "first", "last", "any_value", "arbitrary":
            if !call.orderBy.isEmpty, arguments.count == 1 {
                let (specification, keys) = try orderedKeys(call.orderBy, scope)
                return try finished(key == "last" ? "bl_last_ordered" : "bl_first_ordered", [arguments[0], specification] + keys, arguments[0].type)
            }
        case "min", "max":
            if arguments[0].type.orderKey != nil { throw unsupported("\(key) of \(arguments[0].type.name)", at: range) }
        default: break
        }
        guard let overloads = FunctionCatalog.aggregate[key] else { throw wrongArguments(call, arguments, range: range) }
        guard let overload = choose(overloads, for: arguments) else { throw wrongArguments(call, arguments, range: range) }
        let plain = try apply(overload, arguments, range: range)
        guard case .call(let lowered) = plain.expr.node else { return plain }
        return try finished(lowered.name.name.text, lowered.arguments.map { Bound($0.value, .null) }, plain.type)
    }

    /// Median and continuous quantiles: computed as doubles, given back in the type of what they are of.
    private func continuousQuantile(
        _ call: FunctionCall, _ key: String, _ arguments: [Bound], range: SourceRange, scope: Scope,
        finished: (String, [Bound], DuckType, Bool, Bool, Bool) throws(SQLError) -> Bound
    ) throws(SQLError) -> Bound? {
        var value: Bound
        var quantile: Bound?
        if let term = call.withinGroup.first {
            guard let given = arguments.first else { throw wrongArguments(call, arguments, range: range) }
            value = try bind(term.expr, scope)
            quantile = try fraction(given, descending: term.direction == .descending)
        } else if key == "median" {
            guard arguments.count == 1 else { throw wrongArguments(call, arguments, range: range) }
            value = arguments[0]
        } else {
            guard arguments.count == 2 else { throw wrongArguments(call, arguments, range: range) }
            value = arguments[0]
            quantile = try fraction(arguments[1], descending: false)
        }
        let target = quantile == nil ? "bl_median" : "bl_quantile_cont"
        let rest = quantile.map { [$0] } ?? []
        let type = value.type
        // Computed in the storage form where it is one of whole numbers.
        switch type {
        case .decimal: return try finished(target + "_decimal", [value] + rest, type, false, call.isDistinct, true)
        case .date: return try finished(target + "_date", [value] + rest, .timestamp, false, call.isDistinct, true)
        case .timestamp, .timestampTZ: return try finished(target + "_timestamp", [value] + rest, type, false, call.isDistinct, true)
        case .time: return try finished(target + "_time", [value] + rest, type, false, call.isDistinct, true)
        case .varchar where quantile == nil && value.flexibility == .none: return try finished("bl_median_any", [value], type, false, call.isDistinct, true)
        default: break
        }
        let number = try implicit(value, to: .double, in: call.name.name.text)
        return try finished(target, [Binder.withoutRealCast(number)] + rest, .double, false, call.isDistinct, true)
    }

    private func fraction(_ value: Bound, descending: Bool) throws(SQLError) -> Bound {
        let number = try cast(value, to: .double)
        guard descending else { return number }
        return Bound(Expr(.binary(.subtract, Expr(.literal(.double("1.0"))), number.expr)), .double)
    }

    /// The keys of an ORDER BY inside an aggregate, and a text that tells how each orders: `a` ascending, `d` descending, in
    /// upper case with NULLs first.
    func orderedKeys(_ terms: [OrderTerm], _ scope: Scope) throws(SQLError) -> (Bound, [Bound]) {
        var specification = ""
        var keys: [Bound] = []
        for term in terms {
            let letter = term.direction == .descending ? "d" : "a"
            specification += term.nulls == .first ? letter.uppercased() : letter
            let key = try bind(term.expr, scope)
            if let function = key.type.orderKey { keys.append(call(function, [key], .bigint, range: key.range)) } else { keys.append(key) }
        }
        return (Bound(constant: .text(specification), .varchar, range: .none), keys)
    }

    /// Aggregates of the run time that cannot move with a window's frame.
    private static let wholeGroupOnly: Set<String> = [
        "bl_first", "bl_last", "bl_any_value", "bl_arg_min", "bl_arg_max", "bl_arg_min_null", "bl_arg_max_null", "bl_string_agg_ordered",
        "bl_string_agg_distinct", "bl_string_agg_distinct_ordered", "bl_first_ordered", "bl_last_ordered", "bl_list_agg", "bl_list_agg_distinct",
        "bl_list_agg_ordered", "bl_list_agg_distinct_ordered",
    ]

    // MARK: - Windows

    private func bindWindow(_ call: FunctionCall, _ key: String, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        guard scope.clause.allowsWindows else {
            throw error(
                BinderCode.bind, "Window functions are not allowed in \(scope.clause.name)", at: range,
                hint: scope.clause == .filter || scope.clause == .having ? "Use QUALIFY" : nil)
        }
        scope.windowCount += 1
        let saved = scope.clause
        scope.clause = .windowArgument
        defer { scope.clause = saved }
        if call.nullTreatment == .ignore { throw unsupported("IGNORE NULLS in a window function", at: range) }
        let window = WindowReference.definition(try bindWindowDefinition(call.over, range: range, scope: scope))
        let filter = try call.filter.map { (expr) throws(SQLError) in try truth(try bind(expr, scope)).expr }
        func finished(_ target: String, _ values: [Bound], _ type: DuckType, nullable: Bool = true) -> Bound {
            var lowered = FunctionCall(target, values.map(\.expr))
            lowered.over = window
            lowered.filter = filter
            return Bound(Expr(.call(lowered), range: range), type, nullable: nullable)
        }
        guard WindowFunctionTable.names.contains(key) || key == "first" || key == "last" else {
            guard AggregateFunctionTable.contains(key) else {
                if FunctionCatalog.scalar[key] == nil, SpecialFunction(key: key) == nil { throw noSuchFunction(call.name.name) }
                throw error(BinderCode.bind, "\(call.name.name.text) is not an aggregate or window function", at: range)
            }
            if !call.orderBy.isEmpty || !call.withinGroup.isEmpty { throw unsupported("ORDER BY inside a window function", at: range) }
            return try aggregate(call, key, range: range, scope: scope, filter: filter, over: window)
        }
        if call.isDistinct { throw unsupported("DISTINCT in a window function", at: range) }
        var arguments: [Bound] = []
        for argument in call.arguments { arguments.append(try bind(argument.value, scope)) }
        func expect(_ counts: ClosedRange<Int>) throws(SQLError) {
            guard counts.contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
        }
        switch key {
        case "row_number", "rank", "dense_rank", "rank_dense":
            try expect(0...0)
            return finished(key == "rank_dense" ? "dense_rank" : key, [], .bigint, nullable: false)
        case "percent_rank", "cume_dist":
            try expect(0...0)
            return finished(key, [], .double, nullable: false)
        case "ntile":
            try expect(1...1)
            return finished("ntile", [try implicit(arguments[0], to: .bigint, in: "ntile")], .bigint, nullable: false)
        case "lag", "lead":
            try expect(1...3)
            var values = [arguments[0]]
            if arguments.count > 1 { values.append(try implicit(arguments[1], to: .bigint, in: key)) }
            if arguments.count > 2 { values.append(try cast(arguments[2], to: arguments[0].type)) }
            return finished(key, values, arguments[0].type)
        case "nth_value":
            try expect(2...2)
            return finished("nth_value", [arguments[0], try implicit(arguments[1], to: .bigint, in: key)], arguments[0].type)
        default:
            try expect(1...1)
            return finished(key.hasPrefix("first") ? "first_value" : "last_value", arguments, arguments[0].type)
        }
    }

    private func bindWindowDefinition(_ reference: WindowReference?, range: SourceRange, scope: Scope) throws(SQLError) -> WindowDefinition {
        var definition: WindowDefinition
        switch reference {
        case .definition(let given): definition = given
        case .named(let name):
            guard let known = scope.windows[name.key] else { throw error(BinderCode.noSuchObject, "Window \"\(name.text)\" does not exist", at: name.range) }
            definition = known
        case nil: definition = WindowDefinition()
        }
        var hops = 0
        while let base = definition.base {
            guard let known = scope.windows[base.key] else { throw error(BinderCode.noSuchObject, "Window \"\(base.text)\" does not exist", at: base.range) }
            hops += 1
            guard hops <= scope.windows.count else { throw error(BinderCode.bind, "Window \"\(base.text)\" refers to itself", at: base.range) }
            if definition.partitionBy.isEmpty { definition.partitionBy = known.partitionBy }
            if definition.orderBy.isEmpty { definition.orderBy = known.orderBy }
            if definition.frame == nil { definition.frame = known.frame }
            definition.base = known.base
        }
        var lowered = WindowDefinition()
        for expr in definition.partitionBy { lowered.partitionBy.append(try bind(expr, scope).expr) }
        var orderType: DuckType?
        for term in definition.orderBy {
            let key = try bind(term.expr, scope)
            orderType = key.type
            lowered.orderBy.append(orderTerm(key, like: term))
        }
        if let frame = definition.frame {
            let ordering = definition.orderBy.count == 1 ? orderType : nil
            lowered.frame = WindowFrame(
                unit: frame.unit, start: try bindBound(frame.start, frame.unit, ordering, range: range, scope: scope),
                end: try frame.end.map { (bound) throws(SQLError) in try bindBound(bound, frame.unit, ordering, range: range, scope: scope) },
                exclusion: frame.exclusion)
        }
        return lowered
    }

    private func bindBound(_ bound: WindowFrame.Bound, _ unit: WindowFrame.Unit, _ ordering: DuckType?, range: SourceRange, scope: Scope) throws(SQLError) -> WindowFrame.Bound {
        switch bound {
        case .unboundedPreceding, .currentRow, .unboundedFollowing: return bound
        case .preceding(let expr): return .preceding(try frameOffset(expr, unit, ordering, scope: scope))
        case .following(let expr): return .following(try frameOffset(expr, unit, ordering, scope: scope))
        }
    }

    /// The distance of a frame's edge in the storage form of what the window orders by.
    private func frameOffset(_ expr: Expr, _ unit: WindowFrame.Unit, _ ordering: DuckType?, scope: Scope) throws(SQLError) -> Expr {
        let value = try bind(expr, scope)
        guard unit == .range else { return try implicit(value, to: .bigint, in: "A window frame").expr }
        switch ordering {
        case .date, .timestamp, .timestampTZ:
            guard let interval = (try cast(value, to: .interval)).constant, case .blob(let bytes) = interval, let span = IntervalConstant(bytes: bytes),
                span.months == 0
            else { throw unsupported("A RANGE frame whose distance is not a constant of days or less", at: expr.range) }
            if ordering == .date {
                guard span.micros == 0 else { throw unsupported("A RANGE frame over DATE with a distance of less than a day", at: expr.range) }
                return .integer(Int64(span.days))
            }
            return .integer(Int64(span.days) * ConstantReader.microsPerDay + span.micros)
        case .decimal(_, let scale): return try cast(value, to: .decimal(precision: DuckType.maximumPrecision, scale: scale)).expr
        default: return value.expr
        }
    }

    /// A term of ORDER BY: NULLs last unless the statement says otherwise, written only where SQLite would do otherwise.
    func orderTerm(_ key: Bound, like term: OrderTerm) -> OrderTerm {
        var key = key
        if let function = key.type.orderKey { key.expr = .call(function, key.expr) }
        var result = OrderTerm(key.expr, direction: term.direction == .descending ? .descending : nil)
        // SQLite takes NULL for the smallest value: first when ascending, last when descending.
        switch (term.direction == .descending, term.nulls ?? .last) {
        case (false, .last): if key.isNullable { result.nulls = .last }
        case (true, .first): if key.isNullable { result.nulls = .first }
        default: break
        }
        return result
    }
}

extension IntervalConstant {
    /// From the storage form.
    init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        months = Int32(bitPattern: UInt32(truncatingIfNeeded: number(0 ..< 4)) ^ 0x8000_0000)
        days = Int32(bitPattern: UInt32(truncatingIfNeeded: number(4 ..< 8)) ^ 0x8000_0000)
        micros = Int64(bitPattern: number(8 ..< 16) ^ 0x8000_0000_0000_0000)
    }
}
