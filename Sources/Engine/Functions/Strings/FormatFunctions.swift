import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension FunctionList {
    /// format (`{}` placeholders), printf (`%` placeholders), bar.
    mutating func addFormatting() {
        scalar("bl_format", -1) { context, count, arguments in
            guard let call = Call(context, count, arguments), call.count > 0 else { return }
            do throws(PlaceholderError) {
                call.result(text: try Placeholders.braces(call))
            } catch {
                call.fail("BL_INVALID_INPUT: " + error.message)
            }
        }
        scalar("bl_printf", -1) { context, count, arguments in
            guard let call = Call(context, count, arguments), call.count > 0 else { return }
            do throws(PlaceholderError) {
                call.result(text: try Placeholders.percents(call))
            } catch {
                call.fail("BL_INVALID_INPUT: " + error.message)
            }
        }
        for arity in [Int32(3), 4] {
            scalar("bl_bar", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let x = call.double(0)
                let low = call.double(1)
                let high = call.double(2)
                let width = call.count == 4 ? call.double(3) : Bar.defaultWidth
                guard width >= 1, width <= Bar.maximumWidth else {
                    call.fail("BL_OUT_OF_RANGE: Max bar width must be between 1 and \(Int(Bar.maximumWidth))")
                    return
                }
                guard low < high, low.isFinite, high.isFinite else { call.fail("BL_OUT_OF_RANGE: Max value must be greater than min value"); return }
                call.result(text: Bar.draw(x, low, high, width))
            }
        }
    }
}

/// Bars of block characters, an eighth of a character exact.
enum Bar {
    static let defaultWidth = 80.0
    static let maximumWidth = 1000.0
    private static let partials = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    static func draw(_ x: Double, _ low: Double, _ high: Double, _ width: Double) -> String {
        let share = (x - low) / (high - low)
        let filled = share.isNaN || x <= low ? 0 : x >= high ? width : width * share
        let eighths = Int((filled * 8).rounded(.down))
        var text = String(repeating: "█", count: eighths / 8) + partials[eighths % 8]
        let drawn = eighths / 8 + (eighths % 8 == 0 ? 0 : 1)
        text += String(repeating: " ", count: max(0, Int(width) - drawn))
        return text
    }
}

struct PlaceholderError: Error {
    let message: String
}

/// How one value is to be printed.
private struct Placeholder {
    var fill: UInt32 = 32
    /// `<`, `>`, `^`; none: numbers right, text left.
    var align: UInt8?
    var sign: UInt8?
    var zero = false
    var alternate = false
    var width = 0
    var thousands: UInt8?
    var precision: Int?
    var type: UInt8?

    /// Characters that a width or precision may ask for.
    static let maximumWidth = 10_000

    func render(_ call: Call, _ index: Int, to out: inout [UInt8]) throws(PlaceholderError) {
        var body: [UInt8] = []
        var prefix: [UInt8] = []
        var isNumber = true
        switch (call.type(index), type) {
        case (SQLITE_INTEGER, nil), (SQLITE_INTEGER, UInt8(ascii: "d")), (SQLITE_INTEGER, UInt8(ascii: "i")), (SQLITE_INTEGER, UInt8(ascii: "u")):
            number(call.int(index), radix: 10, upper: false, &prefix, &body)
        case (SQLITE_INTEGER, UInt8(ascii: "x")): number(call.int(index), radix: 16, upper: false, &prefix, &body)
        case (SQLITE_INTEGER, UInt8(ascii: "X")): number(call.int(index), radix: 16, upper: true, &prefix, &body)
        case (SQLITE_INTEGER, UInt8(ascii: "o")): number(call.int(index), radix: 8, upper: false, &prefix, &body)
        case (SQLITE_INTEGER, UInt8(ascii: "b")), (SQLITE_INTEGER, UInt8(ascii: "B")): number(call.int(index), radix: 2, upper: false, &prefix, &body)
        case (SQLITE_INTEGER, UInt8(ascii: "c")):
            guard let value = UInt32(exactly: call.int(index)), Unicode.Scalar(value) != nil else { throw PlaceholderError(message: "Invalid code point for format specifier 'c'") }
            UTF8Text.append(value, to: &body)
            isNumber = false
        case (SQLITE_FLOAT, _), (SQLITE_INTEGER, UInt8(ascii: "f")), (SQLITE_INTEGER, UInt8(ascii: "F")), (SQLITE_INTEGER, UInt8(ascii: "e")),
             (SQLITE_INTEGER, UInt8(ascii: "E")), (SQLITE_INTEGER, UInt8(ascii: "g")), (SQLITE_INTEGER, UInt8(ascii: "G")):
            try floating(call.double(index), &prefix, &body)
        case (_, nil), (_, UInt8(ascii: "s")):
            let text = call.text(index)
            if let precision { body.append(contentsOf: text[..<UTF8Text.offset(text, of: precision)]) } else { body.append(contentsOf: text) }
            isNumber = false
        default:
            throw PlaceholderError(message: "Invalid type specifier '\(Character(Unicode.Scalar(type ?? 63)))' for formatting a value of this type")
        }
        if isNumber, thousands != nil { group(&body) }
        let length = prefix.count + body.withUnsafeBufferPointer { UTF8Text.count($0) }
        let missing = max(0, width - length)
        if isNumber, zero, align == nil {
            out += prefix + [UInt8](repeating: 48, count: missing) + body
            return
        }
        let before: Int
        switch align ?? (isNumber ? UInt8(ascii: ">") : UInt8(ascii: "<")) {
        case UInt8(ascii: "<"): before = 0
        case UInt8(ascii: "^"): before = missing / 2
        default: before = missing
        }
        for _ in 0..<before { UTF8Text.append(fill, to: &out) }
        out += prefix + body
        for _ in 0..<(missing - before) { UTF8Text.append(fill, to: &out) }
    }

