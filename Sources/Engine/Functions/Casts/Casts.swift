import CSQLite

extension FunctionList {
    /// `bl_cast_<from>_<to>` and `bl_try_cast_<from>_<to>` for every pair DuckDB can cast.
    mutating func addCasts() {
        for from in CastType.allCases {
            for to in CastType.allCases where CastType.isAllowed(from, to) {
                let arguments = 1 + (from == .decimal ? 1 : 0) + (to == .decimal ? 2 : 0)
                for isTry in [false, true] {
                    scalar(
                        "bl_\(isTry ? "try_" : "")cast_\(from.word)_\(to.word)", Int32(arguments),
                        tag: CastCall.tag(from: from, to: to, isTry: isTry)
                    ) { context, count, arguments in
                        guard let call = Call(context, count, arguments) else { return }
                        CastCall(call).run()
                    }
                }
            }
        }
        scalar("bl_to_json_varchar", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            var out: [UInt8] = []
            JSONText.appendQuoted(call.text(0), to: &out)
            call.result(text: out)
        }
    }
}

/// One cast. The tag says from what to what and whether a failure is NULL; the argument's own bytes do the rest.
struct CastCall {
    let call: Call
    let from: CastType
    let to: CastType
    let isTry: Bool

    static func tag(from: CastType, to: CastType, isTry: Bool) -> Int {
        Int(from.rawValue) | Int(to.rawValue) << 8 | (isTry ? 1 << 16 : 0)
    }

    @inline(__always)
    init(_ call: Call) {
        let tag = call.tag
        self.call = call
        from = CastType(rawValue: UInt8(truncatingIfNeeded: tag)) ?? .dynamic
        to = CastType(rawValue: UInt8(truncatingIfNeeded: tag >> 8)) ?? .dynamic
        isTry = tag & 1 << 16 != 0
    }

    func run() {
        switch from {
        case .bool: castBoolean(call.int(0) != 0)
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .hugeint: castInteger(call.int(0))
        case .float, .double: castDouble(call.double(0))
        case .decimal: castDecimal(call.int(0), scale: call.digits(1))
        case .varchar: castText(call.text(0))
        case .blob: castBlob(call.blob(0))
        case .date: castDate(call.date(0))
        case .time: castTime(call.time(0))
        case .timestamp: castTimestamp(call.int(0), withZone: false)
        case .timestamptz: castTimestamp(call.int(0), withZone: true)
        case .interval: if let interval = call.interval(0) { castInterval(interval) }
        case .json: castJSON(call.text(0))
        case .uuid: castUUID(call.text(0))
        case .dynamic: castDynamic()
        }
    }

    // MARK: Failure

    @inline(never)
    func conversionError(_ message: @autoclosure () -> String) {
        if isTry { call.resultNull() } else { call.fail("BL_CONVERSION: " + message()) }
    }

    func outOfRange(_ value: String) {
        conversionError(
            "Type \(from.errorName) with value \(value) can't be cast because the value is out of range for the destination type \(to.errorName)")
    }

    func textError(_ text: Bytes) {
        let value = String(decoding: text.prefix(CastCall.quotedTextLimit), as: UTF8.self)
        switch to {
        case .decimal: conversionError("Could not convert string \"\(value)\" to \(decimalTargetName)")
        case .bool: conversionError("Could not convert string '\(value)' to BOOL")
        default: conversionError("Could not convert string '\(value)' to \(to.errorName)")
        }
    }

    /// Bytes of a value that an error message quotes.
    static let quotedTextLimit = 200

    func unsupported() {
        conversionError("Unimplemented type for cast (\(from.errorName) -> \(to.errorName))")
    }

    var targetPrecision: Int { call.digits(call.count - 2) }
    var targetScale: Int { call.digits(call.count - 1) }
    var decimalTargetName: String { "DECIMAL(\(targetPrecision),\(targetScale))" }

    // MARK: Results shared by the sources

    func resultText(_ append: (inout [UInt8]) -> Void) {
        var out: [UInt8] = []
        out.reserveCapacity(32)
        append(&out)
        call.result(text: out)
    }

    func resultQuoted(_ append: (inout [UInt8]) -> Void) {
        var out: [UInt8] = [UInt8(ascii: "\"")]
        append(&out)
        out.append(UInt8(ascii: "\""))
        call.result(text: out)
    }

