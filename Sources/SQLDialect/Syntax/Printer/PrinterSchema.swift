// CREATE, DROP, ALTER, COMMENT.
extension Printer {
    mutating func schemaStatement(_ node: StatementNode) {
        switch node {
        case .createTable(let create): createTable(create)
        case .createIndex(let create): createIndex(create)
        case .createView(let create): createView(create)
        case .createTrigger(let create): createTrigger(create)
        case .createVirtualTable(let create): createVirtualTable(create)
        case .createSchema(let create):
            head("SCHEMA", orReplace: create.orReplace, ifNotExists: create.ifNotExists)
            objectName(create.name)
        case .createSequence(let create): createSequence(create)
        case .createType(let create): createType(create)
        case .drop(let drop): self.drop(drop)
        case .alterTable(let alter): alterTable(alter)
        case .comment(let comment): self.comment(comment)
        default: break
        }
    }

    /// `CREATE … KIND IF NOT EXISTS `
    private mutating func head(_ kind: String, orReplace: Bool = false, isTemporary: Bool = false, ifNotExists: Bool) {
        write("CREATE ")
        if orReplace { write("OR REPLACE ") }
        if isTemporary { write("TEMP ") }
        write("\(kind) ")
        if ifNotExists { write("IF NOT EXISTS ") }
    }

    // MARK: Tables

    private mutating func createTable(_ create: CreateTable) {
        head("TABLE", orReplace: create.orReplace, isTemporary: create.isTemporary, ifNotExists: create.ifNotExists)
        objectName(create.name)
        switch create.body {
        case .query(let columns, let select, let withData):
            if !columns.isEmpty {
                write(" ")
                identifiers(columns)
            }
            if let onCommit = create.onCommit { write(" ON COMMIT \(onCommit.rawValue)") }
            write(" AS ")
            self.select(select)
            if !withData { write(" WITH NO DATA") }
        case .definition(let columns, let constraints):
            write(" (")
            var isFirst = true
            for place in 0 ... columns.count {
                for like in create.likes where like.position == place {
                    if !isFirst { write(", ") }
                    isFirst = false
                    write("LIKE ")
                    objectName(like.table)
                    for what in like.including.sorted() { write(" INCLUDING \(what)") }
                }
                guard place < columns.count else { break }
                if !isFirst { write(", ") }
                isFirst = false
                column(columns[place])
            }
            for constraint in constraints {
                write(", ")
                tableConstraint(constraint)
            }
            write(")")
            if create.withoutRowid { write(" WITHOUT ROWID") }
            if create.isStrict { write(create.withoutRowid ? ", STRICT" : " STRICT") }
        }
    }

    mutating func column(_ column: ColumnDefinition) {
        identifier(column.name)
        if let type = column.type {
            write(" ")
            self.type(type)
        }
        for constraint in column.constraints {
            write(" ")
            constraintName(constraint.name)
            columnConstraint(constraint.kind)
        }
    }

    private mutating func constraintName(_ name: Identifier?) {
        guard let name else { return }
        write("CONSTRAINT ")
        identifier(name)
        write(" ")
    }

    private mutating func columnConstraint(_ kind: ColumnConstraint.Kind) {
        switch kind {
        case .primaryKey(let direction, let conflict, let autoincrement):
            write("PRIMARY KEY")
            if let direction { write(" \(direction.rawValue)") }
            self.conflict(conflict)
            if autoincrement { write(" AUTOINCREMENT") }
        case .notNull(let conflict):
            write("NOT NULL")
            self.conflict(conflict)
        case .null: write("NULL")
        case .unique(let conflict):
            write("UNIQUE")
            self.conflict(conflict)
        case .check(let condition):
            write("CHECK (")
            expr(condition)
            write(")")
        case .defaultValue(let value):
            write("DEFAULT ")
            defaultValue(value)
        case .collate(let name):
            write("COLLATE ")
            identifier(name)
        case .references(let key): foreignKey(key)
        case .identity(let always, let options): identity(always: always, options)
        case .generated(let value, let storage):
            write("GENERATED ALWAYS AS (")
            expr(value)
            write(")")
            if let storage { write(" \(storage.rawValue)") }
        }
    }

    private mutating func defaultValue(_ value: Expr) {
        switch value.node {
        case .literal, .currentTime: expr(value)
        // SQLite's bare word, which stands for its own text.
        case .column(let reference) where reference.path.count == 1 && target == .sqlite: expr(value)
        default:
            write("(")
            expr(value)
            write(")")
        }
    }

    private mutating func conflict(_ resolution: ConflictResolution?) {
        if let resolution { write(" ON CONFLICT \(resolution.rawValue)") }
    }

