/// Records that were written and become durable together.
struct LogGroup {
    static let headerBytes = 64
    /// Groups begin at multiples of this, so that writing one never touches another.
    static let sectorBytes = 512
    private static let magic: UInt32 = 0x424C_4752

    var checksum: UInt64 = 0
    var length: Int
    var first: LSN
    var last: LSN
    /// Checksum of the group before.
    var previous: UInt64
    /// The highest sequence number known to be durable when this was written.
    var durable: LSN
    /// The extent that follows the one this group lies in.
    var next: Slot
    /// The group's bytes, header and records.
    var bytes: [UInt8]

    var paddedLength: Int { (length + LogGroup.sectorBytes - 1) / LogGroup.sectorBytes * LogGroup.sectorBytes }

    /// A group of encoded records, padded to whole sectors.
    static func encode(
        _ records: [[UInt8]], nonce: UInt64, first: LSN, previous: UInt64, durable: LSN, next: Slot
    ) -> (bytes: [UInt8], checksum: UInt64) {
        let length = records.reduce(headerBytes) { $0 + $1.count }
        var w = ByteWriter()
        w.bytes.reserveCapacity((length + sectorBytes - 1) / sectorBytes * sectorBytes)
        w.put(UInt64(0))
        w.put(magic)
        w.put(UInt32(length))
        w.put(nonce)
        w.put(first)
        w.put(first + UInt64(records.count) - 1)
        w.put(previous)
        w.put(durable)
        w.put(next)
        w.put(UInt32(records.count))
        for record in records { w.put(record) }
        let checksum = Hash64.hash(w.bytes, from: 8)
        w.patch(checksum, at: 0)
        let padding = (sectorBytes - length % sectorBytes) % sectorBytes
        w.bytes.append(contentsOf: [UInt8](repeating: 0, count: padding))
        return (w.bytes, checksum)
    }

    /// A group of the log `nonce` within an extent's bytes, or nil.
    static func decode(_ extent: [UInt8], at offset: Int, nonce: UInt64) throws(StoreError) -> LogGroup? {
        guard offset + headerBytes <= extent.count else { return nil }
        var r = ByteReader(extent, from: offset)
        let checksum: UInt64 = try r.get(), mark: UInt32 = try r.get(), length: UInt32 = try r.get(), salt: UInt64 = try r.get()
        guard mark == magic, salt == nonce, Int(length) >= headerBytes, offset + Int(length) <= extent.count else { return nil }
        let first: UInt64 = try r.get(), last: UInt64 = try r.get(), previous: UInt64 = try r.get(), durable: UInt64 = try r.get()
        let next: UInt32 = try r.get(), count: UInt32 = try r.get()
        let hash = extent.withUnsafeBytes { buffer in
            buffer.baseAddress.map { Hash64.hash($0 + offset + 8, count: Int(length) - 8) }
        }
        guard hash == checksum, count > 0, last >= first, last - first == UInt64(count) - 1 else { return nil }
        return LogGroup(
            checksum: checksum, length: Int(length), first: first, last: last, previous: previous, durable: durable, next: next,
            bytes: Array(extent[offset ..< offset + Int(length)])
        )
    }
}
