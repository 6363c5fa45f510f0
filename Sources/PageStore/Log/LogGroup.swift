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

    var paddedLength: Int { LogGroup.padded(length) }

    static func padded(_ length: Int) -> Int { (length + sectorBytes - 1) / sectorBytes * sectorBytes }

    /// Begins a group: room for the header; the records follow.
    static func begin(_ w: inout ByteWriter) {
        w.cut(to: 0)
        w.zeros(headerBytes)
    }

    /// Ends a group of records: fills in its header and pads it to whole sectors. Returns its checksum.
    static func finish(
        _ w: inout ByteWriter, nonce: UInt64, first: LSN, last: LSN, previous: UInt64, durable: LSN, next: Slot
    ) -> UInt64 {
        let length = w.count
        w.patch(magic, at: 8)
        w.patch(UInt32(length), at: 12)
        w.patch(nonce, at: 16)
        w.patch(first, at: 24)
        w.patch(last, at: 32)
        w.patch(previous, at: 40)
        w.patch(durable, at: 48)
        w.patch(next, at: 56)
        w.patch(UInt32(last - first + 1), at: 60)
        let checksum = w.buffer.baseAddress.map { Hash64.hash($0 + 8, count: length - 8) } ?? 0
        w.patch(checksum, at: 0)
        w.zeros(padded(length) - length)
        return checksum
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
