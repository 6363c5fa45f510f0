import Engine
import PageStore
import SQLDialect

/// Statements that write: under the branch's writer slot, bound again if the schema moved before it was had, and all or nothing.
extension SessionCore {
    func write(
        _ statement: ParsedStatement, _ planned: PlanCache.Plan, source: String, values: [Value], limits: RunLimits
    ) throws(BranchLiteError) -> QueryResult {
        if limits.isReadOnly || transaction?.isReadOnly == true {
            throw BranchLiteError(
                "BL_READ_ONLY", "\(planned.lowered.tag) writes, and this \(isReadOnly ? "session" : transaction?.isReadOnly == true ? "transaction" : "query") only reads",
                details: ["statement": .string(planned.lowered.tag)])
        }
        if let key = planned.lowered.writesBranch {
            let target = try context.id(key)
            if target != branch { return try writeElsewhere(target, statement, source: source, values: values, limits: limits) }
        }
        let connection = try connection(to: branch)
        connection.commitOrigin = origin(planned.lowered, statement, source)
        if let open = transaction {
            if !open.isUsed, connection.transaction.isolation == .sqliteDeferred {
                // The first statement writes: it waits for its turn before it reads, so that it cannot find itself stale.
                try mapEngine { () throws(EngineError) in try connection.acquireWriter() }
            }
            transaction?.isUsed = true
            return try writeInTransaction(open, statement, planned, source: source, connection, values: values, limits: limits)
        }
        let record = try context.registry.living(branch).record
        // Rows that go to a receiver as they are made may fail on their way, when the change has been made: it must be undone then.
        let isSilent = planned.lowered.resultStep == nil || receiver == nil
        if isSilent, planned.lowered.steps.count == 1, record.mode == .snapshot, record.status == .active, !planned.lowered.steps[0].isRebuild,
            try numberedTable(planned.lowered, of: branch) == nil
        {
            return try writeAtOnce(statement, planned, source: source, connection, values: values, limits: limits)
        }
        return try writeInOwnTransaction(record, statement, source: source, connection, values: values, limits: limits)
    }

    /// One step on a snapshot branch: SQLite's own autocommit is atomic enough.
    private func writeAtOnce(
        _ statement: ParsedStatement, _ planned: PlanCache.Plan, source: String, _ connection: Connection, values: [Value], limits: RunLimits
    ) throws(BranchLiteError) -> QueryResult {
        try mapEngine { () throws(EngineError) in try connection.acquireWriter() }
        defer { connection.releaseWriter() }
        // Nobody else can change this branch's schema now; what the statement was bound to may have changed before.
        let plan = stands(planned) ? planned : try self.plan(statement, source: source, connection)
        guard plan.lowered.steps.count == 1, plan.lowered.materializes.isEmpty else {
            connection.releaseWriter()
            return try writeInOwnTransaction(
                try context.registry.living(branch).record, statement, source: source, connection, values: values, limits: limits)
        }
        try attach(plan.lowered.attachments, to: connection)
        let outcome = try runSteps(plan.lowered, on: connection, values: values, maxRows: limits.maxRows)
        touch(branch)
        return result(plan.lowered, outcome)
    }

    /// Several steps, a live branch or a merged one: a transaction of the statement's own.
    private func writeInOwnTransaction(
        _ record: BranchRecord, _ statement: ParsedStatement, source: String, _ connection: Connection, values: [Value], limits: RunLimits
    ) throws(BranchLiteError) -> QueryResult {
        if record.mode == .live { try reroot(branch, connection) }
        try mapEngine { () throws(EngineError) in
            try connection.transaction.begin(.readCommitted)
        }
        transaction = OpenTransaction(branch: branch, isReadOnly: false)
        do throws(BranchLiteError) {
            try mapEngine { () throws(EngineError) in try connection.transaction.prepareToWrite() }
            let result = try runWriting(statement, source: source, on: branch, connection, values: values, limits: limits)
            try commitTransaction()
            return result
        } catch {
            abandonTransaction()
            throw error
        }
    }

    /// Inside the user's transaction: a statement of several steps gets a savepoint, so that it fails as a whole.
    private func writeInTransaction(
        _ open: OpenTransaction, _ statement: ParsedStatement, _ planned: PlanCache.Plan, source: String, _ connection: Connection, values: [Value], limits: RunLimits
    ) throws(BranchLiteError) -> QueryResult {
        let record = try effectiveRecord()
        if record.mode == .snapshot, planned.lowered.isOneDataStep, try numberedTable(planned.lowered, of: branch) == nil {
            try mapEngine { () throws(EngineError) in try connection.transaction.prepareToWrite() }
            let plan = stands(planned) ? planned : try self.plan(statement, source: source, connection)
            // SQLite itself undoes a single statement that fails.
            if plan.lowered.isOneDataStep {
                try attach(plan.lowered.attachments, to: connection)
                return result(plan.lowered, try runSteps(plan.lowered, on: connection, values: values, maxRows: limits.maxRows))
            }
        }
        if record.mode == .live, open.pendingOwned == nil, connection.transaction.isolation == .readCommitted,
            !connection.transaction.isWriting
        {
            try reroot(branch, connection)
        }
        try mapEngine { () throws(EngineError) in
            try connection.transaction.prepareToWrite()
            try connection.transaction.savepoint(SessionCore.statementSavepoint)
        }
        do throws(BranchLiteError) {
            let result = try runWriting(statement, source: source, on: branch, connection, values: values, limits: limits)
            try mapEngine { () throws(EngineError) in _ = try connection.transaction.release(SessionCore.statementSavepoint) }
            return result
        } catch {
            // SQLite may have rolled everything back already (a full disk); then there is no savepoint to return to.
            if connection.transaction.isOpen, !connection.transaction.isAborted {
                try? connection.transaction.rollback(to: SessionCore.statementSavepoint)
                _ = try? connection.transaction.release(SessionCore.statementSavepoint)
            }
            transaction?.pendingOwned = open.pendingOwned
            transaction?.pendingRefreshed = open.pendingRefreshed
            localSchema = nil
            throw error
        }
    }

