import Branching
import Logging

/// All MCP sessions of the HTTP door.
actor SessionRegistry {
    struct Limits: Sendable {
        /// Sessions that may be open at a time.
        var maximumSessions = 500
        /// A session unused for this long ends; the shared sessions of clients without a session id too.
        var idleLimit: Duration = .seconds(30 * 60)
        /// Time between two looks for such sessions.
        var sweepInterval: Duration = .seconds(15)
    }

    /// Who shares a session without having a session id.
    private struct SharedKey: Hashable {
        let principal: String
        let agent: String
    }

    private let surroundings: MCPSession.Surroundings
    private let limits: Limits
    private var sessions: [String: MCPSession] = [:]
    private var shared: [SharedKey: MCPSession] = [:]
    private var isClosed = false

    init(surroundings: MCPSession.Surroundings, limits: Limits = Limits()) {
        self.surroundings = surroundings
        self.limits = limits
    }

    /// Session ids carry 128 random bits: they cannot be guessed.
    private static func newID() -> String {
        var generator = SystemRandomNumberGenerator()
        let halves = [generator.next(), generator.next()] as [UInt64]
        return halves.map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    func open(door: String, principal: Principal, agentID: String?) throws(BranchLiteError) -> MCPSession {
        try checkRoom()
        let session = MCPSession(id: Self.newID(), door: door, principal: principal, agentID: agentID, surroundings: surroundings)
        sessions[session.id] = session
        return session
    }

    /// The session of that id, if it is this principal's.
    func find(_ id: String, principal: Principal) -> MCPSession? {
        guard let session = sessions[id], session.principal.id == principal.id else { return nil }
        return session
    }

    /// The session that all calls without a session id of this key and agent share.
    func sharedSession(principal: Principal, agentID: String?) throws(BranchLiteError) -> MCPSession {
        let key = SharedKey(principal: principal.id, agent: agentID ?? "")
        if let session = shared[key] { return session }
        try checkRoom()
        let session = MCPSession(id: "shared-" + Self.newID(), door: "http", principal: principal, agentID: agentID, surroundings: surroundings)
        shared[key] = session
        return session
    }

    private func checkRoom() throws(BranchLiteError) {
        if isClosed { throw BranchLiteError("BL_SHUTTING_DOWN", "the server is shutting down") }
        if sessions.count + shared.count >= limits.maximumSessions {
            throw BranchLiteError(
                "BL_TOO_MANY_CONNECTIONS", "there are \(limits.maximumSessions) sessions already",
                hint: "end sessions that are not needed, or raise BRANCHLITE_MAX_CONNECTIONS")
        }
    }

    func end(_ session: MCPSession) async {
        sessions[session.id] = nil
        for (key, other) in shared where other === session { shared[key] = nil }
        await session.close()
    }

    var count: Int { sessions.count + shared.count }

    /// Ends the sessions that have been unused for too long.
    func sweep(now: ContinuousClock.Instant = .now) async {
        for session in Array(sessions.values) + Array(shared.values) where await session.isExpired(at: now, limit: limits.idleLimit) {
            surroundings.logger.debug("session expired", metadata: ["session": "\(session.id)"])
            await end(session)
        }
    }

    /// Sweeps until the surrounding task is cancelled or shuts down.
    func sweepForever() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: limits.sweepInterval) } catch { return }
            await sweep()
        }
    }

    /// Ends all listening streams, so that their connections can close.
    func stopListening() async {
        isClosed = true
        for session in Array(sessions.values) + Array(shared.values) { await session.stopListening() }
    }

    /// Ends all sessions, their running calls after `grace`.
    func close(grace: Duration) async {
        isClosed = true
        let all = Array(sessions.values) + Array(shared.values)
        sessions = [:]
        shared = [:]
        await withTaskGroup { group in
            for session in all { group.addTask { await session.close(grace: grace) } }
        }
    }
}
