import Engine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What SQL functions ask of the session and do in its name.
extension SessionCore: StatementCaller {
    var processID: Int32 { signal.backend?.processID ?? getpid() }

    func transactionID(assigning: Bool) -> Int64? {
        let isWriting = transaction.flatMap { held[$0.branch]?.transaction.isWriting } ?? false
        if let known = transaction == nil ? statementNumber : transaction?.number { return known }
        guard assigning || isWriting else { return nil }
        let number = context.transactionNumbers.add(1, ordering: .relaxed).newValue
        if transaction == nil { statementNumber = number } else { transaction?.number = number }
        return number
    }

    func signalBackend(_ processID: Int64, terminates: Bool) throws(EngineError) -> Bool {
        guard let own = signal.backend else {
            throw EngineError(code: "BL_DENIED", message: "only sessions of the PostgreSQL door can cancel or end others")
        }
        guard let other = context.sessions.backend(processID), let backend = other.backend else { return false }
        guard own.isAdmin || own.principal == backend.principal else {
            throw EngineError(code: "BL_DENIED", message: "the session \(processID) is another user's, and only an administrator can \(terminates ? "end" : "cancel") it")
        }
        // One that ends itself still answers.
        if terminates { other.terminate(stopping: other !== signal) } else { other.cancel() }
        return true
    }

    func setSetting(_ name: String, to value: String?, isLocal: Bool) throws(EngineError) -> String {
        let key = name.lowercased()
        // These change what the running statement stands on.
        guard !["branch", "branchlite.branch", "search_path", "schema", "dialect", "branchlite.dialect"].contains(key) else {
            throw EngineError(code: "BL_UNSUPPORTED", message: "set_config() of \(key) can only stand alone, with constants: SELECT set_config(…)")
        }
        do throws(BranchLiteError) {
            _ = try set(key, value.map { [.text($0)] } ?? [], isLocal: isLocal, RunLimits(isReadOnly: isReadOnly))
        } catch {
            throw EngineError(code: error.code, message: error.message, hint: error.hint)
        }
        return value ?? settings[key] ?? ""
    }

    // MARK: - Advisory locks

    func tryLock(_ request: AdvisoryLockRequest) -> Bool {
        usesAdvisoryLocks = true
        return context.locks.tryLock(request, on: branch, session: number)
    }

    /// `lock_timeout` limits the wait; nothing else does but the statement's own limit.
    func lock(_ request: AdvisoryLockRequest, isStopped: () -> Bool) throws(EngineError) -> Bool {
        usesAdvisoryLocks = true
        return try context.locks.lock(request, on: branch, session: number, limit: settings.lockTimeout, isStopped: isStopped)
    }

    func unlock(_ request: AdvisoryLockRequest) -> Bool { context.locks.unlock(request, on: branch, session: number) }

    func unlockAll() { context.locks.unlockAll(session: number) }
}
