// How a rewriter goes below a statement.
extension SyntaxRewriter {
    public mutating func rewriteChildren(of statement: Statement) throws(SQLError) -> Statement {
        Statement(try rewriteChildren(of: statement.node), range: statement.range)
    }

    private mutating func rewriteChildren(of node: StatementNode) throws(SQLError) -> StatementNode {
        switch node {
        case .select(let select): return .select(try rewrite(select))
        case .insert(let insert): return .insert(try rewriteChildren(of: insert))
        case .update(let update): return .update(try rewriteChildren(of: update))
        case .delete(let delete): return .delete(try rewriteChildren(of: delete))
        case .createTable(var create):
            switch create.body {
            case .definition(var columns, var constraints):
                for i in columns.indices { columns[i] = try rewriteChildren(of: columns[i]) }
                for i in constraints.indices { constraints[i] = try rewriteChildren(of: constraints[i]) }
                create.body = .definition(columns, constraints)
            case .query(let columns, let select, let withData):
                create.body = .query(columns: columns, try rewrite(select), withData: withData)
            }
            return .createTable(create)
        case .createIndex(var create):
            create.columns = try rewriteChildren(of: create.columns)
            create.filter = try rewrite(create.filter)
            return .createIndex(create)
        case .createView(var create):
            create.select = try rewrite(create.select)
            return .createView(create)
        case .createTrigger(var create):
            create.condition = try rewrite(create.condition)
            for i in create.body.indices { create.body[i] = try rewrite(create.body[i]) }
            return .createTrigger(create)
        case .alterTable(var alter):
            for i in alter.actions.indices { alter.actions[i] = try rewriteChildren(of: alter.actions[i]) }
            return .alterTable(alter)
        case .explain(var explain):
            explain.statement = try rewrite(explain.statement)
            return .explain(explain)
        case .prepare(var prepare):
            prepare.statement = try rewrite(prepare.statement)
            return .prepare(prepare)
        case .cursor(.declare(var declaration)):
            declaration.query = try rewrite(declaration.query)
            return .cursor(.declare(declaration))
        case .execute(var execute):
            for i in execute.arguments.indices { execute.arguments[i].value = try rewrite(execute.arguments[i].value) }
            return .execute(execute)
        case .describe(var describe):
            if case .query(let select) = describe.subject { describe.subject = .query(try rewrite(select)) }
            return .describe(describe)
        case .copy(var copy):
            if case .query(let select) = copy.source { copy.source = .query(try rewrite(select)) }
            return .copy(copy)
        case .call(let call): return .call(try rewriteChildren(of: call))
        case .vacuum(var vacuum):
            vacuum.into = try rewrite(vacuum.into)
            return .vacuum(vacuum)
        case .attach(var attach):
            attach.file = try rewrite(attach.file)
            return .attach(attach)
        case .truncate, .accepted, .createVirtualTable, .createSchema, .createSequence, .createType, .drop, .comment, .transaction,
             .branch, .set, .reset, .show, .use, .pragma, .deallocate, .discard, .session, .cursor, .analyze, .reindex, .checkpoint,
             .detach:
            return node
        }
    }

    public mutating func rewriteChildren(of insert: Insert) throws(SQLError) -> Insert {
        var insert = insert
        insert.with = try rewriteChildren(of: insert.with)
        insert.target = try rewrite(insert.target)
        if let source = insert.source { insert.source = try rewrite(source) }
        for i in insert.upserts.indices {
            if case .columns(let columns, let filter)? = insert.upserts[i].target {
                let rewritten = try rewriteChildren(of: columns)
                insert.upserts[i].target = .columns(rewritten, filter: try rewrite(filter))
            }
            if case .update(let assignments, let filter) = insert.upserts[i].action {
                let rewritten = try rewriteChildren(of: assignments)
                insert.upserts[i].action = .update(rewritten, filter: try rewrite(filter))
            }
        }
        insert.returning = try rewrite(insert.returning)
        return insert
    }

    public mutating func rewriteChildren(of update: Update) throws(SQLError) -> Update {
        var update = update
        update.with = try rewriteChildren(of: update.with)
        update.target = try rewrite(update.target)
        update.from = try rewrite(update.from)
        update.assignments = try rewriteChildren(of: update.assignments)
        update.filter = try rewrite(update.filter)
        update.returning = try rewrite(update.returning)
        update.orderBy = try rewrite(update.orderBy)
        update.limit = try rewrite(update.limit)
        update.offset = try rewrite(update.offset)
        return update
    }

    public mutating func rewriteChildren(of delete: Delete) throws(SQLError) -> Delete {
        var delete = delete
        delete.with = try rewriteChildren(of: delete.with)
        delete.target = try rewrite(delete.target)
        delete.using = try rewrite(delete.using)
        delete.filter = try rewrite(delete.filter)
        delete.returning = try rewrite(delete.returning)
        delete.orderBy = try rewrite(delete.orderBy)
        delete.limit = try rewrite(delete.limit)
        delete.offset = try rewrite(delete.offset)
        return delete
    }

    public mutating func rewriteChildren(of assignments: [Assignment]) throws(SQLError) -> [Assignment] {
        var assignments = assignments
        for i in assignments.indices { assignments[i].value = try rewrite(assignments[i].value) }
        return assignments
    }

