import Engine
import SQLDialect

/// A column of a table as the forms show it.
struct FormColumn {
    var name: String
    /// Its place among a row's values.
    var index: Int
    var type: DuckType
    /// As written; empty where there is none.
    var declaredType: String
    /// What an export makes of its values.
    var exported: ExportedForm
    var isGenerated: Bool
    /// Its place in the declared primary key from 1; 0 when it is no part of it.
    var keyPosition: Int
}

/// One side of a table: how its rows are read and called.
final class FormSide {
    let version: VersionSide
    let name: String
    /// Nil for a virtual table.
    let shape: TableShape?
    /// In the order of CREATE TABLE.
    let columns: [FormColumn]
    let sql: String
    private let allNames: Set<String>

    /// - Parameter shape: nil: a virtual table.
    init(_ version: VersionSide, name: String, shape: TableShape?) {
        self.version = version
        self.name = name
        self.shape = shape
        let info = shape?.info ?? version.schema.table(name)
        sql = info?.sql ?? ""
        allNames = Set((info?.columns ?? []).map(\.key))
        if let shape {
            let declared = Dictionary(shape.info.columns.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
            columns = shape.stored.columns.indices.sorted { shape.stored.columns[$0].declaredIndex < shape.stored.columns[$1].declaredIndex }.map { index in
                let column = shape.stored.columns[index]
                return FormColumn(
                    name: column.name, index: index, type: shape.types[index], declaredType: column.declaredType, exported: ExportedForm(declared[foldedASCII(column.name)]),
                    isGenerated: column.isGenerated, keyPosition: column.primaryKeyPosition)
            }
        } else {
            columns = (info?.columns ?? []).enumerated().map {
                FormColumn(name: $1.name, index: $0, type: .dynamic, declaredType: "", exported: .asStored, isGenerated: false, keyPosition: 0)
            }
        }
    }

    var keyNames: [String] { shape?.keyNames ?? ["rowid"] }

    /// Whether rows are told apart by a rowid that no column shows.
    var isKeyless: Bool {
        guard let shape else { return true }
        return shape.identity == .rowid(column: nil)
    }

    /// The values that tell a row, by name, in key order.
    func key(of row: RowImage) -> [(name: String, value: SQLiteValue, type: DuckType)] {
        guard let shape else { return [("rowid", .integer(row.rowid), .bigint)] }
        guard case .key(let columns) = shape.identity, shape.wholeKey(of: row) != nil else {
            return [(shape.isKeyedBesideRowid ? "rowid" : shape.keyNames[0], .integer(row.rowid), .bigint)]
        }
        return columns.map { (shape.stored.columns[$0].name, row[$0], shape.types[$0]) }
    }

    /// A name of the rowid that no column has taken.
    /// - Throws: `BL_UNSUPPORTED` when the table has columns of all three names.
    func rowidName() throws(BranchLiteError) -> String {
        guard let free = ["rowid", "_rowid_", "oid"].first(where: { !allNames.contains($0) }) else {
            throw BranchLiteError(
                "BL_UNSUPPORTED", "the rowids of table '\(name)' cannot be named: it has columns rowid, _rowid_ and oid",
                details: ["table": .string(name)])
        }
        return free
    }
}

/// A table with differences, or that may have some.
final class FormTable {
    let key: String
    let old: FormSide?
    let new: FormSide?
    let renames: [String: String]
    private let sides: SideCache
    /// Columns that are the same on both sides: of one name, or renamed.
    let pairs: [(old: FormColumn, new: FormColumn)]
    /// Columns of the new side alone, with what rows hold in them that were never written since.
    let added: [(column: FormColumn, value: SQLiteValue)]

    init(_ sides: SideCache, key: String, old: FormSide?, new: FormSide?, renames: [String: String]) {
        self.sides = sides
        self.key = key
        self.old = old
        self.new = new
        self.renames = renames
        guard let old, let new else {
            pairs = []
            added = []
            return
        }
        let byName = Dictionary(new.columns.map { (foldedASCII($0.name), $0) }, uniquingKeysWith: { first, _ in first })
        pairs = old.columns.compactMap { was in
            let key = foldedASCII(was.name)
            return byName[foldedASCII(renames[key] ?? key)].map { (was, $0) }
        }
        let taken = Set(pairs.map(\.new.index))
        added = new.columns.filter { !taken.contains($0.index) && !$0.isGenerated }.map { column in
            let defaults = new.shape?.stored.layout.defaults ?? []
            return (column, column.index < defaults.count ? defaults[column.index] : .null)
        }
    }

