import Engine
import SQLDialect

/// Values in PostgreSQL's binary format: big-endian, times from 2000-01-01, numbers in digits of base 10,000
/// (the `send` functions of PostgreSQL's `src/backend/utils/adt`).
enum BinaryFormat {
    /// Days from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
    static let epochDays: Int64 = 10_957
    static let epochMicros: Int64 = epochDays * 86_400_000_000

    /// Appends the value as its type has it. False, with nothing appended, when it is no value of the type.
    static func append(_ value: Value, as type: DuckType, to out: inout [UInt8]) -> Bool {
        if case .list(let items) = value, let element = type.element { return ArrayFormat.appendBinary(items, element: element, to: &out) }
        switch (PostgreSQLType(type), value) {
        case (.bool, .boolean(let flag)): out.append(flag ? 1 : 0)
        case (.int2, .integer(let number)):
            guard let narrow = Int16(exactly: number) else { return false }
            append(narrow, to: &out)
        case (.int4, .integer(let number)):
            guard let narrow = Int32(exactly: number) else { return false }
            append(narrow, to: &out)
        case (.int8, .integer(let number)): append(number, to: &out)
        case (.float4, .double(let number)): append(Float(number).bitPattern, to: &out)
        case (.float8, .double(let number)): append(number.bitPattern, to: &out)
        case (.float8, .integer(let number)): append(Double(number).bitPattern, to: &out)
        case (.numeric, .decimal(let unscaled, _, let scale)): appendNumeric(unscaled, scale: scale, to: &out)
        case (.numeric, .integer(let number)), (.numeric, .hugeint(let number)): appendNumeric(number, scale: 0, to: &out)
        case (.bytea, .blob(let bytes)): out.append(contentsOf: bytes)
        case (.date, .date(let days)):
            if days == Int32.max || days == -Int32.max {
                append(days > 0 ? Int32.max : Int32.min, to: &out)
            } else {
                guard let moved = Int32(exactly: Int64(days) - epochDays) else { return false }
                append(moved, to: &out)
            }
        case (.time, .time(let micros)): append(micros, to: &out)
        case (.timestamp, .timestamp(let micros)), (.timestamptz, .timestampTZ(let micros)):
            if micros == Int64.max || micros == -Int64.max {
                append(micros > 0 ? Int64.max : Int64.min, to: &out)
            } else {
                let (moved, overflow) = micros.subtractingReportingOverflow(epochMicros)
                guard !overflow else { return false }
                append(moved, to: &out)
            }
        case (.interval, .interval(let months, let days, let micros)):
            append(micros, to: &out)
            append(days, to: &out)
            append(months, to: &out)
        case (.uuid, .uuid(let text)):
            let start = out.count
            guard appendUUID(text, to: &out) else {
                out.removeSubrange(start...)
                return false
            }
        case (.json, .json(let text)), (.json, .text(let text)), (.text, .text(let text)), (.varchar, .text(let text)): out.append(contentsOf: text.utf8)
        // A column of any type is sent as text, in binary too.
        case (.text, _): value.appendPostgreSQLText(to: &out)
        default: return false
        }
        return true
    }

    static func append<Number: FixedWidthInteger>(_ number: Number, to out: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { out.append(contentsOf: $0) }
    }

    /// `numeric`: how many digits of base 10,000, the weight of the first, the sign, the scale, the digits.
    static func appendNumeric(_ unscaled: Int64, scale: Int, to out: inout [UInt8]) {
        var magnitude = unscaled.magnitude
        // The digits before and after the point are grouped by four, from the point on.
        var digits: [Int16] = []
        let padding = (4 - scale % 4) % 4
        let fractionGroups = (scale + padding) / 4
        var lowest = UInt64(1)
        for _ in 0..<padding { lowest *= 10 }
        if padding > 0, scale > 0 {
            // The last group of the fraction holds fewer digits.
            let part = UInt64(4 - padding)
            var divisor = UInt64(1)
            for _ in 0..<part { divisor *= 10 }
            digits.append(Int16(magnitude % divisor * lowest))
            magnitude /= divisor
        }
        while magnitude > 0 || digits.count < fractionGroups {
            digits.append(Int16(magnitude % 10_000))
            magnitude /= 10_000
        }
        // The lowest group came first.
        var weight = digits.count - fractionGroups - 1
        var groups = Array(digits.reversed())
        while let first = groups.first, first == 0 {
            groups.removeFirst()
            weight -= 1
        }
        while groups.last == 0 { groups.removeLast() }
        if groups.isEmpty { weight = 0 }
        append(Int16(groups.count), to: &out)
        append(Int16(weight), to: &out)
        append(UInt16(unscaled < 0 ? 0x4000 : 0), to: &out)
        append(Int16(scale), to: &out)
        for group in groups { append(group, to: &out) }
    }

    private static func appendUUID(_ text: String, to out: inout [UInt8]) -> Bool {
        var high: UInt8?
        var count = 0
        for character in text.utf8 where character != UInt8(ascii: "-") {
            guard let digit = hexDigit(character) else { return false }
            if let first = high {
                out.append(first << 4 | digit)
                count += 1
                high = nil
            } else {
                high = digit
            }
        }
        return count == 16 && high == nil
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
