import Foundation
import Synchronization
import Testing

@testable import Branching
import Engine
import SQLDialect

/// A store in memory with its first session, for one test.
struct Fixture {
    let db: BranchLite
    let session: Session

    /// - Parameter sql: runs on main first.
    init(_ sql: String = "", dialect: Dialect = .sqlite, _ configure: (inout Configuration) -> Void = { _ in }) async throws {
        var configuration = Configuration()
        configuration.collectionInterval = .zero
        configuration.busyTimeout = .milliseconds(300)
        configure(&configuration)
        db = try await BranchLite.open(":memory:", configuration: configuration)
        session = try await db.session(on: "main", dialect: dialect)
        if !sql.isEmpty { try await session.query(sql) }
    }

    /// A session on a branch, in the dialect of the first.
    func on(_ branch: String, dialect: Dialect = .sqlite) async throws -> Session {
        try await db.session(on: branch, dialect: dialect)
    }

    func close() async throws {
        await session.close()
        try await db.close()
    }
}

extension Session {
    /// The rows of a query as text, a row with its columns joined by `|`.
    func texts(_ sql: String) async throws -> [String] {
        try await query(sql).values.map { $0.map(\.text).joined(separator: "|") }
    }

    func number(_ sql: String) async throws -> Int64? { try await query(sql).values.first?.first?.integerValue }
}

/// The code of the error that `body` throws; nil when it throws none.
func code(_ body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch let error as BranchLiteError {
        return error.code
    } catch {
        return "\(error)"
    }
}

/// A directory of its own that is gone afterwards.
func withDirectory<Answer>(_ body: (String) async throws -> Answer) async throws -> Answer {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("branchlite-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory.path)
}

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let micros = Mutex<Int64>(1_700_000_000_000_000)
    var clock: WallClock { WallClock { [self] in micros.withLock { $0 } } }
    func advance(seconds: Int64) { micros.withLock { $0 += seconds * 1_000_000 } }
}

/// Random numbers that a failing test can repeat: the seed is printed by the test.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
