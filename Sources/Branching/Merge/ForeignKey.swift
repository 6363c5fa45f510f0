import Engine
import SQLDialect

/// One foreign key of one version of a schema, and the SQL that tells whether rows meet it.
///
/// SQLite compares by the parent's column: its collation, and its affinity for the child's value. `+` takes the child's own
/// affinity away.
struct ForeignKey {
    let child: TableInfo
    let columns: [String]
    let parentName: String
    /// Nil where there is no such table: then every row that refers to it refers to nothing.
    let parent: TableInfo?
    let referenced: [String]

    /// Nil for a key that SQLite itself cannot make sense of (another number of columns than the parent's key).
    init?(_ key: ForeignKeyInfo, of child: TableInfo, in schema: BranchSchema) {
        self.child = child
        columns = key.columns
        parentName = key.table
        parent = schema.table(key.table).flatMap { $0.kind == .table ? $0 : nil }
        referenced = key.referencedColumns.isEmpty ? parent.map { parent in parent.primaryKey.map { parent.columns[$0].name } } ?? [] : key.referencedColumns
        if parent != nil, referenced.count != columns.count { return nil }
    }

    static func all(of child: TableInfo, in schema: BranchSchema) -> [ForeignKey] {
        child.foreignKeys.compactMap { ForeignKey($0, of: child, in: schema) }
    }

    var constraint: String { "\(child.name)(\(columns.joined(separator: ", "))) references \(parentName)" }

    func isSame(as other: ForeignKey) -> Bool {
        equalIgnoringASCIICase(parentName, other.parentName) && columns.count == other.columns.count
            && zip(columns, other.columns).allSatisfy { equalIgnoringASCIICase($0, $1) }
    }

    /// Whether a row `c` of the child refers to nothing.
    var dangles: String {
        let set = columns.map { "c.\(quoteIdentifier($0)) IS NOT NULL" }.joined(separator: " AND ")
        guard let parent else { return set }
        let match = zip(referenced, columns).map { "p.\(quoteIdentifier($0)) = +c.\(quoteIdentifier($1))" }.joined(separator: " AND ")
        return "\(set) AND NOT EXISTS (SELECT 1 FROM main.\(quoteIdentifier(parent.name)) AS p WHERE \(match))"
    }

    /// Whether children can be sought by the values of a parent that is gone: an index begins with a column of the key and orders
    /// it as the parent compares it.
    func isIndexed(_ indexes: [SchemaIndex]) -> Bool {
        func collation(_ table: TableInfo?, _ column: String) -> String {
            guard let table, let index = table.columnIndex(column) else { return "BINARY" }
            return table.columns[index].collation?.uppercased() ?? "BINARY"
        }
        guard zip(columns, referenced).allSatisfy({ collation(child, $0) == collation(parent, $1) }) else { return false }
        if let alias = child.rowidAlias, columns.contains(where: { equalIgnoringASCIICase($0, child.columns[alias].name) }) { return true }
        return indexes.contains { index in
            guard !index.isPartial, let first = index.columns.first?.name else { return false }
            return columns.contains { equalIgnoringASCIICase($0, first) }
        }
    }
}

/// What a merge did to one table that foreign keys have to do with: which of its rows may refer to nothing now, and which of the
/// values that others refer to are gone. Kept in bounded memory, the rest in a temporary file.
final class ForeignKeyRecorder {
    let keys: [ForeignKey]
    /// Foreign keys of any table that refer to this one, by the columns they refer to.
    let references: [(columns: [String], gone: Spool)]
    /// Rows of this table: a tag, then the rowid or the key.
    let changed: Spool
    /// The columns of the key by which rows are told apart; empty while none has been.
    private(set) var keyColumns: [String] = []
    private let table: TableInfo
    private let connection: Connection
    private var concerns: [ObjectIdentifier: (child: Bool, parents: [Bool])] = [:]
    private var lists: [ColumnList] = []

