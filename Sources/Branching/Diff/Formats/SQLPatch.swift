import Engine
import SQLDialect

/// The form `sql`: a script that makes the base, exported as an ordinary SQLite file, the branch.
///
/// What stands in the way of patching rows goes first (triggers, views and indexes that change, tables that are dropped); then come
/// the tables, then indexes, views and triggers as the branch has them. Triggers of a table whose rows change are dropped and made
/// anew, so that they do not fire. A table whose definition changed is made anew with the branch's text and gets the rows that did
/// not change from the old one, those that did from the patch.
struct SQLPatch {
    private let comparison: Comparison
    private let before: [SchemaRow]
    private let after: [SchemaRow]
    /// Folded names of tables whose rows change or that are made anew.
    private var touched: Set<String> = []
    /// Folded names of tables that are gone before anything is made.
    private var gone: Set<String> = []
    private var tables: [(key: String, plan: TablePlan)] = []

    enum TablePlan {
        case drop(SchemaRow)
        case create(FormTable)
        case rebuild(FormTable)
        case patch(FormTable)
        /// A virtual table whose own tables are patched; the new one's shadow tables by name.
        case patchShadows([FormTable])
        case createVirtual(SchemaRow, [FormTable])
    }

    init(_ comparison: Comparison) throws(BranchLiteError) {
        self.comparison = comparison
        before = SQLPatch.exported(try comparison.objects(ofBase: true))
        after = SQLPatch.exported(try comparison.objects(ofBase: false))
        let place = Dictionary(
            after.filter { $0.type == "table" }.enumerated().map { (foldedASCII($1.name), $0) }, uniquingKeysWith: { first, _ in first })
        // In the order in which the branch has them.
        let pairs = try comparison.tables().sorted { place[$0.new?.key ?? ""] ?? -1 < place[$1.new?.key ?? ""] ?? -1 }
        for pair in pairs where !pair.isSame { try plan(pair) }
    }

    /// The objects that an export has: a view that it leaves out takes its triggers with it.
    private static func exported(_ rows: [SchemaRow]) -> [SchemaRow] {
        let left = Set(rows.filter { !ReadableExport.keeps($0) && $0.type == "view" }.map { foldedASCII($0.name) })
        return rows.filter { ReadableExport.keeps($0) && !left.contains(foldedASCII($0.tableName)) }
    }

    // MARK: - Tables

    private mutating func plan(_ pair: TablePair) throws(BranchLiteError) {
        let (old, new) = (try comparison.side(pair.old), try comparison.side(pair.new))
        guard let new, let now = pair.new else {
            if let old { drop(old) }
            return
        }
        let key = foldedASCII(new.name)
        if let old, let was = pair.old {
            if (old.shape == nil) == (new.shape == nil), old.shape != nil || old.sql == new.sql {
                if let plan = try change(pair, old, new, was.side, now.side) {
                    tables.append((key, plan))
                    touched.formUnion([key, foldedASCII(old.name)])
                }
                return
            }
            drop(old)
        }
        touched.insert(key)
        if new.shape == nil {
            tables.append((key, .createVirtual(row(of: new), try FormShadows.tables(comparison.sides, now.key, old: nil, new: now.side))))
        } else {
            tables.append((key, .create(FormTable(comparison.sides, key: key, old: nil, new: new, renames: [:]))))
        }
    }

    private mutating func drop(_ side: FormSide) {
        gone.insert(foldedASCII(side.name))
        tables.append((foldedASCII(side.name), .drop(row(of: side))))
    }

    private func row(of side: FormSide) -> SchemaRow { SchemaRow(type: "table", name: side.name, tableName: side.name, sql: side.sql) }

    /// What is to be done about a table that both sides have; nil: nothing.
    private func change(_ pair: TablePair, _ old: FormSide, _ new: FormSide, _ was: VersionSide, _ now: VersionSide) throws(BranchLiteError) -> TablePlan? {
        if old.shape == nil {
            guard let shadows = try FormShadows.patch(comparison.sides, foldedASCII(new.name), old: was, new: now) else { return nil }
            return .patchShadows(shadows)
        }
        let table = FormTable(comparison.sides, key: pair.key, old: old, new: new, renames: try pair.renames())
        if old.name != new.name || ReadableExport.sql(of: old) != ReadableExport.sql(of: new) { return .rebuild(table) }
        if try comparison.isUntouched(pair) { return nil }
        return try table.hasChanges() ? .patch(table) : nil
    }

    // MARK: - The script

