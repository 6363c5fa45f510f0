import Foundation

extension JSONValue {
    /// Reads JSON text; nil when it is none.
    public init?(parsing text: String) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
        self = value
    }
}
