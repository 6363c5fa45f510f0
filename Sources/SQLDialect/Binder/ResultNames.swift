extension Binder {
    /// The name DuckDB gives to a column that has no alias: `count_star()`, `(a + b)`, `CAST(x AS VARCHAR)`.
    func resultName(of expr: Expr, windows: [String: WindowDefinition] = [:]) -> String {
        if case .column(let reference) = expr.node { return reference.name.text }
        if case .field(_, let name) = expr.node { return name.text }
        return ResultNames(source: source, windows: windows).text(of: expr)
    }
}

/// Writes expressions as DuckDB's column names have them.
struct ResultNames {
    let source: String
    /// The windows of the WINDOW clause, which are written out.
    var windows: [String: WindowDefinition] = [:]

    /// Words of DuckDB's grammar that its names of functions put in quotes.
    private static let quotedFunctions: Set<String> = [
        "year", "month", "day", "hour", "minute", "second", "week", "quarter", "decade", "century", "millennium", "substring", "left", "right",
        "trim", "ltrim", "rtrim", "position", "overlay", "replace", "mode", "first", "last", "if", "nullif", "row", "version", "extract", "char",
    ]

    private static let typeWords: [String: String] = [
        "int": "INTEGER", "integer": "INTEGER", "bigint": "BIGINT", "smallint": "SMALLINT", "varchar": "VARCHAR", "decimal": "DECIMAL",
        "dec": "DECIMAL", "numeric": "DECIMAL", "timestamp": "TIMESTAMP", "time": "TIME", "boolean": "BOOLEAN",
        "float": "FLOAT", "real": "FLOAT", "interval": "INTERVAL", "char": "VARCHAR", "character": "VARCHAR", "double precision": "DOUBLE",
    ]

    func text(of expr: Expr) -> String {
        switch expr.node {
        case .literal(let literal): return text(of: literal)
        case .parameter(let parameter):
            switch parameter {
            case .anonymous: return "?"
            case .numbered(let number): return "$\(number)"
            case .named(let name): return "$" + name.dropFirst()
            }
        case .column(let reference): return reference.path.map { quoted($0.text) }.joined(separator: ".")
        case .unary(let op, let operand):
            switch op {
            case .not: return "(NOT \(text(of: operand)))"
            case .negate:
                if case .literal(.integer) = operand.node { return "-" + text(of: operand) }
                if case .literal(.decimal) = operand.node { return "-" + text(of: operand) }
                if case .literal(.double) = operand.node { return "-" + text(of: operand) }
                return "(-(\(text(of: operand))))"
            default: return "(\(op.rawValue)(\(text(of: operand))))"
            }
        case .binary(let op, let left, let right): return binary(op, left, right)
        case .logical(let op, let operands):
            return "(" + operands.map { text(of: $0) }.joined(separator: " \(op.rawValue) ") + ")"
        case .isNull(let operand, let negated): return "(\(text(of: operand)) IS \(negated ? "NOT " : "")NULL)"
        case .isTruth(let operand, let value, let negated):
            guard let value else { return "(\(text(of: operand)) IS \(negated ? "NOT " : "")NULL)" }
            return "(CAST(\(text(of: operand)) AS BOOLEAN) IS \(negated ? "" : "NOT ")DISTINCT FROM \(value))"
        case .like(let like): return pattern(like)
        case .between(let value, let low, let high, let negated, _):
            let inside = "(\(text(of: value)) BETWEEN \(text(of: low)) AND \(text(of: high)))"
            return negated ? "(NOT \(inside))" : inside
        case .membership(let value, let from, let negated):
            let inside: String =
                switch from {
                case .list(let items): "(\(text(of: value)) IN (\(items.map { text(of: $0) }.joined(separator: ", "))))"
                case .subquery(let select): "(\(text(of: value)) = ANY(\(select.range.text(in: source))))"
                default: expr.range.text(in: source)
                }
            return negated ? "(NOT \(inside))" : inside
        case .exists(let select): return "EXISTS(\(select.range.text(in: source)))"
        case .subquery(let select): return "(\(select.range.text(in: source)))"
        case .row(let items): return "\"row\"(\(items.map { text(of: $0) }.joined(separator: ", ")))"
        case .caseWhen(let operand, let branches, let otherwise):
            var result = "CASE "
            for branch in branches {
                let condition = operand.map { "(\(text(of: $0)) = \(text(of: branch.condition)))" } ?? text(of: branch.condition)
                result += " WHEN (\(condition)) THEN (\(text(of: branch.result)))"
            }
            return result + " ELSE \(otherwise.map { text(of: $0) } ?? "NULL") END"
        case .cast(let operand, let type, let isTry): return "\(isTry ? "TRY_" : "")CAST(\(text(of: operand)) AS \(name(of: type)))"
        case .collate(let operand, let name): return "\(text(of: operand)) COLLATE \(name.text)"
        case .call(let call): return self.call(call)
        case .interval(let amount, let unit): return interval(amount, unit)
        case .typedLiteral(let type, let string): return "CAST('\(string)' AS \(name(of: type)))"
        case .currentTime: return expr.range.text(in: source)
        case .element(let base, let index): return "\(text(of: base))[\(text(of: index))]"
        case .list(let items): return "list_value(" + items.map { text(of: $0) }.joined(separator: ", ") + ")"
        case .positional(let number): return "#\(number)"
        default: return expr.range.text(in: source)
        }
    }

