import Engine
import PageStore
import SQLDialect

extension MergeAttempt {
    /// The version has two parents, unless only some tables were merged: then the rest is still to come.
    func commit(_ connection: Connection) throws(BranchLiteError) -> VersionID {
        let parent: VersionID? = tables == nil ? source.version : nil
        let message = request.message.map { ": " + $0 } ?? ""
        connection.commitOrigin = context.origin(origin, "MERGE \(source.name)\(message)")
        defer { connection.commitOrigin = [] }
        let (target, context) = (target, context)
        return try context.registry.change(target.id) { (record: inout BranchRecord) throws(BranchLiteError) in
            if record.status == .merged { record.status = .active }
            // A live branch's own tables have come up to what was merged into them.
            if record.mode == .live { self.rebase(&record, exists: self.sides?.sourceSide) }
        } write: { metadata throws(BranchLiteError) in
            connection.noteForNextCommit(mergedFrom: parent, metadata: metadata)
            if let version = try mapEngine({ () throws(EngineError) in try connection.transaction.commit() }) { return version }
            // No page differs, but that the branch was merged is a fact of its own.
            return try mapStore { () throws(StoreError) in
                try context.store.moveHead(of: target.id, to: target.version, mergedFrom: parent, expectedHead: target.version, metadata: metadata)
            }
        }
    }

    /// A merge of a live branch that found nothing to do: the bases of its own tables move on all the same.
    func rebaseLive() throws(BranchLiteError) {
        let live = source.entry.record.mode == .live ? source : target
        if live.isFixed { return }
        let side = live.id == target.id ? sides?.sourceSide : nil
        try context.registry.change(live.id) { (record: inout BranchRecord) throws(BranchLiteError) in rebase(&record, exists: side) }
        context.pinNeededVersions()
    }

    /// The next merge of a live branch's own tables starts from what was merged now. Tables that became its own meanwhile have a
    /// base of their own.
    func rebase(_ record: inout BranchRecord, exists side: VersionSide?) {
        for (key, mark) in record.owned where (tables.map { $0.contains(key) } ?? true) && sides?.own?[key] == mark {
            // A table that the other side does not have stays the branch's own making.
            if mark.kind == .created, let side, !side.schema.contains(mark.name) { continue }
            var mark = mark
            mark.base = source.version
            if mark.kind == .created { mark.kind = .materialized }
            record.owned[key] = mark
        }
    }

    /// The source's record says that it was merged. This is one record after the merge itself: a crash in between leaves a merged
    /// branch that only does not say so (a snapshot branch's next merge base comes from the version's parents; a live branch
    /// would find everything merged already, as equal rows).
    func record(_ result: MergeResult) throws(BranchLiteError) {
        let isLiveSource = source.entry.record.mode == .live
        if source.id != .main, !source.isFixed, tables == nil || isLiveSource {
            let (source, target, context, tables) = (source, target, context, tables)
            let version = VersionID(rawValue: result.version)
            try context.registry.change(source.id) { (record: inout BranchRecord) throws(BranchLiteError) in
                // Written meanwhile: then it is more than was merged.
                if tables == nil, (try? context.head(of: source.id)) == source.version { record.status = .merged }
                record.merged = BranchRecord.MergeMark(target: target.id, sourceVersion: source.version, targetVersion: version, time: context.clock.now())
                if isLiveSource { self.rebase(&record, exists: nil) }
            }
        }
        if isLive { context.pinNeededVersions() }
        let message = request.message.map { " (\($0))" } ?? ""
        context.audit.note(
            "merge", branch: source.id, name: source.name, origin: origin,
            detail: "into \(target.name)\(message)", at: context.clock.now(), version: VersionID(rawValue: result.version))
    }

    /// Discards the branch where that was asked for. The merge stands whatever comes of it; the result says what did.
    func finished(_ result: MergeResult) -> MergeResult {
        guard request.discard, !request.dryRun else { return result }
        close()
        var result = result
        do throws(BranchLiteError) {
            if source.isFixed {
                throw BranchLiteError("BL_BAD_ARGUMENT", "a version of a branch was merged: the branch itself is not discarded", details: ["argument": "discard"])
            }
            result.discarded = try context.discardBranch("@" + source.name, force: false, purge: false, origin: origin, ownSessions: ownSessions).discarded
        } catch {
            result.discarded = false
            result.discardError = MergeDiscardError(code: error.code, message: error.message)
        }
        return result
    }
}
