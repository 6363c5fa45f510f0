import SQLDialect

/// Values as PostgreSQL prints them, where that is not how DuckDB does.
extension Value {
    /// Appends the value in PostgreSQL's text format (https://www.postgresql.org/docs/15/protocol-overview.html, 55.1.2):
    /// `t` and `f`, `\x…`, `1 mon 2 days`, `44-03-15 BC`, numbers without a superfluous point. Nothing for NULL.
    ///
    /// - Parameter isFloat: the value is a 32-bit floating-point number: its own shortest digits are printed.
    public func appendPostgreSQLText(to out: inout [UInt8], isFloat: Bool = false) {
        switch self {
        case .null: break
        case .boolean(let flag): out.append(UInt8(ascii: flag ? "t" : "f"))
        case .blob(let bytes):
            out.append(contentsOf: "\\x".utf8)
            for byte in bytes { TemporalText.appendHex(byte, to: &out, lowerCase: true) }
        case .double(let number): PostgreSQLText.append(number, isFloat: isFloat, to: &out)
        case .decimal(let unscaled, _, let scale): NumberText.appendDecimal(unscaled, scale: scale, to: &out)
        case .interval(let months, let days, let micros): PostgreSQLText.appendInterval(months: months, days: days, micros: micros, to: &out)
        case .date, .timestamp, .timestampTZ:
            let start = out.count
            appendText(to: &out)
            if out.last == UInt8(ascii: ")") { PostgreSQLText.barenEra(&out, from: start) }
        default: appendText(to: &out)
        }
    }
}

enum PostgreSQLText {
    /// The shortest digits that read back the same.
    static func append(_ number: Double, isFloat: Bool, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: PostgreSQLNumber.maximumBytes) { buffer in
            guard let start = buffer.baseAddress else { return }
            let count = PostgreSQLNumber.write(number, isFloat: isFloat, to: start)
            out.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
        }
    }

    /// IntervalStyle `postgres`: `1 year 2 mons 3 days 04:05:06.7`, `-00:00:01`.
    static func appendInterval(months: Int32, days: Int32, micros: Int64, to out: inout [UInt8]) {
        let start = out.count
        var isNegativeBefore = false
        func part(_ value: Int, _ unit: String) {
            guard value != 0 else { return }
            if out.count > start { out.append(UInt8(ascii: " ")) }
            // After a negative field a positive one has its sign.
            if isNegativeBefore, value > 0 { out.append(UInt8(ascii: "+")) }
            out.append(contentsOf: "\(value) \(unit)\(value == 1 ? "" : "s")".utf8)
            isNegativeBefore = value < 0
        }
        part(Int(months / 12), "year")
        part(Int(months % 12), "mon")
        part(Int(days), "day")
        guard micros != 0 || out.count == start else { return }
        if out.count > start { out.append(UInt8(ascii: " ")) }
        if micros < 0 { out.append(UInt8(ascii: "-")) } else if isNegativeBefore { out.append(UInt8(ascii: "+")) }
        let magnitude = micros.magnitude
        let seconds = magnitude / 1_000_000
        let hours = seconds / 3_600
        if hours < 10 { out.append(UInt8(ascii: "0")) }
        NumberText.append(hours, to: &out)
        out.append(UInt8(ascii: ":"))
        NumberText.append(seconds / 60 % 60, width: 2, to: &out)
        out.append(UInt8(ascii: ":"))
        NumberText.append(seconds % 60, width: 2, to: &out)
        let fraction = magnitude % 1_000_000
        guard fraction != 0 else { return }
        out.append(UInt8(ascii: "."))
        NumberText.append(fraction, width: 6, to: &out)
        while out.last == UInt8(ascii: "0") { out.removeLast() }
    }

    /// `0044-03-15 (BC)` as `0044-03-15 BC`.
    static func barenEra(_ out: inout [UInt8], from start: Int) {
        out.removeLast()
        if let open = out[start...].firstIndex(of: UInt8(ascii: "(")) { out.remove(at: open) }
    }
}
