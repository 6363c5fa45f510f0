/// A branch as `branch_create` and `branch_list` report it. Times are ISO 8601 in UTC.
public struct BranchInfo: Sendable, Codable, Hashable {
    public var branchID: String
    public var name: String
    public var schemaName: String
    public var from: String
    public var mode: BranchMode
    public var status: BranchStatus
    /// The version the branch was forked from.
    public var baseVersion: UInt64
    /// The branch's newest version.
    public var version: UInt64
    public var createdAt: String
    public var expiresAt: String?
    public var lastUsedAt: String?
    public var ttlSeconds: Int64
    public var description: String?
    public var agentID: String?
    public var tableCount: Int
    /// Sessions that are on this branch now.
    public var sessions: Int
    public var parent: String?
    /// Forks between main and this branch.
    public var depth: Int
    public var tablesModified: [String]
    /// Live mode: tables that are the branch's own.
    public var materializedTables: [String]
    /// Live mode: tables still read through to main.
    public var views: [String]
    /// Bytes that would be freed if this branch alone were discarded and purged.
    public var uniqueBytes: UInt64

    enum CodingKeys: String, CodingKey {
        case name, from, mode, status, version, description, sessions, parent, depth, views
        case branchID = "branch_id"
        case schemaName = "schema_name"
        case baseVersion = "base_version"
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case lastUsedAt = "last_used_at"
        case ttlSeconds = "ttl_seconds"
        case agentID = "agent_id"
        case tableCount = "table_count"
        case tablesModified = "tables_modified"
        case materializedTables = "materialized_tables"
        case uniqueBytes = "unique_bytes"
    }

    public init(
        branchID: String, name: String, schemaName: String, from: String, mode: BranchMode, status: BranchStatus,
        baseVersion: UInt64, version: UInt64, createdAt: String, expiresAt: String?, lastUsedAt: String?, ttlSeconds: Int64,
        description: String?, agentID: String?, tableCount: Int, sessions: Int, parent: String?, depth: Int,
        tablesModified: [String], materializedTables: [String], views: [String], uniqueBytes: UInt64
    ) {
        self.branchID = branchID
        self.name = name
        self.schemaName = schemaName
        self.from = from
        self.mode = mode
        self.status = status
        self.baseVersion = baseVersion
        self.version = version
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.ttlSeconds = ttlSeconds
        self.description = description
        self.agentID = agentID
        self.tableCount = tableCount
        self.sessions = sessions
        self.parent = parent
        self.depth = depth
        self.tablesModified = tablesModified
        self.materializedTables = materializedTables
        self.views = views
        self.uniqueBytes = uniqueBytes
    }
}

public struct SwitchResult: Sendable, Codable, Hashable {
    public var branch: String
    public var previous: String
    public init(branch: String, previous: String) {
        self.branch = branch
        self.previous = previous
    }
}

public struct DiscardResult: Sendable, Codable, Hashable {
    public var discarded: Bool
    public var branchID: String
    public var bytesFreed: UInt64
    public init(discarded: Bool, branchID: String, bytesFreed: UInt64) {
        self.discarded = discarded
        self.branchID = branchID
        self.bytesFreed = bytesFreed
    }
    enum CodingKeys: String, CodingKey {
        case discarded
        case branchID = "branch_id"
        case bytesFreed = "bytes_freed"
    }
}

// MARK: - Diff

/// What became of a table, index, view or trigger. `renamed`: only its name, or those of its columns, are others.
public enum ChangeKind: String, Sendable, Codable { case added, dropped, altered, renamed }
public enum RowChangeKind: String, Sendable, Codable { case inserted, updated, deleted }

/// One column that differs between the two definitions of a table.
public struct ColumnChange: Sendable, Codable, Hashable {
    public enum Kind: String, Sendable, Codable { case added, dropped, retyped, renamed, altered }
    public var kind: Kind
    public var name: String
    /// The name or type before, where the kind has one.
    public var before: String?
    public var after: String?
    public init(kind: Kind, name: String, before: String? = nil, after: String? = nil) {
        self.kind = kind
        self.name = name
        self.before = before
        self.after = after
    }
}

/// One schema object that was added, dropped or altered.
public struct SchemaChange: Sendable, Codable, Hashable {
    public enum ObjectType: String, Sendable, Codable { case table, view, index, trigger }
    public var type: ObjectType
    public var name: String
    public var change: ChangeKind
    public var columns: [ColumnChange]
    public var sqlBefore: String?
    public var sqlAfter: String?
    /// What a table was called before; nil where it kept its name.
    public var renamedFrom: String?
    public init(
        type: ObjectType, name: String, change: ChangeKind, columns: [ColumnChange] = [], sqlBefore: String? = nil, sqlAfter: String? = nil,
        renamedFrom: String? = nil
    ) {
        self.renamedFrom = renamedFrom
        self.type = type
        self.name = name
        self.change = change
        self.columns = columns
        self.sqlBefore = sqlBefore
        self.sqlAfter = sqlAfter
    }
    enum CodingKeys: String, CodingKey {
        case type, name, change, columns
        case sqlBefore = "sql_before"
        case sqlAfter = "sql_after"
        case renamedFrom = "renamed_from"
    }
}

