import PageStore

/// Limits, sizes and habits of an `Engine`. Every field has the default that suits a server of moderate size.
public struct EngineOptions: Sendable {
    /// Page cache of one connection, in KiB (SQLite's own default).
    public var cacheKiBPerConnection = 2000
    /// Old pages that one transaction keeps in memory for ROLLBACK, in KiB; what goes beyond is put in a temporary file
    /// (with `temporaryStorage` `.file`).
    public var journalKiBInMemory = 16 << 10
    /// Prepared statements that one connection keeps.
    public var statementCacheCapacity = 128
    /// Connections that may be open at one time, in use and idle together.
    public var maxConnections = 500
    /// Idle connections kept in the pool, over all branches. With `cacheKiBPerConnection` this bounds idle memory.
    public var maxIdleConnections = 64
    /// Idle connections kept for one branch.
    public var maxIdleConnectionsPerBranch = 32
    /// How long a writer waits in the branch's queue before `BL_BUSY`.
    public var busyTimeout = Duration.seconds(5)
    /// Branches that one connection can have attached besides its own (SQLite's compiled limit is 10).
    public var maxAttachedBranches = 10
    /// Longest SQL text in bytes.
    public var maxSQLBytes = 64 << 20
    /// Largest string, blob or row in bytes.
    public var maxValueBytes = 1_000_000_000
    /// Steps of SQLite's virtual machine between two looks at the deadline and the interrupt flag.
    public var progressInterval: Int32 = 4000
    /// Where temporary tables and large sorts go when they outgrow the page cache.
    public var temporaryStorage = TemporaryStorage.file
    /// Whether foreign keys are enforced.
    public var enforcesForeignKeys = true
    /// Whether `"text"` may stand for a string literal, as old SQLite programs write it.
    public var allowsDoubleQuotedStrings = false
    /// How long an explicit transaction may be idle before `SessionTransaction.rollbackIfIdle` ends it.
    public var idleTransactionTimeout = Duration.seconds(60)

    public init() {}

    public enum TemporaryStorage: Sendable {
        /// Unlinked files in the system's temporary directory: memory stays bounded.
        case file
        /// Memory only: nothing of the data is ever written outside the store.
        case memory
    }
}

/// What a connection shows as its database.
public enum BranchTarget: Sendable {
    /// The branch as it is whenever a statement begins.
    case head(BranchID)
    /// One version for good; read only.
    case pinned(Snapshot)

    public var branch: BranchID {
        switch self {
        case .head(let branch): branch
        case .pinned(let snapshot): snapshot.branch
        }
    }
}
