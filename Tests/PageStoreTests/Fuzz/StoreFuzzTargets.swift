#if !FUZZ_ALONE // the fuzzers compile this with the store into one module
@testable import PageStore
#endif

/// What is done with any bytes at all. Errors are fine; a crash, a hang or memory without bound is not. Also built for libFuzzer
/// (`Fuzz/`), so nothing here depends on the tests.
enum StoreFuzzTargets {
    static let all: [(name: String, run: @Sendable ([UInt8]) -> Void)] = [
        ("store", storeFile), ("superblock", superblock), ("table", versionTable), ("log", logRecords), ("node", mapNode), ("delta", delta),
    ]

    static let pageSize = 1024

    private static func options(readOnly: Bool) -> StoreOptions {
        var options = StoreOptions()
        options.pageSize = pageSize
        options.logExtentSlots = 8
        options.backgroundMaintenance = false
        options.readOnly = readOnly
        options.maxFileBytes = 2 << 20
        options.clock = { 1 }
        return options
    }

    /// A small store with branches, images, differences and a log.
    static let base: SimulatedDisk = {
        let disk = SimulatedDisk(capacity: 2 << 20, seed: 1)
        do {
            let store = try Store.open(io: disk, path: "x", options: options(readOnly: false))
            for i in 0 ..< 24 as Range<UInt32> {
                let branch = BranchID(rawValue: UInt64(i % 3))
                if i == 3 { try store.forkHead(of: .main, as: BranchID(rawValue: 1), metadata: [1]) }
                if i == 4 { try store.forkHead(of: .main, as: BranchID(rawValue: 2), metadata: [2]) }
                let target = i < 5 ? .main : branch
                let slot = try store.acquireWriter(of: target, timeout: .zero)
                let transaction = try store.begin(slot, on: try store.snapshot(of: target))
                for k in 0 ..< 4 as Range<UInt32> {
                    var page = [UInt8](repeating: UInt8(k), count: pageSize)
                    page[Int(i) * 8] = UInt8(i)
                    try transaction.write(1 + (i * 7 + k * 11) % 80, from: page)
                }
                _ = try transaction.commit()
                slot.release()
                if i == 15 { try store.checkpoint() }
            }
            try store.sync()
        } catch {}
        return disk
    }()

    /// Opens, checks and reads whatever is there.
    private static func use(_ disk: SimulatedDisk) {
        for readOnly in [true, false] {
            disk.restart()
            do throws(StoreError) {
                let store = try Store.open(io: disk, path: "x", options: options(readOnly: readOnly))
                read(store)
                _ = try store.check()
                if !readOnly { try store.setStoreValue("a", [1]) }
                try store.close()
            } catch {}
        }
        disk.restart()
        do throws(StoreError) { read(try Store.salvage(path: "x", io: disk).store) } catch {}
    }

    private static func read(_ store: Store) {
        var bytes = [UInt8](repeating: 0, count: store.pageSize)
        for branch in store.branches().prefix(8) {
            do throws(StoreError) {
                let snapshot = try store.snapshot(of: branch.id)
                for page in 0 ..< min(snapshot.pageCount, 100) {
                    _ = bytes.withUnsafeMutableBytes { buffer in buffer.baseAddress.map { snapshot.read(page + 1, into: $0) } }
                }
                _ = store.versions(of: branch.id, limit: 20)
                _ = store.mergeBases(branch.head, store.branch(.main)?.head ?? branch.head)
            } catch {}
        }
    }

    private static func write(_ bytes: [UInt8], at offset: Int, to disk: SimulatedDisk) {
        do throws(StoreError) {
            let file = try disk.open(path: "x", readOnly: false, create: false)
            try PageIO(file: file, pageSize: pageSize).write(at: UInt64(offset), bytes)
        } catch {}
    }

    private static func newest(_ disk: SimulatedDisk) -> Superblock? {
        do throws(StoreError) { return try Superblock.find(in: try disk.open(path: "x", readOnly: true, create: false)) } catch { return nil }
    }

    /// Any change of any bytes: place (2 bytes), how many (1), the bytes, and so on.
    @Sendable static func storeFile(_ input: [UInt8]) {
        let disk = base.crashed(.kept(sectors: 0), during: nil)
        var at = 0
        while at + 3 < input.count {
            let place = (Int(input[at]) | Int(input[at + 1]) << 8) * 4 % max(4, disk.length), count = min(Int(input[at + 2]), input.count - at - 3)
            write(Array(input[at + 3 ..< at + 3 + count]), at: place, to: disk)
            at += 3 + max(1, count)
        }
        use(disk)
    }

    /// A superblock of any content, with a valid checksum.
    @Sendable static func superblock(_ input: [UInt8]) {
        let disk = base.crashed(.kept(sectors: 0), during: nil)
        guard var bytes = newest(disk)?.encoded() else { return }
        for (i, byte) in input.prefix(Superblock.encodedBytes - 28).enumerated() { bytes[20 + i] ^= byte }
        seal(&bytes)
        for place in 0 ..< 4 { write(bytes, at: place * pageSize, to: disk) }
        use(disk)
    }

