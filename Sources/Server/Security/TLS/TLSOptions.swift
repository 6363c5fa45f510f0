import Branching

/// Whether and with which certificate a door speaks TLS (`BRANCHLITE_TLS`, `BRANCHLITE_TLS_CERT`, `BRANCHLITE_TLS_KEY`).
public struct TLSOptions: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        case off
        /// The client chooses.
        case prefer
        /// Connections without TLS are refused.
        case require
    }

    public let mode: Mode
    /// PEM file: the server's certificate, then those of who signed it. Empty when `mode` is off.
    public let certificatePath: String
    /// PEM file.
    public let keyPath: String

    /// No TLS.
    public init() {
        mode = .off
        certificatePath = ""
        keyPath = ""
    }

    /// - Parameter mode: `off`, `prefer`, `require`, or `auto`: `prefer` when there is a certificate, else `off`.
    /// - Throws: `BL_BAD_CONFIGURATION` when TLS is asked for and the certificate or its key is not named.
    public init(mode text: String, certificatePath: String, keyPath: String) throws(BranchLiteError) {
        let word = text.lowercased()
        let isConfigured = !certificatePath.isEmpty || !keyPath.isEmpty
        guard let mode = word == "auto" ? (isConfigured ? .prefer : .off) : Mode(rawValue: word) else {
            throw BranchLiteError("BL_BAD_CONFIGURATION", "BRANCHLITE_TLS is '\(text)'", hint: "it can be auto, off, prefer or require")
        }
        if mode == .off {
            self = TLSOptions()
            return
        }
        for (path, variable) in [(certificatePath, "BRANCHLITE_TLS_CERT"), (keyPath, "BRANCHLITE_TLS_KEY")] where path.isEmpty {
            throw BranchLiteError(
                "BL_BAD_CONFIGURATION", "TLS needs a certificate and its key, and \(variable) is not set",
                hint: "branchlite cert --host localhost --out DIR makes both for development")
        }
        self = TLSOptions(mode: mode, certificatePath: certificatePath, keyPath: keyPath)
    }

    private init(mode: Mode, certificatePath: String, keyPath: String) {
        self.mode = mode
        self.certificatePath = certificatePath
        self.keyPath = keyPath
    }
}
