import SQLDialect

/// Between a typed value and its storage form (docs/dialect.md).
extension Value {
    /// Reads a stored value as a type says.
    ///
    /// SQLite may hold anything in any column: a value whose storage class does not fit the type (text in a DATE column of
    /// an imported file, say) is taken for what it is, so that nothing is ever lost or misread.
    public init(stored: SQLiteValue, type: DuckType) {
        switch stored {
        case .null: self = .null
        case .integer(let value): self = Value(integer: value, type: type)
        case .real(let value):
            if type == .float {
                // The double nearest to the shortest text of the 32-bit value: 0.1, not 0.10000000149011612.
                self = .double(Double(Float(value).description) ?? value)
            } else {
                self = .double(value)
            }
        case .text(let text):
            switch type {
            case .json: self = .json(text)
            case .uuid: self = .uuid(text)
            case .list(let element): self = Value(storedList: text, element: element) ?? .text(text)
            default: self = .text(text)
            }
        // People and wires take nothing but UTF-8.
        case .malformedText(let bytes): self = .text(String(decoding: bytes, as: UTF8.self))
        case .blob(let bytes):
            if type == .interval, let interval = Interval(stored: bytes) {
                self = .interval(months: interval.months, days: interval.days, micros: interval.micros)
            } else {
                self = .blob(bytes)
            }
        }
    }

    /// The elements of a stored list; nil when the text is none.
    private init?(storedList text: String, element: DuckType) {
        var text = text
        guard let elements = text.withUTF8({ ListElements.parse($0) }) else { return nil }
        self = .list(elements.map { Value(stored: ListElements.stored($0), type: element) })
    }

    /// The element's JSON text in the storage form of a list.
    private func appendElement(to out: inout [UInt8]) {
        switch stored {
        case .null: out.append(contentsOf: "null".utf8)
        case .integer(let value): NumberText.append(value, to: &out)
        case .real(let value):
            if value.isFinite { NumberText.append(value, to: &out) } else { out.append(contentsOf: (value < 0 ? "-9e999" : "9e999").utf8) }
        case .text(let text): if case .list = self { out.append(contentsOf: text.utf8) } else { JSONText.appendQuoted(text, to: &out) }
        // Lists of BLOB and INTERVAL there are none; as text they are legible at least.
        case .malformedText, .blob: JSONText.appendQuoted(text, to: &out)
        }
    }

    private init(integer value: Int64, type: DuckType) {
        switch type {
        case .boolean: self = value == 0 || value == 1 ? .boolean(value == 1) : .integer(value)
        case .decimal(let precision, let scale): self = .decimal(unscaled: value, precision: precision, scale: scale)
        case .date: self = Int32(exactly: value).map { .date(days: $0) } ?? .integer(value)
        case .time: self = (0...Calendar.microsPerDay).contains(value) ? .time(micros: value) : .integer(value)
        case .timestamp: self = .timestamp(micros: value)
        case .timestampTZ: self = .timestampTZ(micros: value)
        case .hugeint, .ubigint: self = .hugeint(value)
        case .float, .double: self = .double(Double(value))
        default: self = .integer(value)
        }
    }

    /// The storage form: what is bound to a parameter or written to a column of the duckdb dialect.
    public var stored: SQLiteValue {
        switch self {
        case .null: .null
        case .boolean(let value): .integer(value ? 1 : 0)
        case .integer(let value), .hugeint(let value), .decimal(let value, _, _): .integer(value)
        case .double(let value): .real(value)
        case .text(let value), .json(let value), .uuid(let value): .text(value)
        case .blob(let bytes): .blob(bytes)
        case .list(let items): .text(Value.storedList(items))
        case .date(let days): .integer(Int64(days))
        case .time(let micros), .timestamp(let micros), .timestampTZ(let micros): .integer(micros)
        case .interval(let months, let days, let micros): .blob(Interval(months: months, days: days, micros: micros).stored)
        }
    }

