import Branching

/// A JSON-RPC 2.0 request id as MCP restricts it: a string or an integer, never null.
enum RequestID: Sendable, Hashable {
    case integer(Int64)
    case string(String)

    init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .integer(let number): self = .integer(number)
        case .double(let number):
            guard let whole = Int64(exactly: number) else { return nil }
            self = .integer(whole)
        default: return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .integer(let number): .integer(number)
        case .string(let text): .string(text)
        }
    }
}

/// The error member of a JSON-RPC response.
struct RPCError: Error, Sendable, Hashable {
    static let parseError = -32700
    static let invalidRequest = -32600
    static let methodNotFound = -32601
    static let invalidParams = -32602
    static let internalError = -32603
    /// MCP: a resource that does not exist.
    static let resourceNotFound = -32002
    /// MCP: the protocol version asked for is not one of ours; `data.supported` lists them.
    static let unsupportedProtocolVersion = -32022

    var code: Int
    var message: String
    var data: JSONValue?

    init(_ code: Int, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// An error of ours on its way out where MCP wants a JSON-RPC error (resources, prompts, refused requests).
    init(_ code: Int, _ error: BranchLiteError) {
        self.init(code, error.message, data: ResultJSON.errorValue(error))
    }
}

/// One message from a client.
enum JSONRPCMessage: Sendable, Hashable {
    case request(id: RequestID, method: String, params: [String: JSONValue])
    case notification(method: String, params: [String: JSONValue])
    /// The answer to a request of ours; we send none, so it is accepted and ignored.
    case response
    case invalid(id: RequestID?, RPCError)

    init(_ value: JSONValue) {
        guard let members = value.objectValue else {
            self = .invalid(id: nil, RPCError(RPCError.invalidRequest, "a message must be a JSON object"))
            return
        }
        let id = members["id"].flatMap(RequestID.init)
        guard members["jsonrpc"] == .string("2.0") else {
            self = .invalid(id: id, RPCError(RPCError.invalidRequest, "\"jsonrpc\" must be \"2.0\""))
            return
        }
        guard let method = members["method"]?.stringValue else {
            if members["result"] != nil || members["error"] != nil {
                self = .response
            } else {
                self = .invalid(id: id, RPCError(RPCError.invalidRequest, "\"method\" must be a string"))
            }
            return
        }
        let params: [String: JSONValue]
        switch members["params"] {
        case nil, .some(.null): params = [:]
        case .some(.object(let object)): params = object
        default:
            self = .invalid(id: id, RPCError(RPCError.invalidRequest, "\"params\" must be an object"))
            return
        }
        guard let rawID = members["id"] else {
            self = .notification(method: method, params: params)
            return
        }
        guard let id else {
            self = .invalid(id: nil, RPCError(RPCError.invalidRequest, "\"id\" must be a string or an integer, not \(rawID.kindName)"))
            return
        }
        self = .request(id: id, method: method, params: params)
    }

    var isRequest: Bool { if case .request = self { true } else { false } }
}

/// What one body or line holds.
enum JSONRPCPayload: Sendable {
    case single(JSONRPCMessage)
    case batch([JSONRPCMessage])

    /// - Throws: a parse error for what is not JSON.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(RPCError) -> JSONRPCPayload {
        let value: JSONValue
        do {
            value = try JSONReader.parse(bytes)
        } catch {
            throw RPCError(RPCError.parseError, "the message is not JSON: \(error)")
        }
        if case .array(let items) = value { return .batch(items.map(JSONRPCMessage.init)) }
        return .single(JSONRPCMessage(value))
    }

    var messages: [JSONRPCMessage] {
        switch self {
        case .single(let message): [message]
        case .batch(let messages): messages
        }
    }
}

/// Writes JSON-RPC messages.
enum JSONRPC {
    static func result(_ id: RequestID, _ result: JSONValue) -> [UInt8] {
        message(id) { buffer in
            buffer.raw(",\"result\":")
            buffer.value(result)
        }
    }

    /// A response whose result is JSON text already.
    static func result(_ id: RequestID, json: [UInt8]) -> [UInt8] {
        message(id, capacity: json.count + 64) { buffer in
            buffer.raw(",\"result\":")
            buffer.raw(json)
        }
    }

    /// `id` is nil when the request's id could not be read.
    static func error(_ id: RequestID?, _ error: RPCError) -> [UInt8] {
        message(id) { buffer in
            var members: [String: JSONValue] = ["code": .integer(Int64(error.code)), "message": .string(error.message)]
            members["data"] = error.data
            buffer.raw(",\"error\":")
            buffer.value(.object(members))
        }
    }

    static func notification(_ method: String, _ params: JSONValue) -> [UInt8] {
        JSONValue.object(["jsonrpc": "2.0", "method": .string(method), "params": params]).jsonBytes
    }

    /// A tool's result: the text block quotes `text`; the structured form follows as it is.
    static func toolResult(_ id: RequestID, text: [UInt8], structured: [UInt8], isError: Bool) -> [UInt8] {
        message(id, capacity: text.count + text.count / 4 + structured.count + 160) { buffer in
            buffer.raw(",\"result\":{\"content\":[{\"type\":\"text\",\"text\":")
            buffer.string(quoting: text)
            buffer.raw("}],\"structuredContent\":")
            buffer.raw(structured)
            buffer.raw(",\"isError\":")
            buffer.bool(isError)
            buffer.raw("}")
        }
    }

    /// Responses to a batch as one array.
    static func batch(_ responses: [[UInt8]]) -> [UInt8] {
        var buffer = JSONBuffer(capacity: responses.reduce(2) { $0 + $1.count + 1 })
        buffer.raw("[")
        for (index, response) in responses.enumerated() {
            if index > 0 { buffer.raw(",") }
            buffer.raw(response)
        }
        buffer.raw("]")
        return buffer.bytes
    }

    private static func message(_ id: RequestID?, capacity: Int = 256, _ body: (inout JSONBuffer) -> Void) -> [UInt8] {
        var buffer = JSONBuffer(capacity: capacity)
        buffer.raw("{\"jsonrpc\":\"2.0\",\"id\":")
        buffer.value(id?.json ?? .null)
        body(&buffer)
        buffer.raw("}")
        return buffer.bytes
    }
}

extension JSONValue {
    /// The name of this value's JSON type, for messages.
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
