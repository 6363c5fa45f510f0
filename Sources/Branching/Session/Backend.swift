/// What other sessions may know of one: by this they name it in `pg_cancel_backend` and `pg_terminate_backend`.
public struct Backend: Sendable, Hashable {
    /// What the client was told on connecting, and `pg_backend_pid()` says.
    public var processID: Int32
    /// Who it is for.
    public var principal: String
    /// Whether it may cancel and end anybody's.
    public var isAdmin: Bool

    public init(processID: Int32, principal: String, isAdmin: Bool) {
        self.processID = processID
        self.principal = principal
        self.isAdmin = isAdmin
    }
}
