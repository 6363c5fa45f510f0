/// Values in JSON: exact, whatever number type the reader has.
extension Value {
    /// The largest integer every JSON reader holds exactly (a double's 53 bits).
    public static let largestExactJSONInteger: Int64 = 1 << 53

    /// Appends the value as JSON, in UTF-8: integers within ±2^53 and finite doubles as numbers; wider integers and
    /// decimals as strings of exact digits; `"NaN"`, `"Infinity"`, `"-Infinity"`; dates, times, intervals and UUIDs as
    /// strings as DuckDB prints them; blobs as base64; JSON values as they are.
    public func appendJSON(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .boolean(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value), .hugeint(let value):
            if value.magnitude <= UInt64(Value.largestExactJSONInteger) {
                NumberText.append(value, to: &out)
            } else {
                quoted(&out) { NumberText.append(value, to: &$0) }
            }
        case .double(let value):
            if value.isFinite { NumberText.append(value, to: &out) } else { quoted(&out) { JSONText.appendNonFinite(value, to: &$0) } }
        case .decimal(let unscaled, _, let scale): quoted(&out) { NumberText.appendDecimal(unscaled, scale: scale, to: &$0) }
        case .text(let value): JSONText.appendQuoted(value, to: &out)
        case .blob(let bytes): quoted(&out) { out in bytes.withUnsafeBufferPointer { Base64.append($0, to: &out) } }
        case .json(let value):
            var value = value
            value.withUTF8 { text in
                // A column may claim to be JSON and hold something else; as a string it cannot break the document around it.
                if JSONText.firstError(text) == nil { out.append(contentsOf: text) } else { JSONText.appendQuoted(text, to: &out) }
            }
        case .uuid(let value): JSONText.appendQuoted(value, to: &out)
        case .list(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                item.appendJSON(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .date, .time, .timestamp, .timestampTZ, .interval: quoted(&out) { appendText(to: &$0) }
        }
    }

    /// The value as JSON text.
    public var json: String {
        var out: [UInt8] = []
        appendJSON(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private func quoted(_ out: inout [UInt8], _ content: (inout [UInt8]) -> Void) {
        out.append(UInt8(ascii: "\""))
        content(&out)
        out.append(UInt8(ascii: "\""))
    }

    /// A parameter given as JSON: null, booleans, strings; numbers as integers where they are (and fit 64 bits), else as
    /// doubles; arrays and objects as JSON values.
    /// - Returns: `nil` when the text is no JSON value.
    public init?(jsonText: String) {
        var jsonText = jsonText
        let parsed: Value? = jsonText.withUTF8 { bytes in
            guard JSONText.firstError(bytes) == nil else { return nil }
            let text = NumberText.trimmed(bytes)
            switch text.first {
            case UInt8(ascii: "n"): return .null
            case UInt8(ascii: "t"): return .boolean(true)
            case UInt8(ascii: "f"): return .boolean(false)
            case UInt8(ascii: "\""): return JSONText.unquoted(text).map { .text(String(decoding: $0, as: UTF8.self)) }
            case UInt8(ascii: "{"), UInt8(ascii: "["): return .json(String(decoding: text, as: UTF8.self))
            default:
                let isInteger = !text.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
                if isInteger, case .value(let value) = NumberText.scaled(text, scale: 0) { return .integer(value) }
                return NumberText.double(text).map { .double($0) }
            }
        }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Appends a JSON string literal, for writers of whole documents around values.
    public static func appendJSONString(_ text: String, to out: inout [UInt8]) { JSONText.appendQuoted(text, to: &out) }
}
