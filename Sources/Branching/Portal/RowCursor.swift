import Engine
import PageStore
import SQLDialect

/// A suspended portal: a reading statement on a connection of its own, pinned to one version of its branch, so that it neither
/// sees nor holds up what its session does meanwhile. Belongs to its session's thread.
public final class RowCursor {
    public let columns: [PortalColumn]
    private let engine: Engine
    private var connection: Connection?
    private var statement: PreparedStatement?
    private var hasRow: Bool
    /// All rows have been fetched.
    public private(set) var isAtEnd = false

    init(engine: Engine, connection: Connection, statement: PreparedStatement, columns: [PortalColumn], hasRow: Bool) {
        self.engine = engine
        self.connection = connection
        self.statement = statement
        self.columns = columns
        self.hasRow = hasRow
        isAtEnd = !hasRow
    }

    /// Gives rows to `receiver` until it has enough or there are no more.
    /// - Parameter session: whose limits and cancellation apply.
    public func fetch(into receiver: any RowReceiver, session: StatementSession) throws(BranchLiteError) {
        guard !isAtEnd else { return }
        let failure = advance(receiver, session)
        // Nobody may hold the statement any more when its connection closes.
        if failure != nil || isAtEnd { close() }
        if let failure { throw BranchLiteError(failure) }
    }

    private func advance(_ receiver: any RowReceiver, _ session: StatementSession) -> EngineError? {
        guard let statement, let connection else { return nil }
        session.core.arm(connection, session.core.doorLimits())
        defer { session.core.signal.running(on: nil) }
        do throws(EngineError) {
            // A receiver that stopped has taken the row that the statement stood on.
            if !hasRow { hasRow = try statement.step() }
            if hasRow { isAtEnd = try receiver.take(statement, hasRow: true) } else { isAtEnd = true }
            hasRow = false
            return nil
        } catch {
            return error
        }
    }

    public func close() {
        statement?.finish()
        statement = nil
        if let connection { engine.checkin(connection) }
        connection = nil
    }

    deinit { close() }
}

extension SessionCore {
    /// Nil when the statement is not one step that only reads, or when it reads what only the session sees: temporary tables, its own
    /// changes, several branches at one moment, the catalogue, whose rows are the session's.
    func openCursor(_ text: StatementText, values: [TypedValue]) throws(BranchLiteError) -> RowCursor? {
        try requireLiving()
        let home = try connection(to: branch)
        if home.isTainted { return nil }
        if let open = transaction, let held = held[open.branch], held.transaction.isWriting || held.transaction.isAborted { return nil }
        parameterValues = values
        for _ in 0..<SessionCore.cursorAttempts {
            let plan = try plan(text.statement, source: text.source, home)
            let lowered = plan.lowered
            guard lowered.command == nil, lowered.isReadOnly, !lowered.usesAdvisoryLocks, !lowered.readsCatalogue, lowered.materializes.isEmpty,
                lowered.attachments.isEmpty, lowered.steps.count == 1
            else { return nil }
            try checkParameters(lowered, values)
            let branch = branch
            let pins = transaction != nil && home.transaction.isolation == .repeatableRead
            transaction?.isUsed = true
            let snapshot: Snapshot = pins
                ? try mapEngine { () throws(EngineError) in
                    // A cursor may be what the transaction begins with.
                    try home.transaction.pinMoment()
                    return try home.transaction.snapshotAtMoment(of: branch)
                }
                : try mapStore { () throws(StoreError) in try context.store.snapshot(of: branch) }
            guard stands(plan) else { continue }
            let system = try systemValues(lowered)
            let connection = try mapEngine { () throws(EngineError) in try context.engine.checkout(.pinned(snapshot), readOnly: true) }
            arm(connection, doorLimits())
            var opened = false
            defer { if !opened { context.engine.checkin(connection) } }
            let cursor = try mapEngine { () throws(EngineError) in
                let statement = try connection.cachedStatement(lowered.steps[0].sql)
                try bindAll(values, system: system, to: statement)
                let hasRow: Bool
                do throws(EngineError) {
                    hasRow = try statement.step()
                } catch {
                    statement.finish()
                    throw error
                }
                return RowCursor(
                    engine: context.engine, connection: connection, statement: statement, columns: SessionCore.portalColumns(lowered, statement), hasRow: hasRow)
            }
            opened = true
            if cursor.isAtEnd { cursor.close() }
            touch(branch)
            return cursor
        }
        return nil
    }

    /// Times a cursor is bound again because the schema moved.
    private static let cursorAttempts = 4
}
