import CSQLite
import PageStore

/// One SQLite connection on a branch: schema `main` is that branch, other branches are attached read-only.
///
/// Not `Sendable`: a connection belongs to one thread at a time (it is opened without SQLite's mutexes). Only its
/// `interruptHandle` may be used from elsewhere. Connections come from `Engine.checkout` and go back with
/// `Engine.checkin`.
///
/// Every run of a statement passes `transaction`, so READ COMMITTED, the writer queue and one-moment reads over
/// several branches hold whatever SQL is run.
public final class Connection {
    let database: OpaquePointer
    /// SQLite's own handle, for the benchmarks: they run the same C calls on both sides. The rules of `transaction` do not
    /// hold for what is run past the connection.
    package var databaseHandle: OpaquePointer { database }
    let store: Store
    let options: EngineOptions
    let mainFile: BranchFile
    let control: ConnectionControl
    let authorizer: Authorizer
    var attachments: [Attachment] = []
    private var cache: StatementCache
    /// Time and random state of the connection's SQL functions.
    public let functionContext = FunctionContext()
    var functions = FunctionsOnDemand()
    /// Stops the running statement from any thread.
    public let interruptHandle: InterruptHandle
    /// The state of the explicit transaction, if one is open.
    public private(set) lazy var transaction = SessionTransaction(connection: self)
    /// What the connection shows as its database.
    public private(set) var target: BranchTarget
    /// Set when the connection must not be used by another session (settings changed, temporary tables made).
    public internal(set) var isTainted = false
    private(set) var isClosed = false
    private var doubleQuotedStrings: Bool

    /// Files pinned for the statement that is about to run; released after its first row.
    var hasStatementMoment = false
    /// The writer slot was taken for the running statement only.
    var statementHoldsWriter = false
    /// Nested `withMoment` calls.
    var momentDepth = 0
    /// Nested `withoutEnforcement` calls.
    var enforcementSuspensions = 0

    /// Opens a connection. Registers the VFS on first use.
    ///
    /// - Parameter register: adds SQL functions and collations to the new connection.
    init(
        store: Store, target: BranchTarget, readOnly: Bool, options: EngineOptions,
        register: (OpaquePointer) throws(EngineError) -> Void
    ) throws(EngineError) {
        try BranchVFS.registration.get()
        self.store = store
        self.options = options
        self.target = target
        doubleQuotedStrings = options.allowsDoubleQuotedStrings
        control = ConnectionControl()
        authorizer = Authorizer()
        cache = StatementCache(capacity: options.statementCacheCapacity)
        let (branch, fixed) = Connection.split(target)
        mainFile = BranchFile(
            store: store, branch: branch, fixed: fixed, isReadOnly: readOnly, opensReadOnly: false,
            busyTimeout: options.busyTimeout, control: control)
        mainFile.journalMemory = options.temporaryStorage == .memory ? nil : options.journalKiBInMemory << 10
        database = try Connection.open(mainFile)
        interruptHandle = InterruptHandle(database)
        control.adopt(interruptHandle)
        do {
            try configure(register)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    static func split(_ target: BranchTarget) -> (BranchID, Snapshot?) {
        switch target {
        case .head(let branch): (branch, nil)
        case .pinned(let snapshot): (snapshot.branch, snapshot)
        }
    }

    private static func open(_ file: BranchFile) throws(EngineError) -> OpaquePointer {
        let ticket = BranchVFS.ticket(for: file)
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(ticket, &handle, flags, BranchVFS.name)
        guard code == SQLITE_OK, let handle else {
            BranchVFS.withdraw(ticket)
            let error = file.storeError.map { EngineError($0) } ?? EngineError(result: code, database: handle)
            sqlite3_close_v2(handle)
            throw error
        }
        return handle
    }

    private func configure(_ register: (OpaquePointer) throws(EngineError) -> Void) throws(EngineError) {
        for (option, value) in [
            (SQLITE_DBCONFIG_ENABLE_FKEY, options.enforcesForeignKeys),
            (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, false),
            (SQLITE_DBCONFIG_DEFENSIVE, true),
            // Triggers that keep a full-text table in step are ordinary SQL. What a schema could do harm with (ATTACH, extensions,
            // PRAGMAs) the authorizer refuses inside triggers and views as anywhere else.
            (SQLITE_DBCONFIG_TRUSTED_SCHEMA, true),
        ] {
            _ = csqlite_db_config_flag(database, option, value ? 1 : 0)
        }
        applyQuoting()
        sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, Int32(clamping: options.maxSQLBytes))
        sqlite3_limit(database, SQLITE_LIMIT_LENGTH, Int32(clamping: options.maxValueBytes))
        sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, Int32(clamping: options.maxAttachedBranches))
        sqlite3_busy_handler(database, { context, attempt in
            guard let context else { return 0 }
            let file = Unmanaged<BranchFile>.fromOpaque(context).takeUnretainedValue()
            return file.shouldRetry(attempt: attempt) ? 1 : 0
        }, Unmanaged.passUnretained(mainFile).toOpaque())
        sqlite3_progress_handler(database, options.progressInterval, { context in
            guard let context else { return 0 }
            return Unmanaged<ConnectionControl>.fromOpaque(context).takeUnretainedValue().shouldStop ? 1 : 0
        }, Unmanaged.passUnretained(control).toOpaque())
        authorizer.install(on: database)
        mainFile.state.pointee.cachePages = UInt32(clamping: options.cacheKiBPerConnection << 10 / store.pageSize)
        try register(database)
        let registered = SystemRowsModule.register(on: database)
        if registered != SQLITE_OK { throw EngineError(result: registered, database: database) }
        let temporaryStore = options.temporaryStorage == .memory ? 2 : 1
        // The VFS makes commits atomic and durable: SQLite's journal only serves rollback, and it never syncs.
        try internally { () throws(EngineError) in
            try runRaw(
                """
                PRAGMA temp_store=\(temporaryStore); PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=OFF; \
                PRAGMA secure_delete=0; PRAGMA cache_size=-\(options.cacheKiBPerConnection); \
                PRAGMA mmap_size=\(Int64(Int32.max))
                """)
        }
        try choosePageSource()
    }

