import Branching
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// The server: every door of one store, from start to a clean end.
public struct ServerApplication: Sendable {
    private let service: any BranchService
    private let options: ServerOptions
    private let logger: Logger
    private let requestGuard: RequestGuard
    private let postgres: Postgres?

    /// The PostgreSQL door, settled before anything is started.
    private struct Postgres {
        let store: BranchLite
        let options: PostgresOptions
        let tls: ServerTLS?
        let authenticator: PostgresAuthenticator
    }

    /// - Parameter service: the store, owned by this process; ``run(onListening:)`` closes it at the end.
    /// - Throws: `BL_BAD_CONFIGURATION` when the options would let strangers in or nobody.
    public init(service: any BranchService, options: ServerOptions, logger: Logger) throws(BranchLiteError) {
        self.service = service
        self.options = options
        self.logger = logger
        requestGuard = try options.requestGuard()
        // Other processes' stores are served by their owners.
        if let wanted = options.postgres, let store = service as? BranchLite {
            let tls = try ServerTLS(wanted.tls)
            for warning in tls?.warnings ?? [] { logger.warning("\(warning)") }
            postgres = Postgres(store: store, options: wanted, tls: tls, authenticator: try options.postgresAuthenticator(wanted, tls: tls))
        } else {
            postgres = nil
        }
    }

    /// Serves until SIGTERM or SIGINT: then stops accepting, lets running calls end for the grace period, closes all sessions and the
    /// store, and returns.
    ///
    /// - Parameters:
    ///   - onListening: called with the port that is really listened on for HTTP.
    ///   - onPostgresListening: the same for the PostgreSQL door.
    /// - Throws: `BL_LISTEN` when the address cannot be listened on, `BL_SOCKET` when the store's socket cannot be made.
    public func run(
        signals: [UnixSignal] = [.sigterm, .sigint], onListening: @escaping @Sendable (Int) -> Void = { _ in },
        onPostgresListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(BranchLiteError) {
        let metrics = ServerMetrics()
        let surroundings = MCPSession.Surroundings(dispatcher: ToolDispatcher(service: service), metrics: metrics, logger: logger)
        let registry = SessionRegistry(surroundings: surroundings, limits: .init(maximumSessions: options.maximumSessions))
        let door = HTTPDoor(
            service: service, registry: registry, requestGuard: requestGuard, metrics: metrics, logger: logger, port: options.port)
        let application = makeApplication(door, onListening: onListening)
        var services: [any Service] = []
        if options.storePath != ServerOptions.memoryStore {
            services.append(
                LocalSocketServer(service: service, storePath: options.storePath, logger: logger, grace: options.shutdownGrace))
        }
        if let postgres { services.append(makeDoor(postgres, onListening: onPostgresListening)) }
        services += [application, SessionKeeper(registry: registry, door: door, grace: options.shutdownGrace)]
        // Services stop in reverse order: streams first, then HTTP, then the socket.
        var configuration = ServiceGroupConfiguration(services: services, gracefulShutdownSignals: signals, logger: logger)
        // Each door has the grace period for itself, and some time to say goodbye.
        configuration.maximumGracefulShutdownDuration = options.shutdownGrace * 2 + .seconds(5)
        let failure = await outcome(of: ServiceGroup(configuration: configuration))
        await registry.close(grace: .zero)
        try await service.close()
        if let failure { throw failure }
        logger.info("stopped")
    }

    private func makeDoor(_ postgres: Postgres, onListening: @escaping @Sendable (Int) -> Void) -> PostgresDoor {
        var limits = MessageDecoder.Limits()
        limits.message = postgres.options.maximumMessageBytes
        let state = ServerState(store: postgres.store, logger: logger, authenticator: postgres.authenticator, limits: limits)
        return PostgresDoor(
            state: state, options: postgres.options, grace: options.shutdownGrace, tls: postgres.tls.map { TLSProvider($0.context) }, logger: logger,
            onListening: onListening)
    }

    func makeApplication(_ door: HTTPDoor, onListening: @escaping @Sendable (Int) -> Void) -> some ApplicationProtocol {
        let logger = logger
        let host = options.host
        return Application(
            router: door.makeRouter(),
            configuration: ApplicationConfiguration(address: .hostname(options.host, port: options.port), serverName: "branchlite"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? door.port
                door.setPort(port)
                logger.info("listening", metadata: ["mcp": "http://\(host):\(port)/mcp", "version": "\(ServerVersion.current)"])
                onListening(port)
            },
            logger: Self.quiet(logger))
    }

    /// The framework logs its own life at info; that is debug for us.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private func outcome(of group: ServiceGroup) async -> BranchLiteError? {
        do {
            try await group.run()
            return nil
        } catch let error as BranchLiteError {
            return error
        } catch let error as IOError {
            return BranchLiteError(
                "BL_LISTEN", "cannot listen on \(options.host):\(options.port): \(error)",
                hint: error.errnoCode == EADDRINUSE ? "another server listens there; choose another address with BRANCHLITE_HTTP_LISTEN" : nil)
        } catch {
            return BranchLiteError("BL_LISTEN", "the server could not run: \(error)")
        }
    }
}

/// Ends what has been idle too long, and at shutdown first of all the streams that would keep connections open.
private struct SessionKeeper: Service {
    let registry: SessionRegistry
    let door: HTTPDoor
    let grace: Duration

    func run() async throws {
        let registry = registry
        let grace = grace
        await cancelWhenGracefulShutdown { await registry.sweepForever() }
        door.drain()
        await registry.stopListening()
        // Calls that outlast the grace period are interrupted; their clients get an error, not a broken connection.
        Task { await registry.close(grace: grace) }
    }
}
