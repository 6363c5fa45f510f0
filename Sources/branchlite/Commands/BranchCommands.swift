import ArgumentParser
import Branching

struct BranchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Create, list, rename, reset, restore and discard branches.",
        subcommands: [
            List.self, Create.self, Show.self, Rename.self, Reset.self, Discard.self, Undrop.self, History.self, Restore.self,
        ],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List branches.")
        @OptionGroup var location: StoreArguments
        @Option(help: "Which: active, merged, discarded, expired, all.") var status: BranchFilter = .active
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let branches = try await StoreAccess(location).withService { try await $0.branches(status) }
            Terminal.write(json ? encodedJSON(branches, pretty: true) + "\n" : branchTable(branches, current: nil))
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Fork a branch.")
        @OptionGroup var location: StoreArguments
        @Argument(help: "The new branch's name.") var name: String
        @Option(help: "A branch, branch@version or branch@timestamp.") var from = "main"
        @Option(help: "snapshot or live.") var mode: BranchMode?
        @Option(help: "Time since last use until it may be collected (24h, 90m, 0 = never).") var ttl: String?
        @Option(help: "What it is for.") var description: String?
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            var ttlSeconds: Int64?
            if let ttl {
                guard let duration = Measures.duration(ttl) else { throw ValidationError("'\(ttl)' is no duration such as 24h or 90m") }
                ttlSeconds = duration.components.seconds
            }
            let request = BranchCreateRequest(
                name: name, from: from, mode: mode, ttlSeconds: ttlSeconds, description: description, agentID: nil, durable: true)
            let info = try await StoreAccess(location).withService { try await $0.createBranch(request) }
            Terminal.write(json ? encodedJSON(info, pretty: true) + "\n" : "created branch \(info.name) (\(info.branchID)) from \(info.from)@\(info.baseVersion)\n")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All that is known of one branch, as JSON.")
        @OptionGroup var location: StoreArguments
        @Argument(help: "Name, id or schema name.") var branch: String

        func run() async throws {
            let info = try await StoreAccess(location).withService { try await $0.branch(branch) }
            Terminal.write(encodedJSON(info, pretty: true) + "\n")
        }
    }

    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a branch another name.")
        @OptionGroup var location: StoreArguments
        @Argument var branch: String
        @Argument var name: String

        func run() async throws {
            let info = try await StoreAccess(location).withService { try await $0.renameBranch(branch, to: name) }
            Terminal.write("renamed \(branch) to \(info.name)\n")
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Start a branch again from its parent's head, or from another version.")
        @OptionGroup var location: StoreArguments
        @Argument var branch: String
        @Option(help: "A branch, branch@version or branch@timestamp.") var to: String?

        func run() async throws {
            let info = try await StoreAccess(location).withService { try await $0.resetBranch(branch, to: to) }
            Terminal.write("reset \(info.name) to version \(info.version)\n")
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Discard a branch. It can be taken back with undrop until the trash is emptied.", aliases: ["drop", "delete"])
        @OptionGroup var location: StoreArguments
        @Argument var branch: String
        @Flag(help: "Even if sessions use it.") var force = false
        @Flag(help: "For good, past the trash.") var purge = false

        func run() async throws {
            let result = try await StoreAccess(location).withService { try await $0.discardBranch(branch, force: force, purge: purge) }
            Terminal.write("discarded \(branch) (\(result.branchID)), \(result.bytesFreed) bytes freed\n")
        }
    }

    struct Undrop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a discarded branch back.")
        @OptionGroup var location: StoreArguments
        @Argument var branch: String

        func run() async throws {
            let info = try await StoreAccess(location).withService { try await $0.undropBranch(branch) }
            Terminal.write("branch \(info.name) is back at version \(info.version)\n")
        }
    }
    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the versions of a branch that are kept, newest first.")
        @OptionGroup var location: StoreArguments
        @Argument(help: "Name, id or schema name.") var branch = "main"
        @Option(help: "The most versions to list.") var limit = 20
        @Option(help: "Only versions older than this one.") var before: UInt64?
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let request = HistoryRequest(branch: branch, limit: limit, before: before)
            let result = try await StoreAccess(location).withService { try await $0.history(request) }
            Terminal.write(json ? encodedJSON(result, pretty: true) + "\n" : historyTable(result))
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an older version of a branch its head again, or take a discarded branch back.",
            discussion: "The restored version becomes a new one on top: the versions in between stay in the history.")
        @OptionGroup var location: StoreArguments
        @Argument(help: "Name, id or schema name; or branch@version.") var branch: String
        @Option(name: [.long, .customLong("to")], help: "The version, as history lists it.") var version: UInt64?
        @Option(name: [.customLong("at"), .customLong("timestamp")], help: "What the branch showed at that time (2026-01-31T10:00:00Z).") var timestamp: String?
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let request = RestoreRequest(branch: branch, version: version, timestamp: timestamp)
            let result = try await StoreAccess(location).withService { try await $0.restore(request) }
            if json { return Terminal.write(encodedJSON(result, pretty: true) + "\n") }
            if result.undropped { Terminal.write("branch \(result.branch) is back at version \(result.previousVersion)\n") }
            if let restored = result.restoredVersion {
                Terminal.write("\(result.branch) shows version \(restored) again, as version \(result.version) (before: \(result.previousVersion))\n")
            }
        }
    }
}