    func steps() throws(BranchLiteError) -> [any DiffStep] {
        let kept = KeptObjects(before: before, after: after, touched: touched, gone: gone, rebuilt: rebuilt)
        var steps: [any DiffStep] = []
        func add(_ text: String, differences: Int = 0) {
            if !text.isEmpty { steps.append(TextStep(text, differences: differences)) }
        }
        let settings = try self.settings()
        if tables.isEmpty, kept.dropped.isEmpty, kept.made.isEmpty, settings.isEmpty { return [TextStep(head(isEmpty: true))] }
        add(head(isEmpty: false) + opening)
        add(kept.drops, differences: kept.changes)
        for case (_, .drop(let row)) in tables { add("DROP TABLE \(quoteIdentifier(row.name));\n", differences: 1) }
        // Out of the way before anything is made under its name.
        for case (_, .rebuild(let table)) in tables { steps += leaving(table) }
        for (key, plan) in tables {
            switch plan {
            case .drop: continue
            case .create(let table):
                add(definition(table), differences: 1)
                steps.append(SQLRows(table, .everything))
            case .createVirtual(let row, let shadows):
                add((row.sql ?? "") + ";\n", differences: 1)
                for shadow in shadows {
                    add("DELETE FROM \(quoteIdentifier(shadow.name));\n")
                    steps.append(SQLRows(shadow, .everything))
                }
            case .patchShadows(let shadows): for shadow in shadows { steps += try patch(shadow, []) }
            case .patch(let table): steps += try patch(table, kept.present(on: key))
            case .rebuild(let table): steps += try rebuild(table)
            }
        }
        add(kept.makes)
        add(try sequences())
        add(settings)
        add(closing)
        return steps
    }

    private var rebuilt: Set<String> {
        Set(tables.flatMap { entry -> [String] in
            guard case .rebuild(let table) = entry.plan else { return [] }
            return [entry.key, foldedASCII(table.old?.name ?? entry.key)]
        })
    }

    private func head(isEmpty: Bool) -> String {
        let (base, branch) = ("\(comparison.base.name)@\(comparison.baseVersion.rawValue)", "\(comparison.branch.name)@\(comparison.branchVersion.rawValue)")
        if isEmpty { return "-- \(base) and \(branch) are the same.\n" }
        return "-- Makes \(base), exported as a SQLite file, \(branch): sqlite3 -bail FILE < THIS\n"
    }

    private var opening: String {
        var text = "PRAGMA foreign_keys=OFF;\nPRAGMA ignore_check_constraints=ON;\n"
        // A table that is renamed out of the way takes no reference with it.
        if !rebuilt.isEmpty { text += "PRAGMA legacy_alter_table=ON;\n" }
        return text + "BEGIN IMMEDIATE;\n"
    }

    private var closing: String {
        "COMMIT;\nPRAGMA ignore_check_constraints=OFF;\n" + (rebuilt.isEmpty ? "" : "PRAGMA legacy_alter_table=OFF;\n")
    }

    private func definition(_ table: FormTable) -> String { (table.new.map { ReadableExport.sql(of: $0) } ?? "") + ";\n" }

    private func patch(_ table: FormTable, _ presentIndexes: Set<String>) throws(BranchLiteError) -> [any DiffStep] {
        let unique = try SQLUniqueness(table, presentIndexes)
        if !unique.isConstrained { return [SQLRows(table, .inPlace([]))] }
        return [SQLRows(table, .removals(unique.columns)), SQLRows(table, .inPlace(unique.columns))]
    }

    /// The name that the old table of a rebuild has meanwhile.
    private func away(_ table: FormTable) -> String { quoteIdentifier(SQLPatch.freeName(table.name, comparison)) }

    /// The first half of a rebuild: rows that differ go from the old table, and it goes out of the way.
    private func leaving(_ table: FormTable) -> [any DiffStep] {
        guard let old = table.old else { return [] }
        if !SQLPatch.keepsRows(table) { return [TextStep("DROP TABLE \(quoteIdentifier(old.name));\n")] }
        return [SQLRows(table, .removals(nil)), TextStep("ALTER TABLE \(quoteIdentifier(old.name)) RENAME TO \(away(table));\n")]
    }