    private static func storedList(_ items: [Value]) -> String {
        var out: [UInt8] = [UInt8(ascii: "[")]
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            item.appendElement(to: &out)
        }
        out.append(UInt8(ascii: "]"))
        return String(decoding: out, as: UTF8.self)
    }

    /// What an ordinary SQLite file should hold in its place: ISO text for dates and times, exact text for decimals with a
    /// fraction, everything else as it is stored.
    public var exported: SQLiteValue {
        switch self {
        case .date, .time, .timestamp, .timestampTZ, .interval: .text(text)
        case .list: .text(json)
        case .decimal(let unscaled, _, let scale): scale == 0 ? .integer(unscaled) : .text(CastCall.text(of: unscaled, scale: scale))
        default: stored
        }
    }

    public var isNull: Bool { self == .null }

    /// The type that a value has by itself; `.null` for NULL, BIGINT for every integer.
    public var naturalType: DuckType {
        switch self {
        case .null: .null
        case .boolean: .boolean
        case .integer: .bigint
        case .hugeint: .hugeint
        case .double: .double
        case .decimal(_, let precision, let scale): .decimal(precision: precision, scale: scale)
        case .text: .varchar
        case .blob: .blob
        case .date: .date
        case .time: .time
        case .timestamp: .timestamp
        case .timestampTZ: .timestampTZ
        case .interval: .interval
        case .json: .json
        case .uuid: .uuid
        case .list(let items): .list(items.lazy.map(\.naturalType).first { $0 != .null } ?? .null)
        }
    }
}

/// As text.
extension Value: CustomStringConvertible {
    public var description: String { text }

    /// The value as DuckDB prints it; `NULL` for NULL.
    public var text: String {
        if case .text(let value) = self { return value }
        var out: [UInt8] = []
        appendText(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends the value as DuckDB prints it, in UTF-8.
    public func appendText(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "NULL".utf8)
        case .boolean(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value), .hugeint(let value): NumberText.append(value, to: &out)
        case .double(let value): NumberText.append(value, to: &out)
        case .decimal(let unscaled, let precision, let scale):
            // DuckDB leaves out the zero before the point of a decimal that has no digits there at all.
            if precision == scale, scale > 0, scale < powersOfTen.count, unscaled.magnitude < UInt64(powersOfTen[scale]) {
                if unscaled < 0 { out.append(UInt8(ascii: "-")) }
                out.append(UInt8(ascii: "."))
                NumberText.append(unscaled.magnitude, width: scale, to: &out)
            } else {
                NumberText.appendDecimal(unscaled, scale: scale, to: &out)
            }
        case .text(let value), .json(let value), .uuid(let value): out.append(contentsOf: value.utf8)
        case .blob(let bytes): bytes.withUnsafeBufferPointer { TemporalText.appendBlob($0, to: &out) }
        case .date(let days): TemporalText.appendDate(Int64(days), to: &out)
        case .time(let micros): TemporalText.appendTime(micros, to: &out)
        case .timestamp(let micros): TemporalText.appendTimestamp(micros, to: &out)
        case .timestampTZ(let micros): TemporalText.appendTimestampTZ(micros, to: &out)
        case .interval(let months, let days, let micros):
            TemporalText.appendInterval(Interval(months: months, days: days, micros: micros), to: &out)
        case .list(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(contentsOf: ", ".utf8) }
                item.appendListItem(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        }
    }

    /// The value inside the text of a list: in quotes where it would not be read back otherwise.
    private func appendListItem(to out: inout [UInt8]) {
        switch self {
        case .null, .list: appendText(to: &out)
        default:
            let bytes = Array(text.utf8)
            let isPlain = !bytes.isEmpty && bytes.first != 32 && bytes.last != 32 && !equalsNull(bytes)
                && !bytes.contains { "'\"\\,:=()[]{}".utf8.contains($0) }
            guard !isPlain else { out += bytes; return }
            out.append(UInt8(ascii: "'"))
            for byte in bytes {
                if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
                out.append(byte)
            }
            out.append(UInt8(ascii: "'"))
        }
    }

    private func equalsNull(_ bytes: [UInt8]) -> Bool { bytes.count == 4 && String(decoding: bytes, as: UTF8.self).lowercased() == "null" }
}