    private mutating func tableConstraint(_ constraint: TableConstraint) {
        constraintName(constraint.name)
        switch constraint.kind {
        case .primaryKey(let columns, let conflict, let autoincrement):
            write("PRIMARY KEY (")
            list(columns) { printer, column in printer.indexedColumn(column) }
            if autoincrement { write(" AUTOINCREMENT") }
            write(")")
            self.conflict(conflict)
        case .unique(let columns, let conflict):
            write("UNIQUE ")
            indexedColumns(columns)
            self.conflict(conflict)
        case .check(let condition, let conflict):
            write("CHECK (")
            expr(condition)
            write(")")
            self.conflict(conflict)
        case .foreignKey(let columns, let key):
            write("FOREIGN KEY ")
            identifiers(columns)
            write(" ")
            foreignKey(key)
        }
    }

    private mutating func foreignKey(_ key: ForeignKey) {
        write("REFERENCES ")
        objectName(key.table)
        if !key.columns.isEmpty {
            write(" ")
            identifiers(key.columns)
        }
        if let action = key.onDelete { write(" ON DELETE \(action.rawValue)") }
        if let action = key.onUpdate { write(" ON UPDATE \(action.rawValue)") }
        if let match = key.match {
            write(" MATCH ")
            identifier(match)
        }
        if let deferral = key.deferral {
            write(deferral.isDeferrable ? " DEFERRABLE" : " NOT DEFERRABLE")
            if let deferred = deferral.initiallyDeferred { write(deferred ? " INITIALLY DEFERRED" : " INITIALLY IMMEDIATE") }
        }
    }

    // MARK: Indexes, views, triggers

    mutating func indexedColumns(_ columns: [IndexedColumn]) {
        parenthesized(columns) { printer, column in printer.indexedColumn(column) }
    }

    private mutating func indexedColumn(_ column: IndexedColumn) {
        expr(column.expr)
        order(column.direction, column.nulls)
    }

    private mutating func createIndex(_ create: CreateIndex) {
        head(create.isUnique ? "UNIQUE INDEX" : "INDEX", ifNotExists: create.ifNotExists)
        if let name = create.name {
            objectName(name)
            write(" ")
        }
        write("ON ")
        objectName(create.table)
        if let method = create.method, target == .duckdb {
            write(" USING ")
            identifier(method)
        }
        write(" ")
        indexedColumns(create.columns)
        filter(create.filter)
    }

    private mutating func createView(_ create: CreateView) {
        head("VIEW", orReplace: create.orReplace, isTemporary: create.isTemporary, ifNotExists: create.ifNotExists)
        objectName(create.name)
        if !create.columns.isEmpty {
            write(" ")
            identifiers(create.columns)
        }
        write(" AS ")
        select(create.select)
    }

    private mutating func createTrigger(_ create: CreateTrigger) {
        head("TRIGGER", isTemporary: create.isTemporary, ifNotExists: create.ifNotExists)
        objectName(create.name)
        if let timing = create.timing { write(" \(timing.rawValue)") }
        switch create.event {
        case .delete: write(" DELETE")
        case .insert: write(" INSERT")
        case .update(let columns):
            write(" UPDATE")
            if !columns.isEmpty {
                write(" OF ")
                list(columns) { printer, column in printer.identifier(column) }
            }
        }
        write(" ON ")
        objectName(create.table)
        if create.forEachRow { write(" FOR EACH ROW") }
        if let condition = create.condition {
            write(" WHEN ")
            expr(condition)
        }
        write(" BEGIN ")
        for statement in create.body {
            self.statement(statement)
            write("; ")
        }
        write("END")
    }

    private mutating func createVirtualTable(_ create: CreateVirtualTable) {
        head("VIRTUAL TABLE", ifNotExists: create.ifNotExists)
        objectName(create.name)
        write(" USING ")
        identifier(create.module)
        if let arguments = create.arguments { write("(\(arguments.joined(separator: ", ")))") }
    }

    // MARK: Sequences and types

    private mutating func createSequence(_ create: CreateSequence) {
        head("SEQUENCE", orReplace: create.orReplace, isTemporary: create.isTemporary, ifNotExists: create.ifNotExists)
        objectName(create.name)
        sequenceOptions(create.options)
    }

    private mutating func sequenceOptions(_ options: [CreateSequence.Option]) {
        for option in options {
            switch option {
            case .increment(let value): write(" INCREMENT BY \(value)")
            case .minValue(let value): write(value.map { " MINVALUE \($0)" } ?? " NO MINVALUE")
            case .maxValue(let value): write(value.map { " MAXVALUE \($0)" } ?? " NO MAXVALUE")
            case .start(let value): write(" START WITH \(value)")
            case .cycle(let cycles): write(cycles ? " CYCLE" : " NO CYCLE")
            case .cache(let count): write(" CACHE \(count)")
            case .type(let type):
                write(" AS ")
                self.type(type)
            case .ownedBy(let reference):
                write(" OWNED BY ")
                if let reference { column(reference) } else { write("NONE") }
            case .restart(let value): write(value.map { " RESTART WITH \($0)" } ?? " RESTART")
            case .sequenceName(let name):
                write(" SEQUENCE NAME ")
                objectName(name)
            }
        }
    }

