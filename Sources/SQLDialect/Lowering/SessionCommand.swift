/// What a statement asks of the session rather than of SQLite.
public enum SessionCommand: Sendable, Equatable {
    case begin(isolation: TransactionStatement.Isolation?, isReadOnly: Bool?, lock: TransactionStatement.Lock?)
    case commit(chain: Bool)
    case rollback(chain: Bool)
    case savepoint(String)
    case release(String)
    case rollbackTo(String)
    /// `SET TRANSACTION …` or, `session`: `SET SESSION CHARACTERISTICS …`.
    case setTransaction(isolation: TransactionStatement.Isolation?, isReadOnly: Bool?, session: Bool)
    /// Names with a dot are joined by it. No values: back to the default.
    case set(name: String, values: [Constant], isLocal: Bool)
    /// `SELECT set_config(name, value, …)`: SET, and the value as a result. nil: back to the default.
    case setConfig(name: String, value: Constant?, isLocal: Bool)
    /// nil: all.
    case reset(String?)
    /// nil: all.
    case show(String?)
    case branch(BranchStatement)
    /// `branch_create(...)` and its relatives, called alone: the operation and its arguments by name. Its result columns are
    /// those of the MCP tool.
    case branchFunction(BranchOperation, arguments: [String: Constant])
    /// A pragma that is not simply SQLite's to run.
    case pragma(name: String, schema: String?, arguments: [Constant])
    case vacuum(into: Constant?)
    case checkpoint
    case attach
    case detach
    case prepare(name: String, types: [DuckType?], Statement)
    case execute(name: String, arguments: [Constant])
    /// nil: all.
    case deallocate(String?)
    /// The word after DISCARD.
    case discard(String)
    /// DECLARE, FETCH, MOVE, CLOSE: for a door that has portals.
    case cursor(CursorStatement)
    /// LISTEN, UNLISTEN, NOTIFY, LOAD, INSTALL: the verb and its name.
    case session(verb: String, name: String?)
    /// COPY: the caller moves the rows. For COPY TO the steps are the query; for COPY FROM they are one INSERT with a
    /// parameter per column.
    case copy(Copy)
}

/// The operations on branches that SQL functions stand for.
public enum BranchOperation: String, Sendable, Hashable, CaseIterable {
    case create = "branch_create", `switch` = "branch_switch", merge = "branch_merge", discard = "branch_discard"
    case reset = "branch_reset", rename = "branch_rename", restore = "branch_restore"

    /// The names of its arguments in the order of a positional call.
    public var argumentNames: [String] {
        switch self {
        case .create: ["name", "from", "mode", "ttl_seconds", "description", "agent_id", "durable"]
        case .switch: ["name"]
        case .merge: ["branch", "target", "strategy", "tables", "dry_run", "expected_version", "discard", "message", "counts", "conflict_limit"]
        case .discard: ["branch", "force", "purge"]
        case .reset: ["branch", "to"]
        case .rename: ["branch", "name"]
        case .restore: ["branch", "version", "timestamp"]
        }
    }

    public var isReadOnly: Bool { self == .switch }
}

/// The table functions that show branches.
public enum BranchFunction: String, Sendable, Hashable, CaseIterable {
    case branches, branchDiff = "branch_diff", branchHistory = "branch_history", branchConflicts = "branch_conflicts"

    public var argumentNames: [String] {
        switch self {
        case .branches: ["status"]
        case .branchDiff: ["branch", "base", "against", "table", "limit"]
        case .branchHistory: ["branch", "limit", "before"]
        case .branchConflicts: ["branch", "target"]
        }
    }

    /// The columns of its rows.
    public var columns: [(name: String, type: DuckType)] {
        switch self {
        case .branches:
            [
                ("branch_id", .varchar), ("name", .varchar), ("schema_name", .varchar), ("parent", .varchar), ("mode", .varchar),
                ("status", .varchar), ("base_version", .bigint), ("created_at", .timestamp), ("expires_at", .timestamp),
                ("last_used_at", .timestamp), ("depth", .integer), ("sessions", .integer), ("tables_modified", .integer),
                ("unique_bytes", .bigint), ("description", .varchar),
            ]
        case .branchDiff:
            [
                ("table_name", .varchar), ("kind", .varchar), ("key", .json), ("before", .json), ("after", .json),
                ("changed_columns", .json),
            ]
        case .branchHistory:
            [
                ("version", .bigint), ("committed_at", .timestamp), ("session", .varchar), ("statement", .varchar),
                ("rows_changed", .bigint), ("parents", .json), ("branch", .varchar),
            ]
        case .branchConflicts:
            [
                ("conflict_id", .varchar), ("table_name", .varchar), ("key", .json), ("kind", .varchar), ("columns", .json),
                ("base", .json), ("branch", .json), ("target", .json),
            ]
        }
    }
}
