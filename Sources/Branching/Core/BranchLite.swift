import Engine
import PageStore
import SQLDialect

/// A store of branches, open in this process.
///
///     let db = try await BranchLite.open("app.db")
///     let session = try await db.session()
///     try await session.query("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)")
///     try await db.branch("try-it")
///     try await session.switchBranch("try-it")
///
/// All work runs on threads of the engine's own, never on Swift's cooperative pool. Every method throws `BranchLiteError`.
public final class BranchLite: BranchService {
    let context: StoreContext
    private let maintenance: Maintenance

    /// Connections beyond those of the sessions, for the library's own work (catalogue, checks, merges).
    private static let internalConnections = 64

    deinit { maintenance.stopWithoutWaiting() }

    /// Who the audit trail names for calls of this object.
    static let libraryOrigin = "library"

    private init(context: StoreContext, maintenance: Maintenance) {
        self.context = context
        self.maintenance = maintenance
    }

    // MARK: - Open and close

    /// Opens a store, making it when there is none at `path` (unless `configuration.mustExist`).
    /// - Parameter path: of the store's file, or `:memory:` for one that is gone when it is closed.
    /// - Throws: `BL_STORE_LOCKED` (another process owns it), `BL_NOT_A_STORE`, `BL_FORMAT_VERSION`, `BL_CORRUPT`, `BL_IO` …
    public static func open(_ path: String, configuration: Configuration = Configuration()) async throws(BranchLiteError) -> BranchLite {
        try await onEngineThread { () throws(BranchLiteError) in try openNow(path, configuration, files: nil) }
    }

    /// As `open`, on the calling thread and over a file system of the caller's (tests bring one that fails on request).
    static func openNow(_ path: String, _ configuration: Configuration, files: (any StoreFileSystem)?) throws(BranchLiteError) -> BranchLite {
        let retention = RetentionPolicy(history: configuration.history)
        var options = StoreOptions()
        options.sync = configuration.sync
        options.readOnly = configuration.readOnly
        options.mustExist = configuration.mustExist || configuration.readOnly
        options.clock = configuration.clock.now
        options.maxFileBytes = configuration.maxStoreBytes
        options.retention = { version, now in retention.decide(version, nowMicros: now) }
        let storeOptions = options
        let store = try mapStore { () throws(StoreError) in
            if let files { try Store.open(io: files, path: path, options: storeOptions) } else { try Store.open(path: path, options: storeOptions) }
        }
        do throws(BranchLiteError) {
            return try open(over: store, configuration, retention)
        } catch {
            try? store.close()
            throw error
        }
    }

    private static func open(over store: Store, _ configuration: Configuration, _ retention: RetentionPolicy) throws(BranchLiteError) -> BranchLite {
        var engineOptions = EngineOptions()
        engineOptions.busyTimeout = configuration.busyTimeout
        engineOptions.maxConnections = configuration.maxConnections + BranchLite.internalConnections
        engineOptions.maxSQLBytes = configuration.maxSQLBytes
        engineOptions.idleTransactionTimeout = configuration.idleTransactionTimeout
        let ids = GlobalIDs(store: store)
        let sequences = SequenceValues(store: store, ids: ids, isGlobal: configuration.globalIDs)
        let engine = try makeEngine(store, engineOptions, ids, sequences)
        let registry = try Registry(store: store, clock: configuration.clock)
        sequences.use(registry)
        let context = StoreContext(
            store: store, engine: engine, registry: registry, configuration: configuration, retention: retention, ids: ids, sequences: sequences)
        context.pinNeededVersions()
        let idleLimit = UInt64(clamping: configuration.idleTransactionTimeout.microseconds) &* 1_000
        let maintenance = Maintenance(
            interval: configuration.collectionInterval,
            everyTick: { [weak context] in
                guard let context else { return }
                if idleLimit > 0 { context.sessions.expireIdle(now: SessionCore.monotonicNanoseconds(), limit: idleLimit) }
                context.watchBudget()
            },
            collect: { [weak context] in
                if let context, !context.configuration.readOnly, !context.isClosed { context.collect() }
            })
        return BranchLite(context: context, maintenance: maintenance)
    }

