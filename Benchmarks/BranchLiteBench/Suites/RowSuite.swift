import Foundation

/// One row of a suite, or several that share their data.
struct SuiteRow {
    var name: String
    var run: @MainActor (Bench) async throws -> [Figure]
}

/// Runs the rows of a suite, or some of them.
@MainActor
struct RowSuite {
    let rows: [SuiteRow]
    let bench: Bench
    /// Names of the rows to run; nil = all.
    let only: [String]?

    /// Runs the rows one after the other. One that fails does not stop the others; `failures` then tells which.
    func run() async throws -> (figures: [Figure], failures: [String]) {
        if let unknown = only?.first(where: { name in !rows.contains { $0.name == name } }) {
            throw BenchError(description: "no row is named \(unknown); there are: \(rows.map(\.name).joined(separator: ", "))")
        }
        var figures: [Figure] = []
        var failures: [String] = []
        for row in rows where only?.contains(row.name) ?? true {
            note(row.name)
            let start = wallTime()
            do {
                let found = try await row.run(bench)
                guard !found.isEmpty, found.allSatisfy({ $0.value.isFinite && $0.ratio?.isFinite ?? true }) else {
                    throw BenchError(description: "no sensible figure")
                }
                figures += found
            } catch {
                failures.append("\(row.name): \(error)")
                note("  failed: \(error)")
            }
            note("  \(Figure.text(wallTime() - start)) s")
        }
        return (figures, failures)
    }
}
