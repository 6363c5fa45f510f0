import Engine

/// Names of columns that many changes share: made once for each set of columns, and told apart by identity.
final class ColumnList {
    let names: [String]

    init(_ names: [String]) { self.names = names }
}

/// What tells one row of the merged table in SQL.
enum RowCondition {
    case rowid(Int64)
    /// The columns of the key and what they hold.
    case key(ColumnList, [SQLiteValue])
}

/// One change to a row of the target, in storage values.
enum RowOperation {
    /// `rowid`: the rowid to keep where it is free; nil lets SQLite choose.
    case insert(ColumnList, [SQLiteValue], rowid: Int64?)
    case update(RowCondition, ColumnList, [SQLiteValue])
    case delete(RowCondition)
}
