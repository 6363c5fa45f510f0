import Glibc

/// The difference between two images of a page: runs of bytes of the new one.
///
/// A run is its offset (2 bytes), its length (2 bytes) and the bytes; runs ascend and do not touch. What makes an image of
/// a base is believed only if the result's checksum fits.
enum PageDelta {
    static let runHeaderBytes = 4

    /// Bytes of a difference beyond which a page is written whole.
    static func limit(pageSize: Int) -> Int { min(512, pageSize / 8) }

    /// Equal bytes between two changed places up to which both go into one run.
    private static let gap = 8

    /// Writes what turns `base` into `target` (both of `pageSize` bytes, a multiple of 8) to `output`, which has room for
    /// `limit` bytes. Returns how many there are, or nil if they are more than that.
    static func encode(
        _ base: UnsafeRawPointer, _ target: UnsafeRawPointer, pageSize: Int, limit: Int, into output: UnsafeMutableRawPointer
    ) -> Int? {
        var length = 0
        var position = 0
        while true {
            position = equalPrefix(base, target, from: position, to: pageSize)
            while position < pageSize,
                  base.loadUnaligned(fromByteOffset: position, as: UInt64.self) == target.loadUnaligned(fromByteOffset: position, as: UInt64.self) {
                position += 8
            }
            if position >= pageSize { return length }
            let difference = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                ^ target.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let start = position + difference.trailingZeroBitCount / 8
            var end = start + 1
            var next = end
            while next < pageSize, next - end <= gap {
                if base.load(fromByteOffset: next, as: UInt8.self) != target.load(fromByteOffset: next, as: UInt8.self) { end = next + 1 }
                next += 1
            }
            if length + runHeaderBytes + end - start > limit { return nil }
            output.storeBytes(of: UInt16(truncatingIfNeeded: start).littleEndian, toByteOffset: length, as: UInt16.self)
            output.storeBytes(of: UInt16(truncatingIfNeeded: end - start).littleEndian, toByteOffset: length + 2, as: UInt16.self)
            memcpy(output + length + runHeaderBytes, target + start, end - start)
            length += runHeaderBytes + end - start
            position = next & ~7 // all before `next` is in the run or equal
        }
    }

    /// Skips equal bytes, a few hundred at a time.
    @inline(__always) private static func equalPrefix(
        _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, from start: Int, to end: Int
    ) -> Int {
        var position = start
        while position &+ block <= end, memcmp(a + position, b + position, block) == 0 { position &+= block }
        return position
    }

    private static let block = 256

    /// Makes the changes on an image of the base; false if the runs are impossible.
    static func apply(_ delta: UnsafeRawPointer, count: Int, to page: UnsafeMutableRawPointer, pageSize: Int) -> Bool {
        var at = 0
        while at < count {
            guard at + runHeaderBytes <= count else { return false }
            let start = Int(UInt16(littleEndian: delta.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
            let length = Int(UInt16(littleEndian: delta.loadUnaligned(fromByteOffset: at + 2, as: UInt16.self)))
            guard length > 0, start + length <= pageSize, at + runHeaderBytes + length <= count else { return false }
            memcpy(page + start, delta + at + runHeaderBytes, length)
            at += runHeaderBytes + length
        }
        return true
    }
}
