import Glibc

/// Builds little-endian binary records in memory of its own, which can be used again.
struct ByteWriter: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 256) {
        self.capacity = max(16, capacity)
        start = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { start.deallocate() }

    /// What was written so far; good until the next change.
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// A copy of what was written so far.
    var bytes: [UInt8] { [UInt8](buffer) }

    @inline(__always) private mutating func room(_ more: Int) {
        if count &+ more > capacity { grow(more) }
    }

    @inline(never) private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        memcpy(fresh, start, count)
        start.deallocate()
        start = fresh
        capacity = larger
    }

    @inline(__always) mutating func put<T: FixedWidthInteger>(_ value: T) {
        let size = MemoryLayout<T>.size
        room(size)
        start.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
        count &+= size
    }

    mutating func put(_ data: [UInt8]) { data.withUnsafeBytes { put($0) } }

    mutating func put(_ data: UnsafeRawBufferPointer) {
        guard let base = data.baseAddress, data.count > 0 else { return }
        room(data.count)
        memcpy(start + count, base, data.count)
        count &+= data.count
    }

    mutating func zeros(_ number: Int) {
        if number <= 0 { return }
        room(number)
        memset(start + count, 0, number)
        count &+= number
    }

    /// Overwrites bytes written before.
    mutating func patch<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        precondition(offset + MemoryLayout<T>.size <= count)
        start.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }

    /// Forgets what was written after the first `length` bytes.
    mutating func cut(to length: Int) { count = min(count, length) }
}

/// Reads little-endian binary records; never beyond their end.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var offset: Int
    let end: Int

    init(_ bytes: [UInt8], from start: Int = 0, to end: Int? = nil) {
        self.bytes = bytes
        offset = start
        self.end = min(end ?? bytes.count, bytes.count)
    }

    var remaining: Int { end - offset }

    static func short() -> StoreError { .corrupt(branch: nil, page: nil, slot: nil, detail: "a record ends too early") }

    mutating func get<T: FixedWidthInteger>(_: T.Type = T.self) throws(StoreError) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw ByteReader.short() }
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
        offset += size
        return T(littleEndian: value)
    }

    mutating func get(count: Int) throws(StoreError) -> [UInt8] {
        guard count >= 0, remaining >= count else { throw ByteReader.short() }
        let slice = Array(bytes[offset ..< offset + count])
        offset += count
        return slice
    }

    mutating func skip(to position: Int) throws(StoreError) {
        guard position >= offset, position <= end else { throw ByteReader.short() }
        offset = position
    }
}
