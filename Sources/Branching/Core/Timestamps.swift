import Engine

/// ISO 8601 in UTC with microseconds where there are any: `2026-01-02T03:04:05.678Z`.
enum Timestamps {
    private static let microsPerDay: Int64 = 86_400_000_000

    static func text(micros: Int64) -> String {
        let (days, inDay) = floorDivide(micros, microsPerDay)
        let (year, month, day) = civil(days: days)
        if (0...9_999).contains(year) { return plain(year, month, day, inDay) }
        let seconds = inDay / 1_000_000
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        let fraction = inDay % 1_000_000
        if fraction != 0 {
            text += fraction % 1_000 == 0 ? ".\(padded(fraction / 1_000, 3))" : ".\(padded(fraction, 6))"
        }
        return text + "Z"
    }

    private static func plain(_ year: Int64, _ month: Int64, _ day: Int64, _ inDay: Int64) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        func put(_ number: Int64, _ width: Int, _ mark: Character) {
            var divisor: Int64 = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
                divisor /= 10
            }
            bytes.append(mark.asciiValue ?? 0)
        }
        let (seconds, fraction) = (inDay / 1_000_000, inDay % 1_000_000)
        put(year, 4, "-")
        put(month, 2, "-")
        put(day, 2, "T")
        put(seconds / 3_600, 2, ":")
        put(seconds / 60 % 60, 2, ":")
        put(seconds % 60, 2, fraction == 0 ? "Z" : ".")
        if fraction != 0 {
            if fraction % 1_000 == 0 { put(fraction / 1_000, 3, "Z") } else { put(fraction, 6, "Z") }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Microseconds of a date or timestamp that begins with a year, in UTC where it names no zone.
    static func read(_ text: String) -> Int64? {
        guard text.utf8.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) ?? false else { return nil }
        return TimestampText.micros(text)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> (Int64, Int64) {
        let remainder = ((a % b) + b) % b
        return ((a - remainder) / b, remainder)
    }

    /// The proleptic Gregorian date of a day number (Howard Hinnant's algorithm of 400-year eras).
    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
