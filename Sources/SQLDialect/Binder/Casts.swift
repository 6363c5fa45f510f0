extension Binder {
    // MARK: - Casts

    /// The value as another type, by an explicit or assigning cast.
    /// - Throws: `BL_TYPE_ERROR` when there is no such cast, `BL_CONVERSION` when a constant cannot be converted.
    func cast(_ value: Bound, to type: DuckType, isTry: Bool = false) throws(SQLError) -> Bound {
        if case .parameter(let ordinal) = value.flexibility {
            note(ordinal, type: type)
            if type == .dynamic { return value }
            if let element = type.element { return try listCast(value, to: element, isTry: isTry) }
            return converted(value, from: .dynamic, to: type, isTry: isTry)
        }
        if value.type == type, value.flexibility != .loose || type == .varchar || type == .dynamic {
            return retyped(value, type)
        }
        if type == .varchar, let reference = value.registry { return try name(of: value, reference, range: value.range) }
        if value.flexibility == .null || value.type == .null { return Bound(constant: .null, type, range: value.range, flexibility: .none) }
        if let element = type.element { return try listCast(value, to: element, isTry: isTry) }
        if case .list(let element) = value.type, let result = try castList(value, of: element, to: type) { return result }
        if let constant = value.constant, let folded = fold(constant, from: value.type, to: type) {
            return Bound(constant: folded, type, range: value.range)
        }
        if value.flexibility == .loose {
            switch (value.type, type) {
            case (_, .dynamic): return retyped(value, type)
            case (.bigint, .double), (.double, .double): return realCast(value, type)
            case (.bigint, .bigint), (.boolean, .boolean), (.blob, .blob): return retyped(value, type)
            case (.double, .varchar), (.boolean, .varchar): break
            default: return converted(value, from: .dynamic, to: type, isTry: isTry)
            }
        }
        let from = value.type
        guard DuckType.canCast(from, type) else {
            throw typeError("Unimplemented type for cast (\(from.name) -> \(type.name))", at: value.range)
        }
        switch (from, type) {
        case (.decimal(let p, let s), .decimal(let p2, let s2)) where s == s2 && p2 >= p: return retyped(value, type)
        case (.json, .varchar), (.float, .double): return retyped(value, type)
        case (.timestamp, .timestampTZ), (.timestampTZ, .timestamp):
            // Both are microseconds in UTC.
            return retyped(value, type)
        case (.hugeint, .bigint): return retyped(value, type)
        case (.dynamic, .varchar), (.null, _): break
        default: break
        }
        if from.isWhole {
            if type.holds(from) || type == .hugeint { return retyped(value, type) }
            if type == .double { return realCast(value, type) }
        }
        if from == .boolean, type.isWhole { return retyped(value, type) }
        return converted(value, from: from, to: type, isTry: isTry)
    }

    private func retyped(_ value: Bound, _ type: DuckType) -> Bound {
        var result = value
        result.type = type
        result.flexibility = .none
        if value.type != type { result.origin = nil }
        return result
    }

    private func realCast(_ value: Bound, _ type: DuckType) -> Bound {
        Bound(Expr(.cast(value.expr, TypeName("REAL"), isTry: false), range: value.range), type, nullable: value.isNullable)
    }

    private func converted(_ value: Bound, from: DuckType, to: DuckType, isTry: Bool) -> Bound {
        var arguments = [value.expr]
        if case .decimal(_, let scale) = from { arguments.append(.integer(Int64(scale))) }
        if case .decimal(let precision, let scale) = to { arguments += [.integer(Int64(precision)), .integer(Int64(scale))] }
        let name = (isTry ? "bl_try_cast_" : "bl_cast_") + from.castWord + "_" + to.castWord
        return Bound(.call(name, arguments, range: value.range), to, nullable: isTry || value.isNullable)
    }

    /// A constant in another type, where both are simple and the conversion is exact or DuckDB's rounding is plain; nil
    /// leaves it to the run time.
    private func fold(_ constant: Constant, from: DuckType, to: DuckType) -> Constant? {
        switch (constant, from, to) {
        case (.text(let text), .varchar, _): return ConstantFolding.read(text, as: to)
        case (.integer(let value), _, _) where from.isWhole: return ConstantFolding.whole(value, to: to)
        case (.integer(let value), .decimal(_, let scale), _): return ConstantFolding.decimal(value, scale: scale, to: to)
        case (.integer(let days), .date, .timestamp), (.integer(let days), .date, .timestampTZ):
            let (micros, overflow) = days.multipliedReportingOverflow(by: ConstantReader.microsPerDay)
            return overflow ? nil : .integer(micros)
        case (.boolean(let value), .boolean, _) where to.isWhole: return .integer(value ? 1 : 0)
        case (.boolean(let value), .boolean, .varchar): return .text(value ? "true" : "false")
        case (.double, .double, .double): return constant
        default: return nil
        }
    }

    /// The value as another type where DuckDB casts without being asked.
    func implicit(_ value: Bound, to type: DuckType, in what: @autoclosure () -> String) throws(SQLError) -> Bound {
        guard value.adapts || value.type.implicitCost(to: type) != nil else {
            throw typeError("\(what()) takes \(type.name), not \(value.type.name)", at: value.range, hint: "Use an explicit cast")
        }
        return try cast(value, to: type)
    }

    /// The value where a truth value is wanted. Numbers are true when they are not zero, as in SQLite.
    func truth(_ value: Bound) throws(SQLError) -> Bound {
        switch value.flexibility {
        case .parameter, .stringLiteral, .textParameter: return try cast(value, to: .boolean)
        case .null: return value
        default: break
        }
        switch value.type {
        case .boolean, .null, .dynamic: return value
        case .varchar: return try cast(value, to: .boolean)
        default:
            if value.type.isNumeric { return value }
            throw typeError("\(value.type.name) is not a truth value", at: value.range, hint: "Compare it with something, or cast it to BOOLEAN")
        }
    }

    // MARK: - Types that meet

    /// The type that holds all values, as CASE, COALESCE and UNION bring them together.
    func unify(_ values: [Bound], in what: String) throws(SQLError) -> DuckType {
        var firm: DuckType?
        for value in values where value.flexibility == .none && value.type != .null {
            guard let known = firm else { firm = value.type; continue }
            guard let both = DuckType.unify(known, value.type) else {
                throw typeError(
                    "Cannot mix values of type \(known.name) and \(value.type.name) in \(what) - an explicit cast is required", at: value.range)
            }
            firm = both
        }
        for value in values {
            switch value.flexibility {
            case .loose:
                if firm == nil { firm = value.type } else if let known = firm, let both = DuckType.unify(known, value.type) { firm = both }
            case .integerLiteral:
                guard let known = firm else { firm = value.type; continue }
                if case .integer(let number)? = value.constant, let range = known.integerRange, range.contains(number) { continue }
                guard let both = DuckType.unify(known, value.type) else {
                    throw typeError(
                        "Cannot mix values of type \(known.name) and INTEGER_LITERAL in \(what) - an explicit cast is required", at: value.range)
                }
                firm = both
            default: break
            }
        }
        if let firm { return firm }
        if values.contains(where: { $0.flexibility == .stringLiteral || $0.flexibility == .textParameter }) { return .varchar }
        return values.contains { if case .parameter = $0.flexibility { true } else { false } } ? .dynamic : .null
    }

    /// Casts all values to the type that holds them.
    func unified(_ values: [Bound], in what: String) throws(SQLError) -> ([Bound], DuckType) {
        let type = try unify(values, in: what)
        if type == .dynamic || type == .null { return (values, type) }
        var result = values
        for index in result.indices { result[index] = try cast(result[index], to: type) }
        return (result, type)
    }

    /// What PostgreSQL's clients are told of the type of a value that is one of these, where all of them tell the same.
    func sharedOrigin(_ values: [Bound]) -> ColumnOrigin? {
        var found: ClientType?
        for value in values where value.type != .null {
            guard let client = value.origin?.client, found == nil || found == client else { return nil }
            found = client
        }
        return found.map(ColumnOrigin.value)
    }

    /// The type in which two values are compared.
    func comparisonType(_ a: Bound, _ b: Bound) throws(SQLError) -> DuckType {
        if a.type == b.type { return a.type }
        if case .parameter = a.flexibility { return b.type == .null ? .dynamic : b.type }
        if case .parameter = b.flexibility { return a.type == .null ? .dynamic : a.type }
        if a.type == .null { return b.type }
        if b.type == .null { return a.type }
        if a.flexibility == .stringLiteral || a.flexibility == .textParameter { return b.type }
        if b.flexibility == .stringLiteral || b.flexibility == .textParameter { return a.type }
        if let type = DuckType.unify(a.type, b.type) { return type }
        if a.type == .varchar, DuckType.canCast(.varchar, b.type) { return b.type }
        if b.type == .varchar, DuckType.canCast(.varchar, a.type) { return a.type }
        throw typeError("Cannot compare values of type \(a.type.name) and type \(b.type.name) - an explicit cast is required", at: a.range.union(b.range))
    }

    /// Both sides of a comparison so that SQLite's own order is the right one. A plain column is left bare wherever the
    /// other side can be converted instead, so that an index on it serves.
    func comparable(_ a: Bound, _ b: Bound) throws(SQLError) -> (Expr, Expr) {
        let (a, b) = try comparedReferences(a, b)
        if let pair = comparedWithConstant(a, b) { return pair }
        if let pair = comparedWithConstant(b, a) { return (pair.1, pair.0) }
        let type = try comparisonType(a, b)
        if (a.type == .json || b.type == .json) && (a.type == .varchar || b.type == .varchar) { return (a.expr, b.expr) }
        if type == .dynamic || Binder.isAsItIs(a, with: b) || Binder.isAsItIs(b, with: a) { return (a.expr, b.expr) }
        if Binder.comparesNatively(a), Binder.comparesNatively(b) { return (a.expr, b.expr) }
        switch type {
        case .decimal(_, let scale):
            return (try scaled(a, to: scale), try scaled(b, to: scale))
        case .interval:
            return (.call("bl_interval_key", try cast(a, to: type).expr), .call("bl_interval_key", try cast(b, to: type).expr))
        case .list:
            return (.call("bl_list_key", try cast(a, to: type).expr), .call("bl_list_key", try cast(b, to: type).expr))
        default:
            return (try cast(a, to: type).expr, try cast(b, to: type).expr)
        }
    }

    /// Whether a value of an untyped SQLite column compares with the other as SQLite compares them.
    private static func isAsItIs(_ value: Bound, with other: Bound) -> Bool {
        guard value.flexibility == .loose, value.type == .dynamic else { return false }
        return other.type == .varchar || other.type == .blob || comparesNatively(other)
    }

    /// Whether the value is a number that means itself, so that SQLite compares it with any other such number rightly.
    static func comparesNatively(_ value: Bound) -> Bool {
        switch value.flexibility {
        case .none, .integerLiteral, .loose: value.type.isWhole || value.type.isFloating || value.type == .boolean
        default: false
        }
    }

    private func scaled(_ value: Bound, to scale: Int) throws(SQLError) -> Expr {
        if case .decimal(_, let own) = value.type, own == scale, !value.adapts { return value.expr }
        // The widest precision: a comparison must not fail because a value is too large for the other side's type.
        return try cast(value, to: .decimal(precision: DuckType.maximumPrecision, scale: scale)).expr
    }

    private func comparedWithConstant(_ value: Bound, _ other: Bound) -> (Expr, Expr)? {
        guard value.constant == nil, value.flexibility == .none || value.flexibility == .loose, let constant = other.constant, constant != .null else { return nil }
        var number: (unscaled: Int64, scale: Int)?
        switch (constant, other.type) {
        case (.integer(let unscaled), .decimal(_, let scale)): number = (unscaled, scale)
        case (.integer(let whole), _) where other.type.isWhole: number = (whole, 0)
        case (.integer(let micros), .timestamp) where value.type == .date && micros % ConstantReader.microsPerDay == 0:
            return (value.expr, .integer(micros / ConstantReader.microsPerDay))
        default: break
        }
        guard let number else { return nil }
        let scale: Int
        switch value.type {
        case .decimal(_, let own) where value.flexibility == .none: scale = own
        case _ where value.type.isWhole && other.type.isDecimal: scale = 0
        default: return nil
        }
        return (value.expr, ConstantFolding.number(number.unscaled, scale: number.scale, asScale: scale))
    }
}

