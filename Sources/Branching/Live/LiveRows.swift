import Engine
import PageStore
import SQLDialect

/// Bringing the rows of a hidden table up to the parent's.
extension LiveTables {
    /// Changed rows whose keys are kept; beyond it copying the table is quicker and needs no memory.
    private static let maximumChangedRows = 1_000_000

    /// Applies the parent's changes to the hidden copy: only rows that differ are touched.
    func apply(_ entry: SchemaEntry, _ was: SchemaEntry, _ before: Past) throws(BranchLiteError) {
        let diff = try difference(before)
        if diff.isUntouched(oldRoot: was.rootPage, newRoot: entry.rootPage) { return }
        guard let info = try? TableInfo(parsing: entry.sql ?? ""), let key = LiveTables.keyColumns(info),
            let keys = try changedKeys(diff, entry, was)
        else { return try recreate(entry) }
        let table = quoteIdentifier(entry.name)
        let columns = LiveTables.columnList(info, rowid: LiveTables.rowidName(info))
        let condition = key.enumerated().map { "\($1) IS ?\($0 + 1)" }.joined(separator: " AND ")
        let (delete, insert) = (
            "DELETE FROM main.\(table) WHERE \(condition)",
            "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM \(quoteIdentifier(alias)).\(table) WHERE \(condition)"
        )
        // All removals first: an updated row may take a unique value that another gave up.
        try mapEngine { () throws(EngineError) in
            try connection.withoutEnforcement { () throws(EngineError) in
                for row in keys.gone { try connection.execute(delete, row) }
                for row in keys.came { try connection.execute(insert, row) }
            }
        }
    }

    /// The keys of rows that went and that came (an updated row did both); nil where there are too many to be worth it.
    private func changedKeys(
        _ diff: DatabaseDiff, _ entry: SchemaEntry, _ was: SchemaEntry
    ) throws(BranchLiteError) -> (gone: [[SQLiteValue]], came: [[SQLiteValue]])? {
        let stored = try mapEngine { () throws(EngineError) in try connection.storedTable(entry.name, in: alias) }
        return try mapTree { () throws(BTreeError) in
            let changes = try diff.rows(
                old: TableSide(root: was.rootPage, layout: stored.layout), new: TableSide(root: entry.rootPage, layout: stored.layout))
            var gone: [[SQLiteValue]] = []
            var came: [[SQLiteValue]] = []
            while let change = try changes.next() {
                let values = try change.key().values()
                if change.kind != .inserted { gone.append(values) }
                if change.kind != .deleted { came.append(values) }
                if gone.count + came.count > LiveTables.maximumChangedRows { return nil }
            }
            return (gone, came)
        }
    }

    /// What identifies a row in SQL: the rowid, or the primary key of a WITHOUT ROWID table in key order.
    private static func keyColumns(_ info: TableInfo) -> [String]? {
        if info.isWithoutRowid { return info.primaryKey.map { quoteIdentifier(info.columns[$0].name) } }
        return rowidName(info).map { [$0] }
    }

    /// A name of the rowid that no column hides.
    static func rowidName(_ info: TableInfo) -> String? {
        ["rowid", "_rowid_", "oid"].first { name in !info.columns.contains { $0.key == name } }
    }

    /// Columns that an INSERT can name, the rowid first unless a column is it.
    static func columnList(_ info: TableInfo, rowid: String?) -> String {
        var names = info.columns.filter { $0.generated == .no && !$0.isHidden }.map { quoteIdentifier($0.name) }
        if let rowid, info.rowidAlias == nil, !info.isWithoutRowid { names.insert(rowid, at: 0) }
        return names.joined(separator: ", ")
    }
}
