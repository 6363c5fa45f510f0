import PageStore

/// Two images of one database and the pages that differ between them: makes the row diffs of single tables.
///
/// The changed pages are climbed to their trees once, when this is made; after that a table that nothing has changed
/// costs one hash look-up. Belongs to one thread at a time, with its images and row diffs.
public final class DatabaseDiff {
    /// How to find the rows that differ.
    public enum Method: Sendable {
        /// Page by page where the images allow it, else by an ordered scan.
        case automatic
        /// An ordered scan of both tables in whole.
        case orderedScan
    }

    /// The older image.
    public let old: DatabaseImage
    /// The newer image.
    public let new: DatabaseImage
    private let changed: ChangedPages?

    /// - Parameter changedPages: The pages whose content differs or that exist on one side only, in any order; nil if
    ///   not known (every table is then scanned). More than necessary does no harm, fewer gives wrong results.
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when the pointer map is corrupt.
    public init(old: DatabaseImage, new: DatabaseImage, changedPages: [PageNumber]?) throws(BTreeError) {
        self.old = old
        self.new = new
        let alike = old.pageCount > 0 && new.pageCount > 0 && old.pageSize == new.pageSize
            && old.usableSize == new.usableSize
        if let changedPages, alike, old.hasPointerMaps || new.hasPointerMaps {
            changed = try ChangedPages(changedPages, base: old.hasPointerMaps ? old : new)
        } else {
            changed = nil
        }
    }

    /// Whether differences are found page by page. False when the changed pages are not known, when neither image has
    /// pointer maps, or when one is empty.
    public var isPageLevel: Bool { changed != nil }

    /// For each b-tree with changed pages, its root and the number of its pages that changed, overflow pages included.
    /// Roots of the old image if that has pointer maps, else of the new. Empty unless ``isPageLevel``.
    public var changedPagesByTree: [PageNumber: Int] { changed?.byTree ?? [:] }

    /// Whether the tree at these roots is known to be the same on both sides, without reading it.
    public func isUntouched(oldRoot: PageNumber, newRoot: PageNumber) -> Bool {
        guard let changed else { return false }
        return oldRoot == newRoot && !changed.isMarked(oldRoot)
    }

    /// The rows of a table that differ, in key order.
    ///
    /// - Parameters:
    ///   - oldSide: The table in the old image; nil if it is not there (all rows are inserted).
    ///   - newSide: The table in the new image; nil if it is not there (all rows are deleted).
    ///   - comparing: The columns that count, paired by their stored index; rows that agree in all of them are left
    ///     out. Without it, columns are paired by position. Where a pair says that a column has moved to another place,
    ///     changed between REAL and another type, or is read with another default where rows do not store it, equal
    ///     bytes do not mean equal rows and the tables are scanned.
    ///   - added: With `comparing`: columns of the new side (stored indices) that the old one does not have. They count
    ///     where they hold something else than their default.
    ///   - method: How to find them.
    /// - Throws: ``BTreeError/incomparable(detail:)`` when the sides are ordered differently; ``BTreeError`` when a
    ///   page is corrupt or unreadable.
    public func rows(
        old oldSide: TableSide?, new newSide: TableSide?, comparing: [ColumnPair]? = nil, added: [Int] = [],
        method: Method = .automatic
    ) throws(BTreeError) -> RowDiff {
        guard let kind = (newSide ?? oldSide)?.layout.kind else {
            return RowDiff(old: nil, new: nil, kind: .rowid, comparison: nil, changed: nil, isPageLevel: isPageLevel)
        }
        guard let oldSide, let newSide else {
            return RowDiff(
                old: oldSide.map { (TreeCursor(old, root: $0.root, kind: kind), $0.layout) },
                new: newSide.map { (TreeCursor(new, root: $0.root, kind: kind), $0.layout) },
                kind: kind, comparison: nil, changed: nil, isPageLevel: false
            )
        }
        guard oldSide.layout.kind == kind else {
            throw .incomparable(detail: "the primary key is not the same on both sides")
        }
        let comparison = comparing.map { RowComparison(old: oldSide.layout, new: newSide.layout, pairs: $0, added: added) }
        let equalBytesAreEqualRows = Self.keepsMeaning(oldSide.layout, newSide.layout, comparing, added)
        guard let changed, method == .automatic, equalBytesAreEqualRows else {
            return RowDiff(
                old: (TreeCursor(old, root: oldSide.root, kind: kind), oldSide.layout),
                new: (TreeCursor(new, root: newSide.root, kind: kind), newSide.layout),
                kind: kind, comparison: comparison, changed: changed, isPageLevel: false,
                equalBytesAreEqualRows: equalBytesAreEqualRows
            )
        }
        if isUntouched(oldRoot: oldSide.root, newRoot: newSide.root) {
            return RowDiff(old: nil, new: nil, kind: kind, comparison: nil, changed: nil, isPageLevel: true)
        }
        let plan = try DiffPlan(
            old: old, oldRoot: oldSide.root, new: new, newRoot: newSide.root, kind: kind, changed: changed
        )
        return RowDiff(
            old: plan.readsOld ? (TreeCursor(old, root: oldSide.root, kind: kind, entering: plan.old), oldSide.layout) : nil,
            new: plan.readsNew ? (TreeCursor(new, root: newSide.root, kind: kind, entering: plan.new), newSide.layout) : nil,
            kind: kind, comparison: comparison, changed: changed, isPageLevel: true
        )
    }

    /// The rows of a table with a declared primary key that differ, matched by that key however they are stored.
    ///
    /// - Parameters:
    ///   - match: The key, and both sides' tables; nil when the primary key is another: then no row is matched, all went
    ///     and all came.
    ///   - comparing: as in ``rows(old:new:comparing:added:method:)``.
    public func rows(
        old oldSide: TableSide, new newSide: TableSide, matching match: KeyMatch?, comparing: [ColumnPair], added: [Int]
    ) throws(BTreeError) -> any RowChangeSource {
        let comparison = { RowComparison(old: oldSide.layout, new: newSide.layout, pairs: comparing, added: added) }
        if let match {
            if match.isOrderedAlike { return try rows(old: oldSide, new: newSide, comparing: comparing, added: added) }
            if oldSide.layout.kind == .rowid, newSide.layout.kind == .rowid {
                let rows = try rows(old: oldSide, new: newSide, comparing: comparing, added: added)
                return match.isUntouched(self) ? rows : KeyedRowDiff(rows, match, comparison())
            }
        }
        return SweepDiff(old: try rows(old: oldSide, new: nil), new: try rows(old: nil, new: newSide), match, comparison())
    }

    /// Whether equal bytes are equal rows: each stored position means the same column on both sides, read alike, and where
    /// a row stores nothing of a column both sides read the same.
    private static func keepsMeaning(_ old: TableLayout, _ new: TableLayout, _ pairs: [ColumnPair]?, _ added: [Int]) -> Bool {
        guard let pairs else {
            return old.rowidColumn == new.rowidColumn && old.realColumns == new.realColumns
                && zip(old.defaults, new.defaults).allSatisfy { $0.isIdentical(to: $1) }
        }
        // A row that is the same bytes on both sides stores no column that the old side does not have.
        return added.allSatisfy { $0 >= old.defaults.count && $0 != new.rowidColumn }
            && pairs.allSatisfy { pair in
                pair.old == pair.new && old.realColumns.contains(pair.old) == new.realColumns.contains(pair.new)
                    && (old.rowidColumn == pair.old) == (new.rowidColumn == pair.new)
                    && old.missing(pair.old).isIdentical(to: new.missing(pair.new))
            }
    }
}
