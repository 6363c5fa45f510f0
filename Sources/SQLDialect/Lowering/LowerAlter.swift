extension Binder {
    // MARK: - ALTER TABLE

    /// Lowers ALTER TABLE: by SQLite's own where it can, else by making the table anew.
    func lower(_ alter: AlterTable, statement: Statement) throws(SQLError) -> LoweredStatement {
        let tag = "ALTER " + alter.kind.rawValue
        var result = LoweredStatement(kind: .definition, tag: tag, isReadOnly: false)
        switch alter.kind {
        case .table, .view: break
        case .sequence: return try lowerAlterSequence(alter)
        case .index: return try lowerAlterIndex(alter)
        }
        let target = try writeTable(alter.name)
        guard let info = target.info else {
            if alter.ifExists { return .nothing(.definition, tag, .skipped("relation", alter.name.name.text)) }
            throw try noSuchTable(alter.name, in: .schema(branch: target.branch, schema: target.schema))
        }
        var alter = alter
        for action in alter.actions {
            switch action {
            case .accepted(let words): result.notices.append(.noEffect("\(tag) … \(words)"))
            case .validateConstraint(let constraint):
                guard info.constraints.contains(where: { equalIgnoringASCIICase($0.name, constraint.text) }) else { throw noSuchConstraint(constraint, info) }
            default: continue
            }
            alter.actions.removeAll { $0 == action }
        }
        if alter.actions.isEmpty { return result }
        if info.isSequence { return try lowerAlterSequence(alter) }
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
                try followOwners(info, target, OwnerChange(table: newName.text), into: &result)
                return result
            case .setSchema(let schema):
                guard case .schema(let branch, let inner) = try place(of: ObjectName(schema: schema, name: alter.name.name)), branch == target.branch else {
                    throw error(BinderCode.noSuchSchema, "There is no schema \"\(schema.text)\" in this branch", at: schema.range)
                }
                let encoded = SchemaNaming.encode(schema: inner, name: SchemaNaming.decode(info.name).name)
                writes.insert(TableReference(branch: target.branch, table: encoded))
                try alterBySQLite(AlterTable(kind: .table, ifExists: false, name: name, actions: [.renameTable(Identifier(encoded))]), target, into: &result)
                try followOwners(info, target, OwnerChange(schema: .some(inner)), into: &result)
                return result
            case .renameColumn(let old, let new):
                _ = try existingColumn(old, info)
                if info.columnIndex(new.text) != nil, !old.matches(new) {
                    throw error(BinderCode.alreadyExists, "Column with name \(new.text) already exists", at: new.range)
                }
                try alterBySQLite(AlterTable(kind: .table, ifExists: false, name: name, actions: [.renameColumn(old, to: new)]), target, into: &result)
                try followOwners(info, target, OwnerChange(column: (old.text, new.text)), into: &result)
                return result
            case .addColumn(let column, let ifNotExists):
                if info.columnIndex(column.name.text) != nil {
                    if ifNotExists { return .nothing(.definition, tag, .exists("column", column.name.text)) }
                    throw error(BinderCode.alreadyExists, "Column with name \(column.name.text) already exists", at: column.name.range)
                }
                let lowered = try newColumn(column, info)
                if Binder.canAppend(lowered), Binder.numbering(column) == nil {
                    result.add(.alterTable(AlterTable(kind: .table, ifExists: false, name: name, actions: [.addColumn(lowered, ifNotExists: false)])))
                    return result
                }
            case .dropColumn(let column, let ifExists, _):
                if ifExists, info.columnIndex(column.text) == nil { return .nothing(.definition, tag, .skipped("column", column.text)) }
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
        for case .renameColumn(let old, let new) in alter.actions {
            try followOwners(info, target, OwnerChange(column: (old.text, new.text)), into: &result)
        }
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

    func noSuchConstraint(_ name: Identifier, _ info: TableInfo) -> SQLError {
        let names = info.constraints.map(\.name)
        return error(
            BinderCode.noSuchObject, "There is no constraint \"\(name.text)\" of table \"\(SchemaNaming.decode(info.name).name)\"", at: name.range,
            hint: nearest(name.text, among: names).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Constraints", names))
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

    /// The type of a column to be added.
    func addedType(_ column: ColumnDefinition) throws(SQLError) -> DuckType {
        if let serial = Binder.serialType(column) { return serial }
        return try column.type.map { (name) throws(SQLError) in try storedType(name) } ?? .dynamic
    }

    /// A column to be added, as SQLite is to declare it.
    func newColumn(_ column: ColumnDefinition, _ info: TableInfo) throws(SQLError) -> ColumnDefinition {
        let type = try addedType(column)
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
            case .unique, .primaryKey, .check, .references, .identity: return false
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

/// How a table is called while it is made anew.
public enum InterimName {
    public static let prefix = "_bl_new:"
}

/// Makes a table anew with another definition: create, copy, drop, rename, and what hung on it again.
struct Rebuild {
    private let info: TableInfo
    private let target: WriteTable
    private let binder: Binder
    private var columns: [Column]
    private var constraints: [TableConstraint]
    private var removedColumns: [String] = []
    /// Foreign keys that the rows which are there have to keep: each with its name.
    private var addedKeys: [(name: String, columns: [Identifier], key: ForeignKey)] = []
    /// Sequences that are made with the change.
    private var sequences: [(info: SequenceInfo, name: Identifier)] = []

    private struct Column {
        var definition: ColumnDefinition
        /// What the new column is filled with, over the old table; nil: its default.
        var value: Expr?
        var type: DuckType
        var storage: ColumnStorage
        /// The old column's name.
        var old: String?
    }

    static func interimName(_ name: String) -> String { InterimName.prefix + name }

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
            var lowered = try binder.newColumn(column, info)
            let type = try binder.addedType(column)
            if let options = Binder.numbering(column) {
                // Rows that are there are numbered as they are copied.
                binder.ownedSequences = []
                try binder.numberBySequence(&lowered, options, type: type, table: Identifier(SchemaNaming.decode(info.name).name), target: target)
                sequences += binder.ownedSequences
            }
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
            try refuseIdentity(index, name)
            dropConstraints(index) { if case .defaultValue = $0 { true } else { false } }
            columns[index].definition.constraints.append(try binder.lowerDefault(expr, type: columns[index].type, storage: columns[index].storage))
        case .dropDefault(let name):
            let index = try index(name)
            try refuseIdentity(index, name)
            dropConstraints(index) { if case .defaultValue = $0 { true } else { false } }
        case .setNotNull(let name):
            let index = try index(name)
            // It is already, and says more.
            if columns[index].definition.identity != nil { return }
            dropConstraints(index) { if case .notNull = $0 { true } else { false } }
            columns[index].definition.constraints.append(ColumnConstraint(.notNull(conflict: nil)))
        case .dropNotNull(let name):
            let index = try index(name)
            try refuseIdentity(index, name)
            dropConstraints(index) { if case .notNull = $0 { true } else { false } }
        case .addConstraint(let constraint):
            if case .primaryKey = constraint.kind, !info.primaryKey.isEmpty {
                throw binder.error(BinderCode.alreadyExists, "Table \"\(SchemaNaming.decode(info.name).name)\" already has a primary key", at: .none)
            }
            if let name = constraint.name, named.contains(where: { equalIgnoringASCIICase($0.name, name.text) }) {
                throw binder.error(BinderCode.alreadyExists, "constraint \"\(name.text)\" for relation \"\(SchemaNaming.decode(info.name).name)\" already exists", at: name.range)
            }
            let lowered = try binder.lowerConstraint(constraint, scope: scope)
            if try addSingleKey(lowered) { return }
            constraints.append(lowered)
            if case .primaryKey(let list, _, _) = constraint.kind {
                for name in list.compactMap(\.columnName) { try apply(.setNotNull(name)) }
            }
            if case .foreignKey(let names, let key) = lowered.kind { try noteAddedKey(names, key, at: constraint) }
        case .dropConstraint(let name, let ifExists, _):
            guard let constraint = named.first(where: { equalIgnoringASCIICase($0.name, name.text) }) else {
                if ifExists {
                    binder.notices.append(.skipped("constraint", name.text))
                    return
                }
                throw binder.noSuchConstraint(name, info)
            }
            switch constraint.place {
            case .table(let index): constraints.remove(at: index)
            case .column(let index, let position):
                columns[index].definition.constraints.remove(at: position)
                if constraint.kind == .primaryKey, equalIgnoringASCIICase(columns[index].definition.type?.name ?? "", "INTEGER") {
                    // It is the rowid no longer: its type stands in its declaration again, and it stays NOT NULL.
                    columns[index].definition.type = Binder.typeName(ColumnInfo.declaration(of: columns[index].type))
                    try apply(.setNotNull(columns[index].definition.name))
                }
            }
        case .renameConstraint(let old, let new):
            guard let constraint = named.first(where: { equalIgnoringASCIICase($0.name, old.text) }) else { throw binder.noSuchConstraint(old, info) }
            switch constraint.place {
            case .table(let index): constraints[index].name = new
            case .column(let index, let position):
                let isMarked = columns[index].definition.constraints[position].name.flatMap { TableInfo.marked($0.text) } != nil
                columns[index].definition.constraints[position].name = isMarked ? ConstraintNaming.keyMark(type: columns[index].type, name: new) : new
            }
        case .addIdentity(let name, let always, let options):
            let index = try index(name)
            try refuseIdentity(index, name)
            var definition = columns[index].definition
            binder.ownedSequences = []
            try binder.numberBySequence(
                &definition, options, type: columns[index].type, table: Identifier(SchemaNaming.decode(info.name).name), target: target)
            definition.mark(ColumnIdentity(always: always))
            columns[index].definition = definition
            sequences += binder.ownedSequences
        case .setIdentity(let name, let always):
            let index = try index(name)
            guard columns[index].definition.identity != nil else { throw notIdentity(name) }
            columns[index].definition.mark(ColumnIdentity(always: always))
        case .dropIdentity(let name, let ifExists):
            let index = try index(name)
            let text = info.columns.first(where: { $0.name == columns[index].old })?.defaultText
            guard columns[index].definition.identity != nil || text.map(SequenceKey.mentionsSequence) ?? false else {
                if ifExists { return }
                throw notIdentity(name)
            }
            columns[index].definition.mark(nil)
            dropConstraints(index) { if case .defaultValue = $0 { true } else { false } }
            for position in columns[index].definition.constraints.indices {
                guard case .primaryKey(let direction, let conflict, true) = columns[index].definition.constraints[position].kind else { continue }
                columns[index].definition.constraints[position].kind = .primaryKey(direction: direction, conflict: conflict, autoincrement: false)
            }
        case .sequence, .validateConstraint, .accepted: break
        case .renameTable(let name), .setSchema(let name): throw binder.unsupported("Renaming a table together with other changes", at: name.range)
        }
    }

    /// What an identity column is does not hang on its default or NOT NULL.
    private func refuseIdentity(_ index: Int, _ name: Identifier) throws(SQLError) {
        guard columns[index].definition.identity != nil else { return }
        throw binder.error(
            BinderCode.bind, "column \"\(name.text)\" of relation \"\(SchemaNaming.decode(info.name).name)\" is an identity column", at: name.range,
            hint: "Use ALTER TABLE … ALTER COLUMN … DROP IDENTITY")
    }

    private func notIdentity(_ name: Identifier) -> SQLError {
        binder.error(
            BinderCode.bind, "column \"\(name.text)\" of relation \"\(SchemaNaming.decode(info.name).name)\" is not an identity column", at: name.range)
    }

    /// The constraints as they are now, with their names.
    private var named: [ConstraintInfo] {
        ConstraintNaming.constraints(table: SchemaNaming.decode(info.name).name, columns: columns.map(\.definition), constraints: constraints)
    }

    /// A key of one integer column becomes the rowid.
    private mutating func addSingleKey(_ constraint: TableConstraint) throws(SQLError) -> Bool {
        guard case .primaryKey(let list, _, _) = constraint.kind, list.count == 1, list[0].direction != .descending, let name = list[0].columnName,
            !info.isWithoutRowid
        else { return false }
        let index = try index(name)
        guard columns[index].storage == .duckdb, columns[index].type.isInteger else { return false }
        let table = SchemaNaming.decode(info.name).name
        columns[index].definition.type = TypeName("INTEGER")
        columns[index].definition.constraints.insert(
            ColumnConstraint(.primaryKey(direction: nil, conflict: nil, autoincrement: false), name: ConstraintNaming.keyMark(type: columns[index].type, name: constraint.name)), at: 0)
        if let value = columns[index].value {
            columns[index].value = .call("bl_not_null", value, .string("BL_CONSTRAINT: NOT NULL constraint failed: \(table).\(name.text)"))
        }
        return true
    }

    /// A foreign key that is added: the table it refers to must be there, with a key, and its rows are looked at.
    private mutating func noteAddedKey(_ names: [Identifier], _ key: ForeignKey, at constraint: TableConstraint) throws(SQLError) {
        let table = key.table.name.text
        guard let (parent, holder) = try binder.lookUp(table, in: target.branch, moment: nil) else {
            throw binder.error(BinderCode.noSuchTable, "The foreign key refers to \"\(SchemaNaming.decode(table).name)\", which does not exist", at: constraint.name?.range ?? .none)
        }
        let isItself = equalIgnoringASCIICase(parent.name, info.name)
        let wanted = key.columns.isEmpty ? parent.primaryKey : key.columns.compactMap { parent.columnIndex($0.text) }
        guard wanted.count == names.count else {
            throw binder.error(BinderCode.bind, "The foreign key has \(names.count) columns and refers to \(wanted.count) of \"\(SchemaNaming.decode(table).name)\"", at: constraint.name?.range ?? .none)
        }
        if !isItself {
            let uniqueIndexes = try binder.catalog.schema(of: holder, at: nil).indexes(of: parent.name).contains { $0.sql?.uppercasedASCII.contains("UNIQUE") ?? false }
            guard uniqueIndexes || Set(parent.primaryKey) == Set(wanted) || parent.uniqueConstraints.contains(where: { Set($0) == Set(wanted) }) else {
                throw binder.error(
                    BinderCode.bind, "there is no unique constraint matching given keys for referenced table \"\(SchemaNaming.decode(table).name)\"", at: constraint.name?.range ?? .none)
            }
        }
        if holder != target.branch { binder.materialize(parent.name) }
        var full = key
        full.columns = wanted.map { Identifier(parent.columns[$0].name) }
        let made = named.last { if case .table(let index) = $0.place { index == constraints.count - 1 } else { false } }
        addedKeys.append((made?.name ?? "", names, full))
    }

    /// A query that fails when a row has no row to refer to.
    private func check(_ added: (name: String, columns: [Identifier], key: ForeignKey)) -> StatementNode {
        let table = SchemaNaming.decode(info.name).name
        var missing = SelectCore(items: [.expr(.integer(1), alias: nil)], from: [TableRef(.table(TableSource(added.key.table)))])
        var conditions: [Expr] = [], given: [Expr] = []
        for (column, referenced) in zip(added.columns, added.key.columns) {
            conditions.append(.binary(.column(referenced, of: added.key.table.name), .equal, .column(column, of: "_child")))
            given.append(Expr(.isNull(.column(column, of: "_child"), negated: true)))
        }
        missing.filter = conditions.count == 1 ? conditions[0] : Expr(.logical(.and, conditions))
        var source = TableSource(binder.loweredName(target))
        source.alias = TableAlias("_child")
        let absent = Expr(.unary(.not, Expr(.exists(Select(missing)))))
        var core = SelectCore(
            items: [.expr(.call("bl_error", .string(
                "BL_CONSTRAINT_FOREIGN_KEY: insert or update on table \"\(table)\" violates foreign key constraint \"\(added.name)\": a row is not present in table \"\(SchemaNaming.decode(added.key.table.name.text).name)\"")), alias: nil)],
            from: [TableRef(.table(source))])
        core.filter = Expr(.logical(.and, given + [absent]))
        var select = Select(core)
        select.limit = .integer(1)
        return .select(select)
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
                    columns[index].definition.constraints[position].name = ConstraintNaming.keyMark(
                        type: type, name: ConstraintNaming.keyName(columns[index].definition.constraints[position].name).map { Identifier($0) })
                }
            }
        } else {
            columns[index].definition.type = Binder.typeName(ColumnInfo.declaration(of: type, as: ClientType(typeName)))
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
        for sequence in sequences {
            try binder.addSequence(sequence.info, name: sequence.name, schema: target.schema, branch: target.branch, into: &result)
        }
        let interim = Rebuild.interimName(info.name)
        var new = target
        new.info = nil
        new.name = interim
        var table = CreateTable(name: binder.loweredName(new), body: .definition(columns.map(\.definition), constraints))
        table.withoutRowid = info.isWithoutRowid
        table.isStrict = info.isStrict
        result.add(.createTable(table), isRebuild: true)
        var names: [Identifier] = [], values: [SelectItem] = []
        let hasKey = columns.contains { column in
            equalIgnoringASCIICase(column.definition.type?.name ?? "", "INTEGER") && column.definition.constraints.contains { if case .primaryKey = $0.kind { true } else { false } }
        }
        if !info.isWithoutRowid, info.rowidAlias == nil, !hasKey {
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
        for added in addedKeys { result.add(check(added)) }
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
