import PageStore
import Synchronization

/// The branches of a store by id, name and schema name.
///
/// Every record lives in the store itself (see `BranchRecord`); this is the index over them in memory, rebuilt on open, with
/// what is not worth a write: reference counts and the time of last use. A branch that nobody uses costs its bytes and a few
/// words: records are kept as the store has them (the very same array) and read when asked for, so that a hundred thousand
/// branches lie about cheaply. Nothing here but the listing of branches takes longer the more there are. Thread-safe.
final class Registry: Sendable {
    /// A branch with its volatile facts.
    struct Entry: Sendable {
        let id: BranchID
        var record: BranchRecord
        /// Sessions that are on the branch now.
        var sessions = 0
        var lastUsedAt: Int64

        func expiresAt() -> Int64? { Registry.expiry(id, ttlSeconds: record.ttlSeconds, lastUsedAt: lastUsedAt) }
    }

    /// A decoded record, kept for branches that sessions are on.
    final class Decoded: Sendable {
        let record: BranchRecord
        init(_ record: BranchRecord) { self.record = record }
    }

    private static let rememberedGone = 1_000

    private let state = Guarded(State())
    private let gates = RecordGates()
    private let epoch = Atomic<UInt64>(0)
    let store: Store
    private let clock: WallClock

    /// Reads every record of the store.
    init(store: Store, clock: WallClock) throws(BranchLiteError) {
        self.store = store
        self.clock = clock
        let now = clock.now()
        var loaded = State()
        let branches = store.branches()
        loaded.slots.reserveCapacity(branches.count)
        loaded.byName.reserveCapacity(branches.count)
        for branch in branches {
            let record: BranchRecord
            if branch.metadata.isEmpty {
                record = branch.id == .main
                    ? .main(createdAt: now)
                    : BranchRecord(name: branch.id.hex, parent: .main, parentName: "main", baseVersion: branch.head, depth: 1, createdAt: now, lastUsedAt: now)
                loaded.enter(record, bytes: record.encoded(), as: branch.id)
            } else {
                record = try BranchRecord(decoding: branch.metadata, of: branch.id)
                loaded.enter(record, bytes: branch.metadata, as: branch.id)
            }
        }
        let ready = loaded
        state.withLock { $0 = ready }
    }

    /// Raised whenever a name begins or ceases to mean a branch.
    var namesEpoch: UInt64 { epoch.load(ordering: .acquiring) }
    private func namesChanged() { epoch.wrappingAdd(1, ordering: .acquiringAndReleasing) }

    static func expiry(_ id: BranchID, ttlSeconds: Int64, lastUsedAt: Int64) -> Int64? {
        guard id != .main, ttlSeconds > 0 else { return nil }
        let (micros, overflow) = ttlSeconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : lastUsedAt.addingReportingOverflow(micros).partialValue
    }

    // MARK: - Lookup

    func entry(_ id: BranchID) -> Entry? { state.withLock { $0.entry(id) } }

    /// Whether there is no branch beside main, in the trash neither.
    var hasOnlyMain: Bool { state.withLock { $0.slots.count <= 1 } }

    /// All of them: for lists.
    func entries() -> [Entry] { state.withLock { state in state.slots.keys.compactMap { state.entry($0) } } }

    /// A place in the list of branches: main first, then by age.
    struct Place: Comparable, Sendable {
        var createdAt: Int64
        var id: BranchID

        static func < (a: Place, b: Place) -> Bool {
            if (a.id == .main) != (b.id == .main) { return a.id == .main }
            return (a.createdAt, a.id) < (b.createdAt, b.id)
        }
    }

    /// The first `limit` branches of a kind that come after a place, in order.
    func entries(where isWanted: (BranchStatus) -> Bool, after place: Place?, limit: Int) -> [Entry] {
        state.withLock { state in
            var places: [Place] = []
            let room = limit.multipliedReportingOverflow(by: 2)
            for (id, slot) in state.slots where isWanted(slot.status) {
                let candidate = Place(createdAt: slot.createdAt, id: id)
                if let place, candidate <= place { continue }
                places.append(candidate)
                // Only the first ones are wanted: the rest goes as it comes.
                if !room.overflow, places.count >= max(64, room.partialValue) {
                    places.sort()
                    places.removeLast(places.count - limit)
                }
            }
            places.sort()
            return places.prefix(limit).compactMap { state.entry($0.id) }
        }
    }

