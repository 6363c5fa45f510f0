/// Bytes of any length in a chain of slots; each slot carries the place and the checksum of the next.
enum BlobChain {
    private static let magic: UInt32 = 0x424C_4348
    private static let headerBytes = 32

    static func slotsNeeded(_ length: Int, pageSize: Int) -> Int {
        (length + pageSize - headerBytes - 1) / (pageSize - headerBytes)
    }

    /// Writes `bytes` into `slots` (as many as `slotsNeeded` says).
    static func write(_ bytes: [UInt8], into slots: [Slot], io: PageIO) throws(StoreError) -> BlobAddress {
        let room = io.pageSize - headerBytes
        var next: Slot = 0
        var sum: UInt64 = 0
        for (i, slot) in slots.enumerated().reversed() {
            let part = bytes[min(bytes.count, i * room) ..< min(bytes.count, (i + 1) * room)]
            var w = ByteWriter(capacity: io.pageSize)
            w.put(magic)
            w.put(UInt32(part.count))
            w.put(UInt64(next))
            w.put(sum)
            w.put(UInt64(0))
            part.withUnsafeBytes { w.put($0) }
            w.zeros(io.pageSize - w.count)
            let block = w.bytes
            try io.write(at: io.offset(slot), block)
            next = slot
            sum = Hash64.hash(block)
        }
        return BlobAddress(slot: next, sum: sum, length: UInt64(bytes.count))
    }

    /// Reads a chain; nil where a checksum or the shape is wrong. `slots` are those it lies in.
    static func read(_ address: BlobAddress, io: PageIO, fileSlots: Int) throws(StoreError) -> (bytes: [UInt8], slots: [Slot])? {
        let room = io.pageSize - headerBytes
        guard address.length <= UInt64(fileSlots) * UInt64(room) else { return nil }
        var bytes: [UInt8] = []
        var slots: [Slot] = []
        var slot = address.slot
        var sum = address.sum
        while bytes.count < Int(address.length) {
            guard slot > 3, Int(slot) < fileSlots, slots.count < fileSlots else { return nil }
            let block = try io.slotBytes(slot)
            guard Hash64.hash(block) == sum else { return nil }
            var r = ByteReader(block)
            let mark: UInt32 = try r.get(), length: UInt32 = try r.get(), next: UInt64 = try r.get()
            sum = try r.get()
            guard mark == magic, length > 0, Int(length) <= room else { return nil }
            bytes.append(contentsOf: block[headerBytes ..< headerBytes + Int(length)])
            slots.append(slot)
            slot = Slot(truncatingIfNeeded: next)
        }
        return bytes.count == Int(address.length) ? (bytes, slots) : nil
    }

    /// Reads a chain that begins at `slot` though nobody vouches for that block; the others verify. Nil where none begins there.
    static func unvouched(_ slot: Slot, file: any StoreFile, pageSize: Int, fileSlots: Int) throws(StoreError) -> [UInt8]? {
        var head = [UInt8](repeating: 0, count: headerBytes)
        guard try PageIO.read(file, at: UInt64(slot) * UInt64(pageSize), into: &head) == headerBytes else { return nil }
        var bytes: [UInt8] = []
        var next = slot
        var sum: UInt64?
        var count = 0
        repeat {
            var r = ByteReader(head)
            guard try r.get(UInt32.self) == magic, next > 3, Int(next) < fileSlots, count < fileSlots else { return nil }
            var block = [UInt8](repeating: 0, count: pageSize)
            guard try PageIO.read(file, at: UInt64(next) * UInt64(pageSize), into: &block) == pageSize else { return nil }
            if let sum, Hash64.hash(block) != sum { return nil }
            r = ByteReader(block)
            let mark: UInt32 = try r.get(), length: UInt32 = try r.get(), after: UInt64 = try r.get(), afterSum: UInt64 = try r.get()
            guard mark == magic, length > 0, Int(length) <= pageSize - headerBytes else { return nil }
            bytes.append(contentsOf: block[headerBytes ..< headerBytes + Int(length)])
            next = Slot(truncatingIfNeeded: after)
            sum = afterSum
            count += 1
        } while next != 0
        return bytes
    }
}
