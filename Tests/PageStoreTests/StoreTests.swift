import Glibc
import Testing
@testable import PageStore

@Suite struct StoreTests {
    @Test func commitsAreReadBack() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        let empty = try store.snapshot(of: .main)
        #expect(empty.pageCount == 0)
        #expect(empty.byte(1) == 0)
        let v1 = try store.put([1: filled(1), 2: filled(2), 40: filled(40)])
        let first = try store.snapshot(of: .main)
        #expect(first.version == v1)
        #expect(first.pageCount == 40)
        #expect(first.byte(2) == 2)
        #expect(first.byte(3) == 0)
        #expect(first.byte(40) == 40)
        try store.put([2: filled(22)], truncate: 10)
        let second = try store.snapshot(of: .main)
        #expect(second.pageCount == 10)
        #expect(second.byte(2) == 22)
        #expect(second.byte(40) == 0)
        #expect(first.byte(2) == 2, "a pinned snapshot does not change")
        #expect(first.byte(40) == 40)
        #expect(try second.changed(since: first) == [2, 40])
        #expect(try first.changed(since: empty) == [1, 2, 40])
    }

    @Test func pageOneCarriesTheVersionsCounter() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        let v1 = try store.put([1: filled(7)])
        let a = try store.snapshot(of: .main)
        let bytes = try #require(a.bytes(1))
        #expect(Array(bytes[24 ..< 28]) == [0, 0, 0, 1])
        #expect(Array(bytes[92 ..< 96]) == [0, 0, 0, 1])
        #expect(bytes[23] == 7 && bytes[28] == 7 && bytes[91] == 7 && bytes[96] == 7)
        let used = store.statistics().usedSlots
        var same = filled(7)
        same[24] = 99
        same[93] = 99
        let v2 = try store.put([1: same])
        #expect(v2 > v1)
        #expect(store.statistics().usedSlots == used, "an image that differs in the counter only is not written")
        let b = try store.snapshot(of: .main)
        #expect(b.changeCounter == 2)
        #expect(try b.changed(since: a).isEmpty)
        #expect(b.bytes(1)?[27] == 2)
    }

    @Test func transactionsSeeTheirOwnWrites() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        try store.put([1: filled(1), 2: filled(2), 3: filled(3)])
        let slot = try store.acquireWriter(of: .main, timeout: .seconds(1))
        let t = try store.begin(slot, on: store.snapshot(of: .main))
        var buffer = filled(0)
        func read(_ page: PageNumber) -> UInt8? {
            let status = buffer.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { t.read(page, into: $0) } }
            return status == .ok || status == .absent ? buffer[500] : nil
        }
        try t.write(2, from: filled(20))
        #expect(read(2) == 20)
        #expect(read(3) == 3)
        t.truncate(toPageCount: 1)
        #expect(read(2) == 0 && read(3) == 0)
        try t.write(4, from: filled(4))
        #expect(t.pageCount == 4)
        #expect(read(3) == 0 && read(4) == 4)
        t.rollback()
        #expect(try store.snapshot(of: .main).byte(2) == 2)
        #expect(store.statistics().inFlightSlots == 0)
        #expect(throws: StoreError.closed) { try t.write(1, from: filled(1)) }
    }

    @Test func branchesAreIndependent() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        let base = try store.put([1: filled(1), 2: filled(2)])
        let a = BranchID(rawValue: 10), b = BranchID(rawValue: 11)
        try store.fork(from: base, as: a, metadata: [1, 2, 3])
        #expect(try store.forkHead(of: a, as: b) == base)
        #expect(store.branch(a)?.metadata == [1, 2, 3])
        try store.put([2: filled(3)], on: a)
        #expect(try store.snapshot(of: .main).byte(2) == 2)
        #expect(try store.snapshot(of: a).byte(2) == 3)
        #expect(try store.snapshot(of: b).byte(2) == 2)
        #expect(throws: StoreError.branchExists(a)) { try store.fork(from: base, as: a) }
        let pinned = try store.snapshot(of: a)
        try store.discard(a)
        #expect(throws: StoreError.noSuchBranch(a)) { _ = try store.snapshot(of: a) }
        #expect(pinned.byte(2) == 3, "a pinned snapshot outlives its branch")
        #expect(throws: StoreError.self) { try store.discard(.main) }
        #expect(Set(store.branches().map(\.id)) == [.main, b])
        try store.setMetadata(b, [9])
        #expect(store.branch(b)?.metadata == [9])
        try store.setStoreValue("k", [1])
        #expect(store.storeValue("k") == [1])
        try store.setStoreValue("k", nil)
        #expect(store.storeValue("k") == nil)
    }

    @Test func headMovesRaiseGenerationAndCounter() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        let v1 = try store.put([1: filled(1)])
        let keep = try store.snapshot(at: v1)
        try store.put([1: filled(2)])
        let before = try store.snapshot(of: .main)
        let moved = try store.moveHead(of: .main, to: v1)
        let after = try store.snapshot(of: .main)
        #expect(after.version == moved)
        #expect(after.byte(1) == 1)
        #expect(after.generation == before.generation + 1)
        #expect(after.changeCounter > before.changeCounter)
        #expect(store.version(moved)?.parents == [v1])
        #expect(throws: StoreError.staleHead(branch: .main, expected: v1, found: moved)) {
            try store.moveHead(of: .main, to: v1, expectedHead: v1)
        }
        #expect(keep.byte(1) == 1)
    }

    @Test func aMovedHeadMakesTransactionsStale() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        let v1 = try store.put([1: filled(1)])
        let slot = try store.acquireWriter(of: .main, timeout: .seconds(1))
        let old = try store.snapshot(of: .main)
        let t = try store.begin(slot, on: old)
        try t.write(1, from: filled(5))
        let moved = try store.moveHead(of: .main, to: v1)
        #expect(throws: StoreError.staleHead(branch: .main, expected: v1, found: moved)) { _ = try t.commit() }
        #expect(throws: StoreError.staleHead(branch: .main, expected: v1, found: moved)) { _ = try store.begin(slot, on: old) }
        #expect(try store.snapshot(of: .main).byte(1) == 1)
        #expect(store.statistics().inFlightSlots == 0)
    }

    @Test func writersQueue() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        let slot = try store.acquireWriter(of: .main, timeout: .zero)
        #expect(throws: StoreError.writerBusy(.main)) { _ = try store.acquireWriter(of: .main, timeout: .milliseconds(20)) }
        #expect(throws: StoreError.writerBusy(.main)) { _ = try store.acquireWriter(of: .main, timeout: .seconds(60), cancelled: { true }) }
        slot.release()
        let again = try store.acquireWriter(of: .main, timeout: .zero)
        again.release()
    }

    @Test func mergeBasesFollowBothParents() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        let base = try store.put([1: filled(1), 2: filled(2)])
        let b = BranchID(rawValue: 5)
        try store.fork(from: base, as: b)
        let b1 = try store.put([2: filled(3)], on: b)
        let m1 = try store.put([1: filled(4)])
        #expect(store.mergeBases(b1, m1) == [base])
        let merged = try store.put([2: filled(3)], mergedFrom: b1)
        #expect(store.version(merged)?.parents == [m1, b1])
        let b2 = try store.put([3: filled(9)], on: b)
        let m2 = try store.put([4: filled(9)])
        #expect(store.mergeBases(b2, m2) == [b1])
        try store.reclaim()
        #expect(store.mergeBases(b2, m2) == [b1], "merge bases of living branches are kept")
        #expect(try store.snapshot(at: b1).byte(2) == 3)
        #expect(store.version(m1) == nil, "a version that nothing needs is gone")
        // main fast-forwarded to the branch
        let forward = try store.moveHead(of: b, to: m2, mergedFrom: b2)
        #expect(store.mergeBases(forward, m2) == [m2])
    }

    @Test func largeTransactionsGoToTheFileEarly() throws {
        var options = quietOptions()
        options.transactionCacheBytes = 32 * 4096
        let store = try Store.open(path: ":memory:", options: options)
        var pages: [PageNumber: [UInt8]] = [:]
        for page in 1 ... 2000 as ClosedRange<PageNumber> { pages[page] = filled(UInt8(page % 251)) }
        try store.put(pages)
        let s = try store.snapshot(of: .main)
        for page in 1 ... 2000 as ClosedRange<PageNumber> { #expect(s.byte(page) == UInt8(page % 251)) }
        try store.put([1500: filled(3)], truncate: 1000)
        #expect(try store.snapshot(of: .main).byte(1200) == 0)
        #expect(try store.snapshot(of: .main).byte(1500) == 3)
    }
}

