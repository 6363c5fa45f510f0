/// XXH64 after its public specification (Yann Collet, "xxHash fast digest algorithm"): 64 bits, not cryptographic.
enum Hash64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    @inline(__always) private static func rotate(_ x: UInt64, _ n: UInt64) -> UInt64 { x &<< n | x &>> (64 &- n) }
    @inline(__always) private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }
    @inline(__always) private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }

    /// The hash of `count` bytes.
    static func hash(_ start: UnsafeRawPointer, count: Int, seed: UInt64 = 0) -> UInt64 {
        var p = start
        var left = count
        var hash: UInt64
        if left >= 32 {
            var a = seed &+ prime1 &+ prime2
            var b = seed &+ prime2
            var c = seed
            var d = seed &- prime1
            while left >= 32 {
                a = round(a, UInt64(littleEndian: p.loadUnaligned(as: UInt64.self)))
                b = round(b, UInt64(littleEndian: p.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
                c = round(c, UInt64(littleEndian: p.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
                d = round(d, UInt64(littleEndian: p.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
                p += 32
                left &-= 32
            }
            hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
            hash = merge(hash, a)
            hash = merge(hash, b)
            hash = merge(hash, c)
            hash = merge(hash, d)
        } else {
            hash = seed &+ prime5
        }
        hash = hash &+ UInt64(truncatingIfNeeded: count)
        while left >= 8 {
            hash ^= round(0, UInt64(littleEndian: p.loadUnaligned(as: UInt64.self)))
            hash = rotate(hash, 27) &* prime1 &+ prime4
            p += 8
            left &-= 8
        }
        if left >= 4 {
            hash ^= UInt64(UInt32(littleEndian: p.loadUnaligned(as: UInt32.self))) &* prime1
            hash = rotate(hash, 23) &* prime2 &+ prime3
            p += 4
            left &-= 4
        }
        while left > 0 {
            hash ^= UInt64(p.load(as: UInt8.self)) &* prime5
            hash = rotate(hash, 11) &* prime1
            p += 1
            left &-= 1
        }
        hash ^= hash &>> 33
        hash = hash &* prime2
        hash ^= hash &>> 29
        hash = hash &* prime3
        hash ^= hash &>> 32
        return hash
    }

    /// The hash of the bytes from `start` on.
    static func hash(_ bytes: [UInt8], from start: Int = 0, seed: UInt64 = 0) -> UInt64 {
        bytes.withUnsafeBytes { buffer in
            // An empty array may have no address; any address does for no bytes.
            guard let base = buffer.baseAddress, buffer.count > start else {
                return withUnsafeBytes(of: seed) { hash($0.baseAddress ?? UnsafeRawPointer(#dsohandle), count: 0, seed: seed) }
            }
            return hash(base + start, count: buffer.count - start, seed: seed)
        }
    }
}
