import CSQLite
import PageStore

/// How a transaction sees the store.
public enum TransactionIsolation: Sendable, Hashable {
    /// Each reading statement sees the newest committed version; the first write takes the branch's writer slot.
    case readCommitted
    /// Everything is read at the store moment of the first statement; a write on a branch that has moved since
    /// fails with `BL_STALE_SNAPSHOT`.
    case repeatableRead
    /// SQLite's own rules for BEGIN DEFERRED: the first read pins, a later write can find itself stale.
    case sqliteDeferred
    /// SQLite's own rules for BEGIN IMMEDIATE and EXCLUSIVE: the writer slot is taken at once.
    case sqliteImmediate
}

/// The explicit transaction of one connection, after SEMANTICS' rules.
///
/// Under READ COMMITTED nothing is held in SQLite until the first write: statements run in SQLite's autocommit mode,
/// and savepoints opened by then are remembered. The first write waits for the branch's writer slot, starts SQLite's
/// transaction on the newest version, and opens the remembered savepoints in it.
///
/// From then on SQLite keeps what the transaction reads of attached branches as it was at the first such read, until
/// the transaction ends; its own branch cannot change meanwhile, because it holds the slot.
public final class SessionTransaction {
    private enum Phase: Equatable {
        case idle
        /// Open, nothing begun in SQLite.
        case reading
        /// Open, SQLite's transaction begun.
        case inSQLite
        /// SQLite rolled everything back after an error; only ROLLBACK (or COMMIT, which fails) ends it.
        case aborted
    }

    private unowned(unsafe) let connection: Connection // the connection owns this object
    private var phase = Phase.idle
    private var savepoints: [String] = []
    private var beganWithSavepoint = false
    private var lastUse: UInt64 = 0
    private var wasReadOnly = false
    /// The store moment of a REPEATABLE READ transaction: the branch's version at its first statement.
    private var moment: VersionID?

    /// The isolation of the open transaction, or of the next one that `BEGIN` as SQL text opens.
    public private(set) var isolation = TransactionIsolation.readCommitted
    /// What `BEGIN` as SQL text opens on this connection.
    public var defaultIsolation = TransactionIsolation.readCommitted
    /// True when the open transaction refuses writes.
    public private(set) var isReadOnly = false

    init(connection: Connection) { self.connection = connection }

    /// True from BEGIN to COMMIT or ROLLBACK.
    public var isOpen: Bool { phase != .idle }
    /// True once it holds the writer slot with changes possible.
    public var isWriting: Bool { phase == .inSQLite && connection.mainFile.state.pointee.transaction != nil }
    /// True when an error rolled it back and it waits for ROLLBACK.
    public var isAborted: Bool { phase == .aborted }
    /// True when files keep their pinned moment between statements.
    public var pinsMoment: Bool { moment != nil }

    // MARK: Begin and end

    /// Opens a transaction. Throws `BL_TRANSACTION_OPEN` inside one.
    public func begin(_ isolation: TransactionIsolation? = nil, readOnly: Bool = false) throws(EngineError) {
        guard phase == .idle else {
            throw EngineError(
                code: EngineErrorCode.transactionOpen, message: "a transaction is open already",
                hint: "COMMIT or ROLLBACK it first, or use SAVEPOINT")
        }
        let isolation = isolation ?? defaultIsolation
        switch isolation {
        case .readCommitted, .repeatableRead: phase = .reading
        case .sqliteDeferred:
            try control("BEGIN")
            phase = .inSQLite
        case .sqliteImmediate:
            try control(readOnly ? "BEGIN" : "BEGIN IMMEDIATE")
            phase = .inSQLite
        }
        self.isolation = isolation
        isReadOnly = readOnly
        wasReadOnly = connection.isReadOnly
        if readOnly { connection.isReadOnly = true }
        savepoints = []
        beganWithSavepoint = false
        connection.functionContext.endMoment()
        touch()
    }

    /// Commits. Returns the version it made, or nil when there was nothing to commit.
    ///
    /// If it fails, everything is rolled back and the transaction is over; under SQLite's own rules a deferred
    /// constraint leaves it open, as SQLite does.
    ///
    /// What `Connection.noteForNextCommit` says is recorded in a version of its own even where no row has changed.
    @discardableResult
    public func commit() throws(EngineError) -> VersionID? {
        if phase == .reading || phase == .inSQLite, !connection.mainFile.note.isEmpty, !isWriting {
            do {
                try writeForNote()
            } catch {
                abandon()
                throw error
            }
        }
        switch phase {
        case .idle:
            throw EngineError(code: EngineErrorCode.noTransaction, message: "there is no transaction to commit")
        case .reading:
            end()
            return nil
        case .aborted:
            end()
            throw EngineError(
                code: EngineErrorCode.transactionAborted, message: "an error had rolled this transaction back; nothing was committed")
        case .inSQLite:
            let before = connection.lastCommittedVersion
            do {
                try control("COMMIT")
            } catch {
                let followsSQLite = isolation == .sqliteDeferred || isolation == .sqliteImmediate
                if followsSQLite, !connection.isAutocommit { throw error }
                rollbackSQLite()
                end()
                throw error
            }
            end()
            let after = connection.lastCommittedVersion
            return after == before ? nil : after
        }
    }

