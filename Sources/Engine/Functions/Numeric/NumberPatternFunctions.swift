import CSQLite

extension FunctionList {
    /// `to_char` of numbers and `to_number`.
    mutating func addNumberPatterns() {
        // An exact number as text, and the pattern.
        scalar("bl_to_char_decimal", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let pattern = numberPattern(call, 1) else { return }
            guard let digits = NumberDigits(call.text(0)) else { call.fail("BL_CONVERSION: '\(call.string(0))' is no number"); return }
            call.result(text: NumberPatternWriter.text(digits, pattern))
        }
        scalar("bl_to_char_double", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let pattern = numberPattern(call, 1) else { return }
            call.result(text: NumberPatternWriter.text(call.double(0), pattern))
        }
        // The text, the pattern, and the scale of the decimal that is the result; -1: a double.
        scalar("bl_to_number", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments), call.count(1) > 0, let pattern = numberPattern(call, 1) else { return }
            let read: NumberDigits?
            do throws(NumberPattern.Malformed) { read = try NumberPatternReader.number(call.text(0), pattern) } catch {
                call.fail("\(error.isRange ? "BL_OUT_OF_RANGE" : "BL_UNSUPPORTED"): \(error.message)")
                return
            }
            guard let digits = read else { call.fail("BL_CONVERSION: invalid input syntax for type numeric: \"\(call.string(0))\""); return }
            let text = (digits.isNegative ? "-" : "") + String(decoding: digits.bytes, as: UTF8.self)
            let scale = call.small(2)
            guard scale >= 0 else {
                call.result((Double(text) ?? 0) / NumberText.powerOfTen(pattern.shifted))
                return
            }
            // V has moved the point: the digits behind it are the decimals.
            let exact = pattern.hasShift ? digits.shifted(by: scale - pattern.shifted) : digits.rounded(to: scale).shifted(by: scale)
            guard let unscaled = Int64((digits.isNegative ? "-" : "") + String(decoding: exact.whole, as: UTF8.self)) else {
                call.fail("BL_OUT_OF_RANGE: numeric field overflow")
                return
            }
            call.result(unscaled)
        }
    }
}

private func numberPattern(_ call: Call, _ index: Int) -> NumberPattern? {
    do throws(NumberPattern.Malformed) {
        return try NumberPattern(call.string(index))
    } catch {
        call.fail("BL_INVALID_INPUT: \(error.message)")
        return nil
    }
}

extension Call {
    /// The bytes of a text argument.
    fileprivate func count(_ index: Int) -> Int { text(index).count }
}
