import SQLDialect

/// How a branch relates to what it was forked from.
public enum BranchMode: String, Sendable, Codable, CaseIterable {
    /// The branch is its parent as of the fork; nothing done elsewhere changes it.
    case snapshot
    /// An untouched table reads through to main; the first write to it makes it the branch's own.
    case live
}

public enum BranchStatus: String, Sendable, Codable, CaseIterable { case active, merged, discarded, expired }

/// Which branches `branches(_:)` lists.
public enum BranchFilter: String, Sendable, Codable, CaseIterable {
    case active, merged, discarded, expired, all

    func includes(_ status: BranchStatus) -> Bool {
        switch self {
        case .all: true
        case .active: status == .active
        case .merged: status == .merged
        case .discarded: status == .discarded
        case .expired: status == .expired
        }
    }
}

/// Arguments of `branch_list`.
public struct BranchListRequest: Sendable, Codable, Hashable {
    public var status: BranchFilter
    /// The most branches in one answer.
    public var limit: Int
    /// `next_cursor` of the previous answer, to go on from there.
    public var cursor: String?

    public init(status: BranchFilter = .active, limit: Int = 1_000, cursor: String? = nil) {
        self.status = status
        self.limit = limit
        self.cursor = cursor
    }
}

/// Branches, main first, then by age.
public struct BranchPage: Sendable, Codable, Hashable {
    public var branches: [BranchInfo]
    /// Set when there are more.
    public var nextCursor: String?

    enum CodingKeys: String, CodingKey {
        case branches
        case nextCursor = "next_cursor"
    }

    public init(branches: [BranchInfo], nextCursor: String?) {
        self.branches = branches
        self.nextCursor = nextCursor
    }
}

/// What to do with the conflicts of a merge.
public enum MergeStrategy: String, Sendable, Codable, CaseIterable {
    case branchWins = "branch_wins"
    case mainWins = "main_wins"
    case manual
    case abort
}

/// Arguments of `branch_create`. Branch references everywhere are a name, a branch id or a schema name.
public struct BranchCreateRequest: Sendable, Codable, Hashable {
    /// Made from the id when nil.
    public var name: String?
    /// A branch, `branch@version` or `branch@timestamp`.
    public var from: String
    /// Nil: the configured default (`BRANCHLITE_BRANCH_MODE`).
    public var mode: BranchMode?
    /// Seconds since last use after which the branch may be collected; 0 = never; nil = the configured default.
    public var ttlSeconds: Int64?
    public var description: String?
    public var agentID: String?
    /// True: the fork is on disk before the call returns.
    public var durable: Bool

    public init(
        name: String? = nil, from: String = "main", mode: BranchMode? = nil, ttlSeconds: Int64? = nil,
        description: String? = nil, agentID: String? = nil, durable: Bool = false
    ) {
        self.name = name
        self.from = from
        self.mode = mode
        self.ttlSeconds = ttlSeconds
        self.description = description
        self.agentID = agentID
        self.durable = durable
    }

    enum CodingKeys: String, CodingKey {
        case name, from, mode, description, durable
        case ttlSeconds = "ttl_seconds"
        case agentID = "agent_id"
    }
}

public enum DiffAgainst: String, Sendable, Codable, CaseIterable {
    /// What the branch changed since it and the base parted.
    case mergeBase = "merge_base"
    /// How the branch differs from the base as it is now.
    case head
}

public enum DiffDetail: String, Sendable, Codable, CaseIterable { case summary, rows }

/// Arguments of `diff_branch`.
public struct DiffRequest: Sendable, Codable, Hashable {
    public var branch: String
    public var base: String
    public var against: DiffAgainst
    public var table: String?
    public var detail: DiffDetail
    /// The most row changes in one answer.
    public var limit: Int
    public var cursor: String?

    public init(
        branch: String, base: String = "main", against: DiffAgainst = .mergeBase, table: String? = nil,
        detail: DiffDetail = .summary, limit: Int = 100, cursor: String? = nil
    ) {
        self.branch = branch
        self.base = base
        self.against = against
        self.table = table
        self.detail = detail
        self.limit = limit
        self.cursor = cursor
    }
}

/// One decision for a conflict, a table or a column (`resolutions` of `branch_merge`).
public struct MergeResolution: Sendable, Codable, Hashable {
    public enum Take: String, Sendable, Codable, CaseIterable { case branch, target, base, value }
    public var conflictID: String?
    public var table: String?
    public var column: String?
    public var take: Take
    /// With `take: value`: one value for a column, or an object of values by column for a row.
    public var value: JSONValue?

    public init(conflictID: String? = nil, table: String? = nil, column: String? = nil, take: Take, value: JSONValue? = nil) {
        self.conflictID = conflictID
        self.table = table
        self.column = column
        self.take = take
        self.value = value
    }

    enum CodingKeys: String, CodingKey {
        case table, column, take, value
        case conflictID = "conflict_id"
    }
}

/// Arguments of `branch_merge`.
public struct MergeRequest: Sendable, Codable, Hashable {
    public var branch: String
    public var target: String
    /// Nil: the configured default (`BRANCHLITE_MERGE_STRATEGY`).
    public var strategy: MergeStrategy?
    /// Nil: all tables.
    public var tables: [String]?
    public var dryRun: Bool
    /// Refuse with `BL_STALE_TARGET` if the target's head is no longer this version.
    public var expectedVersion: UInt64?
    public var resolutions: [MergeResolution]
    /// Discard the branch after the merge, unless other sessions use it.
    public var discard: Bool
    public var message: String?
    /// Count what a fast-forward changed (after it, at the cost of the change). Other merges know it anyway.
    public var counts: Bool
    /// Conflicts listed in the result at most; all are counted, and strategies and resolutions settle all.
    public var conflictLimit: Int

