import Branching

/// What is wrong with a JSON text and where.
struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    /// Bytes from the start of the text.
    let offset: Int
    let problem: String
    var description: String { "\(problem) at byte \(offset)" }
}

/// A strict JSON parser (RFC 8259) from UTF-8 bytes to ``JSONValue``.
///
/// Requests can carry statements of many megabytes; strings without escapes are taken in one piece.
struct JSONReader {
    /// Deeper nesting than this is refused, so that hostile input cannot exhaust the stack.
    static let maximumDepth = 256

    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0

    private init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// - Throws: ``JSONSyntaxError`` when `bytes` is not exactly one JSON value.
    static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONSyntaxError) -> JSONValue in try parse(buffer) }
    }

    static func parse(_ text: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> JSONValue {
        var reader = JSONReader(text)
        // A byte order mark is not JSON, but some clients send one.
        if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { reader.position = 3 }
        reader.skipSpace()
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        if reader.position < text.count { throw reader.failure("unexpected text after the value") }
        return value
    }

    private func failure(_ problem: String) -> JSONSyntaxError { JSONSyntaxError(offset: position, problem: problem) }

    private var current: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        if depth > Self.maximumDepth { throw failure("nested deeper than \(Self.maximumDepth)") }
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw failure("the text ends where a value is expected")
        case .some(let byte):
            guard byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                throw failure("a value is expected")
            }
            return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let matches = word.withUTF8Buffer { expected in
            position + expected.count <= text.count && text[position..<position + expected.count].elementsEqual(expected)
        }
        guard matches else { throw failure("a value is expected") }
        position += word.utf8CodeUnitCount
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            guard current == UInt8(ascii: "\"") else { throw failure("a member name is expected") }
            let name = try string()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw failure("':' is expected") }
            position += 1
            skipSpace()
            members[name] = try value(depth: depth + 1)
            skipSpace()
            switch current {
            case UInt8(ascii: ","):
                position += 1
                skipSpace()
            case UInt8(ascii: "}"):
                position += 1
                return .object(members)
            default: throw failure("',' or '}' is expected")
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var items: [JSONValue] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(items)
        }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            switch current {
            case UInt8(ascii: ","):
                position += 1
                skipSpace()
            case UInt8(ascii: "]"):
                position += 1
                return .array(items)
            default: throw failure("',' or ']' is expected")
            }
        }
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        skipDigits()
        guard position > firstDigit else { throw failure("a digit is expected") }
        if text[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 { throw failure("a number has a leading zero") }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            let fraction = position
            skipDigits()
            guard position > fraction else { throw failure("a digit is expected") }
        }
        if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            let exponent = position
            skipDigits()
            guard position > exponent else { throw failure("a digit is expected") }
        }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        if isInteger, let number = Int64(digits) { return .integer(number) }
        guard let number = Double(digits) else { throw failure("not a number") }
        return .double(number)
    }

    private mutating func skipDigits() {
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if current == UInt8(ascii: "\"") {
            let piece = text[start..<position]
            position += 1
            return try validated(piece)
        }
        var bytes = [UInt8](text[start..<position])
        while true {
            switch current {
            case UInt8(ascii: "\""):
                position += 1
                return try bytes.withUnsafeBufferPointer { (buffer) throws(JSONSyntaxError) -> String in try validated(buffer[...]) }
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            case nil: throw failure("the text ends inside a string")
            case .some(let byte) where byte < 0x20: throw failure("a control character in a string must be escaped")
            case .some:
                let piece = position
                while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
                bytes.append(contentsOf: text[piece..<position])
            }
        }
    }

    private func validated(_ piece: Slice<UnsafeBufferPointer<UInt8>>) throws(JSONSyntaxError) -> String {
        guard let string = String(validating: piece, as: UTF8.self) else { throw failure("a string is not valid UTF-8") }
        return string
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONSyntaxError) {
        position += 1
        guard let byte = current else { throw failure("the text ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            let first = try codeUnit()
            var scalar = UInt32(first)
            if first & 0xFC00 == 0xD800, current == UInt8(ascii: "\\"), position + 1 < text.count, text[position + 1] == UInt8(ascii: "u") {
                let mark = position
                position += 2
                let second = try codeUnit()
                if second & 0xFC00 == 0xDC00 {
                    scalar = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
                } else {
                    position = mark
                }
            }
            // A lone surrogate is no character: the replacement character stands for it.
            bytes.append(contentsOf: String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
        default: throw failure("unknown escape in a string")
        }
    }

    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        guard position + 4 <= text.count else { throw failure("the text ends inside a string") }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(text[position])).hexDigitValue else { throw failure("a hexadecimal digit is expected") }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
