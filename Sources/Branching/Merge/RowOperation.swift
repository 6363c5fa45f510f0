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

extension RowOperation {
    /// What it takes in memory, roughly.
    var approximateBytes: Int {
        switch self {
        case .insert(_, let values, _): RowOperation.bytes(values)
        case .update(let condition, _, let values): condition.approximateBytes + RowOperation.bytes(values)
        case .delete(let condition): condition.approximateBytes
        }
    }

    /// An operation with its arrays, and one of their elements.
    static let overhead = 160
    static let cellBytes = 40

    static func bytes(_ values: [SQLiteValue]) -> Int {
        values.reduce(overhead) { sum, value in
            switch value {
            case .text(let text): sum + cellBytes + text.utf8.count
            case .blob(let content): sum + cellBytes + content.count
            case .null, .integer, .real: sum + cellBytes
            }
        }
    }
}

extension RowCondition {
    var approximateBytes: Int {
        switch self {
        case .rowid: RowOperation.overhead
        case .key(_, let values): RowOperation.bytes(values)
        }
    }
}
