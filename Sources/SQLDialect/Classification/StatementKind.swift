/// What sort of statement it is.
public enum StatementKind: String, Sendable, Hashable, CaseIterable {
    case select, insert, update, delete
    /// CREATE, ALTER, DROP, TRUNCATE, COMMENT.
    case definition
    case explain
    /// BEGIN, COMMIT, SAVEPOINT and so on.
    case transaction
    /// SET, RESET, SHOW of a setting, PREPARE, DISCARD …
    case setting
    /// CREATE BRANCH and so on, and the branch functions.
    case branch
    case pragma
    /// VACUUM, ANALYZE, REINDEX, CHECKPOINT.
    case upkeep
    case attach
    case copy
}
