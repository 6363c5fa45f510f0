/// One row that differs between the two sides of a diff. Borrowed: valid until the diff moves on.
public struct RowChange {
    /// What happened to the row on the way from the old side to the new.
    public enum Kind: Sendable, Hashable {
        case inserted, deleted, updated
    }

    /// What happened.
    public let kind: Kind
    /// The row on the old side; nil exactly if it was inserted.
    public let before: RowView?
    /// The row on the new side; nil exactly if it was deleted.
    public let after: RowView?
    private let row: RowView

    init(deleted row: RowView) { (kind, before, after, self.row) = (.deleted, row, nil, row) }
    init(inserted row: RowView) { (kind, before, after, self.row) = (.inserted, nil, row, row) }
    init(from before: RowView, to after: RowView) { (kind, self.before, self.after, row) = (.updated, before, after, after) }

    /// The row that gives the key: the new one unless it was deleted. (Two keys that a NOCASE or RTRIM column holds
    /// equal can differ in their bytes.)
    public var keyRow: RowView { row }

    /// The row's key, copied.
    public func key() throws(BTreeError) -> RowKey { try keyRow.key() }

    /// The rowid; 0 in a WITHOUT ROWID table.
    public var rowid: Int64 { keyRow.rowid }

    /// A copy that outlives the diff's next step.
    public func copy() throws(BTreeError) -> StoredRowChange {
        StoredRowChange(kind: kind, key: try key(), before: before?.copy(), after: after?.copy())
    }
}

/// A ``RowChange`` copied out of its pages.
public struct StoredRowChange: Sendable, Hashable {
    public let kind: RowChange.Kind
    public let key: RowKey
    public let before: StoredRow?
    public let after: StoredRow?
}

/// How many rows differ.
public struct RowDiffCounts: Sendable, Hashable {
    public var inserted = 0
    public var deleted = 0
    public var updated = 0

    public init(inserted: Int = 0, deleted: Int = 0, updated: Int = 0) {
        self.inserted = inserted
        self.deleted = deleted
        self.updated = updated
    }

    /// All of them.
    public var total: Int { inserted + deleted + updated }
}

/// The rows of one table that differ between two images, streamed in key order.
///
/// Both sides are read in key order and matched by key: with a plan only on the pages that differ (``DiffPlan``),
/// without one in whole. Rows whose bytes are equal are passed over without being decoded. Memory is constant in the
/// number of rows: a page per level of each tree, the overflow pages of one row on each side, and for the plan 8 to 16
/// bytes for each page that is entered.
public final class RowDiff: RowChangeSource {
    private let old: TreeCursor?
    private let oldLayout: TableLayout
    private var onOld = false
    private let new: TreeCursor?
    private let newLayout: TableLayout
    private var onNew = false
    /// The order of a keyed tree; nil for a rowid tree.
    private let order: KeyOrder?
    /// How rows of both sides are compared; nil: by position.
    private let comparison: RowComparison?
    private let changed: ChangedPages?
    /// Whether equal bytes mean equal rows; not so where a column has moved to another place or changed its type.
    private let equalBytesAreEqualRows: Bool
    private var advanceOld = true
    private var advanceNew = true
    /// What was given last (the cursors stand on it), and where the stream was taken up, for ``position()``.
    private var last: RowChange.Kind?
    private var start: RowChangePosition?

    /// Whether the diff reads only changed pages (false: it scans both tables).
    public let isPageLevel: Bool

    init(
        old: (cursor: TreeCursor, layout: TableLayout)?, new: (cursor: TreeCursor, layout: TableLayout)?,
        kind: TreeKind, comparison: RowComparison?, changed: ChangedPages?, isPageLevel: Bool,
        equalBytesAreEqualRows: Bool = true
    ) {
        self.old = old?.cursor
        self.new = new?.cursor
        oldLayout = old?.layout ?? TableLayout(kind: kind)
        newLayout = new?.layout ?? TableLayout(kind: kind)
        if case .keyed(let keyOrder) = kind { order = keyOrder } else { order = nil }
        self.comparison = comparison
        self.changed = changed
        self.equalBytesAreEqualRows = equalBytesAreEqualRows
        self.isPageLevel = isPageLevel
    }

    /// The next row that differs, in key order; nil after the last.
    ///
    /// - Throws: ``BTreeError`` when a page is corrupt or unreadable.
    public func next() throws(BTreeError) -> RowChange? {
        guard let kind = try advance() else { return nil }
        switch kind {
        case .deleted: return try oldRow().map(RowChange.init(deleted:))
        case .inserted: return try newRow().map(RowChange.init(inserted:))
        case .updated:
            guard let before = try oldRow(), let after = try newRow() else { return nil }
            return RowChange(from: before, to: after)
        }
    }

