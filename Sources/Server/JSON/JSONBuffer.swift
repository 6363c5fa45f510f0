import Branching

/// Builds JSON text in a byte buffer.
///
/// Results of queries go straight from typed values to bytes through this, without an intermediate tree.
struct JSONBuffer: Sendable {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    var count: Int { bytes.count }

    /// Appends text that is JSON already.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Appends bytes that are JSON already.
    mutating func raw(_ json: [UInt8]) { bytes.append(contentsOf: json) }

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    /// Takes bytes appended by `body` as they are.
    mutating func append(_ body: (inout [UInt8]) -> Void) { body(&bytes) }

    /// A quoted JSON string.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: $0) }
    }

    /// A quoted JSON string holding `json`, which is itself JSON text: how MCP carries a result as text.
    mutating func string(quoting json: [UInt8]) {
        json.withUnsafeBufferPointer { string(utf8: $0) }
    }

    /// A quoted JSON string of valid UTF-8.
    mutating func string(utf8 text: UnsafeBufferPointer<UInt8>) {
        bytes.reserveCapacity(bytes.count + text.count + 2)
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte >= 0x20, byte != 0x22, byte != 0x5C {
                index += 1
                continue
            }
            if index > start { bytes.append(contentsOf: text[start..<index]) }
            escape(byte)
            index += 1
            start = index
        }
        if index > start { bytes.append(contentsOf: text[start..<index]) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: raw("\\\"")
        case 0x5C: raw("\\\\")
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        default:
            raw("\\u00")
            bytes.append(Self.hexDigit(byte >> 4))
            bytes.append(Self.hexDigit(byte & 15))
        }
    }

    static func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10 }

    mutating func integer(_ number: some FixedWidthInteger) {
        bytes.append(contentsOf: String(number).utf8)
    }

    /// The shortest text that reads back as the same number; what JSON has no number for is a string.
    mutating func double(_ number: Double) {
        if number.isNaN {
            raw("\"NaN\"")
        } else if number.isInfinite {
            if number < 0 { raw("\"-Infinity\"") } else { raw("\"Infinity\"") }
        } else {
            bytes.append(contentsOf: number.description.utf8)
        }
    }

    mutating func bool(_ flag: Bool) {
        if flag { raw("true") } else { raw("false") }
    }

    /// Any JSON value; members of objects in the order of their names, so that the same value is always the same text.
    mutating func value(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): bool(flag)
        case .integer(let number): integer(number)
        case .double(let number): double(number)
        case .string(let text): string(text)
        case .array(let items):
            raw("[")
            for (index, item) in items.enumerated() {
                if index > 0 { raw(",") }
                self.value(item)
            }
            raw("]")
        case .object(let members):
            raw("{")
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { raw(",") }
                string(member.key)
                raw(":")
                self.value(member.value)
            }
            raw("}")
        }
    }
}

extension JSONValue {
    /// This value as JSON text.
    var jsonBytes: [UInt8] {
        var buffer = JSONBuffer()
        buffer.value(self)
        return buffer.bytes
    }
}
