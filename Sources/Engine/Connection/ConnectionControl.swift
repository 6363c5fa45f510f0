import CSQLite
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Stops what a connection is doing, from any thread and at any time, also after the connection was closed.
///
/// An interrupt that arrives while nothing runs stops the next statement; a session calls `clear()` when it begins
/// a new operation.
public final class InterruptHandle: Sendable {
    /// The database handle is used under this lock only, and removed under it before it is closed.
    private struct Handle: @unchecked Sendable { var database: OpaquePointer? }

    private let handle: Mutex<Handle>
    private let flag = Atomic<Bool>(false)

    init(_ database: OpaquePointer) { handle = Mutex(Handle(database: database)) }

    /// Asks the running statement (or wait for the writer slot) to stop with `BL_INTERRUPTED`.
    public func interrupt() {
        flag.store(true, ordering: .releasing)
        handle.withLock { if let database = $0.database { sqlite3_interrupt(database) } }
    }

    /// True from `interrupt()` until the interruption was delivered or cleared.
    @inline(__always)
    public var isInterrupted: Bool { flag.load(ordering: .relaxed) }

    /// Forgets an interrupt that nothing has been stopped by.
    public func clear() { flag.store(false, ordering: .relaxed) }

    func detach() { handle.withLock { $0.database = nil } }
}

/// Deadline and interrupt of one connection, as its callbacks see them. Confined to the connection's thread, but
/// for the handle.
final class ConnectionControl {
    private(set) var handle: InterruptHandle?
    /// Monotonic nanoseconds after which the running statement stops; `.max` = never.
    var deadline = UInt64.max

    func adopt(_ handle: InterruptHandle) { self.handle = handle }

    @inline(__always)
    var isInterrupted: Bool { handle?.isInterrupted ?? false }

    var hasExpired: Bool { deadline != .max && monotonicNanoseconds() >= deadline }

    /// True when the running operation is to stop now.
    var shouldStop: Bool { isInterrupted || hasExpired }

    /// The time an operation may still wait: its own limit, or less when the deadline comes earlier.
    func remaining(atMost limit: Duration) -> Duration {
        guard deadline != .max else { return limit }
        let now = monotonicNanoseconds()
        guard now < deadline else { return .zero }
        return min(limit, .nanoseconds(Int64(clamping: deadline - now)))
    }
}

/// A clock that never jumps, in nanoseconds.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

extension Duration {
    /// Whole nanoseconds, clamped to what 64 bits hold.
    var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return .max }
        let (sum, carried) = product.addingReportingOverflow(UInt64(max(0, attoseconds) / 1_000_000_000))
        return carried ? .max : sum
    }
}
