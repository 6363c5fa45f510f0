/// Big-endian reads and SQLite's variable-length integers.
///
/// Callers check the bounds; nothing here reads outside what it is told.
extension UnsafeRawPointer {
    @inline(__always)
    func bigEndian16(_ offset: Int) -> Int {
        Int(UInt16(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }

    @inline(__always)
    func bigEndian32(_ offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    func bigEndian64(_ offset: Int) -> UInt64 {
        UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        loadUnaligned(fromByteOffset: offset, as: UInt8.self)
    }
}

/// SQLite's variable-length integers: 1 to 9 bytes, most significant first, 7 bits a byte, all 8 bits of the ninth.
enum Varint {
    static let maximumLength = 9

    /// Reads the integer at `offset` and moves `offset` behind it; nil when it would run past `end`.
    @inline(__always)
    static func read(_ base: UnsafeRawPointer, _ offset: inout Int, end: Int) -> UInt64? {
        guard offset < end else { return nil }
        let first = base.byte(offset)
        if first < 0x80 {
            offset += 1
            return UInt64(first)
        }
        return readLong(base, &offset, end: end)
    }

    private static func readLong(_ base: UnsafeRawPointer, _ offset: inout Int, end: Int) -> UInt64? {
        var value: UInt64 = 0
        var position = offset
        for index in 0 ..< maximumLength {
            guard position < end else { return nil }
            let byte = base.byte(position)
            position += 1
            if index == maximumLength - 1 {
                value = value << 8 | UInt64(byte)
                break
            }
            value = value << 7 | UInt64(byte & 0x7F)
            if byte < 0x80 { break }
        }
        offset = position
        return value
    }

    /// Appends `value` in its shortest form.
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        if value < 0x80 {
            bytes.append(UInt8(value))
            return
        }
        if value >> 56 != 0 {
            // Nine bytes: eight of 7 bits, then one of 8.
            for shift in stride(from: 57, through: 8, by: -7) {
                bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0x7F | 0x80)
            }
            bytes.append(UInt8(truncatingIfNeeded: value))
            return
        }
        let count = length(value)
        for index in stride(from: count - 1, through: 0, by: -1) {
            let low = UInt8(truncatingIfNeeded: value >> UInt64(7 * index)) & 0x7F
            bytes.append(index == 0 ? low : low | 0x80)
        }
    }

    /// The number of bytes `value` takes in its shortest form.
    static func length(_ value: UInt64) -> Int {
        if value >> 56 != 0 { return maximumLength }
        return max(1, (64 - value.leadingZeroBitCount + 6) / 7)
    }
}
