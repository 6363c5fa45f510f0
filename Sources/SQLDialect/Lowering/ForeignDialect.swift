extension Binder {
    // MARK: - The sqlite dialect

    /// Lowers a statement of the sqlite dialect: SQLite's own meaning throughout, only tables are looked up by our rules.
    func lowerForeign(_ statement: Statement) throws(SQLError) -> LoweredStatement {
        let inspection = StatementInspection(statement)
        var result = LoweredStatement(kind: inspection.kind, tag: inspection.tag, isReadOnly: inspection.isReadOnly)
        switch statement.node {
        case .select(let select):
            if let core = select.core, core.items.count == 1, case .expr(let expr, _) = core.items[0], case .call(let call) = expr.node,
                let operation = BranchFunctions.operation(call.name.name.key) {
                result.kind = .branch
                result.isReadOnly = operation.isReadOnly
                result.command = .branchFunction(operation, arguments: try BranchFunctions.arguments(call, names: operation.argumentNames, binder: self))
                return result
            }
            try redirect(statement, into: &result)
            result.resultStep = 0
        case .insert(let insert):
            try redirect(statement, into: &result)
            if !insert.returning.isEmpty { result.resultStep = 0 }
        case .update(let update):
            try redirect(statement, into: &result)
            if !update.returning.isEmpty { result.resultStep = 0 }
        case .delete(let delete):
            try redirect(statement, into: &result)
            if !delete.returning.isEmpty { result.resultStep = 0 }
        case .createTable, .createView, .createVirtualTable, .createIndex, .createTrigger, .drop, .alterTable:
            try redirectDefinition(statement, into: &result)
        case .analyze, .reindex:
            result.add(sql: statement.range.text(in: source))
        case .explain(let explain): return try lower(explain)
        case .describe, .show: return try lowerInspection(statement)
        default: return try lowerSession(statement)
        }
        return result
    }

    /// Numbers the user's parameters, for the caller's binding by ordinal.
    private func noteParameters(_ statement: Statement) throws(SQLError) {
        _ = try statement.mapExpressions { (expr) throws(SQLError) -> Expr? in
            if case .parameter(let parameter) = expr.node { _ = try self.bind(parameter, range: expr.range) }
            return nil
        }
    }

    private func redirect(_ statement: Statement, into result: inout LoweredStatement) throws(SQLError) {
        try noteParameters(statement)
        var redirector = TableRedirector(binder: self)
        let rewritten = try redirector.rewrite(statement)
        // Text that needs no change passes as it is.
        let isPlain = !redirector.hasChanged && parameters.allSatisfy { $0.name == nil }
        result.steps.append(Step(
            sql: isPlain ? statement.range.text(in: source) : Printer.print(rewritten), countsRows: !result.isReadOnly))
    }

    private func redirectDefinition(_ statement: Statement, into result: inout LoweredStatement) throws(SQLError) {
        func noteTarget(_ name: ObjectName, _ effect: WriteEffect, temporary: Bool = false) throws(SQLError) {
            if temporary { return }
            let target = try writeTable(foreign(name))
            if !target.isTemporary { try noteWrite(target, effect) }
        }
        /// Notes what is made under a name. False: it is there already, and the statement said `IF NOT EXISTS`.
        func noteNew(_ name: ObjectName, ifNotExists: Bool, temporary: Bool = false) throws(SQLError) -> Bool {
            if temporary { return true }
            var target = try writeTable(foreign(name))
            if target.isTemporary { return true }
            // What reads through is not in the database that SQLite would look into.
            if target.isReadThrough, let known = target.info {
                if ifNotExists { return false }
                throw alreadyExists(name, known)
            }
            target.info = nil
            try noteWrite(target, .define)
            return true
        }
        /// Whether no table that reads through has an index or trigger of that name: SQLite knows of the branch's own only.
        func isFree(_ name: ObjectName, _ type: String, ifNotExists: Bool) throws(SQLError) -> Bool {
            guard let live = catalog.live(of: executionBranch), let known = try visibleObject(type, named: name.name.text, in: executionBranch),
                !live.owned.contains(foldedASCII(known.tableName))
            else { return true }
            if ifNotExists { return false }
            throw error(BinderCode.alreadyExists, "\(type) \(known.name) already exists", at: name.range)
        }
        switch statement.node {
        case .createTable(let create):
            guard try noteNew(create.name, ifNotExists: create.ifNotExists, temporary: create.isTemporary) else { return }
            // Its query may read other branches and older versions, as any query.
            if case .query(let columns, let select, let withData) = create.body {
                try noteParameters(statement)
                var redirector = TableRedirector(binder: self)
                let query = try redirector.rewrite(select)
                if redirector.hasChanged {
                    var changed = create
                    changed.body = .query(columns: columns, query, withData: withData)
                    return result.add(.createTable(changed))
                }
            }
        case .createView(let create):
            guard try noteNew(create.name, ifNotExists: create.ifNotExists, temporary: create.isTemporary) else { return }
        case .createVirtualTable(let create): guard try noteNew(create.name, ifNotExists: create.ifNotExists) else { return }
        case .createIndex(let create):
            try noteTarget(create.table, .define)
            if let name = create.name {
                guard try isFree(name, "index", ifNotExists: create.ifNotExists) else { return }
                result.makes = name.name.text
            }
        case .createTrigger(let create):
            try noteTarget(create.table, .define, temporary: create.isTemporary)
            if !create.isTemporary {
                guard try isFree(create.name, "trigger", ifNotExists: create.ifNotExists) else { return }
                result.makes = create.name.name.text
            }
        case .alterTable(let alter): try noteTarget(alter.name, alter.effect)
        case .drop(let drop):
            if drop.kind == .index || drop.kind == .trigger {
                for name in drop.names {
                    let row = try visibleObject(drop.kind == .index ? "index" : "trigger", named: name.name.text, in: executionBranch)
                    if let row { try noteTarget(ObjectName(Identifier(row.tableName)), .define) }
                }
            } else {
                for name in drop.names { try noteTarget(name, .drop) }
            }
        default: break
        }
        result.add(sql: statement.range.text(in: source))
    }

    /// A name of the sqlite dialect, where `main` is the session's own database.
    func foreign(_ name: ObjectName) -> ObjectName {
        guard let schema = name.schema, schema.key == "main", name.catalog == nil else { return name }
        return ObjectName(name.name)
    }
}

