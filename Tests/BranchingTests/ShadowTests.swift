import Testing

@testable import Branching
import Engine
import SQLDialect

@Suite struct ShadowTests {
    private func fixture() async throws -> Fixture {
        let fixture = try await Fixture("""
            CREATE TABLE events(id INTEGER PRIMARY KEY, kind TEXT, amount REAL);
            WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 300)
            INSERT INTO events SELECT i, CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END, i * 0.5 FROM s;
            """)
        for name in ["x", "y", "z"] { try await fixture.db.createBranch(BranchCreateRequest(name: name)) }
        let x = try await fixture.on("x")
        try await x.query("UPDATE events SET amount = amount + 1 WHERE id = 7; DELETE FROM events WHERE id = 9; INSERT INTO events VALUES (301, 'c', 1)")
        await x.close()
        let y = try await fixture.on("y")
        try await y.query("DROP TABLE events")
        await y.close()
        return fixture
    }

    private func shadow(_ fixture: Fixture, _ sql: String, _ branches: [String] = ["main", "x", "z"], _ change: (inout ShadowRequest) -> Void = { _ in }) async throws -> ShadowResult {
        var request = ShadowRequest(sql: sql, branches: branches, dialect: .sqlite)
        change(&request)
        return try await fixture.db.shadow(request)
    }

    @Test func equalGroupsAndKeyedDifferences() async throws {
        let fixture = try await fixture()
        let result = try await shadow(fixture, "SELECT id, kind, amount FROM events")
        #expect(result.branches.map(\.branch) == ["main", "x", "z"] && result.branches.map(\.rowCount) == [300, 300, 300])
        #expect(result.branches.allSatisfy { $0.error == nil && $0.elapsedMS.min <= $0.elapsedMS.max && $0.columns.map(\.name) == ["id", "kind", "amount"] })
        #expect(result.comparison.equalGroups == [["main", "z"], ["x"]] && !result.comparison.allEqual)
        let kinds = result.comparison.differences.compactMap { $0["kind"]?.stringValue }
        #expect(kinds == ["updated", "deleted", "inserted"])
        let updated = try #require(result.comparison.differences.first)
        #expect(updated["key"] == ["id": 7] && updated["changed_columns"] == ["amount"] && updated["branch"] == "x")
        #expect(updated["before"]?["amount"]?.stringValue == nil && updated["after"]?["amount"] == .double(4.5))
        #expect(result.comparison.fastest != nil)
        try await fixture.close()
    }

    @Test func deltasOfAggregatesAndTolerance() async throws {
        let fixture = try await fixture()
        let result = try await shadow(fixture, "SELECT count(*) AS n, sum(amount) AS total FROM events")
        #expect(result.comparison.deltas["n"] == ["x": 0, "z": 0] && result.comparison.deltas["total"]?["x"] == .double(-2.5))
        #expect(result.comparison.equalGroups == [["main", "z"], ["x"]])
        #expect(try await shadow(fixture, "SELECT count(*) AS n, sum(amount) AS total FROM events") { $0.tolerance = 3 }.comparison.allEqual)
        try await fixture.close()
    }

    @Test func aBranchOnWhichItFailsHasItsError() async throws {
        let fixture = try await fixture()
        let result = try await shadow(fixture, "SELECT count(*) FROM events", ["main", "y", "z"])
        #expect(result.branches[1].error?.code == "BL_NO_SUCH_TABLE" && result.branches[0].error == nil && result.comparison.allEqual)
        #expect(result.comparison.equalGroups == [["main", "z"]])
        #expect(await code { _ = try await shadow(fixture, "SELECT 1", ["main", "nobody"]) } == "BL_NO_SUCH_BRANCH")
        try await fixture.close()
    }

    @Test func repeatedRunsPlansAndParameters() async throws {
        let fixture = try await fixture()
        let indexed = try await fixture.on("z")
        try await indexed.query("CREATE INDEX by_kind ON events(kind)")
        let result = try await shadow(fixture, "SELECT id FROM events WHERE kind = ? ORDER BY id", ["main", "z"]) {
            $0.repetitions = 5
            $0.explain = true
            $0.parameters = ["a"]
        }
        #expect(result.comparison.allEqual && result.branches.map(\.rowCount) == [100, 100])
        #expect(result.branches.allSatisfy { $0.elapsedMS.min <= $0.elapsedMS.median && $0.elapsedMS.median <= $0.elapsedMS.max })
        #expect(result.branches[0].plan?.contains { $0.contains("SCAN") } == true && result.branches[1].plan?.contains { $0.contains("by_kind") } == true)
        #expect(try await fixture.db.branch("z").sessions == 1)
        try await fixture.close()
    }

    @Test func writesAreRefused() async throws {
        let fixture = try await fixture()
        for sql in ["DELETE FROM events", "CREATE TABLE q(a)", "SELECT 1; SELECT 2", "BEGIN"] {
            let found = await code { _ = try await shadow(fixture, sql) }
            #expect(found == "BL_READ_ONLY" || found == "BL_BAD_ARGUMENT", "\(sql): \(found ?? "nothing")")
        }
        #expect(await code { _ = try await shadow(fixture, "SELEC 1") } == "BL_PARSE_ERROR")
        #expect(await code { _ = try await shadow(fixture, "SELECT 1", []) } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await shadow(fixture, "SELECT 1") { $0.repetitions = 0 } } == "BL_BAD_ARGUMENT")
        #expect(try await fixture.session.number("SELECT count(*) FROM events") == 300)
        let off = try await Fixture { $0.shadowEnabled = false }
        #expect(await code { _ = try await shadow(off, "SELECT 1", ["main"]) } == "BL_SHADOW_DISABLED")
        try await off.close()
        try await fixture.close()
    }

    @Test func versionsOtherBranchesAndLiveOnes() async throws {
        let fixture = try await fixture()
        let old = try await fixture.db.branch("main").version
        try await fixture.session.query("DELETE FROM events WHERE id <= 100")
        try await fixture.db.createBranch(BranchCreateRequest(name: "live", mode: .live))
        let result = try await shadow(fixture, "SELECT count(*) AS n FROM events", ["main@\(old)", "main", "live"])
        #expect(result.branches.map { $0.rows.first?.first } == [300, 200, 200] && result.branches[0].branch == "main@\(old)")
        let crossed = try await shadow(fixture, "SELECT count(*) FROM events e JOIN \"x\".events o USING (id)", ["z", "live"]) { $0.dialect = .duckdb }
        #expect(crossed.branches.map { $0.rows.first?.first } == [299, 200], "\(crossed.branches.map(\.error))")
        try await fixture.close()
    }
}
