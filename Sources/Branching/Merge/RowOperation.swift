import Engine

/// What tells one row of the merged table in SQL.
enum RowCondition {
    case rowid(Int64)
    /// The columns of the key and what they hold.
    case key([String], [SQLiteValue])
}

/// One change to a row of the target, in storage values.
enum RowOperation {
    /// `rowid`: the rowid to keep where it is free; nil lets SQLite choose.
    case insert(columns: [String], values: [SQLiteValue], rowid: Int64?)
    case update(RowCondition, columns: [String], values: [SQLiteValue])
    case delete(RowCondition)
}
