import PageStore
import SQLDialect

/// What `branch_list` says of branches.
extension StoreContext {
    func branches(_ filter: BranchFilter) throws(BranchLiteError) -> [BranchInfo] {
        try requireBranching()
        var list: [BranchInfo] = []
        let entries = registry.entries().sorted { ($0.id != .main ? 1 : 0, $0.record.createdAt, $0.id) < ($1.id != .main ? 1 : 0, $1.record.createdAt, $1.id) }
        for entry in entries {
            switch filter {
            case .all: break
            case .active: if entry.record.status != .active { continue }
            case .merged: if entry.record.status != .merged { continue }
            case .discarded: if entry.record.status != .discarded { continue }
            case .expired: if entry.record.status != .expired { continue }
            }
            // A branch that was purged since the list was taken is simply not in it.
            guard let head = store.branch(entry.id)?.head else { continue }
            list.append(info(entry, head: head, detailed: true))
        }
        return list
    }

    func branchInfo(_ id: BranchID) throws(BranchLiteError) -> BranchInfo {
        let entry = try registry.living(id)
        return info(entry, head: try head(of: id), detailed: true)
    }

    /// - Parameter detailed: false leaves out what has to be computed from pages (a new branch has changed nothing).
    func info(_ entry: Registry.Entry, head: VersionID, detailed: Bool) -> BranchInfo {
        let record = entry.record
        let schema = try? schemas.schema(of: entry.id)
        var tableCount = schema?.tableNames.count ?? 0
        var modified: [String] = []
        var materialized: [String] = []
        var views: [String] = []
        if record.mode == .live, let parent = record.parent {
            let visible = (try? schemas.schema(of: parent))?.tableNames ?? []
            views = visible.filter { record.owned[foldedASCII($0)] == nil }.sorted()
            materialized = record.owned.values.filter { $0.kind != .dropped }.map(\.name).sorted()
            tableCount = views.count + materialized.count
            if detailed { modified = record.owned.values.map(\.name).sorted() }
        } else if detailed, entry.id != .main {
            modified = tablesModified(entry.id, base: record.baseVersion)
        }
        return BranchInfo(
            branchID: entry.id.hex, name: record.name, schemaName: BranchNaming.schemaName(of: entry.id),
            from: record.parentName, mode: record.mode, status: record.status, baseVersion: record.baseVersion.rawValue,
            version: head.rawValue, createdAt: Timestamps.text(micros: record.createdAt),
            expiresAt: entry.expiresAt().map { Timestamps.text(micros: $0) }, lastUsedAt: Timestamps.text(micros: entry.lastUsedAt),
            ttlSeconds: record.ttlSeconds, description: record.description, agentID: record.agentID, tableCount: tableCount,
            sessions: entry.sessions, parent: record.parent.map { registry.name(of: $0) }, depth: record.depth,
            tablesModified: modified, materializedTables: materialized, views: views,
            uniqueBytes: detailed && entry.id != .main ? uniqueBytes(of: entry.id) : 0)
    }
}
