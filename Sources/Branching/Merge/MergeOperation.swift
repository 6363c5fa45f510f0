import Engine
import PageStore
import SQLDialect

extension StoreContext {
    /// Merges a branch into another: `branch_merge`; with `dryRun` also `branch_conflicts`.
    /// - Parameters:
    ///   - origin: who asked, for the version's origin and the audit trail.
    ///   - ownSessions: sessions of the caller on the branch, which do not keep it from being discarded.
    func merge(_ request: MergeRequest, origin: String, ownSessions: Int = 0) throws(BranchLiteError) -> MergeResult {
        try requireBranching()
        guard request.conflictLimit >= 0 else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "conflict_limit must be 0 or more, not \(request.conflictLimit)", details: ["argument": "conflict_limit"])
        }
        let settlement = try Settlement(strategy: request.strategy ?? configuration.mergeStrategy, resolutions: request.resolutions)
        // The target may move while the merge is made: then it is made again, at last while the target's writer slot is held. A dry
        // run never takes that: it only has to begin before the head that it has looked up moves.
        let attempts = request.dryRun ? StoreContext.dryRunAttempts : StoreContext.mergeAttempts
        for attempt in 1...attempts {
            let holds = attempt == attempts && !request.dryRun
            let held = holds ? try writer(of: try resolve(request.target).id) : nil
            let merge: Merge
            do throws(BranchLiteError) {
                merge = try Merge(self, request, settlement, origin: origin, held: held, ownSessions: ownSessions)
            } catch {
                if let held { engine.checkin(held) }
                throw error
            }
            defer { merge.close() }
            if let result = try merge.run() { return result }
        }
        throw BranchLiteError("BL_STALE_TARGET", "'\(request.target)' kept moving while the merge was planned", hint: "try again")
    }

    private static let mergeAttempts = 4
    private static let dryRunAttempts = 100

    /// A connection to a branch with its writer slot taken and a transaction open.
    fileprivate func writer(of id: BranchID) throws(BranchLiteError) -> Connection {
        let connection = try mapEngine { () throws(EngineError) in try engine.checkout(.head(id)) }
        do throws(EngineError) {
            try connection.transaction.begin(.readCommitted)
            try connection.transaction.prepareToWrite()
            return connection
        } catch {
            engine.checkin(connection)
            throw BranchLiteError(error)
        }
    }

    /// A connection to a branch with a transaction open that nobody sees, and that nobody waits for. Nil: the branch is at another
    /// version by now.
    fileprivate func privateWriter(of id: BranchID, at version: VersionID) throws(BranchLiteError) -> Connection? {
        let connection = try mapEngine { () throws(EngineError) in try engine.checkout(.head(id)) }
        do throws(EngineError) {
            try connection.transaction.begin(.readCommitted)
            if try connection.transaction.prepareToWritePrivately() == version { return connection }
            engine.checkin(connection)
            return nil
        } catch {
            engine.checkin(connection)
            throw BranchLiteError(error)
        }
    }
}

/// One attempt at a merge. Belongs to one thread.
private final class Merge {
    private let context: StoreContext
    private let request: MergeRequest
    private let settlement: Settlement
    private let origin: String
    private let source: StoreContext.Point
    private let target: StoreContext.Point
    private let tables: Set<String>?
    private var sides: MergeSides?
    /// How the source's rows are numbered in the target, by the folded name of each merged table without a key.
    private var rowNumbers: [String: RowNumbers] = [:]
    /// The target's connection, with its transaction open.
    private var connection: Connection?
    /// The writer slot was taken before anything was planned.
    private let isHeld: Bool
    private let ownSessions: Int
    private let log: ConflictLog
    private var foreignKeys: ForeignKeyCheck?

    init(
        _ context: StoreContext, _ request: MergeRequest, _ settlement: Settlement, origin: String, held: Connection?, ownSessions: Int
    ) throws(BranchLiteError) {
        self.context = context
        self.request = request
        self.settlement = settlement
        self.origin = origin
        self.ownSessions = ownSessions
        isHeld = held != nil
        log = ConflictLog(limit: request.conflictLimit, resolved: settlement.conflictIDs)
        source = try context.resolve(request.branch)
        target = try context.resolve(request.target)
        tables = request.tables.map { names in Set(names.map { foldedASCII($0) }) }
        if target.isFixed {
            throw BranchLiteError("BL_BAD_ARGUMENT", "the target of a merge is a branch, not a version of one ('\(request.target)')", details: ["argument": "target"])
        }
        if source.id == target.id {
            throw BranchLiteError("BL_MERGE_INTO_ITSELF", "'\(source.name)' cannot be merged into itself", details: ["branch": .string(source.name)])
        }
        let record = target.entry.record
        if record.mode == .live, record.parent != source.id {
            throw BranchLiteError(
                "BL_UNSUPPORTED", "'\(target.name)' is a live branch: only what it was forked from ('\(record.parentName)') can be merged into it",
                hint: "merge '\(source.name)' into '\(record.parentName)'; tables that '\(target.name)' has not written follow it")
        }
        if let expected = request.expectedVersion, expected != target.version.rawValue {
            throw BranchLiteError(
                "BL_STALE_TARGET", "'\(target.name)' is at version \(target.version.rawValue), not \(expected)", hint: "look at the target again",
                details: ["version": .integer(Int64(clamping: target.version.rawValue))])
        }
        connection = held
    }

