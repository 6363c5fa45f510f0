/// Rebuilds a tree from the top down: a type overrides the methods for the nodes it cares about and calls
/// `rewriteChildren` to go on below them.
///
/// Every default method goes on to the children, so an empty rewriter is the identity. To look without changing,
/// return the node after `rewriteChildren`. Recursion is as deep as the tree, which the parser's depth limit bounds.
public protocol SyntaxRewriter {
    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr
    /// A query anywhere: top level, subquery, common table, view body, INSERT source.
    mutating func rewrite(_ select: Select) throws(SQLError) -> Select
    mutating func rewrite(_ core: SelectCore) throws(SQLError) -> SelectCore
    mutating func rewrite(_ table: TableRef) throws(SQLError) -> TableRef
    mutating func rewrite(_ item: SelectItem) throws(SQLError) -> SelectItem
    mutating func rewrite(_ target: WriteTarget) throws(SQLError) -> WriteTarget
    mutating func rewrite(_ statement: Statement) throws(SQLError) -> Statement
}

extension SyntaxRewriter {
    public mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr { try rewriteChildren(of: expr) }
    public mutating func rewrite(_ select: Select) throws(SQLError) -> Select { try rewriteChildren(of: select) }
    public mutating func rewrite(_ core: SelectCore) throws(SQLError) -> SelectCore { try rewriteChildren(of: core) }
    public mutating func rewrite(_ table: TableRef) throws(SQLError) -> TableRef { try rewriteChildren(of: table) }
    public mutating func rewrite(_ item: SelectItem) throws(SQLError) -> SelectItem { try rewriteChildren(of: item) }
    public mutating func rewrite(_ target: WriteTarget) throws(SQLError) -> WriteTarget { target }
    public mutating func rewrite(_ statement: Statement) throws(SQLError) -> Statement { try rewriteChildren(of: statement) }
}

// MARK: - Expressions

extension SyntaxRewriter {
    mutating func rewrite(_ exprs: [Expr]) throws(SQLError) -> [Expr] {
        var result = exprs
        for i in result.indices { result[i] = try rewrite(result[i]) }
        return result
    }

    mutating func rewrite(_ expr: Expr?) throws(SQLError) -> Expr? {
        guard let expr else { return nil }
        return try rewrite(expr) as Expr
    }

    mutating func rewrite(_ terms: [OrderTerm]) throws(SQLError) -> [OrderTerm] {
        var result = terms
        for i in result.indices { result[i].expr = try rewrite(result[i].expr) }
        return result
    }

    /// The expression with its direct children rewritten.
    ///
    /// The cases are spread over several methods, so that no frame of the recursion holds the temporaries of all.
    public mutating func rewriteChildren(of expr: Expr) throws(SQLError) -> Expr {
        switch expr.node {
        case .literal, .parameter, .column, .raise, .typedLiteral, .currentTime, .positional, .defaultValue: return expr
        case .binary: return try rewriteBinary(expr)
        case .call: return try rewriteCall(expr)
        case .unary, .isNull, .isTruth, .cast, .collate, .interval, .lambda, .field: return try rewriteOne(expr)
        case .exists, .subquery, .arraySubquery: return try rewriteSubquery(expr)
        case .like, .between, .membership, .quantified: return try rewritePredicate(expr)
        case .logical, .row, .list: return try rewriteMany(expr)
        case .caseWhen, .structure, .map, .element, .slice, .columns: return try rewriteComposite(expr)
        }
    }

    private mutating func rewriteBinary(_ expr: Expr) throws(SQLError) -> Expr {
        guard case .binary(let op, let a, let b) = expr.node else { return expr }
        let left = try rewrite(a) as Expr
        return Expr(.binary(op, left, try rewrite(b)), range: expr.range)
    }

    private mutating func rewriteCall(_ expr: Expr) throws(SQLError) -> Expr {
        guard case .call(let call) = expr.node else { return expr }
        return Expr(.call(try rewriteChildren(of: call)), range: expr.range)
    }

