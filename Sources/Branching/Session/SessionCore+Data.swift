import Engine
import PageStore
import SQLDialect

/// Statements that read or write data or schema.
extension SessionCore {
    /// Times a reading statement is run again because a schema changed while it ran.
    private static let schemaRetries = 8

    func runData(_ statement: ParsedStatement, source: String, values: [Value], limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        try requireLiving()
        let connection = try connection(to: branch)
        arm(connection, limits)
        parameterValues = values
        var attempt = 0
        while true {
            let plan = try plan(statement, source: source, connection)
            let lowered = plan.lowered
            if lowered.advancesSequences, limits.isReadOnly || transaction?.isReadOnly == true {
                throw BranchLiteError("BL_READ_ONLY", "nextval and setval change a sequence, and this \(isReadOnly ? "session" : transaction?.isReadOnly == true ? "transaction" : "query") only reads")
            }
            if let command = lowered.command { return try run(command, lowered, source: source, values: values, limits: limits) }
            let locks = lowered.usesAdvisoryLocks ? locksMark : nil
            if !lowered.isReadOnly || !lowered.materializes.isEmpty {
                return try write(statement, plan, source: source, values: values, limits: limits)
            }
            do throws(BranchLiteError) {
                if let receiver, lowered.steps.count == 1, lowered.resultStep == 0 {
                    if let result = try stream(plan, on: connection, values: values, into: receiver) { return result }
                } else {
                    let result = try read(lowered, on: connection, values: values, limits: limits)
                    if stands(plan) { return result }
                }
            } catch {
                // A table that went between binding and running gives an error of SQLite's; bound anew it gets a better one.
                if stands(plan) || attempt >= SessionCore.schemaRetries { throw error }
            }
            attempt += 1
            if lowered.usesAdvisoryLocks { giveBackLocks(to: locks) }
            if attempt > SessionCore.schemaRetries {
                throw BranchLiteError("BL_SCHEMA_CHANGED", "the schema kept changing while the statement ran", hint: "run it again")
            }
        }
    }

    /// The branch must be there still; if not, its transaction ends too.
    func requireLiving() throws(BranchLiteError) {
        // Names change when a branch goes.
        let epoch = context.registry.namesEpoch
        if let known = knownLiving, known.branch == branch, known.epoch == epoch { return }
        do throws(BranchLiteError) {
            _ = try context.registry.living(branch)
            knownLiving = (branch, epoch)
        } catch {
            abandonTransaction()
            throw error
        }
    }

    // MARK: - Plans

    /// The lowered statement, from the cache while what it was bound to stands.
    func plan(_ statement: ParsedStatement, source: String, _ connection: Connection) throws(BranchLiteError) -> PlanCache.Plan {
        let key = PlanCache.Key(
            text: ExactText(source), index: statement.range.start, branch: branch, dialect: dialect, parameterTypes: parameterTypes)
        let local = try currentLocalSchema(connection)
        let temporary = try temporarySchema(connection)
        if local == nil, temporary == nil, let known = plans[key] {
            if stands(known) { return known }
            plans.remove(key)
        }
        let catalog = SessionCatalog(
            context: context, branch: branch, record: try effectiveRecord(), localSchema: local, temporarySchema: temporary,
            connectionName: connectionName, evaluator: evaluator(parameterValues), written: try writtenElsewhere(),
            settingReader: { [self] in settingText($0) })
        let epoch = context.registry.namesEpoch
        let settings = loweringSettings
        let lowered: LoweredStatement
        do throws(SQLError) {
            lowered = try Lowering.lower(statement, source: source, catalog: catalog, settings: settings)
        } catch {
            // A name that means nothing now may be that of a branch in the trash.
            for name in catalog.missedNames {
                if let gone = context.registry.trashed(name) { throw Registry.gone(gone.record.name, undrop: true) }
            }
            throw BranchLiteError(error)
        }
        moments.merge(catalog.moments) { $1 }
        let plan = PlanCache.Plan(lowered: lowered, dependencies: catalog.dependencies, namesEpoch: epoch)
        if lowered.isCacheable, local == nil, temporary == nil, !catalog.dependencies.isTransient { plans.keep(plan, for: key) }
        return plan
    }

