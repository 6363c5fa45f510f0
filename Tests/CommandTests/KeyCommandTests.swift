import Branching
import Foundation
import Server
import Testing

@testable import branchlite

@Suite struct KeyCommandTests {
    @Test func printsAKeyOnceAndItsHashedForms() throws {
        let command = try #require(try KeyCommand.parseAsRoot(["new", "--name", "etl", "--scopes", "read,write"]) as? KeyNewCommand)
        let key = APIKey()
        let report = try command.arguments.report(key, isNew: true)
        #expect(report.hasPrefix("key (shown this once): \(key.text)\n"))
        #expect(report.components(separatedBy: key.text).count == 2)
        let entries = report.split(separator: "\n").filter { $0.hasPrefix("etl=") }
        #expect(entries.count == 2)
        for entry in entries {
            #expect(try KeyRing(parsing: String(entry)).principal(for: key.text) == Principal(id: "etl", scopes: [.read, .write]))
        }
    }

    @Test func hashesAKeyThatIsThereWithoutShowingIt() throws {
        let command = try #require(try KeyCommand.parseAsRoot(["hash", "--json"]) as? KeyHashCommand)
        let report = try command.arguments.report(APIKey("agent-key-0123456789"), isNew: false)
        #expect(!report.contains("agent-key"))
        let forms = try JSONDecoder().decode([String: String].self, from: Data(report.utf8))
        #expect(forms.keys.sorted() == ["scram", "sha256"])
        for form in forms.values {
            #expect(try KeyRing(parsing: form).principal(for: "agent-key-0123456789") == Principal(id: "agent", scopes: KeyRing.defaultScopes))
        }
    }

    @Test func badArgumentsAreNamed() throws {
        let scopes = try #require(try KeyCommand.parseAsRoot(["new", "--scopes", "read,fly"]) as? KeyNewCommand)
        #expect(throws: BranchLiteError.self) { try scopes.arguments.report(APIKey(), isNew: true) }
        let name = try #require(try KeyCommand.parseAsRoot(["new", "--name", "a=b"]) as? KeyNewCommand)
        #expect(throws: BranchLiteError.self) { try name.arguments.report(APIKey(), isNew: true) }
    }

    @Test func certificatesAreWrittenWithAPrivateKeyFile() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("branchlite-cert-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        func run(_ arguments: String...) throws {
            let command = try #require(try CertificateCommand.parseAsRoot(arguments + ["--out", directory.path]) as? CertificateCommand)
            try command.run()
        }
        try run("--host", "localhost", "--host", "127.0.0.1")
        let (certificate, key) = (directory.path + "/server.crt", directory.path + "/server.key")
        let first = try String(contentsOfFile: key, encoding: .utf8)
        #expect(first.hasPrefix("-----BEGIN PRIVATE KEY-----\n") && first.hasSuffix("\n"))
        #expect(try String(contentsOfFile: certificate, encoding: .utf8).hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int == 0o600)
        // Nothing is overwritten unasked; and then nothing of the old file's rights is left.
        #expect(throws: BranchLiteError.self) { try run() }
        #expect(try String(contentsOfFile: key, encoding: .utf8) == first)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
        try run("--force", "--days", "30")
        #expect(try String(contentsOfFile: key, encoding: .utf8) != first)
        #expect(try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int == 0o600)
        #expect(throws: BranchLiteError.self) { try run("--force", "--days", "1000") }
    }
}
