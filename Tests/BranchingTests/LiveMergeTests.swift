import Testing

@testable import Branching
import Engine
import SQLDialect

/// Diff and merge of live branches: each table of their own has a base of its own.
@Suite struct LiveMergeTests {
    private let accounts = """
        CREATE TABLE accounts(id INTEGER PRIMARY KEY, name VARCHAR, balance INTEGER); CREATE TABLE notes(id INTEGER PRIMARY KEY, body VARCHAR);
        INSERT INTO accounts VALUES (1, 'ann', 10), (2, 'bob', 20), (3, 'cid', 30); INSERT INTO notes VALUES (1, 'x'), (2, 'y');
        """

    private func live() async throws -> (Fixture, Session) {
        let fixture = try await Fixture(accounts, dialect: .duckdb)
        try await fixture.db.createBranch(BranchCreateRequest(name: "live", mode: .live))
        return (fixture, try await fixture.on("live", dialect: .duckdb))
    }

    private func balances(_ session: Session) async throws -> [String] { try await session.texts("SELECT id, name, balance FROM accounts ORDER BY id") }

    @Test func theBaseOfATableIsMainWhenItBecameTheBranchs() async throws {
        let (fixture, live) = try await live()
        try await live.query("UPDATE notes SET body = 'mine' WHERE id = 1")
        // Before accounts is the branch's: this is no change of the branch.
        try await fixture.session.query("UPDATE accounts SET balance = 11 WHERE id = 1; DELETE FROM accounts WHERE id = 3")
        try await live.query("UPDATE accounts SET balance = 21 WHERE id = 2")
        try await fixture.session.query("UPDATE accounts SET name = 'rob' WHERE id = 2; INSERT INTO notes VALUES (3, 'z')")
        #expect(try await fixture.diff("live").counts == ["accounts": "0/1/0", "notes": "0/1/0"])
        // Against the head, what main changed since shows as well.
        let head = try await fixture.diff("live", against: .head)
        #expect(head.counts == ["accounts": "0/1/0", "notes": "0/1/1"])
        #expect(head.table("accounts")?.rows?.first?.changedColumns == ["name", "balance"])
        let result = try await fixture.merge("live")
        #expect(result.status == .merged && result.counts == ["accounts": "0/1/0", "notes": "0/1/0"])
        #expect(try await balances(fixture.session) == ["1|ann|11", "2|rob|21"])
        #expect(try await fixture.session.texts("SELECT * FROM notes ORDER BY id") == ["1|mine", "2|y", "3|z"])
        #expect(try await fixture.isSound())
        #expect(try await fixture.isSound("live"))
        try await fixture.close()
    }

    @Test func repeatedMergesBringOnlyWhatIsNew() async throws {
        let (fixture, live) = try await live()
        try await live.query("UPDATE accounts SET balance = 100 WHERE id = 1; INSERT INTO accounts VALUES (4, 'dot', 40)")
        #expect(try await fixture.merge("live").counts == ["accounts": "1/1/0"])
        #expect(try await fixture.merge("live").status == .upToDate)
        // Main deletes what came from the branch: the next merge does not bring it back.
        try await fixture.session.query("DELETE FROM accounts WHERE id = 4; UPDATE accounts SET balance = 101 WHERE id = 1")
        try await live.query("UPDATE accounts SET name = 'bo' WHERE id = 2")
        #expect(try await fixture.merge("live").counts == ["accounts": "0/1/0"])
        #expect(try await balances(fixture.session) == ["1|ann|101", "2|bo|20", "3|cid|30"])
        // Catching up, and then on from there.
        #expect(try await fixture.merge("main", into: "live").status == .merged)
        #expect(try await balances(live) == ["1|ann|101", "2|bo|20", "3|cid|30"])
        #expect(try await fixture.diff("live").counts.isEmpty)
        try await live.query("UPDATE accounts SET balance = 102 WHERE id = 1")
        #expect(try await fixture.merge("live").counts == ["accounts": "0/1/0"])
        #expect(try await fixture.session.texts("SELECT balance FROM accounts WHERE id = 1") == ["102"])
        try await fixture.close()
    }

