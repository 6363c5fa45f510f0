extension Binder {
    // MARK: - Operators

    func bindBinary(_ op: BinaryOperator, _ left: Expr, _ right: Expr, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        if op.isComparison { return try bindComparison(op, left, right, range: range, scope: scope) }
        let a = try bind(left, scope)
        let b = try bind(right, scope)
        switch op {
        case .add, .subtract, .multiply, .divide, .integerDivide, .modulo:
            return try arithmetic(op, a, b, range: range)
        case .power:
            return call("bl_power", [try numeric(a, as: .double, op), try numeric(b, as: .double, op)], .double, range: range)
        case .concat: return try concat(a, b, range: range)
        case .bitwiseAnd, .bitwiseOr, .shiftLeft, .shiftRight: return try bitwise(op, a, b, range: range)
        case .jsonExtract: return call("bl_json_extract", [try json(a), try jsonPath(b)], .json, range: range)
        case .jsonExtractText: return call("bl_json_extract_string", [try json(a), try jsonPath(b)], .varchar, range: range)
        case .regexMatch where isOfCatalogue(a) && wholeName(b) != nil:
            // psql looks names up so: by equality the rows are found without a look at all of them.
            return try comparison(.equal, a, Bound(constant: .text(wholeName(b) ?? ""), .varchar, range: range), range: range)
        case .regexMatch, .notRegexMatch, .regexMatchIgnoringCase, .notRegexMatchIgnoringCase:
            var arguments = [try text(a, op.rawValue), try text(b, op.rawValue)]
            if op == .regexMatchIgnoringCase || op == .notRegexMatchIgnoringCase {
                arguments.append(Bound(constant: .text("i"), .varchar, range: range))
            }
            let matches = call("bl_regexp_matches", arguments, .boolean, range: range)
            return op == .regexMatch || op == .regexMatchIgnoringCase ? matches : negated(matches)
        case .startsWith: return call("bl_starts_with", [try text(a, "^@"), try text(b, "^@")], .boolean, range: range)
        case .contains, .containedBy:
            let (whole, part) = op == .contains ? (a, b) : (b, a)
            if let found = try jsonContains(whole, part, range: range) { return found }
            return try listPredicate("bl_list_has_all", op, whole, part, range: range)
        case .jsonPath: return try jsonPathValue(a, b, asText: false, range: range)
        case .jsonPathText: return try jsonPathValue(a, b, asText: true, range: range)
        case .overlaps: return try listPredicate("bl_list_has_any", op, a, b, range: range)
        default: throw unsupported("The operator \(op.rawValue)", at: range)
        }
    }

    func negated(_ value: Bound) -> Bound {
        var result = value
        result.expr = .not(value.expr)
        result.constant = nil
        result.type = .boolean
        result.origin = nil
        return result
    }

    /// A call of a function of the run time.
    func call(_ name: String, _ arguments: [Bound], _ type: DuckType, range: SourceRange, nullable: Bool? = nil) -> Bound {
        Bound(.call(name, arguments.map(\.expr), range: range), type, nullable: nullable ?? arguments.contains { $0.isNullable })
    }

    private func numeric(_ value: Bound, as type: DuckType, _ op: BinaryOperator) throws(SQLError) -> Bound {
        try implicit(value, to: type, in: "The operator \(op.rawValue)")
    }

    func text(_ value: Bound, _ what: String) throws(SQLError) -> Bound {
        if value.type == .json { return value }
        if value.registry != nil { return try cast(value, to: .varchar) }
        return try implicit(value, to: .varchar, in: what)
    }

    func json(_ value: Bound) throws(SQLError) -> Bound {
        if value.type == .json || value.type == .varchar || value.flexibility == .loose { return value }
        return try implicit(value, to: .json, in: "JSON extraction")
    }

    func jsonPath(_ value: Bound) throws(SQLError) -> Bound {
        value.type.isWhole ? value : try implicit(value, to: .varchar, in: "A JSON path")
    }

    /// `||` casts both sides to VARCHAR; two blobs stay a blob.
    func concat(_ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> Bound {
        let joined: (Bound, Bound) -> Expr = { Expr(.binary(.concat, $0.expr, $1.expr), range: range) }
        if a.type.element != nil || b.type.element != nil { return try concatLists(a, b, range: range) }
        if a.type == .blob, b.type == .blob {
            // SQLite makes text of it.
            return Bound(Expr(.cast(joined(a, b), TypeName("BLOB"), isTry: false), range: range), .blob)
        }
        let left = try cast(a, to: .varchar), right = try cast(b, to: .varchar)
        return Bound(joined(left, right), .varchar, nullable: a.isNullable || b.isNullable)
    }

    private func bitwise(_ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> Bound {
        let (left, right, type) = try wholeOperands(op, a, b, range: range)
        switch op {
        case .shiftLeft: return call("bl_lshift_\(type.castWord)", [left, right], type, range: range)
        case .shiftRight: return call("bl_rshift_\(type.castWord)", [left, right], type, range: range)
        default: return Bound(Expr(.binary(op, left.expr, right.expr), range: range), type, nullable: a.isNullable || b.isNullable)
        }
    }

    private func wholeOperands(_ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> (Bound, Bound, DuckType) {
        let type = try arithmeticType(op, a, b, range: range)
        guard type.isWhole else { throw noOperator(op, a, b, range: range) }
        return (try cast(a, to: type), try cast(b, to: type), type)
    }

    func noOperator(_ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) -> SQLError {
        typeError("No operator matches '\(op.rawValue)(\(a.type.name), \(b.type.name))'", at: range, hint: "You might need to add explicit type casts")
    }

    /// The common numeric type of two operands, literals and parameters taking the other side's.
    private func arithmeticType(_ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> DuckType {
        func own(_ value: Bound) -> DuckType? {
            switch value.flexibility {
            case .parameter, .null, .textParameter: return nil
            case .loose where !value.type.isNumeric: return .double
            default: return value.type.isNumeric ? value.type : nil
            }
        }
        func open(_ value: Bound) -> Bool {
            switch value.flexibility {
            case .parameter, .null, .textParameter: true
            default: value.type == .null
            }
        }
        switch (own(a), own(b)) {
        case (let x?, let y?):
            if a.flexibility == .integerLiteral, b.flexibility != .integerLiteral, case .integer(let value)? = a.constant, y.integerRange?.contains(value) ?? false { return y }
            if b.flexibility == .integerLiteral, a.flexibility != .integerLiteral, case .integer(let value)? = b.constant, x.integerRange?.contains(value) ?? false { return x }
            if let type = DuckType.unify(x, y) { return type }
        case (let x?, nil) where open(b): return x
        case (nil, let y?) where open(a): return y
        case (nil, nil) where open(a) && open(b): return .double
        default: break
        }
        throw noOperator(op, a, b, range: range)
    }

    // MARK: - Arithmetic

    func arithmetic(_ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> Bound {
        if a.type.isTemporal || b.type.isTemporal || a.type == .interval || b.type == .interval {
            if let result = try temporal(op, a, b, range: range) { return result }
            throw noOperator(op, a, b, range: range)
        }
        let type = try arithmeticType(op, a, b, range: range)
        if op == .divide || (op == .integerDivide && !type.isWhole) {
            return call("bl_div_double", [try cast(a, to: .double), try cast(b, to: .double)].map(Binder.withoutRealCast), .double, range: range, nullable: true)
        }
        if type.isWhole {
            let left = try cast(a, to: type), right = try cast(b, to: type)
            let word = type.castWord
            switch op {
            case .add: return call("bl_add_\(word)", [left, right], type, range: range)
            case .subtract: return call("bl_sub_\(word)", [left, right], type, range: range)
            case .multiply: return call("bl_mul_\(word)", [left, right], type, range: range)
            case .integerDivide: return call("bl_idiv_\(word)", [left, right], type, range: range, nullable: true)
            default: return call("bl_mod_\(word)", [left, right], type, range: range, nullable: true)
            }
        }
        if type.isDecimal { return try decimalArithmetic(op, a, b, range: range) }
        let left = try cast(a, to: type), right = try cast(b, to: type)
        if type == .float {
            switch op {
            case .add: return call("bl_add_float", [left, right], type, range: range)
            case .subtract: return call("bl_sub_float", [left, right], type, range: range)
            case .multiply: return call("bl_mul_float", [left, right], type, range: range)
            default: return call("bl_mod_double", [left, right], type, range: range, nullable: true)
            }
        }
        switch op {
        case .modulo: return call("bl_mod_double", [left, right], .double, range: range, nullable: true)
        default: return Bound(Expr(.binary(op, left.expr, right.expr), range: range), .double, nullable: a.isNullable || b.isNullable)
        }
    }

    /// The run time's double functions take whole numbers as they are.
    static func withoutRealCast(_ value: Bound) -> Bound {
        guard case .cast(let inner, let type, _) = value.expr.node, type.name == "REAL" else { return value }
        var result = value
        result.expr = inner
        return result
    }

    private func decimalArithmetic(_ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> Bound {
        func shape(_ value: Bound, _ other: Bound) -> (precision: Int, scale: Int) {
            value.type.decimalShape ?? other.type.decimalShape ?? (18, 3)
        }
        let x = shape(a, b), y = shape(b, a)
        let limit = DuckType.maximumStoredPrecision
        func capped(_ precision: Int) -> Int {
            precision > limit && max(x.precision, y.precision) <= limit ? limit : min(precision, DuckType.maximumPrecision)
        }
        func precise(_ precision: Int) -> Bound { Bound(constant: .integer(Int64(precision)), .integer, range: range) }
        switch op {
        case .add, .subtract:
            let scale = max(x.scale, y.scale)
            let precision = min(max(x.precision - x.scale, y.precision - y.scale) + scale + 1, DuckType.maximumPrecision)
            let wide = DuckType.decimal(precision: DuckType.maximumPrecision, scale: scale)
            let type = DuckType.decimal(precision: precision, scale: scale)
            return call(
                op == .add ? "bl_add_decimal" : "bl_sub_decimal", [try cast(a, to: wide), try cast(b, to: wide), precise(precision)], type,
                range: range, nullable: a.isNullable || b.isNullable)
        case .multiply:
            let scale = x.scale + y.scale
            guard scale <= DuckType.maximumPrecision else {
                throw typeError("The product would need a DECIMAL of scale \(scale); the most is \(DuckType.maximumPrecision)", at: range, hint: "Cast one side to DOUBLE")
            }
            let precision = max(capped(x.precision + y.precision), scale)
            let left = try cast(a, to: .decimal(precision: DuckType.maximumPrecision, scale: x.scale))
            let right = try cast(b, to: .decimal(precision: DuckType.maximumPrecision, scale: y.scale))
            return call(
                "bl_mul_decimal", [left, right, precise(precision)], .decimal(precision: precision, scale: scale), range: range,
                nullable: a.isNullable || b.isNullable)
        default:
            let type = DuckType.unifyDecimals(x, y)
            return call("bl_mod_decimal", [try cast(a, to: type), try cast(b, to: type)], type, range: range, nullable: true)
        }
    }

    /// Dates, times and intervals; nil when there is no such operator.
    private func temporal(_ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> Bound? {
        func open(_ value: Bound) -> Bool {
            switch value.flexibility {
            case .parameter, .null: true
            default: false
            }
        }
        let name = op == .add ? "add" : "sub"
        switch (op, a.type, b.type) {
        case (.add, .date, _) where b.type.isWhole, (.subtract, .date, _) where b.type.isWhole:
            return call("bl_date_\(name)_int", [a, b], .date, range: range)
        case (.add, _, .date) where a.type.isWhole: return call("bl_date_add_int", [b, a], .date, range: range)
        case (.subtract, .date, .date):
            return Bound(Expr(.binary(.subtract, a.expr, b.expr), range: range), .bigint, nullable: a.isNullable || b.isNullable)
        case (.add, .date, .interval), (.subtract, .date, .interval):
            return call("bl_date_\(name)_interval", [a, b], .timestamp, range: range)
        case (.add, .timestamp, .interval), (.subtract, .timestamp, .interval), (.add, .timestampTZ, .interval), (.subtract, .timestampTZ, .interval):
            return call("bl_timestamp_\(name)_interval", [a, b], a.type, range: range)
        case (.add, .time, .interval), (.subtract, .time, .interval): return call("bl_time_\(name)_interval", [a, b], .time, range: range)
        case (.add, .interval, .date), (.add, .interval, .timestamp), (.add, .interval, .timestampTZ), (.add, .interval, .time), (.add, .time, .date):
            return try temporal(op, b, a, range: range)
        case (.add, .date, .time): return call("bl_date_add_time", [a, b], .timestamp, range: range)
        case (.add, .interval, .interval), (.subtract, .interval, .interval):
            return call("bl_interval_\(name)", [a, b], .interval, range: range)
        case (.multiply, .interval, _) where b.type.isNumeric: return call("bl_interval_mul", [a, try cast(b, to: .double)], .interval, range: range)
        case (.multiply, _, .interval) where a.type.isNumeric: return call("bl_interval_mul", [b, try cast(a, to: .double)], .interval, range: range)
        case (.divide, .interval, _) where b.type.isNumeric: return call("bl_interval_div", [a, try cast(b, to: .double)], .interval, range: range, nullable: true)
        case (.subtract, _, _) where a.type.isTimestamp && (b.type.isTimestamp || b.type == .date), (.subtract, .date, _) where b.type.isTimestamp:
            let type: DuckType = a.type == .timestampTZ || b.type == .timestampTZ ? .timestampTZ : .timestamp
            return call("bl_timestamp_sub_timestamp", [try cast(a, to: type), try cast(b, to: type)], .interval, range: range)
        case (.add, .date, _) where open(b), (.subtract, .date, _) where open(b):
            return call("bl_date_\(name)_int", [a, try cast(b, to: .integer)], .date, range: range)
        case (.add, _, _) where a.type.isTimestamp && open(b), (.subtract, _, _) where a.type.isTimestamp && open(b):
            return call("bl_timestamp_\(name)_interval", [a, try cast(b, to: .interval)], a.type, range: range)
        // An unmarked SQLite column that holds dates as text.
        case (_, _, .interval) where a.flexibility == .loose: return try temporal(op, try cast(a, to: .timestamp), b, range: range)
        case (.subtract, _, _) where a.flexibility == .loose && b.type.isTemporal: return try temporal(op, try cast(a, to: b.type), b, range: range)
        case (.subtract, _, _) where b.flexibility == .loose && a.type.isTemporal: return try temporal(op, a, try cast(b, to: a.type), range: range)
        default: return nil
        }
    }

    func bindUnary(_ op: UnaryOperator, _ operand: Expr, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        switch op {
        case .not:
            let value = try truth(try bind(operand, scope))
            return negated(value)
        case .plus:
            return try bind(operand, scope)
        case .negate:
            if case .literal(.integer(let value)) = operand.node, value != .min {
                return bindInteger(-value, range: range)
            }
            if case .literal(.bigInteger("9223372036854775808")) = operand.node { return bindInteger(.min, range: range) }
            let value = try bind(operand, scope)
            if case .integer(let number)? = value.constant, number != .min, value.type.isDecimal || value.type.isWhole {
                return Bound(constant: .integer(-number), value.type, range: range, flexibility: value.flexibility)
            }
            if case .double(let number)? = value.constant { return Bound(constant: .double(-number), .double, range: range) }
            switch value.type {
            case .interval: return call("bl_interval_neg", [value], .interval, range: range)
            case .decimal: return call("bl_neg_int64", [value], value.type, range: range)
            case .double, .float: return Bound(Expr(.unary(.negate, value.expr), range: range), value.type, nullable: value.isNullable)
            case .null: return value
            default:
                if value.type.isWhole { return call("bl_neg_\(value.type.castWord)", [value], value.type, range: range) }
                let number = try implicit(value, to: .double, in: "The operator -")
                return Bound(Expr(.unary(.negate, number.expr), range: range), .double, nullable: value.isNullable)
            }
        case .bitwiseNot:
            let value = try bind(operand, scope)
            guard value.type.isWhole else { throw typeError("No operator matches '~(\(value.type.name))'", at: range) }
            return Bound(Expr(.unary(.bitwiseNot, value.expr), range: range), value.type, nullable: value.isNullable)
        case .absolute:
            return try bind(Expr(.call(FunctionCall("abs", [operand])), range: range), scope)
        }
    }

    /// An integer literal with the smallest type that DuckDB gives it.
    func bindInteger(_ value: Int64, range: SourceRange) -> Bound {
        let type: DuckType = value > Int64(Int32.min) && value <= Int64(Int32.max) ? .integer : .bigint
        return Bound(constant: .integer(value), type, range: range, flexibility: .integerLiteral)
    }

    // MARK: - Comparisons

    private func bindComparison(_ op: BinaryOperator, _ left: Expr, _ right: Expr, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        let plain: BinaryOperator =
            switch op {
            case .isDistinctFrom: .isNot
            case .isNotDistinctFrom: .is
            default: op
            }
        if case .row(let a) = left.node {
            guard case .row(let b) = right.node, a.count == b.count else {
                throw typeError("A row can only be compared with a row of as many values", at: range)
            }
            var lefts: [Expr] = [], rights: [Expr] = []
            for (x, y) in zip(a, b) {
                let (l, r) = try comparable(try bind(x, scope), try bind(y, scope))
                lefts.append(l)
                rights.append(r)
            }
            return Bound(Expr(.binary(plain, Expr(.row(lefts)), Expr(.row(rights))), range: range), .boolean)
        }
        let a = try bind(left, scope)
        let b = try bind(right, scope)
        return try comparison(plain, a, b, range: range)
    }

    func comparison(_ op: BinaryOperator, _ a: Bound, _ b: Bound, range: SourceRange) throws(SQLError) -> Bound {
        let (left, right) = try comparable(a, b)
        let nullable = op != .is && op != .isNot && (a.isNullable || b.isNullable)
        return Bound(Expr(.binary(op, left, right), range: range), .boolean, nullable: nullable)
    }

    func bindBetween(_ value: Expr, _ low: Expr, _ high: Expr, negated isNegated: Bool, symmetric: Bool, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        let x = try bind(value, scope)
        let from = try bind(low, scope), to = try bind(high, scope)
        let (x1, lower) = try comparable(x, from)
        let (x2, upper) = try comparable(x, to)
        let nullable = x.isNullable || from.isNullable || to.isNullable
        func within(_ lower: Expr, _ upper: Expr) -> Expr {
            x1 == x2
                ? Expr(.between(x1, low: lower, high: upper, negated: false, symmetric: false), range: range)
                : .and([.binary(x1, .greaterOrEqual, lower), .binary(x2, .lessOrEqual, upper)])
        }
        let inside: Expr
        if symmetric {
            let (y1, otherLower) = try comparable(x, to)
            let (y2, otherUpper) = try comparable(x, from)
            inside = .or([within(lower, upper), .and([.binary(y1, .greaterOrEqual, otherLower), .binary(y2, .lessOrEqual, otherUpper)])])
        } else {
            inside = within(lower, upper)
        }
        return Bound(isNegated ? .not(inside) : inside, .boolean, nullable: nullable)
    }
}
