/// Reads dates, times, timestamps and UUIDs from text as DuckDB's casts do.
struct TemporalParser {
    private let text: Bytes
    private var index = 0

    private init(_ text: Bytes) { self.text = text }

    // MARK: Entry points

    enum DateResult: Equatable {
        case days(Int64)
        case malformed
        case outOfRange
    }

    /// `2024-01-31`, `2024/1/5`, `44-03-15 (BC)`, `epoch`, `infinity`, `-infinity`; a whole timestamp gives its day.
    static func date(_ input: Bytes) -> DateResult {
        let trimmed = NumberText.trimmed(input)
        switch special(trimmed) {
        case .epoch: return .days(0)
        case .infinity: return .days(Calendar.dateInfinity)
        case .negativeInfinity: return .days(Calendar.dateNegativeInfinity)
        case nil: break
        }
        var parser = TemporalParser(trimmed)
        let result = parser.readDate()
        guard case .days = result else { return result }
        if parser.atEnd { return result }
        guard let stamp = timestamp(trimmed) else { return .malformed }
        return .days(Calendar.split(stamp.micros).days)
    }

    /// `10:00`, `10:00:00.25`, also behind a date; a zone offset is accepted and dropped, as DuckDB does.
    static func time(_ input: Bytes) -> Int64? {
        let trimmed = NumberText.trimmed(input)
        var parser = TemporalParser(trimmed)
        if let time = parser.readTime() {
            parser.skipSpaces()
            if parser.atEnd { return time }
            if case .offset = parser.readZone(), parser.atEnd { return time }
            return nil
        }
        guard let colon = trimmed.firstIndex(of: UInt8(ascii: ":")), colon > 6, let stamp = timestamp(trimmed) else { return nil }
        return Calendar.split(stamp.micros).time
    }

    /// The local reading in microseconds, and the zone offset in seconds (or the zone's name) if the text had one.
    struct Stamp {
        var micros: Int64
        var zone: Zone?
    }

    enum Zone: Equatable {
        case offset(seconds: Int64)
        case named(String)
    }

    static func timestamp(_ input: Bytes) -> Stamp? {
        let trimmed = NumberText.trimmed(input)
        switch special(trimmed) {
        case .epoch: return Stamp(micros: 0, zone: nil)
        case .infinity: return Stamp(micros: Calendar.timestampInfinity, zone: nil)
        case .negativeInfinity: return Stamp(micros: Calendar.timestampNegativeInfinity, zone: nil)
        case nil: break
        }
        var parser = TemporalParser(trimmed)
        guard case .days(let days) = parser.readDate() else { return nil }
        if parser.atEnd { return Calendar.join(days: days, time: 0).map { Stamp(micros: $0, zone: nil) } }
        if parser.current == UInt8(ascii: "T") || parser.current == UInt8(ascii: "t") {
            parser.index += 1
        } else {
            guard parser.current == 32 else { return nil }
            parser.skipSpaces()
        }
        guard let time = parser.readTime(), let micros = Calendar.join(days: days, time: time) else { return nil }
        if parser.atEnd { return Stamp(micros: micros, zone: nil) }
        guard let zone = parser.readZone() else { return nil }
        parser.skipSpaces()
        return parser.atEnd ? Stamp(micros: micros, zone: zone) : nil
    }

    /// A timestamp with time zone: without a zone in the text, UTC. `nil` for malformed text and unknown zones.
    static func timestampTZ(_ input: Bytes) -> Int64? {
        guard let stamp = timestamp(input) else { return nil }
        switch stamp.zone {
        case nil: return stamp.micros
        case .offset(let seconds):
            let (result, overflow) = stamp.micros.subtractingReportingOverflow(seconds * Calendar.microsPerSecond)
            return overflow ? nil : result
        case .named(let name):
            return TimeZones.zone(named: name)?.utc(fromLocal: stamp.micros)
        }
    }

    /// 32 hexadecimal digits, hyphens anywhere between, braces around allowed; written as 36 lower-case characters.
    static func uuid(_ input: Bytes, into out: inout [UInt8]) -> Bool {
        var text = NumberText.trimmed(input)
        if text.first == UInt8(ascii: "{") {
            guard text.last == UInt8(ascii: "}"), text.count > 2 else { return false }
            text = Bytes(rebasing: text[1..<(text.count - 1)])
        }
        let start = out.count
        var digits = 0
        var afterDigit = false
        for byte in text {
            if byte == UInt8(ascii: "-") {
                guard afterDigit else { out.removeLast(out.count - start); return false }
                afterDigit = false
                continue
            }
            guard let digit = NumberText.hexDigit(byte), digits < 32 else { out.removeLast(out.count - start); return false }
            if digits == 8 || digits == 12 || digits == 16 || digits == 20 { out.append(UInt8(ascii: "-")) }
            out.append(digit < 10 ? 48 + digit : 87 + digit)
            digits += 1
            afterDigit = true
        }
        if digits != 32 || !afterDigit { out.removeLast(out.count - start); return false }
        return true
    }

