/// Builds little-endian binary records.
struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func put<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ data: [UInt8]) { bytes.append(contentsOf: data) }

    /// Overwrites bytes written before.
    mutating func patch<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) { source in
            for (i, byte) in source.enumerated() { bytes[offset + i] = byte }
        }
    }
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
