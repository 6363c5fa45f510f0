/// What went wrong in the Engine, under a stable code.
///
/// `code` is the stable name a program can test for (`BL_…`); `sqliteCode` is SQLite's extended result code
/// (0 when SQLite had no part in it). `table`, `column` and `constraint` are filled where SQLite names them.
public struct EngineError: Error, Sendable, Equatable {
    public var code: String
    public var sqliteCode: Int32
    public var message: String
    public var hint: String?
    public var table: String?
    public var column: String?
    public var constraint: String?
    /// UTF-8 offset of the error in the SQL text that SQLite was given, where it names one.
    public var sqlOffset: Int?

    public init(
        code: String,
        sqliteCode: Int32 = 0,
        message: String,
        hint: String? = nil,
        table: String? = nil,
        column: String? = nil,
        constraint: String? = nil,
        sqlOffset: Int? = nil
    ) {
        self.code = code
        self.sqliteCode = sqliteCode
        self.message = message
        self.hint = hint
        self.table = table
        self.column = column
        self.constraint = constraint
        self.sqlOffset = sqlOffset
    }
}

extension EngineError: CustomStringConvertible {
    public var description: String {
        hint.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }
}

/// The stable codes that the Engine gives. Runtime functions add their own (`BL_CONVERSION`, `BL_OUT_OF_RANGE`, …).
public enum EngineErrorCode {
    public static let sql = "BL_SQL"
    public static let parseError = "BL_PARSE_ERROR"
    public static let noSuchTable = "BL_NO_SUCH_TABLE"
    public static let noSuchColumn = "BL_NO_SUCH_COLUMN"
    public static let noSuchFunction = "BL_NO_SUCH_FUNCTION"
    public static let ambiguousColumn = "BL_AMBIGUOUS_COLUMN"
    public static let alreadyExists = "BL_ALREADY_EXISTS"
    public static let constraint = "BL_CONSTRAINT"
    public static let unique = "BL_CONSTRAINT_UNIQUE"
    public static let primaryKey = "BL_CONSTRAINT_PRIMARY_KEY"
    public static let notNull = "BL_CONSTRAINT_NOT_NULL"
    public static let check = "BL_CONSTRAINT_CHECK"
    public static let foreignKey = "BL_CONSTRAINT_FOREIGN_KEY"
    public static let trigger = "BL_CONSTRAINT_TRIGGER"
    public static let typeMismatch = "BL_TYPE_ERROR"
    public static let busy = "BL_BUSY"
    public static let staleSnapshot = "BL_STALE_SNAPSHOT"
    public static let interrupted = "BL_INTERRUPTED"
    public static let timeout = "BL_TIMEOUT"
    public static let diskFull = "BL_DISK_FULL"
    public static let io = "BL_IO"
    public static let corrupt = "BL_CORRUPT"
    public static let readOnly = "BL_READ_ONLY"
    public static let tooBig = "BL_TOO_BIG"
    public static let outOfMemory = "BL_OUT_OF_MEMORY"
    public static let denied = "BL_DENIED_STATEMENT"
    public static let parameters = "BL_PARAMETERS"
    public static let tooManyAttached = "BL_TOO_MANY_ATTACHED"
    public static let tooManyConnections = "BL_TOO_MANY_CONNECTIONS"
    public static let branchGone = "BL_BRANCH_GONE"
    public static let closed = "BL_CLOSED"
    public static let noTransaction = "BL_NO_TRANSACTION"
    public static let transactionOpen = "BL_TRANSACTION_OPEN"
    public static let transactionAborted = "BL_TRANSACTION_ABORTED"
    public static let noSuchSavepoint = "BL_NO_SUCH_SAVEPOINT"
    public static let unsupported = "BL_UNSUPPORTED"
    public static let notADatabase = "BL_NOT_A_DATABASE"
    public static let internalError = "BL_INTERNAL"
}
