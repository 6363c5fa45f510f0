import Engine
import NIOCore
import NIOPosix
import Synchronization

/// The network side of one client: hands its bytes to the conversation's thread and the answers back.
///
/// Reading follows the conversation: while it has more than a little left to do, no more is read, so that a client that sends
/// faster than it is served waits in its own socket. Writing holds the conversation up while the client is behind.
///
/// A client that has been let in without TLS leaves the event loop: from then on a `DirectReader` reads its socket.
final class ClientHandler: ChannelInboundHandler, RemovableChannelHandler, ClientConnection, @unchecked Sendable {
    // Confinement: the fields without a lock are used on the channel's event loop only; what both sides use is in `shared`.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes handed to the conversation and not done with, above which reading rests.
    private static let inputLimit = 256 * 1024
    /// Bytes written and not yet taken by the network, above which the conversation waits.
    private static let outputLimit = 1 << 20

    private struct Shared {
        var channel: (any Channel)?
        var pendingInput = 0
        var readsRest = false
        var pendingOutput = 0
        var isGone = false
        var isEncrypted = false
        /// A descriptor of the conversation's own for the socket; nil before there is one and after the end.
        var socket: DirectSocket?
        #if os(Linux)
            /// Set once the connection has left the event loop.
            var reader: DirectReader?
        #endif
    }

    private let shared = Mutex(Shared())
    /// What is read has come through TLS. Used on the event loop only.
    private var isBehindTLS = false
    /// Wakes a conversation that waits for the client to read on.
    private let progress = ProgressSignal()
    private let tls: TLSProvider?
    let conversation: Conversation.Box
    private let onEnd: @Sendable (ClientHandler) -> Void
    private let writeTimeout: Duration
    let isLoopback: Bool
    let address: String

    init(
        state: ServerState, tls: TLSProvider?, peer: SocketAddress?, writeTimeout: Duration, onEnd: @escaping @Sendable (ClientHandler) -> Void
    ) {
        self.tls = tls
        self.onEnd = onEnd
        self.writeTimeout = writeTimeout
        address = peer?.ipAddress ?? "local"
        isLoopback = peer?.ipAddress.map { $0 == "127.0.0.1" || $0 == "::1" || $0.hasPrefix("127.") } ?? true
        conversation = Conversation.Box(state: state)
    }

