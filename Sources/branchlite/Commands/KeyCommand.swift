import ArgumentParser
import Branching
import Foundation
import Server

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make API keys for a server.", subcommands: [KeyNewCommand.self, KeyHashCommand.self])
}

/// What a key's entry says besides the key.
struct KeyArguments: ParsableArguments {
    @Option(help: "The key's name: who holds it; on the PostgreSQL door the user.") var name = "agent"
    @Option(help: "What it may do: read, write, branch, merge, admin; separated by commas.") var scopes = "read,write,branch,merge"
    @Flag(help: "As JSON.") var json = false

    /// What is printed: the entries of `key`, and the key itself when it is new.
    func report(_ key: APIKey, isNew: Bool) throws -> String {
        let scopes = try APIKey.scopes(scopes)
        let digest = try key.digestEntry(name: name, scopes: scopes)
        let verifier = try key.verifierEntry(name: name, scopes: scopes)
        if json {
            var object = ["sha256": digest, "scram": verifier]
            if isNew { object["key"] = key.text }
            return encodedJSON(object, pretty: true) + "\n"
        }
        let heading = isNew ? "key (shown this once): \(key.text)\n\n" : ""
        return heading + """
            Add one of these to BRANCHLITE_API_KEYS, in single quotes:

            \(verifier)
              for all doors; psql and other PostgreSQL clients log in as user \(name) by SCRAM-SHA-256
            \(digest)
              for all doors; PostgreSQL clients send the key itself, which is accepted over TLS and on the server's own machine

            """
    }
}

struct KeyNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a random key and print it once, with its hashed forms for BRANCHLITE_API_KEYS.")
    @OptionGroup var arguments: KeyArguments

    func run() throws { Terminal.write(try arguments.report(APIKey(), isNew: true)) }
}

struct KeyHashCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash", abstract: "Read a key from standard input and print its hashed forms for BRANCHLITE_API_KEYS.")
    @OptionGroup var arguments: KeyArguments

    func run() throws {
        guard let line = readLine() else { throw ValidationError("no key came on standard input") }
        Terminal.write(try arguments.report(APIKey(line), isNew: false))
    }
}
