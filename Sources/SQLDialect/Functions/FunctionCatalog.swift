/// What a function takes and gives, and the run time's function that does it.
///
/// The tables are written as lines `names(parameters) result target`:
/// - parameters are type names, or `any`, `whole` (an integer of any width), `dec` (a decimal), `moment` (DATE, TIMESTAMP
///   or TIMESTAMPTZ);
/// - the result is a type name, `first` (the first argument's type), `whole` or `moment` (what that parameter came to be);
/// - `{w}` and `{t}` in the target stand for the width of `whole` and the type of `moment`.
struct Overload: Sendable {
    enum Parameter: Sendable, Equatable { case exact(DuckType), any, whole, decimal, moment }
    enum Result: Sendable { case exact(DuckType), first, whole, moment }

    var parameters: [Parameter]
    var result: Result
    var target: String
}

enum FunctionCatalog {
    /// Scalar functions by lower-case name.
    static let scalar = parse(ScalarFunctionTable.lines)
    /// Aggregates that need nothing but their line.
    static let aggregate = parse(AggregateFunctionTable.lines)

    /// Every name that a call may have, for "did you mean".
    static let names: Set<String> = Set(scalar.keys).union(aggregate.keys).union(SpecialFunction.allCases.map(\.rawValue))
        .union(SpecialFunction.aliases.keys).union(AggregateFunctionTable.special).union(WindowFunctionTable.names)
        .union(CatalogFunction.allCases.map(\.rawValue))

    /// Functions that DuckDB has and that come with nested types.
    static func isNested(_ key: String) -> Bool {
        ["list", "array", "struct", "map", "union", "unnest", "generate_subscripts", "flatten", "histogram", "row", "string_split", "str_split",
            "regexp_split_to_array", "regexp_extract_all", "string_to_array", "cardinality", "element_at", "apply", "filter", "reduce", "range", "generate_series"].contains(key)
            || ["list_", "array_", "struct_", "map_", "union_"].contains { key.hasPrefix($0) }
    }

    private static func parse(_ lines: [String]) -> [String: [Overload]] {
        var table: [String: [Overload]] = [:]
        for line in lines {
            guard let open = line.firstIndex(of: "("), let close = line.firstIndex(of: ")") else { continue }
            let names = line[..<open].split(separator: ",")
            let parameters = line[line.index(after: open) ..< close].split(separator: ",").map { parameter(String($0)) }
            let rest = line[line.index(after: close)...].split(separator: " ")
            guard rest.count == 2 else { continue }
            let overload = Overload(parameters: parameters, result: result(String(rest[0])), target: String(rest[1]))
            for name in names { table[String(name), default: []].append(overload) }
        }
        return table
    }

    private static func parameter(_ text: String) -> Overload.Parameter {
        switch text {
        case "any": .any
        case "whole": .whole
        case "dec": .decimal
        case "moment": .moment
        default: .exact(DuckType(typeName: text) ?? .varchar)
        }
    }

    private static func result(_ text: String) -> Overload.Result {
        switch text {
        case "first": .first
        case "whole": .whole
        case "moment": .moment
        default: .exact(DuckType(typeName: text) ?? .varchar)
        }
    }
}

extension Binder {
    /// The overload whose parameters the arguments are nearest to.
    func choose(_ overloads: [Overload], for arguments: [Bound]) -> Overload? {
        var best: (overload: Overload, cost: Int)?
        for overload in overloads where overload.parameters.count == arguments.count {
            var total = 0
            var fits = true
            for (parameter, argument) in zip(overload.parameters, arguments) {
                guard let cost = Binder.cost(argument, parameter) else { fits = false; break }
                total += cost
            }
            if fits, total < best?.cost ?? .max { best = (overload, total) }
        }
        return best?.overload
    }

    private static func cost(_ argument: Bound, _ parameter: Overload.Parameter) -> Int? {
        switch parameter {
        case .any: return 100
        case .whole:
            if argument.type.isWhole { return 0 }
            switch argument.flexibility {
            case .parameter: return 12
            case .null: return 3
            default: return nil
            }
        case .decimal: return argument.type.isDecimal ? 0 : nil
        case .moment:
            if argument.type == .date || argument.type.isTimestamp { return 0 }
            switch argument.flexibility {
            case .stringLiteral, .textParameter, .parameter: return 20
            case .loose: return argument.type == .varchar || argument.type == .dynamic ? 20 : nil
            case .null: return 3
            default: return nil
            }
        case .exact(let type):
            switch argument.flexibility {
            case .stringLiteral, .textParameter: return type == .varchar ? 0 : 15
            case .parameter: return type == .varchar || type == .double ? 10 : 11
            case .null: return 2
            case .loose: return argument.type.implicitCost(to: type) ?? (type == .double || type.isTemporal || type == .json || type == .varchar ? 60 : nil)
            case .integerLiteral:
                if type.isWhole, case .integer(let value)? = argument.constant { return type.integerRange?.contains(value) ?? true ? 1 : nil }
                return argument.type.implicitCost(to: type)
            case .none: return argument.type.implicitCost(to: type)
            }
        }
    }

    /// The call that an overload stands for; `arguments` are cast to its parameters.
    func apply(_ overload: Overload, _ arguments: [Bound], range: SourceRange) throws(SQLError) -> Bound {
        var whole: DuckType?
        var moment: DuckType?
        for (parameter, argument) in zip(overload.parameters, arguments) {
            switch parameter {
            case .whole:
                let type = argument.type.isWhole ? argument.type : .bigint
                whole = whole.map { DuckType.unifyIntegers($0, type) } ?? type
            case .moment:
                let known = argument.type == .date || argument.type.isTimestamp
                guard known || argument.adapts else { continue }
                let type = known ? argument.type : .timestamp
                moment = moment.flatMap { DuckType.unify($0, type) } ?? type
            default: break
            }
        }
        var values: [Bound] = []
        values.reserveCapacity(arguments.count)
        for (parameter, argument) in zip(overload.parameters, arguments) {
            switch parameter {
            case .exact(let type): values.append(try cast(argument, to: type))
            case .whole: values.append(try cast(argument, to: whole ?? .bigint))
            case .moment: values.append(try cast(argument, to: moment ?? .timestamp))
            case .any, .decimal:
                if case .parameter = argument.flexibility { values.append(argument) } else { values.append(argument) }
            }
        }
        var target = overload.target
        if target.contains("{") {
            target = target.replacing("{w}", with: (whole ?? .bigint).castWord).replacing("{t}", with: (moment ?? .timestamp).castWord)
        }
        let type: DuckType =
            switch overload.result {
            case .exact(let type): type
            case .first: values.first?.type ?? .null
            case .whole: whole ?? .bigint
            case .moment: moment ?? .timestamp
            }
        if target == "=" { return Bound(values[0].expr, type, nullable: values[0].isNullable) }
        // Arguments that the run time's double functions read as numbers anyway need no cast to REAL.
        return call(target, values.map(Binder.withoutRealCast), type, range: range, nullable: values.isEmpty ? false : true)
    }
}
