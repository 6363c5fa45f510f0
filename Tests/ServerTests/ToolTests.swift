import Branching
import Testing

@testable import Server

/// A session for tool calls without the protocol around it.
struct PlainToolSession: ToolSession {
    let session: any BranchSession
    func branchSession() async throws(BranchLiteError) -> any BranchSession { session }
    func currentBranch() async throws(BranchLiteError) -> String { try await session.currentBranch() }
}

@Suite struct ToolTests {
    private let service = FakeService()

    private func call(
        _ tool: String, _ arguments: [String: JSONValue] = [:], on branch: String = "main", scopes: Set<Scope> = Set(Scope.allCases)
    ) async throws -> (structured: JSONValue, text: JSONValue, isError: Bool) {
        let session = PlainToolSession(session: FakeSession(service, branch))
        let outcome = await ToolDispatcher(service: service).call(
            tool, arguments, session: session, principal: Principal(id: "k", scopes: scopes), agentID: "agent-7")
        return (try JSONReader.parse(outcome.structured), try JSONReader.parse(outcome.text), outcome.isError)
    }

    @Test func everyToolRuns() async throws {
        let branch: [String: JSONValue] = ["branch": "b1"]
        let sql: [String: JSONValue] = ["sql": "SELECT"]
        let both: JSONValue = ["main", "b1"]
        var arguments: [String: [String: JSONValue]] = [:]
        for tool in ["branch_list", "list_schemas", "list_tables", "get_usage_stats"] { arguments[tool] = [:] }
        for tool in ["diff_branch", "branch_merge", "branch_conflicts", "branch_reset", "branch_discard", "branch_history"] { arguments[tool] = branch }
        arguments["branch_restore"] = ["branch": "b1", "version": 3]
        arguments["branch_create"] = ["name": "x"]
        arguments["switch_branch"] = ["name": "b1"]
        arguments["query"] = sql
        arguments["read_query"] = sql
        arguments["branch_query"] = ["branch_id": "b1", "sql": "SELECT"]
        arguments["shadow_query"] = ["sql": "SELECT", "branches": both]
        arguments["describe_table"] = ["table_name": "t"]
        for tool in ToolCatalogue.standard.tools {
            let given = try #require(arguments[tool.name], "no arguments for \(tool.name)")
            for name in [tool.name] + tool.aliases {
                let outcome = try await call(name, given)
                #expect(!outcome.isError, "\(name): \(outcome.structured)")
                #expect(outcome.structured.objectValue != nil)
                #expect((outcome.text.arrayValue != nil) == (tool.text == .array), "\(name)")
            }
            // What is required is what the structured result has.
            let outcome = try await call(tool.name, given)
            for required in tool.output["required"]?.arrayValue?.compactMap(\.stringValue) ?? [] {
                #expect(outcome.structured[required] != nil, "\(tool.name) has no \(required)")
            }
        }
    }

    @Test func restoringAVersionNeedsTheScopeOfAMerge() async throws {
        let scopes: Set<Scope> = [.read, .write, .branch]
        for arguments in [["branch": "b1", "version": 3], ["branch": "b1", "timestamp": "2026-01-01"], ["branch": "b1@3"]] as [[String: JSONValue]] {
            #expect(try await call("branch_restore", arguments, scopes: scopes).structured["error"]?["code"] == "BL_SCOPE", "\(arguments)")
            #expect(try await !call("branch_restore", arguments, scopes: scopes.union([.merge])).isError)
        }
        #expect(try await !call("branch_restore", ["branch": "b1"], scopes: scopes).isError)
        for sql in ["RESTORE BRANCH b1 TO VERSION 3", "SELECT branch_restore('b1', 3)"] {
            #expect(try await call("query", ["sql": .string(sql)], scopes: scopes).structured["error"]?["code"] == "BL_SCOPE", "\(sql)")
        }
        #expect(try await call("query", ["sql": "RESTORE BRANCH b1"], scopes: [.read]).structured["error"]?["code"] == "BL_SCOPE")
        #expect(try await !call("query", ["sql": "RESTORE BRANCH b1"], scopes: scopes).isError)
    }

