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

/// The sets of columns that the changes to one table have, each made once.
struct ColumnLists {
    private let names: [String]
    private var known: [[Int]: ColumnList] = [:]
    private var last: (positions: [Int], list: ColumnList)?
    private var all: ColumnList?

    init(_ names: [String]) { self.names = names }

    mutating func list(_ positions: [Int]) -> ColumnList {
        if let last, last.positions == positions { return last.list }
        let list = known[positions] ?? ColumnList(positions.map { names[$0] })
        known[positions] = list
        last = (positions, list)
        return list
    }

    /// The columns of a whole row; the same at every call.
    mutating func whole(_ isIncluded: (Int) -> Bool) -> ColumnList {
        if let all { return all }
        let made = ColumnList(names.indices.filter(isIncluded).map { names[$0] })
        all = made
        return made
    }
}
