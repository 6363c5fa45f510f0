/// Revisions of the Model Context Protocol that this server speaks.
enum ProtocolVersion: String, Sendable, CaseIterable, Comparable {
    case v2024_11_05 = "2024-11-05"
    case v2025_03_26 = "2025-03-26"
    case v2025_06_18 = "2025-06-18"
    case v2025_11_25 = "2025-11-25"

    static let latest = ProtocolVersion.v2025_11_25
    /// What a client that names no version in its HTTP headers is taken to speak, as the specification says.
    static let assumed = ProtocolVersion.v2025_03_26

    static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool { left.rawValue < right.rawValue }

    /// The version to answer `initialize` with: the client's where we speak it, else our newest.
    static func negotiate(_ requested: String?) -> ProtocolVersion {
        requested.flatMap(ProtocolVersion.init(rawValue:)) ?? latest
    }

    /// JSON-RPC batches came in with one revision and went out with the next; the first revision had JSON-RPC's own.
    var allowsBatches: Bool { self <= .v2025_03_26 }

    static var supportedNames: [String] { allCases.map(\.rawValue).sorted(by: >) }
}