    @Test func unknownArgumentsNameTheNearest() async throws {
        let error = try await call("branch_create", ["nme": "x"]).structured["error"]
        #expect(error?["code"] == "BL_UNKNOWN_ARGUMENT")
        #expect(error?["message"] == "branch_create has no argument 'nme'")
        #expect(error?["hint"] == "did you mean 'name'?")
        let far = try await call("switch_branch", ["name": "b1", "quux_parameter": 1]).structured["error"]
        #expect(far?["hint"] == "it takes 'name'")
    }

    struct Bad: Sendable {
        let tool: String
        let arguments: [String: JSONValue]
        let argument: String
        let expected: String
        init(_ tool: String, _ arguments: [String: JSONValue], _ argument: String, _ expected: String) {
            self.tool = tool
            self.arguments = arguments
            self.argument = argument
            self.expected = expected
        }
    }

    static let bad: [Bad] = [
        Bad("query", ["sql": 5], "sql", "a string"),
        Bad("query", ["sql": "x", "max_rows": "10"], "max_rows", "an integer of at least 0"),
        Bad("query", ["sql": "x", "max_rows": 1.5], "max_rows", "an integer of at least 0"),
        Bad("query", ["sql": "x", "params": "[]"], "params", "an array"),
        Bad("query", [:], "sql", "a string"),
        Bad("branch_create", ["durable": "true"], "durable", "true or false"),
        Bad("branch_create", ["mode": "frozen"], "mode", "one of \"snapshot\", \"live\""),
        Bad("branch_create", ["ttl_seconds": -1], "ttl_seconds", "an integer of at least 0"),
        Bad("shadow_query", ["sql": "x", "branches": ["a", 1]], "branches", "an array whose items are each a string"),
        Bad("branch_merge", [:], "branch", "a string"),
        Bad("diff_branch", ["detail": "all"], "detail", "one of \"summary\", \"rows\""),
    ]

    @Test(arguments: bad)
    func badArgumentsNameArgumentAndType(_ bad: Bad) async throws {
        let error = try await call(bad.tool, bad.arguments).structured["error"]
        #expect(error?["code"] == "BL_BAD_ARGUMENT")
        #expect(error?["message"]?.stringValue?.contains("'\(bad.argument)'") == true)
        #expect(error?["details"]?["expected"] == .string(bad.expected))
    }

    @Test func nullsAndWholeNumbersAreTaken() async throws {
        let outcome = try await call("query", ["sql": "SELECT", "branch": .null, "max_rows": 5.0])
        #expect(!outcome.isError)
        #expect(service.calls.last == "query SELECT readonly false rows 5")
    }

    @Test func aBranchMayBeGivenUnderAnyOfItsArgumentNames() async throws {
        for name in ["branch", "name", "branch_id"] {
            for tool in ["diff_branch", "branch_merge", "branch_reset", "branch_discard", "switch_branch", "list_tables"] {
                let outcome = try await call(tool, [name: "b1"])
                #expect(!outcome.isError, "\(tool) \(name): \(outcome.structured)")
            }
            #expect(try await call("branch_query", [name: "b1", "sql": "SELECT"]).structured["branch"] == "b1")
            #expect(try await call("query", [name: "b1", "sql": "SELECT"]).structured["branch"] == "b1")
        }
        let error = try await call("diff_branch", ["branch": "b1", "name": "main"]).structured["error"]
        #expect(error?["code"] == "BL_BAD_ARGUMENT")
        #expect(try await call("diff_branch", ["branch": "b1", "name": "b1"]).isError == false)
    }

