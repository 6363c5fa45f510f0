import Engine
import PageStore
import SQLDialect

extension StoreContext {
    /// Merges a branch into another: `branch_merge`; with `dryRun` also `branch_conflicts`.
    /// - Parameter origin: who asked, for the version's origin and the audit trail.
    func merge(_ request: MergeRequest, origin: String) throws(BranchLiteError) -> MergeResult {
        try requireBranching()
        let settlement = try Settlement(strategy: request.strategy ?? configuration.mergeStrategy, resolutions: request.resolutions)
        // The target may move while the merge is planned: then it is planned again, at last while the target's writer slot is held.
        for attempt in 1...StoreContext.mergeAttempts {
            var held: Connection?
            if attempt == StoreContext.mergeAttempts { held = try writer(of: try resolve(request.target).id) }
            let merge: Merge
            do throws(BranchLiteError) {
                merge = try Merge(self, request, settlement, origin: origin, held: held)
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
    /// The target's connection, with its writer slot.
    private var connection: Connection?
    private var metConflicts: Set<String> = []
    /// The changes to each planned table, by its place in the plan, where they are few enough to keep: else the rows are gone
    /// through again for the apply.
    private var operations: [Int: [RowOperation]] = [:]
    private var room = Merge.keptBytes

    /// Memory for changes between plan and apply.
    private static let keptBytes = 48 << 20

    init(
        _ context: StoreContext, _ request: MergeRequest, _ settlement: Settlement, origin: String, held: Connection?
    ) throws(BranchLiteError) {
        self.context = context
        self.request = request
        self.settlement = settlement
        self.origin = origin
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
            violations: [])
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
        let sides = try MergeSides(context, source: source, target: target, bases: bases)
        self.sides = sides
        if let own = sides.own, own.isEmpty { return finished(empty(.upToDate)) }
        if let tables { try requireTables(tables, sides) }
        if bases == [target.version], tables == nil { return try fastForward() }
        let plan = try SchemaMerger(sides, settlement, tables: tables).plan
        var result = empty(.merged)
        result.schemaChanges = plan.changes
        result.conflicts = plan.unsettled
        try planRows(plan, sides, &result)
        if !result.conflicts.isEmpty { return refused(result) }
        try refuseStaleResolutions(plan)
        let isUnchanged = result.schemaChanges.isEmpty && result.tables.allSatisfy { $0.inserted + $0.updated + $0.deleted == 0 }
        if isUnchanged, isLive || tables != nil || request.dryRun { return finished(empty(.upToDate)) }
        return try apply(plan, sides, result)
    }

    private func refused(_ result: MergeResult) -> MergeResult {
        var result = result
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

    /// The target has not moved since the branches parted: it takes the source's root. What changed is counted for the report
    /// before the target's writer slot is taken; the move itself is O(1).
    private func fastForward() throws(BranchLiteError) -> MergeResult? {
        var result = empty(.merged)
        result.fastForward = true
        let diff = try context.diff(DiffRequest(branch: versioned(source), base: versioned(target), against: .head))
        result.schemaChanges = diff.schema
        result.tables = diff.tables.map { TableMergeCount(table: $0.table, inserted: $0.inserted, updated: $0.updated, deleted: $0.deleted, conflicts: 0) }
        result.merged = changedTables(result)
        if request.dryRun { return result }
        do throws(BranchLiteError) {
            let version = if connection != nil { try moveHead() } else { try context.withWriter(of: target.id) { () throws(BranchLiteError) in try moveHead() } }
            result.version = version.rawValue
        } catch {
            if Merge.isStale(error) { return nil }
            throw error
        }
        return finished(try recorded(result))
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

    // MARK: - Plan

    /// Goes through the rows of one table. Calls `apply` with each change that the merge makes.
    private func mergeRows(
        _ table: TableMergePlan, _ sides: MergeSides, _ apply: (RowOperation) throws(BranchLiteError) -> Void
    ) throws(BranchLiteError) -> (counts: TableMergeCount, conflicts: [MergeConflict], met: Set<String>)? {
        switch table.rows {
        case .none: return nil
        case .all, .merge:
            let merger = try TableMerger(sides, table, settlement)
            try merger.run(apply)
            return (merger.counts, merger.conflicts, merger.met)
        case .mergeVirtual:
            var merger = VirtualTableMerger(sides, table.name, settlement)
            try merger.run(apply)
            return (merger.counts, merger.conflicts, merger.met)
        }
    }

    /// Goes through all rows without touching anything: counts and conflicts.
    private func planRows(_ plan: SchemaMergePlan, _ sides: MergeSides, _ result: inout MergeResult) throws(BranchLiteError) {
        for (index, table) in plan.tables.enumerated() {
            var kept: [RowOperation] = []
            let outcome = try mergeRows(table, sides) { (operation: RowOperation) throws(BranchLiteError) in
                guard room >= 0 else { return }
                room -= operation.approximateBytes
                kept.append(operation)
                if room < 0 { kept = [] }
            }
            guard let outcome else { continue }
            if room >= 0 { operations[index] = kept }
            metConflicts.formUnion(outcome.met)
            result.conflicts += outcome.conflicts
            let counts = outcome.counts
            if counts.inserted + counts.updated + counts.deleted + counts.conflicts > 0 { result.tables.append(counts) }
        }
        result.merged = changedTables(result)
    }

    /// A resolution made for a conflict that is not there (any more) was made for other values than those at hand.
    private func refuseStaleResolutions(_ plan: SchemaMergePlan) throws(BranchLiteError) {
        guard let first = settlement.conflictIDs.subtracting(metConflicts).subtracting(plan.conflictIDs).min() else { return }
        throw BranchLiteError(
            "BL_STALE_RESOLUTION", "there is no conflict \(first) (any more): its values have changed since it was reported",
            hint: "ask for the conflicts again", details: ["conflict_id": .string(first)])
    }

    // MARK: - Apply

    /// In one transaction on the target: all of it or nothing. Nil: the target moved.
    private func apply(_ plan: SchemaMergePlan, _ sides: MergeSides, _ planned: MergeResult) throws(BranchLiteError) -> MergeResult? {
        var result = planned
        let connection = if let held = self.connection { held } else { try context.writer(of: target.id) }
        self.connection = connection
        // Whatever happens, nothing stays open: `close` gives the connection back, which rolls back.
        guard try context.head(of: target.id) == target.version else { return nil }
        result.violations = try connection.suspended { () throws(BranchLiteError) in try write(plan, sides, connection) }
        if result.violations.isEmpty {
            let changed = Set(plan.tables.map { foldedASCII($0.name) })
            result.violations = try ForeignKeyCheck(connection: connection, before: [sides.targetSide, sides.sourceSide], changed: changed).violations()
        }
        if !result.violations.isEmpty {
            connection.transaction.abandon()
            return refused(result)
        }
        if request.dryRun {
            connection.transaction.abandon()
            return result
        }
        do throws(BranchLiteError) {
            result.version = try commit(connection).rawValue
        } catch {
            if Merge.isStale(error) { return nil }
            throw error
        }
        return finished(try recorded(result))
    }

    private func write(_ plan: SchemaMergePlan, _ sides: MergeSides, _ connection: Connection) throws(BranchLiteError) -> [MergeViolation] {
        let schema = SchemaApplier(connection, sides, plan)
        var violations: [MergeViolation] = []
        try schema.dropObjects()
        try schema.changeTables()
        for (index, table) in plan.tables.enumerated() {
            if let known = operations[index], known.isEmpty { continue }
            guard let info = try SchemaCache.schema(on: connection).table(table.name) else { continue }
            let applier = RowApplier(connection, info)
            if let known = operations[index] {
                for operation in known { try applier.apply(operation) }
            } else {
                _ = try mergeRows(table, sides) { (operation: RowOperation) throws(BranchLiteError) in try applier.apply(operation) }
            }
            try applier.finish()
            violations += applier.violations
        }
        // Rows that break a constraint are not there: what is checked next would find what is none of theirs.
        if !violations.isEmpty { return violations }
        try schema.tightenTables()
        try schema.raiseSequences { name in
            (tables.map { $0.contains(foldedASCII(name)) } ?? true) && (sides.own.map { $0[foldedASCII(name)] != nil } ?? true)
        }
        try schema.makeObjects()
        try schema.rebuildFullText(changed: Set(plan.tables.map { foldedASCII($0.name) }))
        return schema.violations
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
            if record.mode == .live { Merge.rebase(&record, on: source.version, only: self.tables, exists: self.sides?.sourceSide) }
        } write: { metadata throws(BranchLiteError) in
            connection.noteForNextCommit(mergedFrom: parent, metadata: metadata)
            if let version = try mapEngine({ () throws(EngineError) in try connection.transaction.commit() }) { return version }
            // No page differs, but that the branch was merged is a fact of its own.
            return try mapStore { () throws(StoreError) in
                try context.store.moveHead(of: target.id, to: target.version, mergedFrom: parent, expectedHead: target.version, metadata: metadata)
            }
        }
    }

    /// The next merge of a live branch's own tables starts from what was merged now.
    private static func rebase(_ record: inout BranchRecord, on version: VersionID, only tables: Set<String>?, exists side: VersionSide?) {
        for (key, mark) in record.owned where tables.map({ $0.contains(key) }) ?? true {
            // A table that the other side does not have stays the branch's own making.
            if mark.kind == .created, let side, !side.schema.contains(mark.name) { continue }
            var mark = mark
            mark.base = version
            if mark.kind == .created { mark.kind = .materialized }
            record.owned[key] = mark
        }
    }

    /// The source's record says that it was merged. This is one record after the merge itself: a crash in between leaves a merged
    /// branch that only does not say so (a snapshot branch's next merge base comes from the version's parents; a live branch
    /// would find everything merged already, as equal rows).
    private func recorded(_ result: MergeResult) throws(BranchLiteError) -> MergeResult {
        let isLiveSource = source.entry.record.mode == .live
        if source.id != .main, !source.isFixed, tables == nil || isLiveSource {
            let (source, target, context, tables) = (source, target, context, tables)
            let version = VersionID(rawValue: result.version)
            try context.registry.change(source.id) { (record: inout BranchRecord) throws(BranchLiteError) in
                // Written meanwhile: then it is more than was merged.
                if tables == nil, (try? context.head(of: source.id)) == source.version { record.status = .merged }
                record.merged = BranchRecord.MergeMark(target: target.id, sourceVersion: source.version, targetVersion: version, time: context.clock.now())
                if isLiveSource { Merge.rebase(&record, on: source.version, only: tables, exists: nil) }
            }
        }
        if isLive { context.pinNeededVersions() }
        let message = request.message.map { " (\($0))" } ?? ""
        context.audit.note(
            "merge", branch: source.id, name: source.name, origin: origin,
            detail: "into \(target.name)\(message)", at: context.clock.now(), version: VersionID(rawValue: result.version))
        return result
    }

    private func finished(_ result: MergeResult) -> MergeResult {
        if request.discard, !request.dryRun, !source.isFixed, source.id != .main {
            close()
            // The merge stands whatever comes of this; a branch that cannot go is still there to be discarded by itself.
            _ = try? context.discardBranch("@" + source.name, force: true, purge: false, origin: origin)
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