    private static let statementSavepoint = "_bl_statement"

    /// With the writer slot of `target` held and a transaction open: makes tables of a live branch its own, then runs the steps.
    private func runWriting(
        _ statement: ParsedStatement, source: String, on target: BranchID, _ connection: Connection, values: [Value], limits: RunLimits
    ) throws(BranchLiteError) -> QueryResult {
        let plan = try readyToWrite(statement, source: source, on: target, connection)
        let isLive = try effectiveRecord(of: target).mode == .live
        let before: [String: String]? = isLive && plan.lowered.kind == .definition ? try physicalTables(connection) : nil
        let outcome = try numbering(plan.lowered, of: target, on: connection) { () throws(BranchLiteError) in
            try runSteps(plan.lowered, on: connection, values: values, maxRows: limits.maxRows)
        }
        if let before { try noteDefinitions(of: target, before: before, connection) }
        return result(plan.lowered, outcome)
    }

    /// Binds a statement under the writer slot: what it writes is the branch's own then, and what it reads is attached.
    func readyToWrite(_ statement: ParsedStatement, source: String, on target: BranchID, _ connection: Connection) throws(BranchLiteError) -> PlanCache.Plan {
        // Names mean what they mean on the session's branch, whichever one is written.
        let home = target == branch ? connection : try self.connection(to: branch)
        var plan = try self.plan(statement, source: source, home)
        let isLive = try effectiveRecord(of: target).mode == .live
        if isLive {
            if plan.lowered.kind == .definition {
                try clearLeftovers(of: target, making: plan.lowered.makes, connection)
                plan = try self.plan(statement, source: source, home)
            }
            var rounds = 0
            while !plan.lowered.materializes.isEmpty {
                rounds += 1
                if rounds > SessionCore.materializeRounds {
                    throw BranchLiteError("BL_INTERNAL", "the tables of the statement could not be made the branch's own")
                }
                try materialize(plan.lowered.materializes, of: target, connection)
                plan = try self.plan(statement, source: source, home)
            }
            try refresh(plan.lowered.refreshes, of: target, connection)
        }
        try attach(plan.lowered.attachments, to: connection)
        return plan
    }

    private static let materializeRounds = 4

    /// From a session on main, a write that names a branch: in a transaction of the statement's own on that branch.
    private func writeElsewhere(
        _ target: BranchID, _ statement: ParsedStatement, source: String, values: [Value], limits: RunLimits
    ) throws(BranchLiteError) -> QueryResult {
        if transaction != nil {
            throw BranchLiteError(
                "BL_CROSS_BRANCH_WRITE", "a transaction on '\(branchName)' cannot write branch '\(context.registry.name(of: target))'",
                hint: "switch to that branch and write it in a transaction of its own",
                details: ["branch": .string(branchName), "target": .string(context.registry.name(of: target))])
        }
        let record = try context.registry.living(target).record
        let connection = try connection(to: target)
        arm(connection, limits)
        connection.commitOrigin = context.origin(origin, statement.range.text(in: source))
        if record.mode == .live { try reroot(target, connection) }
        try mapEngine { () throws(EngineError) in try connection.transaction.begin(.readCommitted) }
        transaction = OpenTransaction(branch: target, isReadOnly: false)
        do throws(BranchLiteError) {
            try mapEngine { () throws(EngineError) in try connection.transaction.prepareToWrite() }
            let result = try runWriting(statement, source: source, on: target, connection, values: values, limits: limits)
            try commitTransaction()
            return result
        } catch {
            abandonTransaction()
            throw error
        }
    }

    private func origin(_ lowered: LoweredStatement, _ statement: ParsedStatement, _ source: String) -> [UInt8] {
        context.origin(origin, statement.range.text(in: source))
    }
}

extension LoweredStatement {
    /// One INSERT, UPDATE or DELETE for SQLite, whose failure leaves nothing behind.
    fileprivate var isOneDataStep: Bool {
        guard steps.count == 1, materializes.isEmpty, refreshes.isEmpty, writesBranch == nil, !steps[0].isRebuild else { return false }
        return kind == .insert || kind == .update || kind == .delete
    }
}
