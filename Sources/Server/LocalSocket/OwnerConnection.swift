import Branching
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// One connection to a store's owner, shared by everything this process does there.
final class OwnerConnection: Sendable {
    private struct Pending {
        let continuation: CheckedContinuation<Result<JSONValue, BranchLiteError>, Never>
        let progress: (@Sendable (Double) -> Void)?
    }

    private struct State {
        var nextID: Int64 = 1
        var pending: [Int64: Pending] = [:]
        var channel: (any Channel)?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let storePath: String

    private init(storePath: String) { self.storePath = storePath }

    /// Connects to the owner of the store; nil when nobody listens there.
    static func connect(storePath: String) async throws(BranchLiteError) -> OwnerConnection? {
        guard let descriptor = try SocketPath(storePath: storePath).connect() else { return nil }
        let connection = OwnerConnection(storePath: storePath)
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(FrameDecoder()))
                        try channel.pipeline.syncOperations.addHandler(Receiver(connection))
                    }
                }
                .withConnectedSocket(descriptor).get()
            let isClosed = connection.state.withLock { state in
                state.channel = channel
                return state.isClosed
            }
            if isClosed { throw connection.ownerGone }
        } catch let error as BranchLiteError {
            throw error
        } catch {
            throw BranchLiteError("BL_SOCKET", "cannot talk to the owner of '\(storePath)': \(error)")
        }
        let hello = try await connection.call(.hello)
        guard hello["protocol"]?.integerValue == SocketProtocol.version else {
            connection.close()
            throw BranchLiteError(
                "BL_OWNER_VERSION", "the process that owns '\(storePath)' is branchlite \(hello["version"]?.stringValue ?? "of another version")",
                hint: "run the same version, or stop that process")
        }
        return connection
    }

    var ownerGone: BranchLiteError {
        BranchLiteError(
            "BL_OWNER_GONE", "the process that owned '\(storePath)' has gone away", hint: "run the command again; it opens the store itself if nobody else does",
            details: ["store": .string(storePath)])
    }

    /// Sends a request and waits for its answer. When the waiting task is cancelled the owner is told.
    func call(
        _ operation: SocketProtocol.Operation, session: Int64? = nil, args: [UInt8] = [0x7B, 0x7D], progress: (@Sendable (Double) -> Void)? = nil
    ) async throws(BranchLiteError) -> JSONValue {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let channel = state.withLock { state -> (any Channel)? in
                    guard !state.isClosed, let channel = state.channel else { return nil }
                    state.pending[id] = Pending(continuation: continuation, progress: progress)
                    return channel
                }
                guard let channel else {
                    continuation.resume(returning: .failure(ownerGone))
                    return
                }
                channel.writeAndFlush(FrameDecoder.frame(SocketProtocol.request(id: id, operation, session: session, args: args)), promise: nil)
            }
        } onCancel: {
            post(.cancelCall, args: JSONValue.object(["call": .integer(id)]).jsonBytes)
        }
        return try outcome.get()
    }

    /// Sends a request that is not answered.
    func post(_ operation: SocketProtocol.Operation, session: Int64? = nil, args: [UInt8] = [0x7B, 0x7D]) {
        let (id, channel) = state.withLock { state in
            defer { state.nextID += 1 }
            return (state.nextID, state.channel)
        }
        channel?.writeAndFlush(FrameDecoder.frame(SocketProtocol.request(id: id, operation, session: session, args: args)), promise: nil)
    }

    func close() {
        let channel = state.withLock { state in
            state.isClosed = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    // MARK: - From the channel

    private func received(_ frame: ByteBuffer) {
        guard let message = try? frame.jsonValue(), let id = message["id"]?.integerValue else { return }
        if case .double(let fraction) = message["progress"] {
            state.withLock { $0.pending[id]?.progress }?(fraction)
            return
        }
        guard let pending = state.withLock({ $0.pending.removeValue(forKey: id) }) else { return }
        if let error = message["error"] {
            pending.continuation.resume(returning: .failure(SocketProtocol.readError(error)))
        } else {
            pending.continuation.resume(returning: .success(message["ok"] ?? .null))
        }
    }

    private func closed() {
        let pending = state.withLock { state in
            state.isClosed = true
            state.channel = nil
            defer { state.pending = [:] }
            return Array(state.pending.values)
        }
        for call in pending { call.continuation.resume(returning: .failure(ownerGone)) }
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let connection: OwnerConnection

        init(_ connection: OwnerConnection) { self.connection = connection }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { connection.received(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { connection.closed() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
