import SQLDialect

/// Typed values from their text.
extension Value {
    /// Reads a text as the cast from VARCHAR does. Nil when it is no value of the type.
    ///
    /// - Parameter text: UTF-8. For `.blob` a text that begins with `\x` is PostgreSQL's hexadecimal form as a whole
    ///   (https://www.postgresql.org/docs/15/datatype-binary.html); any other is DuckDB's.
    public init?(parsing text: UnsafeBufferPointer<UInt8>, as type: DuckType) {
        switch type {
        case .boolean:
            guard let flag = NumberText.boolean(NumberText.trimmed(text)) else { return nil }
            self = .boolean(flag)
        case .tinyint, .smallint, .integer, .bigint, .utinyint, .usmallint, .uinteger:
            guard case .value(let number) = NumberText.scaled(text, scale: 0, allowPrefixes: true), type.integerRange?.contains(number) ?? true else { return nil }
            self = .integer(number)
        case .ubigint, .hugeint:
            guard case .value(let number) = NumberText.scaled(text, scale: 0, allowPrefixes: true), type == .hugeint || number >= 0 else { return nil }
            self = .hugeint(number)
        case .float:
            guard let number = NumberText.double(text) else { return nil }
            self = .double(Double(Float(number)))
        case .double:
            guard let number = NumberText.double(text) else { return nil }
            self = .double(number)
        case .decimal(let precision, let scale):
            guard case .value(let number) = NumberText.scaled(text, scale: scale), NumberText.fits(number, precision: precision) else { return nil }
            self = .decimal(unscaled: number, precision: precision, scale: scale)
        case .date:
            guard case .days(let days) = TemporalParser.date(text), let narrow = Int32(exactly: days) else { return nil }
            self = .date(days: narrow)
        case .time:
            guard let micros = TemporalParser.time(text) else { return nil }
            self = .time(micros: micros)
        case .timestamp:
            guard let stamp = TemporalParser.timestamp(text) else { return nil }
            self = .timestamp(micros: stamp.micros)
        case .timestampTZ:
            guard let micros = TemporalParser.timestampTZ(text) else { return nil }
            self = .timestampTZ(micros: micros)
        case .interval:
            guard let interval = IntervalParser.parse(text) else { return nil }
            self = .interval(months: interval.months, days: interval.days, micros: interval.micros)
        case .uuid:
            var out: [UInt8] = []
            guard TemporalParser.uuid(text, into: &out) else { return nil }
            self = .uuid(String(decoding: out, as: UTF8.self))
        case .json:
            guard JSONText.firstError(text) == nil else { return nil }
            self = .json(String(decoding: text, as: UTF8.self))
        case .blob:
            guard let bytes = Value.blob(parsing: text) else { return nil }
            self = .blob(bytes)
        default:
            self = .text(String(decoding: text, as: UTF8.self))
        }
    }

    private static func blob(parsing text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let backslash = UInt8(ascii: "\\")
        var out: [UInt8] = []
        if text.count >= 2, text[0] == backslash, text[1] == UInt8(ascii: "x"), text.count % 2 == 0, text.dropFirst(2).allSatisfy({ NumberText.hexDigit($0) != nil }) {
            out.reserveCapacity(text.count / 2)
            for index in stride(from: 2, to: text.count, by: 2) {
                guard let high = NumberText.hexDigit(text[index]), let low = NumberText.hexDigit(text[index + 1]) else { return nil }
                out.append(high << 4 | low)
            }
            return out
        }
        var index = 0
        while index < text.count {
            if text[index] != backslash {
                out.append(text[index])
                index += 1
            } else if index + 1 < text.count, text[index + 1] == backslash {
                out.append(backslash)
                index += 2
            } else if index + 3 < text.count, text[index + 1] == UInt8(ascii: "x"), let high = NumberText.hexDigit(text[index + 2]),
                let low = NumberText.hexDigit(text[index + 3])
            {
                out.append(high << 4 | low)
                index += 4
            } else if index + 3 < text.count, let byte = octal(text[index + 1], text[index + 2], text[index + 3]) {
                out.append(byte)
                index += 4
            } else {
                return nil
            }
        }
        return out
    }

    private static func octal(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> UInt8? {
        let digits = [first, second, third].map { Int($0) - 48 }
        guard digits.allSatisfy({ (0...7).contains($0) }) else { return nil }
        return UInt8(exactly: digits[0] << 6 | digits[1] << 3 | digits[2])
    }
}
