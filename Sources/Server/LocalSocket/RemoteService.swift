import Branching
import Foundation

/// A store that another process owns, worked with through that process exactly as if it were here.
///
/// When the owner goes away, running and later calls fail with `BL_OWNER_GONE`.
public final class RemoteService: BranchService {
    private let connection: OwnerConnection

    private init(_ connection: OwnerConnection) { self.connection = connection }

    deinit { connection.close() }

    /// Connects to the owner of the store at `storePath`.
    /// - Returns: nil when no process listens for that store.
    /// - Throws: `BL_OWNER_VERSION` when the owner speaks another protocol version, `BL_SOCKET` when it cannot be reached.
    public static func connect(storePath: String) async throws(BranchLiteError) -> RemoteService? {
        try await OwnerConnection.connect(storePath: storePath).map(RemoteService.init)
    }

    private func call<Wire: Decodable>(
        _ operation: SocketProtocol.Operation, _ args: [UInt8], progress: (@Sendable (Double) -> Void)? = nil
    ) async throws(BranchLiteError) -> Wire {
        try SocketProtocol.decode(Wire.self, from: await connection.call(operation, args: args, progress: progress))
    }

    private func args(_ members: [String: String?]) -> [UInt8] {
        JSONValue.object(members.compactMapValues { $0.map(JSONValue.string) }).jsonBytes
    }

    /// The owner has another working directory: paths travel whole.
    private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    public func openSession(_ options: SessionOptions) async throws(BranchLiteError) -> any BranchSession {
        let id = try await connection.call(.openSession, args: ResultJSON.encode(options))
        guard let id = id.integerValue else { throw SocketProtocol.malformed("a session id") }
        return RemoteSession(connection, id)
    }

    public func createBranch(_ request: BranchCreateRequest) async throws(BranchLiteError) -> BranchInfo {
        try await call(.createBranch, ResultJSON.encode(request))
    }

    public func branches(_ filter: BranchFilter) async throws(BranchLiteError) -> [BranchInfo] {
        try await call(.branches, args(["filter": filter.rawValue]))
    }

    public func branches(_ request: BranchListRequest) async throws(BranchLiteError) -> BranchPage {
        try await call(.branchPage, ResultJSON.encode(request))
    }

    public func branch(_ reference: String) async throws(BranchLiteError) -> BranchInfo { try await call(.branch, args(["branch": reference])) }

    public func renameBranch(_ reference: String, to name: String) async throws(BranchLiteError) -> BranchInfo {
        try await call(.renameBranch, args(["branch": reference, "to": name]))
    }

    public func resetBranch(_ reference: String, to: String?) async throws(BranchLiteError) -> BranchInfo {
        try await call(.resetBranch, args(["branch": reference, "to": to]))
    }

    public func discardBranch(_ reference: String, force: Bool, purge: Bool) async throws(BranchLiteError) -> DiscardResult {
        try await call(
            .discardBranch, JSONValue.object(["branch": .string(reference), "force": .bool(force), "purge": .bool(purge)]).jsonBytes)
    }

    public func undropBranch(_ reference: String) async throws(BranchLiteError) -> BranchInfo {
        try await call(.undropBranch, args(["branch": reference]))
    }

    public func history(_ request: HistoryRequest) async throws(BranchLiteError) -> HistoryResult { try await call(.history, ResultJSON.encode(request)) }
    public func restore(_ request: RestoreRequest) async throws(BranchLiteError) -> RestoreResult { try await call(.restore, ResultJSON.encode(request)) }
    public func diff(_ request: DiffRequest) async throws(BranchLiteError) -> DiffResult { try await call(.diff, ResultJSON.encode(request)) }

    public func diffChunk(_ request: DiffRequest, format: DiffFormat, style: DiffTextStyle) async throws(BranchLiteError) -> DiffChunk {
        try await call(.diffChunk, ResultJSON.encode(DiffChunkRequest(request: request, format: format, style: style)))
    }

    /// Asks for part after part, each as large as the owner makes them.
    public func writeDiff(
        _ request: DiffRequest, format: DiffFormat, style: DiffTextStyle, to sink: @Sendable @escaping ([UInt8]) throws(BranchLiteError) -> Void
    ) async throws(BranchLiteError) -> DiffSummary {
        var request = request
        request.limit = 1 << 30
        request.cursor = nil
        var (first, differences, notes): (DiffChunk?, Int, [String]) = (nil, 0, [])
        repeat {
            let part = try await diffChunk(request, format: format, style: style)
            if let text = part.text, !text.isEmpty { try sink(Array(text.utf8)) }
            if let data = part.data, !data.isEmpty {
                guard let bytes = Data(base64Encoded: data) else { throw SocketProtocol.malformed("a part of a changeset") }
                try sink(Array(bytes))
            }
            first = first ?? part
            differences += part.differences
            for note in part.notes where !notes.contains(note) { notes.append(note) }
            request.cursor = part.nextCursor
        } while request.cursor != nil
        guard let first else { throw SocketProtocol.malformed("a diff") }
        return DiffSummary(baseVersion: first.baseVersion, branchVersion: first.branchVersion, differences: differences, notes: notes)
    }

