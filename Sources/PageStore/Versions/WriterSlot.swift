/// One that waits for a branch's writer slot. Under the store's writer lock.
final class WriterWaiter: @unchecked Sendable { // see above
    let wake = Condition()
    var granted = false
}

/// The right to write a branch, held by one at a time and given in order of asking. Released by `release` or at its end.
public final class WriterSlot: @unchecked Sendable { // `released` under the store's writer lock
    public let branch: BranchID
    let state: BranchState
    private let lock: Lock
    private var released = false

    init(branch: BranchState, lock: Lock) {
        self.branch = branch.id
        state = branch
        self.lock = lock
    }

    deinit { release() }

    var isReleased: Bool { lock.withLock { released } }

    /// Lets the next one write. May be called more than once.
    public func release() {
        lock.withLock {
            if released { return }
            released = true
            WriterSlot.pass(state)
        }
    }

    /// Hands the slot to the first that waits. Under the writer lock.
    static func pass(_ branch: BranchState) {
        if branch.waiters.isEmpty {
            branch.writerHeld = false
        } else {
            let next = branch.waiters.removeFirst()
            next.granted = true
            next.wake.signal()
        }
    }

    /// How often a waiter asks whether it was cancelled.
    static let cancellationInterval: Int64 = 5_000_000

    /// Waits in the branch's queue; nil after the timeout or when cancelled.
    static func acquire(_ branch: BranchState, lock: Lock, timeout: Duration, cancelled: () -> Bool) -> WriterSlot? {
        lock.lock()
        if !branch.writerHeld {
            branch.writerHeld = true
            lock.unlock()
            return WriterSlot(branch: branch, lock: lock)
        }
        let waiter = WriterWaiter()
        branch.waiters.append(waiter)
        let now = monotonicNanoseconds()
        let (sum, overflow) = now.addingReportingOverflow(timeout.nanosecondsClamped)
        let deadline = overflow ? Int64.max : sum
        while !waiter.granted {
            let time = monotonicNanoseconds()
            lock.unlock()
            let stop = time >= deadline || cancelled()
            lock.lock()
            if waiter.granted { break }
            if stop {
                branch.waiters.removeAll { $0 === waiter }
                lock.unlock()
                return nil
            }
            waiter.wake.wait(lock, until: min(deadline, time + cancellationInterval))
        }
        lock.unlock()
        return WriterSlot(branch: branch, lock: lock)
    }
}
