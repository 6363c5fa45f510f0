import Branching
import HTTPTypes
import Hummingbird
import NIOCore

/// The older HTTP+SSE transport: answers come on an event stream, messages are posted to the address its first event names.
extension HTTPDoor {
    func openLegacyStream(_ request: Request, _ principal: Principal) async -> Response {
        guard MediaType.accepts(request.headers[.accept], MediaType.eventStream) else {
            return Replies.refusal(.notAcceptable, BranchLiteError("BL_NOT_ACCEPTABLE", "the Accept header must allow text/event-stream"))
        }
        // A client of the newer transport that was given this address.
        if request.headers[.mcpSessionID] != nil { return await openStream(request, principal) }
        let session: MCPSession
        do throws(BranchLiteError) {
            session = try await registry.open(door: "sse", principal: principal, agentID: request.headers[.agentID])
        } catch {
            return Replies.refusal(.serviceUnavailable, error)
        }
        let stream = MessageStream()
        await session.listen(on: stream)
        let endpoint = Replies.event([UInt8]("/mcp/messages?session_id=\(session.id)".utf8), name: "endpoint")
        let registry = registry
        return eventStream(request, stream, first: endpoint) {
            stream.finish()
            Task { await registry.end(session) }
        }
    }

    func postLegacyMessage(_ request: Request, _ principal: Principal) async -> Response {
        let id = request.uri.queryParameters["session_id"] ?? request.uri.queryParameters["sessionId"]
        guard let id, let session = await registry.find(String(id), principal: principal) else { return Self.sessionGone }
        let payload: JSONRPCPayload
        switch await readPayload(request) {
        case .success(let read): payload = read
        case .failure(let refusal): return refusal.response
        }
        switch payload {
        case .single(let message):
            await session.receive(message, answersCancelled: false, notify: session.sendToListener) { answer in
                if let answer { session.sendToListener(answer) }
            }
        case .batch(let messages):
            guard await session.version.allowsBatches, !messages.isEmpty else { return Replies.refusal(.badRequest, .batchesRefused) }
            Task {
                if let answer = await session.respond(toBatch: messages) { session.sendToListener(answer) }
            }
        }
        return Replies.empty(.accepted)
    }
}
