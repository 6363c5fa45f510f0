import Engine
import SQLDialect

/// Brings a JSON value that a person gave for a column into the column's storage form.
enum JSONStorage {
    /// - Throws: `BL_CONVERSION` (or another code of the cast) when the value does not fit the type.
    static func stored(_ value: JSONValue, as type: DuckType, column: String, table: String, on connection: Connection) throws(BranchLiteError) -> SQLiteValue {
        if case .list(let element) = type, case .array(let items) = value {
            var values: [Value] = []
            for item in items { values.append(Value(stored: try stored(item, as: element, column: column, table: table, on: connection), type: element)) }
            return Value.list(values).stored
        }
        switch value {
        case .null: return .null
        case .bool(let flag): return .integer(flag ? 1 : 0)
        case .array, .object: return .text(value.compactText)
        case .integer, .double, .string: break
        }
        let text: String = switch value {
        case .integer(let number): String(number)
        case .double(let number): Value.double(number).text
        case .string(let text): text
        default: ""
        }
        guard let cast = cast(type) else {
            return switch value {
            case .integer(let number): .integer(number)
            case .double(let number): .real(number)
            default: .text(text)
            }
        }
        do throws(EngineError) {
            return try connection.query("SELECT \(cast)", [.text(text)]).first?.first ?? .null
        } catch {
            var wrapped = BranchLiteError(error)
            wrapped.details["table"] = .string(table)
            wrapped.details["column_name"] = .string(column)
            throw wrapped
        }
    }

    /// The runtime function that reads a text as a type; nil where the value goes in as it is.
    private static func cast(_ type: DuckType) -> String? {
        switch type {
        case .boolean: "bl_cast_varchar_bool(?1)"
        case .tinyint: "bl_cast_varchar_int8(?1)"
        case .smallint: "bl_cast_varchar_int16(?1)"
        case .integer: "bl_cast_varchar_int32(?1)"
        case .bigint: "bl_cast_varchar_int64(?1)"
        case .utinyint: "bl_cast_varchar_uint8(?1)"
        case .usmallint: "bl_cast_varchar_uint16(?1)"
        case .uinteger: "bl_cast_varchar_uint32(?1)"
        case .float: "bl_cast_varchar_float(?1)"
        case .double: "bl_cast_varchar_double(?1)"
        case .decimal(let precision, let scale): "bl_cast_varchar_decimal(?1, \(precision), \(scale))"
        case .date: "bl_cast_varchar_date(?1)"
        case .time: "bl_cast_varchar_time(?1)"
        case .timestamp: "bl_cast_varchar_timestamp(?1)"
        case .timestampTZ: "bl_cast_varchar_timestamptz(?1)"
        case .uuid: "bl_cast_varchar_uuid(?1)"
        case .json: "bl_cast_varchar_json(?1)"
        default: nil
        }
    }
}
