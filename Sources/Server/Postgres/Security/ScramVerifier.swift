import Branching
import Crypto
import Foundation

/// What a server keeps of a password so that its holder can prove to know it by SCRAM-SHA-256 (RFC 5802, RFC 7677).
///
/// The text form is PostgreSQL's: `SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY`, the three values in base64.
struct ScramVerifier: Sendable, Hashable {
    let iterations: Int
    let salt: [UInt8]
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    static let prefix = "SCRAM-SHA-256$"
    /// PostgreSQL's number; clients of ours refuse fewer.
    static let defaultIterations = 4096
    /// More would make every login a way to keep the server busy.
    static let maximumIterations = 1_000_000
    static let saltLength = 16

    init(password: some StringProtocol, salt: [UInt8], iterations: Int = ScramVerifier.defaultIterations) {
        let salted = Self.saltedPassword(of: password, salt: salt, iterations: iterations)
        self.iterations = iterations
        self.salt = salt
        storedKey = Self.hash(Self.mac(key: salted, Array("Client Key".utf8)))
        serverKey = Self.mac(key: salted, Array("Server Key".utf8))
    }

    /// A verifier that no password matches, with which an exchange for an unknown user looks like any other.
    init(mockSalt salt: [UInt8]) {
        self.salt = salt
        iterations = Self.defaultIterations
        storedKey = [UInt8](repeating: 0, count: SHA256.byteCount)
        serverKey = storedKey
    }

    /// Reads the text form; nil when `text` is not that.
    init?(parsing text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let cost = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        let keys = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        guard cost.count == 2, keys.count == 2, cost[0].allSatisfy({ $0.isASCII && $0.isNumber }),
            let iterations = Int(cost[0]), (1 ... Self.maximumIterations).contains(iterations),
            let salt = Data(base64Encoded: String(cost[1])), !salt.isEmpty,
            let storedKey = Data(base64Encoded: String(keys[0])), storedKey.count == SHA256.byteCount,
            let serverKey = Data(base64Encoded: String(keys[1])), serverKey.count == SHA256.byteCount
        else { return nil }
        self.iterations = iterations
        self.salt = [UInt8](salt)
        self.storedKey = [UInt8](storedKey)
        self.serverKey = [UInt8](serverKey)
    }

    var text: String {
        "\(Self.prefix)\(iterations):\(Self.base64(salt))$\(Self.base64(storedKey)):\(Self.base64(serverKey))"
    }

    /// Whether `password` is the one this was made of. Costs all the iterations.
    func matches(password: some StringProtocol) -> Bool {
        let salted = Self.saltedPassword(of: password, salt: salt, iterations: iterations)
        return KeyRing.equal(Self.mac(key: salted, Array("Server Key".utf8)), serverKey)
    }

    /// RFC 5802's `Hi`: PBKDF2 with HMAC-SHA-256 and one block of output.
    static func saltedPassword(of password: some StringProtocol, salt: [UInt8], iterations: Int) -> [UInt8] {
        // The state after the key's blocks is the same in every round and is copied instead of made again.
        let keyed = HMAC<SHA256>(key: SymmetricKey(data: SaslPrep.prepare(password)))
        var code = keyed
        code.update(data: salt)
        code.update(data: [0, 0, 0, 1] as [UInt8])
        var block = [UInt8](code.finalize())
        var result = block
        for _ in 1 ..< max(iterations, 1) {
            var code = keyed
            code.update(data: block)
            block = [UInt8](code.finalize())
            for index in result.indices { result[index] ^= block[index] }
        }
        return result
    }

    static func mac(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        [UInt8](HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    static func hash(_ bytes: [UInt8]) -> [UInt8] { [UInt8](SHA256.hash(data: bytes)) }
    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