    var name: String { (new ?? old)?.name ?? key }
    /// The old name, where it is another.
    var renamedFrom: String? {
        guard let old, let new, foldedASCII(old.name) != foldedASCII(new.name) else { return nil }
        return old.name
    }
    var isVirtual: Bool { (new ?? old)?.shape == nil }
    var columns: [FormColumn] { (new ?? old)?.columns ?? [] }
    var keyNames: [String] { (new ?? old)?.keyNames ?? [] }

    /// The rows that differ.
    func changes() throws(BranchLiteError) -> any ChangeSource {
        if isVirtual { return try VirtualChanges(old: old, new: new) }
        return try StoredChanges(sides, old: old, new: new, renames: renames)
    }

    /// All rows of the new side, as if none were on the old one.
    func allInserted() throws(BranchLiteError) -> any ChangeSource { try StoredChanges(sides, old: nil, new: new, renames: [:]) }

    func counts() throws(BranchLiteError) -> RowDiffCounts {
        if !isVirtual { return try StoredChanges(sides, old: old, new: new, renames: renames).counts() }
        let changes = try changes()
        var counts = RowDiffCounts()
        while let change = try changes.next() {
            switch change.kind {
            case .inserted: counts.inserted += 1
            case .updated: counts.updated += 1
            case .deleted: counts.deleted += 1
            }
        }
        return counts
    }

    func hasChanges() throws(BranchLiteError) -> Bool { try changes().next() != nil }

    /// Columns of the new side in which the two images of a row differ.
    func changedColumns(_ before: RowImage, _ after: RowImage) -> [FormColumn] {
        var changed = Set(pairs.filter { !before[$0.old.index].isIdentical(to: after[$0.new.index]) }.map(\.new.index))
        for (column, value) in added where !after[column.index].isIdentical(to: value) { changed.insert(column.index) }
        return columns.filter { changed.contains($0.index) }
    }

    /// What tells the row of a change, on the new side where it is there.
    func key(of change: FormChange) -> [(name: String, value: SQLiteValue, type: DuckType)] {
        if let row = change.after, let new { return new.key(of: row) }
        if let row = change.before, let old { return old.key(of: row) }
        return []
    }
}

/// The rows of a virtual table that differ: its data lies in tables whose form only the module knows, so the module is asked for
/// its rows on both sides, in the order of their rowids, and the two streams are compared.
final class VirtualChanges: ChangeSource {
    private let name: String
    private let old: VirtualCursor?
    private let new: VirtualCursor?
    private let pairs: [(old: Int, new: Int)]
    private let hasOtherColumns: Bool
    private var before: VirtualCursor.Row?
    private var after: VirtualCursor.Row?
    /// Nil before the first row.
    private var kind: RowChangeKind?

    init(old: FormSide?, new: FormSide?) throws(BranchLiteError) {
        let (was, now) = (old?.columns ?? [], new?.columns ?? [])
        name = (new ?? old)?.name ?? ""
        pairs = was.compactMap { column in now.first { foldedASCII($0.name) == foldedASCII(column.name) }.map { (column.index, $0.index) } }
        hasOtherColumns = was.count != now.count || pairs.count != was.count
        self.old = try old.map { side throws(BranchLiteError) in try VirtualCursor(side.version, side.name) }
        self.new = try new.map { side throws(BranchLiteError) in try VirtualCursor(side.version, side.name) }
    }

    func next() throws(BranchLiteError) -> FormChange? {
        while true {
            if kind != .inserted { before = try old?.next() }
            if kind != .deleted { after = try new?.next() }
            guard let rowid = [before?.rowid, after?.rowid].compactMap({ $0 }).min() else { return nil }
            let was = before?.rowid == rowid ? before.map { RowImage(rowid: rowid, values: $0.values) } : nil
            let now = after?.rowid == rowid ? after.map { RowImage(rowid: rowid, values: $0.values) } : nil
            kind = was == nil ? .inserted : now == nil ? .deleted : .updated
            if let was, let now, !hasOtherColumns, pairs.allSatisfy({ was[$0.old].isIdentical(to: now[$0.new]) }) { continue }
            return FormChange(kind: kind ?? .updated, before: was, after: now)
        }
    }

    func position() -> RowChangePosition? {
        (kind == .deleted ? before?.rowid : after?.rowid).map { RowChangePosition(key: .rowid($0)) }
    }

    func seek(after position: RowChangePosition) throws(BranchLiteError) {
        guard case .rowid(let rowid) = position.key else { throw BranchLiteError("BL_INCOMPARABLE", "'\(name)' is listed by rowid") }
        try old?.seek(after: rowid)
        try new?.seek(after: rowid)
        kind = nil
    }
}
