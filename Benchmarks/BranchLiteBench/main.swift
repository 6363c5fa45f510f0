// Benchmarks. Progress goes to standard error.
//
//   BranchLiteBench [FOLDER]              the main job's figures, as JSON on standard output
//   BranchLiteBench store|merge [--quick] [--only ROW,ROW…] [--folder DIRECTORY] [--output FILE]
//                                         the page store against stock SQLite, or diff and merge against DoltLite
//                                         (BRANCHLITE_DOLTLITE: its library): a table on standard output, JSON to FILE
import CSQLite
import Foundation

struct Arguments {
    /// The suite of rows; nil: the main job.
    var suite: String?
    var isQuick = false
    var only: [String]?
    var folder = NSTemporaryDirectory()
    var output: String?

    init(_ arguments: [String]) throws {
        guard let first = arguments.first else { return }
        guard ["store", "merge"].contains(first) else {
            folder = first
            return
        }
        suite = first
        var rest = arguments.dropFirst()
        func value(_ option: String) throws -> String {
            guard let value = rest.popFirst() else { throw BenchError(description: "\(option) needs a value") }
            return value
        }
        while let option = rest.popFirst() {
            switch option {
            case "--quick": isQuick = true
            case "--only": only = try value(option).split(separator: ",").map(String.init)
            case "--folder": folder = try value(option)
            case "--output": output = try value(option)
            default: throw BenchError(description: "unknown option \(option)")
            }
        }
    }
}

@MainActor func run(_ name: String, _ arguments: Arguments) async throws {
    let folder = "\(arguments.folder)/branchlite-\(name)-bench-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    note("SQLite \(String(cString: sqlite3_libversion())), files in \(folder)")
    let rows = name == "store" ? StoreSuite.rows : MergeSuite.rows
    let suite = RowSuite(rows: rows, bench: Bench(folder: folder, scale: arguments.isQuick ? .quick : Scale()), only: arguments.only)
    let (figures, failures) = try await suite.run()
    print(figures.table())
    if let output = arguments.output { try figures.json().write(to: URL(fileURLWithPath: output)) }
    if !failures.isEmpty { throw BenchError(description: failures.joined(separator: "; ")) }
}

do {
    let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
    if let suite = arguments.suite {
        try await run(suite, arguments)
    } else {
        let small = ProcessInfo.processInfo.environment["BRANCHLITE_BENCH_SMALL"] == "1"
        FileHandle.standardOutput.write(try await MainJobSuite(folder: arguments.folder, small: small).run().json())
    }
} catch {
    note("bench failed: \(error)")
    exit(1)
}
