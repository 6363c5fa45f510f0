import Branching
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import Server

/// The HTTP door's answers, without sockets. The test client calls the server `localhost`, which is our name on port 80.
@Suite struct HTTPTests {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    struct Door {
        let service = FakeService()
        let door: HTTPDoor
        let registry: SessionRegistry

        init(mode: RequestGuard.Mode = .open, limits: SessionRegistry.Limits = .init(), settings: HTTPDoor.Settings = .init()) {
            let metrics = ServerMetrics()
            registry = SessionRegistry(
                surroundings: .init(dispatcher: ToolDispatcher(service: service), metrics: metrics, logger: HTTPTests.quiet), limits: limits)
            door = HTTPDoor(
                service: service, registry: registry, requestGuard: RequestGuard(mode: mode), metrics: metrics, logger: HTTPTests.quiet, port: 80,
                settings: settings)
        }

        func test(_ body: @Sendable (any TestClientProtocol) async throws -> Void) async throws {
            try await Application(router: door.makeRouter(), logger: HTTPTests.quiet).test(.router) { try await body($0) }
        }
    }

    static let initialize =
        #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#

    static func call(_ tool: String, _ arguments: String, id: Int = 2) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)}}"#
    }

    private static let standard: HTTPFields = [.contentType: "application/json", .accept: "application/json, text/event-stream"]

    private func post(
        _ client: any TestClientProtocol, _ body: String, _ extra: HTTPFields = [:], to uri: String = "/mcp"
    ) async throws -> (status: HTTPResponse.Status, json: JSONValue, headers: HTTPFields) {
        var headers = Self.standard
        for field in extra { headers[field.name] = field.value }
        return try await client.execute(uri: uri, method: .post, headers: headers, body: ByteBuffer(string: body)) { response in
            let bytes = Array(response.body.readableBytesView)
            return (response.status, bytes.isEmpty ? .null : try JSONReader.parse(bytes), response.headers)
        }
    }

    @Test func aSessionFromHandshakeToEnd() async throws {
        let door = Door()
        try await door.test { client in
            let hello = try await post(client, Self.initialize)
            #expect(hello.status == .ok)
            let id = try #require(hello.headers[.mcpSessionID])
            #expect(id.count == 32)
            let headers: HTTPFields = [.mcpSessionID: id, .mcpProtocolVersion: "2025-06-18"]
            let ready = try await post(client, #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, headers)
            #expect(ready.status == .accepted)
            let switched = try await post(client, Self.call("switch_branch", #"{"name":"b1"}"#), headers)
            #expect(switched.json["result"]?["structuredContent"] == ["branch": "b1", "previous": "main"])
            let query = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#), headers)
            #expect(query.json["result"]?["structuredContent"]?["branch"] == "b1")
            #expect(query.json["result"]?["isError"] == false)
            #expect(query.headers[.contentType] == "application/json")
            let text = try #require(query.json["result"]?["content"]?.arrayValue?.first?["text"]?.stringValue)
            #expect(try JSONReader.parse([UInt8](text.utf8)) == [["sql": "SELECT 1", "params": 0]])
            #expect(door.service.openSessions == 1)
            let batch = try await post(client, "[\(Self.call("branch_list", "{}"))]", headers)
            #expect(batch.status == .badRequest)
            let ended = try await client.execute(uri: "/mcp", method: .delete, headers: headers) { $0.status }
            #expect(ended == .noContent)
            #expect(door.service.openSessions == 0)
            let after = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#), headers)
            #expect(after.status == .notFound)
            #expect(after.json["error"]?["data"]?["code"] == "BL_NO_SESSION")
        }
    }

    @Test func sessionsAreApart() async throws {
        let door = Door()
        try await door.test { client in
            var ids: [String] = []
            for _ in 0..<20 { ids.append(try #require(try await post(client, Self.initialize).headers[.mcpSessionID])) }
            #expect(Set(ids).count == 20)
            for id in ids.prefix(10) { _ = try await post(client, Self.call("switch_branch", #"{"name":"b1"}"#), [.mcpSessionID: id]) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, id) in ids.enumerated() {
                    group.addTask {
                        for round in 0..<10 {
                            let answer = try await post(client, Self.call("query", #"{"sql":"SELECT \#(round)"}"#, id: round), [.mcpSessionID: id])
                            #expect(answer.json["result"]?["structuredContent"]?["branch"] == (index < 10 ? "b1" : "main"))
                            #expect(answer.json["id"] == .integer(Int64(round)))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func clientsWithoutSessionShareOnePerAgent() async throws {
        let door = Door()
        try await door.test { client in
            let plain: HTTPFields = [.accept: "*/*", .agentID: "agent-1"]
            let switched = try await post(client, Self.call("switch_branch", #"{"name":"b1"}"#), plain)
            #expect(switched.headers[.contentType] == "application/json")
            #expect(switched.headers[.mcpSessionID] == nil)
            let same = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#), plain)
            #expect(same.json["result"]?["structuredContent"]?["branch"] == "b1")
            let other = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#), [.accept: "*/*", .agentID: "agent-2"])
            #expect(other.json["result"]?["structuredContent"]?["branch"] == "main")
            let none = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#), [.accept: "*/*"])
            #expect(none.json["result"]?["structuredContent"]?["branch"] == "main")
            let created = try await post(client, Self.call("branch_create", #"{"name":"x"}"#), plain)
            #expect(created.json["result"]?["isError"] == false)
            #expect(door.service.calls.contains("create x from main ttl - agent agent-1"))
            let batch = try await post(client, "[\(Self.call("branch_list", "{}", id: 1)),\(Self.call("list_tables", "{}", id: 2))]", plain)
            #expect(batch.json.arrayValue?.map { $0["id"] } == [1, 2])
        }
        #expect(await door.registry.count == 3)
    }

    @Test func idleSessionsEnd() async throws {
        let door = Door(limits: .init(maximumSessions: 2, idleLimit: .seconds(1800)))
        try await door.test { client in
            let id = try #require(try await post(client, Self.initialize).headers[.mcpSessionID])
            _ = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#), [.mcpSessionID: id])
            _ = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#))
            #expect(door.service.openSessions == 2)
            let full = try await post(client, Self.initialize)
            #expect(full.status == .serviceUnavailable)
            #expect(full.json["error"]?["data"]?["code"] == "BL_TOO_MANY_CONNECTIONS")
            await door.registry.sweep(now: .now + .seconds(1790))
            #expect(await door.registry.count == 2)
            await door.registry.sweep(now: .now + .seconds(1801))
            #expect(await door.registry.count == 0)
            #expect(door.service.openSessions == 0)
            #expect(try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#), [.mcpSessionID: id]).status == .notFound)
        }
    }

    @Test func whatIsNotOursIsRefused() async throws {
        try await Door().test { client in
            let body = Self.call("branch_list", "{}")
            #expect(try await post(client, body, [.contentType: "text/plain"]).status == .unsupportedMediaType)
            #expect(try await post(client, body, [.contentType: "application/json; charset=utf-8"]).status == .ok)
            #expect(try await post(client, body, [.origin: "http://evil.example"]).status == .forbidden)
            #expect(try await post(client, body, [.origin: "null"]).status == .forbidden)
            #expect(try await post(client, body, [.origin: "http://localhost"]).status == .ok)
            #expect(try await post(client, body, [.origin: "https://localhost"]).status == .forbidden)
            #expect(try await post(client, body, [.accept: "text/html"]).status == .notAcceptable)
            #expect(try await post(client, "{").status == .badRequest)
            #expect(try await post(client, "[]").status == .badRequest)
            #expect(try await post(client, "7").status == .badRequest)
            #expect(try await post(client, "[\(Self.initialize)]").status == .badRequest)
            let version = try await post(client, #"{"jsonrpc":"2.0","id":9,"method":"server/discover"}"#, [.mcpProtocolVersion: "2026-07-28"])
            #expect(version.status == .badRequest)
            #expect(version.json["id"] == 9)
            #expect(version.json["error"]?["code"] == -32022)
            #expect(version.json["error"]?["data"]?["supported"]?.arrayValue?.contains("2025-06-18") == true)
            #expect(try await client.execute(uri: "/mcp", method: .get, headers: [.accept: "text/event-stream"]) { $0.status } == .badRequest)
            #expect(try await client.execute(uri: "/mcp", method: .get, headers: [.accept: "application/json"]) { $0.status } == .notAcceptable)
            #expect(try await client.execute(uri: "/mcp", method: .delete) { $0.status } == .notFound)
            #expect(try await client.execute(uri: "/nowhere", method: .get) { $0.status } == .notFound)
            #expect(try await client.execute(uri: "/health", method: .get, headers: [.origin: "http://evil.example"]) { $0.status } == .forbidden)
        }
    }

    @Test func tooLongARequestIsRefusedByItsLimit() async throws {
        try await Door(settings: .init(maximumBodyBytes: 1000)).test { client in
            let answer = try await post(client, Self.call("query", #"{"sql":"\#(String(repeating: "x", count: 2000))"}"#))
            #expect(answer.status == .contentTooLarge)
            #expect(answer.json["error"]?["data"]?["code"] == "BL_TOO_LARGE")
            #expect(answer.json["error"]?["data"]?["details"]?["limit"] == 1000)
        }
    }

    @Test func aTwentyMegabyteStatementIsAnswered() async throws {
        try await Door().test { client in
            let answer = try await post(client, Self.call("query", #"{"sql":"SELECT '\#(String(repeating: "x", count: 20_000_000))'"}"#))
            #expect(answer.status == .ok)
            #expect(answer.json["result"]?["isError"] == false)
        }
    }

    @Test func progressComesAsEvents() async throws {
        try await Door().test { client in
            let body =
                #"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"query","arguments":{"sql":"SLEEP 1300"},"_meta":{"progressToken":"p1"}}}"#
            try await client.execute(uri: "/mcp", method: .post, headers: Self.standard, body: ByteBuffer(string: body)) { response in
                #expect(response.headers[.contentType] == "text/event-stream")
                let events = String(buffer: response.body).split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { $0.dropFirst(6) }
                let messages = try events.map { try JSONReader.parse([UInt8]($0.utf8)) }
                #expect(messages.count == 2)
                #expect(messages.first?["method"] == "notifications/progress")
                #expect(messages.first?["params"]?["progressToken"] == "p1")
                #expect(messages.last?["id"] == 5)
            }
        }
    }

    @Test func aCancelledCallStops() async throws {
        let door = Door()
        try await door.test { client in
            let id = try #require(try await post(client, Self.initialize).headers[.mcpSessionID])
            let start = ContinuousClock.now
            async let slow = post(client, Self.call("query", #"{"sql":"SLEEP 20000"}"#, id: 7), [.mcpSessionID: id])
            async let waiting = post(client, Self.call("query", #"{"sql":"SLEEP 20001"}"#, id: 8), [.mcpSessionID: id])
            while !door.service.calls.contains(where: { $0.hasPrefix("query SLEEP") }) { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .milliseconds(50))
            for call in [8, 7] {
                let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(call)}}"#
                #expect(try await post(client, cancel, [.mcpSessionID: id]).status == .accepted)
            }
            let codes = Set(
                [try await slow, try await waiting].compactMap { $0.json["result"]?["structuredContent"]?["error"]?["code"]?.stringValue })
            #expect(codes == ["BL_INTERRUPTED", "BL_CANCELLED"])
            #expect(ContinuousClock.now - start < .seconds(10))
            // The session goes on.
            let next = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#), [.mcpSessionID: id])
            #expect(next.json["result"]?["isError"] == false)
        }
    }

    @Test func healthAndMetrics() async throws {
        try await Door().test { client in
            for path in ["/health", "/v1/health"] {
                try await client.execute(uri: path, method: .get) { response in
                    #expect(response.status == .ok)
                    let json = try JSONReader.parse(Array(response.body.readableBytesView))
                    #expect(json["status"] == "ok")
                    #expect(json["branches"] == 2)
                }
            }
            _ = try await post(client, Self.call("query", #"{"sql":"SELECT 1"}"#))
            _ = try await post(client, Self.call("query", #"{"nope":1}"#))
            try await client.execute(uri: "/metrics", method: .get) { response in
                let text = String(buffer: response.body)
                #expect(response.headers[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true)
                #expect(text.contains("branchlite_tool_calls_total{tool=\"query\",outcome=\"ok\"} 1\n"))
                #expect(text.contains("branchlite_tool_calls_total{tool=\"query\",outcome=\"BL_UNKNOWN_ARGUMENT\"} 1\n"))
                #expect(text.contains("branchlite_tool_duration_seconds_count{tool=\"query\"} 2\n"))
                #expect(text.contains("branchlite_branches{status=\"active\"} 2\n"))
                #expect(text.contains("branchlite_http_requests_total{status=\"200\"} 4\n"))
                #expect(text.contains("process_resident_memory_bytes "))
            }
        }
    }

    @Test func keysAreAskedFor() async throws {
        let ring = try KeyRing(parsing: "reader=0123456789abcdef:read, agent=fedcba9876543210")
        try await Door(mode: .keys(ring)).test { client in
            let body = Self.call("query", #"{"sql":"UPDATE"}"#)
            let none = try await post(client, body)
            #expect(none.status == .unauthorized)
            #expect(none.headers[.wwwAuthenticate] != nil)
            #expect(none.json["error"]?["data"]?["code"] == "BL_AUTHENTICATION")
            #expect(try await post(client, body, [.authorization: "ApiKey wrong-wrong-wrong-wrong"]).status == .unauthorized)
            #expect(try await post(client, body, [.authorization: "Basic 0123456789abcdef"]).status == .unauthorized)
            let reader = try await post(client, body, [.authorization: "ApiKey 0123456789abcdef", .origin: "http://elsewhere.example"])
            #expect(reader.json["result"]?["structuredContent"]?["error"]?["code"] == "BL_SCOPE")
            let agent = try await post(client, body, [.authorization: "bearer fedcba9876543210"])
            #expect(agent.json["result"]?["isError"] == false)
            // One key's session is no other's.
            let id = try #require(try await post(client, Self.initialize, [.authorization: "ApiKey fedcba9876543210"]).headers[.mcpSessionID])
            let stolen = try await post(client, body, [.authorization: "ApiKey 0123456789abcdef", .mcpSessionID: id])
            #expect(stolen.status == .notFound)
            #expect(try await client.execute(uri: "/health", method: .get) { $0.status } == .ok)
            #expect(try await client.execute(uri: "/metrics", method: .get) { $0.status } == .unauthorized)
            #expect(try await client.execute(uri: "/metrics", method: .get, headers: [.authorization: "ApiKey 0123456789abcdef"]) { $0.status } == .ok)
        }
    }

    @Test func resources() async throws {
        try await Door().test { client in
            func read(_ uri: String) async throws -> JSONValue {
                try await post(client, #"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"\#(uri)"}}"#).json
            }
            let branches = try await read("branchlite://branches")
            let text = try #require(branches["result"]?["contents"]?.arrayValue?.first?["text"]?.stringValue)
            #expect(try JSONReader.parse([UInt8](text.utf8)).arrayValue?.count == 2)
            let schema = try await read("branchlite://branches/main/schema")
            #expect(schema["result"]?["contents"]?.arrayValue?.first?["text"]?.stringValue?.contains("\"column_name\":\"id\"") == true)
            #expect(try await read("branchlite://branches/nope/diff")["error"]?["data"]?["code"] == "BL_NO_SUCH_BRANCH")
            #expect(try await read("file:///etc/passwd")["error"]?["code"] == -32002)
        }
    }
}

@Suite struct SecurityTests {
    @Test(arguments: [
        ("127.0.0.1:5440", true), ("localhost:5440", true), ("LOCALHOST:5440", true), ("[::1]:5440", true), ("127.0.0.1", false), ("localhost:5441", false),
        ("localhost.evil.example:5440", false), ("evil.example:5440", false), ("", false), ("[::1]", false), ("127.0.0.1:5440:5440", false),
        ("0.0.0.0:5440", false),
    ])
    func hostNames(_ host: String, _ allowed: Bool) { #expect(RequestGuard.isLoopback(authority: host, port: 5440) == allowed) }

    @Test func optionsThatLetStrangersInAreRefused() throws {
        #expect(throws: BranchLiteError.self) { try ServerOptions(storePath: "x", host: "0.0.0.0").requestGuard() }
        #expect(throws: BranchLiteError.self) { try ServerOptions(storePath: "x", host: "127.evil.example").requestGuard() }
        #expect(throws: BranchLiteError.self) { try ServerOptions(storePath: "x", isDevMode: false).requestGuard() }
        for host in ["127.0.0.1", "localhost", "::1", "127.8.8.8"] {
            #expect(throws: Never.self) { try ServerOptions(storePath: "x", host: host).requestGuard() }
        }
        let ring = try KeyRing(parsing: "0123456789abcdef")
        #expect(throws: Never.self) { try ServerOptions(storePath: "x", host: "0.0.0.0", isDevMode: false, keys: ring).requestGuard() }
    }

    @Test func addresses() throws {
        let (host, port) = try ServerOptions.address("[::1]:99")
        #expect(host == "::1")
        #expect(port == 99)
        for bad in ["", "5440", ":5440", "host:", "host:99999", "host:x"] { #expect(throws: BranchLiteError.self) { try ServerOptions.address(bad) } }
    }

    @Test func keyLists() throws {
        let digest = KeyRing.digest(of: "a key with spaces").map { String($0 / 16, radix: 16) + String($0 % 16, radix: 16) }.joined()
        let ring = try KeyRing(parsing: "one=0123456789abcdef:read+merge  sha256:\(digest):admin,fedcba9876543210")
        #expect(ring.principal(for: "0123456789abcdef") == Principal(id: "one", scopes: [.read, .merge]))
        #expect(ring.principal(for: "a key with spaces")?.allows(.write) == true)
        #expect(ring.principal(for: "fedcba9876543210")?.id == "key-3")
        #expect(ring.principal(for: "fedcba9876543210")?.allows(.admin) == false)
        #expect(ring.principal(for: "") == nil)
        for bad in ["short", "one=0123456789abcdef:red", "sha256:12", "0123456789abcdef:"] {
            let error = #expect(throws: BranchLiteError.self) { try KeyRing(parsing: bad) }
            #expect(error?.code == "BL_BAD_CONFIGURATION")
            #expect(error?.message.contains("0123456789abcdef") == false)
        }
        #expect(try KeyRing(parsing: " , ").isEmpty)
    }
}
