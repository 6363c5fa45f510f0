import ArgumentParser
import Branching
import SQLDialect

struct SQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql", abstract: "Run SQL: a statement, a script on standard input, or an interactive shell.")

    @OptionGroup var location: StoreArguments
    @Option(name: [.short, .customLong("branch")], help: "The branch to work on.") var branch = "main"
    @Option(help: "SQL dialect: duckdb or sqlite.") var dialect: DialectChoice = .duckdb
    @Flag(help: "Rows as a JSON array of objects.") var json = false
    @Flag(help: "Rows as CSV with a header.") var csv = false
    @Flag(help: "Open for reading only.") var readOnly = false
    @Argument(help: "SQL to run; without it, statements are read from standard input.") var sql: [String] = []

    enum DialectChoice: String, ExpressibleByArgument, CaseIterable {
        case duckdb, sqlite
        var dialect: Dialect { self == .duckdb ? .duckdb : .sqlite }
    }

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv exclude each other") }
    }

    func run() async throws {
        let format: OutputFormat = json ? .json : csv ? .csv : .table
        let status = try await StoreAccess(location, readOnly: readOnly, shares: sql.isEmpty).withService { service in
            let options = SessionOptions(branch: branch, dialect: dialect.dialect, readOnly: readOnly, origin: "branchlite sql")
            let session = try await service.openSession(options)
            let shell = Shell(service: service, session: session, format: format)
            var status: Int32 = 0
            if sql.isEmpty {
                status = await shell.run()
            } else {
                for statement in sql where status == 0 { status = await shell.execute(statement) ? 0 : 1 }
            }
            await session.close()
            return status
        }
        if status != 0 { throw ExitCode(status) }
    }
}
