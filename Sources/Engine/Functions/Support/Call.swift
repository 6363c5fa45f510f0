import CSQLite

/// One call of a scalar function: its arguments in storage form, and where its result goes. Lives on the stack of the
/// callback; nothing in it may outlive the call.
struct Call {
    let context: OpaquePointer
    let arguments: UnsafeMutablePointer<OpaquePointer?>
    let count: Int

    /// `nil` (the result then stays NULL) when any argument is NULL: what most SQL functions want.
    @inline(__always)
    init?(_ context: OpaquePointer?, _ count: Int32, _ arguments: UnsafeMutablePointer<OpaquePointer?>?) {
        self.init(any: context, count, arguments)
        for index in 0..<self.count where sqlite3_value_type(self.arguments[index]) == SQLITE_NULL { return nil }
    }

    /// Takes NULL arguments too.
    @inline(__always)
    init?(any context: OpaquePointer?, _ count: Int32, _ arguments: UnsafeMutablePointer<OpaquePointer?>?) {
        guard let context else { return nil }
        self.context = context
        self.count = Int(count)
        if let arguments {
            self.arguments = arguments
        } else {
            guard count == 0 else { return nil }
            self.arguments = Call.noArguments.pointer
        }
    }

    /// Stands in for the missing argument vector of functions without arguments; never read or written through.
    private struct NoArguments: @unchecked Sendable {  // immutable after creation, and empty
        let pointer = UnsafeMutablePointer<OpaquePointer?>.allocate(capacity: 1)
    }
    private static let noArguments = NoArguments()

    // MARK: Arguments

    /// The tag the function was registered with.
    @inline(__always)
    var tag: Int { Int(bitPattern: sqlite3_user_data(context)) }

    /// The connection's context, for functions registered as contextual.
    @inline(__always)
    func withFunctionContext<R>(_ body: (FunctionContext) -> R) -> R? {
        guard let pointer = sqlite3_user_data(context) else { return nil }
        return Unmanaged<FunctionContext>.fromOpaque(pointer)._withUnsafeGuaranteedRef { body($0) }
    }

    @inline(__always)
    func isNull(_ index: Int) -> Bool { sqlite3_value_type(arguments[index]) == SQLITE_NULL }
    @inline(__always)
    func type(_ index: Int) -> Int32 { sqlite3_value_type(arguments[index]) }
    @inline(__always)
    func int(_ index: Int) -> Int64 { sqlite3_value_int64(arguments[index]) }
    @inline(__always)
    func double(_ index: Int) -> Double { sqlite3_value_double(arguments[index]) }
    /// A small integer such as a scale, precision or length, clamped to `Int32`'s range.
    @inline(__always)
    func small(_ index: Int) -> Int { Int(clamping: max(min(int(index), Int64(Int32.max)), Int64(Int32.min))) }

    /// A precision or scale: never outside what the tables of powers and the loops over digits can take.
    @inline(__always)
    func digits(_ index: Int) -> Int { max(0, min(small(index), 40)) }

    /// A DATE argument: days; what is outside DATE's range counts as infinite.
    @inline(__always)
    func date(_ index: Int) -> Int64 { max(Calendar.dateNegativeInfinity, min(int(index), Calendar.dateInfinity)) }

    /// A TIME argument: microseconds within one day.
    @inline(__always)
    func time(_ index: Int) -> Int64 { max(0, min(int(index), Calendar.microsPerDay)) }

    /// The text (UTF-8) of an argument; valid until SQLite converts that argument again.
    @inline(__always)
    func text(_ index: Int) -> Bytes {
        guard let pointer = sqlite3_value_text(arguments[index]) else { return Bytes(start: nil, count: 0) }
        return Bytes(start: pointer, count: Int(sqlite3_value_bytes(arguments[index])))
    }

    @inline(__always)
    func blob(_ index: Int) -> Bytes {
        guard let pointer = sqlite3_value_blob(arguments[index]) else { return Bytes(start: nil, count: 0) }
        return Bytes(start: pointer.assumingMemoryBound(to: UInt8.self), count: Int(sqlite3_value_bytes(arguments[index])))
    }

    func string(_ index: Int) -> String { String(decoding: text(index), as: UTF8.self) }

    /// An INTERVAL argument; a malformed one is reported, and `nil`.
    func interval(_ index: Int) -> Interval? {
        guard type(index) == SQLITE_BLOB, let value = Interval(stored: blob(index)) else {
            fail("BL_TYPE_ERROR: expected an INTERVAL value")
            return nil
        }
        return value
    }

    // MARK: Results

    @inline(__always)
    func result(_ value: Int64) { sqlite3_result_int64(context, value) }
    @inline(__always)
    func result(_ value: Int) { sqlite3_result_int64(context, Int64(value)) }
    @inline(__always)
    func result(_ value: Bool) { sqlite3_result_int(context, value ? 1 : 0) }
    @inline(__always)
    func result(_ value: Double) { sqlite3_result_double(context, value) }
    @inline(__always)
    func resultNull() { sqlite3_result_null(context) }
    @inline(__always)
    func resultArgument(_ index: Int) { sqlite3_result_value(context, arguments[index]) }

    func result(text bytes: Bytes) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            sqlite3_result_text(context, "", 0, csqlite_transient())
            return
        }
        start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
            sqlite3_result_text64(context, $0, UInt64(bytes.count), csqlite_transient(), UInt8(SQLITE_UTF8))
        }
    }

    func result(text bytes: [UInt8]) { bytes.withUnsafeBufferPointer { result(text: $0) } }
    func result(text slice: Slice<Bytes>) { result(text: Bytes(rebasing: slice)) }

    func result(text string: String) {
        var string = string
        string.withUTF8 { result(text: $0) }
    }

    func result(blob bytes: Bytes) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            sqlite3_result_zeroblob(context, 0)
            return
        }
        sqlite3_result_blob64(context, start, UInt64(bytes.count), csqlite_transient())
    }

    func result(blob bytes: [UInt8]) { bytes.withUnsafeBufferPointer { result(blob: $0) } }

    func result(_ interval: Interval) { result(blob: interval.stored) }

    /// An interval, or an error when the arithmetic overflowed.
    func result(_ interval: Interval?, orOverflowIn operation: String) {
        guard let interval else { fail("BL_OUT_OF_RANGE: Overflow in INTERVAL \(operation)"); return }
        result(interval)
    }

    /// Ends the statement with an error: the code, a colon, and a sentence.
    @inline(never)
    func fail(_ message: String) {
        var message = message
        message.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return }
            start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_result_error(context, $0, Int32(clamping: bytes.count))
            }
        }
    }

    /// The largest text or blob the connection allows.
    var lengthLimit: Int {
        guard let db = sqlite3_context_db_handle(context) else { return 0 }
        return Int(sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1))
    }

    /// Reports a result that would be longer than the connection allows.
    func failTooBig() { sqlite3_result_error_toobig(context) }
}