    @Test func whatBothSidesChangedAlikeIsTheNextBase() async throws {
        let (fixture, live) = try await live()
        try await live.query("UPDATE accounts SET balance = 7 WHERE id = 1")
        try await fixture.session.query("UPDATE accounts SET balance = 7 WHERE id = 1")
        #expect(try await fixture.merge("live").status == .upToDate)
        try await live.query("UPDATE accounts SET balance = 8 WHERE id = 1")
        let result = try await fixture.merge("live")
        #expect(result.status == .merged && result.conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT balance FROM accounts WHERE id = 1") == ["8"])
        // The same the other way round.
        try await live.query("UPDATE accounts SET balance = 9 WHERE id = 1")
        try await fixture.session.query("UPDATE accounts SET balance = 9 WHERE id = 1")
        #expect(try await fixture.merge("main", into: "live").status == .upToDate)
        try await fixture.session.query("UPDATE accounts SET balance = 10 WHERE id = 1")
        #expect(try await fixture.merge("main", into: "live").conflicts.isEmpty)
        #expect(try await live.texts("SELECT balance FROM accounts WHERE id = 1") == ["10"])
        try await fixture.close()
    }

    @Test func conflictsHaveTheTablesOwnBase() async throws {
        let (fixture, live) = try await live()
        try await live.query("UPDATE notes SET body = 'a' WHERE id = 1")
        try await fixture.session.query("UPDATE accounts SET balance = 15 WHERE id = 1")
        try await live.query("UPDATE accounts SET balance = 16 WHERE id = 1")
        try await fixture.session.query("UPDATE accounts SET balance = 17 WHERE id = 1")
        let result = try await fixture.merge("live")
        #expect(result.status == .conflicts && result.conflicts.count == 1)
        let conflict = try #require(result.conflicts.first)
        #expect(conflict.kind == .updateUpdate && conflict.columns == ["balance"])
        #expect(conflict.base?["balance"] == 15 && conflict.branch?["balance"] == 16 && conflict.target?["balance"] == 17)
        #expect(try await fixture.merge("live", .branchWins).status == .merged)
        #expect(try await balances(fixture.session).first == "1|ann|16")
        try await fixture.close()
    }

    @Test func schemaChangesOfEitherSideAreCombined() async throws {
        let (fixture, live) = try await live()
        try await live.query("ALTER TABLE accounts ADD COLUMN vip BOOLEAN DEFAULT false; UPDATE accounts SET vip = true WHERE id = 1; CREATE INDEX by_name ON accounts(name)")
        try await live.query("CREATE TABLE extra(a INTEGER); INSERT INTO extra VALUES (1); CREATE VIEW rich AS SELECT name FROM accounts WHERE balance > 15")
        try await fixture.session.query("ALTER TABLE accounts ADD COLUMN city VARCHAR; UPDATE accounts SET city = 'Rome' WHERE id = 2; INSERT INTO accounts VALUES (5, 'eve', 50, 'Oslo')")
        let diff = try await fixture.diff("live")
        #expect(diff.counts["accounts"] == "0/1/0" && diff.counts["extra"] == "1/0/0")
        #expect(diff.schema.contains { $0.name == "by_name" } && diff.schema.contains { $0.name == "rich" } && diff.schema.contains { $0.name == "accounts" })
        #expect(try await fixture.merge("live").status == .merged)
        #expect(try await fixture.session.texts("SELECT id, city, vip FROM accounts ORDER BY id") == ["1|NULL|true", "2|Rome|false", "3|NULL|false", "5|Oslo|false"])
        #expect(try await fixture.session.texts("SELECT name FROM rich ORDER BY name") == ["bob", "cid", "eve"])
        #expect(try await fixture.merge("main", into: "live").status == .merged)
        #expect(try await live.texts("SELECT id, city, vip FROM accounts ORDER BY id") == ["1|NULL|true", "2|Rome|false", "3|NULL|false", "5|Oslo|false"])
        // What was the branch's making alone is its own and main's now, and merges on.
        try await live.query("INSERT INTO extra VALUES (2); DROP TABLE notes")
        try await fixture.session.query("INSERT INTO extra VALUES (3)")
        #expect(try await fixture.merge("live").status == .merged)
        #expect(try await fixture.session.texts("SELECT a FROM extra ORDER BY a") == ["1", "2", "3"])
        #expect(await code { try await fixture.session.query("SELECT * FROM notes") } == "BL_NO_SUCH_TABLE")
        #expect(try await fixture.isSound())
        #expect(try await fixture.isSound("live"))
        try await fixture.close()
    }

