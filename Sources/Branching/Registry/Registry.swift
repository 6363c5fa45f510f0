import PageStore
import Synchronization

/// The branches of a store by id, name and schema name.
///
/// Every record lives in the store itself (see `BranchRecord`); this is the index over them in memory, rebuilt on open, with
/// what is not worth a write: reference counts and the time of last use. Thread-safe.
final class Registry: Sendable {
    /// A branch with its volatile facts.
    struct Entry: Sendable {
        let id: BranchID
        var record: BranchRecord
        /// Sessions that are on the branch now.
        var sessions = 0
        var lastUsedAt: Int64
        /// Serialises writes of this branch's record, so that a commit and a rename do not overwrite each other.
        let gate = RecordGate()

        func expiresAt() -> Int64? {
            guard id != .main, record.ttlSeconds > 0 else { return nil }
            let (micros, overflow) = record.ttlSeconds.multipliedReportingOverflow(by: 1_000_000)
            return overflow ? nil : lastUsedAt.addingReportingOverflow(micros).partialValue
        }
    }

    final class RecordGate: Sendable {
        let lock = Mutex<Void>(())
    }

    private struct State {
        var entries: [BranchID: Entry] = [:]
        /// Folded names of living branches, and names reserved by a creation under way.
        var byName: [String: BranchID] = [:]
        /// Living branches besides main that are not merged.
        var activeCount = 0
        /// Names of branches that were purged while the process ran, for better messages.
        var gone: [BranchID: String] = [:]
    }

    private static let rememberedGone = 1_000

    private let state = Mutex(State())
    private let epoch = Atomic<UInt64>(0)
    let store: Store
    private let clock: WallClock

    /// Reads every record of the store.
    init(store: Store, clock: WallClock) throws(BranchLiteError) {
        self.store = store
        self.clock = clock
        let now = clock.now()
        var loaded = State()
        for branch in store.branches() {
            let record: BranchRecord
            if branch.metadata.isEmpty {
                record = branch.id == .main
                    ? .main(createdAt: now)
                    : BranchRecord(name: branch.id.hex, parent: .main, parentName: "main", baseVersion: branch.head, depth: 1, createdAt: now, lastUsedAt: now)
            } else {
                record = try BranchRecord(decoding: branch.metadata, of: branch.id)
            }
            loaded.entries[branch.id] = Entry(id: branch.id, record: record, lastUsedAt: record.lastUsedAt)
            if record.isLiving {
                loaded.byName[BranchNaming.fold(record.name)] = branch.id
                if branch.id != .main, record.status == .active { loaded.activeCount += 1 }
            }
        }
        let ready = loaded
        state.withLock { $0 = ready }
    }

    /// Raised whenever a name begins or ceases to mean a branch.
    var namesEpoch: UInt64 { epoch.load(ordering: .acquiring) }
    private func namesChanged() { epoch.wrappingAdd(1, ordering: .acquiringAndReleasing) }

    // MARK: - Lookup

    func entry(_ id: BranchID) -> Entry? { state.withLock { $0.entries[id] } }

    func entries() -> [Entry] { state.withLock { Array($0.entries.values) } }

    /// Branches in the trash, in no order.
    var trashedIDs: [BranchID] { state.withLock { state in state.entries.values.filter { !$0.record.isLiving }.map(\.id) } }

    var livingNames: [String] {
        state.withLock { state in state.entries.values.filter { $0.record.isLiving }.map(\.record.name) }
    }

    func name(of id: BranchID) -> String { state.withLock { $0.entries[id]?.record.name ?? $0.gone[id] ?? id.hex } }

    /// A living branch by name, id, schema name or `@name`.
    /// - Throws: `BL_NO_SUCH_BRANCH` with the nearest name; `BL_BRANCH_GONE` for one that was discarded.
    func resolve(_ text: String) throws(BranchLiteError) -> Entry {
        let name = text.first == "@" ? String(text.dropFirst()) : text
        if let found = state.withLock({ Registry.find(name, in: $0, living: true) }) { return found }
        if let trashed = state.withLock({ Registry.find(name, in: $0, living: false) }) { throw Registry.gone(trashed.record.name, undrop: true) }
        throw noSuchBranch(name)
    }

    /// A branch in the trash by name or id: the one discarded last when there are several of a name.
    func resolveTrashed(_ text: String) throws(BranchLiteError) -> Entry {
        let name = text.first == "@" ? String(text.dropFirst()) : text
        if let trashed = state.withLock({ Registry.find(name, in: $0, living: false) }) { return trashed }
        if let living = state.withLock({ Registry.find(name, in: $0, living: true) }) {
            throw BranchLiteError("BL_BRANCH_EXISTS", "branch '\(living.record.name)' is not discarded")
        }
        let trash = state.withLock { state in state.entries.values.filter { !$0.record.isLiving }.map(\.record.name) }
        throw BranchLiteError(
            "BL_NO_SUCH_BRANCH", "no discarded branch '\(name)' can be taken back",
            hint: NearestName.of(name, among: trash).map { "did you mean '\($0)'?" })
    }

    /// A branch in the trash by any of its names.
    func trashed(_ name: String) -> Entry? { state.withLock { Registry.find(name, in: $0, living: false) } }

    /// The entry of a branch that must still be living, as sessions hold it by id.
    func living(_ id: BranchID) throws(BranchLiteError) -> Entry {
        let (found, lastName) = state.withLock { ($0.entries[id], $0.gone[id]) }
        guard let found else { throw Registry.gone(lastName ?? id.hex, undrop: false) }
        guard found.record.isLiving else { throw Registry.gone(found.record.name, undrop: true) }
        return found
    }

