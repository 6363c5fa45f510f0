import Branching
import Engine
import Foundation
import Synchronization

/// A service without a store: answers by rules the tests know and writes down what it was asked.
final class FakeService: BranchService {
    struct State {
        var calls: [String] = []
        var branches = ["main", "b1"]
        var openSessions = 0
        var isClosed = false
    }

    let state = Mutex(State())

    var calls: [String] { state.withLock { $0.calls } }
    var openSessions: Int { state.withLock { $0.openSessions } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func note(_ call: String) { state.withLock { $0.calls.append(call) } }

    func known(_ name: String) throws(BranchLiteError) -> String {
        guard state.withLock({ $0.branches.contains(name) }) else {
            throw BranchLiteError("BL_NO_SUCH_BRANCH", "there is no branch '\(name)'", hint: "did you mean 'main'?", details: ["branch": .string(name)])
        }
        return name
    }

    func info(_ name: String, status: BranchStatus = .active) -> BranchInfo {
        BranchInfo(
            branchID: name == "main" ? "000000000000" : "0000000000b1", name: name, schemaName: name == "main" ? "main" : "branch_0000000000b1", from: "main",
            mode: .snapshot, status: status, baseVersion: 1, version: 9_007_199_254_740_993, createdAt: "2026-01-01T00:00:00Z", expiresAt: nil,
            lastUsedAt: nil, ttlSeconds: 86400, description: nil, agentID: nil, tableCount: 2, sessions: 0, parent: nil, depth: 0,
            tablesModified: [], materializedTables: [], views: [], uniqueBytes: 0)
    }

    func openSession(_ options: SessionOptions) async throws(BranchLiteError) -> any BranchSession {
        note("open \(options.branch) \(options.dialect) \(options.origin)")
        _ = try known(options.branch)
        state.withLock { $0.openSessions += 1 }
        return FakeSession(self, options.branch)
    }

    func createBranch(_ request: BranchCreateRequest) async throws(BranchLiteError) -> BranchInfo {
        note("create \(request.name ?? "-") from \(request.from) ttl \(request.ttlSeconds.map(String.init) ?? "-") agent \(request.agentID ?? "-")")
        state.withLock { $0.branches.append(request.name ?? "unnamed") }
        return info(request.name ?? "unnamed")
    }

    func branches(_ filter: BranchFilter) async throws(BranchLiteError) -> [BranchInfo] {
        note("branches \(filter.rawValue)")
        return state.withLock { $0.branches }.map { info($0) }
    }

    func branches(_ request: BranchListRequest) async throws(BranchLiteError) -> BranchPage {
        let all = try await branches(request.status)
        note("page \(request.limit) \(request.cursor ?? "-")")
        return BranchPage(branches: Array(all.prefix(request.limit)), nextCursor: all.count > request.limit ? "next" : nil)
    }

    func branch(_ reference: String) async throws(BranchLiteError) -> BranchInfo { info(try known(reference)) }

    func renameBranch(_ reference: String, to name: String) async throws(BranchLiteError) -> BranchInfo {
        note("rename \(reference) \(name)")
        return info(name)
    }

    func resetBranch(_ reference: String, to: String?) async throws(BranchLiteError) -> BranchInfo {
        note("reset \(reference) \(to ?? "-")")
        return info(try known(reference))
    }

    func discardBranch(_ reference: String, force: Bool, purge: Bool) async throws(BranchLiteError) -> DiscardResult {
        note("discard \(reference) \(force) \(purge)")
        return DiscardResult(discarded: true, branchID: info(try known(reference)).branchID, bytesFreed: 4096)
    }

    func undropBranch(_ reference: String) async throws(BranchLiteError) -> BranchInfo {
        note("undrop \(reference)")
        return info(reference)
    }

    func history(_ request: HistoryRequest) async throws(BranchLiteError) -> HistoryResult {
        note("history \(request.branch) \(request.limit) \(request.before.map(String.init) ?? "-")")
        let name = try known(request.branch)
        let version = VersionInfo(
            version: 9_007_199_254_740_993, time: "2026-01-01T00:00:00Z", branch: name, session: "agent", statement: "UPDATE t SET a = 1", rowsChanged: 3,
            parents: [1, 2], isHead: true)
        return HistoryResult(branch: name, branchID: info(name).branchID, versions: [version], nextBefore: 7)
    }

    func restore(_ request: RestoreRequest) async throws(BranchLiteError) -> RestoreResult {
        note("restore \(request.branch) \(request.version.map(String.init) ?? "-") \(request.timestamp ?? "-")")
        return RestoreResult(
            branch: request.branch, branchID: info(request.branch).branchID, version: 9, previousVersion: 8, restoredVersion: request.version,
            undropped: request.version == nil)
    }

    func diff(_ request: DiffRequest) async throws(BranchLiteError) -> DiffResult {
        note("diff \(request.branch) \(request.base) \(request.against.rawValue) \(request.detail.rawValue) \(request.limit)")
        _ = try known(request.branch)
        return DiffResult(
            branch: request.branch, base: request.base, baseVersion: 1, branchVersion: 2, schema: [],
            tables: [
                TableDifference(
                    table: "t", inserted: 1, updated: 0, deleted: 0, columns: ["id"], keyColumns: ["id"],
                    rows: request.detail == .rows
                        ? [RowDifference(kind: .inserted, key: ["id": 1], before: nil, after: ["id": 1], changedColumns: [])] : nil)
            ])
    }

    func diffChunk(_ request: DiffRequest, format: DiffFormat, style: DiffTextStyle) async throws(BranchLiteError) -> DiffChunk {
        note("diff_chunk \(request.branch) \(format.rawValue) \(request.limit) \(request.cursor ?? "-") \(style.colour)")
        _ = try known(request.branch)
        let isLast = request.cursor != nil
        return DiffChunk(
            branch: request.branch, base: request.base, baseVersion: 1, branchVersion: 2, format: format,
            text: format.isBinary ? nil : (isLast ? "two" : "one,"), data: format.isBinary ? (isLast ? "AP8=" : "VAE=") : nil, differences: 3,
            notes: ["a note"], nextCursor: isLast ? nil : "next")
    }

    func writeDiff(
        _ request: DiffRequest, format: DiffFormat, style: DiffTextStyle, to sink: @Sendable @escaping ([UInt8]) throws(BranchLiteError) -> Void
    ) async throws(BranchLiteError) -> DiffSummary {
        try sink(Array("whole".utf8))
        return DiffSummary(baseVersion: 1, branchVersion: 2, differences: 6, notes: [])
    }

    func merge(_ request: MergeRequest) async throws(BranchLiteError) -> MergeResult {
        note(
            "merge \(request.branch) \(request.target) \(request.strategy?.rawValue ?? "-") dry \(request.dryRun) resolutions \(request.resolutions.count) expected \(request.expectedVersion.map(String.init) ?? "-")"
        )
        return MergeResult(
            status: .merged, branch: request.branch, target: request.target, dryRun: request.dryRun, fastForward: true, version: 3, sourceVersion: 2,
            targetVersion: 1, merged: 1, tables: [], schemaChanges: [], conflicts: [], violations: [])
    }

    func shadow(_ request: ShadowRequest) async throws(BranchLiteError) -> ShadowResult {
        note("shadow \(request.branches.joined(separator: ",")) \(request.repetitions) \(request.explain) \(request.tolerance)")
        return ShadowResult(
            branches: request.branches.map {
                ShadowBranchResult(
                    branch: $0, columns: [], rows: [], rowCount: 0, elapsedMS: .init(min: 1, median: 2, max: 3), plan: nil,
                    error: BranchLiteError("BL_X", "x"))
            }, comparison: ShadowComparison(equalGroups: [request.branches], allEqual: true, differences: [], deltas: [:], fastest: nil))
    }

    func schemas(branch: String) async throws(BranchLiteError) -> [String] { ["main", try known(branch)] }

    func tables(branch: String, schema: String?) async throws(BranchLiteError) -> [TableListing] {
        note("tables \(branch) \(schema ?? "-")")
        return [TableListing(tableSchema: "main", tableName: "t", tableType: "BASE TABLE")]
    }

    func describe(table: String, branch: String, schema: String?) async throws(BranchLiteError) -> [ColumnListing] {
        note("describe \(table) \(branch)")
        return [ColumnListing(columnName: "id", dataType: "BIGINT", isNullable: "NO", columnDefault: nil, isPrimaryKey: true)]
    }

    func usage(branch: String) async throws(BranchLiteError) -> [TableUsage] {
        [TableUsage(tableSchema: "main", tableName: "t", estimatedSize: 3, columnCount: 1)]
    }

    func importSQLite(path: String, branch: String, progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) -> ImportResult {
        note("import \(path) \(branch)")
        for step in 1...4 { progress(Double(step) / 4) }
        return ImportResult(branch: branch, tables: [], version: 7)
    }

    func exportSQLite(branch: String, path: String, progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) {
        note("export \(branch) \(path)")
        progress(1)
    }

    func check(progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) -> CheckResult {
        progress(0.5)
        return CheckResult(clean: true, problems: [], branches: 2, versions: 3, pages: 4, bytes: 5)
    }

    func backup(_ request: BackupRequest) async throws(BranchLiteError) -> BackupResult {
        note("backup \(request.path)" + (request.since.map { " since \($0)" } ?? ""))
        return BackupResult(path: request.path, bytes: 3, copiedBytes: 1, reusedBytes: 2)
    }

    func vacuum(_ request: VacuumRequest) async throws(BranchLiteError) -> VacuumResult {
        note("vacuum \(request.branch ?? "-") \(request.dropHistory)")
        return VacuumResult(bytesBefore: 9, bytesAfter: 4, freedPages: 1, movedPages: 2, historyBytes: 3, complete: true)
    }

    func close() async throws(BranchLiteError) { state.withLock { $0.isClosed = true } }
}

/// `SLEEP n` waits n milliseconds or until cancelled; `VALUES` gives one of each type; `DUPLICATES` repeats a column name; anything
/// else echoes the statement.
final class FakeSession: BranchSession {
    private struct State {
        var branch: String
        var isCancelled = false
    }

