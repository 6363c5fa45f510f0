import Branching

/// A `tools/call` as the protocol machine hands it on.
struct ToolCall: Sendable, Hashable {
    var id: RequestID
    var name: String
    var arguments: [String: JSONValue]
    /// Given by clients that want progress notifications.
    var progressToken: JSONValue?
}

/// What the protocol asks its surroundings to do for one message.
enum ProtocolStep: Sendable, Hashable {
    /// Send this and be done.
    case send([UInt8])
    /// Nothing to send.
    case accepted
    case callTool(ToolCall)
    case readResource(id: RequestID, uri: String)
    case cancel(RequestID)
}

/// The Model Context Protocol's server side as a pure state machine: messages in, steps out, no I/O.
///
/// It answers by itself everything that needs no store (handshake, ping, lists, prompts) and checks the shape of the rest.
struct ProtocolMachine: Sendable {
    private(set) var version = ProtocolVersion.assumed
    private(set) var isInitialized = false
    /// The name the client gave itself in `initialize`.
    private(set) var clientName: String?
    private(set) var logLevel = "info"

    private let catalogue: ToolCatalogue

    init(catalogue: ToolCatalogue = .standard) { self.catalogue = catalogue }

    mutating func receive(_ message: JSONRPCMessage) -> ProtocolStep {
        switch message {
        case .request(let id, let method, let params):
            do throws(RPCError) {
                return try request(id, method, params)
            } catch {
                return .send(JSONRPC.error(id, error))
            }
        case .notification(let method, let params): return notification(method, params)
        case .response: return .accepted
        case .invalid(let id, let error): return .send(JSONRPC.error(id, error))
        }
    }

    private mutating func request(_ id: RequestID, _ method: String, _ params: [String: JSONValue]) throws(RPCError) -> ProtocolStep {
        switch method {
        case "initialize": return .send(JSONRPC.result(id, initialize(params)))
        case "ping": return .send(JSONRPC.result(id, [:]))
        case "tools/list": return .send(JSONRPC.result(id, json: catalogue.listing))
        case "tools/call": return .callTool(try toolCall(id, params))
        case "resources/list": return .send(JSONRPC.result(id, ["resources": ResourceCatalogue.fixed]))
        case "resources/templates/list": return .send(JSONRPC.result(id, ["resourceTemplates": ResourceCatalogue.templates]))
        case "resources/read": return .readResource(id: id, uri: try text("uri", of: params))
        case "prompts/list": return .send(JSONRPC.result(id, ["prompts": PromptCatalogue.listing]))
        case "prompts/get": return .send(JSONRPC.result(id, try prompt(params)))
        case "logging/setLevel":
            let level = try text("level", of: params)
            guard Self.logLevels.contains(level) else {
                throw RPCError(RPCError.invalidParams, "level must be one of \(Self.logLevels.joined(separator: ", ")), not '\(level)'")
            }
            logLevel = level
            return .send(JSONRPC.result(id, [:]))
        default:
            throw RPCError(RPCError.methodNotFound, "there is no method '\(method)'", data: ["method": .string(method)])
        }
    }

    private func notification(_ method: String, _ params: [String: JSONValue]) -> ProtocolStep {
        if method == "notifications/cancelled", let id = params["requestId"].flatMap(RequestID.init) { return .cancel(id) }
        return .accepted
    }

    private mutating func initialize(_ params: [String: JSONValue]) -> JSONValue {
        version = .negotiate(params["protocolVersion"]?.stringValue)
        isInitialized = true
        clientName = params["clientInfo"]?["name"]?.stringValue
        return [
            "protocolVersion": .string(version.rawValue),
            "capabilities": [
                "tools": ["listChanged": false],
                "resources": ["listChanged": false, "subscribe": false],
                "prompts": ["listChanged": false],
                "logging": [:],
            ],
            "serverInfo": [
                "name": "branchlite",
                "title": "BranchLite",
                "version": .string(ServerVersion.current),
            ],
            "instructions": .string(Self.instructions),
        ]
    }

    private func toolCall(_ id: RequestID, _ params: [String: JSONValue]) throws(RPCError) -> ToolCall {
        let name = try text("name", of: params)
        let arguments: [String: JSONValue]
        switch params["arguments"] {
        case nil, .some(.null): arguments = [:]
        case .some(.object(let object)): arguments = object
        case .some(let other): throw RPCError(RPCError.invalidParams, "\"arguments\" must be an object, not \(other.kindName)")
        }
        guard catalogue.tool(named: name) != nil else {
            throw RPCError(RPCError.invalidParams, catalogue.unknownTool(name))
        }
        return ToolCall(id: id, name: name, arguments: arguments, progressToken: params["_meta"]?["progressToken"])
    }

    private func prompt(_ params: [String: JSONValue]) throws(RPCError) -> JSONValue {
        let name = try text("name", of: params)
        var arguments: [String: String] = [:]
        for (key, value) in params["arguments"]?.objectValue ?? [:] {
            guard let text = value.stringValue else {
                throw RPCError(RPCError.invalidParams, "the prompt argument '\(key)' must be a string, not \(value.kindName)")
            }
            arguments[key] = text
        }
        return try PromptCatalogue.get(name, arguments: arguments)
    }

    private func text(_ name: String, of params: [String: JSONValue]) throws(RPCError) -> String {
        guard let value = params[name] else { throw RPCError(RPCError.invalidParams, "\"\(name)\" is missing") }
        guard let text = value.stringValue else {
            throw RPCError(RPCError.invalidParams, "\"\(name)\" must be a string, not \(value.kindName)")
        }
        return text
    }

    private static let logLevels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]

    static let instructions = """
        BranchLite gives SQL data git-like branches. Create a branch before risky work (branch_create), move this session to it \
        (switch_branch) or address it per call (the branch argument), change data and schema there with query, look at what changed \
        (diff_branch), compare results between branches (shadow_query), then bring it to main (branch_merge) or throw it away \
        (branch_discard). main is not touched until a merge. SQL is DuckDB's dialect; other branches can be read in one statement \
        as "branch-name".table and main as main.table.
        """
}
