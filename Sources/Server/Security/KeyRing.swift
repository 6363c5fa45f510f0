import Branching
import Crypto
import Foundation

/// The API keys a server accepts. Only SHA-256 digests are kept in memory.
public struct KeyRing: Sendable {
    private struct Entry: Sendable {
        let digest: [UInt8]
        let principal: Principal
    }

    private let entries: [Entry]

    public var isEmpty: Bool { entries.isEmpty }

    /// Scopes of a key that names none: everything an agent needs, not `admin`.
    public static let defaultScopes: Set<Scope> = [.read, .write, .branch, .merge]

    /// A shorter key than this is refused: it could be guessed.
    public static let minimumKeyLength = 16

    /// Reads `BRANCHLITE_API_KEYS`: keys separated by commas, semicolons or white space, each `[NAME=]KEY[:SCOPE+SCOPE…]`, where KEY
    /// is the key itself or `sha256:` and the 64 hexadecimal digits of its digest.
    ///
    /// - Throws: `BL_BAD_CONFIGURATION` naming the entry by its number, never showing a key.
    public init(parsing text: String) throws(BranchLiteError) {
        var entries: [Entry] = []
        let items = text.split { $0 == "," || $0 == ";" || $0.isWhitespace }
        for (index, item) in items.enumerated() {
            func refuse(_ problem: String, _ hint: String? = nil) -> BranchLiteError {
                BranchLiteError(
                    "BL_BAD_CONFIGURATION", "key \(index + 1) of BRANCHLITE_API_KEYS \(problem)", hint: hint ?? "write NAME=KEY:read+write+branch+merge")
            }
            var rest = item
            var name = "key-\(index + 1)"
            if let equals = rest.firstIndex(of: "="), equals != rest.startIndex, rest[rest.index(after: equals)...].contains(where: { $0 != "=" }) {
                name = String(rest[..<equals])
                rest = rest[rest.index(after: equals)...]
            }
            let isDigest = rest.hasPrefix("sha256:")
            if isDigest { rest = rest.dropFirst("sha256:".count) }
            var scopes = Self.defaultScopes
            if let colon = rest.firstIndex(of: ":") {
                scopes = []
                for word in rest[rest.index(after: colon)...].split(separator: "+", omittingEmptySubsequences: false) {
                    guard let scope = Scope(rawValue: word.lowercased()) else {
                        throw refuse(
                            "has a scope '\(word)' that does not exist", "scopes are " + Scope.allCases.map(\.rawValue).joined(separator: ", "))
                    }
                    scopes.insert(scope)
                }
                rest = rest[..<colon]
            }
            let digest: [UInt8]
            if isDigest {
                guard let bytes = Self.bytes(hex: rest), bytes.count == SHA256.byteCount else { throw refuse("has a digest that is not 64 hexadecimal digits") }
                digest = bytes
            } else {
                guard rest.utf8.count >= Self.minimumKeyLength else { throw refuse("is shorter than \(Self.minimumKeyLength) characters") }
                digest = Self.digest(of: rest)
            }
            entries.append(Entry(digest: digest, principal: Principal(id: name, scopes: scopes)))
        }
        self.entries = entries
    }

    /// No keys: nothing is accepted.
    public init() { entries = [] }

    /// Who holds `key`. Every entry is compared, each in constant time, so that the time says nothing about any of them.
    public func principal(for key: some StringProtocol) -> Principal? {
        let digest = Self.digest(of: key)
        var found: Principal?
        for entry in entries where Self.equal(entry.digest, digest) { found = found ?? entry.principal }
        return found
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
