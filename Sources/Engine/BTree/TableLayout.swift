import PageStore

/// How to read the stored columns of a table's records.
///
/// Columns are counted in stored order. For a rowid table that is the declared order without VIRTUAL generated
/// columns. A WITHOUT ROWID table stores its primary key's columns first, in primary key order, then the others.
public struct TableLayout: Sendable, Hashable {
    /// How the table is ordered and matched.
    public var kind: TreeKind
    /// The column that is the table's INTEGER PRIMARY KEY: it is stored as NULL, its value is the rowid.
    public var rowidColumn: Int?
    /// What a column holds in rows that were written before ALTER TABLE added it. Columns beyond the end are NULL.
    public var defaults: [SQLiteValue]
    /// The columns of REAL affinity. SQLite stores their whole numbers as integers; they are reals all the same.
    public var realColumns: Set<Int>

    public init(
        kind: TreeKind, rowidColumn: Int? = nil, defaults: [SQLiteValue] = [], realColumns: Set<Int> = []
    ) {
        self.kind = kind
        self.rowidColumn = rowidColumn
        self.defaults = defaults
        self.realColumns = realColumns
    }

    /// The value of column `index` in a row that does not store it.
    func missing(_ index: Int) -> SQLiteValue { index < defaults.count ? defaults[index] : .null }

    /// A stored value as the table means it.
    func meaning(_ value: SQLiteValue, of index: Int) -> SQLiteValue {
        guard case .integer(let number) = value, realColumns.contains(index) else { return value }
        return .real(Double(number))
    }
}

/// One side of a comparison: where the table's b-tree is in that image, and how to read it.
public struct TableSide: Sendable, Hashable {
    /// The root page of the table's b-tree in this image.
    public var root: PageNumber
    /// How to read the table's records.
    public var layout: TableLayout

    public init(root: PageNumber, layout: TableLayout) {
        self.root = root
        self.layout = layout
    }
}

/// A column on both sides, by its stored index on each.
public struct ColumnPair: Sendable, Hashable {
    public var old: Int
    public var new: Int

    public init(old: Int, new: Int) {
        self.old = old
        self.new = new
    }
}
