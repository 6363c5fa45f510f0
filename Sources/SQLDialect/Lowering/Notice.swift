/// What a statement has to say besides its result: a door sends it to the client.
public struct Notice: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable { case notice = "NOTICE", warning = "WARNING" }

    public var severity: Severity
    /// SQLSTATE.
    public var code: String
    public var message: String

    public init(_ message: String, code: String = "00000", severity: Severity = .notice) {
        self.severity = severity
        self.code = code
        self.message = message
    }

    static func skipped(_ kind: String, _ name: String) -> Notice { Notice("\(kind) \"\(name)\" does not exist, skipping") }
    static func exists(_ kind: String, _ name: String) -> Notice { Notice("\(kind) \"\(name)\" already exists, skipping", code: "42P07") }
    static func noEffect(_ what: String) -> Notice { Notice("\(what) is accepted and has no effect here") }
}
