import Engine
import SQLDialect

/// Makes the changes of a merge to one table of the target, on a connection with a transaction open, and finds out which of
/// them break a constraint.
///
/// A change may clash with a row that a later change moves out of the way (two rows swap a unique value), so what clashes is
/// kept and tried again at the end, at last with all rows involved taken out first. `OR ABORT` overrides what the table's own
/// constraints would do (`ON CONFLICT REPLACE` would remove rows of the target).
final class RowApplier {
    private let connection: Connection
    private let table: String
    private let sqlName: String
    /// The columns that can be written, in the table's order.
    private let columns: [String]
    private let types: [String: DuckType]
    /// A name of the rowid; nil for a WITHOUT ROWID table.
    private let rowidName: String?
    /// Whether the rowid is no column.
    private let isRowidHidden: Bool
    private var postponed: [RowOperation] = []
    private(set) var violations: [MergeViolation] = []

    /// Rows that a violation lists at most besides the one that was to be written.
    static let listedRows = 100

    /// - Parameter info: the table as it is on the connection now.
    init(_ connection: Connection, _ info: TableInfo) {
        self.connection = connection
        table = info.name
        sqlName = "main.\(quoteIdentifier(info.name))"
        columns = info.columns.filter { $0.generated == .no && !$0.isHidden }.map(\.name)
        types = Dictionary(info.columns.map { ($0.key, $0.shownType) }, uniquingKeysWith: { first, _ in first })
        rowidName = info.isWithoutRowid ? nil : ["rowid", "_rowid_", "oid"].first { info.columnIndex($0) == nil || info.columnIndex($0) == info.rowidAlias }
        isRowidHidden = info.rowidAlias == nil && !info.isWithoutRowid
    }

    func apply(_ operation: RowOperation) throws(BranchLiteError) {
        do throws(EngineError) {
            try run(operation)
        } catch {
            switch error.code {
            case EngineErrorCode.unique, EngineErrorCode.primaryKey:
                if case .insert(let columns, let values, _?) = operation, isRowidHidden, isRowidTaken(operation) {
                    // Its number was given to another row meanwhile; nothing but the number told it apart, so it takes a new one.
                    return try apply(.insert(columns: columns, values: values, rowid: nil))
                }
                postponed.append(operation)
            case let code where code.hasPrefix(EngineErrorCode.constraint) || code == EngineErrorCode.typeMismatch:
                violations.append(violation(operation, error, others: []))
            default: throw BranchLiteError(error)
            }
        }
    }

    private func isRowidTaken(_ operation: RowOperation) -> Bool {
        guard case .insert(_, _, let rowid?) = operation, let rowidName else { return false }
        return ((try? connection.query("SELECT 1 FROM \(sqlName) WHERE \(quoteIdentifier(rowidName)) = ?1", [.integer(rowid)])) ?? []).isEmpty == false
    }

    /// Tries again what clashed. What still clashes afterwards is a violation.
    func finish() throws(BranchLiteError) {
        var progress = true
        while progress, !postponed.isEmpty {
            progress = false
            let waiting = postponed
            postponed = []
            for operation in waiting {
                let before = postponed.count + violations.count
                try apply(operation)
                if postponed.count + violations.count == before { progress = true }
            }
        }
        if !postponed.isEmpty { try breakCycles() }
    }

    /// Rows that wait for each other: all are taken out as they are, changed, and put in again.
    private func breakCycles() throws(BranchLiteError) {
        let waiting = postponed
        postponed = []
        var whole: [(operation: RowOperation, insert: RowOperation)] = []
        for operation in waiting {
            guard case .update(let condition, let names, let values) = operation, let row = try take(condition) else {
                whole.append((operation, operation))
                continue
            }
            var cells = row.cells
            for (column, value) in zip(names, values) {
                if let index = columns.firstIndex(where: { equalIgnoringASCIICase($0, column) }) { cells[index] = value }
            }
            whole.append((operation, .insert(columns: columns, values: cells, rowid: row.rowid)))
        }
        for (operation, insert) in whole {
            do throws(EngineError) {
                try run(insert)
            } catch {
                guard error.code.hasPrefix(EngineErrorCode.constraint) else { throw BranchLiteError(error) }
                violations.append(violation(operation, error, others: try clashing(insert, error)))
            }
        }
    }

    /// Removes a row and gives its writable columns, and the rowid where no column is it.
    private func take(_ condition: RowCondition) throws(BranchLiteError) -> (cells: [SQLiteValue], rowid: Int64?)? {
        let names = columns + (isRowidHidden ? [rowidName].compactMap { $0 } : [])
        let list = names.map { quoteIdentifier($0) }.joined(separator: ", ")
        let (terms, values) = terms(condition, from: 1)
        let (connection, sqlName) = (connection, sqlName)
        let found = try mapEngine { () throws(EngineError) in
            let rows = try connection.query("SELECT \(list) FROM \(sqlName) WHERE \(terms)", values)
            try connection.execute("DELETE FROM \(sqlName) WHERE \(terms)", values)
            return rows.first
        }
        guard var cells = found else { return nil }
        var rowid: Int64?
        if cells.count > columns.count, case .integer(let number) = cells.removeLast() { rowid = number }
        return (cells, rowid)
    }

