/// Turns a parsed statement into SQLite's SQL.
public enum Lowering {
    /// Resolves the names of a statement, types it, and lowers it.
    ///
    /// - Parameters:
    ///   - statement: as parsed from `source`, in the dialect of the settings
    ///   - source: the text that the statement's ranges point into
    /// - Throws: what is wrong with its names (`BL_NO_SUCH_TABLE`, `BL_NO_SUCH_COLUMN`, `BL_AMBIGUOUS_COLUMN`,
    ///   `BL_NO_SUCH_FUNCTION`, `BL_NO_SUCH_SCHEMA`, `BL_UNKNOWN_BRANCH`), its types (`BL_TYPE_ERROR`), its form
    ///   (`BL_BIND_ERROR`), where it writes (`BL_CROSS_BRANCH_WRITE`), or `BL_UNSUPPORTED`, which names the construct.
    public static func lower(_ statement: Statement, source: String, catalog: some Catalog, settings: LoweringSettings) throws(SQLError) -> LoweredStatement {
        let binder = Binder(catalog: catalog, settings: settings, statement: statement, source: source)
        var result = settings.dialect == .sqlite ? try binder.lowerForeign(statement) : try binder.lower(statement)
        try binder.noteIdentity(statement, &result)
        try binder.finish(&result)
        return result
    }

    /// Whether a query is the call of an operation on branches: `SELECT branch_create(…)`.
    public static func isBranchCall(_ select: Select) -> Bool {
        guard let core = select.core, core.items.count == 1, case .expr(let expr, _) = core.items[0], case .call(let call) = expr.node else { return false }
        return BranchFunctions.operation(call.name.name.key) != nil
    }
}

extension Binder {
    func finish(_ result: inout LoweredStatement) throws(SQLError) {
        result.reads.formUnion(reads)
        result.writes.formUnion(writes)
        result.attachments = attachments
        guard attachments.count <= LoweringSettings.maximumAttachments else {
            throw SQLError(
                code: BinderCode.tooManyBranches,
                message: "The statement reads \(attachments.count) branches besides its own; \(LoweringSettings.maximumAttachments) is the most",
                hint: "Copy what is needed into a table first")
        }
        if executionBranch != catalog.activeBranch { result.writesBranch = executionBranch }
        result.materializes = materializes
        result.refreshes = refreshes
        if !materializes.isEmpty { result.steps = [] }
        result.parameters = parameters
        result.systemParameters = systemParameters
        result.advancesSequences = advancesSequences
        result.usesAdvisoryLocks = usesAdvisoryLocks
        result.numberedTable = numberedTable
        result.notices += notices
        result.isCacheable = result.isCacheable && isCacheable && materializes.isEmpty && result.command == nil
    }

    /// Lowers a statement of the duckdb dialect.
    func lower(_ statement: Statement) throws(SQLError) -> LoweredStatement {
        switch statement.node {
        case .select(let select):
            if let command = try branchCall(select) { return command }
            if let command = try settingCall(select) { return command }
            let query = try bindQuery(select, parent: nil, isTop: true)
            var result = LoweredStatement(kind: .select, tag: "SELECT", isReadOnly: true)
            result.add(.select(query.select))
            result.setResult(query.columns)
            return result
        case .insert(let insert): return try lowered(.insert, "INSERT", try lower(insert, parent: nil))
        case .update(let update): return try lowered(.update, "UPDATE", try lower(update, parent: nil))
        case .delete(let delete): return try lowered(.delete, "DELETE", try lower(delete, parent: nil))
        case .truncate(let truncate): return try lower(truncate)
        case .createTable(let create): return try lower(create, statement: statement)
        case .createIndex(let create): return try lower(create)
        case .createView(let create): return try lower(create, statement: statement)
        case .createTrigger(let create): return try lower(create)
        case .createVirtualTable(let create): return try lower(create)
        case .createSchema(let create): return try lower(create)
        case .createSequence(let create): return try lower(create)
        case .createType(let create): throw unsupported("CREATE TYPE", at: create.name.range)
        case .drop(let drop): return try lower(drop)
        case .alterTable(let alter): return try lower(alter, statement: statement)
        case .comment(let comment): return try lower(comment, at: statement.range)
        case .explain(let explain): return try lower(explain)
        case .describe, .show: return try lowerInspection(statement)
        case .copy(let copy): return try lower(copy, statement: statement)
        default: return try lowerSession(statement)
        }
    }