    // MARK: Pieces

    private enum Special { case epoch, infinity, negativeInfinity }

    private static func special(_ text: Bytes) -> Special? {
        guard let first = text.first, text.count <= 9, !NumberText.isDigit(first) else { return nil }
        let word = text.map { $0 == UInt8(ascii: "-") ? $0 : $0 | 0x20 }
        if word == Array("epoch".utf8) { return .epoch }
        if word == Array("infinity".utf8) || word == Array("inf".utf8) { return .infinity }
        if word == Array("-infinity".utf8) || word == Array("-inf".utf8) { return .negativeInfinity }
        return nil
    }

    private var atEnd: Bool { index >= text.count }
    private var current: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipSpaces() {
        while index < text.count, NumberText.isSpace(text[index]) { index += 1 }
    }

    private mutating func digits(atMost limit: Int) -> Int64? {
        let start = index
        var value: Int64 = 0
        while index < text.count, index - start < limit, NumberText.isDigit(text[index]) {
            value = value * 10 + Int64(text[index] - 48)
            index += 1
        }
        return index == start ? nil : value
    }

    private mutating func readDate() -> DateResult {
        var negative = false
        if current == UInt8(ascii: "-") {
            negative = true
            index += 1
        }
        guard let yearDigits = digits(atMost: 9), let separator = current else { return .malformed }
        guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: "/") || separator == UInt8(ascii: "\\") || separator == 32
        else { return .malformed }
        index += 1
        guard let month = digits(atMost: 2), current == separator else { return .malformed }
        index += 1
        guard let day = digits(atMost: 2) else { return .malformed }
        if let next = current, NumberText.isDigit(next) { return .malformed }
        var year = negative ? -yearDigits : yearDigits
        let mark = Array(" (bc)".utf8)
        if text.count - index >= mark.count, zip(text[index..<(index + mark.count)], mark).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) {
            guard !negative, year > 0 else { return .outOfRange }
            year = 1 - year
            index += mark.count
        }
        guard let days = Calendar.checkedDays(year: year, month: month, day: day) else { return .outOfRange }
        return .days(days)
    }

    /// `H:M[:S[.fraction]]`, up to 24:00:00; digits beyond microseconds are dropped.
    private mutating func readTime() -> Int64? {
        let start = index
        guard let hour = digits(atMost: 2), current == UInt8(ascii: ":") else { index = start; return nil }
        index += 1
        guard let minute = digits(atMost: 2), minute < 60 else { index = start; return nil }
        var second: Int64 = 0
        var micros: Int64 = 0
        if current == UInt8(ascii: ":") {
            index += 1
            guard let value = digits(atMost: 2), value < 60 else { index = start; return nil }
            second = value
            if current == UInt8(ascii: ".") {
                index += 1
                var unit: Int64 = 100_000
                while let byte = current, NumberText.isDigit(byte) {
                    micros += Int64(byte - 48) * unit
                    unit /= 10
                    index += 1
                }
            }
        }
        let total = (hour * 3600 + minute * 60 + second) * Calendar.microsPerSecond + micros
        guard total <= Calendar.microsPerDay else { index = start; return nil }
        return total
    }

    /// `Z`, `+HH[[:]MM[:SS]]`, or a blank and a zone's name.
    private mutating func readZone() -> Zone? {
        guard let first = current else { return nil }
        if first == UInt8(ascii: "Z") || first == UInt8(ascii: "z") {
            index += 1
            return .offset(seconds: 0)
        }
        if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
            index += 1
            guard let hours = digits(atMost: 2), hours <= 15 else { return nil }
            var seconds = hours * 3600
            for unit in [Int64(60), 1] {
                let hadColon = current == UInt8(ascii: ":")
                if hadColon { index += 1 }
                guard let byte = current, NumberText.isDigit(byte) else {
                    if hadColon { return nil }
                    break
                }
                guard let value = digits(atMost: 2), value < 60 else { return nil }
                seconds += value * unit
            }
            return .offset(seconds: first == UInt8(ascii: "-") ? -seconds : seconds)
        }
        skipSpaces()
        let start = index
        while let byte = current, !NumberText.isSpace(byte) { index += 1 }
        guard index > start else { return nil }
        let name = String(decoding: text[start..<index], as: UTF8.self)
        if name == "Z" || name.uppercased() == "UTC" { return .offset(seconds: 0) }
        guard name.first?.isLetter == true else { return nil }
        return .named(name)
    }
}