    private static func makeEngine(_ store: Store, _ options: EngineOptions, _ ids: GlobalIDs, _ sequences: SequenceValues) throws(BranchLiteError) -> Engine {
        let source = IDSource { (table: String, floor: Int64) throws(EngineError) in
            do throws(BranchLiteError) {
                return try ids.next(table: table, above: floor)
            } catch {
                throw EngineError(code: error.code, message: error.message, table: table)
            }
        }
        return try mapEngine { () throws(EngineError) in
            try Engine(store: store, options: options) { (database: OpaquePointer) throws(EngineError) in
                try source.register(on: database)
                try SequenceFunctions.register(sequences, on: database)
            }
        }
    }

    /// Rolls back open transactions, writes what is waiting and closes the store. Safe to call twice.
    public func close() async throws(BranchLiteError) {
        guard context.markClosed() else { return }
        let (context, maintenance) = (context, maintenance)
        // Sessions give their connections back, each on its own thread.
        context.sessions.cancelAll()
        await context.sessions.closeAll()
        try await onEngineThread { () throws(BranchLiteError) in
            maintenance.stop()
            if !context.configuration.readOnly {
                context.registry.flushLastUsed(slack: 0)
                context.audit.flush()
            }
            context.engine.close()
            try mapStore { () throws(StoreError) in try context.store.close() }
        }
    }

    // MARK: - Sessions

    /// Opens a session; it counts as a reference to its branch until it is closed.
    /// - Throws: `BL_NO_SUCH_BRANCH`, `BL_TOO_MANY_CONNECTIONS`.
    public func session(_ options: SessionOptions = SessionOptions()) async throws(BranchLiteError) -> Session {
        let core = try makeSession(options)
        let signal = core.signal
        let session = Session(core: core, signal: signal, thread: EngineThread())
        await session.start()
        return session
    }

    /// The core of a session, counted on its branch.
    func makeSession(_ options: SessionOptions) throws(BranchLiteError) -> sending SessionCore {
        try context.requireOpen()
        let signal = SessionSignal(registry: context.registry, table: context.sessions)
        let branch = try context.registry.resolve(options.branch).id
        if branch != .main { try context.requireBranching() }
        try context.sessions.add(signal, limit: context.configuration.maxConnections)
        do throws(BranchLiteError) {
            try signal.move(to: branch)
        } catch {
            context.sessions.remove(signal)
            throw error
        }
        return SessionCore(context: context, options: options, signal: signal, branch: branch)
    }

    /// A session on a branch, in the `sqlite` dialect unless another is given.
    public func session(on branch: String, dialect: Dialect = .sqlite, readOnly: Bool = false) async throws(BranchLiteError) -> Session {
        try await session(SessionOptions(branch: branch, dialect: dialect, readOnly: readOnly))
    }

    public func openSession(_ options: SessionOptions) async throws(BranchLiteError) -> any BranchSession {
        try await session(options)
    }

    /// Whether a living branch has this name, id or schema name.
    public func hasBranch(_ reference: String) -> Bool { (try? context.registry.resolve(reference)) != nil }

    // MARK: - Branches

    /// Creates a branch: `db.branch("experiment")`, `db.branch("copy", from: "experiment", mode: .live)`.
    @discardableResult
    public func branch(_ name: String? = nil, from: String, mode: BranchMode? = nil) async throws(BranchLiteError) -> BranchInfo {
        try await createBranch(BranchCreateRequest(name: name, from: from, mode: mode))
    }

    /// A fork is one record in the log's buffer; unless it is to be durable it is made on the calling thread, in a few microseconds.
    public func createBranch(_ request: BranchCreateRequest) async throws(BranchLiteError) -> BranchInfo {
        try context.requireOpen()
        if let made = try context.createBranchAtOnce(request, origin: request.agentID ?? BranchLite.libraryOrigin) { return made }
        return try await run { context throws(BranchLiteError) in try context.createBranch(request, origin: request.agentID ?? BranchLite.libraryOrigin) }
    }

