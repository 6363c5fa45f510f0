import Glibc
import Testing
@testable import PageStore

/// Every call of a history to its disk fails in turn: nothing acknowledged is lost, nothing is half done, nothing leaks.
@Suite struct FaultIndexTests {
    private static let failures: [(SimulatedDisk.Call, StoreError, lasts: Bool)] = [
        (.read, .io(errno: EIO, operation: "simulated read failure"), false),
        (.write, .io(errno: EIO, operation: "simulated write failure"), false),
        (.write, .diskFull, false),
        (.write, .diskFull, true),
        (.sync, .io(errno: EIO, operation: "simulated sync failure"), false),
        (.truncate, .io(errno: EIO, operation: "simulated truncate failure"), false),
        (.reserve, .diskFull, false),
        (.reserve, .io(errno: EIO, operation: "simulated reserve failure"), false),
    ]

    /// BRANCHLITE_FAULT_SEEDS=FIRST-COUNT runs other seeds.
    static var seeds: Range<UInt64> {
        let parts = SimulationTests.environment("BRANCHLITE_FAULT_SEEDS")?.split(separator: "-").compactMap { UInt64($0) } ?? []
        return parts.count == 2 ? parts[0] ..< parts[0] + parts[1] : 0 ..< 4
    }

    @Test func everyCallMayFail() {
        var points = 0
        var fired: [String: Int] = [:]
        for seed in FaultIndexTests.seeds {
            var simulation = Simulation(seed: seed, rate: 0)
            simulation.profile.steps = 16
            let calm = simulation.run()
            if let failure = calm.failure {
                Issue.record("\(simulation.report(failure))")
                return
            }
            for (call, error, lasts) in FaultIndexTests.failures {
                for index in 0 ..< calm.calls[call, default: 0] {
                    simulation.fault = Simulation.Fault(call: call, index: index, error: error, lasts: lasts)
                    let outcome = simulation.run()
                    if let failure = outcome.failure {
                        Issue.record("with \(simulation.fault.map { "\($0)" } ?? ""):\n\(simulation.report(failure))")
                        return
                    }
                    if outcome.fired == 0 { continue }
                    points += 1
                    fired["\(call)", default: 0] += 1
                }
            }
        }
        print("failing calls: \(points) over \(FaultIndexTests.seeds.count) seeds; failed: \(fired.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    }
}
