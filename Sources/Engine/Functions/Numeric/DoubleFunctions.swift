import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Functions of one double, told apart by the tag.
private enum Unary: Int, CaseIterable {
    case sqrt, cbrt, exp, ln, log, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, cot
    case degrees, radians, gamma, lgamma

    func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .sqrt: x.squareRoot()
        case .cbrt: CMath.cbrt(x)
        case .exp: CMath.exp(x)
        case .ln: CMath.log(x)
        case .log, .log10: CMath.log10(x)
        case .log2: CMath.log2(x)
        case .sin: CMath.sin(x)
        case .cos: CMath.cos(x)
        case .tan: CMath.tan(x)
        case .asin: CMath.asin(x)
        case .acos: CMath.acos(x)
        case .atan: CMath.atan(x)
        case .sinh: CMath.sinh(x)
        case .cosh: CMath.cosh(x)
        case .tanh: CMath.tanh(x)
        case .asinh: CMath.asinh(x)
        case .acosh: CMath.acosh(x)
        case .atanh: CMath.atanh(x)
        case .cot: 1 / CMath.tan(x)
        case .degrees: x * (180 / Double.pi)
        case .radians: x * (Double.pi / 180)
        case .gamma: CMath.tgamma(x)
        case .lgamma: CMath.lgamma(x)
        }
    }

    /// What the error says when the result is not a number.
    var domainError: String {
        switch self {
        case .sqrt: "cannot take square root of a negative number"
        case .ln, .log, .log2, .log10: "cannot take logarithm of a negative number"
        default: "input of \(self) is outside its domain"
        }
    }
}

/// The C library's functions under names that the enum's cases do not hide.
private enum CMath {
    #if canImport(Glibc)
        static func cbrt(_ x: Double) -> Double { Glibc.cbrt(x) }
        static func exp(_ x: Double) -> Double { Glibc.exp(x) }
        static func log(_ x: Double) -> Double { Glibc.log(x) }
        static func log10(_ x: Double) -> Double { Glibc.log10(x) }
        static func log2(_ x: Double) -> Double { Glibc.log2(x) }
        static func sin(_ x: Double) -> Double { Glibc.sin(x) }
        static func cos(_ x: Double) -> Double { Glibc.cos(x) }
        static func tan(_ x: Double) -> Double { Glibc.tan(x) }
        static func asin(_ x: Double) -> Double { Glibc.asin(x) }
        static func acos(_ x: Double) -> Double { Glibc.acos(x) }
        static func atan(_ x: Double) -> Double { Glibc.atan(x) }
        static func sinh(_ x: Double) -> Double { Glibc.sinh(x) }
        static func cosh(_ x: Double) -> Double { Glibc.cosh(x) }
        static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
        static func asinh(_ x: Double) -> Double { Glibc.asinh(x) }
        static func acosh(_ x: Double) -> Double { Glibc.acosh(x) }
        static func atanh(_ x: Double) -> Double { Glibc.atanh(x) }
        static func tgamma(_ x: Double) -> Double { Glibc.tgamma(x) }
        static func lgamma(_ x: Double) -> Double { Glibc.lgamma(x) }
    #elseif canImport(Musl)
        static func cbrt(_ x: Double) -> Double { Musl.cbrt(x) }
        static func exp(_ x: Double) -> Double { Musl.exp(x) }
        static func log(_ x: Double) -> Double { Musl.log(x) }
        static func log10(_ x: Double) -> Double { Musl.log10(x) }
        static func log2(_ x: Double) -> Double { Musl.log2(x) }
        static func sin(_ x: Double) -> Double { Musl.sin(x) }
        static func cos(_ x: Double) -> Double { Musl.cos(x) }
        static func tan(_ x: Double) -> Double { Musl.tan(x) }
        static func asin(_ x: Double) -> Double { Musl.asin(x) }
        static func acos(_ x: Double) -> Double { Musl.acos(x) }
        static func atan(_ x: Double) -> Double { Musl.atan(x) }
        static func sinh(_ x: Double) -> Double { Musl.sinh(x) }
        static func cosh(_ x: Double) -> Double { Musl.cosh(x) }
        static func tanh(_ x: Double) -> Double { Musl.tanh(x) }
        static func asinh(_ x: Double) -> Double { Musl.asinh(x) }
        static func acosh(_ x: Double) -> Double { Musl.acosh(x) }
        static func atanh(_ x: Double) -> Double { Musl.atanh(x) }
        static func tgamma(_ x: Double) -> Double { Musl.tgamma(x) }
        static func lgamma(_ x: Double) -> Double { Musl.lgamma(x) }
    #endif
}

extension Call {
    /// A double result; not-a-number, which SQLite cannot hold, is an error with the given sentence.
    @inline(__always)
    func result(_ value: Double, orFail message: @autoclosure () -> String) {
        if value.isNaN { fail("BL_OUT_OF_RANGE: " + message()) } else { result(value) }
    }
}

