import Engine
import SQLDialect

/// A row that differs, as the forms write it.
typealias FormChange = RowChanges.Change

/// Rows that differ, one at a time.
protocol ChangeSource: AnyObject {
    func next() throws(BranchLiteError) -> FormChange?
    /// Where the change that was given last stands; nil before the first.
    func position() throws(BranchLiteError) -> RowChangePosition?
    /// Goes on behind a position of the same listing.
    func seek(after position: RowChangePosition) throws(BranchLiteError)
}

/// The row changes of a table in the order of `RowChanges`.
final class StoredChanges: ChangeSource {
    private let changes: RowChanges

    init(_ sides: SideCache, old: FormSide?, new: FormSide?, renames: [String: String]) throws(BranchLiteError) {
        guard let some = new ?? old else { throw BranchLiteError("BL_INTERNAL", "a table on neither side was to be compared") }
        let pages = try sides.difference(from: (old ?? some).version, to: (new ?? some).version)
        changes = try RowChanges(pages, old: old?.shape, new: new?.shape, renames: renames)
    }

    func next() throws(BranchLiteError) -> FormChange? {
        guard let change = try changes.nextInPlace() else { return nil }
        return try changes.copy(change)
    }

    func position() throws(BranchLiteError) -> RowChangePosition? { try changes.position() }
    func seek(after position: RowChangePosition) throws(BranchLiteError) { try changes.seek(after: position) }
    func counts() throws(BranchLiteError) -> RowDiffCounts { try changes.counts() }
}

extension RowImage {
    /// A value by its stored column.
    subscript(index: Int) -> SQLiteValue { values[index] }
}