/// Redirects the tables of SQLite's own SQL; everything else stays as it is.
struct TableRedirector: SyntaxRewriter {
    let binder: Binder
    /// Names of common tables in sight.
    private var common: [String] = []
    /// What the statement does with what it writes.
    private var effect = WriteEffect.change
    /// Whether anything had to be written otherwise than it stood.
    private(set) var hasChanged = false

    init(binder: Binder) { self.binder = binder }

    mutating func rewrite(_ select: Select) throws(SQLError) -> Select {
        let depth = common.count
        defer { common.removeLast(common.count - depth) }
        if let with = select.with { common += with.tables.map(\.name.key) }
        return try rewriteChildren(of: select)
    }

    mutating func rewrite(_ statement: Statement) throws(SQLError) -> Statement {
        let depth = common.count
        defer { common.removeLast(common.count - depth) }
        switch statement.node {
        case .insert(let insert):
            effect = insert.effect
            common += insert.with?.tables.map(\.name.key) ?? []
        case .update(let update): common += update.with?.tables.map(\.name.key) ?? []
        case .delete(let delete): common += delete.with?.tables.map(\.name.key) ?? []
        default: break
        }
        return try rewriteChildren(of: statement)
    }

    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        switch expr.node {
        case .call(let call) where ["current_branch", "hati_current_branch"].contains(call.name.name.key):
            hasChanged = true
            return try binder.systemParameter(.currentBranch)
        case .membership(let value, .table(let name), let negated) where !isCommon(name):
            let target = try place(name, moment: nil)
            return Expr(.membership(try rewrite(value), .table(target), negated: negated), range: expr.range)
        // By number, so that the others keep their values where one is only in an AT (…) that is not SQLite's to see.
        case .parameter(let parameter): return try binder.bind(parameter, range: expr.range).expr
        default: return try rewriteChildren(of: expr)
        }
    }

    mutating func rewrite(_ target: WriteTarget) throws(SQLError) -> WriteTarget {
        let found = try binder.writeTable(binder.foreign(target.name))
        guard found.info != nil else {
            // What SQLite itself will refuse it may refuse in its own words; but a live branch's hidden tables it would write.
            guard !found.isTemporary, binder.catalog.live(of: found.branch) != nil, !found.name.hasPrefix("sqlite_") else { return target }
            throw try binder.noSuchTable(target.name, in: .schema(branch: found.branch, schema: found.schema))
        }
        try binder.noteWrite(found, effect)
        guard !target.name.isUnqualified || found.branch != binder.catalog.activeBranch else { return target }
        guard !found.isTemporary, target.name.schema?.key != "main" else { return target }
        hasChanged = true
        var result = target
        result.name = binder.loweredName(found)
        return result
    }

    mutating func rewrite(_ table: TableRef) throws(SQLError) -> TableRef {
        switch table.node {
        case .table(var source):
            if isCommon(source.name), source.moment == nil { return table }
            let name = source.name
            if let moment = source.moment { return try older(source, try binder.foreignMoment(moment), range: table.range) }
            if source.alias == nil, !name.isUnqualified, name.schema?.key != "main" { source.alias = TableAlias(name.name) }
            if let view = try liveView(name) {
                hasChanged = true
                return TableRef(.subquery(view, alias: source.alias ?? TableAlias(name.name), lateral: false, sample: nil), range: table.range)
            }
            let target = try place(name, moment: nil)
            if target == name { return table }
            if source.alias == nil { source.alias = TableAlias(name.name) }
            source.name = target
            return TableRef(.table(source), range: table.range)
        case .function(let function):
            if let branchFunction = BranchFunctions.tableFunction(function.call.name.name.key) {
                hasChanged = true
                let arguments = try BranchFunctions.arguments(function.call, names: branchFunction.argumentNames, binder: binder)
                let query = try binder.systemQuery(.branchFunction(branchFunction, arguments: arguments), columns: branchFunction.columns)
                return TableRef(
                    .subquery(query.select, alias: function.alias ?? TableAlias(function.call.name.name), lateral: false, sample: nil), range: table.range)
            }
            return try rewriteChildren(of: table)
        default: return try rewriteChildren(of: table)
        }
    }

    /// A table or view as of a kept version: its name is the attached version's.
    private mutating func older(_ source: TableSource, _ moment: ReadMoment, range: SourceRange) throws(SQLError) -> TableRef {
        var source = source
        hasChanged = true
        let name = source.name
        let target = try place(name, moment: moment)
        if target == name { throw binder.unsupported("AT (…) for \"\(name.name.text)\"", at: range) }
        if source.alias == nil { source.alias = TableAlias(name.name) }
        source.name = target
        source.moment = nil
        return TableRef(.table(source), range: range)
    }

    private func isCommon(_ name: ObjectName) -> Bool { name.isUnqualified && common.contains(name.name.key) }

    /// Where a table's name leads; the name itself where SQLite would find the same.
    private mutating func place(_ name: ObjectName, moment: ReadMoment?) throws(SQLError) -> ObjectName {
        if name.schema?.key == "temp" { return name }
        // SQLite's own names mean what they mean to it.
        if name.name.key.hasPrefix("sqlite_"), name.isUnqualified || name.schema?.key == "main" { return name }
        let looked = binder.foreign(name)
        let resolved: ResolvedTable
        do throws(SQLError) {
            resolved = try binder.resolve(looked, moment: moment)
        } catch {
            // Table-valued functions without parentheses and the like: SQLite knows best what it has.
            if looked.isUnqualified, error.code == BinderCode.noSuchTable, SQLiteNames.isEponymous(looked.name.key) { return name }
            throw error
        }
        if resolved.isTemporary { return name }
        let sqliteName: String
        switch resolved.kind {
        case .table(let info), .view(let info, _): sqliteName = info.name
        case .system:
            throw binder.unsupported("\(name.parts.map(\.text).joined(separator: ".")) in the sqlite dialect", at: name.range, hint: "Use sqlite_schema, or SET dialect = 'duckdb'")
        }
        binder.reads.insert(TableReference(branch: resolved.branch, table: sqliteName, moment: resolved.moment))
        let isOwn = resolved.branch == binder.executionBranch && resolved.moment == nil
        if isOwn, name.isUnqualified || name.schema?.key == "main" { return name }
        hasChanged = true
        return ObjectName(schema: try binder.schemaName(of: resolved.branch, moment: resolved.moment), name: Identifier(sqliteName))
    }

    /// The body of a view that a live branch reads through, with its tables looked up from the branch.
    private mutating func liveView(_ name: ObjectName) throws(SQLError) -> Select? {
        let looked = binder.foreign(name)
        guard let resolved = try? binder.resolve(looked, moment: nil), case .view(let info, let context) = resolved.kind, !resolved.isTemporary,
            binder.catalog.live(of: resolved.addressed) != nil || binder.usesStub(info)
        else { return nil }
        let query = try binder.bindView(info, resolved: resolved, context: context, range: name.range)
        return query.select
    }
}