    var ids: [BranchID] { state.withLock { Array($0.slots.keys) } }

    /// Branches in the trash, in no order.
    var trashedIDs: [BranchID] { state.withLock { state in state.trash.values.flatMap { $0 } } }

    /// Names of living branches, for hints: as many as a search for the nearest looks at.
    var livingNames: [String] {
        state.withLock { state in state.byName.values.prefix(NearestName.searchLimit).compactMap { state.entry($0)?.record.name } }
    }

    /// Live branches that read through to a branch.
    func followers(of id: BranchID) -> [BranchID] {
        state.withLock { state in (state.followers[id] ?? []).filter { state.slots[$0]?.isLiving ?? false } }
    }

    /// Branches of mode live, discarded ones too.
    func liveEntries() -> [Entry] { state.withLock { state in state.live.compactMap { state.entry($0) } } }

    func name(of id: BranchID) -> String { state.withLock { $0.entry(id)?.record.name ?? $0.gone[id] ?? id.hex } }

    /// A living branch by name, id, schema name or `@name`.
    /// - Throws: `BL_NO_SUCH_BRANCH` with the nearest name; `BL_BRANCH_GONE` for one that was discarded.
    func resolve(_ text: String) throws(BranchLiteError) -> Entry {
        let name = text.first == "@" ? String(text.dropFirst()) : text
        let (found, trashed) = state.withLock { state -> (Entry?, Entry?) in
            if let found = state.find(name, living: true) { return (found, nil) }
            return (nil, state.find(name, living: false))
        }
        if let found { return found }
        if let trashed { throw Registry.gone(trashed.record.name, undrop: true) }
        throw noSuchBranch(name)
    }

    /// A branch in the trash by name or id: the one discarded last when there are several of a name.
    func resolveTrashed(_ text: String) throws(BranchLiteError) -> Entry {
        let name = text.first == "@" ? String(text.dropFirst()) : text
        if let trashed = trashed(name) { return trashed }
        if let living = state.withLock({ $0.find(name, living: true) }) {
            throw BranchLiteError("BL_BRANCH_EXISTS", "branch '\(living.record.name)' is not discarded")
        }
        let trash = trashedIDs.prefix(NearestName.searchLimit).map { self.name(of: $0) }
        throw BranchLiteError(
            "BL_NO_SUCH_BRANCH", "no discarded branch '\(name)' can be taken back",
            hint: NearestName.of(name, among: trash).map { "did you mean '\($0)'?" })
    }

    /// A branch in the trash by any of its names.
    func trashed(_ name: String) -> Entry? { state.withLock { $0.find(name, living: false) } }

    /// The entry of a branch that must still be living, as sessions hold it by id.
    func living(_ id: BranchID) throws(BranchLiteError) -> Entry {
        let (found, lastName) = state.withLock { ($0.entry(id), $0.gone[id]) }
        guard let found else { throw Registry.gone(lastName ?? id.hex, undrop: false) }
        guard found.record.isLiving else { throw Registry.gone(found.record.name, undrop: true) }
        return found
    }

    /// How SQL names a branch: by name, id or schema name, or by its name with hyphens written as underscores.
    func lookup(qualifier name: String) -> (found: BranchID?, ambiguous: [String]) {
        state.withLock { state in
            if let id = state.id(name, living: true) { return (id, []) }
            let key = BranchNaming.fold(name)
            guard key.contains("_"), let matches = state.byUnderscores[key] else { return (nil, []) }
            if matches.count == 1 { return (matches.first, []) }
            return (nil, matches.compactMap { state.entry($0)?.record.name }.sorted())
        }
    }

