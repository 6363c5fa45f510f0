import Branching
import Logging
import ServiceLifecycle
import UnixSignals

/// `branchlite mcp`: MCP on standard input and output, on a store of its own or through the store's owner.
public struct StdioApplication: Sendable {
    private let connection: StoreConnection
    private let logger: Logger
    private let grace: Duration

    /// - Parameter connection: closed at the end of ``run()``.
    public init(connection: StoreConnection, logger: Logger, grace: Duration = .seconds(10)) {
        self.connection = connection
        self.logger = logger
        self.grace = grace
    }

    /// Serves until the input ends, or SIGTERM or SIGINT comes; then closes the store.
    public func run(signals: [UnixSignal] = [.sigterm, .sigint]) async throws(BranchLiteError) {
        let server = StdioService(server: StdioServer(service: connection.service, logger: logger), grace: grace)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)], gracefulShutdownSignals: signals,
            logger: Self.quiet(logger))
        configuration.maximumGracefulShutdownDuration = grace + .seconds(2)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            logger.error("the server ended", metadata: ["reason": "\(error)"])
        }
        try await connection.close()
    }

    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private struct StdioService: Service {
        let server: StdioServer
        let grace: Duration
        func run() async throws { await server.run(grace: grace) }
    }
}
