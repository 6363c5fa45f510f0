import Synchronization
import Testing
@testable import PageStore

/// Threads that write, read, fork and discard at once while the background thread checkpoints.
@Suite struct ConcurrencyTests {
    static let pages: PageNumber = 24

    /// Every commit writes the same byte to all pages of a branch, so a torn view shows.
    static func uniform(_ snapshot: Snapshot) -> Bool {
        guard let first = snapshot.byte(2) else { return false }
        for page in 3 ... pages where snapshot.byte(page) != first { return false }
        return true
    }

    static func commit(_ store: Store, _ branch: BranchID, _ byte: UInt8) throws {
        var content: [PageNumber: [UInt8]] = [:]
        for page in 2 ... pages { content[page] = filled(byte, size: store.pageSize) }
        try store.put(content, on: branch)
    }

    @Test(arguments: [true, false]) func threadsSeeWholeVersions(onDisk: Bool) throws {
        let temporary = try TemporaryPath()
        var options = StoreOptions()
        options.pageSize = 1024
        options.checkpointLogBytes = 32 << 10
        options.checkpointQuarantinedSlots = 300
        options.lazySyncInterval = .milliseconds(5)
        options.sync = onDisk ? .normal : .full
        let path = onDisk ? temporary.path : ":memory:"
        let store = try Store.open(path: path, options: options)
        try ConcurrencyTests.commit(store, .main, 1)
        let failures = Atomic<Int>(0)
        let done = Atomic<Int>(0)
        let rounds = 60
        var threads: [PageStore.Thread] = []
        for worker in 0 ..< 4 as Range<UInt64> {
            threads.append(PageStore.Thread {
                do {
                    let own = BranchID(rawValue: 100 + worker)
                    try store.forkHead(of: .main, as: own, durable: worker == 0)
                    for round in 0 ..< rounds {
                        try ConcurrencyTests.commit(store, own, UInt8(truncatingIfNeeded: round))
                        let extra = BranchID(rawValue: 1000 + worker * 1000 + UInt64(round))
                        try store.forkHead(of: own, as: extra)
                        if round % 3 == 0 { try ConcurrencyTests.commit(store, extra, 200) }
                        if round % 7 == 0, let head = store.branch(own)?.head { try store.moveHead(of: own, to: head) }
                        if !ConcurrencyTests.uniform(try store.snapshot(of: extra)) { failures.add(1, ordering: .relaxed) }
                        try store.discard(extra)
                        if round % 5 == worker { try ConcurrencyTests.commit(store, .main, UInt8(truncatingIfNeeded: round)) }
                    }
                } catch { failures.add(1, ordering: .relaxed) }
                done.add(1, ordering: .releasing)
            })
        }
        threads.append(PageStore.Thread {
            while done.load(ordering: .acquiring) < 4 {
                guard let all = try? store.snapshots(of: store.branches().map(\.id)) else { continue } // one was discarded meanwhile
                for snapshot in all where !ConcurrencyTests.uniform(snapshot) { failures.add(1, ordering: .relaxed) }
            }
        })
        threads.append(PageStore.Thread {
            while done.load(ordering: .acquiring) < 4 {
                guard let report = try? store.check(), report.isSound else { failures.add(1, ordering: .relaxed); return }
            }
        })
        for thread in threads { thread.join() }
        #expect(failures.load(ordering: .relaxed) == 0)
        #expect(store.branchCount == 5)
        try store.reclaim()
        try store.checkpoint()
        let report = try store.check()
        #expect(report.isSound, "\(report.problems.prefix(3))")
        #expect(store.statistics().versions <= 12)
        try store.close()
        if onDisk {
            let again = try Store.open(path: path, options: options)
            for branch in again.branches() { #expect(ConcurrencyTests.uniform(try again.snapshot(of: branch.id))) }
            #expect(try again.check().isSound)
            try again.close()
        }
    }

    @Test func writersOfOneBranchTakeTurns() throws {
        let store = try Store.open(path: ":memory:")
        let failures = Atomic<Int>(0)
        let threads = (0 ..< 6).map { _ in
            PageStore.Thread {
                for _ in 0 ..< 30 {
                    do {
                        let slot = try store.acquireWriter(of: .main, timeout: .seconds(20))
                        let base = try store.snapshot(of: .main)
                        let t = try store.begin(slot, on: base)
                        var page = base.bytes(2) ?? []
                        page[500] &+= 1
                        try t.write(2, from: page)
                        _ = try t.commit()
                        slot.release()
                    } catch { failures.add(1, ordering: .relaxed) }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.load(ordering: .relaxed) == 0)
        #expect(try store.snapshot(of: .main).byte(2) == 180)
        try store.close()
    }

    @Test func aHundredThousandForksAreAsFastAsAThousand() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        let base = try store.put([2: filled(2)])
        func time(_ from: UInt64, _ count: UInt64) throws -> Int64 {
            let start = monotonicNanoseconds()
            for i in 0 ..< count { try store.fork(from: base, as: BranchID(rawValue: from + i)) }
            return (monotonicNanoseconds() - start) / Int64(count)
        }
        _ = try time(1, 500)
        let few = try time(1000, 1000)
        _ = try time(10_000, 20_000)
        let many = try time(100_000, 1000)
        #expect(many < 8 * few + 20_000, "\(few) ns per fork with few branches, \(many) with many")
        #expect(store.statistics().versions == 2 || store.statistics().versions == 1)
    }
}
