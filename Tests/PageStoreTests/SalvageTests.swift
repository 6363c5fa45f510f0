import Testing
@testable import PageStore

/// What is intact of a damaged store can be read; what is not is named.
@Suite struct SalvageTests {
    private func options() -> StoreOptions {
        var options = quietOptions(pageSize: 1024)
        options.logExtentSlots = 8
        return options
    }

    /// Branches with known pages; the newest commits are in the log only unless `close`.
    private func makeDisk(close: Bool) throws -> (disk: SimulatedDisk, content: [BranchID: [PageNumber: UInt64]]) {
        let disk = SimulatedDisk(capacity: 900 * 1024, seed: 1)
        let store = try Store.open(io: disk, path: "x", options: options())
        var content: [BranchID: [PageNumber: UInt64]] = [.main: [:]]
        var random = SeededGenerator(seed: 5)
        for i in 0 ..< 60 as Range<UInt64> {
            let branch = content.keys.sorted().randomElement(using: &random) ?? .main
            var pages: [PageNumber: [UInt8]] = [:]
            for _ in 0 ..< 4 {
                let page = PageNumber.random(in: 1 ... 100, using: &random), tag = UInt64.random(in: 1 ... 5000, using: &random)
                pages[page] = Model.page(tag)
                content[branch]?[page] = tag
            }
            try store.put(pages, on: branch)
            if i % 12 == 5 {
                let id = BranchID(rawValue: i)
                try store.forkHead(of: branch, as: id, metadata: [UInt8(i)])
                content[id] = content[branch]
            }
            if i % 25 == 20 { try store.reclaim(); try store.checkpoint() }
        }
        if close { try store.close() }
        disk.restart()
        return (disk, content)
    }

    /// Every page is right or named as damaged. Returns how many of all pages are right.
    private func compare(_ salvage: Salvage, _ content: [BranchID: [PageNumber: UInt64]], _ what: String) throws -> (right: Int, damaged: Int) {
        var right = 0, damaged = 0
        for (branch, pages) in content {
            guard let snapshot = try? salvage.store.snapshot(of: branch) else { continue }
            let bad = Set(snapshot.damagedPages())
            damaged += bad.count
            for (page, tag) in pages where !bad.contains(page) {
                let found = snapshot.bytes(page).flatMap { $0.withUnsafeBytes { buffer in buffer.baseAddress.flatMap { Model.tag($0) } } }
                #expect(found == tag, "\(what): branch \(branch.hex) page \(page)")
                right += 1
            }
        }
        return (right, damaged)
    }

    private func total(_ content: [BranchID: [PageNumber: UInt64]]) -> Int { content.values.reduce(0) { $0 + $1.count } }

    @Test(arguments: [true, false]) func anIntactStoreIsRead(closed: Bool) throws {
        let (disk, content) = try makeDisk(close: closed)
        let salvage = try Store.salvage(path: "x", io: disk)
        #expect(salvage.notes.isEmpty)
        let found = try compare(salvage, content, "intact")
        #expect(found.right == total(content) && found.damaged == 0)
        #expect(salvage.store.branch(BranchID(rawValue: 5))?.metadata == [5])
    }

    @Test(arguments: [true, false]) func damagedSlotsCostTheirPagesOnly(closed: Bool) throws {
        var least = Int.max
        for seed in 1 ... 40 as ClosedRange<UInt64> {
            let (disk, content) = try makeDisk(close: closed)
            // A slot beyond the log's: an image, nodes, or something of a table.
            var random = SeededGenerator(seed: seed)
            let slot = Int.random(in: 68 ..< disk.length / 1024, using: &random)
            for byte in 0 ..< 1024 { disk.flipBit(at: slot * 1024 + byte, bit: byte % 8) }
            let salvage = try Store.salvage(path: "x", io: disk)
            guard salvage.notes.isEmpty else { continue } // a table: an older state
            least = min(least, try compare(salvage, content, "slot \(slot)").right)
        }
        let (_, content) = try makeDisk(close: closed)
        #expect(least > total(content) / 3)
    }

    @Test func anOlderGenerationServes() throws {
        let (disk, content) = try makeDisk(close: false)
        let newest = try #require(Superblock.find(in: try disk.open(path: "x", readOnly: true, create: false)))
        for place in [newest.generation % 2, 2 + newest.generation % 2] { disk.flipBit(at: Int(place) * 1024 + 50, bit: 0) }
        let salvage = try Store.salvage(path: "x", io: disk)
        // The older generation with the log since: everything, unless slots were reused meanwhile.
        let found = try compare(salvage, content, "older generation")
        #expect(found.right + found.damaged >= total(content))
    }

    @Test func aVersionTableIsFoundWithoutAnySuperblock() throws {
        let (disk, content) = try makeDisk(close: true)
        for place in 0 ..< 4 { for byte in 0 ..< 200 { disk.flipBit(at: place * 1024 + byte, bit: byte % 8) } }
        #expect(throws: StoreError.self) { _ = try Store.open(io: disk, path: "x", options: options()) }
        let salvage = try Store.salvage(path: "x", io: disk)
        #expect(salvage.notes.count == 2)
        let found = try compare(salvage, content, "without superblocks")
        #expect(found.right == total(content) && found.damaged == 0)
    }

    @Test func aDamagedLogEndsWhereItIsDamaged() throws {
        let (disk, _) = try makeDisk(close: false)
        let superblock = try #require(Superblock.find(in: try disk.open(path: "x", readOnly: true, create: false)))
        disk.flipBit(at: Int(superblock.log.extent) * 1024 + superblock.log.offset + 80, bit: 3)
        #expect(throws: StoreError.self) { _ = try Store.open(io: disk, path: "x", options: options()) }
        let salvage = try Store.salvage(path: "x", io: disk)
        #expect(salvage.notes.count == 1 && salvage.notes[0].contains("the log is damaged after record \(superblock.lsn)"))
        #expect(salvage.store.branches().count > 1)
        for branch in salvage.store.branches() { #expect(try salvage.store.snapshot(of: branch.id).damagedPages().isEmpty) }
    }

    @Test func cutFilesGiveWhatIsLeft() throws {
        let (original, _) = try makeDisk(close: true)
        for length in stride(from: 0, to: original.length, by: 7013) {
            let (disk, content) = try makeDisk(close: true)
            disk.cut(to: length)
            do throws(StoreError) {
                let salvage = try Store.salvage(path: "x", io: disk)
                if salvage.notes.isEmpty {
                    do { _ = try compare(salvage, content, "cut to \(length)") } catch { Issue.record("cut to \(length): \(error)") }
                } else { // an older state: what it has need not be the newest
                    for branch in salvage.store.branches() { _ = try? salvage.store.snapshot(of: branch.id).damagedPages() }
                }
            } catch {
                #expect(error.code == "BL_NOT_A_STORE", "cut to \(length): \(error)")
            }
        }
    }

    @Test func garbageIsNoStore() throws {
        for seed in 1 ... 20 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            let disk = SimulatedDisk(capacity: 300 * 1024, seed: seed)
            let file = try disk.open(path: "x", readOnly: false, create: true)
            let bytes = (0 ..< 100_000).map { _ in UInt8.random(in: 0 ... 255, using: &random) }
            try bytes.withUnsafeBytes { try file.write(at: 0, $0) }
            file.close()
            #expect(throws: StoreError.self, "seed \(seed)") { _ = try Store.salvage(path: "x", io: disk) }
        }
    }
}
