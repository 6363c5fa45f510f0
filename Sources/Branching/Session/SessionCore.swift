import Engine
import PageStore
import SQLDialect

/// A session's state and work. Not `Sendable`: it belongs to the session's actor and runs on its engine thread.
///
/// A statement's way: parse, bind and lower against the catalog of the session's branch, attach the branches it reads, run
/// on the branch's connection, type the values. The parts are in the extensions beside this file.
final class SessionCore {
    let context: StoreContext
    let signal: SessionSignal
    let origin: String
    let isReadOnly: Bool
    /// Tells this session's memory of sequences from others'.
    let number: UInt64
    /// Where RESET ALL returns to.
    var startBranch: BranchID
    var startDialect: Dialect

    /// The branch statements go to: the session's, or for the length of one request another.
    var branch: BranchID
    var dialect: Dialect
    /// The name the session connected by, accepted as a catalog in names.
    var connectionName: String?
    var settings = SessionSettings()
    /// What BEGIN opens, set by SET SESSION CHARACTERISTICS.
    var defaultTraits = TransactionTraits()

    /// Connections the session keeps between requests: of its transaction, or with temporary tables on them.
    var held: [BranchID: Connection] = [:]
    var transaction: OpenTransaction?
    /// A door's session keeps the connection to its branch between requests, for as long as it is used.
    var keepsConnection = false
    /// The branch whose connection was kept and has not been asked for since.
    private var keptConnection: BranchID?
    /// Set when the idle limit ended the transaction: the next statement says so once.
    var wasExpired = false
    /// Statements named by PREPARE.
    var prepared: [String: (statement: ParsedStatement, source: String)] = [:]
    var plans = PlanCache()
    var templates = TemplateCache()
    var catalogCache = SystemCatalogCache()
    /// The schema of the branch as the open transaction has it.
    var localSchema: (cookie: Int64, branch: BranchID, schema: BranchSchema)?
    /// Versions that the running request's `AT (…)` means, pinned until its end.
    var moments: [Attachment: Snapshot] = [:]
    /// Aliases of versions that connections have had attached.
    var attachedMoments: Set<String> = []
    /// The running statement's parameters.
    var parameterValues: [Value] = []
    var temporarySchemas: [BranchID: (cookie: Int64, schema: BranchSchema)] = [:]
    /// Who takes the rows of the running statement, when they are not collected.
    var receiver: (any RowReceiver)?
    /// The types of the running statement's parameters where the caller gives them: values are then bound in their storage form.
    var parameterTypes: [DuckType?] = []
    /// What a commit does to temporary tables: by the branch of their connection and their folded name.
    var commitActions: [BranchID: [String: (name: String, action: CreateTable.OnCommit)]] = [:]
    /// The number of a transaction of one statement, once it was asked.
    var statementNumber: Int64?
    /// The session has used advisory locks and may hold some.
    var usesAdvisoryLocks = false
    /// A request runs on another branch than the session's.
    var isBorrowingBranch = false
    /// The branch and the epoch of names at which it was last found to be there.
    var knownLiving: (branch: BranchID, epoch: UInt64)?
    private var knownName: (branch: BranchID, epoch: UInt64, name: String)?
    /// Heads of branches and the stamps of their schemas, as last seen.
    var seenHeads: [BranchID: (head: VersionID, stamp: SchemaStamp)] = [:]
    private var lastTouch: (branch: BranchID, time: Int64)?
    private(set) var isClosed = false

    /// What a transaction is asked to be; nil = the session's or dialect's default.
    struct TransactionTraits {
        var isolation: TransactionStatement.Isolation?
        var isReadOnly: Bool?
    }

