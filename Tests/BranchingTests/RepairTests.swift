import Foundation
import Testing

@testable import Branching
import Engine
import PageStore

@Suite struct RepairTests {
    /// A store with main, a branch and a table of dates, in a directory of its own.
    private func makeStore(_ directory: String) async throws -> String {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/store.db"
        let db = try await BranchLite.open(path)
        let session = try await db.session(SessionOptions(dialect: .duckdb))
        try await session.query("CREATE TABLE t(id BIGINT PRIMARY KEY, v VARCHAR, d DATE)")
        try await session.query("INSERT INTO t SELECT range, repeat('x', 500), DATE '2024-01-01' FROM range(2000)")
        _ = try await db.createBranch(BranchCreateRequest(name: "work", durable: true))
        _ = try await session.query(QueryRequest("UPDATE t SET v = 'MARKER' || '-OF-WORK' || repeat('y', 490) WHERE id < 20", branch: "work"))
        await session.close()
        try await db.close()
        return path
    }

    /// What a query on a SQLite file says, by way of an empty store that takes it in.
    private func texts(_ file: String?, _ sql: String) async throws -> [String] {
        let fixture = try await Fixture()
        _ = try await fixture.db.importSQLite(path: try #require(file))
        let found = try await fixture.session.texts(sql)
        try await fixture.close()
        return found
    }

    private func temporaryDirectory() -> String { NSTemporaryDirectory() + "branchlite-repair-\(UInt64.random(in: 0 ... .max))" }

    @Test func anIntactStoreComesOutWhole() async throws {
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = try await makeStore(directory)
        let result = try Repair.run(store: path, into: directory + "/out")
        #expect(result.isComplete)
        #expect(Set(result.branches.map(\.name)) == ["main", "work"])
        for branch in result.branches {
            let marked = branch.name == "work" ? 20 : 0
            #expect(try await texts(branch.file, "SELECT count(*), count(*) FILTER (WHERE d = '2024-01-01'), count(*) FILTER (WHERE v LIKE 'MARKER%') FROM t")
                == ["2000|2000|\(marked)"])
        }
        #expect(throws: BranchLiteError.self) { try Repair.run(store: path, into: directory + "/out") }
    }

    @Test func aDamagedBranchIsNamedAndTheOtherIsWhole() async throws {
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = try await makeStore(directory)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        var search = bytes.startIndex
        while let range = bytes.range(of: Data("MARKER-OF-WORK".utf8), in: search ..< bytes.endIndex) {
            bytes[range.lowerBound] ^= 1
            search = range.upperBound
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let result = try Repair.run(store: path, into: directory + "/out")
        #expect(!result.isComplete)
        let work = try #require(result.branches.first { $0.name == "work" }), main = try #require(result.branches.first { $0.name == "main" })
        #expect(main.isWhole)
        #expect(!work.damagedPages.isEmpty, "\(result)")
        #expect(work.file?.hasSuffix("work.damaged.db") == true)
        #expect(try await texts(main.file, "SELECT count(*) FROM t") == ["2000"])
    }
}
