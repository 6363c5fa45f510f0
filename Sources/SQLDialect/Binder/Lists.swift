extension Binder {
    // MARK: - Making lists

    /// `[a, b]`, `ARRAY[a, b]`; with an element type where a cast around it says so.
    func list(_ items: [Expr], of element: DuckType?, isTry: Bool, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        var values: [Bound] = []
        values.reserveCapacity(items.count)
        for item in items {
            if case .list(let inner) = item.node, let below = element?.element {
                values.append(try list(inner, of: below, isTry: isTry, range: item.range, scope: scope))
            } else {
                values.append(try bind(item, scope))
            }
        }
        var type: DuckType
        if let element { type = element } else { type = try unify(values, in: "a list") }
        if type == .dynamic, values.contains(where: { if case .parameter = $0.flexibility { true } else { false } }) { type = .varchar }
        guard type != .blob, type != .interval else { throw unsupported("A list of \(type.name)", at: range) }
        if type != .null, type != .dynamic { for index in values.indices { values[index] = try cast(values[index], to: type, isTry: isTry) } }
        return listValue(values, of: type, range: range)
    }

    /// How many arguments one call of the run time's list functions gets.
    private static let argumentsPerCall = 100

    /// Values of one type as a list.
    func listValue(_ values: [Bound], of element: DuckType, range: SourceRange) -> Bound {
        let constants = values.compactMap(\.constant)
        if constants.count == values.count, let json = ListText.json(constants, of: element) {
            return Bound(constant: .text(json), .list(element), range: range)
        }
        let function = element.element == nil ? "bl_list_value" : "bl_list_value_nested"
        var parts: [Expr] = []
        for start in stride(from: 0, to: values.count, by: Binder.argumentsPerCall) {
            let end = min(start + Binder.argumentsPerCall, values.count)
            parts.append(.call(function, values[start ..< end].map(\.expr), range: range))
        }
        while parts.count > 1 {
            var joined: [Expr] = []
            for start in stride(from: 0, to: parts.count, by: Binder.argumentsPerCall) {
                joined.append(.call("bl_list_concat", Array(parts[start ..< min(start + Binder.argumentsPerCall, parts.count)]), range: range))
            }
            parts = joined
        }
        return Bound(parts.first ?? .call(function, [], range: range), .list(element), nullable: false)
    }

    /// `ARRAY(SELECT …)`
    func listOfRows(_ select: Select, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        let saved = namesColumns
        namesColumns = true
        defer { namesColumns = saved }
        let query = try bindQuery(select, parent: scope)
        guard query.columns.count == 1 else {
            throw error(BinderCode.bind, "Subquery returns \(query.columns.count) columns - expected 1", at: range)
        }
        let alias = freshName("q")
        var column = Bound(.column(query.columns[0].lowered, of: alias), query.columns[0].type)
        column = try listElement(column)
        let core = SelectCore(
            items: [.expr(collected(column), alias: nil)],
            from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
        return Bound(Expr(.subquery(Select(core)), range: range), .list(column.type), nullable: false)
    }

    private func collected(_ value: Bound) -> Expr {
        .call("bl_list_collect", value.expr, .integer(value.type.element == nil ? 0 : 1))
    }

    /// A value that is to be an element of a list.
    func listElement(_ value: Bound) throws(SQLError) -> Bound {
        if case .parameter = value.flexibility { return try cast(value, to: .varchar) }
        guard value.type != .blob, value.type != .interval else { throw unsupported("A list of \(value.type.name)", at: value.range) }
        return value
    }

    // MARK: - Casts

    /// A value as a list: another list, a text, JSON.
    func listCast(_ value: Bound, to element: DuckType, isTry: Bool) throws(SQLError) -> Bound {
        let type = DuckType.list(element)
        if case .list(let own) = value.type { return try recast(value, of: own, to: element, isTry: isTry) }
        if value.type == .json, value.flexibility == .none {
            var item = Bound(.null, .dynamic)
            item.flexibility = .loose
            return try mapped(value, item, to: element, isTry: isTry, range: value.range)
        }
        if value.type == .varchar, case .text(let text)? = value.constant {
            if let json = ListText.folded(text, as: element) { return Bound(constant: .text(json), type, range: value.range) }
            guard isTry || ListText.parse(text) != nil else {
                throw error(
                    BinderCode.conversion, "Type VARCHAR with value '\(text)' can't be cast to the destination type \(type.name)", at: value.range,
                    hint: "A list is written '[1, 2]' or '{1,2}'")
            }
        }
        guard value.adapts || value.type == .varchar || value.type == .dynamic else {
            throw typeError("Unimplemented type for cast (\(value.type.name) -> \(type.name))", at: value.range)
        }
        let parsed = Bound(.call(isTry ? "bl_try_list_parse" : "bl_list_parse", value.expr, range: value.range), type.textList)
        return try recast(parsed, of: element.textList, to: element, isTry: isTry)
    }

    /// A list of another element type.
    private func recast(_ value: Bound, of own: DuckType, to element: DuckType, isTry: Bool) throws(SQLError) -> Bound {
        var same = value
        same.type = .list(element)
        same.flexibility = .none
        if own != element { same.origin = nil }
        if own == element || own == .null || element == .dynamic || element == .null { return same }
        let item = Bound(.column("value"), own)
        if try cast(item, to: element, isTry: isTry).expr == item.expr { return same }
        if element == .varchar, own.element == nil {
            return call("bl_list_texts", [value, Bound(constant: .text(value.type.name), .varchar, range: value.range)], .list(.varchar), range: value.range)
        }
        return try mapped(value, item, to: element, isTry: isTry, range: value.range)
    }

    /// A list, or JSON, with each element cast.
    private func mapped(_ list: Bound, _ kind: Bound, to element: DuckType, isTry: Bool, range: SourceRange) throws(SQLError) -> Bound {
        let alias = freshName("e")
        var item = kind
        item.expr = .column("value", of: alias)
        let converted = try cast(item, to: element, isTry: isTry)
        let core = SelectCore(
            items: [.expr(collected(converted), alias: nil)],
            from: [TableRef(.function(FunctionSource(FunctionCall("json_each", [list.expr]), alias: TableAlias(alias))))])
        var result = Expr(.subquery(Select(core)), range: range)
        if list.isNullable {
            result = Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: Expr(.isNull(list.expr, negated: true)), result: result)], otherwise: nil), range: range)
        }
        return Bound(result, .list(element), nullable: list.isNullable)
    }

    /// A list as text or JSON; nil when it is neither that is wanted.
    func castList(_ value: Bound, of element: DuckType, to type: DuckType) throws(SQLError) -> Bound? {
        let name = Bound(constant: .text(value.type.name), .varchar, range: value.range)
        switch type {
        case .varchar: return call("bl_list_text", [value, name], .varchar, range: value.range)
        case .json: return call("bl_list_json", [value, name], .json, range: value.range)
        default: return nil
        }
    }

    // MARK: - Rows of a list

    /// The elements of a list as a query of one column.
    func listRows(_ list: Bound, _ element: DuckType) -> BoundQuery {
        let alias = freshName("e"), value: Identifier = "value"
        let core = SelectCore(
            items: [.expr(.column(value, of: alias), alias: nil)],
            from: [TableRef(.function(FunctionSource(FunctionCall("json_each", [list.expr]), alias: TableAlias(alias))))])
        return BoundQuery(select: Select(core), columns: [QueryColumn(name: "unnest", lowered: value, type: element)])
    }

    func isRow(_ expr: Expr) -> Bool { if case .row = expr.node { true } else { false } }

    /// What stands to the right of ANY, ALL or of IN without parentheses, as a query.
    func quantifiedRows(_ from: InSource, for value: Bound, range: SourceRange, scope: Scope) throws(SQLError) -> BoundQuery {
        switch from {
        case .subquery(let select):
            let query = try bindQuery(select, parent: scope)
            // A query of one list means that list: `ANY ((SELECT conkey …))`.
            guard query.columns.count == 1, let element = query.columns[0].type.element, value.type.element == nil else { return query }
            return listRows(Bound(Expr(.subquery(query.select)), query.columns[0].type), element)
        case .expression(let expr):
            var list = try bind(expr, scope)
            if list.type.element == nil {
                let element = value.type == .dynamic || value.type == .null || value.adapts ? DuckType.varchar : value.type
                guard list.adapts || list.type == .json || list.type == .varchar else {
                    throw typeError("ANY and ALL take a list, not \(list.type.name)", at: expr.range)
                }
                list = try cast(list, to: .list(element))
            }
            return listRows(list, list.type.element ?? .varchar)
        default: throw unsupported("ANY or ALL of this", at: range)
        }
    }

    // MARK: - Operators

    func listElement(of list: Bound, _ element: DuckType, at position: Bound, range: SourceRange) throws(SQLError) -> Bound {
        var place = try implicit(position, to: .bigint, in: "An index")
        if list.isVector { place = Bound(.binary(place.expr, .add, .integer(1)), .bigint) }
        return call("bl_list_element", [list, place], element, range: range, nullable: true)
    }

    func bindSlice(_ base: Expr, _ lower: Expr?, _ upper: Expr?, _ step: Expr?, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        let value = try bind(base, scope)
        guard value.type.element != nil else { throw unsupported("A slice of \(value.type.name)", at: range, hint: "Use substring") }
        if let step { throw unsupported("A slice with a step", at: step.range) }
        func bound(_ expr: Expr?) throws(SQLError) -> Bound {
            guard let expr else { return Bound(constant: .null, .bigint, range: range) }
            return try implicit(try bind(expr, scope), to: .bigint, in: "A slice")
        }
        return call("bl_list_slice", [value, try bound(lower), try bound(upper)], value.type, range: range, nullable: true)
    }

    /// Two lists of one type.
    func sameLists(_ a: Bound, _ b: Bound, in what: String) throws(SQLError) -> (Bound, Bound, DuckType) {
        let x = try asList(a, like: b.type), y = try asList(b, like: a.type)
        guard let type = DuckType.unify(x.type, y.type) else {
            throw typeError("\(what) takes lists of one type, not \(a.type.name) and \(b.type.name)", at: b.range)
        }
        return (try cast(x, to: type), try cast(y, to: type), type)
    }

    /// The value as a list; what adapts takes the other's type.
    func asList(_ value: Bound, like other: DuckType = .list(.varchar)) throws(SQLError) -> Bound {
        if value.type.element != nil { return value }
        if value.type == .null { return try cast(value, to: other.element == nil ? .list(.null) : other) }
        guard value.adapts || value.type == .json else { throw typeError("\(value.type.name) is no list", at: value.range) }
        return try cast(value, to: other.element == nil ? .list(.varchar) : other)
    }

    func listPredicate(_ function: String, _ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> Bound {
        guard a.type.element != nil || b.type.element != nil else {
            if a.type == .json || b.type == .json { throw unsupported("The operator \(op.rawValue) of JSON", at: range) }
            throw noOperator(op, a, b, range: range)
        }
        let (x, y, _) = try sameLists(a, b, in: "The operator \(op.rawValue)")
        return call(function, [x, y], .boolean, range: range)
    }

    /// `||` with a list on one side at least: lists are joined, an element is put before or behind.
    func concatLists(_ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> Bound {
        let left = try asOperand(a, of: b.type), right = try asOperand(b, of: a.type)
        let (x, y, type) = try sameLists(left, right, in: "The operator ||")
        return call("bl_list_concat", [x, y], type, range: range)
    }

    private func asOperand(_ value: Bound, of other: DuckType) throws(SQLError) -> Bound {
        if value.type.element != nil || value.type == .null { return value }
        if case .text(let text)? = value.constant, value.flexibility == .stringLiteral, ListText.parse(text) != nil { return try cast(value, to: other) }
        guard let element = other.element else { return value }
        return listValue([element == .null ? value : try elementCast(value, to: element)], of: element == .null ? value.type : elementType(value, element), range: value.range)
    }

    /// The type of a list of `element` that takes a value in.
    private func elementType(_ value: Bound, _ element: DuckType) -> DuckType {
        value.adapts || value.flexibility == .integerLiteral && element.isNumeric ? element : DuckType.unify(element, value.type) ?? element
    }

    private func elementCast(_ value: Bound, to element: DuckType) throws(SQLError) -> Bound { try cast(value, to: elementType(value, element)) }

    /// A value beside a list, both brought to one element type.
    func withElement(_ list: Bound, _ value: Bound) throws(SQLError) -> (Bound, Bound) {
        let list = try asList(list)
        guard let element = list.type.element else { return (list, value) }
        let type = element == .null ? value.type : elementType(value, element)
        return (try cast(list, to: .list(type)), try cast(value, to: type))
    }
}