    /// An open transaction: the branch it is on and what it will change in the branch's record.
    struct OpenTransaction {
        let branch: BranchID
        var isReadOnly: Bool
        /// What it was asked to be: SERIALIZABLE is kept by what REPEATABLE READ does, since a branch has one writer at a time.
        var isolation: TransactionStatement.Isolation?
        /// SAVEPOINT opened it, so releasing that savepoint commits it.
        var beganWithSavepoint = false
        /// Tables made the branch's own (live mode) since it began.
        var pendingOwned: [String: OwnedTable]?
        /// Hidden tables brought up to the parent since it began.
        var pendingRefreshed: [String: VersionID]?
        /// `pendingOwned` as it was when each savepoint was opened.
        var savepoints: [(name: String, owned: [String: OwnedTable]?, refreshed: [String: VersionID]?, settings: SettingsMark, locks: AdvisoryLocks.Mark?)] = []
        /// The settings as they were when it began; nil for a transaction of one statement.
        var settings: SettingsMark?
        /// What SET LOCAL has replaced, by name: the values that come back at its end.
        var localSettings: [String: String?] = [:]
        /// What `txid_current()` says, once it was asked.
        var number: Int64?
        /// A statement has run in it.
        var isUsed = false
    }

    init(context: StoreContext, options: SessionOptions, signal: SessionSignal, branch: BranchID) {
        self.context = context
        self.signal = signal
        origin = options.origin
        number = context.sessionNumbers.add(1, ordering: .relaxed).newValue
        isReadOnly = options.readOnly || context.configuration.readOnly
        startBranch = branch
        startDialect = options.dialect
        self.branch = branch
        dialect = options.dialect
    }

    // MARK: - Requests

    /// Runs all statements of a request in order; stops at the first error. What earlier statements committed stays.
    func run(_ request: QueryRequest, values: [Value]) throws(BranchLiteError) -> [QueryResult] {
        try requireOpen()
        let statements = try parse(request.sql)
        if statements.count > 1, !values.isEmpty {
            throw BranchLiteError(
                "BL_PARAMETERS", "parameters can be given to one statement, not to a script of \(statements.count)",
                hint: "run the statements one at a time")
        }
        guard let elsewhere = request.branch else { return try run(statements, request, values) }
        let target = try context.registry.resolve(elsewhere).id
        if target == branch { return try run(statements, request, values) }
        if transaction != nil {
            throw BranchLiteError("BL_TRANSACTION_OPEN", "a transaction is open on '\(context.registry.name(of: branch))'", hint: "end it first")
        }
        let home = branch
        try context.registry.retain(target)
        branch = target
        isBorrowingBranch = true
        defer {
            // A script must not leave a transaction open on a branch the session is not on.
            if transaction != nil { abandonTransaction() }
            releaseConnections()
            branch = home
            isBorrowingBranch = false
            context.registry.release(target)
        }
        return try run(statements, request, values)
    }

    private func run(_ statements: [ParsedStatement], _ request: QueryRequest, _ values: [Value]) throws(BranchLiteError) -> [QueryResult] {
        let limits = RunLimits(request: request, deadline: deadline(request), isReadOnly: request.readOnly || onlyReads)
        defer { releaseConnections() }
        var results: [QueryResult] = []
        results.reserveCapacity(statements.count)
        for statement in statements {
            let started = ContinuousClock.now
            var result: QueryResult
            do throws(BranchLiteError) {
                result = try execute(statement, source: request.sql, values: values, limits: limits)
            } catch {
                if error.code == EngineErrorCode.diskFull { context.noteFullDisk() }
                throw error
            }
            result.elapsedMS = (ContinuousClock.now - started).milliseconds
            results.append(result)
        }
        if results.isEmpty { results.append(QueryResult(columns: [], values: [], branch: branchName, command: "")) }
        return results
    }

    /// What one request may do and for how long.
    struct RunLimits {
        var maxRows: Int?
        var deadline: ContinuousClock.Instant?
        var isReadOnly: Bool
        /// `read_query`: switching branches is refused too.
        var refusesSwitch: Bool

