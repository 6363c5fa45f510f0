import CSQLite

/// The state of an aggregate that is plain numbers: SQLite's own zeroed memory, no allocation of ours. All zero bytes must
/// be the empty state, and its alignment at most 8.
@inline(__always)
func aggregateState<State: BitwiseCopyable>(_ context: OpaquePointer?, _ type: State.Type) -> UnsafeMutablePointer<State>? {
    sqlite3_aggregate_context(context, Int32(MemoryLayout<State>.size))?.assumingMemoryBound(to: State.self)
}

/// The state if any row was seen; `nil` for an empty group.
@inline(__always)
func existingState<State: BitwiseCopyable>(_ context: OpaquePointer?, _ type: State.Type) -> UnsafeMutablePointer<State>? {
    sqlite3_aggregate_context(context, 0)?.assumingMemoryBound(to: State.self)
}

/// The state of an aggregate that needs an object: the object's reference lies in SQLite's memory and is given up by the
/// final call, which SQLite always makes.
enum ObjectState {
    static func make<Object: AnyObject>(_ context: OpaquePointer?, _ create: () -> Object) -> Object? {
        guard let slot = aggregateState(context, UnsafeMutableRawPointer?.self) else {
            if let context { sqlite3_result_error_nomem(context) }
            return nil
        }
        if let pointer = slot.pointee { return Unmanaged<Object>.fromOpaque(pointer).takeUnretainedValue() }
        let object = create()
        slot.pointee = Unmanaged.passRetained(object).toOpaque()
        return object
    }

    static func existing<Object: AnyObject>(_ context: OpaquePointer?, _ type: Object.Type) -> Object? {
        guard let pointer = existingState(context, UnsafeMutableRawPointer?.self)?.pointee else { return nil }
        return Unmanaged<Object>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Takes the object out of the state: it goes when the caller lets it go.
    static func take<Object: AnyObject>(_ context: OpaquePointer?, _ type: Object.Type) -> Object? {
        guard let slot = existingState(context, UnsafeMutableRawPointer?.self), let pointer = slot.pointee else { return nil }
        slot.pointee = nil
        return Unmanaged<Object>.fromOpaque(pointer).takeRetainedValue()
    }
}

/// The result side of an aggregate's final and value calls.
struct AggregateResult {
    let context: OpaquePointer

    init?(_ context: OpaquePointer?) {
        guard let context else { return nil }
        self.context = context
    }

    var tag: Int { Int(bitPattern: sqlite3_user_data(context)) }
    func result(_ value: Int64) { sqlite3_result_int64(context, value) }
    func result(_ value: Double) { sqlite3_result_double(context, value) }
    func result(_ value: Double?) { if let value { sqlite3_result_double(context, value) } }
    func fail(_ message: String) { sqlite3_result_error(context, message, -1) }

    func result(text: ArraySlice<UInt8>) {
        text.withUnsafeBytes { bytes in
            sqlite3_result_text64(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self) ?? AggregateResult.empty, UInt64(bytes.count), csqlite_transient(),
                UInt8(SQLITE_UTF8))
        }
    }

    func result(blob: [UInt8]) {
        blob.withUnsafeBytes { bytes in sqlite3_result_blob64(context, bytes.baseAddress, UInt64(bytes.count), csqlite_transient()) }
    }

    private static var empty: UnsafePointer<CChar> { UnsafeRawPointer(emptyText.utf8Start).assumingMemoryBound(to: CChar.self) }
    private static let emptyText: StaticString = ""

    func result(_ key: StoredKey) {
        switch key {
        case .integer(let value): result(value)
        case .real(let value): result(value)
        case .text(let bytes): result(text: bytes[...])
        case .blob(let bytes): result(blob: bytes)
        }
    }
}

/// A stored value that can be counted and ordered (as SQLite orders: numbers, text by bytes, blobs). Never NULL.
enum StoredKey: Hashable, Comparable {
    case integer(Int64)
    case real(Double)
    case text([UInt8])
    case blob([UInt8])

    init(_ call: Call, _ index: Int) {
        switch call.type(index) {
        case SQLITE_INTEGER: self = .integer(call.int(index))
        case SQLITE_FLOAT:
            // 1 and 1.0 are one value to SQL.
            let value = call.double(index)
            self = Int64(exactly: value).map { .integer($0) } ?? .real(value)
        case SQLITE_TEXT: self = .text([UInt8](call.text(index)))
        default: self = .blob([UInt8](call.blob(index)))
        }
    }

    static func < (a: StoredKey, b: StoredKey) -> Bool {
        switch (a, b) {
        case (.integer(let x), .integer(let y)): x < y
        case (.integer(let x), .real(let y)): Double(x) < y
        case (.real(let x), .integer(let y)): x < Double(y)
        case (.real(let x), .real(let y)): x < y
        case (.integer, _), (.real, _):
            switch b {
            case .text, .blob: true
            default: false
            }
        case (.text(let x), .text(let y)), (.blob(let x), .blob(let y)): x.lexicographicallyPrecedes(y)
        case (.text, .blob): true
        default: false
        }
    }
}

/// A 128-bit sum in two words, since SQLite's memory is only aligned for 64 bits.
struct WideSum: BitwiseCopyable {
    var low: UInt64
    var high: Int64
    var count: Int64

    @inline(__always)
    mutating func add(_ value: Int64) {
        let (sum, carry) = low.addingReportingOverflow(UInt64(bitPattern: value))
        low = sum
        high &+= (value < 0 ? -1 : 0) + (carry ? 1 : 0)
        count += 1
    }

    @inline(__always)
    mutating func remove(_ value: Int64) {
        let (difference, borrow) = low.subtractingReportingOverflow(UInt64(bitPattern: value))
        low = difference
        high &-= (value < 0 ? -1 : 0) + (borrow ? 1 : 0)
        count -= 1
    }

    /// The sum if it fits 64 bits.
    var exact: Int64? {
        let value = Int64(bitPattern: low)
        return high == (value < 0 ? -1 : 0) ? value : nil
    }

    var double: Double {
        if let exact { return Double(exact) }
        return Double(high) * 0x1p64 + Double(low)
    }

    /// The sum divided by the count, half away from zero; always fits, being an average of 64-bit values.
    var average: Int64 {
        let (quotient, remainder) = count.dividingFullWidth((high, low))
        guard remainder.magnitude >= count.magnitude - remainder.magnitude else { return quotient }
        return quotient + (high < 0 ? -1 : 1)
    }
}
