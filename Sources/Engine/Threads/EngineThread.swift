import PageStore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A serial queue whose jobs run on dedicated operating-system threads, never on Swift's cooperative pool.
///
/// SQLite blocks (on I/O, on the writer queue) and computes for seconds; that must not starve other tasks. An actor
/// that owns a connection uses one of these as its executor:
///
/// ```swift
/// actor Session {
///     private nonisolated let thread = EngineThread()
///     nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
/// }
/// ```
///
/// While it has jobs it occupies one thread, taken from a cache of idle ones; between them it costs no thread, so
/// hundreds of idle sessions are cheap. Jobs run one at a time, in the order they came.
public final class EngineThread: SerialExecutor {
    private enum Job: @unchecked Sendable { // an UnownedJob is handed over once, under the lock
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    private struct State {
        var jobs: [Job] = []
        var isRunning = false
        var runner: pthread_t?
        var attendant: (any ThreadAttendant)?
        /// The thread is in the attendant's `attend()` and nobody has called it back yet.
        var isAttending = false
    }

    private let state = Mutex(State())
    private let threads: ThreadCache

    /// - Parameter threads: where threads come from; the process-wide cache unless a test brings its own.
    public init(threads: ThreadCache = .shared) { self.threads = threads }

    public func enqueue(_ job: consuming ExecutorJob) { submit(.job(UnownedJob(job))) }

    /// Runs a closure after all that was queued before.
    public func async(_ work: @escaping @Sendable () -> Void) { submit(.work(work)) }

