import Engine
import SQLDialect

/// Makes the changes of a merge to one table of the target, on a connection with a transaction open, and finds out which of
/// them break a constraint.
///
/// A change may clash with a row that a later change moves out of the way (two rows swap a unique value), so what clashes is
/// put aside and made at the end, with all rows involved taken out first.
final class RowApplier {
    private let connection: Connection
    private let table: TableInfo
    private let statements: RowStatements
    /// The columns that can be written, in the table's order.
    private let columns: ColumnList
    /// Whether the rowid is no column.
    private let isRowidHidden: Bool
    private let recorder: ForeignKeyRecorder?
    private let postponed = OperationSpool()
    private(set) var violations: [RowViolation] = []

    /// Rows that a violation lists at most.
    static let listedRows = 100

    /// - Parameters:
    ///   - info: the table as it is on the connection now.
    ///   - recorder: notes what foreign keys have to do with.
    init(_ connection: Connection, _ info: TableInfo, _ recorder: ForeignKeyRecorder?) {
        self.connection = connection
        self.recorder = recorder
        table = info
        statements = RowStatements(connection, info)
        columns = ColumnList(info.columns.filter { $0.generated == .no && !$0.isHidden }.map(\.name))
        isRowidHidden = info.rowidAlias == nil && !info.isWithoutRowid
    }

    func apply(_ operation: RowOperation) throws(BranchLiteError) {
        try recorder?.willRun(operation, statements)
        do throws(EngineError) {
            try statements.run(operation)
        } catch {
            switch error.code {
            case EngineErrorCode.unique, EngineErrorCode.primaryKey:
                if case .insert(let columns, let values, let rowid?) = operation, isRowidHidden, isTaken(rowid) {
                    // Its number was given to another row meanwhile; nothing but the number told it apart, so it takes a new one.
                    return try apply(.insert(columns, values, rowid: nil))
                }
                try postponed.append(operation)
            case let code where code.hasPrefix(EngineErrorCode.constraint) || code == EngineErrorCode.typeMismatch:
                note(error, [row(of: operation)])
            default: throw BranchLiteError(error)
            }
            return
        }
        try recorder?.didRun(operation)
    }

    private func isTaken(_ rowid: Int64) -> Bool {
        guard let name = statements.rowidName else { return false }
        return ((try? statements.rows([name], .rowid(rowid))) ?? []).isEmpty == false
    }

    /// Makes what clashed: the rows concerned are taken out as they are, changed, and put in again. What still clashes then is a
    /// violation.
    func finish() throws(BranchLiteError) {
        guard !postponed.isEmpty else { return }
        let whole = OperationSpool()
        while let operation = try postponed.next() {
            guard case .update(let condition, let list, let values) = operation, var row = try take(condition) else {
                try whole.append(operation)
                continue
            }
            for (column, value) in zip(list.names, values) {
                if let index = columns.names.firstIndex(where: { equalIgnoringASCIICase($0, column) }) { row.cells[index] = value }
            }
            try whole.append(.insert(columns, row.cells, rowid: row.rowid))
        }
        while let insert = try whole.next() {
            do throws(EngineError) {
                try statements.run(insert)
            } catch {
                guard error.code.hasPrefix(EngineErrorCode.constraint) else { throw BranchLiteError(error) }
                note(error, [row(of: insert)] + (try clashing(insert, error)))
                continue
            }
            try recorder?.didRun(insert)
        }
    }

    /// Removes a row and gives its writable columns, and the rowid where no column is it.
    private func take(_ condition: RowCondition) throws(BranchLiteError) -> (cells: [SQLiteValue], rowid: Int64?)? {
        let names = columns.names + hiddenRowid
        let statements = statements
        let found = try mapEngine { () throws(EngineError) in
            let rows = try statements.rows(names, condition)
            try statements.run(.delete(condition))
            return rows.first
        }
        guard let found else { return nil }
        return split(found)
    }

    private var hiddenRowid: [String] { isRowidHidden ? [statements.rowidName].compactMap { $0 } : [] }

    private func split(_ cells: [SQLiteValue]) -> (cells: [SQLiteValue], rowid: Int64?) {
        guard cells.count > columns.names.count, case .integer(let rowid)? = cells.last else { return (cells, nil) }
        return (Array(cells.dropLast()), rowid)
    }

    // MARK: - Violations

    private func note(_ error: EngineError, _ rows: [RowViolation.Row]) {
        let violation = RowViolation(error, table: table.name, rows: rows)
        if let known = violations.firstIndex(where: { $0.kind == violation.kind && $0.constraint == violation.constraint }) {
            violations[known].add(rows)
        } else {
            violations.append(violation)
        }
    }

    private func row(of operation: RowOperation) -> RowViolation.Row {
        switch operation {
        case .insert(let list, let values, let rowid): return row(list.names, values, rowid: rowid)
        case .update(let condition, let list, let values):
            // The whole row as it would have been.
            if let found = (try? statements.rows(columns.names + hiddenRowid, condition))?.first {
                var (cells, rowid) = split(found)
                for (column, value) in zip(list.names, values) {
                    if let index = columns.names.firstIndex(where: { equalIgnoringASCIICase($0, column) }) { cells[index] = value }
                }
                return row(columns.names, cells, rowid: rowid)
            }
            return row(list.names, values, rowid: nil)
        case .delete(.rowid(let rowid)): return row([], [], rowid: rowid)
        case .delete(.key(let list, let values)): return row(list.names, values, rowid: nil)
        }
    }

    private func row(_ names: [String], _ values: [SQLiteValue], rowid: Int64?) -> RowViolation.Row {
        RowViolation.Row(names, values, rowid: rowid, of: table)
    }

    /// The rows that already have the values which are to be unique.
    private func clashing(_ operation: RowOperation, _ error: EngineError) throws(BranchLiteError) -> [RowViolation.Row] {
        guard case .insert(let list, let values, _) = operation else { return [] }
        var names: [String] = []
        var cells: [SQLiteValue] = []
        for name in MergeViolation.columns(of: error) {
            guard let index = list.names.firstIndex(where: { equalIgnoringASCIICase($0, name) }) else { continue }
            names.append(name)
            cells.append(values[index])
        }
        guard !names.isEmpty else { return [] }
        let (statements, wanted, terms, bound) = (statements, columns.names + hiddenRowid, names, cells)
        let found = try mapEngine { () throws(EngineError) in
            try statements.rows(wanted, where: terms, are: bound, limit: RowApplier.listedRows)
        }
        return found.map { cells in
            let (values, rowid) = split(cells)
            return row(columns.names, values, rowid: rowid)
        }
    }
}

extension ColumnInfo {
    /// The type by which values are shown: SQLite's own columns hold any class of value, each shown as what it is.
    var shownType: DuckType { isLoose && type != .boolean ? .dynamic : type }
}
