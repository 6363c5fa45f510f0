import Branching
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The owner's door for other processes of the same user: `STORE.sock` beside the store.
public struct LocalSocketServer: Service {
    private let service: any BranchService
    private let path: SocketPath
    private let logger: Logger
    private let grace: Duration

    /// - Parameters:
    ///   - storePath: the store that this process owns; the caller holds its lock.
    ///   - grace: how long running calls may go on once the server is asked to stop.
    public init(service: any BranchService, storePath: String, logger: Logger, grace: Duration = .seconds(10)) {
        self.service = service
        path = SocketPath(storePath: storePath)
        self.logger = logger
        self.grace = grace
    }

    /// Serves until shut down gracefully or cancelled; the socket's file is removed at the end.
    /// - Throws: `BL_SOCKET` when the socket cannot be made.
    public func run() async throws { try await run(onListening: {}) }

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    func run(onListening: @Sendable () -> Void) async throws {
        let descriptor = try path.bind()
        defer { path.remove() }
        let listener: NIOAsyncChannel<Connection, Never>
        do {
            listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(FrameDecoder()))
                        return try Connection(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            Foundation.close(descriptor)
            throw BranchLiteError("BL_SOCKET", "cannot listen on '\(path.path)': \(error)")
        }
        onListening()
        logger.debug("listening", metadata: ["socket": "\(path.path)"])
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await connection in connections.cancelOnGracefulShutdown() {
                    group.addTask { await handle(connection) }
                }
            }
        }
    }

    private func handle(_ channel: Connection) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                let (outbox, sender) = AsyncStream.makeStream(of: ByteBuffer.self)
                let writer = Task {
                    do {
                        for await frame in outbox { try await outbound.write(frame) }
                    } catch {
                        // The peer is gone; the reading side notices and ends the connection.
                    }
                }
                let connection = SocketConnection(service: service) { sender.yield(FrameDecoder.frame($0)) }
                var problem: (any Error)?
                do {
                    for try await frame in inbound.cancelOnGracefulShutdown() { try await connection.receive(frame.jsonValue()) }
                } catch {
                    problem = error
                }
                await connection.finish(grace: Task.isShuttingDownGracefully ? grace : .zero)
                sender.finish()
                await writer.value
                if let problem { throw problem }
            }
        } catch {
            logger.debug("a connection on the store's socket ended", metadata: ["reason": "\(error)"])
        }
    }
}