    /// Gives the value of an expression that names no table, with the statement's parameters, as the session's branch has it.
    func evaluator(_ values: [Value]) -> SessionCatalog.Evaluator {
        { [unowned self] (expression: String) throws(BranchLiteError) -> Constant? in
            let connection = try self.connection(to: self.branch)
            let value = try mapEngine { () throws(EngineError) -> SQLiteValue in
                let statement = try connection.cachedStatement("SELECT " + expression)
                defer { statement.finish() }
                for position in 0..<min(statement.parameterCount, values.count) { try statement.bind(bound(values[position], at: position + 1), at: position + 1) }
                return try statement.step() ? statement.value(0) : .null
            }
            switch value {
            case .null: return .null
            case .integer(let number): return .integer(number)
            case .real(let number): return .double(number)
            case .text, .malformedText: return .text(value.repairedText ?? "")
            case .blob(let bytes): return .blob(bytes)
            }
        }
    }

    var loweringSettings: LoweringSettings {
        var lowering = LoweringSettings(dialect: dialect)
        lowering.globalIDs = context.configuration.globalIDs
        lowering.parameterTypes = parameterTypes
        if let connectionName { lowering.databaseName = connectionName }
        if let user = settings["user"] { lowering.userName = user }
        return lowering
    }

    /// The record of the session's branch with the open transaction's changes to it.
    func effectiveRecord() throws(BranchLiteError) -> BranchRecord { try effectiveRecord(of: branch) }

    func effectiveRecord(of branch: BranchID) throws(BranchLiteError) -> BranchRecord {
        var record = try context.registry.living(branch).record
        if let transaction, transaction.branch == branch {
            if let owned = transaction.pendingOwned { record.owned = owned }
            if let refreshed = transaction.pendingRefreshed { record.refreshed = refreshed }
        }
        return record
    }

    /// The branch that a session on main is writing, as the open transaction has it.
    private func writtenElsewhere() throws(BranchLiteError) -> SessionCatalog.Written? {
        guard let transaction, transaction.branch != branch, let connection = held[transaction.branch] else { return nil }
        return SessionCatalog.Written(
            branch: transaction.branch, record: try effectiveRecord(of: transaction.branch), schema: try SchemaCache.schema(on: connection))
    }

    /// True while every schema and name the plan was bound to is as it was.
    func stands(_ plan: PlanCache.Plan) -> Bool {
        // Other branches come and go without changing what these names mean.
        if plan.namesEpoch != context.registry.namesEpoch, !context.stand(plan.dependencies) { return false }
        for (id, stamp) in plan.dependencies.stamps {
            guard currentStamp(of: id) == stamp else { return false }
        }
        return true
    }

    /// The stamp of a branch's schema as it is now; nil for a branch that is gone. What was seen of a head is remembered, so that
    /// sessions that read one branch do not wait for each other over it.
    private func currentStamp(of id: BranchID) -> SchemaStamp? {
        guard let now = context.store.branch(id) else { return nil }
        if let seen = seenHeads[id], seen.head == now.head, seen.stamp.generation == now.generation { return seen.stamp }
        guard let entry = try? context.schemas.current(of: id) else { return nil }
        if seenHeads.count >= SessionCore.seenHeadsCapacity { seenHeads.removeAll(keepingCapacity: true) }
        seenHeads[id] = (entry.head, entry.stamp)
        return entry.stamp
    }

    private static let seenHeadsCapacity = 64

    /// The schema of the session's branch where it can differ from the branch's head: inside a transaction that has written
    /// or that is pinned to a moment. Nil otherwise.
    private func currentLocalSchema(_ connection: Connection) throws(BranchLiteError) -> BranchSchema? {
        guard let transaction, transaction.branch == branch, connection.transaction.isOpen else {
            localSchema = nil
            return nil
        }
        if connection.transaction.isolation == .readCommitted, !connection.transaction.isWriting { return nil }
        // Nothing has been read yet: asking SQLite would pin the moment before the statement itself does.
        if !transaction.isUsed, !connection.transaction.isWriting { return nil }
        let cookie = try integer("PRAGMA main.schema_version", connection)
        if let localSchema, localSchema.branch == branch, localSchema.cookie == cookie { return localSchema.schema }
        // A transaction that writes holds the slot: the head is what it began from, and while the cookie is the head's, so is the
        // schema, with the plans that are kept for it.
        if connection.transaction.isWriting, cookie == Int64(try context.schemas.current(of: branch).stamp.cookie) {
            localSchema = nil
            return nil
        }
        let schema = try SchemaCache.schema(on: connection)
        localSchema = (cookie, branch, schema)
        return schema
    }

