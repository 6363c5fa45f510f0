import Branching
import Engine
import SQLDialect

/// The transaction as the client sees it.
enum TransactionBlock: Equatable {
    case none
    /// The statements of one message, or up to Sync.
    case implicit
    case open
    /// An error has happened in it: nothing is done until ROLLBACK.
    case failed

    var status: TransactionStatus {
        switch self {
        case .none, .implicit: .idle
        case .open: .inTransaction
        case .failed: .failed
        }
    }
}

/// PostgreSQL's rules of transactions (https://www.postgresql.org/docs/15/protocol-flow.html, "Multiple Statements in a Simple
/// Query" and "Pipelining"), which the session below knows only as far as a transaction is open or not.
extension Conversation {
    private static let failedMessage = "current transaction is aborted, commands ignored until end of transaction block"

    /// Refuses all but the end of a failed transaction.
    func requireUsable(_ text: StatementText) throws(BranchLiteError) {
        guard block == .failed else { return }
        switch text.control {
        case .commit, .rollback, .rollbackTo: return
        default: throw BranchLiteError("BL_FAILED_TRANSACTION", Conversation.failedMessage)
        }
    }

    /// Runs one statement under the rules of the block and gives its command tag without counts.
    ///
    /// - Parameter moreFollows: other statements belong to the same implicit transaction.
    func run(
        _ text: StatementText, values: [TypedValue], types: [DuckType], into receiver: any RowReceiver, moreFollows: Bool
    ) throws(BranchLiteError) -> Completion {
        guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
        try requireUsable(text)
        func plainly() throws(BranchLiteError) -> Completion {
            let completion = try session.run(text, values: values, types: types, into: receiver)
            for notice in completion.notices { self.notice(notice) }
            return completion
        }
        switch text.control {
        case .begin:
            if block == .open {
                warn("25001", "there is already a transaction in progress")
                return Completion(command: "BEGIN", rowsAffected: 0, returnsRows: false)
            }
            if block == .implicit {
                // The statements before it become part of the transaction.
                block = .open
                return Completion(command: "BEGIN", rowsAffected: 0, returnsRows: false)
            }
            let completion = try plainly()
            block = .open
            return completion
        case .commit(let chain):
            if block == .failed { return rollBack("ROLLBACK") }
            guard block == .open else { return try endOfNothing("COMMIT", committing: true) }
            closeTransactionPortals(committing: true)
            do throws(BranchLiteError) {
                let completion = try plainly()
                block = chain ? .open : .none
                return completion
            } catch {
                // A failed COMMIT has ended the transaction.
                session.rollback()
                block = .none
                throw error
            }
        case .rollback(let chain):
            guard block == .open || block == .failed else { return try endOfNothing("ROLLBACK", committing: false) }
            guard chain, session.isInTransaction else { return rollBack("ROLLBACK") }
            closeTransactionPortals(committing: false)
            let completion = try plainly()
            block = .open
            return completion
        case .rollbackTo:
            let completion = try plainly()
            block = .open
            return completion
        case .savepoint, .release:
            guard block == .open else {
                let verb = text.control == .savepoint ? "SAVEPOINT" : "RELEASE SAVEPOINT"
                throw BranchLiteError("BL_NO_TRANSACTION", "\(verb) can only be used in transaction blocks")
            }
            return try plainly()
        case .setTransaction:
            guard block == .open else {
                warn("25P01", "SET TRANSACTION can only be used in transaction blocks")
                return Completion(command: "SET", rowsAffected: 0, returnsRows: false)
            }
            return try plainly()
        case .outsideTransactions:
            if block == .implicit { try commitImplicit() }
            if block == .open, case .discard = text.node {
                throw BranchLiteError("BL_TRANSACTION_OPEN", "DISCARD ALL cannot run inside a transaction block")
            }
            return try plainly()
        case .session: return try plainly()
        case .ordinary:
            if moreFollows, block == .none, text.mayWrite {
                try session.beginImplicit()
                block = .implicit
            }
            return try plainly()
        }
    }

    private func rollBack(_ tag: String) -> Completion {
        closeTransactionPortals(committing: false)
        session?.rollback()
        block = .none
        return Completion(command: tag, rowsAffected: 0, returnsRows: false)
    }

    /// COMMIT or ROLLBACK without a transaction block: what the message has done so far is ended by it.
    private func endOfNothing(_ tag: String, committing: Bool) throws(BranchLiteError) -> Completion {
        warn("25P01", "there is no transaction in progress")
        if block == .implicit {
            if committing { try commitImplicit() } else { _ = rollBack(tag) }
        }
        return Completion(command: tag, rowsAffected: 0, returnsRows: false)
    }

    /// Commits what the statements of a message did.
    func commitImplicit() throws(BranchLiteError) {
        guard block == .implicit else { return }
        block = .none
        closeTransactionPortals(committing: true)
        do throws(BranchLiteError) {
            try session?.commit()
        } catch {
            session?.rollback()
            throw error
        }
    }

    /// After an error: an implicit transaction is undone, an explicit one waits for its ROLLBACK.
    func failBlock() {
        switch block {
        case .none, .failed: break
        case .implicit:
            closeTransactionPortals(committing: false)
            session?.rollback()
            block = .none
        case .open: block = .failed
        }
    }

    func notice(_ notice: Notice) {
        out.notice(ErrorReport(severity: notice.severity == .warning ? .warning : .notice, sqlState: notice.code, message: notice.message))
    }

    func warn(_ state: String, _ message: String) {
        out.notice(ErrorReport(severity: .warning, sqlState: state, message: message))
    }
}