/// One row that differs. `before`/`after` hold values by column as SEMANTICS section 5 writes values in JSON.
public struct RowDifference: Sendable, Codable, Hashable {
    public var kind: RowChangeKind
    /// Primary key columns by name, or `rowid`.
    public var key: [String: JSONValue]
    public var before: [String: JSONValue]?
    public var after: [String: JSONValue]?
    public var changedColumns: [String]
    public init(
        kind: RowChangeKind, key: [String: JSONValue], before: [String: JSONValue]?, after: [String: JSONValue]?, changedColumns: [String]
    ) {
        self.kind = kind
        self.key = key
        self.before = before
        self.after = after
        self.changedColumns = changedColumns
    }
    enum CodingKeys: String, CodingKey {
        case kind, key, before, after
        case changedColumns = "changed_columns"
    }
}

public struct TableDifference: Sendable, Codable, Hashable {
    /// Its name on the new side, or on the old one where it was dropped.
    public var table: String
    /// What it was called on the old side; nil where it kept its name.
    public var renamedFrom: String?
    public var inserted: Int
    public var updated: Int
    public var deleted: Int
    /// Column names in table order, for aligned display.
    public var columns: [String]
    /// Key column names, or `["rowid"]`.
    public var keyColumns: [String]
    /// Nil with `detail: summary`.
    public var rows: [RowDifference]?
    public init(
        table: String, inserted: Int, updated: Int, deleted: Int, columns: [String] = [], keyColumns: [String] = [], rows: [RowDifference]? = nil,
        renamedFrom: String? = nil
    ) {
        self.renamedFrom = renamedFrom
        self.table = table
        self.inserted = inserted
        self.updated = updated
        self.deleted = deleted
        self.columns = columns
        self.keyColumns = keyColumns
        self.rows = rows
    }
    enum CodingKeys: String, CodingKey {
        case table, inserted, updated, deleted, columns, rows
        case keyColumns = "key_columns"
        case renamedFrom = "renamed_from"
    }
}

public struct DiffResult: Sendable, Codable, Hashable {
    public var branch: String
    public var base: String
    public var baseVersion: UInt64
    public var branchVersion: UInt64
    public var schema: [SchemaChange]
    public var tables: [TableDifference]
    public var nextCursor: String?
    public init(
        branch: String, base: String, baseVersion: UInt64, branchVersion: UInt64, schema: [SchemaChange], tables: [TableDifference],
        nextCursor: String? = nil
    ) {
        self.branch = branch
        self.base = base
        self.baseVersion = baseVersion
        self.branchVersion = branchVersion
        self.schema = schema
        self.tables = tables
        self.nextCursor = nextCursor
    }
    enum CodingKeys: String, CodingKey {
        case branch, base, schema, tables
        case baseVersion = "base_version"
        case branchVersion = "branch_version"
        case nextCursor = "next_cursor"
    }
}

// MARK: - Merge

public enum MergeStatus: String, Sendable, Codable {
    case merged
    case upToDate = "up_to_date"
    case conflicts
    case aborted
}

public struct MergeConflict: Sendable, Codable, Hashable {
    public enum Kind: String, Sendable, Codable {
        case insertInsert = "insert_insert"
        case updateUpdate = "update_update"
        case updateDelete = "update_delete"
        case deleteUpdate = "delete_update"
        case schema
    }
    /// A hash of table, key and the three values: changes with any of them.
    public var id: String
    public var table: String
    public var key: [String: JSONValue]
    public var kind: Kind
    public var columns: [String]
    public var base: [String: JSONValue]?
    public var branch: [String: JSONValue]?
    public var target: [String: JSONValue]?
    public init(
        id: String, table: String, key: [String: JSONValue], kind: Kind, columns: [String], base: [String: JSONValue]?,
        branch: [String: JSONValue]?, target: [String: JSONValue]?
    ) {
        self.id = id
        self.table = table
        self.key = key
        self.kind = kind
        self.columns = columns
        self.base = base
        self.branch = branch
        self.target = target
    }
}