    /// Closes the connection; an open transaction is rolled back. Safe to call twice.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        interruptHandle.detach()
        cache.removeAll()
        sqlite3_close_v2(database)
        // Where a statement is still out, SQLite keeps the files open until its end: they stay with this object,
        // which that statement keeps alive.
        if mainFile.state.pointee.lock == SQLITE_LOCK_NONE { mainFile.releaseWriter() }
    }

    // MARK: Preparing and running

    /// Prepares one statement. Throws `BL_PARSE_ERROR` for an empty text and for more than one statement.
    public func prepare(_ sql: String) throws(EngineError) -> Statement {
        try prepareWhole(sql, persistent: false)
    }

    /// A statement for this text from the connection's cache, prepared if it is not there. Give it back with
    /// `Statement.finish()`.
    public func cachedStatement(_ sql: String) throws(EngineError) -> Statement {
        if let statement = cache.take(sql) {
            statement.lend(by: self)
            return statement
        }
        let statement = try prepareWhole(sql, persistent: true)
        cache.insert(statement)
        return statement
    }

    private func prepareWhole(_ sql: String, persistent: Bool) throws(EngineError) -> Statement {
        let (statement, rest) = try prepareFirst(Substring(sql), persistent: persistent)
        guard let statement else { throw EngineError(code: EngineErrorCode.parseError, message: "the statement is empty") }
        if !rest.isEmpty, try prepareFirst(rest, persistent: false).statement != nil {
            throw EngineError(
                code: EngineErrorCode.parseError, message: "more than one statement was given",
                hint: "run them one at a time, or with execute()", sqlOffset: rest.startIndex.utf16Offset(in: sql))
        }
        return statement
    }

    /// Prepares the first statement of a text; nil when there is only white space and comments.
    func prepareFirst(
        _ sql: Substring, persistent: Bool
    ) throws(EngineError) -> (statement: Statement?, rest: Substring) {
        guard !isClosed else { throw EngineError(code: EngineErrorCode.closed, message: "the connection is closed") }
        var text = sql
        var retries = 0
        while retries < Connection.maximumGenerationRetries {
            authorizer.facts = StatementFacts()
            authorizer.denial = nil
            var handle: OpaquePointer?
            let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
            let (code, consumed) = text.withUTF8 { bytes -> (Int32, Int) in
                bytes.withMemoryRebound(to: CChar.self) { characters -> (Int32, Int) in
                    guard let start = characters.baseAddress else { return (SQLITE_OK, 0) }
                    var tail: UnsafePointer<CChar>?
                    let code = sqlite3_prepare_v3(
                        database, start, Int32(clamping: characters.count), flags, &handle, &tail)
                    return (code, tail.map { $0 - start } ?? characters.count)
                }
            }
            if code == SQLITE_OK {
                let index = text.utf8.index(text.startIndex, offsetBy: consumed)
                guard let handle else {
                    return (nil, text[index...])
                }
                let statement = Statement(
                    connection: self, handle: handle, facts: authorizer.facts, sql: String(text[..<index]))
                return (statement, text[index...])
            }
            if code == SQLITE_ERROR, supplyFunctions(for: text) { continue }
            guard try followMovedHeads() else { throw error(code) }
            retries += 1
        }
        throw movedTooOften
    }

    /// Runs all statements of a text, in order, ignoring rows.
    public func execute(_ sql: String) throws(EngineError) {
        var rest = Substring(sql)
        while !rest.isEmpty {
            let (statement, tail) = try prepareFirst(rest, persistent: false)
            try statement?.run()
            if statement == nil, tail.startIndex == rest.startIndex { break }
            rest = tail
        }
    }

    /// Runs one statement with parameters to its end, ignoring rows, through the statement cache.
    public func execute(_ sql: String, _ parameters: [SQLiteValue]) throws(EngineError) {
        let statement = try cachedStatement(sql)
        defer { statement.finish() }
        try statement.bind(parameters)
        try statement.run()
    }

    /// Runs one statement through the statement cache and collects its rows.
    public func query(_ sql: String, _ parameters: [SQLiteValue] = []) throws(EngineError) -> [[SQLiteValue]] {
        let statement = try cachedStatement(sql)
        defer { statement.finish() }
        if !parameters.isEmpty || statement.parameterCount > 0 { try statement.bind(parameters) }
        var rows: [[SQLiteValue]] = []
        while try statement.step() { rows.append(statement.row) }
        return rows
    }

    /// Runs the Engine's own SQL without the authorizer's wall. Never with text that comes from a user.
    func internally<Result>(_ body: () throws(EngineError) -> Result) throws(EngineError) -> Result {
        let outer = authorizer.isInternal
        authorizer.isInternal = true
        defer { authorizer.isInternal = outer }
        return try body()
    }

    /// Runs SQL with SQLite alone: no transaction rules, no retries. For the Engine's own control statements.
    func runRaw(_ sql: String) throws(EngineError) {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        if code != SQLITE_OK { throw error(code) }
    }

    /// Moves free pages to the end of the database and cuts them off, in one commit. `PRAGMA incremental_vacuum` in
    /// SQL does the same, VACUUM is refused.
    public func vacuum() throws(EngineError) {
        try execute("PRAGMA incremental_vacuum")
    }

    // MARK: What the last statement did

    /// The rowid of the last row that was inserted.
    public var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(database) }
    /// Rows changed by the last INSERT, UPDATE or DELETE.
    public var changes: Int64 { sqlite3_changes64(database) }
    /// Rows changed since the connection was opened, triggers and foreign key actions included.
    public var totalChanges: Int64 { sqlite3_total_changes64(database) }
    /// True when SQLite has no transaction open.
    var isAutocommit: Bool { sqlite3_get_autocommit(database) != 0 }

    // MARK: Commits

    /// What every commit of this connection records about where it comes from, until it is set anew.
    public var commitOrigin: [UInt8] {
        get { mainFile.note.origin }
        set { mainFile.note.origin = newValue }
    }

    /// The version the last commit of this connection made; nil before the first one.
    public var lastCommittedVersion: VersionID? { mainFile.lastCommit }

    /// Sets what the next commit says besides its pages: the head it merges and the branch's new registry record.
    /// Forgotten after the commit or a rollback.
    public func noteForNextCommit(mergedFrom: VersionID?, metadata: [UInt8]?) {
        mainFile.note.mergedFrom = mergedFrom
        mainFile.note.metadata = metadata
    }

    /// Refuses (or allows again) writes to the branch, below SQL.
    public var isReadOnly: Bool {
        get { mainFile.isReadOnly }
        set { mainFile.isReadOnly = newValue || mainFile.fixed != nil }
    }

    /// Whether `"text"` may stand for a string literal where no column has that name (the `sqlite` dialect's old habit).
    public var allowsDoubleQuotedStrings: Bool {
        get { doubleQuotedStrings }
        set {
            guard newValue != doubleQuotedStrings else { return }
            doubleQuotedStrings = newValue
            applyQuoting()
        }
    }

    private func applyQuoting() {
        _ = csqlite_db_config_flag(database, SQLITE_DBCONFIG_DQS_DML, doubleQuotedStrings ? 1 : 0)
        _ = csqlite_db_config_flag(database, SQLITE_DBCONFIG_DQS_DDL, doubleQuotedStrings ? 1 : 0)
    }

    // MARK: Time

    /// Stops statements that run later than this long from now with `BL_TIMEOUT`; nil takes the limit away.
    public func setTimeout(_ duration: Duration?) {
        guard let duration else {
            control.deadline = .max
            return
        }
        let (sum, overflow) = monotonicNanoseconds().addingReportingOverflow(duration.clampedNanoseconds)
        control.deadline = overflow ? .max : sum
    }

    /// How long a writer waits in the branch's queue.
    public var busyTimeout: Duration {
        get { mainFile.busyTimeout }
        set { mainFile.busyTimeout = newValue }
    }

    // MARK: Another target

    /// Points an idle connection at another branch or version: cheaper than opening one.
    func retarget(_ target: BranchTarget, readOnly: Bool) throws(EngineError) {
        cache.removeAll()
        try detachAll()
        let (branch, fixed) = Connection.split(target)
        mainFile.rebind(branch: branch, fixed: fixed, isReadOnly: readOnly)
        self.target = target
        try dropCaches(of: ["main"])
        try choosePageSource()
    }

    /// Has SQLite take pages from the store's mapping, or keep them in its own cache where the whole database fits into it.
    func choosePageSource() throws(EngineError) {
        let pages = mainFile.fixed?.pageCount ?? store.branch(mainFile.branch).flatMap { store.version($0.head)?.pageCount } ?? 0
        let maps = pages > mainFile.state.pointee.cachePages
        mainFile.state.pointee.hasOutgrownCache = false
        guard maps != mainFile.state.pointee.mapsPages, mainFile.state.pointee.lock == SQLITE_LOCK_NONE else { return }
        try internally { () throws(EngineError) in try runRaw("PRAGMA main.mmap_size=\(maps ? Int64(Int32.max) : 0)") }
        mainFile.state.pointee.mapsPages = maps
    }

    /// Makes a connection that comes back from a session as good as new.
    func recycle() throws(EngineError) {
        transaction.abandon()
        cache.resetAll()
        if !isAutocommit { try internally { () throws(EngineError) in try runRaw("ROLLBACK") } }
        releaseStatementMoment()
        momentDepth = 0
        mainFile.moment = nil
        for attachment in attachments { attachment.file.moment = nil }
        mainFile.releaseWriter()
        mainFile.note = CommitNote()
        mainFile.storeError = nil
        mainFile.busyTimeout = options.busyTimeout
        mainFile.isReadOnly = mainFile.fixed != nil
        transaction.defaultIsolation = .readCommitted
        allowsDoubleQuotedStrings = options.allowsDoubleQuotedStrings
        functionContext.endMoment()
        functionContext.caller = nil
        control.deadline = .max
        interruptHandle.clear()
    }

    /// True while SQLite holds a lock on the branch or a statement runs.
    var isBusy: Bool { mainFile.state.pointee.lock != SQLITE_LOCK_NONE || !isAutocommit }

    /// Drops SQLite's page caches and schemas of the named databases: what they show has changed without SQLite.
    func dropCaches(of names: [String]) throws(EngineError) {
        for name in names { sqlite3_file_control(database, name, SQLITE_FCNTL_RESET_CACHE, nil) }
        try internally { () throws(EngineError) in
            // The documented way to have all schemas read again.
            _ = csqlite_db_config_flag(database, SQLITE_DBCONFIG_DEFENSIVE, 0)
            defer { _ = csqlite_db_config_flag(database, SQLITE_DBCONFIG_DEFENSIVE, 1) }
            try runRaw("PRAGMA writable_schema=RESET")
        }
    }

    static let maximumGenerationRetries = 8

    var movedTooOften: EngineError {
        EngineError(
            code: EngineErrorCode.busy, message: "the branch's head kept moving while the statement was prepared",
            hint: "run it again")
    }

    /// When a lock found a branch under another generation (its head was moved: restore, reset, fast-forward),
    /// drops what was cached of it. Returns true when there was one, so that the statement is worth another try.
    func followMovedHeads() throws(EngineError) -> Bool {
        var moved: [String] = []
        if mainFile.generationMoved {
            mainFile.forgetGeneration()
            moved.append("main")
        }
        for attachment in attachments where attachment.file.generationMoved {
            attachment.file.forgetGeneration()
            moved.append(attachment.alias)
        }
        guard !moved.isEmpty else { return false }
        try dropCaches(of: moved)
        return true
    }
}
