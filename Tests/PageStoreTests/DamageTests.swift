import Glibc
import Testing
@testable import PageStore

/// Damaged, cut and foreign files give errors, never crashes or wrong data; backups, checks and read-only openers.
@Suite struct DamageTests {
    private func options() -> StoreOptions {
        var options = quietOptions(pageSize: 1024)
        options.logExtentSlots = 8
        return options
    }

    /// A small store with a few branches, on a disk of its own.
    private func makeDisk(seed: UInt64, close: Bool) throws -> (SimulatedDisk, [BranchID: [PageNumber: UInt8]]) {
        let disk = SimulatedDisk(capacity: 600 * 1024, seed: seed)
        let store = try Store.open(io: disk, path: "x", options: options())
        var content: [BranchID: [PageNumber: UInt8]] = [.main: [:]]
        var random = SeededGenerator(seed: seed)
        for i in 0 ..< 20 as Range<UInt8> {
            var pages: [PageNumber: [UInt8]] = [:]
            for _ in 0 ..< 3 { pages[PageNumber.random(in: 1 ... 80, using: &random)] = filled(i + 1, size: 1024) }
            let branch = content.keys.sorted().randomElement(using: &random) ?? .main
            try store.put(pages, on: branch)
            for page in pages.keys { content[branch]?[page] = i + 1 }
            if i % 5 == 4 {
                let id = BranchID(rawValue: UInt64(i))
                try store.forkHead(of: branch, as: id)
                content[id] = content[branch]
            }
            if i == 12 { try store.checkpoint() }
        }
        if close { try store.close() }
        disk.restart()
        return (disk, content)
    }

    /// Opens and reads everything: each page is right or reported, each failure is a `StoreError`.
    private func readAll(_ disk: SimulatedDisk, _ content: [BranchID: [PageNumber: UInt8]], _ what: String) -> Int {
        disk.restart()
        var errors = 0
        do throws(StoreError) {
            let store = try Store.open(io: disk, path: "x", options: options())
            for (branch, pages) in content {
                guard let snapshot = try? store.snapshot(of: branch) else { errors += 1; continue }
                for (page, byte) in pages {
                    guard let found = snapshot.byte(page) else { errors += 1; continue }
                    if found != byte { Issue.record("\(what): branch \(branch.hex) page \(page): \(found), expected \(byte)") }
                }
            }
            if try !store.check().isSound { errors += 1 }
        } catch {
            errors += 1
        }
        return errors
    }

    @Test(arguments: [false, true]) func flippedBitsAreNoticed(closed: Bool) throws {
        var noticed = 0
        for seed in 1 ... 60 as ClosedRange<UInt64> {
            let (disk, content) = try makeDisk(seed: 7, close: closed)
            var random = SeededGenerator(seed: seed)
            let flips = Int.random(in: 1 ... 4, using: &random)
            for _ in 0 ..< flips { disk.flipBit(at: Int.random(in: 0 ..< disk.length, using: &random), bit: Int.random(in: 0 ..< 8, using: &random)) }
            noticed += readAll(disk, content, "seed \(seed)") > 0 ? 1 : 0
        }
        #expect(noticed > 5)
    }

    @Test func cutFilesGiveErrors() throws {
        let (original, content) = try makeDisk(seed: 3, close: true)
        let full = original.length
        for length in stride(from: 0, to: full, by: 2511) {
            let (disk, _) = try makeDisk(seed: 3, close: true)
            disk.cut(to: length)
            if length == 0 { continue } // an empty file becomes a new store
            _ = readAll(disk, content, "cut to \(length)")
        }
        #expect(readAll(original, content, "whole") == 0)
    }

