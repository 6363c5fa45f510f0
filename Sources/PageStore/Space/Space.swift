/// What a slot of the file holds, as `Space` counts it.
enum SlotState {
    static let free: UInt8 = 0
    /// 1 to 250: a slot with that many map nodes in use.
    static let maximumNodes: UInt8 = 250
    /// Log, version table, free map, superblock: not in the persisted free map; found again from the superblock.
    static let system: UInt8 = 254
    static let image: UInt8 = 255
}

/// Which slots are used, in flight, quarantined or free, and the handing out of free ones.
///
/// - *in flight*: handed out, not yet named by a published record; not counted as used by the free map of a checkpoint,
///   so that a crash leaks nothing.
/// - *quarantined*: free again, but something durable may still name it; released after the checkpoint that no longer does.
/// - *arena*: a run of slots kept for log extents, so that a full and fragmented disk still has room for the log.
final class Space: @unchecked Sendable { // every mutable field under `lock`; growth of the file under `growth` as well
    private enum Flag {
        static let inFlight: UInt8 = 1
        static let quarantined: UInt8 = 2
        static let arena: UInt8 = 4
        /// In flight for a commit that syncs its images before its record: recovery will not copy them.
        static let presynced: UInt8 = 8
    }

    /// Slots a chunk of the persisted free map describes: one byte each, one slot of the file per chunk.
    let chunkSlots: Int
    private let io: PageIO
    private let maximumSlots: Int
    let extentSlots: Int
    let arena: Range<Int>

    var rules = RuleSwitches()

    let lock = Lock()
    /// Held while the file grows or shrinks. Taken before `lock`.
    private let growth = Lock()

    @exclusivity(unchecked) private var state: [UInt8]
    @exclusivity(unchecked) private var flags: [UInt8]
    @exclusivity(unchecked) private var usable: [UInt64] // a bit for each slot that may be handed out
    @exclusivity(unchecked) private var usableCount = 0
    private var window = 4
    private(set) var inFlightCount = 0
    private var presyncedCount = 0
    private(set) var quarantinedCount = 0
    /// Freed since the last cut of a checkpoint; each freed slot is in exactly one generation's list.
    @exclusivity(unchecked) private var freshlyFreed: [Slot] = []
    private var releases: [(generation: UInt64, slots: [Slot])] = []
    @exclusivity(unchecked) private var dirtyChunks: Set<Int> = []
    private var arenaFree: [Int]

    /// Slots that commits must leave for checkpoint and recovery; asked under `lock`.
    var reserve: (_ inFlight: Int) -> Int = { _ in 0 }

    /// Growth of the file: an eighth of it, within these bounds (in slots).
    static let minimumGrowth = 64
    static let maximumGrowth = 2048
    /// Extents of the arena that only recovery and checkpoints may take.
    static let arenaReserve = 3

    init(io: PageIO, slots: Int, maximumBytes: UInt64, extentSlots: Int, arenaExtents: Int) {
        self.io = io
        self.extentSlots = extentSlots
        chunkSlots = io.pageSize
        let limit = Int(UInt32.max) - 1
        maximumSlots = maximumBytes == 0 ? limit : Int(min(UInt64(limit), maximumBytes / UInt64(io.pageSize)))
        arena = 4 ..< 4 + extentSlots * arenaExtents
        arenaFree = stride(from: arena.lowerBound, to: arena.upperBound, by: extentSlots).reversed()
        state = []
        flags = []
        usable = []
        extend(to: max(slots, arena.upperBound))
        for slot in 0 ..< 4 { state[slot] = SlotState.system; refresh(slot) }
        for slot in arena { flags[slot] |= Flag.arena; refresh(slot) }
    }

    // MARK: under `lock`

    var slotCount: Int { state.count }
    var freeCount: Int { usableCount }

    private func extend(to count: Int) {
        let old = state.count
        guard count > old else { return }
        state.append(contentsOf: [UInt8](repeating: 0, count: count - old))
        flags.append(contentsOf: [UInt8](repeating: 0, count: count - old))
        usable.append(contentsOf: [UInt64](repeating: 0, count: (count + 63) / 64 - usable.count))
        // New slots are free: whole words of bits at once.
        usableCount += count - old
        var slot = old
        while slot < count {
            let end = min(count, (slot / 64 + 1) * 64)
            let bits = end - slot == 64 ? ~UInt64(0) : (UInt64(1) << UInt64(end - slot) - 1) << UInt64(slot % 64)
            usable[slot / 64] |= bits
            slot = end
        }
    }

