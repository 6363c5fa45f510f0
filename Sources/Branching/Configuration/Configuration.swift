import PageStore
import SQLDialect

/// How soon a commit is on disk, as SQLite users know it (`BRANCHLITE_SYNC`): `full`, `normal` or `off`.
public typealias SyncMode = PageStore.SyncMode

/// Everything about a store of branches that can be set. A fresh value has the documented defaults.
///
/// The environment, flags and the config file are read by ``ConfigurationLoader``; a library user sets properties.
public struct Configuration: Sendable {
    /// `BRANCH_ISOLATION_ENABLED`: when false every branch operation fails with `BL_BRANCHING_DISABLED`.
    public var branchingEnabled = true
    /// `HATIDATA_SHADOW_MODE_ENABLED`: when false shadow queries fail with `BL_SHADOW_DISABLED`.
    public var shadowEnabled = true
    /// `BRANCHLITE_MAX_BRANCHES`: living branches besides main; merged ones do not count.
    public var maxBranches = 100
    /// `BRANCHLITE_BRANCH_MODE`: the mode of a branch that asks for none.
    public var defaultMode = BranchMode.snapshot
    /// `BRANCHLITE_MERGE_STRATEGY`: the strategy of a merge that asks for none.
    public var mergeStrategy = MergeStrategy.manual
    /// `BRANCHLITE_BRANCH_TTL`: time since last use after which a branch may be collected; zero = never.
    public var branchTTL: Duration = .seconds(24 * 3600)
    /// `BRANCHLITE_GC_INTERVAL`: time between two runs of the collector.
    public var collectionInterval: Duration = .seconds(300)
    /// `BRANCHLITE_GLOBAL_IDS`: AUTOINCREMENT and sequences allocate store-wide.
    public var globalIDs = true
    /// `BRANCHLITE_HISTORY`: how long older versions stay.
    public var history: Duration = .seconds(24 * 3600)
    /// `BRANCHLITE_HISTORY_BYTES`: budget in bytes for older versions and the trash; nil = a quarter of the live data, at
    /// least ``minimumHistoryBytes``.
    public var historyBytes: UInt64?
    /// `BRANCHLITE_TRASH`: how long a discarded branch can be taken back.
    public var trash: Duration = .seconds(24 * 3600)
    /// `BRANCHLITE_SYNC`.
    public var sync = SyncMode.full
    /// `BRANCHLITE_MAX_CONNECTIONS`: sessions open at a time.
    public var maxConnections = 500
    /// `BRANCHLITE_QUERY_TIMEOUT`: the longest a statement may run unless the request says less; zero = no limit.
    public var queryTimeout: Duration = .seconds(300)
    /// `BRANCHLITE_IDLE_TRANSACTION_TIMEOUT`: an open transaction without a statement for this long is rolled back.
    public var idleTransactionTimeout: Duration = .seconds(60)
    /// `BRANCHLITE_BUSY_TIMEOUT`: how long a writer waits for another writer of the same branch.
    public var busyTimeout: Duration = .seconds(5)
    /// `BRANCHLITE_MAX_SQL_BYTES`: the longest SQL text accepted, in UTF-8 bytes.
    public var maxSQLBytes = Parser.Limits().textBytes
    /// The store's file never grows beyond this many bytes; 0 is no limit.
    public var maxStoreBytes: UInt64 = 0
    /// Open without the right to write; needs no lock on the store.
    public var readOnly = false
    /// Fail when the store does not exist instead of making it.
    public var mustExist = false
    /// The time of day; tests bring their own.
    public var clock = WallClock.system

    /// The least that `historyBytes` comes to when it is worked out from the live data.
    public static let minimumHistoryBytes: UInt64 = 256 * 1024 * 1024

    public init() {}
}

/// Where the time of day comes from.
public struct WallClock: Sendable {
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    public let now: @Sendable () -> Int64
    public init(now: @escaping @Sendable () -> Int64) { self.now = now }
}