    @Test func withoutABranchTheSessionsIsMeant() async throws {
        _ = try await call("list_tables", on: "b1")
        #expect(service.calls.last == "tables b1 -")
        _ = try await call("diff_branch", on: "b1")
        #expect(service.calls.last == "diff b1 main merge_base summary 100")
    }

    @Test func defaultsAndEverythingElseReachTheService() async throws {
        _ = try await call("branch_create", ["name": "x"])
        #expect(service.calls.last == "create x from main ttl - agent agent-7")
        _ = try await call("branch_create", ["name": "x", "from": "b1@5", "ttl_seconds": 0, "agent_id": "me"])
        #expect(service.calls.last == "create x from b1@5 ttl 0 agent me")
        let resolution: JSONValue = .object(["conflict_id": "c", "take": "branch"])
        let merge: [String: JSONValue] = [
            "branch": "b1", "strategy": "branch_wins", "dry_run": true, "expected_version": 9, "resolutions": .array([resolution]),
        ]
        _ = try await call("branch_merge", merge)
        #expect(service.calls.last == "merge b1 main branch_wins dry true resolutions 1 expected 9")
        _ = try await call("branch_conflicts", ["branch": "b1"])
        #expect(service.calls.last == "merge b1 main manual dry true resolutions 0 expected -")
        _ = try await call("shadow_query", ["sql": "x", "branches": ["main"], "repeat": 3, "explain": true, "tolerance": 0.5])
        #expect(service.calls.last == "shadow main 3 true 0.5")
        _ = try await call("read_query", ["sql": "UPDATE"])
        #expect(service.calls.last == "query UPDATE readonly true rows 1000")
    }

    static let badResolutions: [(JSONValue, String)] = [
        (.array([.object(["take": "mine", "conflict_id": "c"])]), "BL_BAD_ARGUMENT"),
        (.array([.object(["take": "branch"])]), "BL_BAD_ARGUMENT"),
        (.array([.object(["take": "value", "conflict_id": "c"])]), "BL_BAD_ARGUMENT"),
        (.array([.object(["take": "branch", "conflict": "c"])]), "BL_UNKNOWN_ARGUMENT"),
        (.array([.object(["take": "branch", "conflict_id": 5])]), "BL_BAD_ARGUMENT"),
        (.array(["x"]), "BL_BAD_ARGUMENT"),
    ]

    @Test(arguments: badResolutions)
    func badResolutionsAreRefused(_ resolutions: JSONValue, _ code: String) async throws {
        let error = try await call("branch_merge", ["branch": "b1", "resolutions": resolutions]).structured["error"]
        #expect(error?["code"] == .string(code))
    }

