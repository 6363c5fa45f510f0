import Glibc
@testable import PageStore

/// One seed's history with crashes looked at as it goes, and the report of what went wrong, made short.
struct Simulation {
    let seed: UInt64
    var profile: Profile
    /// Chance of looking at each operation of the disk.
    var rate: Double
    /// A call that fails.
    var fault: Fault?

    struct Fault: CustomStringConvertible {
        var call: SimulatedDisk.Call
        var index: Int
        var error: StoreError
        var lasts = false
        var description: String { "\(call) \(index) and \(lasts ? "all later ones fail" : "no other fails"): \(error)" }
    }

    init(seed: UInt64, rate: Double = 0.07, rules: RuleSwitches = RuleSwitches()) {
        self.seed = seed
        self.rate = rate
        profile = Profile.of(seed: seed)
        profile.rules = rules
    }

    struct Outcome {
        var points = 0
        var counts: [String: Int] = [:]
        var kinds: [String: Int] = [:]
        var failure: String?
        var trace: [String] = []
        /// Calls of the disk after the store was made that could fail, by kind.
        var calls: [SimulatedDisk.Call: Int] = [:]
        var fired = 0
    }

    func run(_ steps: [Step]? = nil) -> Outcome {
        var outcome = Outcome()
        do {
            let world = try World(profile: profile, seed: seed)
            let formatCalls = Dictionary(uniqueKeysWithValues: SimulatedDisk.Call.allCases.map { ($0, world.disk.faultableCount(of: $0)) })
            let probe = CrashProbe(world, seed: seed, rate: rate)
            if rate > 0 {
                world.probe = { try probe.look($0) }
                world.startProbing()
            }
            if let fault { world.disk.fail(fault.call, at: fault.index, with: fault.error, lasts: fault.lasts) }
            do { try world.run(steps ?? Step.history(seed: seed, profile: profile)) } catch { outcome.failure = "\(error)" }
            world.probe = nil
            outcome.points = probe.points + (world.counts["power loss"] ?? 0) + (world.counts["restart"] ?? 0)
            outcome.counts = world.counts
            outcome.kinds = probe.kinds
            outcome.trace = world.trace
            for call in SimulatedDisk.Call.allCases { outcome.calls[call] = world.disk.faultableCount(of: call) - formatCalls[call, default: 0] }
            outcome.fired = world.disk.firedFaults
        } catch {
            outcome.failure = "no store: \(error)"
        }
        return outcome
    }

    /// The failure with a history that is as short as can be.
    func report(_ failure: String) -> String {
        let steps = Step.history(seed: seed, profile: profile)
        let short = Shrinker.shrink(steps) { run($0).failure != nil }
        let last = run(short)
        return """
            seed \(seed): \(failure)
            replay: make simulate SECONDS=1 SEED=\(seed)
            shrunk from \(steps.count) to \(short.count) steps, which give: \(last.failure ?? "nothing (the failure depends on steps left out)")
            \(last.trace.joined(separator: "\n"))
            """
    }
}
