import Engine
import SQLDialect

/// Which columns of a table must be free of doubles while its rows are patched one by one.
struct SQLUniqueness {
    /// Whether anything but the key of the b-tree is unique: then rows that go have to go before others come.
    let isConstrained: Bool
    /// Stored indices of columns whose values decide about uniqueness: rows in which one of them changes are taken out first and put
    /// in again, so that two rows can swap a value.
    let columns: Set<Int>

    /// - Parameter present: folded names of the CREATE INDEX indexes that are there.
    init(_ table: FormTable, _ present: Set<String>) throws(BranchLiteError) {
        guard let side = table.new, let shape = side.shape else {
            (isConstrained, columns) = (false, [])
            return
        }
        let connection = try side.version.connection
        let unique = try mapEngine { () throws(EngineError) in try connection.indexes(of: side.name) }.filter { index in
            index.isUnique && (index.origin != "c" || present.contains(foldedASCII(index.name))) && !(index.origin == "pk" && shape.stored.isWithoutRowid)
        }
        isConstrained = !unique.isEmpty
        let stored = Dictionary(shape.stored.columns.enumerated().map { ($1.declaredIndex, $0) }, uniquingKeysWith: { first, _ in first })
        var columns: Set<Int> = []
        for index in unique {
            let places = index.columns.map { stored[$0.columnPosition] }
            // An expression, a generated column or a condition may look at any column.
            if index.isPartial || places.contains(where: { $0 == nil || $0.map { shape.stored.columns[$0].isGenerated } == true }) {
                columns.formUnion(shape.stored.columns.indices)
            } else {
                columns.formUnion(places.compactMap { $0 })
            }
        }
        self.columns = columns
    }
}

/// The rows of a table as statements.
final class SQLRows: DiffStep {
    enum Pass {
        /// All rows of the new side are inserted.
        case everything
        /// Rows that are deleted, and those that are updated in one of these columns (nil: in any), are deleted.
        case removals(Set<Int>?)
        /// Rows that are inserted or updated are inserted: what was there of them has been deleted.
        case replacements
        /// Rows are deleted, updated and inserted as they are; those that a pass of `removals` has deleted are inserted. With columns
        /// given there was one.
        case inPlace(Set<Int>)
    }

    private let table: FormTable
    private let pass: Pass
    private let hadRemovals: Bool
    private var insertion: (head: [UInt8], columns: [FormColumn])?

    init(_ table: FormTable, _ pass: Pass) {
        self.table = table
        self.pass = pass
        hadRemovals = if case .inPlace(let columns) = pass { !columns.isEmpty } else { false }
    }

    func open(_ out: FormOutput) -> Bool { true }

    func changes() throws(BranchLiteError) -> (any ChangeSource)? {
        if case .everything = pass { return try table.allInserted() }
        return try table.changes()
    }

    func write(_ change: FormChange, _ out: FormOutput) throws(BranchLiteError) {
        switch (pass, change.before, change.after) {
        case (.everything, _, let after?): try insert(after, out)
        case (.removals(let columns), let before?, let after):
            if let after, let columns, !isIn(columns, before, after) { return }
            // A row that comes again is counted when it does.
            try delete(before, out, counts: after == nil)
        case (.replacements, _, let after?): try insert(after, out)
        case (.inPlace(let columns), let before?, let after?):
            if isIn(columns, before, after) { try insert(after, out) } else { try update(before, after, out) }
        case (.inPlace, nil, let after?): try insert(after, out)
        case (.inPlace, let before?, nil): if !hadRemovals { try delete(before, out, counts: true) }
        default: break
        }
    }

    /// Whether a row differs in one of these columns.
    private func isIn(_ columns: Set<Int>, _ before: RowImage, _ after: RowImage) -> Bool {
        !columns.isEmpty && table.changedColumns(before, after).contains { columns.contains($0.index) }
    }

    private func insert(_ row: RowImage, _ out: FormOutput) throws(BranchLiteError) {
        guard let side = table.new else { return }
        out.differences += 1
        let (head, columns) = if let made = insertion { made } else { try makeInsertion(side) }
        out.bytes += head
        var isFirst = true
        if side.isKeyless {
            out.text(String(row.rowid))
            isFirst = false
        }
        for column in columns {
            if !isFirst { out.text(", ") }
            isFirst = false
            try value(row[column.index], column, side, out)
        }
        out.text(");\n")
    }

