import Engine

/// Bytes on their way to a client: messages are appended, their lengths filled in when they end. Confined to its connection.
///
/// A plain growing piece of memory: appending to it neither counts references nor checks for shared copies.
final class OutputBuffer {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 1 << 14) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    var isEmpty: Bool { count == 0 }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func clear() { count = 0 }

    /// Forgets what was appended since `count` was this.
    func truncate(to length: Int) { count = min(count, max(0, length)) }

    /// Makes room for `more` bytes.
    @inline(__always)
    func reserve(_ more: Int) { if count &+ more > capacity { grow(more) } }

    @inline(never)
    private func grow(_ more: Int) {
        let wanted = max(capacity * 2, count + more)
        let next = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
        next.update(from: base, count: count)
        base.deallocate()
        base = next
        capacity = wanted
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        count &+= 1
    }

    @inline(__always)
    func append(_ more: UnsafeBufferPointer<UInt8>) {
        guard let start = more.baseAddress, more.count > 0 else { return }
        reserve(more.count)
        (base + count).update(from: start, count: more.count)
        count &+= more.count
    }

    func append(_ more: [UInt8]) { more.withUnsafeBufferPointer { append($0) } }

    func append(_ text: StaticString) { append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    @inline(__always)
    func append(int16 value: Int16) { append(bigEndian: UInt16(bitPattern: value)) }
    @inline(__always)
    func append(int32 value: Int32) { append(bigEndian: UInt32(bitPattern: value)) }
    @inline(__always)
    func append(int64 value: Int64) { append(bigEndian: UInt64(bitPattern: value)) }

    @inline(__always)
    func append<Number: FixedWidthInteger>(bigEndian value: Number) {
        reserve(MemoryLayout<Number>.size)
        UnsafeMutableRawPointer(base + count).storeBytes(of: value.bigEndian, as: Number.self)
        count &+= MemoryLayout<Number>.size
    }

    @inline(__always)
    func set(int32 value: Int32, at offset: Int) {
        UnsafeMutableRawPointer(base + offset).storeBytes(of: value.bigEndian, as: Int32.self)
    }

    /// A number in decimal digits.
    @inline(__always)
    func append(decimal value: Int64) {
        reserve(PostgreSQLNumber.maximumBytes)
        count &+= PostgreSQLNumber.write(value, to: base + count)
    }

    /// A floating-point number in its shortest digits.
    func append(number value: Double) {
        reserve(PostgreSQLNumber.maximumBytes)
        count &+= PostgreSQLNumber.write(value, isFloat: false, to: base + count)
    }

    /// A number with its length in front; `write` is given `PostgreSQLNumber.maximumBytes` to write to.
    @inline(__always)
    func appendNumber(_ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        reserve(4 &+ PostgreSQLNumber.maximumBytes)
        let length = write(base + count + 4)
        set(int32: Int32(truncatingIfNeeded: length), at: count)
        count &+= 4 &+ length
    }

    // MARK: Messages

    /// Begins a message; give the result to `endMessage`.
    @inline(__always)
    func beginMessage(_ type: UInt8) -> Int {
        append(type)
        let start = count
        append(int32: 0)
        return start
    }

    @inline(__always)
    func endMessage(_ start: Int) { set(int32: Int32(truncatingIfNeeded: count &- start), at: start) }

    func append(terminated text: String) {
        append(text)
        append(0)
    }
}