        init(request: QueryRequest, deadline: ContinuousClock.Instant?, isReadOnly: Bool) {
            maxRows = request.maxRows
            self.deadline = deadline
            self.isReadOnly = isReadOnly
            refusesSwitch = request.readOnly
        }

        init(isReadOnly: Bool, deadline: ContinuousClock.Instant? = nil) {
            self.deadline = deadline
            self.isReadOnly = isReadOnly
            refusesSwitch = false
        }

        var remaining: Duration? { deadline.map { max(.zero, $0 - ContinuousClock.now) } }
    }

    func deadline(_ request: QueryRequest) -> ContinuousClock.Instant? {
        var limit: Duration? = context.configuration.queryTimeout > .zero ? context.configuration.queryTimeout : nil
        func lower(to duration: Duration) { limit = min(limit ?? duration, duration) }
        if let own = settings.statementTimeout, own > .zero { lower(to: own) }
        if let asked = request.timeoutMS, asked > 0 { lower(to: .milliseconds(asked)) }
        return limit.map { ContinuousClock.now + $0 }
    }

    func parse(_ sql: String) throws(BranchLiteError) -> [ParsedStatement] {
        if sql.utf8.count > context.configuration.maxSQLBytes {
            throw BranchLiteError(
                "BL_STATEMENT_TOO_LARGE",
                "the SQL text has \(sql.utf8.count) bytes; \(context.configuration.maxSQLBytes) are allowed",
                hint: "insert large data with parameters or COPY")
        }
        if let known = plans.parsed(sql, dialect) { return known }
        let dialect = dialect
        let statements = try mapSQL { () throws(SQLError) in try Parser.parse(sql, dialect: dialect) }
        plans.keep(statements, of: sql, dialect)
        return statements
    }

    /// Of the session's branch, as it is called now.
    var branchName: String {
        let epoch = context.registry.namesEpoch
        if let known = knownName, known.branch == branch, known.epoch == epoch { return known.name }
        let name = context.registry.name(of: branch)
        knownName = (branch, epoch, name)
        return name
    }

    func requireOpen() throws(BranchLiteError) {
        try context.requireOpen()
        if isClosed { throw BranchLiteError("BL_CLOSED", "the session is closed") }
    }

    // MARK: - Dispatch

    /// Runs one statement, whatever its kind.
    func execute(_ statement: ParsedStatement, source: String, values: [Value], limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        defer { if transaction == nil { endStatementTransaction() } }
        let result = try dispatch(statement, source: source, values: values, limits: limits)
        if transaction == nil, !commitActions.isEmpty { try runCommitActions(on: branch) }
        return result
    }

    private func dispatch(_ statement: ParsedStatement, source: String, values: [Value], limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        if wasExpired {
            wasExpired = false
            if !isEndOfTransaction(statement) {
                throw BranchLiteError(
                    "BL_TRANSACTION_ABORTED", "the transaction was idle for more than \(Measures.text(context.configuration.idleTransactionTimeout)) and was rolled back",
                    hint: "run it again from BEGIN", details: ["setting": "BRANCHLITE_IDLE_TRANSACTION_TIMEOUT"])
            }
            if transaction == nil { return done("ROLLBACK") }
        }
        switch statement.node {
        case .transaction(let control): return try runTransactionControl(control, limits)
        case .branch(let command): return try runBranchStatement(command, limits)
        case .use(let name): return try runUse(name, limits)
        case .createSchema(let create):
            if let result = try createSchemaAsBranch(create, limits) { return result }
        case .drop(let drop):
            if let result = try dropSchemaAsBranch(drop, limits) { return result }
        case .prepare(let prepare):
            prepared[prepare.name.key] = (prepare.statement, source)
            return done("PREPARE")
        case .discard(let word): return try runDiscard(word)
        default: break
        }
        return try runData(statement, source: source, values: values, limits: limits)
    }

    private func isEndOfTransaction(_ statement: ParsedStatement) -> Bool {
        switch statement.node {
        case .transaction(.rollback): true
        case .discard: true
        default: false
        }
    }

