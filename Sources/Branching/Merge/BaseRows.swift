import Engine

/// What the bases of a merge know of one row.
///
/// With several bases (a criss-cross) a cell's value is what all of them hold; where they disagree it is unknown, and whatever
/// differs between the sides there is a conflict: no change of either side is lost.
struct BaseRow {
    /// Nil: some bases have the row, some do not.
    var isPresent: Bool?
    /// The newest base's row, for reports.
    var image: (base: Int, row: RowImage)?
    /// By place of the column in the merged table, where there are several bases; nil: they disagree.
    var agreed: [SQLiteValue?]?

    static let absent = BaseRow(isPresent: false, image: nil, agreed: nil)
}

/// A column of the merged table: where each side stores it.
struct MergedColumn {
    /// The stored index on each side; -1 where it does not have the column.
    var source: Int
    var target: Int
    /// The stored index in the only base; -1 where it does not have the column, or where there is not exactly one base.
    var base: Int

    static let absent = -1
}
