import Engine
import SQLDialect

/// Values in PostgreSQL's text format.
enum TextFormat {
    static func append(_ value: Value, as type: DuckType, to out: inout [UInt8]) {
        if case .list(let items) = value, let element = type.element { return ArrayFormat.appendText(items, element: element, to: &out) }
        value.appendPostgreSQLText(to: &out, isFloat: type == .float)
    }
}
