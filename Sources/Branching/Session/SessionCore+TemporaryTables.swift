import Engine
import PageStore
import SQLDialect

/// What happens to temporary tables at the end of a transaction: `ON COMMIT { DELETE ROWS | DROP }`.
extension SessionCore {
    /// A temporary table has been made: what was said of another of its name holds no more.
    func noteTemporary(_ table: TemporaryTable, on branch: BranchID) {
        commitActions[branch, default: [:]][foldedASCII(table.name)] = table.onCommit.map { (table.name, $0) }
        if commitActions[branch]?.isEmpty ?? false { commitActions[branch] = nil }
    }

    /// Does what is due at a commit, in the transaction that is about to be committed or, with none open, by itself.
    func runCommitActions(on branch: BranchID) throws(BranchLiteError) {
        guard let actions = commitActions[branch], let connection = held[branch], connection.isTainted else { return }
        for (key, (name, action)) in actions {
            let table = "temp." + quoteIdentifier(name)
            try mapEngine { () throws(EngineError) in
                // A table that is not there was taken back by a rollback; an empty one need not be written.
                guard try !connection.query("SELECT 1 FROM temp.sqlite_schema WHERE type = 'table' AND name = ?1", [.text(name)]).isEmpty else { return }
                switch action {
                case .drop: try connection.execute("DROP TABLE " + table)
                case .deleteRows:
                    if try !connection.query("SELECT 1 FROM \(table) LIMIT 1").isEmpty { try connection.execute("DELETE FROM " + table) }
                }
            }
            if action == .drop { commitActions[branch]?[key] = nil }
        }
        if commitActions[branch]?.isEmpty ?? false { commitActions[branch] = nil }
    }
}
