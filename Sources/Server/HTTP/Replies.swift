import Branching
import HTTPTypes
import Hummingbird
import NIOCore

/// Responses of the HTTP door.
enum Replies {
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers extra: HTTPFields = [:]) -> Response {
        var headers = extra
        headers[.contentType] = MediaType.json
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func text(_ text: String, type: String) -> Response {
        Response(status: .ok, headers: [.contentType: type, .cacheControl: "no-store"], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static func empty(_ status: HTTPResponse.Status) -> Response { Response(status: status) }

    /// A refusal as a JSON-RPC error that answers no request in particular, with our own error in `data`.
    static func refusal(
        _ status: HTTPResponse.Status, _ error: BranchLiteError, code: Int = RPCError.invalidRequest, id: RequestID? = nil,
        headers: HTTPFields = [:]
    ) -> Response {
        json(JSONRPC.error(id, RPCError(code, error)), status: status, headers: headers)
    }

    static func refusal(_ status: HTTPResponse.Status, _ error: RPCError, id: RequestID? = nil) -> Response {
        json(JSONRPC.error(id, error), status: status)
    }

    static let eventStreamHeaders: HTTPFields = [
        .contentType: MediaType.eventStream, .cacheControl: "no-cache, no-store",
        // Proxies must pass events on one by one.
        HTTPField.Name("X-Accel-Buffering")!: "no",
    ]

    /// One server-sent event. JSON text has no line breaks, so that one data line carries it.
    static func event(_ data: [UInt8], name: String = "message") -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(data.count + 32)
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }

    static let keepAlive = ByteBuffer(string: ": keep-alive\n\n")
}