    @inline(__always) private func refresh(_ slot: Int) {
        let bit = UInt64(1) << UInt64(slot % 64)
        let was = usable[slot / 64] & bit != 0
        let now = state[slot] == 0 && flags[slot] == 0
        if was == now { return }
        usable[slot / 64] ^= bit
        usableCount += now ? 1 : -1
    }

    @inline(__always) private func setState(_ slot: Int, _ value: UInt8) {
        state[slot] = value
        dirtyChunks.insert(slot / chunkSlots)
        refresh(slot)
    }

    /// Frees into quarantine.
    private func freeLocked(_ slot: Int) {
        invariant(rules, state[slot] != SlotState.free, "slot \(slot) is freed twice")
        invariant(rules, flags[slot] & (Flag.quarantined | Flag.inFlight) == 0, "slot \(slot) is freed and waits or is in flight")
        setState(slot, 0)
        if rules.isOff(.quarantine) { return }
        quarantine(slot)
        freshlyFreed.append(Slot(slot))
    }

    private func quarantine(_ slot: Int) {
        if flags[slot] & Flag.quarantined == 0 { quarantinedCount += 1 }
        flags[slot] |= Flag.quarantined
        refresh(slot)
    }

    private func setInFlight(_ slot: Int, _ on: Bool) {
        let was = flags[slot] & Flag.inFlight != 0
        if was == on { return }
        flags[slot] ^= Flag.inFlight
        if !on, flags[slot] & Flag.presynced != 0 {
            flags[slot] &= ~Flag.presynced
            presyncedCount -= 1
        }
        inFlightCount += on ? 1 : -1
        refresh(slot)
    }

    // MARK: handing out

    /// Hands out `count` slots, in flight, in ascending order as far as possible. Unless `system`, leaves the reserve.
    /// Grows the file as needed.
    /// `presynced` slots need no second place to be copied to.
    func allocate(_ count: Int, system: Bool = false, presynced: Bool = false) throws(StoreError) -> [Slot] {
        if count == 0 { return [] }
        while true {
            lock.lock()
            // Once more as many: recovery may have to copy images that nobody vouched for.
            let needed = system || rules.isOff(.reserve) ? count : (presynced ? count : 2 * count) + reserve(inFlightCount - presyncedCount)
            if usableCount >= needed {
                let slots = take(count)
                if presynced {
                    for slot in slots { flags[Int(slot)] |= Flag.presynced }
                    presyncedCount += count
                }
                lock.unlock()
                return slots
            }
            let missing = needed - usableCount
            let seen = state.count
            lock.unlock()
            try grow(by: missing, from: seen, reserveOnly: presynced)
        }
    }

    /// Makes sure that what a commit adds to the next checkpoint has room beside the reserve. Grows the file as needed.
    func admit(_ slots: Int) throws(StoreError) {
        while true {
            lock.lock()
            let missing = slots + reserve(inFlightCount - presyncedCount) - usableCount
            let seen = state.count
            lock.unlock()
            if missing <= 0 { return }
            try grow(by: missing, from: seen)
        }
    }

    /// Hands out up to `count` free slots that lie below `limit`, in flight, the first ones of the file. Leaves the reserve.
    func allocateLow(_ count: Int, below limit: Int) -> [Slot] {
        lock.lock()
        defer { lock.unlock() }
        let room = usableCount - reserve(inFlightCount - presyncedCount)
        var out: [Slot] = []
        for word in 0 ..< min(usable.count, (limit + 63) / 64) where usable[word] != 0 {
            var bits = usable[word]
            while bits != 0, out.count < min(count, room / 2) {
                let slot = word * 64 + bits.trailingZeroBitCount
                bits &= bits - 1
                if slot >= limit { break }
                setInFlight(slot, true)
                out.append(Slot(slot))
            }
        }
        return out
    }

    /// What is handed out next is looked for from the front of the file.
    func rewind() { lock.withLock { window = 0 } }

    /// Has the next checkpoint write these chunks of the free map again, wherever they lie.
    func rewriteChunks(_ chunks: some Sequence<Int>) { lock.withLock { dirtyChunks.formUnion(chunks) } }

    /// Images and slots of map nodes at `limit` or beyond, from the end.
    func used(from limit: Int) -> (images: [Slot], nodes: [Slot]) {
        lock.withLock {
            var images: [Slot] = [], nodes: [Slot] = []
            for slot in stride(from: state.count - 1, through: limit, by: -1) {
                if state[slot] == SlotState.image { images.append(Slot(slot)) } else if state[slot] != 0, state[slot] <= SlotState.maximumNodes { nodes.append(Slot(slot)) }
            }
            return (images, nodes)
        }
    }

