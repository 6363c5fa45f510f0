/// Reads and writes durations (`24h`, `5m`, `300s`, `1h30m`, `250ms`, bare seconds) and sizes (`256MB`, `64KiB`, bare bytes).
public enum Measures {
    private static let durationUnits: [(name: String, micros: Int64)] = [
        ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000), ("w", 604_800_000_000),
    ]
    private static let longDurationUnits: [String: String] = [
        "millisecond": "ms", "milliseconds": "ms", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m",
        "minute": "m", "minutes": "m", "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "day": "d", "days": "d", "week": "w", "weeks": "w",
    ]
    private static let sizeUnits: [String: UInt64] = [
        "": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20,
        "g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tb": 1 << 40, "tib": 1 << 40,
    ]

    /// `24h`, `24 hours`, `1h30m`, `5 minutes`; a bare number is seconds. Nil when it is no duration or is negative.
    public static func duration(_ text: String) -> Duration? {
        var rest = Substring(text.lowercased()).trimmed()
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard !number.isEmpty, let value = Double(number) else { return nil }
            rest = rest.dropFirst(number.count).trimmed()
            let word = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(word.count).trimmed()
            let short = word.isEmpty ? "s" : (longDurationUnits[String(word)] ?? String(word))
            guard let unit = durationUnits.first(where: { $0.name == short }) else { return nil }
            let micros = value * Double(unit.micros)
            guard micros.isFinite, micros < 9e18, let whole = Int64(exactly: micros.rounded()) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(whole)
            guard !overflow else { return nil }
            total = sum
        }
        return .microseconds(total)
    }

    /// `256MB`, `1 GiB` (both binary), a bare number is bytes. Nil when it is no size.
    public static func bytes(_ text: String) -> UInt64? {
        let rest = Substring(text.lowercased()).trimmed()
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = String(rest.dropFirst(number.count).trimmed())
        guard let value = Double(number), let factor = sizeUnits[unit] else { return nil }
        let size = value * Double(factor)
        guard size.isFinite, size >= 0, size < 1.8e19 else { return nil }
        return UInt64(size)
    }

    /// The shortest whole form: `24h`, `5m`, `90s`, `250ms`.
    public static func text(_ duration: Duration) -> String {
        let micros = duration.microseconds
        if micros == 0 { return "0" }
        for unit in durationUnits.reversed() where unit.name != "w" && unit.name != "d" && micros % unit.micros == 0 {
            return "\(micros / unit.micros)\(unit.name)"
        }
        return "\(Double(micros) / 1_000_000)s"
    }
}

extension Duration {
    /// Whole microseconds, saturating.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000).partialValue
    }

    var wholeSeconds: Int64 { components.seconds }
}

extension Substring {
    func trimmed() -> Substring {
        var text = self
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return text
    }
}
