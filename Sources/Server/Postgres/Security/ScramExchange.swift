import Foundation

/// Why a SCRAM exchange ended without a login.
enum ScramFailure: Error, Sendable, Hashable {
    /// A message is not what RFC 5802 says; the text names what is wrong.
    case malformed(String)
    /// The client asks for what this server does not do.
    case unsupported(String)
    /// The two sides do not see the same connection, or do not agree on whether they should compare.
    case channelBinding(String)
    /// The user is not known or the password is wrong; which of them is not said.
    case wrongPassword
}

/// The server's side of one SCRAM-SHA-256 login, as RFC 5802 and RFC 7677 describe it, without input and output: messages in, messages
/// out. The user's name in the first message is not looked at: the connection's start-up has said it.
struct ScramExchange: Sendable {
    enum Mechanism: String, Sendable, Hashable {
        case scram = "SCRAM-SHA-256"
        /// With channel binding `tls-server-end-point` (RFC 5929).
        case scramPlus = "SCRAM-SHA-256-PLUS"
    }

    private enum State: Sendable {
        case start
        case challenged(gs2Header: String, clientFirstBare: String, serverFirst: String, nonce: String)
        case over
    }

    private static let bindingName = "tls-server-end-point"
    /// No honest message is as long.
    private static let maximumLength = 8192

    private let mechanism: Mechanism
    private let verifier: ScramVerifier
    private let isKnown: Bool
    private let serverEndPoint: [UInt8]?
    private let serverNonce: String
    private var state = State.start

    /// - Parameters:
    ///   - isKnown: false with the mock verifier of an unknown user: the exchange then takes its course and fails at its end.
    ///   - serverEndPoint: the hash of the connection's certificate; nil without TLS or when the certificate has none.
    ///   - serverNonce: printable ASCII without a comma, new for every exchange.
    init(mechanism: Mechanism, verifier: ScramVerifier, isKnown: Bool, serverEndPoint: [UInt8]?, serverNonce: String) {
        self.mechanism = mechanism
        self.verifier = verifier
        self.isKnown = isKnown
        self.serverEndPoint = serverEndPoint
        self.serverNonce = serverNonce
    }

    /// What can be offered for a connection, the strongest first.
    static func mechanisms(serverEndPoint: [UInt8]?) -> [Mechanism] { serverEndPoint == nil ? [.scram] : [.scramPlus, .scram] }

    /// Takes client-first-message, gives server-first-message.
    mutating func receive(clientFirst bytes: [UInt8]) throws(ScramFailure) -> [UInt8] {
        guard case .start = state else { throw .malformed("a first message comes once") }
        state = .over
        let message = try Self.text(bytes)
        // gs2-header: the channel binding flag, then an authorization identity or nothing.
        let fields = message.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { throw .malformed("the first message has no GS2 header") }
        try check(bindingFlag: fields[0])
        guard fields[1].isEmpty else {
            throw fields[1].hasPrefix("a=") ? .unsupported("an authorization identity") : .malformed("the GS2 header has an unknown attribute")
        }
        let gs2Header = "\(fields[0]),,"
        let bare = fields[2]
        let attributes = bare.split(separator: ",", omittingEmptySubsequences: false)
        if bare.hasPrefix("m=") { throw .unsupported("a mandatory extension") }
        guard attributes.count >= 2, attributes[0].hasPrefix("n="), attributes[1].hasPrefix("r=") else {
            throw .malformed("the first message does not begin with a user name and a nonce")
        }
        let clientNonce = attributes[1].dropFirst(2)
        guard !clientNonce.isEmpty, clientNonce.utf8.allSatisfy({ (0x21 ... 0x7E).contains($0) }) else {
            throw .malformed("the client's nonce is not printable ASCII")
        }
        try Self.checkExtensions(attributes.dropFirst(2))
        let nonce = clientNonce + serverNonce
        let serverFirst = "r=\(nonce),s=\(ScramVerifier.base64(verifier.salt)),i=\(verifier.iterations)"
        state = .challenged(gs2Header: gs2Header, clientFirstBare: String(bare), serverFirst: serverFirst, nonce: String(nonce))
        return Array(serverFirst.utf8)
    }

