import Branching
import Crypto
import Foundation
import Synchronization

/// The API keys a server accepts. Only SHA-256 digests and SCRAM verifiers are kept in memory.
public struct KeyRing: Sendable {
    /// What a presented key is compared with.
    private enum Secret: Sendable {
        case digest([UInt8])
        /// Only the verifier is known; comparing a key costs all its iterations.
        case verifier(ScramVerifier)
    }

    private struct Entry: Sendable {
        let secret: Secret
        /// With what the key's holder can log in by SCRAM; nil when only a digest of the key is known.
        let verifier: ScramVerifier?
        let principal: Principal
    }

    private let entries: [Entry]
    /// Digests of keys that matched a verifier, so that their iterations are paid once.
    private let seen = SeenKeys()

    public var isEmpty: Bool { entries.isEmpty }

    /// Scopes of a key that names none: everything an agent needs, not `admin`.
    public static let defaultScopes: Set<Scope> = [.read, .write, .branch, .merge]

    /// A shorter key than this is refused: it could be guessed.
    public static let minimumKeyLength = 16

    private static let digestPrefix = "sha256:"
    private static let verifierPrefix = "scram:"

    /// Reads `BRANCHLITE_API_KEYS`: keys separated by commas, semicolons or white space, each `[NAME=]KEY[:SCOPE+SCOPE…]`, where KEY
    /// is the key itself, or `sha256:` and the 64 hexadecimal digits of its digest, or `scram:` and its verifier as PostgreSQL writes it.
    ///
    /// - Throws: `BL_BAD_CONFIGURATION` naming the entry by its number, never showing a key.
    public init(parsing text: String) throws(BranchLiteError) {
        try self.init(parsing: text, salts: { RandomBytes.make(ScramVerifier.saltLength) })
    }

    /// - Parameter salts: makes the salt of the verifier of a key that is given itself.
    init(parsing text: String, salts: () -> [UInt8]) throws(BranchLiteError) {
        var entries: [Entry] = []
        let items = text.split { $0 == "," || $0 == ";" || $0.isWhitespace }
        for (index, item) in items.enumerated() {
            func refuse(_ problem: String, _ hint: String? = nil) -> BranchLiteError {
                BranchLiteError(
                    "BL_BAD_CONFIGURATION", "key \(index + 1) of BRANCHLITE_API_KEYS \(problem)", hint: hint ?? "write NAME=KEY:read+write+branch+merge")
            }
            let (givenName, rest) = Self.splitName(item)
            let name = givenName ?? "key-\(index + 1)"
            let (key, scopeWords) = Self.splitScopes(rest)
            var scopes = Self.defaultScopes
            if let scopeWords {
                scopes = []
                for word in scopeWords.split(separator: "+", omittingEmptySubsequences: false) {
                    guard let scope = Scope(rawValue: word.lowercased()) else {
                        throw refuse(
                            "has a scope '\(word)' that does not exist", "scopes are " + Scope.allCases.map(\.rawValue).joined(separator: ", "))
                    }
                    scopes.insert(scope)
                }
            }
            let principal = Principal(id: name, scopes: scopes)
            if key.hasPrefix(Self.digestPrefix) {
                guard let bytes = Self.bytes(hex: key.dropFirst(Self.digestPrefix.count)), bytes.count == SHA256.byteCount else {
                    throw refuse("has a digest that is not 64 hexadecimal digits")
                }
                entries.append(Entry(secret: .digest(bytes), verifier: nil, principal: principal))
            } else if key.hasPrefix(Self.verifierPrefix) {
                guard let verifier = ScramVerifier(parsing: key.dropFirst(Self.verifierPrefix.count)) else {
                    throw refuse(
                        "has a verifier that is not SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY",
                        "quote it where '$' means something, as in a shell or a compose file; branchlite key hash makes it")
                }
                entries.append(Entry(secret: .verifier(verifier), verifier: verifier, principal: principal))
            } else {
                guard key.utf8.count >= Self.minimumKeyLength else { throw refuse("is shorter than \(Self.minimumKeyLength) characters") }
                let verifier = ScramVerifier(password: key, salt: salts())
                entries.append(Entry(secret: .digest(Self.digest(of: key)), verifier: verifier, principal: principal))
            }
        }
        self.entries = entries
    }

