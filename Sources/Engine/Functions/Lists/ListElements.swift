import CSQLite
import SQLDialect

/// The storage form of a list, element by element: a JSON array of numbers, strings, nulls and arrays.
enum ListElements {
    /// The elements' own JSON texts; nil when the text is no JSON array.
    static func parse(_ text: Bytes) -> [[UInt8]]? {
        var cursor = JSONText.Cursor(text)
        cursor.skipSpaces()
        guard cursor.current == UInt8(ascii: "[") else { return nil }
        cursor.index += 1
        cursor.skipSpaces()
        var elements: [[UInt8]] = []
        if cursor.current == UInt8(ascii: "]") {
            cursor.index += 1
        } else {
            while true {
                let start = cursor.index
                guard cursor.skipValue(depth: 1) else { return nil }
                elements.append(canonical(Bytes(rebasing: text[start..<cursor.index])))
                cursor.skipSpaces()
                guard let byte = cursor.current else { return nil }
                cursor.index += 1
                if byte == UInt8(ascii: "]") { break }
                guard byte == UInt8(ascii: ",") else { return nil }
                cursor.skipSpaces()
            }
        }
        cursor.skipSpaces()
        return cursor.index == text.count ? elements : nil
    }

    /// One text for one value: strings with the escapes that we write, truth values as the numbers they are stored as.
    private static func canonical(_ text: Bytes) -> [UInt8] {
        switch text.first {
        case UInt8(ascii: "\"") where text.contains(UInt8(ascii: "\\")):
            guard let content = JSONText.unquoted(text) else { return [UInt8](text) }
            var out: [UInt8] = []
            content.withUnsafeBufferPointer { JSONText.appendQuoted($0, to: &out) }
            return out
        case UInt8(ascii: "t"): return [UInt8(ascii: "1")]
        case UInt8(ascii: "f"): return [UInt8(ascii: "0")]
        case UInt8(ascii: "["): return parse(text).map(join) ?? [UInt8](text)
        default: return [UInt8](text)
        }
    }

