import Engine
import PageStore

/// `vacuum`: branches give their free pages back, and the file is cut to what is in use.
extension StoreContext {
    /// A branch is compacted by itself when it has so many free pages and they are such a part of all its pages.
    private static let freePages: UInt32 = 32
    private static let freePart: UInt32 = 16
    static let vacuumPatience: Duration = .seconds(5)
    /// Of the statement VACUUM, which programs send as a matter of course.
    static let statementPatience: Duration = .milliseconds(500)

    /// - Parameter patience: how long to wait, in all, for moments in which nobody reads or writes.
    func vacuum(_ request: VacuumRequest, origin: String, patience: Duration = vacuumPatience) throws(BranchLiteError) -> VacuumResult {
        try requireOpen()
        if configuration.readOnly { throw BranchLiteError("BL_READ_ONLY", "the store is open for reading only") }
        var freed = 0
        if let reference = request.branch {
            freed = try compact(try resolve(reference).id, origin: origin)
        } else {
            for id in registry.ids where isWorthCompacting(id) {
                do throws(BranchLiteError) {
                    freed += try compact(id, origin: origin)
                } catch {
                    // A branch that is written now, or that has gone meanwhile, keeps its free pages until the next time.
                    guard error.code == EngineErrorCode.busy || registry.entry(id)?.record.isLiving != true else { throw error }
                }
            }
        }
        if request.dropHistory { try dropHistory() }
        let report = try mapStore { () throws(StoreError) in
            try store.reclaim()
            return try store.vacuum(patience: patience)
        }
        return VacuumResult(
            bytesBefore: report.bytesBefore, bytesAfter: report.bytesAfter, freedPages: freed, movedPages: report.movedImages,
            historyBytes: try historyUsage().bytes, complete: report.isComplete)
    }

    private func isWorthCompacting(_ id: BranchID) -> Bool {
        guard let status = registry.entry(id)?.record.status, status == .active, let snapshot = try? store.snapshot(of: id),
            let free = try? SnapshotPages(snapshot, pageSize: store.pageSize).freePages()
        else { return false }
        return free >= StoreContext.freePages && free >= snapshot.pageCount / StoreContext.freePart
    }

    /// SQLite moves the branch's free pages to its end and cuts them off, as one version.
    /// - Returns: pages that were cut off.
    private func compact(_ id: BranchID, origin: String) throws(BranchLiteError) -> Int {
        let before = try snapshot(of: id).pageCount
        let source = self.origin(origin, "VACUUM")
        try mapEngine { () throws(EngineError) in
            try engine.withConnection(.head(id)) { connection throws(EngineError) in
                connection.commitOrigin = source
                defer { connection.commitOrigin = [] }
                try connection.vacuum()
            }
        }
        let after = try snapshot(of: id).pageCount
        return before > after ? Int(before - after) : 0
    }

    /// Drops the older versions that nothing needs. Discarded branches stay.
    private func dropHistory() throws(BranchLiteError) {
        let items = try mapStore { () throws(StoreError) in try store.historyItems(discarded: []) }
        retention.condemn(Set(items.map(\.version)))
        defer { retention.condemn([]) }
        try mapStore { () throws(StoreError) in _ = try store.reclaim() }
    }
}
