// The main job's figures: fork, first write, live first write, point reads at depth, storage per branch.
// Prints JSON figures on standard output and progress on standard error.
import Foundation

let folder = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : NSTemporaryDirectory()
let small = ProcessInfo.processInfo.environment["BRANCHLITE_BENCH_SMALL"] == "1"
let suite = MainJobSuite(folder: folder, small: small)
do {
    let figures = try await suite.run()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes, .sortedKeys]
    FileHandle.standardOutput.write(try encoder.encode(figures))
} catch {
    note("bench failed: \(error)")
    exit(1)
}