    static func join(_ elements: some Collection<[UInt8]>) -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "[")]
        out.reserveCapacity(elements.reduce(2) { $0 + $1.count + 1 })
        for (index, element) in elements.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out += element
        }
        out.append(UInt8(ascii: "]"))
        return out
    }

    static let null = Array("null".utf8)

    /// The JSON text of a stored value.
    /// - Parameter isRaw: the value is a list itself.
    static func element(_ call: Call, _ index: Int, isRaw: Bool = false, isDocument: Bool = false) -> [UInt8]? {
        var out: [UInt8] = []
        switch call.type(index) {
        case SQLITE_NULL: return null
        case SQLITE_INTEGER: NumberText.append(call.int(index), to: &out)
        case SQLITE_FLOAT:
            let value = call.double(index)
            // What SQLite reads as infinity.
            if value.isFinite { NumberText.append(value, to: &out) } else { out += Array((value < 0 ? "-9e999" : "9e999").utf8) }
        case SQLITE_TEXT:
            if isDocument { return [UInt8](call.text(index)) }
            if isRaw { return canonical(call.text(index)) }
            JSONText.appendQuoted(call.text(index), to: &out)
        default:
            call.fail("BL_UNSUPPORTED: a list cannot hold a BLOB")
            return nil
        }
        return out
    }

    /// The stored value that an element's text means.
    static func stored(_ element: [UInt8]) -> SQLiteValue {
        element.withUnsafeBufferPointer { bytes in
            switch bytes.first {
            case UInt8(ascii: "n"): return .null
            case UInt8(ascii: "t"): return .integer(1)
            case UInt8(ascii: "f"): return .integer(0)
            case UInt8(ascii: "\""): return .text(String(decoding: JSONText.unquoted(bytes) ?? [], as: UTF8.self))
            case UInt8(ascii: "["), UInt8(ascii: "{"): return .text(String(decoding: bytes, as: UTF8.self))
            default:
                let text = String(decoding: bytes, as: UTF8.self)
                if let whole = Int64(text) { return .integer(whole) }
                return .real(Double(text) ?? 0)
            }
        }
    }

    /// Negative, zero or positive as a list comes before, beside or behind another: element by element, NULLs last, the
    /// shorter one first.
    static func compare(_ a: [[UInt8]], _ b: [[UInt8]]) -> Int {
        for (x, y) in zip(a, b) {
            let order = compare(x, y)
            if order != 0 { return order }
        }
        return a.count - b.count
    }

    static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
        if a == b { return 0 }
        switch (stored(a), stored(b)) {
        case (.null, _): return 1
        case (_, .null): return -1
        case (.integer(let x), .integer(let y)): return x < y ? -1 : x > y ? 1 : 0
        case (.integer(let x), .real(let y)): return Double(x) < y ? -1 : Double(x) > y ? 1 : 0
        case (.real(let x), .integer(let y)): return x < Double(y) ? -1 : x > Double(y) ? 1 : 0
        case (.real(let x), .real(let y)): return x < y ? -1 : x > y ? 1 : 0
        case (.text(let x), .text(let y)):
            if a.first == UInt8(ascii: "["), b.first == UInt8(ascii: "["), let m = a.withUnsafeBufferPointer({ parse($0) }), let n = b.withUnsafeBufferPointer({ parse($0) }) {
                return compare(m, n)
            }
            return x == y ? 0 : x.utf8.lexicographicallyPrecedes(y.utf8) ? -1 : 1
        default: return a.lexicographicallyPrecedes(b) ? -1 : 1
        }
    }

    // MARK: - Keys

    /// Appends bytes that order as lists do.
    static func appendKey(_ elements: [[UInt8]], to out: inout [UInt8]) {
        for element in elements {
            switch stored(element) {
            case .null: out.append(0xFF)
            case .integer(let value):
                out.append(1)
                appendNumber(Double(value), to: &out)
                // Whole numbers that one double stands for are told apart by themselves.
                appendBigEndian(UInt64(bitPattern: value) ^ 1 << 63, to: &out)
            case .real(let value):
                out.append(1)
                appendNumber(value, to: &out)
                appendBigEndian(1 << 63, to: &out)
            case .text(let text):
                if element.first == UInt8(ascii: "["), let inner = element.withUnsafeBufferPointer({ parse($0) }) {
                    out.append(2)
                    appendKey(inner, to: &out)
                } else {
                    out.append(3)
                    for byte in text.utf8 {
                        out.append(byte)
                        if byte == 0 { out.append(1) }
                    }
                    out.append(0)
                    out.append(0)
                }
            case .malformedText, .blob: break
            }
        }
        out.append(0)
    }

    private static func appendNumber(_ value: Double, to out: inout [UInt8]) {
        let bits = (value == 0 ? 0 : value).bitPattern
        appendBigEndian(bits >> 63 == 0 ? bits | 1 << 63 : ~bits, to: &out)
    }

    private static func appendBigEndian(_ value: UInt64, to out: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { out.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }
}

extension Call {
    /// A list argument; a malformed one is reported, and nil.
    func list(_ index: Int) -> [[UInt8]]? {
        if let elements = ListElements.parse(text(index)) { return elements }
        fail("BL_CONVERSION: '\(String(string(index).prefix(200)))' is no list")
        return nil
    }

    func result(list elements: some Collection<[UInt8]>) {
        let out = ListElements.join(elements)
        if out.count > lengthLimit { failTooBig() } else { result(text: out) }
    }

    func result(element: [UInt8]) {
        switch ListElements.stored(element) {
        case .null: resultNull()
        case .integer(let value): result(value)
        case .real(let value): result(value)
        case .text(let value): result(text: value)
        case .malformedText(let bytes), .blob(let bytes): result(text: bytes)
        }
    }
}
