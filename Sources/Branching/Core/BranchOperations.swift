import Engine
import PageStore
import SQLDialect

/// Create, rename, reset, discard and take back. All of them run on the calling thread, and but for `createBranchAtOnce` they may
/// wait there for the disk.
extension StoreContext {
    /// The longest description a branch can have, in bytes: records are small by design.
    static let maximumDescriptionBytes = 4_000
    private static let maximumAgentBytes = 255

    /// Forks a branch.
    /// - Parameters:
    ///   - origin: who asked, for the audit trail.
    ///   - id: the id to use (a `branch_<id>` schema name that a client chose); nil = a fresh one.
    func createBranch(_ request: BranchCreateRequest, origin: String, id wanted: BranchID? = nil) throws(BranchLiteError) -> BranchInfo {
        try requireBranching()
        let (entry, head) = try fork(request, origin: origin, id: wanted)
        return info(entry, head: head, detailed: false)
    }

    /// As `createBranch`, if nothing has to be waited for: no sync, no reading of pages, no other writer of the log. Nil where it
    /// would have to be. For threads that must not wait.
    func createBranchAtOnce(_ request: BranchCreateRequest, origin: String) throws(BranchLiteError) -> BranchInfo? {
        try requireBranching()
        guard !request.durable, BranchReference(request.from).moment == .head else { return nil }
        let from = try resolve(request.from)
        guard from.entry.record.mode == .snapshot, let schema = schemas.known(of: from.id) else { return nil }
        guard let (entry, head) = try fork(request, from, origin: origin, id: nil, atOnce: true) else { return nil }
        return info(entry, head: head, detailed: false, schema: schema)
    }

    /// The fork itself, without the report: what `createBranch` costs beyond it is the caller's choice.
    func fork(
        _ request: BranchCreateRequest, origin: String, id wanted: BranchID? = nil
    ) throws(BranchLiteError) -> (Registry.Entry, VersionID) {
        if let made = try fork(request, try resolve(request.from), origin: origin, id: wanted, atOnce: false) { return made }
        throw BranchLiteError("BL_INTERNAL", "the fork was not made")
    }

    /// - Returns: nil only where it was to be made at once and could not.
    private func fork(
        _ request: BranchCreateRequest, _ from: Point, origin: String, id wanted: BranchID?, atOnce: Bool
    ) throws(BranchLiteError) -> (Registry.Entry, VersionID)? {
        let mode = request.mode ?? configuration.defaultMode
        try checkTexts(request)
        if mode == .live {
            if from.isFixed {
                throw BranchLiteError("BL_UNSUPPORTED", "a live branch follows the head of a branch, not one of its versions")
            }
            if from.entry.record.mode == .live {
                throw BranchLiteError(
                    "BL_UNSUPPORTED", "a live branch forks from main or from a snapshot branch; '\(from.name)' is live itself",
                    hint: "use mode snapshot, or fork from main")
            }
        } else if from.entry.record.mode == .live {
            return try forkOfLive(from, request, origin: origin, id: wanted)
        }
        let ttl = try ttlSeconds(request)
        let id = wanted ?? registry.freshID()
        let name = try registry.reserve(name: request.name, id: id, limit: configuration.maxBranches)
        let now = clock.now()
        let record = BranchRecord(
            name: name, mode: mode, parent: from.id, parentName: from.name, baseVersion: from.version,
            depth: from.entry.record.depth + 1, createdAt: now, lastUsedAt: now, ttlSeconds: ttl, description: request.description,
            agentID: request.agentID)
        let metadata = record.encoded()
        // Known, it makes the next fork one that need not wait.
        if !atOnce, !from.isFixed { _ = try? schemas.schema(of: from.id) }
        do throws(BranchLiteError) {
            // The record names the version it was forked from, so a head that moves meanwhile only makes the fork that much older.
            let isMade = try mapStore { () throws(StoreError) in
                if atOnce { return try store.forkAtOnce(from: from.version, as: id, metadata: metadata) }
                try store.fork(from: from.version, as: id, metadata: metadata, durable: request.durable)
                return true
            }
            guard isMade else {
                registry.cancelReservation(name: name)
                return nil
            }
        } catch {
            registry.cancelReservation(name: name)
            throw error
        }
        retention.add(branch: id)
        let entry = registry.insert(record, bytes: metadata, id: id)
        if !from.isFixed { schemas.adopt(from.version, from: from.id) }
        audit.note("create", branch: id, name: name, origin: request.agentID ?? origin, detail: "from \(request.from)", at: now)
        return (entry, from.version)
    }