    private func noSuchBranch(_ name: String) -> BranchLiteError {
        let shown = name.utf8.count > 80 ? String(name.prefix(60)) + "…" : name
        let nearest = NearestName.of(name, among: livingNames)
        return BranchLiteError(
            "BL_NO_SUCH_BRANCH", "there is no branch '\(shown)'",
            hint: nearest.map { "did you mean '\($0)'?" } ?? "branch_list or SHOW BRANCHES lists the branches there are",
            details: ["branch": .string(shown)].merging(nearest.map { ["nearest": .string($0)] } ?? [:]) { $1 })
    }

    static func gone(_ name: String, undrop: Bool) -> BranchLiteError {
        BranchLiteError(
            "BL_BRANCH_GONE", "branch '\(name)' was discarded",
            hint: undrop ? "switch to another branch, or take it back with UNDROP BRANCH" : "switch to another branch",
            details: ["branch": .string(name)])
    }

    // MARK: - Creation

    /// Reserves `name` (made from the id when nil) for a branch about to be forked, under the limit of branches.
    func reserve(name: String?, id: BranchID, limit: Int) throws(BranchLiteError) -> String {
        let chosen = name ?? "branch-" + id.hex
        if name != nil { try BranchNaming.validate(chosen) }
        return try state.withLock { state throws(BranchLiteError) in
            if state.activeCount >= limit { throw Registry.tooMany(limit) }
            if let taken = state.find(chosen, living: true) { throw Registry.exists(chosen, taken: taken.record.name) }
            let key = BranchNaming.fold(chosen)
            if state.byName[key] != nil { throw Registry.exists(chosen, taken: chosen) }
            state.byName[key] = id
            state.activeCount += 1
            return chosen
        }
    }

    /// Gives back a reservation whose fork failed.
    func cancelReservation(name: String) {
        state.withLock { state in
            state.byName[BranchNaming.fold(name)] = nil
            state.activeCount -= 1
        }
    }

    /// Puts a forked branch in the index; its name was reserved before.
    /// - Parameter bytes: the record as the store has it.
    func insert(_ record: BranchRecord, bytes: [UInt8], id: BranchID) -> Entry {
        state.withLock { state in
            state.activeCount -= 1 // the reservation's
            state.enter(record, bytes: bytes, as: id)
        }
        namesChanged()
        return Entry(id: id, record: record, lastUsedAt: record.lastUsedAt)
    }

    static func tooMany(_ limit: Int) -> BranchLiteError {
        BranchLiteError(
            "BL_TOO_MANY_BRANCHES", "there are \(limit) branches, the most that are allowed",
            hint: "discard a branch, or raise BRANCHLITE_MAX_BRANCHES", details: ["limit": .integer(Int64(limit)), "setting": "BRANCHLITE_MAX_BRANCHES"])
    }

    static func exists(_ name: String, taken: String) -> BranchLiteError {
        BranchLiteError(
            "BL_BRANCH_EXISTS", name == taken ? "there is a branch '\(name)' already" : "'\(name)' names the branch '\(taken)' already",
            hint: "choose another name, or discard that branch", details: ["branch": .string(taken)])
    }

    /// An id that no branch of the store has or had while this process ran.
    func freshID() -> BranchID {
        while true {
            let id = BranchID(rawValue: UInt64.random(in: 1..<(1 << 48)))
            if state.withLock({ $0.slots[id] == nil && $0.gone[id] == nil }) { return id }
        }
    }

    // MARK: - Change

    /// Changes a branch's record durably: `write` gets the new record's bytes and must store them (or commit them with
    /// something else); the index follows only when it has.
    ///
    /// `change` may throw to refuse. A nil `write` uses the store's own metadata record.
    @discardableResult
    func change<Answer>(
        _ id: BranchID, _ change: (inout BranchRecord) throws(BranchLiteError) -> Void,
        write: (_ metadata: [UInt8]) throws(BranchLiteError) -> Answer
    ) throws(BranchLiteError) -> Answer {
        let gate = gates.enter(id)
        defer { gates.leave(id) }
        return try gate.lock.withLock { _ throws(BranchLiteError) in
            guard let before = entry(id) else { throw Registry.gone(name(of: id), undrop: false) }
            var record = before.record
            record.lastUsedAt = max(before.lastUsedAt, record.lastUsedAt)
            try change(&record)
            let bytes = record.encoded()
            let answer = try write(bytes)
            apply(record, bytes, to: id)
            return answer
        }
    }

