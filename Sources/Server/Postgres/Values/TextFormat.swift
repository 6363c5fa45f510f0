import Engine
import SQLDialect

/// Values in PostgreSQL's text format.
enum TextFormat {
    static func append(_ value: Value, as type: DuckType, to out: inout [UInt8]) {
        value.appendPostgreSQLText(to: &out, isFloat: type == .float)
    }
}
