import Glibc
@testable import PageStore

#if DEBUG
/// Short histories aimed at one rule each. They throw a `Violation` where the rule is missing.
enum Scenarios {
    static let directed: [Rule: @Sendable (RuleSwitches) throws -> Void] = [
        .watermark: watermark, .rotlog: rotlog, .mirror: mirror, .chain: chain, .rorecheck: rorecheck, .truncate: truncate,
        .ckadmit: ckadmit, .logadmit: logadmit, .disjoint: disjoint, .resb: resb, .seqcopy: seqcopy, .dropwait: dropwait,
    ]

    private static func options(_ rules: RuleSwitches, slots: Int = 600) -> StoreOptions {
        var profile = Profile()
        profile.slots = slots
        profile.rules = rules
        var options = profile.options(clock: SimulatedClock())
        options.checkpointLogBytes = 1 << 30
        options.checkpointQuarantinedSlots = 1 << 30
        return options
    }

    private static func disk(_ seed: UInt64 = 1, slots: Int = 600) -> SimulatedDisk { SimulatedDisk(capacity: slots * Profile.pageSize, seed: seed) }

    private static func open(_ disk: SimulatedDisk, _ options: StoreOptions, _ what: String) throws -> Store {
        do throws(StoreError) { return try Store.open(io: disk, path: "x", options: options) } catch { throw Violation("\(what): \(error)") }
    }

    private static func page(_ byte: UInt8) -> [UInt8] { filled(byte, size: Profile.pageSize) }

    private static func expect(_ store: Store, _ pages: [PageNumber: UInt8], _ what: String) throws {
        let snapshot = try store.snapshot(of: .main)
        for (page, byte) in pages.sorted(by: { $0.key < $1.key }) {
            let found = snapshot.byte(page)
            try require(found == byte, "\(what): page \(page) is \(found.map { "\($0)" } ?? "unreadable"), expected \(byte)")
        }
    }

    private static func slot(_ store: Store, _ page: PageNumber) throws -> Slot { try store.maps.entry(store.snapshot(of: .main).map, page).slot }

    /// Recovers from a crash at every operation that `body` makes.
    private static func atEachOperation(
        _ disk: SimulatedDisk, _ outcome: SimulatedDisk.Outcome, _ body: () throws -> Void, verify: @escaping (SimulatedDisk, String) throws -> Void
    ) throws {
        var failure: (any Error)?
        var index = 0
        disk.setProbe { operation in
            index += 1
            guard failure == nil else { return }
            do { try verify(disk.crashed(outcome, during: operation), "crash at operation \(index)") } catch { failure = error }
        }
        defer { disk.setProbe(nil) }
        try body()
        if let failure { throw failure }
    }