    func change(_ id: BranchID, _ body: (inout BranchRecord) throws(BranchLiteError) -> Void) throws(BranchLiteError) {
        try change(id, body) { metadata throws(BranchLiteError) in
            try mapStore { () throws(StoreError) in try store.setMetadata(id, metadata) }
        }
    }

    /// Changes the name under the index's lock so that two renames cannot take one name.
    func rename(_ id: BranchID, to name: String) throws(BranchLiteError) {
        try BranchNaming.validate(name)
        let key = BranchNaming.fold(name)
        let old = try living(id).record.name
        try state.withLock { state throws(BranchLiteError) in
            if let taken = state.find(name, living: true), taken.id != id { throw Registry.exists(name, taken: taken.record.name) }
            if let taken = state.byName[key], taken != id { throw Registry.exists(name, taken: name) }
            state.byName[key] = id
        }
        do throws(BranchLiteError) {
            try change(id) { (record: inout BranchRecord) throws(BranchLiteError) in record.name = name }
        } catch {
            if BranchNaming.fold(old) != key { state.withLock { $0.byName[key] = nil } }
            throw error
        }
    }

    /// Puts a branch whose record has changed (already durable) in the index.
    private func apply(_ record: BranchRecord, _ bytes: [UInt8], to id: BranchID) {
        let renamed = state.withLock { state -> Bool in
            guard let before = state.entry(id), let slot = state.slots[id] else { return false }
            let meansTheSame = before.record.name == record.name && before.record.isLiving == record.isLiving && before.record.mode == record.mode
                && before.record.parent == record.parent && before.record.trashedAt == record.trashedAt
            if meansTheSame {
                state.recount(id, from: before.record.status, to: record.status)
                state.slots[id]?.bytes = bytes
                state.slots[id]?.status = record.status
            } else {
                state.leave(before.record, id)
                state.enter(record, bytes: bytes, as: id, isQueued: slot.isQueued)
                state.slots[id]?.sessions = slot.sessions
            }
            state.slots[id]?.lastUsedAt = max(slot.lastUsedAt, record.lastUsedAt)
            state.slots[id]?.decoded = slot.sessions > 0 ? Decoded(record) : nil
            return !meansTheSame
        }
        if renamed { namesChanged() }
    }

    /// Takes a discarded branch back; its name must be free and the limit not reached.
    func restore(_ id: BranchID, limit: Int) throws(BranchLiteError) {
        try change(id) { (record: inout BranchRecord) throws(BranchLiteError) in
            let name = record.name
            try state.withLock { state throws(BranchLiteError) in
                if let taken = state.find(name, living: true) { throw Registry.exists(name, taken: taken.record.name) }
                if state.activeCount >= limit { throw Registry.tooMany(limit) }
            }
            // It is as merged as it was: not when it was written after its merge.
            record.status = record.merged.map { $0.sourceVersion == self.store.branch(id)?.head } ?? false ? .merged : .active
            record.trashedAt = nil
            record.lastUsedAt = clock.now()
        }
    }

    /// Forgets a branch that the store no longer has.
    func remove(_ id: BranchID) {
        state.withLock { state in
            guard let entry = state.entry(id) else { return }
            state.leave(entry.record, id)
            state.slots[id] = nil
            state.touched.remove(id)
            if state.gone.count >= Registry.rememberedGone { state.gone.removeAll() }
            state.gone[id] = entry.record.name
            state.tidyQueues()
        }
        namesChanged()
    }

    // MARK: - Use

    /// Counts a session on the branch.
    func retain(_ id: BranchID) throws(BranchLiteError) {
        let now = clock.now()
        let held = state.withLock { state in
            guard let slot = state.slots[id], slot.isLiving else { return false }
            let decoded = slot.decoded ?? state.entry(id).map { Decoded($0.record) }
            state.slots[id]?.decoded = decoded
            state.slots[id]?.sessions += 1
            state.touch(id, now)
            return true
        }
        if !held { _ = try living(id) }
    }

