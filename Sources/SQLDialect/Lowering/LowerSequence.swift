/// Sequences: CREATE, ALTER and DROP SEQUENCE, and the functions that take values from one.
extension Binder {
    /// A sequence that a statement names: one of its own, or the one that an AUTOINCREMENT key is numbered by.
    enum Sequence {
        case own(SequenceInfo, WriteTable)
        /// `<table>_<column>_seq`: SQLite's name of the table.
        case key(table: String)

        /// Under which its values are kept.
        var key: String {
            switch self {
            case .own(_, let target): SequenceKey.sequence(target.info?.name ?? target.name)
            case .key(let table): SequenceKey.table(table)
            }
        }
    }

    // MARK: - Definitions

    func lower(_ create: CreateSequence) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .definition, tag: "CREATE SEQUENCE", isReadOnly: false)
        if create.isTemporary { throw unsupported("CREATE TEMPORARY SEQUENCE", at: create.name.range) }
        let target = try writeTable(create.name)
        try checkName(create.name.name)
        if let known = target.info {
            if create.ifNotExists { return .nothing(.definition, "CREATE SEQUENCE", .exists("relation", create.name.name.text)) }
            guard create.orReplace, known.isSequence else { throw alreadyExists(create.name, known) }
            result.add(.drop(Drop(kind: .view, ifExists: true, names: [loweredName(target)], behaviour: nil)))
        }
        var info = SequenceInfo()
        do throws(SQLError) { try info.apply(create.options) } catch { throw self.error(error.code, error.message, at: create.name.range) }
        try addSequence(info, name: create.name.name, schema: target.schema, branch: target.branch, into: &result)
        return result
    }

    /// Adds the steps that make a sequence, and starts it.
    func addSequence(_ info: SequenceInfo, name: Identifier, schema: String?, branch: BranchKey, into result: inout LoweredStatement) throws(SQLError) {
        let encoded = SchemaNaming.encode(schema: schema, name: name.text)
        writes.insert(TableReference(branch: branch, table: encoded))
        result.add(sql: info.stored(ObjectName(schema: "main", name: Identifier(encoded)), plainName: name))
        result.add(.select(Select(SelectCore(items: [.expr(.call("bl_setval", try sessionKey(), .string(SequenceKey.sequence(encoded)), .integer(info.start), .integer(0), .integer(info.increment)), alias: nil)]))))
    }

    /// ALTER SEQUENCE.
    func lowerAlterSequence(_ alter: AlterTable) throws(SQLError) -> LoweredStatement {
        let tag = "ALTER SEQUENCE"
        var result = LoweredStatement(kind: .definition, tag: tag, isReadOnly: false)
        let sequence: Sequence
        do throws(SQLError) { sequence = try self.sequence(alter.name) } catch {
            if alter.ifExists { return .nothing(.definition, tag, .skipped("relation", alter.name.name.text)) }
            throw error
        }
        switch (alter.actions[0], sequence) {
        case (.accepted(let words), _): return .nothing(.definition, tag, .noEffect("ALTER SEQUENCE … \(words)"))
        case (.sequence(let options), .key(let table)):
            // The key's own numbering: it can be told where to go on.
            for option in options {
                switch option {
                case .restart(let value):
                    result.add(.select(Select(SelectCore(items: [.expr(.call("bl_setval", try sessionKey(), .string(SequenceKey.table(table)), .integer(value ?? 1), .integer(0), .integer(1)), alias: nil)]))))
                case .ownedBy: break
                default: throw unsupported("This change of the sequence of an AUTOINCREMENT key", at: alter.name.range)
                }
            }
            return result
        case (.sequence(let options), .own(var info, let target)):
            let restart: Int64?
            do throws(SQLError) { restart = try info.apply(options) } catch { throw self.error(error.code, error.message, at: alter.name.range) }
            writes.insert(target.reference)
            let name = loweredName(target)
            result.add(.drop(Drop(kind: .view, ifExists: true, names: [name], behaviour: nil)))
            let plain = Identifier(SchemaNaming.decode(target.info?.name ?? target.name).name)
            result.add(sql: info.stored(ObjectName(schema: "main", name: Identifier(target.info?.name ?? target.name)), plainName: plain))
            if let restart {
                result.add(.select(Select(SelectCore(items: [.expr(.call("bl_setval", try sessionKey(), .string(sequence.key), .integer(restart), .integer(0), .integer(info.increment)), alias: nil)]))))
            }
            return result
        case (.renameTable(let new), .own(let info, let target)):
            try checkName(new)
            let encoded = SchemaNaming.encode(schema: target.schema, name: new.text)
            if let (known, _) = try lookUp(encoded, in: target.branch, moment: nil) { throw alreadyExists(ObjectName(new), known) }
            try noteWrite(target, .drop)
            writes.insert(TableReference(branch: target.branch, table: encoded))
            result.add(.drop(Drop(kind: .view, ifExists: true, names: [loweredName(target)], behaviour: nil)))
            result.add(sql: info.stored(ObjectName(schema: "main", name: Identifier(encoded)), plainName: new))
            result.add(.select(Select(SelectCore(items: [.expr(.call("bl_sequence_moved", try sessionKey(), .string(sequence.key), .string(SequenceKey.sequence(encoded))), alias: nil)]))))
            return result
        default: throw unsupported("This change of a sequence", at: alter.name.range)
        }
    }

    /// DROP SEQUENCE of one name.
    func dropSequence(_ name: ObjectName, _ drop: Drop, into result: inout LoweredStatement) throws(SQLError) {
        let found: Sequence
        do throws(SQLError) { found = try sequence(name) } catch {
            guard drop.ifExists else { throw error }
            result.notices.append(.skipped("sequence", name.name.text))
            return
        }
        guard case .own(_, let target) = found else {
            throw error(BinderCode.dependency, "The sequence \"\(name.name.text)\" belongs to a key", at: name.range, hint: "Drop its table or its column")
        }
        let users = try columns(using: target)
        guard users.isEmpty || drop.behaviour == .cascade else {
            throw error(
                BinderCode.dependency, "Cannot drop sequence \"\(name.name.text)\" because other objects depend on it: default of \(users.joined(separator: ", "))", at: name.range,
                hint: "Use DROP SEQUENCE … CASCADE, or DROP DEFAULT first")
        }
        guard users.isEmpty else { throw unsupported("DROP SEQUENCE … CASCADE of a sequence that a default uses", at: name.range, hint: "Use ALTER COLUMN … DROP DEFAULT first") }
        try noteWrite(target, .drop)
        result.add(.drop(Drop(kind: .view, ifExists: true, names: [loweredName(target)], behaviour: nil)))
    }

    /// The columns whose default takes from a sequence: `table.column`.
    private func columns(using target: WriteTable) throws(SQLError) -> [String] {
        let own = target.info?.name ?? target.name
        var found: [String] = []
        for entry in try Visibility.tables(of: target.branch, in: catalog) {
            guard let info = try lookUp(entry.name, in: target.branch, moment: nil)?.0, info.kind == .table else { continue }
            for column in info.columns {
                guard let text = column.defaultText, let name = SequenceKey.sequenceName(inDefault: text),
                    case .schema(_, let schema)? = try? place(of: name), equalIgnoringASCIICase(SchemaNaming.encode(schema: schema, name: name.name.text), own)
                else { continue }
                found.append("\(SchemaNaming.decode(info.name).name).\(column.name)")
            }
        }
        return found
    }

    // MARK: - Finding one

    /// - Throws: `BL_NO_SUCH_TABLE` when there is none of that name.
    func sequence(_ name: ObjectName) throws(SQLError) -> Sequence {
        guard case .schema(let branch, let schema) = try place(of: name) else { throw noSuchSequence(name) }
        let encoded = SchemaNaming.encode(schema: schema, name: name.name.text)
        if let (info, holder) = try lookUp(encoded, in: branch, moment: nil) {
            guard let sequence = info.sequence else { throw error(BinderCode.bind, "\"\(name.name.text)\" is not a sequence", at: name.range) }
            return .own(sequence, WriteTable(branch: branch, name: info.name, schema: schema, info: info, isReadThrough: holder != branch))
        }
        if name.name.key.hasSuffix("_seq") {
            for entry in try Visibility.tables(of: branch, in: catalog) {
                let decoded = SchemaNaming.decode(entry.name)
                guard decoded.schema.map({ foldedASCII($0) }) == schema.map({ foldedASCII($0) }), name.name.key.hasPrefix(foldedASCII(decoded.name) + "_"),
                    let info = try lookUp(entry.name, in: branch, moment: nil)?.0, let column = info.sequenceOfKey, foldedASCII(column) == name.name.key
                else { continue }
                return .key(table: info.name)
            }
        }
        throw noSuchSequence(name)
    }

    private func noSuchSequence(_ name: ObjectName) -> SQLError {
        error(BinderCode.noSuchTable, "Sequence with name \"\(name.name.text)\" does not exist", at: name.range)
    }

    /// The session and its branch, as the functions of sequences take them; NULL in what is stored in a schema.
    func sessionKey() throws(SQLError) -> Expr { isStoring ? .null : try systemParameter(.session) }

    // MARK: - Functions

    static let sequenceFunctions: Set<String> = ["nextval", "currval", "lastval", "setval", "pg_get_serial_sequence"]

    func bindSequenceCall(_ call: FunctionCall, range: SourceRange, scope: Scope) throws(SQLError) -> Bound {
        let key = call.name.name.key
        func expect(_ counts: ClosedRange<Int>) throws(SQLError) {
            guard counts.contains(call.arguments.count) else {
                throw error(BinderCode.bind, "\(key) takes \(counts.lowerBound)\(counts.count > 1 ? " to \(counts.upperBound)" : "") arguments", at: range)
            }
        }
        switch key {
        case "lastval":
            try expect(0...0)
            return Bound(.call("bl_lastval", try sessionKey(), range: range), .bigint, nullable: false)
        case "pg_get_serial_sequence":
            try expect(2...2)
            guard let table = try constantText(call.arguments[0].value, scope), let column = try constantText(call.arguments[1].value, scope) else {
                return try serialSequence(try bind(call.arguments[0].value, scope), column: try bind(call.arguments[1].value, scope), range: range)
            }
            guard let name = try serialSequence(try relationName(table, range), column: column) else { return Bound(constant: .null, .varchar, range: range) }
            return Bound(constant: .text(name), .varchar, range: range)
        default: break
        }
        try expect(key == "setval" ? 2...3 : 1...1)
        guard let text = try constantText(call.arguments[0].value, scope) else { throw unsupported("\(key) of a sequence whose name is not a constant", at: range) }
        let sequence = try sequence(try relationName(text, range))
        if key != "currval" { advancesSequences = true }
        switch key {
        case "currval": return Bound(.call("bl_currval", try sessionKey(), .string(sequence.key), range: range), .bigint, nullable: false)
        case "nextval":
            switch sequence {
            case .key(let table): return Bound(.call("bl_noted", try sessionKey(), .string(sequence.key), .call("bl_next_id", .string(table)), range: range), .bigint, nullable: false)
            case .own(let info, _): return Bound(Expr(try nextValue(of: info, key: sequence.key).node, range: range), .bigint, nullable: false)
            }
        default:
            let value = try cast(try bind(call.arguments[1].value, scope), to: .bigint)
            let called = call.arguments.count > 2 ? try cast(try bind(call.arguments[2].value, scope), to: .boolean).expr : .integer(1)
            var increment: Int64 = 1
            if case .own(let info, _) = sequence { increment = info.increment }
            return Bound(.call("bl_setval", try sessionKey(), .string(sequence.key), value.expr, called, .integer(increment), range: range), .bigint)
        }
    }

    func nextValue(of info: SequenceInfo, key: String) throws(SQLError) -> Expr {
        .call(
            "bl_nextval", try sessionKey(), .string(key), .integer(info.start), .integer(info.increment), .integer(info.minimum), .integer(info.maximum),
            .integer(info.cycles ? 1 : 0))
    }

    /// What an argument says, when that is known now: a text, perhaps as `'…'::regclass`.
    private func constantText(_ expr: Expr, _ scope: Scope) throws(SQLError) -> String? {
        switch expr.node {
        case .literal(.string(let text)): return text
        case .cast(let inner, let type, _) where ["regclass", "text", "varchar"].contains(foldedASCII(type.name)): return try constantText(inner, scope)
        default: break
        }
        let bound = try bind(expr, scope)
        if case .text(let text)? = bound.constant { return text }
        return nil
    }

    /// `public."My Seq"` as a name.
    private func relationName(_ text: String, _ range: SourceRange) throws(SQLError) -> ObjectName {
        var parser = Parser(text, dialect: .duckdb)
        guard var name = try? parser.objectName("a name"), parser.token.kind == .end else { throw error(BinderCode.bind, "\"\(text)\" is no name", at: range) }
        name.name.range = range
        return name
    }

    /// The sequence that numbers a column, with its schema: `public.t_id_seq`.
    private func serialSequence(_ name: ObjectName, column: String) throws(SQLError) -> String? {
        let (target, info) = try existingTable(name)
        guard let index = info.columnIndex(column) else {
            throw error(BinderCode.noSuchColumn, "column \"\(column)\" of relation \"\(name.name.text)\" does not exist", at: name.range)
        }
        func qualified(_ name: String) -> String { "\(Binder.quotedIfNeeded(target.schema ?? "public")).\(Binder.quotedIfNeeded(name))" }
        if info.rowidAlias == index, info.isAutoincrement, let name = info.sequenceOfKey { return qualified(name) }
        guard let text = info.columns[index].defaultText, let named = SequenceKey.sequenceName(inDefault: text) else { return nil }
        return qualified(named.name.text)
    }

    static func quotedIfNeeded(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x5F || ($0 >= 0x30 && $0 <= 0x39) } && !(name.utf8.first.map { $0 >= 0x30 && $0 <= 0x39 } ?? true)
        return isPlain ? name : "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    // MARK: - Reading one

    /// `SELECT * FROM s`: where the sequence stands.
    func bindSequence(_ info: TableInfo, _ sequence: SequenceInfo) throws(SQLError) -> BoundQuery {
        let key = SequenceKey.sequence(info.name)
        let query = try bindQuery(
            Select(SelectCore(items: [
                .expr(Expr(.cast(.integer(sequence.start), TypeName("BIGINT"), isTry: false)), alias: Identifier("last_value")),
                .expr(Expr(.cast(.integer(0), TypeName("BIGINT"), isTry: false)), alias: Identifier("log_cnt")), .expr(.boolean(false), alias: Identifier("is_called")),
            ])), parent: nil)
        guard case .core(var core) = query.select.body, core.items.count == 3 else { return query }
        let session = try sessionKey()
        core.items[0] = .expr(.call("bl_sequence_last", session, .string(key), .integer(sequence.start)), alias: query.columns[0].lowered)
        core.items[2] = .expr(.call("bl_sequence_called", session, .string(key)), alias: query.columns[2].lowered)
        var result = query
        result.select.body = .core(core)
        return result
    }

    // MARK: - Defaults

    /// Gives columns that an INSERT leaves out and whose default takes from a sequence a value of that sequence as it is now.
    func sequenceDefault(of index: Int, in info: TableInfo) throws(SQLError) -> Expr? {
        guard let text = info.columns[index].defaultText, SequenceKey.mentionsSequence(text) else { return nil }
        let saved = (source, contextBranch)
        source = text
        contextBranch = executionBranch
        defer { (source, contextBranch) = saved }
        let scope = Scope(parent: nil)
        scope.clause = .values
        let expr = try Parser.parseExpression(text, dialect: .duckdb)
        do throws(SQLError) {
            return try assigned(try bind(expr, scope), to: index, in: info)
        } catch {
            throw SQLError(code: error.code, message: "The default of \"\(info.columns[index].name)\": \(error.message)", hint: error.hint)
        }
    }
}

