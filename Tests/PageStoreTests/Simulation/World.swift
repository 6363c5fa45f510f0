import Testing
@testable import PageStore

/// Runs a history of steps on a store on a simulated disk, against the model.
final class World: @unchecked Sendable { // one thread at a time: helpers run while the leader waits for them
    let profile: Profile
    let disk: SimulatedDisk
    let clock = SimulatedClock()
    let options: StoreOptions
    var store: Store?
    var model = Model()
    var pins: [Snapshot] = []
    var readers: [(store: Store, model: Model, lsn: UInt64)] = []
    var random = SeededGenerator(seed: 0)
    var nextBranch: UInt64 = 1
    var nextTag: UInt64 = 1
    var counts: [String: Int] = [:]
    /// What was done, in words.
    var trace: [String] = []
    /// Called at each operation of the disk, with the model as it is then.
    var probe: ((SimulatedDisk.Operation) throws -> Void)?
    private var probeFailure: (any Error)?
    let hookBox = HookBox()

    final class HookBox: @unchecked Sendable { // one thread at a time
        var body: (() -> Void)?
        /// Off while several threads write: upkeep would run beside them.
        var upkeep = true
        var withinCheckpoint = false
    }

    init(profile: Profile, seed: UInt64) throws {
        self.profile = profile
        disk = SimulatedDisk(capacity: profile.slots * Profile.pageSize, seed: seed)
        var options = profile.options(clock: clock)
        let box = hookBox
        options.hooks.onGroupWritten = {
            guard let body = box.body else { return }
            box.body = nil
            body()
        }
        options.hooks.mayRunUpkeep = { box.upkeep }
        options.hooks.runsWithinCheckpoint = { box.withinCheckpoint }
        self.options = options
        store = try Store.open(io: disk, path: "x", options: options)
    }

    func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
    func chance(_ p: Double) -> Bool { Double.random(in: 0 ..< 1, using: &random) < p }
    func count(_ what: String) { counts[what, default: 0] += 1 }
    func note(_ text: String) { trace.append(text) }
    /// Called by the leader between writing and publishing the next group.
    func whenGroupIsWritten(_ body: (() -> Void)?) { hookBox.body = body }

    /// Looks at the disk before each of its operations from now on.
    func startProbing() {
        disk.setProbe { [unowned self] operation in
            guard probeFailure == nil, let probe else { return }
            do { try probe(operation) } catch { probeFailure = error }
        }
    }

    /// Throws what the probe found.
    func checkProbe() throws { if let probeFailure { throw probeFailure } }

    // MARK: running

    func run(_ steps: [Step]) throws {
        for (index, step) in steps.enumerated() {
            random = SeededGenerator(seed: step.salt)
            note("\(index): \(step)")
            do {
                try perform(step.kind)
            } catch let error as StoreError {
                try handle(error)
            } catch let violation as Violation {
                // What went wrong without power (in upkeep after a commit, whose errors are kept) is no finding.
                if !disk.isPowerOff { throw violation }
                try reopen(power: true)
            }
            try checkProbe()
        }
        disk.heal()
        disk.cutPower(after: nil)
        random = SeededGenerator(seed: UInt64(steps.count))
        try reopen(power: true)
        try checkProbe()
    }

    private func handle(_ error: StoreError) throws {
        switch error {
        case _ where store?.state.poisoned ?? false, .io, .poisoned: // whatever came back from an operation around another
            count("fault")
            note("  failed: \(error)")
            if let store, !isFatal(error, store) { // nothing was changed, and the store goes on
                disk.heal()
                try verify(store, "after a failure")
                if chance(0.5) { return }
            }
            try reopen(power: error == SimulatedDisk.powerLoss || chance(0.5))
        case .diskFull:
            count("disk full")
            note("  disk full")
            if disk.firedFaults > 0, let store {
                if chance(0.5) { disk.heal() }
                if !isFatal(error, store) { try verify(store, "after a full disk") }
            }
            if !readers.isEmpty, chance(0.5) { readers.removeFirst() }
            if let store, chance(0.3) { try discardSome(store) }
        case .writerBusy, .staleHead, .noSuchVersion, .noSuchBranch:
            count("refused")
            note("  refused: \(error)")
        default:
            throw Violation("unexpected: \(error)")
        }
    }

