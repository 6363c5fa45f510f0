#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One column of a record, borrowed from the page it lies on: its serial type and its bytes.
///
/// Valid only as long as the bytes below it (see ``RecordView``). Reading it allocates nothing; ``value`` does for
/// text and blobs.
public struct ColumnView {
    /// The storage class of a column.
    public enum StorageClass: UInt8, Sendable, Comparable {
        case null, integer, real, text, blob

        public static func < (left: StorageClass, right: StorageClass) -> Bool { left.rawValue < right.rawValue }
    }

    /// The serial type of SQLite's record format.
    public let serialType: UInt64
    /// The column's own bytes: big-endian for numbers, UTF-8 for text. Empty for NULL and for the constants 0 and 1.
    public let bytes: UnsafeRawBufferPointer

    @inline(__always)
    init(serialType: UInt64, bytes: UnsafeRawBufferPointer) {
        self.serialType = serialType
        self.bytes = bytes
    }

    /// The number of body bytes of a serial type; nil for the two reserved ones and for lengths beyond any record.
    @inline(__always)
    static func bodyLength(_ serialType: UInt64) -> Int? {
        switch serialType {
        case 0, 8, 9: return 0
        case 1, 2, 3, 4: return Int(serialType)
        case 5: return 6
        case 6, 7: return 8
        case 10, 11: return nil
        default:
            let length = (serialType - 12) / 2
            return length <= UInt64(RecordView.maximumLength) ? Int(length) : nil
        }
    }

    /// The storage class. A stored NaN counts as NULL, as SQLite reads it.
    public var storageClass: StorageClass {
        switch serialType {
        case 0: return .null
        case 7: return real.isNaN ? .null : .real
        case 1 ... 9: return .integer
        default: return serialType & 1 == 0 ? .blob : .text
        }
    }

    /// Whether the column is NULL.
    public var isNull: Bool { storageClass == .null }

    /// The integer of a column whose storage class is `.integer`; 0 for every other.
    public var integer: Int64 {
        guard let base = bytes.baseAddress else { return serialType == 9 ? 1 : 0 }
        switch serialType {
        case 1: return Int64(Int8(bitPattern: base.byte(0)))
        case 2: return Int64(Int16(truncatingIfNeeded: base.bigEndian16(0)))
        case 3:
            return Int64(Int8(bitPattern: base.byte(0))) << 16 | Int64(base.bigEndian16(1))
        case 4: return Int64(Int32(bitPattern: base.bigEndian32(0)))
        case 5:
            return Int64(Int16(truncatingIfNeeded: base.bigEndian16(0))) << 32 | Int64(base.bigEndian32(2))
        case 6: return Int64(bitPattern: base.bigEndian64(0))
        case 9: return 1
        default: return 0
        }
    }

    /// The number of a column whose storage class is `.real`; 0 for every other.
    public var real: Double {
        guard serialType == 7, let base = bytes.baseAddress else { return 0 }
        return Double(bitPattern: base.bigEndian64(0))
    }

    /// The value, copied out of the page.
    public var value: SQLiteValue {
        switch storageClass {
        case .null: .null
        case .integer: .integer(integer)
        case .real: .real(real)
        case .text: String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .malformedText([UInt8](bytes))
        case .blob: .blob([UInt8](bytes))
        }
    }

    /// Whether both columns hold the same value in the same storage class, byte by byte (0.0 and -0.0 differ).
    public func holdsSame(as other: ColumnView) -> Bool {
        let storage = storageClass
        guard storage == other.storageClass else { return false }
        switch storage {
        case .null: return true
        case .integer: return integer == other.integer
        case .real: return real.bitPattern == other.real.bitPattern
        case .text, .blob: return Self.compareBytes(bytes, other.bytes) == 0
        }
    }

    /// Whether the column holds exactly `value`, in the same storage class.
    public func holdsSame(as value: SQLiteValue) -> Bool {
        switch value {
        case .null: return storageClass == .null
        case .integer(let number): return storageClass == .integer && integer == number
        case .real(let number): return storageClass == .real && real.bitPattern == number.bitPattern
        case .text(let text):
            guard storageClass == .text else { return false }
            var text = text
            return text.withUTF8 { Self.compareBytes(bytes, UnsafeRawBufferPointer($0)) == 0 }
        case .malformedText(let text):
            guard storageClass == .text else { return false }
            return text.withUnsafeBytes { Self.compareBytes(bytes, $0) == 0 }
        case .blob(let blob):
            guard storageClass == .blob else { return false }
            return blob.withUnsafeBytes { Self.compareBytes(bytes, $0) == 0 }
        }
    }

    /// Byte order: the first differing byte decides, else the shorter comes first. Negative, zero or positive.
    @inline(__always)
    static func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let common = min(left.count, right.count)
        if common > 0, let leftBase = left.baseAddress, let rightBase = right.baseAddress {
            let order = memcmp(leftBase, rightBase, common)
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }
}
