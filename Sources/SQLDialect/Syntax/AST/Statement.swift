/// A statement and its place in the text (without the semicolon).
public struct Statement: Sendable, Equatable {
    public var node: StatementNode
    public var range: SourceRange

    public init(_ node: StatementNode, range: SourceRange = .none) {
        self.node = node
        self.range = range
    }
}

public indirect enum StatementNode: Sendable, Equatable {
    // Data
    case select(Select)
    case insert(Insert)
    case update(Update)
    case delete(Delete)
    case truncate(Truncate)
    // Schema
    case createTable(CreateTable)
    case createIndex(CreateIndex)
    case createView(CreateView)
    case createTrigger(CreateTrigger)
    case createVirtualTable(CreateVirtualTable)
    case createSchema(CreateSchema)
    case createSequence(CreateSequence)
    case createType(CreateType)
    case drop(Drop)
    case alterTable(AlterTable)
    case comment(Comment)
    // Transactions
    case transaction(TransactionStatement)
    // Branches
    case branch(BranchStatement)
    // Session
    case set(SetStatement)
    case reset(ResetStatement)
    case show(ShowStatement)
    /// `USE name`, `USE a.b`.
    case use(ObjectName)
    case pragma(Pragma)
    case prepare(Prepare)
    case execute(Execute)
    /// `DEALLOCATE name`; nil is ALL.
    case deallocate(Identifier?)
    /// `DISCARD ALL | PLANS | TEMP | SEQUENCES`: the word in upper case.
    case discard(String)
    /// PostgreSQL's `LISTEN`, `NOTIFY`, `UNLISTEN`, `LOAD`, `INSTALL` and the like, which carry a name only:
    /// the verb in upper case and the name; nil is `*` or ALL.
    case session(verb: String, name: Identifier?)
    /// What PostgreSQL's dumps hold and has no meaning here (`GRANT`, `ALTER SCHEMA … OWNER TO`, `CREATE EXTENSION`): its verb in upper
    /// case, the first name in it, and all of its words.
    case accepted(verb: String, name: Identifier?, text: String)
    /// DECLARE, FETCH, MOVE, CLOSE.
    case cursor(CursorStatement)
    // Inspection
    case explain(Explain)
    case describe(Describe)
    // Upkeep and files
    /// nil: everything.
    case analyze(ObjectName?)
    case reindex(ObjectName?)
    case vacuum(Vacuum)
    case checkpoint(ObjectName?)
    case attach(Attach)
    case detach(Detach)
    case copy(Copy)
    /// `CALL f(…)`.
    case call(FunctionCall)
}

/// TRUNCATE.
public struct Truncate: Sendable, Equatable {
    public var names: [ObjectName]
    public var restartsIdentity = false
    /// `CASCADE`: what refers to the tables is emptied too.
    public var cascades = false
}

/// What happens when a constraint fails: SQLite's conflict clause.
public enum ConflictResolution: String, Sendable, Hashable, CaseIterable {
    case rollback = "ROLLBACK", abort = "ABORT", fail = "FAIL", ignore = "IGNORE", replace = "REPLACE"
}

/// The table that INSERT, UPDATE or DELETE writes.
public struct WriteTarget: Sendable, Equatable {
    public var name: ObjectName
    public var alias: Identifier?
    public var indexHint: IndexHint?
    public var range: SourceRange = .none

    public init(_ name: ObjectName, alias: Identifier? = nil) {
        self.name = name
        self.alias = alias
    }
}

/// INSERT; `REPLACE INTO` arrives as `INSERT OR REPLACE`.
public struct Insert: Sendable, Equatable {
    public enum Overriding: Sendable, Equatable {
        /// The given ones, also where values are GENERATED ALWAYS.
        case system
        /// The column's own in any case.
        case user
    }

    public var with: With?
    public var conflict: ConflictResolution?
    public var target: WriteTarget
    public var columns: [Identifier]
    /// `BY NAME`.
    public var isByName = false
    /// `OVERRIDING … VALUE`: whose values identity columns take.
    public var overriding: Overriding?
    /// nil: `DEFAULT VALUES`. `VALUES (…)` is a query.
    public var source: Select?
    public var upserts: [Upsert] = []
    public var returning: [SelectItem] = []
}

/// One `ON CONFLICT` clause.
public struct Upsert: Sendable, Equatable {
    public enum Target: Sendable, Equatable {
        case columns([IndexedColumn], filter: Expr?)
        /// PostgreSQL's `ON CONSTRAINT name`.
        case constraint(Identifier)
    }

    public enum Action: Sendable, Equatable {
        case nothing
        case update([Assignment], filter: Expr?)
    }

    /// nil: any conflict.
    public var target: Target?
    public var action: Action
}

/// `a = e` or `(a, b) = e`.
public struct Assignment: Sendable, Equatable {
    public var columns: [Identifier]
    /// Whether the columns stand in parentheses: then the value is a row or a query.
    public var isRow: Bool
    public var value: Expr
}

public struct Update: Sendable, Equatable {
    public var with: With?
    public var conflict: ConflictResolution?
    public var target: WriteTarget
    public var assignments: [Assignment]
    public var from: [TableRef] = []
    public var filter: Expr?
    public var returning: [SelectItem] = []
    public var orderBy: [OrderTerm] = []
    public var limit: Expr?
    public var offset: Expr?
}

public struct Delete: Sendable, Equatable {
    public var with: With?
    public var target: WriteTarget
    /// `USING …`, which SQLite has not.
    public var using: [TableRef] = []
    public var filter: Expr?
    public var returning: [SelectItem] = []
    public var orderBy: [OrderTerm] = []
    public var limit: Expr?
    public var offset: Expr?
}