    private func discardSome(_ store: Store) throws {
        for branch in store.branches().map(\.id).sorted() where branch != .main && chance(0.7) {
            do {
                try submit(.discard(branch), store) { try store.discard(branch) }
            } catch let error as StoreError {
                guard isFatal(error, store) else { continue }
                return try reopen(power: true)
            }
        }
    }

    /// Whether the record that was being written may be on the disk.
    func isFatal(_ error: StoreError, _ store: Store) -> Bool {
        switch error {
        case .poisoned: return true
        case .io: return store.state.poisoned || disk.isPowerOff
        default: return store.state.poisoned
        }
    }

    private func verify(_ store: Store, _ what: String) throws {
        try disk.undisturbed {
            try model.verify(store, lsn: model.issued, retention: profile.retention, now: clock.now, what)
            try Model.soundness(store, what)
        }
    }

    private func perform(_ kind: Step.Kind) throws {
        guard let store else { throw Violation("no store") }
        switch kind {
        case .commit, .fork, .discard, .move, .value, .metadata: try write(kind, store)
        case .group: try group(store)
        case .checkpoint: try checkpoint(store)
        case .reclaim: count("versions dropped", try store.reclaim())
        case .vacuum:
            // Nothing moves while something is pinned.
            if chance(0.8) { pins = [] }
            count("images moved", try store.vacuum(patience: .zero).movedImages)
            noteDurable(store)
        case .sync:
            try store.sync()
            noteDurable(store)
        case .backup: try backup(store)
        case .pass: clock.pass(Int64(int(5 ..< 60)))
        case .check:
            try verify(store, "running")
            try bounds(store)
        case .writeAroundCheckpoint: try writeAroundCheckpoint(store)
        case .checkpointAroundWrites: try checkpointAroundWrites(store)
        case .checkpointBeforePublishing: try checkpointBeforePublishing(store)
        case .pin:
            if pins.count < 4 { pins.append(try store.snapshot(at: VersionID(rawValue: randomVersion(store)))) }
        case .unpin:
            if let pin = pins.popLast() { try disk.undisturbed { try model.verify(pin, pin.version.rawValue, "pinned") } }
        case .openReader: try openReader()
        case .read:
            if !readers.isEmpty { try read(int(0 ..< readers.count)) }
        case .closeReader:
            if !readers.isEmpty { readers.remove(at: int(0 ..< readers.count)) }
        case .kill: try reopen(power: false)
        case .losePower: try reopen(power: true)
        case .close:
            pins = []
            let faults = disk.firedFaults
            do throws(StoreError) { try store.close() } catch {
                // Closed it is, with more left to recover.
                let expected = error == .diskFull && !readers.isEmpty || disk.firedFaults > faults || isFatal(error, store)
                if !expected { throw error }
                note("  closing failed: \(error)")
            }
            try reopen(power: disk.isPowerOff || chance(0.5))
        case .cutPower: disk.cutPower(after: int(1 ..< 30))
        case .failSync: disk.failNextSync()
        }
    }

    private func count(_ what: String, _ n: Int) { counts[what, default: 0] += n }

    func noteDurable(_ store: Store) {
        model.durable = max(model.durable, min(model.issued, store.log.durable.load(ordering: .relaxed)))
    }

    func randomHead(_ store: Store) -> BranchID { store.branches().map(\.id).sorted().randomElement(using: &random) ?? .main }
    func randomVersion(_ store: Store) -> UInt64 { store.registry.versions.keys.sorted().randomElement(using: &random) ?? 0 }

    /// A checkpoint is refused only while old readers hold slots, and then before it has written anything.
    func checkpoint(_ store: Store) throws {
        let before = disk.count(of: .write) + disk.count(of: .sync), faults = disk.firedFaults
        do throws(StoreError) {
            try store.checkpoint()
        } catch {
            guard error == .diskFull, disk.firedFaults == faults else { throw error }
            try require(!readers.isEmpty, "no room for a checkpoint")
            try require(disk.count(of: .write) + disk.count(of: .sync) == before, "a checkpoint ran into a full disk half way")
            throw error
        }
        noteDurable(store)
        count("checkpoint")
    }

    /// Bounds that hold at any time.
    func bounds(_ store: Store) throws {
        let extents = store.registry.extents.count
        try require(extents <= store.log.extentLimit + 2, "the log has \(extents) extents, at most \(store.log.extentLimit) should wait")
    }