/// Under what the store keeps where a sequence stands, and what texts say of sequences.
enum SequenceKey {
    static func sequence(_ sqliteName: String) -> String { "seq/" + foldedASCII(sqliteName) }
    static func table(_ sqliteName: String) -> String { "ids/" + foldedASCII(sqliteName) }

    static func mentionsSequence(_ defaultText: String) -> Bool { foldedASCII(defaultText).contains("nextval") }

    /// The sequence in `nextval('s'::regclass)`.
    static func sequenceName(inDefault text: String) -> ObjectName? {
        guard mentionsSequence(text), let expr = try? Parser.parseExpression(text, dialect: .duckdb) else { return nil }
        var found: ObjectName?
        try? expr.forEachExpression { (inner) throws(SQLError) in
            guard case .call(let call) = inner.node, call.name.name.key == "nextval", var argument = call.arguments.first?.value else { return }
            while case .cast(let below, _, _) = argument.node { argument = below }
            guard case .literal(.string(let name)) = argument.node else { return }
            var parser = Parser(name, dialect: .duckdb)
            found = try? parser.objectName("a name")
        }
        return found
    }
}

extension TableInfo {
    /// The name of the sequence that an AUTOINCREMENT key counts as having, as PostgreSQL names it.
    public var sequenceOfKey: String? {
        guard isAutoincrement, let rowidAlias else { return nil }
        return "\(SchemaNaming.decode(name).name)_\(columns[rowidAlias].name)_seq"
    }
}
