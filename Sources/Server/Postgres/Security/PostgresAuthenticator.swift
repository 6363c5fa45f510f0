import Branching
import Crypto
import Foundation

/// Decides how a connection of the PostgreSQL door logs in. The password is an API key.
///
/// SCRAM-SHA-256 needs to know which key is meant before it is seen, and the user name says so: a user called like a key logs in with
/// that key, and where all keys have one name it is meant by any user. In every other case the key alone decides who it is, as over
/// HTTP, and has to be sent itself, which is only asked for over TLS or on this machine. On an open network without TLS an unknown user
/// goes through an exchange that looks like any other and fails.
struct PostgresAuthenticator: Sendable {
    enum Access: Sendable {
        /// No authentication: everybody is ``Principal/local``.
        case open
        case keys(KeyRing)
    }

    let access: Access
    /// True: connections without TLS are refused.
    let requiresTLS: Bool
    /// The certificate's hash for channel binding; nil when there is none.
    let serverEndPoint: [UInt8]?
    let throttle: LoginThrottle
    private let randomBytes: @Sendable (Int) -> [UInt8]
    /// Makes the salts of users that do not exist: the same user always gets the same one.
    private let mockSecret: SymmetricKey

    init(
        access: Access, requiresTLS: Bool = false, serverEndPoint: [UInt8]? = nil, throttle: LoginThrottle = LoginThrottle(),
        randomBytes: @escaping @Sendable (Int) -> [UInt8] = RandomBytes.make
    ) {
        self.access = access
        self.requiresTLS = requiresTLS
        self.serverEndPoint = serverEndPoint
        self.throttle = throttle
        self.randomBytes = randomBytes
        mockSecret = SymmetricKey(data: randomBytes(SHA256.byteCount))
    }

    /// Begins a login once the start-up message has come.
    func begin(_ peer: LoginPeer) -> (exchange: LoginExchange, step: LoginStep) {
        if requiresTLS, !peer.isTLS {
            return (
                LoginExchange(ended: peer),
                .refuse(
                    LoginFailure(
                        error: BranchLiteError("BL_AUTHENTICATION", "this server needs a connection with TLS", hint: "connect with sslmode=require"),
                        sqlState: LoginFailure.invalidAuthorization, reason: "no TLS"))
            )
        }
        guard case .keys(let ring) = access else { return (LoginExchange(ended: peer), .accept(.local, messages: [.ok])) }
        if let failure = LoginExchange.bar(throttle, peer) { return (LoginExchange(ended: peer), .refuse(failure)) }
        let names = ring.names
        // The name that the user means; nil when only the key can tell.
        let name: String? = names.contains(peer.user) ? peer.user : names.count == 1 ? names.first : nil
        let verifiers = name.map { ring.verifiers(named: $0) } ?? []
        let mayAskForKey = peer.isTLS || peer.isLoopback
        // Of several keys of one name SCRAM could only try one.
        if mayAskForKey, verifiers.count != 1 {
            return (LoginExchange(cleartextOf: peer, ring: ring, name: name, throttle: throttle), .ask(.cleartextPassword))
        }
        let binding = peer.isTLS ? serverEndPoint : nil
        let exchange = LoginExchange(
            scramOf: peer, verifier: verifiers.first?.verifier ?? mockVerifier(for: peer.user), principal: verifiers.first?.principal,
            serverEndPoint: binding, serverNonce: ScramVerifier.base64(randomBytes(Self.nonceBytes)), throttle: throttle)
        return (exchange, .ask(.sasl(mechanisms: ScramExchange.mechanisms(serverEndPoint: binding).map(\.rawValue))))
    }

    private static let nonceBytes = 18

    private func mockVerifier(for user: String) -> ScramVerifier {
        let code = HMAC<SHA256>.authenticationCode(for: Array(user.utf8), using: mockSecret)
        return ScramVerifier(mockSalt: Array(code.prefix(ScramVerifier.saltLength)))
    }
}
