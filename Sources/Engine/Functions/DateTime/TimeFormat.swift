/// The format language of `strftime` and `strptime`, with DuckDB's set of specifiers.
enum TimeFormat {
    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]

    struct FormatError: Error { let message: String }

    /// The next specifier behind a `%` at `index`; moves past it. `padded` is false for the `%-d` forms.
    static func specifier(_ format: Bytes, _ index: inout Int) throws(FormatError) -> (letter: UInt8, padded: Bool) {
        index += 1
        guard index < format.count else { throw FormatError(message: "Trailing format character %") }
        var padded = true
        if format[index] == UInt8(ascii: "-") {
            padded = false
            index += 1
            guard index < format.count, "dmyHIMSj".utf8.contains(format[index]) else {
                let rest = String(decoding: format[(index - 1)..<min(index + 1, format.count)], as: UTF8.self)
                throw FormatError(message: "Unrecognized format for strftime/strptime: %\(rest)")
            }
        }
        let letter = format[index]
        index += 1
        return (letter, padded)
    }

    static func unrecognized(_ letter: UInt8) -> FormatError {
        FormatError(message: "Unrecognized format for strftime/strptime: %\(Character(Unicode.Scalar(letter)))")
    }

    // MARK: strftime

    static func format(days: Int64, time: Int64, zone: Bool, _ format: Bytes, to out: inout [UInt8]) throws(FormatError) {
        let civil = Calendar.day(days)
        let hour = time / Calendar.microsPerHour
        let minute = time / Calendar.microsPerMinute % 60
        let second = time / Calendar.microsPerSecond % 60
        let micros = time % Calendar.microsPerSecond
        func number(_ value: Int64, _ width: Int, _ padded: Bool) {
            NumberText.append(value.magnitude, width: padded ? width : 1, to: &out)
        }
        func name(_ value: String, short: Bool) { out.append(contentsOf: short ? value.utf8.prefix(3) : value.utf8.prefix(.max)) }
        func year(_ year: Int64) {
            if year < 0 { NumberText.append(year, to: &out) } else { NumberText.append(year.magnitude, width: 4, to: &out) }
        }
        func date() {
            year(civil.year)
            out.append(UInt8(ascii: "-"))
            number(Int64(civil.month), 2, true)
            out.append(UInt8(ascii: "-"))
            number(Int64(civil.day), 2, true)
        }
        func clock() {
            number(hour, 2, true)
            out.append(UInt8(ascii: ":"))
            number(minute, 2, true)
            out.append(UInt8(ascii: ":"))
            number(second, 2, true)
        }
        var index = 0
        while index < format.count {
            guard format[index] == UInt8(ascii: "%") else {
                out.append(format[index])
                index += 1
                continue
            }
            let (letter, padded) = try specifier(format, &index)
            switch letter {
            case UInt8(ascii: "Y"): year(civil.year)
            case UInt8(ascii: "y"): number(civil.year % 100, 2, padded)
            case UInt8(ascii: "m"): number(Int64(civil.month), 2, padded)
            case UInt8(ascii: "d"): number(Int64(civil.day), 2, padded)
            case UInt8(ascii: "H"): number(hour, 2, padded)
            case UInt8(ascii: "I"): number((hour + 11) % 12 + 1, 2, padded)
            case UInt8(ascii: "M"): number(minute, 2, padded)
            case UInt8(ascii: "S"): number(second, 2, padded)
            case UInt8(ascii: "f"): number(micros, 6, true)
            case UInt8(ascii: "g"): number(micros / 1000, 3, true)
            case UInt8(ascii: "n"): number(micros * 1000, 9, true)
            case UInt8(ascii: "j"): number(Calendar.dayOfYear(days), 3, padded)
            case UInt8(ascii: "p"): out.append(contentsOf: (hour < 12 ? "AM" : "PM").utf8)
            case UInt8(ascii: "a"): name(weekdays[Int(Calendar.dayOfWeek(days))], short: true)
            case UInt8(ascii: "A"): name(weekdays[Int(Calendar.dayOfWeek(days))], short: false)
            case UInt8(ascii: "b"): name(TimeFormat.months[civil.month - 1], short: true)
            case UInt8(ascii: "B"): name(TimeFormat.months[civil.month - 1], short: false)
            case UInt8(ascii: "w"): number(Calendar.dayOfWeek(days), 1, true)
            case UInt8(ascii: "u"): number(Calendar.isoDayOfWeek(days), 1, true)
            case UInt8(ascii: "U"): number((Calendar.dayOfYear(days) + 6 - Calendar.dayOfWeek(days)) / 7, 2, true)
            case UInt8(ascii: "W"): number((Calendar.dayOfYear(days) + 6 - (Calendar.dayOfWeek(days) + 6) % 7) / 7, 2, true)
            case UInt8(ascii: "V"): number(Calendar.isoWeek(days).week, 2, true)
            case UInt8(ascii: "G"): year(Calendar.isoWeek(days).year)
            case UInt8(ascii: "z"): out.append(contentsOf: "+00".utf8)
            case UInt8(ascii: "Z"): if zone { out.append(contentsOf: "UTC".utf8) }
            case UInt8(ascii: "x"): date()
            case UInt8(ascii: "X"): clock()
            case UInt8(ascii: "c"):
                date()
                out.append(32)
                clock()
            case UInt8(ascii: "%"): out.append(letter)
            default: throw unrecognized(letter)
            }
        }
    }

    // MARK: strptime

    enum ParseError: Error {
        case format(FormatError)
        case text(position: Int, String)
        case value(String)
    }

    /// The fields collected while reading; unset date fields default to 1900-01-01.
    private struct Fields {
        var year: Int64 = 1900
        var month: Int64 = 1
        var day: Int64 = 1
        var hour: Int64 = 0
        var minute: Int64 = 0
        var second: Int64 = 0
        var micros: Int64 = 0
        var hour12 = false
        var afternoon: Bool?
        var dayOfYear: Int64?
        var isoYear: Int64?
        var isoWeek: Int64?
        /// Weeks of the year that begin on Sunday (`%U`) or Monday (`%W`).
        var week: (number: Int64, fromMonday: Bool)?
        /// Monday 1 … Sunday 7.
        var weekday: Int64?
        var offset: Int64 = 0
        var zone: TimeZones.Zone?
    }

    /// Reads text by a format; the result is UTC when the format has a zone.
    static func parse(_ text: Bytes, _ format: Bytes) throws(ParseError) -> Int64 {
        var fields = Fields()
        var at = 0
        var index = 0
        func skipSpaces(_ at: inout Int) { while at < text.count, NumberText.isSpace(text[at]) { at += 1 } }
        skipSpaces(&at)
        while index < format.count {
            if NumberText.isSpace(format[index]) {
                // Space in the format matches any amount of space, none included.
                skipSpaces(&at)
                index += 1
                continue
            }
            guard format[index] == UInt8(ascii: "%") else {
                guard at < text.count, text[at] == format[index] else {
                    throw .text(position: at, "Literal does not match, expected \(String(decoding: format[index...index], as: UTF8.self))")
                }
                at += 1
                index += 1
                continue
            }
            let letter: UInt8
            do { letter = try specifier(format, &index).letter } catch { throw .format(error) }
            // Digits that follow directly belong to the next field.
            let yearDigits = index < format.count && format[index] == UInt8(ascii: "%") ? 4 : 6
            try read(letter, text, &at, &fields, yearDigits: yearDigits)
        }
        skipSpaces(&at)
        guard at == text.count else { throw .text(position: at, "Full specifier did not match: trailing characters") }
        return try assemble(fields)
    }

    private static func read(_ letter: UInt8, _ text: Bytes, _ at: inout Int, _ fields: inout Fields, yearDigits: Int = 4) throws(ParseError) {
        func number(_ digits: Int, _ range: ClosedRange<Int64>, _ what: String) throws(ParseError) -> Int64 {
            let start = at
            var value: Int64 = 0
            while at < text.count, at - start < digits, NumberText.isDigit(text[at]) {
                value = value * 10 + Int64(text[at] - 48)
                at += 1
            }
            guard at > start else { throw .text(position: start, "Expected a number") }
            guard range.contains(value) else {
                throw .text(position: start, "\(what) out of range, expected a value between \(range.lowerBound) and \(range.upperBound)")
            }
            return value
        }
        /// Digits behind a point: as many as there are, of which `digits` count.
        func fraction(_ digits: Int) throws(ParseError) -> Int64 {
            let start = at
            var value: Int64 = 0
            while at < text.count, NumberText.isDigit(text[at]) {
                if at - start < digits { value = value * 10 + Int64(text[at] - 48) }
                at += 1
            }
            guard at > start else { throw .text(position: start, "Expected a number") }
            for _ in 0..<max(0, digits - (at - start)) { value *= 10 }
            return value
        }
        func name(_ names: [String], short: Bool) throws(ParseError) -> Int64 {
            for (index, name) in names.enumerated() {
                let wanted = short ? name.utf8.prefix(3) : name.utf8.prefix(.max)
                guard text.count - at >= wanted.count else { continue }
                if zip(text[at..<(at + wanted.count)], wanted).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
                    at += wanted.count
                    return Int64(index)
                }
            }
            throw .text(position: at, "Expected one of \(names.map { short ? String($0.prefix(3)) : $0 }.joined(separator: ", "))")
        }
        switch letter {
        case UInt8(ascii: "Y"):
            var negative = false
            if at < text.count, text[at] == UInt8(ascii: "-") {
                negative = true
                at += 1
            }
            let year = try number(yearDigits, 0...290_000, "Year")
            fields.year = negative ? -year : year
        case UInt8(ascii: "y"):
            let year = try number(2, 0...99, "Year")
            fields.year = year < 69 ? 2000 + year : 1900 + year
        case UInt8(ascii: "m"): fields.month = try number(2, 1...12, "Month")
        case UInt8(ascii: "d"): fields.day = try number(2, 1...31, "Day")
        case UInt8(ascii: "H"): fields.hour = try number(2, 0...24, "Hour")
        case UInt8(ascii: "I"):
            fields.hour = try number(2, 1...12, "Hour12")
            fields.hour12 = true
        case UInt8(ascii: "M"): fields.minute = try number(2, 0...59, "Minutes")
        case UInt8(ascii: "S"): fields.second = try number(2, 0...60, "Seconds")
        case UInt8(ascii: "f"): fields.micros = try fraction(6)
        case UInt8(ascii: "g"): fields.micros = try fraction(3) * 1000
        case UInt8(ascii: "n"): fields.micros = try fraction(9) / 1000
        case UInt8(ascii: "j"): fields.dayOfYear = try number(3, 1...366, "Day of year")
        case UInt8(ascii: "p"): fields.afternoon = try name(["AM", "PM"], short: false) == 1
        case UInt8(ascii: "a"): fields.weekday = (try name(weekdays, short: true) + 6) % 7 + 1
        case UInt8(ascii: "A"): fields.weekday = (try name(weekdays, short: false) + 6) % 7 + 1
        case UInt8(ascii: "b"): fields.month = try name(months, short: true) + 1
        case UInt8(ascii: "B"): fields.month = try name(months, short: false) + 1
        case UInt8(ascii: "w"): fields.weekday = (try number(1, 0...6, "Weekday") + 6) % 7 + 1
        case UInt8(ascii: "u"): fields.weekday = try number(1, 1...7, "Weekday")
        case UInt8(ascii: "U"): fields.week = (try number(2, 0...53, "Week"), false)
        case UInt8(ascii: "W"): fields.week = (try number(2, 0...53, "Week"), true)
        case UInt8(ascii: "V"): fields.isoWeek = try number(2, 1...53, "ISO week")
        case UInt8(ascii: "G"): fields.isoYear = try number(4, 0...9999, "ISO year")
        case UInt8(ascii: "z"): fields.offset = try offset(text, &at)
        case UInt8(ascii: "Z"):
            let start = at
            while at < text.count, !NumberText.isSpace(text[at]) { at += 1 }
            let name = String(decoding: text[start..<at], as: UTF8.self)
            if !name.isEmpty {
                guard let zone = TimeZones.zone(named: name) else { throw .text(position: start, "Unknown time zone '\(name)'") }
                fields.zone = zone
            }
        case UInt8(ascii: "x"): try readAll("Y-m-d", text, &at, &fields)
        case UInt8(ascii: "X"): try readAll("H:M:S", text, &at, &fields)
        case UInt8(ascii: "c"): try readAll("Y-m-d H:M:S", text, &at, &fields)
        case UInt8(ascii: "%"):
            guard at < text.count, text[at] == letter else { throw .text(position: at, "Literal does not match, expected %") }
            at += 1
        default: throw .format(unrecognized(letter))
        }
    }

    /// A composite specifier: letters are specifiers, everything else is literal.
    private static func readAll(_ pattern: String, _ text: Bytes, _ at: inout Int, _ fields: inout Fields) throws(ParseError) {
        for byte in pattern.utf8 {
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":") || byte == 32 {
                guard at < text.count, text[at] == byte else { throw .text(position: at, "Literal does not match") }
                at += 1
            } else {
                try read(byte, text, &at, &fields)
            }
        }
    }

    /// `+HH[[:]MM[[:]SS]]` in seconds.
    private static func offset(_ text: Bytes, _ at: inout Int) throws(ParseError) -> Int64 {
        guard at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "Z") else {
            throw .text(position: at, "Expected +HH[MM] or -HH[MM]")
        }
        if text[at] == UInt8(ascii: "Z") { at += 1; return 0 }
        let negative = text[at] == UInt8(ascii: "-")
        at += 1
        var total: Int64 = 0
        for (position, unit) in [Int64(3600), 60, 1].enumerated() {
            var next = at
            if position > 0, next < text.count, text[next] == UInt8(ascii: ":") { next += 1 }
            guard next + 1 < text.count, NumberText.isDigit(text[next]), NumberText.isDigit(text[next + 1]) else {
                if position == 0 { throw .text(position: at, "Expected +HH[MM] or -HH[MM]") }
                break
            }
            total += (Int64(text[next] - 48) * 10 + Int64(text[next + 1] - 48)) * unit
            at = next + 2
        }
        return negative ? -total : total
    }

    private static func assemble(_ fields: Fields) throws(ParseError) -> Int64 {
        let days: Int64
        if let week = fields.isoWeek, let year = fields.isoYear {
            let fourth = Calendar.days(year: year, month: 1, day: 4)
            days = Calendar.monday(of: fourth) + (week - 1) * 7 + (fields.weekday ?? 1) - 1
        } else if let dayOfYear = fields.dayOfYear {
            days = Calendar.days(year: fields.year, month: 1, day: 1) + dayOfYear - 1
        } else if let week = fields.week {
            let first = Calendar.days(year: fields.year, month: 1, day: 1)
            let weekday = fields.weekday ?? (week.fromMonday ? 1 : 7)
            let offset = week.fromMonday ? Calendar.floorModulo(8 - Calendar.isoDayOfWeek(first), 7) : Calendar.floorModulo(7 - Calendar.dayOfWeek(first), 7)
            days = first + offset + (week.number - 1) * 7 + (week.fromMonday ? weekday - 1 : weekday % 7)
        } else {
            guard let checked = Calendar.checkedDays(year: fields.year, month: fields.month, day: fields.day) else {
                throw .value("Date out of range: \(fields.year)-\(fields.month)-\(fields.day)")
            }
            days = checked
        }
        var hour = fields.hour
        if let afternoon = fields.afternoon, fields.hour12 || hour <= 12 { hour = hour % 12 + (afternoon ? 12 : 0) }
        let time = (hour * 3600 + fields.minute * 60 + fields.second - fields.offset) * Calendar.microsPerSecond + fields.micros
        guard let whole = Calendar.join(days: days, time: 0) else { throw .value("Date and time not in timestamp range") }
        let (micros, overflow) = whole.addingReportingOverflow(time)
        guard !overflow else { throw .value("Date and time not in timestamp range") }
        guard let zone = fields.zone else { return micros }
        guard let utc = zone.utc(fromLocal: micros) else { throw .value("Date and time not in timestamp range") }
        return utc
    }
}
