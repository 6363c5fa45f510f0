/// What the binder is told about the session.
public struct LoweringSettings: Sendable, Hashable {
    public var dialect: Dialect
    /// AUTOINCREMENT ids are allocated store-wide: an INSERT that leaves one open calls `bl_next_id('<table>')`.
    public var globalIDs: Bool
    /// The types of the parameters that the caller knows, by ordinal from 1. Where it is nil (or the list is shorter) the
    /// caller binds values in SQLite's plain form (dates and decimals as text, booleans as 0 and 1) and the lowered SQL
    /// casts them; where it is given, the value is bound in the storage form of the type.
    public var parameterTypes: [DuckType?]
    /// What `current_database()` says; also a catalog qualifier for the session's branch.
    public var databaseName: String
    /// What `current_user` says.
    public var userName: String

    public init(
        dialect: Dialect, globalIDs: Bool = true, parameterTypes: [DuckType?] = [], databaseName: String = "branchlite",
        userName: String = "branchlite"
    ) {
        self.dialect = dialect
        self.globalIDs = globalIDs
        self.parameterTypes = parameterTypes
        self.databaseName = databaseName
        self.userName = userName
    }

    /// SQLite's own limit (SQLITE_MAX_VARIABLE_NUMBER).
    public static let maximumParameters = 32_766
    /// How many uses of aliases and views a statement may come to when they are written out.
    public static let maximumExpansions = 10_000
    /// SQLite attaches ten databases at once.
    public static let maximumAttachments = 10
}

/// A statement ready for SQLite, and all that its caller has to know about it.
public struct LoweredStatement: Sendable {
    public var kind: StatementKind
    /// PostgreSQL's command tag without the row count: `SELECT`, `CREATE TABLE`.
    public var tag: String
    /// To be run in this order; more than one must be atomic. Empty when `command` or `materializes` says what to do.
    public var steps: [Step] = []
    /// The step whose rows are the result; nil when there are none.
    public var resultStep: Int?
    /// The columns of the result; nil: as SQLite names them, typed by their declared types (`ColumnInfo.interpret`).
    public var columns: [ResultColumn]?
    /// The user's parameters; every step uses them as `?1`…`?n`.
    public var parameters: [ParameterInfo] = []
    /// Parameters that the caller fills at each execution, after the user's.
    public var systemParameters: [SystemParameter] = []
    public var reads: Set<TableReference> = []
    public var writes: Set<TableReference> = []
    /// Databases to attach read-only before the steps are prepared, all at one moment of the store.
    public var attachments: [Attachment] = []
    /// Set when a session on main writes another branch: the steps run with that branch as schema 0.
    public var writesBranch: BranchKey?
    /// A live branch still reads these tables through: make them its own, then lower again.
    public var materializes: [String] = []
    /// A live branch reads these through, and SQLite will look at them by itself (foreign keys, triggers, views that are
    /// written): the branch's hidden copies have to be brought to what the parent has before the steps run.
    public var refreshes: [String] = []
    /// The name of the index or trigger that the statement makes: a live branch's hidden tables must not hold it.
    public var makes: String?
    public var isReadOnly: Bool
    /// It takes values from a sequence or sets one, which a session that only reads may not.
    public var advancesSequences = false
    /// It takes or gives back advisory locks, so running it twice is not the same as once.
    public var usesAdvisoryLocks = false
    /// The table whose AUTOINCREMENT key gets its value here: what the last row got is `currval` of the key's sequence.
    public var numberedTable: String?
    /// The temporary table that the statement makes.
    public var temporaryTable: TemporaryTable?
    /// What is to be said besides the result.
    public var notices: [Notice] = []
    /// What the caller does itself: transactions, settings, branches.
    public var command: SessionCommand?
    /// Whether it may be kept for the same text, settings, branch and schemas.
    public var isCacheable = true

    init(kind: StatementKind, tag: String, isReadOnly: Bool) {
        self.kind = kind
        self.tag = tag
        self.isReadOnly = isReadOnly
    }
}

/// A temporary table that a statement makes, and what becomes of it at a commit.
public struct TemporaryTable: Sendable, Hashable {
    public var name: String
    public var onCommit: CreateTable.OnCommit?
}

/// One SQL statement for SQLite.
public struct Step: Sendable, Hashable {
    public var sql: String
    /// Its number of changed rows is the statement's.
    public var countsRows: Bool
    /// Part of a table rebuild: run under `PRAGMA defer_foreign_keys = ON` and `PRAGMA legacy_alter_table = ON`, so that
    /// dropping and renaming tables neither checks nor rewrites what refers to them.
    public var isRebuild: Bool

    public init(sql: String, countsRows: Bool = false, isRebuild: Bool = false) {
        self.sql = sql
        self.countsRows = countsRows
        self.isRebuild = isRebuild
    }
}

/// A column of a result.
public struct ResultColumn: Sendable, Hashable {
    public var name: String
    /// `.dynamic`: each value is typed by its own SQLite class.
    public var type: DuckType
    /// The table and column it is, when it is a plain column.
    public var table: TableReference?
    public var column: String?
    public var isNullable: Bool
    /// The oid of that table or view in `pg_class` and the number of the column in it; 0 where there is none.
    public var relation: UInt32 = 0
    public var attribute: Int16 = 0
    /// What PostgreSQL's clients are told of its type beyond `type`.
    public var client: ClientType?

    public init(name: String, type: DuckType, table: TableReference? = nil, column: String? = nil, isNullable: Bool = true) {
        self.name = name
        self.type = type
        self.table = table
        self.column = column
        self.isNullable = isNullable
    }
}

/// A parameter of the user's statement.
public struct ParameterInfo: Sendable, Hashable {
    /// From 1.
    public var ordinal: Int
    /// Without its `$`, `:` or `@`; nil for a numbered or anonymous one.
    public var name: String?
    /// As the context has it; nil when nothing tells.
    public var type: DuckType?

    public init(ordinal: Int, name: String?, type: DuckType?) {
        self.ordinal = ordinal
        self.name = name
        self.type = type
    }
}

/// A parameter that the caller fills.
public struct SystemParameter: Sendable, Hashable {
    /// SQLite's parameter number.
    public var index: Int
    public var source: SystemSource
}

/// What a system parameter holds: text.
public indirect enum SystemSource: Sendable, Hashable {
    /// The rows of a catalog table: the number of its `SystemRows`, in the order of `SystemTable.columns`. See `SystemCatalog`.
    case catalog(SystemTable)
    /// The name of the session's branch.
    case currentBranch
    /// The session and its branch, for sequences.
    case session
    /// The rows of `branches()`, `branch_diff(…)` or `branch_history(…)`: JSON text, an array of arrays in the order of
    /// `BranchFunction.columns`. The arguments are by name.
    case branchFunction(BranchFunction, arguments: [String: Constant])
}
