import CSQLite

extension FunctionList {
    /// Functions over any type: greatest, least, error; random numbers and identifiers.
    mutating func addGeneral() {
        for (name, wanted) in [("bl_greatest", 1), ("bl_least", -1)] {
            scalar(name, -1, tag: wanted) { context, count, arguments in
                guard let call = Call(any: context, count, arguments) else { return }
                var best: Int?
                for index in 0..<call.count where !call.isNull(index) {
                    guard let held = best else { best = index; continue }
                    if StoredOrder.compare(call, index, held) == call.tag { best = index }
                }
                if let best { call.resultArgument(best) }
            }
        }
        scalar("bl_error", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            failAsUser(call, call.string(0))
        }
        scalar("bl_not_null", 2) { context, count, arguments in
            guard let call = Call(any: context, count, arguments) else { return }
            if call.isNull(0) { failAsUser(call, call.string(1)) } else { call.resultArgument(0) }
        }
        contextual("bl_random", 0) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), let value = call.withFunctionContext({ $0.random.nextUnit() }) else { return }
            call.result(value)
        }
        contextual("bl_setseed", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let seed = call.double(0)
            guard (-1...1).contains(seed) else { call.fail("BL_INVALID_INPUT: SETSEED accepts seed values between -1.0 and 1.0, inclusive"); return }
            _ = call.withFunctionContext { $0.random = RandomSource(seed: UInt64(bitPattern: Int64((seed * 0x1p52).rounded())) ^ 0x9E37_79B9_7F4A_7C15) }
        }
        contextual("bl_uuid", 0) { context, count, arguments in
            guard let call = Call(any: context, count, arguments) else { return }
            // Identifiers come from the system's generator: those of two connections must not meet.
            var system = SystemRandomNumberGenerator()
            call.result(text: uuidText(system.next() & ~0xF000 | 0x4000, system.next() & ~(3 << 62) | 2 << 62))
        }
        contextual("bl_uuidv7", 0) { context, count, arguments in
            guard let call = Call(any: context, count, arguments) else { return }
            var system = SystemRandomNumberGenerator()
            let millis = UInt64(bitPattern: SystemClock.nowMicros() / 1000)
            call.result(text: uuidText(millis << 16 | 0x7000 | system.next() & 0xFFF, system.next() & ~(3 << 62) | 2 << 62))
        }
        scalar("bl_hash", -1) { context, count, arguments in
            guard let call = Call(any: context, count, arguments) else { return }
            // FNV-1a over the storage form: stable across runs and machines, not DuckDB's numbers.
            var state: UInt64 = 0xCBF2_9CE4_8422_2325
            func mix(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
            for index in 0..<call.count {
                let type = call.type(index)
                mix(UInt8(truncatingIfNeeded: type))
                switch type {
                case SQLITE_INTEGER, SQLITE_FLOAT:
                    let bits = type == SQLITE_INTEGER ? UInt64(bitPattern: call.int(index)) : call.double(index).bitPattern
                    for shift in stride(from: UInt64(0), to: 64, by: 8) { mix(UInt8(truncatingIfNeeded: bits >> shift)) }
                case SQLITE_NULL: break
                default: for byte in call.blob(index) { mix(byte) }
                }
            }
            // The top bit is dropped: the result is a non-negative 64-bit integer here.
            call.result(Int64(bitPattern: state >> 1))
        }
    }
}

/// An error with a message from SQL; one that brings its own code keeps it.
private func failAsUser(_ call: Call, _ message: String) {
    call.fail(message.hasPrefix("BL_") ? message : "BL_USER_ERROR: " + message)
}

/// The order of two arguments as SQLite orders stored values: numbers, then text by bytes, then blobs.
enum StoredOrder {
    /// -1, 0 or 1.
    static func compare(_ call: Call, _ a: Int, _ b: Int) -> Int {
        compare(call.arguments[a], call.arguments[b])
    }

    static func compare(_ a: OpaquePointer?, _ b: OpaquePointer?) -> Int {
        let aType = sqlite3_value_type(a)
        let bType = sqlite3_value_type(b)
        if aType == SQLITE_INTEGER, bType == SQLITE_INTEGER {
            return sign(sqlite3_value_int64(a), sqlite3_value_int64(b))
        }
        let aIsNumber = aType == SQLITE_INTEGER || aType == SQLITE_FLOAT
        let bIsNumber = bType == SQLITE_INTEGER || bType == SQLITE_FLOAT
        if aIsNumber, bIsNumber { return sign(sqlite3_value_double(a), sqlite3_value_double(b)) }
        let aRank = rank(aType)
        let bRank = rank(bType)
        if aRank != bRank { return aRank < bRank ? -1 : 1 }
        return sign(bytes(a, aType), bytes(b, bType))
    }

    @inline(__always)
    private static func sign<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a > b ? 1 : 0 }

    private static func sign(_ a: Bytes, _ b: Bytes) -> Int {
        for index in 0..<min(a.count, b.count) where a[index] != b[index] { return a[index] < b[index] ? -1 : 1 }
        return sign(a.count, b.count)
    }

    private static func rank(_ type: Int32) -> Int {
        switch type {
        case SQLITE_NULL: 0
        case SQLITE_INTEGER, SQLITE_FLOAT: 1
        case SQLITE_TEXT: 2
        default: 3
        }
    }

    private static func bytes(_ value: OpaquePointer?, _ type: Int32) -> Bytes {
        if type == SQLITE_TEXT {
            return Bytes(start: sqlite3_value_text(value), count: Int(sqlite3_value_bytes(value)))
        }
        return Bytes(start: sqlite3_value_blob(value)?.assumingMemoryBound(to: UInt8.self), count: Int(sqlite3_value_bytes(value)))
    }
}

/// The 36 characters of a UUID.
private func uuidText(_ high: UInt64, _ low: UInt64) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(36)
    for index in 0..<16 {
        if index == 4 || index == 6 || index == 8 || index == 10 { out.append(UInt8(ascii: "-")) }
        let word = index < 8 ? high : low
        TemporalText.appendHex(UInt8(truncatingIfNeeded: word >> UInt64(56 - index % 8 * 8)), to: &out, lowerCase: true)
    }
    return out
}
