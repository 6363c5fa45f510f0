// Expressions, with the parentheses that precedence needs.

/// How tightly an expression holds together, as far as the two dialects agree. Where they do not (SQLite binds `||`
/// tighter than `*`, DuckDB looser than `+`), one level stands in parentheses inside the other.
private enum Tier: Int, Comparable {
    case lambda, or, and, not, predicate, other, additive, multiplicative, power, collate, unary, primary

    static func < (a: Tier, b: Tier) -> Bool { a.rawValue < b.rawValue }

    init(_ node: ExprNode) {
        switch node {
        case .lambda: self = .lambda
        case .logical(.or, _): self = .or
        case .logical(.and, _): self = .and
        case .unary(.not, _): self = .not
        // PostgreSQL's prefix `~` and `@` reach further than SQLite's.
        case .unary(.bitwiseNot, _), .unary(.absolute, _): self = .other
        case .unary: self = .unary
        case .isNull, .isTruth, .like, .between, .membership, .quantified: self = .predicate
        case .binary(let op, _, _): self = Tier(op)
        case .collate: self = .collate
        case .literal(.integer(let value)): self = value < 0 ? .unary : .primary
        default: self = .primary
        }
    }

    init(_ op: BinaryOperator) {
        switch op {
        case .add, .subtract: self = .additive
        case .multiply, .divide, .modulo, .integerDivide: self = .multiplicative
        case .power: self = .power
        default: self = op.isComparison ? .predicate : .other
        }
    }
}

extension Printer {
    mutating func exprs(_ exprs: [Expr]) {
        list(exprs) { printer, expr in printer.expr(expr) }
    }

    /// An expression that stands by itself: in a list, in parentheses, after a keyword.
    mutating func expr(_ expr: Expr) { node(expr.node) }

    /// The cases are spread over several methods, so that no frame of the recursion holds the temporaries of all.
    private mutating func node(_ node: ExprNode) {
        switch node {
        case .literal, .parameter, .column: leaf(node)
        case .binary: binary(node)
        case .call: call(node)
        case .logical: logical(node)
        case .unary, .collate: unary(node)
        case .isNull, .isTruth: test(node)
        case .like, .between, .membership, .quantified: predicate(node)
        case .exists, .subquery, .arraySubquery: subquery(node)
        case .caseWhen: caseWhen(node)
        case .cast: cast(node)
        case .row, .list, .structure, .map: composite(node)
        case .element, .slice, .field: part(node)
        default: special(node)
        }
    }

    private mutating func leaf(_ node: ExprNode) {
        switch node {
        case .literal(let literal): self.literal(literal)
        case .parameter(let parameter): self.parameter(parameter)
        case .column(let reference): column(reference)
        default: break
        }
    }

    private mutating func call(_ node: ExprNode) {
        if case .call(let call) = node { self.call(call) }
    }

    private mutating func logical(_ node: ExprNode) {
        if case .logical(let op, let operands) = node { logical(op, operands[...]) }
    }

    /// An operand that needs parentheses when it holds together less tightly than `tier`.
    private mutating func operand(_ expr: Expr, _ tier: Tier) { operand(expr, parentheses: Tier(expr.node) < tier) }

    private mutating func operand(_ expr: Expr, parentheses: Bool) {
        if parentheses { write("(") }
        node(expr.node)
        if parentheses { write(")") }
    }

    // MARK: Literals

    private mutating func literal(_ literal: Literal) {
        switch literal {
        case .null: write("NULL")
        case .boolean(let value): write(value ? "TRUE" : "FALSE")
        case .integer(let value): write(String(value))
        case .bigInteger(let text), .decimal(let text), .double(let text): write(text)
        case .string(let text):
            // SQLite's parser ends at a NUL.
            if text.utf8.contains(0) { write("CAST(\(Self.blob(Array(text.utf8))) AS TEXT)") } else { string(text) }
        case .blob(let bytes): write(Self.blob(bytes))
        }
    }