    /// The second half: rows that stayed are taken over, and those that differ come in whole, so that all fit the new definition.
    private func rebuild(_ table: FormTable) throws(BranchLiteError) -> [any DiffStep] {
        guard let old = table.old, let new = table.new else { return [] }
        if !SQLPatch.keepsRows(table) { return [TextStep(definition(table), differences: 1), SQLRows(table, .everything)] }
        let away = away(table)
        var names: [String] = []
        var values: [[UInt8]] = []
        if old.shape?.stored.isWithoutRowid == false, new.shape?.stored.layout.rowidColumn == nil {
            names.append(try new.rowidName())
            values.append(Array(try old.rowidName().utf8))
        }
        for pair in table.pairs where !pair.new.isGenerated {
            names.append(quoteIdentifier(pair.new.name))
            values.append(Array(quoteIdentifier(pair.old.name).utf8))
        }
        for (column, value) in table.added {
            names.append(quoteIdentifier(column.name))
            var literal: [UInt8] = []
            SQLLiteral.append(try column.exported.value(value, new.version.connection), to: &literal)
            values.append(literal)
        }
        let list = values.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
        return [
            TextStep(
                definition(table)
                    + "INSERT INTO \(quoteIdentifier(new.name))(\(names.joined(separator: ", "))) SELECT \(list) FROM \(away);\n"
                    + "DROP TABLE \(away);\n", differences: 1),
            SQLRows(table, .replacements),
        ]
    }

    /// Whether unchanged rows can be taken over from the old table: they are told apart alike on both sides, and values that are stored
    /// alike are exported alike.
    private static func keepsRows(_ table: FormTable) -> Bool {
        guard let old = table.old?.shape, let new = table.new?.shape, old.stored.layout.kind == new.stored.layout.kind else { return false }
        switch (old.identity, new.identity) {
        case (.rowid(column: _?), .key), (.key, .rowid(column: _?)): return false
        default: break
        }
        if old.stored.isWithoutRowid, case .key(let a) = old.identity, case .key(let b) = new.identity {
            let isSame = a.count == b.count && zip(a, b).allSatisfy { key in table.pairs.contains { $0.old.index == key.0 && $0.new.index == key.1 } }
            if !isSame { return false }
        }
        return table.pairs.allSatisfy { $0.old.exported == $0.new.exported && $0.old.isGenerated == $0.new.isGenerated }
    }

    /// A name that no object of either side has.
    private static func freeName(_ name: String, _ comparison: Comparison) -> String {
        let taken = Set((comparison.old.schema.rows + comparison.new.schema.rows).map { foldedASCII($0.name) })
        var free = name + "_before"
        while taken.contains(foldedASCII(free)) { free += "_" }
        return free
    }

    // MARK: - What lies beside the tables

    /// The AUTOINCREMENT counters of tables that were written or whose counter moved.
    private func sequences() throws(BranchLiteError) -> String {
        var text: [UInt8] = []
        for pair in try comparison.tables() where !pair.isSame {
            guard let (now, key) = pair.new, let table = now.schema.table(key), table.isAutoincrement else { continue }
            let old: [SQLiteValue] = if let (was, name) = pair.old, name == key { try SQLPatch.sequence(key, was) } else { [] }
            let new = try SQLPatch.sequence(key, now)
            if !touched.contains(key), old == new { continue }
            text += "DELETE FROM sqlite_sequence WHERE name = ".utf8
            SQLLiteral.append(.text(table.name), to: &text)
            text += ";\n".utf8
            for value in new {
                text += "INSERT INTO sqlite_sequence(name, seq) VALUES(".utf8
                SQLLiteral.append(.text(table.name), to: &text)
                text += ", ".utf8
                SQLLiteral.append(value, to: &text)
                text += ");\n".utf8
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func sequence(_ key: String, _ side: VersionSide) throws(BranchLiteError) -> [SQLiteValue] {
        guard side.objects.contains(where: { $0.name == "sqlite_sequence" }) else { return [] }
        let connection = try side.connection
        return try mapEngine { () throws(EngineError) in
            try connection.query("SELECT seq FROM main.sqlite_sequence WHERE name = ?1 COLLATE NOCASE", [.text(key)]).compactMap(\.first)
        }
    }

    /// `user_version` and `application_id`, which belong to the whole database.
    private func settings() throws(BranchLiteError) -> String {
        if comparison.wanted != nil { return "" }
        var text = ""
        for name in ["user_version", "application_id"] {
            let (old, new) = (try comparison.sides.side(comparison.baseVersion).connection, try comparison.sides.side(comparison.branchVersion).connection)
            let values = try mapEngine { () throws(EngineError) in (try old.query("PRAGMA main.\(name)").first?.first, try new.query("PRAGMA main.\(name)").first?.first) }
            if case .integer(let number)? = values.1, values.0 != values.1 { text += "PRAGMA \(name)=\(number);\n" }
        }
        return text
    }
}