    /// What has one child.
    private mutating func rewriteOne(_ expr: Expr) throws(SQLError) -> Expr {
        guard let child = Self.onlyChild(expr.node) else { return expr }
        let rewritten = try rewrite(child) as Expr
        return Expr(Self.replacingOnlyChild(expr.node, rewritten), range: expr.range)
    }

    private static func onlyChild(_ node: ExprNode) -> Expr? {
        switch node {
        case .unary(_, let x), .isNull(let x, _), .isTruth(let x, _, _), .cast(let x, _, _), .collate(let x, _), .interval(let x, _),
             .lambda(_, let x), .field(let x, _):
            x
        default: nil
        }
    }

    private static func replacingOnlyChild(_ node: ExprNode, _ x: Expr) -> ExprNode {
        switch node {
        case .unary(let op, _): .unary(op, x)
        case .isNull(_, let negated): .isNull(x, negated: negated)
        case .isTruth(_, let value, let negated): .isTruth(x, value, negated: negated)
        case .cast(_, let type, let isTry): .cast(x, type, isTry: isTry)
        case .collate(_, let name): .collate(x, name)
        case .interval(_, let unit): .interval(x, unit)
        case .lambda(let names, _): .lambda(names, x)
        case .field(_, let name): .field(x, name)
        default: node
        }
    }

    private mutating func rewriteSubquery(_ expr: Expr) throws(SQLError) -> Expr {
        switch expr.node {
        case .exists(let select): return Expr(.exists(try rewrite(select)), range: expr.range)
        case .subquery(let select): return Expr(.subquery(try rewrite(select)), range: expr.range)
        case .arraySubquery(let select): return Expr(.arraySubquery(try rewrite(select)), range: expr.range)
        default: return expr
        }
    }

    private mutating func rewritePredicate(_ expr: Expr) throws(SQLError) -> Expr {
        let node: ExprNode
        switch expr.node {
        case .like(var like):
            like.value = try rewrite(like.value)
            like.pattern = try rewrite(like.pattern)
            like.escape = try rewrite(like.escape)
            node = .like(like)
        case .between(let x, let low, let high, let negated, let symmetric):
            let value = try rewrite(x) as Expr
            let from = try rewrite(low) as Expr
            node = .between(value, low: from, high: try rewrite(high), negated: negated, symmetric: symmetric)
        case .membership(let x, let source, let negated):
            let value = try rewrite(x) as Expr
            node = .membership(value, try rewriteChildren(of: source), negated: negated)
        case .quantified(let x, let op, let quantifier, let source):
            let value = try rewrite(x) as Expr
            node = .quantified(value, op, quantifier, try rewriteChildren(of: source))
        default: return expr
        }
        return Expr(node, range: expr.range)
    }

    private mutating func rewriteMany(_ expr: Expr) throws(SQLError) -> Expr {
        switch expr.node {
        case .logical(let op, let operands): return Expr(.logical(op, try rewrite(operands)), range: expr.range)
        case .row(let exprs): return Expr(.row(try rewrite(exprs)), range: expr.range)
        case .list(let exprs): return Expr(.list(try rewrite(exprs)), range: expr.range)
        default: return expr
        }
    }

    private mutating func rewriteComposite(_ expr: Expr) throws(SQLError) -> Expr {
        let node: ExprNode
        switch expr.node {
        case .caseWhen(let operand, var branches, let otherwise):
            let subject = try rewrite(operand) as Expr?
            for i in branches.indices {
                branches[i].condition = try rewrite(branches[i].condition)
                branches[i].result = try rewrite(branches[i].result)
            }
            node = .caseWhen(operand: subject, branches: branches, otherwise: try rewrite(otherwise))
        case .structure(var fields):
            for i in fields.indices { fields[i].value = try rewrite(fields[i].value) }
            node = .structure(fields)
        case .map(var entries):
            for i in entries.indices {
                entries[i].key = try rewrite(entries[i].key)
                entries[i].value = try rewrite(entries[i].value)
            }
            node = .map(entries)
        case .element(let x, let index):
            let base = try rewrite(x) as Expr
            node = .element(base, try rewrite(index))
        case .slice(let x, let lower, let upper, let step):
            let base = try rewrite(x) as Expr
            let from = try rewrite(lower) as Expr?
            let to = try rewrite(upper) as Expr?
            node = .slice(base, lower: from, upper: to, step: try rewrite(step))
        case .columns(.star(let star)): node = .columns(.star(try rewriteChildren(of: star)))
        case .columns(.expression(let x)): node = .columns(.expression(try rewrite(x)))
        default: return expr
        }
        return Expr(node, range: expr.range)
    }