    /// `GENERATED … AS IDENTITY (…)`
    private mutating func identity(always: Bool, _ options: [CreateSequence.Option]) {
        write(always ? "GENERATED ALWAYS AS IDENTITY" : "GENERATED BY DEFAULT AS IDENTITY")
        if options.isEmpty { return }
        write(" (")
        sequenceOptions(options)
        write(")")
    }

    private mutating func createType(_ create: CreateType) {
        head("TYPE", ifNotExists: create.ifNotExists)
        objectName(create.name)
        write(" AS ")
        switch create.definition {
        case .enumeration(let values):
            write("ENUM ")
            parenthesized(values) { printer, value in printer.string(value) }
        case .alias(let type): self.type(type)
        }
    }

    // MARK: DROP, ALTER, COMMENT

    private mutating func drop(_ drop: Drop) {
        write("DROP \(drop.kind.rawValue) ")
        if drop.ifExists { write("IF EXISTS ") }
        objectNames(drop.names)
        behaviour(drop.behaviour)
    }

    private mutating func behaviour(_ behaviour: Drop.Behaviour?) {
        if let behaviour { write(" \(behaviour.rawValue)") }
    }

    private mutating func alterTable(_ alter: AlterTable) {
        write("ALTER \(alter.kind.rawValue) ")
        if alter.ifExists { write("IF EXISTS ") }
        objectName(alter.name)
        write(" ")
        list(alter.actions) { printer, action in printer.alterAction(action) }
    }

    private mutating func alterAction(_ action: AlterTable.Action) {
        switch action {
        case .renameTable(let name):
            write("RENAME TO ")
            identifier(name)
        case .renameColumn(let column, let new):
            write("RENAME COLUMN ")
            identifier(column)
            write(" TO ")
            identifier(new)
        case .addColumn(let column, let ifNotExists):
            write(ifNotExists ? "ADD COLUMN IF NOT EXISTS " : "ADD COLUMN ")
            self.column(column)
        case .dropColumn(let column, let ifExists, let behaviour):
            write(ifExists ? "DROP COLUMN IF EXISTS " : "DROP COLUMN ")
            identifier(column)
            self.behaviour(behaviour)
        case .setType(let column, let type, let using):
            alterColumn(column, "TYPE")
            if let type {
                write(" ")
                self.type(type)
            }
            if let using {
                write(" USING ")
                expr(using)
            }
        case .setDefault(let column, let value):
            alterColumn(column, "SET DEFAULT ")
            expr(value)
        case .dropDefault(let column): alterColumn(column, "DROP DEFAULT")
        case .setNotNull(let column): alterColumn(column, "SET NOT NULL")
        case .dropNotNull(let column): alterColumn(column, "DROP NOT NULL")
        case .addConstraint(let constraint):
            write("ADD ")
            tableConstraint(constraint)
        case .dropConstraint(let name, let ifExists, let behaviour):
            write(ifExists ? "DROP CONSTRAINT IF EXISTS " : "DROP CONSTRAINT ")
            identifier(name)
            self.behaviour(behaviour)
        case .renameConstraint(let name, let new):
            write("RENAME CONSTRAINT ")
            identifier(name)
            write(" TO ")
            identifier(new)
        case .setSchema(let name):
            write("SET SCHEMA ")
            identifier(name)
        case .addIdentity(let column, let always, let options):
            alterColumn(column, "ADD ")
            identity(always: always, options)
        case .setIdentity(let column, let always): alterColumn(column, always ? "SET GENERATED ALWAYS" : "SET GENERATED BY DEFAULT")
        case .dropIdentity(let column, let ifExists): alterColumn(column, ifExists ? "DROP IDENTITY IF EXISTS" : "DROP IDENTITY")
        case .sequence(let options): sequenceOptions(options)
        case .validateConstraint(let name):
            write("VALIDATE CONSTRAINT ")
            identifier(name)
        case .accepted(let words): write(words)
        }
    }

    private mutating func alterColumn(_ column: Identifier, _ what: String) {
        write("ALTER COLUMN ")
        identifier(column)
        write(" \(what)")
    }

    private mutating func comment(_ comment: Comment) {
        write("COMMENT ON ")
        switch comment.subject {
        case .object(let kind, let name):
            write("\(kind) ")
            objectName(name)
        case .column(let reference):
            write("COLUMN ")
            path(reference.path)
        }
        write(" IS ")
        if let text = comment.text { string(text) } else { write("NULL") }
    }
}