extension FunctionList {
    /// Functions of doubles, rounding, and the typed arithmetic that SQLite does differently.
    mutating func addDoubles() {
        addUnaryDoubles()
        addBinaryDoubles()
        addRounding()
        addFloats()
    }

    private mutating func addUnaryDoubles() {
        for function in Unary.allCases {
            scalar("bl_\(function)", 1, tag: function.rawValue) { context, count, arguments in
                guard let call = Call(context, count, arguments), let function = Unary(rawValue: call.tag) else { return }
                let value = function(call.double(0))
                call.result(value, orFail: function.domainError)
            }
        }
        scalar("bl_pi", 0) { context, count, arguments in
            guard let call = Call(any: context, count, arguments) else { return }
            call.result(Double.pi)
        }
        scalar("bl_abs_double", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(abs(call.double(0)))
        }
        scalar("bl_neg_double", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(-call.double(0))
        }
        scalar("bl_sign_double", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.double(0)
            call.result(value > 0 ? 1 : value < 0 ? -1 : 0)
        }
        scalar("bl_isnan", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.double(0).isNaN)
        }
        scalar("bl_isinf", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.double(0).isInfinite)
        }
        scalar("bl_isfinite", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.double(0).isFinite)
        }
        scalar("bl_signbit", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.double(0).sign == .minus)
        }
        scalar("bl_even_double", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.double(0)
            let half = (abs(value) / 2).rounded(.up) * 2
            call.result(value < 0 ? -half : half)
        }
    }

    private mutating func addBinaryDoubles() {
        scalar("bl_div_double", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.double(0) / call.double(1))
        }
        scalar("bl_idiv_double", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result((call.double(0) / call.double(1)).rounded(.towardZero))
        }
        scalar("bl_mod_double", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(fmod(call.double(0), call.double(1)))
        }
        scalar("bl_fmod", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let a = call.double(0)
            let b = call.double(1)
            // Of the divisor's sign, unlike `%`.
            call.result(a - b * (a / b).rounded(.down))
        }
        scalar("bl_power", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(pow(call.double(0), call.double(1)), orFail: "power of a negative number to a fraction is undefined")
        }
        scalar("bl_log", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let base = call.double(0)
            let value = call.double(1)
            // Through base 10, whose results are exact for the powers people ask for.
            call.result(log10(value) / log10(base), orFail: "cannot take logarithm of a negative number or to this base")
        }
        scalar("bl_atan2", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(atan2(call.double(0), call.double(1)))
        }
        scalar("bl_nextafter", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(nextafter(call.double(0), call.double(1)))
        }
    }

    private mutating func addRounding() {
        for (name, rule) in [("round", 0), ("floor", 1), ("ceil", 2), ("trunc", 3)] {
            scalar("bl_\(name)_double", 1, tag: rule) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let value = call.double(0)
                switch call.tag {
                case 0: call.result(value.rounded(.toNearestOrAwayFromZero))
                case 1: call.result(value.rounded(.down))
                case 2: call.result(value.rounded(.up))
                default: call.result(value.rounded(.towardZero))
                }
            }
        }
        for (name, rule) in [("round", 0), ("round_even", 1), ("trunc", 2)] {
            scalar("bl_\(name)_double", 2, tag: rule) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let rule: FloatingPointRoundingRule = switch call.tag {
                case 0: .toNearestOrAwayFromZero
                case 1: .toNearestOrEven
                default: .towardZero
                }
                call.result(roundToDigits(call.double(0), call.small(1), rule))
            }
        }
    }

    private mutating func addFloats() {
        scalar("bl_add_float", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(Double(Float(call.double(0)) + Float(call.double(1))))
        }
        scalar("bl_sub_float", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(Double(Float(call.double(0)) - Float(call.double(1))))
        }
        scalar("bl_mul_float", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(Double(Float(call.double(0)) * Float(call.double(1))))
        }
        scalar("bl_div_float", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(Double(Float(call.double(0)) / Float(call.double(1))))
        }
    }
}

/// Rounds at a number of decimal digits (negative: tens, hundreds…); a value too large to be scaled is already whole.
private func roundToDigits(_ value: Double, _ digits: Int, _ rule: FloatingPointRoundingRule) -> Double {
    if digits < 0 {
        let power = pow(10, Double(-digits))
        let rounded = (value / power).rounded(rule) * power
        return rounded.isFinite ? rounded : 0
    }
    let power = pow(10, Double(digits))
    let product = value * power
    var whole = product.rounded(rule)
    // The product may have been rounded to a tie that the exact value is not: 2.675 is a little less than it looks.
    if rule != .towardZero, abs(product - product.rounded(.towardZero)) == 0.5 {
        let error = (-product).addingProduct(value, power)
        if error != 0 { whole = (error < 0) ? product.rounded(.down) : product.rounded(.up) }
    }
    let rounded = whole / power
    return rounded.isFinite ? rounded : value
}
