extension Binder {
    // MARK: - ALTER TABLE

    /// Lowers ALTER TABLE: by SQLite's own where it can, else by making the table anew.
    func lower(_ alter: AlterTable, statement: Statement) throws(SQLError) -> LoweredStatement {
        let tag = "ALTER " + alter.kind.rawValue
        var result = LoweredStatement(kind: .definition, tag: tag, isReadOnly: false)
        switch alter.kind {
        case .table, .view: break
        case .index, .sequence: throw unsupported(tag, at: alter.name.range)
        }
        let target = try writeTable(alter.name)
        guard let info = target.info else {
            if alter.ifExists { return .nothing(.definition, tag) }
            throw try noSuchTable(alter.name, in: .schema(branch: target.branch, schema: target.schema))
        }
        try noteWrite(target, alter.effect)
        let name = loweredName(target)
        if info.kind == .view {
            guard alter.actions.count == 1, case .renameTable(let newName) = alter.actions[0] else { throw unsupported("Altering a view", at: alter.name.range) }
            return try renameView(info, target, to: newName, tag: tag)
        }
        if alter.actions.count == 1 {
            switch alter.actions[0] {
            case .renameTable(let newName):
                try checkName(newName)
                let encoded = SchemaNaming.encode(schema: target.schema, name: newName.text)
                if let (known, _) = try lookUp(encoded, in: target.branch, moment: nil), !equalIgnoringASCIICase(encoded, info.name) {
                    throw alreadyExists(ObjectName(newName), known)
                }
                writes.insert(TableReference(branch: target.branch, table: encoded))
                try alterBySQLite(AlterTable(kind: .table, ifExists: false, name: name, actions: [.renameTable(Identifier(encoded))]), target, into: &result)
                return result
            case .setSchema(let schema):
                guard case .schema(let branch, let inner) = try place(of: ObjectName(schema: schema, name: alter.name.name)), branch == target.branch else {
                    throw error(BinderCode.noSuchSchema, "There is no schema \"\(schema.text)\" in this branch", at: schema.range)
                }
                let encoded = SchemaNaming.encode(schema: inner, name: SchemaNaming.decode(info.name).name)
                writes.insert(TableReference(branch: target.branch, table: encoded))
                try alterBySQLite(AlterTable(kind: .table, ifExists: false, name: name, actions: [.renameTable(Identifier(encoded))]), target, into: &result)
                return result
            case .renameColumn(let old, let new):
                _ = try existingColumn(old, info)
                if info.columnIndex(new.text) != nil, !old.matches(new) {
                    throw error(BinderCode.alreadyExists, "Column with name \(new.text) already exists", at: new.range)
                }
                try alterBySQLite(AlterTable(kind: .table, ifExists: false, name: name, actions: [.renameColumn(old, to: new)]), target, into: &result)
                return result
            case .addColumn(let column, let ifNotExists):
                if info.columnIndex(column.name.text) != nil {
                    if ifNotExists { return .nothing(.definition, tag) }
                    throw error(BinderCode.alreadyExists, "Column with name \(column.name.text) already exists", at: column.name.range)
                }
                let lowered = try newColumn(column, info)
                if Binder.canAppend(lowered) {
                    result.add(.alterTable(AlterTable(kind: .table, ifExists: false, name: name, actions: [.addColumn(lowered, ifNotExists: false)])))
                    return result
                }
            case .dropColumn(let column, let ifExists, _):
                if ifExists, info.columnIndex(column.text) == nil { return .nothing(.definition, tag) }
                let index = try existingColumn(column, info)
                guard info.columns.count > 1 else { throw error(BinderCode.bind, "Cannot drop the only column of \"\(alter.name.name.text)\"", at: column.range) }
                try checkDroppable(index, info, target, at: column.range)
                if try !isViewed(info, target) {
                    try alterBySQLite(AlterTable(kind: .table, ifExists: false, name: name, actions: [.dropColumn(column, ifExists: false, behaviour: nil)]), target, into: &result)
                    return result
                }
            default: break
            }
        }
        var rebuild = try Rebuild(info, target, binder: self, at: alter.name.range)
        for action in alter.actions { try rebuild.apply(action) }
        try rebuild.steps(into: &result)
        return result
    }