    private func temporarySchema(_ connection: Connection) throws(BranchLiteError) -> BranchSchema? {
        guard connection.isTainted else { return nil }
        let cookie = try integer("PRAGMA temp.schema_version", connection)
        if let known = temporarySchemas[branch], known.cookie == cookie { return known.schema.rows.isEmpty ? nil : known.schema }
        let schema = try SchemaCache.schema(on: connection, database: "temp")
        temporarySchemas[branch] = (cookie, schema)
        return schema.rows.isEmpty ? nil : schema
    }

    private func integer(_ sql: String, _ connection: Connection) throws(BranchLiteError) -> Int64 {
        let rows = try mapEngine { () throws(EngineError) in try connection.query(sql) }
        if case .integer(let number)? = rows.first?.first { return number }
        return 0
    }

    // MARK: - Running

    private func read(_ lowered: LoweredStatement, on connection: Connection, values: [Value], limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        try attach(lowered.attachments, to: connection)
        transaction?.isUsed = true
        let outcome = try runSteps(lowered, on: connection, values: values, maxRows: limits.maxRows)
        touch(branch)
        return result(lowered, outcome)
    }

    func result(_ lowered: LoweredStatement, _ outcome: Outcome) -> QueryResult {
        if outcome.isStreamed { return streamed(lowered, affected: outcome.affected) }
        var result = QueryResult(
            columns: outcome.columns, values: outcome.rows, truncated: outcome.truncated, rowsAffected: outcome.affected, branch: branchName, command: lowered.tag)
        result.notices = lowered.notices
        return result
    }

    /// Attaches what the steps name besides the session's branch; the engine reads all of them at one moment.
    func attach(_ attachments: [Attachment], to connection: Connection) throws(BranchLiteError) {
        if attachments.isEmpty { return }
        var wanted: [(alias: String, target: BranchTarget)] = []
        for attachment in attachments {
            let id = try context.id(attachment.branch)
            if let pinned = moments[attachment] {
                wanted.append((attachment.alias, .pinned(pinned)))
            } else if let moment = attachment.moment {
                wanted.append((attachment.alias, .pinned(try context.snapshot(of: id, at: moment))))
            } else {
                wanted.append((attachment.alias, .head(id)))
            }
        }
        let all = wanted
        try mapEngine { () throws(EngineError) in try connection.ensureAttached(all) }
        for attachment in attachments {
            if let id = BranchID(hex: attachment.branch.hex) { context.registry.touch(id) }
        }
    }

    struct Outcome {
        var columns: [ResultColumn] = []
        var rows: [[Value]] = []
        var truncated = false
        /// The receiver has had the rows.
        var isStreamed = false
        var affected = 0
    }

    /// Runs the steps of a lowered statement in order.
    func runSteps(_ lowered: LoweredStatement, on connection: Connection, values: [Value], maxRows: Int?) throws(BranchLiteError) -> Outcome {
        try checkParameters(lowered, values)
        var outcome = Outcome()
        let system = try systemValues(lowered)
        for (index, step) in lowered.steps.enumerated() {
            let collects = lowered.resultStep == index
            let run = { () throws(BranchLiteError) in
                try self.run(step, lowered, on: connection, values: values, system: system, maxRows: collects ? maxRows : 0, collects: collects, into: &outcome)
            }
            if step.isRebuild {
                try withoutEnforcement(on: connection, run)
            } else {
                try run()
            }
        }
        if let made = lowered.temporaryTable { noteTemporary(made, on: branch) }
        if let table = lowered.numberedTable, outcome.affected > 0 {
            context.sequences.note(connection.lastInsertRowID, of: "ids/" + foldedASCII(table), session: SequenceValues.sessionKey(number, branch))
        }
        return outcome
    }

