import CSQLite
import PageStore

/// Idle connections by branch, bounded in number (and so in memory: each has a bounded page cache).
///
/// A connection that is wanted for a branch without an idle one is made from the least recently used idle
/// connection of another branch where the pool is full, else opened. Connections of an older generation of their
/// branch (its head was moved without SQLite) are not handed out.
final class ConnectionPool: Sendable {
    private struct Idle: @unchecked Sendable { // handed over under the lock; used by one thread at a time
        var connection: Connection
        var generation: UInt64?
        var stamp: UInt64
    }

    private struct State {
        var idle: [BranchID: [Idle]] = [:]
        var idleCount = 0
        var lent = 0
        var stamp: UInt64 = 0
        var isClosed = false

        /// Takes out the idle connection that was used least recently, of any branch.
        mutating func takeOldest() -> Idle? {
            var oldest: (branch: BranchID, stamp: UInt64)?
            for (branch, list) in idle {
                guard let first = list.first else { continue }
                if oldest.map({ first.stamp < $0.stamp }) ?? true { oldest = (branch, first.stamp) }
            }
            guard let branch = oldest?.branch else { return nil }
            return take(branch, last: false)
        }

        mutating func take(_ branch: BranchID, last: Bool) -> Idle? {
            guard var list = idle[branch], !list.isEmpty else { return nil }
            let found = last ? list.removeLast() : list.removeFirst()
            idle[branch] = list.isEmpty ? nil : list
            idleCount -= 1
            return found
        }
    }

    private let state = Guarded(State())
    private let options: EngineOptions

    init(options: EngineOptions) { self.options = options }

    /// What the pool has for a checkout.
    enum Offer: @unchecked Sendable { // hands a connection from the pool's lock to the caller
        case ready(Connection)
        /// Of another branch, or of an older generation: to be pointed at the target.
        case retarget(Connection)
        case open
    }

    /// An idle connection for the target, or leave to open one. Counts it as lent.
    func checkout(_ target: BranchTarget, generation: UInt64?) throws(EngineError) -> Offer {
        let result: Result<Offer, EngineError> = state.withLock { state in
            guard !state.isClosed else {
                return .failure(EngineError(code: EngineErrorCode.closed, message: "the engine is closed"))
            }
            guard state.lent < options.maxConnections else {
                return .failure(
                    EngineError(
                        code: EngineErrorCode.tooManyConnections,
                        message: "all \(options.maxConnections) connections are in use",
                        hint: "raise BRANCHLITE_MAX_CONNECTIONS or close sessions"))
            }
            state.lent += 1
            if case .head(let branch) = target, let found = state.take(branch, last: true) {
                let isCurrent = found.generation == nil || found.generation == generation
                return .success(isCurrent ? .ready(found.connection) : .retarget(found.connection))
            }
            let isFull = state.idleCount >= options.maxIdleConnections || state.idleCount + state.lent > options.maxConnections
            if isFull, let found = state.takeOldest() { return .success(.retarget(found.connection)) }
            return .success(.open)
        }
        return try result.get()
    }

    /// Takes a connection back; returns those that are to be closed (by the caller, outside the lock).
    func checkin(_ connection: sending Connection, branch: BranchID?, generation: UInt64?) -> [Connection] {
        let idle = Idle(connection: connection, generation: generation, stamp: 0)
        let closing: [Idle] = state.withLock { state in
            state.lent -= 1
            guard let branch, !state.isClosed, options.maxIdleConnections > 0 else { return [idle] }
            state.stamp += 1
            var entry = idle
            entry.stamp = state.stamp
            state.idle[branch, default: []].append(entry)
            state.idleCount += 1
            var closing: [Idle] = []
            if state.idle[branch, default: []].count > max(1, options.maxIdleConnectionsPerBranch),
                let first = state.take(branch, last: false)
            {
                closing.append(first)
            }
            while state.idleCount > options.maxIdleConnections, let oldest = state.takeOldest() { closing.append(oldest) }
            return closing
        }
        return closing.map(\.connection)
    }

    /// A checkout that did not come about.
    func forgetLoan() { state.withLock { $0.lent -= 1 } }

    /// Takes out the idle connections of a branch (it was discarded), to be closed by the caller.
    func evict(_ branch: BranchID) -> [Connection] {
        let closing: [Idle] = state.withLock { state in
            let list = state.idle.removeValue(forKey: branch) ?? []
            state.idleCount -= list.count
            return list
        }
        return closing.map(\.connection)
    }

    func closeAll() {
        let closing: [Idle] = state.withLock { state in
            state.isClosed = true
            defer {
                state.idle = [:]
                state.idleCount = 0
            }
            return state.idle.values.flatMap { $0 }
        }
        for idle in closing { idle.connection.close() }
    }

    var counts: (idle: Int, lent: Int) { state.withLock { ($0.idleCount, $0.lent) } }
}