extension Binder {
    /// Whether what SQLite stores of a view is not its body: the view reads other branches.
    func usesStub(_ info: TableInfo) -> Bool { info.view?.dialect == .duckdb && info.sql.contains(" WHERE FALSE ") }
}

extension Binder {
    /// The moment of `AT (…)` in the sqlite dialect: SQLite's own value of the expression, a text read as a timestamp.
    func foreignMoment(_ moment: Moment) throws(SQLError) -> ReadMoment {
        isCacheable = false
        switch moment {
        case .version(let expr): return try version(try foreignValue(expr), at: expr.range)
        case .timestamp(let expr):
            var value = try foreignValue(expr)
            if case .text(let text)? = value {
                value = try self.value(of: try cast(Bound(constant: .text(text), .varchar, range: expr.range), to: .timestamp))
            }
            return try timestamp(value, at: expr.range)
        }
    }

    private func foreignValue(_ expr: Expr) throws(SQLError) -> Constant? {
        if case .literal = expr.node { return try bind(expr, Scope(parent: nil)).constant }
        var numbering = ParameterNumbering(binder: self)
        return try catalog.evaluate(Printer.print(try numbering.rewrite(expr)))
    }
}

private struct ParameterNumbering: SyntaxRewriter {
    let binder: Binder

    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        if case .parameter(let parameter) = expr.node { return try binder.bind(parameter, range: expr.range).expr }
        return try rewriteChildren(of: expr)
    }
}

