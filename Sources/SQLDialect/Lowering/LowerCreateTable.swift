extension Binder {
    // MARK: - CREATE TABLE

    /// Lowers CREATE TABLE, from a definition or a query.
    func lower(_ create: CreateTable, statement: Statement) throws(SQLError) -> LoweredStatement {
        let tag = if case .query = create.body { "SELECT" } else { "CREATE TABLE" }
        var result = LoweredStatement(kind: .definition, tag: tag, isReadOnly: false)
        if create.isStrict { throw unsupported("A STRICT table in the duckdb dialect", at: create.name.range) }
        var target = try writeTable(create.name, temporary: create.isTemporary)
        try checkName(create.name.name)
        if let known = target.info, target.isTemporary || !create.isTemporary {
            if create.ifNotExists { return .nothing(.definition, tag, .exists("relation", create.name.name.text)) }
            guard create.orReplace else { throw alreadyExists(create.name, known) }
            guard known.kind != .view else { throw error(BinderCode.alreadyExists, "\"\(create.name.name.text)\" is a view, not a table", at: create.name.range) }
        }
        let replaces = create.orReplace && target.info != nil
        if target.info?.name != target.name { target.name = SchemaNaming.encode(schema: target.schema, name: create.name.name.text) }
        writes.insert(TableReference(branch: target.branch, table: target.name))
        let old = target
        target.info = nil
        let dropsHidden = try hidesTable(target)
        if target.isTemporary { result.temporaryTable = TemporaryTable(name: target.name, onCommit: create.onCommit) }
        switch create.body {
        case .definition(let columns, let constraints):
            let definition = try lowerDefinition(create, columns, constraints, target: target, tableName: create.name.name)
            for sequence in ownedSequences {
                if create.orReplace { result.add(.drop(Drop(kind: .view, ifExists: true, names: [ObjectName(schema: "main", name: Identifier(SchemaNaming.encode(schema: target.schema, name: sequence.name.text)))], behaviour: nil))) }
                try addSequence(sequence.info, name: sequence.name, schema: target.schema, branch: target.branch, into: &result)
            }
            if replaces { noteReplaced(old); result.add(.drop(Drop(kind: .table, ifExists: true, names: [loweredName(old)], behaviour: nil))) }
            else if dropsHidden { result.add(dropIfExists(target), isRebuild: true) }
            result.add(.createTable(definition))
            try addLikeIndexes(create, target, into: &result)
        case .query(let names, let select, let withData):
            let query = try bindQuery(select, parent: nil)
            let name = replaces ? Rebuild.interimName(target.name) : target.name
            var interim = target
            interim.name = name
            let columns = try storedColumns(query, names: names)
            if dropsHidden, !replaces { result.add(dropIfExists(target), isRebuild: true) }
            let definition = CreateTable(
                isTemporary: false, name: loweredName(interim), body: .definition(columns.map(\.definition), []))
            result.add(.createTable(definition))
            if withData {
                let converted = try castColumns(query, to: columns.map(\.type))
                result.add(
                    .insert(Insert(target: WriteTarget(loweredName(interim)), columns: columns.map(\.definition.name), source: converted.select)), countsRows: true)
            }
            if replaces {
                noteReplaced(old)
                result.add(.drop(Drop(kind: .table, ifExists: true, names: [loweredName(old)], behaviour: nil)))
                result.add(
                    .alterTable(AlterTable(kind: .table, ifExists: false, name: loweredName(interim), actions: [.renameTable(Identifier(target.name))])), isRebuild: true)
            }
        }
        return result
    }

    /// A table that is dropped to be made anew: a live branch need not copy it first, but what it hides has to go.
    private func noteReplaced(_ target: WriteTable) {
        writes.insert(TableReference(branch: target.branch, table: target.info?.name ?? target.name))
    }

    private func dropIfExists(_ target: WriteTable) -> StatementNode {
        .drop(Drop(kind: .table, ifExists: true, names: [loweredName(target)], behaviour: nil))
    }

    /// Whether a live branch's pages still hold a table of the name that the branch does not show.
    private func hidesTable(_ target: WriteTable) throws(SQLError) -> Bool {
        guard !target.isTemporary, let live = catalog.live(of: target.branch), !live.owned.contains(foldedASCII(target.name)) else { return false }
        return try catalog.schema(of: target.branch, at: nil).contains(target.name)
    }

    func alreadyExists(_ name: ObjectName, _ known: TableInfo) -> SQLError {
        error(
            BinderCode.alreadyExists, "\(known.kind == .view ? "View" : "Table") with name \"\(name.name.text)\" already exists", at: name.range,
            hint: "Use CREATE OR REPLACE or IF NOT EXISTS")
    }

    /// Names that are SQLite's or ours.
    func checkName(_ name: Identifier) throws(SQLError) {
        let key = name.key
        for prefix in ["sqlite_", "bl_", "_bl_"] where key.hasPrefix(prefix) {
            throw error(BinderCode.reservedName, "Names that begin with \"\(prefix)\" are reserved: \"\(name.text)\"", at: name.range)
        }
        guard !name.text.isEmpty else { throw error(BinderCode.reservedName, "A name cannot be empty", at: name.range) }
    }

    // MARK: - Columns

    private struct StoredColumn {
        var definition: ColumnDefinition
        var type: DuckType
    }

    /// The columns of CREATE TABLE … AS: what a table can store of the query's types.
    private func storedColumns(_ query: BoundQuery, names: [Identifier]) throws(SQLError) -> [StoredColumn] {
        guard names.count <= query.columns.count else {
            throw error(BinderCode.bind, "\(names.count) column names for \(query.columns.count) columns", at: names.first?.range ?? .none)
        }
        var used: Set<String> = []
        var result: [StoredColumn] = []
        for (index, column) in query.columns.enumerated() {
            let name = index < names.count ? names[index] : Identifier(column.name)
            guard used.insert(name.key).inserted else { throw error(BinderCode.bind, "Column \"\(name.text)\" is there twice", at: name.range) }
            let type: DuckType =
                switch column.type {
                case .hugeint, .ubigint: .bigint
                case .decimal(let precision, let scale) where precision > DuckType.maximumStoredPrecision:
                    .decimal(precision: DuckType.maximumStoredPrecision, scale: min(scale, DuckType.maximumStoredPrecision))
                case .null: .integer
                case .interval: throw unsupported("A column of type INTERVAL (\"\(column.name)\")", at: name.range, hint: "Cast it to VARCHAR")
                default: column.type
                }
            let declared = type == .dynamic ? nil : Binder.typeName(ColumnInfo.declaration(of: type, as: column.origin?.client))
            result.append(StoredColumn(definition: ColumnDefinition(name: name, type: declared, constraints: []), type: type))
        }
        return result
    }

    /// A declared type as the printer takes it.
    static func typeName(_ declaration: String) -> TypeName {
        guard let open = declaration.firstIndex(of: "("), declaration.last == ")" else { return TypeName(declaration) }
        var name = TypeName(String(declaration[..<open]))
        name.arguments = declaration[declaration.index(after: open)...].dropLast().split(separator: ",").map { .number(String($0)) }
        return name
    }

    /// The type of a column that is to be stored.
    func storedType(_ typeName: TypeName) throws(SQLError) -> DuckType {
        let type = try DuckType(typeName, in: source)
        switch type {
        case .hugeint, .ubigint, .interval: throw unsupported("A column of type \(type.name)", at: typeName.range, hint: type == .interval ? nil : "Use BIGINT")
        case .decimal(let precision, _) where precision > DuckType.maximumStoredPrecision:
            throw unsupported("A column of type \(type.name)", at: typeName.range, hint: "Up to \(DuckType.maximumStoredPrecision) digits can be stored")
        case .null: throw typeError("A column cannot have the type NULL", at: typeName.range)
        default: return type
        }
    }

    /// PostgreSQL's types of columns that number themselves.
    private static let serialTypes: [String: DuckType] = [
        "serial": .integer, "serial4": .integer, "bigserial": .bigint, "serial8": .bigint, "smallserial": .smallint, "serial2": .smallint,
    ]

    static func serialType(_ column: ColumnDefinition) -> DuckType? { column.type.flatMap { serialTypes[foldedASCII($0.name)] } }

    /// The options of the sequence that a column is to be numbered by, if it is: SERIAL, or an identity column.
    static func numbering(_ column: ColumnDefinition) -> [CreateSequence.Option]? {
        for constraint in column.constraints { if case .identity(_, let options) = constraint.kind { return options } }
        return serialType(column) == nil ? nil : []
    }

    /// Gives a column that numbers itself a sequence: `t_c_seq`, made with the table.
    func numberBySequence(_ column: inout ColumnDefinition, _ options: [CreateSequence.Option], type: DuckType, table: Identifier, target: WriteTable) throws(SQLError) {
        guard type.isInteger else { throw typeError("identity column type must be smallint, integer, or bigint", at: column.name.range) }
        guard !target.isTemporary else { throw unsupported("A sequence of a temporary table", at: column.name.range, hint: "Make the column an INTEGER PRIMARY KEY") }
        var info = SequenceInfo()
        do throws(SQLError) { try info.apply([.type(TypeName(type.name))] + options) } catch { throw self.error(error.code, error.message, at: column.name.range) }
        info.owner = (target.schema.map { [$0] } ?? []) + [table.text, column.name.text]
        var name = "\(table.text)_\(column.name.text)_seq"
        for option in options { if case .sequenceName(let given) = option { name = given.name.text } }
        let stem = name
        var number = 0
        while let (known, _) = try lookUp(SchemaNaming.encode(schema: target.schema, name: name), in: target.branch, moment: nil) {
            if target.info == nil, known.sequence?.owner == info.owner { break }
            number += 1
            name = stem + String(number)
        }
        ownedSequences.append((info, Identifier(name)))
        let key = SequenceKey.sequence(SchemaNaming.encode(schema: target.schema, name: name))
        let saved = isStoring
        isStoring = true
        defer { isStoring = saved }
        let qualified = (target.schema.map { Binder.quotedIfNeeded($0) + "." } ?? "") + Binder.quotedIfNeeded(name)
        column.constraints.removeAll { if case .defaultValue = $0.kind { true } else { false } }
        column.constraints.append(ColumnConstraint(
            .defaultValue(try nextValue(of: info, key: key)),
            name: Identifier(TableInfo.constraintMark + "nextval('\(qualified.replacing("'", with: "''"))')")))
        if !column.constraints.contains(where: { if case .notNull = $0.kind { true } else { false } }) { column.constraints.append(ColumnConstraint(.notNull(conflict: nil))) }
    }

    private func lowerDefinition(
        _ create: CreateTable, _ columns: [ColumnDefinition], _ constraints: [TableConstraint], target: WriteTable, tableName: Identifier
    ) throws(SQLError) -> CreateTable {
        let name = loweredName(target)
        let (columns, constraints, sources) = try expandLikes(create, columns, constraints)
        ownedSequences = []
        var keyName: Identifier?
        var keyColumns: Set<String> = []
        var singleKey: String?
        var remaining: [TableConstraint] = []
        for column in columns {
            for constraint in column.constraints { if case .primaryKey = constraint.kind { keyColumns = [column.name.key]; singleKey = column.name.key; keyName = constraint.name } }
        }
        for constraint in constraints {
            guard case .primaryKey(let list, _, _) = constraint.kind else { remaining.append(constraint); continue }
            let names = list.compactMap(\.columnName)
            guard keyColumns.isEmpty else { throw error(BinderCode.bind, "Table \"\(tableName.text)\" has more than one primary key", at: tableName.range) }
            for key in names where !columns.contains(where: { $0.name.matches(key) }) {
                throw error(BinderCode.noSuchColumn, "Table \"\(tableName.text)\" has no column \"\(key.text)\" for its primary key", at: key.range)
            }
            keyColumns = Set(names.map(\.key))
            if names.count == 1 {
                singleKey = names[0].key
                keyName = constraint.name
            } else { remaining.append(constraint) }
        }
        // Types first: expressions may name any column.
        var infos: [ColumnInfo] = []
        var used: Set<String> = []
        for column in columns {
            guard used.insert(column.name.key).inserted else {
                throw error(BinderCode.bind, "Column with name \(column.name.text) already exists", at: column.name.range)
            }
            let type: DuckType =
                if let serial = Binder.serialType(column) { serial } else { try column.type.map { (name) throws(SQLError) in try storedType(name) } ?? .dynamic }
            infos.append(ColumnInfo(name: column.name.text, type: type, storage: type == .dynamic ? .sqlite(.blob) : .duckdb))
        }
        let scope = Scope(parent: nil)
        scope.clause = .other
        scope.relations = [Relation(
            alias: tableName.text, key: tableName.key, lowered: nil, columns: infos.map { RelationColumn($0) })]
        var lowered: [ColumnDefinition] = []
        for (index, column) in columns.enumerated() {
            let saved = source
            if let text = sources[index] { source = text }
            defer { source = saved }
            var made = try lowerColumn(
                column, info: infos[index], isKey: keyColumns.contains(column.name.key), isSingleKey: singleKey == column.name.key, keyName: keyName,
                withoutRowid: create.withoutRowid, scope: scope)
            if let options = Binder.numbering(column), !made.numbersItself {
                try numberBySequence(&made, options, type: infos[index].type, table: tableName, target: target)
            }
            lowered.append(made)
        }
        var table = CreateTable(name: name, body: .definition(lowered, []))
        table.withoutRowid = create.withoutRowid
        var tableConstraints: [TableConstraint] = []
        for constraint in remaining { tableConstraints.append(try lowerConstraint(constraint, scope: scope)) }
        table.body = .definition(lowered, tableConstraints)
        return table
    }

    /// A column as SQLite is to declare it.
    func lowerColumn(_ column: ColumnDefinition, info: ColumnInfo, isKey: Bool, isSingleKey: Bool, keyName: Identifier? = nil, withoutRowid: Bool, scope: Scope) throws(SQLError) -> ColumnDefinition {
        var type = info.type
        var constraints: [ColumnConstraint] = []
        // A key that is to be numbered from 1 by 1 is SQLite's AUTOINCREMENT; other columns take from a sequence.
        var autoincrement = Binder.numbering(column).map(Binder.isPlain) ?? false
        var generated: (Expr, GeneratedStorage?)?
        for constraint in column.constraints {
            if case .primaryKey(_, _, let auto) = constraint.kind, auto { autoincrement = true }
            if case .generated(let expr, let storage) = constraint.kind { generated = (expr, storage) }
        }
        if let (expr, storage) = generated {
            let value = try bind(expr, scope)
            if type == .dynamic { type = value.type }
            let stored = try cast(value, to: type)
            constraints.append(ColumnConstraint(.generated(stored.expr, storage: storage)))
        }
        let isAlias = isSingleKey && !withoutRowid && type.isInteger
        if autoincrement, !isAlias, isSingleKey, Binder.numbering(column) == nil { throw unsupported("AUTOINCREMENT on a key that is no integer", at: column.name.range) }
        if isAlias {
            constraints.append(ColumnConstraint(
                .primaryKey(direction: nil, conflict: nil, autoincrement: autoincrement), name: ConstraintNaming.keyMark(type: type, name: keyName)))
        } else if isKey {
            if isSingleKey { constraints.append(ColumnConstraint(.primaryKey(direction: nil, conflict: nil, autoincrement: false), name: keyName)) }
            constraints.append(ColumnConstraint(.notNull(conflict: nil)))
        }
        for constraint in column.constraints {
            switch constraint.kind {
            case .primaryKey, .generated, .null, .identity: break
            case .notNull(let conflict):
                if !isKey || isAlias { constraints.append(ColumnConstraint(.notNull(conflict: conflict), name: constraint.name)) }
            case .unique(let conflict): constraints.append(ColumnConstraint(.unique(conflict: conflict), name: constraint.name))
            case .check(let expr):
                constraints.append(ColumnConstraint(.check(try truth(try bind(expr, scope)).expr), name: checkName(constraint.name, expr)))
            case .defaultValue(let expr): constraints.append(try lowerDefault(expr, type: type, storage: info.storage))
            case .collate(let name): constraints.append(ColumnConstraint(.collate(try collation(name))))
            case .references(let key): constraints.append(ColumnConstraint(.references(try lowerForeignKey(key)), name: constraint.name))
            }
        }
        let declared: TypeName? =
            isAlias ? TypeName("INTEGER") : (type == .dynamic ? nil : Binder.typeName(ColumnInfo.declaration(of: type, as: column.type.flatMap { ClientType($0) })))
        var made = ColumnDefinition(name: column.name, type: declared, constraints: constraints)
        if let identity = Binder.identity(column) { made.mark(identity) }
        return made
    }

    /// Whether a sequence of these options counts from 1 by 1, as AUTOINCREMENT does.
    private static func isPlain(_ options: [CreateSequence.Option]) -> Bool {
        options.allSatisfy { option in
            switch option {
            case .increment(1), .start(1), .minValue(1), .minValue(nil), .maxValue(nil), .maxValue(Int64.max), .maxValue(Int64(Int32.max)), .cache, .cycle(false), .ownedBy, .type: true
            default: false
            }
        }
    }

    private func collation(_ name: Identifier) throws(SQLError) -> Identifier {
        switch name.key {
        case "nocase": return "NOCASE"
        case "binary", "c", "posix", "default", "ucs_basic": return "BINARY"
        case "rtrim": return "RTRIM"
        default: throw unsupported("The collation \(name.text)", at: name.range, hint: "There are NOCASE, BINARY and RTRIM")
        }
    }

    /// A default cast to its column. What the user wrote is kept in the constraint's name where the lowered form differs.
    func lowerDefault(_ expr: Expr, type: DuckType, storage: ColumnStorage) throws(SQLError) -> ColumnConstraint {
        let scope = Scope(parent: nil)
        scope.clause = .other
        let saved = (isStoring, advancesSequences)
        isStoring = true
        defer { (isStoring, advancesSequences) = saved }
        let value = try bind(expr, scope)
        if !parameters.isEmpty { throw error(BinderCode.bind, "A default cannot have parameters", at: expr.range) }
        let stored = storage == .duckdb ? try cast(value, to: type) : value
        let written = expr.range.text(in: source)
        let printed = Printer.print(stored.expr)
        let name = written.isEmpty || written == printed ? nil : Identifier(TableInfo.constraintMark + written)
        return ColumnConstraint(.defaultValue(stored.expr), name: name)
    }

    func lowerConstraint(_ constraint: TableConstraint, scope: Scope) throws(SQLError) -> TableConstraint {
        var result = constraint
        switch constraint.kind {
        case .check(let expr, let conflict):
            result.kind = .check(try truth(try bind(expr, scope)).expr, conflict: conflict)
            result.name = checkName(constraint.name, expr)
        case .foreignKey(let columns, let key):
            for column in columns where scope.relations[0].index(of: column.key) == nil { throw noColumn(column, scope) }
            result.kind = .foreignKey(columns, try lowerForeignKey(key))
        case .unique(let columns, _), .primaryKey(let columns, _, _):
            for column in columns {
                guard let name = column.columnName else { throw unsupported("A key over an expression", at: column.expr.range, hint: "Use CREATE UNIQUE INDEX") }
                if scope.relations[0].index(of: name.key) == nil { throw noColumn(name, scope) }
            }
        }
        return result
    }

    /// A CHECK without a name is named by its text: that is what SQLite's message says when it fails (else it may say the
    /// name of the constraint before it).
    private func checkName(_ name: Identifier?, _ expr: Expr) -> Identifier? {
        let text = expr.range.text(in: source)
        return name ?? (text.isEmpty ? nil : Identifier(text))
    }

    private func noColumn(_ name: Identifier, _ scope: Scope) -> SQLError {
        error(
            BinderCode.noSuchColumn, "Table \"\(scope.relations[0].alias ?? "")\" does not have a column named \"\(name.text)\"", at: name.range,
            hint: nearest(name.text, among: scope.relations[0].columns.map(\.name)).map { "Did you mean \"\($0)\"?" })
    }

    private func lowerForeignKey(_ key: ForeignKey) throws(SQLError) -> ForeignKey {
        var result = key
        guard case .schema(let branch, let schema) = try place(of: key.table) else {
            throw error(BinderCode.noSuchTable, "A foreign key cannot refer to \(key.table.name.text)", at: key.table.range)
        }
        guard branch == executionBranch || key.table.isUnqualified else {
            throw error(BinderCode.bind, "A foreign key cannot refer to another branch", at: key.table.range)
        }
        if let match = key.match, match.key != "simple" { throw unsupported("MATCH \(match.text.uppercasedASCII)", at: match.range) }
        result.match = nil
        result.table = ObjectName(Identifier(SchemaNaming.encode(schema: schema, name: key.table.name.text)))
        return result
    }
}

extension ColumnDefinition {
    /// Whether it is a key that SQLite numbers.
    var numbersItself: Bool {
        constraints.contains { if case .primaryKey(_, _, true) = $0.kind { true } else { false } }
    }
}
