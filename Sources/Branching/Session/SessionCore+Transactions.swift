import Engine
import PageStore
import SQLDialect

/// BEGIN, COMMIT, ROLLBACK, savepoints, and how a transaction's changes to the branch's record go with its commit.
extension SessionCore {
    func runTransactionControl(_ control: TransactionStatement, _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        if isBorrowingBranch, case .begin = control {
            throw BranchLiteError("BL_UNSUPPORTED", "a request that names its branch cannot open a transaction", hint: "switch to the branch first")
        }
        if let open = transaction, let connection = held[open.branch] { arm(connection, limits) }
        switch control {
        case .begin(let lock, let characteristics):
            try begin(lock, TransactionTraits(isolation: characteristics.isolation, isReadOnly: characteristics.isReadOnly), limits)
            return done("BEGIN")
        case .commit(let chain):
            try commitTransaction()
            if chain { try begin(nil, .init(), limits) }
            return done("COMMIT")
        case .rollback(let chain):
            try rollbackTransaction()
            if chain { try begin(nil, .init(), limits) }
            return done("ROLLBACK")
        case .savepoint(let name):
            try savepoint(name.text, limits)
            return done("SAVEPOINT")
        case .release(let name):
            try release(name.text)
            return done("RELEASE")
        case .rollbackTo(let name):
            try rollback(to: name.text)
            return done("ROLLBACK")
        case .setCharacteristics(let characteristics, let session):
            if session {
                setDefaults(TransactionTraits(isolation: characteristics.isolation, isReadOnly: characteristics.isReadOnly))
            } else {
                try setTraits(TransactionTraits(isolation: characteristics.isolation, isReadOnly: characteristics.isReadOnly))
            }
            return done("SET")
        }
    }

    func begin(
        _ lock: TransactionStatement.Lock?, _ traits: TransactionTraits, _ limits: RunLimits
    ) throws(BranchLiteError) {
        if transaction != nil {
            throw BranchLiteError("BL_TRANSACTION_OPEN", "a transaction is open already", hint: "COMMIT or ROLLBACK it first, or use SAVEPOINT")
        }
        try requireLiving()
        let connection = try connection(to: branch)
        arm(connection, limits)
        let isolation = isolation(lock, traits)
        let readOnly = isReadOnly || (traits.isReadOnly ?? defaultTraits.isReadOnly ?? false)
        try mapEngine { () throws(EngineError) in
            try connection.transaction.begin(isolation, readOnly: readOnly)
        }
        transaction = OpenTransaction(
            branch: branch, isReadOnly: readOnly, isolation: traits.isolation ?? defaultTraits.isolation, settings: settingsMark)
    }

    /// The doors' default is READ COMMITTED; the `sqlite` dialect follows SQLite's own rules unless an isolation is named.
    private func isolation(
        _ lock: TransactionStatement.Lock?, _ traits: TransactionTraits
    ) -> TransactionIsolation {
        switch traits.isolation ?? defaultTraits.isolation {
        case .repeatableRead, .serializable: return .repeatableRead
        case .readCommitted, .readUncommitted: return .readCommitted
        case nil: break
        }
        switch lock {
        case .immediate, .exclusive: return .sqliteImmediate
        case .deferred: return .sqliteDeferred
        case nil: return dialect == .sqlite ? .sqliteDeferred : .readCommitted
        }
    }

    /// SET TRANSACTION: only before the transaction's first statement.
    func setTraits(_ traits: TransactionTraits) throws(BranchLiteError) {
        guard var open = transaction, let connection = held[open.branch] else {
            throw BranchLiteError("BL_NO_TRANSACTION", "SET TRANSACTION has a meaning only inside a transaction", hint: "BEGIN first")
        }
        if open.isUsed {
            throw BranchLiteError("BL_TRANSACTION_OPEN", "SET TRANSACTION must come before the transaction's first statement")
        }
        open.isReadOnly = isReadOnly || (traits.isReadOnly ?? open.isReadOnly)
        open.isolation = traits.isolation ?? open.isolation
        let isolation = isolation(nil, TransactionTraits(isolation: open.isolation, isReadOnly: nil))
        let readOnly = open.isReadOnly
        try mapEngine { () throws(EngineError) in
            try connection.transaction.rollback()
            try connection.transaction.begin(isolation, readOnly: readOnly)
        }
        transaction = open
    }

    /// The open transaction and its connection.
    /// - Throws: `BL_NO_TRANSACTION`.
    private func openTransaction(to what: String) throws(BranchLiteError) -> (OpenTransaction, Connection) {
        guard let transaction, let connection = held[transaction.branch] else {
            throw BranchLiteError("BL_NO_TRANSACTION", "there is no transaction to \(what)", hint: "BEGIN opens one")
        }
        return (transaction, connection)
    }

