extension Binder {
    // MARK: - CREATE VIEW

    func lower(_ create: CreateView, statement: Statement) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .definition, tag: "CREATE VIEW", isReadOnly: false)
        if try isReadThrough(create) { return .nothing(.definition, "CREATE VIEW") }
        var target = try writeTable(create.name, temporary: create.isTemporary)
        try checkName(create.name.name)
        if let known = target.info, target.isTemporary || !create.isTemporary {
            if create.ifNotExists { return .nothing(.definition, "CREATE VIEW", .exists("relation", create.name.name.text)) }
            guard create.orReplace, known.kind == .view else { throw alreadyExists(create.name, known) }
        }
        let encoded = SchemaNaming.encode(schema: target.schema, name: create.name.name.text)
        writes.insert(TableReference(branch: target.branch, table: encoded))
        target.info = nil
        target.name = encoded
        let text = try storedView(create, original: statement.range.text(in: source), target: target)
        let isLive = catalog.live(of: target.branch) != nil
        let isHidden = isLive ? try catalog.schema(of: target.branch, at: nil).contains(encoded) : false
        if create.orReplace || (isHidden && !target.isTemporary) {
            result.add(.drop(Drop(kind: .view, ifExists: true, names: [loweredName(target)], behaviour: nil)))
        }
        result.add(sql: text)
        return result
    }

    /// Whether it is `CREATE VIEW branch.t AS SELECT * FROM main.t` for what a live branch shows of its parent anyway: its tables that
    /// are not its own are such views already, with the difference that they can be written.
    private func isReadThrough(_ create: CreateView) throws(SQLError) -> Bool {
        guard !create.isTemporary, create.columns.isEmpty, case .schema(let branch, nil) = try place(of: create.name), let live = catalog.live(of: branch),
            !live.owned.contains(create.name.name.key), !live.dropped.contains(create.name.name.key),
            create.select.with == nil, create.select.orderBy == nil, create.select.limit == nil, let core = create.select.core, core.filter == nil,
            core.groupBy == nil, core.distinct == nil, core.items.count == 1, case .star(let star) = core.items[0], star == Star(), core.from.count == 1,
            case .table(let source) = core.from[0].node, source.moment == nil, source.sample == nil, source.name.name.matches(create.name.name),
            case .schema(let parent, nil) = try place(of: source.name), parent == live.parent, try lookUp(create.name.name.text, in: parent, moment: nil) != nil
        else { return false }
        return true
    }

    /// The CREATE VIEW that SQLite stores: the lowered body, so that stock tools can read it, and the original text behind
    /// it, from which the binder works. A body that reaches into another database cannot be stored; then only its columns are.
    func storedView(_ create: CreateView, original: String, target: WriteTable) throws(SQLError) -> String {
        let saved = (qualifiesTables, attachments, usesAttachments, systemParameters)
        qualifiesTables = target.isTemporary
        usesAttachments = false
        let query = try bindQuery(create.select, parent: nil)
        guard parameters.isEmpty else { throw error(BinderCode.bind, "A view cannot have parameters", at: create.name.range) }
        guard create.columns.count <= query.columns.count else {
            throw error(BinderCode.bind, "\(create.columns.count) column names for \(query.columns.count) columns", at: create.name.range)
        }
        let names = query.columns.enumerated().map { $0 < create.columns.count ? create.columns[$0] : $1.lowered }
        var body = query.select
        if (usesAttachments && !target.isTemporary) || systemParameters.count > saved.3.count {
            var core = SelectCore(items: names.map { .expr(.null, alias: $0) })
            core.filter = .boolean(false)
            body = Select(core)
        }
        (qualifiesTables, attachments, usesAttachments, systemParameters) = saved
        var stored = CreateView(name: loweredName(target), columns: names, select: body)
        stored.isTemporary = false
        return Printer.print(Statement(.createView(stored))) + " " + TableInfo.viewMark.open + TableInfo.percentEncoded(original) + TableInfo.viewMark.close
    }

    // MARK: - CREATE INDEX

    func lower(_ create: CreateIndex) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .definition, tag: "CREATE INDEX", isReadOnly: false)
        let (target, info) = try existingTable(create.table)
        guard info.kind == .table else { throw error(BinderCode.bind, "Cannot create an index on \"\(create.table.name.text)\": it is not a table", at: create.table.range) }
        try noteWrite(target, .define)
        let scope = Scope(parent: nil)
        scope.clause = .other
        var relation = self.relation(info, target, alias: nil)
        relation.lowered = nil
        scope.relations = [relation]
        var lowered = create
        lowered.method = nil
        lowered.ifNotExists = false
        lowered.columns = []
        for column in create.columns {
            let bound = try bind(column.expr, scope)
            guard bound.constant == nil else { throw error(BinderCode.bind, "An index over a constant", at: column.expr.range) }
            lowered.columns.append(IndexedColumn(bound.expr, direction: column.direction))
        }
        lowered.filter = try create.filter.map { (expr) throws(SQLError) in try truth(try bind(expr, scope)).expr }
        let plainName = create.name?.name.text
            ?? ([SchemaNaming.decode(info.name).name] + create.columns.map { $0.columnName?.text ?? "expr" } + ["idx"]).joined(separator: "_")
        try checkName(Identifier(plainName, range: create.name?.range ?? create.table.range))
        let name = SchemaNaming.encode(schema: target.schema, name: plainName)
        if !target.isTemporary, try visibleObject("index", named: name, in: target.branch) != nil {
            if create.ifNotExists { return .nothing(.definition, "CREATE INDEX", .exists("relation", plainName)) }
            throw error(BinderCode.alreadyExists, "Index with name \"\(plainName)\" already exists", at: create.name?.range ?? create.table.range)
        }
        lowered.name = ObjectName(schema: target.isTemporary ? "temp" : "main", name: Identifier(name))
        lowered.table = ObjectName(Identifier(info.name))
        if !target.isTemporary { result.makes = name }
        result.add(.createIndex(lowered))
        return result
    }

    // MARK: - CREATE TRIGGER

    func lower(_ create: CreateTrigger) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .definition, tag: "CREATE TRIGGER", isReadOnly: false)
        let (target, table) = try existingTable(create.table)
        try noteWrite(target, .define)
        let name = SchemaNaming.encode(schema: target.schema, name: create.name.name.text)
        try checkName(create.name.name)
        if !target.isTemporary, try visibleObject("trigger", named: name, in: target.branch) != nil {
            if create.ifNotExists { return .nothing(.definition, "CREATE TRIGGER") }
            throw error(BinderCode.alreadyExists, "Trigger with name \"\(create.name.name.text)\" already exists", at: create.name.range)
        }
        var info = table
        if table.kind == .view {
            let resolved = ResolvedTable(kind: .view(table, context: target.branch), branch: target.branch, addressed: target.branch, moment: nil)
            let query = try bindView(table, resolved: resolved, context: target.branch, range: create.table.range)
            info.relationColumns = query.columns.map(\.relationColumn)
        }
        let scope = Scope(parent: nil)
        scope.clause = .filter
        for row in ["old", "new"] {
            if row == "old", case .insert = create.event { continue }
            if row == "new", case .delete = create.event { continue }
            var relation = Relation(alias: row, key: row, lowered: Identifier(row), columns: info.relationColumns)
            relation.qualifiedOnly = true
            relation.hasRowid = info.kind == .table && !info.isWithoutRowid
            scope.relations.append(relation)
        }
        let saved = qualifiesTables
        qualifiesTables = target.isTemporary
        defer { qualifiesTables = saved }
        var lowered = create
        lowered.ifNotExists = false
        lowered.isTemporary = false
        lowered.name = ObjectName(schema: target.isTemporary ? "temp" : "main", name: Identifier(name))
        lowered.table = ObjectName(Identifier(info.name))
        lowered.condition = try create.condition.map { (expr) throws(SQLError) in try truth(try bind(expr, scope)).expr }
        lowered.body = []
        // What its body writes is written when it fires, not now.
        let noted = (writes, materializes, refreshes)
        for statement in create.body {
            switch statement.node {
            case .insert(let insert): lowered.body.append(Statement(try lower(insert, parent: scope).node))
            case .update(let update): lowered.body.append(Statement(try lower(update, parent: scope).node))
            case .delete(let delete): lowered.body.append(Statement(try lower(delete, parent: scope).node))
            case .select(let select): lowered.body.append(Statement(.select(try bindQuery(select, parent: scope, isTop: true).select)))
            default: throw unsupported("This statement in a trigger", at: statement.range)
            }
        }
        (writes, materializes, refreshes) = noted
        guard !usesAttachments || target.isTemporary else {
            throw error(BinderCode.crossBranchWrite, "A trigger can only use tables of its own branch", at: create.name.range)
        }
        guard parameters.isEmpty else { throw error(BinderCode.bind, "A trigger cannot have parameters", at: create.name.range) }
        if !target.isTemporary { result.makes = name }
        result.add(.createTrigger(lowered))
        return result
    }

    // MARK: - CREATE VIRTUAL TABLE

    private static let virtualModules: Set<String> = ["fts3", "fts4", "fts5", "fts5vocab", "fts4aux", "rtree", "rtree_i32", "geopoly"]

    func lower(_ create: CreateVirtualTable) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .definition, tag: "CREATE TABLE", isReadOnly: false)
        guard Binder.virtualModules.contains(create.module.key) else { throw unsupported("The virtual table module \(create.module.text)", at: create.module.range) }
        let target = try writeTable(create.name)
        try checkName(create.name.name)
        if let known = target.info {
            if create.ifNotExists { return .nothing(.definition, "CREATE TABLE") }
            throw alreadyExists(create.name, known)
        }
        writes.insert(target.reference)
        var lowered = create
        lowered.ifNotExists = false
        lowered.name = loweredName(target)
        result.add(.createVirtualTable(lowered))
        return result
    }

    // MARK: - Schemas

    private static let branchSchemaPrefix = "branch_"

    func lower(_ create: CreateSchema) throws(SQLError) -> LoweredStatement {
        let name = create.name.name
        var result = LoweredStatement(kind: .definition, tag: "CREATE SCHEMA", isReadOnly: false)
        if name.key.hasPrefix(Binder.branchSchemaPrefix) {
            if case .found = catalog.branch(named: name.text), create.ifNotExists { return .nothing(.definition, "CREATE SCHEMA", .exists("schema", name.text)) }
            guard catalog.activeBranch == .main else {
                throw error(BinderCode.crossBranchWrite, "CREATE SCHEMA \"\(name.text)\" makes a branch of main and needs a session on main", at: name.range)
            }
            result.kind = .branch
            result.command = .branch(.create(BranchStatement.Create(
                ifNotExists: create.ifNotExists, name: BranchName(name.text, range: name.range), mode: .live, range: name.range)))
            return result
        }
        let branch: BranchKey
        if let qualifier = create.name.schema, case .schema(let named, nil) = try place(of: ObjectName(schema: qualifier, name: name)) { branch = named } else { branch = contextBranch }
        _ = try writeTable(ObjectName(schema: Identifier("@" + catalog.displayName(of: branch), range: name.range), name: name))
        if ["main", "public", "temp"].contains(name.key) || Binder.systemSchemas.contains(name.key) {
            if create.ifNotExists { return .nothing(.definition, "CREATE SCHEMA", .exists("schema", name.text)) }
            throw error(BinderCode.alreadyExists, "Schema with name \"\(name.text)\" already exists", at: name.range)
        }
        try checkName(name)
        if case .none = catalog.branch(named: name.text) {} else {
            throw error(BinderCode.alreadyExists, "There is a branch \"\(name.text)\"; a schema cannot have the same name", at: name.range)
        }
        if try visibleSchema(of: branch, at: nil, named: name.text) {
            if create.ifNotExists { return .nothing(.definition, "CREATE SCHEMA", .exists("schema", name.text)) }
            throw error(BinderCode.alreadyExists, "Schema with name \"\(name.text)\" already exists", at: name.range)
        }
        let marker = SchemaNaming.marker(schema: name.text)
        writes.insert(TableReference(branch: branch, table: marker))
        let column = ColumnDefinition(name: "x", type: nil, constraints: [])
        result.add(.createTable(CreateTable(name: ObjectName(schema: "main", name: Identifier(marker)), body: .definition([column], []))))
        return result
    }

    private func dropSchema(_ name: ObjectName, _ drop: Drop, into result: inout LoweredStatement) throws(SQLError) {
        let schema = name.name
        if schema.key.hasPrefix(Binder.branchSchemaPrefix), case .found = catalog.branch(named: schema.text) {
            result.kind = .branch
            result.command = .branch(.drop(BranchName(schema.text, range: schema.range), ifExists: drop.ifExists, force: drop.behaviour == .cascade))
            return
        }
        guard try visibleSchema(of: contextBranch, at: nil, named: schema.text) else {
            if drop.ifExists {
                result.notices.append(.skipped("schema", schema.text))
                return
            }
            throw error(
                BinderCode.noSuchSchema, "Schema with name \"\(schema.text)\" does not exist", at: schema.range,
                hint: Binder.listing("Schemas", try catalog.schema(of: contextBranch, at: nil).schemaNames))
        }
        let inside = try Visibility.tables(of: contextBranch, in: catalog).filter { entry in
            guard let own = SchemaNaming.decode(entry.name).schema else { return false }
            return equalIgnoringASCIICase(own, schema.text)
        }
        guard inside.isEmpty || drop.behaviour == .cascade else {
            throw error(
                BinderCode.dependency, "Cannot drop schema \"\(schema.text)\": it still has \(inside.count) tables or views", at: schema.range, hint: "Use DROP SCHEMA … CASCADE")
        }
        for entry in inside {
            let decoded = SchemaNaming.decode(entry.name)
            let (target, info) = try existingTable(ObjectName(schema: schema, name: Identifier(decoded.name, range: schema.range)))
            try noteWrite(target, .drop)
            result.add(
                .drop(Drop(kind: info.kind == .view ? .view : .table, ifExists: true, names: [loweredName(target)], behaviour: nil)), isRebuild: true)
        }
        for name in try catalog.schema(of: contextBranch, at: nil).sequenceNames {
            guard let own = SchemaNaming.decode(name).schema, equalIgnoringASCIICase(own, schema.text), drop.behaviour == .cascade || inside.isEmpty else { continue }
            writes.insert(TableReference(branch: contextBranch, table: name))
            result.add(.drop(Drop(kind: .view, ifExists: true, names: [ObjectName(schema: "main", name: Identifier(name))], behaviour: nil)), isRebuild: true)
        }
        let marker = SchemaNaming.marker(schema: schema.text)
        writes.insert(TableReference(branch: contextBranch, table: marker))
        result.add(.drop(Drop(kind: .table, ifExists: true, names: [ObjectName(schema: "main", name: Identifier(marker))], behaviour: nil)))
    }

    // MARK: - DROP

    func lower(_ drop: Drop) throws(SQLError) -> LoweredStatement {
        let tag = "DROP " + drop.kind.rawValue
        var result = LoweredStatement(kind: .definition, tag: tag, isReadOnly: false)
        for name in drop.names {
            switch drop.kind {
            case .table, .view:
                let target: WriteTable
                do throws(SQLError) {
                    target = try writeTable(name)
                } catch {
                    if drop.ifExists, error.code == BinderCode.noSuchSchema {
                        result.notices.append(.skipped(foldedASCII(drop.kind.rawValue), name.name.text))
                        continue
                    }
                    throw error
                }
                guard let info = target.info else {
                    if drop.ifExists {
                        result.notices.append(.skipped(foldedASCII(drop.kind.rawValue), name.name.text))
                        continue
                    }
                    throw try noSuchTable(name, in: .schema(branch: target.branch, schema: target.schema))
                }
                guard (info.kind == .view) == (drop.kind == .view), !info.isSequence else {
                    let kind = info.isSequence ? "sequence" : info.kind == .view ? "view" : "table"
                    throw error(BinderCode.bind, "\"\(name.name.text)\" is a \(kind)", at: name.range, hint: "Use DROP \(kind.uppercasedASCII)")
                }
                try noteWrite(target, .drop)
                result.add(.drop(Drop(kind: drop.kind, ifExists: false, names: [loweredName(target)], behaviour: nil)))
                if info.kind == .table, !target.isTemporary { try dropOwnedSequences(info, target, into: &result) }
            case .sequence: try dropSequence(name, drop, into: &result)
            case .index, .trigger: try dropPart(name, drop, into: &result)
            case .schema: try dropSchema(name, drop, into: &result)
            default:
                if drop.ifExists {
                    result.notices.append(.skipped(foldedASCII(drop.kind.rawValue), name.name.text))
                    continue
                }
                throw unsupported(tag, at: name.range)
            }
        }
        return result
    }

    /// Sequences that belong to a column go with its table.
    private func dropOwnedSequences(_ info: TableInfo, _ target: WriteTable, into result: inout LoweredStatement) throws(SQLError) {
        for column in info.columns {
            guard let text = column.defaultText, let name = SequenceKey.sequenceName(inDefault: text), case .own(let definition, let sequence)? = try? sequence(name),
                sequence.branch == target.branch, definition.owner.count >= 2, definition.owner.last.map({ equalIgnoringASCIICase($0, column.name) }) ?? false,
                equalIgnoringASCIICase(definition.owner[definition.owner.count - 2], SchemaNaming.decode(info.name).name)
            else { continue }
            try noteWrite(sequence, .drop)
            result.add(.drop(Drop(kind: .view, ifExists: true, names: [loweredName(sequence)], behaviour: nil)))
        }
    }

    /// DROP INDEX, DROP TRIGGER.
    private func dropPart(_ name: ObjectName, _ drop: Drop, into result: inout LoweredStatement) throws(SQLError) {
        guard case .schema(let branch, let schema) = try place(of: name) else { throw unsupported("Dropping a temporary \(foldedASCII(drop.kind.rawValue))", at: name.range) }
        let encoded = SchemaNaming.encode(schema: schema, name: name.name.text)
        let row = try visibleObject(drop.kind == .index ? "index" : "trigger", named: encoded, in: branch)
        guard let row else {
            if drop.ifExists {
                result.notices.append(.skipped(foldedASCII(drop.kind.rawValue), name.name.text))
                return
            }
            let candidates = try catalog.schema(of: branch, at: nil).rows.filter { $0.type == foldedASCII(drop.kind.rawValue) && $0.sql != nil }.map(\.name)
            throw error(
                BinderCode.noSuchObject, "\(drop.kind == .index ? "Index" : "Trigger") with name \(name.name.text) does not exist", at: name.range,
                hint: nearest(name.name.text, among: candidates).map { "Did you mean \"\($0)\"?" })
        }
        guard row.sql != nil else { throw error(BinderCode.dependency, "The index \"\(name.name.text)\" belongs to a constraint", at: name.range) }
        let decoded = SchemaNaming.decode(row.tableName)
        let table = ObjectName(
            schema: decoded.schema.map { Identifier($0) } ?? name.schema, name: Identifier(decoded.name, range: name.range))
        let (target, _) = try existingTable(table)
        try noteWrite(target, .define)
        result.add(.drop(Drop(kind: drop.kind, ifExists: false, names: [ObjectName(schema: "main", name: Identifier(row.name))], behaviour: nil)))
    }
}