    private func checkTexts(_ request: BranchCreateRequest) throws(BranchLiteError) {
        if let text = request.description, text.utf8.count > StoreContext.maximumDescriptionBytes {
            throw BranchLiteError("BL_BAD_ARGUMENT", "the description is longer than \(StoreContext.maximumDescriptionBytes) bytes")
        }
        if let text = request.agentID, text.utf8.count > StoreContext.maximumAgentBytes {
            throw BranchLiteError("BL_BAD_ARGUMENT", "the agent id is longer than \(StoreContext.maximumAgentBytes) bytes")
        }
    }

    private func ttlSeconds(_ request: BranchCreateRequest) throws(BranchLiteError) -> Int64 {
        guard let asked = request.ttlSeconds else { return configuration.branchTTL.wholeSeconds }
        if asked < 0 { throw BranchLiteError("BL_BAD_ARGUMENT", "ttl_seconds must be 0 (never) or more, not \(asked)") }
        return asked
    }

    /// A snapshot branch of a live one: what reads through becomes part of it, as of now.
    private func forkOfLive(
        _ from: Point, _ request: BranchCreateRequest, origin: String, id wanted: BranchID?
    ) throws(BranchLiteError) -> (Registry.Entry, VersionID) {
        if from.isFixed {
            throw BranchLiteError("BL_UNSUPPORTED", "older versions of a live branch cannot be forked: its parent's tables have moved on since")
        }
        let ttl = try ttlSeconds(request)
        let id = wanted ?? registry.freshID()
        let name = try registry.reserve(name: request.name, id: id, limit: configuration.maxBranches)
        let now = clock.now()
        // Forked as a live branch with the same tables of its own, then everything else is made its own.
        var record = from.entry.record
        record.name = name
        record.status = .active
        record.createdAt = now
        record.lastUsedAt = now
        record.ttlSeconds = ttl
        record.description = request.description
        record.agentID = request.agentID
        record.merged = nil
        do throws(BranchLiteError) {
            let metadata = record.encoded()
            try mapStore { () throws(StoreError) in
                try store.fork(from: from.version, as: id, metadata: metadata, durable: request.durable)
            }
            retention.add(branch: id)
            _ = registry.insert(record, bytes: metadata, id: id)
            try materializeEverything(of: id, origin: request.agentID ?? origin)
            try registry.change(id) { (record: inout BranchRecord) throws(BranchLiteError) in
                record.mode = .snapshot
                record.parent = from.id
                record.parentName = from.name
                record.baseVersion = from.version
                record.depth = from.entry.record.depth + 1
                record.owned = [:]
                record.refreshed = [:]
            }
        } catch {
            if registry.entry(id) != nil {
                try? mapStore { () throws(StoreError) in try store.discard(id) }
                registry.remove(id)
            } else {
                registry.cancelReservation(name: name)
            }
            throw error
        }
        audit.note("create", branch: id, name: name, origin: request.agentID ?? origin, detail: "from \(request.from)", at: now)
        return (try registry.living(id), try head(of: id))
    }

    // MARK: - Rename, reset

    func renameBranch(_ reference: String, to name: String, origin: String) throws(BranchLiteError) -> BranchInfo {
        try requireBranching()
        let point = try resolve(reference)
        try refuseMain(point.id, "renamed")
        try registry.rename(point.id, to: name)
        audit.note("rename", branch: point.id, name: name, origin: origin, detail: "was \(point.name)", at: clock.now())
        return try branchInfo(point.id)
    }