    func close() {
        sides?.close()
        if let connection { context.engine.checkin(connection) }
        connection = nil
    }

    private func empty(_ status: MergeStatus) -> MergeResult {
        MergeResult(
            status: status, branch: source.name, target: target.name, dryRun: request.dryRun, fastForward: false, version: target.version.rawValue,
            sourceVersion: source.version.rawValue, targetVersion: target.version.rawValue, merged: 0, tables: [], schemaChanges: [], conflicts: [],
            violations: [], counted: status == .upToDate)
    }

    private var isLive: Bool { source.entry.record.mode == .live || target.entry.record.mode == .live }

    /// Nil: the target moved meanwhile.
    func run() throws(BranchLiteError) -> MergeResult? {
        var bases: [VersionID] = []
        if !isLive {
            bases = context.store.mergeBases(source.version, target.version)
            guard let best = bases.first else {
                throw BranchLiteError("BL_NO_MERGE_BASE", "'\(source.name)' and '\(target.name)' have no common version")
            }
            if best == source.version { return finished(empty(.upToDate)) }
        }
        if bases.count == 1, tables == nil, let base = bases.first, try holdsSame(target.version, as: base) { return try fastForward() }
        if connection == nil { connection = try context.privateWriter(of: target.id, at: target.version) }
        if connection == nil { return nil }
        let sides = try MergeSides(context, source: source, target: target, bases: bases, settlement)
        self.sides = sides
        if let own = sides.own, own.isEmpty { return finished(empty(.upToDate)) }
        if let tables { try requireTables(tables, sides) }
        let plan = try SchemaMerger(sides, settlement, tables: tables).plan
        var result = empty(.merged)
        result.schemaChanges = plan.changes
        for conflict in plan.unsettled { log.leave { conflict } }
        if log.count > 0 {
            // Nothing will be applied, but all conflicts are told.
            try walk(plan, sides, nil, &result)
            return refused(result)
        }
        return try apply(plan, sides, result)
    }

    /// Whether two versions have the same pages: the same version, or one that a head was moved to (an earlier fast-forward, a
    /// restore). Cost: none, they share the root of their page maps.
    private func holdsSame(_ version: VersionID, as base: VersionID) throws(BranchLiteError) -> Bool {
        if version == base { return true }
        let (now, was) = (try context.snapshot(at: version), try context.snapshot(at: base))
        guard now.pageCount == was.pageCount else { return false }
        var isSame = true
        do {
            try now.forEachChangedPage(since: was) { _ in
                isSame = false
                return false
            }
        } catch let error as StoreError {
            throw BranchLiteError(error)
        } catch {
            throw BranchLiteError("BL_INTERNAL", "two versions cannot be compared: \(error)")
        }
        return isSame
    }

    private func refused(_ result: MergeResult) -> MergeResult {
        var result = result
        result.conflicts = log.listed
        result.conflictCount = log.count
        result.status = settlement.strategy == .abort ? .aborted : .conflicts
        result.merged = 0
        return result
    }

    private func requireTables(_ wanted: Set<String>, _ sides: MergeSides) throws(BranchLiteError) {
        let known = sides.sourceSide.schema.tableNames + sides.targetSide.schema.tableNames
        for name in request.tables ?? [] where !known.contains(where: { equalIgnoringASCIICase($0, name) }) {
            // One that both sides have dropped since is no mistake.
            if try sides.bases(of: name).contains(where: { $0.schema.contains(name) }) { continue }
            throw BranchLiteError(
                "BL_NO_SUCH_TABLE", "neither '\(source.name)' nor '\(target.name)' has a table '\(name)'",
                hint: NearestName.of(name, among: known).map { "did you mean '\($0)'?" }, details: ["table": .string(name)])
        }
    }

    // MARK: - Fast-forward

