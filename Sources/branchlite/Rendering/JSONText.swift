import Branching
import Foundation

extension JSONValue {
    /// Compact JSON with sorted keys.
    var jsonText: String { encodedJSON(self, pretty: false) }
}

/// Any encodable value as JSON text with sorted keys and unescaped slashes.
func encodedJSON(_ value: some Encodable, pretty: Bool) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return "null" }
    return String(decoding: data, as: UTF8.self)
}