    private static func blob(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = [UInt8(ascii: "X"), UInt8(ascii: "'")]
        text.reserveCapacity(bytes.count * 2 + 3)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        text.append(UInt8(ascii: "'"))
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func parameter(_ parameter: Parameter) {
        switch parameter {
        case .anonymous: write("?")
        case .numbered(let number): write("?\(number)")
        case .named(let name): write(name)
        }
    }

    // MARK: Operators

    private mutating func unary(_ node: ExprNode) {
        switch node {
        case .unary(.not, let x):
            write("NOT ")
            operand(x, .not)
        case .unary(let op, let x):
            // `@x` would be a parameter.
            write(op == .absolute ? "@ " : op.rawValue)
            operand(x, .primary)
        case .collate(let x, let name):
            operand(x, .collate)
            write(" COLLATE ")
            identifier(name)
        default: break
        }
    }

    /// Binary operators nest to the left, often deeply: the left spine is walked in a loop.
    private mutating func binary(_ node: ExprNode) {
        guard case .binary(let op, let left, let right) = node else { return }
        var spine = [(op, right)]
        var first = left
        while case .binary(let inner, let a, let b) = first.node, Self.needsNoParentheses(inner, leftOf: spine[spine.count - 1].0) {
            spine.append((inner, b))
            first = a
        }
        leftmost(first, spine[spine.count - 1].0)
        for (op, right) in spine.reversed() {
            write(" ")
            write(op.rawValue)
            write(" ")
            rightOperand(right, op)
        }
    }

    private static func needsNoParentheses(_ inner: BinaryOperator, leftOf outer: BinaryOperator) -> Bool {
        let tier = Tier(outer)
        switch tier {
        case .predicate: return Tier(inner) > .predicate
        case .other:
            let arrows: [BinaryOperator] = [.jsonExtract, .jsonExtractText, .jsonPath, .jsonPathText]
            return inner == outer || (arrows.contains(inner) && arrows.contains(outer))
        default: return Tier(inner) >= tier
        }
    }

    private mutating func leftmost(_ expr: Expr, _ op: BinaryOperator) {
        let tier = Tier(op), own = Tier(expr.node)
        switch tier {
        case .other: operand(expr, parentheses: own < .collate)
        case .predicate: operand(expr, parentheses: own <= .predicate)
        default: operand(expr, parentheses: own < tier)
        }
    }

    private mutating func rightOperand(_ expr: Expr, _ op: BinaryOperator) {
        let tier = Tier(op), own = Tier(expr.node)
        operand(expr, parentheses: tier == .other ? own < .collate : own <= tier)
    }

    /// How many operands of AND or OR are written in a row. SQLite makes a tree as deep as the row is long and refuses
    /// one deeper than 1,000; longer rows are written as groups in parentheses, which read back as one row.
    private static let longestRow = 250

    private mutating func logical(_ op: LogicalOperator, _ operands: ArraySlice<Expr>) {
        let tier: Tier = op == .and ? .not : .and
        let separator = op == .and ? " AND " : " OR "
        if operands.count <= Self.longestRow {
            for (offset, x) in operands.enumerated() {
                if offset > 0 { write(separator) }
                operand(x, tier)
            }
            return
        }
        let size = max(2, (operands.count + Self.longestRow - 1) / Self.longestRow)
        var start = operands.startIndex
        while start < operands.endIndex {
            let end = min(start + size, operands.endIndex)
            if start > operands.startIndex { write(separator) }
            if end - start == 1 { operand(operands[start], tier) } else {
                write("(")
                logical(op, operands[start ..< end])
                write(")")
            }
            start = end
        }
    }

    private mutating func test(_ node: ExprNode) {
        switch node {
        case .isNull(let x, let negated):
            operand(x, .other)
            write(negated ? " IS NOT NULL" : " IS NULL")
        case .isTruth(let x, let value, let negated):
            operand(x, .other)
            write(negated ? " IS NOT " : " IS ")
            write(value.map { $0 ? "TRUE" : "FALSE" } ?? (target == .sqlite ? "NULL" : "UNKNOWN"))
        default: break
        }
    }

    private mutating func predicate(_ node: ExprNode) {
        switch node {
        case .like(let like): self.like(like)
        case .between(let x, let low, let high, let negated, let symmetric):
            operand(x, .other)
            write(negated ? " NOT BETWEEN " : " BETWEEN ")
            if symmetric { write("SYMMETRIC ") }
            operand(low, .other)
            write(" AND ")
            operand(high, .other)
        case .membership(let x, let source, let negated):
            operand(x, .other)
            write(negated ? " NOT IN " : " IN ")
            inSource(source)
        case .quantified(let x, let op, let quantifier, let source):
            operand(x, .other)
            write(" \(op.rawValue) \(quantifier.rawValue) ")
            if case .expression(let value) = source {
                write("(")
                expr(value)
                write(")")
            } else {
                inSource(source)
            }
        default: break
        }
    }

    private mutating func like(_ like: Like) {
        operand(like.value, .other)
        write(like.negated ? " NOT " : " ")
        write(like.op.rawValue)
        write(" ")
        operand(like.pattern, .other)
        if let escape = like.escape {
            write(" ESCAPE ")
            operand(escape, .other)
        }
    }

    private mutating func inSource(_ source: InSource) {
        switch source {
        case .list(let values):
            write("(")
            exprs(values)
            write(")")
        case .subquery(let select): parenthesized(select)
        case .table(let name): objectName(name)
        case .tableFunction(let name, let arguments):
            objectName(name)
            write("(")
            exprs(arguments)
            write(")")
        case .expression(let value): operand(value, .other)
        }
    }

    // MARK: Operands

    mutating func parenthesized(_ select: Select) {
        write("(")
        self.select(select)
        write(")")
    }

    private mutating func subquery(_ node: ExprNode) {
        switch node {
        case .exists(let select):
            write("EXISTS ")
            parenthesized(select)
        case .arraySubquery(let select):
            write("ARRAY")
            parenthesized(select)
        case .subquery(let select): parenthesized(select)
        default: break
        }
    }

    private mutating func caseWhen(_ node: ExprNode) {
        guard case .caseWhen(let operand, let branches, let otherwise) = node else { return }
        write("CASE")
        if let operand {
            write(" ")
            expr(operand)
        }
        for branch in branches {
            write(" WHEN ")
            expr(branch.condition)
            write(" THEN ")
            expr(branch.result)
        }
        if let otherwise {
            write(" ELSE ")
            expr(otherwise)
        }
        write(" END")
    }

    private mutating func cast(_ node: ExprNode) {
        guard case .cast(let x, let type, let isTry) = node else { return }
        write(isTry ? "TRY_CAST(" : "CAST(")
        expr(x)
        write(" AS ")
        self.type(type)
        write(")")
    }

    private mutating func composite(_ node: ExprNode) {
        switch node {
        case .row(let values):
            write(values.count < 2 ? "ROW(" : "(")
            exprs(values)
            write(")")
        case .list(let values):
            write("[")
            exprs(values)
            write("]")
        case .structure(let fields):
            write("{")
            list(fields) { printer, field in
                printer.string(field.name.text)
                printer.write(": ")
                printer.expr(field.value)
            }
            write("}")
        case .map(let entries):
            write("MAP {")
            list(entries) { printer, entry in
                printer.expr(entry.key)
                printer.write(": ")
                printer.expr(entry.value)
            }
            write("}")
        default: break
        }
    }

    private mutating func part(_ node: ExprNode) {
        switch node {
        case .element(let base, let index):
            self.base(base, allowsColumn: true)
            write("[")
            expr(index)
            write("]")
        case .slice(let base, let lower, let upper, let step):
            self.base(base, allowsColumn: true)
            write("[")
            if let lower { expr(lower) }
            write(" : ")
            if let upper { expr(upper) }
            if let step {
                write(" : ")
                expr(step)
            }
            write("]")
        case .field(let base, let name):
            self.base(base, allowsColumn: false)
            write(".")
            identifier(name)
        default: break
        }
    }

    /// What an element is taken of. A column with a field would read as a longer path.
    private mutating func base(_ base: Expr, allowsColumn: Bool) {
        switch base.node {
        case .column: operand(base, parentheses: !allowsColumn)
        case .call(let call): operand(base, parentheses: !call.hasParentheses || call.over != nil)
        case .element, .slice, .field, .list, .subquery, .cast: operand(base, parentheses: false)
        default: operand(base, parentheses: true)
        }
    }

    private mutating func special(_ node: ExprNode) {
        switch node {
        case .raise(let action, let message):
            write("RAISE(\(action.rawValue)")
            if let message {
                write(", ")
                string(message)
            }
            write(")")
        case .interval(let amount, let unit):
            write("INTERVAL ")
            switch amount.node {
            case .literal(.string(let text)): string(text)
            case .literal(.integer(let value)) where value >= 0: write(String(value))
            default: operand(amount, parentheses: true)
            }
            if let unit { write(" \(unit.rawValue)") }
        case .typedLiteral(let type, let text):
            self.type(type)
            write(" ")
            string(text)
        case .currentTime(let which): write(which.rawValue)
        case .lambda(let names, let body):
            write("lambda ")
            list(names) { printer, name in printer.identifier(name) }
            write(": ")
            expr(body)
        case .columns(let selector):
            write("COLUMNS(")
            switch selector {
            case .star(let star): self.star(star)
            case .expression(let x): expr(x)
            }
            write(")")
        case .positional(let number): write("#\(number)")
        case .defaultValue: write("DEFAULT")
        default: break
        }
    }

    // MARK: Calls and windows

    mutating func call(_ call: FunctionCall) {
        if !call.hasParentheses { return write(call.name.name.text) }
        functionName(call.name)
        write("(")
        if call.isDistinct { write("DISTINCT ") }
        if call.isStar { write("*") }
        list(call.arguments) { printer, argument in
            if let name = argument.name {
                printer.identifier(name)
                printer.write(" := ")
            }
            printer.expr(argument.value)
        }
        if !call.orderBy.isEmpty {
            write(call.arguments.isEmpty ? "ORDER BY " : " ORDER BY ")
            orderTerms(call.orderBy)
        }
        if let treatment = call.nullTreatment { write(" \(treatment.rawValue)") }
        write(")")
        if !call.withinGroup.isEmpty {
            write(" WITHIN GROUP (ORDER BY ")
            orderTerms(call.withinGroup)
            write(")")
        }
        if let filter = call.filter {
            write(" FILTER (WHERE ")
            expr(filter)
            write(")")
        }
        switch call.over {
        case .named(let name)?:
            write(" OVER ")
            identifier(name)
        case .definition(let window)?:
            write(" OVER ")
            self.window(window)
        case nil: break
        }
    }

    mutating func window(_ window: WindowDefinition) {
        write("(")
        var separator = ""
        if let base = window.base {
            identifier(base)
            separator = " "
        }
        if !window.partitionBy.isEmpty {
            write("\(separator)PARTITION BY ")
            exprs(window.partitionBy)
            separator = " "
        }
        if !window.orderBy.isEmpty {
            write("\(separator)ORDER BY ")
            orderTerms(window.orderBy)
            separator = " "
        }
        if let frame = window.frame {
            write("\(separator)\(frame.unit.rawValue) ")
            if let end = frame.end {
                write("BETWEEN ")
                bound(frame.start)
                write(" AND ")
                bound(end)
            } else {
                bound(frame.start)
            }
            if let exclusion = frame.exclusion { write(" EXCLUDE \(exclusion.rawValue)") }
        }
        write(")")
    }

    private mutating func bound(_ bound: WindowFrame.Bound) {
        switch bound {
        case .unboundedPreceding: write("UNBOUNDED PRECEDING")
        case .unboundedFollowing: write("UNBOUNDED FOLLOWING")
        case .currentRow: write("CURRENT ROW")
        case .preceding(let distance):
            operand(distance, .other)
            write(" PRECEDING")
        case .following(let distance):
            operand(distance, .other)
            write(" FOLLOWING")
        }
    }

    mutating func orderTerms(_ terms: [OrderTerm]) {
        list(terms) { printer, term in
            printer.expr(term.expr)
            printer.order(term.direction, term.nulls)
        }
    }

    mutating func order(_ direction: OrderTerm.Direction?, _ nulls: OrderTerm.Nulls?) {
        if let direction { write(" \(direction.rawValue)") }
        if let nulls { write(" NULLS \(nulls.rawValue)") }
    }
}
