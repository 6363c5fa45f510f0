import CSQLite
import PageStore

// What happens around each run of a statement: transaction rules, the store moment, and errors.
extension Connection {
    /// Before a statement's first step.
    func willBegin(_ statement: Statement) throws(EngineError) {
        if control.deadline != .max || interruptHandle.isInterrupted { try throwIfStopped() }
        if statement.facts.changesTemporarySchema || statement.facts.changesConnection { isTainted = true }
        if !transaction.isOpen {
            if mainFile.state.pointee.hasOutgrownCache { try choosePageSource() }
            functionContext.endMoment()
            if attachments.isEmpty { return }
        }
        try transaction.willRun(statement)
        if statement.readsAttached, momentDepth == 0, !transaction.pinsMoment {
            try pinStatementMoment(statement)
        }
    }

    /// After a statement's run, whatever its end.
    @inline(__always)
    func didFinish(_ statement: Statement) {
        if hasStatementMoment { releaseStatementMoment() }
        if statementHoldsWriter {
            statementHoldsWriter = false
            mainFile.releaseWriter()
        }
        if transaction.isOpen { transaction.touch() }
    }

    private func throwIfStopped() throws(EngineError) {
        if interruptHandle.isInterrupted {
            interruptHandle.clear()
            throw Connection.interruptedError()
        }
        if control.hasExpired { throw Connection.timeoutError() }
    }

    /// A failed step: another try where a moved head was the cause, else the error.
    func recover(_ statement: Statement, _ firstCode: Int32) throws(EngineError) -> Bool {
        var code = firstCode
        var retries = 0
        while retries < Connection.maximumGenerationRetries {
            if code & 0xff == SQLITE_BUSY {
                sqlite3_reset(statement.handle)
                guard try followMovedHeads() else { break }
                retries += 1
            } else {
                // Prepared anew because the schema changed, it may need functions that a view now calls.
                guard code == SQLITE_ERROR, supplyFunctions(for: Substring(statement.sql)) else { break }
                sqlite3_reset(statement.handle)
            }
            code = sqlite3_step(statement.handle)
            statement.refreshColumnCount()
            if code == SQLITE_ROW { return true }
            if code == SQLITE_DONE {
                statement.isActive = false
                didFinish(statement)
                return false
            }
        }
        let error = error(code)
        sqlite3_reset(statement.handle)
        statement.isActive = false
        mainFile.releaseUnusedWriter()
        didFinish(statement)
        transaction.noticeRollback()
        if !transaction.isOpen { noteForNextCommit(mergedFrom: nil, metadata: nil) }
        throw error
    }

    // MARK: Errors

    /// Makes the error of a failed call, from the store's own error where there is one.
    func error(_ code: Int32) -> EngineError {
        let primary = code & 0xff
        switch primary {
        case SQLITE_INTERRUPT:
            if interruptHandle.isInterrupted {
                interruptHandle.clear()
                return Connection.interruptedError(code)
            }
            return control.hasExpired ? Connection.timeoutError(code) : Connection.interruptedError(code)
        case SQLITE_AUTH, SQLITE_ERROR: // a refused function comes as SQLITE_ERROR
            if let reason = authorizer.denial {
                authorizer.denial = nil
                return EngineError(code: EngineErrorCode.denied, sqliteCode: code, message: reason)
            }
        case SQLITE_BUSY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CORRUPT, SQLITE_READONLY, SQLITE_CANTOPEN:
            if let storeError = takeStoreError() {
                if case .writerBusy = storeError {
                    if interruptHandle.isInterrupted {
                        interruptHandle.clear()
                        return Connection.interruptedError(code)
                    }
                    if control.hasExpired { return Connection.timeoutError(code) }
                }
                var error = EngineError(storeError)
                error.sqliteCode = code
                return error
            }
            if primary == SQLITE_BUSY, mainFile.snapshotIsStale { return staleSnapshot(code) }
            if primary == SQLITE_READONLY { return readOnlyError(code) }
        default:
            break
        }
        return EngineError(result: code, database: database)
    }

    private func takeStoreError() -> StoreError? {
        var found = mainFile.storeError
        mainFile.storeError = nil
        for attachment in attachments {
            found = found ?? attachment.file.storeError
            attachment.file.storeError = nil
        }
        return found
    }

