import Engine
import PageStore
import Synchronization

/// The part of a session that other threads may touch: cancelling, the branch it counts on, how long its transaction idles.
final class SessionSignal: Sendable {
    private struct State {
        var interrupt: InterruptHandle?
        var branch: BranchID?
        /// Monotonic nanoseconds since the open transaction's last statement ended; nil while none is open or one runs.
        var idleSince: UInt64?
        /// Since when a connection is kept for the next request; nil while one runs or none is kept.
        var keptSince: UInt64?
        var expire: (@Sendable () -> Void)?
        var release: (@Sendable () -> Void)?
        var close: (@Sendable () async -> Void)?
        var backend: Backend?
        var terminate: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let registry: Registry
    private let table: SessionTable

    init(registry: Registry, table: SessionTable) {
        self.registry = registry
        self.table = table
    }

    deinit { leave() }

    /// Counts the session on `branch` instead of the one before.
    func move(to branch: BranchID) throws(BranchLiteError) {
        try registry.retain(branch)
        let previous = state.withLock { state in
            defer { state.branch = branch }
            return state.branch
        }
        if let previous { registry.release(previous) }
    }

    /// Ends the count; safe to call more than once.
    func leave() {
        let previous = state.withLock { state in
            defer { state.branch = nil }
            return state.branch
        }
        guard let previous else { return }
        registry.release(previous)
        table.remove(self)
    }

    func running(on handle: InterruptHandle?) {
        state.withLock { state in
            state.interrupt = handle
            if handle != nil {
                state.idleSince = nil
                state.keptSince = nil
            }
        }
    }

    func cancel() { state.withLock { $0.interrupt }?.interrupt() }

    /// The session as others may name it; nil where it has come through no door that gives numbers.
    var backend: Backend? { state.withLock { $0.backend } }

    /// - Parameter terminate: ends the session and its connection.
    func identify(_ backend: Backend, onTerminate terminate: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.backend = backend
            state.terminate = terminate
        }
    }

    /// Ends the session, its running statement with `stopping` at once.
    func terminate(stopping: Bool) {
        if stopping { cancel() }
        state.withLock { $0.terminate }?()
    }

    /// - Parameters:
    ///   - expire: rolls an idle transaction back.
    ///   - close: closes the session.
    func onExpiry(_ expire: @escaping @Sendable () -> Void, onClose close: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.expire = expire
            state.close = close
        }
    }

    func closeSession() async {
        let close = state.withLock { $0.close }
        await close?()
    }

    func idle(since time: UInt64?, keepingSince kept: UInt64? = nil) {
        state.withLock { state in
            state.idleSince = time
            state.keptSince = kept
        }
    }

    /// - Parameter release: gives back a connection that is kept for the next request.
    func onRelease(_ release: @escaping @Sendable () -> Void) { state.withLock { $0.release = release } }

    /// How long a connection is kept for a session that does nothing, in nanoseconds.
    private static let keepLimit: UInt64 = 5_000_000_000

    /// Asks the session to roll back when its transaction has idled longer than `limit` nanoseconds.
    func expireIfIdle(now: UInt64, limit: UInt64) {
        let expire = state.withLock { state -> (@Sendable () -> Void)? in
            guard let since = state.idleSince, now >= since, now - since >= limit else { return nil }
            state.idleSince = nil
            return state.expire
        }
        expire?()
        let release = state.withLock { state -> (@Sendable () -> Void)? in
            guard let since = state.keptSince, now >= since, now - since >= SessionSignal.keepLimit else { return nil }
            state.keptSince = nil
            return state.release
        }
        release?()
    }
}

/// The open sessions of a store.
final class SessionTable: Sendable {
    private struct Weak: Sendable { weak var signal: SessionSignal? }
    private let signals = Mutex<[ObjectIdentifier: Weak]>([:])

    var count: Int { signals.withLock { $0.count } }

    /// - Throws: `BL_TOO_MANY_CONNECTIONS` at the limit.
    func add(_ signal: SessionSignal, limit: Int) throws(BranchLiteError) {
        let id = ObjectIdentifier(signal)
        let added = signals.withLock { signals in
            if signals.count >= limit { return false }
            signals[id] = Weak(signal: signal)
            return true
        }
        if !added {
            throw BranchLiteError(
                "BL_TOO_MANY_CONNECTIONS", "there are \(limit) sessions, the most that are allowed",
                hint: "close a session, or raise BRANCHLITE_MAX_CONNECTIONS", details: ["limit": .integer(Int64(limit))])
        }
    }

    /// The session that has this number.
    func backend(_ processID: Int64) -> SessionSignal? {
        let all = signals.withLock { $0.values.compactMap(\.signal) }
        return all.first { signal in signal.backend.map { Int64($0.processID) } == processID }
    }

    func remove(_ signal: SessionSignal) {
        let id = ObjectIdentifier(signal)
        signals.withLock { _ = $0.removeValue(forKey: id) }
    }

    func expireIdle(now: UInt64, limit: UInt64) {
        let all = signals.withLock { $0.values.compactMap(\.signal) }
        for signal in all { signal.expireIfIdle(now: now, limit: limit) }
    }

    func closeAll() async {
        let all = signals.withLock { $0.values.compactMap(\.signal) }
        for signal in all { await signal.closeSession() }
    }

    func cancelAll() {
        let all = signals.withLock { $0.values.compactMap(\.signal) }
        for signal in all { signal.cancel() }
    }
}
