import Engine
import SQLDialect

/// The form `sql`: a script that makes the base, exported as an ordinary SQLite file, the branch.
///
/// What stands in the way of patching rows goes first (triggers, views and indexes that change, tables that are dropped); then come
/// the tables, then indexes, views and triggers as the branch has them. Triggers of a table whose rows change are dropped and made
/// anew, so that they do not fire. A table whose definition changed is made anew with the branch's text and gets the rows that did
/// not change from the old one, those that did from the patch.
struct SQLPatch {
    private let comparison: FormComparison
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

    init(_ comparison: FormComparison) throws(BranchLiteError) {
        self.comparison = comparison
        before = SQLPatch.exported(try comparison.objects(ofBase: true))
        after = SQLPatch.exported(try comparison.objects(ofBase: false))
        for key in try order() { try plan(key) }
    }

    /// The objects that an export has: a view that it leaves out takes its triggers with it.
    private static func exported(_ rows: [SchemaRow]) -> [SchemaRow] {
        let left = Set(rows.filter { !ReadableExport.keeps($0) && $0.type == "view" }.map { foldedASCII($0.name) })
        return rows.filter { ReadableExport.keeps($0) && !left.contains(foldedASCII($0.tableName)) }
    }

    // MARK: - Tables

    /// Folded names of tables, in the order in which the branch has them, those that went first.
    private func order() throws(BranchLiteError) -> [String] {
        func keys(_ rows: [SchemaRow]) -> [String] { rows.filter { $0.type == "table" }.map { foldedASCII($0.name) } }
        let (was, now) = (keys(before), keys(after))
        let there = Set(now)
        return was.filter { !there.contains($0) } + now
    }

    private mutating func plan(_ key: String) throws(BranchLiteError) {
        let (was, now) = try comparison.places(key)
        let (old, new) = (try comparison.side(key, was), try comparison.side(key, now))
        guard let new else {
            if let old { drop(key, old) }
            return
        }
        if let old, let was, let now {
            if was === now { return }
            if (old.shape == nil) == (new.shape == nil), old.shape != nil || old.sql == new.sql {
                if let plan = try change(key, old, new, was, now) {
                    tables.append((key, plan))
                    touched.insert(key)
                }
                return
            }
            drop(key, old)
        }
        touched.insert(key)
        if new.shape == nil {
            let shadows = try now.map { side throws(BranchLiteError) in try FormShadows.tables(comparison.sides, key, old: nil, new: side) } ?? []
            tables.append((key, .createVirtual(row(of: new), shadows)))
        } else {
            tables.append((key, .create(FormTable(comparison.sides, key: key, old: nil, new: new, renames: [:]))))
        }
    }

    private mutating func drop(_ key: String, _ side: FormSide) {
        gone.insert(key)
        tables.append((key, .drop(row(of: side))))
    }

    private func row(of side: FormSide) -> SchemaRow { SchemaRow(type: "table", name: side.name, tableName: side.name, sql: side.sql) }

    /// What is to be done about a table that both sides have; nil: nothing.
    private func change(_ key: String, _ old: FormSide, _ new: FormSide, _ was: VersionSide, _ now: VersionSide) throws(BranchLiteError) -> TablePlan? {
        if old.shape == nil {
            guard let shadows = try FormShadows.patch(comparison.sides, key, old: was, new: now) else { return nil }
            return .patchShadows(shadows)
        }
        let renames = try now.renames(of: key, since: was)
        let table = FormTable(comparison.sides, key: key, old: old, new: new, renames: renames)
        if ReadableExport.sql(of: old) != ReadableExport.sql(of: new) { return .rebuild(table) }
        if now.isUntouched(key, since: was, try comparison.sides.difference(from: was, to: now)) { return nil }
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
        Set(tables.compactMap { if case .rebuild = $0.plan { $0.key } else { nil } })
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

    private func rebuild(_ table: FormTable) throws(BranchLiteError) -> [any DiffStep] {
        guard let old = table.old, let new = table.new else { return [] }
        guard SQLPatch.keepsRows(table) else {
            return [TextStep("DROP TABLE \(quoteIdentifier(old.name));\n" + definition(table), differences: 1), SQLRows(table, .everything)]
        }
        let away = quoteIdentifier(SQLPatch.freeName(new.name, comparison))
        // Rows that differ go from the old table and come into the new one whole: what stays fits the new definition.
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
            SQLLiteral.append(try column.exported.value(ExactValue(value: value), new.version.connection), to: &literal)
            values.append(literal)
        }
        let list = values.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
        return [
            SQLRows(table, .removals(nil)),
            TextStep(
                "ALTER TABLE \(quoteIdentifier(old.name)) RENAME TO \(away);\n" + definition(table)
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
    private static func freeName(_ name: String, _ comparison: FormComparison) -> String {
        let taken = Set((comparison.old.schema.rows + comparison.new.schema.rows).map { foldedASCII($0.name) })
        var free = name + "_before"
        while taken.contains(foldedASCII(free)) { free += "_" }
        return free
    }

    // MARK: - What lies beside the tables

    /// The AUTOINCREMENT counters of tables that were written or whose counter moved.
    private func sequences() throws(BranchLiteError) -> String {
        var text: [UInt8] = []
        for row in after where row.type == "table" {
            let key = foldedASCII(row.name)
            let (was, now) = try comparison.places(key)
            guard let now, now.schema.table(key)?.isAutoincrement == true else { continue }
            let (old, new) = (try SQLPatch.sequence(key, was), try SQLPatch.sequence(key, now))
            if !touched.contains(key), old == new { continue }
            text += "DELETE FROM sqlite_sequence WHERE name = ".utf8
            SQLLiteral.append(ExactValue(value: .text(row.name)), to: &text)
            text += ";\n".utf8
            for value in new {
                text += "INSERT INTO sqlite_sequence(name, seq) VALUES(".utf8
                SQLLiteral.append(ExactValue(value: .text(row.name)), to: &text)
                text += ", ".utf8
                SQLLiteral.append(ExactValue(value: value), to: &text)
                text += ");\n".utf8
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func sequence(_ key: String, _ side: VersionSide?) throws(BranchLiteError) -> [SQLiteValue] {
        guard let side, side.objects.contains(where: { $0.name == "sqlite_sequence" }) else { return [] }
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