    /// Where the file would end if all that is in use lay at its front.
    var packedEnd: Int { lock.withLock { state.indices.reduce(arena.upperBound) { $0 + ($1 >= arena.upperBound && state[$1] != 0 ? 1 : 0) } } }

    private func take(_ count: Int) -> [Slot] {
        var out: [Slot] = []
        out.reserveCapacity(count)
        var word = min(window / 64, max(0, usable.count - 1))
        var skip = window % 64
        var visited = 0
        while out.count < count, visited <= usable.count {
            var bits = usable[word] & (skip == 0 ? ~0 : ~0 << UInt64(skip))
            while bits != 0, out.count < count {
                let slot = word * 64 + bits.trailingZeroBitCount
                bits &= bits - 1
                invariant(rules, state[slot] == SlotState.free && flags[slot] == 0, "slot \(slot) is handed out and not free")
                setInFlight(slot, true)
                out.append(Slot(slot))
            }
            if out.count < count {
                skip = 0
                word += 1
                visited += 1
                if word == usable.count { word = 0 }
            }
        }
        if let last = out.last { window = Int(last) + 1 < state.count ? Int(last) + 1 : 0 }
        return out
    }

    /// Writes zeros behind the end of the file, so that later writes hit space that has been written before.
    /// For large transactions room is reserved only: they write all of it at once.
    private func grow(by missing: Int, from seen: Int, reserveOnly: Bool = false) throws(StoreError) {
        growth.lock()
        defer { growth.unlock() }
        let count = lock.withLock { state.count }
        if count > seen { return } // somebody else grew it
        let wanted = max(missing, min(max(count / 8, Space.minimumGrowth), Space.maximumGrowth))
        let room = maximumSlots - count
        guard room >= missing else { throw .diskFull }
        if reserveOnly {
            let count = count + min(wanted, room)
            try io.file.reserve(to: io.offset(Slot(count)))
            lock.withLock { extend(to: count) }
        } else {
            try growLocked(from: count, by: min(wanted, room))
        }
    }

    private func growLocked(from count: Int, by slots: Int) throws(StoreError) {
        let piece = max(1, Space.zeroBytes / io.pageSize)
        let zeros = [UInt8](repeating: 0, count: min(piece, slots) * io.pageSize)
        var at = count
        while at < count + slots {
            let n = min(piece, count + slots - at)
            try io.write(at: io.offset(Slot(at)), n * io.pageSize == zeros.count ? zeros : Array(zeros[0 ..< n * io.pageSize]))
            at += n
        }
        lock.withLock { extend(to: count + slots) }
    }

    private static let zeroBytes = 1 << 20

    /// Grows the file ahead of need; true if it did (then the caller syncs).
    func growAhead() throws(StoreError) -> Bool {
        growth.lock()
        defer { growth.unlock() }
        let (count, due) = lock.withLock { () -> (Int, Bool) in
            let chunk = min(max(state.count / 8, Space.minimumGrowth), Space.maximumGrowth)
            return (state.count, usableCount < reserve(inFlightCount - presyncedCount) + chunk / 2)
        }
        // In small steps: a sync of what was written meanwhile holds up commits.
        let chunk = min(max(count / 8, Space.minimumGrowth), max(Space.minimumGrowth, Space.zeroBytes / io.pageSize), maximumSlots - count)
        guard due, chunk > 0 else { return false }
        try growLocked(from: count, by: chunk)
        return true
    }

    /// Hands out the slots of a log extent, in use at once. Unless `system`, leaves some of the arena to recovery.
    func allocateExtent(system: Bool = false) throws(StoreError) -> Slot {
        while true {
            lock.lock()
            if let first = arenaFree.last, system || arenaFree.count > Space.arenaReserve {
                arenaFree.removeLast()
                for slot in first ..< first + extentSlots { state[slot] = SlotState.system; refresh(slot) }
                lock.unlock()
                return Slot(first)
            }
            let needed = extentSlots + (system ? 0 : reserve(inFlightCount - presyncedCount))
            if usableCount >= needed, let first = findRun(extentSlots) {
                for slot in first ..< first + extentSlots { setState(slot, SlotState.system) }
                lock.unlock()
                return Slot(first)
            }
            let seen = state.count
            lock.unlock()
            try grow(by: max(extentSlots, needed - seen), from: seen)
        }
    }

    private func findRun(_ length: Int) -> Int? {
        var run = 0
        var slot = arena.upperBound
        while slot < state.count {
            if slot % 64 == 0, usable[slot / 64] == 0 { run = 0; slot += 64; continue }
            run = usable[slot / 64] >> UInt64(slot % 64) & 1 != 0 ? run + 1 : 0
            if run == length { return slot - length + 1 }
            slot += 1
        }
        return nil
    }