    /// Conflicts listed unless told otherwise.
    public static let defaultConflictLimit = 1_000

    public init(
        branch: String, target: String = "main", strategy: MergeStrategy? = nil, tables: [String]? = nil, dryRun: Bool = false,
        expectedVersion: UInt64? = nil, resolutions: [MergeResolution] = [], discard: Bool = false, message: String? = nil, counts: Bool = true,
        conflictLimit: Int = MergeRequest.defaultConflictLimit
    ) {
        self.branch = branch
        self.target = target
        self.strategy = strategy
        self.tables = tables
        self.dryRun = dryRun
        self.expectedVersion = expectedVersion
        self.resolutions = resolutions
        self.discard = discard
        self.message = message
        self.counts = counts
        self.conflictLimit = conflictLimit
    }

    enum CodingKeys: String, CodingKey {
        case branch, target, strategy, tables, resolutions, discard, message, counts
        case dryRun = "dry_run"
        case expectedVersion = "expected_version"
        case conflictLimit = "conflict_limit"
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            branch: box.decode(String.self, forKey: .branch), target: box.decodeIfPresent(String.self, forKey: .target) ?? "main",
            strategy: box.decodeIfPresent(MergeStrategy.self, forKey: .strategy), tables: box.decodeIfPresent([String].self, forKey: .tables),
            dryRun: box.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false,
            expectedVersion: box.decodeIfPresent(UInt64.self, forKey: .expectedVersion),
            resolutions: box.decodeIfPresent([MergeResolution].self, forKey: .resolutions) ?? [],
            discard: box.decodeIfPresent(Bool.self, forKey: .discard) ?? false, message: box.decodeIfPresent(String.self, forKey: .message),
            counts: box.decodeIfPresent(Bool.self, forKey: .counts) ?? true,
            conflictLimit: box.decodeIfPresent(Int.self, forKey: .conflictLimit) ?? MergeRequest.defaultConflictLimit)
    }
}

/// Arguments of `shadow_query`.
public struct ShadowRequest: Sendable, Codable, Hashable {
    public var sql: String
    public var branches: [String]
    public var parameters: [JSONValue]
    /// Timed runs per branch; above 1 they are interleaved one at a time.
    public var repetitions: Int
    public var explain: Bool
    /// Numbers closer than this count as equal.
    public var tolerance: Double
    public var dialect: Dialect
    public var timeoutMS: Int?

    public init(
        sql: String, branches: [String], parameters: [JSONValue] = [], repetitions: Int = 1, explain: Bool = false,
        tolerance: Double = 0, dialect: Dialect = .duckdb, timeoutMS: Int? = nil
    ) {
        self.sql = sql
        self.branches = branches
        self.parameters = parameters
        self.repetitions = repetitions
        self.explain = explain
        self.tolerance = tolerance
        self.dialect = dialect
        self.timeoutMS = timeoutMS
    }

    enum CodingKeys: String, CodingKey {
        case sql, branches, explain, tolerance, dialect
        case parameters = "params"
        case repetitions = "repeat"
        case timeoutMS = "timeout_ms"
    }
}

/// One statement or script for a session.
public struct QueryRequest: Sendable, Hashable {
    public var sql: String
    public var parameters: [JSONValue]
    /// Run on this branch instead of the session's, without switching.
    public var branch: String?
    /// The most rows returned; more set `truncated`. Nil: no limit.
    public var maxRows: Int?
    public var timeoutMS: Int?
    /// Refuse anything that writes, branch functions included.
    public var readOnly: Bool

    public init(
        _ sql: String, parameters: [JSONValue] = [], branch: String? = nil, maxRows: Int? = nil, timeoutMS: Int? = nil,
        readOnly: Bool = false
    ) {
        self.sql = sql
        self.parameters = parameters
        self.branch = branch
        self.maxRows = maxRows
        self.timeoutMS = timeoutMS
        self.readOnly = readOnly
    }

    enum CodingKeys: String, CodingKey {
        case sql, branch
        case parameters = "params"
        case maxRows = "max_rows"
        case timeoutMS = "timeout_ms"
        case readOnly = "read_only"
    }
}

extension QueryRequest: Codable {
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        sql = try box.decode(String.self, forKey: .sql)
        parameters = try box.decodeIfPresent([JSONValue].self, forKey: .parameters) ?? []
        branch = try box.decodeIfPresent(String.self, forKey: .branch)
        maxRows = try box.decodeIfPresent(Int.self, forKey: .maxRows)
        timeoutMS = try box.decodeIfPresent(Int.self, forKey: .timeoutMS)
        readOnly = try box.decodeIfPresent(Bool.self, forKey: .readOnly) ?? false
    }
}

/// What a session starts with.
public struct SessionOptions: Sendable, Codable, Hashable {
    /// Name, id or schema name of the branch.
    public var branch: String
    public var dialect: Dialect
    public var readOnly: Bool
    /// Who this is, for the audit trail and the branch list: an agent id, a user, an application.
    public var origin: String

    public init(branch: String = "main", dialect: Dialect = .sqlite, readOnly: Bool = false, origin: String = "library") {
        self.branch = branch
        self.dialect = dialect
        self.readOnly = readOnly
        self.origin = origin
    }

    enum CodingKeys: String, CodingKey {
        case branch, dialect, origin
        case readOnly = "read_only"
    }
}
