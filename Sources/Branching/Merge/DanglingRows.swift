import Engine
import SQLDialect

/// Finds the rows of one table that refer to nothing by one foreign key: of all its rows, or of those in question.
final class DanglingRows {
    struct Row {
        var row: RowViolation.Row
        /// The values of the foreign key's columns.
        var values: [SQLiteValue]
    }

    typealias Found = (Row) throws(BranchLiteError) -> Void

    private let key: ForeignKey
    private let connection: Connection
    private let names: [String]
    private let rowidName: String?
    private let select: String

    init(_ key: ForeignKey, _ connection: Connection) {
        self.key = key
        self.connection = connection
        names = key.child.columns.filter { $0.generated == .no && !$0.isHidden }.map(\.name)
        rowidName = RowStatements.rowidName(of: key.child)
        let columns = names + key.columns + [rowidName].compactMap { $0 }
        let list = columns.map { "c.\(quoteIdentifier($0))" }.joined(separator: ", ")
        select = "SELECT \(list) FROM main.\(quoteIdentifier(key.child.name)) AS c WHERE "
    }

    /// Goes through the whole table.
    func scan(_ found: Found) throws(BranchLiteError) { try run(try prepare(select + key.dangles), [], found) }

    /// Goes through the rows that refer to values which a parent had.
    func children(of gone: Spool, _ found: Found) throws(BranchLiteError) {
        let terms = key.columns.enumerated().map { "c.\(quoteIdentifier($1)) = ?\($0 + 1)" }.joined(separator: " AND ")
        let statement = try prepare(select + terms + " AND " + key.dangles)
        while let values = try mapEngine({ () throws(EngineError) in try gone.next() }) { try run(statement, values, found) }
    }

    /// Goes through the rows that were changed.
    func rows(of recorder: ForeignKeyRecorder, _ found: Found) throws(BranchLiteError) {
        var prepared: [Bool: PreparedStatement] = [:]
        let changed = recorder.changed
        changed.rewind()
        while let record = try mapEngine({ () throws(EngineError) in try changed.next() }) {
            let values = Array(record.dropFirst())
            let isByRowid = record.first == .integer(ForeignKeyRecorder.Tag.rowid.rawValue)
            let statement: PreparedStatement
            if let known = prepared[isByRowid] {
                statement = known
            } else {
                let columns = isByRowid ? [rowidName ?? "rowid"] : recorder.keyColumns
                let terms = columns.enumerated().map { "c.\(quoteIdentifier($1)) = ?\($0 + 1)" }.joined(separator: " AND ")
                statement = try prepare(select + terms + " AND " + key.dangles)
                prepared[isByRowid] = statement
            }
            try run(statement, values, found)
        }
    }

    private func prepare(_ sql: String) throws(BranchLiteError) -> PreparedStatement {
        let connection = connection
        return try mapEngine { () throws(EngineError) in try connection.prepare(sql) }
    }

    private func run(_ statement: PreparedStatement, _ parameters: [SQLiteValue], _ found: Found) throws(BranchLiteError) {
        defer { statement.reset() }
        try mapEngine { () throws(EngineError) in if !parameters.isEmpty { try statement.bind(parameters) } }
        while try mapEngine({ () throws(EngineError) in try statement.step() }) {
            let row = statement.row
            var rowid: Int64?
            if rowidName != nil, case .integer(let number)? = row.last { rowid = number }
            try found(Row(
                row: RowViolation.Row(names, Array(row.prefix(names.count)), rowid: rowid, of: key.child),
                values: Array(row.dropFirst(names.count).prefix(key.columns.count))))
        }
    }
}

/// Tells whether a row referred to nothing already on one side before the merge.
final class DanglingBefore {
    private let key: ForeignKey
    private let side: VersionSide
    private var statements: [Bool: PreparedStatement] = [:]

    /// Nil where the side does not have this foreign key.
    init?(_ key: ForeignKey, _ side: VersionSide) {
        guard side.tables[foldedASCII(key.child.name)] != nil, let table = side.schema.table(key.child.name),
            let same = ForeignKey.all(of: table, in: side.schema).first(where: { $0.isSame(as: key) })
        else { return nil }
        self.key = same
        self.side = side
    }

    func dangled(_ row: DanglingRows.Row) throws(BranchLiteError) -> Bool {
        guard let identity = row.row.identity else { return false }
        let table = key.child
        let terms: [String]
        let values: [SQLiteValue]
        var isByKey = false
        switch identity {
        case .rowid(let rowid):
            guard let name = RowStatements.rowidName(of: table) else { return false }
            (terms, values) = ([name], [.integer(rowid)])
        case .key(let whole):
            guard whole.count == table.primaryKey.count else { return false }
            (terms, values, isByKey) = (table.primaryKey.map { table.columns[$0].name }, whole, true)
        }
        let statement: PreparedStatement
        if let known = statements[isByKey] {
            statement = known
        } else {
            let own = terms.enumerated().map { "c.\(quoteIdentifier($1)) = ?\($0 + 1)" }
            let same = key.columns.enumerated().map { "c.\(quoteIdentifier($1)) IS ?\(terms.count + $0 + 1)" }
            let sql = "SELECT 1 FROM main.\(quoteIdentifier(table.name)) AS c WHERE \((own + same).joined(separator: " AND ")) AND \(key.dangles)"
            let connection = try side.connection
            statement = try mapEngine { () throws(EngineError) in try connection.prepare(sql) }
            statements[isByKey] = statement
        }
        defer { statement.reset() }
        return try mapEngine { () throws(EngineError) in
            try statement.bind(values + row.values)
            return try statement.step()
        }
    }
}

/// Looks up what a row of a child refers to, on the sides of a merge: for reports.
final class ParentRows {
    private let key: ForeignKey
    private let sides: MergeSides

    init(_ key: ForeignKey, _ sides: MergeSides) {
        self.key = key
        self.sides = sides
    }

    /// - Parameter values: of the foreign key's columns.
    func versions(_ values: [SQLiteValue]) -> MergeRowVersions {
        // A side that cannot be read has nothing to show here; it failed where it mattered.
        let base = (try? sides.bases(of: key.parentName))?.first
        let rows = [base, sides.sourceSide, sides.targetSide].map { side in side.flatMap { try? row($0, values) } }
        return MergeRowVersions(base: rows[0], branch: rows[1], target: rows[2])
    }

    private func row(_ side: VersionSide, _ values: [SQLiteValue]) throws(BranchLiteError) -> [String: JSONValue]? {
        guard let table = side.schema.table(key.parentName), table.kind == .table else { return nil }
        let referenced = key.referenced.isEmpty ? table.primaryKey.map { table.columns[$0].name } : key.referenced
        guard referenced.count == values.count, referenced.allSatisfy({ table.columnIndex($0) != nil }) else { return nil }
        let columns = table.columns.filter { !$0.isHidden }
        let list = columns.map { quoteIdentifier($0.name) }.joined(separator: ", ")
        let terms = referenced.enumerated().map { "\(quoteIdentifier($1)) = ?\($0 + 1)" }.joined(separator: " AND ")
        let sql = "SELECT \(list) FROM main.\(quoteIdentifier(table.name)) WHERE \(terms) LIMIT 1"
        let connection = try side.connection
        guard let found = try mapEngine({ () throws(EngineError) in try connection.query(sql, values) }).first else { return nil }
        let members = zip(columns, found).map { ($0.name, Value(stored: $1, type: $0.shownType).jsonValue) }
        return Dictionary(members, uniquingKeysWith: { first, _ in first })
    }
}