    /// Gives slots in flight back: nothing ever named them.
    func giveBack(_ slots: [Slot]) {
        lock.withLock { for slot in slots { setInFlight(Int(slot), false) } }
    }

    /// Marks slots in flight (or free ones, in recovery) as used.
    func publish(_ slots: some Sequence<Slot>, as value: UInt8) {
        lock.withLock {
            for slot in slots {
                invariant(rules, state[Int(slot)] == SlotState.free, "slot \(slot) is published over what it holds")
                invariant(rules, flags[Int(slot)] & Flag.quarantined == 0, "slot \(slot) is published while something may still name it")
                setState(Int(slot), value)
                setInFlight(Int(slot), false)
            }
        }
    }

    /// In recovery: the slot that a record or the superblock names must be free.
    func claim(_ slot: Slot, as value: UInt8) -> Bool {
        lock.withLock {
            guard Int(slot) < state.count, state[Int(slot)] == 0, flags[Int(slot)] & ~Flag.arena == 0 else { return false }
            if value != SlotState.system, flags[Int(slot)] != 0 { return false }
            setState(Int(slot), value)
            return true
        }
    }

    /// In recovery: a log extent that is in use.
    func claimExtent(_ first: Slot) -> Bool {
        lock.withLock {
            let range = Int(first) ..< Int(first) + extentSlots
            guard range.lowerBound >= arena.lowerBound, range.upperBound <= state.count else { return false }
            for slot in range where state[slot] != 0 { return false }
            if arena.contains(range.lowerBound) {
                guard let at = arenaFree.firstIndex(of: range.lowerBound) else { return false }
                arenaFree.remove(at: at)
            }
            for slot in range { state[slot] = SlotState.system; refresh(slot) }
            return true
        }
    }

    /// Frees used slots into quarantine.
    func free(_ slots: some Sequence<Slot>) {
        lock.withLock { for slot in slots { freeLocked(Int(slot)) } }
    }

    /// One node more in a slot of nodes.
    func addNode(_ slot: Slot) {
        lock.withLock {
            setState(Int(slot), state[Int(slot)] + 1)
            setInFlight(Int(slot), false)
        }
    }

    /// One node less; the slot is freed with its last.
    func removeNode(_ slot: Slot) {
        lock.withLock {
            let count = state[Int(slot)]
            invariant(rules, count > 0 && count <= SlotState.maximumNodes, "a map node is taken out of slot \(slot), which holds none")
            guard count > 0, count <= SlotState.maximumNodes else { return }
            if count == 1 { freeLocked(Int(slot)) } else { setState(Int(slot), count - 1) }
        }
    }

    // MARK: checkpoint

    /// The free map as of a cut: the caller holds `lock` and what makes the cut consistent.
    struct Cut {
        var states: [UInt8]
        var dirtyChunks: Set<Int>
        /// Slots freed up to the cut and since the cut before.
        var freed: [Slot]

        /// Slots of log and tables are found from the superblock and count as free in the map. (Apart from taking the cut,
        /// which holds locks that commits need.)
        mutating func forgetSystemSlots() {
            states.withUnsafeMutableBufferPointer { states in
                for slot in states.indices where states[slot] == SlotState.system { states[slot] = 0 }
            }
        }
    }

    func cutLocked() -> Cut {
        var cut = Cut(states: state, dirtyChunks: dirtyChunks, freed: freshlyFreed)
        if rules.isOff(.inflight) {
            for slot in cut.states.indices where flags[slot] & Flag.inFlight != 0 { cut.states[slot] = SlotState.image }
        }
        dirtyChunks = []
        if !rules.isOff(.disjoint) { freshlyFreed = [] }
        return cut
    }

    /// After a checkpoint that failed: what its cut took over is due again.
    func restore(_ cut: Cut) {
        lock.withLock {
            freshlyFreed.append(contentsOf: cut.freed)
            dirtyChunks.formUnion(cut.dirtyChunks)
        }
    }

    /// After the superblock of `generation` is durable: `freed` wait for older readers only, and what only the older
    /// checkpoint needed is freed with them. Extents are given by their first slots.
    func retire(generation: UInt64, freed: [Slot], system: [Slot], extents: [Slot]) {
        lock.withLock {
            var all = freed
            for slot in system + extents.flatMap({ Array($0 ..< $0 + Slot(extentSlots)) }) {
                invariant(rules, state[Int(slot)] == SlotState.system, "slot \(slot) of log or tables is retired and is none")
                state[Int(slot)] = 0
                quarantine(Int(slot))
                all.append(slot)
            }
            releases.append((generation, all))
        }
    }

