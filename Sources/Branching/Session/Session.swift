import Engine
import PageStore
import SQLDialect

/// One user's line of work on a store: a branch, a dialect, a transaction, temporary tables.
///
/// A session runs on a thread of its own, never on Swift's cooperative pool: SQLite may block there for as long as it has to.
/// Its calls run one after another. Close it when done; a session that is only let go is closed when the last reference goes.
public actor Session: BranchSession {
    private let core: SessionCore
    private let signal: SessionSignal
    private let thread: EngineThread

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(core: sending SessionCore, signal: SessionSignal, thread: EngineThread) {
        self.core = core
        self.signal = signal
        self.thread = thread
    }

    /// Tells the maintenance thread how to end an idle transaction.
    func start() {
        signal.onExpiry { [weak self] in
            Task { await self?.expire() }
        } onClose: { [weak self] in
            await self?.close()
        }
    }

    private func expire() { core.expireTransaction() }

    // MARK: - BranchSession

    public func currentBranch() throws(BranchLiteError) -> String {
        try core.requireOpen()
        return core.branchName
    }

    public func switchBranch(_ reference: String) throws(BranchLiteError) -> SwitchResult {
        try core.requireOpen()
        return try core.switchBranch(reference, SessionCore.RunLimits(isReadOnly: false))
    }

    public func query(_ request: QueryRequest) throws(BranchLiteError) -> QueryResult {
        let results = try core.run(request, values: request.parameters.map(\.parameterValue))
        return results[results.count - 1]
    }

    public func script(_ request: QueryRequest) throws(BranchLiteError) -> [QueryResult] {
        try core.run(request, values: request.parameters.map(\.parameterValue))
    }

    public func insert(into table: String, columns: [String], rows: [[JSONValue]]) throws(BranchLiteError) -> Int {
        try core.insert(into: table, columns: columns, rows: rows.count) { row in rows[row].map(\.parameterValue) }
    }

    public func inTransaction() throws(BranchLiteError) -> Bool {
        try core.requireOpen()
        return core.transaction != nil
    }

    public nonisolated func cancel() { signal.cancel() }

    public func close() { core.close() }

    // MARK: - Conveniences

    /// Runs one statement (or script) with parameters and returns the last result.
    ///
    ///     let result = try await session.query("SELECT name FROM users WHERE id = ?", 7)
    ///     for row in result.rows { print(row["name"]) }
    @discardableResult
    public func query(_ sql: String, _ parameters: any SQLConvertible & Sendable...) throws(BranchLiteError) -> QueryResult {
        let results = try core.run(QueryRequest(sql), values: parameters.map(\.sqlValue))
        return results[results.count - 1]
    }

    /// Runs `body` inside a transaction: committed when it returns, rolled back when it throws.
    ///
    /// Other tasks that use the same session meanwhile take part in the transaction; give each task a session of its own.
    public func transaction<Answer: Sendable>(
        _ body: @Sendable (Session) async throws -> Answer
    ) async throws -> Answer {
        _ = try core.run(QueryRequest("BEGIN"), values: [])
        do {
            let answer = try await body(self)
            _ = try core.run(QueryRequest("COMMIT"), values: [])
            return answer
        } catch {
            core.abandonTransaction()
            core.releaseConnections()
            throw error
        }
    }

    /// Inserts rows of typed values; one store version for the whole call.
    @discardableResult
    public func insert(into table: String, columns: [String], values rows: [[Value]]) throws(BranchLiteError) -> Int {
        try core.insert(into: table, columns: columns, rows: rows.count) { rows[$0] }
    }
}
