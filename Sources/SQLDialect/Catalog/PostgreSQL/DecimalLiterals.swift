/// Writes the numbers of a stored expression as its author did: beside a DECIMAL column they are stored as the column stores its values,
/// scaled to whole numbers.
private struct DecimalLiterals: SyntaxRewriter {
    /// The scales of the DECIMAL columns, by their folded names.
    let scales: [String: Int]
    private(set) var hasChanged = false

    init(scales: [String: Int]) { self.scales = scales }

    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        switch expr.node {
        case .binary(let op, let left, let right) where op.isComparison:
            if let scale = scale(left), let number = unscaled(right, scale) { return Expr(.binary(op, left, number), range: expr.range) }
            if let scale = scale(right), let number = unscaled(left, scale) { return Expr(.binary(op, number, right), range: expr.range) }
        case .between(let value, let low, let high, let negated, let symmetric):
            guard let scale = scale(value), let from = unscaled(low, scale), let to = unscaled(high, scale) else { break }
            return Expr(.between(value, low: from, high: to, negated: negated, symmetric: symmetric), range: expr.range)
        case .membership(let value, .list(let items), let negated):
            guard let scale = scale(value) else { break }
            let numbers = items.compactMap { unscaled($0, scale) }
            if numbers.count == items.count { return Expr(.membership(value, .list(numbers), negated: negated), range: expr.range) }
        default: break
        }
        return try rewriteChildren(of: expr)
    }

    private func scale(_ expr: Expr) -> Int? { expr.columnReference.flatMap { scales[$0.name.key] } }

    /// The number that a stored literal stands for; nil for what is none.
    private mutating func unscaled(_ expr: Expr, _ scale: Int) -> Expr? {
        var isNegative = false
        var literal = expr
        if case .unary(.negate, let inner) = expr.node { (isNegative, literal) = (true, inner) }
        let text: String
        switch literal.node {
        case .literal(.integer(let number)): text = String(number)
        case .literal(.decimal(let digits)), .literal(.double(let digits)): text = digits
        default: return nil
        }
        let parts = foldedASCII(text).split(separator: "e")
        guard let mantissa = parts.first, let number = ConstantReader.decimal(String(mantissa)), let exponent = parts.count == 1 ? 0 : Int(parts[1]) else { return nil }
        let places = number.scale + scale - exponent
        guard (0 ... DuckType.maximumPrecision).contains(places) else { return nil }
        var digits = ConstantFolding.text(number.unscaled, scale: places)
        if digits.contains(".") {
            while digits.last == "0" { digits.removeLast() }
            if digits.last == "." { digits.removeLast() }
        }
        if isNegative { digits = "-" + digits }
        hasChanged = true
        return Expr(digits.contains(".") ? .literal(.decimal(digits)) : Int64(digits).map { .literal(.integer($0)) } ?? .literal(.bigInteger(digits)), range: expr.range)
    }
}

extension TableInfo {
    /// An expression of the table's or an index's definition as the catalogue shows it.
    /// - Parameter sql: the text that it was parsed from
    func shownText(of expr: Expr, in sql: String) -> String {
        let stored = expr.range.text(in: sql)
        let scales = columns.compactMap { column in column.storage == .duckdb ? column.type.decimalShape.map { (column.key, $0.scale) } : nil }.filter { $0.1 > 0 }
        var rewriter = DecimalLiterals(scales: Dictionary(scales, uniquingKeysWith: { first, _ in first }))
        guard !scales.isEmpty, let written = try? rewriter.rewrite(expr), rewriter.hasChanged else { return stored.isEmpty ? Printer.print(expr) : stored }
        return Printer.print(written)
    }
}