    /// The target has not moved since the branches parted: it takes the source's root, which is O(1). What that changed is counted
    /// for the report afterwards, while nothing is held but the two versions.
    private func fastForward() throws(BranchLiteError) -> MergeResult? {
        var result = empty(.merged)
        result.fastForward = true
        if request.dryRun { return request.counts ? try counted(result) : result }
        let kept = request.counts ? try context.snapshot(at: target.version) : nil
        do throws(BranchLiteError) {
            let version = if connection != nil { try moveHead() } else { try context.withWriter(of: target.id) { () throws(BranchLiteError) in try moveHead() } }
            result.version = version.rawValue
        } catch {
            if Merge.isStale(error) { return nil }
            throw error
        }
        try record(result)
        // The merge stands, whether its changes can be counted or not.
        if let kept { result = withExtendedLifetime(kept) { (try? counted(result)) ?? result } }
        return finished(result)
    }

    private func counted(_ result: MergeResult) throws(BranchLiteError) -> MergeResult {
        var result = result
        let diff = try context.diff(DiffRequest(branch: versioned(source), base: versioned(target), against: .head))
        result.counted = true
        result.schemaChanges = diff.schema
        result.tables = diff.tables.map { TableMergeCount(table: $0.table, inserted: $0.inserted, updated: $0.updated, deleted: $0.deleted, conflicts: 0) }
        result.merged = changedTables(result)
        return result
    }

