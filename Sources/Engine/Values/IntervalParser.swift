/// Reads `1 year 2 months 3 days 04:05:06`, `1.5 days`, `2 hours ago`, `@ 1 week`, `-10:20:30`, `10` (seconds).
enum IntervalParser {
    static func parse(_ input: Bytes) -> Interval? {
        var text = NumberText.trimmed(input)
        if text.first == UInt8(ascii: "@") { text = NumberText.trimmed(Bytes(rebasing: text[1...])) }
        guard !text.isEmpty else { return nil }
        var index = 0
        var total = Interval()
        var found = false
        func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }
        while true {
            while index < text.count, NumberText.isSpace(text[index]) { index += 1 }
            guard index < text.count else { break }
            if found, isLetter(text[index]) {
                let word = String(decoding: text[index...], as: UTF8.self).lowercased()
                guard word == "ago", let negated = total.negated else { return nil }
                return negated
            }
            var negative = false
            if text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
                negative = text[index] == UInt8(ascii: "-")
                index += 1
            }
            let start = index
            while index < text.count, NumberText.isDigit(text[index]) || text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: ":")
            { index += 1 }
            let number = Bytes(rebasing: text[start..<index])
            guard !number.isEmpty else { return nil }
            let piece: Interval?
            if number.contains(UInt8(ascii: ":")) {
                piece = clock(number)
            } else {
                while index < text.count, NumberText.isSpace(text[index]) { index += 1 }
                let unitStart = index
                while index < text.count, isLetter(text[index]) { index += 1 }
                let unit = String(decoding: text[unitStart..<index], as: UTF8.self).lowercased()
                if unit.isEmpty {
                    // A bare number counts seconds, and must stand alone at the end.
                    guard index == text.count else { return nil }
                    piece = amount(number, of: .second)
                } else {
                    guard let part = DatePart(unit), part.isIntervalUnit else { return nil }
                    piece = amount(number, of: part)
                }
            }
            guard let piece, let signed = negative ? piece.negated : piece, let sum = total.adding(signed) else { return nil }
            total = sum
            found = true
        }
        return found ? total : nil
    }

    /// `H:MM[:SS[.fraction]]` with any number of hours.
    private static func clock(_ text: Bytes) -> Interval? {
        let fields = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard fields.count == 2 || fields.count == 3 else { return nil }
        func whole(_ field: Slice<Bytes>) -> Int64? {
            guard !field.isEmpty, field.count <= 12, field.allSatisfy(NumberText.isDigit) else { return nil }
            return field.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        guard let hours = whole(fields[0]), let minutes = whole(fields[1]), minutes < 60 else { return nil }
        var micros: Int64 = 0
        if fields.count == 3 {
            guard case .value(let value) = NumberText.scaled(Bytes(rebasing: fields[2]), scale: 6),
                  value >= 0, value < 60 * Calendar.microsPerSecond else { return nil }
            micros = value
        }
        let (scaled, o1) = hours.multipliedReportingOverflow(by: Calendar.microsPerHour)
        let (sum, o2) = scaled.addingReportingOverflow(minutes * Calendar.microsPerMinute + micros)
        return o1 || o2 ? nil : Interval(micros: sum)
    }

    /// A number of units; fractions go down to the next smaller parts (a month has 30 days).
    private static func amount(_ text: Bytes, of part: DatePart) -> Interval? {
        var whole: Int64 = 0
        var fraction = 0.0
        if let point = text.firstIndex(of: UInt8(ascii: ".")) {
            guard let value = NumberText.double(text) else { return nil }
            var integer: Int64 = 0
            if point > 0 {
                guard case .value(let parsed) = NumberText.scaled(Bytes(rebasing: text[..<point]), scale: 0) else { return nil }
                integer = parsed
            }
            whole = integer
            fraction = value - Double(integer)
        } else {
            guard case .value(let integer) = NumberText.scaled(text, scale: 0) else { return nil }
            whole = integer
        }
        return make(whole: whole, fraction: fraction, part: part)
    }

    /// `whole + fraction` units of `part` as an interval; `nil` on overflow or for a part that is no unit.
    static func make(whole: Int64, fraction: Double = 0, part: DatePart) -> Interval? {
        func months(_ perUnit: Int64) -> Interval? {
            let (product, overflow) = whole.multipliedReportingOverflow(by: perUnit)
            guard !overflow else { return nil }
            let extra = fraction * Double(perUnit)
            let extraWhole = extra.rounded(.towardZero)
            guard let sum = Int32(exactly: product.addingReportingOverflow(Int64(extraWhole)).partialValue) else { return nil }
            return days((extra - extraWhole) * Double(Calendar.daysPerMonth)).map { Interval(months: sum, days: $0.days, micros: $0.micros) }
        }
        func days(_ count: Double) -> Interval? {
            let rounded = (count * 1e9).rounded() / 1e9
            let wholeDays = rounded.rounded(.towardZero)
            guard let days = Int32(exactly: wholeDays) else { return nil }
            return Interval(days: days, micros: Int64(((rounded - wholeDays) * Double(Calendar.microsPerDay)).rounded()))
        }
        func wholeDays(_ perUnit: Int64) -> Interval? {
            let (product, overflow) = whole.multipliedReportingOverflow(by: perUnit)
            guard !overflow, let count = Int32(exactly: product), let left = days(fraction * Double(perUnit)) else { return nil }
            return Interval(days: count).adding(left)
        }
        func micros(_ perUnit: Int64) -> Interval? {
            let (product, overflow) = whole.multipliedReportingOverflow(by: perUnit)
            guard !overflow else { return nil }
            let (sum, carry) = product.addingReportingOverflow(Int64((fraction * Double(perUnit)).rounded()))
            return carry ? nil : Interval(micros: sum)
        }
        switch part {
        case .millennium: return months(12_000)
        case .century: return months(1200)
        case .decade: return months(120)
        case .year: return months(12)
        case .quarter: return months(3)
        case .month: return months(1)
        case .week: return wholeDays(7)
        case .day: return wholeDays(1)
        case .hour: return micros(Calendar.microsPerHour)
        case .minute: return micros(Calendar.microsPerMinute)
        case .second: return micros(Calendar.microsPerSecond)
        case .millisecond: return micros(Calendar.microsPerMillisecond)
        case .microsecond: return micros(1)
        default: return nil
        }
    }
}
