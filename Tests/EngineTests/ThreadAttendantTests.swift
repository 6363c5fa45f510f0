import Engine
import Foundation
import Synchronization
import Testing

/// What a queue's thread waits for by itself while the queue has no jobs.
@Suite struct ThreadAttendantTests {
    /// Waits for numbers that are put into it, and notes in which order it and the queue's jobs ran.
    final class Mailbox: ThreadAttendant, Sendable {
        struct State {
            var letters: [Int] = []
            var isCalled = false
            var log: [String] = []
            var waits = 0
        }

        let state = Mutex(State())
        /// Rounds of a millisecond that it waits before it lets the thread go.
        let patience: Int

        init(patience: Int) { self.patience = patience }

        func attend() -> Bool {
            state.withLock { $0.waits += 1 }
            for _ in 0..<patience {
                let goesOn = state.withLock { state in
                    if state.isCalled {
                        state.isCalled = false
                        return true
                    }
                    guard !state.letters.isEmpty else { return false }
                    state.log.append("letter \(state.letters.removeFirst())")
                    return true
                }
                if goesOn { return true }
                usleep(1_000)
            }
            return false
        }

        func interrupt() { state.withLock { $0.isCalled = true } }
        func note(_ text: String) { state.withLock { $0.log.append(text) } }
        var log: [String] { state.withLock { $0.log } }
    }

    @Test func jobsCallTheThreadBack() async throws {
        let thread = EngineThread(threads: ThreadCache())
        let mailbox = Mailbox(patience: 10_000)
        thread.setAttendant(mailbox)
        mailbox.state.withLock { $0.letters = [1, 2] }
        while mailbox.log.count < 2 { usleep(1_000) }
        // Were the wait not ended by the job, this would take ten seconds.
        let start = ContinuousClock.now
        for number in 0..<20 { try await thread.run { mailbox.note("job \(number)") } }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(mailbox.log == ["letter 1", "letter 2"] + (0..<20).map { "job \($0)" })
        thread.setAttendant(nil)
        mailbox.interrupt()
    }

    @Test func aThreadThatIsNotNeededGoesAndComesAgain() async throws {
        let threads = ThreadCache()
        let thread = EngineThread(threads: threads)
        let mailbox = Mailbox(patience: 3)
        thread.setAttendant(mailbox)
        try await thread.run {}
        let deadline = ContinuousClock.now + .seconds(5)
        var waits = -1
        // Nothing comes: the thread goes back to the cache, and nobody waits.
        while ContinuousClock.now < deadline {
            let now = mailbox.state.withLock { $0.waits }
            if now == waits { break }
            waits = now
            usleep(50_000)
        }
        #expect(mailbox.state.withLock { $0.waits } == waits)
        mailbox.state.withLock { $0.letters = [7] }
        // Whoever sees something come submits a job.
        thread.async {}
        while mailbox.log.isEmpty, ContinuousClock.now < deadline + .seconds(5) { usleep(1_000) }
        #expect(mailbox.log == ["letter 7"])
        thread.setAttendant(nil)
        threads.shutdown()
        #expect(threads.liveThreads == 0)
    }

    @Test func manyJobsAndLettersFromManyThreads() async throws {
        let thread = EngineThread(threads: ThreadCache())
        let mailbox = Mailbox(patience: 2)
        thread.setAttendant(mailbox)
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<4 {
                group.addTask {
                    for number in 0..<500 {
                        if sender % 2 == 0 {
                            thread.async { mailbox.note("job \(sender) \(number)") }
                        } else {
                            mailbox.state.withLock { $0.letters.append(sender * 1_000 + number) }
                            thread.async {}
                        }
                        if number % 50 == 0 { usleep(3_000) }
                    }
                }
            }
        }
        let deadline = ContinuousClock.now + .seconds(20)
        while mailbox.log.count < 2_000, ContinuousClock.now < deadline {
            thread.async {}
            usleep(1_000)
        }
        let log = mailbox.log
        #expect(log.count == 2_000)
        // The jobs of one sender ran in the order they came.
        for sender in [0, 2] { #expect(log.filter { $0.hasPrefix("job \(sender) ") } == (0..<500).map { "job \(sender) \($0)" }) }
        thread.setAttendant(nil)
    }
}