    /// The right side of IN, ANY or ALL with its direct children rewritten.
    public mutating func rewriteChildren(of source: InSource) throws(SQLError) -> InSource {
        switch source {
        case .list(let exprs): .list(try rewrite(exprs))
        case .subquery(let select): .subquery(try rewrite(select))
        case .table: source
        case .tableFunction(let name, let arguments): .tableFunction(name, try rewrite(arguments))
        case .expression(let expr): .expression(try rewrite(expr))
        }
    }

    /// The call with its arguments, orders, filter and window rewritten.
    public mutating func rewriteChildren(of call: FunctionCall) throws(SQLError) -> FunctionCall {
        var call = call
        try rewriteArguments(&call)
        if !call.orderBy.isEmpty || !call.withinGroup.isEmpty || call.filter != nil || call.over != nil { try rewriteClauses(&call) }
        return call
    }

    private mutating func rewriteArguments(_ call: inout FunctionCall) throws(SQLError) {
        for i in call.arguments.indices { call.arguments[i].value = try rewrite(call.arguments[i].value) }
    }

    private mutating func rewriteClauses(_ call: inout FunctionCall) throws(SQLError) {
        call.orderBy = try rewrite(call.orderBy)
        call.withinGroup = try rewrite(call.withinGroup)
        call.filter = try rewrite(call.filter)
        if case .definition(let window)? = call.over { call.over = .definition(try rewriteChildren(of: window)) }
    }

    public mutating func rewriteChildren(of window: WindowDefinition) throws(SQLError) -> WindowDefinition {
        var window = window
        window.partitionBy = try rewrite(window.partitionBy)
        window.orderBy = try rewrite(window.orderBy)
        if var frame = window.frame {
            frame.start = try rewriteChildren(of: frame.start)
            if let end = frame.end { frame.end = try rewriteChildren(of: end) }
            window.frame = frame
        }
        return window
    }

    private mutating func rewriteChildren(of bound: WindowFrame.Bound) throws(SQLError) -> WindowFrame.Bound {
        switch bound {
        case .preceding(let expr): .preceding(try rewrite(expr))
        case .following(let expr): .following(try rewrite(expr))
        case .unboundedPreceding, .unboundedFollowing, .currentRow: bound
        }
    }

    /// The star with the expressions of REPLACE and the pattern rewritten.
    public mutating func rewriteChildren(of star: Star) throws(SQLError) -> Star {
        var star = star
        for i in star.replace.indices { star.replace[i].expr = try rewrite(star.replace[i].expr) }
        if let pattern = star.pattern { star.pattern?.pattern = try rewrite(pattern.pattern) }
        return star
    }
}

// MARK: - Queries

extension SyntaxRewriter {
    public mutating func rewriteChildren(of select: Select) throws(SQLError) -> Select {
        var select = select
        select.with = try rewriteChildren(of: select.with)
        select.body = try rewriteChildren(of: select.body)
        if case .terms(let terms)? = select.orderBy { select.orderBy = .terms(try rewrite(terms)) }
        select.limit = try rewrite(select.limit)
        select.offset = try rewrite(select.offset)
        return select
    }

    public mutating func rewriteChildren(of with: With?) throws(SQLError) -> With? {
        guard var with else { return nil }
        for i in with.tables.indices { with.tables[i].select = try rewrite(with.tables[i].select) }
        return with
    }

