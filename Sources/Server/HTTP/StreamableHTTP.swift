import Branching
import HTTPTypes
import Hummingbird
import NIOCore

/// The streamable HTTP transport.
extension HTTPDoor {
    func post(_ request: Request, _ principal: Principal) async -> Response {
        let payload: JSONRPCPayload
        switch await readPayload(request) {
        case .success(let read): payload = read
        case .failure(let refusal): return refusal.response
        }
        if let refusal = refuseVersion(request, payload) { return refusal }
        let accept = request.headers[.accept]
        guard MediaType.accepts(accept, MediaType.json) || MediaType.accepts(accept, MediaType.eventStream) else {
            return Replies.refusal(
                .notAcceptable, BranchLiteError("BL_NOT_ACCEPTABLE", "the Accept header must allow application/json or text/event-stream"))
        }
        let session: MCPSession
        var headers: HTTPFields = [:]
        do throws(BranchLiteError) {
            if let id = request.headers[.mcpSessionID] {
                guard let found = await registry.find(id, principal: principal) else { return Self.sessionGone }
                session = found
            } else if case .single(.request(_, "initialize", _)) = payload {
                session = try await registry.open(door: "http", principal: principal, agentID: request.headers[.agentID])
                headers[.mcpSessionID] = session.id
            } else {
                session = try await registry.sharedSession(principal: principal, agentID: request.headers[.agentID])
            }
        } catch {
            return Replies.refusal(.serviceUnavailable, error, id: payload.messages.first?.requestID)
        }
        switch payload {
        case .single(let message):
            guard message.expectsAnswer else {
                _ = await session.respond(to: message)
                return Replies.empty(.accepted)
            }
            if wantsStream(message, accept) { return streamedAnswer(to: message, session, headers) }
            let answer = await session.respond(to: message)
            if case .invalid = message { return Replies.json(answer ?? [], status: .badRequest, headers: headers) }
            return Replies.json(answer ?? [], headers: headers)
        case .batch(let messages):
            guard await session.version.allowsBatches, !messages.isEmpty, !messages.contains(where: \.isInitialize) else {
                return Replies.refusal(.badRequest, .batchesRefused)
            }
            guard let answer = await session.respond(toBatch: messages) else { return Replies.empty(.accepted) }
            return Replies.json(answer, headers: headers)
        }
    }

    /// Progress needs a stream; without it plain JSON is quicker for both sides.
    private func wantsStream(_ message: JSONRPCMessage, _ accept: String?) -> Bool {
        guard MediaType.names(accept, MediaType.eventStream) else { return false }
        if !MediaType.accepts(accept, MediaType.json) { return true }
        guard case .request(_, "tools/call", let params) = message else { return false }
        return params["_meta"]?["progressToken"] != nil
    }

