import ArgumentParser
import Branching
import Foundation

struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair", abstract: "Get out of a damaged store what is intact.",
        discussion: """
            Writes every branch as a SQLite file into a new directory and says what is not intact. The store itself is only read. Of a \
            branch with damaged pages there is a file with zeros in their place (NAME.damaged.db; sqlite3's .recover may get more out of \
            it) and, where one is left, the newest older version that is whole (NAME@VERSION.db). Exit status 1: something is lost.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "The directory to write; it must not exist or be empty.") var destination: String
    @Flag(help: "As JSON.") var json = false

    func run() throws {
        let bar = ProgressBar("repair")
        defer { bar.finish() }
        let result = try Repair.run(store: store, into: URL(fileURLWithPath: destination).path) { _, done in bar.update(done) }
        bar.finish()
        if json {
            Terminal.write(encodedJSON(result, pretty: true) + "\n")
        } else {
            for note in result.notes { Terminal.write("store: \(note)\n") }
            for branch in result.branches { Terminal.write(RepairCommand.describe(branch)) }
            let whole = result.branches.filter(\.isWhole).count
            Terminal.write("\(whole) of \(result.branches.count) branches are whole; written to \(destination)\n")
        }
        if !result.isComplete { throw ExitCode(1) }
    }

    /// Pages named of a damaged branch.
    private static let pagesNamed = 20

    private static func describe(_ branch: RepairResult.Branch) -> String {
        var lines: [String] = []
        if branch.damagedPages.isEmpty {
            lines.append("\(branch.name): whole, \(branch.pages) pages: \(branch.file ?? "not written")")
        } else {
            let named = branch.damagedPages.prefix(pagesNamed).map(String.init).joined(separator: ", ")
            let more = branch.damagedPages.count > pagesNamed ? ", …" : ""
            lines.append("\(branch.name): DAMAGED, \(branch.damagedPages.count) of \(branch.pages) pages (\(named)\(more)): \(branch.file ?? "not written")")
            if let version = branch.wholeVersion, let file = branch.wholeVersionFile { lines.append("  version \(version) is whole: \(file)") }
        }
        lines += branch.notes.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
