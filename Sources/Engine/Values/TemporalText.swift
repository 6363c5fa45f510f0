/// Dates, times and timestamps as text: how DuckDB prints them.
enum TemporalText {
    /// `2024-01-31`, `0044-03-15 (BC)`, `infinity`, `-infinity`.
    static func appendDate(_ days: Int64, to out: inout [UInt8]) {
        if days == Calendar.dateInfinity { out.append(contentsOf: "infinity".utf8); return }
        if days == Calendar.dateNegativeInfinity { out.append(contentsOf: "-infinity".utf8); return }
        appendFiniteDate(days, to: &out)
    }

    private static func appendFiniteDate(_ days: Int64, to out: inout [UInt8]) {
        let civil = Calendar.day(days)
        let beforeChrist = civil.year <= 0
        NumberText.append(UInt64(bitPattern: beforeChrist ? 1 - civil.year : civil.year), width: 4, to: &out)
        out.append(UInt8(ascii: "-"))
        appendTwo(civil.month, to: &out)
        out.append(UInt8(ascii: "-"))
        appendTwo(civil.day, to: &out)
        if beforeChrist { out.append(contentsOf: " (BC)".utf8) }
    }

    @inline(__always)
    static func appendTwo(_ value: Int, to out: inout [UInt8]) {
        out.append(48 &+ UInt8(truncatingIfNeeded: value / 10))
        out.append(48 &+ UInt8(truncatingIfNeeded: value % 10))
    }

    /// `10:00:00`, `10:00:00.5`: the fraction without trailing zeros.
    static func appendTime(_ micros: Int64, to out: inout [UInt8]) {
        let micros = max(0, micros)
        let seconds = micros / Calendar.microsPerSecond
        let hours = seconds / 3600
        if hours < 100 {
            appendTwo(Int(hours), to: &out)
        } else {
            NumberText.append(hours, to: &out)
        }
        out.append(UInt8(ascii: ":"))
        appendTwo(Int(seconds / 60 % 60), to: &out)
        out.append(UInt8(ascii: ":"))
        appendTwo(Int(seconds % 60), to: &out)
        var fraction = micros % Calendar.microsPerSecond
        guard fraction != 0 else { return }
        out.append(UInt8(ascii: "."))
        var width = 6
        while fraction % 10 == 0 {
            fraction /= 10
            width -= 1
        }
        NumberText.append(UInt64(fraction), width: width, to: &out)
    }

    /// `2024-01-31 10:00:00.25`.
    static func appendTimestamp(_ micros: Int64, to out: inout [UInt8]) {
        if micros == Calendar.timestampInfinity { out.append(contentsOf: "infinity".utf8); return }
        if micros == Calendar.timestampNegativeInfinity { out.append(contentsOf: "-infinity".utf8); return }
        let parts = Calendar.split(micros)
        appendFiniteDate(parts.days, to: &out)
        out.append(32)
        appendTime(parts.time, to: &out)
    }

    /// As a timestamp, with the zone: always `+00`, instants are printed in UTC.
    static func appendTimestampTZ(_ micros: Int64, to out: inout [UInt8]) {
        appendTimestamp(micros, to: &out)
        if Calendar.isFiniteTimestamp(micros) { out.append(contentsOf: "+00".utf8) }
    }

    /// `1 year 2 months 3 days 04:05:06`; `00:00:00` when empty.
    static func appendInterval(_ interval: Interval, to out: inout [UInt8]) {
        let start = out.count
        func part(_ value: Int64, _ unit: String) {
            guard value != 0 else { return }
            if out.count > start { out.append(32) }
            NumberText.append(value, to: &out)
            out.append(32)
            out.append(contentsOf: unit.utf8)
            if value.magnitude != 1 { out.append(UInt8(ascii: "s")) }
        }
        part(Int64(interval.months / 12), "year")
        part(Int64(interval.months % 12), "month")
        part(Int64(interval.days), "day")
        guard interval.micros != 0 || out.count == start else { return }
        if out.count > start { out.append(32) }
        if interval.micros < 0 { out.append(UInt8(ascii: "-")) }
        if interval.micros == Int64.min {
            // The one magnitude that has no positive counterpart.
            out.append(contentsOf: "2562047788:00:54.775808".utf8)
        } else {
            appendTime(abs(interval.micros), to: &out)
        }
    }

    /// Printable ASCII as it is, all else, quotes and backslash as `\xAB`.
    static func appendBlob(_ bytes: Bytes, to out: inout [UInt8]) {
        for byte in bytes {
            if (32...126).contains(byte), byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "'"), byte != UInt8(ascii: "\"") {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "\\"))
                out.append(UInt8(ascii: "x"))
                appendHex(byte, to: &out)
            }
        }
    }

    @inline(__always)
    static func appendHex(_ byte: UInt8, to out: inout [UInt8], lowerCase: Bool = false) {
        let letters: UInt8 = lowerCase ? 87 : 55
        let high = byte >> 4
        let low = byte & 15
        out.append(high < 10 ? 48 + high : letters + high)
        out.append(low < 10 ? 48 + low : letters + low)
    }
}
