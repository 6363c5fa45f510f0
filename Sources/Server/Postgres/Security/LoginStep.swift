import Branching

/// What is known of a connection that wants to log in.
struct LoginPeer: Sendable, Hashable {
    /// The `user` of the start-up message.
    var user: String
    /// The peer's IP address, without its port.
    var address: String
    /// The connection is encrypted.
    var isTLS: Bool
    /// The peer is on this machine.
    var isLoopback: Bool
}

/// An `Authentication…` message of the PostgreSQL protocol.
enum AuthenticationRequest: Sendable, Hashable {
    case ok
    case cleartextPassword
    case sasl(mechanisms: [String])
    case saslContinue([UInt8])
    case saslFinal([UInt8])

    /// The message's body: what follows the type `R` and the length.
    var body: [UInt8] {
        switch self {
        case .ok: Self.number(0)
        case .cleartextPassword: Self.number(3)
        case .sasl(let mechanisms): Self.number(10) + mechanisms.flatMap { Array($0.utf8) + [0] } + [0]
        case .saslContinue(let data): Self.number(11) + data
        case .saslFinal(let data): Self.number(12) + data
        }
    }

    private static func number(_ code: UInt8) -> [UInt8] { [0, 0, 0, code] }
}

/// Why a connection is not let in.
struct LoginFailure: Error, Sendable, Hashable {
    /// The client's: says nothing that would help to guess.
    let error: BranchLiteError
    let sqlState: String
    /// The log's.
    let reason: String

    static let invalidPassword = "28P01"
    static let invalidAuthorization = "28000"
    static let protocolViolation = "08P01"
    static let featureNotSupported = "0A000"
}

/// What the door does next with a connection that logs in.
enum LoginStep: Sendable, Hashable {
    /// Send it and wait for the client's answer, a message of type `p`.
    case ask(AuthenticationRequest)
    /// Send these, the last of which is `AuthenticationOk`, and go on as this principal.
    case accept(Principal, messages: [AuthenticationRequest])
    /// Send the error and close.
    case refuse(LoginFailure)
}