    /// The answer of a statement without rows.
    func done(_ command: String, affected: Int = 0) -> QueryResult {
        QueryResult(columns: [], values: [], rowsAffected: affected, branch: branchName, command: command)
    }

    // MARK: - Connections

    /// The session's connection to a branch: the one it holds, or one from the pool for the length of the request.
    func connection(to branch: BranchID) throws(BranchLiteError) -> Connection {
        if let held = held[branch] {
            // One that was kept since the last request must not be of a head that was moved without SQLite. It is looked at once, while
            // nobody uses it yet.
            guard keptConnection == branch else { return held }
            keptConnection = nil
            if context.engine.isCurrent(held) { return held }
            self.held[branch] = nil
            context.engine.checkin(held)
        }
        let readOnly = isReadOnly
        let connection = try mapEngine { () throws(EngineError) in try context.engine.checkout(.head(branch), readOnly: readOnly) }
        held[branch] = connection
        return connection
    }

    /// Gives back what the session need not keep: all but its transaction's connection and those with temporary tables.
    func releaseConnections() {
        signal.running(on: nil)
        letGoOfMoments()
        parameterValues = []
        keptConnection = nil
        for (branch, connection) in held {
            if transaction?.branch == branch || connection.isTainted {
                connection.setTimeout(nil)
            } else if keepsConnection, branch == self.branch, !isBorrowingBranch, !isClosed {
                connection.setTimeout(nil)
                keptConnection = branch
            } else {
                held[branch] = nil
                context.engine.checkin(connection)
            }
        }
        let now = SessionCore.monotonicNanoseconds()
        signal.idle(since: transaction == nil ? nil : now, keepingSince: keptConnection == nil ? nil : now)
    }

    /// Gives back a connection that was kept for a request that has not come.
    func releaseKeptConnection() {
        guard keepsConnection, transaction == nil else { return }
        keepsConnection = false
        releaseConnections()
        keepsConnection = true
    }

    /// Notes the use of a branch, once a second at most: the times of last use are no finer.
    func touch(_ used: BranchID) {
        let now = context.registry.now
        if let last = lastTouch, last.branch == used, now &- last.time < 1_000_000, now >= last.time { return }
        lastTouch = (used, now)
        context.registry.touch(used)
    }

    /// Older versions must not stay pinned by connections that lie in the pool; those of an open transaction go with a later request.
    private func letGoOfMoments() {
        if moments.isEmpty, attachedMoments.isEmpty { return }
        attachedMoments.formUnion(moments.keys.map(\.alias))
        moments = [:]
        for alias in attachedMoments {
            let isGone = held.values.allSatisfy { connection in
                guard connection.attachedAliases.contains(alias) else { return true }
                return (try? connection.detach(alias)) != nil
            }
            if isGone { attachedMoments.remove(alias) }
        }
    }

    /// Makes a connection ready for a statement under the request's limits.
    func arm(_ connection: Connection, _ limits: RunLimits) {
        connection.setTimeout(limits.remaining)
        connection.busyTimeout = settings.lockTimeout ?? context.configuration.busyTimeout
        connection.functionContext.caller = self
        signal.running(on: connection.interruptHandle)
    }

    static func monotonicNanoseconds() -> UInt64 {
        let (seconds, attoseconds) = (ContinuousClock.now - clockStart).components
        return UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
    }

    private static let clockStart = ContinuousClock.now

    /// Rolls back what is open and gives everything back. Safe to call twice.
    func close() {
        guard !isClosed else { return }
        abandonTransaction()
        isClosed = true
        signal.running(on: nil)
        for connection in held.values { context.engine.checkin(connection) }
        held = [:]
        context.sequences.forget(session: number)
        if usesAdvisoryLocks { context.locks.endSession(number) }
        signal.leave()
    }
}

extension Duration {
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1_000 + Double(attoseconds) / 1e15
    }
}