    // MARK: - Events

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { begin(context) } }
    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let isNew = shared.withLock { shared in
            defer { shared.channel = channel }
            return shared.channel == nil
        }
        guard isNew else { return }
        if let socket = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self, { DirectSocket(duplicating: $0) }) {
            shared.withLock { $0.socket = socket }
        }
        conversation.start(self)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        let count = buffer.readableBytes
        let isPlain = !isBehindTLS
        shared.withLock { $0.pendingInput += count }
        conversation.run { [self] conversation in
            if isPlain, isEncrypted { conversation.refusePlainBytes() } else { conversation.receive(buffer.readableBytesView) }
            took(count)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        let goesOn = shared.withLock { shared in
            if shared.pendingInput >= ClientHandler.inputLimit { shared.readsRest = true }
            return !shared.readsRest
        }
        if goesOn { context.read() }
        context.fireChannelReadComplete()
    }

    /// On the conversation's thread: input was dealt with.
    private func took(_ count: Int) {
        let channel: (any Channel)? = shared.withLock { shared in
            shared.pendingInput -= count
            guard shared.readsRest, shared.pendingInput < ClientHandler.inputLimit / 2 else { return nil }
            shared.readsRest = false
            return shared.channel
        }
        channel?.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        #if os(Linux)
            if !shared.withLock({ $0.reader != nil }) { leave() }
        #else
            leave()
        #endif
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The client has broken the connection off, or does not speak TLS after asking for it.
        context.close(promise: nil)
    }

    private func leave() {
        let first = shared.withLock { shared in
            defer {
                shared.isGone = true
                shared.socket = nil
                #if os(Linux)
                    shared.reader = nil
                #endif
            }
            return !shared.isGone
        }
        guard first else { return }
        progress.wake()
        // A statement that nobody waits for is stopped.
        conversation.cancelRunning()
        conversation.end()
        onEnd(self)
    }

    // MARK: - Limits

    /// Ends a client that has been silent for too long outside a transaction.
    func watchIdleness(_ limit: Duration, on loop: any EventLoop) {
        let step = TimeAmount.nanoseconds(Int64(clamping: max(limit / 4, .milliseconds(100)).nanoseconds))
        loop.scheduleRepeatedTask(initialDelay: step, delay: step) { [weak self] task in
            guard let self, !self.shared.withLock({ $0.isGone }) else {
                task.cancel()
                return
            }
            self.conversation.run { conversation in
                guard conversation.block == .none, conversation.session != nil, ContinuousClock.now - conversation.lastActivity >= limit else { return }
                conversation.terminate(ErrorReport(sqlState: "57P05", message: "terminating connection due to idle-session timeout", code: "BL_TIMEOUT"))
            }
        }
    }

    // MARK: - ClientConnection

    var isEncrypted: Bool { shared.withLock { $0.isEncrypted } }
    var offersTLS: Bool { tls != nil && !isEncrypted }

    func send(_ bytes: UnsafeRawBufferPointer) throws(EngineError) {
        var bytes = bytes
        #if os(Linux)
            if let reader = shared.withLock({ $0.reader }) { return try reader.send(bytes, timeout: writeTimeout) }
        #endif
        // While nothing waits to be written, the bytes go straight to the socket: one wake-up less than by way of the event loop.
        // What the socket does not take goes the ordinary way, and so does everything behind it.
        if let socket = shared.withLock({ $0.pendingOutput == 0 && !$0.isEncrypted && !$0.isGone ? $0.socket : nil }) {
            let written = socket.write(bytes)
            if written == bytes.count { return }
            bytes = UnsafeRawBufferPointer(rebasing: bytes[written...])
        }
        let deadline = ContinuousClock.now + writeTimeout
        while true {
            let seen = progress.count
            let (isGone, isBehind) = shared.withLock { ($0.isGone, $0.pendingOutput >= ClientHandler.outputLimit) }
            if isGone { throw EngineError(code: "BL_CONNECTION_LOST", message: "the client has closed the connection") }
            if !isBehind { break }
            if !progress.wait(after: seen, until: deadline) {
                throw EngineError(code: "BL_TIMEOUT", message: "the client has not read its results for \(writeTimeout)")
            }
        }
        guard let channel = shared.withLock({ shared in
            shared.pendingOutput += bytes.count
            return shared.channel
        }) else { return }
        var buffer = channel.allocator.buffer(capacity: bytes.count)
        buffer.writeBytes(bytes)
        let count = bytes.count
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { [self] _ in
            let wasBehind = shared.withLock { shared in
                let before = shared.pendingOutput
                shared.pendingOutput -= count
                return before >= ClientHandler.outputLimit
            }
            if wasBehind { progress.wake() }
        }
        channel.writeAndFlush(buffer, promise: promise)
    }

    func startTLS() {
        guard let tls, let channel = shared.withLock({ $0.channel }) else { return }
        shared.withLock { shared in
            shared.isEncrypted = true
            shared.socket = nil
        }
        channel.eventLoop.execute { [self] in
            var answer = channel.allocator.buffer(capacity: 1)
            answer.writeInteger(UInt8(ascii: "S"))
            // The byte itself goes in the clear; everything behind it through TLS.
            channel.writeAndFlush(answer, promise: nil)
            do {
                try tls.addHandler(to: channel)
                self.isBehindTLS = true
            } catch {
                channel.close(promise: nil)
            }
        }
    }

    func sessionHasBegun() {
        #if os(Linux)
            guard let channel = shared.withLock({ $0.isEncrypted ? nil : $0.channel }) else { return }
            channel.eventLoop.execute { [self] in
                // The connection lives on in the second descriptor; what the loop has read of it has gone to the conversation before.
                let reader: DirectReader? = shared.withLock { shared in
                    guard !shared.isGone, shared.pendingOutput == 0, let socket = shared.socket,
                        let reader = DirectReader(socket, conversation, onEnd: { [weak self] in self?.leave() })
                    else { return nil }
                    shared.reader = reader
                    shared.channel = nil
                    return reader
                }
                guard let reader else { return }
                channel.close().whenComplete { _ in reader.begin() }
            }
        #endif
    }

    func close() {
        #if os(Linux)
            if let reader = shared.withLock({ $0.reader }) { return reader.end() }
        #endif
        guard let channel = shared.withLock({ $0.channel }) else { return }
        channel.eventLoop.execute { channel.close(promise: nil) }
    }
}