    /// Starts the branch again from `to` (nil = its parent's head) with the same id, name and sessions.
    func resetBranch(_ reference: String, to: String?, origin: String) throws(BranchLiteError) -> BranchInfo {
        try requireBranching()
        let point = try resolve(reference)
        try refuseMain(point.id, "reset")
        let target: Point
        if let to {
            target = try resolve(to)
        } else {
            guard let parent = point.entry.record.parent, registry.entry(parent)?.record.isLiving == true else {
                throw BranchLiteError(
                    "BL_BRANCH_GONE", "'\(point.name)' was forked from '\(point.entry.record.parentName)', which was discarded",
                    hint: "say what to reset it to: RESET BRANCH … TO branch")
            }
            target = try resolve("@" + registry.name(of: parent))
        }
        if target.entry.record.mode == .live, target.id != point.id {
            throw BranchLiteError("BL_UNSUPPORTED", "a branch cannot be reset to a live branch ('\(target.name)')")
        }
        if point.entry.record.mode == .live, to != nil, target.id != point.entry.record.parent {
            throw BranchLiteError("BL_UNSUPPORTED", "a live branch can only be reset to the head of its parent")
        }
        let version = try withWriter(of: point.id) { () throws(BranchLiteError) in
            try registry.change(point.id) { (record: inout BranchRecord) throws(BranchLiteError) in
                record.status = .active
                record.merged = nil
                record.owned = [:]
                record.refreshed = [:]
                record.hiddenVersion = target.version
                record.lastUsedAt = clock.now()
                if target.id != point.id {
                    record.baseVersion = target.version
                    record.parent = target.id
                    record.parentName = target.name
                    record.depth = target.entry.record.depth + 1
                }
            } write: { metadata throws(BranchLiteError) in
                try mapStore { () throws(StoreError) in
                    try store.moveHead(of: point.id, to: target.version, mergedFrom: nil, expectedHead: nil, metadata: metadata)
                }
            }
        }
        audit.note("reset", branch: point.id, name: point.name, origin: origin, detail: "to \(target.name)", at: clock.now(), version: version)
        return try branchInfo(point.id)
    }

    /// Holds the branch's writer slot while `body` runs, waiting for it as a writing statement does.
    func withWriter<Answer>(of id: BranchID, _ body: () throws(BranchLiteError) -> Answer) throws(BranchLiteError) -> Answer {
        let slot: WriterSlot
        do throws(StoreError) {
            slot = try store.acquireWriter(of: id, timeout: configuration.busyTimeout, cancelled: { false })
        } catch {
            guard case .writerBusy = error else { throw BranchLiteError(error) }
            throw BranchLiteError(
                EngineErrorCode.busy, "another session writes branch '\(registry.name(of: id))'", hint: "try again when its transaction has ended",
                details: ["branch": .string(registry.name(of: id))])
        }
        defer { slot.release() }
        return try body()
    }

    private func refuseMain(_ id: BranchID, _ verb: String) throws(BranchLiteError) {
        if id == .main {
            throw BranchLiteError(
                "BL_MAIN_BRANCH", "main cannot be \(verb)", hint: verb == "reset" ? "RESTORE BRANCH main TO VERSION n makes an older version its head" : nil,
                details: ["branch": "main"])
        }
    }

    // MARK: - Discard, take back

    /// - Parameters:
    ///   - ownSessions: sessions of the caller on that branch, which do not count as others.
    func discardBranch(
        _ reference: String, force: Bool, purge: Bool, origin: String, ownSessions: Int = 0
    ) throws(BranchLiteError) -> DiscardResult {
        try requireBranching()
        if purge, (try? resolve(reference)) == nil, let trashed = try? registry.resolveTrashed(reference) {
            return try self.purge(trashed.id, origin: origin)
        }
        let point = try resolve(reference)
        try refuseMain(point.id, "discarded")
        let sessions = (registry.entry(point.id)?.sessions ?? 0) - ownSessions
        if sessions > 0, !force {
            throw BranchLiteError(
                "BL_BRANCH_IN_USE", "\(sessions) other session\(sessions == 1 ? " is" : "s are") on branch '\(point.name)'",
                hint: "discard it with force to take it from them", details: ["branch": .string(point.name), "sessions": .integer(Int64(sessions))])
        }
        let bytes = uniqueBytes(of: point.id)
        try detachFollowers(of: point.id, origin: origin)
        if purge || configuration.trash <= .zero { return try self.purge(point.id, bytes: bytes, origin: origin) }
        try trash(point.id, status: .discarded, origin: origin)
        trimTrash(discardedBefore: .min)
        return DiscardResult(discarded: true, branchID: point.id.hex, bytesFreed: bytes)
    }

