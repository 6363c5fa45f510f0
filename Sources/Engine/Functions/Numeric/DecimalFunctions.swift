import CSQLite

extension FunctionList {
    /// Arithmetic on decimals in storage form (64-bit integers scaled by a power of ten).
    mutating func addDecimals() {
        scalar("bl_add_decimal", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let (result, over) = call.int(0).addingReportingOverflow(call.int(1))
            finish(call, result, over, "addition", "+")
        }
        scalar("bl_sub_decimal", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let (result, over) = call.int(0).subtractingReportingOverflow(call.int(1))
            finish(call, result, over, "subtraction", "-")
        }
        scalar("bl_mul_decimal", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let (result, over) = call.int(0).multipliedReportingOverflow(by: call.int(1))
            finish(call, result, over, "multiplication", "*")
        }
        scalar("bl_mod_decimal", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let divisor = call.int(1)
            guard divisor != 0 else { call.fail("BL_DIVISION_BY_ZERO: Division by zero in a DECIMAL %"); return }
            call.result(divisor == -1 ? 0 : call.int(0) % divisor)
        }
        scalar("bl_idiv_decimal", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let divisor = call.int(1)
            guard divisor != 0 else { call.fail("BL_DIVISION_BY_ZERO: Division by zero in a DECIMAL //"); return }
            let (result, over) = call.int(0).dividedReportingOverflow(by: divisor)
            if over { call.fail("BL_OUT_OF_RANGE: Overflow in division of DECIMAL"); return }
            call.result(result)
        }
        scalar("bl_round_decimal", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.int(0)
            let scale = call.digits(1)
            let digits = call.small(2)
            if digits >= scale { call.result(value); return }
            guard let kept = NumberText.rescale(value, from: scale, to: digits) else { return }
            if digits >= 0 { call.result(kept); return }
            guard -digits < powersOfTen.count else { call.result(0); return }
            let (result, over) = kept.multipliedReportingOverflow(by: powersOfTen[-digits])
            if over { call.fail("BL_OUT_OF_RANGE: Overflow on round of DECIMAL"); return }
            call.result(result)
        }
        scalar("bl_floor_decimal", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let scale = call.digits(1)
            guard scale < powersOfTen.count else { call.result(call.int(0) < 0 ? -1 : 0); return }
            call.result(Calendar.floorDivide(call.int(0), powersOfTen[max(0, scale)]))
        }
        scalar("bl_ceil_decimal", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let scale = call.digits(1)
            guard scale < powersOfTen.count else { call.result(call.int(0) > 0 ? 1 : 0); return }
            let power = powersOfTen[max(0, scale)]
            let floor = Calendar.floorDivide(call.int(0), power)
            call.result(call.int(0) % power == 0 ? floor : floor + 1)
        }
        for arity in [Int32(2), 3] {
            // trunc(x) to scale 0, or trunc(x, digits) to that many digits (at scale max(min(scale, digits), 0)).
            scalar("bl_trunc_decimal", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let value = call.int(0)
                let scale = max(0, call.digits(1))
                let digits = call.count == 3 ? call.small(2) : 0
                if digits >= scale { call.result(value); return }
                guard scale - digits < powersOfTen.count else { call.result(0); return }
                let kept = value / powersOfTen[scale - digits]
                call.result(digits >= 0 ? kept : kept * powersOfTen[-digits])
            }
        }
        scalar("bl_round_even_decimal", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.int(0)
            let scale = call.digits(1)
            let digits = call.small(2)
            if digits >= scale || digits < 0 { call.result(value); return }
            guard scale - digits < powersOfTen.count else { call.result(0); return }
            let power = powersOfTen[scale - digits]
            let quotient = value / power
            let twice = (value % power).magnitude * 2
            let up = twice > power.magnitude || twice == power.magnitude && quotient % 2 != 0
            call.result(up ? quotient + (value < 0 ? -1 : 1) : quotient)
        }
    }
}

/// Gives the result, or the error DuckDB raises when it does not fit the precision in the third argument.
@inline(__always)
private func finish(_ call: Call, _ result: Int64, _ overflow: Bool, _ operation: String, _ symbol: String) {
    let precision = call.digits(2)
    if overflow || !NumberText.fits(result, precision: precision) {
        call.fail(
            "BL_OUT_OF_RANGE: Overflow in \(operation) of DECIMAL(\(min(precision, 18))) (\(call.int(0)) \(symbol) \(call.int(1))). You might want to add an explicit cast to a decimal with a smaller scale.")
        return
    }
    call.result(result)
}
