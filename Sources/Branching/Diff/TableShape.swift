import Engine
import PageStore
import SQLDialect
import Synchronization

/// How the rows of one table on one side are stored, named and told apart.
struct TableShape {
    /// What makes a row of one version the same row in another.
    enum Identity: Hashable {
        /// The rowid: declared as a column (an INTEGER PRIMARY KEY) or not.
        case rowid(column: Int?)
        /// The declared primary key: stored indices in key order. In a WITHOUT ROWID table it also orders the b-tree.
        case key([Int])
    }

    private(set) var root: PageNumber
    /// The root of the automatic index of a declared key of a rowid table.
    private(set) var keyRoot: PageNumber?
    let stored: StoredTable
    let info: TableInfo
    let identity: Identity
    /// Per stored column, how its values are typed for people.
    let types: [DuckType]

    init(root: PageNumber, stored: StoredTable, info: TableInfo) {
        self.root = root
        self.stored = stored
        self.info = info
        if let alias = stored.layout.rowidColumn {
            identity = .rowid(column: alias)
        } else {
            let key = stored.columns.indices.filter { stored.columns[$0].primaryKeyPosition > 0 }
                .sorted { stored.columns[$0].primaryKeyPosition < stored.columns[$1].primaryKeyPosition }
            identity = key.isEmpty ? .rowid(column: nil) : .key(key)
        }
        let declared = { (name: String) in info.columns.first { $0.key == foldedASCII(name) } }
        types = stored.columns.map { column in
            guard let declared = declared(column.name) else { return .dynamic }
            // SQLite's own columns hold any class of value: each is shown as what it is.
            return declared.isLoose && declared.type != .boolean ? .dynamic : declared.type
        }
    }

    /// The same shape where its b-trees lie in another version.
    func at(_ root: PageNumber, keyRoot: PageNumber?) -> TableShape {
        var copy = self
        copy.root = root
        copy.keyRoot = keyRoot
        return copy
    }

    /// The table with what finds its rows by their declared key; nil where the rowid tells them.
    func keyedTable(in image: DatabaseImage) -> KeyedTable? {
        guard case .key = identity, let key = stored.primaryKey, stored.isWithoutRowid || keyRoot != nil else { return nil }
        return KeyedTable(image: image, side: side, indexRoot: stored.isWithoutRowid ? nil : keyRoot, order: key.order, columns: key.columns)
    }

    var name: String { stored.name }
    var side: TableSide { TableSide(root: root, layout: stored.layout) }
    var columnNames: [String] { stored.columns.map(\.name) }

    /// Columns in the order of CREATE TABLE, as people expect to read them.
    var displayColumns: [String] { stored.columns.sorted { $0.declaredIndex < $1.declaredIndex }.map(\.name) }

    var keyNames: [String] {
        switch identity {
        case .rowid(let column): [column.map { stored.columns[$0].name } ?? "rowid"]
        case .key(let columns): columns.map { stored.columns[$0].name }
        }
    }

    /// Whether rows are matched by something other than the order of the b-tree: a declared key of a rowid table.
    var isKeyedBesideRowid: Bool {
        if case .key = identity { return !stored.isWithoutRowid }
        return false
    }

    /// The values of a declared key, in key order; nil where the rowid tells the row (there is no other key, or it has a NULL,
    /// which SQLite allows in rowid tables).
    func wholeKey(of row: RowImage) -> [SQLiteValue]? {
        guard case .key(let columns) = identity else { return nil }
        if !stored.isWithoutRowid { for index in columns where row.values[index].isNull { return nil } }
        return columns.map { row.values[$0] }
    }

    func image(_ view: RowView) throws(BTreeError) -> RowImage {
        RowImage(rowid: view.rowid, values: try view.values(count: stored.columns.count))
    }

    func value(_ index: Int, of row: RowImage) -> Value { Value(stored: row.values[index], type: types[index]) }

    /// The row by column name, as it goes into JSON.
    func json(_ row: RowImage) -> [String: JSONValue] {
        var members = [String: JSONValue](minimumCapacity: stored.columns.count)
        for index in stored.columns.indices { members[stored.columns[index].name] = value(index, of: row).jsonValue }
        return members
    }

    func keyJSON(_ row: RowImage) -> [String: JSONValue] {
        guard case .key(let columns) = identity, wholeKey(of: row) != nil else {
            return [keyNames.count == 1 && !isKeyedBesideRowid ? keyNames[0] : "rowid": .integer(row.rowid)]
        }
        var members: [String: JSONValue] = [:]
        for index in columns { members[stored.columns[index].name] = value(index, of: row).jsonValue }
        return members
    }
}

/// A row copied out of its pages: its rowid (0 in a WITHOUT ROWID table) and its values in stored order.
struct RowImage: Hashable {
    var rowid: Int64
    var values: [SQLiteValue]
}

/// The shapes of tables by their definition, which is all they follow from (where a table lies differs between versions):
/// asked from SQLite once. Thread-safe.
final class TableShapeCache: Sendable {
    private struct Definition: Hashable {
        var name: String
        var sql: String
    }

    /// Definitions that are kept; beyond it the cache starts anew, for it is quick to fill.
    static let capacity = 4_096

    /// Schemas with virtual tables whose shadow tables are kept.
    static let shadowCapacity = 64

    private let shapes = Mutex<[Definition: TableShape]>([:])
    private let shadows = Mutex<[[String]: [String: String]]>([:])

    /// The shadow tables of a schema with these definitions, and whose they are.
    func shadows(of definitions: [String]) -> [String: String]? { shadows.withLock { $0[definitions] } }

    func keep(shadows found: [String: String], of definitions: [String]) {
        shadows.withLock { shadows in
            if shadows.count >= TableShapeCache.shadowCapacity { shadows.removeAll() }
            shadows[definitions] = found
        }
    }

    subscript(entry: SchemaEntry) -> TableShape? {
        get {
            guard let sql = entry.sql else { return nil }
            return shapes.withLock { $0[Definition(name: entry.name, sql: sql)] }
        }
        set {
            guard let sql = entry.sql else { return }
            shapes.withLock { shapes in
                if shapes.count >= TableShapeCache.capacity { shapes.removeAll() }
                shapes[Definition(name: entry.name, sql: sql)] = newValue
            }
        }
    }
}