    func commitTransaction() throws(BranchLiteError) {
        let (open, connection) = try openTransaction(to: "commit")
        // A branch that was discarded meanwhile takes the transaction with it.
        try requireLiving()
        defer { if !connection.transaction.isOpen { forgetTransaction() } }
        if !commitActions.isEmpty, !connection.transaction.isAborted { try runCommitActions(on: open.branch) }
        try commit(connection, on: open.branch, owned: open.pendingOwned, refreshed: open.pendingRefreshed)
        endLocalSettings(of: open)
    }

    /// Commits what a connection has open, and with it, atomically, what changes in the branch's record: tables that became
    /// its own, and a merged branch that is written again and so is active again.
    func commit(_ connection: Connection, on branch: BranchID, owned: [String: OwnedTable]?, refreshed: [String: VersionID]? = nil) throws(BranchLiteError) {
        let record = try context.registry.living(branch).record
        let reactivates = record.status == .merged && connection.transaction.isWriting
        if owned == nil, !reactivates {
            try mapEngine { () throws(EngineError) in _ = try connection.transaction.commit() }
        } else {
            try context.registry.change(branch) { (record: inout BranchRecord) throws(BranchLiteError) in
                if let owned { record.owned = owned }
                if let refreshed { record.refreshed = refreshed }
                if record.status == .merged { record.status = .active }
            } write: { metadata throws(BranchLiteError) in
                try mapEngine { () throws(EngineError) in
                    connection.noteForNextCommit(mergedFrom: nil, metadata: metadata)
                    _ = try connection.transaction.commit()
                }
            }
        }
        touch(branch)
    }

    func rollbackTransaction() throws(BranchLiteError) {
        let (open, connection) = try openTransaction(to: "roll back")
        defer { forgetTransaction() }
        if let mark = open.settings { restoreSettings(mark) }
        try mapEngine { () throws(EngineError) in try connection.transaction.rollback() }
    }

    /// Rolls back whatever is open, without an error.
    func abandonTransaction() {
        guard let open = transaction else { return }
        held[open.branch]?.transaction.abandon()
        if let mark = open.settings { restoreSettings(mark) }
        forgetTransaction()
    }

    private func forgetTransaction() {
        transaction = nil
        localSchema = nil
        endTransactionLocks()
        signal.idle(since: nil)
    }

    // MARK: - Savepoints

    private func savepoint(_ name: String, _ limits: RunLimits) throws(BranchLiteError) {
        if transaction == nil {
            // Outside a transaction a savepoint opens one, as in SQLite; releasing it commits.
            try requireLiving()
            let connection = try connection(to: branch)
            arm(connection, limits)
            connection.transaction.defaultIsolation = isolation(nil, .init())
            try mapEngine { () throws(EngineError) in try connection.transaction.savepoint(name) }
            transaction = OpenTransaction(
                branch: branch, isReadOnly: isReadOnly, beganWithSavepoint: true, savepoints: [(name, nil, nil, settingsMark, locksMark)], settings: settingsMark)
            return
        }
        let (open, connection) = try openTransaction(to: "set a savepoint in")
        try mapEngine { () throws(EngineError) in try connection.transaction.savepoint(name) }
        let mark = settingsMark
        transaction?.savepoints.append((name, open.pendingOwned, open.pendingRefreshed, mark, locksMark))
    }

    private func release(_ name: String) throws(BranchLiteError) {
        let (open, connection) = try openTransaction(to: "release a savepoint of")
        let index = open.savepoints.lastIndex { $0.name.lowercased() == name.lowercased() }
        // The engine commits when this savepoint opened the transaction; the record must go with that commit.
        if index == 0, open.beganWithSavepoint {
            try commitTransaction()
            return
        }
        try mapEngine { () throws(EngineError) in _ = try connection.transaction.release(name) }
        if let index { transaction?.savepoints.removeSubrange(index...) }
    }

    private func rollback(to name: String) throws(BranchLiteError) {
        let (open, connection) = try openTransaction(to: "roll back in")
        try mapEngine { () throws(EngineError) in try connection.transaction.rollback(to: name) }
        localSchema = nil
        if let index = open.savepoints.lastIndex(where: { $0.name.lowercased() == name.lowercased() }) {
            transaction?.pendingOwned = open.savepoints[index].owned
            transaction?.pendingRefreshed = open.savepoints[index].refreshed
            restoreSettings(open.savepoints[index].settings)
            restoreTransactionLocks(open.savepoints[index].locks)
            transaction?.savepoints.removeSubrange((index + 1)...)
        }
    }

    // MARK: - Idle

    /// Called by the maintenance thread through the session's actor.
    func expireTransaction() {
        guard transaction != nil else { return }
        abandonTransaction()
        releaseConnections()
        wasExpired = true
    }
}
