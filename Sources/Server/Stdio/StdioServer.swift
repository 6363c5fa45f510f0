import Branching
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// MCP over standard input and output: one message per line, nothing else on standard output.
public struct StdioServer: Sendable {
    /// A longer line than this is refused.
    public static let maximumLineBytes = 256 * 1024 * 1024

    private let session: MCPSession
    private let logger: Logger

    /// - Parameter service: the store, whoever owns it.
    public init(service: any BranchService, logger: Logger) {
        let surroundings = MCPSession.Surroundings(dispatcher: ToolDispatcher(service: service), metrics: ServerMetrics(), logger: logger)
        session = MCPSession(id: "stdio", door: "stdio", surroundings: surroundings)
        self.logger = logger
    }

    /// Serves until the input ends or the surrounding task is cancelled; running calls end within `grace`.
    public func run(input: FileHandle = .standardInput, output: FileHandle = .standardOutput, grace: Duration = .seconds(10)) async {
        let lines = LineReader.lines(of: input.fileDescriptor, limit: Self.maximumLineBytes)
        let writer = LineWriter(descriptor: output.fileDescriptor)
        let pending = PendingReplies()
        for await line in lines.cancelOnGracefulShutdown() {
            switch line {
            case .tooLong:
                writer.write(
                    JSONRPC.error(nil, RPCError(RPCError.invalidRequest, "a message is longer than \(Self.maximumLineBytes) bytes")))
            case .text(let bytes):
                await handle(bytes, writer, pending)
            }
        }
        await pending.wait(atMost: grace)
        await session.close()
    }

    private func handle(_ bytes: [UInt8], _ writer: LineWriter, _ pending: PendingReplies) async {
        let payload: JSONRPCPayload
        do throws(RPCError) {
            payload = try bytes.withUnsafeBufferPointer { (buffer) throws(RPCError) -> JSONRPCPayload in try JSONRPCPayload.parse(buffer) }
        } catch {
            writer.write(JSONRPC.error(nil, error))
            return
        }
        switch payload {
        case .single(let message):
            pending.enter()
            await session.receive(message, answersCancelled: false, notify: { writer.write($0) }) { response in
                if let response { writer.write(response) }
                pending.leave()
            }
        case .batch(let messages):
            guard await session.version.allowsBatches, !messages.isEmpty else {
                writer.write(JSONRPC.error(nil, RPCError.batchesRefused))
                return
            }
            pending.enter()
            let session = session
            Task {
                if let response = await session.respond(toBatch: messages, notify: { writer.write($0) }) { writer.write(response) }
                pending.leave()
            }
        }
    }
}

extension RPCError {
    static let batchesRefused = RPCError(
        RPCError.invalidRequest, "batches are empty or not part of the negotiated protocol version; send messages one by one")
}

/// Counts requests whose answers are still to come.
final class PendingReplies: Sendable {
    private struct State {
        var count = 0
        var waiters: [Once] = []
    }

    private let state = Mutex(State())

    func enter() { state.withLock { $0.count += 1 } }

    func leave() {
        let waiters = state.withLock { state in
            state.count -= 1
            guard state.count == 0 else { return [Once]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.run() }
    }

    /// Waits until none is left, or for `limit`.
    func wait(atMost limit: Duration) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let once = Once { continuation.resume() }
            let isIdle = state.withLock { state in
                if state.count == 0 { return true }
                state.waiters.append(once)
                return false
            }
            if isIdle {
                once.run()
            } else {
                Task {
                    try? await Task.sleep(for: limit)
                    once.run()
                }
            }
        }
    }
}
