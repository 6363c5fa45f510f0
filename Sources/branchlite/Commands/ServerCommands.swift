import ArgumentParser
import Branching
import Logging
import Server

/// How a server logs.
struct LogFlags: ParsableArguments {
    @Option(help: "trace, debug, info, notice, warning, error, critical.") var logLevel = "info"
    @Option(help: "text or json.") var logFormat: LogFormat = .text

    func logger() throws -> Logger {
        guard let level = Logger.Level(rawValue: logLevel.lowercased()) else { throw ValidationError("'\(logLevel)' is no log level") }
        ServerLogging.bootstrap(format: logFormat, level: level)
        return Logger(label: "branchlite")
    }
}

extension LogFormat: ExpressibleByArgument {}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server: MCP over HTTP, and the socket for other processes.",
        discussion: "SIGTERM or SIGINT ends it cleanly: running calls get a grace period, then the store is closed.")

    @OptionGroup var location: StoreArguments
    @OptionGroup var flags: SettingFlags
    @OptionGroup var logs: LogFlags

    func run() async throws {
        let logger = try logs.logger()
        let settings = try location.load(extra: flags.flags)
        let (host, port) = try ServerOptions.address(settings.text("http_listen"))
        let options = ServerOptions(
            storePath: settings.text("store"), host: host, port: port, isDevMode: settings.flag("dev_mode"),
            keys: try KeyRing(parsing: settings.text("api_keys")), maximumSessions: settings.integer("max_connections"),
            postgres: try PostgresOptions(settings))
        let service = try await BranchLite.open(settings.text("store"), configuration: settings.library())
        let application: ServerApplication
        do {
            application = try ServerApplication(service: service, options: options, logger: logger)
        } catch {
            try? await service.close()
            throw error
        }
        try await application.run()
    }
}

struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "Speak MCP on standard input and output.",
        discussion: "Several of them can be started on one store: the first owns it, the others work through it.")

    @OptionGroup var location: StoreArguments
    @OptionGroup var flags: SettingFlags
    @OptionGroup var logs: LogFlags

    func run() async throws {
        let (connection, _) = try await StoreAccess(location, shares: true).connect(extra: flags.flags)
        try await StdioApplication(connection: connection, logger: logs.logger()).run()
    }
}
