import Testing
@testable import PageStore

/// Each single bit of a store file, flipped, is noticed, or lies in a byte that nothing the store holds reaches.
@Suite struct BitFlipTests {
    private func options(readOnly: Bool) -> StoreOptions {
        var options = quietOptions(pageSize: 1024)
        options.logExtentSlots = 8
        options.readOnly = readOnly
        return options
    }

    private func makeDisk(close: Bool) throws -> SimulatedDisk {
        let disk = SimulatedDisk(capacity: 600 * 1024, seed: 1)
        let store = try Store.open(io: disk, path: "x", options: options(readOnly: false))
        var random = SeededGenerator(seed: 11)
        for i in 0 ..< 60 as Range<UInt64> {
            let branch = store.branches().map(\.id).sorted().randomElement(using: &random) ?? .main
            var pages: [PageNumber: [UInt8]] = [:]
            for _ in 0 ..< Int.random(in: 1 ... 5, using: &random) {
                pages[PageNumber.random(in: 1 ... 200, using: &random)] = Model.page(UInt64.random(in: 1 ... 300, using: &random))
            }
            try store.put(pages, on: branch)
            if i % 8 == 3 { try store.forkHead(of: branch, as: BranchID(rawValue: i), metadata: [1, 2, 3]) }
            if i % 20 == 15 { try store.reclaim(); try store.checkpoint() }
        }
        // A large commit, whose list of pages lies outside of its record.
        var large: [PageNumber: [UInt8]] = [:]
        for page in 1 ... 150 as ClosedRange<PageNumber> { large[page] = Model.page(1000 + UInt64(page) * 64) }
        try store.put(large, on: .main)
        try store.put([3: Model.page(9)])
        if close { try store.close() }
        disk.restart()
        return disk
    }

