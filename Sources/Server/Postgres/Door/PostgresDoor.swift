import Branching
import Engine
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The PostgreSQL door: listens, and keeps a conversation with each client.
final class PostgresDoor: Service {
    /// How long a client may leave its results unread.
    private static let writeTimeout: Duration = .seconds(300)

    private let state: ServerState
    private let options: PostgresOptions
    private let grace: Duration
    private let tls: TLSProvider?
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void
    private let clients = Mutex<[ObjectIdentifier: ClientHandler]>([:])

    /// - Parameter grace: how long transactions may go on once the server is asked to stop.
    init(state: ServerState, options: PostgresOptions, grace: Duration, tls: TLSProvider?, logger: Logger, onListening: @escaping @Sendable (Int) -> Void) {
        self.state = state
        self.options = options
        self.grace = grace
        self.tls = tls
        self.logger = logger
        self.onListening = onListening
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let listener: any Channel
        do {
            listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 512)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 4_096, maximum: 1 << 18))
                .childChannelInitializer { [self] channel in
                    channel.eventLoop.makeCompletedFuture { try self.admit(channel) }
                }
                .bind(host: options.host, port: options.port).get()
        } catch {
            throw BranchLiteError(
                "BL_LISTEN", "cannot listen on \(options.host):\(options.port): \(error)",
                hint: "choose another address with BRANCHLITE_PG_LISTEN")
        }
        let port = listener.localAddress?.port ?? options.port
        logger.info("listening", metadata: ["postgresql": "\(options.host):\(port)"])
        onListening(port)
        await cancelWhenGracefulShutdown { try? await Task.sleep(for: .seconds(Int64.max / 4)) }
        try? await listener.close()
        await drain()
    }

    private func admit(_ channel: any Channel) throws {
        let handler = ClientHandler(state: state, tls: tls, peer: channel.remoteAddress, writeTimeout: PostgresDoor.writeTimeout) { [weak self] handler in
            self?.clients.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(handler)) }
        }
        let isFull = clients.withLock { clients in
            if clients.count >= options.maximumConnections { return true }
            clients[ObjectIdentifier(handler)] = handler
            return false
        }
        try channel.pipeline.syncOperations.addHandler(handler)
        let (authenticationTimeout, idleTimeout) = (options.authenticationTimeout, options.idleTimeout)
        if isFull {
            handler.conversation.run { $0.terminate(ErrorReport(sqlState: "53300", message: "sorry, too many clients already", hint: "raise BRANCHLITE_MAX_CONNECTIONS", code: "BL_TOO_MANY_CONNECTIONS")) }
            return
        }
        // A connection that has come and gone meanwhile is not kept by the clock.
        if authenticationTimeout > .zero { channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: authenticationTimeout.nanoseconds))) { [weak handler] in
            handler?.conversation.run { conversation in
                if conversation.session == nil {
                    conversation.terminate(ErrorReport(sqlState: "57014", message: "canceling authentication due to timeout", code: "BL_TIMEOUT"))
                }
            }
        } }
        if idleTimeout > .zero { handler.watchIdleness(idleTimeout, on: channel.eventLoop) }
    }

    /// Sessions without a transaction are told to go at once; the others when theirs ends or the grace period does.
    private func drain() async {
        let deadline = ContinuousClock.now + grace
        while true {
            let open = clients.withLock { Array($0.values) }
            if open.isEmpty { return }
            let isLate = ContinuousClock.now >= deadline
            for handler in open {
                if isLate { handler.conversation.cancelRunning() }
                handler.conversation.run { _ = $0.shutDown(force: isLate) }
            }
            if isLate, ContinuousClock.now >= deadline + .seconds(2) { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? Int64.max : product.addingReportingOverflow(attoseconds / 1_000_000_000).overflow ? Int64.max : product + attoseconds / 1_000_000_000
    }
}
