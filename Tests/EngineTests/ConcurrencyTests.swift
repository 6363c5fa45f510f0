import PageStore
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@testable import Engine

@Suite struct ConcurrencyTests {
    @Test func writersOfDifferentBranchesDoNotWait() async throws {
        let fixture = try Fixture()
        try fixture.connect().execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b INT)")
        let branches = try (1...4).map { try fixture.fork(UInt64($0)) }
        let holder = try fixture.connect()
        try holder.execute("BEGIN; INSERT INTO t VALUES(1, 1)")
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for branch in branches {
                let engine = fixture.engine
                group.addTask {
                    try await EngineThread().run {
                        let connection = try engine.checkout(.head(branch))
                        defer { engine.checkin(connection) }
                        for i in 0..<200 { try connection.execute("INSERT INTO t(b) VALUES(?1)", [.integer(Int64(i))]) }
                        return try connection.count("SELECT count(*) FROM t")
                    }
                }
            }
            for try await count in group { #expect(count == 200) }
        }
        try holder.execute("COMMIT")
        #expect(try fixture.connect().count("SELECT count(*) FROM t") == 1)
    }

    @Test func writersOfOneBranchQueue() async throws {
        let fixture = try Fixture()
        try fixture.connect().execute("CREATE TABLE counter(n INT); INSERT INTO counter VALUES(0)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                let engine = fixture.engine
                group.addTask {
                    try await EngineThread().run {
                        let connection = try engine.checkout(.head(.main))
                        defer { engine.checkin(connection) }
                        for i in 0..<40 {
                            if i % 2 == 0 {
                                try connection.execute("UPDATE counter SET n = n + 1")
                            } else {
                                try connection.execute("BEGIN")
                                let now = try connection.count("SELECT n FROM counter")
                                #expect(now >= 0)
                                try connection.execute("UPDATE counter SET n = n + 1")
                                try connection.execute("COMMIT")
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try fixture.connect().count("SELECT n FROM counter") == 240)
    }

    @Test func interruptAndTimeoutStopStatements() async throws {
        let fixture = try Fixture()
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"
        let main = try fixture.connect()
        main.setTimeout(.milliseconds(30))
        #expect(code { _ = try main.query(endless) } == "BL_TIMEOUT")
        #expect(code { _ = try main.query("SELECT 1") } == "BL_TIMEOUT")
        main.setTimeout(nil)
        #expect(try main.count("SELECT 1") == 1)

        let handle = main.interruptHandle
        let stopper = EngineThread()
        stopper.async {
            usleep(30000)
            handle.interrupt()
        }
        #expect(code { _ = try main.query(endless) } == "BL_INTERRUPTED")
        #expect(try main.count("SELECT 1") == 1)
        handle.interrupt()
        handle.clear()
        #expect(try main.count("SELECT 1") == 1)
        main.close()
        handle.interrupt()
        #expect(code { _ = try main.prepare("SELECT 1") } == "BL_CLOSED")
    }

    @Test func waitingWritersCanBeInterruptedAndTimeOut() async throws {
        let fixture = try Fixture()
        let holder = try fixture.connect()
        try holder.execute("CREATE TABLE t(a); BEGIN; INSERT INTO t VALUES(1)")
        let waiter = try fixture.connect()
        waiter.setTimeout(.milliseconds(40))
        #expect(code { try waiter.execute("INSERT INTO t VALUES(2)") } == "BL_TIMEOUT")
        waiter.setTimeout(nil)
        let handle = waiter.interruptHandle
        EngineThread().async {
            usleep(30000)
            handle.interrupt()
        }
        #expect(code { try waiter.execute("INSERT INTO t VALUES(2)") } == "BL_INTERRUPTED")
        try holder.execute("COMMIT")
        try waiter.execute("INSERT INTO t VALUES(2)")
    }

    @Test func headMovesAreNoticedBySleepingConnections() throws {
        let fixture = try Fixture()
        let store = fixture.store
        let writer = try fixture.connect()
        try writer.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)")
        let old = try #require(writer.lastCommittedVersion)
        let pin = try store.snapshot(of: .main) // keeps that version from being reclaimed
        let sleeper = try fixture.connect()
        let kept = try sleeper.cachedStatement("SELECT count(*) FROM t")
        #expect(try kept.step() && kept.integer(0) == 1)
        kept.finish()
        // Back, then forward by another way to the same schema cookie and counters with another content.
        try writer.execute("ALTER TABLE t ADD COLUMN b")
        #expect(try sleeper.query("SELECT * FROM t") == [[1, .null]])
        _ = try store.moveHead(of: .main, to: old, mergedFrom: nil, expectedHead: nil, metadata: nil)
        let other = try fixture.connect()
        try other.execute("CREATE TABLE u(x); INSERT INTO u VALUES(5)")
        #expect(try sleeper.query("SELECT * FROM t") == [[1]])
        #expect(try sleeper.query("SELECT x FROM u") == [[5]])
        _ = try store.moveHead(of: .main, to: old, mergedFrom: nil, expectedHead: nil, metadata: nil)
        try sleeper.execute("CREATE TABLE v(y)")
        #expect(code { _ = try writer.query("SELECT * FROM u") } == "BL_NO_SUCH_TABLE")
        #expect(try writer.query("SELECT * FROM t") == [[1]])
        try writer.execute("INSERT INTO v VALUES(1)")
        #expect(try sleeper.query("PRAGMA integrity_check") == [["ok"]])
        #expect(pin.version == old)
    }

    @Test func engineThreadsKeepOrderAndEndCleanly() async throws {
        var options = ThreadCache.Options()
        options.maxIdle = 2
        let cache = ThreadCache(options: options)
        let order = Mutex<[Int]>([])
        let queue = EngineThread(threads: cache)
        for i in 0..<200 { queue.async { order.withLock { $0.append(i) } } }
        let isOwn = try await queue.run { queue.isCurrent }
        #expect(isOwn && !queue.isCurrent)
        #expect(order.withLock { $0 } == Array(0..<200))
        let queues = (0..<8).map { _ in EngineThread(threads: cache) }
        for queue in queues { queue.async { usleep(2000) } }
        for queue in queues { _ = try await queue.run { 1 } }
        let session = Session(thread: EngineThread(threads: cache))
        for _ in 0..<50 { await session.work() }
        #expect(await session.count == 50)
        cache.shutdown()
        #expect(cache.liveThreads == 0)
        #expect(try await queue.run { 7 } == 7)
        cache.shutdown()
    }
}

private actor Session {
    private nonisolated let thread: EngineThread
    private(set) var count = 0
    init(thread: EngineThread) { self.thread = thread }
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    func work() {
        thread.checkIsolated()
        count += 1
    }
}
