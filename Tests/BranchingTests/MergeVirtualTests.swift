import Testing

@testable import Branching
import Engine

/// Full-text and R-tree tables in merges.
@Suite struct MergeVirtualTests {
    private let tables = """
        CREATE VIRTUAL TABLE words USING fts5(title, body);
        CREATE VIRTUAL TABLE boxes USING rtree(id, left, right, +note);
        INSERT INTO words(rowid, title, body) VALUES (1, 'one', 'first text'), (2, 'two', 'second text'), (3, 'three', 'third text');
        INSERT INTO boxes VALUES (1, 0, 1, 'a'), (2, 10, 11, 'b'), (3, 20, 21, 'c');
        """

    /// The modules' own checks.
    private func isSound(_ fixture: Fixture, _ branch: String = "main") async throws -> Bool {
        let session = try await fixture.on(branch)
        try await session.query("INSERT INTO words(words) VALUES ('integrity-check')")
        let boxes = try await session.texts("SELECT rtreecheck('main', 'boxes')")
        await session.close()
        return try await fixture.isSound(branch) && boxes == ["ok"]
    }

    @Test func rowsOfBothSidesGoTogether() async throws {
        let fixture = try await Fixture(tables)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE words SET body = 'branch body' WHERE rowid = 1; DELETE FROM words WHERE rowid = 3; INSERT INTO words(rowid, title, body) VALUES (10, 'ten', 'from the branch')")
        try await branch.query("UPDATE boxes SET note = 'A' WHERE id = 1; DELETE FROM boxes WHERE id = 3; INSERT INTO boxes VALUES (10, 30, 31, 'j')")
        try await fixture.session.query("UPDATE words SET title = 'uno' WHERE rowid = 1; INSERT INTO words(rowid, title, body) VALUES (11, 'eleven', 'from main')")
        try await fixture.session.query("UPDATE boxes SET left = -5 WHERE id = 1; INSERT INTO boxes VALUES (11, 40, 41, 'k')")
        let preview = try await fixture.merge("b", dryRun: true)
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.counts == ["words": "1/1/1", "boxes": "1/1/1"] && preview.counts == result.counts)
        #expect(try await fixture.session.texts("SELECT rowid, title, body FROM words ORDER BY rowid") == [
            "1|uno|branch body", "2|two|second text", "10|ten|from the branch", "11|eleven|from main",
        ])
        #expect(try await fixture.session.texts("SELECT rowid FROM words WHERE words MATCH 'branch' ORDER BY rowid") == ["1", "10"])
        #expect(try await fixture.session.texts("SELECT rowid FROM words WHERE words MATCH 'third OR first'") == [])
        #expect(try await fixture.session.texts("SELECT id, left, note FROM boxes ORDER BY id") == ["1|-5.0|A", "2|10.0|b", "10|30.0|j", "11|40.0|k"])
        #expect(try await fixture.session.texts("SELECT id FROM boxes WHERE left <= 31 AND right >= 30") == ["10"])
        #expect(try await isSound(fixture))
        #expect(try await fixture.merge("b").status == .upToDate)
        try await fixture.close()
    }

    @Test(arguments: [MergeStrategy.branchWins, .mainWins]) func conflictsAreTold(strategy: MergeStrategy) async throws {
        let fixture = try await Fixture(tables)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE words SET body = 'mine' WHERE rowid = 1; DELETE FROM words WHERE rowid = 2; UPDATE boxes SET note = 'x' WHERE id = 1")
        try await fixture.session.query("UPDATE words SET body = 'theirs' WHERE rowid = 1; UPDATE words SET body = 'kept' WHERE rowid = 2; DELETE FROM boxes WHERE id = 1")
        let manual = try await fixture.merge("b")
        #expect(manual.status == .conflicts)
        #expect(Set(manual.conflicts.map { "\($0.table) \($0.kind.rawValue)" }) == [
            "words update_update", "words delete_update", "boxes update_delete",
        ])
        let update = try #require(manual.conflicts.first { $0.kind == .updateUpdate })
        #expect(update.base?["body"] == "first text" && update.branch?["body"] == "mine" && update.target?["body"] == "theirs")
        #expect(try await fixture.merge("b", strategy).status == .merged)
        let isMine = strategy == .branchWins
        #expect(try await fixture.session.texts("SELECT rowid, body FROM words ORDER BY rowid")
            == (isMine ? ["1|mine", "3|third text"] : ["1|theirs", "2|kept", "3|third text"]))
        #expect(try await fixture.session.texts("SELECT id, note FROM boxes ORDER BY id") == (isMine ? ["1|x", "2|b", "3|c"] : ["2|b", "3|c"]))
        #expect(try await isSound(fixture))
        try await fixture.close()
    }

    @Test func aCrissCrossLosesNothing() async throws {
        let fixture = try await Fixture(tables)
        let branch = try await fixture.branch("b")
        try await branch.query("DELETE FROM words WHERE rowid = 1; INSERT INTO boxes VALUES (10, 1, 2, 'b')")
        try await fixture.session.query("UPDATE words SET body = 'main' WHERE rowid = 2; INSERT INTO boxes VALUES (11, 1, 2, 'm')")
        let (main, old) = (try await fixture.db.branch("main").version, try await fixture.db.branch("b").version)
        #expect(try await fixture.merge("b@\(old)").status == .merged)
        #expect(try await fixture.merge("main@\(main)", into: "b").status == .merged)
        try await branch.query("INSERT INTO words(rowid, title, body) VALUES (20, 'new', 'new')")
        try await fixture.session.query("DELETE FROM boxes WHERE id = 11")
        let result = try await fixture.merge("b", .mainWins)
        #expect(result.status == .merged)
        #expect(try await fixture.session.texts("SELECT rowid FROM words ORDER BY rowid") == ["2", "3", "20"])
        #expect(try await fixture.session.texts("SELECT id FROM boxes ORDER BY id") == ["1", "2", "3", "10"])
        #expect(try await isSound(fixture))
        try await fixture.close()
    }

    @Test func aVirtualTableThatOnlyTheBranchHas() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, v)")
        let branch = try await fixture.branch("b")
        try await branch.query(tables + "INSERT INTO t VALUES (1, 1)")
        try await branch.query("WITH RECURSIVE s(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM s WHERE i < 1500) INSERT INTO words(rowid, title, body) SELECT i, 'row', 'word' || i FROM s")
        try await branch.query("WITH RECURSIVE s(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM s WHERE i < 1500) INSERT INTO boxes SELECT i, i, i + 1, NULL FROM s")
        try await fixture.session.query("INSERT INTO t VALUES (2, 2)")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT count(*) FROM words") == ["1404"])
        #expect(try await fixture.session.texts("SELECT rowid FROM words WHERE words MATCH 'word777'") == ["777"])
        #expect(try await fixture.session.texts("SELECT count(*), sum(id) FROM boxes") == ["1404|1120806"])
        #expect(try await isSound(fixture))
        try await fixture.close()
    }
}
