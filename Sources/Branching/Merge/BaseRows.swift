import Engine
import PageStore

/// What the base of a merge knows of one row.
struct BaseRow {
    /// Nil: unknown, the bases that make it up disagree.
    var isPresent: Bool?
    /// A row that one of the bases has, the newest that does: by it the row is sought and reported.
    var image: (base: Int, row: RowImage)?
    /// By place of the column in the merged table, where there are several bases; nil: unknown. Whatever differs there between the
    /// sides of the merge is a conflict: no change of either side is lost.
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

/// Makes one base row of the rows that several versions have.
struct BaseRowMerge {
    /// Presence and cells; nil where unknown.
    struct Known {
        var isPresent: Bool?
        var cells: [SQLiteValue?]

        func isSame(as other: Known) -> Bool {
            guard let isPresent, isPresent == other.isPresent else { return false }
            return !isPresent || zip(cells, other.cells).allSatisfy { BaseRowMerge.isSame($0, $1) }
        }
    }

    let tree: BaseTree
    let columns: Int
    /// What a version has of the row.
    let known: (VersionID) throws(BranchLiteError) -> Known

    func row() throws(BranchLiteError) -> Known { try row(tree) }

    private func row(_ tree: BaseTree) throws(BranchLiteError) -> Known {
        switch tree {
        case .version(let version): return try known(version)
        case .merged(let a, let b, let base):
            let (one, other) = (try row(a), try row(b))
            if one.isSame(as: other) { return one }
            let unknown = Known(isPresent: nil, cells: Array(repeating: nil, count: columns))
            guard let base else {
                guard one.isPresent == true, other.isPresent == true else { return unknown }
                return Known(isPresent: true, cells: zip(one.cells, other.cells).map { BaseRowMerge.isSame($0, $1) ? $0 : nil })
            }
            let was = try row(base)
            if one.isSame(as: was) { return other }
            if other.isSame(as: was) { return one }
            guard one.isPresent == true, other.isPresent == true else { return unknown }
            let hadRow = was.isPresent == true
            let cells = (0..<columns).map { index -> SQLiteValue? in
                let (mine, theirs) = (one.cells[index], other.cells[index])
                if BaseRowMerge.isSame(mine, theirs) { return mine }
                guard hadRow else { return nil }
                if BaseRowMerge.isSame(mine, was.cells[index]) { return theirs }
                return BaseRowMerge.isSame(theirs, was.cells[index]) ? mine : nil
            }
            return Known(isPresent: true, cells: cells)
        }
    }

    private static func isSame(_ a: SQLiteValue?, _ b: SQLiteValue?) -> Bool {
        guard let a, let b else { return false }
        return a.isIdentical(to: b)
    }
}