    /// A 32-bit float is stored as the double of the same value.
    func resultFloat(_ value: Double) {
        let narrow = Float(value)
        if narrow.isInfinite, value.isFinite {
            outOfRange(CastCall.text(of: value))
            return
        }
        call.result(Double(narrow))
    }

    static func text(of value: Double) -> String {
        var out: [UInt8] = []
        NumberText.append(value, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    // MARK: Sources

    func castBoolean(_ value: Bool) {
        switch to {
        case .varchar, .json: call.result(text: value ? "true" : "false")
        default: castInteger(value ? 1 : 0)
        }
    }

    @inline(__always)
    func castInteger(_ value: Int64) {
        switch to {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .hugeint:
            if to.range.contains(value) { call.result(value) } else { outOfRange("\(value)") }
        case .bool: call.result(value != 0)
        case .double: call.result(Double(value))
        case .float: call.result(Double(Float(value)))
        case .dynamic: call.result(value)
        case .varchar, .json: resultText { NumberText.append(value, to: &$0) }
        case .decimal:
            guard let scaled = NumberText.rescale(value, from: 0, to: targetScale), NumberText.fits(scaled, precision: targetPrecision)
            else { conversionError("Could not cast value \(value) to \(decimalTargetName)"); return }
            call.result(scaled)
        default: unsupported()
        }
    }

    func castDouble(_ value: Double) {
        switch to {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .hugeint:
            // Ties go to the even neighbour, as the processor rounds.
            guard let exact = Int64(exactly: value.rounded(.toNearestOrEven)), to.range.contains(exact) else {
                outOfRange(CastCall.text(of: value))
                return
            }
            call.result(exact)
        case .bool: call.result(value != 0)
        case .double, .dynamic: call.result(value)
        case .float: resultFloat(value)
        case .varchar:
            resultText { if from == .float { NumberText.append(Float(value), to: &$0) } else { NumberText.append(value, to: &$0) } }
        case .json:
            guard value.isFinite else { resultQuoted { JSONText.appendNonFinite(value, to: &$0) }; return }
            resultText { if from == .float { NumberText.append(Float(value), to: &$0) } else { NumberText.append(value, to: &$0) } }
        case .decimal:
            let scaled = (value * NumberText.powerOfTen(targetScale)).rounded(.toNearestOrAwayFromZero)
            guard let exact = Int64(exactly: scaled), NumberText.fits(exact, precision: targetPrecision) else {
                conversionError("Could not cast value \(CastCall.text(of: value)) to \(decimalTargetName)")
                return
            }
            call.result(exact)
        default: unsupported()
        }
    }

    func castDecimal(_ value: Int64, scale: Int) {
        switch to {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .hugeint:
            guard let whole = NumberText.rescale(value, from: scale, to: 0) else { outOfRange("\(value)"); return }
            if to.range.contains(whole) {
                call.result(whole)
            } else {
                conversionError("Failed to cast decimal value \(whole) to type \(to.errorName)")
            }
        case .bool: call.result(value != 0)
        case .double: call.result(NumberText.decimalToDouble(value, scale: scale))
        case .float: call.result(Double(Float(NumberText.decimalToDouble(value, scale: scale))))
        case .dynamic:
            if scale == 0 { call.result(value) } else { call.result(NumberText.decimalToDouble(value, scale: scale)) }
        case .varchar: resultText { NumberText.appendDecimal(value, scale: scale, to: &$0) }
        case .json: resultText { NumberText.append(NumberText.decimalToDouble(value, scale: scale), to: &$0) }
        case .decimal:
            guard let moved = NumberText.rescale(value, from: scale, to: targetScale), NumberText.fits(moved, precision: targetPrecision)
            else {
                conversionError("Casting value \"\(CastCall.text(of: value, scale: scale))\" to type \(decimalTargetName) failed: value is out of range!")
                return
            }
            call.result(moved)
        default: unsupported()
        }
    }

    static func text(of unscaled: Int64, scale: Int) -> String {
        var out: [UInt8] = []
        NumberText.appendDecimal(unscaled, scale: scale, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    func castDynamic() {
        switch call.type(0) {
        case SQLITE_INTEGER: castInteger(call.int(0))
        case SQLITE_FLOAT: castDouble(call.double(0))
        case SQLITE_BLOB: castBlob(call.blob(0))
        default: castText(call.text(0))
        }
    }
}
