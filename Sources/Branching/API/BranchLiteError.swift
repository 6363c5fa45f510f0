/// The error every public call of this library throws, and every door sends on.
///
/// `code` is stable (`BL_…`) and is what programs should test; `message` is a sentence for people that names the
/// thing concerned; `hint` says what to do about it where there is something to do.
public struct BranchLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    public var code: String
    public var message: String
    public var hint: String?
    /// Further facts by name (position in the SQL, branch, table, column, constraint …), as JSON.
    public var details: [String: JSONValue]

    public init(_ code: String, _ message: String, hint: String? = nil, details: [String: JSONValue] = [:]) {
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
    }

    public var description: String {
        if let hint { "\(code): \(message) (\(hint))" } else { "\(code): \(message)" }
    }
}

extension BranchLiteError: Codable {
    enum CodingKeys: String, CodingKey { case code, message, hint, details }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        code = try box.decode(String.self, forKey: .code)
        message = try box.decode(String.self, forKey: .message)
        hint = try box.decodeIfPresent(String.self, forKey: .hint)
        details = try box.decodeIfPresent([String: JSONValue].self, forKey: .details) ?? [:]
    }
}