    @Test func columnsKeepWhatTheyWereMadeAs() async throws {
        let (fixture, live) = try await live()
        try await live.query("UPDATE notes SET body = 'mine' WHERE id = 1")
        // Renamed on main before the table is the branch's own, then another column takes the old name on the branch.
        try await fixture.session.query("ALTER TABLE accounts RENAME COLUMN balance TO money")
        try await live.query("ALTER TABLE accounts RENAME COLUMN name TO title; ALTER TABLE accounts ADD COLUMN name INTEGER DEFAULT 0; UPDATE accounts SET money = 11 WHERE id = 1")
        try await live.query("ALTER TABLE notes ADD COLUMN more INTEGER")
        #expect(try await fixture.merge("live").status == .merged)
        #expect(try await fixture.session.texts("SELECT id, title, money, name FROM accounts ORDER BY id") == ["1|ann|11|0", "2|bob|20|0", "3|cid|30|0"])
        try await fixture.close()
    }

    @Test func brokenViewsDoNotStandInTheWayOfRenames() async throws {
        let (fixture, live) = try await live()
        try await fixture.session.query("CREATE VIEW named AS SELECT body FROM notes")
        try await live.query("ALTER TABLE accounts RENAME COLUMN name TO title; ALTER TABLE notes RENAME COLUMN body TO content; UPDATE notes SET content = 'q' WHERE id = 1")
        try await fixture.session.query("UPDATE notes SET body = 'p' WHERE id = 2; UPDATE accounts SET balance = 1 WHERE id = 1")
        #expect(try await fixture.merge("live").status == .merged)
        #expect(try await fixture.session.texts("SELECT content FROM notes ORDER BY id") == ["q", "p"])
        #expect(try await fixture.session.texts("SELECT title, balance FROM accounts WHERE id = 1") == ["ann|1"])
        #expect(await code { try await fixture.session.query("SELECT * FROM named") } == "BL_NO_SUCH_COLUMN")
        try await fixture.session.query("ALTER TABLE notes RENAME COLUMN content TO body")
        #expect(try await fixture.session.texts("SELECT * FROM named ORDER BY body") == ["p", "q"])
        try await fixture.close()
    }

    @Test func tablesThatReadThroughAreNoPartOfAMerge() async throws {
        let (fixture, live) = try await live()
        try await live.query("UPDATE accounts SET balance = 0 WHERE id = 1")
        try await fixture.session.query("ALTER TABLE notes ADD COLUMN more VARCHAR; DELETE FROM notes WHERE id = 1")
        #expect(try await fixture.diff("live").counts == ["accounts": "0/1/0"])
        #expect(try await fixture.diff("live", against: .head).counts == ["accounts": "0/1/0"])
        let result = try await fixture.merge("live")
        #expect(result.counts == ["accounts": "0/1/0"] && result.schemaChanges.isEmpty)
        #expect(try await fixture.session.texts("SELECT id FROM notes") == ["2"])
        try await fixture.close()
    }
}
