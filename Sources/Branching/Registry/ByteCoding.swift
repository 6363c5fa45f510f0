/// Writes the compact form of registry values: variable-length numbers, length-prefixed text.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ byte: UInt8) { bytes.append(byte) }

    mutating func put(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Zig-zag, so that small negative numbers stay short.
    mutating func put(_ number: Int64) { put(UInt64(bitPattern: (number << 1) ^ (number >> 63))) }

    mutating func put(_ text: String) {
        put(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put<Element>(optional value: Element?, _ body: (inout ByteWriter, Element) -> Void) {
        guard let value else { return put(0 as UInt8) }
        put(1 as UInt8)
        body(&self, value)
    }
}

/// Reads what `ByteWriter` wrote. Bytes from a file may be anything: every read can fail, none can trap.
struct ByteReader {
    struct Malformed: Error {}

    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() throws(Malformed) -> UInt8 {
        guard let first = rest.popFirst() else { throw Malformed() }
        return first
    }

    mutating func unsigned() throws(Malformed) -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let next = try byte()
            result |= UInt64(next & 0x7F) << shift
            if next & 0x80 == 0 { return result }
            shift += 7
        }
        throw Malformed()
    }

    mutating func signed() throws(Malformed) -> Int64 {
        let raw = try unsigned()
        return Int64(bitPattern: (raw >> 1) ^ (0 &- (raw & 1)))
    }

    mutating func text() throws(Malformed) -> String {
        let length = try unsigned()
        guard length <= UInt64(rest.count) else { throw Malformed() }
        let slice = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        return String(decoding: slice, as: UTF8.self)
    }

    mutating func optional<Element>(_ body: (inout ByteReader) throws(Malformed) -> Element) throws(Malformed) -> Element? {
        try byte() == 0 ? nil : try body(&self)
    }

    /// A count of elements that take at least one byte each.
    mutating func count() throws(Malformed) -> Int {
        let number = try unsigned()
        guard number <= UInt64(rest.count) else { throw Malformed() }
        return Int(number)
    }
}
