/// A value that many threads share, behind a lock that favours throughput.
///
/// Swift's `Mutex` is a futex with priority inheritance on Linux: it goes to the thread that has waited, so once threads meet at a
/// short lock that each of them takes over and over, every one of them goes to sleep at it from then on. With 32 clients on two cores that
/// halved what a door served. Here a thread that runs takes the lock before one that would have to be woken first. For what is taken
/// seldom, or by one thread at a time, `Mutex` is as good.
package final class Guarded<Value>: @unchecked Sendable { // what `value` points to is used under `lock` only
    private let lock = Lock()
    @usableFromInline
    let value: UnsafeMutablePointer<Value>

    package init(_ value: sending Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
    }

    @inlinable
    package func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
        begin()
        defer { end() }
        return try body(&value.pointee)
    }

    @usableFromInline
    func begin() { lock.lock() }
    @usableFromInline
    func end() { lock.unlock() }
}
