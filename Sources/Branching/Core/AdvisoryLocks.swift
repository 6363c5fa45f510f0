import Dispatch
import Engine
import PageStore
import Synchronization

/// The advisory locks of a store. They are in memory only: a store is open in one process, and its end ends all sessions. Thread-safe.
///
/// As PostgreSQL has them: a session may take a lock several times and has to give it back as often; a lock of the transaction cannot
/// be given back; shared ones stand beside each other. Those who wait get their turn in the order of asking, but for one who holds the
/// lock already.
final class AdvisoryLocks: Sendable {
    /// A lock: numbers mean others in another branch, as they do in another database.
    struct Key: Hashable, Sendable {
        let branch: BranchID
        let isPair: Bool
        let number: Int64

        init(_ request: AdvisoryLockRequest, on branch: BranchID) {
            self.branch = branch
            isPair = request.isPair
            number = request.number
        }
    }

    /// What one session has of one lock: how many times.
    fileprivate struct Holding {
        var exclusive = 0
        var shared = 0
        var transactionExclusive = 0
        var transactionShared = 0

        var isExclusive: Bool { exclusive + transactionExclusive > 0 }
        var isEmpty: Bool { !isExclusive && shared + transactionShared == 0 }

        mutating func add(_ request: AdvisoryLockRequest) {
            switch (request.isOfTransaction, request.isShared) {
            case (false, false): exclusive += 1
            case (false, true): shared += 1
            case (true, false): transactionExclusive += 1
            case (true, true): transactionShared += 1
            }
        }

        /// What both have.
        func common(_ other: Holding) -> Holding {
            Holding(
                exclusive: min(exclusive, other.exclusive), shared: min(shared, other.shared),
                transactionExclusive: min(transactionExclusive, other.transactionExclusive), transactionShared: min(transactionShared, other.transactionShared))
        }
    }

    private final class Waiter: Sendable {
        let session: UInt64
        let key: Key
        let request: AdvisoryLockRequest
        let wake = DispatchSemaphore(value: 0)

        init(session: UInt64, key: Key, request: AdvisoryLockRequest) {
            self.session = session
            self.key = key
            self.request = request
        }
    }

    private struct Lock {
        var holders: [UInt64: Holding] = [:]
        /// In the order of asking.
        var queue: [Waiter] = []

        /// Who is in the way of a request, given those who asked before it.
        func blockers(_ request: AdvisoryLockRequest, of session: UInt64, behind earlier: ArraySlice<Waiter>) -> [UInt64] {
            var found = holders.filter { $0.key != session && (!request.isShared || $0.value.isExclusive) }.map(\.key)
            if holders[session] == nil {
                found += earlier.filter { $0.session != session && (!request.isShared || !$0.request.isShared) }.map(\.session)
            }
            return found
        }
    }

    private struct State {
        var locks: [Key: Lock] = [:]
        /// The locks that a session holds.
        var held: [UInt64: Set<Key>] = [:]
        /// What a session waits for: one lock at most.
        var waiting: [UInt64: Key] = [:]

        mutating func grant(_ request: AdvisoryLockRequest, of key: Key, to session: UInt64) {
            locks[key, default: Lock()].holders[session, default: Holding()].add(request)
            held[session, default: []].insert(key)
        }

        /// Changes what a session has of a lock, and lets those in who can come in then.
        mutating func change(_ key: Key, of session: UInt64, _ body: (inout Holding) -> Void) {
            guard var lock = locks[key], var holding = lock.holders[session] else { return }
            body(&holding)
            lock.holders[session] = holding.isEmpty ? nil : holding
            if holding.isEmpty {
                held[session]?.remove(key)
                if held[session]?.isEmpty ?? false { held[session] = nil }
            }
            locks[key] = lock
            admit(key)
        }

        mutating func admit(_ key: Key) {
            guard var lock = locks[key] else { return }
            var index = 0
            while index < lock.queue.count {
                let waiter = lock.queue[index]
                if lock.blockers(waiter.request, of: waiter.session, behind: lock.queue[..<index]).isEmpty {
                    lock.queue.remove(at: index)
                    waiting[waiter.session] = nil
                    locks[key] = lock
                    grant(waiter.request, of: key, to: waiter.session)
                    lock = locks[key] ?? Lock()
                    waiter.wake.signal()
                } else {
                    index += 1
                }
            }
            locks[key] = lock.holders.isEmpty && lock.queue.isEmpty ? nil : lock
        }

        /// Whether somebody whom `session` would wait for waits, over others perhaps, for `session`.
        func closesCircle(_ session: UInt64, behind first: [UInt64]) -> Bool {
            var open = first
            var seen: Set<UInt64> = []
            while let next = open.popLast() {
                if next == session { return true }
                guard seen.insert(next).inserted, let key = waiting[next], let lock = locks[key],
                    let place = lock.queue.firstIndex(where: { $0.session == next })
                else { continue }
                open += lock.blockers(lock.queue[place].request, of: next, behind: lock.queue[..<place])
            }
            return false
        }
    }