    /// An image that was durable rots: its page is lost, the commits after it are not.
    @Sendable static func watermark(_ rules: RuleSwitches) throws {
        let disk = disk(), options = options(rules)
        let store = try open(disk, options, "new")
        for i in 5 ... 8 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(i)]) }
        disk.flipBit(at: Int(try slot(store, 5)) * Profile.pageSize + 600, bit: 2)
        disk.losePower()
        let again = try open(disk, options, "after the rot")
        try expect(again, [6: 6, 7: 7, 8: 8], "after the rot")
        try require(try again.snapshot(of: .main).bytes(5) == nil, "a rotten image was served")
    }

    /// A group that a later one vouches for rots: an error, since acknowledged commits are lost.
    @Sendable static func rotlog(_ rules: RuleSwitches) throws {
        let disk = disk(), options = options(rules)
        let store = try open(disk, options, "new")
        for i in 5 ... 8 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(i)]) }
        disk.flipBit(at: Int(store.registry.position.extent) * Profile.pageSize + 70, bit: 3)
        disk.losePower()
        do throws(StoreError) {
            _ = try Store.open(io: disk, path: "x", options: options)
        } catch {
            try require(error.code == "BL_CORRUPT", "\(error)")
            return
        }
        throw Violation("acknowledged commits were dropped in silence")
    }

    /// A store whose newest checkpoint has reused slots of the one before.
    private static func worn(_ disk: SimulatedDisk, _ options: StoreOptions) throws -> Store {
        let store = try open(disk, options, "new")
        for round in 1 ... 4 as ClosedRange<UInt8> {
            for i in 5 ... 9 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(10 * round + i)]) }
            try store.reclaim()
            try store.checkpoint()
        }
        return store
    }

    /// One copy of the newest superblock rots.
    @Sendable static func mirror(_ rules: RuleSwitches) throws {
        let disk = disk(slots: 200), options = options(rules, slots: 200)
        let store = try worn(disk, options)
        let generation = store.maintenance.superblock.generation
        for round in 0 ..< 6 as Range<UInt8> { for i in 5 ... 9 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(50 + round * 10 + i)]) } }
        disk.flipBit(at: Int(generation % 2) * Profile.pageSize + 60, bit: 1)
        disk.losePower()
        let again = try open(disk, options, "after the rot")
        try expect(again, [5: 105, 6: 106, 7: 107, 8: 108, 9: 109], "after the rot")
        try Model.soundness(again, "after the rot")
    }

    /// Old groups lie behind new ones in an extent that is used again.
    @Sendable static func chain(_ rules: RuleSwitches) throws {
        var options = options(rules)
        options.sync = .normal
        for seed in 1 ... 200 as ClosedRange<UInt64> {
            let first = disk()
            let store = try open(first, options, "new")
            let extent = Int(store.registry.position.extent)
            try store.setStoreValue("a", [1])
            try store.setStoreValue("a", [2])
            // The first group is lost, the second is not.
            let disk = first.crashed(.mixed(sectors: 0, seed: seed), during: nil)
            let bytes = disk.bytes
            let groups = [0, 1].map { bytes[extent * Profile.pageSize + $0 * LogGroup.sectorBytes + 8] }
            if groups[0] != 0 || groups[1] != UInt8(truncatingIfNeeded: 0x52) { continue }
            var again = try open(disk, options, "after the crash")
            for _ in 0 ..< 20 where Int(again.registry.position.extent) != extent {
                disk.restart()
                again = try open(disk, options, "after a restart")
            }
            guard Int(again.registry.position.extent) == extent else { continue }
            try again.setStoreValue("a", [3])
            try again.sync()
            disk.restart()
            let last = try open(disk, options, "at last")
            try require(last.storeValue("a") == [3], "an old group came back: \(last.storeValue("a") ?? [])")
        }
    }

    /// The owner makes checkpoints between an opener's look at the superblock and its announcement.
    @Sendable static func rorecheck(_ rules: RuleSwitches) throws {
        let disk = disk(), options = options(rules)
        let store = try worn(disk, options)
        var rounds: UInt8 = 0
        var failure: (any Error)?
        disk.setPinHook {
            guard rounds == 0 else { return }
            do {
                while rounds < 40 {
                    rounds += 1
                    for i in 5 ... 9 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(100 + rounds)]) }
                    try store.reclaim()
                    try store.checkpoint()
                }
            } catch { failure = error }
        }
        var readOnly = options
        readOnly.readOnly = true
        let reader = try open(disk, readOnly, "read-only opener")
        if let failure { throw failure }
        for i in 0 ..< 20 as Range<UInt8> {
            try expect(reader, [5: 140, 9: 140], "read-only opener")
            try store.put([5: page(i), 9: page(i)])
            try store.reclaim()
            try store.checkpoint()
        }
        try Model.soundness(reader, "read-only opener")
    }

    /// The file is cut while what lies at its end is quarantined.
    @Sendable static func truncate(_ rules: RuleSwitches) throws {
        var options = options(rules)
        options.shrinkSlackSlots = 0
        for count in 1 ... 30 {
            let disk = disk(UInt64(count))
            var store = try open(disk, options, "new")
            // Another branch's pages first: when it is gone, the tables go where they were and not to the end of the file.
            let other = BranchID(rawValue: 9)
            try store.forkHead(of: .main, as: other)
            for i in 1 ... 60 as ClosedRange<PageNumber> { try store.put([i: page(8)], on: other) }
            for i in 1 ... 200 as ClosedRange<PageNumber> { try store.put([i: page(7)]) }
            try store.discard(other)
            try store.close()
            disk.restart()
            store = try open(disk, options, "again")
            var readOnly = options
            readOnly.readOnly = true
            var reader: Store? = try open(disk, readOnly, "read-only opener")
            try store.put([1: page(2)])
            try store.reclaim()
            try store.checkpoint() // its list waits for the reader
            try store.put([:], truncate: 20)
            try store.reclaim() // what the pages beyond had is quarantined
            try require(reader != nil, "no reader")
            reader = nil
            disk.cutPower(after: count)
            try? store.checkpoint()
            disk.losePower()
            let again = try open(disk, options, "power loss at operation \(count)")
            try expect(again, [1: 2, 20: 7], "power loss at operation \(count)")
            try Model.soundness(again, "power loss at operation \(count)")
        }
    }

    /// A reader holds slots until the disk is full.
    @Sendable static func ckadmit(_ rules: RuleSwitches) throws {
        for slots in stride(from: 140, to: 240, by: 4) {
            let disk = disk(slots: slots), options = options(rules, slots: slots)
            let store = try open(disk, options, "new")
            var readOnly = options
            readOnly.readOnly = true
            let reader = try open(disk, readOnly, "read-only opener")
            var refusals = 0
            for i in 0 ..< 120 as Range<UInt8> where refusals < 12 {
                do throws(StoreError) { try store.setMetadata(.main, [i]) } catch { refusals += 1 }
                let before = disk.count(of: .write)
                do throws(StoreError) {
                    try store.checkpoint()
                } catch {
                    try require(error == .diskFull, "\(error)")
                    try require(disk.count(of: .write) == before, "\(slots) slots: a checkpoint ran into a full disk half way")
                    refusals += 1
                }
                if i % 3 == 0 { do throws(StoreError) { _ = try put(store, i) } catch { refusals += 1 } }
            }
            withExtendedLifetime(reader) {}
        }
    }

    private static func put(_ store: Store, _ i: UInt8) throws(StoreError) -> VersionID {
        let slot = try store.acquireWriter(of: .main, timeout: .zero)
        defer { slot.release() }
        let transaction = try store.begin(slot, on: try store.snapshot(of: .main))
        try transaction.write(PageNumber(i % 50) + 2, from: page(i))
        return try transaction.commit()
    }

    /// Nobody makes checkpoints while records are written.
    @Sendable static func logadmit(_ rules: RuleSwitches) throws {
        let disk = disk()
        var options = options(rules)
        options.checkpointLogBytes = 16 << 10
        options.hooks.mayRunUpkeep = { false }
        let store = try open(disk, options, "new")
        for i in 0 ..< 200 as Range<Int> {
            try store.setMetadata(.main, [UInt8](repeating: UInt8(i), count: 1500))
            let extents = store.registry.extents.count
            try require(extents <= store.log.extentLimit + 2, "the log has \(extents) extents, \(store.log.extentLimit) may wait")
        }
    }

    /// A slot is freed, used again and freed again while a list with it waits for a reader.
    @Sendable static func disjoint(_ rules: RuleSwitches) throws {
        let disk = disk(), options = options(rules)
        let store = try open(disk, options, "new")
        let other = BranchID(rawValue: 9)
        try store.forkHead(of: .main, as: other)
        for i in 20 ... 60 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(i)], on: other) }
        try store.put([5: page(1)])
        let wanted = try slot(store, 5)
        try store.discard(other) // what lies before the wanted slot is free
        // Slots are handed out in turn: until the next ones are those before the wanted one.
        var near = false
        for i in 0 ..< 250 as Range<UInt8> where !near {
            try store.put([6: page(i)])
            try store.reclaim()
            try store.checkpoint()
            let now = try slot(store, 6)
            near = now + 12 < wanted && now + 24 > wanted
        }
        try store.put([5: page(2)])
        try store.reclaim()
        try store.checkpoint()
        var readOnly = options
        readOnly.readOnly = true
        var reader: Store? = try open(disk, readOnly, "read-only opener")
        // Until a page of the head lies in the slot.
        var found: PageNumber?
        var value: UInt8 = 3
        func rotate() throws {
            value &+= 1
            try store.put([6: page(value)])
        }
        for _ in 0 ..< 200 where found == nil {
            try rotate()
            if try slot(store, 6) == wanted { found = 6 }
        }
        try require(found != nil, "the slot was not used again")
        try store.checkpoint() // names the slot; waits for the reader with its list
        try store.put([6: page(201)])
        try store.reclaim()
        try require(reader != nil, "no reader")
        reader = nil
        store.maintenance.lock.lock()
        let released = Result { try store.maintenance.release() }
        store.maintenance.lock.unlock()
        try released.get()
        for i in 0 ..< 60 as Range<UInt8> {
            try store.put([7: page(i)])
            if try slot(store, 7) == wanted { break }
        }
        disk.losePower()
        let again = try open(disk, options, "after the power loss")
        try Model.soundness(again, "after the power loss")
    }

    /// The newest superblock is in the cache only when the store is opened again.
    @Sendable static func resb(_ rules: RuleSwitches) throws {
        for seed in 1 ... 24 as ClosedRange<UInt64> {
            let disk = disk(seed), options = options(rules), store = try open(disk, options, "new")
            // Images first and large tables, so that the first slots to be free are those of the older checkpoint's tables.
            for i in 20 ... 60 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(i)]) }
            for i in 1 ... 16 as ClosedRange<UInt64> {
                try store.forkHead(of: .main, as: BranchID(rawValue: i), metadata: [UInt8](repeating: 1, count: 1800))
            }
            try store.checkpoint()
            for i in 5 ... 9 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(100 + i)]) }
            try store.reclaim()
            disk.fail(.sync, at: 1, with: SimulatedDisk.syncFailure) // that of the superblock
            try? store.checkpoint()
            try require(store.state.poisoned, "the sync did not fail")
            disk.restart()
            try atEachOperation(disk, .kept(sectors: 0)) {
                _ = try open(disk, options, "restart")
            } verify: { crashed, what in
                let again = try open(crashed, options, what)
                try expect(again, [5: 105, 9: 109], what)
                try Model.soundness(again, what)
            }
        }
    }

    /// The power goes while recovery rewrites the superblock, and leaves garbage.
    @Sendable static func seqcopy(_ rules: RuleSwitches) throws {
        let disk = disk(slots: 200), options = options(rules, slots: 200)
        let store = try worn(disk, options)
        for round in 0 ..< 6 as Range<UInt8> { for i in 5 ... 9 as ClosedRange<UInt8> { try store.put([PageNumber(i): page(100 + round * 10 + i)]) } }
        disk.restart()
        try atEachOperation(disk, .garbled(sectors: 0)) {
            _ = try open(disk, options, "restart")
        } verify: { crashed, what in
            let again = try open(crashed, options, what)
            try expect(again, [5: 155, 9: 159], what)
            try Model.soundness(again, what)
        }
    }

    /// Versions are dropped between two writes of a checkpoint. With the rule the lock rules that out.
    @Sendable static func dropwait(_ rules: RuleSwitches) throws {
        for at in 1 ... 6 {
            let disk = disk(), options = options(rules), store = try open(disk, options, "new")
            for round in 1 ... 20 as ClosedRange<UInt8> {
                try store.put([PageNumber(round) * 40: page(round), 5: page(round)])
            }
            var left = at
            disk.setHook {
                left -= 1
                guard left == 0, store.maintenance.lock.tryLock() || rules.isOff(.dropwait) else { return }
                _ = try? store.reclaim()
            }
            try store.checkpoint()
            disk.setHook(nil)
            try Model.soundness(store, "reclaim at operation \(at) of a checkpoint")
            disk.losePower()
            try Model.soundness(try open(disk, options, "after the power loss"), "reclaim at operation \(at) of a checkpoint")
        }
    }
}
#endif
