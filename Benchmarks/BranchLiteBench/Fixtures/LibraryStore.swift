import Branching
import Foundation

/// A store through the library, durable, with the bench's table on main.
@MainActor
struct LibraryStore {
    let db: BranchLite
    let main: any BranchSession

    init(_ bench: Bench, rows: Int, indexed: Bool) async throws {
        bench.remove("library.db")
        var configuration = Configuration()
        configuration.maxBranches = 1_000_000
        configuration.trash = .zero
        configuration.collectionInterval = .zero
        db = try await BranchLite.open(bench.path("library.db"), configuration: configuration)
        main = try await db.openSession(SessionOptions(dialect: .sqlite))
        for statement in BenchTable.fillFast(count: rows) { try await run(main, statement) }
        if indexed { for index in BenchTable.indexes { try await run(main, index) } }
    }

    func run(_ session: any BranchSession, _ sql: String) async throws { _ = try await session.query(QueryRequest(sql, timeoutMS: 600_000)) }

    /// A branch of another with these changes.
    func branch(_ name: String, from: String = "main", mode: BranchMode = .snapshot, _ statements: [String]) async throws {
        _ = try await db.createBranch(BranchCreateRequest(name: name, from: from, mode: mode, ttlSeconds: 0))
        if statements.isEmpty { return }
        let session = try await db.openSession(SessionOptions(branch: name, dialect: .sqlite))
        try await run(session, "BEGIN")
        for statement in statements { try await run(session, statement) }
        try await run(session, "COMMIT")
        await session.close()
    }

    func close(_ bench: Bench) async throws {
        await main.close()
        try await db.close()
        bench.remove("library.db")
    }
}

/// Changes that both contestants make.
enum BenchChanges {
    /// Ten rows spread over the table, in one column.
    static func ten(_ column: String, of rows: Int, from first: Int) -> [String] {
        (0 ..< 10).map { "UPDATE t SET \(column) = \(column) + 1 WHERE id = \(first + $0 * (rows / 10 - 1))" }
    }

    /// Every tenth row.
    static func tenth(_ column: String, _ remainder: Int) -> [String] { ["UPDATE t SET \(column) = \(column) + 1 WHERE id % 10 = \(remainder)"] }
}
