import Engine
import PageStore
import SQLDialect

/// One attempt at a merge. Belongs to one thread.
final class MergeAttempt {
    let context: StoreContext
    let request: MergeRequest
    let settlement: Settlement
    let origin: String
    let source: StoreContext.Point
    let target: StoreContext.Point
    let tables: Set<String>?
    var sides: MergeSides?
    /// How the source's rows are numbered in the target, by the folded name of each merged table without a key.
    var rowNumbers: [String: RowNumbers] = [:]
    /// The target's connection, with its transaction open.
    var connection: Connection?
    /// The writer slot was taken before anything was planned.
    let isHeld: Bool
    let ownSessions: Int
    let log: ConflictLog
    var foreignKeys: ForeignKeyCheck?

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

    func empty(_ status: MergeStatus) -> MergeResult {
        MergeResult(
            status: status, branch: source.name, target: target.name, dryRun: request.dryRun, fastForward: false, version: target.version.rawValue,
            sourceVersion: source.version.rawValue, targetVersion: target.version.rawValue, merged: 0, tables: [], schemaChanges: [], conflicts: [],
            violations: [], counted: status == .upToDate)
    }

    var isLive: Bool { source.entry.record.mode == .live || target.entry.record.mode == .live }

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
        let sides = try MergeSides(context, source: source, target: target, bases: bases, only: tables, settlement)
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
    func holdsSame(_ version: VersionID, as base: VersionID) throws(BranchLiteError) -> Bool {
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

    func refused(_ result: MergeResult) -> MergeResult {
        var result = result
        result.conflicts = log.listed
        result.conflictCount = log.count
        result.status = settlement.strategy == .abort ? .aborted : .conflicts
        result.merged = 0
        return result
    }

    func requireTables(_ wanted: Set<String>, _ sides: MergeSides) throws(BranchLiteError) {
        let known = sides.sourceSide.schema.tableNames + sides.targetSide.schema.tableNames
        for name in request.tables ?? [] {
            let merged = sides.mergedNames([foldedASCII(name)])
            if known.contains(where: { equalIgnoringASCIICase($0, name) || merged.contains(foldedASCII($0)) }) { continue }
            // One that both sides have dropped since is no mistake.
            if try sides.bases(of: name).contains(where: { $0.schema.contains(name) }) { continue }
            throw BranchLiteError(
                "BL_NO_SUCH_TABLE", "neither '\(source.name)' nor '\(target.name)' has a table '\(name)'",
                hint: NearestName.of(name, among: known).map { "did you mean '\($0)'?" }, details: ["table": .string(name)])
        }
    }
}
