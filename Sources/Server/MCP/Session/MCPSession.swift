import Branching
import Logging
import Synchronization

/// Where a session's answers and notifications go.
typealias MessageSink = @Sendable ([UInt8]) -> Void

/// One client's line of work over MCP, whatever the transport: protocol state, branch session, running calls.
///
/// Tool calls of one session run one after the other in the order they came, as statements of one database session do; pings, lists
/// and cancellations are answered at once.
actor MCPSession: ToolSession {
    /// Everything sessions share.
    struct Surroundings: Sendable {
        let dispatcher: ToolDispatcher
        let metrics: ServerMetrics
        let logger: Logger
        /// Time between two progress notifications of a call that asked for them.
        var progressInterval: Duration = .seconds(1)
    }

    private struct Running {
        let task: Task<Void, Never>
        var isCancelled = false
    }

    nonisolated let id: String
    nonisolated let door: String
    nonisolated let principal: Principal
    private let surroundings: Surroundings
    private let agentID: String?
    private var machine: ProtocolMachine
    private var opened: (any BranchSession)?
    /// The branch to open the session on: where it was when the store's owner went away.
    private var homeBranch = "main"
    private var running: [RequestID: Running] = [:]
    /// The call that holds the session now; only for this one may the branch session be interrupted.
    private var current: RequestID?
    /// The last tool call in line.
    private var tail: Task<Void, Never>?
    private var isClosed = false
    private(set) var lastUsed = ContinuousClock.now
    /// The stream for what the server says of its own accord, while a client listens. Held under its own lock, so that answers
    /// reach it in the order they are made.
    private nonisolated let listener = Mutex<MessageStream?>(nil)

    init(id: String, door: String, principal: Principal = .local, agentID: String? = nil, surroundings: Surroundings) {
        self.id = id
        self.door = door
        self.principal = principal
        self.agentID = agentID
        self.surroundings = surroundings
        machine = ProtocolMachine(catalogue: surroundings.dispatcher.catalogue)
        surroundings.metrics.sessionOpened(door: door)
    }

    var version: ProtocolVersion { machine.version }
    /// True while a call runs or a client listens: such a session does not expire.
    var isBusy: Bool { !running.isEmpty || listener.withLock { $0?.isOpen == true } }

    // MARK: - Messages

    /// Takes one message. Returns as soon as its place in the order is fixed; `reply` gets the response (nil: there is none).
    ///
    /// - Parameters:
    ///   - answersCancelled: whether a cancelled call is still answered; HTTP needs a response for every request.
    ///   - notify: where progress goes; nil when the client cannot be reached while the call runs.
    func receive(
        _ message: JSONRPCMessage, answersCancelled: Bool, notify: MessageSink?, reply: @escaping @Sendable ([UInt8]?) -> Void
    ) {
        lastUsed = .now
        switch machine.receive(message) {
        case .send(let bytes): reply(bytes)
        case .accepted: reply(nil)
        case .cancel(let id):
            cancel(id)
            reply(nil)
        case .readResource(let id, let uri): readResource(id, uri, reply)
        case .callTool(let call): start(call, answersCancelled: answersCancelled, notify: notify, reply: reply)
        }
    }

    /// Takes one message and waits for its response. When the waiting task is cancelled, so is the call.
    func respond(to message: JSONRPCMessage, notify: MessageSink? = nil) async -> [UInt8]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                receive(message, answersCancelled: true, notify: notify) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            if case .request(let id, _, _) = message { Task { await self.cancel(id) } }
        }
    }

    /// The responses to a batch in its order; nil when it held no request.
    func respond(toBatch messages: [JSONRPCMessage], notify: MessageSink? = nil) async -> [UInt8]? {
        var responses: [[UInt8]] = []
        for message in messages {
            if let response = await respond(to: message, notify: notify) { responses.append(response) }
        }
        return responses.isEmpty ? nil : JSONRPC.batch(responses)
    }

    // MARK: - Calls

    private func start(
        _ call: ToolCall, answersCancelled: Bool, notify: MessageSink?, reply: @escaping @Sendable ([UInt8]?) -> Void
    ) {
        guard !isClosed else {
            reply(JSONRPC.error(call.id, RPCError(RPCError.invalidRequest, "the session has ended")))
            return
        }
        guard running[call.id] == nil else {
            reply(JSONRPC.error(call.id, RPCError(RPCError.invalidRequest, "a request with this id is still running")))
            return
        }
        let previous = tail
        let task = Task {
            await previous?.value
            await self.run(call, answersCancelled: answersCancelled, notify: notify, reply: reply)
        }
        running[call.id] = Running(task: task)
        tail = task
    }

    private func run(
        _ call: ToolCall, answersCancelled: Bool, notify: MessageSink?, reply: @Sendable ([UInt8]?) -> Void
    ) async {
        let outcome: ToolOutcome
        if running[call.id]?.isCancelled == true || isClosed {
            outcome = ToolOutcome(Self.cancelled)
        } else {
            current = call.id
            let progress = startProgress(call, notify)
            let clock = ContinuousClock()
            let start = clock.now
            outcome = await surroundings.dispatcher.call(
                call.name, call.arguments, session: self, principal: principal, agentID: agentID ?? machine.clientName)
            progress?.cancel()
            await followOwner(outcome)
            let elapsed = clock.now - start
            let tool = surroundings.dispatcher.catalogue.tool(named: call.name)?.name ?? "unknown"
            surroundings.metrics.toolCalled(tool, outcome: outcome.errorCode ?? "ok", seconds: elapsed / .seconds(1))
            surroundings.logger.debug(
                "tool call", metadata: ["tool": "\(tool)", "session": "\(id)", "outcome": "\(outcome.errorCode ?? "ok")", "elapsed": "\(elapsed)"])
            current = nil
        }
        let wasCancelled = running.removeValue(forKey: call.id)?.isCancelled == true
        lastUsed = .now
        if wasCancelled, !answersCancelled {
            reply(nil)
        } else {
            reply(JSONRPC.toolResult(call.id, text: outcome.text, structured: outcome.structured, isError: outcome.isError))
        }
    }

    static let cancelled = BranchLiteError("BL_CANCELLED", "the call was cancelled before it ran")

    private func startProgress(_ call: ToolCall, _ notify: MessageSink?) -> Task<Void, Never>? {
        guard let token = call.progressToken, let notify else { return nil }
        let interval = surroundings.progressInterval
        let name = call.name
        return Task {
            let clock = ContinuousClock()
            let start = clock.now
            while true {
                do { try await clock.sleep(for: interval) } catch { return }
                let seconds = (clock.now - start) / .seconds(1)
                notify(
                    JSONRPC.notification(
                        "notifications/progress",
                        [
                            "progressToken": token, "progress": .double((seconds * 1000).rounded() / 1000),
                            "message": .string("\(name) has been running for \(Int(seconds)) s"),
                        ]))
            }
        }
    }

    private func readResource(_ id: RequestID, _ uri: String, _ reply: @escaping @Sendable ([UInt8]?) -> Void) {
        guard principal.allows(.read) else {
            reply(JSONRPC.error(id, RPCError(RPCError.invalidRequest, ToolDispatcher.missingScope(.read, principal, "resources/read"))))
            return
        }
        guard let resource = ResourceCatalogue.parse(uri) else {
            reply(JSONRPC.error(id, RPCError(RPCError.resourceNotFound, "there is no resource '\(uri)'", data: ["uri": .string(uri)])))
            return
        }
        let service = surroundings.dispatcher.service
        Task {
            do throws(BranchLiteError) {
                let text = try await ResourceCatalogue.read(resource, service)
                var buffer = JSONBuffer(capacity: text.count + 256)
                buffer.raw("{\"contents\":[{\"uri\":")
                buffer.string(uri)
                buffer.raw(",\"mimeType\":\"application/json\",\"text\":")
                buffer.string(quoting: text)
                buffer.raw("}]}")
                reply(JSONRPC.result(id, json: buffer.bytes))
            } catch {
                reply(JSONRPC.error(id, RPCError(RPCError.resourceNotFound, error)))
            }
        }
    }

    /// Stops a call: one that waits never runs, one that runs is interrupted.
    func cancel(_ id: RequestID) {
        guard running[id] != nil else { return }
        running[id]?.isCancelled = true
        guard current == id else { return }
        running[id]?.task.cancel()
        interrupt(id)
    }

    /// Interrupts the branch session again and again until the call has ended: its statement may not have begun when the cancellation
    /// comes, and an interrupt that meets no statement stops nothing.
    private func interrupt(_ id: RequestID) {
        opened?.cancel()
        Task {
            while true {
                try? await Task.sleep(for: Self.interruptInterval)
                guard current == id, running[id] != nil else { return }
                opened?.cancel()
            }
        }
    }

    private static let interruptInterval: Duration = .milliseconds(50)

    // MARK: - The branch session

    func branchSession() async throws(BranchLiteError) -> any BranchSession {
        if let opened { return opened }
        let origin = agentID ?? machine.clientName ?? door
        let session: any BranchSession
        do {
            session = try await surroundings.dispatcher.service.openSession(
                SessionOptions(branch: homeBranch, dialect: .duckdb, readOnly: false, origin: origin))
        } catch {
            // The branch this session was on may be gone by now: say so once, then go on from main.
            if error.code != SuccessorService.ownerGoneCode { homeBranch = "main" }
            throw error
        }
        if isClosed {
            await session.close()
            throw Self.cancelled
        }
        opened = session
        return session
    }

    func currentBranch() async throws(BranchLiteError) -> String {
        guard let opened else { return homeBranch }
        return try await opened.currentBranch()
    }

    /// A session on another process ends with that process; the next call opens a new one on the same branch.
    private func followOwner(_ outcome: ToolOutcome) async {
        guard opened is RemoteSession else { return }
        if outcome.errorCode == SuccessorService.ownerGoneCode {
            opened = nil
        } else if let branch = try? await opened?.currentBranch() {
            homeBranch = branch
        }
    }

    // MARK: - Listening and ending

    /// Makes `stream` the one for what the server says of its own accord; an earlier one ends.
    func listen(on stream: MessageStream) {
        let earlier = listener.withLock { current in
            defer { current = stream }
            return current
        }
        earlier?.finish()
        lastUsed = .now
    }

    /// Sends a message to whoever listens; nobody listening, it is lost.
    nonisolated func sendToListener(_ message: [UInt8]) { listener.withLock { $0 }?.send(message) }

    /// Ends the listening stream, so that its connection can close; the session stays.
    func stopListening() {
        let current = listener.withLock { current in
            defer { current = nil }
            return current
        }
        current?.finish()
    }

    /// Whether the session has been unused for `limit` at `now`.
    func isExpired(at now: ContinuousClock.Instant, limit: Duration) -> Bool { !isBusy && now - lastUsed >= limit }

    /// Lets running calls end for up to `grace`, then interrupts them, and gives the branch session back.
    func close(grace: Duration = .zero) async {
        guard !isClosed else { return }
        if grace > .zero, let tail {
            await Self.wait(for: tail, atMost: grace)
        }
        guard !isClosed else { return }
        isClosed = true
        for id in running.keys { cancel(id) }
        await tail?.value
        stopListening()
        if let opened { await opened.close() }
        opened = nil
        surroundings.metrics.sessionClosed(door: door)
    }

    private static func wait(for task: Task<Void, Never>, atMost limit: Duration) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let once = Once { continuation.resume() }
            Task {
                await task.value
                once.run()
            }
            Task {
                try? await Task.sleep(for: limit)
                once.run()
            }
        }
    }
}