/// A constraint that the merged data would break, with every row involved.
public struct MergeViolation: Sendable, Codable, Hashable {
    /// `unique`, `not_null`, `check` or `foreign_key`.
    public var kind: String
    public var constraint: String
    public var table: String
    /// The rows as the merge would have them, the first of them.
    public var rows: [[String: JSONValue]]
    /// Rows that break the constraint, listed or not.
    public var rowCount: Int
    /// For each of `rows` what the base, the branch and the target hold in that row.
    public var versions: [MergeRowVersions]
    /// Of a foreign key: for each of `rows` the row that it refers to, on the sides that have it. Empty for other constraints.
    public var parents: [MergeRowVersions]
    public init(
        kind: String, constraint: String, table: String, rows: [[String: JSONValue]], rowCount: Int? = nil, versions: [MergeRowVersions] = [],
        parents: [MergeRowVersions] = []
    ) {
        self.kind = kind
        self.constraint = constraint
        self.table = table
        self.rows = rows
        self.rowCount = rowCount ?? rows.count
        self.versions = versions
        self.parents = parents
    }
    enum CodingKeys: String, CodingKey {
        case kind, constraint, table, rows, versions, parents
        case rowCount = "row_count"
    }
}

/// One row on the three sides of a merge; nil where a side does not have it.
public struct MergeRowVersions: Sendable, Codable, Hashable {
    public var base: [String: JSONValue]?
    public var branch: [String: JSONValue]?
    public var target: [String: JSONValue]?
    public init(base: [String: JSONValue]?, branch: [String: JSONValue]?, target: [String: JSONValue]?) {
        self.base = base
        self.branch = branch
        self.target = target
    }
}