    /// SQLite's own ALTER TABLE. It looks at every view meanwhile and fails on one that is broken, whatever that one reads. Views of
    /// this dialect are bound from their own text whenever they are used, so they are taken out and put back as they were.
    private func alterBySQLite(_ alter: AlterTable, _ target: WriteTable, into result: inout LoweredStatement) throws(SQLError) {
        let views = try viewsOfThisDialect(beside: target)
        for view in views {
            result.add(.drop(Drop(kind: .view, ifExists: true, names: [ObjectName(schema: "main", name: Identifier(view.name))], behaviour: nil)), isRebuild: true)
        }
        result.add(.alterTable(alter))
        for view in views { if let sql = view.sql { result.add(sql: sql, isRebuild: true) } }
    }

    private func viewsOfThisDialect(beside target: WriteTable) throws(SQLError) -> [SchemaRow] {
        target.isTemporary ? [] : try catalog.schema(of: target.branch, at: nil).viewsOfDuckDB
    }

    func existingColumn(_ name: Identifier, _ info: TableInfo) throws(SQLError) -> Int {
        if let index = info.columnIndex(name.text) { return index }
        throw error(
            BinderCode.noSuchColumn, "Table \"\(SchemaNaming.decode(info.name).name)\" does not have a column with name \"\(name.text)\"", at: name.range,
            hint: nearest(name.text, among: info.columns.map(\.name)).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Columns", info.columns.map(\.name)))
    }

    /// A column to be added, as SQLite is to declare it.
    func newColumn(_ column: ColumnDefinition, _ info: TableInfo) throws(SQLError) -> ColumnDefinition {
        let type = try column.type.map { (name) throws(SQLError) in try storedType(name) } ?? .dynamic
        for constraint in column.constraints {
            if case .primaryKey = constraint.kind { throw unsupported("Adding a primary key column", at: column.name.range) }
        }
        let scope = Scope(parent: nil)
        scope.clause = .other
        let added = ColumnInfo(name: column.name.text, type: type, storage: type == .dynamic ? .sqlite(.blob) : .duckdb)
        scope.relations = [Relation(alias: nil, key: "", lowered: nil, columns: info.relationColumns + [RelationColumn(added)])]
        return try lowerColumn(column, info: added, isKey: false, isSingleKey: false, withoutRowid: info.isWithoutRowid, scope: scope)
    }

    /// Whether SQLite's ALTER TABLE ADD COLUMN takes it: a constant default, and nothing that needs a look at every row.
    private static func canAppend(_ column: ColumnDefinition) -> Bool {
        var hasDefault = false, notNull = false
        for constraint in column.constraints {
            switch constraint.kind {
            case .unique, .primaryKey, .check, .references: return false
            case .generated(_, let storage): if storage == .stored { return false }
            case .defaultValue(let expr):
                switch expr.node {
                case .literal(.null): break
                case .literal: hasDefault = true
                default: return false
                }
            case .notNull: notNull = true
            default: break
            }
        }
        return !notNull || hasDefault
    }

    /// What DuckDB refuses: a column that a key, an index or a foreign key is made of.
    private func checkDroppable(_ index: Int, _ info: TableInfo, _ target: WriteTable, at range: SourceRange) throws(SQLError) {
        let column = info.columns[index]
        func refuse(_ what: String) -> SQLError {
            error(BinderCode.dependency, "Cannot drop column \"\(column.name)\" because \(what) depends on it", at: range)
        }
        if info.primaryKey.contains(index) { throw refuse("the primary key") }
        if info.uniqueConstraints.contains(where: { $0.contains(index) }) { throw refuse("a UNIQUE constraint") }
        if info.foreignKeys.contains(where: { $0.columns.contains { equalIgnoringASCIICase($0, column.name) } }) { throw refuse("a foreign key") }
        for row in try catalog.schema(of: try holder(of: target), at: nil).indexes(of: info.name) {
            if Rebuild.mentions(column.name, in: row.sql ?? "") { throw refuse("the index \"\(SchemaNaming.decode(row.name).name)\"") }
        }
        for check in info.checks where Rebuild.mentions(column.name, in: check) { throw refuse("a CHECK constraint") }
    }

    /// The branch whose database has the table now.
    func holder(of target: WriteTable) throws(SQLError) -> BranchKey {
        try lookUp(target.info?.name ?? target.name, in: target.branch, moment: nil)?.1 ?? target.branch
    }

    /// Whether a view or trigger speaks of the table, so that SQLite's DROP COLUMN would look at their texts.
    private func isViewed(_ info: TableInfo, _ target: WriteTable) throws(SQLError) -> Bool {
        if target.isTemporary { return false }
        let rows = try catalog.schema(of: try holder(of: target), at: nil).rows
        let aside = Set(try viewsOfThisDialect(beside: target).map(\.name))
        return rows.contains {
            ($0.type == "trigger" || ($0.type == "view" && !aside.contains($0.name))) && Rebuild.mentions(info.name, in: $0.sql ?? "")
        }
    }

    private func renameView(_ info: TableInfo, _ target: WriteTable, to newName: Identifier, tag: String) throws(SQLError) -> LoweredStatement {
        try checkName(newName)
        let encoded = SchemaNaming.encode(schema: target.schema, name: newName.text)
        if let (known, _) = try lookUp(encoded, in: target.branch, moment: nil) { throw alreadyExists(ObjectName(newName), known) }
        guard let view = info.view, let parsed = try Parser.parse(view.text, dialect: view.dialect).first, case .createView(let definition) = parsed.node else {
            throw unsupported("Renaming this view", at: newName.range)
        }
        var result = LoweredStatement(kind: .definition, tag: tag, isReadOnly: false)
        writes.insert(TableReference(branch: target.branch, table: encoded))
        // The stored form keeps its body; the name stands before it in both texts.
        let name = loweredName(target)
        result.add(.drop(Drop(kind: .view, ifExists: false, names: [name], behaviour: nil)))
        var renamed = definition
        renamed.name = ObjectName(newName)
        renamed.orReplace = false
        renamed.ifNotExists = false
        if view.dialect == .sqlite {
            renamed.name = ObjectName(schema: name.schema, name: Identifier(encoded))
            result.add(.createView(renamed))
            return result
        }
        let text = Printer.print(Statement(.createView(renamed)))
        var create = target
        create.info = nil
        create.name = encoded
        source = view.text
        result.add(sql: try storedView(definition, original: text, target: create))
        return result
    }
}

/// Makes a table anew with another definition: create, copy, drop, rename, and what hung on it again.
struct Rebuild {
    private let info: TableInfo
    private let target: WriteTable
    private let binder: Binder
    private var columns: [Column]
    private var constraints: [TableConstraint]
    private var removedColumns: [String] = []