    private func streamedAnswer(to message: JSONRPCMessage, _ session: MCPSession, _ headers: HTTPFields) -> Response {
        let stream = MessageStream()
        Task {
            if let answer = await session.respond(to: message, notify: { stream.send($0) }) { stream.send(answer) }
            stream.finish()
        }
        var headers = headers
        headers.append(contentsOf: Replies.eventStreamHeaders)
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                for await message in stream.messages { try await writer.write(Replies.event(message)) }
                try await writer.finish(nil)
            })
    }

    /// GET: a stream for what the server says of its own accord.
    func openStream(_ request: Request, _ principal: Principal) async -> Response {
        guard MediaType.accepts(request.headers[.accept], MediaType.eventStream) else {
            return Replies.refusal(.notAcceptable, BranchLiteError("BL_NOT_ACCEPTABLE", "the Accept header must allow text/event-stream"))
        }
        guard let id = request.headers[.mcpSessionID] else {
            return Replies.refusal(
                .badRequest, BranchLiteError("BL_NO_SESSION", "an event stream belongs to a session", hint: "send the Mcp-Session-Id header"))
        }
        guard let session = await registry.find(id, principal: principal) else { return Self.sessionGone }
        let stream = MessageStream()
        await session.listen(on: stream)
        return eventStream(request, stream, first: nil) { stream.finish() }
    }

    func endSession(_ request: Request, _ principal: Principal) async -> Response {
        guard let id = request.headers[.mcpSessionID], let session = await registry.find(id, principal: principal) else {
            return Self.sessionGone
        }
        await registry.end(session)
        return Replies.empty(.noContent)
    }

    static let sessionGone = Replies.refusal(
        .notFound, BranchLiteError("BL_NO_SESSION", "there is no such session, or it has ended", hint: "start again with initialize"))

    // MARK: - Pieces both transports need

    /// A response in the place of an error.
    struct Refused: Error {
        let response: Response
    }

    func readPayload(_ request: Request) async -> Result<JSONRPCPayload, Refused> {
        func refuse(_ status: HTTPResponse.Status, _ error: BranchLiteError) -> Result<JSONRPCPayload, Refused> {
            .failure(Refused(response: Replies.refusal(status, error)))
        }
        guard MediaType.isJSON(request.headers[.contentType]) else {
            return refuse(
                .unsupportedMediaType,
                BranchLiteError("BL_UNSUPPORTED_MEDIA_TYPE", "the body must be JSON", hint: "send the header 'Content-Type: application/json'"))
        }
        let limit = settings.maximumBodyBytes
        let tooLarge = BranchLiteError(
            "BL_TOO_LARGE", "the request is longer than \(limit) bytes", hint: "send less at a time", details: ["limit": .integer(Int64(limit))])
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit { return refuse(.contentTooLarge, tooLarge) }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            return refuse(.contentTooLarge, tooLarge)
        } catch {
            return refuse(.badRequest, BranchLiteError("BL_BAD_REQUEST", "the request's body could not be read"))
        }
        do throws(RPCError) {
            return .success(
                try body.withUnsafeReadableBytes { (bytes) throws(RPCError) -> JSONRPCPayload in
                    try JSONRPCPayload.parse(bytes.bindMemory(to: UInt8.self))
                })
        } catch {
            return .failure(Refused(response: Replies.refusal(.badRequest, error)))
        }
    }

    private func refuseVersion(_ request: Request, _ payload: JSONRPCPayload) -> Response? {
        guard let name = request.headers[.mcpProtocolVersion], ProtocolVersion(rawValue: name) == nil else { return nil }
        return Replies.refusal(
            .badRequest,
            RPCError(
                RPCError.unsupportedProtocolVersion, "the protocol version '\(name.prefix(40))' is not spoken here",
                data: ["requested": .string(name), "supported": .array(ProtocolVersion.supportedNames.map(JSONValue.string))]),
            id: payload.messages.first?.requestID)
    }

    /// A response that passes on what `stream` carries until either side ends it.
    func eventStream(_ request: Request, _ stream: MessageStream, first: ByteBuffer?, onClose: @escaping @Sendable () -> Void) -> Response {
        let interval = settings.keepAliveInterval
        return Response(
            status: .ok, headers: Replies.eventStreamHeaders,
            body: ResponseBody { writer in
                let keepAlive = Task {
                    while true {
                        do { try await Task.sleep(for: interval) } catch { return }
                        stream.send([])
                    }
                }
                defer {
                    keepAlive.cancel()
                    onClose()
                }
                if let first { try await writer.write(first) }
                // Sent at once, so that the client sees the stream open.
                try await writer.write(Replies.keepAlive)
                try await request.body.consumeWithInboundCloseHandler { _ in
                    for await message in stream.messages {
                        try await writer.write(message.isEmpty ? Replies.keepAlive : Replies.event(message))
                    }
                } onInboundClosed: {
                    stream.finish()
                }
                try await writer.finish(nil)
            })
    }
}

extension JSONRPCMessage {
    /// The id to answer with, where there is one.
    var requestID: RequestID? {
        switch self {
        case .request(let id, _, _): id
        case .invalid(let id, _): id
        default: nil
        }
    }

    /// Whether HTTP carries an answer for this message.
    var expectsAnswer: Bool {
        switch self {
        case .request, .invalid: true
        case .notification, .response: false
        }
    }

    var isInitialize: Bool { if case .request(_, "initialize", _) = self { true } else { false } }
}
