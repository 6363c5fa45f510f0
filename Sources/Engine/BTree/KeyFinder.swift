import PageStore

/// A table of one version with what finds its rows by primary key.
public struct KeyedTable {
    /// The version.
    public let image: DatabaseImage
    /// The table's b-tree.
    public let side: TableSide
    /// The automatic index of a declared key of a rowid table; nil for a WITHOUT ROWID table, whose own b-tree is it.
    public let indexRoot: PageNumber?
    /// The order of that b-tree.
    public let order: KeyOrder
    /// The key's columns (stored indices) in the order of that b-tree.
    public let columns: [Int]

    public init(image: DatabaseImage, side: TableSide, indexRoot: PageNumber?, order: KeyOrder, columns: [Int]) {
        self.image = image
        self.side = side
        self.indexRoot = indexRoot
        self.order = order
        self.columns = columns
    }
}

/// Finds rows of one version by the key of a row of another: through the automatic index of the primary key, or in the table
/// itself where it has no rowids. Two descents of a b-tree for each row; memory: a page for each level.
final class KeyFinder {
    private let table: KeyedTable
    /// The columns (stored indices) of the other version's table that hold the key, in the order of this one's key.
    private let source: [Int]
    /// What makes two keys the same: where the sides' collations differ, their bytes.
    private let identity: [Collation]
    private let index: TreeCursor?
    private let rows: TreeCursor
    private let columns = RecordColumns()
    private let found = RecordColumns()
    private var types: [UInt8] = []
    private var body: [UInt8] = []
    private var key: [UInt8] = []

    /// - Parameters:
    ///   - source: where the other version's rows have the columns of `table`'s key, in its order.
    ///   - identity: by column of the key, the collation under which keys are the same.
    init(_ table: KeyedTable, source: [Int], identity: [Collation]) {
        self.table = table
        self.source = source
        self.identity = identity
        index = table.indexRoot.map { TreeCursor(table.image, root: $0, kind: .keyed(table.order)) }
        rows = TreeCursor(table.image, root: table.side.root, kind: table.side.layout.kind)
        index?.keepsInteriorPages = true
        rows.keepsInteriorPages = true
    }

    /// The row with the key of `row`; nil when there is none, and when the key has a NULL. Valid until the next call.
    func find(_ row: RowView) throws(BTreeError) -> RowView? {
        guard try encodeKey(of: row) else { return nil }
        let (index, rows, layout) = (index, rows, table.side.layout)
        let isThere = try key.withRecord { (record) throws(BTreeError) -> Bool in
            guard let index else { return try rows.find(key: record) }
            guard try index.find(key: record) else { return false }
            let entry = try index.record()
            guard let rowid = try entry.column(at: table.order.columns.count), rowid.storageClass == .integer else {
                throw .corrupt(page: entry.page, detail: "an entry of the primary key's index has no rowid")
            }
            guard try rows.find(rowid: rowid.integer) else {
                throw .corrupt(page: entry.page, detail: "the primary key's index names row \(rowid.integer), which is not there")
            }
            return true
        }
        guard isThere else { return nil }
        let view = RowView(rowid: rows.rowid, record: try rows.record(), layout: layout)
        try found.read(view.record)
        for (position, column) in table.columns.enumerated() where identity[position] != table.order.columns[position].collation {
            guard let there = found[column], let here = columns[source[position]] else { return nil }
            if KeyOrder.compare(there, here, identity[position]) != 0 { return nil }
        }
        return view
    }

    /// Puts the key of `row` into `key`; false when it has a NULL.
    private func encodeKey(of row: RowView) throws(BTreeError) -> Bool {
        try columns.read(row.record)
        types.removeAll(keepingCapacity: true)
        body.removeAll(keepingCapacity: true)
        for index in source {
            if index == row.layout.rowidColumn {
                RecordEncoder.appendInteger(row.rowid, types: &types, body: &body)
                continue
            }
            guard let column = columns[index], !column.isNull else { return false }
            Varint.append(column.serialType, to: &types)
            body.append(contentsOf: column.bytes)
        }
        RecordEncoder.assemble(types: types, body: body, into: &key)
        return true
    }
}
