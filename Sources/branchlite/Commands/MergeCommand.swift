import ArgumentParser
import Branching
import Foundation

struct MergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Merge a branch into another.",
        discussion: "Exits with 1 and lists the conflicts when there are any that the strategy does not settle; nothing is applied then.")

    @OptionGroup var location: StoreArguments
    @Argument(help: "The branch to merge.") var branch: String
    @Option(help: "The branch it is merged into.") var into = "main"
    @Option(help: "branch_wins, main_wins, manual or abort.") var strategy: MergeStrategy?
    @Option(help: "Only this table (repeatable).") var table: [String] = []
    @Flag(help: "Tell what would happen and touch nothing.") var dryRun = false
    @Option(help: "Refuse if the target has moved from this version.") var expectedVersion: UInt64?
    @Option(help: "A JSON file of resolutions.") var resolutions: String?
    @Flag(help: "Discard the branch afterwards, unless other sessions use it.") var discard = false
    @Option(name: [.short, .long], help: "What the merge is about.") var message: String?
    @Flag(inversion: .prefixedNo, help: "Count what a fast-forward changed.") var counts = true
    @Option(help: "Conflicts listed at most; all are counted.") var conflictLimit = MergeRequest.defaultConflictLimit
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        var decided: [MergeResolution] = []
        if let resolutions {
            guard let data = FileManager.default.contents(atPath: resolutions) else { throw DataFileError(description: "cannot read \(resolutions)") }
            do { decided = try JSONDecoder().decode([MergeResolution].self, from: data) } catch {
                throw DataFileError(description: "\(resolutions) is not a JSON list of resolutions: \(error)")
            }
        }
        let request = MergeRequest(
            branch: branch, target: into, strategy: strategy, tables: table.isEmpty ? nil : table, dryRun: dryRun,
            expectedVersion: expectedVersion, resolutions: decided, discard: discard, message: message, counts: counts, conflictLimit: conflictLimit)
        let result = try await StoreAccess(location).withService { try await $0.merge(request) }
        Terminal.write(json ? encodedJSON(result, pretty: true) + "\n" : text(result))
        if result.status == .conflicts || result.status == .aborted || !result.violations.isEmpty { throw ExitCode(1) }
    }

    private func text(_ result: MergeResult) -> String {
        var out = ""
        switch result.status {
        case .upToDate: return "Already up to date.\n"
        case .merged:
            out += dryRun ? "Would merge" : "Merged"
            out += " \(result.branch)@\(result.sourceVersion) into \(result.target)@\(result.targetVersion)"
            out += result.fastForward ? " (fast-forward)" : ""
            out += dryRun ? "\n" : ": version \(result.version)\n"
        case .conflicts, .aborted:
            out += "\(result.conflictCount) conflict\(result.conflictCount == 1 ? "" : "s"); nothing was merged.\n"
        }
        for table in result.tables where table.inserted + table.updated + table.deleted + table.conflicts > 0 {
            out += " \(table.table) | +\(table.inserted) ~\(table.updated) -\(table.deleted)" + (table.conflicts > 0 ? ", \(table.conflicts) conflicts" : "") + "\n"
        }
        for change in result.schemaChanges { out += " \(change.change.rawValue) \(change.type.rawValue) \(change.name)\n" }
        for conflict in result.conflicts where result.status != .merged {
            out += "CONFLICT (\(conflict.kind.rawValue)) \(conflict.table) \(JSONValue.object(conflict.key).jsonText) [\(conflict.id)]\n"
            out += "  base   \(conflict.base.map { JSONValue.object($0).jsonText } ?? "(no row)")\n"
            out += "  branch \(conflict.branch.map { JSONValue.object($0).jsonText } ?? "(no row)")\n"
            out += "  target \(conflict.target.map { JSONValue.object($0).jsonText } ?? "(no row)")\n"
        }
        for violation in result.violations {
            out += "VIOLATION (\(violation.kind)) \(violation.constraint) on \(violation.table): \(violation.rowCount) rows\n"
        }
        let unlisted = result.conflictCount - result.conflicts.count
        if unlisted > 0 { out += "\(unlisted) more conflicts are not listed (--conflict-limit).\n" }
        if result.discarded == true { out += "Discarded \(result.branch).\n" }
        if let error = result.discardError { out += "\(result.branch) was not discarded: \(error.message) (\(error.code))\n" }
        return out
    }
}