    /// Takes client-final-message, gives server-final-message when the client has proved to know the password.
    mutating func receive(clientFinal bytes: [UInt8]) throws(ScramFailure) -> [UInt8] {
        guard case .challenged(let gs2Header, let clientFirstBare, let serverFirst, let nonce) = state else {
            throw .malformed("a final message comes after the first one, and once")
        }
        state = .over
        let message = try Self.text(bytes)
        let attributes = message.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 3, attributes[0].hasPrefix("c="), attributes[1].hasPrefix("r="), let last = attributes.last, last.hasPrefix("p=") else {
            throw .malformed("the final message is not a channel binding, a nonce and a proof")
        }
        try Self.checkExtensions(attributes.dropFirst(2).dropLast())
        guard let binding = Data(base64Encoded: String(attributes[0].dropFirst(2))) else { throw .malformed("the channel binding is not base64") }
        var expected = Array(gs2Header.utf8)
        if mechanism == .scramPlus { expected += serverEndPoint ?? [] }
        guard KeyRing.equal([UInt8](binding), expected) else { throw .channelBinding("the client is bound to another connection than this one") }
        guard KeyRing.equal(Array(attributes[1].dropFirst(2).utf8), Array(nonce.utf8)) else { throw .malformed("the nonce is not the one of this exchange") }
        guard let proof = Data(base64Encoded: String(last.dropFirst(2))), proof.count == verifier.storedKey.count else {
            throw .malformed("the proof is not \(verifier.storedKey.count) bytes in base64")
        }
        let withoutProof = message.dropLast(last.count + 1)
        let authMessage = Array("\(clientFirstBare),\(serverFirst),\(withoutProof)".utf8)
        let signature = ScramVerifier.mac(key: verifier.storedKey, authMessage)
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        let isRight = KeyRing.equal(ScramVerifier.hash(clientKey), verifier.storedKey)
        guard isRight, isKnown else { throw .wrongPassword }
        return Array("v=\(ScramVerifier.base64(ScramVerifier.mac(key: verifier.serverKey, authMessage)))".utf8)
    }

    private func check(bindingFlag flag: Substring) throws(ScramFailure) {
        switch (flag, mechanism) {
        case ("n", .scram): return
        case ("y", .scram):
            // The client could bind and was told that we could not: somebody in between has left it out of our offer.
            guard serverEndPoint == nil else { throw .channelBinding("the client did not see that this server offers channel binding") }
        case ("n", .scramPlus), ("y", .scramPlus): throw .malformed("\(mechanism.rawValue) needs channel binding")
        default:
            guard flag.hasPrefix("p=") else { throw .malformed("the channel binding flag is none of n, y and p") }
            guard mechanism == .scramPlus else { throw .malformed("channel binding needs \(Mechanism.scramPlus.rawValue)") }
            guard flag.dropFirst(2) == Self.bindingName else { throw .unsupported("a channel binding other than \(Self.bindingName)") }
        }
    }

    private static func text(_ bytes: [UInt8]) throws(ScramFailure) -> String {
        guard bytes.count <= maximumLength else { throw .malformed("the message is too long") }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { throw .malformed("the message is not UTF-8 text") }
        return text
    }

    /// Extensions that are not known are passed over, as RFC 5802 asks, when they look like one.
    private static func checkExtensions(_ attributes: some Sequence<Substring>) throws(ScramFailure) {
        for attribute in attributes {
            guard let name = attribute.first, name.isASCII, name.isLetter, attribute.dropFirst().hasPrefix("="), attribute.utf8.count > 2 else {
                throw .malformed("an attribute is not a letter, an equals sign and a value")
            }
            if name == "m" { throw .unsupported("a mandatory extension") }
        }
    }
}
