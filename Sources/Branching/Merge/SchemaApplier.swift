import Engine
import SQLDialect

/// Changes the target's schema as a merge plan says, on a connection with a transaction open and enforcement suspended.
final class SchemaApplier {
    private let connection: Connection
    private let sides: MergeSides
    private let plan: SchemaMergePlan
    /// Folded names of tables whose columns have the merged names already.
    private var renamedColumns: Set<String> = []
    private(set) var violations: [RowViolation] = []

    init(_ connection: Connection, _ sides: MergeSides, _ plan: SchemaMergePlan) {
        self.connection = connection
        self.sides = sides
        self.plan = plan
    }

    private func run(_ sql: String) throws(BranchLiteError) {
        let connection = connection
        try mapEngine { () throws(EngineError) in try connection.execute(sql) }
    }

    private func query(_ sql: String, _ parameters: [SQLiteValue] = []) throws(BranchLiteError) -> [[SQLiteValue]] {
        let connection = connection
        return try mapEngine { () throws(EngineError) in try connection.query(sql, parameters) }
    }

    private func name(_ table: String) -> String { "main.\(quoteIdentifier(table))" }

    // MARK: - Before the rows

    /// Gives the target's tables and columns the names that they have in the merge. What refers to them follows, so this goes by SQLite's
    /// present rules for ALTER TABLE: outside of suspended enforcement.
    func rename() throws(BranchLiteError) {
        if let script = sides.names?.target { try connection.rename(script) }
        for table in plan.tables {
            guard case .rebuild = table.action, case .merge(let tracks) = table.rows else { continue }
            // Columns that the merge of the definitions renamed: what is made on them follows, which a table made anew would not let it.
            let there = sides.targetSide.schema.table(table.name)
            let pairs = tracks.compactMap { track -> (from: String, to: String)? in
                guard let old = track.target, foldedASCII(old) != foldedASCII(track.name) else { return nil }
                return (foldedASCII(old), track.name)
            }
            let leaving = Set(pairs.map(\.from))
            let isFree = pairs.allSatisfy { there?.columnIndex($0.to) == nil || leaving.contains(foldedASCII($0.to)) }
            if pairs.isEmpty || !isFree { continue }
            try connection.rename(MergeNames.renaming(pairs) { old, new in
                "ALTER TABLE \(name(table.name)) RENAME COLUMN \(quoteIdentifier(old)) TO \(quoteIdentifier(new))"
            })
            renamedColumns.insert(foldedASCII(table.name))
        }
    }

    /// Removes what goes or is replaced: views and triggers before indexes before tables.
    func dropObjects() throws(BranchLiteError) {
        for type in [SchemaChange.ObjectType.trigger, .view, .index, .table] {
            for object in plan.objects where object.type == type && object.drops {
                try run("DROP \(type.rawValue.uppercased()) IF EXISTS \(name(object.name))")
            }
        }
    }

    func changeTables() throws(BranchLiteError) {
        for table in plan.tables {
            switch table.action {
            case .keep: continue
            case .drop: try run("DROP TABLE IF EXISTS \(name(table.name))")
            case .addColumns(let statements): for statement in statements { try run(statement) }
            case .create: try create(table.name)
            case .replace:
                try run("DROP TABLE IF EXISTS \(name(table.name))")
                try create(table.name)
            case .rebuild(let rebuild):
                guard case .merge(let tracks) = table.rows else { continue }
                let isRenamed = renamedColumns.contains(foldedASCII(table.name))
                let columns = tracks.compactMap { track in track.target.map { (to: track.name, from: isRenamed ? track.name : $0) } }
                try remake(table.name, rebuild.relaxed ?? rebuild.sql, columns)
            }
        }
    }

    /// An ordinary table is made empty: its rows come as insertions. A virtual table's rows are copied through its module.
    private func create(_ table: String) throws(BranchLiteError) {
        let key = foldedASCII(table)
        if let sql = sides.sourceSide.tables[key]?.sql { return try run(sql) }
        guard let sql = sides.sourceSide.virtualTables[key]?.entry.sql else { return }
        let content = FullTextContent(sql)
        if content == .none {
            throw BranchLiteError(
                "BL_UNSUPPORTED", "'\(table)' keeps no copy of what it indexes, so its rows cannot be merged", hint: "drop it on the branch before the merge",
                details: ["table": .string(table)])
        }
        try run(sql)
        guard content == .own else { return }
        let rows = try VirtualRowCursor(sides.sourceSide, table)
        let names = (["rowid"] + rows.columns).map { quoteIdentifier($0) }.joined(separator: ", ")
        let marks = (0...rows.columns.count).map { "?\($0 + 1)" }.joined(separator: ", ")
        let (connection, insert) = (connection, "INSERT INTO \(name(table)) (\(names)) VALUES (\(marks))")
        while let rowid = rows.rowid, let values = rows.row(at: rowid) {
            try mapEngine { () throws(EngineError) in try connection.execute(insert, [.integer(rowid)] + values) }
            try rows.pass(rowid)
        }
    }

