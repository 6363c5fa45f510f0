import Foundation
import Testing

@testable import Branching
import Engine

/// What large deletes freed goes back to the file system.
@Suite struct VacuumOperationTests {
    private static let fill = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
        + "INSERT INTO t SELECT i, printf('%2000d', i) FROM n"

    private func size(_ path: String) throws -> Int {
        (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
    }

    @Test func theFileShrinksAfterALargeDelete() async throws {
        try await withDirectory { directory in
            var configuration = Configuration()
            configuration.collectionInterval = .zero
            let path = directory + "/a.db"
            let db = try await BranchLite.open(path, configuration: configuration)
            let session = try await db.session()
            try await session.query(VacuumOperationTests.fill)
            try await db.createBranch(BranchCreateRequest(name: "b"))
            let user = try await db.session(on: "b")
            try await user.query("UPDATE t SET b = 'x' || b WHERE a <= 100")
            try await db.discardBranch("b", force: true, purge: true)
            try await session.query("DELETE FROM t WHERE a % 20 <> 0")
            let full = try size(path)
            #expect(full > 8_000_000)
            // Older versions keep what was deleted.
            let first = try await db.vacuum()
            #expect(first.freedPages > 1_500 && first.historyBytes > 7_000_000, "\(first)")
            let second = try await db.vacuum(VacuumRequest(dropHistory: true))
            #expect(second.complete && second.historyBytes == 0, "\(second)")
            let small = try size(path)
            #expect(small < full / 4, "\(full) bytes before, \(small) after")
            // In the background the store grows a chunk ahead of need again.
            #expect(UInt64(small) <= second.bytesAfter + (1 << 20))
            #expect(try await session.texts("SELECT count(*), sum(a), min(length(b)) FROM t") == ["200|402000|2000"])
            #expect(try await db.history("main").count == 1)
            try await session.query("INSERT INTO t VALUES (1, 'again')")
            #expect(try await db.check().clean)
            await user.close()
            await session.close()
            try await db.close()
            let again = try await BranchLite.open(path, configuration: configuration)
            let reader = try await again.session()
            #expect(try await reader.number("SELECT count(*) FROM t") == 201)
            #expect(try await again.check().clean)
            await reader.close()
            try await again.close()
        }
    }

    @Test func vacuumInSQLCompactsTheSessionsBranch() async throws {
        let fixture = try await Fixture(VacuumOperationTests.fill)
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        let session = try await fixture.on("b")
        try await session.query("DELETE FROM t WHERE a > 10")
        let context = fixture.db.context
        let id = try context.resolve("b").id
        let before = try context.snapshot(of: id).pageCount
        #expect(await code { try await session.query("BEGIN; VACUUM") } == "BL_TRANSACTION_OPEN")
        try await session.query("ROLLBACK")
        #expect(await code { _ = try await session.query(QueryRequest("VACUUM", readOnly: true)) } == "BL_READ_ONLY")
        try await session.query("VACUUM")
        #expect(try context.snapshot(of: id).pageCount < before / 10)
        #expect(try await session.number("SELECT count(*) FROM t") == 10)
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 4_000)
        #expect(try await fixture.db.history("b").first?.statement == "VACUUM")
        #expect(await code { try await fixture.db.vacuum(VacuumRequest(branch: "nope")) } == "BL_NO_SUCH_BRANCH")
        // It changed no row: the diff and the merge see the deletion alone.
        #expect(try await fixture.db.diff(DiffRequest(branch: "b")).tables.first?.deleted == 3_990)
        #expect(try await fixture.db.merge(MergeRequest(branch: "b")).status == .merged)
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 10)
        await session.close()
        try await fixture.close()
    }
}
