import Foundation
import Synchronization
import Testing
@testable import PageStore

/// Backups that take what has not changed from an earlier one.
@Suite struct IncrementalBackupTests {
    /// A directory with everything in it, gone at the end.
    private final class Place {
        let directory = NSTemporaryDirectory() + "incremental-\(UUID().uuidString)"
        init() throws { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: directory) }
        subscript(_ name: String) -> String { directory + "/" + name }
        func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name]) }
    }

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

    /// The copy has what the store had: every page of every branch.
    private func expectSame(_ path: String, _ snapshots: [Snapshot]) throws {
        let copy = try Store.open(path: path, options: quietOptions())
        for snapshot in snapshots {
            let other = try copy.snapshot(of: snapshot.branch)
            #expect(other.pageCount == snapshot.pageCount)
            for number in 1 ... max(1, snapshot.pageCount) where other.bytes(number) != snapshot.bytes(number) {
                Issue.record("page \(number) of \(snapshot.branch.hex) differs")
                break
            }
        }
        #expect(try copy.check().isSound)
        // It is a store of its own, to be written.
        try copy.put([1: filled(9)])
        try copy.close()
    }

    @Test func whatHasNotChangedComesFromTheEarlierOne() throws {
        let place = try Place()
        let store = try Store.open(path: place["store"], options: quietOptions())
        try fill(store, 1 ... 2_000, round: 1)
        let branch = BranchID(rawValue: 77)
        try store.forkHead(of: .main, as: branch, metadata: [1, 2, 3])
        try fill(store, 500 ... 600, round: 2, on: branch)
        let first = try store.backup(to: place["first"])
        #expect(first.reused == 0 && first.copied == first.slots && first.slots > 2_100)
        try fill(store, 1_000 ... 1_019, round: 3)
        try store.put([1_500: page(1_500, 4)], on: branch)
        try store.reclaim()
        let snapshots = try [store.snapshot(of: .main), store.snapshot(of: branch)]
        let second = try store.backup(to: place["second"], since: place["first"])
        #expect(second.reused > 2_000 && second.copied < 200, "\(second)")
        try expectSame(place["second"], snapshots)
        // A third rests on the second; neither needs the ones before.
        try fill(store, 1 ... 50, round: 5)
        let later = try [store.snapshot(of: .main), store.snapshot(of: branch)]
        let third = try store.backup(to: place["third"], since: place["second"])
        #expect(third.reused > 1_900, "\(third)")
        for name in ["first", "second"] { try FileManager.default.removeItem(atPath: place[name]) }
        try expectSame(place["third"], later)
        #expect(try store.check().isSound)
        try store.close()
    }

    @Test func slotsUsedAgainForOtherPagesAreCopied() throws {
        let place = try Place()
        let store = try Store.open(path: place["store"], options: quietOptions())
        let branch = BranchID(rawValue: 5)
        try fill(store, 1 ... 300, round: 1)
        try store.forkHead(of: .main, as: branch)
        try fill(store, 1 ... 300, round: 2, on: branch)
        try store.backup(to: place["first"])
        // The branch goes, its slots are free and get other images, at the same places of the file.
        try store.discard(branch)
        try store.reclaim()
        for round in 3 ... 6 as ClosedRange<UInt8> {
            try store.checkpoint()
            try fill(store, 1 ... 300, round: round)
            try store.reclaim()
        }
        let snapshot = try store.snapshot(of: .main)
        let second = try store.backup(to: place["second"], since: place["first"])
        #expect(second.reused < 50, "\(second)")
        try expectSame(place["second"], [snapshot])
        try store.close()
    }

    @Test func writersGoOnMeanwhile() throws {
        let place = try Place()
        let store = try Store.open(path: place["store"])
        try fill(store, 1 ... 3_000, round: 1)
        try store.put([10: page(10, 0), 2_990: page(10, 0)])
        var previous: String?
        for round in 0 ..< 5 {
            let stop = Atomic<Bool>(false)
            let failure = Mutex<(any Error)?>(nil)
            let writer = Foundation.Thread { [self] in
                var step: UInt8 = 0
                while !stop.load(ordering: .relaxed) {
                    step &+= 1
                    // Each commit gives two pages the same new value: a copy never has one without the other.
                    do { try store.put([10: page(10, step), 2_990: page(10, step)]) } catch { failure.withLock { $0 = error } }
                }
                stop.store(false, ordering: .releasing)
            }
            writer.start()
            let path = place["backup-\(round)"]
            let report = try store.backup(to: path, since: previous)
            stop.store(true, ordering: .relaxed)
            while stop.load(ordering: .acquiring) { usleep(500) }
            #expect(failure.withLock { $0 } == nil)
            let copy = try Store.open(path: path, options: quietOptions())
            let snapshot = try copy.snapshot(of: .main)
            #expect(snapshot.bytes(10) == snapshot.bytes(2_990) && snapshot.bytes(5) == page(5, 1))
            #expect(try copy.check().isSound)
            try copy.close()
            if previous != nil { #expect(report.reused > 2_500, "\(report)") }
            previous = path
        }
        try store.close()
    }

    @Test func anEarlierOneThatIsDamagedOrOfAnotherStoreDoesNoHarm() throws {
        let place = try Place()
        let store = try Store.open(path: place["store"], options: quietOptions())
        try fill(store, 1 ... 400, round: 1)
        try store.backup(to: place["first"])
        // Another store's backup: what happens to be alike is alike, the rest is copied.
        let other = try Store.open(path: place["other"], options: quietOptions())
        try fill(other, 1 ... 400, round: 9)
        try other.backup(to: place["foreign"])
        try other.close()
        let snapshot = try store.snapshot(of: .main)
        #expect(try store.backup(to: place["second"], since: place["foreign"]).copied > 390)
        try expectSame(place["second"], [snapshot])
        // A flipped bit in an image that is taken over is found before the copy appears.
        let slot = try #require(try store.maps.entry(store.snapshot(of: .main).map, 200)).slot
        let handle = try #require(FileHandle(forUpdatingAtPath: place["first"]))
        try handle.seek(toOffset: UInt64(slot) * 4096 + 1_000)
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: UInt64(slot) * 4096 + 1_000)
        try handle.write(contentsOf: Data([byte ^ 4]))
        try handle.close()
        #expect(throws: StoreError.self) { try store.backup(to: place["third"], since: place["first"]) }
        #expect(!place.exists("third") && !place.exists("third.partial"))
        #expect(throws: StoreError.self) { try store.backup(to: place["third"], since: place["nowhere"]) }
        var small = quietOptions()
        small.pageSize = 1024
        try Store.open(path: place["small"], options: small).close()
        #expect(throws: StoreError.self) { try store.backup(to: place["third"], since: place["small"]) }
        #expect(!place.exists("third"))
        try store.close()
    }

    @Test func storesInMemoryAreBackedUpToo() throws {
        let files = MemoryFileSystem()
        let store = try Store.open(io: files, path: "store", options: quietOptions())
        try fill(store, 1 ... 100, round: 1)
        try store.backup(to: "first", files: files)
        try fill(store, 50 ... 52, round: 2)
        let second = try store.backup(to: "second", since: "first", files: files)
        #expect(second.reused >= 90, "\(second)")
        let copy = try Store.open(io: files, path: "second", options: quietOptions())
        #expect(try copy.snapshot(of: .main).bytes(51) == page(51, 2) && copy.snapshot(of: .main).bytes(1)?[500] == 1)
        #expect(try copy.check().isSound)
        try copy.close()
        try store.close()
    }
}
