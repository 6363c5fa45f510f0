extension Binder {
    /// Functions that only lists have.
    static let listFunctions: Set<String> = [
        "list_value", "list_pack", "array_length", "list_length", "cardinality", "array_upper", "array_lower", "array_ndims", "array_position",
        "list_position", "list_indexof", "array_indexof", "array_to_string", "string_to_array", "string_split", "str_split", "split", "regexp_split_to_array",
        "string_split_regex", "array_cat", "list_cat", "list_concat", "array_concat", "array_append", "list_append", "array_push_back", "array_prepend",
        "list_prepend", "array_push_front", "array_remove", "list_contains", "array_contains", "list_has", "array_has", "list_has_any", "array_has_any",
        "list_has_all", "array_has_all", "list_distinct", "array_distinct", "list_unique", "list_reverse", "array_reverse", "list_sort", "array_sort",
        "list_element", "list_extract", "array_extract", "list_slice", "array_slice", "range", "generate_series",
    ]

    /// A function of lists; nil when the call is none.
    func bindListFunction(_ key: String, _ call: FunctionCall, _ arguments: [Bound], range: SourceRange) throws(SQLError) -> Bound? {
        let isOverload = ["len", "length", "contains", "reverse"].contains(key) && arguments.first?.type.element != nil
        guard isOverload || Binder.listFunctions.contains(key) else { return nil }
        let name = call.name.name.text
        func expect(_ counts: ClosedRange<Int>) throws(SQLError) {
            guard counts.contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
        }
        func list(_ index: Int = 0) throws(SQLError) -> Bound {
            do throws(SQLError) { return try asList(arguments[index]) } catch { throw wrongArguments(call, arguments, range: range) }
        }
        func firstDimension() throws(SQLError) {
            guard arguments.count == 2 else { return }
            guard case .integer(1)? = arguments[1].constant else { throw unsupported("\(name) of another dimension than the first", at: arguments[1].range) }
        }
        switch key {
        case "list_value", "list_pack":
            let (values, type) = try unified(arguments, in: "a list")
            for value in values { _ = try listElement(value) }
            return listValue(values, of: type, range: range)
        case "array_length", "list_length", "cardinality", "len", "length":
            try expect(1...2)
            try firstDimension()
            return self.call("bl_list_length", [try list()], .bigint, range: range)
        case "array_upper", "array_lower":
            try expect(2...2)
            try firstDimension()
            let length = self.call("nullif", [self.call("bl_list_length", [try list()], .bigint, range: range), bindInteger(0, range: range)], .integer, range: range, nullable: true)
            if arguments[0].isVector {
                let last = Bound(.binary(length.expr, .subtract, .integer(1)), .integer)
                return key == "array_upper" ? last : self.call("min", [last, bindInteger(0, range: range)], .integer, range: range, nullable: true)
            }
            return key == "array_upper" ? length : self.call("min", [length, bindInteger(1, range: range)], .integer, range: range, nullable: true)
        case "array_ndims":
            try expect(1...1)
            let value = try list()
            var depth: Int64 = 0
            var type = value.type
            while let below = type.element { depth += 1; type = below }
            let length = self.call("nullif", [self.call("bl_list_length", [value], .bigint, range: range), bindInteger(0, range: range)], .integer, range: range)
            return self.call("min", [length, bindInteger(depth, range: range)], .integer, range: range, nullable: true)
        case "array_position", "list_position", "list_indexof", "array_indexof":
            try expect(2...2)
            let (value, item) = try withElement(arguments[0], arguments[1])
            return self.call("bl_list_position", [value, item], .integer, range: range, nullable: true)
        case "list_contains", "array_contains", "list_has", "array_has", "contains":
            try expect(2...2)
            let (value, item) = try withElement(arguments[0], arguments[1])
            return self.call("bl_list_contains", [value, item], .boolean, range: range)
        case "array_to_string":
            try expect(2...3)
            let texts = try cast(try list(), to: .list(.varchar))
            let rest = try arguments.dropFirst().map { (value) throws(SQLError) in try text(value, name) }
            return self.call("bl_list_join", [texts] + rest, .varchar, range: range, nullable: true)
        case "string_to_array", "string_split", "str_split", "split":
            try expect(2...3)
            return self.call("bl_list_split", try arguments.map { (value) throws(SQLError) in try text(value, name) }, .list(.varchar), range: range, nullable: true)
        case "regexp_split_to_array", "string_split_regex":
            try expect(2...3)
            return self.call("bl_regexp_split", try arguments.map { (value) throws(SQLError) in try text(value, name) }, .list(.varchar), range: range)
        case "array_cat", "list_cat", "list_concat", "array_concat":
            try expect(2...2)
            let (a, b, type) = try sameLists(arguments[0], arguments[1], in: name)
            return self.call("bl_list_concat_nonnull", [a, b], type, range: range, nullable: a.isNullable && b.isNullable)
        case "array_append", "list_append", "array_push_back":
            try expect(2...2)
            let (value, item) = try withElement(arguments[0], arguments[1])
            let single = listValue([item], of: item.type, range: range)
            return self.call("bl_list_concat_nonnull", [value, single], value.type, range: range, nullable: false)
        case "array_prepend", "list_prepend", "array_push_front":
            try expect(2...2)
            let isFront = key == "array_push_front"
            let (value, item) = try withElement(arguments[isFront ? 0 : 1], arguments[isFront ? 1 : 0])
            let single = listValue([item], of: item.type, range: range)
            return self.call("bl_list_concat_nonnull", [single, value], value.type, range: range, nullable: false)
        case "array_remove":
            try expect(2...2)
            let (value, item) = try withElement(arguments[0], arguments[1])
            return self.call("bl_list_remove", [value, item], value.type, range: range, nullable: value.isNullable)
        case "list_has_any", "array_has_any", "list_has_all", "array_has_all":
            try expect(2...2)
            let (a, b, _) = try sameLists(arguments[0], arguments[1], in: name)
            return self.call(key.hasSuffix("any") ? "bl_list_has_any" : "bl_list_has_all", [a, b], .boolean, range: range)
        case "list_distinct", "array_distinct", "list_reverse", "array_reverse", "reverse", "list_sort", "array_sort":
            try expect(1...1)
            let value = try list()
            let function = key.hasSuffix("distinct") ? "bl_list_distinct" : key.hasSuffix("sort") ? "bl_list_sort" : "bl_list_reverse"
            return self.call(function, [value], value.type, range: range)
        case "list_unique":
            try expect(1...1)
            return self.call("bl_list_length", [self.call("bl_list_distinct", [try list()], .list(.null), range: range)], .bigint, range: range)
        case "list_element", "list_extract", "array_extract":
            try expect(2...2)
            let value = try list()
            return try listElement(of: value, value.type.element ?? .null, at: arguments[1], range: range)
        case "list_slice", "array_slice":
            try expect(3...3)
            let value = try list()
            let bounds = try arguments.dropFirst().map { (bound) throws(SQLError) in try implicit(bound, to: .bigint, in: name) }
            return self.call("bl_list_slice", [value] + bounds, value.type, range: range, nullable: true)
        case "range", "generate_series":
            return try seriesList(call, arguments, inclusive: key == "generate_series", range: range)
        default: return nil
        }
    }

    /// `range(…)` and `generate_series(…)` of whole numbers as a list.
    func seriesList(_ call: FunctionCall, _ arguments: [Bound], inclusive: Bool, range: SourceRange) throws(SQLError) -> Bound {
        guard (1...3).contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
        var bounds: [Bound] = []
        for argument in arguments {
            guard argument.type.isWhole || argument.adapts || argument.type == .null else { throw unsupported("\(call.name.name.text) of \(argument.type.name) here", at: argument.range) }
            bounds.append(try implicit(argument, to: .bigint, in: call.name.name.text))
        }
        if bounds.count == 1 { bounds.insert(bindInteger(0, range: range), at: 0) }
        if bounds.count == 2 { bounds.append(bindInteger(1, range: range)) }
        bounds.append(bindInteger(inclusive ? 1 : 0, range: range))
        return self.call("bl_list_series", bounds, .list(.bigint), range: range)
    }
}
