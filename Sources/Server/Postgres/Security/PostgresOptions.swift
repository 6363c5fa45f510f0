import Branching

/// What the PostgreSQL door is told about itself. A fresh value has the documented defaults.
public struct PostgresOptions: Sendable {
    /// Name or address to listen on.
    public var host = "127.0.0.1"
    /// 0: any free port.
    public var port = PostgresOptions.defaultPort
    public var tls = TLSOptions()
    /// Connections that may be open at a time.
    public var maximumConnections = 500
    /// A session without a message for this long ends; zero = never.
    public var idleTimeout = Duration.zero
    /// How long a connection may take from its first byte to the end of its login; zero = for ever.
    public var authenticationTimeout = Duration.seconds(60)
    /// The longest message that a client may send.
    public var maximumMessageBytes = 64 << 20
    /// The only directory whose files COPY may read and write; nil = none.
    public var filesDirectory: String?
    public var throttle = LoginThrottle.Options()

    public static let defaultPort = 5439
    /// The least and the most that ``maximumMessageBytes`` can be: a start-up message and a statement must fit, and PostgreSQL takes no
    /// message beyond 1 GB.
    public static let messageBytesRange = 64 << 10 ... 1 << 30
    /// A user name may fail this many times as often as an address.
    private static let userFactor = 5

    public init() {}

    /// The door that the settings ask for; nil when `pg_listen` is `off`.
    /// - Throws: `BL_BAD_CONFIGURATION` naming the setting.
    public init?(_ settings: EffectiveConfiguration) throws(BranchLiteError) {
        let address = settings.text("pg_listen")
        if address.lowercased() == "off" { return nil }
        (host, port) = try ServerOptions.address(address)
        tls = try TLSOptions(mode: settings.text("tls"), certificatePath: settings.text("tls_cert"), keyPath: settings.text("tls_key"))
        maximumConnections = settings.integer("max_connections")
        idleTimeout = settings.duration("pg_idle_timeout")
        authenticationTimeout = settings.duration("auth_timeout")
        if let bytes = settings.bytes("max_message") {
            guard let bytes = Int(exactly: bytes), Self.messageBytesRange.contains(bytes) else {
                throw BranchLiteError("BL_BAD_CONFIGURATION", "max_message must be between 64KB and 1GB, not '\(settings.text("max_message"))'")
            }
            maximumMessageBytes = bytes
        }
        let directory = settings.text("files_dir")
        filesDirectory = directory.isEmpty ? nil : directory
        throttle.failuresPerAddress = settings.integer("login_failures")
        throttle.failuresPerUser = min(throttle.failuresPerAddress, 1_000_000) * Self.userFactor
        throttle.window = settings.duration("login_window")
    }
}
