import Branching
import Engine
import Foundation

/// Typed values on the local socket: nothing is lost, so that a query through the owner answers exactly as one in the process.
///
/// What JSON has a form for is that form (null, booleans, integers, finite doubles, strings); all else is an array whose first item
/// names the type.
enum WireValue {
    static func append(_ value: Value, to buffer: inout JSONBuffer) {
        switch value {
        case .null: buffer.raw("null")
        case .boolean(let flag): buffer.bool(flag)
        case .integer(let number): buffer.integer(number)
        case .double(let number):
            if number.isFinite {
                buffer.double(number)
            } else {
                tagged("f", to: &buffer) { $0.string(String(number.bitPattern, radix: 16)) }
            }
        case .text(let text): buffer.string(text)
        case .hugeint(let number): tagged("n", to: &buffer) { $0.integer(number) }
        case .decimal(let unscaled, let precision, let scale):
            tagged("m", to: &buffer) {
                $0.integer(unscaled)
                $0.raw(",")
                $0.integer(precision)
                $0.raw(",")
                $0.integer(scale)
            }
        case .blob(let bytes): tagged("b", to: &buffer) { $0.string(Data(bytes).base64EncodedString()) }
        case .date(let days): tagged("d", to: &buffer) { $0.integer(days) }
        case .time(let micros): tagged("t", to: &buffer) { $0.integer(micros) }
        case .timestamp(let micros): tagged("s", to: &buffer) { $0.integer(micros) }
        case .timestampTZ(let micros): tagged("z", to: &buffer) { $0.integer(micros) }
        case .interval(let months, let days, let micros):
            tagged("i", to: &buffer) {
                $0.integer(months)
                $0.raw(",")
                $0.integer(days)
                $0.raw(",")
                $0.integer(micros)
            }
        case .json(let text): tagged("j", to: &buffer) { $0.string(text) }
        case .uuid(let text): tagged("u", to: &buffer) { $0.string(text) }
        case .list(let items):
            buffer.raw("[\"l\"")
            for item in items {
                buffer.raw(",")
                append(item, to: &buffer)
            }
            buffer.raw("]")
        }
    }

    private static func tagged(_ tag: StaticString, to buffer: inout JSONBuffer, _ body: (inout JSONBuffer) -> Void) {
        buffer.raw("[\"")
        buffer.raw(tag)
        buffer.raw("\",")
        body(&buffer)
        buffer.raw("]")
    }

    /// - Throws: `BL_PROTOCOL` for what ``append(_:to:)`` never writes.
    static func read(_ json: JSONValue) throws(BranchLiteError) -> Value {
        switch json {
        case .null: return .null
        case .bool(let flag): return .boolean(flag)
        case .integer(let number): return .integer(number)
        case .double(let number): return .double(number)
        case .string(let text): return .text(text)
        case .array(let items):
            if let value = tagged(items) { return value }
            throw SocketProtocol.malformed("a value")
        case .object: throw SocketProtocol.malformed("a value")
        }
    }

    private static func tagged(_ items: [JSONValue]) -> Value? {
        guard let tag = items.first?.stringValue else { return nil }
        if tag == "l" {
            var values: [Value] = []
            for item in items.dropFirst() {
                guard let value = try? read(item) else { return nil }
                values.append(value)
            }
            return .list(values)
        }
        guard items.count > 1 else { return nil }
        if let text = items[1].stringValue {
            switch tag {
            case "b": return Data(base64Encoded: text).map { .blob([UInt8]($0)) }
            case "j": return .json(text)
            case "u": return .uuid(text)
            case "f": return UInt64(text, radix: 16).map { .double(Double(bitPattern: $0)) }
            default: return nil
            }
        }
        let numbers = items.dropFirst().compactMap(\.integerValue)
        guard numbers.count == items.count - 1 else { return nil }
        switch (tag, numbers.count) {
        case ("n", 1): return .hugeint(numbers[0])
        case ("m", 3): return .decimal(unscaled: numbers[0], precision: Int(numbers[1]), scale: Int(numbers[2]))
        case ("d", 1): return Int32(exactly: numbers[0]).map { .date(days: $0) }
        case ("t", 1): return .time(micros: numbers[0])
        case ("s", 1): return .timestamp(micros: numbers[0])
        case ("z", 1): return .timestampTZ(micros: numbers[0])
        case ("i", 3):
            guard let months = Int32(exactly: numbers[0]), let days = Int32(exactly: numbers[1]) else { return nil }
            return .interval(months: months, days: days, micros: numbers[2])
        default: return nil
        }
    }

    // MARK: - Results

    static func append(_ result: QueryResult, to buffer: inout JSONBuffer) {
        buffer.raw("{\"columns\":")
        ResultJSON.columns(result.columns, into: &buffer)
        buffer.raw(",\"values\":[")
        for (index, row) in result.values.enumerated() {
            if index > 0 { buffer.raw(",") }
            buffer.raw("[")
            for (position, value) in row.enumerated() {
                if position > 0 { buffer.raw(",") }
                append(value, to: &buffer)
            }
            buffer.raw("]")
        }
        buffer.raw("],\"truncated\":")
        buffer.bool(result.truncated)
        buffer.raw(",\"rows_affected\":")
        buffer.integer(result.rowsAffected)
        buffer.raw(",\"branch\":")
        buffer.string(result.branch)
        buffer.raw(",\"elapsed_ms\":")
        buffer.double(result.elapsedMS)
        buffer.raw(",\"command\":")
        buffer.string(result.command)
        buffer.raw("}")
    }

    static func readResult(_ json: JSONValue) throws(BranchLiteError) -> QueryResult {
        guard let columns = json["columns"]?.arrayValue, let rows = json["values"]?.arrayValue,
            let branch = json["branch"]?.stringValue, let command = json["command"]?.stringValue
        else { throw SocketProtocol.malformed("a result") }
        var values: [[Value]] = []
        values.reserveCapacity(rows.count)
        for row in rows {
            var items: [Value] = []
            items.reserveCapacity(columns.count)
            for value in row.arrayValue ?? [] { items.append(try read(value)) }
            values.append(items)
        }
        let elapsed: Double =
            switch json["elapsed_ms"] {
            case .double(let number): number
            case .integer(let number): Double(number)
            default: 0
            }
        return QueryResult(
            columns: columns.map { ResultColumn(name: $0["name"]?.stringValue ?? "", type: $0["type"]?.stringValue ?? "") }, values: values,
            truncated: json["truncated"]?.boolValue ?? false, rowsAffected: Int(json["rows_affected"]?.integerValue ?? 0), branch: branch,
            elapsedMS: elapsed, command: command)
    }
}
