import Branching
import Foundation
import NIOSSL

/// A certificate and its key, ready for connections.
struct ServerTLS: Sendable {
    let context: NIOSSLContext
    /// True: connections without TLS are refused.
    let isRequired: Bool
    /// The certificate's hash for channel binding (RFC 5929); nil when none is defined for its signature.
    let serverEndPoint: [UInt8]?
    /// What the operator should know at the start.
    let warnings: [String]

    /// What PostgreSQL's clients from version 17 on ask for by ALPN.
    private static let applicationProtocol = "postgresql"

    /// - Parameter now: the time of day in seconds since 1970, by which the certificate is valid or not.
    /// - Returns: nil when TLS is off.
    /// - Throws: `BL_BAD_CONFIGURATION` naming the file that is missing or wrong.
    init?(_ options: TLSOptions, now: Double = Date().timeIntervalSince1970) throws(BranchLiteError) {
        if options.mode == .off { return nil }
        let certificatePEM = try Self.contents(of: options.certificatePath, variable: "BRANCHLITE_TLS_CERT")
        let keyPEM = try Self.contents(of: options.keyPath, variable: "BRANCHLITE_TLS_KEY")
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(certificatePEM), let leaf = chain.first, let der = try? leaf.toDERBytes() else {
            throw BranchLiteError(
                "BL_BAD_CONFIGURATION", "'\(options.certificatePath)' (BRANCHLITE_TLS_CERT) holds no certificate in PEM form")
        }
        guard let key = try? NIOSSLPrivateKey(bytes: keyPEM, format: .pem) else {
            throw BranchLiteError(
                "BL_BAD_CONFIGURATION", "'\(options.keyPath)' (BRANCHLITE_TLS_KEY) holds no private key in PEM form that can be read",
                hint: "a key with a passphrase has to be written without one: openssl pkey -in KEY -out PLAIN")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [Self.applicationProtocol]
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw BranchLiteError(
                "BL_BAD_CONFIGURATION", "the key in '\(options.keyPath)' does not belong to the certificate in '\(options.certificatePath)'",
                hint: "\(error)")
        }
        isRequired = options.mode == .require
        serverEndPoint = ChannelBindingHash.serverEndPoint(certificate: der)
        var warnings: [String] = []
        if Double(leaf.notValidAfter) < now { warnings.append("the certificate '\(options.certificatePath)' has expired") }
        if Double(leaf.notValidBefore) > now { warnings.append("the certificate '\(options.certificatePath)' is not valid yet") }
        if let mode = try? FileManager.default.attributesOfItem(atPath: options.keyPath)[.posixPermissions] as? Int, mode & 0o077 != 0 {
            warnings.append("others than its owner can get at the key file '\(options.keyPath)'")
        }
        self.warnings = warnings
    }

    private static func contents(of path: String, variable: String) throws(BranchLiteError) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw BranchLiteError(
                "BL_BAD_CONFIGURATION", "the file '\(path)' (\(variable)) \(exists ? "cannot be read" : "does not exist")")
        }
    }
}