    private static func seal(_ superblock: inout [UInt8]) {
        let sum = Hash64.hash(Array(superblock[0 ..< Superblock.encodedBytes - 8]))
        withUnsafeBytes(of: sum.littleEndian) { for (i, byte) in $0.enumerated() { superblock[Superblock.encodedBytes - 8 + i] = byte } }
    }

    /// A version table of any content, with valid checksums. The input is laid over the table that is there.
    @Sendable static func versionTable(_ input: [UInt8]) {
        let disk = base.crashed(.kept(sectors: 0), during: nil)
        do throws(StoreError) {
            guard var superblock = newest(disk) else { return }
            let file = try disk.open(path: "x", readOnly: false, create: false)
            let io = PageIO(file: file, pageSize: pageSize)
            guard var table = try BlobChain.read(superblock.table, io: io, fileSlots: disk.length / pageSize)?.bytes else { return }
            if input.first == 0 {
                table = Array(input.dropFirst())
            } else {
                for (i, byte) in input.dropFirst().prefix(table.count).enumerated() { table[i] ^= byte }
            }
            let free = disk.length / pageSize
            let slots = (0 ..< BlobChain.slotsNeeded(table.count, pageSize: pageSize)).map { Slot(free + $0) }
            superblock.table = try BlobChain.write(table, into: slots, io: io)
            for generation in [superblock.generation + 1, superblock.generation + 2] {
                superblock.generation = generation
                try superblock.write(to: io)
            }
        } catch { return }
        use(disk)
    }

    /// Records of any content in a valid group at the end of the log's checkpoint.
    @Sendable static func logRecords(_ input: [UInt8]) {
        let disk = base.crashed(.kept(sectors: 0), during: nil)
        guard let superblock = newest(disk), input.count > 1, input.count < 4000 else { return }
        var w = ByteWriter()
        LogGroup.begin(&w)
        // The first byte says how many records; the rest are their bytes, of which lengths are put right.
        let count = 1 + UInt64(input[0] % 4)
        let piece = max(8, (input.count - 1) / Int(count))
        for k in 0 ..< Int(count) {
            var record = Array(input.dropFirst(1 + k * piece).prefix(piece))
            while record.count < 8 { record.append(0) }
            withUnsafeBytes(of: UInt32(record.count).littleEndian) { for (i, byte) in $0.enumerated() { record[i] = byte } }
            record[4] = 1 + record[4] % 6
            w.put(record)
        }
        _ = LogGroup.finish(
            &w, nonce: superblock.nonce, first: superblock.lsn + 1, last: superblock.lsn + count, previous: superblock.log.previous,
            durable: input[0] & 128 != 0 ? superblock.lsn + count : superblock.lsn, next: superblock.log.next
        )
        write(w.bytes, at: Int(superblock.log.extent) * pageSize + superblock.log.offset, to: disk)
        use(disk)
    }

    /// A node of any content, with a valid checksum, as root of a map.
    @Sendable static func mapNode(_ input: [UInt8]) {
        guard input.count >= 8, input.count <= pageSize else { return }
        let disk = base.crashed(.kept(sectors: 0), during: nil)
        let slot = disk.length / pageSize
        var slotBytes = input + [UInt8](repeating: 0, count: pageSize - input.count)
        let level = input[0] % 9 == 8 ? Int(Node.overlayLevel) : Int(input[0] % 7)
        slotBytes[0] = UInt8(level)
        let length = level == Int(Node.overlayLevel)
            ? Overlay.statedLength(slotBytes, at: 0) ?? 0 : NodeTable.headerBytes + Int(slotBytes[1]) * NodeTable.entryBytes
        guard length >= 8, length <= pageSize else { return }
        write(slotBytes, at: slot * pageSize, to: disk)
        do throws(StoreError) {
            let io = PageIO(file: try disk.open(path: "x", readOnly: true, create: false), pageSize: pageSize)
            let table = NodeTable(io: io)
            let sum = slotBytes.withUnsafeBytes { buffer in buffer.baseAddress.map { Hash64.hash($0, count: length) } ?? 0 }
            let root = try table.reference(level: level, address: NodeAddress.pack(slot: Slot(slot), offset: 0), sum: sum)
            defer { table.freeAll() }
            let maps = PageMap(table: table)
            for page in [0, 1, 2, 31, 32, 33, 1000, 40_000, .max] as [UInt32] { _ = try maps.entry(root, page) }
            var pages = 0
            try maps.forEachDifference(nil, root) { _, _, _ in
                pages += 1
                return pages < 1000
            }
        } catch {}
    }

    /// Any runs of bytes as a difference.
    @Sendable static func delta(_ input: [UInt8]) {
        var page = [UInt8](repeating: 7, count: pageSize)
        input.withUnsafeBytes { runs in
            page.withUnsafeMutableBytes { target in
                guard let runs = runs.baseAddress, let target = target.baseAddress else { return }
                _ = PageDelta.apply(runs, count: input.count, to: target, pageSize: pageSize)
            }
        }
    }
}