    // MARK: - Rebuilding

    /// Gives a table a new definition, keeping its rows by column, its indexes and its triggers. (With the legacy rules for
    /// ALTER TABLE in force, a rename leaves what refers to the table as it is.)
    private func remake(_ table: String, _ sql: String, _ columns: [(to: String, from: String)]) throws(BranchLiteError) {
        let old = SchemaApplier.temporaryPrefix + table
        let dependants = try query(
            "SELECT type, name, sql FROM main.sqlite_schema WHERE type IN ('index', 'trigger') AND tbl_name = ?1 COLLATE NOCASE AND sql IS NOT NULL",
            [.text(table)])
        let there = try SchemaCache.schema(on: connection).table(table)
        try run("ALTER TABLE \(name(table)) RENAME TO \(quoteIdentifier(old))")
        for object in dependants {
            guard case .text(let type) = object[0], case .text(let name) = object[1] else { continue }
            try run("DROP \(type.uppercased()) IF EXISTS \(self.name(name))")
        }
        try run(sql)
        let here = try SchemaCache.schema(on: connection).table(table)
        var (to, from) = (columns.map { quoteIdentifier($0.to) }, columns.map { quoteIdentifier($0.from) })
        // Generated columns come by themselves; a rowid that is no column is kept.
        let generated = Set((here?.columns ?? []).filter { $0.generated != .no }.map { quoteIdentifier($0.name) })
        for index in to.indices.reversed() where generated.contains(to[index]) {
            to.remove(at: index)
            from.remove(at: index)
        }
        if let here, let there, !here.isWithoutRowid, !there.isWithoutRowid, here.rowidAlias == nil, there.rowidAlias == nil,
            let name = ["rowid", "_rowid_", "oid"].first(where: { here.columnIndex($0) == nil && there.columnIndex($0) == nil }) {
            to.insert(name, at: 0)
            from.insert(name, at: 0)
        }
        if !to.isEmpty { try copy(from: old, from, to: table, to, here) }
        try run("DROP TABLE \(name(old))")
        for object in dependants { if case .text(let sql) = object[2] { try remakeDependant(sql, object[1], table) } }
    }

    private func remakeDependant(_ sql: String, _ object: SQLiteValue, _ table: String) throws(BranchLiteError) {
        do throws(EngineError) {
            try connection.execute(sql)
        } catch {
            guard error.code == EngineErrorCode.unique, case .text(let index) = object else { throw BranchLiteError(error) }
            violations.append(RowViolation(kind: "unique", constraint: index, table: table))
        }
    }

    /// Copies rows under new constraints. When one breaks them, each is copied by itself to find all that do.
    private func copy(from old: String, _ from: [String], to table: String, _ to: [String], _ info: TableInfo?) throws(BranchLiteError) {
        let list = from.joined(separator: ", ")
        let insert = "INSERT OR ABORT INTO \(name(table)) (\(to.joined(separator: ", ")))"
        do throws(EngineError) {
            return try connection.execute("\(insert) SELECT \(list) FROM \(name(old))", [])
        } catch {
            guard SchemaApplier.isConstraint(error) else { throw BranchLiteError(error) }
        }
        let marks = to.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        var broken: [RowViolation] = []
        let names = to.map { quoted in info?.columns.first { quoteIdentifier($0.name) == quoted }?.name ?? quoted }
        let (connection, select) = (connection, "SELECT \(list) FROM \(name(old))")
        let rows = try mapEngine { () throws(EngineError) in try connection.prepare(select) }
        defer { rows.reset() }
        while try mapEngine({ () throws(EngineError) in try rows.step() }) {
            let row = rows.row
            do throws(EngineError) {
                try connection.execute("\(insert) VALUES (\(marks))", row)
            } catch {
                guard SchemaApplier.isConstraint(error) else { throw BranchLiteError(error) }
                let rows = info.map { [RowViolation.Row(names, row, rowid: nil, of: $0)] } ?? []
                let violation = RowViolation(error, table: table, rows: rows)
                if let known = broken.firstIndex(where: { $0.kind == violation.kind && $0.constraint == violation.constraint }) {
                    broken[known].add(rows)
                } else {
                    broken.append(violation)
                }
            }
        }
        violations += broken
    }

