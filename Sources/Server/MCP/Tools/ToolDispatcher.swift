import Branching

/// Who is calling and what it may do.
public struct Principal: Sendable, Hashable {
    /// The key's name; `local` where there is no authentication.
    public var id: String
    public var scopes: Set<Scope>

    public init(id: String, scopes: Set<Scope>) {
        self.id = id
        self.scopes = scopes
    }

    /// The one user of a server without authentication, of stdio and of the local socket.
    public static let local = Principal(id: "local", scopes: Set(Scope.allCases))

    /// The admin scope includes all others.
    public func allows(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }
}

/// The session a tool call belongs to, opened when something first needs it.
protocol ToolSession: Sendable {
    func branchSession() async throws(BranchLiteError) -> any BranchSession
    /// The session's branch; main when no session has been opened yet.
    func currentBranch() async throws(BranchLiteError) -> String
}

/// A tool call's outcome as JSON text.
struct ToolOutcome: Sendable, Hashable {
    /// A JSON object.
    var structured: [UInt8]
    /// What the text block says; JSON too.
    var text: [UInt8]
    var isError: Bool
    /// The error's code, for logs and metrics.
    var errorCode: String?

    init(structured: [UInt8], text: [UInt8]? = nil) {
        self.structured = structured
        self.text = text ?? structured
        isError = false
    }

    init(_ error: BranchLiteError) {
        structured = ResultJSON.error(error)
        text = structured
        isError = true
        errorCode = error.code
    }
}

/// Turns a tool's name and arguments into an operation of the service and its result into JSON: one implementation for every door.
struct ToolDispatcher: Sendable {
    let service: any BranchService
    let catalogue: ToolCatalogue

    init(service: any BranchService, catalogue: ToolCatalogue = .standard) {
        self.service = service
        self.catalogue = catalogue
    }

    /// Never throws: what goes wrong is the outcome's error.
    func call(
        _ name: String, _ arguments: [String: JSONValue], session: any ToolSession, principal: Principal, agentID: String? = nil
    ) async -> ToolOutcome {
        do throws(BranchLiteError) {
            guard let tool = catalogue.tool(named: name) else { throw catalogue.unknownTool(name) }
            guard principal.allows(tool.scope) else { throw Self.missingScope(tool.scope, principal, tool.name) }
            let checked = CheckedArguments(try tool.validate(arguments))
            return try await run(tool, checked, Call(tool: tool, session: session, principal: principal, agentID: agentID))
        } catch {
            return ToolOutcome(error)
        }
    }

    private struct Call {
        let tool: ToolDefinition
        let session: any ToolSession
        let principal: Principal
        let agentID: String?
    }

    private func run(_ tool: ToolDefinition, _ arguments: CheckedArguments, _ call: Call) async throws(BranchLiteError) -> ToolOutcome {
        switch tool.name {
        case "branch_create": return try await createBranch(arguments, call)
        case "switch_branch":
            let session = try await call.session.branchSession()
            return try object(await session.switchBranch(arguments.text("name", or: "")), call)
        case "branch_list":
            let page = try await service.branches(
                BranchListRequest(
                    status: arguments.choice("status", BranchFilter.self) ?? .active,
                    limit: arguments.integer("limit").map(Int.init(clamping:)) ?? BranchTools.defaultListLimit, cursor: arguments.text("cursor")))
            return try list("branches", page.branches, call, ["next_cursor": page.nextCursor.map(JSONValue.string) ?? .null])
        case "query": return try await query(arguments, branch: arguments.text("branch"), readOnly: false, call)
        case "read_query": return try await query(arguments, branch: arguments.text("branch"), readOnly: true, call)
        case "branch_query": return try await query(arguments, branch: arguments.text("branch_id"), readOnly: false, call)
        case "diff_branch": return try await diff(arguments, call)
        case "branch_merge": return try await merge(arguments, call)
        case "branch_conflicts":
            let branch = try await branch(arguments, call)
            var request = MergeRequest(branch: branch, target: arguments.text("target", or: "main"), strategy: .manual, dryRun: true)
            if let limit = arguments.integer("conflict_limit") { request.conflictLimit = Int(clamping: limit) }
            return try object(await service.merge(request), call)
        case "branch_reset": return try object(await service.resetBranch(arguments.text("branch", or: ""), to: arguments.text("to")), call)
        case "branch_discard":
            return try object(
                await service.discardBranch(
                    arguments.text("branch", or: ""), force: arguments.flag("force"), purge: arguments.flag("purge")), call)
        case "branch_history":
            return try object(
                await service.history(
                    HistoryRequest(
                        branch: branch(arguments, call), limit: arguments.integer("limit").map(Int.init(clamping:)) ?? 100,
                        before: arguments.integer("before").flatMap(UInt64.init(exactly:)))), call)
        case "branch_restore": return try await restore(arguments, call)
        case "shadow_query": return try await shadow(arguments, call)
        case "list_schemas": return try list("schemas", await service.schemas(branch: branch(arguments, call)), call)
        case "list_tables":
            return try list("tables", await service.tables(branch: branch(arguments, call), schema: arguments.text("schema")), call)
        case "describe_table":
            return try list(
                "columns",
                await service.describe(
                    table: arguments.text("table_name", or: ""), branch: branch(arguments, call), schema: arguments.text("schema")), call)
        case "get_usage_stats": return try list("tables", await service.usage(branch: branch(arguments, call)), call)
        default: throw catalogue.unknownTool(tool.name)
        }
    }

