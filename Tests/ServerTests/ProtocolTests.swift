import Branching
import Testing

@testable import Server

/// Transcripts of the pure protocol machine.
@Suite struct ProtocolTests {
    private func message(_ text: String) throws -> JSONRPCMessage { JSONRPCMessage(try JSONReader.parse([UInt8](text.utf8))) }

    private func sent(_ step: ProtocolStep) throws -> JSONValue {
        guard case .send(let bytes) = step else {
            Issue.record("a message was expected, not \(step)")
            return .null
        }
        return try JSONReader.parse(bytes)
    }

    private func initialize(_ version: String) throws -> (ProtocolMachine, JSONValue) {
        var machine = ProtocolMachine()
        let step = machine.receive(
            try message(
                #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"\#(version)","capabilities":{},"clientInfo":{"name":"probe","version":"1"}}}"#
            ))
        return (machine, try sent(step))
    }

    @Test(arguments: ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
    func speaksTheVersionAskedFor(_ version: String) throws {
        let (machine, answer) = try initialize(version)
        #expect(answer["id"] == 1)
        #expect(answer["result"]?["protocolVersion"] == .string(version))
        #expect(answer["result"]?["serverInfo"]?["name"] == "branchlite")
        #expect(answer["result"]?["capabilities"]?["tools"] != nil)
        #expect(machine.clientName == "probe")
        #expect(machine.isInitialized)
        #expect(machine.version.allowsBatches == (version < "2025-06-18"))
    }

    @Test func offersItsNewestVersionForOneItDoesNotKnow() throws {
        let (_, answer) = try initialize("1999-01-01")
        #expect(answer["result"]?["protocolVersion"] == "2025-11-25")
    }

    @Test func walksThroughASession() throws {
        var (machine, _) = try initialize("2025-06-18")
        #expect(machine.receive(try message(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)) == .accepted)
        #expect(try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#))) == ["jsonrpc": "2.0", "id": "p", "result": [:]])
        let tools = try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#)))["result"]?["tools"]?.arrayValue ?? []
        let names = tools.compactMap { $0["name"]?.stringValue }
        for name in [
            "branch_create", "switch_branch", "branch_list", "query", "run_sql", "read_query", "run_sql_readonly", "branch_query", "diff_branch", "branch_diff",
            "branch_merge", "branch_conflicts", "branch_reset", "branch_discard", "shadow_query", "list_schemas", "list_tables", "describe_table",
            "get_usage_stats",
        ] {
            #expect(names.contains(name))
        }
        for tool in tools {
            #expect(tool["inputSchema"]?["additionalProperties"] == false)
            #expect(tool["outputSchema"]?["type"] == "object")
            #expect(tool["title"]?.stringValue?.isEmpty == false)
            #expect(tool["annotations"]?["readOnlyHint"]?.boolValue != nil)
            for (name, property) in tool["inputSchema"]?["properties"]?.objectValue ?? [:] {
                #expect(property["description"]?.stringValue?.isEmpty == false, "\(name) of \(tool["name"] ?? .null) has no description")
            }
        }
        #expect(
            machine.receive(
                try message(
                    #"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"query","arguments":{"sql":"SELECT 1"},"_meta":{"progressToken":"t"}}}"#))
                == .callTool(ToolCall(id: .integer(3), name: "query", arguments: ["sql": "SELECT 1"], progressToken: "t")))
        #expect(
            machine.receive(try message(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3,"reason":"x"}}"#))
                == .cancel(.integer(3)))
        #expect(
            machine.receive(try message(#"{"jsonrpc":"2.0","id":4,"method":"resources/read","params":{"uri":"branchlite://branches"}}"#))
                == .readResource(id: .integer(4), uri: "branchlite://branches"))
        let level = try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":5,"method":"logging/setLevel","params":{"level":"debug"}}"#)))
        #expect(level["result"] == [:])
        let resources = try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":6,"method":"resources/list"}"#)))
        #expect(resources["result"]?["resources"]?.arrayValue?.first?["uri"] == "branchlite://branches")
        let templates = try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":7,"method":"resources/templates/list"}"#)))
        #expect(templates["result"]?["resourceTemplates"]?.arrayValue?.count == 2)
        #expect(machine.receive(try message(#"{"jsonrpc":"2.0","id":9,"result":{}}"#)) == .accepted)
    }

    @Test func prompts() throws {
        var machine = ProtocolMachine()
        let listing = try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":1,"method":"prompts/list"}"#)))
        let prompts = listing["result"]?["prompts"]?.arrayValue ?? []
        #expect(
            prompts.compactMap { $0["name"]?.stringValue } == ["schema_migration_testing", "data_backfill_preview", "query_optimization", "ab_data_testing"])
        let prompt = try sent(
            machine.receive(
                try message(#"{"jsonrpc":"2.0","id":2,"method":"prompts/get","params":{"name":"query_optimization","arguments":{"sql":"SELECT 7"}}}"#)))
        let text = prompt["result"]?["messages"]?.arrayValue?.first?["content"]?["text"]?.stringValue ?? ""
        #expect(text.contains("SELECT 7"))
        let missing = try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":3,"method":"prompts/get","params":{"name":"query_optimization"}}"#)))
        #expect(missing["error"]?["code"] == -32602)
        #expect(missing["error"]?["data"]?["code"] == "BL_BAD_ARGUMENT")
        let unknown = try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":3,"method":"prompts/get","params":{"name":"query_optimisation"}}"#)))
        #expect(unknown["error"]?["data"]?["hint"] == "did you mean 'query_optimization'?")
    }

    static let malformed: [(String, Int64)] = [
        (#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#, -32601), (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600), (#"{"id":1,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600), (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600), (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"querry"}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":[]}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"loud"}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":5}}"#, -32602), (#""text""#, -32600), (#"{}"#, -32600),
    ]

    @Test(arguments: malformed)
    func refusesMalformedMessages(_ text: String, _ code: Int64) throws {
        var machine = ProtocolMachine()
        let answer = try sent(machine.receive(try message(text)))
        #expect(answer["error"]?["code"] == .integer(code))
        #expect(answer["error"]?["message"]?.stringValue?.isEmpty == false)
    }

    @Test func anUnknownToolIsNamedWithTheNearest() throws {
        var machine = ProtocolMachine()
        let answer = try sent(machine.receive(try message(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"branch_creat"}}"#)))
        #expect(answer["error"]?["data"]?["code"] == "BL_UNKNOWN_TOOL")
        #expect(answer["error"]?["data"]?["hint"] == "did you mean 'branch_create'?")
    }

    @Test func resourceAddresses() {
        #expect(ResourceCatalogue.parse("branchlite://branches") == .branches)
        #expect(ResourceCatalogue.parse("branchlite://branches/my%20b%2F1/schema") == .schema(branch: "my b/1"))
        #expect(ResourceCatalogue.parse("branchlite://branches/x/diff") == .diff(branch: "x"))
        for bad in ["", "branchlite://", "branchlite://branches/", "branchlite://branches//diff", "branchlite://branches/x/y", "http://branches"] {
            #expect(ResourceCatalogue.parse(bad) == nil)
        }
    }
}