    private let service: FakeService
    private let state: Mutex<State>

    init(_ service: FakeService, _ branch: String) {
        self.service = service
        state = Mutex(State(branch: branch))
    }

    func currentBranch() async throws(BranchLiteError) -> String { state.withLock { $0.branch } }

    func switchBranch(_ reference: String) async throws(BranchLiteError) -> SwitchResult {
        let name = try service.known(reference)
        let previous = state.withLock { state in
            defer { state.branch = name }
            return state.branch
        }
        return SwitchResult(branch: name, previous: previous)
    }

    static let oneOfEach: [Value] = [
        .null, .boolean(true), .integer(42), .integer(9_007_199_254_740_993), .hugeint(7), .double(1.5), .double(2), .double(.nan),
        .double(-.infinity), .decimal(unscaled: 12345, precision: 18, scale: 2), .text("tab\t\"quote\" é 😀"), .blob([0, 255, 10]),
        .date(days: 19_723), .time(micros: 3_600_000_000), .timestamp(micros: 1_704_067_200_000_001), .timestampTZ(micros: 1_704_067_200_000_000),
        .interval(months: 14, days: 3, micros: 1), .json("{\"a\":[1,2]}"), .uuid("00000000-0000-0000-0000-000000000001"),
    ]

    func query(_ request: QueryRequest) async throws(BranchLiteError) -> QueryResult {
        service.note("query \(request.sql.prefix(40)) readonly \(request.readOnly) rows \(request.maxRows.map(String.init) ?? "-")")
        let branch = try request.branch.map { (name) throws(BranchLiteError) in try service.known(name) } ?? state.withLock { $0.branch }
        if request.sql.hasPrefix("SLEEP ") {
            // As an engine's interrupt does, a cancellation stops only the statement that runs.
            state.withLock { $0.isCancelled = false }
            let deadline = ContinuousClock.now + .milliseconds(Int(request.sql.dropFirst(6)) ?? 0)
            while ContinuousClock.now < deadline {
                let isCancelled = state.withLock { state in
                    defer { state.isCancelled = false }
                    return state.isCancelled
                }
                if isCancelled { throw BranchLiteError("BL_INTERRUPTED", "the statement was stopped") }
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) { continuation.resume() }
                }
            }
        }
        switch request.sql {
        case "VALUES":
            return QueryResult(
                columns: Self.oneOfEach.indices.map { ResultColumn(name: "c\($0)", type: "T") }, values: [Self.oneOfEach, Self.oneOfEach],
                branch: branch, elapsedMS: 1.25, command: "SELECT")
        case "DUPLICATES":
            return QueryResult(
                columns: ["a", "a", "a_1", "a"].map { ResultColumn(name: $0, type: "BIGINT") },
                values: [[.integer(1), .integer(2), .integer(3), .integer(4)]], branch: branch, command: "SELECT")
        case "UPDATE":
            if request.readOnly { throw BranchLiteError("BL_READ_ONLY", "the statement writes") }
            return QueryResult(columns: [], values: [], rowsAffected: 5, branch: branch, command: "UPDATE")
        default:
            return QueryResult(
                columns: [ResultColumn(name: "sql", type: "VARCHAR"), ResultColumn(name: "params", type: "VARCHAR")],
                values: [[.text(String(request.sql.prefix(100))), .integer(Int64(request.parameters.count))]], truncated: false, branch: branch,
                elapsedMS: 0.5, command: "SELECT")
        }
    }

    func script(_ request: QueryRequest) async throws(BranchLiteError) -> [QueryResult] {
        var results: [QueryResult] = []
        for sql in request.sql.split(separator: ";") { results.append(try await query(QueryRequest(String(sql)))) }
        return results
    }

    func insert(into table: String, columns: [String], rows: [[JSONValue]]) async throws(BranchLiteError) -> Int {
        service.note("insert \(table) \(columns.joined(separator: ",")) \(rows)")
        return rows.count
    }

    func inTransaction() async throws(BranchLiteError) -> Bool { true }
    func cancel() { state.withLock { $0.isCancelled = true } }
    func close() async { service.state.withLock { $0.openSessions -= 1 } }
}