    /// Makes SQLite commit although nothing has changed: `user_version` becomes what it is. The store then finds page 1
    /// unchanged and writes only the record of the version.
    private func writeForNote() throws(EngineError) {
        if phase == .reading { try beginWriting() }
        guard case .integer(let version)? = try connection.query("PRAGMA main.user_version").first?.first else { return }
        try control("PRAGMA main.user_version=\(version)")
    }

    /// Rolls everything back. Throws `BL_NO_TRANSACTION` outside a transaction.
    public func rollback() throws(EngineError) {
        guard phase != .idle else {
            throw EngineError(code: EngineErrorCode.noTransaction, message: "there is no transaction to roll back")
        }
        abandon()
    }

    /// Rolls back what is open, if anything.
    public func abandon() {
        guard phase != .idle else { return }
        rollbackSQLite()
        end()
    }

    private func rollbackSQLite() {
        guard !connection.isAutocommit else { return }
        // Statements still running are ended by it; a failure leaves autocommit on or the pages dropped with the lock.
        try? control("ROLLBACK")
    }

    private func end() {
        phase = .idle
        savepoints = []
        if isReadOnly { connection.isReadOnly = wasReadOnly }
        isReadOnly = false
        if moment != nil {
            moment = nil
            connection.releaseMoments()
        }
        connection.mainFile.writesPrivately = false
        connection.mainFile.releaseWriter()
        connection.mainFile.releaseUnusedWriter()
        connection.noteForNextCommit(mergedFrom: nil, metadata: nil)
        isolation = defaultIsolation
    }

    // MARK: Savepoints

    /// Opens a savepoint; outside a transaction it opens one, as SQLite does.
    public func savepoint(_ name: String) throws(EngineError) {
        if phase == .idle {
            try begin()
            beganWithSavepoint = true
        }
        try refuseWhenAborted()
        if phase == .inSQLite { try control("SAVEPOINT \(quoteIdentifier(name))") }
        savepoints.append(name)
        touch()
    }

    /// Releases a savepoint and those opened after it; the one that opened the transaction commits it.
    @discardableResult
    public func release(_ name: String) throws(EngineError) -> VersionID? {
        try refuseWhenAborted()
        let index = try find(name)
        if index == 0, beganWithSavepoint { return try commit() }
        if phase == .inSQLite { try control("RELEASE \(quoteIdentifier(name))") }
        savepoints.removeSubrange(index...)
        touch()
        return nil
    }

    /// Undoes what was done since the savepoint, which stays open.
    public func rollback(to name: String) throws(EngineError) {
        try refuseWhenAborted()
        let index = try find(name)
        if phase == .inSQLite { try control("ROLLBACK TO \(quoteIdentifier(name))") }
        savepoints.removeSubrange((index + 1)...)
        touch()
    }

    private func find(_ name: String) throws(EngineError) -> Int {
        let wanted = name.lowercased()
        guard let index = savepoints.lastIndex(where: { $0.lowercased() == wanted }) else {
            throw EngineError(
                code: EngineErrorCode.noSuchSavepoint, message: "there is no savepoint named \(quoteIdentifier(name))",
                constraint: name)
        }
        return index
    }

    private func refuseWhenAborted() throws(EngineError) {
        guard phase == .aborted else { return }
        throw EngineError(
            code: EngineErrorCode.transactionAborted, message: "an error has rolled this transaction back",
            hint: "ROLLBACK it and run it again")
    }

    // MARK: Statements

    /// Before a statement of this transaction runs.
    func willRun(_ statement: Statement) throws(EngineError) {
        guard phase != .idle else { return }
        try refuseWhenAborted()
        touch()
        if isReadOnly, statement.writesBranch { throw connection.readOnlyError() }
        try pinMoment()
        if phase == .reading, !statement.isReadOnly { try beginWriting() }
    }

    /// Pins the version that a REPEATABLE READ transaction reads, unless it has read already.
    public func pinMoment() throws(EngineError) {
        guard isolation == .repeatableRead, phase != .idle, moment == nil else { return }
        try connection.pin(connection.unpinnedFiles(withMain: true))
        moment = connection.mainFile.moment?.version ?? connection.mainFile.fixed?.version
    }

