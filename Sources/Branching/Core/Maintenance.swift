import Foundation
import Synchronization

/// A thread of the store's own that looks after lifetimes: idle transactions every tick, the collector every interval.
final class Maintenance: Sendable {
    static let tick: TimeInterval = 1

    /// Its condition guards `stopping`.
    private final class Signal: @unchecked Sendable {
        private let condition = NSCondition()
        private var stopping = false
        private var finished = false

        /// True when the thread is to end.
        func wait(seconds: TimeInterval) -> Bool {
            condition.lock()
            defer { condition.unlock() }
            if !stopping { _ = condition.wait(until: Date(timeIntervalSinceNow: seconds)) }
            return stopping
        }

        func markFinished() {
            condition.lock()
            finished = true
            condition.broadcast()
            condition.unlock()
        }

        func stop() {
            condition.lock()
            stopping = true
            condition.broadcast()
            condition.unlock()
        }

        /// Asks the thread to end and waits until it has.
        func stopAndWait() {
            condition.lock()
            stopping = true
            condition.broadcast()
            while !finished { condition.wait() }
            condition.unlock()
        }
    }

    private let signal = Signal()

    /// - Parameters:
    ///   - everyTick: cheap duties.
    ///   - collect: the collector, run every `interval` (zero = never by itself).
    init(interval: Duration, everyTick: @escaping @Sendable () -> Void, collect: @escaping @Sendable () -> Void) {
        let signal = signal
        let seconds = Double(interval.microseconds) / 1e6
        let thread = Thread {
            var sinceCollection: TimeInterval = 0
            while true {
                let pause = seconds > 0 ? min(Maintenance.tick, seconds) : Maintenance.tick
                if signal.wait(seconds: pause) { break }
                everyTick()
                sinceCollection += pause
                if seconds > 0, sinceCollection >= seconds {
                    sinceCollection = 0
                    collect()
                }
            }
            signal.markFinished()
        }
        thread.name = "branchlite-maintenance"
        thread.start()
    }

    func stop() { signal.stopAndWait() }
    func stopWithoutWaiting() { signal.stop() }
}