    // MARK: - Operations with more to say

    private func createBranch(_ arguments: CheckedArguments, _ call: Call) async throws(BranchLiteError) -> ToolOutcome {
        try object(
            await service.createBranch(
                BranchCreateRequest(
                    name: arguments.text("name"), from: arguments.text("from", or: "main"), mode: arguments.choice("mode", BranchMode.self),
                    ttlSeconds: arguments.integer("ttl_seconds"), description: arguments.text("description"),
                    agentID: arguments.text("agent_id") ?? call.agentID, durable: arguments.flag("durable"))), call)
    }

    private func query(_ arguments: CheckedArguments, branch: String?, readOnly: Bool, _ call: Call) async throws(BranchLiteError) -> ToolOutcome {
        let sql = arguments.text("sql", or: "")
        var request = QueryRequest(sql, parameters: arguments.items("params"), branch: branch, readOnly: readOnly)
        request.maxRows = arguments.integer("max_rows").map(Int.init(clamping:)) ?? QueryTools.defaultMaxRows
        request.timeoutMS = arguments.integer("timeout_ms").map(Int.init(clamping:)) ?? QueryTools.defaultTimeoutMS
        if !request.readOnly {
            // A key that may not write gets what it may have: the statement runs read-only and is refused if it writes.
            request.readOnly = !call.principal.allows(.write)
            try StatementScopes.check(sql, call.principal)
        }
        let session = try await call.session.branchSession()
        let result: QueryResult
        do {
            result = try await session.query(request)
        } catch {
            if !readOnly, request.readOnly, error.code == "BL_READ_ONLY" { throw Self.missingScope(.write, call.principal, "the statement") }
            throw error
        }
        return ToolOutcome(structured: ResultJSON.structured(result), text: ResultJSON.rowObjects(result))
    }

    private func diff(_ arguments: CheckedArguments, _ call: Call) async throws(BranchLiteError) -> ToolOutcome {
        let request = DiffRequest(
            branch: try await branch(arguments, call), base: arguments.text("base", or: "main"),
            against: arguments.choice("against", DiffAgainst.self) ?? .mergeBase, table: arguments.text("table"),
            detail: arguments.choice("detail", DiffDetail.self) ?? .summary,
            limit: arguments.integer("limit").map(Int.init(clamping:)) ?? 100, cursor: arguments.text("cursor"))
        let format = arguments.choice("format", DiffFormat.self) ?? .json
        if format == .json { return try object(await service.diff(request), call) }
        return try object(await service.diffChunk(request, format: format, style: .plain), call)
    }

    private func merge(_ arguments: CheckedArguments, _ call: Call) async throws(BranchLiteError) -> ToolOutcome {
        var request = MergeRequest(branch: arguments.text("branch", or: ""), target: arguments.text("target", or: "main"))
        request.strategy = arguments.choice("strategy", MergeStrategy.self)
        request.tables = arguments.has("tables") ? arguments.texts("tables") : nil
        request.dryRun = arguments.flag("dry_run")
        request.expectedVersion = arguments.integer("expected_version").map(UInt64.init(clamping:))
        request.resolutions = try Self.resolutions(arguments.items("resolutions"))
        request.discard = arguments.flag("discard")
        request.message = arguments.text("message")
        if arguments.has("counts") { request.counts = arguments.flag("counts") }
        if let limit = arguments.integer("conflict_limit") { request.conflictLimit = Int(clamping: limit) }
        if request.discard, !call.principal.allows(.branch) { throw Self.missingScope(.branch, call.principal, "discard") }
        return try object(await service.merge(request), call)
    }

    private func restore(_ arguments: CheckedArguments, _ call: Call) async throws(BranchLiteError) -> ToolOutcome {
        let request = RestoreRequest(
            branch: arguments.text("branch", or: ""), version: arguments.integer("version").flatMap(UInt64.init(exactly:)),
            timestamp: arguments.text("timestamp"))
        // A version restored may undo a merge; only taking a branch back cannot.
        let namesVersion = request.version != nil || request.timestamp != nil || request.branch.dropFirst().contains("@")
        if namesVersion, !call.principal.allows(.merge) { throw Self.missingScope(.merge, call.principal, "restoring a version") }
        return try object(await service.restore(request), call)
    }

