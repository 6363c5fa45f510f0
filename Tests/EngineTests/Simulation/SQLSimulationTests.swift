import Glibc
import Testing

@testable import Engine

@Suite struct SQLSimulationTests {
    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// BRANCHLITE_SQL_SEEDS=FIRST-COUNT runs other seeds.
    private static var seeds: Range<UInt64> {
        let parts = environment("BRANCHLITE_SQL_SEEDS")?.split(separator: "-").compactMap { UInt64($0) } ?? []
        return parts.count == 2 ? parts[0]..<parts[0] + parts[1] : 0..<12
    }

    private func failure(_ seed: UInt64, _ steps: [SQLStep], rate: Double) -> (text: String?, world: SQLWorld?) {
        do {
            let world = try SQLWorld(seed: seed, rate: rate)
            do {
                try world.run(steps)
                return (nil, world)
            } catch {
                return ("\(error)", world)
            }
        } catch {
            return ("\(error)", nil)
        }
    }

    private func run(steps: Int, rate: Double, _ what: String) {
        var points = 0
        var counts: [String: Int] = [:]
        for seed in SQLSimulationTests.seeds {
            let history = SQLStep.history(seed: seed, steps: steps)
            let (text, world) = failure(seed, history, rate: rate)
            points += world?.points ?? 0
            counts.merge(world?.counts ?? [:], uniquingKeysWith: +)
            guard let text else { continue }
            let short = SQLStep.shrink(history) { failure(seed, $0, rate: rate).text != nil }
            let last = failure(seed, short, rate: rate)
            Issue.record(
                "seed \(seed): \(text)\nshrunk to \(short.count) steps, which give: \(last.text ?? "nothing")\n\(last.world?.trace.joined(separator: "\n") ?? "")")
            return
        }
        print("\(what): \(points) crash points; steps: \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    }

    /// Random SQL on several branches and connections; after a crash each branch is what stock SQLite has at that commit.
    @Test func branchesAreRightAfterCrashes() { run(steps: 60, rate: 0.15, "SQL crash simulation") }

    /// Connections that sleep while their branch is written, restored, reset and fast-forwarded see it as it is, pages and
    /// schema; those in a transaction see what they began with.
    @Test func sleepingConnectionsSeeNothingStale() { run(steps: 250, rate: 0, "sleeping connections") }
}
