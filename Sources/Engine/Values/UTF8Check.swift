/// Whether bytes are well-formed UTF-8, without making a string of them.
enum UTF8Check {
    @inline(__always)
    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        var index = 0
        let raw = UnsafeRawPointer(start)
        // Eight bytes of ASCII at a time.
        while index &+ 8 <= bytes.count, raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 { index &+= 8 }
        while index < bytes.count, bytes[index] < 0x80 { index &+= 1 }
        if index == bytes.count { return true }
        return String(validating: UnsafeBufferPointer(rebasing: bytes[index...]), as: UTF8.self) != nil
    }
}
