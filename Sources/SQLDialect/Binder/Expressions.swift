extension Binder {
    /// Binds an expression.
    func bind(_ expr: Expr, _ scope: Scope) throws(SQLError) -> Bound {
        let range = expr.range
        switch expr.node {
        case .literal(let literal): return bind(literal, range: range)
        case .parameter(let parameter): return try bind(parameter, range: range)
        case .column(let reference): return try bind(reference, range: range, scope: scope)
        case .unary(let op, let operand): return try bindUnary(op, operand, range: range, scope: scope)
        case .binary(let op, let left, let right): return try bindBinary(op, left, right, range: range, scope: scope)
        case .logical(let op, let operands):
            var bound: [Expr] = []
            bound.reserveCapacity(operands.count)
            var nullable = false
            for operand in operands {
                let value = try truth(try bind(operand, scope))
                nullable = nullable || value.isNullable
                bound.append(value.expr)
            }
            return Bound(Expr(.logical(op, bound), range: range), .boolean, nullable: nullable)
        case .isNull(let operand, let negated):
            let value = try bind(operand, scope)
            return Bound(Expr(.isNull(value.expr, negated: negated), range: range), .boolean, nullable: false)
        case .isTruth(let operand, let wanted, let negated):
            let value = try truth(try bind(operand, scope))
            return Bound(Expr(.isTruth(value.expr, wanted, negated: negated), range: range), .boolean, nullable: false)
        case .like(let like): return try bindLike(like, range: range, scope: scope)
        case .between(let value, let low, let high, let negated, let symmetric):
            return try bindBetween(value, low, high, negated: negated, symmetric: symmetric, range: range, scope: scope)
        case .membership(let value, let source, let negated):
            return try bindMembership(value, source, negated: negated, range: range, scope: scope)
        case .quantified(let value, let op, let quantifier, let source):
            return try bindQuantified(value, op, quantifier, source, range: range, scope: scope)
        case .exists(let select):
            let query = try bindQuery(select, parent: scope)
            return Bound(Expr(.exists(query.select), range: range), .boolean, nullable: false)
        case .subquery(let select):
            let query = try bindQuery(select, parent: scope)
            guard query.columns.count == 1 else {
                throw error(BinderCode.bind, "Subquery returns \(query.columns.count) columns - expected 1", at: range)
            }
            var limited = query.select
            // DuckDB takes the first row of a scalar subquery, as SQLite does.
            if limited.limit == nil, case .core = limited.body { limited.limit = .integer(1) }
            var value = Bound(Expr(.subquery(limited), range: range), query.columns[0].type)
            value.origin = query.columns[0].origin?.client.map(ColumnOrigin.value)
            return value
        case .row: throw unsupported("A row value here", at: range)
        case .caseWhen(let operand, let branches, let otherwise):
            return try bindCase(operand, branches, otherwise, range: range, scope: scope)
        case .cast(let operand, let typeName, let isTry):
            if let bound = try bindRegistryCast(operand, typeName, isTry: isTry, range: range, scope: scope) { return bound }
            let type = try DuckType(typeName, in: source)
            if case .list(let items) = operand.node, let element = type.element {
                return try list(items, of: element, isTry: isTry, range: range, scope: scope)
            }
            let value = try bind(operand, scope)
            if type == .blob, typeName.words.last.map({ equalIgnoringASCIICase($0.text, "bytea") }) == true, case .text(let text)? = value.constant, let bytes = Binder.hexBytes(text) {
                return Bound(constant: .blob(bytes), .blob, range: range, flexibility: .none)
            }
            var result = try cast(value, to: type, isTry: isTry)
            result.expr.range = range
            result.flexibility = .none
            result.origin = ClientType(cast: typeName).map(ColumnOrigin.value)
            return result
        case .collate(let operand, let collation):
            let value = try bind(operand, scope)
            let known = ["nocase": "NOCASE", "binary": "BINARY", "rtrim": "RTRIM", "posix": "BINARY", "c": "BINARY", "default": "BINARY", "ucs_basic": "BINARY"]
            let key = collation.key.hasPrefix("pg_catalog.") ? String(collation.key.dropFirst("pg_catalog.".count)) : collation.key
            guard let name = known[key] else { throw unsupported("The collation \(collation.text)", at: collation.range, hint: "There are NOCASE, BINARY and RTRIM") }
            var result = value
            result.expr = Expr(.collate(value.expr, Identifier(name)), range: range)
            result.origin = nil
            result.constant = nil
            return result
        case .call(let call): return try bindCall(call, range: range, scope: scope)
        case .raise: return Bound(expr, .null)
        case .interval(let amount, let unit): return try bindInterval(amount, unit, range: range, scope: scope)
        case .typedLiteral(let typeName, let text):
            if let bound = try bindRegistryCast(Expr(.literal(.string(text)), range: range), typeName, isTry: false, range: range, scope: scope) { return bound }
            let type = try DuckType(typeName, in: source)
            return try cast(Bound(constant: .text(text), .varchar, range: range), to: type)
        case .currentTime(let what): return bindCurrentTime(what, range: range)
        case .list(let items): return try list(items, of: nil, isTry: false, range: range, scope: scope)
        case .arraySubquery(let select): return try listOfRows(select, range: range, scope: scope)
        case .structure: throw unsupported("A struct", at: range)
        case .map: throw unsupported("MAP {…}", at: range)
        case .lambda: throw unsupported("A lambda", at: range)
        case .element(let base, let index):
            let value = try bind(base, scope), position = try bind(index, scope)
            if let element = value.type.element { return try listElement(of: value, element, at: position, range: range) }
            if value.type == .json { return call("bl_json_extract", [value, try jsonPath(position)], .json, range: range) }
            let text = try implicit(value, to: .varchar, in: "[…]")
            let one = Bound(constant: .integer(1), .integer, range: range)
            return call("bl_substr", [text, try implicit(position, to: .bigint, in: "An index"), one], .varchar, range: range)
        case .slice(let base, let lower, let upper, let step):
            return try bindSlice(base, lower, upper, step, range: range, scope: scope)
        case .field(let base, let name):
            // What `_pg_expandarray` gives: an element `x` and its place `n`.
            if name.key == "x" || name.key == "n" {
                let value = try bind(base, scope)
                if value.type == .list(.bigint) { return try listElement(of: value, .bigint, at: bindInteger(name.key == "x" ? 1 : 2, range: range), range: range) }
            }
            throw unsupported("The struct field .\(name.text)", at: range)
        case .columns: throw unsupported("COLUMNS(…) inside this expression", at: range)
        case .positional(let number):
            var position = number - 1
            for relation in scope.relations {
                if position < relation.columns.count, position >= 0 { return relation.bound(position, range: range) }
                position -= relation.columns.count
            }
            throw error(BinderCode.noSuchColumn, "There is no column #\(number) in FROM", at: range)
        case .defaultValue: throw error(BinderCode.bind, "DEFAULT can only stand as a value of INSERT or UPDATE", at: range)
        }
    }

    // MARK: - Constants

    func bind(_ literal: Literal, range: SourceRange) -> Bound {
        switch literal {
        case .null: Bound(constant: .null, .null, range: range, flexibility: .null)
        case .boolean(let value): Bound(constant: .boolean(value), .boolean, range: range)
        case .integer(let value): bindInteger(value, range: range)
        case .bigInteger(let digits): Bound(constant: .double(Double(digits) ?? .infinity), .double, range: range)
        case .decimal(let text):
            if let number = ConstantReader.decimal(text) {
                Bound(constant: .integer(number.unscaled), .decimal(precision: number.precision, scale: number.scale), range: range)
            } else {
                Bound(constant: .double(Double(text) ?? .infinity), .double, range: range)
            }
        case .double(let text): Bound(constant: .double(Double(text) ?? .infinity), .double, range: range)
        case .string(let text): Bound(constant: .text(text), .varchar, range: range, flexibility: .stringLiteral)
        case .blob(let bytes): Bound(constant: .blob(bytes), .blob, range: range)
        }
    }

    private func bindCurrentTime(_ what: CurrentTime, range: SourceRange) -> Bound {
        switch what {
        case .date: call("bl_today", [], .date, range: range, nullable: false)
        case .time, .localTime: call("bl_current_time", [], .time, range: range, nullable: false)
        case .timestamp: call("bl_now", [], .timestampTZ, range: range, nullable: false)
        case .localTimestamp: call("bl_current_localtimestamp", [], .timestamp, range: range, nullable: false)
        }
    }

    private func bindInterval(_ amount: Expr, _ unit: IntervalUnit?, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        let value = try bind(amount, scope)
        guard let unit else {
            if case .text(let text)? = value.constant, let interval = IntervalConstant(text: text) {
                return Bound(constant: .blob(interval.bytes), .interval, range: range)
            }
            return try cast(value, to: .interval)
        }
        var whole: Int64?
        if case .integer(let number)? = value.constant, value.type.isWhole { whole = number }
        if case .text(let text)? = value.constant { whole = ConstantReader.integer(text) }
        if let whole, let constant = IntervalConstant(whole, unit) {
            return Bound(constant: .blob(constant.bytes), .interval, range: range)
        }
        let function = "bl_to_" + unit.plural
        let argument: Bound =
            unit == .second || unit == .millisecond ? try cast(value, to: .double) : try cast(value, to: .bigint)
        return call(function, [argument], .interval, range: range)
    }

    // MARK: - CASE

    private func bindCase(_ operand: Expr?, _ branches: [WhenBranch], _ otherwise: Expr?, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        var results: [Bound] = []
        for branch in branches { results.append(try bind(branch.result, scope)) }
        if let otherwise { results.append(try bind(otherwise, scope)) }
        let (values, type) = try unified(results, in: "CASE expression")
        var lowered: [WhenBranch] = []
        lowered.reserveCapacity(branches.count)
        var subject: Expr?
        if let operand {
            let value = try bind(operand, scope)
            var conditions: [Bound] = []
            for branch in branches { conditions.append(try bind(branch.condition, scope)) }
            // One operand serves all branches if it looks the same in each comparison; else the branches compare themselves.
            var pairs: [(Expr, Expr)] = []
            for condition in conditions { pairs.append(try comparable(value, condition)) }
            let common = pairs.first.map { first in pairs.allSatisfy { $0.0 == first.0 } } ?? false
            subject = common ? pairs.first?.0 : nil
            for (index, pair) in pairs.enumerated() {
                lowered.append(WhenBranch(condition: common ? pair.1 : .binary(pair.0, .equal, pair.1), result: values[index].expr))
            }
        } else {
            for (index, branch) in branches.enumerated() {
                lowered.append(WhenBranch(condition: try truth(try bind(branch.condition, scope)).expr, result: values[index].expr))
            }
        }
        let last = otherwise == nil ? nil : values.last?.expr
        var value = Bound(
            Expr(.caseWhen(operand: subject, branches: lowered, otherwise: last), range: range), type,
            nullable: otherwise == nil || values.contains { $0.isNullable })
        value.origin = sharedOrigin(results)
        return value
    }

    // MARK: - Patterns

    private func bindLike(_ like: Like, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        if like.op == .match {
            let table = try fullTextTable(like.value, scope)
            let left = if let table { table } else { try bind(like.value, scope) }
            let matches = Expr(.like(Like(op: .match, negated: false, value: left.expr, pattern: try text(try bind(like.pattern, scope), "MATCH").expr, escape: nil)), range: range)
            return like.negated ? negated(Bound(matches, .boolean)) : Bound(matches, .boolean)
        }
        let value = try text(try bind(like.value, scope), like.op.rawValue)
        let pattern = try text(try bind(like.pattern, scope), like.op.rawValue)
        var arguments = [value, pattern]
        if let escape = like.escape { arguments.append(try text(try bind(escape, scope), "ESCAPE")) }
        let matches: Bound
        if like.op == .like, like.escape == nil, case .text(let text)? = pattern.constant, let glob = Binder.glob(fromLike: text) {
            // SQLite's GLOB distinguishes case, as LIKE does here, and can use an index for a fixed beginning.
            matches = Bound(
                Expr(.like(Like(op: .glob, negated: false, value: value.expr, pattern: .string(glob), escape: nil)), range: range), .boolean,
                nullable: value.isNullable)
        } else if like.op == .glob, case .text(let text)? = pattern.constant, !text.contains("["), !text.contains("\\") {
            matches = Bound(
                Expr(.like(Like(op: .glob, negated: false, value: value.expr, pattern: .string(text), escape: nil)), range: range), .boolean,
                nullable: value.isNullable)
        } else {
            let name: String =
                switch like.op {
                case .like: "bl_like"
                case .ilike: "bl_ilike"
                case .glob: "bl_glob"
                case .regexp: "bl_regexp_matches"
                case .similarTo: "bl_similar_to"
                case .match: "bl_like"
                }
            matches = call(name, arguments, .boolean, range: range)
        }
        return like.negated ? negated(matches) : matches
    }

    /// The GLOB pattern that matches what a LIKE pattern without an escape matches; nil for one with a backslash, to be safe.
    static func glob(fromLike pattern: String) -> String? {
        var result = ""
        for character in pattern {
            switch character {
            case "%": result += "*"
            case "_": result += "?"
            case "*", "?", "[": result += "[\(character)]"
            case "\\": return nil
            default: result.append(character)
            }
        }
        return result
    }

    // MARK: - IN, ANY, ALL

    private func bindMembership(_ left: Expr, _ from: InSource, negated isNegated: Bool, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        switch from {
        case .list(let items):
            if case .row = left.node {
                var tests: [Expr] = []
                for item in items { tests.append(try bindBinary(.equal, left, item, range: item.range, scope: scope).expr) }
                let any = Bound(.or(tests), .boolean)
                return isNegated ? negated(any) : any
            }
            let value = try bind(left, scope)
            var bound: [Bound] = []
            bound.reserveCapacity(items.count)
            for item in items { bound.append(try bind(item, scope)) }
            let result = try membership(value, among: bound, range: range)
            return isNegated ? negated(result) : result
        case .subquery(let select):
            let query = try bindQuery(select, parent: scope)
            let lefts: [Bound]
            if case .row(let parts) = left.node {
                var list: [Bound] = []
                for part in parts { list.append(try bind(part, scope)) }
                lefts = list
            } else {
                lefts = [try bind(left, scope)]
            }
            guard lefts.count == query.columns.count else {
                throw error(BinderCode.bind, "Subquery returns \(query.columns.count) columns - expected \(lefts.count)", at: range)
            }
            let (values, inner) = try comparedColumns(lefts, query)
            let operand = values.count == 1 ? values[0] : Expr(.row(values))
            return Bound(Expr(.membership(operand, .subquery(inner), negated: isNegated), range: range), .boolean)
        case .table(let name):
            var select = SelectCore(items: [.star(Star())], from: [TableRef(.table(TableSource(name)), range: name.range)])
            select.range = range
            return try bindMembership(left, .subquery(Select(select)), negated: isNegated, range: range, scope: scope)
        case .tableFunction(let name, _): throw unsupported("IN \(name.name.text)(…)", at: range)
        case .expression: return try bindQuantified(left, isNegated ? .notEqual : .equal, isNegated ? .all : .any, from, range: range, scope: scope)
        }
    }

    private func membership(_ value: Bound, among items: [Bound], range: SourceRange) throws(SQLError) -> Bound {
        var pairs: [(Expr, Expr)] = []
        pairs.reserveCapacity(items.count)
        for item in items { pairs.append(try comparable(value, item)) }
        let nullable = value.isNullable || items.contains { $0.isNullable }
        guard let first = pairs.first else { return Bound(constant: .boolean(false), .boolean, range: range) }
        if pairs.allSatisfy({ $0.0 == first.0 }) {
            return Bound(Expr(.membership(first.0, .list(pairs.map(\.1)), negated: false), range: range), .boolean, nullable: nullable)
        }
        return Bound(.or(pairs.map { .binary($0.0, .equal, $0.1) }), .boolean, nullable: nullable)
    }

    /// Both sides of a comparison with the columns of a query; the query is wrapped where its columns need a cast.
    private func comparedColumns(_ values: [Bound], _ query: BoundQuery) throws(SQLError) -> ([Expr], Select) {
        var lefts: [Expr] = [], rights: [Expr] = []
        let alias: Identifier = freshName("q")
        var needsCast = false
        for (value, column) in zip(values, query.columns) {
            var item = Bound(.column(column.lowered, of: alias), column.type)
            item.origin = column.origin
            if column.isLoose { item.flexibility = .loose }
            let (left, right) = try comparable(value, item)
            lefts.append(left)
            rights.append(right)
            if right != item.expr { needsCast = true }
        }
        guard needsCast else { return (lefts, query.select) }
        let core = SelectCore(
            items: rights.map { .expr($0, alias: nil) },
            from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
        return (lefts, Select(core))
    }

    private func bindQuantified(_ left: Expr, _ op: BinaryOperator, _ quantifier: Quantifier, _ from: InSource, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        switch (from, op, quantifier) {
        case (.subquery, .equal, .any) where isRow(left): return try bindMembership(left, from, negated: false, range: range, scope: scope)
        case (.subquery, .notEqual, .all) where isRow(left): return try bindMembership(left, from, negated: true, range: range, scope: scope)
        case (.expression(let expr), .equal, .any), (.expression(let expr), .notEqual, .all):
            guard case .list(let items) = expr.node else { break }
            return try bindMembership(left, .list(items), negated: quantifier == .all, range: range, scope: scope)
        default: break
        }
        let value = try bind(left, scope)
        let query = try quantifiedRows(from, for: value, range: range, scope: scope)
        guard query.columns.count == 1 else {
            throw error(BinderCode.bind, "Subquery returns \(query.columns.count) columns - expected 1", at: range)
        }
        if (op == .equal && quantifier == .any) || (op == .notEqual && quantifier == .all) {
            let (values, inner) = try comparedColumns([value], query)
            return Bound(Expr(.membership(values[0], .subquery(inner), negated: quantifier == .all), range: range), .boolean)
        }
        let alias: Identifier = freshName("q")
        let column = Bound(.column(query.columns[0].lowered, of: alias), query.columns[0].type)
        let (a, b) = try comparable(value, column)
        let test: Identifier = "_bl_test"
        let inner = SelectCore(
            items: [.expr(.binary(a, op, b), alias: test)],
            from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
        // Three-valued logic over the rows: ANY is an OR of all tests, ALL an AND.
        let count = FunctionCall(star: "count")
        let decisive: Expr = quantifier == .any ? .binary(.call("max", .column(test)), .equal, .integer(1)) : .binary(.call("min", .column(test)), .equal, .integer(0))
        let decided: Int64 = quantifier == .any ? 1 : 0
        let body = Expr(.caseWhen(
            operand: nil,
            branches: [
                WhenBranch(condition: decisive, result: .integer(decided)),
                WhenBranch(condition: .binary(.call("count", .column(test)), .less, Expr(.call(count))), result: .null),
            ], otherwise: .integer(1 - decided)))
        let outer = SelectCore(
            items: [.expr(body, alias: nil)],
            from: [TableRef(.subquery(Select(inner), alias: TableAlias(freshName("q")), lateral: false, sample: nil))])
        return Bound(Expr(.subquery(Select(outer)), range: range), .boolean)
    }
}

extension FunctionCall {
    /// `name(*)`
    init(star name: String) {
        self.init(name, [])
        isStar = true
    }
}

/// A constant interval in its storage form: 16 bytes, big-endian, sign bits flipped so that they order as numbers do.
struct IntervalConstant {
    var months: Int32 = 0
    var days: Int32 = 0
    var micros: Int64 = 0

    init?(_ amount: Int64, _ unit: IntervalUnit) {
        func scaled32(_ factor: Int64) -> Int32? {
            let (value, overflow) = amount.multipliedReportingOverflow(by: factor)
            return overflow ? nil : Int32(exactly: value)
        }
        func scaled64(_ factor: Int64) -> Int64? {
            let (value, overflow) = amount.multipliedReportingOverflow(by: factor)
            return overflow ? nil : value
        }
        let monthsPerUnit: [IntervalUnit: Int64] = [.month: 1, .quarter: 3, .year: 12, .decade: 120, .century: 1200, .millennium: 12_000]
        let microsPerUnit: [IntervalUnit: Int64] = [
            .microsecond: 1, .millisecond: 1000, .second: ConstantReader.microsPerSecond, .minute: 60 * ConstantReader.microsPerSecond,
            .hour: 3600 * ConstantReader.microsPerSecond,
        ]
        if let factor = monthsPerUnit[unit] {
            guard let value = scaled32(factor) else { return nil }
            months = value
        } else if let factor = microsPerUnit[unit] {
            guard let value = scaled64(factor) else { return nil }
            micros = value
        } else {
            guard let value = scaled32(unit == .week ? 7 : 1) else { return nil }
            days = value
        }
    }

    /// `3 days`, `1 year 2 months`: whole numbers with units, nothing else; nil leaves the text to the run time.
    init?(text: String) {
        let words = text.split(separator: " ")
        guard !words.isEmpty, words.count % 2 == 0 else { return nil }
        for index in stride(from: 0, to: words.count, by: 2) {
            var name = words[index + 1].uppercased()
            if name.hasSuffix("S") { name.removeLast() }
            guard let amount = Int64(words[index]), let unit = IntervalUnit(rawValue: name), let part = IntervalConstant(amount, unit) else { return nil }
            let (months, a) = self.months.addingReportingOverflow(part.months)
            let (days, b) = self.days.addingReportingOverflow(part.days)
            let (micros, c) = self.micros.addingReportingOverflow(part.micros)
            guard !a, !b, !c else { return nil }
            (self.months, self.days, self.micros) = (months, days, micros)
        }
    }

    var bytes: [UInt8] {
        func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        return bytes(UInt32(bitPattern: months) ^ 0x8000_0000) + bytes(UInt32(bitPattern: days) ^ 0x8000_0000)
            + bytes(UInt64(bitPattern: micros) ^ 0x8000_0000_0000_0000)
    }
}

extension IntervalUnit {
    /// As the run time's functions name it: `to_days`.
    var plural: String {
        switch self {
        case .century: "centuries"
        case .millennium: "millennia"
        default: foldedASCII(rawValue) + "s"
        }
    }
}