    /// Moves a branch to the trash: no statement reaches it, `undrop` takes it back.
    func trash(_ id: BranchID, status: BranchStatus, origin: String) throws(BranchLiteError) {
        let now = clock.now()
        try registry.change(id) { (record: inout BranchRecord) throws(BranchLiteError) in
            guard record.isLiving else { throw Registry.gone(record.name, undrop: true) }
            record.status = status
            record.trashedAt = now
        }
        schemas.forget(id)
        audit.note(status == .expired ? "expire" : "discard", branch: id, name: registry.name(of: id), origin: origin, at: now)
    }

    /// Takes a branch out of the store for good.
    /// - Parameter known: what it frees, where that was worked out already.
    func purge(_ id: BranchID, bytes known: UInt64? = nil, origin: String) throws(BranchLiteError) -> DiscardResult {
        let name = registry.name(of: id)
        let bytes = known ?? uniqueBytes(of: id)
        try mapStore { () throws(StoreError) in try store.discard(id) }
        registry.remove(id)
        retention.remove(branch: id)
        schemas.forget(id)
        engine.evict(id)
        audit.note("purge", branch: id, name: name, origin: origin, at: clock.now())
        return DiscardResult(discarded: true, branchID: id.hex, bytesFreed: bytes)
    }

    func undropBranch(_ reference: String, origin: String) throws(BranchLiteError) -> BranchInfo {
        try requireBranching()
        let entry = try registry.resolveTrashed(reference)
        try registry.restore(entry.id, limit: configuration.maxBranches)
        audit.note("undrop", branch: entry.id, name: entry.record.name, origin: origin, at: clock.now())
        return try branchInfo(entry.id)
    }

    /// Live branches that read through to a branch about to go get all of its tables as their own and become snapshots.
    private func detachFollowers(of id: BranchID, origin: String) throws(BranchLiteError) {
        for follower in registry.followers(of: id) {
            try materializeEverything(of: follower, origin: origin)
            try registry.change(follower) { (record: inout BranchRecord) throws(BranchLiteError) in
                record.mode = .snapshot
                record.owned = [:]
            }
        }
    }

    // MARK: - Lifetime

    /// One run of the collector: expires, empties the trash, writes times of last use. Main never; a branch in use never.
    /// - Returns: how many branches expired and how many were purged.
    @discardableResult
    func collect() -> (expired: Int, purged: Int) {
        let now = clock.now()
        var expired = 0
        for entry in registry.takeExpired(now: now, retryAt: now + StoreContext.retryDelay) {
            // A branch that cannot be collected now (its followers, a full disk) is tried again by a later run.
            do throws(BranchLiteError) {
                try detachFollowers(of: entry.id, origin: "collector")
                guard registry.entry(entry.id)?.sessions == 0 else { continue }
                try trash(entry.id, status: .expired, origin: "collector")
                expired += 1
            } catch { continue }
        }
        let purged = trimTrash(discardedBefore: now - configuration.trash.microseconds)
        registry.flushLastUsed(slack: StoreContext.lastUsedSlack)
        audit.flush()
        retention.prune(nowMicros: now)
        pinNeededVersions()
        return (expired, purged)
    }

    /// Purges branches that were discarded at a time or before, and the oldest of more than the trash holds.
    /// - Returns: how many.
    @discardableResult
    private func trimTrash(discardedBefore time: Int64) -> Int {
        var purged = 0
        // One that cannot go now is tried again by a later run.
        for id in registry.takeOldTrash(discardedBefore: time, capacity: StoreContext.trashCapacity) where (try? purge(id, origin: "collector")) != nil {
            purged += 1
        }
        return purged
    }

    /// Discarded branches that can be taken back, at most: beyond it the oldest go.
    static let trashCapacity = 100_000
    /// A branch that is due but could not go is looked at again after this, in microseconds.
    private static let retryDelay: Int64 = 60_000_000

    /// Tells the retention policy which versions live branches need.
    func pinNeededVersions() {
        var needed: Set<VersionID> = []
        for entry in registry.liveEntries() { needed.formUnion(entry.record.neededVersions) }
        retention.pin(needed)
    }

    /// A time of last use that is this much newer than on disk is written by the collector, in microseconds.
    static let lastUsedSlack: Int64 = 60_000_000
}
