import Foundation
import Synchronization
import Testing
@testable import PageStore

/// Moving what lies at the end of the file to its front.
@Suite struct VacuumTests {
    private func page(_ number: PageNumber, _ round: UInt8) -> [UInt8] {
        var bytes = filled(UInt8(truncatingIfNeeded: number))
        for index in stride(from: 0, to: bytes.count, by: 64) { bytes[index] = round &+ UInt8(truncatingIfNeeded: number >> 8) }
        return bytes
    }

    private func fill(_ store: Store, _ pages: ClosedRange<PageNumber>, round: UInt8, on branch: BranchID = .main) throws {
        var changes: [PageNumber: [UInt8]] = [:]
        for number in pages { changes[number] = page(number, round) }
        try store.put(changes, on: branch)
    }

    /// A store of three branches whose file is mostly holes: what is in use lies at the end of it.
    private func holey(_ path: String, _ options: StoreOptions = quietOptions()) throws -> (Store, [BranchID]) {
        let store = try Store.open(path: path, options: options)
        let branches = [BranchID.main, BranchID(rawValue: 7), BranchID(rawValue: 8)]
        let large = BranchID(rawValue: 1_000)
        try fill(store, 1 ... 4, round: 1)
        try store.forkHead(of: .main, as: large)
        try fill(store, 1 ... 6_000, round: 9, on: large)
        try fill(store, 1 ... 400, round: 2)
        for branch in branches.dropFirst() { try store.forkHead(of: .main, as: branch, metadata: [UInt8(branch.rawValue)]) }
        try fill(store, 100 ... 200, round: 3, on: branches[1])
        try store.put([5: page(5, 77)], on: branches[2]) // a few bytes differ: kept as a difference
        try store.discard(large)
        try store.reclaim()
        try store.checkpoint()
        return (store, branches)
    }

    private func content(_ store: Store, _ branches: [BranchID]) throws -> [[[UInt8]?]] {
        try branches.map { branch in
            let snapshot = try store.snapshot(of: branch)
            return (1 ... snapshot.pageCount).map { snapshot.bytes($0) }
        }
    }

    @Test func theFileShrinksToWhatIsInUse() throws {
        let temporary = try TemporaryPath()
        let (store, branches) = try holey(temporary.path)
        let before = try content(store, branches)
        let report = try store.vacuum()
        #expect(report.isComplete && report.movedImages > 400, "\(report)")
        #expect(report.bytesBefore > 24 << 20 && report.bytesAfter < 6 << 20, "\(report)")
        #expect(try content(store, branches) == before)
        #expect(try store.check().problems.isEmpty)
        // A second one has nothing to do.
        #expect(try store.vacuum().movedImages == 0)
        // What is written afterwards is as good as ever, differences included, and all of it survives.
        for round in 20 ..< 40 as Range<UInt8> {
            for branch in branches { try store.put([PageNumber(round): page(PageNumber(round), round), 5: page(5, round)], on: branch) }
            if round % 7 == 0 { try store.reclaim() }
        }
        let after = try content(store, branches)
        try store.close()
        let again = try Store.open(path: temporary.path, options: quietOptions())
        #expect(try content(again, branches) == after)
        #expect(again.branch(branches[1])?.metadata == [7])
        #expect(try again.check().problems.isEmpty)
        for branch in branches.dropFirst() { try again.discard(branch) }
        try again.reclaim()
        try again.checkpoint()
        #expect(try again.check().problems.isEmpty)
        try again.close()
    }

    @Test func sharedImagesStayShared() throws {
        let temporary = try TemporaryPath()
        let (store, branches) = try holey(temporary.path)
        let before = store.statistics()
        _ = try store.vacuum()
        let after = store.statistics()
        #expect(after.usedSlots <= before.usedSlots + 8 && after.versions == before.versions, "\(before) \(after)")
        #expect(try store.snapshot(of: branches[1]).changed(since: store.snapshot(of: .main)) == Array(100 ... 200))
        try store.close()
    }

    @Test func aReaderMakesItGiveUp() throws {
        let temporary = try TemporaryPath()
        let (store, branches) = try holey(temporary.path)
        let before = try content(store, branches)
        var reader: Snapshot? = try store.snapshot(of: branches[1])
        let report = try store.vacuum(patience: .milliseconds(20))
        #expect(!report.isComplete && report.movedImages == 0)
        #expect(reader?.bytes(150) == page(150, 3))
        reader = nil
        #expect(try store.vacuum().isComplete)
        #expect(try content(store, branches) == before)
        #expect(try store.check().problems.isEmpty)
        try store.close()
    }

    @Test func readersOfOtherProcessesKeepWhatTheyRead() throws {
        let temporary = try TemporaryPath()
        let (store, branches) = try holey(temporary.path)
        let before = try content(store, branches)
        var options = quietOptions()
        options.readOnly = true
        let other = try Store.open(path: temporary.path, options: options)
        _ = try store.vacuum()
        #expect(try content(other, branches) == before)
        #expect(try other.check().problems.isEmpty)
        try other.close()
        #expect(try store.vacuum().bytesAfter < 6 << 20)
        #expect(try content(store, branches) == before)
        try store.close()
    }

    @Test func writersAndReadersGoOnBetweenThePasses() throws {
        let temporary = try TemporaryPath()
        let (store, branches) = try holey(temporary.path, StoreOptions())
        let stop = Atomic<Bool>(false)
        let ended = Atomic<Int>(0)
        let failures = Mutex<[String]>([])
        for (index, branch) in branches.enumerated() {
            Foundation.Thread.detachNewThread { [self] in
                var step: UInt8 = 0
                while !stop.load(ordering: .relaxed) {
                    step &+= 1
                    do {
                        try store.put([10: page(10, step), 390: page(10, step)], on: branch)
                        let snapshot = try store.snapshot(of: branch)
                        if snapshot.bytes(10) != snapshot.bytes(390) { failures.withLock { $0.append("half of a commit") } }
                        if snapshot.bytes(50) != page(50, 2) { failures.withLock { $0.append("page 50") } }
                    } catch { failures.withLock { $0.append("\(error)") } }
                    usleep(UInt32(300 * (index + 1)))
                }
                ended.add(1, ordering: .releasing)
            }
        }
        for _ in 0 ..< 5 { _ = try store.vacuum(patience: .seconds(1)) }
        stop.store(true, ordering: .relaxed)
        while ended.load(ordering: .acquiring) < branches.count { usleep(500) }
        #expect(failures.withLock { $0 } == [])
        #expect(try store.vacuum().isComplete)
        #expect(try store.check().problems.isEmpty)
        try store.close()
    }
}
