// Short ways to make expressions in a program: what the lowering writes all the time.
extension Expr {
    public static var null: Expr { Expr(.literal(.null)) }
    public static func integer(_ value: Int64) -> Expr { Expr(.literal(.integer(value))) }
    public static func string(_ value: String) -> Expr { Expr(.literal(.string(value))) }
    public static func boolean(_ value: Bool) -> Expr { Expr(.literal(.boolean(value))) }
    public static func column(_ name: Identifier, of table: Identifier? = nil) -> Expr { Expr(.column(ColumnReference(name, of: table))) }
    public static func call(_ name: String, _ arguments: Expr..., range: SourceRange = .none) -> Expr { Expr(.call(FunctionCall(name, arguments)), range: range) }
    public static func call(_ name: String, _ arguments: [Expr], range: SourceRange = .none) -> Expr { Expr(.call(FunctionCall(name, arguments)), range: range) }
    public static func binary(_ left: Expr, _ op: BinaryOperator, _ right: Expr) -> Expr {
        Expr(.binary(op, left, right), range: left.range.union(right.range))
    }

    public static func not(_ operand: Expr) -> Expr { Expr(.unary(.not, operand), range: operand.range) }

    /// Operands joined by AND; nested conjunctions are spliced in, one operand is itself, none is TRUE.
    public static func and(_ operands: [Expr]) -> Expr { joined(.and, operands) }
    /// Operands joined by OR; one operand is itself, none is FALSE.
    public static func or(_ operands: [Expr]) -> Expr { joined(.or, operands) }

    private static func joined(_ op: LogicalOperator, _ operands: [Expr]) -> Expr {
        var flat: [Expr] = []
        flat.reserveCapacity(operands.count)
        for operand in operands {
            if case .logical(op, let inner) = operand.node { flat += inner } else { flat.append(operand) }
        }
        guard let first = flat.first, let last = flat.last else { return .boolean(op == .and) }
        return flat.count == 1 ? first : Expr(.logical(op, flat), range: first.range.union(last.range))
    }

    /// The text of a string literal, if it is one.
    public var stringLiteral: String? {
        if case .literal(.string(let text)) = node { text } else { nil }
    }

    /// The reference, if it is to a column.
    public var columnReference: ColumnReference? {
        if case .column(let reference) = node { reference } else { nil }
    }
}