    /// No keys: nothing is accepted.
    public init() { entries = [] }

    /// Names that keys have.
    var names: Set<String> { Set(entries.map(\.principal.id)) }

    /// The keys of `name` by which its holder can log in with SCRAM.
    func verifiers(named name: String) -> [(verifier: ScramVerifier, principal: Principal)] {
        entries.filter { $0.principal.id == name }.compactMap { entry in entry.verifier.map { ($0, entry.principal) } }
    }

    /// Who holds `key`. Digests are all compared, each in constant time, so that the time says nothing about any of them; verifiers come
    /// after them, when no digest matched.
    ///
    /// - Parameter name: only keys of this name; nil for all.
    public func principal(for key: some StringProtocol, named name: String? = nil) -> Principal? {
        let digest = Self.digest(of: key)
        let candidates = entries.enumerated().filter { name == nil || $0.element.principal.id == name }
        var found: Principal?
        for (index, entry) in candidates {
            let isMatch =
                switch entry.secret {
                case .digest(let expected): Self.equal(expected, digest)
                case .verifier: seen.matched(digest, entry: index)
                }
            if isMatch { found = found ?? entry.principal }
        }
        if let found { return found }
        for (index, entry) in candidates {
            guard case .verifier(let verifier) = entry.secret, verifier.matches(password: key) else { continue }
            seen.record(digest, entry: index)
            return entry.principal
        }
        return nil
    }

    /// The principal of an `Authorization` header (`ApiKey KEY` or `Bearer KEY`).
    ///
    /// - Throws: `BL_AUTHENTICATION` when there is no such header or the key is not known.
    public func authenticate(authorization: String?) throws(BranchLiteError) -> Principal {
        guard let authorization else {
            throw BranchLiteError(
                "BL_AUTHENTICATION", "this server needs an API key", hint: "send the header 'Authorization: ApiKey KEY' or 'Authorization: Bearer KEY'")
        }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, ["apikey", "bearer"].contains(parts[0].lowercased()) else {
            throw BranchLiteError("BL_AUTHENTICATION", "the Authorization header must be 'ApiKey KEY' or 'Bearer KEY'")
        }
        guard let principal = principal(for: parts[1].drop { $0 == " " }) else {
            throw BranchLiteError("BL_AUTHENTICATION", "the API key is not known here")
        }
        return principal
    }

    static func digest(of key: some StringProtocol) -> [UInt8] { [UInt8](SHA256.hash(data: Data(key.utf8))) }

    static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }

    /// The name before the first `=`, unless that belongs to the key: base64 ends in it, and a hashed form begins with its kind.
    private static func splitName(_ item: Substring) -> (name: String?, rest: Substring) {
        if item.hasPrefix(digestPrefix) || item.hasPrefix(verifierPrefix) { return (nil, item) }
        guard let equals = item.firstIndex(of: "="), equals != item.startIndex, item[item.index(after: equals)...].contains(where: { $0 != "=" }) else {
            return (nil, item)
        }
        return (String(item[..<equals]), item[item.index(after: equals)...])
    }

    /// The key and what follows the colon behind it.
    private static func splitScopes(_ text: Substring) -> (key: Substring, scopes: Substring?) {
        // Colons that belong to the hashed form itself: one in a digest, three in a verifier.
        let own = text.hasPrefix(verifierPrefix) ? 3 : text.hasPrefix(digestPrefix) ? 1 : 0
        let colons = text.indices.filter { text[$0] == ":" }
        guard colons.count > own else { return (text, nil) }
        return (text[..<colons[own]], text[text.index(after: colons[own])...])
    }

    private static func bytes(hex: Substring) -> [UInt8]? {
        let digits = hex.map(\.hexDigitValue)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}

/// Which keys are known to match which verifier: one digest per entry, never that of a wrong key.
private final class SeenKeys: Sendable {
    private let digests = Mutex<[Int: [UInt8]]>([:])

    func matched(_ digest: [UInt8], entry: Int) -> Bool {
        digests.withLock { $0[entry] }.map { KeyRing.equal($0, digest) } ?? false
    }

    func record(_ digest: [UInt8], entry: Int) { digests.withLock { $0[entry] = digest } }
}
