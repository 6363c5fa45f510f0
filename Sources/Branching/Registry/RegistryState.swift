import PageStore

/// What the registry keeps, under its lock: the records by id, and indexes over them.
extension Registry {
    /// What is kept of a branch.
    struct Slot {
        /// The record as it is in the store.
        var bytes: [UInt8]
        /// The record itself while a session is on the branch.
        var decoded: Decoded?
        var lastUsedAt: Int64
        var createdAt: Int64
        var sessions: Int32 = 0
        var status: BranchStatus
        /// It has its one entry in the queue of expiries.
        var isQueued = false

        var isLiving: Bool { status == .active || status == .merged }

        init(_ record: BranchRecord, bytes: [UInt8]) {
            self.bytes = bytes
            lastUsedAt = record.lastUsedAt
            createdAt = record.createdAt
            status = record.status
        }
    }

    struct State {
        var slots: [BranchID: Slot] = [:]
        /// Folded names of living branches, and names reserved by a creation under way.
        var byName: [String: BranchID] = [:]
        /// Living branches with hyphens in their names, by the folded name with underscores in their place.
        var byUnderscores: [String: Set<BranchID>] = [:]
        /// Discarded branches by folded name.
        var trash: [String: Set<BranchID>] = [:]
        /// Branches of mode live, by what they read through to; and all of them.
        var followers: [BranchID: Set<BranchID>] = [:]
        var live: Set<BranchID> = []
        /// Living branches besides main that are not merged.
        var activeCount = 0
        var trashCount = 0
        /// Names of branches that were purged while the process ran, for better messages.
        var gone: [BranchID: String] = [:]
        /// Branches with a time of last use that is not on disk.
        var touched: Set<BranchID> = []
        /// When a living branch may have expired, and when a discarded one was discarded.
        var expiries = TimeQueue()
        var discards = TimeQueue()
    }
}

/// The index under the registry's lock.
extension Registry.State {
    func entry(_ id: BranchID) -> Registry.Entry? {
        guard let slot = slots[id] else { return nil }
        // The bytes were read or written as a record before they came here.
        guard let record = slot.decoded?.record ?? (try? BranchRecord(decoding: slot.bytes, of: id)) else { return nil }
        return Registry.Entry(id: id, record: record, sessions: Int(slot.sessions), lastUsedAt: slot.lastUsedAt)
    }

    /// A branch by name, id or schema name; in the trash, the one discarded last of that name.
    func id(_ name: String, living: Bool) -> BranchID? {
        let key = BranchNaming.fold(name)
        // A name that is only reserved means nothing yet.
        if living, let id = byName[key], slots[id] != nil { return id }
        if let id = BranchID(hex: key) ?? BranchNaming.id(inSchemaName: key), let slot = slots[id], slot.isLiving == living { return id }
        if living { return nil }
        return trash[key]?.max { (entry($0)?.record.trashedAt ?? 0) < (entry($1)?.record.trashedAt ?? 0) }
    }

    func find(_ name: String, living: Bool) -> Registry.Entry? { id(name, living: living).flatMap { entry($0) } }

    /// Enters a branch under all that it is found by.
    mutating func enter(_ record: BranchRecord, bytes: [UInt8], as id: BranchID, isQueued: Bool = false) {
        var slot = Registry.Slot(record, bytes: bytes)
        slot.isQueued = isQueued
        let key = BranchNaming.fold(record.name)
        if record.isLiving {
            byName[key] = id
            if let spelled = Self.underscored(key) { byUnderscores[spelled, default: []].insert(id) }
            if id != .main, record.status == .active { activeCount += 1 }
            if !isQueued, let end = Registry.expiry(id, ttlSeconds: record.ttlSeconds, lastUsedAt: record.lastUsedAt) {
                expiries.push(id, at: end)
                slot.isQueued = true
            }
        } else {
            trash[key, default: []].insert(id)
            trashCount += 1
            discards.push(id, at: record.trashedAt ?? 0)
        }
        if record.mode == .live {
            live.insert(id)
            if let parent = record.parent { followers[parent, default: []].insert(id) }
        }
        slots[id] = slot
    }

    /// Takes a branch out of all that it is found by, but for its slot and what is queued.
    mutating func leave(_ record: BranchRecord, _ id: BranchID) {
        let key = BranchNaming.fold(record.name)
        if record.isLiving {
            if byName[key] == id { byName[key] = nil }
            if let spelled = Self.underscored(key) { Self.drop(id, from: &byUnderscores, spelled) }
            if id != .main, record.status == .active { activeCount -= 1 }
        } else {
            Self.drop(id, from: &trash, key)
            trashCount -= 1
        }
        if record.mode == .live {
            live.remove(id)
            if let parent = record.parent { Self.drop(id, from: &followers, parent) }
        }
    }

    private static func drop<Key: Hashable>(_ id: BranchID, from index: inout [Key: Set<BranchID>], _ key: Key) {
        index[key]?.remove(id)
        if index[key]?.isEmpty ?? false { index[key] = nil }
    }

    /// How SQL may write a name with hyphens; nil for a name without.
    private static func underscored(_ key: String) -> String? { key.utf8.contains(UInt8(ascii: "-")) ? key.replacing("-", with: "_") : nil }

    mutating func recount(_ id: BranchID, from before: BranchStatus, to after: BranchStatus) {
        guard id != .main else { return }
        activeCount += (after == .active ? 1 : 0) - (before == .active ? 1 : 0)
    }

    mutating func touch(_ id: BranchID, _ now: Int64) {
        guard let slot = slots[id], slot.lastUsedAt < now else { return }
        slots[id]?.lastUsedAt = now
        touched.insert(id)
    }

    /// Forgets what is queued for branches that are gone, once it is most of the queue.
    mutating func tidyQueues() {
        let bound = 2 * slots.count + 1_024
        if expiries.count > bound { expiries.keep { slots[$0]?.isQueued ?? false } }
        if discards.count > bound { discards.keep { slots[$0].map { !$0.isLiving } ?? false } }
    }
}
