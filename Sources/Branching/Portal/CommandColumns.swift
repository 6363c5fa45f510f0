import SQLDialect

/// The columns of the answers that the session makes itself, known before it makes them.
enum CommandColumns {
    typealias Columns = [(name: String, type: DuckType)]

    static let branch: Columns = [
        ("branch_id", .varchar), ("name", .varchar), ("schema_name", .varchar), ("from", .varchar), ("mode", .varchar), ("status", .varchar),
        ("base_version", .bigint), ("created_at", .varchar), ("expires_at", .varchar), ("ttl_seconds", .bigint), ("description", .varchar),
        ("table_count", .bigint), ("sessions", .bigint), ("tables_modified", .varchar), ("unique_bytes", .bigint),
    ]
    static let switched: Columns = [("branch", .varchar), ("previous", .varchar)]
    static let current: Columns = [("branch", .varchar)]
    static let discarded: Columns = [("discarded", .boolean), ("branch_id", .varchar), ("bytes_freed", .bigint)]
    static let restored: Columns = [
        ("branch_id", .varchar), ("branch", .varchar), ("version", .bigint), ("previous_version", .bigint), ("restored_version", .bigint),
        ("undropped", .boolean),
    ]
    static let diffRows: Columns = [
        ("table_name", .varchar), ("kind", .varchar), ("key", .json), ("before", .json), ("after", .json), ("changed_columns", .json),
    ]
    static let diffSummary: Columns = [
        ("object", .varchar), ("name", .varchar), ("change", .varchar), ("inserted", .bigint), ("updated", .bigint), ("deleted", .bigint),
    ]
    static let merged: Columns = [
        ("status", .varchar), ("branch", .varchar), ("target", .varchar), ("fast_forward", .boolean), ("version", .bigint), ("merged", .bigint),
        ("inserted", .bigint), ("updated", .bigint), ("deleted", .bigint), ("conflicts", .bigint), ("violations", .bigint), ("discarded", .boolean),
    ]

    static func columns(of statement: BranchStatement) -> [PortalColumn]? {
        switch statement {
        case .createDatabase, .dropDatabase: nil
        case .create, .list, .reset, .undrop, .rename: portal(branch)
        case .use: portal(switched)
        case .current: portal(current)
        case .diff(_, _, let table): portal(table == nil ? diffSummary : diffRows)
        case .merge: portal(merged)
        case .drop: portal(discarded)
        case .restore: portal(restored)
        }
    }

    static func columns(of operation: BranchOperation) -> [PortalColumn] {
        switch operation {
        case .create, .reset, .rename: portal(branch)
        case .switch: portal(switched)
        case .merge: portal(merged)
        case .discard: portal(discarded)
        case .restore: portal(restored)
        }
    }

    private static func portal(_ columns: Columns) -> [PortalColumn] { columns.map { PortalColumn(name: $0.name, type: $0.type) } }

    static func result(_ columns: Columns) -> [ResultColumn] { columns.map { ResultColumn(name: $0.name, type: $0.type.name) } }
}