    private func run(_ operation: RowOperation) throws(EngineError) {
        switch operation {
        case .insert(let columns, let values, let rowid):
            var (names, cells) = (columns.map { quoteIdentifier($0) }, values)
            if let rowid, let rowidName {
                names.insert(quoteIdentifier(rowidName), at: 0)
                cells.insert(.integer(rowid), at: 0)
            }
            if cells.isEmpty { return try connection.execute("INSERT OR ABORT INTO \(sqlName) DEFAULT VALUES", []) }
            let marks = cells.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            try connection.execute("INSERT OR ABORT INTO \(sqlName) (\(names.joined(separator: ", "))) VALUES (\(marks))", cells)
        case .update(let condition, let columns, let values):
            let sets = columns.enumerated().map { "\(quoteIdentifier($1)) = ?\($0 + 1)" }.joined(separator: ", ")
            let (terms, keys) = terms(condition, from: columns.count + 1)
            try connection.execute("UPDATE OR ABORT \(sqlName) SET \(sets) WHERE \(terms)", values + keys)
        case .delete(let condition):
            let (terms, keys) = terms(condition, from: 1)
            try connection.execute("DELETE FROM \(sqlName) WHERE \(terms)", keys)
        }
    }

    /// `"a" = ?1 AND "b" = ?2`, with parameters from `first`.
    private func terms(_ condition: RowCondition, from first: Int) -> (String, [SQLiteValue]) {
        switch condition {
        case .rowid(let rowid): ("\(quoteIdentifier(rowidName ?? "rowid")) = ?\(first)", [.integer(rowid)])
        case .key(let names, let values): (names.enumerated().map { "\(quoteIdentifier($1)) = ?\(first + $0)" }.joined(separator: " AND "), values)
        }
    }

    // MARK: - Violations

    private func violation(_ operation: RowOperation, _ error: EngineError, others: [[String: JSONValue]]) -> MergeViolation {
        MergeViolation(error, table: table, rows: [json(operation)] + others)
    }

    private func json(_ operation: RowOperation) -> [String: JSONValue] {
        switch operation {
        case .insert(let columns, let values, _): return json(columns, values)
        case .update(let condition, let columns, let values): return json(condition).merging(json(columns, values)) { $1 }
        case .delete(let condition): return json(condition)
        }
    }

    private func json(_ condition: RowCondition) -> [String: JSONValue] {
        switch condition {
        case .rowid(let rowid): ["rowid": .integer(rowid)]
        case .key(let names, let values): json(names, values)
        }
    }

    private func json(_ columns: [String], _ values: [SQLiteValue]) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for (column, value) in zip(columns, values) {
            members[column] = Value(stored: value, type: types[foldedASCII(column)] ?? .dynamic).jsonValue
        }
        return members
    }

    /// The rows that already have the values which are to be unique.
    private func clashing(_ operation: RowOperation, _ error: EngineError) throws(BranchLiteError) -> [[String: JSONValue]] {
        guard case .insert(let names, let values, _) = operation else { return [] }
        var terms: [String] = []
        var cells: [SQLiteValue] = []
        for name in MergeViolation.columns(of: error) {
            guard let index = names.firstIndex(where: { equalIgnoringASCIICase($0, name) }) else { continue }
            cells.append(values[index])
            terms.append("\(quoteIdentifier(name)) = ?\(cells.count)")
        }
        guard !terms.isEmpty else { return [] }
        let list = columns.map { quoteIdentifier($0) }.joined(separator: ", ")
        let sql = "SELECT \(list) FROM \(sqlName) WHERE \(terms.joined(separator: " AND ")) LIMIT \(RowApplier.listedRows)"
        let (connection, bound) = (connection, cells)
        return try mapEngine { () throws(EngineError) in try connection.query(sql, bound) }.map { json(columns, $0) }
    }
}

extension MergeViolation {
    /// - Parameter error: of a constraint.
    init(_ error: EngineError, table: String, rows: [[String: JSONValue]]) {
        let kind = switch error.code {
        case EngineErrorCode.unique, EngineErrorCode.primaryKey: "unique"
        case EngineErrorCode.notNull: "not_null"
        case EngineErrorCode.check: "check"
        case EngineErrorCode.foreignKey: "foreign_key"
        default: "constraint"
        }
        let columns = MergeViolation.columns(of: error)
        let constraint = error.constraint ?? (columns.isEmpty ? error.message : "\(table)(\(columns.joined(separator: ", ")))")
        self.init(kind: kind, constraint: constraint, table: table, rows: rows)
    }

    /// The columns an error names: SQLite writes them as `t.a, t.b`.
    static func columns(of error: EngineError) -> [String] {
        (error.column ?? "").split(separator: ",").map { part in
            let name = part.drop { $0 == " " }
            guard let table = error.table, name.hasPrefix(table + ".") else { return String(name.split(separator: ".").last ?? name) }
            return String(name.dropFirst(table.count + 1))
        }
    }
}

extension ColumnInfo {
    /// The type by which values are shown: SQLite's own columns hold any class of value, each shown as what it is.
    var shownType: DuckType { isLoose && type != .boolean ? .dynamic : type }
}
