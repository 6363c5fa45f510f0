import Crypto
import SwiftASN1

/// `tls-server-end-point` (RFC 5929, section 4.1): the hash of the server's certificate by the hash function of its signature.
enum ChannelBindingHash {
    private enum Function { case sha256, sha384, sha512 }

    /// - Parameter certificate: DER.
    /// - Returns: nil when the signature does not say one hash function, as with Ed25519: then nothing can be bound.
    static func serverEndPoint(certificate: [UInt8]) -> [UInt8]? {
        guard let function = try? function(of: certificate) else { return nil }
        return switch function {
        case .sha256: [UInt8](SHA256.hash(data: certificate))
        case .sha384: [UInt8](SHA384.hash(data: certificate))
        case .sha512: [UInt8](SHA512.hash(data: certificate))
        }
    }

    private static func function(of certificate: [UInt8]) throws -> Function? {
        // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature }
        try DER.sequence(try DER.parse(certificate), identifier: .sequence) { parts in
            _ = parts.next()
            let function: Function? = try parts.next().flatMap { algorithm in
                try DER.sequence(algorithm, identifier: .sequence) { fields in
                    let name = try ASN1ObjectIdentifier(derEncoded: &fields)
                    let parameters = fields.next()
                    while fields.next() != nil {}
                    return name == Self.rsaPSS ? try parameters.flatMap(Self.hashOfPSS) : Self.functions[name]
                }
            }
            while parts.next() != nil {}
            return function
        }
    }

    /// RSASSA-PSS-params begins with `[0] EXPLICIT` the hash's AlgorithmIdentifier; left out it is SHA-1.
    private static func hashOfPSS(_ parameters: ASN1Node) throws -> Function? {
        try DER.sequence(parameters, identifier: .sequence) { fields in
            let name = try DER.optionalExplicitlyTagged(&fields, tagNumber: 0, tagClass: .contextSpecific) { node in
                try DER.sequence(node, identifier: .sequence) { parts in
                    let name = try ASN1ObjectIdentifier(derEncoded: &parts)
                    while parts.next() != nil {}
                    return name
                }
            }
            while fields.next() != nil {}
            return name.map { Self.functions[$0] } ?? .sha256
        }
    }

    private static let rsaPSS: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 10]

    /// Signature algorithms and hash functions. MD5 and SHA-1 are replaced by SHA-256, as the RFC says.
    private static let functions: [ASN1ObjectIdentifier: Function] = [
        [1, 2, 840, 113549, 1, 1, 4]: .sha256,
        [1, 2, 840, 113549, 1, 1, 5]: .sha256,
        [1, 2, 840, 113549, 1, 1, 11]: .sha256,
        [1, 2, 840, 113549, 1, 1, 12]: .sha384,
        [1, 2, 840, 113549, 1, 1, 13]: .sha512,
        [1, 2, 840, 10045, 4, 1]: .sha256,
        [1, 2, 840, 10045, 4, 3, 2]: .sha256,
        [1, 2, 840, 10045, 4, 3, 3]: .sha384,
        [1, 2, 840, 10045, 4, 3, 4]: .sha512,
        [1, 3, 14, 3, 2, 26]: .sha256,
        [2, 16, 840, 1, 101, 3, 4, 2, 1]: .sha256,
        [2, 16, 840, 1, 101, 3, 4, 2, 2]: .sha384,
        [2, 16, 840, 1, 101, 3, 4, 2, 3]: .sha512,
    ]
}
