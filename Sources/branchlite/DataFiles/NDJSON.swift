import Branching
import Foundation

/// What the values of one NDJSON column have in common.
struct JSONColumn {
    private var integers = true
    private var numbers = true
    private var booleans = true
    private var texts = true
    private var any = false
    private var detector = TypeDetector(columns: 1)

    mutating func observe(_ value: JSONValue) {
        switch value {
        case .null: return
        case .bool: (integers, numbers, texts) = (false, false, false)
        case .integer: (booleans, texts) = (false, false)
        case .double: (integers, booleans, texts) = (false, false, false)
        case .string(let text):
            (integers, numbers, booleans) = (false, false, false)
            detector.observe(text, column: 0)
        case .array, .object: (integers, numbers, booleans, texts) = (false, false, false, false)
        }
        any = true
    }

    /// Strings are only taken for dates and times; a string of digits stays a string, as its writer meant it.
    var type: String {
        guard any else { return "VARCHAR" }
        if booleans { return "BOOLEAN" }
        if integers { return "BIGINT" }
        if numbers { return "DOUBLE" }
        guard texts else { return "JSON" }
        switch detector.type(column: 0) {
        case .date: return "DATE"
        case .time: return "TIME"
        case .timestamp: return "TIMESTAMP"
        default: return "VARCHAR"
        }
    }

    static func fit(_ value: JSONValue, type: String) -> JSONValue {
        if value == .null { return .null }
        switch type {
        case "JSON": return .string(value.jsonText)
        case "VARCHAR": if case .string = value { return value } else { return .string(value.jsonText) }
        default: return value
        }
    }
}

/// Reads a file of one JSON object per line; blank lines are passed over.
final class LineReader {
    private static let chunkBytes = 1 << 20
    static let longestLineBytes = 64 << 20
    private let handle: FileHandle
    private let path: String
    private var pending = Data()
    private var atEnd = false
    private var line = 0
    private(set) var bytesRead: UInt64 = 0

    init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw DataFileError(description: "cannot read \(path)") }
        self.handle = handle
        self.path = path
    }

    /// The next object and its keys in the order of the text's first appearance (sorted: JSON objects have no order).
    func nextObject() throws -> ([String: JSONValue], [String])? {
        while let text = try nextLine() {
            line += 1
            if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            let value: JSONValue
            do { value = try JSONDecoder().decode(JSONValue.self, from: text) } catch {
                throw DataFileError(description: "\(path):\(line): not a JSON value")
            }
            guard case .object(let object) = value else { throw DataFileError(description: "\(path):\(line): not a JSON object") }
            return (object, object.keys.sorted())
        }
        return nil
    }

    private func nextLine() throws -> Data? {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                let text = Data(pending[pending.startIndex ..< end])
                pending = pending[(end + 1)...]
                return text
            }
            if atEnd {
                guard !pending.isEmpty else { return nil }
                defer { pending = Data() }
                return Data(pending)
            }
            guard pending.count <= Self.longestLineBytes else {
                throw DataFileError(description: "\(path):\(line + 1): a line of more than \(Self.longestLineBytes >> 20) MB")
            }
            let chunk = try handle.read(upToCount: Self.chunkBytes) ?? Data()
            if chunk.isEmpty { atEnd = true }
            bytesRead += UInt64(chunk.count)
            pending = Data(pending) + chunk
        }
    }
}
