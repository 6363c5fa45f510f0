import Engine
import PageStore
import SQLDialect

/// Rows that go to a receiver as SQLite makes them.
extension SessionCore {
    /// The form in which a parameter is bound: the storage form where the binder was told its type.
    func bound(_ value: TypedValue, at position: Int) -> SQLiteValue {
        position <= parameterTypes.count ? value.stored : value.plainForm
    }

    func bindAll(_ values: [TypedValue], system: [Int: SQLiteValue], to statement: PreparedStatement) throws(EngineError) {
        let count = statement.parameterCount
        guard count > 0 else { return }
        for position in 1...count {
            if position <= values.count {
                try statement.bind(bound(values[position - 1], at: position), at: position)
            } else if let value = system[position] {
                try statement.bind(value, at: position)
            }
        }
    }

    /// Runs a reading statement of one step into the receiver. Nil, with nothing handed on, when the schema moved before the
    /// statement had pinned its moment.
    func stream(
        _ plan: PlanCache.Plan, on connection: Connection, values: [TypedValue], into receiver: any RowReceiver
    ) throws(BranchLiteError) -> QueryResult? {
        let lowered = plan.lowered
        try checkParameters(lowered, values)
        try attach(lowered.attachments, to: connection)
        transaction?.isUsed = true
        let system = try systemValues(lowered)
        let sql = lowered.steps[0].sql
        let done = try mapEngine { () throws(EngineError) -> Bool in
            let statement = try connection.cachedStatement(sql)
            defer { statement.finish() }
            try bindAll(values, system: system, to: statement)
            // The first step pins what is read: what the statement was bound to must still stand then.
            let hasRow = try statement.step()
            guard stands(plan) else { return false }
            try receiver.begin(SessionCore.columns(of: plan, statement))
            _ = try receiver.take(statement, hasRow: hasRow)
            return true
        }
        guard done else { return nil }
        touch(branch)
        return streamed(lowered, affected: 0)
    }

    /// The answer whose rows the receiver has had.
    func streamed(_ lowered: LoweredStatement, affected: Int) -> QueryResult {
        var result = QueryResult(columns: SessionCore.streamedColumns, values: [], rowsAffected: affected, branch: branchName, command: lowered.tag)
        result.isStreamed = true
        result.notices = lowered.notices
        return result
    }

    private static let streamedColumns = [ResultColumn(name: "", type: "VARCHAR")]

    /// The columns of a plan's result, made once where they do not hang on what SQLite says.
    private static func columns(of plan: PlanCache.Plan, _ statement: PreparedStatement) -> [PortalColumn] {
        if let known = plan.shape.columns { return known }
        let columns = portalColumns(plan.lowered, statement)
        if plan.lowered.columns != nil { plan.shape.columns = columns }
        return columns
    }

    /// Names and types of the result: as bound, or as SQLite names them, typed by their declared types.
    static func portalColumns(_ lowered: LoweredStatement, _ statement: PreparedStatement) -> [PortalColumn] {
        if let bound = lowered.columns {
            return PortalColumn.all(bound, of: lowered)
        }
        return (0..<statement.columnCount).map { index in
            PortalColumn(
                name: statement.columnName(index),
                type: statement.declaredType(index).map { ColumnInfo.interpret(declaredType: $0).type } ?? .dynamic)
        }
    }

    // MARK: - Description

    func describe(_ text: StatementText, types: [DuckType?]) throws(BranchLiteError) -> StatementDescription {
        // What the session does by itself takes no parameters.
        switch text.node {
        case .transaction, .use, .createSchema, .discard, .deallocate, .prepare: return StatementDescription(parameters: [], columns: nil)
        case .branch(let command): return StatementDescription(parameters: [], columns: CommandColumns.columns(of: command))
        default: break
        }
        try requireLiving()
        let connection = try connection(to: branch)
        parameterTypes = types
        defer { parameterTypes = [] }
        var found = try plan(text.statement, source: text.source, connection)
        var lowered = found.lowered
        let resolved: [DuckType] = lowered.parameters.enumerated().map { index, parameter in
            (index < types.count ? types[index] : nil) ?? parameter.type ?? .varchar
        }
        if !resolved.isEmpty, resolved.map(Optional.some) != types {
            // Bound again with all types known: the result's types may hang on them.
            parameterTypes = resolved
            found = try plan(text.statement, source: text.source, connection)
            lowered = found.lowered
        }
        if let command = lowered.command {
            return StatementDescription(parameters: resolved, columns: try columns(of: command, lowered))
        }
        guard lowered.resultStep != nil || lowered.columns != nil else { return StatementDescription(parameters: resolved, columns: nil) }
        if let columns = lowered.columns {
            let made = found.shape.columns ?? PortalColumn.all(columns, of: lowered)
            found.shape.columns = made
            var description = StatementDescription(parameters: resolved, columns: made)
            description.readsCatalogue = lowered.readsCatalogue
            return description
        }
        guard let step = lowered.resultStep, step < lowered.steps.count else { return StatementDescription(parameters: resolved, columns: nil) }
        try attach(lowered.attachments, to: connection)
        let sql = lowered.steps[step].sql
        let columns = try mapEngine { () throws(EngineError) in
            let statement = try connection.cachedStatement(sql)
            defer { statement.finish() }
            return SessionCore.portalColumns(lowered, statement)
        }
        return StatementDescription(parameters: resolved, columns: columns)
    }

    private func columns(of command: SessionCommand, _ lowered: LoweredStatement) throws(BranchLiteError) -> [PortalColumn]? {
        switch command {
        case .show(let name):
            let names = name.map { [$0.lowercased()] } ?? ["name", "setting"]
            return names.map { PortalColumn(name: $0, type: .varchar) }
        case .branch(let statement): return CommandColumns.columns(of: statement)
        case .branchFunction(let operation, _): return CommandColumns.columns(of: operation)
        case .execute(let name, _):
            guard let (statement, source) = prepared[foldedASCII(name)] else { throw noSuchPrepared(name) }
            return try describe(StatementText(statement: statement, source: source), types: []).columns
        case .pragma(let name, _, let arguments):
            switch name.lowercased() {
            case "database_list": return ["seq", "name", "file"].map { PortalColumn(name: $0, type: .varchar) }
            case "journal_mode": return [PortalColumn(name: "journal_mode", type: .varchar)]
            case "foreign_keys" where arguments.isEmpty: return [PortalColumn(name: "foreign_keys", type: .varchar)]
            default: return nil
            }
        default: return nil
        }
    }
}
