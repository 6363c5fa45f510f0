/// The storage form of lists, a JSON array of the elements' storage forms, and the texts that a list is read from.
public enum ListText {
    /// An element of a list that was written as text.
    public enum Item: Sendable, Equatable {
        case null
        case text(String)
        case list([Item])
    }

    /// Lists inside each other, in text.
    static let maximumDepth = 64

    /// Reads PostgreSQL's `{1,NULL,"a b"}`, DuckDB's `[1, NULL, 'a b']`, or a JSON array; nil for anything else.
    public static func parse(_ text: String) -> [Item]? {
        var reader = Reader(bytes: Array(text.utf8))
        reader.skipSpaces()
        guard let items = reader.list(depth: 0) else { return nil }
        reader.skipSpaces()
        return reader.index == reader.bytes.count ? items : nil
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        var current: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func skipSpaces() { while let byte = current, byte == 32 || (9...13).contains(byte) { index += 1 } }

        mutating func list(depth: Int) -> [Item]? {
            guard depth < ListText.maximumDepth, let opening = current, opening == UInt8(ascii: "{") || opening == UInt8(ascii: "[") else { return nil }
            let closing: UInt8 = opening == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
            index += 1
            skipSpaces()
            var items: [Item] = []
            if current == closing { index += 1; return items }
            while true {
                guard let item = item(closing: closing, depth: depth) else { return nil }
                items.append(item)
                skipSpaces()
                guard let byte = current else { return nil }
                index += 1
                if byte == closing { return items }
                guard byte == UInt8(ascii: ",") else { return nil }
                skipSpaces()
            }
        }

        private mutating func item(closing: UInt8, depth: Int) -> Item? {
            guard let byte = current else { return nil }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { return list(depth: depth + 1).map { .list($0) } }
            if byte == UInt8(ascii: "\"") || (byte == UInt8(ascii: "'") && closing == UInt8(ascii: "]")) { return quoted(byte, json: byte == UInt8(ascii: "\"") && closing == UInt8(ascii: "]")).map { .text($0) } }
            var out: [UInt8] = []
            while let byte = current, byte != UInt8(ascii: ","), byte != closing {
                if byte == UInt8(ascii: "\\"), index + 1 < bytes.count { index += 1 }
                out.append(bytes[index])
                index += 1
            }
            while let last = out.last, last == 32 || (9...13).contains(last) { out.removeLast() }
            guard !out.isEmpty else { return nil }
            let text = String(decoding: out, as: UTF8.self)
            return equalIgnoringASCIICase(text, "null") ? .null : .text(text)
        }

        /// A quoted element; a backslash takes the next byte as it is, but for JSON's letters in JSON's quotes.
        private mutating func quoted(_ quote: UInt8, json: Bool) -> String? {
            index += 1
            var out: [UInt8] = []
            while let byte = current {
                index += 1
                if byte == quote {
                    guard current == quote, quote == UInt8(ascii: "'") else { return String(decoding: out, as: UTF8.self) }
                    index += 1
                    out.append(quote)
                } else if byte == UInt8(ascii: "\\"), let escaped = current {
                    index += 1
                    if json { appendEscape(escaped, to: &out) } else { out.append(escaped) }
                } else {
                    out.append(byte)
                }
            }
            return nil
        }

        private mutating func appendEscape(_ escaped: UInt8, to out: inout [UInt8]) {
            switch escaped {
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "u"):
                guard var code = hexCode() else { out.append(escaped); return }
                if (0xD800 ..< 0xDC00).contains(code), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") {
                    index += 2
                    if let low = hexCode(), (0xDC00 ..< 0xE000).contains(low) { code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) }
                }
                out.append(contentsOf: String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")).utf8)
            default: out.append(escaped)
            }
        }

        private mutating func hexCode() -> UInt32? {
            guard index + 4 <= bytes.count, let code = UInt32(String(decoding: bytes[index ..< index + 4], as: UTF8.self), radix: 16) else { return nil }
            index += 4
            return code
        }
    }

    // MARK: - Writing

    /// Appends a JSON string with the escapes that JSON asks for and no others.
    public static func appendString(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\u{08}": out += "\\b"
            case "\t": out += "\\t"
            case "\n": out += "\\n"
            case "\u{0C}": out += "\\f"
            case "\r": out += "\\r"
            case _ where scalar.value < 32: out += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }

    /// The items as a stored list of texts.
    public static func json(_ items: [Item]) -> String {
        var out = ""
        append(items, to: &out)
        return out
    }

    private static func append(_ items: [Item], to out: inout String) {
        out += "["
        for (index, item) in items.enumerated() {
            if index > 0 { out += "," }
            switch item {
            case .null: out += "null"
            case .text(let text): appendString(text, to: &out)
            case .list(let inner): append(inner, to: &out)
            }
        }
        out += "]"
    }

    /// The stored list of constants of one type; nil when one has no JSON form.
    static func json(_ constants: [Constant], of element: DuckType) -> String? {
        var out = "["
        for (index, constant) in constants.enumerated() {
            if index > 0 { out += "," }
            switch constant {
            case .null: out += "null"
            case .boolean(let value): out += value ? "1" : "0"
            case .integer(let value): out += String(value)
            case .text(let text): if element.element != nil { out += text } else { appendString(text, to: &out) }
            // How the run time prints a double is its own.
            case .double, .blob: return nil
            }
        }
        return out + "]"
    }

    /// The stored list that a text stands for, where every element is a canonical constant.
    static func folded(_ text: String, as element: DuckType) -> String? {
        guard let items = parse(text) else { return nil }
        return folded(items, as: element)
    }

    private static func folded(_ items: [Item], as element: DuckType) -> String? {
        var constants: [Constant] = []
        for item in items {
            switch item {
            case .null: constants.append(.null)
            case .text(let text):
                guard element.element == nil, let constant = ConstantFolding.read(text, as: element) else { return nil }
                constants.append(constant)
            case .list(let inner):
                guard let below = element.element, let json = folded(inner, as: below) else { return nil }
                constants.append(.text(json))
            }
        }
        return json(constants, of: element)
    }
}

extension DuckType {
    /// The run time's function that makes a key of what does not order by its storage form.
    var orderKey: String? {
        switch self {
        case .interval: "bl_interval_key"
        case .list: "bl_list_key"
        default: nil
        }
    }

    /// The list type with VARCHAR at its bottom: what a text is read as before its elements are cast.
    var textList: DuckType {
        if case .list(let element) = self { .list(element.textList) } else { .varchar }
    }
}
