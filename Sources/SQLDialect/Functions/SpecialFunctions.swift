/// Functions whose types or lowering a table line cannot say.
enum SpecialFunction: String, CaseIterable {
    case coalesce, nullif, `if`, nvl2, zeroifnull, nullifzero, greatest, least, concat, concat_ws, position, typeof, format, printf, date_part, date
    case strftime, date_add, dateadd, add_months, mod, round, floor, ceil, trunc, to_json, json_object, json_array, current_branch, current_schema
    case current_database, current_user, version, to_date, to_varchar, div0, equal_null, substring_index, age_in
    case add, subtract, multiply, divide, fdiv, cast_to_bool, current_setting

    static let aliases: [String: SpecialFunction] = [
        "ifnull": .coalesce, "nvl": .coalesce, "iff": .if, "iif": .if, "datepart": .date_part, "extract": .date_part, "ceiling": .ceil,
        "pg_typeof": .typeof, "date_format": .strftime, "timestampadd": .dateadd, "hati_current_branch": .current_branch,
        "current_catalog": .current_database, "user": .current_user, "session_user": .current_user, "current_role": .current_user,
        "to_char": .to_varchar, "to_boolean": .cast_to_bool,
        "json_build_object": .json_object, "jsonb_build_object": .json_object, "json_build_array": .json_array, "jsonb_build_array": .json_array,
        "to_jsonb": .to_json,
    ]

    init?(key: String) {
        guard let found = SpecialFunction(rawValue: key) ?? SpecialFunction.aliases[key] else { return nil }
        self = found
    }

    /// Functions whose first argument is a part of a date, which Snowflake writes as a bare word.
    static let takesDatePart: Set<String> = [
        "date_part", "datepart", "date_trunc", "datetrunc", "date_diff", "datediff", "timestampdiff", "dateadd", "timestampadd", "date_sub",
        "datesub", "trunc_date",
    ]
}