    /// Runs a closure on the thread and waits for its result without blocking the caller's thread.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// True when called from a job of this queue.
    public var isCurrent: Bool {
        state.withLock { state in state.runner.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    public func checkIsolated() {
        precondition(isCurrent, "this code must run on its session's EngineThread")
    }

    private func submit(_ job: Job) {
        let (mustStart, awaited): (Bool, (any ThreadAttendant)?) = state.withLock { state in
            state.jobs.append(job)
            if state.isRunning {
                defer { state.isAttending = false }
                return (false, state.isAttending ? state.attendant : nil)
            }
            state.isRunning = true
            return (true, nil)
        }
        awaited?.interrupt()
        if mustStart { threads.dispatch(self) }
    }

    /// Gives the thread something to wait for while the queue has no jobs, or nothing any more.
    public func setAttendant(_ attendant: (any ThreadAttendant)?) {
        state.withLock { $0.attendant = attendant }
        // What is to be waited for may be there already.
        if attendant != nil { async {} }
    }

    /// Runs all jobs there are; called by a thread of the cache.
    fileprivate func drain() {
        let executor = asUnownedSerialExecutor()
        state.withLock { $0.runner = pthread_self() }
        var mayAttend = true
        while true {
            let next: Next = state.withLock { state in
                if !state.jobs.isEmpty {
                    defer { state.jobs.removeAll(keepingCapacity: true) }
                    return .run(state.jobs)
                }
                if mayAttend, let attendant = state.attendant {
                    state.isAttending = true
                    return .attend(attendant)
                }
                state.isRunning = false
                state.runner = nil
                return .leave
            }
            switch next {
            case .run(let jobs):
                for job in jobs {
                    switch job {
                    case .job(let job): job.runSynchronously(on: executor)
                    case .work(let work): work()
                    }
                }
                mayAttend = true
            case .attend(let attendant):
                mayAttend = attendant.attend()
                state.withLock { $0.isAttending = false }
            case .leave: return
            }
        }
    }

    private enum Next {
        case run([Job])
        case attend(any ThreadAttendant)
        case leave
    }
}

/// What a queue's thread waits for while the queue has no jobs: a client's next request on its socket, say. One wake-up takes the place
/// of two, since nobody has to hand the request over.
public protocol ThreadAttendant: AnyObject, Sendable {
    /// Waits on the queue's thread, and does what it waited for.
    /// - Returns: false when nothing has come for so long that the thread should go: whoever sees something come then submits a job.
    func attend() -> Bool
    /// Ends a wait that is under way, or the next one if none is; called by any thread.
    func interrupt()
}

/// Operating-system threads for `EngineThread` queues: as many as there are busy queues, of which a bounded number
/// is kept when idle.
public final class ThreadCache: Sendable {
    /// Sizes of a thread cache.
    public struct Options: Sendable {
        /// Stack of one thread; the operating system gives memory to what is used of it only.
        public var stackBytes = 8 << 20
        /// Idle threads that are kept.
        public var maxIdle = 64
        /// How long an idle thread waits for work before it ends.
        public var keepAlive = Duration.seconds(30)
        public init() {}
    }

    /// The process-wide cache.
    public static let shared = ThreadCache()

    private struct State {
        var idle: [Worker] = []
        var live = 0
        var isClosing = false
    }

    /// A condition variable per thread, so that a hand-over wakes the right one.
    /// Its fields are guarded by its own mutex.
    private final class Worker: @unchecked Sendable {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var queue: EngineThread?
        var mustEnd = false

        init(queue: EngineThread) {
            self.queue = queue
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(condition, nil)
        }

        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(mutex)
            condition.deallocate()
            mutex.deallocate()
        }

        func wake(_ next: EngineThread?) {
            pthread_mutex_lock(mutex)
            if let next { queue = next } else { mustEnd = true }
            pthread_cond_signal(condition)
            pthread_mutex_unlock(mutex)
        }

        /// Waits for a queue that is sure to come, or for the order to end.
        func waitForOrder() -> EngineThread? {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            while queue == nil, !mustEnd { pthread_cond_wait(condition, mutex) }
            defer { queue = nil }
            return queue
        }

        /// Waits for a queue to serve; nil = none came in time, or the thread is to end.
        func wait(_ limit: Duration) -> EngineThread? {
            var until = timespec()
            clock_gettime(CLOCK_REALTIME, &until)
            let nanoseconds = UInt64(until.tv_nsec) + limit.clampedNanoseconds % 1_000_000_000
            until.tv_sec += Int(limit.clampedNanoseconds / 1_000_000_000) + Int(nanoseconds / 1_000_000_000)
            until.tv_nsec = Int(nanoseconds % 1_000_000_000)
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            while queue == nil, !mustEnd {
                if pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT { break }
            }
            defer { queue = nil }
            return queue
        }
    }

    private let state = Guarded(State())
    private let options: Options

    public init(options: Options = Options()) { self.options = options }

    /// Threads alive now, busy and idle.
    public var liveThreads: Int { state.withLock { $0.live } }

    fileprivate func dispatch(_ queue: EngineThread) {
        let idle: Worker? = state.withLock { state in
            if let worker = state.idle.popLast() { return worker }
            state.live += 1
            return nil
        }
        if let idle {
            idle.wake(queue)
        } else if !start(Worker(queue: queue)) {
            // No thread to be had: the work is done here rather than lost.
            state.withLock { $0.live -= 1 }
            queue.drain()
        }
    }

    private final class Launch {
        let cache: ThreadCache
        let worker: Worker
        init(cache: ThreadCache, worker: Worker) {
            self.cache = cache
            self.worker = worker
        }
    }

    private func start(_ worker: Worker) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, options.stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let launch = Unmanaged.passRetained(Launch(cache: self, worker: worker))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let code = pthread_create(&thread, &attributes, { argument in
            let pointer: UnsafeMutableRawPointer? = argument
            guard let pointer else { return nil }
            let launch = Unmanaged<Launch>.fromOpaque(pointer).takeRetainedValue()
            launch.cache.serve(launch.worker)
            return nil
        }, launch.toOpaque())
        if code != 0 { launch.release() }
        return code == 0
    }

    private func serve(_ worker: Worker) {
        var next = worker.waitForOrder()
        while let queue = next {
            queue.drain()
            let parks = state.withLock { state in
                guard !state.isClosing, state.idle.count < options.maxIdle else { return false }
                state.idle.append(worker)
                return true
            }
            guard parks else { break }
            next = worker.wait(options.keepAlive)
            if next == nil {
                // Timed out or told to end. Who took this worker from the list meanwhile has an order for it.
                let wasIdle = state.withLock { state in
                    let index = state.idle.firstIndex { $0 === worker }
                    if let index { state.idle.remove(at: index) }
                    return index != nil
                }
                if !wasIdle { next = worker.waitForOrder() }
            }
        }
        state.withLock { $0.live -= 1 }
    }

    /// Ends idle threads and waits until all threads have ended; busy ones finish what they have. For a clean end of
    /// a process, and for tests; queues can still be used afterwards (on threads of their own).
    public func shutdown() {
        let idle = state.withLock { state in
            state.isClosing = true
            defer { state.idle.removeAll() }
            return state.idle
        }
        for worker in idle { worker.wake(nil) }
        while liveThreads > 0 { usleep(500) }
        state.withLock { $0.isClosing = false }
    }
}
