import Branching
import Crypto
import Foundation
import NIOSSL
import Testing

@testable import Server

@Suite struct TLSTests {
    /// A directory that is removed at the end, with a certificate and its key in it.
    private func withCertificate(
        hosts: [String] = ["localhost"], days: Int = 10, now: Date = Date(), _ body: (_ certificate: String, _ key: String) throws -> Void
    ) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("branchlite-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let made = try DevelopmentCertificate(hosts: hosts, days: days, now: now)
        let (certificate, key) = (directory.appendingPathComponent("c.pem").path, directory.appendingPathComponent("k.pem").path)
        try made.certificatePEM.write(toFile: certificate, atomically: true, encoding: .utf8)
        try made.keyPEM.write(toFile: key, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
        try body(certificate, key)
    }

    private func refusal(_ body: () throws -> Void) -> BranchLiteError? {
        do {
            try body()
            return nil
        } catch {
            return error as? BranchLiteError
        }
    }

    @Test func theCertificateIsForItsNames() throws {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let made = try DevelopmentCertificate(hosts: ["db.example", "*.db.example", "127.0.0.1", "::1"], days: 825, now: now)
        let certificate = try NIOSSLCertificate(bytes: Array(made.certificatePEM.utf8), format: .pem)
        let names = certificate._subjectAlternativeNames().map { name in
            switch name.nameType {
            case .dnsName: String(decoding: name.contents, as: UTF8.self)
            default: name.contents.map(String.init).joined(separator: ".")
            }
        }
        #expect(names == ["db.example", "*.db.example", "127.0.0.1", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1"])
        #expect(certificate.notValidBefore == 1_800_000_000 - 3600 && certificate.notValidAfter == 1_800_000_000 - 3600 + 825 * 86_400)
        let other = try DevelopmentCertificate(hosts: ["db.example"])
        let otherCertificate = try NIOSSLCertificate(bytes: Array(other.certificatePEM.utf8), format: .pem)
        #expect(made.keyPEM != other.keyPEM && certificate.serialNumber != otherCertificate.serialNumber)
        // From 2050 on dates are written in another way.
        let late = try DevelopmentCertificate(hosts: ["db.example"], days: 825, now: Date(timeIntervalSince1970: 2_524_608_000 - 86_400))
        #expect(try NIOSSLCertificate(bytes: Array(late.certificatePEM.utf8), format: .pem).notValidAfter == 2_524_608_000 - 86_400 - 3600 + 825 * 86_400)
    }

    @Test func certificatesThatCannotBe() {
        #expect(refusal { _ = try DevelopmentCertificate(hosts: []) }?.code == "BL_BAD_ARGUMENT")
        for host in ["", "a b", "-a", "a..b", "ä", "a,b", "*", String(repeating: "a", count: 64), String(repeating: "a.", count: 130) + "b"] {
            #expect(refusal { _ = try DevelopmentCertificate(hosts: [host]) }?.code == "BL_BAD_ARGUMENT", "\(host)")
        }
        for days in [0, -1, 826] { #expect(refusal { _ = try DevelopmentCertificate(hosts: ["a"], days: days) }?.code == "BL_BAD_ARGUMENT") }
    }

    @Test func loadsCertificateAndKey() throws {
        try withCertificate { certificate, key in
            let tls = try #require(try ServerTLS(TLSOptions(mode: "auto", certificatePath: certificate, keyPath: key)))
            #expect(!tls.isRequired && tls.warnings.isEmpty)
            let der = try NIOSSLCertificate.fromPEMFile(certificate)[0].toDERBytes()
            #expect(tls.serverEndPoint == [UInt8](SHA256.hash(data: der)))
            #expect(try #require(try ServerTLS(TLSOptions(mode: "require", certificatePath: certificate, keyPath: key))).isRequired)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
            let open = try #require(try ServerTLS(TLSOptions(mode: "prefer", certificatePath: certificate, keyPath: key)))
            #expect(open.warnings == ["others than its owner can get at the key file '\(key)'"])
            let later = Date().timeIntervalSince1970 + 20 * 86_400
            let expired = try #require(try ServerTLS(TLSOptions(mode: "auto", certificatePath: certificate, keyPath: key), now: later))
            #expect(expired.warnings.contains("the certificate '\(certificate)' has expired"))
            let early = try #require(try ServerTLS(TLSOptions(mode: "auto", certificatePath: certificate, keyPath: key), now: 0))
            #expect(early.warnings.contains("the certificate '\(certificate)' is not valid yet"))
        }
    }

    @Test func whatIsWrongIsNamed() throws {
        try withCertificate { certificate, key in
            func load(_ certificate: String, _ key: String) -> BranchLiteError? {
                refusal { _ = try ServerTLS(TLSOptions(mode: "auto", certificatePath: certificate, keyPath: key)) }
            }
            #expect(load("/nowhere/c.pem", key)?.message == "the file '/nowhere/c.pem' (BRANCHLITE_TLS_CERT) does not exist")
            #expect(load(certificate, "/nowhere/k.pem")?.message == "the file '/nowhere/k.pem' (BRANCHLITE_TLS_KEY) does not exist")
            #expect(load(key, key)?.message == "'\(key)' (BRANCHLITE_TLS_CERT) holds no certificate in PEM form")
            #expect(load(certificate, certificate)?.message.contains("(BRANCHLITE_TLS_KEY) holds no private key") == true)
            try withCertificate { _, otherKey in
                #expect(load(certificate, otherKey)?.message == "the key in '\(otherKey)' does not belong to the certificate in '\(certificate)'")
            }
        }
    }

    @Test func modes() throws {
        #expect(try TLSOptions(mode: "auto", certificatePath: "", keyPath: "").mode == .off)
        #expect(try TLSOptions(mode: "auto", certificatePath: "c", keyPath: "k").mode == .prefer)
        #expect(try TLSOptions(mode: "OFF", certificatePath: "c", keyPath: "k").mode == .off)
        #expect(try TLSOptions(mode: "require", certificatePath: "c", keyPath: "k").mode == .require)
        #expect(try ServerTLS(TLSOptions()).map(\.isRequired) == nil)
        for (mode, certificate, key, missing) in [("require", "", "", "BRANCHLITE_TLS_CERT"), ("prefer", "c", "", "BRANCHLITE_TLS_KEY"), ("auto", "", "k", "BRANCHLITE_TLS_CERT")] {
            #expect(refusal { _ = try TLSOptions(mode: mode, certificatePath: certificate, keyPath: key) }?.message.contains(missing) == true)
        }
    }
}