    private struct Column {
        var definition: ColumnDefinition
        /// What the new column is filled with, over the old table; nil: its default.
        var value: Expr?
        var type: DuckType
        var storage: ColumnStorage
        /// The old column's name.
        var old: String?
    }

    static func interimName(_ name: String) -> String { "_bl_new:" + name }

    init(_ info: TableInfo, _ target: WriteTable, binder: Binder, at range: SourceRange) throws(SQLError) {
        guard let definition = info.definition, case .definition(let columns, let constraints) = definition.body else {
            throw binder.unsupported("This change of \"\(info.name)\"", at: range)
        }
        self.info = info
        self.target = target
        self.binder = binder
        self.constraints = constraints
        self.columns = zip(columns, info.columns).map { definition, column in
            Column(definition: definition, value: .column(Identifier(column.name)), type: column.type, storage: column.storage, old: column.name)
        }
    }

    private func index(_ name: Identifier) throws(SQLError) -> Int {
        if let index = columns.firstIndex(where: { $0.definition.name.matches(name) }) { return index }
        throw binder.error(
            BinderCode.noSuchColumn, "Table \"\(SchemaNaming.decode(info.name).name)\" does not have a column with name \"\(name.text)\"", at: name.range,
            hint: nearest(name.text, among: columns.map(\.definition.name.text)).map { "Did you mean \"\($0)\"?" })
    }

    private var scope: Scope {
        let scope = Scope(parent: nil)
        scope.clause = .other
        var relation = Relation(alias: SchemaNaming.decode(info.name).name, key: foldedASCII(SchemaNaming.decode(info.name).name), lowered: nil, columns: [])
        relation.columns = columns.map { column in
            RelationColumn(ColumnInfo(name: column.definition.name.text, type: column.type, storage: column.storage))
        }
        scope.relations = [relation]
        return scope
    }

