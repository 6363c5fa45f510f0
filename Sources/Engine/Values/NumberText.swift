#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

typealias Bytes = UnsafeBufferPointer<UInt8>

/// Powers of ten that fit 64 signed bits: `powersOfTen[18]` is the largest scale of a stored decimal.
let powersOfTen: [Int64] = {
    var powers: [Int64] = [1]
    for _ in 1...18 { powers.append((powers.last ?? 1) * 10) }
    return powers
}()

/// Numbers as text: how DuckDB prints them and what it accepts in casts from VARCHAR.
enum NumberText {
    // MARK: Printing

    static func append(_ value: Int64, to out: inout [UInt8]) {
        if value < 0 { out.append(UInt8(ascii: "-")) }
        append(value.magnitude, to: &out)
    }

    static func append(_ value: UInt64, to out: inout [UInt8]) {
        if value < 10 { out.append(48 &+ UInt8(truncatingIfNeeded: value)); return }
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { buffer in
            var rest = value
            var start = buffer.count
            while rest > 0 {
                start -= 1
                buffer[start] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            out.append(contentsOf: buffer[start...])
        }
    }

    /// At least `width` digits, filled with zeros on the left.
    static func append(_ value: UInt64, width: Int, to out: inout [UInt8]) {
        var bound: UInt64 = 10
        var missing = width - 1
        while missing > 0, value >= bound {
            missing -= 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        for _ in 0..<max(0, missing) { out.append(48) }
        append(value, to: &out)
    }

    /// A decimal: exactly `scale` digits after the point (none and no point at scale 0).
    static func appendDecimal(_ unscaled: Int64, scale: Int, to out: inout [UInt8]) {
        if unscaled < 0 { out.append(UInt8(ascii: "-")) }
        guard scale > 0 else { append(unscaled.magnitude, to: &out); return }
        guard scale < powersOfTen.count else {
            // Wider scales only occur in products; every digit is then behind the point.
            out.append(48)
            out.append(UInt8(ascii: "."))
            append(unscaled.magnitude, width: scale, to: &out)
            return
        }
        let power = UInt64(powersOfTen[scale])
        append(unscaled.magnitude / power, to: &out)
        out.append(UInt8(ascii: "."))
        append(unscaled.magnitude % power, width: scale, to: &out)
    }

    /// Shortest digits that read back as the same double; fixed notation for exponents -4 … 15, else `1e+16`.
    static func append(_ value: Double, to out: inout [UInt8]) {
        if value.isNaN { out.append(contentsOf: "nan".utf8); return }
        if value.isInfinite { out.append(contentsOf: (value < 0 ? "-inf" : "inf").utf8); return }
        layOut(value.description, to: &out)
    }

    /// As for doubles, with the digits a 32-bit float needs.
    static func append(_ value: Float, to out: inout [UInt8]) {
        if value.isNaN { out.append(contentsOf: "nan".utf8); return }
        if value.isInfinite { out.append(contentsOf: (value < 0 ? "-inf" : "inf").utf8); return }
        layOut(value.description, to: &out)
    }

    /// Swift finds the shortest digits; only where it places point and exponent differs from DuckDB.
    private static func layOut(_ description: String, to out: inout [UInt8]) {
        var digits: [UInt8] = []
        digits.reserveCapacity(20)
        var pointAfter = 0
        var seenPoint = false
        var exponent = 0
        var negativeExponent = false
        var inExponent = false
        for byte in description.utf8 {
            switch byte {
            case UInt8(ascii: "-"):
                if inExponent { negativeExponent = true } else { out.append(byte) }
            case UInt8(ascii: "+"): break
            case UInt8(ascii: "."): seenPoint = true
            case UInt8(ascii: "e"): inExponent = true
            default:
                if inExponent {
                    exponent = exponent * 10 + Int(byte - 48)
                } else {
                    digits.append(byte)
                    if !seenPoint { pointAfter += 1 }
                }
            }
        }
        if negativeExponent { exponent = -exponent }
        var leading = 0
        while leading < digits.count - 1, digits[leading] == 48 { leading += 1 }
        digits.removeFirst(leading)
        pointAfter += exponent - leading
        while digits.count > 1, digits.last == 48 { digits.removeLast() }
        if digits == [48] { out.append(contentsOf: "0.0".utf8); return }
        let tens = pointAfter - 1
        if tens < -4 || tens >= 16 {
            out.append(digits[0])
            if digits.count > 1 {
                out.append(UInt8(ascii: "."))
                out.append(contentsOf: digits[1...])
            }
            out.append(UInt8(ascii: "e"))
            out.append(UInt8(ascii: tens < 0 ? "-" : "+"))
            append(UInt64(tens.magnitude), width: 2, to: &out)
        } else if pointAfter <= 0 {
            out.append(contentsOf: "0.".utf8)
            for _ in 0..<(-pointAfter) { out.append(48) }
            out.append(contentsOf: digits)
        } else if digits.count <= pointAfter {
            out.append(contentsOf: digits)
            for _ in 0..<(pointAfter - digits.count) { out.append(48) }
            out.append(contentsOf: ".0".utf8)
        } else {
            out.append(contentsOf: digits[..<pointAfter])
            out.append(UInt8(ascii: "."))
            out.append(contentsOf: digits[pointAfter...])
        }
    }

    // MARK: Reading

    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    static func trimmed(_ text: Bytes) -> Bytes {
        var start = 0
        var end = text.count
        while start < end, isSpace(text[start]) { start += 1 }
        while end > start, isSpace(text[end - 1]) { end -= 1 }
        return Bytes(rebasing: text[start..<end])
    }

    enum ScaledResult: Equatable {
        case value(Int64)
        case malformed
        case outOfRange
    }

    /// Reads `[-]digits[.digits][e[±]digits]` (underscores between digits, `0x`/`0b` when `allowPrefixes`) as a multiple of
    /// 10^-scale, rounding half away from zero. This is DuckDB's cast from VARCHAR to integers (scale 0) and decimals.
    static func scaled(_ input: Bytes, scale: Int, allowPrefixes: Bool = false) -> ScaledResult {
        let text = trimmed(input)
        var index = 0
        let count = text.count
        guard count > 0 else { return .malformed }
        var negative = false
        if text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            negative = text[0] == UInt8(ascii: "-")
            index = 1
        }
        if allowPrefixes, !negative, index + 2 < count, text[index] == 48 {
            switch text[index + 1] | 0x20 {
            case UInt8(ascii: "x"): return prefixed(text, from: index + 2, radix: 16)
            case UInt8(ascii: "b"): return prefixed(text, from: index + 2, radix: 2)
            default: break
            }
        }
        // First pass: where the digits are; the exponent has to be known before the digits can be placed.
        let digitsStart = index
        var integerDigits = 0
        var fractionDigits = 0
        var seenPoint = false
        var lastWasDigit = false
        while index < count {
            let byte = text[index]
            if isDigit(byte) {
                if seenPoint { fractionDigits += 1 } else { integerDigits += 1 }
                lastWasDigit = true
            } else if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
                lastWasDigit = false
            } else if byte == UInt8(ascii: "_"), lastWasDigit, index + 1 < count, isDigit(text[index + 1]) {
                lastWasDigit = false
            } else {
                break
            }
            index += 1
        }
        guard integerDigits + fractionDigits > 0 else { return .malformed }
        let digitsEnd = index
        var exponent = 0
        if index < count {
            guard text[index] | 0x20 == UInt8(ascii: "e") else { return .malformed }
            index += 1
            var negativeExponent = false
            if index < count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
                negativeExponent = text[index] == UInt8(ascii: "-")
                index += 1
            }
            guard index < count else { return .malformed }
            while index < count {
                guard isDigit(text[index]) else { return .malformed }
                exponent = min(exponent * 10 + Int(text[index] - 48), 100_000)
                index += 1
            }
            if negativeExponent { exponent = -exponent }
        }
        // Digits to keep: those left of the (shifted) point, plus `scale`.
        let keep = integerDigits + exponent + scale
        var result: Int64 = 0
        var position = 0
        var roundUp = false
        for at in digitsStart..<digitsEnd {
            let byte = text[at]
            guard isDigit(byte) else { continue }
            if position < keep {
                let (shifted, o1) = result.multipliedReportingOverflow(by: 10)
                let digit = Int64(byte - 48)
                // Built on the negative side when negative: the range reaches one further there.
                let (sum, o2) = negative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
                if o1 || o2 { return .outOfRange }
                result = sum
            } else {
                if position == keep { roundUp = byte >= 53 }
                break
            }
            position += 1
        }
        if position < keep, result != 0 {
            for _ in position..<keep {
                let (shifted, overflow) = result.multipliedReportingOverflow(by: 10)
                if overflow { return .outOfRange }
                result = shifted
            }
        }
        if roundUp {
            let (sum, overflow) = result.addingReportingOverflow(negative ? -1 : 1)
            if overflow { return .outOfRange }
            result = sum
        }
        return .value(result)
    }

    private static func prefixed(_ text: Bytes, from start: Int, radix: Int64) -> ScaledResult {
        var result: Int64 = 0
        for index in start..<text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "_"), index > start, index + 1 < text.count { continue }
            guard let digit = hexDigit(byte), Int64(digit) < radix else { return .malformed }
            let (shifted, o1) = result.multipliedReportingOverflow(by: radix)
            let (sum, o2) = shifted.addingReportingOverflow(Int64(digit))
            if o1 || o2 { return .outOfRange }
            result = sum
        }
        return .value(result)
    }

    @inline(__always)
    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    /// Reads a double as DuckDB's cast does: decimal notation, `inf`, `infinity`, `nan` in any case; no hexadecimal.
    static func double(_ input: Bytes) -> Double? {
        let text = trimmed(input)
        guard let first = text.first else { return nil }
        var index = first == UInt8(ascii: "-") || first == UInt8(ascii: "+") ? 1 : 0
        guard index < text.count else { return nil }
        if text[index] | 0x20 == UInt8(ascii: "i") || text[index] | 0x20 == UInt8(ascii: "n") {
            let word = text[index...].map { $0 | 0x20 }
            let negative = first == UInt8(ascii: "-")
            if word == Array("inf".utf8) || word == Array("infinity".utf8) { return negative ? -Double.infinity : Double.infinity }
            if word == Array("nan".utf8) { return Double.nan }
            return nil
        }
        var digits = 0
        var seenPoint = false
        while index < text.count {
            let byte = text[index]
            if isDigit(byte) {
                digits += 1
            } else if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
            } else if byte == UInt8(ascii: "_") {
                guard index > 0, isDigit(text[index - 1]), index + 1 < text.count, isDigit(text[index + 1]) else { return nil }
            } else {
                break
            }
            index += 1
        }
        guard digits > 0 else { return nil }
        if index < text.count {
            guard text[index] | 0x20 == UInt8(ascii: "e") else { return nil }
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
            guard index < text.count else { return nil }
            for at in index..<text.count where !isDigit(text[at]) { return nil }
        }
        // strtod wants a terminated string without underscores; the grammar above leaves it nothing else to reject.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { buffer in
            var length = 0
            for byte in text where byte != UInt8(ascii: "_") {
                buffer[length] = CChar(bitPattern: byte)
                length += 1
            }
            buffer[length] = 0
            guard let start = buffer.baseAddress else { return nil }
            return strtod(start, nil)
        }
    }

    /// `true`, `t`, `yes`, `y`, `1` and their opposites, in any case and without spaces around.
    static func boolean(_ text: Bytes) -> Bool? {
        guard text.count <= 5 else { return nil }
        if text.count == 1 {
            switch text[0] {
            case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "1"): return true
            case UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "0"): return false
            default: return nil
            }
        }
        let word = text.map { $0 | 0x20 }
        if word == Array("true".utf8) || word == Array("yes".utf8) { return true }
        if word == Array("false".utf8) || word == Array("no".utf8) { return false }
        return nil
    }

    /// 10^exponent as a double, exact up to 10^22.
    @inline(__always)
    static func powerOfTen(_ exponent: Int) -> Double {
        exponent >= 0 && exponent < powersOfTen.count ? Double(powersOfTen[exponent]) : pow(10, Double(exponent))
    }

    @inline(__always)
    static func decimalToDouble(_ unscaled: Int64, scale: Int) -> Double { Double(unscaled) / powerOfTen(scale) }

    /// Moves a decimal to another scale, rounding half away from zero. `nil` on overflow.
    @inline(__always)
    static func rescale(_ unscaled: Int64, from: Int, to: Int) -> Int64? {
        if from == to { return unscaled }
        if to > from {
            guard to - from < powersOfTen.count else { return unscaled == 0 ? 0 : nil }
            let (result, overflow) = unscaled.multipliedReportingOverflow(by: powersOfTen[to - from])
            return overflow ? nil : result
        }
        guard from - to < powersOfTen.count else { return 0 }
        return divideRounding(unscaled, by: powersOfTen[from - to])
    }

    /// Division by a positive number, half away from zero.
    @inline(__always)
    static func divideRounding(_ value: Int64, by divisor: Int64) -> Int64 {
        let quotient = value / divisor
        let remainder = value % divisor
        if remainder.magnitude >= divisor.magnitude - remainder.magnitude { return quotient + (value < 0 ? -1 : 1) }
        return quotient
    }

    /// Does the unscaled value have at most `precision` digits?
    @inline(__always)
    static func fits(_ unscaled: Int64, precision: Int) -> Bool {
        precision >= powersOfTen.count || unscaled.magnitude < powersOfTen[max(0, precision)].magnitude
    }
}