enum ConstantFolding {
    static func read(_ text: String, as type: DuckType) -> Constant? {
        switch type {
        case .varchar, .json: return type == .varchar ? .text(text) : nil
        case .boolean: return ConstantReader.boolean(text).map { .boolean($0) }
        case .date: return ConstantReader.date(text).map { .integer($0) }
        case .timestamp, .timestampTZ: return ConstantReader.timestamp(text).map { .integer($0) }
        case .time: return ConstantReader.time(text).map { .integer($0) }
        case .uuid: return ConstantReader.uuid(text).map { .text($0) }
        case .decimal: return ConstantReader.decimal(text).flatMap { decimal($0.unscaled, scale: $0.scale, to: type) }
        case .double: return ConstantReader.decimal(text) != nil ? Double(text).map { .double($0) } : nil
        default:
            guard let range = type.integerRange, let value = ConstantReader.integer(text), range.contains(value) else { return nil }
            return .integer(value)
        }
    }

    static func whole(_ value: Int64, to type: DuckType) -> Constant? {
        if let range = type.integerRange { return range.contains(value) ? .integer(value) : nil }
        switch type {
        case .hugeint: return .integer(value)
        case .double: return .double(Double(value))
        case .varchar: return .text(String(value))
        case .boolean: return .boolean(value != 0)
        case .decimal: return decimal(value, scale: 0, to: type)
        default: return nil
        }
    }

