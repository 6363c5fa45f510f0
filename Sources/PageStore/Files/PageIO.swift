import Glibc
import Synchronization

/// Slots read by number. Remembers which slots' checksums were verified in this process.
final class PageIO: @unchecked Sendable { // immutable but for the atomic table of verified slots
    let file: any StoreFile
    let pageSize: Int
    let descriptor: Int32
    private let mapping: FileMapping?
    private let damage: UnsafeMutablePointer<Atomic<Bool>>? // the mapping's; read for every page
    private let base: UnsafeMutableRawPointer?
    private let baseCapacity: Int
    /// Set when the store is closed: another owner may write the slots from then on.
    let isClosed = Atomic<Bool>(false)

    // One bit per slot, in chunks that come into being when needed.
    private typealias Word = Atomic<UInt64>
    private static let slotsPerChunk = 1 << 19
    private static let chunks = 1 << 13
    private let verified: UnsafeMutablePointer<Atomic<UnsafeMutableRawPointer?>>

    /// - Parameter maps: whether slots are read through a mapping where the file has one.
    init(file: any StoreFile, pageSize: Int, maps: Bool = false) {
        self.file = file
        self.pageSize = pageSize
        descriptor = file.descriptor
        mapping = maps ? (file as? any MappableFile)?.makeMapping() : nil
        damage = mapping?.damage
        base = mapping?.start
        baseCapacity = mapping?.capacity ?? 0
        // calloc: untouched parts of the table cost no memory, and all zero bytes are nil pointers.
        let bytes = calloc(PageIO.chunks, MemoryLayout<Atomic<UnsafeMutableRawPointer?>>.stride)
        guard let bytes else { preconditionFailure("out of memory") }
        verified = bytes.assumingMemoryBound(to: Atomic<UnsafeMutableRawPointer?>.self)
    }

    deinit {
        for i in 0 ..< PageIO.chunks {
            if let chunk = verified[i].load(ordering: .relaxed) { free(chunk) }
        }
        free(verified)
    }

    private func newChunk(_ index: Int) -> UnsafeMutableRawPointer? {
        guard let fresh = calloc(PageIO.slotsPerChunk / 64, 8) else { return nil }
        let (won, other) = verified[index].compareExchange(expected: nil, desired: fresh, ordering: .acquiringAndReleasing)
        if won { return fresh }
        free(fresh)
        return other
    }

    /// Notes that the slot holds what its checksum says.
    func markVerified(_ slot: Slot) {
        let index = Int(slot) / PageIO.slotsPerChunk
        guard let chunk = verified[index].load(ordering: .acquiring) ?? newChunk(index) else { return }
        let bit = Int(slot) % PageIO.slotsPerChunk
        (chunk.assumingMemoryBound(to: Word.self) + bit / 64).pointee.bitwiseOr(1 << UInt64(bit % 64), ordering: .relaxed)
    }

    @inline(__always) func isVerified(_ slot: Slot) -> Bool {
        guard let chunk = verified[Int(slot) / PageIO.slotsPerChunk].load(ordering: .acquiring) else { return false }
        let bit = Int(slot) % PageIO.slotsPerChunk
        return (chunk.assumingMemoryBound(to: Word.self) + bit / 64).pointee.load(ordering: .relaxed) >> UInt64(bit % 64) & 1 != 0
    }

    /// Whether what was read through `address(of:)` is worth nothing: the store is closed or the mapping is damaged.
    @inline(__always) var isBroken: Bool {
        if isClosed.load(ordering: .relaxed) { return true }
        return damage?.pointee.load(ordering: .relaxed) ?? false
    }

    /// Where a slot's bytes can be read, or nil if only `readSlot` can. They stay for as long as something pins the slot
    /// and this object lives; `isBroken` tells afterwards whether they were there.
    @inline(__always) func address(of slot: Slot) -> UnsafeRawPointer? {
        let offset = Int(slot) * pageSize
        guard let base, offset <= baseCapacity - pageSize, !isBroken else { return nil }
        return UnsafeRawPointer(base + offset)
    }

    /// Reads a whole slot; false if the file does not reach that far or the system reports an error.
    @inline(__always) func readSlot(_ slot: Slot, into target: UnsafeMutableRawPointer) -> Bool {
        if let source = address(of: slot) {
            memcpy(target, source, pageSize)
            if !isBroken { return true }
        }
        if isClosed.load(ordering: .relaxed) { return false }
        let offset = Int(slot) * pageSize
        if descriptor >= 0, pread(descriptor, target, pageSize, off_t(offset)) == pageSize { return true }
        return readSlowly(offset, into: target)
    }

    @inline(never) private func readSlowly(_ offset: Int, into target: UnsafeMutableRawPointer) -> Bool {
        do throws(StoreError) {
            return try file.read(at: UInt64(offset), into: UnsafeMutableRawBufferPointer(start: target, count: pageSize)) == pageSize
        } catch {
            return false
        }
    }

    func offset(_ slot: Slot) -> UInt64 { UInt64(slot) * UInt64(pageSize) }

    /// Reads a slot into new bytes or throws.
    func slotBytes(_ slot: Slot) throws(StoreError) -> [UInt8] {
        if isClosed.load(ordering: .relaxed) { throw .closed }
        var bytes = [UInt8](repeating: 0, count: pageSize)
        let n = try read(at: offset(slot), into: &bytes)
        if n < pageSize { throw .corrupt(branch: nil, page: nil, slot: UInt64(slot), detail: "the file ends before this slot") }
        return bytes
    }

    /// Reads into all of `bytes`; returns how many there were.
    func read(at offset: UInt64, into bytes: inout [UInt8]) throws(StoreError) -> Int {
        try PageIO.read(file, at: offset, into: &bytes)
    }

    static func read(_ file: any StoreFile, at offset: UInt64, into bytes: inout [UInt8]) throws(StoreError) -> Int {
        var failure: StoreError?
        let n = bytes.withUnsafeMutableBytes { buffer -> Int in
            do throws(StoreError) {
                return try file.read(at: offset, into: buffer)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return n
    }

    func write(at offset: UInt64, _ bytes: [UInt8]) throws(StoreError) {
        var failure: StoreError?
        bytes.withUnsafeBytes { buffer in
            do throws(StoreError) { try file.write(at: offset, buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    func write(at offset: UInt64, _ bytes: UnsafeRawBufferPointer) throws(StoreError) { try file.write(at: offset, bytes) }
}