    public func branches(_ filter: BranchFilter = .active) async throws(BranchLiteError) -> [BranchInfo] {
        try await run { context throws(BranchLiteError) in try context.branches(filter) }
    }

    public func branches(_ request: BranchListRequest) async throws(BranchLiteError) -> BranchPage {
        try await run { context throws(BranchLiteError) in try context.branches(request) }
    }

    public func branch(_ reference: String) async throws(BranchLiteError) -> BranchInfo {
        try await run { context throws(BranchLiteError) in try context.branchInfo(try context.registry.resolve(reference).id) }
    }

    public func renameBranch(_ reference: String, to name: String) async throws(BranchLiteError) -> BranchInfo {
        try await run { context throws(BranchLiteError) in try context.renameBranch(reference, to: name, origin: BranchLite.libraryOrigin) }
    }

    public func resetBranch(_ reference: String, to: String? = nil) async throws(BranchLiteError) -> BranchInfo {
        try await run { context throws(BranchLiteError) in try context.resetBranch(reference, to: to, origin: BranchLite.libraryOrigin) }
    }

    @discardableResult
    public func discardBranch(_ reference: String, force: Bool = false, purge: Bool = false) async throws(BranchLiteError) -> DiscardResult {
        try await run { context throws(BranchLiteError) in
            try context.discardBranch(reference, force: force, purge: purge, origin: BranchLite.libraryOrigin)
        }
    }

    public func undropBranch(_ reference: String) async throws(BranchLiteError) -> BranchInfo {
        try await run { context throws(BranchLiteError) in try context.undropBranch(reference, origin: BranchLite.libraryOrigin) }
    }

    public func history(_ request: HistoryRequest) async throws(BranchLiteError) -> HistoryResult {
        try await run { context throws(BranchLiteError) in try context.history(request) }
    }

    /// The versions of a branch that are kept, newest first: `db.history("main")`.
    public func history(_ branch: String = "main", limit: Int = 100) async throws(BranchLiteError) -> [VersionInfo] {
        try await history(HistoryRequest(branch: branch, limit: limit)).versions
    }

    @discardableResult
    public func restore(_ request: RestoreRequest) async throws(BranchLiteError) -> RestoreResult {
        try await run { context throws(BranchLiteError) in try context.restore(request, origin: BranchLite.libraryOrigin) }
    }

    /// Makes an older version of a branch its head again: `db.restore("main", version: 42)`.
    @discardableResult
    public func restore(_ branch: String, version: UInt64) async throws(BranchLiteError) -> RestoreResult {
        try await restore(RestoreRequest(branch: branch, version: version))
    }

    public func diff(_ request: DiffRequest) async throws(BranchLiteError) -> DiffResult {
        try await run { context throws(BranchLiteError) in try context.diff(request) }
    }

    public func diffChunk(_ request: DiffRequest, format: DiffFormat, style: DiffTextStyle = .plain) async throws(BranchLiteError) -> DiffChunk {
        try await run { context throws(BranchLiteError) in try context.diffChunk(request, format, style) }
    }

    /// Writes a whole diff: `db.writeDiff(DiffRequest(branch: "b"), format: .sql) { file.write($0) }`. Memory does not grow with it.
    @discardableResult
    public func writeDiff(
        _ request: DiffRequest, format: DiffFormat, style: DiffTextStyle = .plain,
        to sink: @Sendable @escaping ([UInt8]) throws(BranchLiteError) -> Void
    ) async throws(BranchLiteError) -> DiffSummary {
        try await run { context throws(BranchLiteError) in
            var whole = request
            whole.cursor = nil
            return try context.writeDiff(whole, format, style, to: sink)
        }
    }

    @discardableResult
    public func merge(_ request: MergeRequest) async throws(BranchLiteError) -> MergeResult {
        try await run { context throws(BranchLiteError) in try context.merge(request, origin: BranchLite.libraryOrigin) }
    }

    public func shadow(_ request: ShadowRequest) async throws(BranchLiteError) -> ShadowResult {
        try context.requireOpen()
        return try await context.shadow(request)
    }

