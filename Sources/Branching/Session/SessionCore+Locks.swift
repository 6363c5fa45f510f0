/// Advisory locks of a session: when they end, and what of them a statement that is run again gives back.
extension SessionCore {
    /// What is held when a savepoint is opened, or before a statement that uses locks; nil: nothing.
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

    /// What a statement has taken that is to be run again.
    func giveBackLocks(to mark: AdvisoryLocks.Mark?) {
        guard usesAdvisoryLocks else { return }
        if let mark {
            context.locks.giveBack(to: mark, ofTransaction: false, session: number)
        } else {
            context.locks.endSession(number)
        }
    }

    func endTransactionLocks() {
        if usesAdvisoryLocks { context.locks.endTransaction(session: number) }
    }

    /// After a statement outside of transactions.
    func endStatementTransaction() {
        statementNumber = nil
        endTransactionLocks()
    }
}