extension Binder {
    /// A special function; nil when this form of it is an ordinary one.
    func bindSpecial(_ function: SpecialFunction, _ call: FunctionCall, _ arguments: [Bound], range: SourceRange) throws(SQLError) -> Bound? {
        let name = call.name.name.text
        func expect(_ counts: ClosedRange<Int>) throws(SQLError) {
            guard counts.contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
        }
        switch function {
        case .coalesce:
            guard !arguments.isEmpty else { throw wrongArguments(call, arguments, range: range) }
            let (values, type) = try unified(arguments, in: "COALESCE operator")
            var result = values.count == 1
                ? Bound(values[0].expr, type, nullable: values[0].isNullable)
                : self.call("coalesce", values, type, range: range, nullable: values.allSatisfy { $0.isNullable })
            result.origin = sharedOrigin(arguments)
            return result
        case .nullif:
            try expect(2...2)
            let (left, right) = try comparable(arguments[0], arguments[1])
            if left == arguments[0].expr { return Bound(.call("nullif", left, right, range: range), arguments[0].type) }
            return Bound(
                Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: .binary(left, .equal, right), result: .null)], otherwise: arguments[0].expr), range: range),
                arguments[0].type)
        case .if, .nvl2:
            try expect(3...3)
            let condition = function == .if ? try truth(arguments[0]).expr : Expr(.isNull(arguments[0].expr, negated: true))
            let (values, type) = try unified([arguments[1], arguments[2]], in: "CASE expression")
            return Bound(
                Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: condition, result: values[0].expr)], otherwise: values[1].expr), range: range), type,
                nullable: values.contains { $0.isNullable })
        case .zeroifnull:
            try expect(1...1)
            let (values, type) = try unified([arguments[0], bindInteger(0, range: range)], in: name)
            return self.call("coalesce", values, type, range: range, nullable: false)
        case .nullifzero:
            try expect(1...1)
            return self.call("nullif", [arguments[0], bindInteger(0, range: range)], arguments[0].type, range: range, nullable: true)
        case .equal_null:
            try expect(2...2)
            return try comparison(.is, arguments[0], arguments[1], range: range)
        case .div0:
            try expect(2...2)
            let quotient = try arithmetic(.divide, arguments[0], arguments[1], range: range)
            let isZero = try comparison(.equal, arguments[1], bindInteger(0, range: range), range: range)
            return Bound(
                Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: isZero.expr, result: Expr(.literal(.double("0.0"))))], otherwise: quotient.expr), range: range),
                .double)
        case .greatest, .least:
            guard !arguments.isEmpty else { throw wrongArguments(call, arguments, range: range) }
            let (values, type) = try unified(arguments, in: name)
            return self.call("bl_" + function.rawValue, values, type, range: range)
        case .concat, .concat_ws:
            var values: [Bound] = []
            for argument in arguments { values.append(try cast(argument, to: .varchar)) }
            if values.isEmpty || (function == .concat_ws && values.count < 2) { throw wrongArguments(call, arguments, range: range) }
            return self.call("bl_" + function.rawValue, values, .varchar, range: range, nullable: function == .concat_ws && values[0].isNullable)
        case .position:
            try expect(2...2)
            return self.call("bl_strpos", [try text(arguments[1], "position"), try text(arguments[0], "position")], .bigint, range: range)
        case .typeof:
            try expect(1...1)
            if arguments[0].flexibility == .loose {
                return self.call("typeof", [arguments[0]], .varchar, range: range, nullable: false)
            }
            let type = function == .typeof && call.name.name.key == "pg_typeof" ? Binder.clientType(of: arguments[0]).formatted() : arguments[0].type.name
            return Bound(constant: .text(type == "NULL" ? "\"NULL\"" : type), .varchar, range: range)
        case .format, .printf:
            guard let first = arguments.first else { throw wrongArguments(call, arguments, range: range) }
            var values = [try text(first, name)]
            for argument in arguments.dropFirst() {
                let plain = argument.type.isWhole || argument.type.isFloating || argument.type == .varchar
                values.append(plain ? argument : try cast(argument, to: argument.type.isDecimal ? .double : .varchar))
            }
            return self.call("bl_" + function.rawValue, values, .varchar, range: range)
        case .date_part:
            try expect(2...2)
            guard case .text(let part)? = arguments[0].constant else { throw unsupported("\(name) with a part that is not a constant", at: range) }
            let value = arguments[1]
            let type: DuckType
            switch value.type {
            case .date, .timestamp, .timestampTZ, .time, .interval: type = value.type
            default:
                guard value.adapts else { throw wrongArguments(call, arguments, range: range) }
                type = .timestamp
            }
            let key = foldedASCII(part)
            let result: DuckType = key == "epoch" || key.hasPrefix("julian") ? .double : .bigint
            return self.call("bl_date_part_\(type.castWord)", [Bound(constant: .text(key), .varchar, range: range), try cast(value, to: type)], result, range: range)
        case .date:
            try expect(1...1)
            if case .text(let word)? = arguments[0].constant, equalIgnoringASCIICase(word, "now") { return self.call("bl_today", [], .date, range: range) }
            return try cast(arguments[0], to: .date)
        case .strftime:
            try expect(2...2)
            // SQLite has the format first; DuckDB takes either.
            if case .text? = arguments[0].constant, arguments[1].constant == nil, arguments[1].type != .varchar || arguments[1].flexibility == .loose {
                return try bindSpecial(.strftime, call, [arguments[1], arguments[0]], range: range)
            }
            guard let overload = choose(FunctionCatalog.scalar["strftime"] ?? [], for: arguments) else { throw wrongArguments(call, arguments, range: range) }
            return try apply(overload, arguments, range: range)
        case .date_add:
            if arguments.count == 3 { return try bindSpecial(.dateadd, call, arguments, range: range) }
            try expect(2...2)
            return try arithmetic(.add, try dated(arguments[0]), arguments[1], range: range)
        case .dateadd:
            try expect(3...3)
            guard case .text(let part)? = arguments[0].constant else { throw unsupported("\(name) with a part that is not a constant", at: range) }
            let key = foldedASCII(part)
            let value = try dated(arguments[2])
            let whole = Bound(constant: .text(key), .varchar, range: range)
            let amount = try cast(arguments[1], to: .bigint)
            if value.type == .date {
                let keepsDate = ["year", "quarter", "month", "week", "day", "years", "quarters", "months", "weeks", "days"].contains(key)
                return self.call(keepsDate ? "bl_dateadd_days" : "bl_dateadd_date", [whole, amount, value], keepsDate ? .date : .timestamp, range: range)
            }
            return self.call("bl_dateadd_timestamp", [whole, amount, value], value.type, range: range)
        case .add_months:
            try expect(2...2)
            return try bindSpecial(.dateadd, call, [Bound(constant: .text("month"), .varchar, range: range), arguments[1], arguments[0]], range: range)
        case .mod, .add, .subtract, .multiply, .divide, .fdiv:
            try expect(2...2)
            let op: BinaryOperator =
                switch function {
                case .mod: .modulo
                case .add: .add
                case .subtract: .subtract
                case .multiply: .multiply
                case .divide: .integerDivide
                default: .divide
                }
            return try arithmetic(op, arguments[0], arguments[1], range: range)
        case .round, .floor, .ceil, .trunc: return try bindRounding(function, call, arguments, range: range)
        case .to_json:
            try expect(1...1)
            // Text becomes a JSON string; a cast would read it.
            if arguments[0].type == .varchar { return self.call("bl_to_json_varchar", [arguments[0]], .json, range: range) }
            return try cast(arguments[0], to: .json)
        case .json_object, .json_array:
            var values: [Bound] = []
            for (index, argument) in arguments.enumerated() {
                values.append(function == .json_object && index % 2 == 0 ? try text(argument, "A JSON key") : try jsonValue(argument))
            }
            return self.call(function.rawValue, values, .json, range: range, nullable: false)
        case .current_branch:
            return Bound(try systemParameter(.currentBranch), .varchar, nullable: false)
        case .current_schema: return Bound(constant: .text(contextBranch.schemaName), .varchar, range: range)
        case .current_database: return Bound(constant: .text(catalog.connectionName ?? settings.databaseName), .varchar, range: range)
        case .current_user: return Bound(constant: .text(settings.userName), .varchar, range: range)
        case .version: return Bound(constant: .text("PostgreSQL 15.0 (BranchLite: branches of SQLite databases)"), .varchar, range: range)
        case .current_setting:
            try expect(1...2)
            guard case .text(let setting)? = arguments[0].constant else {
                return try settingValue(arguments[0], isOptional: arguments.dropFirst().first, range: range)
            }
            isCacheable = false
            if let value = catalog.setting(setting) { return Bound(constant: .text(value), .varchar, range: range) }
            guard arguments.count == 2, arguments[1].constant == .boolean(true) else {
                throw error("BL_UNKNOWN_SETTING", "There is no setting \"\(setting)\"", at: arguments[0].range)
            }
            return Bound(constant: .null, .varchar, range: range)
        case .to_date:
            if arguments.count == 2, let format = try datePattern(arguments[1]) { return try cast(self.call("bl_strptime", [try text(arguments[0], name), format], .timestamp, range: range), to: .date) }
            if arguments.count == 2 { return try cast(self.call("bl_strptime", [try text(arguments[0], name), try text(arguments[1], name)], .timestamp, range: range), to: .date) }
            try expect(1...1)
            return try cast(arguments[0], to: .date)
        case .to_varchar:
            if arguments.count == 2, let format = try datePattern(arguments[1]) {
                guard !arguments[0].type.isNumeric else { throw unsupported("\(name) of a number with a pattern", at: range, hint: "Use format() or a cast to VARCHAR") }
                return try bindSpecial(.strftime, call, [try dated(arguments[0]), format], range: range)
            }
            if arguments.count == 2 { return try bindSpecial(.strftime, call, arguments, range: range) }
            try expect(1...1)
            return try cast(arguments[0], to: .varchar)
        case .cast_to_bool:
            try expect(1...1)
            return try cast(arguments[0], to: .boolean)
        case .substring_index, .age_in: throw unsupported("The function \(name)", at: range)
        }
    }

    /// A date or timestamp, or what can be read as one.
    private func dated(_ value: Bound) throws(SQLError) -> Bound {
        switch value.type {
        case .date, .timestamp, .timestampTZ, .time, .interval: return value
        default: return try cast(value, to: .timestamp)
        }
    }

    private func bindRounding(_ function: SpecialFunction, _ call: FunctionCall, _ arguments: [Bound], range: SourceRange) throws(SQLError) -> Bound? {
        guard let first = arguments.first, case .decimal(let precision, let scale) = first.type else { return nil }
        let scaleArgument = Bound(constant: .integer(Int64(scale)), .integer, range: range)
        switch function {
        case .round:
            var digits: Int64 = 0
            if arguments.count == 2 {
                guard case .integer(let given)? = arguments[1].constant else { return nil }
                digits = given
            }
            let kept = Int(max(0, min(Int64(scale), digits)))
            let digitsArgument = Bound(constant: .integer(digits), .integer, range: range)
            return self.call("bl_round_decimal", [first, scaleArgument, digitsArgument], .decimal(precision: precision, scale: kept), range: range)
        default:
            guard arguments.count == 1 else { return nil }
            return self.call("bl_\(function.rawValue)_decimal", [first, scaleArgument], .decimal(precision: precision, scale: 0), range: range)
        }
    }

    /// A value as SQLite's JSON functions take it: numbers and text as they are, anything else as JSON.
    func jsonValue(_ value: Bound) throws(SQLError) -> Bound {
        if value.type.isWhole || value.type == .double || value.type == .varchar || value.type == .null { return value }
        return call("json", [try cast(value, to: .json)], .json, range: value.range)
    }

    func wrongArguments(_ call: FunctionCall, _ arguments: [Bound], range: SourceRange) -> SQLError {
        let types = arguments.map { argument -> String in
            switch argument.flexibility {
            case .integerLiteral: "INTEGER_LITERAL"
            case .stringLiteral: "STRING_LITERAL"
            default: argument.type.name
            }
        }
        return typeError(
            "No function matches the given name and argument types '\(call.name.name.text)(\(types.joined(separator: ", ")))'", at: range,
            hint: "You might need to add explicit type casts")
    }

    /// What PostgreSQL spells without parentheses and a parser may take for a column.
    func bindWordFunction(_ name: Identifier, range: SourceRange) throws(SQLError) -> Bound? {
        switch name.key {
        case "current_user", "session_user", "user", "current_role", "current_schema", "current_database", "current_catalog":
            return try bindSpecial(SpecialFunction(key: name.key) ?? .current_user, FunctionCall(name.text, []), [], range: range)
        default: return nil
        }
    }
}
