import Engine
import PageStore
import SQLDialect

/// Runs one query on one pinned version, again and again. On a thread of its own, as a session is, and counted as a session of
/// its branch until it is closed.
actor ShadowRunner {
    private let context: StoreContext
    private let thread: EngineThread
    private let signal: SessionSignal
    private let point: StoreContext.Point
    private let dialect: Dialect
    private let values: [Value]
    private let deadline: ContinuousClock.Instant?
    private var core: SessionCore?
    private var connection: Connection?
    private var lowered: LoweredStatement?
    /// The versions that `AT (…)` in the query means.
    private var moments: [Attachment: Snapshot] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(
        _ context: StoreContext, _ point: StoreContext.Point, dialect: Dialect, values: [Value], deadline: ContinuousClock.Instant?
    ) throws(BranchLiteError) {
        self.context = context
        self.point = point
        self.dialect = dialect
        self.values = values
        self.deadline = deadline
        thread = EngineThread()
        signal = SessionSignal(registry: context.registry, table: context.sessions)
        try signal.move(to: point.id)
    }

    /// One run's rows.
    struct Answer: Sendable {
        var columns: [ResultColumn]
        var rows: [[Value]]
        var elapsedMS: Double
    }

    /// Rows that one branch may answer; beyond it the comparison would need too much memory.
    static let maximumRows = 1_000_000

    /// Binds the query to the version. Returns the branches it reads besides.
    func prepare(_ text: String, at snapshot: Snapshot) throws(BranchLiteError) -> Set<BranchID> {
        lowered = nil
        let dialect = dialect
        let statements = try mapSQL { () throws(SQLError) in try Parser.parse(text, dialect: dialect) }
        guard let statement = statements.first, statements.count == 1 else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "a shadow query is one statement, not \(statements.count)", details: ["argument": "sql"])
        }
        let core: SessionCore
        if let known = self.core {
            core = known
        } else {
            let options = SessionOptions(branch: point.name, dialect: dialect, readOnly: true, origin: "shadow")
            core = SessionCore(context: context, options: options, signal: signal, branch: point.id)
            self.core = core
        }
        let catalog = SessionCatalog(
            context: context, branch: point.id, record: point.entry.record, localSchema: try context.schemas.schema(at: snapshot), temporarySchema: nil,
            connectionName: nil, evaluator: core.evaluator(values))
        let settings = core.loweringSettings
        // What `AT (…)` says may have to be asked from SQLite, on a connection that is not needed afterwards.
        let held = core.held[point.id]
        defer {
            if let extra = core.held[point.id], extra !== held {
                core.held[point.id] = held
                context.engine.checkin(extra)
            }
        }
        let bound = try mapSQL { () throws(SQLError) in try Lowering.lower(statement, source: text, catalog: catalog, settings: settings) }
        guard bound.isReadOnly, bound.materializes.isEmpty, bound.command == nil, bound.resultStep != nil else {
            throw BranchLiteError("BL_READ_ONLY", "a shadow query only reads; \(bound.tag) does not", hint: "run it on a branch of its own", details: ["argument": "sql"])
        }
        lowered = bound
        moments = catalog.moments
        return Set(bound.attachments.filter { $0.moment == nil }.compactMap { BranchID(hex: $0.branch.hex) })
    }

    /// Opens the version, with the other branches the query reads as of the same moment.
    func open(_ snapshot: Snapshot, _ others: [BranchID: Snapshot]) throws(BranchLiteError) {
        guard let core, let lowered else { return }
        let context = context
        let connection = try mapEngine { () throws(EngineError) in try context.engine.checkout(.pinned(snapshot), readOnly: true) }
        self.connection = connection
        core.held[point.id] = connection
        var wanted: [(alias: String, target: BranchTarget)] = []
        for attachment in lowered.attachments {
            let id = try context.id(attachment.branch)
            if let pinned = moments[attachment] {
                wanted.append((attachment.alias, .pinned(pinned)))
            } else if let pinned = others[id] {
                wanted.append((attachment.alias, .pinned(pinned)))
            } else {
                wanted.append((attachment.alias, .head(id)))
            }
        }
        let all = wanted
        if !all.isEmpty { try mapEngine { () throws(EngineError) in try connection.ensureAttached(all) } }
    }

    func run() throws(BranchLiteError) -> Answer {
        guard let core, let connection, let lowered else { throw BranchLiteError("BL_CLOSED", "the shadow query is not open") }
        try arm(connection)
        defer { signal.running(on: nil) }
        let started = ContinuousClock.now
        let outcome = try core.runSteps(lowered, on: connection, values: values, maxRows: ShadowRunner.maximumRows)
        let elapsed = (ContinuousClock.now - started).milliseconds
        if outcome.truncated {
            throw BranchLiteError(
                "BL_RESULT_TOO_LARGE", "'\(point.name)' answers with more than \(ShadowRunner.maximumRows) rows", hint: "add a LIMIT or aggregate")
        }
        return Answer(columns: outcome.columns, rows: outcome.rows, elapsedMS: elapsed)
    }

    /// What SQLite does for the query: a line a step, indented below the step it is part of.
    func plan() throws(BranchLiteError) -> [String] {
        guard let connection, let lowered, let step = lowered.resultStep else { return [] }
        try arm(connection)
        defer { signal.running(on: nil) }
        let sql = "EXPLAIN QUERY PLAN \(lowered.steps[step].sql)"
        let rows = try mapEngine { () throws(EngineError) in
            let statement = try connection.prepare(sql)
            var rows: [[SQLiteValue]] = []
            while try statement.step() { rows.append(statement.row) }
            return rows
        }
        var depths: [Int64: Int] = [:]
        return rows.compactMap { row in
            guard row.count >= 4, case .integer(let id) = row[0], case .integer(let parent) = row[1], case .text(let detail) = row[3] else { return nil }
            let depth = depths[parent].map { $0 + 1 } ?? 0
            depths[id] = depth
            return String(repeating: "  ", count: depth) + detail
        }
    }

    private func arm(_ connection: Connection) throws(BranchLiteError) {
        let remaining = deadline.map { $0 - ContinuousClock.now }
        if let remaining, remaining <= .zero { throw BranchLiteError("BL_TIMEOUT", "the shadow query ran into its time limit") }
        connection.setTimeout(remaining)
        signal.running(on: connection.interruptHandle)
    }

    nonisolated func cancel() { signal.cancel() }

    func close() {
        connection = nil
        lowered = nil
        // Gives the connection back and ends the count.
        if let core { core.close() } else { signal.leave() }
        core = nil
    }
}
