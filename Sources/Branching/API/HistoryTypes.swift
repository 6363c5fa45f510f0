/// Arguments of `branch_history`.
public struct HistoryRequest: Sendable, Codable, Hashable {
    public var branch: String
    /// The most versions in one answer.
    public var limit: Int
    /// Only versions older than this one: `next_before` of the previous answer.
    public var before: UInt64?

    public init(branch: String = "main", limit: Int = 100, before: UInt64? = nil) {
        self.branch = branch
        self.limit = limit
        self.before = before
    }
}

/// A version of a branch that is kept.
public struct VersionInfo: Sendable, Codable, Hashable {
    public var version: UInt64
    /// When it was made: ISO 8601 in UTC.
    public var time: String
    /// The branch it was made on: that of the history, or one that was forked from or fast-forwarded to.
    public var branch: String
    /// Who made it: the session's origin, an agent id; nil where that was not recorded.
    public var session: String?
    /// What made it: the beginning of the (last) statement, or the operation on the branch.
    public var statement: String?
    /// Rows inserted, updated or deleted since the version before it on its branch that is kept; nil where that is more than is
    /// counted for a list (see `docs/history.md`).
    public var rowsChanged: Int?
    /// What it was derived from, then what was merged into it.
    public var parents: [UInt64]
    /// True for the branch's newest version.
    public var isHead: Bool

    enum CodingKeys: String, CodingKey {
        case version, time, branch, session, statement, parents
        case rowsChanged = "rows_changed"
        case isHead = "is_head"
    }

    public init(
        version: UInt64, time: String, branch: String, session: String?, statement: String?, rowsChanged: Int?, parents: [UInt64], isHead: Bool
    ) {
        self.version = version
        self.time = time
        self.branch = branch
        self.session = session
        self.statement = statement
        self.rowsChanged = rowsChanged
        self.parents = parents
        self.isHead = isHead
    }
}

/// The kept versions of a branch, newest first.
public struct HistoryResult: Sendable, Codable, Hashable {
    public var branch: String
    public var branchID: String
    public var versions: [VersionInfo]
    /// Set when there are older versions: `before` of the next request.
    public var nextBefore: UInt64?

    enum CodingKeys: String, CodingKey {
        case branch, versions
        case branchID = "branch_id"
        case nextBefore = "next_before"
    }

    public init(branch: String, branchID: String, versions: [VersionInfo], nextBefore: UInt64?) {
        self.branch = branch
        self.branchID = branchID
        self.versions = versions
        self.nextBefore = nextBefore
    }
}

/// Arguments of `branch_restore`.
public struct RestoreRequest: Sendable, Codable, Hashable {
    /// A branch, or one that was discarded.
    public var branch: String
    /// The version that is to be the head again. Neither this nor `timestamp`: the branch is taken back from the trash.
    public var version: UInt64?
    /// In place of a version: what the branch showed at that time.
    public var timestamp: String?

    public init(branch: String, version: UInt64? = nil, timestamp: String? = nil) {
        self.branch = branch
        self.version = version
        self.timestamp = timestamp
    }
}

/// What `branch_restore` did.
public struct RestoreResult: Sendable, Codable, Hashable {
    public var branch: String
    public var branchID: String
    /// The branch's head now.
    public var version: UInt64
    /// The head before; the same as `version` when only a discarded branch was taken back.
    public var previousVersion: UInt64
    /// The version whose data the branch shows again; nil when none was asked for.
    public var restoredVersion: UInt64?
    /// The branch was taken back from the trash.
    public var undropped: Bool

    enum CodingKeys: String, CodingKey {
        case branch, version, undropped
        case branchID = "branch_id"
        case previousVersion = "previous_version"
        case restoredVersion = "restored_version"
    }

    public init(branch: String, branchID: String, version: UInt64, previousVersion: UInt64, restoredVersion: UInt64?, undropped: Bool) {
        self.branch = branch
        self.branchID = branchID
        self.version = version
        self.previousVersion = previousVersion
        self.restoredVersion = restoredVersion
        self.undropped = undropped
    }
}
