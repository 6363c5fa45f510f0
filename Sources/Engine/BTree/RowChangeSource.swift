/// A stream of the rows of one table that differ between two versions, which can be left and taken up again.
///
/// What it hands out is borrowed and valid until it moves on. Belongs to one thread.
public protocol RowChangeSource: AnyObject {
    /// The next row that differs; nil after the last.
    ///
    /// - Throws: ``BTreeError`` when a page is corrupt or unreadable.
    func next() throws(BTreeError) -> RowChange?

    /// Counts the differences from here to the end.
    func counts() throws(BTreeError) -> RowDiffCounts

    /// Where the change that was given last stands in the stream, copied; nil before the first.
    func position() throws(BTreeError) -> RowChangePosition?

    /// Goes on behind a position of the same stream over the same two versions.
    ///
    /// - Throws: ``BTreeError/incomparable(detail:)`` for a position of another kind of stream.
    func seek(after position: RowChangePosition) throws(BTreeError)
}

/// A place in a ``RowChangeSource``.
public struct RowChangePosition: Sendable, Hashable {
    /// Which part of the stream, for those that have several.
    public var phase: UInt8
    /// The key of the last row given in that part.
    public var key: RowKey

    public init(phase: UInt8 = 0, key: RowKey) {
        self.phase = phase
        self.key = key
    }
}

extension RowChangeSource {
    /// Counts the differences from here to the end.
    public func counts() throws(BTreeError) -> RowDiffCounts {
        var counts = RowDiffCounts()
        while let change = try next() { counts.add(change.kind) }
        return counts
    }
}

extension RowDiffCounts {
    /// Adds those of another part.
    public mutating func add(_ other: RowDiffCounts) {
        inserted += other.inserted
        deleted += other.deleted
        updated += other.updated
    }

    /// Counts one more.
    @inline(__always)
    public mutating func add(_ kind: RowChange.Kind) {
        switch kind {
        case .inserted: inserted += 1
        case .deleted: deleted += 1
        case .updated: updated += 1
        }
    }
}

/// No changes: for a table that is the same by its pages or that neither side has.
public final class NoRowChanges: RowChangeSource {
    public init() {}
    public func next() -> RowChange? { nil }
    public func position() -> RowChangePosition? { nil }
    public func seek(after position: RowChangePosition) {}
}
