import Engine
import PageStore
import SQLDialect

/// COPY FROM: rows go one by one into an INSERT that is prepared once, all of them or none. Belongs to its session's thread.
public final class CopyInsertion {
    /// The types of the columns that are written, in order.
    public let types: [DuckType]
    public let columnNames: [String]
    private let core: SessionCore
    private let connection: Connection
    private let statement: PreparedStatement
    private let lowered: LoweredStatement
    private let system: [Int: SQLiteValue]
    private let ownsTransaction: Bool
    private var isActive = true
    public private(set) var rows = 0

    init(
        core: SessionCore, connection: Connection, statement: PreparedStatement, lowered: LoweredStatement, types: [DuckType], names: [String],
        system: [Int: SQLiteValue], ownsTransaction: Bool
    ) {
        self.core = core
        self.connection = connection
        self.statement = statement
        self.lowered = lowered
        self.types = types
        columnNames = names
        self.system = system
        self.ownsTransaction = ownsTransaction
    }

    /// Inserts one row, whose values `bind` binds: each column's at its position from 1, in the storage form of its type.
    @inline(__always)
    public func insert(_ bind: (PreparedStatement) throws(EngineError) -> Void) throws(BranchLiteError) {
        do throws(EngineError) {
            try bind(statement)
            if !system.isEmpty { for (position, value) in system { try statement.bind(value, at: position) } }
            try statement.run()
            // Bound again for the next row, it must not stand at the end of this one's run.
            statement.reset()
            rows &+= 1
        } catch {
            throw BranchLiteError(error)
        }
    }

    /// Commits, unless a transaction was open already.
    /// - Returns: how many rows came in.
    public func finish() throws(BranchLiteError) -> Int {
        guard isActive else { return rows }
        isActive = false
        statement.finish()
        defer { core.finishRequest() }
        do throws(BranchLiteError) {
            if ownsTransaction {
                try core.commitTransaction()
            } else {
                try mapEngine { () throws(EngineError) in _ = try connection.transaction.release(CopyInsertion.savepoint) }
            }
        } catch {
            if ownsTransaction { core.abandonTransaction() }
            throw error
        }
        return rows
    }

    /// Undoes all of it.
    public func abort() {
        guard isActive else { return }
        isActive = false
        statement.finish()
        if ownsTransaction {
            core.abandonTransaction()
        } else if connection.transaction.isOpen, !connection.transaction.isAborted {
            try? connection.transaction.rollback(to: CopyInsertion.savepoint)
            _ = try? connection.transaction.release(CopyInsertion.savepoint)
        }
        core.finishRequest()
    }

    static let savepoint = "_bl_copy"
}

extension StatementSession {
    /// Begins a COPY … FROM STDIN.
    /// - Throws: what is wrong with the table or its columns, `BL_READ_ONLY`.
    public func beginCopy(_ text: StatementText) throws(BranchLiteError) -> CopyInsertion {
        try core.requireOpen()
        do throws(BranchLiteError) {
            return try core.beginCopy(text)
        } catch {
            core.finishRequest()
            throw error
        }
    }

    /// Runs the query of a COPY … TO STDOUT into `receiver`.
    /// - Returns: nothing; the receiver has counted the rows.
    public func copyOut(_ text: StatementText, into receiver: any RowReceiver) throws(BranchLiteError) {
        try core.requireOpen()
        core.receiver = receiver
        defer { core.finishRequest() }
        try core.copyOut(text, into: receiver)
    }
}

extension SessionCore {
    func beginCopy(_ text: StatementText) throws(BranchLiteError) -> CopyInsertion {
        guard case .copy(let copy) = text.node, case .table(let name, let given) = copy.source else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "COPY FROM needs a table")
        }
        try requireLiving()
        let limits = doorLimits()
        let ownsTransaction = transaction == nil
        if ownsTransaction, try effectiveRecord().mode == .live {
            try reroot(branch, try connection(to: branch))
        }
        if ownsTransaction { try begin(nil, TransactionTraits(isolation: .readCommitted), limits) }
        do throws(BranchLiteError) {
            if limits.isReadOnly || transaction?.isReadOnly == true { throw BranchLiteError("BL_READ_ONLY", "COPY FROM writes, and this \(isReadOnly ? "session" : "transaction") only reads") }
            guard let open = transaction, let connection = held[open.branch] else { throw BranchLiteError("BL_INTERNAL", "COPY has no connection") }
            arm(connection, limits)
            connection.commitOrigin = context.origin(origin, text.text)
            // Bound first without types, to learn them from the table.
            let lowered = try plan(text.statement, source: text.source, connection).lowered
            let types = lowered.parameters.map { $0.type ?? .varchar }
            parameterTypes = types
            try mapEngine { () throws(EngineError) in try connection.transaction.prepareToWrite() }
            let plan = try readyToWrite(text.statement, source: text.source, on: branch, connection)
            guard plan.lowered.writesBranch == nil, plan.lowered.steps.count == 1 else {
                throw BranchLiteError("BL_UNSUPPORTED", "COPY into '\(name.name.text)' is not supported: it is no table of this branch", hint: "switch to its branch first")
            }
            let system = try systemValues(plan.lowered)
            let sql = plan.lowered.steps[0].sql
            let names = given.isEmpty ? plan.lowered.parameters.map { $0.name ?? "" } : given.map(\.text)
            return try mapEngine { () throws(EngineError) in
                if !ownsTransaction { try connection.transaction.savepoint(CopyInsertion.savepoint) }
                return CopyInsertion(
                    core: self, connection: connection, statement: try connection.cachedStatement(sql), lowered: plan.lowered, types: types, names: names,
                    system: system, ownsTransaction: ownsTransaction)
            }
        } catch {
            if ownsTransaction { abandonTransaction() }
            throw error
        }
    }

    func copyOut(_ text: StatementText, into receiver: any RowReceiver) throws(BranchLiteError) {
        try requireLiving()
        let connection = try connection(to: branch)
        arm(connection, doorLimits())
        for _ in 0..<SessionCore.copyAttempts {
            var plan = try plan(text.statement, source: text.source, connection)
            plan.lowered.command = nil
            if try stream(plan, on: connection, values: [], into: receiver) != nil { return }
        }
        throw BranchLiteError("BL_SCHEMA_CHANGED", "the schema kept changing while the statement ran", hint: "run it again")
    }

    private static let copyAttempts = 8
}