    private func number(_ value: Int64, radix: Int, upper: Bool, _ prefix: inout [UInt8], _ body: inout [UInt8]) {
        if value < 0 { prefix.append(UInt8(ascii: "-")) } else if let sign { prefix.append(sign) }
        if alternate, radix != 10 { prefix += radix == 16 ? Array((upper ? "0X" : "0x").utf8) : radix == 8 ? [48] : Array("0b".utf8) }
        body += Array(String(value.magnitude, radix: radix, uppercase: upper).utf8)
    }

    private func floating(_ value: Double, _ prefix: inout [UInt8], _ body: inout [UInt8]) throws(PlaceholderError) {
        if value.sign == .minus, !value.isNaN { prefix.append(UInt8(ascii: "-")) } else if let sign { prefix.append(sign) }
        let magnitude = abs(value)
        guard let type = type ?? (precision == nil ? nil : UInt8(ascii: "g")) else {
            NumberText.append(magnitude, to: &body)
            return
        }
        guard "eEfFgG".utf8.contains(type) else {
            throw PlaceholderError(message: "Invalid type specifier '\(Character(Unicode.Scalar(type)))' for formatting a value of type double")
        }
        let format = "%.*" + String(Character(Unicode.Scalar(type)))
        // 400 characters hold any double with the digits behind the point added.
        let digits = min(precision ?? 6, Placeholder.maximumWidth)
        body += withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400 + digits) { buffer in
            guard let start = buffer.baseAddress else { return [] }
            let length = withVaList([Int32(digits), magnitude]) { vsnprintf(start, buffer.count, format, $0) }
            return (0..<Int(max(0, length))).map { UInt8(bitPattern: buffer[$0]) }
        }
    }

    /// Separators between groups of three digits before the point.
    private func group(_ body: inout [UInt8]) {
        guard let thousands else { return }
        let end = body.firstIndex { !NumberText.isDigit($0) } ?? body.count
        var index = end - 3
        while index > 0 {
            body.insert(thousands, at: index)
            index -= 3
        }
    }
}

private enum Placeholders {
    private static func number(_ text: Bytes, _ index: inout Int) -> Int? {
        let start = index
        var value = 0
        while index < text.count, NumberText.isDigit(text[index]) {
            value = min(value * 10 + Int(text[index] - 48), Placeholder.maximumWidth)
            index += 1
        }
        return index == start ? nil : value
    }

