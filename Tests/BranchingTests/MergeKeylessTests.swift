import Testing

@testable import Branching
import Engine

/// Rows that nothing but a rowid tells apart, in merges that give them other numbers.
@Suite struct MergeKeylessTests {
    @Test func numbersAreComposedAndTurnedRound() {
        let there = RowNumbers([.init(first: 10, count: 5, to: 100), .init(first: 20, count: 1, to: 10)])
        #expect(there.image(12) == 102 && there.image(20) == 10 && there.image(1) == 1 && there.image(101) == nil)
        #expect(there.origin(102) == 12 && there.origin(10) == 20 && there.origin(12) == nil && there.origin(7) == 7)
        #expect(there.then(there.inverse).isEmpty)
        let on = RowNumbers([.init(first: 101, count: 2, to: 500), .init(first: 3, count: 1, to: 4)])
        let both = there.then(on)
        for row in Int64(0)...30 { #expect(both.image(row) ?? -1 == there.image(row).flatMap { on.image($0) } ?? -1, "row \(row)") }
        #expect(RowNumbers([.init(first: 1, count: 2, to: 7), .init(first: 3, count: 2, to: 9)]).runs.count == 1)
    }

    @Test func aRowThatGotAnotherNumberIsFoundAgain() async throws {
        let fixture = try await Fixture("CREATE TABLE log(line TEXT); INSERT INTO log VALUES ('a'), ('b')")
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO log VALUES ('branch 1'), ('branch 2')")
        try await fixture.session.query("INSERT INTO log VALUES ('main 1')")
        #expect(try await fixture.merge("b").counts == ["log": "2/0/0"])
        #expect(try await fixture.session.texts("SELECT line FROM log ORDER BY rowid") == ["a", "b", "main 1", "branch 1", "branch 2"])
        // The branch changes one of its rows and deletes the other: main's row of the same number has nothing to do with it.
        try await branch.query("UPDATE log SET line = 'branch 1 again' WHERE line = 'branch 1'; DELETE FROM log WHERE line = 'branch 2'; INSERT INTO log VALUES ('branch 3')")
        try await fixture.session.query("UPDATE log SET line = 'main 1 again' WHERE line = 'main 1'")
        let second = try await fixture.merge("b")
        #expect(second.status == .merged && second.conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT line FROM log ORDER BY line") == ["a", "b", "branch 1 again", "branch 3", "main 1 again"])
        // Main changes the branch's row; the branch catches up, then changes main's.
        try await fixture.session.query("UPDATE log SET line = 'branch 1 by main' WHERE line = 'branch 1 again'")
        try await branch.query("INSERT INTO log VALUES ('branch 4')")
        #expect(try await fixture.merge("main", into: "b").conflicts.isEmpty)
        #expect(try await branch.texts("SELECT line FROM log ORDER BY line") == ["a", "b", "branch 1 by main", "branch 3", "branch 4", "main 1 again"])
        try await branch.query("UPDATE log SET line = 'main 1 by branch' WHERE line = 'main 1 again'")
        try await fixture.session.query("INSERT INTO log VALUES ('main 2')")
        #expect(try await fixture.merge("b").conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT line FROM log ORDER BY line") == ["a", "b", "branch 1 by main", "branch 3", "branch 4", "main 1 by branch", "main 2"])
        // Deleted on both sides, renamed, merged once more.
        try await branch.query("DELETE FROM log WHERE line = 'branch 4'; ALTER TABLE log RENAME TO journal; UPDATE journal SET line = 'B' WHERE line = 'b'")
        try await fixture.session.query("DELETE FROM log WHERE line = 'branch 4'; UPDATE log SET line = 'A' WHERE line = 'a'")
        #expect(try await fixture.merge("b").conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT line FROM journal ORDER BY line") == ["A", "B", "branch 1 by main", "branch 3", "main 1 by branch", "main 2"])
        // A conflict is one about the right row.
        try await branch.query("UPDATE journal SET line = 'x' WHERE line = 'branch 3'")
        try await fixture.session.query("UPDATE journal SET line = 'y' WHERE line = 'branch 3'")
        let conflict = try #require(try await fixture.merge("b").conflicts.first)
        #expect(conflict.base?["line"] == "branch 3" && conflict.branch?["line"] == "x" && conflict.target?["line"] == "y")
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func aForkOfTheBranchKnowsItsRows() async throws {
        let fixture = try await Fixture("CREATE TABLE log(line TEXT)")
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO log VALUES ('of b')")
        let fork = try await fixture.branch("e", from: "b")
        try await fixture.session.query("INSERT INTO log VALUES ('of main')")
        try await branch.query("INSERT INTO log VALUES ('of b too')")
        #expect(try await fixture.merge("b").status == .merged)
        try await fork.query("UPDATE log SET line = 'of b, by e'; INSERT INTO log VALUES ('of e')")
        #expect(try await fixture.merge("e").conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT line FROM log ORDER BY line") == ["of b too", "of b, by e", "of e", "of main"])
        try await branch.query("UPDATE log SET line = 'of b too, again' WHERE line = 'of b too'")
        #expect(try await fixture.merge("b").conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT line FROM log ORDER BY line") == ["of b too, again", "of b, by e", "of e", "of main"])
        try await fork.query("DELETE FROM log WHERE line = 'of b, by e'")
        #expect(try await fixture.merge("e").conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT line FROM log ORDER BY line") == ["of b too, again", "of e", "of main"])
        try await fixture.close()
    }

    /// Branches that merge each other at random; every row carries the name it was made with, so that the model can follow it whatever
    /// its number: values merge by that name as in any table with a key.
    @Test(arguments: 1...60) func randomBranchesNeverTakeOneRowForAnother(number: Int) async throws {
        let seed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        var random = SeededGenerator(seed: seed)
        let fixture = try await Fixture("CREATE TABLE log(tag TEXT, value INTEGER); INSERT INTO log VALUES ('r0', 0), ('r1', 0), ('r2', 0)")
        var sessions = ["main": fixture.session]
        // What a keyed table with the same history holds.
        try await fixture.session.query("CREATE TABLE twin(tag TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID; INSERT INTO twin SELECT * FROM log")
        var made = 3
        for step in 0..<30 {
            let names = sessions.keys.sorted()
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            let session = try #require(sessions[name])
            switch Int.random(in: 0..<10, using: &random) {
            case 0 where sessions.count < 4:
                let fork = "b\(step)"
                sessions[fork] = try await fixture.branch(fork, from: name)
            case 1...3 where sessions.count > 1:
                let other = try #require(names.filter { $0 != name }.randomElement(using: &random))
                let result = try await fixture.merge(other, into: name, Bool.random(using: &random) ? .branchWins : .mainWins)
                #expect(result.status == .merged || result.status == .upToDate, "seed \(seed), step \(step)")
                let rows = try await session.texts("SELECT tag, value FROM log ORDER BY tag")
                let twins = try await session.texts("SELECT tag, value FROM twin ORDER BY tag")
                #expect(rows == twins, "seed \(seed), step \(step): \(other) into \(name)")
                if rows != twins { return try await fixture.close() }
            default:
                // SQLite gives the number of a deleted last row to the next one, which then counts as the same row: no last rows here.
                let tags = try await session.texts("SELECT tag FROM log ORDER BY rowid").dropLast()
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let sql: String
                    let tag = tags.randomElement(using: &random)
                    switch (Int.random(in: 0..<4, using: &random), tag) {
                    case (0, let tag?): sql = "DELETE FROM $ WHERE tag = '\(tag)'"
                    case (1, let tag?), (2, let tag?): sql = "UPDATE $ SET value = \(Int.random(in: 1..<1_000, using: &random)) WHERE tag = '\(tag)'"
                    default:
                        sql = "INSERT INTO $ VALUES ('r\(made)', \(made))"
                        made += 1
                    }
                    for table in ["log", "twin"] { try await session.query(sql.replacing("$", with: table)) }
                }
            }
        }
        #expect(try await fixture.isSound())
        try await fixture.close()
    }
}

/// Merges of some tables only, again and again.
@Suite struct MergeTablesTests {
    @Test func whatWasMergedByItselfIsNotMergedAgain() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE a(id INTEGER PRIMARY KEY, x); INSERT INTO a VALUES (1, 'a'); CREATE TABLE b(id INTEGER PRIMARY KEY, x); INSERT INTO b VALUES (1, 'b');
            CREATE TABLE log(line)
            """)
        let branch = try await fixture.branch("s")
        try await branch.query("UPDATE a SET x = 'a2'; UPDATE b SET x = 'b2'; INSERT INTO log VALUES ('one')")
        #expect(try await fixture.merge("s", tables: ["a", "log"]).counts == ["a": "0/1/0", "log": "1/0/0"])
        // Main goes on from what was merged: that is no conflict with the branch, which has done nothing since.
        try await fixture.session.query("UPDATE a SET x = 'main'; UPDATE log SET line = 'one, by main'")
        #expect(try await fixture.merge("s", tables: ["a", "log"]).status == .upToDate)
        try await branch.query("INSERT INTO a VALUES (2, 'new'); INSERT INTO log VALUES ('two'); ALTER TABLE a RENAME TO c; UPDATE c SET x = 'a2' WHERE id = 1")
        let again = try await fixture.merge("s", tables: ["c", "log"])
        #expect(again.status == .merged && again.conflicts.isEmpty && again.counts == ["c": "1/0/0", "log": "1/0/0"])
        #expect(try await fixture.session.texts("SELECT x FROM c ORDER BY id") == ["main", "new"])
        #expect(try await fixture.session.texts("SELECT line FROM log ORDER BY line") == ["one, by main", "two"])
        #expect(try await fixture.session.texts("SELECT x FROM b") == ["b"])
        // The rest, with all of it; then nothing is left to remember.
        let whole = try await fixture.merge("s")
        #expect(whole.status == .merged && whole.counts == ["b": "0/1/0"])
        #expect(try await fixture.session.texts("SELECT line FROM log ORDER BY line") == ["one, by main", "two"])
        #expect(try await fixture.session.texts("SELECT count(*) FROM _bl_merged") == ["0"])
        #expect(try await fixture.merge("main", into: "s").conflicts.isEmpty)
        #expect(try await branch.texts("SELECT x FROM c ORDER BY id") == ["main", "new"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func inTheOtherDirection() async throws {
        let fixture = try await Fixture("CREATE TABLE a(id INTEGER PRIMARY KEY, x); INSERT INTO a VALUES (1, 'a'); CREATE TABLE log(line)")
        let branch = try await fixture.branch("s")
        try await branch.query("UPDATE a SET x = 'branch'; INSERT INTO log VALUES ('of s')")
        try await fixture.session.query("INSERT INTO log VALUES ('of main')")
        #expect(try await fixture.merge("s", tables: ["a", "log"]).status == .merged)
        try await fixture.session.query("UPDATE a SET x = 'main'; DELETE FROM log WHERE line = 'of s'")
        // Main's change is one to what it had from the branch.
        let caught = try await fixture.merge("main", into: "s")
        #expect(caught.status == .merged && caught.conflicts.isEmpty)
        #expect(try await branch.texts("SELECT x FROM a") == ["main"])
        #expect(try await branch.texts("SELECT line FROM log") == ["of main"])
        try await fixture.close()
    }
}

/// Texts that are not valid UTF-8, which SQLite keeps as they are.
@Suite struct MergeMalformedTextTests {
    @Test func bytesComeThroughAMerge() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE r(id INTEGER PRIMARY KEY, x, y); CREATE TABLE w(k TEXT PRIMARY KEY, x) WITHOUT ROWID; CREATE TABLE k(k TEXT PRIMARY KEY, x);
            INSERT INTO r VALUES (1, CAST(x'61FF62' AS TEXT), 1), (2, CAST(x'61FE62' AS TEXT), 1); INSERT INTO w VALUES (CAST(x'FF' AS TEXT), 1); INSERT INTO k SELECT * FROM w
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            UPDATE r SET y = 2 WHERE id = 1; UPDATE r SET x = CAST(x'61FD62' AS TEXT) WHERE id = 2; INSERT INTO r VALUES (3, CAST(x'C0' AS TEXT), 3);
            UPDATE w SET x = 2; UPDATE k SET x = 2; INSERT INTO k VALUES (CAST(x'FE' AS TEXT), 3); INSERT INTO w VALUES (CAST(x'FE' AS TEXT), 3)
            """)
        try await fixture.session.query("INSERT INTO r VALUES (9, 'main', 9); INSERT INTO k VALUES (CAST(x'FD' AS TEXT), 9); INSERT INTO w VALUES (CAST(x'FD' AS TEXT), 9)")
        let diff = try await fixture.diff("b")
        #expect(diff.counts == ["r": "1/2/0", "w": "1/1/0", "k": "1/1/0"])
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT id, typeof(x), hex(x), y FROM r ORDER BY id") == ["1|text|61FF62|2", "2|text|61FD62|1", "3|text|C0|3", "9|text|6D61696E|9"])
        for table in ["w", "k"] { #expect(try await fixture.session.texts("SELECT hex(k), x FROM \(table) ORDER BY 1") == ["FD|9", "FE|3", "FF|2"]) }
        // The same bytes on both sides are no conflict; others are, and are shown with replacement characters.
        try await branch.query("UPDATE r SET x = CAST(x'80' AS TEXT) WHERE id = 1; UPDATE r SET x = CAST(x'81' AS TEXT) WHERE id = 2")
        try await fixture.session.query("UPDATE r SET x = CAST(x'80' AS TEXT) WHERE id = 1; UPDATE r SET x = CAST(x'82' AS TEXT) WHERE id = 2")
        let conflicts = try await fixture.merge("b").conflicts
        #expect(conflicts.map { $0.key["id"] } == [.integer(2)] && conflicts.first?.branch?["x"] == "\u{FFFD}")
        #expect(try await fixture.merge("b", .branchWins).status == .merged)
        #expect(try await fixture.session.texts("SELECT hex(x) FROM r WHERE id < 3 ORDER BY id") == ["80", "81"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func aTableThatIsMadeAnewKeepsThem() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, x, y); INSERT INTO t VALUES (1, CAST(x'FF' AS TEXT), 1)")
        let branch = try await fixture.branch("b", mode: .live)
        try await branch.query("CREATE TABLE own(x); INSERT INTO t VALUES (2, CAST(x'FE' AS TEXT), 2); ALTER TABLE t DROP COLUMN y")
        try await fixture.session.query("INSERT INTO t VALUES (3, CAST(x'FD' AS TEXT), 3)")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT id, typeof(x), hex(x) FROM t ORDER BY id") == ["1|text|FF", "2|text|FE", "3|text|FD"])
        try await fixture.close()
    }
}
