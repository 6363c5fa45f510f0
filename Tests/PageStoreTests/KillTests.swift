import Glibc
import Synchronization
import Testing
@testable import PageStore

/// A process that writes with several threads is killed at random moments, again and again; what it had acknowledged, as
/// recorded outside of it, is there each time.
///
/// The process is this test program itself, told by its environment to be the writer.
@Suite struct KillTests {
    private static let pathVariable = "BRANCHLITE_KILL_STORE"
    private static let writers: UInt64 = 4
    private static let pages: PageNumber = 6

    /// BRANCHLITE_KILL_ROUNDS sets another number.
    private static var rounds: Int { SimulationTests.environment("BRANCHLITE_KILL_ROUNDS").flatMap { Int($0) } ?? 200 }

    private static func options() -> StoreOptions {
        var options = StoreOptions()
        options.pageSize = 1024
        options.checkpointLogBytes = 24 << 10
        options.checkpointQuarantinedSlots = 64
        options.lazySyncInterval = .milliseconds(2)
        return options
    }

    private static func page(_ value: UInt64) -> [UInt8] { Model.page(value) }

    // MARK: the process that is killed

    /// Writes until it is killed; says each acknowledged value on standard output as 16 bytes: branch and value.
    @Test(.enabled(if: SimulationTests.environment(pathVariable) != nil)) func writesUntilItIsKilled() throws {
        guard let path = SimulationTests.environment(KillTests.pathVariable) else { return }
        let store = try Store.open(path: path, options: KillTests.options())
        let threads = (1 ... KillTests.writers).map { writer in
            PageStore.Thread {
                do { try KillTests.write(store, BranchID(rawValue: writer)) } catch { exit(3) }
            }
        }
        for thread in threads { thread.join() }
    }

    private static func write(_ store: Store, _ branch: BranchID) throws {
        if store.branch(branch) == nil { try store.forkHead(of: .main, as: branch, durable: true) }
        var value = try store.snapshot(of: branch).bytes(2).flatMap { $0.withUnsafeBytes { $0.baseAddress.flatMap { Model.tag($0) } } } ?? 0
        while true {
            value += 1
            var content: [PageNumber: [UInt8]] = [:]
            for page in 2 ..< 2 + pages { content[page] = page == 2 || value % 3 == 0 || page == 3 + PageNumber(value % 3) ? KillTests.page(value) : nil }
            try store.put(content, on: branch)
            var line = [branch.rawValue, value]
            guard Glibc.write(STDOUT_FILENO, &line, 16) == 16 else { exit(4) }
            if value % 5 == 0 {
                let extra = BranchID(rawValue: 1000 + branch.rawValue * 1_000_000 + value)
                try store.forkHead(of: branch, as: extra)
                if value % 2 == 0 { try store.put([9: KillTests.page(value)], on: extra) }
                try store.discard(extra)
            }
        }
    }

    // MARK: the one that kills

    /// Starts the writer; what it writes to its standard output comes out of the descriptor.
    private func start(_ path: String) throws -> (process: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw StoreError.io(errno: errno, operation: "pipe") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        let words = ["tests", "--testing-library", "swift-testing", "--filter", "KillTests/writesUntilItIsKilled"]
        let variables = ["\(KillTests.pathVariable)=\(path)"] + ["PATH", "HOME", "LD_LIBRARY_PATH"].compactMap { name in
            SimulationTests.environment(name).map { "\(name)=\($0)" }
        }
        var process: pid_t = 0
        let code = withCStrings(words) { arguments in
            withCStrings(variables) { environment in posix_spawn(&process, "/proc/self/exe", &actions, nil, arguments, environment) }
        }
        close(ends[1])
        guard code == 0 else { throw StoreError.io(errno: code, operation: "posix_spawn") }
        return (process, ends[0])
    }

    private func withCStrings<Answer>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Answer) -> Answer {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }

    /// Reads what was acknowledged: until the end, or for some time after the first.
    private func acknowledged(_ output: Int32, killing process: pid_t, after delay: Int64) -> (values: [UInt64: UInt64], count: Int) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var end = Int64.max
        var isKilled = false
        // The runner says a few lines first; records begin with a branch's number, in eight bytes.
        while true {
            var poller = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, isKilled ? -1 : 1)
            if ready > 0 {
                let n = read(output, &buffer, buffer.count)
                if n <= 0 { break }
                if end == .max { end = monotonicNanoseconds() + delay }
                bytes += buffer[0 ..< n]
            }
            if !isKilled, monotonicNanoseconds() >= end {
                kill(process, SIGKILL)
                isKilled = true
            }
        }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        close(output)
        return decode(bytes)
    }

    private func decode(_ bytes: [UInt8]) -> (values: [UInt64: UInt64], count: Int) {
        var values: [UInt64: UInt64] = [:]
        var count = 0
        var at = 0
        func number(_ offset: Int) -> UInt64 { bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) } }
        while at + 16 <= bytes.count {
            let branch = number(at), value = number(at + 8)
            guard (1 ... KillTests.writers).contains(branch), value < 1 << 40 else { at += 1; continue } // text of the runner
            values[branch] = max(values[branch] ?? 0, value)
            count += 1
            at += 16
        }
        return (values, count)
    }

    @Test(.enabled(if: SimulationTests.environment(pathVariable) == nil)) func acknowledgedCommitsSurviveKills() throws {
        let temporary = try TemporaryPath()
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        try Store.open(path: temporary.path, options: KillTests.options()).close()
        var known: [UInt64: UInt64] = [:]
        var total = 0
        for round in 0 ..< KillTests.rounds {
            let (process, output) = try start(temporary.path)
            let found = acknowledged(output, killing: process, after: Int64.random(in: 0 ... 40_000_000, using: &random))
            total += found.count
            known.merge(found.values) { max($0, $1) }
            let store = try Store.open(path: temporary.path, options: KillTests.options())
            for (branch, least) in known {
                let snapshot = try store.snapshot(of: BranchID(rawValue: branch))
                let value = try #require(snapshot.bytes(2)?.withUnsafeBytes { $0.baseAddress.flatMap { Model.tag($0) } })
                try #require(value == least || value == least + 1, "seed \(seed), round \(round): branch \(branch) has \(value), acknowledged \(least)")
                known[branch] = value
            }
            if round % 10 == 9 || round + 1 == KillTests.rounds { // the rest of the time a process does that
                let report = try store.check()
                try #require(report.isSound, "seed \(seed), round \(round): \(report.problems.prefix(3))")
                try #require(store.branchCount <= Int(KillTests.writers) * 2 + 1 + round, "branches pile up")
            }
            try store.close()
        }
        print("kills: \(KillTests.rounds) rounds, \(total) acknowledged commits")
        #expect(total > KillTests.rounds)
    }
}