    /// `{}`, `{0}`, `{:>10.2f}`; `{{` and `}}` for braces.
    static func braces(_ call: Call) throws(PlaceholderError) -> [UInt8] {
        let format = call.text(0)
        var out: [UInt8] = []
        var index = 0
        var next = 1
        while index < format.count {
            let byte = format[index]
            guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") else {
                out.append(byte)
                index += 1
                continue
            }
            if index + 1 < format.count, format[index + 1] == byte {
                out.append(byte)
                index += 2
                continue
            }
            guard byte == UInt8(ascii: "{") else { throw PlaceholderError(message: "unmatched '}' in format string") }
            index += 1
            var argument = next
            if let explicit = number(format, &index) { argument = explicit + 1 } else { next += 1 }
            var placeholder = Placeholder()
            if index < format.count, format[index] == UInt8(ascii: ":") {
                index += 1
                specification(format, &index, &placeholder)
            }
            guard index < format.count, format[index] == UInt8(ascii: "}") else { throw PlaceholderError(message: "invalid format string") }
            index += 1
            guard argument < call.count else { throw PlaceholderError(message: "Argument index \"\(argument - 1)\" out of range") }
            try placeholder.render(call, argument, to: &out)
        }
        return out
    }

    private static func specification(_ format: Bytes, _ index: inout Int, _ placeholder: inout Placeholder) {
        func isAlign(_ at: Int) -> Bool { at < format.count && "<>^".utf8.contains(format[at]) }
        if index < format.count, format[index] != UInt8(ascii: "}") {
            let (value, width) = UTF8Text.scalar(format, index)
            if isAlign(index + width) {
                placeholder.fill = value
                placeholder.align = format[index + width]
                index += width + 1
            } else if isAlign(index) {
                placeholder.align = format[index]
                index += 1
            }
        }
        if index < format.count, "+- ".utf8.contains(format[index]) {
            if format[index] != UInt8(ascii: "-") { placeholder.sign = format[index] }
            index += 1
        }
        if index < format.count, format[index] == UInt8(ascii: "#") {
            placeholder.alternate = true
            index += 1
        }
        if index < format.count, format[index] == 48 {
            placeholder.zero = true
            index += 1
        }
        placeholder.width = number(format, &index) ?? 0
        if index < format.count, ",_'".utf8.contains(format[index]) {
            placeholder.thousands = format[index]
            index += 1
        }
        if index < format.count, format[index] == UInt8(ascii: ".") {
            index += 1
            placeholder.precision = number(format, &index) ?? 0
        }
        if index < format.count, format[index] != UInt8(ascii: "}") {
            placeholder.type = format[index]
            index += 1
        }
    }

    /// C's `%` placeholders, with `,` and `'` for grouping.
    static func percents(_ call: Call) throws(PlaceholderError) -> [UInt8] {
        let format = call.text(0)
        var out: [UInt8] = []
        var index = 0
        var next = 1
        while index < format.count {
            guard format[index] == UInt8(ascii: "%") else {
                out.append(format[index])
                index += 1
                continue
            }
            index += 1
            guard index < format.count else { throw PlaceholderError(message: "invalid format string") }
            if format[index] == UInt8(ascii: "%") {
                out.append(format[index])
                index += 1
                continue
            }
            var placeholder = Placeholder()
            placeholder.align = nil
            flags: while index < format.count {
                switch format[index] {
                case UInt8(ascii: "-"): placeholder.align = UInt8(ascii: "<")
                case UInt8(ascii: "+"), 32: placeholder.sign = format[index]
                case UInt8(ascii: "0"): placeholder.zero = true
                case UInt8(ascii: "#"): placeholder.alternate = true
                case UInt8(ascii: ","), UInt8(ascii: "'"), UInt8(ascii: "_"): placeholder.thousands = format[index]
                default: break flags
                }
                index += 1
            }
            placeholder.width = number(format, &index) ?? 0
            if index < format.count, format[index] == UInt8(ascii: ".") {
                index += 1
                placeholder.precision = number(format, &index) ?? 0
            }
            while index < format.count, "lhqjzt".utf8.contains(format[index]) { index += 1 }
            guard index < format.count else { throw PlaceholderError(message: "invalid format string") }
            let letter = format[index]
            index += 1
            guard next < call.count else { throw PlaceholderError(message: "Argument index \"\(next - 1)\" out of range") }
            placeholder.type = letter == UInt8(ascii: "s") && call.type(next) != SQLITE_TEXT ? nil : letter
            if letter == UInt8(ascii: "s"), placeholder.align == nil { placeholder.align = UInt8(ascii: ">") }
            try placeholder.render(call, next, to: &out)
            next += 1
        }
        return out
    }
}
