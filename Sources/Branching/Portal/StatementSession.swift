import Engine
import PageStore
import SQLDialect

/// A session as a wire door uses it: statements that are prepared, described and run into a receiver.
///
/// Not `Sendable`: it belongs to its `EngineThread`, on which every call must be made. `cancel` alone may come from anywhere,
/// through the handle.
public final class StatementSession {
    let core: SessionCore

    /// Stops a session's running statement from any thread.
    public struct CancelHandle: Sendable {
        let signal: SessionSignal
        /// The running statement fails with `BL_INTERRUPTED`.
        public func cancel() { signal.cancel() }
    }

    init(core: SessionCore) { self.core = core }

    public var cancelHandle: CancelHandle { CancelHandle(signal: core.signal) }

    /// Rolls back a transaction that has idled too long; the next statement says so.
    public func expireTransaction() { core.expireTransaction() }

    /// Gives back what is kept for the next request.
    public func rest() { core.releaseKeptConnection() }

    public func close() { core.close() }

    /// Gives the session the number by which others may cancel or end it.
    /// - Parameter onTerminate: called from any thread when another session ends this one.
    public func identify(_ backend: Backend, onTerminate: @escaping @Sendable () -> Void) { core.signal.identify(backend, onTerminate: onTerminate) }

    // MARK: - State

    public var branch: String { core.branchName }
    public var isInTransaction: Bool { core.transaction != nil }
    /// The open transaction has taken its branch's writer slot.
    public var isWriting: Bool {
        guard let open = core.transaction, let connection = core.held[open.branch] else { return false }
        return connection.transaction.isWriting
    }
    public var searchPath: String? { core.settings["search_path"] }
    public var dialect: Dialect { core.dialect }

    /// The name that the session connected by: accepted as a catalog in names, and `current_database()`.
    public var connectionName: String? {
        get { core.connectionName }
        set { core.connectionName = newValue }
    }

    /// What SHOW says of a setting; nil for one that does not exist.
    public func setting(_ name: String) -> String? { core.settingText(name.lowercased()) }

    /// Another number whenever a setting may have changed.
    public var settingsRevision: Int { core.settings.revision }

    /// Records what a client sent on connecting; RESET returns to it.
    public func setAtStart(_ name: String, _ value: String) throws(BranchLiteError) { try core.setAtStart(name, value) }

    // MARK: - Statements

    /// Parses a text of any number of statements.
    public func parse(_ sql: String) throws(BranchLiteError) -> [StatementText] {
        try core.requireOpen()
        return try core.parse(sql).map { StatementText(statement: $0, source: sql) }
    }

    /// What a statement takes and gives.
    /// - Parameter types: of its parameters, by ordinal from 1, as far as the client says.
    public func describe(_ text: StatementText, types: [DuckType?] = []) throws(BranchLiteError) -> StatementDescription {
        try core.requireOpen()
        defer { core.finishRequest() }
        return try core.describe(text, types: types)
    }

    /// Runs one statement into `receiver`.
    ///
    /// - Parameters:
    ///   - values: one for each parameter
    ///   - types: the parameters' types as `describe` gave them; the values are of these types
    public func run(
        _ text: StatementText, values: [TypedValue] = [], types: [DuckType] = [], into receiver: any RowReceiver
    ) throws(BranchLiteError) -> Completion {
        try core.requireOpen()
        core.receiver = receiver
        core.parameterTypes = types
        defer { core.finishRequest() }
        let result: QueryResult
        do throws(BranchLiteError) {
            result = try core.execute(text.statement, source: text.source, values: values, limits: core.doorLimits())
        } catch {
            if error.code == EngineErrorCode.diskFull { core.context.noteFullDisk() }
            throw error
        }
        return try core.hand(result, to: receiver)
    }

    /// Opens a cursor over a reading statement: rows are made as they are fetched, all of one moment.
    /// Nil when it cannot be read that way (it writes, or reads what only this session's connection sees): then run it.
    public func openCursor(_ text: StatementText, values: [TypedValue], types: [DuckType]) throws(BranchLiteError) -> RowCursor? {
        try core.requireOpen()
        core.parameterTypes = types
        defer { core.finishRequest() }
        return try core.openCursor(text, values: values)
    }

    // MARK: - Transactions

    /// Opens the transaction in which the statements of one message run.
    public func beginImplicit() throws(BranchLiteError) {
        try core.begin(nil, .init(), core.doorLimits())
    }

    public func commit() throws(BranchLiteError) {
        defer { core.finishRequest() }
        if let open = core.transaction, let connection = core.held[open.branch] { core.arm(connection, core.doorLimits()) }
        try core.commitTransaction()
    }

    /// Ends the open transaction, if there is one, without an error.
    public func rollback() {
        core.abandonTransaction()
        core.finishRequest()
    }
}

extension SessionCore {
    /// The limits of a statement that comes through a door.
    func doorLimits() -> RunLimits {
        RunLimits(isReadOnly: onlyReads, deadline: deadline(QueryRequest("")))
    }

    /// After each call: what need not be kept is given back.
    func finishRequest() {
        receiver = nil
        parameterTypes = []
        releaseConnections()
    }

    /// Hands on what was answered in memory, if the receiver has not had the rows already.
    func hand(_ result: QueryResult, to receiver: any RowReceiver) throws(BranchLiteError) -> Completion {
        if !result.columns.isEmpty, !result.isStreamed {
            try mapEngine { () throws(EngineError) in
                try receiver.begin(result.columns.map { PortalColumn(name: $0.name, type: DuckType(typeName: $0.type) ?? .varchar) })
                for row in result.values { try receiver.take(row) }
            }
        }
        var completion = Completion(command: result.command, rowsAffected: result.rowsAffected, returnsRows: !result.columns.isEmpty)
        completion.notices = result.notices
        return completion
    }
}

extension BranchLite {
    /// Opens a session for a wire door. It counts as a reference to its branch until it is closed.
    ///
    /// - Parameters:
    ///   - thread: where every call of the session is to be made; this one is made there too
    ///   - onExpiry: called when its transaction has idled too long: `expireTransaction()` must be called on the thread
    ///   - onIdle: called when it has done nothing for some seconds: `rest()` must be called on the thread
    ///   - onClose: called when the store closes: it must see to it that `close()` is called on the thread
    /// - Throws: `BL_NO_SUCH_BRANCH`, `BL_TOO_MANY_CONNECTIONS`.
    public func statementSession(
        _ options: SessionOptions, thread: EngineThread, onExpiry: @escaping @Sendable () -> Void, onIdle: @escaping @Sendable () -> Void,
        onClose: @escaping @Sendable () async -> Void
    ) throws(BranchLiteError) -> StatementSession {
        let core = try makeSession(options)
        core.signal.onExpiry(onExpiry, onClose: onClose)
        core.signal.onRelease(onIdle)
        core.keepsConnection = true
        return StatementSession(core: core)
    }
}
