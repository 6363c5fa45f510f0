import SQLDialect

/// One statement of a text that a client sent, parsed.
public struct StatementText: Sendable {
    let statement: ParsedStatement
    let source: String

    /// The statement itself, without what stands around it in the text.
    public var text: String { statement.range.text(in: source) }
    public var node: StatementNode { statement.node }

    /// What a door has to know to keep transactions as PostgreSQL does.
    public enum Control: Sendable, Equatable {
        case begin, commit(chain: Bool), rollback(chain: Bool), rollbackTo, savepoint, release, setTransaction
        /// Reads or writes data or schema.
        case ordinary
        /// Cannot run inside a transaction: operations on branches, VACUUM.
        case outsideTransactions
        /// Changes nothing that a transaction keeps: SET, SHOW, PREPARE, DISCARD …
        case session
    }

    public var control: Control {
        switch statement.node {
        case .transaction(let transaction):
            switch transaction {
            case .begin: .begin
            case .commit(let chain): .commit(chain: chain)
            case .rollback(let chain): .rollback(chain: chain)
            case .rollbackTo: .rollbackTo
            case .savepoint: .savepoint
            case .release: .release
            case .setCharacteristics(_, let session): session ? .session : .setTransaction
            }
        case .branch(let branch):
            switch branch {
            case .list, .current, .diff: .session
            default: .outsideTransactions
            }
        case .use, .vacuum, .checkpoint: .outsideTransactions
        case .set(let set) where StatementText.switchesBranch(set): .outsideTransactions
        case .discard: .outsideTransactions
        case .set, .reset, .show, .prepare, .deallocate, .session, .cursor: .session
        case .createSchema(let create) where create.name.name.text.lowercased().hasPrefix(BranchNaming.schemaPrefix): .outsideTransactions
        case .drop(let drop) where drop.kind == .schema && drop.names.contains { $0.name.text.lowercased().hasPrefix(BranchNaming.schemaPrefix) }: .outsideTransactions
        case .select(let select) where Lowering.isBranchCall(select): .outsideTransactions
        default: .ordinary
        }
    }

    private static func switchesBranch(_ set: SetStatement) -> Bool {
        ["branch", "search_path", "schema", "branchlite.branch"].contains(set.name.map(\.key).joined(separator: "."))
    }

    /// Whether it may change data or schema, as far as its form tells.
    public var mayWrite: Bool {
        switch statement.node {
        case .select, .explain, .describe, .show, .pragma, .cursor: false
        default: true
        }
    }
}

/// What a statement takes and gives, known before it runs.
public struct StatementDescription: Sendable {
    /// The types of its parameters: given, as the context has them, or VARCHAR.
    public var parameters: [DuckType]
    /// Nil: it returns no rows.
    public var columns: [PortalColumn]?
    /// It reads the catalogue, whose whole numbers are oids.
    public var readsCatalogue = false

    public init(parameters: [DuckType], columns: [PortalColumn]?) {
        self.parameters = parameters
        self.columns = columns
    }
}

/// What a statement did.
public struct Completion: Sendable {
    /// PostgreSQL's command tag without the row count.
    public var command: String
    /// Rows inserted, updated or deleted.
    public var rowsAffected: Int
    public var returnsRows: Bool
    /// What there is to say besides.
    public var notices: [Notice] = []

    public init(command: String, rowsAffected: Int = 0, returnsRows: Bool = false) {
        self.command = command
        self.rowsAffected = rowsAffected
        self.returnsRows = returnsRows
    }
}

extension StatementText {
    /// The query that a DECLARE CURSOR is for.
    public func query(of declaration: CursorStatement.Declaration) -> StatementText {
        StatementText(statement: declaration.query, source: source)
    }
}