@Suite struct PersistenceTests {
    @Test func reopenAfterCloseAndWithoutClose() throws {
        let temporary = try TemporaryPath()
        let a = BranchID(rawValue: 77)
        do {
            let store = try Store.open(path: temporary.path, options: quietOptions())
            try store.put([1: filled(1), 2: filled(2), 900: filled(90)])
            try store.forkHead(of: .main, as: a, metadata: [5])
            try store.put([2: filled(3)], on: a)
            try store.setStoreValue("x", [7])
            try store.close()
            #expect(throws: StoreError.closed) { _ = try store.snapshot(of: .main) }
        }
        do {
            let store = try Store.open(path: temporary.path, options: quietOptions())
            #expect(try store.snapshot(of: .main).byte(2) == 2)
            #expect(try store.snapshot(of: .main).byte(900) == 90)
            #expect(try store.snapshot(of: a).byte(2) == 3)
            #expect(store.branch(a)?.metadata == [5])
            #expect(store.storeValue("x") == [7])
            try store.put([3: filled(33)], on: a)
            try store.moveHead(of: .main, to: try #require(store.branch(a)?.head))
            // no close: the log is read
        }
        let store = try Store.open(path: temporary.path, options: quietOptions())
        #expect(try store.snapshot(of: a).byte(3) == 33)
        #expect(try store.snapshot(of: .main).byte(3) == 33)
        #expect(store.branch(.main)?.generation == 1)
        #expect(throws: StoreError.self) { _ = try Store.open(path: temporary.path, options: quietOptions()) }
        try store.close()
    }

    @Test func lockNamesTheOwner() throws {
        let temporary = try TemporaryPath()
        let store = try Store.open(path: temporary.path, options: quietOptions())
        #expect(throws: StoreError.locked(pid: getpid())) { _ = try Store.open(path: temporary.path, options: quietOptions()) }
        try store.close()
        let again = try Store.open(path: temporary.path, options: quietOptions())
        try again.close()
    }

    @Test func othersFilesAreRefused() throws {
        let temporary = try TemporaryPath()
        #expect(throws: StoreError.noSuchFile(path: temporary.path)) {
            var options = quietOptions()
            options.mustExist = true
            _ = try Store.open(path: temporary.path, options: options)
        }
        let file = try PosixFileSystem().open(path: temporary.path, readOnly: false, create: true)
        let text = Array("not a store at all".utf8)
        try text.withUnsafeBytes { try file.write(at: 0, $0) }
        file.close()
        #expect(throws: StoreError.notAStore(path: temporary.path)) { _ = try Store.open(path: temporary.path, options: quietOptions()) }
    }
}

@Suite struct RetainedVersionsTests {
    /// Readers of a kept version come and go: it is to be asked about once, not once for each of them.
    @Test func aVersionIsKeptOnceHoweverOftenItIsRead() throws {
        var options = quietOptions()
        options.retention = { _, _ in .keep(untilMicros: .max) }
        let store = try Store.open(io: MemoryFileSystem(), path: "x", options: options)
        let first = try store.put([1: filled(1), 2: filled(2)])
        try store.put([2: filled(3)])
        for _ in 0 ..< 5 {
            #expect(try store.snapshot(at: first).byte(2) == 2)
            try store.maintenance.reclaim()
        }
        #expect(store.maintenance.retained.versions.filter { $0.id == first.rawValue }.count == 1)
        #expect(try store.historyItems(discarded: []).filter { $0.version == first }.count == 1)
        // Asked about anew, it is kept again.
        try store.reclaim()
        #expect(store.maintenance.retained.versions.filter { $0.id == first.rawValue }.count == 1)
    }
}
