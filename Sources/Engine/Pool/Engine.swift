import CSQLite
import PageStore

/// SQLite on one page store: hands out connections to its branches.
///
/// ```swift
/// let store = try Store.open(path: ":memory:", options: StoreOptions())
/// let engine = try Engine(store: store)
/// let connection = try engine.checkout(.head(.main))
/// try connection.execute("CREATE TABLE t(x)")
/// engine.checkin(connection)
/// ```
public final class Engine: Sendable {
    /// The store; forks, discards and head moves go straight to it.
    public let store: Store
    public let options: EngineOptions
    private let pool: ConnectionPool
    private let register: @Sendable (OpaquePointer) throws(EngineError) -> Void

    /// Makes an engine on an open store. A store that has no data yet gets main's empty database.
    ///
    /// - Parameter register: adds SQL functions and collations to each new connection besides BranchLite's own.
    public init(
        store: Store, options: EngineOptions = EngineOptions(),
        register: @escaping @Sendable (OpaquePointer) throws(EngineError) -> Void = { (_: OpaquePointer) throws(EngineError) in }
    ) throws(EngineError) {
        try BranchVFS.registration.get()
        self.store = store
        self.options = options
        self.register = register
        pool = ConnectionPool(options: options)
        try Engine.bootstrap(store)
    }

    /// Gives a new store's main an empty SQLite database (page size of the store, UTF-8, incremental auto-vacuum).
    /// Does nothing where main has one.
    public static func bootstrap(_ store: Store) throws(EngineError) {
        do throws(StoreError) {
            guard try store.snapshot(of: .main).pageCount == 0 else { return }
        } catch {
            throw EngineError(error)
        }
        let connection = try Connection(
            store: store, target: .head(.main), readOnly: false, options: EngineOptions(),
            register: { (_: OpaquePointer) throws(EngineError) in })
        defer { connection.close() }
        try connection.internally { () throws(EngineError) in
            try connection.runRaw("PRAGMA page_size=\(store.pageSize); PRAGMA auto_vacuum=INCREMENTAL; PRAGMA user_version=0")
        }
    }

    // MARK: Connections

    /// A connection to a branch or version, from the pool or new. Give it back with `checkin`.
    ///
    /// May be called from any thread; the connection then belongs to the caller's.
    /// Throws `BL_BRANCH_GONE`, `BL_TOO_MANY_CONNECTIONS`.
    public func checkout(_ target: BranchTarget, readOnly: Bool = false) throws(EngineError) -> sending Connection {
        var generation: UInt64?
        if case .head(let branch) = target {
            guard let entry = store.branch(branch) else { throw EngineError(StoreError.noSuchBranch(branch)) }
            generation = entry.generation
        }
        switch try pool.checkout(target, generation: generation) {
        case .ready(let connection):
            connection.isReadOnly = readOnly
            return connection
        case .retarget(let connection):
            do {
                try connection.retarget(target, readOnly: readOnly)
                return connection
            } catch {
                connection.close() // and open a new one: what stood in the way ends with it
            }
            return try open(target, readOnly: readOnly)
        case .open:
            return try open(target, readOnly: readOnly)
        }
    }

    private func open(_ target: BranchTarget, readOnly: Bool) throws(EngineError) -> sending Connection {
        do {
            return try Connection(
                store: store, target: target, readOnly: readOnly, options: options, register: register)
        } catch {
            pool.forgetLoan()
            throw error
        }
    }

    /// Gives a connection back. What it has open is rolled back. A connection whose settings were changed, or that
    /// has temporary tables, is closed.
    /// The caller must not use it any more.
    public func checkin(_ connection: Connection) {
        var branch: BranchID?
        if !connection.isTainted, case .head(let target) = connection.target {
            do throws(EngineError) {
                try connection.recycle()
                if !connection.isBusy { branch = target }
            } catch {
                branch = nil
            }
        }
        if branch == nil { connection.transaction.abandon() }
        let generation = connection.mainFile.generation
        nonisolated(unsafe) let returned = connection // by contract nobody else uses it from here on
        for closing in pool.checkin(returned, branch: branch, generation: generation) { closing.close() }
    }

    /// Whether a connection to a branch's head is still one: false when the branch is gone or its head was moved without SQLite.
    public func isCurrent(_ connection: Connection) -> Bool {
        guard case .head(let branch) = connection.target, let entry = store.branch(branch) else { return false }
        return connection.mainFile.generation == entry.generation
    }

    /// Closes the idle connections of a branch that is no more.
    public func evict(_ branch: BranchID) {
        for connection in pool.evict(branch) { connection.close() }
    }

    /// Connections idle in the pool and lent out.
    public var connectionCounts: (idle: Int, lent: Int) { pool.counts }

    /// Closes the idle connections; those lent out close as they come back. The store stays open.
    public func close() { pool.closeAll() }

    /// What `VACUUM` means here: gives a branch's free pages back to the store and lets the store reclaim what nothing
    /// reaches any more.
    public func vacuum(_ branch: BranchID) throws(EngineError) {
        try withConnection(.head(branch)) { (connection) throws(EngineError) in try connection.vacuum() }
        do throws(StoreError) {
            _ = try store.reclaim()
        } catch {
            throw EngineError(error)
        }
    }

    /// Runs `body` with a connection of the pool on the calling thread.
    public func withConnection<Result>(
        _ target: BranchTarget, readOnly: Bool = false, _ body: (Connection) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        let connection = try checkout(target, readOnly: readOnly)
        do {
            let result = try body(connection)
            checkin(connection)
            return result
        } catch {
            checkin(connection)
            throw error
        }
    }
}
