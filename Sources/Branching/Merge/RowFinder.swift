import Engine
import PageStore
import SQLDialect

/// Finds rows of one version's table by what tells them apart, through the table's b-tree: no SQL runs, and keys that come in
/// order are found on pages that are at hand. Belongs to one thread.
final class RowFinder {
    /// How a row is found.
    private enum Way {
        /// By rowid.
        case rowid(TreeCursor)
        /// By the key that orders the b-tree of a WITHOUT ROWID table.
        case key(TreeCursor)
        /// By the index of a declared key, then by the rowid it gives. Rows whose key has a NULL go by their rowid.
        case index(TreeCursor, keys: Int, rows: TreeCursor)
        /// By SQL: where the key has a collation that only SQLite knows, or was declared otherwise on the other side.
        case statement(RowLookup)
    }

    let shape: TableShape
    private let side: VersionSide
    private let way: Way

    /// - Parameter other: the table as the rows that are looked for have it.
    init(_ side: VersionSide, _ shape: TableShape, for other: TableShape) {
        self.side = side
        self.shape = shape
        way = RowFinder.way(side, shape, other)
    }

    private static func way(_ side: VersionSide, _ shape: TableShape, _ other: TableShape) -> Way {
        guard shape.isKeyed(as: other) else { return .statement(RowLookup(side, shape)) }
        let table = TreeCursor(side.image, root: shape.root, kind: shape.stored.layout.kind)
        switch shape.identity {
        case .rowid: return .rowid(table)
        case .key:
            if shape.stored.isWithoutRowid { return .key(table) }
            guard let key = shape.stored.primaryKey, let root = shape.keyRoot, case .key(let columns) = shape.identity, key.columns == columns else {
                return .statement(RowLookup(side, shape))
            }
            return .index(TreeCursor(side.image, root: root, kind: .keyed(key.order)), keys: key.order.columns.count, rows: table)
        }
    }

    /// The row that is the same row as `row` of the other version.
    func row(like row: RowImage, of other: TableShape) throws(BranchLiteError) -> RowImage? {
        switch way {
        case .rowid(let cursor): return try find(row.rowid, cursor)
        case .key(let cursor):
            guard let key = other.wholeKey(of: row) else { return nil }
            return try find(key, cursor) ? try current(cursor) : nil
        case .index(let index, let keys, let rows):
            guard let key = other.wholeKey(of: row) else {
                // Only a row that goes by its rowid as well is the same.
                guard let found = try find(row.rowid, rows), shape.wholeKey(of: found) == nil else { return nil }
                return found
            }
            guard try find(key, index) else { return nil }
            let rowid = try mapTree { () throws(BTreeError) in try index.record().column(at: keys)?.integer }
            guard let rowid, let found = try find(rowid, rows) else {
                throw BranchLiteError(
                    "BL_CORRUPT", "the index of the primary key of '\(shape.name)' names a row that is not there", details: ["table": .string(shape.name)])
            }
            return found
        case .statement(let lookup): return try lookup.row(like: row, of: other)
        }
    }

    private func find(_ key: [SQLiteValue], _ cursor: TreeCursor) throws(BranchLiteError) -> Bool {
        let record = RecordEncoder.encode(key)
        return try mapTree { () throws(BTreeError) in
            try record.withRecord { (record) throws(BTreeError) in try cursor.find(key: record) }
        }
    }

    private func find(_ rowid: Int64, _ cursor: TreeCursor) throws(BranchLiteError) -> RowImage? {
        guard try mapTree({ () throws(BTreeError) in try cursor.find(rowid: rowid) }) else { return nil }
        return try current(cursor)
    }

    private func current(_ cursor: TreeCursor) throws(BranchLiteError) -> RowImage {
        let shape = shape
        return try mapTree { () throws(BTreeError) in
            try shape.image(RowView(rowid: cursor.rowid, record: cursor.record(), layout: shape.stored.layout))
        }
    }
}

extension TableShape {
    /// Whether nothing but the rowid tells rows apart.
    var isKeyless: Bool { if case .rowid(column: nil) = identity { true } else { false } }

    /// Whether the row goes by a rowid that nobody declared.
    func isNumbered(_ row: RowImage) -> Bool {
        switch identity {
        case .rowid(let column): column == nil
        case .key: wholeKey(of: row) == nil
        }
    }

    /// Whether equal keys have equal bytes in both tables, so that a key of one can be sought in the other's b-tree.
    func isKeyed(as other: TableShape) -> Bool {
        switch (identity, other.identity) {
        case (.rowid, .rowid): return true
        case (.key(let mine), .key(let theirs)):
            return mine.count == theirs.count && stored.isWithoutRowid == other.stored.isWithoutRowid
                && zip(mine, theirs).allSatisfy { pair in
                    Affinity(declaredType: stored.columns[pair.0].declaredType) == Affinity(declaredType: other.stored.columns[pair.1].declaredType)
                }
        default: return false
        }
    }

    /// A name of the rowid that no other column takes; nil where all three are taken.
    var rowidName: String? {
        ["rowid", "_rowid_", "oid"].first { info.columnIndex($0) == nil || info.columnIndex($0) == info.rowidAlias }
    }
}

/// Finds rows of one version's table by key with SQL, which knows every collation and conversion.
struct RowLookup {
    let side: VersionSide
    let shape: TableShape
    private let columns: String

    init(_ side: VersionSide, _ shape: TableShape) {
        self.side = side
        self.shape = shape
        let rowid = shape.stored.isWithoutRowid ? "0" : quoteIdentifier(shape.rowidName ?? "rowid")
        columns = ([rowid] + shape.stored.columns.map { quoteIdentifier($0.name) }).joined(separator: ", ")
    }

    /// The row that is the same row as `row` of another version.
    func row(like row: RowImage, of other: TableShape) throws(BranchLiteError) -> RowImage? {
        var values = [SQLiteValue.integer(row.rowid)]
        var terms: [String]
        if let key = other.wholeKey(of: row) {
            values = key
            terms = shape.keyNames
        } else if let name = shape.stored.isWithoutRowid ? nil : shape.rowidName {
            terms = [name]
        } else {
            throw BranchLiteError("BL_UNSUPPORTED", "the columns of '\(shape.name)' hide its rowid, so its rows cannot be told apart", details: ["table": .string(shape.name)])
        }
        guard terms.count == values.count else { return nil }
        terms = terms.enumerated().map { "\(quoteIdentifier($1)) = ?\($0 + 1)" }
        let sql = "SELECT \(columns) FROM main.\(quoteIdentifier(shape.name)) WHERE \(terms.joined(separator: " AND "))"
        let (connection, parameters) = (try side.connection, values)
        guard let found = try mapEngine({ () throws(EngineError) in try connection.query(sql, parameters) }).first else { return nil }
        var rowid: Int64 = 0
        if case .integer(let number)? = found.first { rowid = number }
        return RowImage(rowid: rowid, values: Array(found.dropFirst()))
    }
}
