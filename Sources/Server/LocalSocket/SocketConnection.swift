import Branching
import Logging

/// The owner's side of one connection: its sessions and running calls. What the peer leaves open when it goes is closed.
actor SocketConnection {
    private struct SessionSlot {
        let session: any BranchSession
        var tail: Task<Void, Never>?
    }

    private let service: any BranchService
    private let send: @Sendable ([UInt8]) -> Void
    private var sessions: [Int64: SessionSlot] = [:]
    private var nextSession: Int64 = 1
    private var running: [Int64: Task<Void, Never>] = [:]

    init(service: any BranchService, send: @escaping @Sendable ([UInt8]) -> Void) {
        self.service = service
        self.send = send
    }

    /// Takes one request; returns when its place in its session's order is fixed.
    /// - Throws: `BL_PROTOCOL` when it cannot even be answered; the connection should end.
    func receive(_ request: JSONValue) throws(BranchLiteError) {
        guard let id = request["id"]?.integerValue, let name = request["op"]?.stringValue else { throw SocketProtocol.malformed("a request") }
        let sessionID = request["session"]?.integerValue
        let args = request["args"] ?? .object([:])
        guard let operation = SocketProtocol.Operation(rawValue: name) else {
            send(SocketProtocol.failure(id: id, BranchLiteError("BL_PROTOCOL", "the store's owner does not know the operation '\(name)'")))
            return
        }
        switch operation {
        case .cancel: if let sessionID { sessions[sessionID]?.session.cancel() }
        case .cancelCall: if let call = args["call"]?.integerValue { running[call]?.cancel() }
        case _ where operation.isOfSession:
            guard let sessionID, let slot = sessions[sessionID] else {
                send(SocketProtocol.failure(id: id, BranchLiteError("BL_NO_SESSION", "there is no such session on the store's owner")))
                return
            }
            let task = start(id, after: slot.tail) { connection throws(BranchLiteError) in
                try await connection.perform(operation, args, on: slot.session, sessionID)
            }
            sessions[sessionID]?.tail = task
        default:
            start(id, after: nil) { connection throws(BranchLiteError) in try await connection.perform(operation, args, id) }
        }
    }

    @discardableResult
    private func start(
        _ id: Int64, after previous: Task<Void, Never>?,
        _ body: @escaping @Sendable (SocketConnection) async throws(BranchLiteError) -> [UInt8]
    ) -> Task<Void, Never> {
        let task = Task {
            await previous?.value
            do throws(BranchLiteError) {
                send(SocketProtocol.success(id: id, try await body(self)))
            } catch {
                send(SocketProtocol.failure(id: id, error))
            }
            running[id] = nil
        }
        running[id] = task
        return task
    }

    // MARK: - Sessions

    private func open(_ options: SessionOptions) async throws(BranchLiteError) -> [UInt8] {
        let session = try await service.openSession(options)
        let id = nextSession
        nextSession += 1
        sessions[id] = SessionSlot(session: session)
        return JSONValue.integer(id).jsonBytes
    }

    private func forget(_ session: Int64) { sessions[session] = nil }

    private nonisolated func perform(
        _ operation: SocketProtocol.Operation, _ args: JSONValue, on session: any BranchSession, _ sessionID: Int64
    ) async throws(BranchLiteError) -> [UInt8] {
        switch operation {
        case .closeSession:
            await forget(sessionID)
            await session.close()
            return SocketConnection.nothing
        case .currentBranch: return JSONValue.string(try await session.currentBranch()).jsonBytes
        case .switchBranch: return try ResultJSON.encode(await session.switchBranch(Self.text("branch", args)))
        case .query:
            let result = try await session.query(SocketProtocol.readQuery(args))
            var buffer = JSONBuffer(capacity: 256 + result.values.count * 16)
            WireValue.append(result, to: &buffer)
            return buffer.bytes
        case .script:
            let results = try await session.script(SocketProtocol.readQuery(args))
            var buffer = JSONBuffer()
            buffer.raw("[")
            for (index, result) in results.enumerated() {
                if index > 0 { buffer.raw(",") }
                WireValue.append(result, to: &buffer)
            }
            buffer.raw("]")
            return buffer.bytes
        case .insert:
            let rows = args["rows"]?.arrayValue ?? []
            let count = try await session.insert(
                into: Self.text("table", args), columns: (args["columns"]?.arrayValue ?? []).compactMap(\.stringValue),
                rows: rows.map { $0.arrayValue ?? [] })
            return JSONValue.integer(Int64(count)).jsonBytes
        case .inTransaction: return JSONValue.bool(try await session.inTransaction()).jsonBytes
        default: throw SocketProtocol.malformed("a session's request")
        }
    }

    // MARK: - The service

    private nonisolated func perform(_ operation: SocketProtocol.Operation, _ args: JSONValue, _ id: Int64) async throws(BranchLiteError) -> [UInt8] {
        let send = send
        let progress: @Sendable (Double) -> Void = { send(SocketProtocol.progress(id: id, $0)) }
        switch operation {
        case .hello:
            return JSONValue.object(["protocol": .integer(SocketProtocol.version), "version": .string(ServerVersion.current)]).jsonBytes
        case .openSession: return try await open(SocketProtocol.decode(SessionOptions.self, from: args))
        case .createBranch: return try ResultJSON.encode(await service.createBranch(SocketProtocol.decode(BranchCreateRequest.self, from: args)))
        case .branches:
            guard let filter = BranchFilter(rawValue: try Self.text("filter", args)) else { throw SocketProtocol.malformed("a branch filter") }
            return try ResultJSON.encode(await service.branches(filter))
        case .branchPage: return try ResultJSON.encode(await service.branches(SocketProtocol.decode(BranchListRequest.self, from: args)))
        case .branch: return try ResultJSON.encode(await service.branch(Self.text("branch", args)))
        case .renameBranch: return try ResultJSON.encode(await service.renameBranch(Self.text("branch", args), to: Self.text("to", args)))
        case .resetBranch: return try ResultJSON.encode(await service.resetBranch(Self.text("branch", args), to: args["to"]?.stringValue))
        case .discardBranch:
            return try ResultJSON.encode(
                await service.discardBranch(
                    Self.text("branch", args), force: args["force"]?.boolValue ?? false, purge: args["purge"]?.boolValue ?? false))
        case .undropBranch: return try ResultJSON.encode(await service.undropBranch(Self.text("branch", args)))
        case .history: return try ResultJSON.encode(await service.history(SocketProtocol.decode(HistoryRequest.self, from: args)))
        case .restore: return try ResultJSON.encode(await service.restore(SocketProtocol.decode(RestoreRequest.self, from: args)))
        case .diff: return try ResultJSON.encode(await service.diff(SocketProtocol.decode(DiffRequest.self, from: args)))
        case .diffChunk:
            let call = try SocketProtocol.decode(DiffChunkRequest.self, from: args)
            return try ResultJSON.encode(await service.diffChunk(call.request, format: call.format, style: call.style))
        case .merge: return try ResultJSON.encode(await service.merge(SocketProtocol.decode(MergeRequest.self, from: args)))
        case .shadow: return try ResultJSON.encode(await service.shadow(SocketProtocol.decode(ShadowRequest.self, from: args)))
        case .schemas: return try ResultJSON.encode(await service.schemas(branch: Self.text("branch", args)))
        case .tables: return try ResultJSON.encode(await service.tables(branch: Self.text("branch", args), schema: args["schema"]?.stringValue))
        case .describe:
            return try ResultJSON.encode(
                await service.describe(table: Self.text("table", args), branch: Self.text("branch", args), schema: args["schema"]?.stringValue))
        case .usage: return try ResultJSON.encode(await service.usage(branch: Self.text("branch", args)))
        case .importSQLite:
            return try ResultJSON.encode(
                await service.importSQLite(path: Self.text("path", args), branch: Self.text("branch", args), progress: progress))
        case .exportSQLite:
            try await service.exportSQLite(branch: Self.text("branch", args), path: Self.text("path", args), progress: progress)
            return Self.nothing
        case .check: return try ResultJSON.encode(await service.check(progress: progress))
        case .vacuum: return try ResultJSON.encode(await service.vacuum(SocketProtocol.decode(VacuumRequest.self, from: args)))
        case .backup: return try ResultJSON.encode(await service.backup(SocketProtocol.decode(BackupRequest.self, from: args)))
        default: throw SocketProtocol.malformed("a request")
        }
    }

    private static let nothing = [UInt8]("null".utf8)

    private static func text(_ name: String, _ args: JSONValue) throws(BranchLiteError) -> String {
        guard let text = args[name]?.stringValue else { throw SocketProtocol.malformed("the argument '\(name)'") }
        return text
    }

    // MARK: - The end

    /// Lets running calls end for up to `grace`, then stops them, and closes the peer's sessions.
    func finish(grace: Duration) async {
        if grace > .zero {
            let all = Array(running.values)
            let deadline = ContinuousClock.now + grace
            await withTaskGroup { group in
                group.addTask { for task in all { await task.value } }
                group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
                await group.next()
                group.cancelAll()
                // The group waits for both; what still runs is stopped so that it can.
                for task in all { task.cancel() }
                for slot in sessions.values { slot.session.cancel() }
            }
        }
        for task in running.values { task.cancel() }
        for slot in sessions.values { slot.session.cancel() }
        for task in running.values { await task.value }
        for slot in sessions.values { await slot.session.close() }
        sessions = [:]
    }
}