    mutating func apply(_ action: AlterTable.Action) throws(SQLError) {
        switch action {
        case .addColumn(let column, let ifNotExists):
            if columns.contains(where: { $0.definition.name.matches(column.name) }) {
                if ifNotExists { return }
                throw binder.error(BinderCode.alreadyExists, "Column with name \(column.name.text) already exists", at: column.name.range)
            }
            let lowered = try binder.newColumn(column, info)
            let type = try column.type.map { (name) throws(SQLError) in try binder.storedType(name) } ?? .dynamic
            columns.append(Column(definition: lowered, value: nil, type: type, storage: type == .dynamic ? .sqlite(.blob) : .duckdb, old: nil))
        case .dropColumn(let name, let ifExists, _):
            if ifExists, !columns.contains(where: { $0.definition.name.matches(name) }) { return }
            let column = columns.remove(at: try index(name))
            if let old = column.old { removedColumns.append(old) }
        case .renameColumn(let old, let new):
            columns[try index(old)].definition.name = new
        case .setType(let name, let typeName, let using): try setType(name, typeName, using: using)
        case .setDefault(let name, let expr):
            let index = try index(name)
            dropConstraints(index) { if case .defaultValue = $0 { true } else { false } }
            columns[index].definition.constraints.append(try binder.lowerDefault(expr, type: columns[index].type, storage: columns[index].storage))
        case .dropDefault(let name): dropConstraints(try index(name)) { if case .defaultValue = $0 { true } else { false } }
        case .setNotNull(let name):
            let index = try index(name)
            dropConstraints(index) { if case .notNull = $0 { true } else { false } }
            columns[index].definition.constraints.append(ColumnConstraint(.notNull(conflict: nil)))
        case .dropNotNull(let name): dropConstraints(try index(name)) { if case .notNull = $0 { true } else { false } }
        case .addConstraint(let constraint):
            if case .primaryKey = constraint.kind, !info.primaryKey.isEmpty {
                throw binder.error(BinderCode.alreadyExists, "Table \"\(SchemaNaming.decode(info.name).name)\" already has a primary key", at: .none)
            }
            constraints.append(try binder.lowerConstraint(constraint, scope: scope))
            if case .primaryKey(let list, _, _) = constraint.kind {
                for name in list.compactMap(\.columnName) { try apply(.setNotNull(name)) }
            }
        case .dropConstraint(let name, let ifExists, _):
            let before = constraints.count
            constraints.removeAll { $0.name?.matches(name) ?? false }
            var found = constraints.count < before
            for index in columns.indices {
                let count = columns[index].definition.constraints.count
                columns[index].definition.constraints.removeAll { $0.name?.matches(name) ?? false }
                found = found || columns[index].definition.constraints.count < count
            }
            guard found || ifExists else { throw binder.error(BinderCode.noSuchObject, "There is no constraint \"\(name.text)\"", at: name.range) }
        case .renameConstraint(let old, let new):
            var found = false
            for index in constraints.indices where constraints[index].name?.matches(old) ?? false {
                constraints[index].name = new
                found = true
            }
            guard found else { throw binder.error(BinderCode.noSuchObject, "There is no constraint \"\(old.text)\"", at: old.range) }
        case .renameTable(let name), .setSchema(let name): throw binder.unsupported("Renaming a table together with other changes", at: name.range)
        }
    }

    private mutating func dropConstraints(_ index: Int, where matches: (ColumnConstraint.Kind) -> Bool) {
        columns[index].definition.constraints.removeAll { matches($0.kind) }
    }

    private mutating func setType(_ name: Identifier, _ typeName: TypeName?, using: Expr?) throws(SQLError) {
        let index = try index(name)
        guard let typeName else { throw binder.unsupported("ALTER COLUMN TYPE without a type", at: name.range) }
        let type = try binder.storedType(typeName)
        let before = scope
        let value: Bound =
            if let using { try binder.bind(using, before) } else { before.relations[0].bound(index, range: name.range) }
        columns[index].value = try binder.cast(value, to: type).expr
        columns[index].type = type
        columns[index].storage = .duckdb
        let isAlias = info.rowidAlias.map { info.columns[$0].name } == columns[index].old
        if isAlias {
            guard type.isInteger else { throw binder.unsupported("Changing the type of the key \"\(name.text)\" to \(type.name)", at: typeName.range) }
            for position in columns[index].definition.constraints.indices {
                if case .primaryKey = columns[index].definition.constraints[position].kind {
                    columns[index].definition.constraints[position].name = Identifier(TableInfo.constraintMark + type.name)
                }
            }
        } else {
            columns[index].definition.type = Binder.typeName(ColumnInfo.declaration(of: type))
            for constraint in columns[index].definition.constraints {
                guard case .defaultValue = constraint.kind, let written = info.columns.first(where: { $0.name == columns[index].old })?.defaultText else { continue }
                // The default was lowered for the old type.
                dropConstraints(index) { if case .defaultValue = $0 { true } else { false } }
                let saved = binder.source
                binder.source = written
                defer { binder.source = saved }
                let expr = try Parser.parseExpression(written, dialect: .duckdb)
                columns[index].definition.constraints.append(try binder.lowerDefault(expr, type: type, storage: .duckdb))
            }
        }
    }