    private let state = Mutex(State())

    /// How often one who waits asks whether to give up.
    private static let patience = DispatchTimeInterval.milliseconds(20)

    /// Takes a lock if nobody is in its way.
    func tryLock(_ request: AdvisoryLockRequest, on branch: BranchID, session: UInt64) -> Bool {
        let key = Key(request, on: branch)
        return state.withLock { state in
            let lock = state.locks[key] ?? Lock()
            guard lock.blockers(request, of: session, behind: lock.queue[...]).isEmpty else { return false }
            state.grant(request, of: key, to: session)
            return true
        }
    }

    /// Takes a lock, waiting for those who hold it, on the calling thread.
    ///
    /// - Parameters:
    ///   - limit: how long it waits; nil: for ever
    ///   - isStopped: asked now and then whether to give up
    /// - Returns: false when `isStopped` said so.
    /// - Throws: `BL_BUSY` after the limit, `BL_DEADLOCK` when the sessions wait for each other.
    func lock(
        _ request: AdvisoryLockRequest, on branch: BranchID, session: UInt64, limit: Duration?, isStopped: () -> Bool
    ) throws(EngineError) -> Bool {
        let key = Key(request, on: branch)
        let waiter = Waiter(session: session, key: key, request: request)
        enum Start { case granted, waits, circle }
        let start = state.withLock { state -> Start in
            let lock = state.locks[key] ?? Lock()
            let blockers = lock.blockers(request, of: session, behind: lock.queue[...])
            if blockers.isEmpty {
                state.grant(request, of: key, to: session)
                return .granted
            }
            if state.closesCircle(session, behind: blockers) { return .circle }
            state.locks[key, default: Lock()].queue.append(waiter)
            state.waiting[session] = key
            return .waits
        }
        switch start {
        case .granted: return true
        case .circle: throw EngineError(code: "BL_DEADLOCK", message: "deadlock detected: sessions wait for each other's advisory locks")
        case .waits: break
        }
        let end = limit.map { ContinuousClock.now + $0 }
        while waiter.wake.wait(timeout: .now() + AdvisoryLocks.patience) == .timedOut {
            let isLate = end.map { ContinuousClock.now >= $0 } ?? false
            guard isLate || isStopped() else { continue }
            guard leave(waiter) else { return true }
            if isLate { throw EngineError(code: EngineErrorCode.busy, message: "canceling statement due to lock timeout") }
            return false
        }
        return true
    }

    /// Takes a waiter out of its queue; false when it has been let in meanwhile.
    private func leave(_ waiter: Waiter) -> Bool {
        state.withLock { state in
            guard let place = state.locks[waiter.key]?.queue.firstIndex(where: { $0 === waiter }) else { return false }
            state.locks[waiter.key]?.queue.remove(at: place)
            state.waiting[waiter.session] = nil
            // Those behind it may have waited for nobody else.
            state.admit(waiter.key)
            return true
        }
    }

    /// Gives back a lock of the session; false when it holds none such.
    func unlock(_ request: AdvisoryLockRequest, on branch: BranchID, session: UInt64) -> Bool {
        let (key, isShared) = (Key(request, on: branch), request.isShared)
        return state.withLock { state in
            guard let holding = state.locks[key]?.holders[session], (isShared ? holding.shared : holding.exclusive) > 0 else { return false }
            state.change(key, of: session) { if isShared { $0.shared -= 1 } else { $0.exclusive -= 1 } }
            return true
        }
    }

    func unlockAll(session: UInt64) {
        changeAll(of: session) { _, holding in (holding.exclusive, holding.shared) = (0, 0) }
    }

    // MARK: - Transactions and sessions

    /// What a session holds at one moment.
    struct Mark { fileprivate let holdings: [Key: Holding] }

    func mark(session: UInt64) -> Mark {
        state.withLock { state in
            var holdings: [Key: Holding] = [:]
            for key in state.held[session] ?? [] { holdings[key] = state.locks[key]?.holders[session] }
            return Mark(holdings: holdings)
        }
    }

    /// Gives back all that the session has taken since, or, with `ofTransaction`, what its transaction has.
    func giveBack(to mark: Mark, ofTransaction: Bool, session: UInt64) {
        changeAll(of: session) { key, holding in
            let kept = holding.common(mark.holdings[key] ?? Holding())
            if ofTransaction {
                (holding.transactionExclusive, holding.transactionShared) = (kept.transactionExclusive, kept.transactionShared)
            } else {
                holding = kept
            }
        }
    }

    func endTransaction(session: UInt64) {
        changeAll(of: session) { _, holding in (holding.transactionExclusive, holding.transactionShared) = (0, 0) }
    }

    func endSession(_ session: UInt64) {
        changeAll(of: session) { _, holding in holding = Holding() }
    }

    private func changeAll(of session: UInt64, _ body: (Key, inout Holding) -> Void) {
        state.withLock { state in
            for key in state.held[session] ?? [] { state.change(key, of: session) { body(key, &$0) } }
        }
    }
}
