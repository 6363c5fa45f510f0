import Engine

/// The seam to the Engine's writer of values in JSON (SEMANTICS: values in JSON).
enum ValueJSON {
    static func append(_ value: Value, to buffer: inout JSONBuffer) {
        buffer.append { value.appendJSON(to: &$0) }
    }
}
