import Branching
import Foundation
import Logging
import Server

/// The store a command works on: opened here, or through the process that owns it.
struct StoreAccess {
    let location: StoreArguments
    var readOnly = false
    var mustExist = false
    /// Let other processes work through this one while it holds the store: for commands that stay.
    var shares = false

    init(_ location: StoreArguments, readOnly: Bool = false, mustExist: Bool = false, shares: Bool = false) {
        self.location = location
        self.readOnly = readOnly
        self.mustExist = mustExist
        self.shares = shares
    }

    func connect(extra: [String: String] = [:]) async throws -> (connection: StoreConnection, settings: EffectiveConfiguration) {
        let settings = try location.load(extra: extra)
        let path = settings.text("store")
        var configuration = settings.library()
        configuration.readOnly = readOnly
        configuration.mustExist = mustExist
        let prepared = configuration
        let connection = try await StoreConnection.open(storePath: path, shares: shares, logger: commandLogger()) { () async throws(BranchLiteError) in
            try await BranchLite.open(path, configuration: prepared)
        }
        return (connection, settings)
    }

    /// Runs `body` with the store and closes it whatever comes.
    func withService<Result>(_ body: (any BranchService) async throws -> Result) async throws -> Result {
        let (connection, _) = try await connect()
        let result: Result
        do {
            result = try await body(connection.service)
        } catch {
            try? await connection.close()
            throw error
        }
        try await connection.close()
        return result
    }
}

/// Logs of a one-shot command: warnings to standard error.
func commandLogger() -> Logger { Logger(label: "branchlite", factory: { StderrLogHandler(label: $0, format: .text, level: .warning) }) }