    private func moveHead() throws(BranchLiteError) -> VersionID {
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

    private static func isStale(_ error: BranchLiteError) -> Bool { error.code == "BL_STALE_SNAPSHOT" || error.code == "BL_STALE_HEAD" }

    private func versioned(_ point: StoreContext.Point) -> String { "@\(point.name)@\(point.version.rawValue)" }

    private func changedTables(_ result: MergeResult) -> Int {
        let names = result.tables.filter { $0.inserted + $0.updated + $0.deleted > 0 }.map { foldedASCII($0.table) }
        return Set(names + result.schemaChanges.filter { $0.type == .table }.map { foldedASCII($0.name) }).count
    }

    // MARK: - Rows

    /// Goes through the rows of one table. Calls `apply` with each change that the merge makes.
    private func mergeRows(
        _ table: TableMergePlan, _ sides: MergeSides, _ apply: (RowOperation) throws(BranchLiteError) -> Void
    ) throws(BranchLiteError) -> TableMergeCount? {
        switch table.rows {
        case .none: return nil
        case .all, .merge:
            let merger = try TableMerger(sides, table, settlement, log)
            try merger.run(apply)
            rowNumbers[foldedASCII(table.name)] = merger.rowNumbers
            return merger.counts
        case .mergeVirtual:
            var merger = VirtualTableMerger(sides, table.name, settlement, log)
            try merger.run(apply)
            return merger.counts
        }
    }

    /// Goes through all rows, and makes the changes on the connection until a conflict is met that nobody has settled.
    private func walk(_ plan: SchemaMergePlan, _ sides: MergeSides, _ connection: Connection?, _ result: inout MergeResult) throws(BranchLiteError) {
        let schema = try connection.map { connection throws(BranchLiteError) in try SchemaCache.schema(on: connection) }
        if let connection, let schema { foreignKeys = ForeignKeyCheck(connection, sides, plan, schema) }
        for table in plan.tables {
            var applier: RowApplier?
            if let connection, log.count == 0, let info = schema?.table(table.name) {
                applier = RowApplier(connection, info, foreignKeys?.recorder(of: info))
            }
            let counts = try mergeRows(table, sides) { (operation: RowOperation) throws(BranchLiteError) in
                if let applier, log.count == 0 { try applier.apply(operation) }
            }
            if let applier, log.count == 0 {
                try applier.finish()
                result.violations += applier.violations.map { MergeViolation($0, sides) }
            }
            if let counts, counts.inserted + counts.updated + counts.deleted + counts.conflicts > 0 { result.tables.append(counts) }
        }
        result.counted = true
        result.merged = changedTables(result)
    }

    /// A resolution made for a conflict that is not there (any more) was made for other values than those at hand.
    private func refuseStaleResolutions(_ plan: SchemaMergePlan) throws(BranchLiteError) {
        guard let first = settlement.conflictIDs.subtracting(log.met).subtracting(plan.conflictIDs).min() else { return }
        throw BranchLiteError(
            "BL_STALE_RESOLUTION", "there is no conflict \(first) (any more): its values have changed since it was reported",
            hint: "ask for the conflicts again", details: ["conflict_id": .string(first)])
    }

    // MARK: - Apply

    /// In one transaction that nobody sees until it is whole: all of it or nothing. The target's writer slot is taken for its end
    /// alone. Nil: the target moved.
    private func apply(_ plan: SchemaMergePlan, _ sides: MergeSides, _ planned: MergeResult) throws(BranchLiteError) -> MergeResult? {
        var result = planned
        // Whatever happens, nothing stays open: `close` gives the connection back, which rolls back.
        guard let connection else { return nil }
        if isHeld, try context.head(of: target.id) != target.version { return nil }
        try SchemaApplier.rename(connection, sides)
        try connection.suspended { () throws(BranchLiteError) in try write(plan, sides, connection, &result) }
        if log.count > 0 {
            connection.transaction.abandon()
            return refused(result)
        }
        try refuseStaleResolutions(plan)
        if result.violations.isEmpty, let foreignKeys, foreignKeys.isConcerned {
            result.violations = try foreignKeys.violations(try SchemaCache.schema(on: connection)).map { MergeViolation($0, sides) }
        }
        if !result.violations.isEmpty {
            connection.transaction.abandon()
            return refused(result)
        }
        let isUnchanged = result.schemaChanges.isEmpty && result.tables.allSatisfy { $0.inserted + $0.updated + $0.deleted == 0 }
        if isUnchanged, isLive || tables != nil || request.dryRun {
            connection.transaction.abandon()
            // What both sides changed alike is what later merges of a live branch's tables have to start from.
            if isLive, !request.dryRun { try rebaseLive() }
            return finished(empty(.upToDate))
        }
        if request.dryRun {
            connection.transaction.abandon()
            return result
        }
        do throws(BranchLiteError) {
            if !isHeld { try mapEngine { () throws(EngineError) in try connection.transaction.claimWriter() } }
            result.version = try commit(connection).rawValue
        } catch {
            if Merge.isStale(error) { return nil }
            throw error
        }
        try record(result)
        return finished(result)
    }

    private func write(_ plan: SchemaMergePlan, _ sides: MergeSides, _ connection: Connection, _ result: inout MergeResult) throws(BranchLiteError) {
        let schema = SchemaApplier(connection, sides, plan)
        try schema.dropObjects()
        try schema.changeTables()
        try walk(plan, sides, connection, &result)
        // Rows that break a constraint are not there: what is checked next would find what is none of theirs.
        if log.count > 0 || !result.violations.isEmpty { return }
        try schema.tightenTables()
        try schema.raiseSequences { name in
            (tables.map { $0.contains(foldedASCII(name)) } ?? true) && (sides.own.map { $0[foldedASCII(name)] != nil } ?? true)
        }
        try schema.makeObjects()
        try schema.writeIdentities()
        try schema.writeRowNumbers(rowNumbers)
        // A live branch knows the base of each of its tables by itself.
        if !isLive { try schema.writeTablesMerged(tables.map { sides.mergedNames($0) }) }
        try schema.rebuildFullText(changed: Set(plan.tables.map { foldedASCII($0.name) }))
        result.violations += schema.violations.map { MergeViolation($0, sides) }
    }

    /// The version has two parents, unless only some tables were merged: then the rest is still to come.
    private func commit(_ connection: Connection) throws(BranchLiteError) -> VersionID {
        let parent: VersionID? = tables == nil ? source.version : nil
        let message = request.message.map { ": " + $0 } ?? ""
        connection.commitOrigin = context.origin(origin, "MERGE \(source.name)\(message)")
        defer { connection.commitOrigin = [] }
        let (source, target, context) = (source, target, context)
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
    private func rebaseLive() throws(BranchLiteError) {
        let live = source.entry.record.mode == .live ? source : target
        if live.isFixed { return }
        let side = live.id == target.id ? sides?.sourceSide : nil
        try context.registry.change(live.id) { (record: inout BranchRecord) throws(BranchLiteError) in rebase(&record, exists: side) }
        context.pinNeededVersions()
    }

    /// The next merge of a live branch's own tables starts from what was merged now. Tables that became its own meanwhile have a
    /// base of their own.
    private func rebase(_ record: inout BranchRecord, exists side: VersionSide?) {
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
    private func record(_ result: MergeResult) throws(BranchLiteError) {
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
    private func finished(_ result: MergeResult) -> MergeResult {
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

extension Connection {
    /// As `withoutEnforcement`, for a body that throws our errors.
    func suspended<Answer>(_ body: () throws(BranchLiteError) -> Answer) throws(BranchLiteError) -> Answer {
        var outcome: Swift.Result<Answer, BranchLiteError>?
        do throws(EngineError) {
            try withoutEnforcement { () throws(EngineError) in
                do throws(BranchLiteError) {
                    outcome = .success(try body())
                } catch {
                    outcome = .failure(error)
                }
            }
        } catch {
            throw BranchLiteError(error)
        }
        guard let outcome else { throw BranchLiteError("BL_INTERNAL", "the merge did not run") }
        return try outcome.get()
    }
}