enum SQLiteNames {
    /// Virtual tables that SQLite has without their being made.
    static func isEponymous(_ key: String) -> Bool {
        key.hasPrefix("pragma_") || ["json_each", "json_tree", "dbstat", "bytecode", "tables_used", "sqlite_stmt", "generate_series"].contains(key)
    }
}

/// The columns of a view in SQLite's own SQL, as far as its text tells.
enum ForeignShape {
    static func columns(of select: Select, binder: Binder) throws(SQLError) -> [(name: String, type: DuckType)] {
        let core: SelectCore
        switch select.body {
        case .core(let first), .compound(.core(let first), _): core = first
        case .values(let rows): return (rows.first ?? []).indices.map { ("column\($0 + 1)", .dynamic) }
        case .nested(let inner): return try columns(of: inner, binder: binder)
        default: return []
        }
        let sources = try relations(core.from, with: select.with, binder: binder)
        var result: [(name: String, type: DuckType)] = []
        for item in core.items {
            switch item {
            case .star(let star):
                for relation in sources where star.qualifier.isEmpty || relation.name == star.qualifier.last?.key { result += relation.columns }
            case .expr(let expr, let alias):
                var type = DuckType.dynamic
                var name = alias?.text ?? expr.range.text(in: binder.source)
                if case .column(let reference) = expr.node {
                    if alias == nil { name = reference.name.text }
                    for relation in sources where reference.table == nil || relation.name == reference.table?.key {
                        if let column = relation.columns.first(where: { equalIgnoringASCIICase($0.name, reference.name.text) }) { type = column.type }
                    }
                } else if case .call(let call) = expr.node, call.name.name.key == "count" {
                    type = .bigint
                }
                result.append((name, type))
            }
        }
        // SQLite gives a number to names that are there already.
        var seen: Set<String> = []
        for index in result.indices {
            var name = result[index].name, counter = 0
            while !seen.insert(foldedASCII(name)).inserted {
                counter += 1
                name = "\(result[index].name):\(counter)"
            }
            result[index].name = name
        }
        return result
    }

    private typealias Source = (name: String, columns: [(name: String, type: DuckType)])

    private static func relations(_ items: [TableRef], with: With?, binder: Binder) throws(SQLError) -> [Source] {
        var result: [Source] = []
        for item in items {
            switch item.node {
            case .table(let source):
                let name = source.alias?.name.key ?? source.name.name.key
                if source.name.isUnqualified, let common = with?.tables.first(where: { $0.name.matches(source.name.name) }) {
                    var columns = try ForeignShape.columns(of: common.select, binder: binder)
                    for (index, column) in common.columns.enumerated() where index < columns.count { columns[index].name = column.text }
                    result.append((name, columns))
                    continue
                }
                let resolved = try binder.resolve(binder.foreign(source.name), moment: nil)
                switch resolved.kind {
                case .table(let info): result.append((name, info.columns.filter { !$0.isHidden }.map { ($0.name, $0.type) }))
                case .view(let info, let context):
                    let query = try binder.bindView(info, resolved: resolved, context: context, range: item.range)
                    result.append((name, query.columns.map { ($0.name, $0.type) }))
                case .system(let table): result.append((name, table.columns))
                }
            case .subquery(let select, let alias, _, _): result.append((alias?.name.key ?? "", try columns(of: select, binder: binder)))
            case .nested(let inner, _): result += try relations(inner, with: with, binder: binder)
            case .join(let join):
                let left = try relations([join.left], with: with, binder: binder)
                var right = try relations([join.right], with: with, binder: binder)
                var merged: Set<String> = []
                if case .using(let names)? = join.condition { merged = Set(names.map(\.key)) }
                if join.isNatural { merged = Set(left.flatMap { $0.columns.map { foldedASCII($0.name) } }) }
                for index in right.indices { right[index].columns.removeAll { merged.contains(foldedASCII($0.name)) } }
                result += left + right
            case .function, .file: break
            }
        }
        return result
    }
}
