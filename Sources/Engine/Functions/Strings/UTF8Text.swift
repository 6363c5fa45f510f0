/// Stepping through UTF-8 by code points; invalid bytes count as one each, so that nothing runs past the end.
enum UTF8Text {
    @inline(__always)
    static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// Bytes of the code point that starts at `index`.
    @inline(__always)
    static func width(_ text: Bytes, _ index: Int) -> Int {
        let byte = text[index]
        if byte < 0x80 { return 1 }
        let wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
        var width = 1
        while width < wanted, index + width < text.count, isContinuation(text[index + width]) { width += 1 }
        return width
    }

    /// Number of code points.
    static func count(_ text: Bytes) -> Int {
        var count = 0
        for byte in text where !isContinuation(byte) { count += 1 }
        return count
    }

    static func isASCII(_ text: Bytes) -> Bool { text.allSatisfy { $0 < 0x80 } }

    /// The byte offset of the code point number `position` (0-based); the end when there are fewer.
    static func offset(_ text: Bytes, of position: Int, from start: Int = 0) -> Int {
        var index = start
        var left = position
        while left > 0, index < text.count {
            index += width(text, index)
            left -= 1
        }
        return index
    }

    /// The code point at `index`, and its width.
    static func scalar(_ text: Bytes, _ index: Int) -> (value: UInt32, width: Int) {
        let byte = text[index]
        let width = width(text, index)
        var value: UInt32
        switch width {
        case 1: return (UInt32(byte), 1)
        case 2: value = UInt32(byte & 0x1F)
        case 3: value = UInt32(byte & 0x0F)
        default: value = UInt32(byte & 0x07)
        }
        for offset in 1..<width { value = value << 6 | UInt32(text[index + offset] & 0x3F) }
        return (value, width)
    }

    static func scalars(_ text: Bytes) -> [UInt32] {
        var out: [UInt32] = []
        out.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (value, width) = scalar(text, index)
            out.append(value)
            index += width
        }
        return out
    }

    static func append(_ scalar: UInt32, to out: inout [UInt8]) {
        switch scalar {
        case 0..<0x80: out.append(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x800:
            out.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            out.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            out.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            out.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            out.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        default:
            out.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            out.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
            out.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            out.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        }
    }

    /// Simple case mapping: one code point to one code point, as DuckDB maps.
    static func lower(_ scalar: UInt32) -> UInt32 {
        if scalar < 0x80 { return (65...90).contains(scalar) ? scalar + 32 : scalar }
        if scalar == 0x130 { return 0x69 }
        return single(Unicode.Scalar(scalar)?.properties.lowercaseMapping) ?? scalar
    }

    static func upper(_ scalar: UInt32) -> UInt32 {
        if scalar < 0x80 { return (97...122).contains(scalar) ? scalar - 32 : scalar }
        if scalar == 0xDF { return 0x1E9E }
        return single(Unicode.Scalar(scalar)?.properties.uppercaseMapping) ?? scalar
    }

    private static func single(_ mapping: String?) -> UInt32? {
        guard let scalars = mapping?.unicodeScalars, let first = scalars.first, scalars.index(after: scalars.startIndex) == scalars.endIndex
        else { return nil }
        return first.value
    }

    static func mapCase(_ text: Bytes, _ map: (UInt32) -> UInt32) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (value, width) = scalar(text, index)
            append(map(value), to: &out)
            index += width
        }
        return out
    }

    /// The first occurrence of `needle` at or behind `start`.
    static func find(_ needle: Bytes, in text: Bytes, from start: Int = 0) -> Int? {
        guard let first = needle.first else { return start }
        guard needle.count <= text.count else { return nil }
        var index = start
        let last = text.count - needle.count
        while index <= last {
            if text[index] == first {
                var offset = 1
                while offset < needle.count, text[index + offset] == needle[offset] { offset += 1 }
                if offset == needle.count { return index }
            }
            index += 1
        }
        return nil
    }

    /// Combining marks for a base letter's decomposition are dropped: `é` becomes `e`.
    static func isMark(_ scalar: UInt32) -> Bool {
        guard let properties = Unicode.Scalar(scalar)?.properties else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }
}
