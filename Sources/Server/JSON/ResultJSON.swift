import Branching
import Engine
import Foundation

/// How results become JSON on the wire (SEMANTICS: values in JSON).
enum ResultJSON {
    /// Any wire type of the public API as JSON text, members sorted so that equal results are equal texts.
    static func encode(_ value: some Encodable) throws(BranchLiteError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw BranchLiteError("BL_INTERNAL", "the result cannot be written as JSON: \(error)")
        }
    }

    /// A wire type as the schema describes it: members that may be null are there even when they have nothing to say, so that clients
    /// find every field.
    static func encode(_ value: some Encodable, as schema: JSONValue) throws(BranchLiteError) -> JSONValue {
        let bytes = try encode(value)
        do {
            return complete(try JSONReader.parse(bytes), schema)
        } catch {
            throw BranchLiteError("BL_INTERNAL", "the result cannot be written as JSON: \(error)")
        }
    }

    private static func complete(_ value: JSONValue, _ schema: JSONValue) -> JSONValue {
        switch value {
        case .array(let items):
            guard let itemSchema = schema["items"] else { return value }
            return .array(items.map { complete($0, itemSchema) })
        case .object(var members):
            for (name, property) in schema["properties"]?.objectValue ?? [:] {
                if let member = members[name] {
                    members[name] = complete(member, property)
                } else if property["type"]?.arrayValue?.contains("null") == true {
                    members[name] = .null
                }
            }
            return .object(members)
        default: return value
        }
    }

    /// The structured form of a query's result: exact arrays with typed columns.
    static func structured(_ result: QueryResult) -> [UInt8] {
        var buffer = JSONBuffer(capacity: 256 + result.values.count * result.columns.count * 12)
        buffer.raw("{\"branch\":")
        buffer.string(result.branch)
        buffer.raw(",\"columns\":")
        columns(result.columns, into: &buffer)
        buffer.raw(",\"rows\":[")
        for (index, row) in result.values.enumerated() {
            if index > 0 { buffer.raw(",") }
            buffer.raw("[")
            for (position, value) in row.enumerated() {
                if position > 0 { buffer.raw(",") }
                ValueJSON.append(value, to: &buffer)
            }
            buffer.raw("]")
        }
        buffer.raw("],\"row_count\":")
        buffer.integer(result.rowCount)
        buffer.raw(",\"truncated\":")
        buffer.bool(result.truncated)
        buffer.raw(",\"rows_affected\":")
        buffer.integer(result.rowsAffected)
        buffer.raw(",\"command\":")
        buffer.string(result.command)
        buffer.raw(",\"elapsed_ms\":")
        buffer.double(result.elapsedMS)
        buffer.raw("}")
        return buffer.bytes
    }

    static func columns(_ columns: [ResultColumn], into buffer: inout JSONBuffer) {
        buffer.raw("[")
        for (index, column) in columns.enumerated() {
            if index > 0 { buffer.raw(",") }
            buffer.raw("{\"name\":")
            buffer.string(column.name)
            buffer.raw(",\"type\":")
            buffer.string(column.type)
            buffer.raw("}")
        }
        buffer.raw("]")
    }

    /// The bare array of row objects. A statement that changed rows without returning any is one row with DuckDB's `Count`.
    static func rowObjects(_ result: QueryResult) -> [UInt8] {
        var buffer = JSONBuffer(capacity: 64 + result.values.count * result.columns.count * 24)
        if result.columns.isEmpty {
            if changesRows(result.command) {
                buffer.raw("[{\"Count\":")
                buffer.integer(result.rowsAffected)
                buffer.raw("}]")
            } else {
                buffer.raw("[]")
            }
            return buffer.bytes
        }
        // Each name is quoted once for the whole result.
        let names = memberNames(result.columns.map(\.name)).map { name in
            var quoted = JSONBuffer(capacity: name.utf8.count + 3)
            quoted.string(name)
            quoted.raw(":")
            return quoted.bytes
        }
        buffer.raw("[")
        for (index, row) in result.values.enumerated() {
            if index > 0 { buffer.raw(",") }
            buffer.raw("{")
            for (position, value) in row.enumerated() where position < names.count {
                if position > 0 { buffer.raw(",") }
                buffer.raw(names[position])
                ValueJSON.append(value, to: &buffer)
            }
            buffer.raw("}")
        }
        buffer.raw("]")
        return buffer.bytes
    }

    private static func changesRows(_ command: String) -> Bool {
        ["INSERT", "UPDATE", "DELETE", "REPLACE"].contains { command.hasPrefix($0) }
    }

    /// Column names made distinct: a second `name` becomes `name_1`, a third `name_2`, unless a column has that name already.
    static func memberNames(_ names: [String]) -> [String] {
        var taken = Set(names)
        var seen: Set<String> = []
        return names.map { name in
            if seen.insert(name).inserted { return name }
            var suffix = 1
            while taken.contains("\(name)_\(suffix)") { suffix += 1 }
            let fresh = "\(name)_\(suffix)"
            taken.insert(fresh)
            seen.insert(fresh)
            return fresh
        }
    }

    /// `{"error": {…}}` as failed tool calls carry it.
    static func error(_ error: BranchLiteError) -> [UInt8] {
        JSONValue.object(["error": errorValue(error)]).jsonBytes
    }

    static func errorValue(_ error: BranchLiteError) -> JSONValue {
        .object([
            "code": .string(error.code), "message": .string(error.message), "hint": error.hint.map(JSONValue.string) ?? .null,
            "details": .object(error.details),
        ])
    }
}
