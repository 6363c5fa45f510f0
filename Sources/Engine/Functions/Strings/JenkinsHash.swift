/// Bob Jenkins' hash `lookup3` (https://burtleburtle.net/bob/c/lookup3.c) as PostgreSQL's `hashtext` uses it: another start, and the
/// last word's lowest byte left to the length.
struct JenkinsHash {
    private var a: UInt32
    private var b: UInt32
    private var c: UInt32

    /// 32 bits, as `hashtext` gives them.
    static func hash(_ bytes: Bytes) -> Int32 { Int32(bitPattern: JenkinsHash(bytes, seed: 0).c) }

    /// 64 bits, as `hashtextextended` gives them.
    static func hash(_ bytes: Bytes, seed: Int64) -> Int64 {
        let state = JenkinsHash(bytes, seed: UInt64(bitPattern: seed))
        return Int64(bitPattern: UInt64(state.b) << 32 | UInt64(state.c))
    }

    private init(_ bytes: Bytes, seed: UInt64) {
        let start = 0x9E37_79B9 &+ UInt32(truncatingIfNeeded: bytes.count) &+ 3_923_095
        (a, b, c) = (start, start, start)
        if seed != 0 {
            a &+= UInt32(truncatingIfNeeded: seed >> 32)
            b &+= UInt32(truncatingIfNeeded: seed)
            mix()
        }
        var place = 0
        while bytes.count - place >= 12 {
            a &+= JenkinsHash.word(bytes, place, count: 4)
            b &+= JenkinsHash.word(bytes, place + 4, count: 4)
            c &+= JenkinsHash.word(bytes, place + 8, count: 4)
            mix()
            place += 12
        }
        let rest = bytes.count - place
        a &+= JenkinsHash.word(bytes, place, count: rest)
        b &+= JenkinsHash.word(bytes, place + 4, count: rest - 4)
        c &+= JenkinsHash.word(bytes, place + 8, count: min(rest - 8, 3)) << 8
        finish()
    }

    /// Up to four bytes, the lowest first.
    private static func word(_ bytes: Bytes, _ place: Int, count: Int) -> UInt32 {
        var word: UInt32 = 0
        var index = 0
        while index < min(count, 4) {
            word |= UInt32(bytes[place + index]) << UInt32(8 * index)
            index += 1
        }
        return word
    }

    private static func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }

    private mutating func mix() {
        for bits in [4, 6, 8, 16, 19, 4] as [UInt32] {
            a = (a &- c) ^ JenkinsHash.turned(c, bits)
            c &+= b
            // The three words change places from step to step.
            (a, b, c) = (b, c, a)
        }
    }

    private mutating func finish() {
        for bits in [14, 11, 25, 16, 4, 14, 24] as [UInt32] {
            c = (c ^ b) &- JenkinsHash.turned(b, bits)
            (a, b, c) = (b, c, a)
        }
        (a, b, c) = (c, a, b)
    }
}