    /// Foreign keys and triggers rest while a table is rebuilt, as SQLite's documentation prescribes for it.
    private func withoutEnforcement(on connection: Connection, _ body: () throws(BranchLiteError) -> Void) throws(BranchLiteError) {
        var failure: BranchLiteError?
        try mapEngine { () throws(EngineError) in
            try connection.withoutEnforcement { () throws(EngineError) in
                do throws(BranchLiteError) { try body() } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    private func run(
        _ step: Step, _ lowered: LoweredStatement, on connection: Connection, values: [Value], system: [Int: SQLiteValue], maxRows: Int?,
        collects: Bool, into outcome: inout Outcome
    ) throws(BranchLiteError) {
        var truncated = false
        var isStreamed = false
        var rows: [[Value]] = []
        var columns: [ResultColumn] = []
        let affected = try mapEngine { () throws(EngineError) -> Int in
            let statement = try connection.cachedStatement(step.sql)
            defer { statement.finish() }
            try bindAll(values, system: system, to: statement)
            var types: [DuckType] = []
            if collects {
                (columns, types) = SessionCore.columns(lowered, statement)
            }
            let before = connection.totalChanges
            if collects, let receiver {
                // A receiver that was made for other columns says so before anything is written.
                try receiver.begin(SessionCore.portalColumns(lowered, statement))
                _ = try receiver.take(statement, hasRow: try statement.step())
                isStreamed = true
                return connection.totalChanges == before ? 0 : Int(connection.changes)
            }
            while try statement.step() {
                guard collects else { continue }
                if let maxRows, rows.count >= maxRows {
                    truncated = true
                    // A reading statement need not go on; a writing one must do all of its work.
                    if statement.isReadOnly { break }
                    continue
                }
                var row: [Value] = []
                row.reserveCapacity(types.count)
                for index in types.indices { row.append(Value(stored: statement.value(index), type: types[index])) }
                rows.append(row)
            }
            return connection.totalChanges == before ? 0 : Int(connection.changes)
        }
        if collects {
            outcome.columns = columns
            outcome.rows = rows
            outcome.truncated = truncated
            outcome.isStreamed = isStreamed
        }
        if step.countsRows { outcome.affected += affected }
    }

    /// Names and types of the result: as bound, or as SQLite names them, typed by their declared types.
    private static func columns(_ lowered: LoweredStatement, _ statement: PreparedStatement) -> ([ResultColumn], [DuckType]) {
        if let bound = lowered.columns {
            return (bound.map { ResultColumn(name: $0.name, type: $0.type.name) }, bound.map(\.type))
        }
        var columns: [ResultColumn] = []
        var types: [DuckType] = []
        for index in 0..<statement.columnCount {
            let type = statement.declaredType(index).map { ColumnInfo.interpret(declaredType: $0).type } ?? .dynamic
            columns.append(ResultColumn(name: statement.columnName(index), type: type.name))
            types.append(type)
        }
        return (columns, types)
    }

    func checkParameters(_ lowered: LoweredStatement, _ values: [Value]) throws(BranchLiteError) {
        if values.count != lowered.parameters.count {
            throw BranchLiteError(
                "BL_PARAMETERS",
                "the statement has \(lowered.parameters.count) parameter\(lowered.parameters.count == 1 ? "" : "s"), \(values.count) \(values.count == 1 ? "was" : "were") given")
        }
    }

    /// The number of the rows of a catalog table as the session's branch has them.
    func catalogRows(_ source: SystemSource) throws(BranchLiteError) -> Int64 {
        let connection = try connection(to: branch)
        let catalog = SessionCatalog(
            context: context, branch: branch, record: try effectiveRecord(), localSchema: try currentLocalSchema(connection),
            temporarySchema: try temporarySchema(connection), connectionName: connectionName, evaluator: evaluator(parameterValues),
            settingReader: { [self] in settingText($0) })
        let settings = loweringSettings
        return try mapSQL { () throws(SQLError) in
            try SystemCatalog.rows(for: source, catalog: catalog, settings: settings, cache: &catalogCache)?.number ?? 0
        }
    }

    func systemValues(_ lowered: LoweredStatement) throws(BranchLiteError) -> [Int: SQLiteValue] {
        if lowered.systemParameters.isEmpty { return [:] }
        var filled: [Int: SQLiteValue] = [:]
        for parameter in lowered.systemParameters { filled[parameter.index] = try systemValue(parameter.source) }
        return filled
    }
}
