/// Where a chain of slots with bytes begins.
struct BlobAddress: Equatable {
    var slot: Slot = 0
    var sum: UInt64 = 0
    var length: UInt64 = 0
}

/// Where the log goes on.
struct LogPosition: Equatable {
    var extent: Slot = 0
    /// Bytes from the start of the extent.
    var offset: Int = 0
    /// Checksum of the group before.
    var previous: UInt64 = 0
    /// The extent that follows.
    var next: Slot = 0
}

/// The root of all: written in two generations in turn (slots `generation % 2`), each with a mirror (slots 2 higher).
struct Superblock: Equatable {
    static let magic = Array("BranchLite store".utf8)
    static let formatVersion: UInt32 = 2
    /// The oldest format this program opens: 1 knew neither overlays nor differences, and what it wrote is valid still.
    static let oldestVersion: UInt32 = 1
    /// Bits for features without whose knowledge a program must not open the store.
    static let knownFeatures: UInt64 = 0
    static let encodedBytes = 160

    var pageSize: Int
    var extentSlots: Int
    var arenaExtents: Int
    var features: UInt64 = 0
    var generation: UInt64 = 0
    /// Distinguishes this log from older ones whose bytes may still lie about.
    var nonce: UInt64
    /// The last record that the checkpoint holds.
    var lsn: LSN = 0
    var log = LogPosition()
    var table = BlobAddress()
    var map = BlobAddress()
    var slots: UInt64 = 0
    var storeID: UInt64

    func encoded() -> [UInt8] {
        var w = ByteWriter()
        w.put(Superblock.magic)
        w.put(Superblock.formatVersion)
        w.put(UInt32(pageSize))
        w.put(UInt32(extentSlots))
        w.put(UInt32(arenaExtents))
        w.put(features)
        w.put(generation)
        w.put(nonce)
        w.put(lsn)
        w.put(log.extent)
        w.put(UInt32(log.offset))
        w.put(log.previous)
        w.put(log.next)
        w.put(UInt32(0))
        for blob in [table, map] {
            w.put(UInt64(blob.slot))
            w.put(blob.sum)
            w.put(blob.length)
        }
        w.put(slots)
        w.put(storeID)
        w.put(Hash64.hash(w.bytes))
        return w.bytes
    }

    /// Why a place holds no superblock.
    enum Absence: Error { case none, newer(UInt32) }

    static func decode(_ bytes: [UInt8], at offset: Int) throws(StoreError) -> Superblock? {
        guard offset + encodedBytes <= bytes.count, Array(bytes[offset ..< offset + 16]) == magic else { return nil }
        let body = Array(bytes[offset ..< offset + encodedBytes])
        var r = ByteReader(body, from: 16)
        let version: UInt32 = try r.get()
        guard version >= oldestVersion, version <= formatVersion else { throw .formatVersion(found: version, supported: formatVersion) }
        guard Hash64.hash(Array(body[0 ..< encodedBytes - 8])) == body.withUnsafeBytes({
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: encodedBytes - 8, as: UInt64.self))
        }) else { return nil }
        let pageSize: UInt32 = try r.get(), extentSlots: UInt32 = try r.get(), arenaExtents: UInt32 = try r.get()
        var sb = Superblock(pageSize: Int(pageSize), extentSlots: Int(extentSlots), arenaExtents: Int(arenaExtents), nonce: 0, storeID: 0)
        sb.features = try r.get()
        if sb.features & ~knownFeatures != 0 { throw .formatVersion(found: version, supported: formatVersion) }
        sb.generation = try r.get()
        sb.nonce = try r.get()
        sb.lsn = try r.get()
        sb.log.extent = try r.get()
        let logOffset: UInt32 = try r.get()
        sb.log.offset = Int(logOffset)
        sb.log.previous = try r.get()
        sb.log.next = try r.get()
        _ = try r.get(UInt32.self)
        sb.table = try blob(&r)
        sb.map = try blob(&r)
        sb.slots = try r.get()
        sb.storeID = try r.get()
        guard isPageSize(sb.pageSize), sb.extentSlots > 0, sb.extentSlots <= 1 << 16, sb.arenaExtents > Space.arenaReserve, sb.arenaExtents <= 1 << 10,
              sb.slots <= UInt64(UInt32.max), sb.log.offset <= sb.extentSlots * sb.pageSize else { return nil }
        return sb
    }

    private static func blob(_ r: inout ByteReader) throws(StoreError) -> BlobAddress {
        let slot: UInt64 = try r.get()
        let sum: UInt64 = try r.get()
        let length: UInt64 = try r.get()
        return BlobAddress(slot: Slot(truncatingIfNeeded: slot), sum: sum, length: length)
    }

    static func isPageSize(_ size: Int) -> Bool {
        size >= StoreLimits.minimumPageSize && size <= StoreLimits.maximumPageSize && size & (size - 1) == 0
    }

    /// The newest valid superblock of a file, or nil. A version newer than this program is an error only if no
    /// superblock of a known version is there.
    static func find(in file: any StoreFile) throws(StoreError) -> Superblock? {
        let span = 3 * StoreLimits.maximumPageSize + encodedBytes
        var bytes = [UInt8](repeating: 0, count: span)
        _ = try PageIO.read(file, at: 0, into: &bytes)
        var best: Superblock?
        var newer: StoreError?
        var size = StoreLimits.minimumPageSize
        while size <= StoreLimits.maximumPageSize {
            for place in 0 ..< 4 {
                do throws(StoreError) {
                    guard let sb = try decode(bytes, at: place * size), sb.pageSize == size else { continue }
                    if sb.generation > best?.generation ?? 0 || best == nil { best = sb }
                } catch { newer = error }
            }
            size *= 2
        }
        if best == nil, let newer { throw newer }
        return best
    }

    /// Writes this superblock and its mirror. `oneByOne` syncs between and after: for rewriting the newest one.
    func write(to io: PageIO, oneByOne: Bool = false, rules: RuleSwitches = RuleSwitches()) throws(StoreError) {
        var bytes = encoded()
        bytes.append(contentsOf: [UInt8](repeating: 0, count: pageSize - bytes.count))
        try io.write(at: io.offset(Slot(generation % 2)), bytes)
        if oneByOne, !rules.isOff(.seqcopy) { try io.file.sync() }
        if !rules.isOff(.mirror) { try io.write(at: io.offset(Slot(2 + generation % 2)), bytes) }
        if oneByOne { try io.file.sync() }
    }
}
