/// Why a statement could not be understood: an error of its text, its names or its types.
public struct SQLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Stable code, `BL_…`.
    public var code: String
    /// One sentence that names the thing.
    public var message: String
    /// What the user could do, where there is something.
    public var hint: String?
    /// Where in the statement's text, where that is known.
    public var position: SourcePosition?

    public init(code: String, message: String, hint: String? = nil, position: SourcePosition? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.position = position
    }

    public var description: String {
        var text = "\(code): \(message)"
        if let position { text += " (\(position))" }
        if let hint { text += ". Hint: \(hint)" }
        return text
    }
}

extension SQLError {
    /// The codes that this room's front half raises; the binder adds its own.
    public enum Code {
        /// The text is not a statement of the dialect.
        public static let parse = "BL_PARSE_ERROR"
        /// A construct is known but not supported; the message names it.
        public static let unsupported = "BL_UNSUPPORTED"
        /// Nesting goes beyond the limit.
        public static let tooDeep = "BL_TOO_DEEP"
        /// The text is longer than the limit.
        public static let tooLarge = "BL_STATEMENT_TOO_LARGE"
    }

    /// A construct that is known by name but not supported.
    ///
    /// - Parameters:
    ///   - construct: its name as users know it, e.g. `CREATE MACRO`
    ///   - range: where it stands in `text`
    public static func unsupported(_ construct: String, at range: SourceRange, in text: String, hint: String? = nil) -> SQLError {
        SQLError(
            code: Code.unsupported, message: "\(construct) is not supported", hint: hint,
            position: range.isKnown ? SourcePosition(utf8Offset: Int(range.start), in: text) : nil
        )
    }
}
