/// The rows of a table whose two versions are not ordered alike: all old rows are walked, then all new ones. Rows are matched
/// by key where both sides have the same key stored another way, else every row went and every row came.
///
/// Memory is constant. What went comes first, so that what came can take its place.
public final class SweepDiff: RowChangeSource {
    private enum Phase {
        static let went: UInt8 = 0, came: UInt8 = 1
    }

    private let old: RowDiff
    private let new: RowDiff
    private let finders: (old: KeyFinder, new: KeyFinder, comparison: RowComparison)?
    private var phase = Phase.went
    private var last: RowView?
    private var start: RowChangePosition?

    /// - Parameters:
    ///   - old: all rows of the old side as deletions.
    ///   - new: all rows of the new side as insertions.
    init(old: RowDiff, new: RowDiff, _ match: KeyMatch?, _ comparison: RowComparison) {
        self.old = old
        self.new = new
        finders = match.map { ($0.finderOnOld(), $0.finderOnNew(), comparison) }
    }

    public func next() throws(BTreeError) -> RowChange? {
        while phase == Phase.went {
            guard let change = try old.next() else {
                phase = Phase.came
                break
            }
            if let finders, try finders.new.find(change.keyRow) != nil { continue }
            last = change.keyRow
            return change
        }
        while let change = try new.next() {
            guard let finders, let before = try finders.old.find(change.keyRow) else {
                last = change.keyRow
                return change
            }
            if try finders.comparison.isSame(before, change.keyRow) { continue }
            last = change.keyRow
            return RowChange(from: before, to: change.keyRow)
        }
        last = nil
        return nil
    }

    public func position() throws(BTreeError) -> RowChangePosition? {
        guard let last else { return start }
        return RowChangePosition(phase: phase, key: try last.key())
    }

    public func seek(after position: RowChangePosition) throws(BTreeError) {
        guard position.phase <= Phase.came else { throw .incomparable(detail: "there is no part \(position.phase) of the listing") }
        phase = position.phase
        last = nil
        start = position
        try (phase == Phase.went ? old : new).seek(after: position.key)
    }
}