    public func merge(_ request: MergeRequest) async throws(BranchLiteError) -> MergeResult { try await call(.merge, ResultJSON.encode(request)) }
    public func shadow(_ request: ShadowRequest) async throws(BranchLiteError) -> ShadowResult { try await call(.shadow, ResultJSON.encode(request)) }

    public func schemas(branch: String) async throws(BranchLiteError) -> [String] { try await call(.schemas, args(["branch": branch])) }

    public func tables(branch: String, schema: String?) async throws(BranchLiteError) -> [TableListing] {
        try await call(.tables, args(["branch": branch, "schema": schema]))
    }

    public func describe(table: String, branch: String, schema: String?) async throws(BranchLiteError) -> [ColumnListing] {
        try await call(.describe, args(["table": table, "branch": branch, "schema": schema]))
    }

    public func usage(branch: String) async throws(BranchLiteError) -> [TableUsage] { try await call(.usage, args(["branch": branch])) }

    public func importSQLite(path: String, branch: String, progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) -> ImportResult {
        try await call(.importSQLite, args(["path": absolute(path), "branch": branch]), progress: progress)
    }

    public func exportSQLite(branch: String, path: String, progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) {
        _ = try await connection.call(.exportSQLite, args: args(["branch": branch, "path": absolute(path)]), progress: progress)
    }

    public func check(progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) -> CheckResult {
        try await call(.check, args([:]), progress: progress)
    }

    public func backup(_ request: BackupRequest) async throws(BranchLiteError) -> BackupResult {
        try await call(.backup, args(["path": absolute(request.path), "since": request.since.map(absolute)]))
    }

    public func vacuum(_ request: VacuumRequest) async throws(BranchLiteError) -> VacuumResult {
        try await call(.vacuum, ResultJSON.encode(request))
    }

    /// Ends this connection; the owner's store stays open.
    public func close() async throws(BranchLiteError) { connection.close() }
}

/// A session on the owner.
final class RemoteSession: BranchSession {
    private let connection: OwnerConnection
    private let id: Int64

    init(_ connection: OwnerConnection, _ id: Int64) {
        self.connection = connection
        self.id = id
    }

    func currentBranch() async throws(BranchLiteError) -> String {
        guard let branch = try await connection.call(.currentBranch, session: id).stringValue else { throw SocketProtocol.malformed("a branch name") }
        return branch
    }

    func switchBranch(_ reference: String) async throws(BranchLiteError) -> SwitchResult {
        let args = JSONValue.object(["branch": .string(reference)]).jsonBytes
        return try SocketProtocol.decode(SwitchResult.self, from: await connection.call(.switchBranch, session: id, args: args))
    }

    func query(_ request: QueryRequest) async throws(BranchLiteError) -> QueryResult {
        try WireValue.readResult(await connection.call(.query, session: id, args: SocketProtocol.encode(request)))
    }

    func script(_ request: QueryRequest) async throws(BranchLiteError) -> [QueryResult] {
        let answer = try await connection.call(.script, session: id, args: SocketProtocol.encode(request))
        var results: [QueryResult] = []
        for result in answer.arrayValue ?? [] { results.append(try WireValue.readResult(result)) }
        return results
    }

    func insert(into table: String, columns: [String], rows: [[JSONValue]]) async throws(BranchLiteError) -> Int {
        let args = JSONValue.object([
            "table": .string(table), "columns": .array(columns.map(JSONValue.string)), "rows": .array(rows.map(JSONValue.array)),
        ]).jsonBytes
        guard let count = try await connection.call(.insert, session: id, args: args).integerValue else { throw SocketProtocol.malformed("a row count") }
        return Int(count)
    }

    func inTransaction() async throws(BranchLiteError) -> Bool {
        try await connection.call(.inTransaction, session: id).boolValue ?? false
    }

    func cancel() { connection.post(.cancel, session: id) }

    func close() async {
        // The owner closes the session anyway when the connection ends.
        _ = try? await connection.call(.closeSession, session: id)
    }
}
