import Branching

/// An HTTP request's headers as far as they decide whether it is let in.
struct RequestFacts: Sendable, Hashable {
    var host: String?
    var origin: String?
    var authorization: String?
}

/// Decides whether a request may come in, and who it is.
///
/// Without authentication a web page in the user's browser must not be able to reach the server: the browser would send the page's
/// host name (DNS rebinding) or the page's origin, and both are refused.
struct RequestGuard: Sendable {
    enum Mode: Sendable {
        /// No authentication; loopback names only.
        case open
        case keys(KeyRing)
    }

    enum Refusal: Error, Sendable, Hashable {
        case forbidden(BranchLiteError)
        case unauthenticated(BranchLiteError)
    }

    let mode: Mode

    /// - Parameter port: the port the server really listens on.
    func admit(_ facts: RequestFacts, port: Int) throws(Refusal) -> Principal {
        switch mode {
        case .open:
            guard let host = facts.host, Self.isLoopback(authority: host, port: port) else {
                throw .forbidden(
                    BranchLiteError(
                        "BL_FORBIDDEN_HOST", "requests to '\(Self.shown(facts.host))' are refused while the server runs without authentication",
                        hint: "use 127.0.0.1:\(port) or localhost:\(port)"))
            }
            if let origin = facts.origin, !Self.isOurs(origin: origin, port: port) {
                throw .forbidden(
                    BranchLiteError(
                        "BL_FORBIDDEN_ORIGIN", "requests from the web page '\(Self.shown(origin))' are refused while the server runs without authentication",
                        hint: "set HATIDATA_DEV_MODE=false and configure API keys to let other origins in"))
            }
            return .local
        case .keys(let ring):
            do {
                return try ring.authenticate(authorization: facts.authorization)
            } catch {
                throw .unauthenticated(error)
            }
        }
    }

    private static let loopbackNames: Set<String> = ["localhost", "127.0.0.1", "[::1]"]
    private static let httpPort = 80

    static func isLoopback(authority: String, port: Int) -> Bool {
        let (name, givenPort) = split(authority)
        return loopbackNames.contains(name.lowercased()) && givenPort == String(port)
    }

    static func isOurs(origin: String, port: Int) -> Bool {
        guard origin.lowercased().hasPrefix("http://") else { return false }
        return isLoopback(authority: String(origin.dropFirst("http://".count)), port: port)
    }

    /// Host name (an IPv6 address with its brackets) and port, 80 when there is none.
    private static func split(_ authority: String) -> (name: String, port: String) {
        let colon = authority.lastIndex(of: ":")
        guard let colon, !authority[colon...].contains("]") else { return (authority, String(httpPort)) }
        return (String(authority[..<colon]), String(authority[authority.index(after: colon)...]))
    }

    private static func shown(_ text: String?) -> String { String((text ?? "(no host)").prefix(100)) }

    /// True for the addresses a server without authentication may listen on.
    static func isLoopback(listenHost host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
