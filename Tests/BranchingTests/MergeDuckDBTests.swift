import Testing

@testable import Branching
import Engine

@Suite struct MergeDuckDBTests {
    /// The migration of the guide: a timestamp column is added and backfilled on the branch while main goes on.
    @Test func aMigrationInTheDuckDBDialect() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE users(id INTEGER PRIMARY KEY, name VARCHAR, balance DECIMAL(10,2), born DATE);
            INSERT INTO users VALUES (1, 'ann', 10.50, DATE '1990-01-02'), (2, 'bob', 20.25, NULL);
            CREATE VIEW rich AS SELECT name FROM users WHERE balance > 15;
            """, dialect: .duckdb)
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        let branch = try await fixture.on("b", dialect: .duckdb)
        try await branch.query("ALTER TABLE users ADD COLUMN last_login TIMESTAMP")
        try await branch.query("UPDATE users SET last_login = TIMESTAMP '2024-05-06 07:08:09'")
        try await branch.query("UPDATE users SET balance = 11.75, born = DATE '1991-01-01' WHERE id = 1")
        try await branch.query("CREATE OR REPLACE VIEW rich AS SELECT name, balance FROM users WHERE balance > 11")
        let rows = try await fixture.diff("b").table("users")?.rows ?? []
        #expect(rows.count == 2 && rows.first?.changedColumns == ["balance", "born", "last_login"])
        #expect(rows.first?.before?["balance"] == "10.50" && rows.first?.after?["balance"] == "11.75")
        #expect(rows.first?.after?["last_login"] == "2024-05-06 07:08:09" && rows.first?.before?["born"] == "1990-01-02")
        try await fixture.session.query("INSERT INTO users VALUES (3, 'cid', 30.00, NULL)")
        try await fixture.session.query("UPDATE users SET born = DATE '1992-02-02' WHERE id = 1")
        let conflict = try #require(try await fixture.merge("b").conflicts.first)
        #expect(conflict.columns == ["born"] && conflict.base?["born"] == "1990-01-02" && conflict.branch?["born"] == "1991-01-01" && conflict.target?["born"] == "1992-02-02")
        #expect(await code { _ = try await fixture.merge("b", resolutions: [MergeResolution(conflictID: conflict.id, take: .value, value: "no date")]) } == "BL_CONVERSION")
        let result = try await fixture.merge("b", resolutions: [MergeResolution(conflictID: conflict.id, take: .value, value: "1993-03-03")])
        #expect(result.status == .merged && result.schemaChanges.contains { $0.columns.contains { $0.after == "TIMESTAMP" } })
        #expect(try await fixture.session.texts("SELECT id, balance, born, last_login FROM users ORDER BY id") == [
            "1|11.75|1993-03-03|2024-05-06 07:08:09", "2|20.25|NULL|2024-05-06 07:08:09", "3|30.00|NULL|NULL",
        ])
        #expect(try await fixture.session.texts("SELECT * FROM rich ORDER BY name") == ["ann|11.75", "bob|20.25", "cid|30.00"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }
}
