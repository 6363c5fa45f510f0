import Branching
import Foundation

/// One login on the PostgreSQL door, from the question to the answer, without input and output: bodies of the client's messages of type
/// `p` in, steps out.
struct LoginExchange: Sendable {
    private enum State: Sendable {
        case cleartext(KeyRing, name: String?)
        case scramStart(verifier: ScramVerifier, principal: Principal?, serverEndPoint: [UInt8]?, serverNonce: String)
        case scram(ScramExchange, principal: Principal?)
        /// Decided, one way or the other.
        case over
    }

    private let peer: LoginPeer
    private let throttle: LoginThrottle?
    private var state: State

    /// Nothing is asked.
    init(ended peer: LoginPeer) {
        self.peer = peer
        throttle = nil
        state = .over
    }

    /// - Parameter name: the only name whose keys count; nil for any.
    init(cleartextOf peer: LoginPeer, ring: KeyRing, name: String?, throttle: LoginThrottle) {
        self.peer = peer
        self.throttle = throttle
        state = .cleartext(ring, name: name)
    }

    /// - Parameter principal: nil when there is no such user and `verifier` is a mock.
    init(
        scramOf peer: LoginPeer, verifier: ScramVerifier, principal: Principal?, serverEndPoint: [UInt8]?, serverNonce: String,
        throttle: LoginThrottle
    ) {
        self.peer = peer
        self.throttle = throttle
        state = .scramStart(verifier: verifier, principal: principal, serverEndPoint: serverEndPoint, serverNonce: serverNonce)
    }

    /// True while a message of type `p` is waited for.
    var isPending: Bool {
        if case .over = state { false } else { true }
    }

    /// Takes the body of a message of type `p`.
    mutating func receive(_ body: [UInt8]) -> LoginStep {
        let current = state
        state = .over
        switch current {
        case .over: return .refuse(malformed("a password message that nobody asked for"))
        case .cleartext(let ring, let name):
            if let bar = throttle.flatMap({ Self.bar($0, peer) }) { return .refuse(bar) }
            return checkKey(body, ring: ring, name: name)
        case .scramStart(let verifier, let principal, let serverEndPoint, let serverNonce):
            guard let (mechanism, data) = Self.initialResponse(body) else {
                return .refuse(malformed("the message is not a SASLInitialResponse"))
            }
            guard let chosen = ScramExchange.mechanisms(serverEndPoint: serverEndPoint).first(where: { $0.rawValue == mechanism }) else {
                return .refuse(malformed("the client chose a SASL mechanism that was not offered"))
            }
            var exchange = ScramExchange(
                mechanism: chosen, verifier: verifier, isKnown: principal != nil, serverEndPoint: serverEndPoint, serverNonce: serverNonce)
            do {
                let answer = try exchange.receive(clientFirst: data)
                state = .scram(exchange, principal: principal)
                return .ask(.saslContinue(answer))
            } catch {
                return .refuse(failure(error))
            }
        case .scram(var exchange, let principal):
            if let bar = throttle.flatMap({ Self.bar($0, peer) }) { return .refuse(bar) }
            do {
                let answer = try exchange.receive(clientFinal: body)
                guard let principal else { return .refuse(wrongKey(reason: "there is no key for this user")) }
                return .accept(principal, messages: [.saslFinal(answer), .ok])
            } catch {
                guard error == .wrongPassword else { return .refuse(failure(error)) }
                return .refuse(wrongKey(reason: principal == nil ? "no key that this user could use without TLS" : "wrong key"))
            }
        }
    }

    private func checkKey(_ body: [UInt8], ring: KeyRing, name: String?) -> LoginStep {
        guard let end = body.firstIndex(of: 0), end == body.count - 1 else { return .refuse(malformed("the password message does not end where it should")) }
        guard end > 0 else { return .refuse(wrongKey(reason: "empty password")) }
        guard end <= Self.maximumKeyLength, let key = String(validating: body[..<end], as: UTF8.self) else {
            return .refuse(wrongKey(reason: "a password that can be no key"))
        }
        guard let principal = ring.principal(for: key, named: name) else { return .refuse(wrongKey(reason: "wrong key")) }
        return .accept(principal, messages: [.ok])
    }

    private static let maximumKeyLength = 4096

    /// Mechanism and data of a SASLInitialResponse: a name that ends in 0, a length of four bytes, and as many bytes.
    private static func initialResponse(_ body: [UInt8]) -> (mechanism: String, data: [UInt8])? {
        guard let end = body.firstIndex(of: 0), let mechanism = String(validating: body[..<end], as: UTF8.self) else { return nil }
        let rest = body[(end + 1)...]
        guard rest.count >= 4 else { return nil }
        let length = rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let data = rest.dropFirst(4)
        // All ones would mean that there is no first message; SCRAM begins with one.
        guard UInt32(exactly: data.count) == length else { return nil }
        return (mechanism, Array(data))
    }

    /// The failure of a login that may not be tried now; nil when it may.
    static func bar(_ throttle: LoginThrottle, _ peer: LoginPeer) -> LoginFailure? {
        do {
            try throttle.check(address: peer.address, user: peer.user)
            return nil
        } catch {
            let whose = error.isAddress ? "from this address" : "for this user"
            return LoginFailure(
                error: BranchLiteError(
                    "BL_AUTHENTICATION", "too many failed logins \(whose)", hint: "try again in \(error.retryAfter) s",
                    details: ["retry_after": .integer(Int64(error.retryAfter))]),
                sqlState: LoginFailure.invalidPassword, reason: "too many failed logins \(whose)")
        }
    }

    private func wrongKey(reason: String) -> LoginFailure {
        throttle?.failed(address: peer.address, user: peer.user)
        let hint = peer.isTLS || peer.isLoopback
            ? "the password is an API key of this server"
            : "the password is an API key of this server and, without TLS, the user is that key's name"
        return LoginFailure(
            error: BranchLiteError("BL_AUTHENTICATION", "password authentication failed for user \"\(peer.user)\"", hint: hint),
            sqlState: LoginFailure.invalidPassword, reason: reason)
    }

    private func malformed(_ what: String) -> LoginFailure {
        LoginFailure(error: BranchLiteError("BL_AUTHENTICATION", what), sqlState: LoginFailure.protocolViolation, reason: what)
    }

    /// A message that no honest client sends counts as a failed login as well.
    private func failure(_ failure: ScramFailure) -> LoginFailure {
        switch failure {
        case .wrongPassword: return wrongKey(reason: "wrong key")
        case .malformed(let what):
            throttle?.failed(address: peer.address, user: peer.user)
            return malformed("SCRAM: \(what)")
        case .unsupported(let what):
            let text = "SCRAM with \(what) is not supported"
            return LoginFailure(error: BranchLiteError("BL_UNSUPPORTED", text), sqlState: LoginFailure.featureNotSupported, reason: text)
        case .channelBinding(let what):
            throttle?.failed(address: peer.address, user: peer.user)
            let text = "SCRAM: \(what)"
            return LoginFailure(error: BranchLiteError("BL_AUTHENTICATION", text), sqlState: LoginFailure.invalidAuthorization, reason: text)
        }
    }
}