    @Test func garbageIsNoStore() throws {
        for seed in 1 ... 20 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            let disk = SimulatedDisk(capacity: 300 * 1024, seed: seed)
            let file = try disk.open(path: "x", readOnly: false, create: true)
            var bytes = (0 ..< 100_000).map { _ in UInt8.random(in: 0 ... 255, using: &random) }
            if seed % 2 == 0 { for (i, byte) in Superblock.magic.enumerated() { bytes[i] = byte } }
            try bytes.withUnsafeBytes { try file.write(at: 0, $0) }
            file.close()
            #expect(throws: StoreError.self, "seed \(seed)") { _ = try Store.open(io: disk, path: "x", options: options()) }
        }
    }

    @Test func oneLostSuperblockIsNoLoss() throws {
        for place in 0 ..< 4 {
            let (disk, content) = try makeDisk(seed: 9, close: place % 2 == 0)
            for bit in 0 ..< 8 { disk.flipBit(at: place * 1024 + 40, bit: bit) }
            #expect(readAll(disk, content, "superblock \(place)") == 0)
        }
    }

    @Test func damageWithinTheLogIsAnErrorNotItsEnd() throws {
        let disk = SimulatedDisk(capacity: 600 * 1024, seed: 1)
        let store = try Store.open(io: disk, path: "x", options: options())
        for i in 1 ... 4 as ClosedRange<UInt8> { try store.put([2: filled(i, size: 1024)]) }
        let position = store.registry.position
        disk.restart()
        // The first group of this log: later ones vouch for it.
        disk.flipBit(at: Int(position.extent) * 1024 + 70, bit: 3)
        do throws(StoreError) {
            _ = try Store.open(io: disk, path: "x", options: options())
            Issue.record("the damage was not noticed")
        } catch {
            #expect(error.code == "BL_CORRUPT")
        }
    }

    @Test func aDamagedImageIsNamed() throws {
        let disk = SimulatedDisk(capacity: 600 * 1024, seed: 1)
        let store = try Store.open(io: disk, path: "x", options: options())
        try store.put([5: filled(5, size: 1024)])
        try store.close()
        let again = try Store.open(io: disk, path: "x", options: options())
        let snapshot = try again.snapshot(of: .main)
        let slot = try again.maps.entry(snapshot.map, 5).slot
        disk.flipBit(at: Int(slot) * 1024 + 10, bit: 0)
        #expect(snapshot.bytes(5) == nil)
        guard case .corrupt(let branch, let page, let found, _)? = snapshot.failure(reading: 5) else {
            Issue.record("no error")
            return
        }
        #expect(branch == .main && page == 5 && found == UInt64(slot))
        let report = try again.check()
        #expect(report.problems.count == 1)
    }

    @Test func aFailedSyncPoisons() throws {
        let disk = SimulatedDisk(capacity: 600 * 1024, seed: 5)
        let store = try Store.open(io: disk, path: "x", options: options())
        try store.put([2: filled(1, size: 1024)])
        disk.failNextSync()
        #expect(throws: StoreError.self) { try store.put([2: filled(2, size: 1024)]) }
        do {
            try store.put([2: filled(3, size: 1024)])
            Issue.record("written after a failed sync")
        } catch let error as StoreError {
            #expect(error.code == "BL_POISONED")
        }
        #expect(try store.snapshot(of: .main).byte(2) == 1, "reading goes on")
    }

    @Test func aFullStoreStaysUsable() throws {
        var small = options()
        small.maxFileBytes = 300 * 1024
        let disk = SimulatedDisk(capacity: 300 * 1024, seed: 5)
        let store = try Store.open(io: disk, path: "x", options: small)
        var failure: StoreError?
        var written: PageNumber = 0
        while failure == nil, written < 1000 {
            do { try store.put([written + 1: filled(9, size: 1024)]); written += 1 } catch let error as StoreError { failure = error }
        }
        #expect(failure == .diskFull)
        #expect(written > 20)
        #expect(try store.snapshot(of: .main).byte(written) == 9)
        #expect(try store.check().isSound)
        try store.put([:], truncate: 1)
        try store.reclaim()
        try store.checkpoint()
        try store.put([2: filled(2, size: 1024)])
        try store.close()
        let again = try Store.open(io: disk, path: "x", options: small)
        #expect(try again.snapshot(of: .main).byte(2) == 2)
    }
}

@Suite struct BackupTests {
    @Test func backupIsAWholeStore() throws {
        let temporary = try TemporaryPath()
        let store = try Store.open(path: temporary.path, options: quietOptions())
        var pages: [PageNumber: [UInt8]] = [:]
        for page in 1 ... 300 as ClosedRange<PageNumber> { pages[page] = filled(UInt8(page % 200)) }
        try store.put(pages)
        let a = BranchID(rawValue: 4)
        try store.forkHead(of: .main, as: a, metadata: [1])
        try store.put([7: filled(77)], on: a)
        try store.backup(to: temporary.path + ".copy")
        try store.put([7: filled(78)], on: a)
        #expect(throws: StoreError.self) { try store.backup(to: temporary.path + ".copy") }
        let copy = try Store.open(path: temporary.path + ".copy", options: quietOptions())
        #expect(try copy.snapshot(of: a).byte(7) == 77)
        #expect(try copy.snapshot(of: .main).byte(300) == 100)
        #expect(copy.branch(a)?.metadata == [1])
        #expect(try copy.check().isSound)
        try copy.put([7: filled(1)])
        try copy.close()
        #expect(try store.check().isSound)
        try store.close()
    }

    @Test func readOnlyOpenersSeeOneMoment() throws {
        let temporary = try TemporaryPath()
        let store = try Store.open(path: temporary.path, options: quietOptions())
        try store.put([2: filled(2)])
        try store.put([2: filled(3)])
        var readOnly = quietOptions()
        readOnly.readOnly = true
        let reader = try Store.open(path: temporary.path, options: readOnly)
        let seen = try #require(reader.snapshot(of: .main).byte(2))
        #expect(seen == 2 || seen == 3)
        #expect(throws: StoreError.readOnly) { _ = try reader.acquireWriter(of: .main, timeout: .zero) }
        for i in 0 ..< 200 as Range<UInt8> {
            try store.put([2: filled(i), 3: filled(i)])
            if i % 20 == 0 { try store.reclaim(); try store.checkpoint() }
        }
        #expect(try reader.snapshot(of: .main).byte(2) == seen, "slots of a reader's generation are not written")
        #expect(try reader.check().isSound)
        try reader.close()
        try store.close()
        let later = try Store.open(path: temporary.path, options: readOnly)
        #expect(try later.snapshot(of: .main).byte(2) == 199)
    }

    @Test func uniqueBytesFollowWhatABranchChanged() throws {
        let store = try Store.open(path: ":memory:", options: quietOptions())
        var pages: [PageNumber: [UInt8]] = [:]
        for page in 1 ... 100 as ClosedRange<PageNumber> { pages[page] = filled(1) }
        try store.put(pages)
        let a = BranchID(rawValue: 4)
        try store.forkHead(of: .main, as: a)
        #expect(try store.uniqueBytes(of: a) == 0)
        try store.put([5: filled(2), 6: filled(2)], on: a)
        let own = try store.uniqueBytes(of: a)
        #expect(own >= 2 * 4096 && own < 4 * 4096)
        try store.put([5: filled(3)], on: a)
        #expect(try store.uniqueBytes(of: a) >= own)
        try store.forkHead(of: a, as: BranchID(rawValue: 5))
        #expect(try store.uniqueBytes(of: a) == 0, "another branch has the same head")
    }
}