    private func oldRow() throws(BTreeError) -> RowView? {
        guard let old else { return nil }
        return RowView(rowid: old.rowid, record: try old.record(), layout: oldLayout)
    }

    private func newRow() throws(BTreeError) -> RowView? {
        guard let new else { return nil }
        return RowView(rowid: new.rowid, record: try new.record(), layout: newLayout)
    }

    /// Counts the differences from here to the end; no row is looked at twice.
    public func counts() throws(BTreeError) -> RowDiffCounts {
        var counts = RowDiffCounts()
        while let kind = try advance() { counts.add(kind) }
        return counts
    }

    /// Moves on to the next row that differs and says how; the cursors stand on it.
    private func advance() throws(BTreeError) -> RowChange.Kind? {
        while true {
            if advanceOld, advanceNew, equalBytesAreEqualRows, let old, let new {
                try TreeCursor.passEqualRows(old, new, changed)
            }
            if advanceOld { onOld = try old?.next() ?? false }
            if advanceNew { onNew = try new?.next() ?? false }
            advanceOld = false
            advanceNew = false
            last = nil
            guard onOld || onNew else { return nil }
            guard onOld, let old else { return settle(.inserted) }
            guard onNew, let new else { return settle(.deleted) }
            let keyOrder: Int
            if let order {
                // Equal bytes are equal keys too: no need to decode them.
                if equalBytesAreEqualRows, try haveSameBytes(old, new) {
                    advanceOld = true
                    advanceNew = true
                    continue
                }
                keyOrder = try order.compare(old.record(), new.record())
            } else {
                keyOrder = old.rowid < new.rowid ? -1 : (old.rowid > new.rowid ? 1 : 0)
            }
            if keyOrder < 0 { return settle(.deleted) }
            if keyOrder > 0 { return settle(.inserted) }
            if order == nil, equalBytesAreEqualRows, try haveSameBytes(old, new) {
                advanceOld = true
                advanceNew = true
                continue
            }
            if try isSame(old, new) {
                advanceOld = true
                advanceNew = true
                continue
            }
            return settle(.updated)
        }
    }

    private func settle(_ kind: RowChange.Kind) -> RowChange.Kind {
        advanceOld = kind != .inserted
        advanceNew = kind != .deleted
        last = kind
        return kind
    }

    private func isSame(_ old: TreeCursor, _ new: TreeCursor) throws(BTreeError) -> Bool {
        if let comparison { return try comparison.isSame(old.record(), old.rowid, new.record(), new.rowid) }
        let before = RowView(rowid: old.rowid, record: try old.record(), layout: oldLayout)
        return try before.holdsSame(as: RowView(rowid: new.rowid, record: try new.record(), layout: newLayout))
    }

    /// Whether the current rows have the same bytes. An overflow chain that begins at the same unmarked page on both
    /// sides is the same chain (see ``DiffPlan``) and is not read.
    @inline(__always)
    private func haveSameBytes(_ old: TreeCursor, _ new: TreeCursor) throws(BTreeError) -> Bool {
        guard let a = old.cell, let b = new.cell, a.hasSameLocalBytes(as: b) else { return false }
        if a.length == a.localLength { return true }
        if a.overflow == b.overflow, let changed, !changed.isMarked(a.overflow) { return true }
        return try ColumnView.compareBytes(old.record().bytes, new.record().bytes) == 0
    }

    /// Places the diff behind `key`: ``next()`` gives the first difference whose key comes after it. For paging: keep
    /// the key of the last change of a page.
    ///
    /// - Throws: ``BTreeError/incomparable(detail:)`` when the key is not of the table's kind.
    public func seek(after key: RowKey) throws(BTreeError) {
        for cursor in [old, new] {
            guard let cursor else { continue }
            switch key {
            case .rowid(let rowid): try cursor.seek(rowid: rowid, after: true)
            case .record(let bytes):
                try bytes.withRecord { (record) throws(BTreeError) in try cursor.seek(key: record, after: true) }
            }
        }
        advanceOld = true
        advanceNew = true
        last = nil
    }

    /// Places the diff of a rowid table so that ``next()`` gives the first difference at `rowid` or behind it.
    func seek(from rowid: Int64) throws(BTreeError) {
        for cursor in [old, new] { try cursor?.seek(rowid: rowid) }
        advanceOld = true
        advanceNew = true
        last = nil
    }

    public func seek(after position: RowChangePosition) throws(BTreeError) {
        try seek(after: position.key)
        start = position
    }

    public func position() throws(BTreeError) -> RowChangePosition? {
        guard let last, let row = try last == .deleted ? oldRow() : newRow() else { return start }
        return RowChangePosition(key: try row.key())
    }
}
