import CSQLite

/// The message DuckDB gives when integer arithmetic leaves its type.
private func overflow(_ call: Call, _ operation: String, _ symbol: String) {
    let type = CastType(rawValue: UInt8(truncatingIfNeeded: call.tag)) ?? .int64
    call.fail("BL_OUT_OF_RANGE: Overflow in \(operation) of \(type.errorName) (\(call.int(0)) \(symbol) \(call.int(1)))!")
}

private func divisionByZero(_ call: Call, _ symbol: String) {
    call.fail("BL_DIVISION_BY_ZERO: Division by zero in expression (\(call.string(0)) \(symbol) \(call.string(1)))")
}

extension Call {
    /// The range of the integer type in the function's tag.
    @inline(__always)
    var range: ClosedRange<Int64> { (CastType(rawValue: UInt8(truncatingIfNeeded: tag)) ?? .int64).range }
}

extension FunctionList {
    /// Arithmetic of the integer types with overflow checks; bits; number theory.
    mutating func addIntegers() {
        for type in CastType.allCases where type.isInteger { addIntegerArithmetic(type) }
        addNumberTheory()
    }

    private mutating func addIntegerArithmetic(_ type: CastType) {
        let tag = Int(type.rawValue)
        let word = type.word
        scalar("bl_add_\(word)", 2, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let (result, over) = call.int(0).addingReportingOverflow(call.int(1))
            if over || !call.range.contains(result) { overflow(call, "addition", "+"); return }
            call.result(result)
        }
        scalar("bl_sub_\(word)", 2, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let (result, over) = call.int(0).subtractingReportingOverflow(call.int(1))
            if over || !call.range.contains(result) { overflow(call, "subtraction", "-"); return }
            call.result(result)
        }
        scalar("bl_mul_\(word)", 2, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let (result, over) = call.int(0).multipliedReportingOverflow(by: call.int(1))
            if over || !call.range.contains(result) { overflow(call, "multiplication", "*"); return }
            call.result(result)
        }
        scalar("bl_neg_\(word)", 1, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.int(0)
            guard value != .min, call.range.contains(-value) else {
                call.fail("BL_OUT_OF_RANGE: Overflow in negation of numeric value!")
                return
            }
            call.result(-value)
        }
        scalar("bl_abs_\(word)", 1, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.int(0)
            guard value != .min, call.range.contains(abs(value)) else { call.fail("BL_OUT_OF_RANGE: Overflow on abs(\(value))"); return }
            call.result(abs(value))
        }
        scalar("bl_idiv_\(word)", 2, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let divisor = call.int(1)
            guard divisor != 0 else { divisionByZero(call, "//"); return }
            let (result, over) = call.int(0).dividedReportingOverflow(by: divisor)
            if over || !call.range.contains(result) { overflow(call, "division", "/"); return }
            call.result(result)
        }
        scalar("bl_mod_\(word)", 2, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let divisor = call.int(1)
            guard divisor != 0 else { divisionByZero(call, "%"); return }
            call.result(divisor == -1 ? 0 : call.int(0) % divisor)
        }
        scalar("bl_lshift_\(word)", 2, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.int(0)
            let shift = call.int(1)
            let bits = bitWidth(call.tag)
            guard value >= 0 else { call.fail("BL_OUT_OF_RANGE: Cannot left-shift negative number \(value)"); return }
            guard shift >= 0 else { call.fail("BL_OUT_OF_RANGE: Cannot left-shift by negative number \(shift)"); return }
            guard shift < bits || value == 0 && shift <= bits else { call.fail("BL_OUT_OF_RANGE: Left-shift value \(shift) is out of range"); return }
            let low = shift < 63 ? value << shift : 0
            guard value == 0 || shift < 63 && low >> shift == value && call.range.contains(low) else {
                call.fail("BL_OUT_OF_RANGE: Overflow in left shift (\(value) << \(shift))")
                return
            }
            call.result(low)
        }
        scalar("bl_rshift_\(word)", 2, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let shift = call.int(1)
            call.result(shift < 0 || shift >= bitWidth(call.tag) ? 0 : call.int(0) >> shift)
        }
        scalar("bl_bit_count_\(word)", 1, tag: tag) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            // A negative number of a narrow type has only that type's bits.
            let bits = bitWidth(call.tag)
            let mask: UInt64 = bits >= 64 ? .max : (1 << UInt64(bits)) - 1
            call.result((UInt64(bitPattern: call.int(0)) & mask).nonzeroBitCount)
        }
    }

    private mutating func addNumberTheory() {
        scalar("bl_xor", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.int(0) ^ call.int(1))
        }
        scalar("bl_gcd", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            guard let result = Int64(exactly: greatestCommonDivisor(call.int(0).magnitude, call.int(1).magnitude)) else {
                call.fail("BL_OUT_OF_RANGE: Overflow on gcd(\(call.int(0)), \(call.int(1)))")
                return
            }
            call.result(result)
        }
        scalar("bl_lcm", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let a = call.int(0).magnitude
            let b = call.int(1).magnitude
            guard a != 0, b != 0 else { call.result(0); return }
            let (product, over) = (a / greatestCommonDivisor(a, b)).multipliedReportingOverflow(by: b)
            guard !over, let result = Int64(exactly: product) else { call.fail("BL_OUT_OF_RANGE: lcm value is out of range"); return }
            call.result(result)
        }
        scalar("bl_factorial", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let n = call.int(0)
            guard n >= 0 else { call.fail("BL_OUT_OF_RANGE: factorial of a negative number is undefined"); return }
            var result: Int64 = 1
            for factor in stride(from: Int64(2), through: min(n, 21), by: 1) {
                let (product, over) = result.multipliedReportingOverflow(by: factor)
                if over { call.fail("BL_OUT_OF_RANGE: Value out of range: factorial(\(n)) needs more than 64 bits"); return }
                result = product
            }
            call.result(result)
        }
        scalar("bl_even_int64", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.int(0)
            let (result, over) = value.addingReportingOverflow(value % 2)
            if over { call.fail("BL_OUT_OF_RANGE: Overflow on even(\(value))"); return }
            call.result(result)
        }
        scalar("bl_sign_int64", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.int(0).signum())
        }
        scalar("bl_round_int64", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let digits = call.small(1)
            guard digits < 0 else { call.resultArgument(0); return }
            guard -digits < powersOfTen.count else { call.result(0); return }
            let power = powersOfTen[-digits]
            let (result, over) = NumberText.divideRounding(call.int(0), by: power).multipliedReportingOverflow(by: power)
            if over { call.fail("BL_OUT_OF_RANGE: Overflow on round(\(call.int(0)), \(digits))"); return }
            call.result(result)
        }
    }
}

@inline(__always)
private func bitWidth(_ tag: Int) -> Int64 {
    switch CastType(rawValue: UInt8(truncatingIfNeeded: tag)) ?? .int64 {
    case .int8, .uint8: 8
    case .int16, .uint16: 16
    case .int32, .uint32: 32
    default: 64
    }
}

private func greatestCommonDivisor(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}
