import Branching

/// What the server is told about itself.
public struct ServerOptions: Sendable {
    /// The store's path, for the socket beside it; `:memory:` has none.
    public var storePath: String
    /// Name or address to listen on.
    public var host: String
    /// 0: any free port.
    public var port: Int
    /// `HATIDATA_DEV_MODE`: no authentication, loopback only.
    public var isDevMode: Bool
    /// The keys accepted when not in dev mode.
    public var keys: KeyRing
    /// Sessions of the HTTP door that may be open at a time.
    public var maximumSessions: Int
    /// The PostgreSQL door; nil = none.
    public var postgres: PostgresOptions?
    /// How long running calls may go on once the server is asked to stop.
    public var shutdownGrace: Duration

    public static let defaultPort = 5440
    static let memoryStore = ":memory:"

    public init(
        storePath: String, host: String = "127.0.0.1", port: Int = ServerOptions.defaultPort, isDevMode: Bool = true, keys: KeyRing = KeyRing(),
        maximumSessions: Int = 500, postgres: PostgresOptions? = nil, shutdownGrace: Duration = .seconds(10)
    ) {
        self.storePath = storePath
        self.host = host
        self.port = port
        self.isDevMode = isDevMode
        self.keys = keys
        self.maximumSessions = maximumSessions
        self.postgres = postgres
        self.shutdownGrace = shutdownGrace
    }

    /// Splits `HOST:PORT`; an IPv6 address has brackets.
    /// - Throws: `BL_BAD_CONFIGURATION` when it is not that.
    public static func address(_ text: String) throws(BranchLiteError) -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), colon != text.startIndex else {
            throw BranchLiteError("BL_BAD_CONFIGURATION", "'\(text)' is not an address", hint: "write HOST:PORT, for example 127.0.0.1:5440")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return (String(host), Int(port))
    }

    /// How requests are let in.
    /// - Throws: `BL_BAD_CONFIGURATION` for a combination that would let strangers in or nobody.
    func requestGuard() throws(BranchLiteError) -> RequestGuard {
        try checkAccess(to: host)
        return RequestGuard(mode: isDevMode ? .open : .keys(keys))
    }

    /// How connections of the PostgreSQL door are let in.
    /// - Parameter tls: the door's certificate; nil without TLS.
    /// - Throws: `BL_BAD_CONFIGURATION` for a combination that would let strangers in or nobody.
    func postgresAuthenticator(_ postgres: PostgresOptions, tls: ServerTLS?) throws(BranchLiteError) -> PostgresAuthenticator {
        try checkAccess(to: postgres.host)
        return PostgresAuthenticator(
            access: isDevMode ? .open : .keys(keys), requiresTLS: tls?.isRequired ?? false, serverEndPoint: tls?.serverEndPoint,
            throttle: LoginThrottle(postgres.throttle))
    }

    /// What holds for every door: no authentication on loopback only, and no authentication without keys.
    private func checkAccess(to host: String) throws(BranchLiteError) {
        if isDevMode {
            guard RequestGuard.isLoopback(listenHost: host) else {
                throw BranchLiteError(
                    "BL_BAD_CONFIGURATION", "without authentication the server listens on loopback only, not on '\(host)'",
                    hint: "set HATIDATA_DEV_MODE=false and BRANCHLITE_API_KEYS to listen on a wider address")
            }
        } else {
            guard !keys.isEmpty else {
                throw BranchLiteError(
                    "BL_BAD_CONFIGURATION", "HATIDATA_DEV_MODE is false and there are no API keys: nobody could use the server",
                    hint: "set BRANCHLITE_API_KEYS, for example agent=KEY:read+write+branch+merge")
            }
        }
    }
}
