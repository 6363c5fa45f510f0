import ArgumentParser
import Branching
import Foundation

@main
struct BranchLiteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branchlite",
        abstract: "Git-like branches for SQL data, on SQLite.",
        discussion: """
            Every command works on the store itself, or through the process that owns it when there is one.
            Exit status: 0 success; 1 failure (a refused operation, a merge with conflicts, differences with diff --exit-code); \
            64 a command line that does not parse.
            """,
        version: "0.1.0",
        subcommands: [
            ServeCommand.self, MCPCommand.self, SQLCommand.self, BranchCommand.self, DiffCommand.self, MergeCommand.self,
            ImportCommand.self, ExportCommand.self, CheckCommand.self, RepairCommand.self, BackupCommand.self, VacuumCommand.self,
            ConfigCommand.self, KeyCommand.self, CertificateCommand.self,
        ])

    static func main() async {
        // A reader that goes away (`branchlite sql … | head`) is an error of write(2), not a reason to die of a signal.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as BranchLiteError {
            report(error)
            Foundation.exit(1)
        } catch let error as DataFileError {
            report(error)
            Foundation.exit(1)
        } catch {
            exit(withError: error)
        }
    }
}

/// Where the store is and how it is opened.
struct StoreArguments: ParsableArguments {
    @Option(name: .customLong("store"), help: "The store's path (default: $BRANCHLITE_STORE, else ./branchlite.db).")
    var store: String?

    @Option(name: .customLong("config"), help: "A config file of key = value lines.")
    var configFile: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("A setting for this call.", valueName: "key=value"))
    var settings: [String] = []

    func load(extra: [String: String] = [:]) throws -> EffectiveConfiguration {
        var flags = extra
        if let store { flags["store"] = store }
        for entry in settings {
            guard let equals = entry.firstIndex(of: "=") else { throw ValidationError("--set takes key=value, not '\(entry)'") }
            flags[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        return try ConfigurationLoader.load(file: configFile, flags: flags)
    }
}

/// The settings of SEMANTICS section 10 as flags of their own, for the commands that run a server.
struct SettingFlags: ParsableArguments {
    @Option(help: "Address of the MCP door.") var httpListen: String?
    @Option(help: "Address of the PostgreSQL door, or off.") var pgListen: String?
    @Option(help: "TLS on the PostgreSQL door: auto, off, prefer or require.") var tls: String?
    @Option(help: "PEM file of the certificate.") var tlsCert: String?
    @Option(help: "PEM file of the certificate's private key.") var tlsKey: String?
    @Option(help: "Living branches besides main.") var maxBranches: String?
    @Option(help: "Mode of a new branch: snapshot or live.") var branchMode: String?
    @Option(help: "Strategy of a merge that asks for none.") var mergeStrategy: String?
    @Option(help: "Time since last use until a branch may be collected.") var branchTtl: String?
    @Option(help: "Time between two runs of the collector.") var gcInterval: String?
    @Option(help: "When a commit is on disk: full, normal, off.") var sync: String?
    @Option(help: "The longest a statement may run.") var queryTimeout: String?
    @Option(help: "Sessions open at a time.") var maxConnections: String?
    @Option(help: "false: authentication by API key.") var devMode: String?

    var flags: [String: String] {
        let pairs: [(String, String?)] = [
            ("http_listen", httpListen), ("pg_listen", pgListen), ("tls", tls), ("tls_cert", tlsCert), ("tls_key", tlsKey), ("max_branches", maxBranches), ("branch_mode", branchMode), ("merge_strategy", mergeStrategy),
            ("branch_ttl", branchTtl), ("gc_interval", gcInterval), ("sync", sync), ("query_timeout", queryTimeout),
            ("max_connections", maxConnections), ("dev_mode", devMode),
        ]
        return Dictionary(pairs.compactMap { key, value in value.map { (key, $0) } }, uniquingKeysWith: { $1 })
    }
}

enum FormatChoice: String, ExpressibleByArgument, CaseIterable { case table, json, csv }
extension ColourChoice: ExpressibleByArgument {}
extension BranchMode: ExpressibleByArgument {}
extension MergeStrategy: ExpressibleByArgument {}
extension BranchFilter: ExpressibleByArgument {}
extension DiffAgainst: ExpressibleByArgument {}
extension DiffFormat: ExpressibleByArgument {}
