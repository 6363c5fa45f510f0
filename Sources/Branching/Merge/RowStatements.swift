import Engine
import SQLDialect

/// The statements that change rows of one table, each prepared once for every form of change. Belongs to one connection.
final class RowStatements {
    private struct Form: Hashable {
        enum Kind: Hashable { case insert, insertWithRowid, update, delete }
        var kind: Kind
        var columns: ObjectIdentifier?
        /// Nil: by rowid.
        var key: ObjectIdentifier?
    }

    private struct Prepared {
        let statement: PreparedStatement
        // Forms are told apart by these objects, so they live as long.
        let columns: ColumnList?
        let key: ColumnList?
    }

    private let connection: Connection
    private let sqlName: String
    /// A name of the rowid; nil for a WITHOUT ROWID table.
    let rowidName: String?
    private var prepared: [Form: Prepared] = [:]
    private var last: (form: Form, statement: PreparedStatement)?

    /// Forms beyond this many are prepared anew: rows of one table can differ in any set of columns.
    private static let capacity = 256

    /// - Parameter info: the table as it is on the connection now.
    init(_ connection: Connection, _ info: TableInfo) {
        self.connection = connection
        sqlName = "main.\(quoteIdentifier(info.name))"
        rowidName = RowStatements.rowidName(of: info)
    }

    /// A name of a table's rowid: its alias, else one that no other column takes; nil where there is none.
    static func rowidName(of info: TableInfo) -> String? {
        if info.isWithoutRowid { return nil }
        return info.rowidAlias.map { info.columns[$0].name } ?? ["rowid", "_rowid_", "oid"].first { info.columnIndex($0) == nil }
    }

    func run(_ operation: RowOperation) throws(EngineError) {
        switch operation {
        case .insert(let list, let values, let rowid):
            let hasRowid = rowid != nil && rowidName != nil
            let statement = try statement(Form(kind: hasRowid ? .insertWithRowid : .insert, columns: ObjectIdentifier(list), key: nil), list, nil)
            var place = 1
            if hasRowid, let rowid {
                try statement.bind(rowid, at: 1)
                place = 2
            }
            try bind(values, from: place, statement)
            try run(statement)
        case .update(let condition, let list, let values):
            let statement = try statement(Form(kind: .update, columns: ObjectIdentifier(list), key: key(condition)), list, condition)
            try bind(values, from: 1, statement)
            try bind(condition, from: values.count + 1, statement)
            try run(statement)
        case .delete(let condition):
            let statement = try statement(Form(kind: .delete, columns: nil, key: key(condition)), nil, condition)
            try bind(condition, from: 1, statement)
            try run(statement)
        }
    }

    private func run(_ statement: PreparedStatement) throws(EngineError) {
        do throws(EngineError) {
            try statement.run()
        } catch {
            statement.reset()
            throw error
        }
        statement.reset()
    }

    private func bind(_ values: [SQLiteValue], from first: Int, _ statement: PreparedStatement) throws(EngineError) {
        for index in values.indices { try statement.bind(values[index], at: first + index) }
    }

    private func bind(_ condition: RowCondition, from first: Int, _ statement: PreparedStatement) throws(EngineError) {
        switch condition {
        case .rowid(let rowid): try statement.bind(rowid, at: first)
        case .key(_, let values): try bind(values, from: first, statement)
        }
    }

    private func key(_ condition: RowCondition) -> ObjectIdentifier? {
        if case .key(let list, _) = condition { ObjectIdentifier(list) } else { nil }
    }

    private func statement(_ form: Form, _ columns: ColumnList?, _ condition: RowCondition?) throws(EngineError) -> PreparedStatement {
        if let last, last.form == form { return last.statement }
        if let known = prepared[form] {
            last = (form, known.statement)
            return known.statement
        }
        if prepared.count >= RowStatements.capacity { prepared.removeAll() }
        var key: ColumnList?
        if case .key(let list, _)? = condition { key = list }
        let made = Prepared(statement: try connection.prepare(text(form, columns, condition)), columns: columns, key: key)
        prepared[form] = made
        last = (form, made.statement)
        return made.statement
    }

    /// `OR ABORT` overrides what the table's own constraints would do (`ON CONFLICT REPLACE` would remove rows of the target).
    private func text(_ form: Form, _ columns: ColumnList?, _ condition: RowCondition?) -> String {
        var names = (columns?.names ?? []).map { quoteIdentifier($0) }
        switch form.kind {
        case .insert, .insertWithRowid:
            if form.kind == .insertWithRowid, let rowidName { names.insert(quoteIdentifier(rowidName), at: 0) }
            if names.isEmpty { return "INSERT OR ABORT INTO \(sqlName) DEFAULT VALUES" }
            let marks = names.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            return "INSERT OR ABORT INTO \(sqlName) (\(names.joined(separator: ", "))) VALUES (\(marks))"
        case .update:
            let sets = names.enumerated().map { "\($1) = ?\($0 + 1)" }.joined(separator: ", ")
            return "UPDATE OR ABORT \(sqlName) SET \(sets) WHERE \(condition.map { terms($0, from: names.count + 1) } ?? "0")"
        case .delete:
            return "DELETE FROM \(sqlName) WHERE \(condition.map { terms($0, from: 1) } ?? "0")"
        }
    }

    /// `"a" = ?1 AND "b" = ?2`, with parameters from `first`.
    private func terms(_ condition: RowCondition, from first: Int) -> String {
        switch condition {
        case .rowid: "\(quoteIdentifier(rowidName ?? "rowid")) = ?\(first)"
        case .key(let list, _): list.names.enumerated().map { "\(quoteIdentifier($1)) = ?\(first + $0)" }.joined(separator: " AND ")
        }
    }

    /// Rows of the table: the columns asked for, by condition.
    func rows(_ columns: [String], _ condition: RowCondition) throws(EngineError) -> [[SQLiteValue]] {
        let list = columns.map { quoteIdentifier($0) }.joined(separator: ", ")
        let values: [SQLiteValue] = switch condition {
        case .rowid(let rowid): [.integer(rowid)]
        case .key(_, let values): values
        }
        return try connection.query("SELECT \(list) FROM \(sqlName) WHERE \(terms(condition, from: 1))", values)
    }

    /// Rows of the table that hold values, at most `limit`.
    func rows(_ columns: [String], where names: [String], are values: [SQLiteValue], limit: Int) throws(EngineError) -> [[SQLiteValue]] {
        let list = columns.map { quoteIdentifier($0) }.joined(separator: ", ")
        let terms = names.enumerated().map { "\(quoteIdentifier($1)) = ?\($0 + 1)" }.joined(separator: " AND ")
        return try connection.query("SELECT \(list) FROM \(sqlName) WHERE \(terms) LIMIT \(limit)", values)
    }
}