    /// The bytes that something the store holds reaches.
    private func bytesInUse(_ disk: SimulatedDisk) throws -> [Bool] {
        let store = try Store.open(io: disk, path: "x", options: options(readOnly: true))
        var used = [Bool](repeating: false, count: disk.length)
        func mark(_ start: Int, _ length: Int) { for i in start ..< min(used.count, start + length) { used[i] = true } }
        func mark(_ slot: Slot) { mark(Int(slot) * 1024, 1024) }
        let superblock = store.maintenance.superblock
        for place in 0 ..< 4 { mark(place * 1024, Superblock.encodedBytes) }
        for slot in store.maintenance.tableSlots { mark(slot) }
        for chunk in store.maintenance.chunks where chunk.slot != 0 { mark(chunk.slot) }
        var position = superblock.log, lsn = superblock.lsn
        let bytes = disk.bytes
        let extentBytes = store.log.extentBytes
        var inDoubt: Set<Slot> = []
        while lsn < store.registry.published {
            func group(_ extent: Slot, _ offset: Int) throws -> LogGroup? {
                let start = Int(extent) * 1024
                let found = try LogGroup.decode(Array(bytes[start ..< start + extentBytes]), at: offset, nonce: superblock.nonce)
                return found?.first == lsn + 1 ? found : nil
            }
            if try group(position.extent, position.offset) == nil { (position.extent, position.offset) = (position.next, 0) }
            let found = try #require(try group(position.extent, position.offset))
            // Damage to the last group, which nothing vouches for, or to its images looks like a write that was cut off.
            if found.last < store.registry.published {
                mark(Int(position.extent) * 1024 + position.offset, found.length)
            } else if case .commit(let commit) = try LogRecord.decode(found.bytes, at: LogGroup.headerBytes, end: found.bytes.count).record {
                for change in commit.images { inDoubt.insert(change.entry.slot) }
            }
            position.offset += found.paddedLength
            position.next = found.next
            lsn = found.last
        }
        for list in store.registry.lists where list.lsn < lsn { for slot in list.slots { mark(slot) } }
        // Maps: nodes byte for byte, images whole; of the base of differences what no difference covers.
        var seen: Set<NodeRef> = []
        var whole: Set<Slot> = []
        var bases: [Slot: [Bool]] = [:]
        func visit(_ node: NodeRef) throws {
            guard seen.insert(node).inserted else { return }
            let address = node.pointee.address
            if address != 0 {
                let slotBytes = try store.io.slotBytes(NodeAddress.slot(address))
                let range = try #require(NodeTable.nodeBytes(level: Int(node.pointee.level), address: address, sum: node.pointee.sum, slotBytes: slotBytes))
                mark(Int(NodeAddress.slot(address)) * 1024 + range.startIndex, range.count)
            }
            let body = try store.nodes.body(node)
            if node.pointee.isOverlay {
                let overlay = Overlay(raw: body)
                if let tree = overlay.tree { try visit(tree) }
                for i in 0 ..< overlay.count {
                    let entry = overlay.entries[i]
                    guard entry.isDelta else { whole.insert(entry.slot); continue }
                    // What a difference writes does not depend on its base: it turns zeros and ones into the same.
                    var zeros = [UInt8](repeating: 0, count: 1024), ones = [UInt8](repeating: 255, count: 1024)
                    let delta = overlay.delta(i)
                    let start = try #require(delta.baseAddress)
                    for applied in [
                        zeros.withUnsafeMutableBytes { buffer in buffer.baseAddress.map { PageDelta.apply(start, count: delta.count, to: $0, pageSize: 1024) } },
                        ones.withUnsafeMutableBytes { buffer in buffer.baseAddress.map { PageDelta.apply(start, count: delta.count, to: $0, pageSize: 1024) } },
                    ] { #expect(applied == true) }
                    var needed = bases[entry.slot] ?? [Bool](repeating: false, count: 1024)
                    for k in 0 ..< 1024 where zeros[k] != ones[k] { needed[k] = true }
                    bases[entry.slot] = needed
                }
                return
            }
            for i in 0 ..< Node.fanout {
                if node.pointee.level > 0 {
                    if let child = body.children[i] { try visit(child) }
                } else if !body.entries[i].isNone {
                    whole.insert(body.entries[i].slot)
                }
            }
        }
        for version in store.registry.versions.values { if let root = version.root { try visit(root) } }
        for slot in whole where !inDoubt.contains(slot) { mark(slot) }
        for (slot, needed) in bases { for k in 0 ..< 1024 where needed[k] { used[Int(slot) * 1024 + k] = true } }
        return used
    }

    /// Whether opening, or a check, says that something is wrong.
    private func isNoticed(_ disk: SimulatedDisk) -> Bool {
        disk.restart()
        do throws(StoreError) {
            return try !Store.open(io: disk, path: "x", options: options(readOnly: true)).check().isSound
        } catch {
            return true
        }
    }

    @Test(arguments: [true, false]) func everyFlippedBitIsNoticedOrUnused(closed: Bool) throws {
        let disk = try makeDisk(close: closed)
        let used = try bytesInUse(disk)
        #expect(!isNoticed(disk), "nothing was flipped")
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        var noticed = 0, unused = 0
        let places = used.indices.filter { used[$0] }
        for i in 0 ..< 1000 {
            // Every other one in a byte in use, of which the rest hits few but images.
            let offset = i % 2 == 0 ? Int.random(in: 0 ..< disk.length, using: &random) : places.randomElement(using: &random) ?? 0
            let bit = Int.random(in: 0 ..< 8, using: &random)
            disk.flipBit(at: offset, bit: bit)
            if isNoticed(disk) {
                noticed += 1
            } else {
                unused += 1
                #expect(!used[offset], "seed \(seed): bit \(bit) of byte \(offset) (slot \(offset / 1024), \(offset % 1024)) is in use and was not noticed")
            }
            disk.flipBit(at: offset, bit: bit)
        }
        print("flipped bits: \(noticed) noticed, \(unused) in bytes that nothing reaches; \(places.count) of \(disk.length) bytes are in use")
        #expect(noticed > 500)
    }
}