    private func text(of literal: Literal) -> String {
        switch literal {
        case .null: "NULL"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .bigInteger(let text), .decimal(let text), .double(let text): text
        case .string(let text): "'" + text.replacing("'", with: "''") + "'"
        case .blob(let bytes): "X'" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined() + "'"
        }
    }

    private func quoted(_ name: String) -> String {
        let plain = name.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: "_") || ($0 >= 0x41 && $0 <= 0x5A) }
            && !(name.utf8.first.map { $0 >= 0x30 && $0 <= 0x39 } ?? true)
        return plain && !DuckKeywords.contains(name) ? name : "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    private func binary(_ op: BinaryOperator, _ left: Expr, _ right: Expr) -> String {
        let a = text(of: left), b = text(of: right)
        switch op {
        case .notEqual: return "(\(a) != \(b))"
        case .is, .isNotDistinctFrom: return "(\(a) IS NOT DISTINCT FROM \(b))"
        case .isNot, .isDistinctFrom: return "(\(a) IS DISTINCT FROM \(b))"
        case .regexMatch: return "regexp_matches(\(a), \(b))"
        case .notRegexMatch: return "(NOT regexp_matches(\(a), \(b)))"
        default: return "(\(a) \(op.rawValue) \(b))"
        }
    }

    private func pattern(_ like: Like) -> String {
        let a = text(of: like.value), b = text(of: like.pattern)
        switch like.op {
        case .like, .ilike:
            if let escape = like.escape {
                let name = (like.negated ? "not_" : "") + (like.op == .like ? "like_escape" : "ilike_escape")
                return "\(name)(\(a), \(b), \(text(of: escape)))"
            }
            return "(\(a) \(like.negated ? "!" : "")~~\(like.op == .ilike ? "*" : "") \(b))"
        case .glob: return like.negated ? "(NOT (\(a) ~~~ \(b)))" : "(\(a) ~~~ \(b))"
        case .similarTo: return like.negated ? "(NOT regexp_full_match(\(a), \(b)))" : "regexp_full_match(\(a), \(b))"
        default: return "(\(a) \(like.op.rawValue) \(b))"
        }
    }

    func name(of type: TypeName) -> String {
        let words = type.name
        // JSON is a name to DuckDB's grammar, not a built-in type's word.
        let name = foldedASCII(words) == "json" ? "\"\(words)\"" : ResultNames.typeWords[foldedASCII(words)] ?? (words.contains(" ") ? words.uppercased() : words)
        guard !type.arguments.isEmpty else { return name }
        return name + "(" + TableInfo.argumentTexts(type).joined(separator: ", ") + ")"
    }

    private func interval(_ amount: Expr, _ unit: IntervalUnit?) -> String {
        guard let unit else { return "CAST(\(text(of: amount)) AS INTERVAL)" }
        switch unit {
        case .hour, .minute, .microsecond: return "to_\(unit.plural)(CAST(trunc(CAST(\(text(of: amount)) AS DOUBLE)) AS BIGINT))"
        case .second, .millisecond: return "to_\(unit.plural)(CAST(\(text(of: amount)) AS DOUBLE))"
        default: return "to_\(unit.plural)(CAST(trunc(CAST(\(text(of: amount)) AS DOUBLE)) AS INTEGER))"
        }
    }

    private func call(_ call: FunctionCall) -> String {
        let key = call.name.name.key
        if !call.hasParentheses { return foldedASCII(call.name.name.text) }
        let arguments = call.arguments.map { argument in
            (argument.name.map { "\($0.text) := " } ?? "") + text(of: argument.value)
        }
        if key == "ifnull" || key == "coalesce" { return "COALESCE(\(arguments.joined(separator: ", ")))" }
        if key == "date", arguments.count == 1 { return "CAST(\(arguments[0]) AS DATE)" }
        if key == "position", arguments.count == 2 { return "\"position\"(\(arguments[1]), \(arguments[0]))" }
        let isStar = call.isStar || (key == "count" && arguments.isEmpty)
        var name = isStar ? (call.over == nil ? "count_star" : "count") : (ResultNames.quotedFunctions.contains(key) ? "\"\(key)\"" : key)
        if isStar, key != "count" { name = key }
        if key == "percentile_cont" || key == "percentile_disc" { name = key.replacing("percentile", with: "quantile") }
        var inside = (call.isDistinct ? "DISTINCT " : "") + (isStar ? "" : arguments.joined(separator: ", "))
        let order = call.orderBy + call.withinGroup
        if !order.isEmpty { inside += " ORDER BY " + orderTerms(order) }
        var result = "\(name)(\(inside))"
        if let filter = call.filter {
            let condition = text(of: filter)
            result += " FILTER (WHERE \(condition))"
        }
        switch call.over {
        case .named(let name)?: result += windows[name.key].map { " OVER (" + window($0) + ")" } ?? " OVER \(name.text)"
        case .definition(let definition)?: result += " OVER (" + window(definition) + ")"
        case nil: break
        }
        return result
    }

    private func orderTerms(_ terms: [OrderTerm]) -> String {
        terms.map { term in
            text(of: term.expr) + (term.direction.map { " " + $0.rawValue } ?? "") + (term.nulls.map { " NULLS " + $0.rawValue } ?? "")
        }.joined(separator: ", ")
    }

    private func window(_ definition: WindowDefinition) -> String {
        var parts: [String] = []
        if let base = definition.base { parts.append(base.text) }
        if !definition.partitionBy.isEmpty { parts.append("PARTITION BY " + definition.partitionBy.map { text(of: $0) }.joined(separator: ", ")) }
        if !definition.orderBy.isEmpty { parts.append("ORDER BY " + orderTerms(definition.orderBy)) }
        if let frame = definition.frame {
            let start = bound(frame.start)
            parts.append(frame.unit.rawValue + " " + (frame.end.map { "BETWEEN \(start) AND \(bound($0))" } ?? start))
        }
        return parts.joined(separator: " ")
    }

    private func bound(_ bound: WindowFrame.Bound) -> String {
        switch bound {
        case .unboundedPreceding: "UNBOUNDED PRECEDING"
        case .preceding(let expr): text(of: expr) + " PRECEDING"
        case .currentRow: "CURRENT ROW"
        case .following(let expr): text(of: expr) + " FOLLOWING"
        case .unboundedFollowing: "UNBOUNDED FOLLOWING"
        }
    }
}
