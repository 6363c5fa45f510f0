/// Why a statement could not be understood: an error of its text, its names or its types.
///
/// The contents live in one box, so that the value is one word: it passes through every frame of the recursive parser
/// and binder, and a large error type would cost each of them stack.
public struct SQLError: Error, Sendable, Hashable, CustomStringConvertible {
    private final class Contents: Sendable {
        let code: String
        let message: String
        let hint: String?
        let position: SourcePosition?

        init(_ code: String, _ message: String, _ hint: String?, _ position: SourcePosition?) {
            self.code = code
            self.message = message
            self.hint = hint
            self.position = position
        }
    }

    private var contents: Contents

    public init(code: String, message: String, hint: String? = nil, position: SourcePosition? = nil) {
        contents = Contents(code, message, hint, position)
    }

    /// Stable code, `BL_…`.
    public var code: String {
        get { contents.code }
        set { contents = Contents(newValue, message, hint, position) }
    }

    /// One sentence that names the thing.
    public var message: String {
        get { contents.message }
        set { contents = Contents(code, newValue, hint, position) }
    }

    /// What the user could do, where there is something.
    public var hint: String? {
        get { contents.hint }
        set { contents = Contents(code, message, newValue, position) }
    }

    /// Where in the statement's text, where that is known.
    public var position: SourcePosition? {
        get { contents.position }
        set { contents = Contents(code, message, hint, newValue) }
    }

    public var description: String {
        var text = "\(code): \(message)"
        if let position { text += " (\(position))" }
        if let hint { text += ". Hint: \(hint)" }
        return text
    }

    public static func == (a: SQLError, b: SQLError) -> Bool {
        a.code == b.code && a.message == b.message && a.hint == b.hint && a.position == b.position
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(message)
        hasher.combine(hint)
        hasher.combine(position)
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