    /// What older versions and discarded branches hold now, and what they may. Works it out: cost, what they changed.
    public func historyUsage() async throws(BranchLiteError) -> HistoryUsage {
        try await run { context throws(BranchLiteError) in try context.historyUsage() }
    }

    /// Branch operations, newest first (who did what).
    public func auditTrail(limit: Int = 100) async throws(BranchLiteError) -> [AuditEntry] {
        try context.requireOpen()
        return context.audit.entries(limit: limit)
    }

    /// Runs the collector now, besides its own interval.
    /// - Returns: how many branches expired and how many were removed for good.
    @discardableResult
    public func collectNow() async throws(BranchLiteError) -> (expired: Int, purged: Int) {
        try await run { context throws(BranchLiteError) in context.collect() }
    }

    // MARK: - Catalogue

    public func schemas(branch: String = "main") async throws(BranchLiteError) -> [String] {
        try await run { context throws(BranchLiteError) in try context.schemaNames(branch: branch) }
    }

    public func tables(branch: String = "main", schema: String? = nil) async throws(BranchLiteError) -> [TableListing] {
        try await run { context throws(BranchLiteError) in try context.tables(branch: branch, schema: schema) }
    }

    public func describe(table: String, branch: String = "main", schema: String? = nil) async throws(BranchLiteError) -> [ColumnListing] {
        try await run { context throws(BranchLiteError) in try context.describe(table: table, branch: branch, schema: schema) }
    }

    public func usage(branch: String = "main") async throws(BranchLiteError) -> [TableUsage] {
        try await run { context throws(BranchLiteError) in try context.usage(branch: branch) }
    }

    // MARK: - Files

    public func importSQLite(
        path: String, branch: String = "main", progress: @Sendable @escaping (Double) -> Void = { _ in }
    ) async throws(BranchLiteError) -> ImportResult {
        try await run { context throws(BranchLiteError) in try context.importSQLite(path: path, branch: branch, progress: progress) }
    }

    public func exportSQLite(
        branch: String = "main", path: String, progress: @Sendable @escaping (Double) -> Void = { _ in }
    ) async throws(BranchLiteError) {
        try await run { context throws(BranchLiteError) in try context.exportSQLite(branch: branch, path: path, progress: progress) }
    }

    public func check(progress: @Sendable @escaping (Double) -> Void = { _ in }) async throws(BranchLiteError) -> CheckResult {
        try await run { context throws(BranchLiteError) in try context.check(progress: progress) }
    }

    @discardableResult
    public func backup(_ request: BackupRequest) async throws(BranchLiteError) -> BackupResult {
        try await run { context throws(BranchLiteError) in
            let store = context.store
            let report = try mapStore { () throws(StoreError) in try store.backup(to: request.path, since: request.since) }
            let page = UInt64(store.pageSize)
            return BackupResult(
                path: request.path, bytes: UInt64(report.slots) * page, copiedBytes: UInt64(report.copied) * page,
                reusedBytes: UInt64(report.reused) * page)
        }
    }

    @discardableResult
    public func vacuum(_ request: VacuumRequest = VacuumRequest()) async throws(BranchLiteError) -> VacuumResult {
        try await run { context throws(BranchLiteError) in try context.vacuum(request, origin: BranchLite.libraryOrigin) }
    }

    // MARK: - Threads

    /// Runs blocking work of this store on an engine thread.
    func run<Answer: Sendable>(
        _ body: @Sendable @escaping (StoreContext) throws(BranchLiteError) -> Answer
    ) async throws(BranchLiteError) -> Answer {
        try context.requireOpen()
        let context = context
        return try await onEngineThread { () throws(BranchLiteError) in try body(context) }
    }
}

/// Runs blocking work on a thread of the engine's cache.
func onEngineThread<Answer: Sendable>(_ body: @Sendable @escaping () throws(BranchLiteError) -> Answer) async throws(BranchLiteError) -> Answer {
    let thread = EngineThread()
    let result: Result<Answer, BranchLiteError> = await withCheckedContinuation { continuation in
        thread.async {
            do throws(BranchLiteError) {
                continuation.resume(returning: .success(try body()))
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }
    return try result.get()
}
