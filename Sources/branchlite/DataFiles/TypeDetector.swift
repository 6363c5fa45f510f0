import Branching

/// Finds the narrowest type that every value of a text column fits, in the order DuckDB's CSV sniffer tries them:
/// BOOLEAN, BIGINT, DOUBLE, TIME, DATE, TIMESTAMP, else VARCHAR.
struct TypeDetector {
    enum ColumnType: String, CaseIterable {
        case boolean = "BOOLEAN"
        case bigint = "BIGINT"
        case double = "DOUBLE"
        case time = "TIME"
        case date = "DATE"
        case timestamp = "TIMESTAMP"
        case varchar = "VARCHAR"
    }

    private var possible: [Set<ColumnType>]
    private var seen: [Bool]

    init(columns: Int) {
        possible = Array(repeating: Set(ColumnType.allCases), count: columns)
        seen = Array(repeating: false, count: columns)
    }

    /// `text` is a value that is not NULL.
    mutating func observe(_ text: String, column: Int) {
        seen[column] = true
        guard possible[column].count > 1 else { return }
        let bytes = Array(text.utf8)
        possible[column] = possible[column].filter { Self.fits(bytes, $0) }
    }

    /// A column without a single value is VARCHAR.
    func type(column: Int) -> ColumnType {
        guard seen[column] else { return .varchar }
        return ColumnType.allCases.first { possible[column].contains($0) } ?? .varchar
    }

    static func fits(_ bytes: [UInt8], _ type: ColumnType) -> Bool {
        switch type {
        case .varchar: return true
        case .boolean:
            let text = String(decoding: bytes, as: UTF8.self).lowercased()
            return text == "true" || text == "false"
        case .bigint: return isInteger(bytes)
        case .double: return isNumber(bytes)
        case .time: return isTime(bytes[...])
        case .date: return bytes.count == 10 && isDate(bytes[...])
        case .timestamp:
            guard bytes.count >= 10, isDate(bytes[..<10]) else { return false }
            if bytes.count == 10 { return true }
            guard bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "T") else { return false }
            var rest = bytes[11...]
            if rest.last == UInt8(ascii: "Z") { rest.removeLast() }
            return isTime(rest)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// Leading zeros mean a code (a postal code, an account number), which a number would lose: such a column stays text.
    private static func isInteger(_ bytes: [UInt8]) -> Bool {
        let digits = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
        guard !digits.isEmpty, digits.count <= 19, digits.allSatisfy(isDigit) else { return false }
        if digits.count > 1 && digits.first == UInt8(ascii: "0") { return false }
        return Int64(String(decoding: bytes, as: UTF8.self)) != nil
    }

    private static func isNumber(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, isDigit(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: ".") else { return false }
        let unsigned = first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
        if unsigned.count > 1, unsigned.first == UInt8(ascii: "0"), isDigit(unsigned[unsigned.startIndex + 1]) { return false }
        guard bytes.allSatisfy({ isDigit($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }) else { return false }
        return Double(String(decoding: bytes, as: UTF8.self))?.isFinite == true
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard !bytes.isEmpty, bytes.allSatisfy(isDigit) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self))
    }

    private static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
        let start = bytes.startIndex
        guard bytes.count == 10, bytes[start + 4] == UInt8(ascii: "-"), bytes[start + 7] == UInt8(ascii: "-"),
            let year = number(bytes[start ..< start + 4]), let month = number(bytes[start + 5 ..< start + 7]),
            let day = number(bytes[start + 8 ..< start + 10]), (1...12).contains(month)
        else { return false }
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }

    private static func isTime(_ bytes: ArraySlice<UInt8>) -> Bool {
        let start = bytes.startIndex
        guard bytes.count >= 8, bytes[start + 2] == UInt8(ascii: ":"), bytes[start + 5] == UInt8(ascii: ":"),
            let hour = number(bytes[start ..< start + 2]), let minute = number(bytes[start + 3 ..< start + 5]),
            let second = number(bytes[start + 6 ..< start + 8]), hour < 24, minute < 60, second < 60
        else { return false }
        if bytes.count == 8 { return true }
        guard bytes[start + 8] == UInt8(ascii: "."), (10...15).contains(bytes.count) else { return false }
        return number(bytes[(start + 9)...]) != nil
    }
}

extension TypeDetector.ColumnType {
    /// The value as a parameter for a column of this type.
    func jsonValue(_ text: String) -> JSONValue {
        switch self {
        case .boolean: .bool(text.lowercased() == "true")
        case .bigint: Int64(text).map(JSONValue.integer) ?? .string(text)
        case .double: Double(text).map(JSONValue.double) ?? .string(text)
        case .time, .date, .timestamp, .varchar: .string(text)
        }
    }
}