    static func decimal(_ unscaled: Int64, scale: Int, to type: DuckType) -> Constant? {
        switch type {
        case .decimal(let precision, let target):
            guard let value = rescaled(unscaled, from: scale, to: target) else { return nil }
            if precision <= DuckType.maximumStoredPrecision, let limit = ConstantReader.powerOfTen(precision), value.magnitude >= UInt64(limit) { return nil }
            return .integer(value)
        case .double: return Double(text(unscaled, scale: scale)).map { .double($0) }
        case .varchar: return .text(text(unscaled, scale: scale))
        default:
            guard let range = type.integerRange, let value = rescaled(unscaled, from: scale, to: 0), range.contains(value) else { return nil }
            return .integer(value)
        }
    }

    /// Rounds half away from zero, as DuckDB's decimal casts do.
    static func rescaled(_ value: Int64, from: Int, to: Int) -> Int64? {
        if to >= from {
            guard let factor = ConstantReader.powerOfTen(to - from) else { return nil }
            let (result, overflow) = value.multipliedReportingOverflow(by: factor)
            return overflow ? nil : result
        }
        guard let divisor = ConstantReader.powerOfTen(from - to) else { return nil }
        let quotient = value / divisor, remainder = value % divisor
        guard remainder.magnitude * 2 >= UInt64(divisor) else { return quotient }
        return value < 0 ? quotient - 1 : quotient + 1
    }

    static func text(_ unscaled: Int64, scale: Int) -> String {
        guard scale > 0 else { return String(unscaled) }
        var digits = String(unscaled.magnitude)
        while digits.count <= scale { digits = "0" + digits }
        let split = digits.index(digits.endIndex, offsetBy: -scale)
        return (unscaled < 0 ? "-" : "") + digits[..<split] + "." + digits[split...]
    }

    /// A number at another scale, exactly: whole where it can be, else as the real that lies between the whole ones (SQLite
    /// compares whole and real numbers exactly).
    static func number(_ unscaled: Int64, scale: Int, asScale target: Int) -> Expr {
        if target >= scale, let value = rescaled(unscaled, from: scale, to: target) { return .integer(value) }
        if target < scale, let divisor = ConstantReader.powerOfTen(scale - target), unscaled % divisor == 0 { return .integer(unscaled / divisor) }
        if target < scale { return Expr(.literal(.double(text(unscaled, scale: scale - target)))) }
        return Expr(.literal(.double(text(unscaled, scale: scale) + "e\(target)")))
    }
}
