/// What can be said of a statement by its form alone, before any name is looked up.
public struct StatementInspection: Sendable {
    public var kind: StatementKind
    /// PostgreSQL's command tag without the row count.
    public var tag: String
    /// Whether it changes neither data nor schema nor branches.
    public var isReadOnly: Bool

    /// Looks at the statement's form; does not walk its expressions.
    public init(_ statement: Statement) {
        switch statement.node {
        case .select(let select):
            if let operation = StatementInspection.branchOperation(select) {
                (kind, tag, isReadOnly) = (.branch, "SELECT", operation.isReadOnly)
            } else {
                (kind, tag, isReadOnly) = (.select, "SELECT", true)
            }
        case .insert: (kind, tag, isReadOnly) = (.insert, "INSERT", false)
        case .update: (kind, tag, isReadOnly) = (.update, "UPDATE", false)
        case .delete: (kind, tag, isReadOnly) = (.delete, "DELETE", false)
        case .truncate: (kind, tag, isReadOnly) = (.definition, "TRUNCATE TABLE", false)
        case .createTable(let create):
            let isQuery = if case .query = create.body { true } else { false }
            (kind, tag, isReadOnly) = (.definition, isQuery ? "SELECT" : "CREATE TABLE", false)
        case .createIndex: (kind, tag, isReadOnly) = (.definition, "CREATE INDEX", false)
        case .createView: (kind, tag, isReadOnly) = (.definition, "CREATE VIEW", false)
        case .createTrigger: (kind, tag, isReadOnly) = (.definition, "CREATE TRIGGER", false)
        case .createVirtualTable: (kind, tag, isReadOnly) = (.definition, "CREATE TABLE", false)
        case .createSchema: (kind, tag, isReadOnly) = (.definition, "CREATE SCHEMA", false)
        case .createSequence: (kind, tag, isReadOnly) = (.definition, "CREATE SEQUENCE", false)
        case .createType: (kind, tag, isReadOnly) = (.definition, "CREATE TYPE", false)
        case .drop(let drop): (kind, tag, isReadOnly) = (.definition, "DROP " + drop.kind.rawValue, false)
        case .alterTable(let alter): (kind, tag, isReadOnly) = (.definition, "ALTER " + alter.kind.rawValue, false)
        case .comment: (kind, tag, isReadOnly) = (.definition, "COMMENT", false)
        case .transaction(let transaction): (kind, tag, isReadOnly) = (.transaction, StatementInspection.tag(of: transaction), true)
        case .branch(let branch): (kind, tag, isReadOnly) = (.branch, Binder.tag(of: branch), Binder.isReadOnly(branch))
        case .set: (kind, tag, isReadOnly) = (.setting, "SET", true)
        case .reset: (kind, tag, isReadOnly) = (.setting, "RESET", true)
        case .show: (kind, tag, isReadOnly) = (.select, "SHOW", true)
        case .use: (kind, tag, isReadOnly) = (.setting, "USE", true)
        case .pragma(let pragma):
            (kind, tag) = (.pragma, "PRAGMA")
            isReadOnly = pragma.form != .assignment && (Binder.readingPragmas.contains(pragma.name.key) || ["table_info", "show", "show_tables"].contains(pragma.name.key))
        case .prepare: (kind, tag, isReadOnly) = (.setting, "PREPARE", true)
        case .execute: (kind, tag, isReadOnly) = (.setting, "EXECUTE", false)
        case .deallocate: (kind, tag, isReadOnly) = (.setting, "DEALLOCATE", true)
        case .discard(let what): (kind, tag, isReadOnly) = (.setting, "DISCARD " + what, true)
        case .cursor(let cursor): (kind, tag, isReadOnly) = (.setting, Binder.tag(of: cursor), true)
        case .session(let verb, _): (kind, tag, isReadOnly) = (.setting, verb, true)
        case .accepted(let verb, _, _): (kind, tag, isReadOnly) = (.setting, verb, true)
        case .explain: (kind, tag, isReadOnly) = (.explain, "EXPLAIN", true)
        case .describe: (kind, tag, isReadOnly) = (.select, "DESCRIBE", true)
        case .analyze: (kind, tag, isReadOnly) = (.upkeep, "ANALYZE", false)
        case .reindex: (kind, tag, isReadOnly) = (.upkeep, "REINDEX", false)
        case .vacuum: (kind, tag, isReadOnly) = (.upkeep, "VACUUM", false)
        case .checkpoint: (kind, tag, isReadOnly) = (.upkeep, "CHECKPOINT", true)
        case .attach: (kind, tag, isReadOnly) = (.attach, "ATTACH", false)
        case .detach: (kind, tag, isReadOnly) = (.attach, "DETACH", false)
        case .copy(let copy): (kind, tag, isReadOnly) = (.copy, "COPY", copy.direction == .to)
        case .call: (kind, tag, isReadOnly) = (.select, "CALL", false)
        }
    }

    /// The names of all tables in the statement as written (names of common tables among them), those it reads and those
    /// it writes. Walks the whole statement.
    public static func tables(of statement: Statement) -> (read: [ObjectName], written: [ObjectName]) {
        var collector = MentionedTables()
        _ = try? collector.rewrite(statement)
        return (collector.read, collector.written)
    }

    private static func branchOperation(_ select: Select) -> BranchOperation? {
        guard let core = select.core, core.items.count == 1, core.from.isEmpty, case .expr(let expr, _) = core.items[0], case .call(let call) = expr.node
        else { return nil }
        return BranchFunctions.operation(call.name.name.key)
    }

    private static func tag(of transaction: TransactionStatement) -> String {
        switch transaction {
        case .begin: "BEGIN"
        case .commit: "COMMIT"
        case .rollback, .rollbackTo: "ROLLBACK"
        case .savepoint: "SAVEPOINT"
        case .release: "RELEASE"
        case .setCharacteristics: "SET"
        }
    }
}

private struct MentionedTables: SyntaxRewriter {
    var read: [ObjectName] = []
    var written: [ObjectName] = []

    mutating func rewrite(_ table: TableRef) throws(SQLError) -> TableRef {
        if case .table(let source) = table.node { read.append(source.name) }
        return try rewriteChildren(of: table)
    }

    mutating func rewrite(_ target: WriteTarget) throws(SQLError) -> WriteTarget {
        written.append(target.name)
        return target
    }

    mutating func rewrite(_ statement: Statement) throws(SQLError) -> Statement {
        switch statement.node {
        case .createTable(let create): written.append(create.name)
        case .createIndex(let create): written.append(create.table)
        case .createView(let create): written.append(create.name)
        case .createTrigger(let create): written.append(create.table)
        case .createVirtualTable(let create): written.append(create.name)
        case .drop(let drop): if drop.kind == .table || drop.kind == .view { written += drop.names }
        case .alterTable(let alter): written.append(alter.name)
        case .truncate(let truncate): written += truncate.names
        default: break
        }
        return try rewriteChildren(of: statement)
    }
}