    private static func isConstraint(_ error: EngineError) -> Bool {
        error.code.hasPrefix(EngineErrorCode.constraint) || error.code == EngineErrorCode.typeMismatch
    }

    private static let temporaryPrefix = "_bl_merge_"

    // MARK: - After the rows

    /// Tables that were made with fewer constraints get all of them: now the rows have to meet them.
    func tightenTables() throws(BranchLiteError) {
        for table in plan.tables {
            guard case .rebuild(let rebuild) = table.action, rebuild.relaxed != nil, case .merge(let tracks) = table.rows else { continue }
            try remake(table.name, rebuild.sql, tracks.map { (to: $0.name, from: $0.name) })
        }
    }

    /// AUTOINCREMENT continues beyond both sides.
    func raiseSequences(_ counts: (String) -> Bool) throws(BranchLiteError) {
        let exists = "SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'"
        guard try !query(exists).isEmpty else { return }
        for side in [sides.sourceSide, sides.targetSide] {
            let theirs = try side.connection
            let rows = try mapEngine { () throws(EngineError) in
                try theirs.query(exists).isEmpty ? [] : try theirs.query("SELECT name, seq FROM main.sqlite_sequence")
            }
            for row in rows {
                guard case .text(let table) = row[0], case .integer(let number) = row[1], counts(table) else { continue }
                guard try SchemaCache.schema(on: connection).table(table)?.isAutoincrement == true else { continue }
                let known = try query("SELECT seq FROM main.sqlite_sequence WHERE name = ?1 COLLATE NOCASE", [.text(table)]).first?.first
                if case .integer(let mine)? = known, mine >= number { continue }
                let connection = connection
                try mapEngine { () throws(EngineError) in
                    if known == nil {
                        try connection.execute("INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)", [.text(table), .integer(number)])
                    } else {
                        try connection.execute("UPDATE main.sqlite_sequence SET seq = ?2 WHERE name = ?1 COLLATE NOCASE", [.text(table), .integer(number)])
                    }
                }
            }
        }
    }

    /// The target keeps what its tables and columns were made as, and takes over what comes from the source.
    func writeIdentities() throws(BranchLiteError) {
        let before = try sides.originalTarget().identities()
        var merged = try sides.targetSide.identities()
        let theirs = try sides.sourceSide.identities()
        for table in plan.tables {
            let key = foldedASCII(table.name)
            switch table.action {
            case .create, .replace: merged.takeTable(key, from: theirs)
            case .drop: merged.removeTable(key)
            case .keep, .addColumns, .rebuild:
                guard case .merge(let tracks) = table.rows else { continue }
                // A column of the target that goes under another name now is the one it was.
                let had = Set(tracks.compactMap { $0.target.map { foldedASCII($0) } })
                for column in sides.targetSide.schema.table(key)?.columns ?? [] where !had.contains(column.key) { merged.removeColumn(column.key, of: key) }
                merged.renameColumns(of: key, tracks.compactMap { track in
                    guard let old = track.target, foldedASCII(old) != foldedASCII(track.name) else { return nil }
                    return (from: foldedASCII(old), to: foldedASCII(track.name))
                })
                for track in tracks where track.target == nil {
                    if let name = track.source { merged.takeColumn(foldedASCII(track.name), of: key, as: foldedASCII(name), from: theirs) }
                }
            }
        }
        if merged == before { return }
        let rows = merged.rows.sorted { ($0.key.scope, $0.key.name) < ($1.key.scope, $1.key.name) }
        try rewrite(
            IdentityTable.name, IdentityTable.definition,
            rows.map { [.text($0.key.scope), .text($0.key.name), .text($0.value.name), .integer($0.value.generation)] })
    }

