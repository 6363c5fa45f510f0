import PageStore

/// The primary key that two versions of a table have in common, and how rows of one are found in the other by it.
///
/// Rows whose key has a NULL (SQLite allows that in rowid tables) have no key: they go by their rowid.
public struct KeyMatch {
    let old: KeyedTable
    let new: KeyedTable
    /// For each column of the new side's key, in its order: the column's stored index on the old side.
    private let oldColumns: [Int]
    private let identity: [Collation]

    /// - Parameter pairs: The columns that both sides have.
    /// - Returns: nil when the keys are not made of the same columns.
    public init?(old: KeyedTable, new: KeyedTable, pairs: [ColumnPair]) {
        guard old.columns.count == new.columns.count, !new.columns.isEmpty else { return nil }
        var oldColumns: [Int] = []
        var identity: [Collation] = []
        for (position, column) in new.columns.enumerated() {
            guard let pair = pairs.first(where: { $0.new == column }), let place = old.columns.firstIndex(of: pair.old) else { return nil }
            oldColumns.append(pair.old)
            let (a, b) = (old.order.columns[place].collation, new.order.columns[position].collation)
            identity.append(a == b ? a : .binary)
        }
        guard old.columns.allSatisfy(oldColumns.contains) else { return nil }
        self.old = old
        self.new = new
        self.oldColumns = oldColumns
        self.identity = identity
    }

    /// Whether both b-trees are ordered by the same columns in the same way, so that walking them side by side matches rows
    /// by key.
    public var isOrderedAlike: Bool {
        old.indexRoot == nil && new.indexRoot == nil && old.order == new.order && old.columns == oldColumns
    }

    /// Whether the key leads to the same rowids on both sides, by the pages of its index alone.
    func isUntouched(_ diff: DatabaseDiff) -> Bool {
        guard let a = old.indexRoot, let b = new.indexRoot, old.order == new.order, old.columns == oldColumns else { return false }
        return diff.isUntouched(oldRoot: a, newRoot: b)
    }

    /// Finds rows of the old side by rows of the new.
    func finderOnOld() -> KeyFinder {
        var source: [Int] = []
        var collations: [Collation] = []
        for column in old.columns {
            guard let position = oldColumns.firstIndex(of: column) else { continue }
            source.append(new.columns[position])
            collations.append(identity[position])
        }
        return KeyFinder(old, source: source, identity: collations)
    }

    /// Finds rows of the new side by rows of the old.
    func finderOnNew() -> KeyFinder { KeyFinder(new, source: oldColumns, identity: identity) }

    /// Whether two rows with the same rowid are the same row: they have the same key, or neither has one.
    func isSameKey(_ before: RowView, _ after: RowView, _ left: RecordColumns, _ right: RecordColumns) throws(BTreeError) -> Bool {
        try left.read(before.record)
        try right.read(after.record)
        var isSame = true
        var (oldIsNull, newIsNull) = (false, false)
        for (position, column) in new.columns.enumerated() {
            guard let a = left[oldColumns[position]], !a.isNull else {
                oldIsNull = true
                newIsNull = newIsNull || (right[column]?.isNull ?? true)
                continue
            }
            guard let b = right[column], !b.isNull else {
                newIsNull = true
                continue
            }
            if isSame, KeyOrder.compare(a, b, identity[position]) != 0 { isSame = false }
        }
        return oldIsNull || newIsNull ? oldIsNull == newIsNull : isSame
    }
}
