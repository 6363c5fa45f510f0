/// Advisory locks of a session: when they end, and what of them a statement that is run again gives back.
extension SessionCore {
    /// Who asks for locks, as the functions take it. `lock_timeout` limits the wait, nothing else does but the statement's own limit.
    var lockOwner: String {
        let limit = settings.lockTimeout.map { String(Int64($0.milliseconds.rounded(.up))) } ?? ""
        return "\(number)@\(branch.hex)@\(limit)"
    }

    /// What is held before a statement that uses locks.
    func markLocks() -> AdvisoryLocks.Mark {
        usesAdvisoryLocks = true
        return context.locks.mark(session: number)
    }

    /// What is held when a savepoint is opened; nil: nothing.
    var locksMark: AdvisoryLocks.Mark? { usesAdvisoryLocks ? context.locks.mark(session: number) : nil }

    /// A savepoint that is rolled back to takes back the transaction's locks that came after it; the session's stay.
    func restoreTransactionLocks(_ mark: AdvisoryLocks.Mark?) {
        guard usesAdvisoryLocks else { return }
        if let mark {
            context.locks.giveBack(to: mark, ofTransaction: true, session: number)
        } else {
            context.locks.endTransaction(session: number)
        }
    }

    func endTransactionLocks() {
        if usesAdvisoryLocks { context.locks.endTransaction(session: number) }
    }
}