    func steps(into result: inout LoweredStatement) throws(SQLError) {
        guard !columns.isEmpty else { throw binder.error(BinderCode.bind, "A table needs a column", at: .none) }
        let interim = Rebuild.interimName(info.name)
        var new = target
        new.info = nil
        new.name = interim
        var table = CreateTable(name: binder.loweredName(new), body: .definition(columns.map(\.definition), constraints))
        table.withoutRowid = info.isWithoutRowid
        table.isStrict = info.isStrict
        result.add(.createTable(table), isRebuild: true)
        var names: [Identifier] = [], values: [SelectItem] = []
        if !info.isWithoutRowid, info.rowidAlias == nil {
            names.append("rowid")
            values.append(.expr(.column("rowid"), alias: nil))
        }
        for column in columns {
            let isGenerated = column.definition.constraints.contains { if case .generated = $0.kind { true } else { false } }
            guard let value = column.value, !isGenerated else { continue }
            names.append(column.definition.name)
            values.append(.expr(value, alias: nil))
        }
        let copy = SelectCore(items: values, from: [TableRef(.table(TableSource(binder.loweredName(target))))])
        result.add(.insert(Insert(target: WriteTarget(binder.loweredName(new)), columns: names, source: Select(copy))), isRebuild: true)
        result.add(.drop(Drop(kind: .table, ifExists: false, names: [binder.loweredName(target)], behaviour: nil)), isRebuild: true)
        result.add(
            .alterTable(AlterTable(kind: .table, ifExists: false, name: binder.loweredName(new), actions: [.renameTable(Identifier(info.name))])), isRebuild: true)
        guard !target.isTemporary else { return }
        let schema = try binder.catalog.schema(of: try binder.holder(of: target), at: nil)
        for row in schema.indexes(of: info.name) {
            guard let sql = row.sql, !removedColumns.contains(where: { Rebuild.mentions($0, in: sql) }) else { continue }
            result.add(sql: try qualified(sql), isRebuild: true)
        }
        for row in schema.triggers(of: info.name) {
            if let sql = row.sql { result.add(sql: try qualified(sql), isRebuild: true) }
        }
    }

    /// The text of an index or trigger, made again in the schema that the table is in.
    private func qualified(_ sql: String) throws(SQLError) -> String {
        guard var statement = try Parser.parse(sql, dialect: .sqlite).first else { return sql }
        switch statement.node {
        case .createIndex(var index):
            if let name = index.name { index.name = ObjectName(schema: "main", name: name.name) }
            statement.node = .createIndex(index)
        case .createTrigger(var trigger):
            trigger.name = ObjectName(schema: "main", name: trigger.name.name)
            statement.node = .createTrigger(trigger)
        default: return sql
        }
        return Printer.print(statement)
    }

    /// Whether a name stands in a text as a word of its own.
    static func mentions(_ name: String, in text: String) -> Bool {
        let haystack = Array(foldedASCII(text).utf8), needle = Array(foldedASCII(name).utf8)
        guard !needle.isEmpty, haystack.count >= needle.count else { return false }
        func isWord(_ byte: UInt8) -> Bool {
            (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7A) || byte == UInt8(ascii: "_") || byte >= 0x80
        }
        for start in 0 ... haystack.count - needle.count where haystack[start] == needle[0] {
            guard haystack[start ..< start + needle.count].elementsEqual(needle) else { continue }
            let end = start + needle.count
            if start > 0, isWord(haystack[start - 1]) { continue }
            if end < haystack.count, isWord(haystack[end]) { continue }
            return true
        }
        return false
    }
}
