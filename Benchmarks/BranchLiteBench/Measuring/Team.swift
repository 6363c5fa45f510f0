import Foundation

/// Threads that start to work at one moment.
final class Team: @unchecked Sendable { // all fields under `condition`
    private let condition = NSCondition()
    private var waiting = 0
    private var finished = 0
    private var isOpen = false
    private var failure: (any Error)?
    private let count: Int

    private init(count: Int) { self.count = count }

    /// Runs `work` on `count` threads. Each calls `ready` when it is prepared, which returns when all are; the time counts
    /// from then until the last one ends. Throws the first failure.
    static func run(_ count: Int, _ work: @Sendable @escaping (_ index: Int, _ ready: () -> Void) throws -> Void) throws -> Spent {
        let team = Team(count: count)
        for index in 0 ..< count {
            let thread = Thread {
                do {
                    var isReady = false
                    try work(index) {
                        isReady = true
                        team.ready()
                    }
                    if !isReady { team.ready() }
                    team.finish(nil)
                } catch {
                    team.finish(error)
                }
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        return try team.time()
    }

    private func ready() {
        condition.withLock {
            waiting += 1
            condition.broadcast()
            while !isOpen, failure == nil { condition.wait() }
        }
    }

    private func finish(_ error: (any Error)?) {
        condition.withLock {
            finished += 1
            failure = failure ?? error
            condition.broadcast()
        }
    }

    private func time() throws -> Spent {
        condition.lock()
        defer { condition.unlock() }
        while waiting < count, failure == nil { condition.wait() }
        let (wall, processor) = (wallTime(), processorTime())
        isOpen = true
        condition.broadcast()
        while finished < count { condition.wait() }
        if let failure { throw failure }
        return Spent(wall: wallTime() - wall, processor: processorTime() - processor)
    }
}
