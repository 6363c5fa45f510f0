/// When a commit is safe from a power loss.
public enum SyncMode: String, Sendable, CaseIterable {
    /// Before it is acknowledged.
    case full
    /// At the next checkpoint. A power loss may take the last commits, never the store's consistency.
    case normal
    /// Whenever the operating system writes it; consistency after a power loss rests on luck.
    case off
}

/// Whether a version that nothing else needs stays for a while.
public enum RetentionDecision: Sendable, Equatable {
    case drop
    /// Keep, and ask again not before this time (microseconds since 1970; the store may ask later or earlier).
    case keep(untilMicros: Int64)
}

/// How a store is opened.
public struct StoreOptions: Sendable {
    /// Bytes of a page and a slot: a power of two from 1,024 to 65,536. Only for a new store; an existing one has its own.
    public var pageSize = 4096
    public var sync = SyncMode.full
    public var readOnly = false
    /// Fail with `noSuchFile` rather than create a store.
    public var mustExist = false
    /// The file never grows beyond this many bytes; 0 is no limit.
    public var maxFileBytes: UInt64 = 0
    /// Bytes of log after which a checkpoint is due.
    public var checkpointLogBytes = 4 << 20
    /// Freed slots that wait for a checkpoint before it is due; the larger of this and an eighth of the file counts.
    public var checkpointQuarantinedSlots = 4096
    /// Bytes of page images a transaction keeps in memory before it writes them to the file ahead of its commit.
    public var transactionCacheBytes = 16 << 20
    /// Slots of one log extent; 0 chooses 64 KiB. Only for a new store.
    public var logExtentSlots = 0
    /// Checkpoints, reclaim and growth of the file on a thread of the store's own. Without it they happen within the
    /// operations that need them and on request.
    public var backgroundMaintenance = true
    /// Time after which what was written without a sync is synced in the background (`sync: .full` only).
    public var lazySyncInterval = Duration.milliseconds(200)
    /// Bytes of map nodes read from the file that are kept in memory, at most but for what open snapshots may still look at.
    public var mapCacheBytes = 64 << 20
    /// Read the file through a mapping of it into memory rather than by system calls, where the file system has one.
    public var mapsFile = true
    /// Asked for each version that no head, reader or merge base keeps. Nil drops them all. Called on the thread that reclaims.
    public var retention: (@Sendable (_ version: VersionEntry, _ nowMicros: Int64) -> RetentionDecision)?
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    public var clock: @Sendable () -> Int64 = { systemTimeMicros() }

    /// Free slots left at the end of the file when it is cut.
    var shrinkSlackSlots = Space.maximumGrowth
    /// Rules switched off and places to step in: for tests.
    var rules = RuleSwitches()
    var hooks = TestHooks()

    public init() {}
}

/// Limits of the format, by name.
public enum StoreLimits {
    public static let minimumPageSize = 1024
    public static let maximumPageSize = 65536
    /// Bytes of a branch's metadata, of a store value, and of an origin; a key of a store value has at most 255 bytes.
    /// All of them must also fit into a quarter of a log extent.
    public static let maximumMetadataBytes = 16 << 10
    public static let maximumOriginBytes = 4 << 10
    public static let maximumKeyBytes = 255
}

/// Figures of a store, all as of one moment.
public struct StoreStatistics: Sendable, Equatable {
    public var pageSize = 0
    public var branches = 0
    public var versions = 0
    public var fileSlots: UInt64 = 0
    /// Slots that hold images or map nodes.
    public var usedSlots: UInt64 = 0
    /// Superblocks, log, version table, free map.
    public var systemSlots: UInt64 = 0
    /// Freed, but not to be written before the next checkpoint is durable.
    public var quarantinedSlots: UInt64 = 0
    public var freeSlots: UInt64 = 0
    /// Slots of transactions in flight.
    public var inFlightSlots: UInt64 = 0
    public var lastLSN: UInt64 = 0
    public var durableLSN: UInt64 = 0
    public var generation: UInt64 = 0
    public var logBytesSinceCheckpoint: UInt64 = 0
    public var checkpoints: UInt64 = 0
    public var syncs: UInt64 = 0
    public var commitGroups: UInt64 = 0
    public var commits: UInt64 = 0
    public var versionsDropped: UInt64 = 0
    public var pinnedVersions = 0
    /// Map nodes in memory.
    public var mapNodesInMemory = 0
    /// Bytes of map nodes that the map cache bounds, and of those it has given up that open snapshots may still look at.
    public var mapCacheBytes = 0
    public var mapLimboBytes = 0
    public init() {}
}