    /// The first write: the writer slot, then SQLite's transaction and the savepoints opened so far.
    private func beginWriting() throws(EngineError) {
        if !isReadOnly {
            try connection.takeWriter()
            if let moment, connection.store.branch(connection.mainFile.branch)?.head != moment {
                connection.mainFile.releaseWriter()
                throw connection.staleSnapshot()
            }
        }
        do {
            try control("BEGIN")
            phase = .inSQLite
            for name in savepoints { try control("SAVEPOINT \(quoteIdentifier(name))") }
        } catch {
            connection.mainFile.releaseWriter()
            throw error
        }
    }

    /// Takes the writer slot and begins SQLite's transaction now, as the first write would.
    public func prepareToWrite() throws(EngineError) {
        try refuseWhenAborted()
        guard phase != .idle else {
            throw EngineError(code: EngineErrorCode.noTransaction, message: "there is no transaction to write in")
        }
        if isReadOnly { throw connection.readOnlyError() }
        if phase == .reading { try beginWriting() }
    }

    /// Begins SQLite's transaction now, without the branch's writer slot: others go on writing the branch, and nobody sees what is
    /// written here. It can be rolled back, or committed after ``claimWriter()``.
    ///
    /// - Returns: the version that it is based on.
    public func prepareToWritePrivately() throws(EngineError) -> VersionID {
        try refuseWhenAborted()
        guard phase == .reading else {
            throw EngineError(code: EngineErrorCode.noTransaction, message: "there is no transaction without changes to write in")
        }
        if isReadOnly { throw connection.readOnlyError() }
        connection.mainFile.writesPrivately = true
        try control("BEGIN")
        phase = .inSQLite
        // The first read pins the version.
        _ = try connection.query("PRAGMA main.user_version")
        guard let version = connection.mainFile.pinnedVersion else {
            throw EngineError(code: EngineErrorCode.noTransaction, message: "the transaction reads no version")
        }
        return version
    }

    /// Waits for the writer slot for a transaction that began without it.
    ///
    /// - Throws: `BL_STALE_HEAD` when the branch has moved since the transaction began, `BL_BUSY`; roll back then.
    public func claimWriter() throws(EngineError) {
        do throws(StoreError) {
            try connection.mainFile.claimWriter()
        } catch {
            throw EngineError(error)
        }
    }

    /// After an error: SQLite may have rolled back the whole transaction (disk full, I/O error).
    func noticeRollback() {
        if phase == .inSQLite, connection.isAutocommit {
            phase = .aborted
            connection.mainFile.releaseWriter()
        }
    }

    /// A branch as of the moment of a REPEATABLE READ transaction.
    public func snapshotAtMoment(of branch: BranchID) throws(EngineError) -> Snapshot {
        guard let moment else {
            throw EngineError(code: EngineErrorCode.noTransaction, message: "the transaction has no moment")
        }
        return try connection.snapshot(of: branch, notAfter: moment)
    }

    private func control(_ sql: String) throws(EngineError) {
        try connection.internally { () throws(EngineError) in try connection.runRaw(sql) }
    }

    // MARK: Idle transactions

    /// Notes that the transaction is in use.
    func touch() { lastUse = monotonicNanoseconds() }

    /// How long the open transaction has been idle; nil when none is open.
    public var idleTime: Duration? {
        guard isOpen else { return nil }
        return .nanoseconds(Int64(clamping: monotonicNanoseconds() &- lastUse))
    }

    /// Rolls the transaction back when it has been idle longer than the Engine's limit, so that it does not pin old
    /// pages or keep the writer slot. Call it on the connection's thread. Returns true when it did; the next
    /// statement then gets `BL_TRANSACTION_ABORTED` until ROLLBACK.
    public func rollbackIfIdle() -> Bool {
        guard phase != .aborted, let idleTime, idleTime >= connection.options.idleTransactionTimeout else { return false }
        rollbackSQLite()
        phase = .aborted
        if moment != nil {
            moment = nil
            connection.releaseMoments()
        }
        connection.mainFile.releaseWriter()
        return true
    }
}

extension Connection {
    /// Runs BEGIN, COMMIT, ROLLBACK, SAVEPOINT and RELEASE that came as SQL text.
    func runControl(_ statement: Statement) throws(EngineError) {
        switch statement.facts.transaction {
        case .begin:
            let isImmediate = !statement.isReadOnly
            let followsSQLite = transaction.defaultIsolation == .sqliteDeferred || transaction.defaultIsolation == .sqliteImmediate
            if followsSQLite {
                try transaction.begin(isImmediate ? .sqliteImmediate : transaction.defaultIsolation)
            } else {
                try transaction.begin()
                if isImmediate { try transaction.prepareToWrite() }
            }
        case .commit: try transaction.commit()
        case .rollback: try transaction.rollback()
        case nil:
            let name = statement.facts.savepointName ?? ""
            switch statement.facts.savepoint {
            case .open: try transaction.savepoint(name)
            case .release: try transaction.release(name)
            case .rollbackTo: try transaction.rollback(to: name)
            case nil: break
            }
        }
    }
}