    @Test func errorsOfTheServiceComeThrough() async throws {
        let outcome = try await call("switch_branch", ["name": "mian"])
        #expect(outcome.isError)
        #expect(outcome.structured == outcome.text)
        #expect(outcome.structured["error"] == [
            "code": "BL_NO_SUCH_BRANCH", "message": "there is no branch 'mian'", "hint": "did you mean 'main'?", "details": ["branch": "mian"],
        ])
    }

    @Test func resultsInJSON() async throws {
        let outcome = try await call("query", ["sql": "DUPLICATES"])
        #expect(outcome.text == [["a": 1, "a_2": 2, "a_1": 3, "a_3": 4]])
        #expect(outcome.structured["rows"] == [[1, 2, 3, 4]])
        #expect(outcome.structured["columns"]?.arrayValue?.count == 4)
        #expect(outcome.structured["row_count"] == 1)
        let update = try await call("query", ["sql": "UPDATE"])
        #expect(update.structured["rows_affected"] == 5)
        #expect(update.text == [["Count": 5]])
        let values = try await call("query", ["sql": "VALUES"])
        let row = try #require(values.structured["rows"]?.arrayValue?.first?.arrayValue)
        #expect(row[2] == 42)
        #expect(row[3] == "9007199254740993")
        #expect(row[7] == "NaN")
        #expect(row[9] == "123.45")
        #expect(row[11] == "AP8K")
        #expect(row[12] == "2024-01-01")
        #expect(row[18] == "00000000-0000-0000-0000-000000000001")
    }

    @Test(arguments: [
        ("CREATE BRANCH x", Scope.branch), ("DROP BRANCH x", .branch), ("MERGE BRANCH x", .merge), ("SELECT 1; ALTER BRANCH x RENAME TO y", .branch),
        ("SELECT branch_create('x')", .branch), ("SELECT hati_branch_merge('x')", .merge), ("CREATE SCHEMA branch_x", .branch),
        ("DROP SCHEMA \"branch_x\" CASCADE", .branch), ("EXPLAIN SELECT branch_discard('x')", .branch),
    ])
    func branchStatementsNeedTheirScopes(_ sql: String, _ scope: Scope) throws {
        let all: Set<Scope> = [.read, .write, .branch, .merge]
        let error = #expect(throws: BranchLiteError.self) { try StatementScopes.check(sql, Principal(id: "k", scopes: all.subtracting([scope]))) }
        #expect(error?.code == "BL_SCOPE")
        #expect(error?.details["scope"] == .string(scope.rawValue))
        #expect(throws: Never.self) { try StatementScopes.check(sql, Principal(id: "k", scopes: all)) }
        #expect(throws: Never.self) { try StatementScopes.check("USE BRANCH x; SELECT 1 +", Principal(id: "k", scopes: [.read])) }
    }

    @Test func fieldsWithNothingToSayAreNull() async throws {
        let created = try await call("branch_create", ["name": "x"]).structured
        for name in ["expires_at", "last_used_at", "description", "agent_id", "parent"] { #expect(created[name] == .null, "\(name)") }
        let columns = try await call("describe_table", ["table_name": "t"])
        #expect(columns.text.arrayValue?.first?["column_default"] == .null)
        let diff = try await call("diff_branch", ["branch": "b1", "detail": "rows"]).structured
        #expect(diff["next_cursor"] == .null)
        #expect(diff["tables"]?.arrayValue?.first?["rows"]?.arrayValue?.first?["before"] == .null)
        // What is not nullable stays away.
        #expect(try await call("diff_branch", ["branch": "b1"]).structured["tables"]?.arrayValue?.first?["rows"] == nil)
        let part = try await call("diff_branch", ["branch": "b1", "format": "sql", "limit": 7]).structured
        #expect(part["text"]?.stringValue == "one," && part["next_cursor"]?.stringValue == "next" && part["notes"]?.arrayValue?.count == 1)
        #expect(service.calls.last == "diff_chunk b1 sql 7 - false")
        let bytes = try await call("diff_branch", ["branch": "b1", "format": "changeset", "cursor": "next"]).structured
        #expect(bytes["data"]?.stringValue == "AP8=" && bytes["text"]?.stringValue == nil && bytes["next_cursor"]?.stringValue == nil)
    }

    @Test func scopesAreKept() async throws {
        #expect(try await call("branch_create", scopes: [.read, .write]).structured["error"]?["code"] == "BL_SCOPE")
        #expect(try await call("branch_merge", ["branch": "b1"], scopes: [.read, .branch]).structured["error"]?["code"] == "BL_SCOPE")
        #expect(try await call("branch_merge", ["branch": "b1", "discard": true], scopes: [.merge]).structured["error"]?["code"] == "BL_SCOPE")
        #expect(try await call("query", ["sql": "UPDATE"], scopes: [.read]).structured["error"]?["code"] == "BL_SCOPE")
        #expect(try await call("query", ["sql": "UPDATE"], scopes: [.read, .write, .branch, .merge]).isError == false)
        #expect(try await call("query", ["sql": "SELECT"], scopes: []).structured["error"]?["code"] == "BL_SCOPE")
        #expect(try await call("branch_discard", ["branch": "b1"], scopes: [.admin]).isError == false)
    }
}