    private func shadow(_ arguments: CheckedArguments, _ call: Call) async throws(BranchLiteError) -> ToolOutcome {
        let branches = arguments.texts("branches")
        guard !branches.isEmpty else {
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "the argument 'branches' of shadow_query must name at least one branch",
                details: ["tool": "shadow_query", "argument": "branches"])
        }
        return try object(
            await service.shadow(
                ShadowRequest(
                    sql: arguments.text("sql", or: ""), branches: branches, parameters: arguments.items("params"),
                    repetitions: arguments.integer("repeat").map(Int.init(clamping:)) ?? 1, explain: arguments.flag("explain"),
                    tolerance: arguments.number("tolerance") ?? 0, dialect: .duckdb,
                    timeoutMS: arguments.integer("timeout_ms").map(Int.init(clamping:)) ?? QueryTools.defaultTimeoutMS)), call)
    }

    /// The `branch` argument, or else the session's branch.
    private func branch(_ arguments: CheckedArguments, _ call: Call) async throws(BranchLiteError) -> String {
        if let branch = arguments.text("branch") { return branch }
        return try await call.session.currentBranch()
    }

    // MARK: - Pieces

    private func object(_ value: some Encodable, _ call: Call) throws(BranchLiteError) -> ToolOutcome {
        ToolOutcome(structured: try ResultJSON.encode(value, as: call.tool.output).jsonBytes)
    }

    private func list(
        _ name: String, _ items: some Encodable, _ call: Call, _ more: [String: JSONValue] = [:]
    ) throws(BranchLiteError) -> ToolOutcome {
        let array = try ResultJSON.encode(items, as: call.tool.output["properties"]?[name] ?? .null)
        return ToolOutcome(structured: JSONValue.object(more.merging([name: array]) { $1 }).jsonBytes, text: array.jsonBytes)
    }

    static func missingScope(_ scope: Scope, _ principal: Principal, _ thing: String) -> BranchLiteError {
        BranchLiteError(
            "BL_SCOPE", "\(thing) needs the scope '\(scope.rawValue)', which the key '\(principal.id)' does not have",
            details: ["scope": .string(scope.rawValue), "key": .string(principal.id)])
    }

    private static let resolutionMembers = ["conflict_id", "table", "column", "take", "value"]

    static func resolutions(_ items: [JSONValue]) throws(BranchLiteError) -> [MergeResolution] {
        var resolutions: [MergeResolution] = []
        for (index, item) in items.enumerated() {
            let members = item.objectValue ?? [:]
            func refuse(_ problem: String, _ hint: String? = nil) -> BranchLiteError {
                BranchLiteError(
                    "BL_BAD_ARGUMENT", "item \(index + 1) of the argument 'resolutions' of branch_merge \(problem)", hint: hint,
                    details: ["tool": "branch_merge", "argument": "resolutions", "item": .integer(Int64(index + 1))])
            }
            for name in members.keys.sorted() where !resolutionMembers.contains(name) {
                let nearest = NearestWord.of(name, among: resolutionMembers)
                throw BranchLiteError(
                    "BL_UNKNOWN_ARGUMENT", "item \(index + 1) of the argument 'resolutions' of branch_merge has a member '\(name)'",
                    hint: nearest.map { "did you mean '\($0)'?" } ?? "it may have \(resolutionMembers.joined(separator: ", "))")
            }
            for name in ["conflict_id", "table", "column"] {
                if let value = members[name], value != .null, value.stringValue == nil { throw refuse("has a '\(name)' that is not a string") }
            }
            guard let take = members["take"]?.stringValue.flatMap(MergeResolution.Take.init(rawValue:)) else {
                throw refuse("must have 'take', \(ArgumentType.choice(MergeResolution.Take.allCases.map(\.rawValue)).description)")
            }
            guard members["conflict_id"]?.stringValue != nil || members["table"]?.stringValue != nil else {
                throw refuse("names no conflict", "give conflict_id, or table (and column) to decide for all of its conflicts")
            }
            if take == .value, members["value"] == nil { throw refuse("takes a value and gives none", "add 'value'") }
            resolutions.append(
                MergeResolution(
                    conflictID: members["conflict_id"]?.stringValue, table: members["table"]?.stringValue,
                    column: members["column"]?.stringValue, take: take, value: members["value"]))
        }
        return resolutions
    }
}

/// Arguments that have been checked against the tool's schema, so that reading them cannot fail.
struct CheckedArguments: Sendable {
    private let values: [String: JSONValue]

    init(_ values: [String: JSONValue]) { self.values = values }

    func has(_ name: String) -> Bool { values[name] != nil }
    func text(_ name: String) -> String? { values[name]?.stringValue }
    func text(_ name: String, or fallback: String) -> String { text(name) ?? fallback }
    func integer(_ name: String) -> Int64? { values[name]?.integerValue }
    func flag(_ name: String) -> Bool { values[name]?.boolValue ?? false }
    func items(_ name: String) -> [JSONValue] { values[name]?.arrayValue ?? [] }
    func texts(_ name: String) -> [String] { items(name).compactMap(\.stringValue) }
    func choice<Choice: RawRepresentable<String>>(_ name: String, _: Choice.Type) -> Choice? { text(name).flatMap(Choice.init(rawValue:)) }

    func number(_ name: String) -> Double? {
        switch values[name] {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
