import Branching
import Engine
import SQLDialect

/// Reads the values that a client sends, for parameters and for COPY in binary.
enum ParameterDecoder {
    /// The value of a parameter.
    /// - Throws: `BL_CONVERSION` naming the parameter.
    static func value(_ bytes: ArraySlice<UInt8>?, _ format: ValueFormat, as type: DuckType, position: Int) throws(BranchLiteError) -> Value {
        guard let bytes else { return .null }
        let value: Value? = switch format {
        case .text: bytes.withUnsafeBufferPointer { text($0, as: type) }
        case .binary: bytes.withUnsafeBufferPointer { binary($0, as: type) }
        }
        if let value { return value }
        let shown = format == .text ? ": \"\(String(decoding: bytes.prefix(80), as: UTF8.self))\"" : " in binary format"
        throw BranchLiteError(
            format == .text ? "BL_CONVERSION" : "BL_BINARY_FORMAT",
            "invalid input for type \(type.name)\(shown) (parameter $\(position))", details: ["parameter": .integer(Int64(position))])
    }

    /// A text as a value of a type; nil when it is none.
    static func text(_ bytes: UnsafeBufferPointer<UInt8>, as type: DuckType) -> Value? {
        if let element = type.element { return ArrayFormat.text(bytes, element: element) }
        if case .varchar = type { return String(validating: bytes, as: UTF8.self).map { .text($0) } }
        return Value(parsing: bytes, as: type)
    }

    static func text(_ bytes: [UInt8], as type: DuckType) -> Value? { bytes.withUnsafeBufferPointer { text($0, as: type) } }

    static func binary(_ bytes: UnsafeBufferPointer<UInt8>, as type: DuckType) -> Value? {
        if let element = type.element { return ArrayFormat.binary(bytes, element: element) }
        func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
            guard bytes.count == MemoryLayout<Number>.size else { return nil }
            return integer(bytes, at: 0)
        }
        switch type {
        case .boolean: return bytes.count == 1 ? .boolean(bytes[0] != 0) : nil
        case .tinyint, .utinyint, .smallint, .usmallint, .integer, .uinteger, .bigint:
            // A client may send a narrower or wider integer than the column's: the value decides.
            let value: Int64? = switch bytes.count {
            case 2: number(Int16.self).map { Int64($0) }
            case 4: number(Int32.self).map { Int64($0) }
            case 8: number(Int64.self)
            default: nil
            }
            guard let value, type.integerRange?.contains(value) ?? true else { return nil }
            return .integer(value)
        case .float:
            if bytes.count == 8 { return number(UInt64.self).map { .double(Double(Float(Double(bitPattern: $0)))) } }
            return number(UInt32.self).map { .double(Double(Float(bitPattern: $0))) }
        case .double:
            if bytes.count == 4 { return number(UInt32.self).map { .double(Double(Float(bitPattern: $0))) } }
            return number(UInt64.self).map { .double(Double(bitPattern: $0)) }
        case .decimal, .hugeint, .ubigint:
            // PostgreSQL's numeric; its text is then read as the type says.
            guard var text = numericText(bytes) else { return nil }
            return text.withUTF8 { Value(parsing: $0, as: type) }
        case .blob: return .blob([UInt8](bytes))
        case .date:
            guard let days = number(Int32.self) else { return nil }
            if days == Int32.max || days == Int32.min { return .date(days: days > 0 ? Int32.max : -Int32.max) }
            return Int32(exactly: Int64(days) + BinaryFormat.epochDays).map { .date(days: $0) }
        case .time: return number(Int64.self).map { .time(micros: $0) }
        case .timestamp, .timestampTZ:
            guard let micros = number(Int64.self) else { return nil }
            var unix = micros > 0 ? Int64.max : -Int64.max
            if micros != Int64.max, micros != Int64.min {
                let (moved, overflow) = micros.addingReportingOverflow(BinaryFormat.epochMicros)
                guard !overflow else { return nil }
                unix = moved
            }
            return type == .timestamp ? .timestamp(micros: unix) : .timestampTZ(micros: unix)
        case .interval:
            guard bytes.count == 16 else { return nil }
            return .interval(months: integer(bytes, at: 12), days: integer(bytes, at: 8), micros: integer(bytes, at: 0))
        case .uuid:
            guard bytes.count == 16 else { return nil }
            var text = ""
            for (index, byte) in bytes.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 { text += "-" }
                let digits = String(byte, radix: 16)
                text += digits.count == 1 ? "0" + digits : digits
            }
            return .uuid(text)
        case .json:
            // jsonb's binary form has a version byte before the text.
            let body = bytes.first == 1 ? UnsafeBufferPointer(rebasing: bytes.dropFirst()) : bytes
            return Value(parsing: body, as: .json)
        default: return String(validating: bytes, as: UTF8.self).map { .text($0) }
        }
    }

    static func integer<Number: FixedWidthInteger>(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Number {
        var value = Number.zero
        for index in 0..<MemoryLayout<Number>.size { value = value << 8 | Number(truncatingIfNeeded: bytes[offset + index]) }
        return value
    }

    /// The digits of PostgreSQL's binary `numeric`; nil when it is malformed, infinite or far out of any range here.
    static func numericText(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard bytes.count >= 8 else { return nil }
        let count = Int(integer(bytes, at: 0) as Int16), weight = Int(integer(bytes, at: 2) as Int16)
        let sign: UInt16 = integer(bytes, at: 4)
        let scale = Int(integer(bytes, at: 6) as Int16)
        if sign == 0xC000 { return "NaN" }
        guard sign == 0 || sign == 0x4000, count >= 0, bytes.count == 8 + count * 2, abs(weight) < 1_000, (0...1_000).contains(scale) else { return nil }
        func group(_ index: Int) -> Int? {
            guard index >= 0, index < count else { return 0 }
            let value = Int(integer(bytes, at: 8 + index * 2) as Int16)
            return (0...9_999).contains(value) ? value : nil
        }
        var text = sign == 0x4000 ? "-" : ""
        if weight < 0 { text += "0" } else {
            for position in 0...weight {
                guard let value = group(position) else { return nil }
                let digits = String(value)
                text += position == 0 ? digits : String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        guard scale > 0 else { return text }
        var fraction = ""
        var position = weight + 1
        while fraction.count < scale {
            // Groups between the point and the first digit that is sent are zero.
            guard let value = position < 0 ? 0 : group(position) else { return nil }
            let digits = String(value)
            fraction += String(repeating: "0", count: 4 - digits.count) + digits
            position += 1
        }
        return text + "." + fraction.prefix(scale)
    }
}