    private static func find(_ name: String, in state: State, living: Bool) -> Entry? {
        let key = BranchNaming.fold(name)
        if living, let id = state.byName[key], let entry = state.entries[id] { return entry }
        if let id = BranchID(hex: key) ?? BranchNaming.id(inSchemaName: key), let entry = state.entries[id], entry.record.isLiving == living {
            return entry
        }
        if living { return nil }
        return state.entries.values
            .filter { !$0.record.isLiving && BranchNaming.fold($0.record.name) == key }
            .max { ($0.record.trashedAt ?? 0) < ($1.record.trashedAt ?? 0) }
    }

    /// How SQL names a branch: by name, id or schema name, or by its name with hyphens written as underscores.
    func lookup(qualifier name: String) -> (found: BranchID?, ambiguous: [String]) {
        state.withLock { state in
            if let entry = Registry.find(name, in: state, living: true) { return (entry.id, []) }
            let key = BranchNaming.fold(name)
            guard key.contains("_") else { return (nil, []) }
            let matches = state.entries.values.filter {
                $0.record.isLiving && BranchNaming.fold($0.record.name).replacing("-", with: "_") == key
            }
            if matches.count == 1 { return (matches[0].id, []) }
            return (nil, matches.map(\.record.name).sorted())
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
            if let taken = Registry.find(chosen, in: state, living: true) {
                throw Registry.exists(chosen, taken: taken.record.name)
            }
            if state.byName[BranchNaming.fold(chosen)] != nil { throw Registry.exists(chosen, taken: chosen) }
            state.byName[BranchNaming.fold(chosen)] = id
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
    func insert(_ record: BranchRecord, id: BranchID) -> Entry {
        let entry = Entry(id: id, record: record, lastUsedAt: record.lastUsedAt)
        state.withLock { $0.entries[id] = entry }
        namesChanged()
        return entry
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
            if state.withLock({ $0.entries[id] == nil && $0.gone[id] == nil }) { return id }
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
        guard let gate = entry(id)?.gate else { throw Registry.gone(name(of: id), undrop: false) }
        return try gate.lock.withLock { _ throws(BranchLiteError) in
            guard let before = entry(id) else { throw Registry.gone(name(of: id), undrop: false) }
            var record = before.record
            record.lastUsedAt = max(before.lastUsedAt, record.lastUsedAt)
            try change(&record)
            let answer = try write(record.encoded())
            apply(record, to: id)
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
            if let taken = Registry.find(name, in: state, living: true), taken.id != id {
                throw Registry.exists(name, taken: taken.record.name)
            }
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
    private func apply(_ record: BranchRecord, to id: BranchID) {
        state.withLock { state in
            guard var entry = state.entries[id] else { return }
            let before = entry.record
            let counted = { (record: BranchRecord) in id != .main && record.status == .active }
            state.activeCount += (counted(record) ? 1 : 0) - (counted(before) ? 1 : 0)
            let (oldKey, newKey) = (BranchNaming.fold(before.name), BranchNaming.fold(record.name))
            if before.isLiving, state.byName[oldKey] == id, !record.isLiving || oldKey != newKey { state.byName[oldKey] = nil }
            if record.isLiving { state.byName[newKey] = id }
            entry.record = record
            entry.lastUsedAt = max(entry.lastUsedAt, record.lastUsedAt)
            state.entries[id] = entry
        }
        namesChanged()
    }

    /// Takes a discarded branch back; its name must be free and the limit not reached.
    func restore(_ id: BranchID, limit: Int) throws(BranchLiteError) {
        try change(id) { (record: inout BranchRecord) throws(BranchLiteError) in
            let name = record.name
            try state.withLock { state throws(BranchLiteError) in
                if let taken = Registry.find(name, in: state, living: true) { throw Registry.exists(name, taken: taken.record.name) }
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
            guard let entry = state.entries.removeValue(forKey: id) else { return }
            let key = BranchNaming.fold(entry.record.name)
            if state.byName[key] == id { state.byName[key] = nil }
            if entry.record.status == .active { state.activeCount -= 1 }
            if state.gone.count >= Registry.rememberedGone { state.gone.removeAll() }
            state.gone[id] = entry.record.name
        }
        namesChanged()
    }

    // MARK: - Use

    /// Counts a session on the branch.
    func retain(_ id: BranchID) throws(BranchLiteError) {
        let now = clock.now()
        let held = state.withLock { state in
            guard var entry = state.entries[id], entry.record.isLiving else { return false }
            entry.sessions += 1
            entry.lastUsedAt = max(entry.lastUsedAt, now)
            state.entries[id] = entry
            return true
        }
        if !held { _ = try living(id) }
    }

    func release(_ id: BranchID) {
        let now = clock.now()
        state.withLock { state in
            state.entries[id]?.sessions -= 1
            if let last = state.entries[id]?.lastUsedAt { state.entries[id]?.lastUsedAt = max(last, now) }
        }
    }

    /// Notes a use; written to disk by the next `flushLastUsed`.
    func touch(_ id: BranchID) {
        let now = clock.now()
        state.withLock { state in
            if let last = state.entries[id]?.lastUsedAt, last < now { state.entries[id]?.lastUsedAt = now }
        }
    }

    /// Writes the times of last use that are newer than on disk by more than `slack` microseconds.
    func flushLastUsed(slack: Int64) {
        for entry in entries() where entry.id != .main && entry.lastUsedAt - entry.record.lastUsedAt > slack {
            // A time that cannot be written now is written by the next round; it only lengthens a life.
            try? change(entry.id) { (record: inout BranchRecord) throws(BranchLiteError) in
                record.lastUsedAt = max(record.lastUsedAt, entry.lastUsedAt)
            }
        }
    }
}
