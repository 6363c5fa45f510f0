import Testing
@testable import PageStore

#if DEBUG
/// Each rule of the store, switched off, is missed: the simulation finds a violation that it does not find with the rule.
@Suite struct MutationTests {
    /// Seeds that are known to catch a rule; where a change of the store makes them miss it, others are tried.
    private static let seeds: [Rule: UInt64] = [
        .verify: 0, .presync: 7, .quarantine: 0, .inflight: 2, .nodesync: 0, .sbsync: 0, .branching: 0, .pins: 2, .ropin: 6, .relocate: 4,
        .poison: 6, .stalehead: 0, .reserve: 0, .oldlog: 0, .extmark: 0, .cutpos: 2, .roowner: 6,
    ]
    private static let budget: UInt64 = 150

    @Test(arguments: Rule.allCases) func aMissingRuleIsFound(rule: Rule) throws {
        if let scenario = Scenarios.directed[rule] {
            try scenario(RuleSwitches())
            #expect(throws: Violation.self, "\(rule) is not missed by its scenario") { try scenario(RuleSwitches(without: rule)) }
            return
        }
        let known = MutationTests.seeds[rule]
        for seed in (known.map { [$0] } ?? []) + Array(0 ..< MutationTests.budget) {
            let simulation = Simulation(seed: seed, rate: 0.1, rules: RuleSwitches(without: rule))
            guard simulation.run().failure != nil else { continue }
            let sound = Simulation(seed: seed, rate: 0.1)
            if let failure = sound.run().failure { Issue.record("with all rules: \(sound.report(failure))") }
            if seed != known { print("\(rule) is caught by seed \(seed)") }
            return
        }
        Issue.record("\(rule) is not missed in \(MutationTests.budget) seeds")
    }

    /// BRANCHLITE_MUTANT=RULE-FIRST-COUNT looks for seeds that catch a rule.
    @Test(.enabled(if: SimulationTests.environment("BRANCHLITE_MUTANT") != nil)) func survey() throws {
        let parts = SimulationTests.environment("BRANCHLITE_MUTANT")?.split(separator: "-") ?? []
        guard parts.count == 3, let first = UInt64(parts[1]), let count = UInt64(parts[2]) else { return }
        let rule = try #require(Rule.allCases.first { "\($0)" == parts[0] })
        for seed in first ..< first + count {
            if let failure = Simulation(seed: seed, rate: 0.1, rules: RuleSwitches(without: rule)).run().failure {
                print("MUTANT \(rule): seed \(seed): \(failure)")
                return
            }
        }
        print("MUTANT \(rule): not caught by \(count) seeds from \(first)")
    }
}
#endif
