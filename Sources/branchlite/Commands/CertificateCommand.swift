import ArgumentParser
import Branching
import Foundation
import Server

struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cert", abstract: "Make a self-signed certificate for development.",
        discussion: "Writes server.crt and server.key (mode 0600). Clients trust it with sslrootcert=server.crt and sslmode=verify-full.")

    @Option(name: .customLong("host"), help: "A host name or IP address that it is for (repeatable).") var hosts: [String] = ["localhost", "127.0.0.1", "::1"]
    @Option(help: "The directory to write to.") var out = "."
    @Option(help: "Days that it is valid.") var days = DevelopmentCertificate.maximumDays
    @Flag(help: "Write over files that are there.") var force = false

    func run() throws {
        let certificate = try DevelopmentCertificate(hosts: hosts, days: days)
        let files = try write(certificate)
        Terminal.write("BRANCHLITE_TLS_CERT=\(files.certificate)\nBRANCHLITE_TLS_KEY=\(files.key)\n")
    }

    /// Writes both files; the key is never readable for others, not even for a moment.
    func write(_ certificate: DevelopmentCertificate) throws -> (certificate: String, key: String) {
        let directory = URL(fileURLWithPath: out, isDirectory: true)
        let files = (certificate: directory.appendingPathComponent("server.crt").path, key: directory.appendingPathComponent("server.key").path)
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw BranchLiteError("BL_IO", "cannot make the directory '\(directory.path)'")
        }
        if !force {
            for path in [files.certificate, files.key] where FileManager.default.fileExists(atPath: path) {
                throw BranchLiteError("BL_BAD_ARGUMENT", "there is a file '\(path)' already", hint: "use --force to write over it")
            }
        }
        try Self.write(certificate.keyPEM, to: files.key, mode: 0o600)
        try Self.write(certificate.certificatePEM, to: files.certificate, mode: 0o644)
        return files
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws {
        // A new file gets its mode as it is made; an older one would keep its own.
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, mode)
        guard descriptor >= 0 else { throw BranchLiteError("BL_IO", "cannot write '\(path)': \(String(cString: strerror(errno)))") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        } catch {
            throw BranchLiteError("BL_IO", "cannot write '\(path)'")
        }
    }
}