    enum Tag: Int64 { case rowid, key }

    private static let memory = 1 << 20

    /// Nil for a table that has no foreign key and that none refers to.
    init?(_ table: TableInfo, _ schema: BranchSchema, _ all: [ForeignKey], on connection: Connection) {
        keys = ForeignKey.all(of: table, in: schema)
        var lists: [[String]] = []
        for key in all where equalIgnoringASCIICase(key.parentName, table.name) && !lists.contains(key.referenced) { lists.append(key.referenced) }
        if keys.isEmpty, lists.isEmpty { return nil }
        references = lists.map { ($0, Spool(memoryLimit: ForeignKeyRecorder.memory)) }
        changed = Spool(memoryLimit: ForeignKeyRecorder.memory)
        self.table = table
        self.connection = connection
    }

    /// Before a change is made: what it takes away of what others may refer to.
    func willRun(_ operation: RowOperation, _ statements: RowStatements) throws(BranchLiteError) {
        let condition: RowCondition
        var touched: [Bool]?
        switch operation {
        case .insert: return
        case .update(let row, let list, _): (condition, touched) = (row, concern(list).parents)
        case .delete(let row): condition = row
        }
        for (index, reference) in references.enumerated() where touched?[index] ?? true {
            guard let values = try values(reference.columns, condition, statements), !values.contains(where: \.isNull) else { continue }
            try mapEngine { () throws(EngineError) in try reference.gone.append(values) }
        }
    }

    private func values(_ columns: [String], _ condition: RowCondition, _ statements: RowStatements) throws(BranchLiteError) -> [SQLiteValue]? {
        switch condition {
        case .rowid(let rowid):
            if columns.count == 1, let alias = table.rowidAlias, equalIgnoringASCIICase(table.columns[alias].name, columns[0]) { return [.integer(rowid)] }
        case .key(let list, let key):
            let places = columns.compactMap { column in list.names.firstIndex { equalIgnoringASCIICase($0, column) } }
            if places.count == columns.count { return places.map { key[$0] } }
        }
        return try mapEngine { () throws(EngineError) in try statements.rows(columns, condition).first }
    }

    /// After a change was made: the row, if it may refer to nothing now.
    func didRun(_ operation: RowOperation) throws(BranchLiteError) {
        if keys.isEmpty { return }
        let record: [SQLiteValue]
        switch operation {
        case .delete: return
        case .insert(let list, let values, _):
            guard concern(list).child else { return }
            if table.isWithoutRowid {
                let key = table.primaryKey.map { table.columns[$0].name }
                keyColumns = key
                record = [.integer(Tag.key.rawValue)] + key.map { name in
                    list.names.firstIndex { equalIgnoringASCIICase($0, name) }.map { values[$0] } ?? .null
                }
            } else {
                record = [.integer(Tag.rowid.rawValue), .integer(connection.lastInsertRowID)]
            }
        case .update(let condition, let list, _):
            guard concern(list).child else { return }
            switch condition {
            case .rowid(let rowid): record = [.integer(Tag.rowid.rawValue), .integer(rowid)]
            case .key(let names, let key):
                keyColumns = names.names
                record = [.integer(Tag.key.rawValue)] + key
            }
        }
        try mapEngine { () throws(EngineError) in try changed.append(record) }
    }

    /// Whether a set of columns has columns of a foreign key, or columns that others refer to.
    private func concern(_ list: ColumnList) -> (child: Bool, parents: [Bool]) {
        if let known = concerns[ObjectIdentifier(list)] { return known }
        let names = Set(list.names.map { foldedASCII($0) })
        func has(_ columns: [String]) -> Bool { columns.contains { names.contains(foldedASCII($0)) } }
        let made = (child: keys.contains { has($0.columns) }, parents: references.map { has($0.columns) })
        concerns[ObjectIdentifier(list)] = made
        lists.append(list)
        return made
    }
}