    public mutating func rewriteChildren(of columns: [IndexedColumn]) throws(SQLError) -> [IndexedColumn] {
        var columns = columns
        for i in columns.indices { columns[i].expr = try rewrite(columns[i].expr) }
        return columns
    }

    public mutating func rewriteChildren(of column: ColumnDefinition) throws(SQLError) -> ColumnDefinition {
        var column = column
        for i in column.constraints.indices {
            switch column.constraints[i].kind {
            case .check(let expr): column.constraints[i].kind = .check(try rewrite(expr))
            case .defaultValue(let expr): column.constraints[i].kind = .defaultValue(try rewrite(expr))
            case .generated(let expr, let storage): column.constraints[i].kind = .generated(try rewrite(expr), storage: storage)
            case .primaryKey, .notNull, .null, .unique, .collate, .references, .identity: break
            }
        }
        return column
    }

    public mutating func rewriteChildren(of constraint: TableConstraint) throws(SQLError) -> TableConstraint {
        var constraint = constraint
        switch constraint.kind {
        case .primaryKey(let columns, let conflict, let autoincrement):
            constraint.kind = .primaryKey(try rewriteChildren(of: columns), conflict: conflict, autoincrement: autoincrement)
        case .unique(let columns, let conflict): constraint.kind = .unique(try rewriteChildren(of: columns), conflict: conflict)
        case .check(let expr, let conflict): constraint.kind = .check(try rewrite(expr), conflict: conflict)
        case .foreignKey: break
        }
        return constraint
    }

    private mutating func rewriteChildren(of action: AlterTable.Action) throws(SQLError) -> AlterTable.Action {
        switch action {
        case .addColumn(let column, let ifNotExists): .addColumn(try rewriteChildren(of: column), ifNotExists: ifNotExists)
        case .setType(let column, let type, let using): .setType(column, type, using: try rewrite(using))
        case .setDefault(let column, let expr): .setDefault(column, try rewrite(expr))
        case .addConstraint(let constraint): .addConstraint(try rewriteChildren(of: constraint))
        case .renameTable, .renameColumn, .dropColumn, .dropDefault, .setNotNull, .dropNotNull, .dropConstraint,
             .renameConstraint, .setSchema, .addIdentity, .setIdentity, .dropIdentity, .sequence, .validateConstraint, .accepted:
            action
        }
    }
}

// MARK: - Closures instead of a type

/// A rewriter out of closures. Each gets a node before its children and says what to put there;
/// nil means: keep it and go on below it.
public struct ClosureRewriter: SyntaxRewriter {
    public typealias Rule<Node> = (Node) throws(SQLError) -> Node?

    let onExpr: Rule<Expr>?
    let onTable: Rule<TableRef>?
    let onSelect: Rule<Select>?

    public init(expr: Rule<Expr>? = nil, table: Rule<TableRef>? = nil, select: Rule<Select>? = nil) {
        onExpr = expr
        onTable = table
        onSelect = select
    }

    public mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        if let onExpr, let replacement = try onExpr(expr) { return replacement }
        return try rewriteChildren(of: expr)
    }

    public mutating func rewrite(_ table: TableRef) throws(SQLError) -> TableRef {
        if let onTable, let replacement = try onTable(table) { return replacement }
        return try rewriteChildren(of: table)
    }

    public mutating func rewrite(_ select: Select) throws(SQLError) -> Select {
        if let onSelect, let replacement = try onSelect(select) { return replacement }
        return try rewriteChildren(of: select)
    }
}

extension Expr {
    /// The tree with `rule` applied from the top, nested queries included; where it returns nil the node stays and its
    /// children are visited.
    public func mapExpressions(_ rule: @escaping ClosureRewriter.Rule<Expr>) throws(SQLError) -> Expr {
        var rewriter = ClosureRewriter(expr: rule)
        return try rewriter.rewrite(self)
    }

    /// Calls `visit` for the expression and all below it, nested queries included, parents first.
    public func forEachExpression(_ visit: @escaping (Expr) throws(SQLError) -> Void) throws(SQLError) {
        _ = try mapExpressions { (expr) throws(SQLError) in
            try visit(expr)
            return nil
        }
    }
}

extension Select {
    /// As `Expr.mapExpressions`, for every expression of the query.
    public func mapExpressions(_ rule: @escaping ClosureRewriter.Rule<Expr>) throws(SQLError) -> Select {
        var rewriter = ClosureRewriter(expr: rule)
        return try rewriter.rewrite(self)
    }
}

extension Statement {
    /// As `Expr.mapExpressions`, for every expression of the statement.
    public func mapExpressions(_ rule: @escaping ClosureRewriter.Rule<Expr>) throws(SQLError) -> Statement {
        var rewriter = ClosureRewriter(expr: rule)
        return try rewriter.rewrite(self)
    }

    /// Calls `visit` for every item of FROM in the statement, nested queries included, parents first.
    public func forEachTable(_ visit: @escaping (TableRef) throws(SQLError) -> Void) throws(SQLError) {
        var rewriter = ClosureRewriter(table: { (table) throws(SQLError) in
            try visit(table)
            return nil
        })
        _ = try rewriter.rewrite(self)
    }
}