    public mutating func rewriteChildren(of body: SelectBody) throws(SQLError) -> SelectBody {
        switch body {
        case .core(let core): return .core(try rewrite(core))
        case .values(var rows):
            for i in rows.indices { rows[i] = try rewrite(rows[i]) }
            return .values(rows)
        case .compound(let first, var terms):
            let head = try rewriteChildren(of: first)
            for i in terms.indices { terms[i].body = try rewriteChildren(of: terms[i].body) }
            return .compound(head, terms)
        case .nested(let select): return .nested(try rewrite(select))
        case .table: return body
        case .statement(let statement): return .statement(try rewrite(statement))
        }
    }

    public mutating func rewriteChildren(of core: SelectCore) throws(SQLError) -> SelectCore {
        var core = core
        if case .on(let exprs)? = core.distinct { core.distinct = .on(try rewrite(exprs)) }
        // FROM before the list: a rewriter that resolves names meets the tables first.
        core.from = try rewrite(core.from)
        core.items = try rewrite(core.items)
        core.filter = try rewrite(core.filter)
        if case .elements(let elements)? = core.groupBy { core.groupBy = .elements(try rewrite(elements)) }
        core.having = try rewrite(core.having)
        for i in core.windows.indices { core.windows[i].definition = try rewriteChildren(of: core.windows[i].definition) }
        core.qualify = try rewrite(core.qualify)
        return core
    }

    mutating func rewrite(_ items: [SelectItem]) throws(SQLError) -> [SelectItem] {
        var items = items
        for i in items.indices { items[i] = try rewrite(items[i]) }
        return items
    }

    public mutating func rewriteChildren(of item: SelectItem) throws(SQLError) -> SelectItem {
        switch item {
        case .expr(let expr, let alias): .expr(try rewrite(expr), alias: alias)
        case .star(let star): .star(try rewriteChildren(of: star))
        }
    }

    private mutating func rewrite(_ elements: [GroupingElement]) throws(SQLError) -> [GroupingElement] {
        var result: [GroupingElement] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            switch element {
            case .expr(let expr): result.append(.expr(try rewrite(expr)))
            case .list(let exprs): result.append(.list(try rewrite(exprs)))
            case .sets(let sets): result.append(.sets(try rewrite(sets)))
            case .rollup(let lists): result.append(.rollup(try rewrite(lists)))
            case .cube(let lists): result.append(.cube(try rewrite(lists)))
            }
        }
        return result
    }

    private mutating func rewrite(_ lists: [[Expr]]) throws(SQLError) -> [[Expr]] {
        var lists = lists
        for i in lists.indices { lists[i] = try rewrite(lists[i]) }
        return lists
    }

    mutating func rewrite(_ tables: [TableRef]) throws(SQLError) -> [TableRef] {
        var tables = tables
        for i in tables.indices { tables[i] = try rewrite(tables[i]) }
        return tables
    }

    public mutating func rewriteChildren(of table: TableRef) throws(SQLError) -> TableRef {
        switch table.node {
        case .file: return table
        case .table(var source):
            switch source.moment {
            case .version(let expr)?: source.moment = .version(try rewrite(expr))
            case .timestamp(let expr)?: source.moment = .timestamp(try rewrite(expr))
            case nil: return table
            }
            return TableRef(.table(source), range: table.range)
        case .function(var source):
            source.call = try rewriteChildren(of: source.call)
            return TableRef(.function(source), range: table.range)
        case .subquery(let select, let alias, let lateral, let sample):
            return TableRef(.subquery(try rewrite(select), alias: alias, lateral: lateral, sample: sample), range: table.range)
        case .join(var join):
            join.left = try rewrite(join.left)
            join.right = try rewrite(join.right)
            if case .on(let expr)? = join.condition { join.condition = .on(try rewrite(expr)) }
            return TableRef(.join(join), range: table.range)
        case .nested(let tables, let alias):
            return TableRef(.nested(try rewrite(tables), alias: alias), range: table.range)
        }
    }
}
