/// A value known when a statement is bound, in the storage form of its type.
public enum Constant: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case text(String)
    case blob([UInt8])

    /// The constant as an expression of SQLite's.
    var expression: Expr {
        switch self {
        case .null: .null
        case .boolean(let value): .integer(value ? 1 : 0)
        case .integer(let value): .integer(value)
        case .double(let value): Constant.expression(of: value)
        case .text(let text): .string(text)
        case .blob(let bytes): Expr(.literal(.blob(bytes)))
        }
    }

    /// SQLite reads `9e999` as infinity; it has no literal for NaN, which it would store as NULL anyway.
    static func expression(of value: Double) -> Expr {
        if value.isNaN { return .null }
        if value.isInfinite { return Expr(.literal(.double(value < 0 ? "-9e999" : "9e999"))) }
        return Expr(.literal(.double("\(value)")))
    }
}

/// Reads constants in their canonical spelling, so that a comparison with a literal needs no call at run time. Every
/// reader returns nil for what is not canonical: then the runtime's cast decides, with its own error message.
enum ConstantReader {
    static let microsPerSecond: Int64 = 1_000_000
    static let microsPerDay: Int64 = 86_400 * microsPerSecond

    /// `1`, `-12`, without blanks or a decimal point.
    static func integer(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: "-") }) else { return nil }
        return Int64(text)
    }

    static func boolean(_ text: String) -> Bool? {
        switch foldedASCII(text) {
        case "true", "t", "1": true
        case "false", "f", "0": false
        default: nil
        }
    }

    /// `12.50`: the digits without the point, their number, and how many stood behind it. At most 18 digits.
    static func decimal(_ text: String) -> (unscaled: Int64, precision: Int, scale: Int)? {
        var value: Int64 = 0, digits = 0, scale = 0, negative = false, seenPoint = false, seenDigit = false
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: negative = true
            case UInt8(ascii: "."):
                guard !seenPoint else { return nil }
                seenPoint = true
            case 0x30...0x39:
                seenDigit = true
                guard digits < DuckType.maximumStoredPrecision else { return nil }
                value = value * 10 + Int64(byte - 0x30)
                digits += 1
                if seenPoint { scale += 1 }
            default: return nil
            }
        }
        guard seenDigit else { return nil }
        return (negative ? -value : value, max(digits, 1), scale)
    }

    /// Days since 1970-01-01 of `YYYY-MM-DD`.
    static func date(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        return bytes.count == 10 ? date(bytes[...]) : nil
    }

    private static func date(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let base = bytes.startIndex
        guard bytes.count == 10, bytes[base + 4] == UInt8(ascii: "-"), bytes[base + 7] == UInt8(ascii: "-"),
            let year = number(bytes[base ..< base + 4]), let month = number(bytes[base + 5 ..< base + 7]),
            let day = number(bytes[base + 8 ..< base + 10]), (1...12).contains(month), day >= 1,
            day <= daysInMonth(year: year, month: month)
        else { return nil }
        return daysFromCivil(year: year, month: month, day: day)
    }

    /// Microseconds since 1970-01-01 of `YYYY-MM-DD`, `YYYY-MM-DD HH:MM` or `YYYY-MM-DD HH:MM:SS[.ffffff]`; a `T` may
    /// stand for the blank. No time zone.
    static func timestamp(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, let days = date(bytes[0 ..< 10]) else { return nil }
        if bytes.count == 10 { return days * microsPerDay }
        guard bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "T"), let time = time(bytes[11...]) else { return nil }
        return days * microsPerDay + time
    }

    /// Microseconds since midnight of `HH:MM:SS[.ffffff]`.
    static func time(_ text: String) -> Int64? { text.utf8.count >= 8 ? time(Array(text.utf8)[...]) : nil }

    private static func time(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let base = bytes.startIndex
        guard bytes.count >= 5, bytes[base + 2] == UInt8(ascii: ":"), let hour = number(bytes[base ..< base + 2]), hour < 24,
            let minute = number(bytes[base + 3 ..< base + 5]), minute < 60
        else { return nil }
        var micros = (hour * 60 + minute) * 60 * microsPerSecond
        if bytes.count == 5 { return micros }
        guard bytes.count >= 8, bytes[base + 5] == UInt8(ascii: ":"), let second = number(bytes[base + 6 ..< base + 8]), second < 60
        else { return nil }
        micros += second * microsPerSecond
        if bytes.count == 8 { return micros }
        let digits = bytes[(base + 9)...]
        guard bytes[base + 8] == UInt8(ascii: "."), (1...6).contains(digits.count), var fraction = number(digits) else { return nil }
        for _ in digits.count ..< 6 { fraction *= 10 }
        return micros + fraction
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }

    private static func daysInMonth(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, by counting from 1 March of a 400-year era.
    static func daysFromCivil(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// A UUID in its canonical form: 36 characters, lower case.
    static func uuid(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        for (index, byte) in bytes.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20) else { return nil }
            }
        }
        return foldedASCII(text)
    }

    static func powerOfTen(_ exponent: Int) -> Int64? {
        guard (0...18).contains(exponent) else { return nil }
        var value: Int64 = 1
        for _ in 0 ..< exponent { value *= 10 }
        return value
    }
}
