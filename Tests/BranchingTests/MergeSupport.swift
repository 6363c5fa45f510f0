import Testing

@testable import Branching
import Engine

extension Fixture {
    /// A session on a new snapshot branch of main.
    func branch(_ name: String, from: String = "main", mode: BranchMode = .snapshot) async throws -> Session {
        try await db.createBranch(BranchCreateRequest(name: name, from: from, mode: mode))
        return try await on(name)
    }

    @discardableResult
    func merge(
        _ branch: String, into target: String = "main", _ strategy: MergeStrategy = .manual, dryRun: Bool = false, resolutions: [MergeResolution] = [],
        tables: [String]? = nil
    ) async throws -> MergeResult {
        try await db.merge(MergeRequest(branch: branch, target: target, strategy: strategy, tables: tables, dryRun: dryRun, resolutions: resolutions))
    }

    func diff(
        _ branch: String, base: String = "main", against: DiffAgainst = .mergeBase, table: String? = nil, limit: Int = 1_000, cursor: String? = nil
    ) async throws -> DiffResult {
        try await db.diff(DiffRequest(branch: branch, base: base, against: against, table: table, detail: .rows, limit: limit, cursor: cursor))
    }

    /// SQLite's own checks of a branch find nothing, and every index agrees with its table.
    func isSound(_ branch: String = "main") async throws -> Bool {
        let session = try await on(branch)
        let integrity = try await session.texts("PRAGMA integrity_check")
        let keys = try await session.texts("PRAGMA foreign_key_check")
        await session.close()
        if integrity != ["ok"] || !keys.isEmpty { Issue.record("\(branch): \(integrity) \(keys)") }
        return integrity == ["ok"] && keys.isEmpty
    }
}

extension DiffResult {
    func table(_ name: String) -> TableDifference? { tables.first { $0.table == name } }

    /// `inserted/updated/deleted` by table.
    var counts: [String: String] { Dictionary(uniqueKeysWithValues: tables.map { ($0.table, "\($0.inserted)/\($0.updated)/\($0.deleted)") }) }
}

extension MergeResult {
    var counts: [String: String] { Dictionary(uniqueKeysWithValues: tables.map { ($0.table, "\($0.inserted)/\($0.updated)/\($0.deleted)") }) }
}
