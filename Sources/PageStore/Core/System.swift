import Glibc

/// Microseconds since 1970-01-01 00:00:00 UTC by the system's clock.
func systemTimeMicros() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
}

/// Nanoseconds of a clock that never jumps.
func monotonicNanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

/// The system's words for an error number.
func errorText(_ number: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
        guard let base = buffer.baseAddress else { return "error" }
        base[0] = 0
        return strerror_r(number, base, buffer.count) == 0 ? String(cString: base) : "unknown error"
    }
}

/// A mutex in memory that does not move.
final class Lock: @unchecked Sendable { // pthread's own synchronisation; the pointer never changes
    fileprivate let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        // Locks are held for well under a microsecond: spinning a little beats going to sleep.
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    @inline(__always) func lock() { pthread_mutex_lock(mutex) }
    @inline(__always) func unlock() { pthread_mutex_unlock(mutex) }

    /// Takes the lock if it is free.
    func tryLock() -> Bool { pthread_mutex_trylock(mutex) == 0 }

    @inline(__always) func withLock<Result>(_ body: () -> Result) -> Result {
        lock()
        defer { unlock() }
        return body()
    }
}

/// A condition variable on the monotonic clock.
final class Condition: @unchecked Sendable { // pthread's own synchronisation; the pointer never changes
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    func signal() { pthread_cond_signal(condition) }
    func broadcast() { pthread_cond_broadcast(condition) }
    func wait(_ lock: Lock) { pthread_cond_wait(condition, lock.mutex) }

    /// Waits until signalled or until the monotonic clock shows `deadline` (nanoseconds). May wake early.
    func wait(_ lock: Lock, until deadline: Int64) {
        var time = timespec()
        time.tv_sec = Int(deadline / 1_000_000_000)
        time.tv_nsec = Int(deadline % 1_000_000_000)
        pthread_cond_timedwait(condition, lock.mutex, &time)
    }
}

/// A thread that runs one closure and can be joined.
final class Thread: @unchecked Sendable { // `handle` is written before the object is handed out and read by `join` only
    private var handle = pthread_t()
    private let started: Bool

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    init(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run))
        let status = pthread_create(&handle, nil, { argument in
            if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        }, body.toOpaque())
        started = status == 0
        if !started { body.release() }
    }

    func join() { if started { pthread_join(handle, nil) } }
}

extension Duration {
    /// The duration in nanoseconds, clamped to about 292 years.
    var nanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        if seconds > 9_000_000_000 { return Int64.max / 2 }
        if seconds < 0 { return 0 }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