    func release(_ id: BranchID) {
        let now = clock.now()
        state.withLock { state in
            guard let slot = state.slots[id] else { return }
            state.slots[id]?.sessions = slot.sessions - 1
            if slot.sessions <= 1 { state.slots[id]?.decoded = nil }
            state.touch(id, now)
        }
    }

    /// Notes a use; written to disk by the next `flushLastUsed`.
    /// Microseconds since 1970, by the registry's clock.
    var now: Int64 { clock.now() }

    func touch(_ id: BranchID) {
        let now = clock.now()
        state.withLock { $0.touch(id, now) }
    }

    /// Writes the times of last use that are newer than on disk by more than `slack` microseconds.
    func flushLastUsed(slack: Int64) {
        let used = state.withLock { state in
            defer { state.touched = [] }
            return state.touched
        }
        for id in used where id != .main {
            guard let entry = entry(id) else { continue }
            guard entry.lastUsedAt - entry.record.lastUsedAt > slack else {
                if entry.lastUsedAt > entry.record.lastUsedAt { state.withLock { _ = $0.touched.insert(id) } }
                continue
            }
            // A time that cannot be written now is written by the next round; it only lengthens a life.
            do throws(BranchLiteError) {
                try change(id) { (record: inout BranchRecord) throws(BranchLiteError) in
                    record.lastUsedAt = max(record.lastUsedAt, entry.lastUsedAt)
                }
            } catch {
                if self.entry(id) != nil { state.withLock { _ = $0.touched.insert(id) } }
            }
        }
    }

    // MARK: - Lifetime

    /// Living branches that nobody is on and whose time has come. Those that have been used since are not among them and come
    /// up again when their new time has come.
    /// - Parameter retryAt: when one that is due but could not go comes up again.
    func takeExpired(now: Int64, retryAt: Int64) -> [Entry] {
        state.withLock { state in
            var due: [Entry] = []
            while let id = state.expiries.popDue(now) {
                guard let entry = state.entry(id), entry.record.isLiving, let end = entry.expiresAt() else {
                    state.slots[id]?.isQueued = false
                    continue
                }
                let isDue = entry.sessions == 0 && end <= now
                if isDue { due.append(entry) }
                // Kept in the queue until it has gone: what cannot be collected now is tried again.
                state.expiries.push(id, at: max(end, isDue || entry.sessions > 0 ? retryAt : end))
            }
            return due
        }
    }

    /// Branches that were discarded at `time` or before, and the oldest of what the trash has more than `capacity`.
    func takeOldTrash(discardedBefore time: Int64, capacity: Int) -> [BranchID] {
        state.withLock { state in
            var found: [BranchID] = []
            while let (at, id) = state.discards.first {
                let isStill = state.slots[id].map { !$0.isLiving } ?? false && state.entry(id)?.record.trashedAt == at
                guard !isStill || at <= time || state.trashCount - found.count > capacity else { break }
                state.discards.removeFirst()
                if isStill { found.append(id) }
            }
            // What cannot be purged now is tried again.
            for id in found { if let at = state.entry(id)?.record.trashedAt { state.discards.push(id, at: at) } }
            return found
        }
    }

    var trashCount: Int { state.withLock { $0.trashCount } }
}

extension Registry {
    /// The record of a branch is written by one at a time, so that a commit and a rename do not overwrite each other. Gates are
    /// there while somebody is at them. Thread-safe.
    fileprivate final class RecordGates: Sendable {
        final class Gate: Sendable {
            let lock = Mutex<Void>(())
        }

        private let open = Mutex<[BranchID: (gate: Gate, users: Int)]>([:])

        func enter(_ id: BranchID) -> Gate {
            open.withLock { open in
                let gate = open[id]?.gate ?? Gate()
                open[id] = (gate, (open[id]?.users ?? 0) + 1)
                return gate
            }
        }

        func leave(_ id: BranchID) {
            open.withLock { open in
                guard let (gate, users) = open[id] else { return }
                open[id] = users > 1 ? (gate, users - 1) : nil
            }
        }
    }
}
