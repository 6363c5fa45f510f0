/// JSON at the level of its text: checking, quoting, unquoting and skipping over values, without building a tree.
enum JSONText {
    /// Arrays and objects inside each other; the same bound SQLite's own JSON functions have.
    static let maximumDepth = 1000

    // MARK: Writing

    /// A string literal with the escapes JSON requires; invalid UTF-8 passes through as it is.
    static func appendQuoted(_ text: Bytes, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var clean = 0
        for index in 0..<text.count {
            let byte = text[index]
            if byte >= 32, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
            out.append(contentsOf: text[clean..<index])
            clean = index + 1
            out.append(UInt8(ascii: "\\"))
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(byte)
            case 8: out.append(UInt8(ascii: "b"))
            case 9: out.append(UInt8(ascii: "t"))
            case 10: out.append(UInt8(ascii: "n"))
            case 12: out.append(UInt8(ascii: "f"))
            case 13: out.append(UInt8(ascii: "r"))
            default:
                out.append(contentsOf: "u00".utf8)
                TemporalText.appendHex(byte, to: &out, lowerCase: true)
            }
        }
        out.append(contentsOf: text[clean...])
        out.append(UInt8(ascii: "\""))
    }

    static func appendQuoted(_ text: String, to out: inout [UInt8]) {
        var text = text
        text.withUTF8 { appendQuoted($0, to: &out) }
    }

    /// `NaN`, `Infinity`, `-Infinity`, without quotes.
    static func appendNonFinite(_ value: Double, to out: inout [UInt8]) {
        out.append(contentsOf: (value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity").utf8)
    }

    // MARK: Reading

    /// The offset of the first byte that makes the text no JSON value; `nil` when it is one.
    static func firstError(_ text: Bytes) -> Int? {
        var cursor = Cursor(text)
        cursor.skipSpaces()
        guard cursor.skipValue(depth: 0) else { return min(cursor.index, text.count) }
        cursor.skipSpaces()
        return cursor.index == text.count ? nil : cursor.index
    }

    /// The content of a string literal; `nil` when it is not exactly one.
    static func unquoted(_ text: Bytes) -> [UInt8]? {
        guard text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = 1
        let end = text.count - 1
        while index < end {
            let byte = text[index]
            guard byte == UInt8(ascii: "\\") else {
                if byte == UInt8(ascii: "\"") { return nil }
                out.append(byte)
                index += 1
                continue
            }
            guard index + 1 < end else { return nil }
            index += 2
            switch text[index - 1] {
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "u"):
                guard var code = hex4(text, index, end) else { return nil }
                index += 4
                if (0xD800..<0xDC00).contains(code), index + 6 <= end, text[index] == UInt8(ascii: "\\"),
                   text[index + 1] == UInt8(ascii: "u"), let low = hex4(text, index + 2, end), (0xDC00..<0xE000).contains(low)
                {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                let scalar = Unicode.Scalar(code) ?? Unicode.Scalar(0xFFFD)
                if let scalar { out.append(contentsOf: Character(scalar).utf8) }
            default: out.append(text[index - 1])
            }
        }
        return out
    }

    private static func hex4(_ text: Bytes, _ at: Int, _ end: Int) -> UInt32? {
        guard at + 4 <= end else { return nil }
        var value: UInt32 = 0
        for index in at..<(at + 4) {
            guard let digit = NumberText.hexDigit(text[index]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Moves over JSON text value by value.
    struct Cursor {
        let text: Bytes
        var index = 0

        init(_ text: Bytes) { self.text = text }

        var current: UInt8? { index < text.count ? text[index] : nil }

        mutating func skipSpaces() {
            while index < text.count, text[index] == 32 || (9...10).contains(text[index]) || text[index] == 13 { index += 1 }
        }

        /// Steps over one value; leaves `index` at the fault when there is none.
        mutating func skipValue(depth: Int) -> Bool {
            guard let byte = current, depth < JSONText.maximumDepth else { return false }
            switch byte {
            case UInt8(ascii: "{"):
                index += 1
                skipSpaces()
                if current == UInt8(ascii: "}") { index += 1; return true }
                while true {
                    guard current == UInt8(ascii: "\""), skipString() else { return false }
                    skipSpaces()
                    guard current == UInt8(ascii: ":") else { return false }
                    index += 1
                    skipSpaces()
                    guard skipValue(depth: depth + 1) else { return false }
                    skipSpaces()
                    if current == UInt8(ascii: "}") { index += 1; return true }
                    guard current == UInt8(ascii: ",") else { return false }
                    index += 1
                    skipSpaces()
                }
            case UInt8(ascii: "["):
                index += 1
                skipSpaces()
                if current == UInt8(ascii: "]") { index += 1; return true }
                while true {
                    guard skipValue(depth: depth + 1) else { return false }
                    skipSpaces()
                    if current == UInt8(ascii: "]") { index += 1; return true }
                    guard current == UInt8(ascii: ",") else { return false }
                    index += 1
                    skipSpaces()
                }
            case UInt8(ascii: "\""): return skipString()
            case UInt8(ascii: "t"): return skipWord("true")
            case UInt8(ascii: "f"): return skipWord("false")
            case UInt8(ascii: "n"): return skipWord("null")
            default: return skipNumber()
            }
        }

        mutating func skipString() -> Bool {
            index += 1
            while let byte = current {
                if byte == UInt8(ascii: "\"") { index += 1; return true }
                if byte < 32 { return false }
                if byte == UInt8(ascii: "\\") {
                    index += 1
                    guard let escaped = current else { return false }
                    if escaped == UInt8(ascii: "u") {
                        for offset in 1...4 {
                            guard index + offset < text.count, NumberText.hexDigit(text[index + offset]) != nil else { return false }
                        }
                        index += 4
                    } else {
                        guard "\"\\/bfnrt".utf8.contains(escaped) else { return false }
                    }
                }
                index += 1
            }
            return false
        }

        private mutating func skipWord(_ word: StaticString) -> Bool {
            let length = word.utf8CodeUnitCount
            guard index + length <= text.count else { return false }
            for offset in 0..<length where text[index + offset] != word.utf8Start[offset] { return false }
            index += length
            return true
        }

        private mutating func skipDigits() -> Int {
            let start = index
            while let byte = current, NumberText.isDigit(byte) { index += 1 }
            return index - start
        }

        private mutating func skipNumber() -> Bool {
            if current == UInt8(ascii: "-") { index += 1 }
            let leadingZero = current == 48
            let whole = skipDigits()
            guard whole > 0, !leadingZero || whole == 1 else { return false }
            if current == UInt8(ascii: ".") {
                index += 1
                guard skipDigits() > 0 else { return false }
            }
            if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
                index += 1
                if current == UInt8(ascii: "-") || current == UInt8(ascii: "+") { index += 1 }
                guard skipDigits() > 0 else { return false }
            }
            return true
        }
    }
}
