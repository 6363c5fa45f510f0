import Branching
import Foundation

/// A key as its holder has it, and the forms in which a server can be told of it.
public struct APIKey: Sendable {
    /// The key itself.
    public let text: String

    private static let mark = "blk_"
    private static let randomByteCount = 32

    /// A new key of 256 random bits.
    public init() {
        let random = Data(RandomBytes.make(Self.randomByteCount)).base64EncodedString()
        text = Self.mark + random.map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined().filter { $0 != "=" }
    }

    /// - Throws: `BL_BAD_ARGUMENT` when the key is too short.
    public init(_ text: String) throws(BranchLiteError) {
        guard text.utf8.count >= KeyRing.minimumKeyLength else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "a key has at least \(KeyRing.minimumKeyLength) characters")
        }
        self.text = text
    }

    /// The entry of `BRANCHLITE_API_KEYS` with the key's SHA-256 digest.
    /// - Throws: `BL_BAD_ARGUMENT` for a name that cannot stand there.
    public func digestEntry(name: String, scopes: Set<Scope>) throws(BranchLiteError) -> String {
        let digest = KeyRing.digest(of: text).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return try Self.entry(name, "sha256:" + digest, scopes)
    }

    /// The entry of `BRANCHLITE_API_KEYS` with a SCRAM verifier of the key, salted anew.
    /// - Throws: `BL_BAD_ARGUMENT` for a name that cannot stand there.
    public func verifierEntry(name: String, scopes: Set<Scope>) throws(BranchLiteError) -> String {
        let verifier = ScramVerifier(password: text, salt: RandomBytes.make(ScramVerifier.saltLength))
        return try Self.entry(name, "scram:" + verifier.text, scopes)
    }

    /// Reads scopes as a command takes them, `read,write` or `read+write`.
    /// - Throws: `BL_BAD_ARGUMENT` naming the word that is no scope.
    public static func scopes(_ text: String) throws(BranchLiteError) -> Set<Scope> {
        var scopes: Set<Scope> = []
        for word in text.split(whereSeparator: { $0 == "," || $0 == "+" || $0.isWhitespace }) {
            guard let scope = Scope(rawValue: word.lowercased()) else {
                throw BranchLiteError(
                    "BL_BAD_ARGUMENT", "there is no scope '\(word)'", hint: "scopes are " + Scope.allCases.map(\.rawValue).joined(separator: ", "))
            }
            scopes.insert(scope)
        }
        guard !scopes.isEmpty else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "a key needs a scope", hint: "scopes are " + Scope.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return scopes
    }

    private static func entry(_ name: String, _ secret: String, _ scopes: Set<Scope>) throws(BranchLiteError) -> String {
        guard !name.isEmpty, !name.contains(where: { "=,;:$'\"\\".contains($0) || $0.isWhitespace }) else {
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "'\(name)' cannot be the name of a key", hint: "it has no space, quote, backslash, dollar sign, comma, semicolon, colon or equals sign")
        }
        let words = Scope.allCases.filter(scopes.contains).map(\.rawValue)
        return "\(name)=\(secret):\(words.joined(separator: "+"))"
    }
}
