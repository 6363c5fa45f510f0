@testable import PageStore

/// The kind of disk, store and history that a seed gets.
struct Profile: Sendable {
    static let pageSize = 1024

    /// Slots that the disk has room for.
    var slots = 400
    var sync = SyncMode.full
    /// Ticks of the clock for which versions are kept; 0: not at all.
    var retention: Int64 = 0
    /// Whether checkpoints run within other operations and operations within checkpoints, rather than when they are due.
    var nested = false
    var readers = true
    var shrinkSlack = 8
    var steps = 90
    var mapCacheBytes = 64 << 20
    var rules = RuleSwitches()

    static func of(seed: UInt64) -> Profile {
        var random = SeededGenerator(seed: seed ^ 0x5EED)
        var profile = Profile()
        profile.nested = seed % 3 == 2
        profile.slots = profile.nested ? 2000 : [150, 180, 200, 240, 300, 1200].randomElement(using: &random) ?? 400
        profile.sync = Bool.random(using: &random) ? .full : .normal
        profile.retention = seed % 4 == 1 ? Int64.random(in: 5 ... 60, using: &random) : 0
        profile.readers = seed % 5 != 0
        profile.mapCacheBytes = seed % 2 == 0 ? 2048 : 64 << 20 // half of the runs with nodes that come and go
        return profile
    }

    func options(clock: SimulatedClock) -> StoreOptions {
        var options = quietOptions(pageSize: Profile.pageSize)
        options.logExtentSlots = 8
        options.maxFileBytes = UInt64(slots * Profile.pageSize)
        options.transactionCacheBytes = 12 * Profile.pageSize
        options.mapCacheBytes = mapCacheBytes
        options.checkpointLogBytes = nested ? 1 << 30 : 24 << 10
        options.checkpointQuarantinedSlots = nested ? 1 << 30 : 60
        options.shrinkSlackSlots = shrinkSlack
        options.sync = sync
        options.rules = rules
        options.clock = { clock.next() }
        if retention > 0 {
            let kept = retention
            options.retention = { version, now in
                now < version.timeMicros + kept ? .keep(untilMicros: version.timeMicros + kept) : .drop
            }
        }
        return options
    }
}

/// A clock that goes on by one each time it is asked.
final class SimulatedClock: @unchecked Sendable { // one thread at a time runs in a simulation
    private(set) var now: Int64 = 0

    func next() -> Int64 {
        now += 1
        return now
    }

    func pass(_ ticks: Int64) { now += ticks }
}
