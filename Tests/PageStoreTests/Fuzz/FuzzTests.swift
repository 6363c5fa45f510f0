import Glibc
import Testing
@testable import PageStore

/// A short seeded run of each fuzz target. `make fuzz` runs them with libFuzzer for longer.
@Suite struct FuzzTests {
    private static var seed: UInt64 { SimulationTests.environment("BRANCHLITE_FUZZ_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max) }
    private static var runs: Int { SimulationTests.environment("BRANCHLITE_FUZZ_RUNS").flatMap { Int($0) } ?? 60 }

    private static func input(_ random: inout SeededGenerator) -> [UInt8] {
        let interesting: [UInt8] = [0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 127, 128, 254, 255]
        let sparse = Bool.random(using: &random)
        return (0 ..< Int.random(in: 0 ... 400, using: &random)).map { _ in
            if sparse, Int.random(in: 0 ..< 12, using: &random) > 0 { return 0 }
            return Bool.random(using: &random) ? UInt8.random(in: 0 ... 255, using: &random) : interesting.randomElement(using: &random) ?? 0
        }
    }

    @Test(arguments: StoreFuzzTargets.all.map(\.name)) func anyInputIsSurvived(name: String) throws {
        let target = try #require(StoreFuzzTargets.all.first { $0.name == name })
        let seed = FuzzTests.seed
        print("fuzz \(name): seed \(seed)") // before: a crash takes the process
        var random = SeededGenerator(seed: seed)
        for _ in 0 ..< FuzzTests.runs { target.run(FuzzTests.input(&random)) }
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        #expect(usage.ru_maxrss < 2 << 20, "seed \(seed): \(usage.ru_maxrss) KiB")
    }
}