/// Why a branch that was to be discarded after its merge was not.
public struct MergeDiscardError: Sendable, Codable, Hashable {
    public var code: String
    public var message: String
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

public struct TableMergeCount: Sendable, Codable, Hashable {
    public var table: String
    public var inserted: Int
    public var updated: Int
    public var deleted: Int
    public var conflicts: Int
    public init(table: String, inserted: Int, updated: Int, deleted: Int, conflicts: Int) {
        self.table = table
        self.inserted = inserted
        self.updated = updated
        self.deleted = deleted
        self.conflicts = conflicts
    }
}

public struct MergeResult: Sendable, Codable, Hashable {
    public var status: MergeStatus
    public var branch: String
    public var target: String
    public var dryRun: Bool
    public var fastForward: Bool
    /// The target's version after the merge (its head, unchanged, when nothing was applied).
    public var version: UInt64
    public var sourceVersion: UInt64
    /// The target's head that the merge started from.
    public var targetVersion: UInt64
    /// Number of tables changed.
    public var merged: Int
    public var tables: [TableMergeCount]
    public var schemaChanges: [SchemaChange]
    /// Conflicts that nobody has settled, the first of them.
    public var conflicts: [MergeConflict]
    /// Conflicts that nobody has settled, listed or not.
    public var conflictCount: Int
    public var violations: [MergeViolation]
    /// Whether what was changed has been counted: not so for a fast-forward without `counts`, which leaves `tables` and
    /// `schemaChanges` empty and `merged` 0.
    public var counted: Bool
    /// Whether the branch was discarded; nil where that was not asked for, or nothing was merged.
    public var discarded: Bool?
    public var discardError: MergeDiscardError?
    public init(
        status: MergeStatus, branch: String, target: String, dryRun: Bool, fastForward: Bool, version: UInt64, sourceVersion: UInt64,
        targetVersion: UInt64, merged: Int, tables: [TableMergeCount], schemaChanges: [SchemaChange], conflicts: [MergeConflict],
        violations: [MergeViolation], conflictCount: Int? = nil, counted: Bool = true, discarded: Bool? = nil, discardError: MergeDiscardError? = nil
    ) {
        self.status = status
        self.branch = branch
        self.target = target
        self.dryRun = dryRun
        self.fastForward = fastForward
        self.version = version
        self.sourceVersion = sourceVersion
        self.targetVersion = targetVersion
        self.merged = merged
        self.tables = tables
        self.schemaChanges = schemaChanges
        self.conflicts = conflicts
        self.violations = violations
        self.conflictCount = conflictCount ?? conflicts.count
        self.counted = counted
        self.discarded = discarded
        self.discardError = discardError
    }
    enum CodingKeys: String, CodingKey {
        case status, branch, target, version, merged, tables, conflicts, violations, counted, discarded
        case conflictCount = "conflict_count"
        case discardError = "discard_error"
        case dryRun = "dry_run"
        case fastForward = "fast_forward"
        case sourceVersion = "source_version"
        case targetVersion = "target_version"
        case schemaChanges = "schema_changes"
    }
}

// MARK: - Shadow queries

public struct ShadowBranchResult: Sendable, Codable, Hashable {
    public struct Timing: Sendable, Codable, Hashable {
        public var min: Double
        public var median: Double
        public var max: Double
        public init(min: Double, median: Double, max: Double) {
            self.min = min
            self.median = median
            self.max = max
        }
    }
    public var branch: String
    public var columns: [ResultColumn]
    public var rows: [[JSONValue]]
    public var rowCount: Int
    /// Milliseconds; one run when not repeated.
    public var elapsedMS: Timing
    public var plan: [String]?
    public var error: BranchLiteError?
    public init(
        branch: String, columns: [ResultColumn], rows: [[JSONValue]], rowCount: Int, elapsedMS: Timing, plan: [String]?, error: BranchLiteError?
    ) {
        self.branch = branch
        self.columns = columns
        self.rows = rows
        self.rowCount = rowCount
        self.elapsedMS = elapsedMS
        self.plan = plan
        self.error = error
    }
    enum CodingKeys: String, CodingKey {
        case branch, columns, rows, plan, error
        case rowCount = "row_count"
        case elapsedMS = "elapsed_ms"
    }
}

public struct ShadowComparison: Sendable, Codable, Hashable {
    /// Groups of branches whose results are equal.
    public var equalGroups: [[String]]
    public var allEqual: Bool
    /// Rows that differ from the first branch's, keyed where the result has a key.
    public var differences: [JSONValue]
    /// Single-row results: per numeric column, each branch's value minus the first branch's.
    public var deltas: [String: [String: JSONValue]]
    public var fastest: String?
    public init(equalGroups: [[String]], allEqual: Bool, differences: [JSONValue], deltas: [String: [String: JSONValue]], fastest: String?) {
        self.equalGroups = equalGroups
        self.allEqual = allEqual
        self.differences = differences
        self.deltas = deltas
        self.fastest = fastest
    }
    enum CodingKeys: String, CodingKey {
        case differences, deltas, fastest
        case equalGroups = "equal_groups"
        case allEqual = "all_equal"
    }
}

public struct ShadowResult: Sendable, Codable, Hashable {
    public var branches: [ShadowBranchResult]
    public var comparison: ShadowComparison
    public init(branches: [ShadowBranchResult], comparison: ShadowComparison) {
        self.branches = branches
        self.comparison = comparison
    }
}

// MARK: - Catalogue

public struct TableListing: Sendable, Codable, Hashable {
    public var tableSchema: String
    public var tableName: String
    /// `BASE TABLE` or `VIEW`.
    public var tableType: String
    public init(tableSchema: String, tableName: String, tableType: String) {
        self.tableSchema = tableSchema
        self.tableName = tableName
        self.tableType = tableType
    }
    enum CodingKeys: String, CodingKey {
        case tableSchema = "table_schema"
        case tableName = "table_name"
        case tableType = "table_type"
    }
}

public struct ColumnListing: Sendable, Codable, Hashable {
    public var columnName: String
    public var dataType: String
    /// `YES` or `NO`, as information_schema has it.
    public var isNullable: String
    public var columnDefault: String?
    public var isPrimaryKey: Bool
    public init(columnName: String, dataType: String, isNullable: String, columnDefault: String?, isPrimaryKey: Bool) {
        self.columnName = columnName
        self.dataType = dataType
        self.isNullable = isNullable
        self.columnDefault = columnDefault
        self.isPrimaryKey = isPrimaryKey
    }
    enum CodingKeys: String, CodingKey {
        case columnName = "column_name"
        case dataType = "data_type"
        case isNullable = "is_nullable"
        case columnDefault = "column_default"
        case isPrimaryKey = "is_primary_key"
    }
}

public struct TableUsage: Sendable, Codable, Hashable {
    public var tableSchema: String
    public var tableName: String
    /// Rows.
    public var estimatedSize: Int64
    public var columnCount: Int
    public init(tableSchema: String, tableName: String, estimatedSize: Int64, columnCount: Int) {
        self.tableSchema = tableSchema
        self.tableName = tableName
        self.estimatedSize = estimatedSize
        self.columnCount = columnCount
    }
    enum CodingKeys: String, CodingKey {
        case tableSchema = "table_schema"
        case tableName = "table_name"
        case estimatedSize = "estimated_size"
        case columnCount = "column_count"
    }
}

// MARK: - Maintenance

public struct CheckResult: Sendable, Codable, Hashable {
    public var clean: Bool
    public var problems: [String]
    public var branches: Int
    public var versions: Int
    public var pages: UInt64
    public var bytes: UInt64
    public init(clean: Bool, problems: [String], branches: Int, versions: Int, pages: UInt64, bytes: UInt64) {
        self.clean = clean
        self.problems = problems
        self.branches = branches
        self.versions = versions
        self.pages = pages
        self.bytes = bytes
    }
}

/// What `import` brought in.
public struct ImportResult: Sendable, Codable, Hashable {
    public var branch: String
    public var tables: [TableUsage]
    public var version: UInt64
    public init(branch: String, tables: [TableUsage], version: UInt64) {
        self.branch = branch
        self.tables = tables
        self.version = version
    }
}
