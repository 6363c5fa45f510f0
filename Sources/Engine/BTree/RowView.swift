/// A row borrowed from a cursor or a diff: valid until that moves on.
public struct RowView {
    /// The rowid; 0 in a WITHOUT ROWID table.
    public let rowid: Int64
    /// The row as stored.
    public let record: RecordView
    /// How to read it.
    public let layout: TableLayout

    public init(rowid: Int64, record: RecordView, layout: TableLayout) {
        self.rowid = rowid
        self.record = record
        self.layout = layout
    }

    /// The value of the column at `index` in stored order: the rowid for an INTEGER PRIMARY KEY, the default for a
    /// column that the row does not store, a real for a whole number in a REAL column.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when the record is corrupt.
    public func value(at index: Int) throws(BTreeError) -> SQLiteValue {
        if index == layout.rowidColumn { return .integer(rowid) }
        guard let column = try record.column(at: index) else { return layout.missing(index) }
        return layout.meaning(column.value, of: index)
    }

    /// The values of the first `count` columns in stored order, read as ``value(at:)`` does.
    public func values(count: Int) throws(BTreeError) -> [SQLiteValue] {
        var columns = record.columns
        var values: [SQLiteValue] = []
        values.reserveCapacity(count)
        for index in 0 ..< max(0, count) {
            let column = try columns.next()
            if index == layout.rowidColumn {
                values.append(.integer(rowid))
            } else if let column {
                values.append(layout.meaning(column.value, of: index))
            } else {
                values.append(layout.missing(index))
            }
        }
        return values
    }

    /// The row's key, copied.
    public func key() throws(BTreeError) -> RowKey {
        switch layout.kind {
        case .rowid: .rowid(rowid)
        case .keyed(let order): .record(try RecordEncoder.prefix(of: record, count: order.columns.count))
        }
    }

    /// Compares the keys of two rows of tables that are ordered alike: negative, zero or positive.
    ///
    /// - Throws: ``BTreeError/incomparable(detail:)`` when the tables are not ordered alike.
    public func compareKey(to other: RowView) throws(BTreeError) -> Int {
        switch (layout.kind, other.layout.kind) {
        case (.rowid, .rowid):
            return rowid < other.rowid ? -1 : (rowid > other.rowid ? 1 : 0)
        case (.keyed(let order), .keyed(let otherOrder)) where order == otherOrder:
            return try order.compare(record, other.record)
        default:
            throw .incomparable(detail: "their keys are ordered differently")
        }
    }

    /// Whether the columns at `index` here and `otherIndex` there hold the same value.
    public func holdsSame(at index: Int, as other: RowView, at otherIndex: Int) throws(BTreeError) -> Bool {
        if let column = try record.column(at: index), let otherColumn = try other.record.column(at: otherIndex),
           index != layout.rowidColumn, otherIndex != other.layout.rowidColumn {
            let (isReal, otherIsReal) = (layout.realColumns.contains(index), other.layout.realColumns.contains(otherIndex))
            return column.holdsSame(as: otherColumn, isReal: isReal, otherIsReal: otherIsReal)
        }
        return try value(at: index).isIdentical(to: other.value(at: otherIndex))
    }

    /// Whether both rows hold the same values by position, in all columns that either stores.
    func holdsSame(as other: RowView) throws(BTreeError) -> Bool {
        var columns = record.columns
        var otherColumns = other.record.columns
        let isAlike = layout.rowidColumn == other.layout.rowidColumn
        var index = 0
        while true {
            let column = try columns.next()
            let otherColumn = try otherColumns.next()
            if column == nil, otherColumn == nil { return true }
            if let column, let otherColumn, isAlike {
                let (isReal, otherIsReal) = (layout.realColumns.contains(index), other.layout.realColumns.contains(index))
                if !column.holdsSame(as: otherColumn, isReal: isReal, otherIsReal: otherIsReal) { return false }
            } else if try !value(at: index).isIdentical(to: other.value(at: index)) {
                return false
            }
            index += 1
        }
    }

    /// A copy that outlives the cursor.
    public func copy() -> StoredRow { StoredRow(rowid: rowid, record: [UInt8](record.bytes)) }
}

/// A row copied out of its page: its record as stored.
public struct StoredRow: Sendable, Hashable {
    /// The rowid; 0 in a WITHOUT ROWID table.
    public let rowid: Int64
    /// The record in SQLite's record format.
    public let record: [UInt8]

    public init(rowid: Int64, record: [UInt8]) {
        self.rowid = rowid
        self.record = record
    }

    /// Calls `body` with a view of the row; the view is valid inside it only.
    public func withView<Result>(
        _ layout: TableLayout, _ body: (RowView) throws(BTreeError) -> Result
    ) throws(BTreeError) -> Result {
        try record.withRecord { (record) throws(BTreeError) -> Result in
            try body(RowView(rowid: rowid, record: record, layout: layout))
        }
    }

    /// The values of the first `count` columns in stored order.
    public func values(_ layout: TableLayout, count: Int) throws(BTreeError) -> [SQLiteValue] {
        try withView(layout) { (view) throws(BTreeError) in try view.values(count: count) }
    }
}

/// What identifies a row: its rowid, or its key columns encoded as a record.
public enum RowKey: Sendable, Hashable {
    /// The rowid.
    case rowid(Int64)
    /// A record of the key columns in key order, as stored. Texts that a NOCASE or RTRIM key column holds equal have
    /// different bytes; compare such keys with ``KeyOrder/compare(_:_:)``.
    case record([UInt8])

    /// The key's values: the rowid, or the key columns in key order.
    public func values() throws(BTreeError) -> [SQLiteValue] {
        switch self {
        case .rowid(let rowid): return [.integer(rowid)]
        case .record(let bytes):
            return try bytes.withRecord { (record) throws(BTreeError) in try record.values() }
        }
    }
}
