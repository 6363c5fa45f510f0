extension Binder {
    /// PostgreSQL's functions of JSON that DuckDB has not; nil when the call is none.
    func bindJSONCall(_ key: String, _ call: FunctionCall, _ arguments: [Bound], range: SourceRange) throws(SQLError) -> Bound? {
        let name = call.name.name.text
        func expect(_ counts: ClosedRange<Int>) throws(SQLError) {
            guard counts.contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
        }
        func flag(_ index: Int, otherwise: Bool) throws(SQLError) -> Bound {
            index < arguments.count ? try cast(arguments[index], to: .boolean) : Bound(constant: .boolean(otherwise), .boolean, range: range)
        }
        func keys(_ index: Int) throws(SQLError) -> Bound { try textList(arguments[index]) }
        switch key {
        case "json_typeof", "jsonb_typeof":
            try expect(1...1)
            return self.call("bl_json_typeof", [try document(arguments[0])], .varchar, range: range)
        case "jsonb_array_length":
            try expect(1...1)
            return self.call("bl_json_array_length", [try document(arguments[0])], .integer, range: range)
        case "json_strip_nulls", "jsonb_strip_nulls":
            try expect(1...1)
            return self.call("bl_json_strip_nulls", [try document(arguments[0])], .json, range: range)
        case "jsonb_set", "jsonb_insert":
            try expect(3...4)
            let inserts = key == "jsonb_insert"
            let yes = Bound(constant: .boolean(true), .boolean, range: range), no = Bound(constant: .boolean(false), .boolean, range: range)
            return self.call(
                "bl_json_set",
                [
                    try document(arguments[0]), try keys(1), try document(arguments[2]), inserts ? yes : try flag(3, otherwise: true), inserts ? yes : no,
                    inserts ? try flag(3, otherwise: false) : no,
                ], .json, range: range)
        case "jsonb_exists":
            try expect(2...2)
            return self.call("bl_json_has_key", [try document(arguments[0]), try text(arguments[1], name)], .boolean, range: range)
        case "jsonb_exists_any", "jsonb_exists_all":
            try expect(2...2)
            let all = Bound(constant: .boolean(key == "jsonb_exists_all"), .boolean, range: range)
            return self.call("bl_json_has_keys", [try document(arguments[0]), try keys(1), all], .boolean, range: range)
        case "jsonb_contains":
            try expect(2...2)
            return self.call("bl_json_contains", [try document(arguments[0]), try document(arguments[1])], .boolean, range: range)
        case "jsonb_extract_path", "jsonb_extract_path_text":
            guard arguments.count > 1 else { throw wrongArguments(call, arguments, range: range) }
            let steps = try arguments.dropFirst().map { (step) throws(SQLError) in try text(step, name) }
            return path(try document(arguments[0]), listValue(Array(steps), of: .varchar, range: range), asText: key.hasSuffix("_text"), range: range)
        case "row_to_json":
            try expect(1...2)
            guard arguments[0].type == .json else { throw unsupported("row_to_json of what is no row of FROM", at: call.arguments[0].value.range) }
            return arguments[0]
        case "jsonb_pretty", "json_populate_record", "jsonb_populate_record", "json_to_record", "jsonb_to_record", "json_populate_recordset",
            "jsonb_path_query", "jsonb_path_exists":
            throw unsupported("The function \(name)", at: call.name.range)
        default: return nil
        }
    }

    /// Functions whose argument may be a whole row, by the name of a table in FROM.
    static let rowFunctions: Set<String> = ["row_to_json", "to_json", "to_jsonb", "json_agg", "jsonb_agg"]

    /// `row_to_json(t)`, `json_agg(t)`: the row as an object, where the name is no column's; else the expression as it is.
    func wholeRow(_ expr: Expr, _ scope: Scope) -> Expr {
        guard case .column(let reference) = expr.node, reference.path.count == 1 else { return expr }
        var next: Scope? = scope
        while let current = next {
            if current.relations.contains(where: { !$0.qualifiedOnly && $0.index(of: reference.name.key) != nil }) { return expr }
            if let relation = current.relations.first(where: { $0.alias != nil && $0.key == reference.name.key }) {
                let members = relation.columns.filter { !$0.isHidden }.flatMap { column in
                    [Expr.string(column.name), Expr(.column(ColumnReference(path: [reference.name, Identifier(column.name, quoted: true)])), range: expr.range)]
                }
                return Expr(.call(FunctionCall("json_object", members)), range: expr.range)
            }
            next = current.parent
        }
        return expr
    }

    /// `#>` and `#>>`: the value at the end of a path, which is a list of texts.
    func jsonPathValue(_ value: Bound, _ steps: Bound, asText: Bool, range: SourceRange) throws(SQLError) -> Bound {
        path(try document(value), try textList(steps), asText: asText, range: range)
    }

    private func path(_ value: Bound, _ steps: Bound, asText: Bool, range: SourceRange) -> Bound {
        self.call("bl_json_path", [value, steps, Bound(constant: .boolean(asText), .boolean, range: range)], asText ? .varchar : .json, range: range, nullable: true)
    }

    /// `@>` where one side is JSON; nil for lists.
    func jsonContains(_ whole: Bound, _ part: Bound, range: SourceRange) throws(SQLError) -> Bound? {
        guard whole.type == .json || part.type == .json else { return nil }
        return self.call("bl_json_contains", [try document(whole), try document(part)], .boolean, range: range)
    }

    /// A value as JSON: text is read, not quoted.
    func document(_ value: Bound) throws(SQLError) -> Bound {
        value.type == .json || value.type == .varchar || value.flexibility == .loose ? value : try cast(value, to: .json)
    }

    /// A list of texts, or what can be read as one: `'{a,b}'`.
    private func textList(_ value: Bound) throws(SQLError) -> Bound { try cast(value, to: .list(.varchar)) }
}
