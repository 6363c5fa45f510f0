import Engine
import PageStore
import SQLDialect

extension MergeAttempt {
    /// The target has not moved since the branches parted: it takes the source's root, which is O(1). What that changed is counted
    /// for the report afterwards, while nothing is held but the two versions.
    func fastForward() throws(BranchLiteError) -> MergeResult? {
        var result = empty(.merged)
        result.fastForward = true
        if request.dryRun { return request.counts ? try counted(result) : result }
        let kept = request.counts ? try context.snapshot(at: target.version) : nil
        do throws(BranchLiteError) {
            let version = if connection != nil { try moveHead() } else { try context.withWriter(of: target.id) { () throws(BranchLiteError) in try moveHead() } }
            result.version = version.rawValue
        } catch {
            if MergeAttempt.isStale(error) { return nil }
            throw error
        }
        try record(result)
        // The merge stands, whether its changes can be counted or not.
        if let kept { result = withExtendedLifetime(kept) { (try? counted(result)) ?? result } }
        return finished(result)
    }

    func counted(_ result: MergeResult) throws(BranchLiteError) -> MergeResult {
        var result = result
        let diff = try context.diff(DiffRequest(branch: versioned(source), base: versioned(target), against: .head))
        result.counted = true
        result.schemaChanges = diff.schema
        result.tables = diff.tables.map { TableMergeCount(table: $0.table, inserted: $0.inserted, updated: $0.updated, deleted: $0.deleted, conflicts: 0) }
        result.merged = changedTables(result)
        return result
    }

    func moveHead() throws(BranchLiteError) -> VersionID {
        let (source, target, context) = (source, target, context)
        return try context.registry.change(target.id) { (record: inout BranchRecord) throws(BranchLiteError) in
            if record.status == .merged { record.status = .active }
        } write: { metadata throws(BranchLiteError) in
            try mapStore { () throws(StoreError) in
                // Both heads are parents: the source's through the root, the target's old one as the other.
                try context.store.moveHead(
                    of: target.id, to: source.version, mergedFrom: target.version, expectedHead: target.version, metadata: metadata)
            }
        }
    }

    static func isStale(_ error: BranchLiteError) -> Bool { error.code == "BL_STALE_SNAPSHOT" || error.code == "BL_STALE_HEAD" }

    func versioned(_ point: StoreContext.Point) -> String { "@\(point.name)@\(point.version.rawValue)" }

    func changedTables(_ result: MergeResult) -> Int {
        let names = result.tables.filter { $0.inserted + $0.updated + $0.deleted > 0 }.map { foldedASCII($0.table) }
        return Set(names + result.schemaChanges.filter { $0.type == .table }.map { foldedASCII($0.name) }).count
    }
}
