import Glibc
import Testing
@testable import PageStore

@Suite struct SimulationTests {
    /// BRANCHLITE_SIM_SEEDS=FIRST-COUNT runs other seeds.
    static var seeds: Range<UInt64> {
        let parts = environment("BRANCHLITE_SIM_SEEDS")?.split(separator: "-").compactMap { UInt64($0) } ?? []
        return parts.count == 2 ? parts[0] ..< parts[0] + parts[1] : 0 ..< 110
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// `make simulate SECONDS=n SEED=s`: goes on with one seed after the other until the time is over.
    @Test(.enabled(if: environment("BRANCHLITE_SIM_SECONDS") != nil)) func simulatesForAWhile() throws {
        let seconds = SimulationTests.environment("BRANCHLITE_SIM_SECONDS").flatMap { Int64($0) } ?? 60
        let end = monotonicNanoseconds() + seconds * 1_000_000_000
        let first = SimulationTests.environment("BRANCHLITE_SIM_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max / 2)
        var seed = first, points = 0
        while monotonicNanoseconds() < end {
            var simulation = Simulation(seed: seed)
            if seed % 16 == 15 { // longer histories at times
                simulation.profile.steps = 600
                simulation.rate = 0.02
            }
            let outcome = simulation.run()
            points += outcome.points
            if let failure = outcome.failure {
                Issue.record("after \(points) crash points:\n\(simulation.report(failure))")
                return
            }
            seed += 1
        }
        print("simulation: \(points) crash points over \(seed - first) seeds from \(first)")
    }

    @Test func recoversFromCrashesAnywhere() throws {
        var points = 0, seeds = 0
        var counts: [String: Int] = [:], kinds: [String: Int] = [:]
        for seed in SimulationTests.seeds {
            let simulation = Simulation(seed: seed)
            let outcome = simulation.run()
            if let failure = outcome.failure {
                Issue.record("\(simulation.report(failure))")
                return
            }
            seeds += 1
            points += outcome.points
            counts.merge(outcome.counts, uniquingKeysWith: +)
            kinds.merge(outcome.kinds, uniquingKeysWith: +)
        }
        func list(_ figures: [String: Int]) -> String { figures.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
        print("crash simulation: \(points) crash points over \(seeds) seeds (\(list(kinds))); steps: \(list(counts))")
        if SimulationTests.environment("BRANCHLITE_SIM_SEEDS") == nil { #expect(points >= 5000) }
    }
}
