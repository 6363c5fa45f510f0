import Engine
import SQLDialect

/// What differs between two schemas: tables, views, indexes and triggers by name, columns by name and definition.
struct SchemaDiff {
    let old: BranchSchema
    let new: BranchSchema
    /// Folded names of tables that virtual tables keep their data in.
    var hidden: Set<String> = []
    /// The columns of a table (by folded name) that were renamed, folded old name to new name.
    var renames: (String) -> [String: String] = { _ in [:] }
    /// Tables that were renamed: folded old name to folded new name.
    var renamedTables: [String: String] = [:]
    /// All names that were renamed, of tables and columns: what merely follows them has not changed.
    var renamedNames: [String: String] = [:]

    /// - Parameter matches: which objects count, by the name of the table they belong to.
    func changes(_ matches: (String) -> Bool = { _ in true }) -> [SchemaChange] {
        var changes: [SchemaChange] = []
        let before = objects(of: old, tables: renamedTables) { matches(renamedTables[foldedASCII($0)] ?? $0) || matches($0) }
        let after = objects(of: new, matches)
        let names = Set(before.keys).union(after.keys).sorted()
        for key in names {
            switch (before[key], after[key]) {
            case (nil, let row?):
                let columns = row.type == "table" ? added(new.table(row.name)) : []
                changes.append(SchemaChange(type: type(row), name: row.name, change: .added, columns: columns, sqlAfter: row.sql))
            case (let row?, nil):
                changes.append(SchemaChange(type: type(row), name: row.name, change: .dropped, sqlBefore: row.sql))
            case (let was?, let now?):
                let from = foldedASCII(was.name) == foldedASCII(now.name) ? nil : was.name
                guard was.sql != now.sql || from != nil else { continue }
                let isFollowing = !renamedNames.isEmpty && SQLText.isSame(was.sql, now.sql, renamed: renamedNames)
                if now.type != "table", isFollowing { continue }
                let columns = now.type == "table" ? self.columns(old.table(was.name), new.table(now.name)) : []
                // A text may differ in nothing but spelling: then the columns and the rest of the definition decide.
                let isSame = now.type == "table" && columns.isEmpty && (isFollowing || SchemaDiff.isSameTable(old.table(was.name), new.table(now.name)))
                if isSame, from == nil { continue }
                let isRenamed = from != nil && columns.allSatisfy { $0.kind == .renamed } && (isFollowing || isSame)
                changes.append(SchemaChange(
                    type: type(now), name: now.name, change: isRenamed ? .renamed : .altered, columns: columns, sqlBefore: was.sql, sqlAfter: now.sql,
                    renamedFrom: from))
            case (nil, nil): continue
            }
        }
        return changes
    }

    /// Objects with a text of their own by type and folded name; what virtual tables keep their data in belongs to those.
    ///
    /// - Parameter tables: folded names under which tables are entered instead of their own.
    private func objects(of schema: BranchSchema, tables: [String: String] = [:], _ matches: (String) -> Bool) -> [String: SchemaRow] {
        var found: [String: SchemaRow] = [:]
        for row in schema.rows where row.sql != nil && !BranchSchema.isInternal(row.name) && matches(row.tableName) {
            let name = foldedASCII(row.name)
            let key = row.type == "table" ? tables[name] ?? (tables.values.contains(name) ? name + SchemaDiff.droppedMark : name) : name
            if hidden.contains(foldedASCII(row.tableName)) { continue }
            found[order(row.type) + key] = row
        }
        return found
    }

    /// Behind the name of a dropped table that another has now.
    static let droppedMark = "\u{0}"

    /// Tables first, then what depends on them.
    private func order(_ type: String) -> String {
        switch type {
        case "table": "1"
        case "index": "2"
        case "view": "3"
        default: "4"
        }
    }

    private func type(_ row: SchemaRow) -> SchemaChange.ObjectType { SchemaChange.ObjectType(rawValue: row.type) ?? .table }

    private func added(_ table: TableInfo?) -> [ColumnChange] {
        (table?.columns ?? []).map { ColumnChange(kind: .added, name: $0.name, after: SchemaDiff.typeName($0)) }
    }

    func columns(_ old: TableInfo?, _ new: TableInfo?) -> [ColumnChange] {
        guard let old, let new else { return [] }
        var changes: [ColumnChange] = []
        let went = old.columns.enumerated().filter { new.columnIndex($0.element.name) == nil }
        let came = new.columns.enumerated().filter { old.columnIndex($0.element.name) == nil }
        let renames = renames(foldedASCII(new.name))
        var renamed: Set<String> = []
        for (_, was) in went {
            guard let now = renames[was.key] else { continue }
            renamed.formUnion([was.key, foldedASCII(now)])
            changes.append(ColumnChange(kind: .renamed, name: now, before: was.name, after: now))
        }
        for (_, column) in went where !renamed.contains(column.key) {
            changes.append(ColumnChange(kind: .dropped, name: column.name, before: SchemaDiff.typeName(column)))
        }
        for (_, column) in came where !renamed.contains(column.key) {
            changes.append(ColumnChange(kind: .added, name: column.name, after: SchemaDiff.typeName(column)))
        }
        for column in new.columns {
            guard let index = old.columnIndex(column.name) else { continue }
            let was = old.columns[index]
            if SchemaDiff.typeName(was) != SchemaDiff.typeName(column) {
                changes.append(ColumnChange(kind: .retyped, name: column.name, before: SchemaDiff.typeName(was), after: SchemaDiff.typeName(column)))
            } else if !SchemaDiff.isSameColumn(was, column) {
                changes.append(ColumnChange(kind: .altered, name: column.name, before: SchemaDiff.definition(was), after: SchemaDiff.definition(column)))
            }
        }
        return changes
    }

    static func typeName(_ column: ColumnInfo) -> String {
        column.storage == .duckdb ? column.writtenType : column.declaredType
    }

    static func definition(_ column: ColumnInfo) -> String {
        var text = typeName(column)
        if column.isNotNull { text += " NOT NULL" }
        if let identity = column.identity { text += " " + identity.text } else if let value = column.defaultText { text += " DEFAULT \(value)" }
        if let collation = column.collation { text += " COLLATE \(collation)" }
        return text
    }

    /// Whether two columns are defined alike, whatever they are called.
    static func isSameColumn(_ a: ColumnInfo, _ b: ColumnInfo) -> Bool {
        a.type == b.type && a.clientType == b.clientType && a.storage == b.storage && a.isNotNull == b.isNotNull && a.defaultText == b.defaultText
            && a.generated == b.generated && a.identity == b.identity && a.isPrimaryKey == b.isPrimaryKey && a.collation.map(foldedASCII) == b.collation.map(foldedASCII)
    }

    static func isSameTable(_ a: TableInfo?, _ b: TableInfo?) -> Bool {
        guard let a, let b else { return false }
        return a.columns.map(\.key) == b.columns.map(\.key) && zip(a.columns, b.columns).allSatisfy(isSameColumn)
            && a.primaryKey == b.primaryKey && a.isWithoutRowid == b.isWithoutRowid && a.isStrict == b.isStrict
            && a.isAutoincrement == b.isAutoincrement && a.uniqueConstraints == b.uniqueConstraints && a.foreignKeys == b.foreignKeys
            && a.checks == b.checks
    }
}
