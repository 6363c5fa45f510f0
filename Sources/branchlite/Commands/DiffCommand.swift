import ArgumentParser
import Branching

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "What a branch changed, schema and rows.",
        discussion: "Reads like git diff --word-diff: in colour on a terminal, with [-old-]{+new+} marks elsewhere.")

    @OptionGroup var location: StoreArguments
    @Argument(help: "The branch.") var branch: String
    @Argument(help: "What to compare it with: a branch, or branch@version.") var base = "main"
    @Option(help: "merge_base: what the branch changed; head: how it differs from the base now.") var against: DiffAgainst = .mergeBase
    @Option(help: "One table only.") var table: String?
    @Option(help: "The most rows shown per call.") var limit = 1000
    @Flag(help: "Counts only.") var stat = false
    @Flag(help: "As JSON.") var json = false
    @Flag(help: "Exit with 1 when there are differences, as git does.") var exitCode = false
    @Option(help: "auto, always or never.") var color: ColourChoice = .auto

    func run() async throws {
        let request = DiffRequest(branch: branch, base: base, against: against, table: table, detail: stat ? .summary : .rows, limit: limit)
        let result = try await StoreAccess(location).withService { try await $0.diff(request) }
        let renderer = DiffRenderer(paint: Paint(enabled: Terminal.usesColour(color)))
        if json {
            Terminal.write(encodedJSON(result, pretty: true) + "\n")
        } else {
            Terminal.write(stat ? renderer.statistics(result) : renderer.render(result))
        }
        let different = !result.schema.isEmpty || result.tables.contains { $0.inserted + $0.updated + $0.deleted > 0 }
        if exitCode && different { throw ExitCode(1) }
    }
}
