@testable import PageStore

/// Looks, at operations of a running world's disk, what a crash at that moment would leave, and recovers from it.
final class CrashProbe {
    private unowned let world: World
    private var random: SeededGenerator
    /// Chance of looking at an operation.
    private let rate: Double
    /// Crashes that were recovered from.
    private(set) var points = 0
    private(set) var kinds: [String: Int] = [:]

    init(_ world: World, seed: UInt64, rate: Double) {
        self.world = world
        random = SeededGenerator(seed: seed &* 31 &+ 7)
        self.rate = rate
    }

    private func chance(_ p: Double) -> Bool { Double.random(in: 0 ..< 1, using: &random) < p }

    func look(_ operation: SimulatedDisk.Operation) throws {
        guard chance(rate) else { return }
        for outcome in outcomes(operation) { try crash(outcome, operation) }
    }

    /// Some of the things a crash may leave: writes are torn at each sector boundary by chance.
    private func outcomes(_ operation: SimulatedDisk.Operation) -> [SimulatedDisk.Outcome] {
        let sectors = operation.sectors > 0 ? Int.random(in: 0 ... operation.sectors, using: &random) : 0
        switch Int.random(in: 0 ..< 8, using: &random) {
        case 0: return [.kept(sectors: sectors), .lost(sectors: sectors)]
        case 1: return [.kill(sectors: sectors)]
        case 2: return [.garbled(sectors: sectors)]
        case 3 where operation.sectors > 1: // each boundary
            return (0 ... min(operation.sectors, 16)).map { .kept(sectors: $0) }
        default:
            return (0 ..< 2).map { _ in .mixed(sectors: sectors, seed: random.next()) }
        }
    }

    private func name(_ outcome: SimulatedDisk.Outcome) -> String {
        switch outcome {
        case .kill: return "kill"
        case .kept: return "torn write"
        case .lost: return "all unsynced writes lost"
        case .garbled: return "garbage in unsynced sectors"
        case .mixed: return "some unsynced writes lost or garbled"
        }
    }

    private func count(_ kind: String) {
        points += 1
        kinds[kind, default: 0] += 1
    }

    private func crash(_ outcome: SimulatedDisk.Outcome, _ operation: SimulatedDisk.Operation) throws {
        let what = "\(outcome) during \(operation.call) of \(operation.length) bytes at \(operation.offset)"
        let disk = world.disk.crashed(outcome, during: operation)
        var kill = false
        if case .kill = outcome { kill = true }
        let least = kill ? world.model.acknowledged : world.model.durable
        count(name(outcome))
        if chance(0.25) { // recovery is interrupted too
            if chance(0.3) { disk.failNextSync() } else { disk.cutPower(after: Int.random(in: 1 ..< 40, using: &random)) }
            let opened = try open(disk, what)
            if opened == nil {
                count("interrupted recovery")
                let power = chance(0.6)
                if power { disk.losePower() } else { disk.restart() }
                disk.heal()
                return try recover(disk, least: power ? world.model.durable : least, what + ", recovery interrupted")
            }
            disk.cutPower(after: nil)
            disk.heal()
            disk.restart()
        }
        try recover(disk, least: least, what)
    }

    /// The store, or nil where the power went or a sync failed meanwhile.
    private func open(_ disk: SimulatedDisk, _ what: String) throws -> Store? {
        let clock = SimulatedClock()
        clock.pass(world.clock.now)
        do throws(StoreError) {
            return try Store.open(io: disk, path: "x", options: world.profile.options(clock: clock))
        } catch {
            switch error {
            case .io, .poisoned: return nil
            default: throw Violation("\(what): recovery refused: \(error)")
            }
        }
    }

    private func recover(_ disk: SimulatedDisk, least: UInt64, _ what: String) throws {
        let model = world.model, now = world.clock.now, retention = world.profile.retention
        guard let store = try open(disk, what) else { throw Violation("\(what): recovery failed on a healthy disk") }
        let lsn = store.registry.published
        try require(least <= lsn && lsn <= model.issued, "\(what): recovered LSN \(lsn), \(least) must be there, issued \(model.issued)")
        try model.verify(store, lsn: lsn, retention: retention, now: now, what)
        try Model.soundness(store, what)
        let counts = store.space.counts
        try require(counts.inFlight == 0 && counts.quarantined == 0, "\(what): leak after recovery: \(counts)")
        if chance(0.2) { // what was recovered is durable, and the store is of use
            count("power loss after recovery")
            if chance(0.5) {
                do throws(StoreError) {
                    try store.setStoreValue("z", [1])
                    _ = try store.reclaim()
                    if chance(0.5) { try store.checkpoint() }
                } catch {
                    throw Violation("\(what): unusable after recovery: \(error)")
                }
                try model.verify(store, lsn: lsn, retention: retention, now: now, what + ", used again")
                try Model.soundness(store, what + ", used again")
            }
            let again = disk.crashed(chance(0.5) ? .lost(sectors: 0) : .mixed(sectors: 0, seed: random.next()), during: nil)
            guard let store = try open(again, what) else { throw Violation("\(what): second recovery failed on a healthy disk") }
            let second = store.registry.published
            try require(second == lsn || second == lsn + 1, "\(what): recovered LSN \(lsn), then \(second)")
            try model.verify(store, lsn: lsn, retention: retention, now: now, what + ", crashed again")
            try Model.soundness(store, what + ", crashed again")
        }
    }
}
