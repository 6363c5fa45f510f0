// Statements about the session, about files, and for looking at things.
extension Printer {
    mutating func utility(_ node: StatementNode) {
        switch node {
        case .set(let set): self.set(set)
        case .reset(let reset):
            write("RESET ")
            if let scope = reset.scope { write("\(scope.rawValue) ") }
            if let name = reset.name { path(name) } else { write("ALL") }
        case .show(let show): self.show(show)
        case .use(let name):
            write("USE ")
            objectName(name)
        case .pragma(let pragma): self.pragma(pragma)
        case .prepare(let prepare):
            write("PREPARE ")
            identifier(prepare.name)
            if !prepare.types.isEmpty {
                write(" ")
                parenthesized(prepare.types) { printer, type in printer.type(type) }
            }
            write(" AS ")
            statement(prepare.statement)
        case .execute(let execute): self.execute(execute)
        case .deallocate(let name):
            write("DEALLOCATE ")
            if let name { identifier(name) } else { write("ALL") }
        case .discard(let what): write("DISCARD \(what)")
        case .cursor(let cursor): self.cursor(cursor)
        case .session(let verb, let name): session(verb, name)
        case .accepted(_, _, let text): write(text)
        case .explain(let explain): self.explain(explain)
        case .describe(let describe): self.describe(describe)
        case .call(let call):
            write("CALL ")
            self.call(call)
        default: upkeep(node)
        }
    }

    private mutating func upkeep(_ node: StatementNode) {
        func named(_ printer: inout Printer, _ verb: String, _ name: ObjectName?) {
            printer.write(verb)
            guard let name else { return }
            printer.write(" ")
            printer.objectName(name)
        }
        switch node {
        case .analyze(let name): named(&self, "ANALYZE", name)
        case .reindex(let name): named(&self, "REINDEX", name)
        case .checkpoint(let name): named(&self, "CHECKPOINT", name)
        case .vacuum(let vacuum):
            write("VACUUM")
            for option in vacuum.options { write(" \(option)") }
            if let schema = vacuum.schema {
                write(" ")
                identifier(schema)
            }
            if let into = vacuum.into {
                write(" INTO ")
                expr(into)
            }
        case .attach(let attach):
            write(attach.ifNotExists ? "ATTACH IF NOT EXISTS " : "ATTACH ")
            expr(attach.file)
            if let alias = attach.alias {
                write(" AS ")
                expr(alias)
            }
            options(attach.options)
        case .detach(let detach):
            write(detach.ifExists ? "DETACH DATABASE IF EXISTS " : "DETACH ")
            expr(detach.name)
        case .copy(let copy): self.copy(copy)
        default: break
        }
    }

    // MARK: Settings

    private mutating func set(_ set: SetStatement) {
        write("SET ")
        if let scope = set.scope { write("\(scope.rawValue) ") }
        path(set.name)
        write(" = ")
        if set.values.isEmpty { write("DEFAULT") } else { list(set.values) { printer, value in printer.expr(value) } }
    }

    private mutating func show(_ show: ShowStatement) {
        switch show {
        case .tables(let schema):
            write("SHOW TABLES")
            if let schema {
                write(" FROM ")
                objectName(schema)
            }
        case .allTables: write("SHOW ALL TABLES")
        case .schemas: write("SHOW SCHEMAS")
        case .databases: write("SHOW DATABASES")
        case .allSettings: write("SHOW ALL")
        case .name(let name):
            write("SHOW ")
            path(name)
        }
    }

    private mutating func pragma(_ pragma: Pragma) {
        write("PRAGMA ")
        if let schema = pragma.schema {
            identifier(schema)
            write(".")
        }
        identifier(pragma.name)
        switch pragma.form {
        case .assignment?:
            write(" = ")
            list(pragma.arguments) { printer, value in printer.settingValue(value) }
        case .call?: parenthesized(pragma.arguments) { printer, value in printer.settingValue(value) }
        case nil: break
        }
    }

    /// SQLite's PRAGMA takes ON, DELETE and other words bare.
    private mutating func settingValue(_ value: Expr) {
        if let reference = value.columnReference, reference.path.count == 1, !reference.name.quoted,
           reference.name.text.utf8.allSatisfy({ $0 < 0x80 && Lexer.continuesWord($0) }), reference.name.text.utf8.first.map(Lexer.startsWord) == true {
            write(reference.name.text)
        } else {
            expr(value)
        }
    }

    private mutating func execute(_ execute: Execute) {
        write("EXECUTE ")
        identifier(execute.name)
        if execute.arguments.isEmpty { return }
        parenthesized(execute.arguments) { printer, argument in
            if let name = argument.name {
                printer.identifier(name)
                printer.write(" := ")
            }
            printer.expr(argument.value)
        }
    }

    private mutating func cursor(_ cursor: CursorStatement) {
        switch cursor {
        case .declare(let declaration):
            write("DECLARE ")
            identifier(declaration.name)
            if declaration.isBinary { write(" BINARY") }
            write(declaration.isHeld ? " CURSOR WITH HOLD FOR " : " CURSOR FOR ")
            statement(declaration.query)
        case .fetch(let count, let name, let isMove):
            write(isMove ? "MOVE " : "FETCH ")
            switch count {
            case .all: write("ALL")
            case .rows(let number): write("FORWARD \(number)")
            }
            write(" FROM ")
            identifier(name)
        case .close(let name):
            write("CLOSE ")
            if let name { identifier(name) } else { write("ALL") }
        }
    }

    private mutating func session(_ verb: String, _ name: Identifier?) {
        write("\(verb) ")
        guard let name else { return write(verb == "UNLISTEN" ? "*" : "ALL") }
        identifier(name)
    }

    // MARK: Inspection

    private mutating func explain(_ explain: Explain) {
        switch explain.mode {
        case .explain: write("EXPLAIN")
        case .queryPlan: write("EXPLAIN QUERY PLAN")
        case .analyze: write("EXPLAIN ANALYZE")
        }
        options(explain.options)
        write(" ")
        statement(explain.statement)
    }

    private mutating func describe(_ describe: Describe) {
        write(describe.verb.rawValue)
        switch describe.subject {
        case .everything: break
        case .table(let name):
            write(" ")
            objectName(name)
        case .file(let name):
            write(" ")
            string(name)
        case .query(let select):
            write(" ")
            self.select(select)
        }
    }

    // MARK: COPY

    private mutating func copy(_ copy: Copy) {
        write("COPY ")
        switch copy.source {
        case .table(let name, let columns):
            objectName(name)
            if !columns.isEmpty {
                write(" ")
                identifiers(columns)
            }
        case .query(let select): parenthesized(select)
        }
        write(" \(copy.direction.rawValue) ")
        switch copy.endpoint {
        case .file(let file): expr(file)
        case .standardInput: write("STDIN")
        case .standardOutput: write("STDOUT")
        }
        // Without WITH a bare word before would be called with the options as arguments.
        if !copy.options.isEmpty { write(" WITH") }
        options(copy.options)
    }

    private mutating func options(_ options: [CopyOption]) {
        if options.isEmpty { return }
        write(" ")
        parenthesized(options) { printer, option in
            printer.identifier(option.name)
            switch option.values.count {
            case 0: break
            case 1:
                printer.write(" ")
                printer.settingValue(option.values[0])
            default:
                printer.write(" ")
                printer.parenthesized(option.values) { inner, value in inner.settingValue(value) }
            }
        }
    }
}