    private func backup(_ store: Store) throws {
        let target = MemoryFileSystem()
        let lsn = model.issued
        try store.backup(to: "copy", files: target)
        noteDurable(store)
        var readOnly = options
        readOnly.readOnly = true
        readOnly.rules = RuleSwitches()
        let copy = try Store.open(io: target, path: "copy", options: readOnly)
        try model.verify(copy, lsn: lsn, retention: 0, now: 0, "backup")
        count("backup")
    }

    // MARK: read-only openers

    private func openReader() throws {
        guard readers.count < 2, let store else { return }
        var readOnly = options
        readOnly.readOnly = true
        // At some openings the owner makes checkpoints and reuses slots before the opener has announced itself.
        var left = chance(0.4) ? 1 : 0
        var failure: (any Error)?
        disk.setPinHook { [self] in
            guard left > 0 else { return }
            left -= 1
            do {
                for _ in 0 ..< 2 {
                    try write(.commit, store)
                    try store.reclaim()
                    try store.checkpoint()
                    noteDurable(store)
                }
                try write(.commit, store)
            } catch { failure = error }
        }
        defer { disk.setPinHook(nil) }
        var opened: Store?
        var refusal: StoreError?
        do throws(StoreError) { opened = try Store.open(io: disk, path: "x", options: readOnly) } catch { refusal = error }
        if let failure { throw failure }
        if case .io? = refusal, let refusal { throw refusal }
        guard let reader = opened else { throw Violation("a read-only opener was refused: \(refusal.map { "\($0)" } ?? "")") }
        let lsn = reader.registry.published
        // A group is vouched for by what was written after it, so the opener may miss what is durable since.
        let least = store.maintenance.superblock.lsn
        try require(least <= lsn && lsn <= model.issued, "a read-only opener sees LSN \(lsn), the checkpoint has \(least), issued \(model.issued)")
        readers.append((reader, model, lsn))
        try read(readers.count - 1)
        count("read-only open")
    }

    private func read(_ index: Int) throws {
        let reader = readers[index]
        try disk.undisturbed { try reader.model.verify(reader.store, lsn: reader.lsn, retention: 0, now: 0, "read-only opener") }
        count("read-only read")
    }

    // MARK: restarts

    private func openAgain() -> StoreError? {
        do throws(StoreError) {
            store = try Store.open(io: disk, path: "x", options: options)
            return nil
        } catch {
            return error
        }
    }

    /// Restart after a power loss or a kill; recovery itself may be interrupted.
    func reopen(power: Bool) throws {
        var power = power
        disk.setHook(nil)
        disk.setPinHook(nil)
        hookBox.body = nil
        hookBox.withinCheckpoint = false
        while true {
            count(power ? "power loss" : "restart")
            note(power ? "  power loss" : "  restart")
            pins = []
            store = nil
            if power {
                readers = []
                disk.losePower()
                model.acknowledged = model.durable
            } else {
                disk.restartOwner()
            }
            if chance(0.05) { disk.failNextSync() }
            disk.cutPower(after: chance(0.3) ? int(1 ..< 40) : nil)
            let faults = disk.firedFaults
            guard let error = openAgain() else { break }
            note("  recovery failed: \(error)")
            switch error {
            case _ where disk.firedFaults > faults: // an ordered one; the next attempt meets a healthy disk
                count("fault in recovery")
                disk.heal()
                power = chance(0.3)
            case .io, .poisoned:
                count("crash in recovery")
                power = error == SimulatedDisk.powerLoss ? chance(0.7) : chance(0.3)
            case .diskFull:
                try require(!readers.isEmpty, "no room to recover")
                count("recovery waits for readers")
                readers = []
                power = false
            default:
                throw Violation("recovery refused: \(error)")
            }
        }
        disk.cutPower(after: nil)
        disk.failNextSync(false)
        guard let store else { return }
        let lsn = store.registry.published
        let least = model.acknowledged
        try require(least <= lsn && lsn <= model.issued, "recovered LSN \(lsn), \(least) must be there, issued \(model.issued)")
        try disk.undisturbed {
            try model.verify(store, lsn: lsn, retention: profile.retention, now: clock.now, "after recovery")
            try Model.soundness(store, "after recovery")
        }
        let counts = store.space.counts
        try require(counts.inFlight == 0 && (counts.quarantined == 0 || !readers.isEmpty), "leak after recovery: \(counts)")
        model.cut(after: lsn)
        model.acknowledged = lsn
        model.durable = lsn
    }
}