    /// Quarantines all that is free until no reader of a generation below `generation` is left.
    func quarantineAllFree(generation: UInt64) {
        lock.withLock {
            var all: [Slot] = []
            for slot in state.indices where state[slot] == 0 && flags[slot] & ~Flag.arena == 0 {
                quarantine(slot)
                all.append(Slot(slot))
            }
            arenaFree = []
            releases.append((generation, all))
        }
    }

    /// Whether some freed slots wait for readers of a generation below this one.
    var oldestRelease: UInt64? { lock.withLock { releases.first?.generation } }

    /// Releases the oldest list of freed slots.
    func releaseOldest() {
        lock.withLock {
            guard !releases.isEmpty else { return }
            for slot in releases.removeFirst().slots {
                let slot = Int(slot)
                guard slot < flags.count, flags[slot] & Flag.quarantined != 0 else { continue }
                invariant(rules, state[slot] == SlotState.free, "slot \(slot) is released and in use")
                flags[slot] &= ~Flag.quarantined
                quarantinedCount -= 1
                refresh(slot)
                if flags[slot] & Flag.arena != 0, (slot - arena.lowerBound) % extentSlots == 0, state[slot] == 0 { arenaFree.append(slot) }
            }
        }
    }

    /// Whether the disk has only the reserve left while old readers hold freed slots.
    var isWaitingForReaders: Bool {
        lock.withLock { !releases.isEmpty && usableCount + (maximumSlots - state.count) < reserve(inFlightCount - presyncedCount) }
    }

    /// Cuts free slots off the end of the file, leaving the reserve and `slack` slots; true if it did.
    func shrink(slack: Int) throws(StoreError) -> Bool {
        growth.lock()
        defer { growth.unlock() }
        guard let target = lock.withLock({ shrinkLocked(slack: slack) }) else { return false }
        try io.file.truncate(to: io.offset(Slot(target)))
        return true
    }

    private func isCuttable(_ slot: Int) -> Bool {
        usable[slot / 64] >> UInt64(slot % 64) & 1 != 0 || rules.isOff(.truncate) && state[slot] == 0 && flags[slot] & Flag.inFlight == 0
    }

    private func shrinkLocked(slack: Int) -> Int? {
        let count = state.count
        var end = count
        while end > arena.upperBound, isCuttable(end - 1) { end -= 1 }
        let tail = rules.isOff(.truncate) ? (end ..< count).filter { usable[$0 / 64] >> UInt64($0 % 64) & 1 != 0 }.count : count - end
        let target = end + max(0, reserve(inFlightCount - presyncedCount) - (usableCount - tail)) + slack
        guard target < count else { return nil }
        for slot in target ..< count where usable[slot / 64] >> UInt64(slot % 64) & 1 != 0 {
            usable[slot / 64] &= ~(1 << UInt64(slot % 64))
            usableCount -= 1
        }
        state.removeLast(count - target)
        flags.removeLast(count - target)
        usable.removeLast(usable.count - (target + 63) / 64)
        if window >= target { window = 0 }
        return target
    }

    // MARK: opening and checking

    /// Takes one chunk of a persisted free map; false if it is impossible.
    func load(chunk: Int, bytes: [UInt8]) -> Bool {
        lock.withLock {
            for (i, value) in bytes.enumerated() where value != 0 {
                let slot = chunk &* chunkSlots &+ i
                guard slot < state.count, slot >= arena.upperBound, state[slot] == 0, value != SlotState.system, value == SlotState.image || value <= SlotState.maximumNodes
                else { return false }
                state[slot] = value
                refresh(slot)
            }
            return true
        }
    }

    func clearDirty() { lock.withLock { dirtyChunks = [] } }

    struct Counts { var used = 0, system = 0, quarantined = 0, free = 0, inFlight = 0, slots = 0 }

    var counts: Counts {
        lock.withLock {
            var counts = Counts(quarantined: quarantinedCount, free: usableCount, inFlight: inFlightCount, slots: state.count)
            for value in state {
                if value == SlotState.system { counts.system += 1 } else if value != 0 { counts.used += 1 }
            }
            return counts
        }
    }

    /// State, in flight, quarantined of every slot; the caller holds `lock`.
    var statesLocked: [UInt8] { state }
    func isQuarantinedLocked(_ slot: Int) -> Bool { flags[slot] & Flag.quarantined != 0 }
    func isInFlightLocked(_ slot: Int) -> Bool { flags[slot] & Flag.inFlight != 0 }
}
