import HTTPTypes

/// Header names of the protocol. The literals are valid header names; the tests send each of them.
extension HTTPField.Name {
    static let mcpSessionID = HTTPField.Name("Mcp-Session-Id")!
    static let mcpProtocolVersion = HTTPField.Name("MCP-Protocol-Version")!
    static let agentID = HTTPField.Name("X-Agent-Id")!
}

/// Media types as far as this server deals in them.
enum MediaType {
    static let json = "application/json"
    static let eventStream = "text/event-stream"
    static let prometheus = "text/plain; version=0.0.4; charset=utf-8"

    /// Whether a Content-Type header says JSON, parameters aside.
    static func isJSON(_ contentType: String?) -> Bool { essence(contentType ?? "") == json }

    /// Whether an Accept header lets `type` through. No header lets everything through.
    static func accepts(_ accept: String?, _ type: String) -> Bool {
        guard let accept, !accept.isEmpty else { return true }
        let group = type.prefix { $0 != "/" } + "/*"
        return accept.split(separator: ",").contains { range in
            let name = essence(String(range))
            return name == "*/*" || name == type || name == group
        }
    }

    /// Whether an Accept header asks for `type` by its own name.
    static func names(_ accept: String?, _ type: String) -> Bool {
        (accept ?? "").split(separator: ",").contains { essence(String($0)) == type }
    }

    private static func essence(_ text: String) -> String {
        var essence = text.prefix { $0 != ";" }
        while essence.first?.isWhitespace == true { essence = essence.dropFirst() }
        while essence.last?.isWhitespace == true { essence = essence.dropLast() }
        return essence.lowercased()
    }
}