    /// What all INSERT statements begin with, and the columns that they name; made once.
    private func makeInsertion(_ side: FormSide) throws(BranchLiteError) -> (head: [UInt8], columns: [FormColumn]) {
        let columns = side.columns.filter { !$0.isGenerated }
        var names = columns.map { quoteIdentifier($0.name) }
        if side.isKeyless { names.insert(try side.rowidName(), at: 0) }
        let made = (Array("INSERT INTO \(quoteIdentifier(side.name))(\(names.joined(separator: ", "))) VALUES(".utf8), columns)
        insertion = made
        return made
    }

    private func delete(_ row: RowImage, _ out: FormOutput, counts: Bool) throws(BranchLiteError) {
        guard let side = table.old else { return }
        if counts { out.differences += 1 }
        out.text("DELETE FROM \(quoteIdentifier(side.name)) WHERE ")
        try condition(row, side, out)
        out.text(";\n")
    }

    private func update(_ before: RowImage, _ after: RowImage, _ out: FormOutput) throws(BranchLiteError) {
        guard let old = table.old, let new = table.new else { return }
        let changed = table.changedColumns(before, after).filter { !$0.isGenerated }
        if changed.isEmpty { return }
        out.differences += 1
        out.text("UPDATE \(quoteIdentifier(new.name)) SET ")
        for (place, column) in changed.enumerated() {
            if place > 0 { out.text(", ") }
            out.text("\(quoteIdentifier(column.name)) = ")
            try value(after[column.index], column, new, out)
        }
        out.text(" WHERE ")
        try condition(before, old, out)
        out.text(";\n")
    }

    private func condition(_ row: RowImage, _ side: FormSide, _ out: FormOutput) throws(BranchLiteError) {
        guard let shape = side.shape, case .key(let columns) = shape.identity, shape.wholeKey(of: row) != nil else {
            let name = if let shape = side.shape, let alias = shape.stored.layout.rowidColumn { quoteIdentifier(shape.stored.columns[alias].name) } else { try side.rowidName() }
            out.text("\(name) = \(row.rowid)")
            return
        }
        for (place, index) in columns.enumerated() {
            if place > 0 { out.text(" AND ") }
            guard let column = side.columns.first(where: { $0.index == index }) else { continue }
            out.text("\(quoteIdentifier(column.name)) = ")
            try value(row[index], column, side, out)
        }
    }

    private func value(_ exact: SQLiteValue, _ column: FormColumn, _ side: FormSide, _ out: FormOutput) throws(BranchLiteError) {
        SQLLiteral.append(try column.exported.value(exact, side.version.connection), to: &out.bytes)
    }
}

/// The tables in which virtual tables keep their data. A patch sets them as they are, so that whatever the module, its tables come
/// out as the branch has them.
enum FormShadows {
    /// The shadow tables of a virtual table, to be filled or compared.
    static func tables(_ sides: SideCache, _ key: String, old: VersionSide?, new: VersionSide) throws(BranchLiteError) -> [FormTable] {
        var tables: [FormTable] = []
        for entry in new.virtualTables[key]?.shadows ?? [] where entry.type == "table" {
            let now = try side(new, entry)
            let before = old?.virtualTables[key]?.shadows.first { $0.type == "table" && foldedASCII($0.name) == foldedASCII(entry.name) }
            let was: FormSide? = if let old, let before { try side(old, before) } else { nil }
            tables.append(FormTable(sides, key: foldedASCII(entry.name), old: was, new: now, renames: [:]))
        }
        return tables
    }

    /// Those that differ; nil when none does.
    static func patch(_ sides: SideCache, _ key: String, old: VersionSide, new: VersionSide) throws(BranchLiteError) -> [FormTable]? {
        if new.isUntouched(key, since: old, try sides.difference(from: old, to: new)) { return nil }
        var changed: [FormTable] = []
        for table in try tables(sides, key, old: old, new: new) where try table.hasChanges() { changed.append(table) }
        return changed.isEmpty ? nil : changed
    }

    private static func side(_ version: VersionSide, _ entry: SchemaEntry) throws(BranchLiteError) -> FormSide? {
        guard let shape = try version.shape(of: entry) else { return nil }
        return FormSide(version, name: entry.name, shape: shape)
    }
}
