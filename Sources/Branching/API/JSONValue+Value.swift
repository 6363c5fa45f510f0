import Engine

extension Value {
    /// The value as SEMANTICS section 5 writes it in JSON: exact, whatever number type the reader has.
    public var jsonValue: JSONValue {
        switch self {
        case .null: .null
        case .boolean(let flag): .bool(flag)
        case .integer(let number), .hugeint(let number):
            number.magnitude <= UInt64(Value.largestExactJSONInteger) ? .integer(number) : .string(text)
        case .double(let number) where number.isFinite: .double(number)
        case .double(let number): .string(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
        case .text(let text), .uuid(let text): .string(text)
        case .json(let text): JSONValue(parsing: text) ?? .string(text)
        // Base64 has no character that JSON escapes: the quotes around it are all there is to take away.
        case .blob: .string(String(json.dropFirst().dropLast()))
        case .list(let items): .array(items.map(\.jsonValue))
        case .decimal, .date, .time, .timestamp, .timestampTZ, .interval: .string(text)
        }
    }
}
