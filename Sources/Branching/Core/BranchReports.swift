import PageStore
import SQLDialect

/// What `branch_list` says of branches.
extension StoreContext {
    func branches(_ filter: BranchFilter) throws(BranchLiteError) -> [BranchInfo] {
        try requireBranching()
        return try branches(BranchListRequest(status: filter, limit: .max)).branches
    }

    /// A page of the list of branches: main first, then by age.
    func branches(_ request: BranchListRequest) throws(BranchLiteError) -> BranchPage {
        try requireBranching()
        guard request.limit > 0 else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "limit must be at least 1, not \(request.limit)", details: ["argument": "limit"])
        }
        let after = try request.cursor.map { text throws(BranchLiteError) in try StoreContext.place(text) }
        let more = request.limit.addingReportingOverflow(1)
        let found = registry.entries(
            where: { request.status.includes($0) }, after: after, limit: more.overflow ? request.limit : more.partialValue)
        var list: [BranchInfo] = []
        for entry in found.prefix(request.limit) {
            // A branch that was purged since the list was taken is simply not in it.
            guard let head = store.branch(entry.id)?.head else { continue }
            list.append(info(entry, head: head, detailed: true))
        }
        guard found.count > request.limit, request.limit > 0 else { return BranchPage(branches: list, nextCursor: nil) }
        let last = found[request.limit - 1]
        return BranchPage(branches: list, nextCursor: "\(last.record.createdAt).\(last.id.hex)")
    }

    private static func place(_ cursor: String) throws(BranchLiteError) -> Registry.Place {
        let parts = cursor.split(separator: ".")
        guard parts.count == 2, let time = Int64(parts[0]), let id = BranchID(hex: String(parts[1])) else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "'\(cursor)' is no cursor of branch_list", hint: "pass next_cursor of the previous answer", details: ["argument": "cursor"])
        }
        return Registry.Place(createdAt: time, id: id)
    }

    func branchInfo(_ id: BranchID) throws(BranchLiteError) -> BranchInfo {
        let entry = try registry.living(id)
        return info(entry, head: try head(of: id), detailed: true)
    }

    /// - Parameters:
    ///   - detailed: false leaves out what has to be computed from pages (a new branch has changed nothing).
    ///   - known: the schema of a new branch, its parent's.
    func info(_ entry: Registry.Entry, head: VersionID, detailed: Bool, schema known: BranchSchema? = nil) -> BranchInfo {
        let record = entry.record
        var tableCount = (known ?? (try? schemas.schema(of: entry.id)))?.tableNames.count ?? 0
        var modified: [String] = []
        var materialized: [String] = []
        var views: [String] = []
        if record.mode == .live, let parent = record.parent {
            let visible = (known ?? (try? schemas.schema(of: parent)))?.tableNames ?? []
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
