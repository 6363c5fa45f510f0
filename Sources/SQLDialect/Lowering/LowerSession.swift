extension Binder {
    // MARK: - Transactions, settings, branches, upkeep

    func lowerSession(_ statement: Statement) throws(SQLError) -> LoweredStatement {
        func command(_ kind: StatementKind, _ tag: String, _ command: SessionCommand, isReadOnly: Bool = true) -> LoweredStatement {
            var result = LoweredStatement(kind: kind, tag: tag, isReadOnly: isReadOnly)
            result.command = command
            return result
        }
        switch statement.node {
        case .transaction(let transaction): return lower(transaction)
        case .branch(let branch): return command(.branch, Binder.tag(of: branch), .branch(branch), isReadOnly: Binder.isReadOnly(branch))
        case .set(let set): return try lower(set)
        case .reset(let reset):
            return command(.setting, "RESET", .reset(reset.name.map { $0.map(\.text).joined(separator: ".") }))
        case .use(let name):
            let text = name.parts.map(\.text).joined(separator: ".")
            let branchName = name.schema?.text ?? name.name.text
            switch catalog.branch(named: branchName.hasPrefix("@") ? String(branchName.dropFirst()) : branchName) {
            case .found: return command(.branch, "USE", .branch(.use(BranchName(branchName, range: name.range))))
            default:
                if branchName == "public" || catalog.connectionName.map({ equalIgnoringASCIICase($0, branchName) }) ?? false {
                    return LoweredStatement.nothing(.setting, "USE")
                }
                throw unknownBranch(Identifier(text, range: name.range))
            }
        case .pragma(let pragma): return try lower(pragma)
        case .prepare(let prepare):
            var types: [DuckType?] = []
            for type in prepare.types { types.append(try DuckType(type, in: source)) }
            return command(.setting, "PREPARE", .prepare(name: prepare.name.text, types: types, prepare.statement))
        case .execute(let execute):
            var arguments: [Constant] = []
            for argument in execute.arguments { arguments.append(try constant(argument.value)) }
            return command(.setting, "EXECUTE", .execute(name: execute.name.text, arguments: arguments), isReadOnly: false)
        case .deallocate(let name): return command(.setting, "DEALLOCATE", .deallocate(name?.text))
        case .discard(let what): return command(.setting, "DISCARD " + what, .discard(what))
        case .cursor(let cursor): return command(.setting, Binder.tag(of: cursor), .cursor(cursor))
        case .session(let verb, let name): return command(.setting, verb, .session(verb: verb, name: name?.text))
        case .accepted(let verb, let name, _): return command(.setting, verb, .session(verb: verb, name: name?.text))
        case .analyze(let name):
            var result = LoweredStatement(kind: .upkeep, tag: "ANALYZE", isReadOnly: false)
            if let name {
                let (target, _) = try existingTable(name)
                try noteWrite(target, .define)
                result.add(.analyze(loweredName(target)))
            } else {
                result.add(.analyze(ObjectName("main")))
            }
            return result
        case .reindex(let name):
            var result = LoweredStatement(kind: .upkeep, tag: "REINDEX", isReadOnly: false)
            if let name {
                let (target, _) = try existingTable(name)
                try noteWrite(target, .define)
                result.add(.reindex(loweredName(target)))
            } else {
                result.add(.reindex(nil))
            }
            return result
        case .vacuum(let vacuum):
            return command(.upkeep, "VACUUM", .vacuum(into: try vacuum.into.map { (expr) throws(SQLError) in try constant(expr) }), isReadOnly: false)
        case .checkpoint: return command(.upkeep, "CHECKPOINT", .checkpoint)
        case .attach: return command(.attach, "ATTACH", .attach, isReadOnly: false)
        case .detach: return command(.attach, "DETACH", .detach, isReadOnly: false)
        case .call(let call): throw unsupported("CALL \(call.name.name.text)", at: statement.range)
        default: throw unsupported("This statement", at: statement.range)
        }
    }

    func lower(_ transaction: TransactionStatement) -> LoweredStatement {
        func command(_ tag: String, _ command: SessionCommand) -> LoweredStatement {
            var result = LoweredStatement(kind: .transaction, tag: tag, isReadOnly: true)
            result.command = command
            return result
        }
        switch transaction {
        case .begin(let lock, let characteristics):
            return command("BEGIN", .begin(isolation: characteristics.isolation, isReadOnly: characteristics.isReadOnly, lock: lock))
        case .commit(let chain): return command("COMMIT", .commit(chain: chain))
        case .rollback(let chain): return command("ROLLBACK", .rollback(chain: chain))
        case .rollbackTo(let name): return command("ROLLBACK", .rollbackTo(name.text))
        case .savepoint(let name): return command("SAVEPOINT", .savepoint(name.text))
        case .release(let name): return command("RELEASE", .release(name.text))
        case .setCharacteristics(let characteristics, let session):
            return command("SET", .setTransaction(isolation: characteristics.isolation, isReadOnly: characteristics.isReadOnly, session: session))
        }
    }

    private func lower(_ set: SetStatement) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .setting, tag: "SET", isReadOnly: true)
        let name = set.name.map(\.text).joined(separator: ".")
        var values: [Constant] = []
        for value in set.values {
            // A list is as good as several values: SET search_path = ['a', 'b'].
            if case .list(let items) = value.node {
                for item in items { values.append(try constant(item)) }
            } else {
                values.append(try constant(value))
            }
        }
        let key = foldedASCII(name)
        if key == "search_path" || key == "schema", case .text(let list)? = values.first {
            // The first entry decides: a branch is USE BRANCH, main goes back.
            let first = list.split(separator: ",").first.map { $0.drop { $0 == " " } } ?? ""
            var entry = String(first)
            while entry.last == " " { entry.removeLast() }
            if entry.hasPrefix("\""), entry.hasSuffix("\""), entry.count >= 2 { entry = String(entry.dropFirst().dropLast()) }
            if case .found = catalog.branch(named: entry.hasPrefix("@") ? String(entry.dropFirst()) : entry) {
                result.kind = .branch
                result.command = .branch(.use(BranchName(entry)))
                return result
            }
        }
        result.command = .set(name: name, values: values, isLocal: set.scope == .local)
        return result
    }

    static func tag(of branch: BranchStatement) -> String {
        switch branch {
        case .create: "CREATE BRANCH"
        case .use: "USE"
        case .list, .current: "SHOW"
        case .rename: "ALTER BRANCH"
        case .reset: "RESET BRANCH"
        case .diff: "DIFF"
        case .merge: "MERGE BRANCH"
        case .drop: "DROP BRANCH"
        case .createDatabase: "CREATE DATABASE"
        case .dropDatabase: "DROP DATABASE"
        case .undrop: "UNDROP BRANCH"
        case .restore: "RESTORE BRANCH"
        }
    }

    static func tag(of cursor: CursorStatement) -> String {
        switch cursor {
        case .declare: "DECLARE CURSOR"
        case .fetch(_, _, let isMove): isMove ? "MOVE" : "FETCH"
        case .close: "CLOSE CURSOR"
        }
    }

    static func isReadOnly(_ branch: BranchStatement) -> Bool {
        switch branch {
        case .list, .current, .diff, .use: true
        case .merge(_, _, _, let dryRun): dryRun
        default: false
        }
    }

    // MARK: - PRAGMA

    /// Pragmas that only look, and that SQLite may run as they are.
    static let readingPragmas: Set<String> = [
        "table_info", "index_list", "index_info", "index_xinfo", "foreign_key_list", "table_xinfo", "table_list", "integrity_check", "quick_check",
        "foreign_key_check", "collation_list", "function_list", "compile_options", "encoding", "user_version", "application_id", "schema_version",
        "page_count", "page_size", "freelist_count", "data_version",
    ]

    func lower(_ pragma: Pragma) throws(SQLError) -> LoweredStatement {
        let key = pragma.name.key
        if key == "table_info" || key == "show", let argument = pragma.arguments.first, settings.dialect == .duckdb {
            let name: String
            if case .text(let text) = try constant(argument) { name = text } else { name = "" }
            let table = try systemTable(about: name, .tableInfo, range: argument.range)
            let query = try systemQuery(.catalog(table), columns: table.columns)
            var result = LoweredStatement(kind: .pragma, tag: "PRAGMA", isReadOnly: true)
            result.add(.select(query.select))
            result.setResult(query.columns)
            return result
        }
        if key == "show_tables", settings.dialect == .duckdb { return try lowerInspection(Statement(.show(.tables(from: nil)))) }
        var result = LoweredStatement(kind: .pragma, tag: "PRAGMA", isReadOnly: Binder.readingPragmas.contains(key) && pragma.form != .assignment)
        if Binder.readingPragmas.contains(key), pragma.form != .assignment, pragma.schema.map({ $0.key == "main" || $0.key == "temp" }) ?? true {
            result.add(.pragma(pragma))
            result.resultStep = 0
            return result
        }
        var arguments: [Constant] = []
        for argument in pragma.arguments { arguments.append(try constant(argument)) }
        result.command = .pragma(name: pragma.name.text, schema: pragma.schema?.text, arguments: arguments)
        return result
    }

    // MARK: - EXPLAIN

    func lower(_ explain: Explain) throws(SQLError) -> LoweredStatement {
        let inner = settings.dialect == .sqlite ? try lowerForeign(explain.statement) : try lower(explain.statement)
        guard let step = inner.steps.first, inner.command == nil else { throw unsupported("EXPLAIN of this statement", at: explain.statement.range) }
        var result = LoweredStatement(kind: .explain, tag: "EXPLAIN", isReadOnly: true)
        let verb = explain.mode == .explain && settings.dialect == .sqlite ? "EXPLAIN " : "EXPLAIN QUERY PLAN "
        result.steps = [Step(sql: verb + step.sql)]
        result.resultStep = 0
        if verb != "EXPLAIN " {
            result.columns = [
                ResultColumn(name: "id", type: .integer), ResultColumn(name: "parent", type: .integer), ResultColumn(name: "notused", type: .integer),
                ResultColumn(name: "detail", type: .varchar),
            ]
        }
        return result
    }

    // MARK: - COPY

    func lower(_ copy: Copy, statement: Statement) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .copy, tag: "COPY", isReadOnly: copy.direction == .to)
        result.command = .copy(copy)
        switch (copy.source, copy.direction) {
        case (.query(let select), .to):
            let query = try bindQuery(select, parent: nil, isTop: true)
            result.add(.select(query.select))
            result.setResult(query.columns)
        case (.table(let name, let columns), .to):
            let items: [SelectItem] = columns.isEmpty ? [.star(Star())] : columns.map { .expr(.column($0), alias: nil) }
            let query = try bindQuery(
                Select(SelectCore(items: items, from: [TableRef(.table(TableSource(name)), range: name.range)])), parent: nil, isTop: true)
            result.add(.select(query.select))
            result.setResult(query.columns)
        case (.table(let name, let columns), .from):
            let (_, info) = try existingTable(name)
            let names = columns.isEmpty
                ? info.columns.filter { $0.generated == .no && !$0.isHidden }.map { Identifier($0.name, range: name.range) } : columns
            let values = names.indices.map { Expr(.parameter(.numbered($0 + 1)), range: name.range) }
            var insert = Insert(target: WriteTarget(name), columns: names, source: Select(.values([values])))
            // COPY takes what it is given, as in PostgreSQL.
            insert.overriding = .system
            result.add(try lower(insert, parent: nil).node, countsRows: true)
            // Whoever moves the rows names the columns in messages.
            for (index, column) in names.enumerated() where index < parameters.count { parameters[index].name = column.text }
        case (.query, .from): throw unsupported("COPY of a query FROM", at: statement.range)
        }
        return result
    }
}
