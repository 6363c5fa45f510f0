import Engine
import SQLDialect

/// A row as it is stored, byte for byte.
struct ExactRow {
    /// 0 in a WITHOUT ROWID table.
    var rowid: Int64
    /// By stored column.
    var values: [SQLiteValue]
    /// The bytes of texts that are not valid UTF-8, by stored column: `values` holds them repaired.
    var damaged: [Int: [UInt8]] = [:]

    subscript(index: Int) -> ExactValue { ExactValue(value: values[index], damaged: damaged[index]) }
}

/// A value as it is stored.
struct ExactValue {
    var value: SQLiteValue
    /// The bytes of a text that is not valid UTF-8.
    var damaged: [UInt8]?

    func isIdentical(to other: ExactValue) -> Bool {
        if damaged != nil || other.damaged != nil { return damaged == other.damaged }
        return value.isIdentical(to: other.value)
    }
}

/// A row that differs, as the forms write it.
struct FormChange {
    var kind: RowChangeKind
    var before: ExactRow?
    var after: ExactRow?
}

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
        let images = try changes.copy(change)
        return FormChange(kind: images.kind, before: exact(images.before), after: exact(images.after))
    }

    func position() throws(BranchLiteError) -> RowChangePosition? { try changes.position() }
    func seek(after position: RowChangePosition) throws(BranchLiteError) { try changes.seek(after: position) }
    func counts() throws(BranchLiteError) -> RowDiffCounts { try changes.counts() }

    /// With texts that are not valid UTF-8 repaired, and their bytes beside them.
    private func exact(_ image: RowImage?) -> ExactRow? {
        guard let image else { return nil }
        var row = ExactRow(rowid: image.rowid, values: image.values)
        for (index, value) in image.values.enumerated() {
            guard case .malformedText(let bytes) = value else { continue }
            row.values[index] = .text(value.repairedText ?? "")
            row.damaged[index] = bytes
        }
        return row
    }
}