    static func interruptedError(_ code: Int32 = SQLITE_INTERRUPT) -> EngineError {
        EngineError(code: EngineErrorCode.interrupted, sqliteCode: code, message: "the statement was interrupted")
    }

    static func timeoutError(_ code: Int32 = SQLITE_INTERRUPT) -> EngineError {
        EngineError(code: EngineErrorCode.timeout, sqliteCode: code, message: "the statement ran into its time limit")
    }

    func staleSnapshot(_ code: Int32 = SQLITE_BUSY) -> EngineError {
        EngineError(
            code: EngineErrorCode.staleSnapshot, sqliteCode: code,
            message: "branch \(mainFile.branch.hex) was written since this transaction first read it",
            hint: "roll back and run the transaction again")
    }

    func readOnlyError(_ code: Int32 = SQLITE_READONLY) -> EngineError {
        let what = mainFile.fixed != nil ? "a past version" : transaction.isOpen ? "a read-only transaction" : "a read-only connection"
        return EngineError(code: EngineErrorCode.readOnly, sqliteCode: code, message: "\(what) cannot be written")
    }

    // MARK: One moment of the store

    /// Pins the branch and all attached branches at one moment of the store for the statement that is about to run.
    /// A statement that writes takes the writer slot first: the moment is then one with its branch's head.
    private func pinStatementMoment(_ statement: Statement) throws(EngineError) {
        let mainIsWriting = mainFile.state.pointee.transaction != nil
        if statement.writesBranch, !mainIsWriting, !mainFile.holdsSlotAcrossTransactions {
            try takeWriter()
            statementHoldsWriter = true
        }
        try pin(unpinnedFiles(withMain: !mainIsWriting))
        hasStatementMoment = true
    }

    func releaseStatementMoment() {
        guard hasStatementMoment else { return }
        hasStatementMoment = false
        releaseMoments()
    }

    /// Runs `body` with the branch and all branches attached now reading one moment of the store throughout.
    /// Inside it a write fails with `BL_STALE_SNAPSHOT` when the branch has moved on since.
    public func withMoment<Result>(_ body: () throws(EngineError) -> Result) throws(EngineError) -> Result {
        if momentDepth == 0 { try pin(unpinnedFiles(withMain: mainFile.state.pointee.transaction == nil)) }
        momentDepth += 1
        defer {
            momentDepth -= 1
            if momentDepth == 0 { releaseMoments() }
        }
        return try body()
    }

    /// Files whose version is still open: not fixed, not pinned, and without a lock that has pinned them.
    func unpinnedFiles(withMain: Bool) -> [BranchFile] {
        var files: [BranchFile] = []
        if withMain, mainFile.fixed == nil, mainFile.moment == nil { files.append(mainFile) }
        for attachment in attachments where attachment.file.fixed == nil && attachment.file.moment == nil {
            files.append(attachment.file)
        }
        return files
    }

    func pin(_ files: [BranchFile]) throws(EngineError) {
        guard !files.isEmpty else { return }
        let snapshots: [Snapshot]
        do throws(StoreError) {
            snapshots = try store.snapshots(of: files.map(\.branch))
        } catch {
            throw EngineError(error)
        }
        for (file, snapshot) in zip(files, snapshots) { file.moment = snapshot }
    }

    func releaseMoments() {
        guard !transaction.pinsMoment else { return }
        mainFile.moment = nil
        for attachment in attachments { attachment.file.moment = nil }
    }

    // MARK: The writer slot

    /// Takes the branch's writer slot, waiting in the fair queue up to `busyTimeout`, and keeps it until
    /// `releaseWriter()`. Transactions do this by themselves; it is for operations of more than one commit.
    public func acquireWriter() throws(EngineError) { try takeWriter() }

    /// Gives the writer slot back.
    public func releaseWriter() { mainFile.releaseWriter() }

    /// The writer slot while it is held, for head moves and page-level writes through the store.
    public var writerSlot: WriterSlot? { mainFile.slot }

    func takeWriter() throws(EngineError) {
        do throws(StoreError) {
            try mainFile.acquireWriter()
        } catch {
            mainFile.storeError = error
            throw self.error(SQLITE_BUSY)
        }
    }
}