    /// The target keeps how rows of the source are numbered in it.
    func writeRowNumbers(_ merged: [String: RowNumbers]) throws(BranchLiteError) {
        let before = try sides.originalTarget().rowNumbers()
        var book = try sides.targetSide.rowNumbers()
        for table in plan.tables {
            switch table.action {
            case .create, .replace, .drop: book.remove(foldedASCII(table.name))
            case .keep, .addColumns, .rebuild: continue
            }
        }
        book.take(merged, from: try sides.sourceSide.rowNumbers(), at: sides.source.version, of: sides.source.id, sides.context.store)
        if book != before { try rewrite(IdentityTable.rowNumbers, IdentityTable.rowNumbersDefinition, book.rows) }
    }

    /// The target keeps which tables were merged by themselves; nil: all of them were merged.
    func writeTablesMerged(_ tables: Set<String>?) throws(BranchLiteError) {
        let before = try sides.originalTarget().tablesMerged()
        var merged = try sides.targetSide.tablesMerged()
        merged.note(tables, at: sides.source.version, sides.context.store)
        if merged != before { try rewrite(IdentityTable.merged, IdentityTable.mergedDefinition, merged.rows) }
    }

    /// Fills one of our own tables anew.
    private func rewrite(_ table: String, _ definition: String, _ rows: [[SQLiteValue]]) throws(BranchLiteError) {
        try run(definition)
        try run("DELETE FROM main.\(quoteIdentifier(table))")
        guard let width = rows.first?.count else { return }
        let marks = (1...width).map { "?\($0)" }.joined(separator: ", ")
        let connection = connection
        try mapEngine { () throws(EngineError) in
            for row in rows { try connection.execute("INSERT INTO main.\(quoteIdentifier(table)) VALUES (\(marks))", row) }
        }
    }

    /// Indexes, then views, then triggers.
    func makeObjects() throws(BranchLiteError) {
        for type in [SchemaChange.ObjectType.index, .view, .trigger] {
            for object in plan.objects where object.type == type {
                guard let sql = object.sql else { continue }
                do throws(EngineError) {
                    try connection.execute(sql)
                } catch {
                    guard error.code == EngineErrorCode.unique else { throw BranchLiteError(error) }
                    violations.append(try duplicates(object, error))
                }
            }
        }
    }

    /// The rows that a unique index of the source does not allow.
    private func duplicates(_ object: ObjectMergePlan, _ error: EngineError) throws(BranchLiteError) -> RowViolation {
        let row = sides.sourceSide.schema.index(named: object.name)
        let table = row?.tableName ?? error.table ?? object.name
        var violation = RowViolation(kind: "unique", constraint: object.name, table: table)
        let source = try sides.sourceSide.connection
        let indexes = try mapEngine { () throws(EngineError) in try source.indexes(of: table) }
        // Of an index on expressions or on some of the rows only the name is told.
        guard let index = indexes.first(where: { equalIgnoringASCIICase($0.name, object.name) }), !index.isPartial,
            index.columns.allSatisfy({ $0.name != nil }), let info = try SchemaCache.schema(on: connection).table(table)
        else { return violation }
        let key = index.columns.compactMap { column in column.name.map { "\(quoteIdentifier($0)) COLLATE \(column.collation)" } }
        let names = info.columns.filter { !$0.isHidden }
        let list = names.map { "t.\(quoteIdentifier($0.name))" }.joined(separator: ", ")
        let groups = "SELECT \(key.joined(separator: ", ")) FROM \(name(table)) GROUP BY \(key.joined(separator: ", ")) HAVING count(*) > 1"
        let plain = index.columns.compactMap { $0.name.map { quoteIdentifier($0) } }.joined(separator: ", ")
        let sql = "SELECT \(list) FROM \(name(table)) AS t WHERE (\(plain)) IN (\(groups)) LIMIT \(RowApplier.listedRows)"
        violation.add(try query(sql).map { RowViolation.Row(names.map(\.name), $0, rowid: nil, of: info) })
        return violation
    }

    /// Full-text tables over other tables' texts take them anew, where those changed: triggers, which usually do that, rest
    /// during a merge.
    func rebuildFullText(changed: Set<String>) throws(BranchLiteError) {
        let schema = try SchemaCache.schema(on: connection)
        for row in schema.rows where row.type == "table" {
            guard let sql = row.sql, case .table(let content) = FullTextContent(sql), schema.table(row.name)?.kind == .virtual else { continue }
            guard changed.contains(foldedASCII(content)) || changed.contains(foldedASCII(row.name)) else { continue }
            try run("INSERT INTO \(name(row.name)) (\(quoteIdentifier(row.name))) VALUES ('rebuild')")
        }
    }
}