    private func lowered(_ kind: StatementKind, _ tag: String, _ write: LoweredWrite) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: kind, tag: tag, isReadOnly: false)
        result.add(write.node, countsRows: true)
        if let columns = write.returning { result.setResult(columns) }
        return result
    }

    /// `SELECT set_config('search_path', '…', false)`, as dumps begin: SET, with the value as its result.
    private func settingCall(_ select: Select) throws(SQLError) -> LoweredStatement? {
        guard let core = select.core, core.items.count == 1, case .expr(let expr, _) = core.items[0], case .call(let call) = expr.node,
            call.name.name.key == "set_config", call.name.schema.map({ $0.key == "pg_catalog" }) ?? true, core.from.isEmpty, core.filter == nil, select.with == nil
        else { return nil }
        guard call.arguments.count == 3 else { throw error(BinderCode.bind, "set_config takes a name, a value and whether it is local", at: expr.range) }
        // With parameters it is a function like others.
        guard case .text(let name)? = try? constant(call.arguments[0].value), let value = try? constant(call.arguments[1].value),
            case .boolean(let isLocal)? = try? constant(call.arguments[2].value)
        else { return nil }
        var result = LoweredStatement(kind: .setting, tag: "SELECT", isReadOnly: true)
        result.command = .setConfig(name: name, value: value == .null ? nil : value, isLocal: isLocal)
        return result
    }

    /// `SELECT branch_create(…)`: an operation on branches, alone.
    private func branchCall(_ select: Select) throws(SQLError) -> LoweredStatement? {
        guard let core = select.core, core.items.count == 1, case .expr(let expr, _) = core.items[0], case .call(let call) = expr.node,
            let operation = BranchFunctions.operation(call.name.name.key), call.over == nil
        else { return nil }
        guard core.from.isEmpty, core.filter == nil, core.groupBy == nil, core.qualify == nil, select.with == nil, select.orderBy == nil, select.limit == nil else {
            throw error(BinderCode.bind, "\(operation.rawValue)() changes branches and can only stand alone: SELECT \(operation.rawValue)(…)", at: expr.range)
        }
        var result = LoweredStatement(kind: .branch, tag: "SELECT", isReadOnly: operation.isReadOnly)
        result.command = .branchFunction(operation, arguments: try BranchFunctions.arguments(call, names: operation.argumentNames, binder: self))
        return result
    }
}

extension LoweredStatement {
    /// A statement that turns out to have nothing to do: `IF EXISTS` of what there is not.
    static func nothing(_ kind: StatementKind, _ tag: String, _ notice: Notice? = nil) -> LoweredStatement {
        var result = LoweredStatement(kind: kind, tag: tag, isReadOnly: false)
        if let notice { result.notices = [notice] }
        return result
    }

    mutating func add(_ node: StatementNode, countsRows: Bool = false, isRebuild: Bool = false) {
        steps.append(Step(sql: Printer.print(Statement(node)), countsRows: countsRows, isRebuild: isRebuild))
    }

    mutating func add(sql: String, isRebuild: Bool = false) { steps.append(Step(sql: sql, isRebuild: isRebuild)) }

    /// The last step's rows are the result.
    mutating func setResult(_ columns: [QueryColumn]) {
        resultStep = steps.count - 1
        self.columns = columns.map { ResultColumn($0) }
    }
}

/// A writing statement, lowered.
struct LoweredWrite {
    var node: StatementNode
    var returning: [QueryColumn]?
}
