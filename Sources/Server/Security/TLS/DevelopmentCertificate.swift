import Branching
import Crypto
import Foundation
import SwiftASN1

/// A self-signed certificate for development: ECDSA on P-256, for the names it is asked for.
public struct DevelopmentCertificate: Sendable {
    public let certificatePEM: String
    public let keyPEM: String

    /// Browsers and Apple's libraries take no certificate that is valid for longer.
    public static let maximumDays = 825
    private static let secondsPerDay = 86_400.0

    /// - Parameters:
    ///   - hosts: DNS names and IP addresses.
    ///   - days: how long it is valid, from `now` on.
    /// - Throws: `BL_BAD_ARGUMENT` without a host, for a name that cannot be in a certificate and for more than ``maximumDays``.
    public init(hosts: [String], days: Int = DevelopmentCertificate.maximumDays, now: Date = Date()) throws(BranchLiteError) {
        guard let first = hosts.first else { throw BranchLiteError("BL_BAD_ARGUMENT", "a certificate needs a host name") }
        guard (1 ... Self.maximumDays).contains(days) else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "a certificate is valid for 1 to \(Self.maximumDays) days, not \(days)")
        }
        var names: [SubjectName] = []
        for host in hosts {
            guard let name = SubjectName(host) else {
                throw BranchLiteError("BL_BAD_ARGUMENT", "'\(host)' is neither a host name nor an IP address")
            }
            names.append(name)
        }
        let key = P256.Signing.PrivateKey()
        do {
            // A little in the past: clocks differ.
            let body = try Self.body(
                key: key.publicKey, commonName: first, names: names, from: now.addingTimeInterval(-3600),
                until: now.addingTimeInterval(Double(days) * Self.secondsPerDay - 3600))
            let signature = try key.signature(for: body)
            var serializer = DER.Serializer()
            try serializer.appendConstructedNode(identifier: .sequence) { serializer in
                serializer.serializeRawBytes(body)
                try Self.appendSignatureAlgorithm(&serializer)
                try serializer.serialize(ASN1BitString(bytes: ArraySlice(signature.derRepresentation)))
            }
            certificatePEM = PEMDocument(type: "CERTIFICATE", derBytes: serializer.serializedBytes).pemString + "\n"
            keyPEM = key.pemRepresentation + "\n"
        } catch {
            throw BranchLiteError("BL_INTERNAL", "the certificate could not be made: \(error)")
        }
    }

    private static func body(
        key: P256.Signing.PublicKey, commonName: String, names: [SubjectName], from: Date, until: Date
    ) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence) { serializer in
            try serializer.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { try $0.serialize(Int8(2)) }
            // Positive, as the first bit is zero, and not of a length that leading zeros would change.
            var serial = RandomBytes.make(16)
            serial[0] = serial[0] & 0x3F | 0x40
            serializer.appendPrimitiveNode(identifier: .integer) { $0.append(contentsOf: serial) }
            try appendSignatureAlgorithm(&serializer)
            try appendName(commonName, &serializer)
            try serializer.appendConstructedNode(identifier: .sequence) { serializer in
                try appendTime(from, &serializer)
                try appendTime(until, &serializer)
            }
            try appendName(commonName, &serializer)
            serializer.serializeRawBytes(key.derRepresentation)
            try serializer.serialize(explicitlyTaggedWithTagNumber: 3, tagClass: .contextSpecific) { serializer in
                try serializer.appendConstructedNode(identifier: .sequence) { try appendExtensions(names, &$0) }
            }
        }
        return serializer.serializedBytes
    }

    private static func appendExtensions(_ names: [SubjectName], _ serializer: inout DER.Serializer) throws {
        // No authority: whoever trusts it trusts this server and nothing that its key could sign.
        try appendExtension([2, 5, 29, 19], isCritical: true, &serializer) { serializer in
            serializer.appendConstructedNode(identifier: .sequence) { _ in }
        }
        // Digital signature, the first bit.
        try appendExtension([2, 5, 29, 15], isCritical: true, &serializer) { serializer in
            try serializer.serialize(ASN1BitString(bytes: [0b1000_0000], paddingBits: 7))
        }
        try appendExtension([2, 5, 29, 37], isCritical: false, &serializer) { serializer in
            let serverAuthentication: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 3, 1]
            try serializer.appendConstructedNode(identifier: .sequence) { try $0.serialize(serverAuthentication) }
        }
        try appendExtension([2, 5, 29, 17], isCritical: false, &serializer) { serializer in
            serializer.appendConstructedNode(identifier: .sequence) { serializer in
                for name in names { name.append(to: &serializer) }
            }
        }
    }

    private static func appendExtension(
        _ name: ASN1ObjectIdentifier, isCritical: Bool, _ serializer: inout DER.Serializer, _ value: (inout DER.Serializer) throws -> Void
    ) throws {
        var content = DER.Serializer()
        try value(&content)
        try serializer.appendConstructedNode(identifier: .sequence) { serializer in
            try serializer.serialize(name)
            if isCritical { try serializer.serialize(true) }
            try serializer.serialize(ASN1OctetString(contentBytes: ArraySlice(content.serializedBytes)))
        }
    }

    /// ecdsa-with-SHA256, which has no parameters.
    private static func appendSignatureAlgorithm(_ serializer: inout DER.Serializer) throws {
        let ecdsaWithSHA256: ASN1ObjectIdentifier = [1, 2, 840, 10045, 4, 3, 2]
        try serializer.appendConstructedNode(identifier: .sequence) { try $0.serialize(ecdsaWithSHA256) }
    }

    private static func appendName(_ commonName: String, _ serializer: inout DER.Serializer) throws {
        let type: ASN1ObjectIdentifier = [2, 5, 4, 3]
        try serializer.appendConstructedNode(identifier: .sequence) { serializer in
            try serializer.appendConstructedNode(identifier: .set) { serializer in
                try serializer.appendConstructedNode(identifier: .sequence) { serializer in
                    try serializer.serialize(type)
                    // The standard's bound on a common name; the names that count are the alternative ones.
                    try serializer.serialize(ASN1UTF8String(String(commonName.prefix(64))))
                }
            }
        }
    }

    /// UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, section 4.1.2.5).
    private static func appendTime(_ date: Date, _ serializer: inout DER.Serializer) throws {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let (year, month, day) = (Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
        let (hours, minutes, second) = (Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
        if year < 2050 {
            try serializer.serialize(UTCTime(year: year, month: month, day: day, hours: hours, minutes: minutes, seconds: second))
        } else {
            try serializer.serialize(
                GeneralizedTime(year: year, month: month, day: day, hours: hours, minutes: minutes, seconds: second, fractionalSeconds: 0))
        }
    }
}

/// A name that a certificate is for.
private enum SubjectName {
    case dns(String)
    case address([UInt8])

    private static let dnsTag: UInt = 2
    private static let addressTag: UInt = 7

    init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self = .address(withUnsafeBytes(of: v4) { Array($0) })
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self = .address(withUnsafeBytes(of: v6) { Array($0) })
        } else {
            let labels = text.split(separator: ".", omittingEmptySubsequences: false)
            let isName = labels.enumerated().allSatisfy { index, label in
                if index == 0, label == "*", labels.count > 1 { return true }
                return (1 ... 63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"), UInt8(ascii: "0") ... UInt8(ascii: "9"),
                            UInt8(ascii: "-"), UInt8(ascii: "_"):
                            true
                        default: false
                        }
                    }
            }
            guard isName, text.utf8.count <= 253 else { return nil }
            self = .dns(text)
        }
    }

    func append(to serializer: inout DER.Serializer) {
        switch self {
        case .dns(let name):
            serializer.appendPrimitiveNode(identifier: ASN1Identifier(tagWithNumber: Self.dnsTag, tagClass: .contextSpecific)) {
                $0.append(contentsOf: name.utf8)
            }
        case .address(let bytes):
            serializer.appendPrimitiveNode(identifier: ASN1Identifier(tagWithNumber: Self.addressTag, tagClass: .contextSpecific)) {
                $0.append(contentsOf: bytes)
            }
        }
    }
}
