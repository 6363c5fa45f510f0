import Testing

@testable import Branching
import Engine

@Suite struct MergeTests {
    private let users = """
        CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT UNIQUE, age INTEGER CHECK(age >= 0));
        CREATE INDEX users_age ON users(age);
        INSERT INTO users VALUES (1, 'ann', 30), (2, 'bob', 40), (3, 'cid', 50);
        """

    @Test func fastForwardMovesTheHead() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 31 WHERE id = 1; CREATE TABLE extra(a); INSERT INTO extra VALUES (1)")
        let preview = try await fixture.merge("b", dryRun: true)
        #expect(preview.fastForward && preview.dryRun && preview.counts == ["users": "0/1/0", "extra": "1/0/0"])
        #expect(try await fixture.session.texts("SELECT age FROM users WHERE id = 1") == ["30"])
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.fastForward && result.merged == 2 && result.version > result.targetVersion)
        #expect(try await fixture.session.texts("SELECT age FROM users WHERE id = 1") == ["31"])
        #expect(try await fixture.session.texts("SELECT a FROM extra") == ["1"])
        #expect(try await fixture.db.branch("b").status == .merged)
        #expect(try await fixture.merge("b").status == .upToDate)
        // Written again it is active again, and merges again.
        try await branch.query("UPDATE users SET age = 32 WHERE id = 1")
        #expect(try await fixture.db.branch("b").status == .active)
        #expect(try await fixture.merge("b").counts == ["users": "0/1/0"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func differentRowsAndColumnsGoTogether() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 31 WHERE id = 1; DELETE FROM users WHERE id = 3; INSERT INTO users VALUES (10, 'joe', 1)")
        try await fixture.session.query("UPDATE users SET name = 'Ann' WHERE id = 1; UPDATE users SET age = 41 WHERE id = 2; INSERT INTO users VALUES (11, 'kim', 2)")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && !result.fastForward && result.counts == ["users": "1/1/1"] && result.merged == 1)
        #expect(try await fixture.session.texts("SELECT * FROM users ORDER BY id") == ["1|Ann|31", "2|bob|41", "10|joe|1", "11|kim|2"])
        #expect(try await fixture.isSound())
        // Two parents: the branch's head is part of main's history.
        let versions = fixture.db.context.store.versions(of: .main, limit: 1)
        #expect(versions.first?.parents.map(\.rawValue) == [result.targetVersion, result.sourceVersion])
        // What main has now goes to the branch in one move, and back again nothing is left.
        #expect(try await fixture.merge("main", into: "b").fastForward)
        #expect(try await branch.texts("SELECT count(*) FROM users") == ["4"])
        #expect(try await fixture.merge("b").status != .conflicts)
        try await fixture.close()
    }

    @Test func sameCellConflicts() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 31 WHERE id = 1; UPDATE users SET age = 42 WHERE id = 2; INSERT INTO users VALUES (9, 'z', 1)")
        try await fixture.session.query("UPDATE users SET age = 32 WHERE id = 1; UPDATE users SET age = 42 WHERE id = 2; INSERT INTO users VALUES (9, 'y', 1)")
        let before = try await fixture.db.branch("main").version
        let manual = try await fixture.merge("b")
        #expect(manual.status == .conflicts && manual.version == before && manual.merged == 0)
        #expect(manual.conflicts.map(\.kind) == [.updateUpdate, .insertInsert])
        let first = try #require(manual.conflicts.first)
        #expect(first.key == ["id": 1] && first.columns == ["age"] && first.base?["age"] == 30 && first.branch?["age"] == 31 && first.target?["age"] == 32)
        #expect(manual.conflicts.last?.columns == ["name"] && manual.conflicts.last?.base == nil)
        #expect(try await fixture.merge("b", .abort).status == .aborted)
        #expect(try await fixture.merge("b", dryRun: true).conflicts == manual.conflicts)
        #expect(try await fixture.db.branch("main").version == before)
        // One by one.
        let resolutions = [
            MergeResolution(conflictID: first.id, take: .value, value: 77), MergeResolution(table: "users", column: "name", take: .branch),
        ]
        let merged = try await fixture.merge("b", resolutions: resolutions)
        #expect(merged.status == .merged && merged.tables.first?.conflicts == 2)
        #expect(try await fixture.session.texts("SELECT * FROM users ORDER BY id") == ["1|ann|77", "2|bob|42", "3|cid|50", "9|z|1"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test(arguments: [(MergeStrategy.branchWins, ["1|31", "2|40"]), (.mainWins, ["1|32", "3|51"])])
    func strategiesTakeOneSide(strategy: MergeStrategy, expected: [String]) async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 31 WHERE id = 1; DELETE FROM users WHERE id = 3; UPDATE users SET name = 'Bob' WHERE id = 2")
        try await fixture.session.query("UPDATE users SET age = 32 WHERE id = 1; UPDATE users SET age = 51 WHERE id = 3; DELETE FROM users WHERE id = 2")
        let manual = try await fixture.merge("b")
        #expect(Set(manual.conflicts.map(\.kind)) == [.updateUpdate, .deleteUpdate, .updateDelete])
        let result = try await fixture.merge("b", strategy)
        #expect(result.status == .merged && result.conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT id, age FROM users ORDER BY id") == expected)
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func aResolutionForOtherValuesIsRefused() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 31 WHERE id = 1")
        try await fixture.session.query("UPDATE users SET age = 32 WHERE id = 1")
        let id = try #require(try await fixture.merge("b").conflicts.first?.id)
        try await fixture.session.query("UPDATE users SET age = 33 WHERE id = 1")
        let again = try await fixture.merge("b", resolutions: [MergeResolution(conflictID: id, take: .branch)])
        #expect(again.status == .conflicts && again.conflicts.first?.id != id)
        try await fixture.session.query("UPDATE users SET age = 31 WHERE id = 1")
        #expect(await code { _ = try await fixture.merge("b", resolutions: [MergeResolution(conflictID: id, take: .branch)]) } == "BL_STALE_RESOLUTION")
        #expect(await code { _ = try await fixture.merge("b", resolutions: [MergeResolution(take: .branch)]) } == "BL_BAD_ARGUMENT")
        try await fixture.close()
    }

    @Test func wholeRowsByValueAndBase() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("DELETE FROM users WHERE id = 1; UPDATE users SET age = 41 WHERE id = 2; UPDATE users SET age = 52 WHERE id = 3")
        try await fixture.session.query("UPDATE users SET age = 32 WHERE id = 1; DELETE FROM users WHERE id = 2; UPDATE users SET age = 53 WHERE id = 3")
        let conflicts = try await fixture.merge("b").conflicts
        let ids = Dictionary(uniqueKeysWithValues: conflicts.map { ($0.key["id"]?.integerValue ?? 0, $0.id) })
        let result = try await fixture.merge("b", resolutions: [
            MergeResolution(conflictID: ids[1], take: .base), MergeResolution(conflictID: ids[2], take: .value, value: ["name": "Bob", "age": 7]),
            MergeResolution(conflictID: ids[3], take: .base),
        ])
        #expect(result.status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM users ORDER BY id") == ["1|ann|30", "2|Bob|7", "3|cid|50"])
        try await fixture.close()
    }

    @Test func newRowsWithoutKeysAreRenumbered() async throws {
        let fixture = try await Fixture("CREATE TABLE log(text); INSERT INTO log VALUES ('base')")
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO log VALUES ('b1'), ('b2'), ('b3'); UPDATE log SET text = 'BASE' WHERE text = 'base'")
        try await fixture.session.query("INSERT INTO log VALUES ('m1')")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.counts == ["log": "3/1/0"])
        #expect(try await fixture.session.texts("SELECT text FROM log ORDER BY text") == ["BASE", "b1", "b2", "b3", "m1"])
        #expect(try await fixture.session.texts("SELECT text FROM log WHERE rowid = 2") == ["m1"])
        try await fixture.close()
    }

    @Test func textKeysAndSwappedUniqueValues() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE c(code TEXT PRIMARY KEY, rank INTEGER UNIQUE); INSERT INTO c VALUES ('a', 1), ('b', 2), ('c', 3);
            CREATE TABLE w(a INTEGER, b TEXT, v, PRIMARY KEY(b, a)) WITHOUT ROWID; INSERT INTO w VALUES (1, 'x', 1), (2, 'x', 2);
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE c SET rank = rank + 100; UPDATE c SET rank = CASE code WHEN 'a' THEN 2 WHEN 'b' THEN 3 ELSE 1 END; UPDATE w SET v = 11 WHERE a = 1; INSERT INTO c VALUES ('n', 9)")
        try await fixture.session.query("INSERT INTO c VALUES ('m', 8); UPDATE w SET v = 22 WHERE a = 2; DELETE FROM c WHERE code = 'zz'")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.violations.isEmpty)
        #expect(try await fixture.session.texts("SELECT * FROM c ORDER BY code") == ["a|2", "b|3", "c|1", "m|8", "n|9"])
        #expect(try await fixture.session.texts("SELECT a, v FROM w ORDER BY a") == ["1|11", "2|22"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func constraintsAreVerifiedAfterwards() async throws {
        let fixture = try await Fixture(users + "CREATE TABLE orders(id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id)); INSERT INTO orders VALUES (1, 1)")
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO users VALUES (20, 'twin', 1); INSERT INTO orders VALUES (2, 3)")
        try await fixture.session.query("INSERT INTO users VALUES (21, 'twin', 2)")
        let before = try await fixture.db.branch("main").version
        let unique = try await fixture.merge("b", .branchWins)
        #expect(unique.status == .conflicts && unique.violations.map(\.kind) == ["unique"])
        #expect(Set(unique.violations.first?.rows.compactMap { $0["id"]?.integerValue } ?? []) == [20, 21])
        try await fixture.session.query("DELETE FROM users WHERE id IN (3, 21)")
        let foreign = try await fixture.merge("b", .branchWins, dryRun: true)
        #expect(foreign.violations.map(\.kind) == ["foreign_key"] && foreign.violations.first?.rows.first?["id"] == 2)
        #expect(try await fixture.merge("b", .branchWins).status == .conflicts)
        #expect(try await fixture.session.texts("SELECT count(*) FROM users WHERE id = 20") == ["0"])
        #expect(try await fixture.db.branch("main").version > before)
        try await branch.query("DELETE FROM orders WHERE id = 2")
        #expect(try await fixture.merge("b", .branchWins).status == .merged)
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func triggersRestAndFullTextIsRight() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE trail(what);
            CREATE VIRTUAL TABLE found USING fts5(body, content='notes', content_rowid='id'); CREATE VIRTUAL TABLE own USING fts5(body);
            CREATE TRIGGER notes_i AFTER INSERT ON notes BEGIN INSERT INTO trail VALUES ('i' || new.id); END;
            """)
        func note(_ session: Session, _ id: Int, _ body: String) async throws {
            try await session.query("INSERT INTO notes VALUES (?, ?)", id, body)
            try await session.query("INSERT INTO found(rowid, body) VALUES (?, ?)", id, body)
            try await session.query("INSERT INTO own(rowid, body) VALUES (?, ?)", id, body)
        }
        try await note(fixture.session, 1, "first words")
        let branch = try await fixture.branch("b")
        try await note(branch, 2, "branch words")
        try await note(fixture.session, 3, "main words")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.conflicts.isEmpty)
        // The branch's own trigger wrote its line; none was written by the merge.
        #expect(try await fixture.session.texts("SELECT what FROM trail ORDER BY what") == ["i1", "i2", "i3"])
        #expect(try await fixture.session.texts("SELECT rowid FROM found WHERE found MATCH 'words' ORDER BY rowid") == ["1", "2", "3"])
        #expect(try await fixture.session.texts("SELECT rowid FROM own WHERE own MATCH 'branch'") == ["2"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func aLivingBranchMergesAgainAndAgain() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        for round in 1...4 {
            try await branch.query("UPDATE users SET age = ? WHERE id = 1", 100 + round)
            try await branch.query("INSERT INTO users VALUES (?, ?, 1)", 100 + round, "b\(round)")
            try await fixture.session.query("INSERT INTO users VALUES (?, ?, 1)", 200 + round, "m\(round)")
            let result = try await fixture.merge("b")
            #expect(result.status == .merged && result.counts == ["users": "1/1/0"])
            if round == 2 { #expect(try await fixture.merge("main", into: "b").status == .merged) }
        }
        // Main's own rows were never taken for rows that the branch deleted.
        #expect(try await fixture.session.texts("SELECT count(*) FROM users") == ["11"])
        try await fixture.session.query("DELETE FROM users WHERE id = 101")
        #expect(try await fixture.merge("main", into: "b").status == .merged)
        #expect(try await branch.texts("SELECT count(*) FROM users") == ["10"])
        #expect(try await fixture.isSound())
        #expect(try await fixture.isSound("b"))
        try await fixture.close()
    }

    @Test func aCrissCrossLosesNothing() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1), (2, 1), (3, 1)")
        let a = try await fixture.branch("a")
        let b = try await fixture.branch("b")
        try await a.query("UPDATE t SET v = 2 WHERE id = 1")
        try await b.query("DELETE FROM t WHERE id = 2")
        let (oldA, oldB) = (try await fixture.db.branch("a").version, try await fixture.db.branch("b").version)
        // Each takes the other's head as it was: two best common ancestors.
        #expect(try await fixture.merge("a@\(oldA)", into: "b").status == .merged)
        #expect(try await fixture.merge("b@\(oldB)", into: "a").status == .merged)
        // One side takes a change back, which only one of the bases shows: their own base tells that it is a change.
        try await b.query("UPDATE t SET v = 1 WHERE id = 1")
        try await a.query("UPDATE t SET v = 5 WHERE id = 3")
        let result = try await fixture.merge("b", into: "a")
        #expect(result.status == .merged && result.conflictCount == 0 && result.counts == ["t": "0/1/0"])
        #expect(try await a.texts("SELECT * FROM t ORDER BY id") == ["1|1", "3|5"])
        try await fixture.close()
    }

    @Test func onlySomeTables() async throws {
        let fixture = try await Fixture(users + "CREATE TABLE other(id INTEGER PRIMARY KEY, v)")
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 1 WHERE id = 1; INSERT INTO other VALUES (1, 1)")
        #expect(await code { _ = try await fixture.merge("b", tables: ["nowhere"]) } == "BL_NO_SUCH_TABLE")
        let part = try await fixture.merge("b", tables: ["other"])
        #expect(part.status == .merged && part.counts == ["other": "1/0/0"])
        #expect(try await fixture.session.texts("SELECT age FROM users WHERE id = 1") == ["30"])
        #expect(try await fixture.db.branch("b").status == .active)
        #expect(try await fixture.merge("b", tables: ["other"]).status == .upToDate)
        // The rest is still to come.
        #expect(try await fixture.merge("b").counts == ["users": "0/1/0"])
        try await fixture.close()
    }

    @Test func whatIsRefused() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 1 WHERE id = 1")
        #expect(await code { _ = try await fixture.merge("b", into: "b") } == "BL_MERGE_INTO_ITSELF")
        #expect(await code { _ = try await fixture.merge("nobody") } == "BL_NO_SUCH_BRANCH")
        #expect(await code { _ = try await fixture.db.merge(MergeRequest(branch: "b", expectedVersion: 1)) } == "BL_STALE_TARGET")
        let head = try await fixture.db.branch("main").version
        #expect(await code { _ = try await fixture.merge("b", into: "main@\(head)") } == "BL_BAD_ARGUMENT")
        #expect(try await fixture.db.merge(MergeRequest(branch: "b", strategy: .manual, expectedVersion: head, discard: true, message: "done")).status == .merged)
        #expect(try await branch.texts("SELECT count(*) FROM users") == ["3"])
        let off = try await Fixture { $0.branchingEnabled = false }
        #expect(await code { _ = try await off.merge("b") } == "BL_BRANCHING_DISABLED")
        try await off.close()
        try await fixture.close()
    }

    @Test func discardingAfterAMergeIsAsByItself() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 1 WHERE id = 1")
        // Somebody is on it: the merge stands, the branch stays, and the result says why.
        let used = try await fixture.db.merge(MergeRequest(branch: "b", discard: true))
        #expect(used.status == .merged && used.discarded == false && used.discardError?.code == "BL_BRANCH_IN_USE")
        #expect(try await fixture.db.branch("b").status == .merged)
        #expect(try await fixture.merge("b").discarded == nil)
        await branch.close()
        let free = try await fixture.db.merge(MergeRequest(branch: "b", discard: true))
        #expect(free.status == .upToDate && free.discarded == true && free.discardError == nil)
        #expect(await code { _ = try await fixture.on("b") } == "BL_BRANCH_GONE")
        // The session that asks for it goes to main.
        let own = try await fixture.branch("own")
        try await own.query("UPDATE users SET age = 2 WHERE id = 1")
        let answer = try await own.query("SELECT branch_merge(branch => 'own', discard => true)").values.first?.map(\.text)
        #expect(answer?.first == "merged" && answer?.last == "true")
        #expect(try await own.texts("SELECT current_branch()") == ["main"])
        #expect(await code { _ = try await fixture.on("own") } == "BL_BRANCH_GONE")
        // Neither main nor a version of a branch can go.
        let third = try await fixture.branch("third")
        try await third.query("UPDATE users SET age = 3 WHERE id = 1")
        let version = try await fixture.db.branch("third").version
        #expect(try await fixture.db.merge(MergeRequest(branch: "third@\(version)", discard: true)).discardError?.code == "BL_BAD_ARGUMENT")
        #expect(try await fixture.db.merge(MergeRequest(branch: "main", target: "third", discard: true)).discarded == false)
        try await fixture.close()
    }

    @Test func aFastForwardNeedNotBeCounted() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 1 WHERE id = 1; CREATE TABLE more(a)")
        let quick = try await fixture.db.merge(MergeRequest(branch: "b", counts: false))
        #expect(quick.status == .merged && quick.fastForward && !quick.counted && quick.merged == 0 && quick.tables.isEmpty && quick.schemaChanges.isEmpty)
        #expect(try await fixture.session.texts("SELECT age FROM users WHERE id = 1") == ["1"])
        try await branch.query("UPDATE users SET age = 2 WHERE id < 3")
        let counted = try await fixture.merge("b")
        #expect(counted.fastForward && counted.counted && counted.counts == ["users": "0/2/0"] && counted.merged == 1)
        try await branch.query("UPDATE users SET age = 3 WHERE id = 1")
        try await fixture.session.query("UPDATE users SET age = 4 WHERE id = 2")
        // What is known anyway is told.
        let threeWay = try await fixture.db.merge(MergeRequest(branch: "b", counts: false))
        #expect(threeWay.counted && threeWay.counts == ["users": "0/1/0"])
        try await fixture.close()
    }

    @Test func conflictsAreListedUpToALimitAndAllCounted() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, v)")
        try await fixture.session.query("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 50) INSERT INTO t SELECT i, 0 FROM s")
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE t SET v = 1")
        try await fixture.session.query("UPDATE t SET v = 2")
        let few = try await fixture.db.merge(MergeRequest(branch: "b", strategy: .manual, conflictLimit: 3))
        #expect(few.status == .conflicts && few.conflictCount == 50 && few.conflicts.compactMap { $0.key["id"]?.integerValue } == [1, 2, 3])
        #expect(few.tables.first?.conflicts == 50)
        #expect(try await fixture.merge("b").conflicts.count == 50)
        #expect(await code { _ = try await fixture.db.merge(MergeRequest(branch: "b", conflictLimit: -1)) } == "BL_BAD_ARGUMENT")
        // A resolution for one that was not listed counts, and the strategy settles all others.
        let last = try #require(try await fixture.merge("b").conflicts.last)
        let merged = try await fixture.db.merge(MergeRequest(
            branch: "b", strategy: .branchWins, resolutions: [MergeResolution(conflictID: last.id, take: .value, value: 7)], conflictLimit: 0))
        #expect(merged.status == .merged && merged.conflictCount == 0 && merged.tables.first?.conflicts == 50)
        #expect(try await fixture.session.texts("SELECT v, count(*) FROM t GROUP BY v ORDER BY v") == ["1|49", "7|1"])
        try await fixture.close()
    }

    @Test func aWriterThatHoldsTheTargetMakesTheMergeWait() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 1 WHERE id = 1")
        try await fixture.session.query("UPDATE users SET age = 2 WHERE id = 2")
        try await fixture.session.query("BEGIN; UPDATE users SET age = 3 WHERE id = 3")
        #expect(await code { _ = try await fixture.merge("b") } == "BL_BUSY")
        // Looking takes no slot.
        #expect(try await fixture.merge("b", dryRun: true).counts == ["users": "0/1/0"])
        #expect(try await fixture.on("main").texts("SELECT * FROM branch_conflicts('b')") == [])
        try await fixture.session.query("COMMIT")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT age FROM users ORDER BY id") == ["1", "2", "3"])
        try await fixture.close()
    }

    @Test func liveBranchesMergeTableByTable() async throws {
        let fixture = try await Fixture(users + "CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL); INSERT INTO orders VALUES (1, 5)")
        let live = try await fixture.branch("live", mode: .live)
        #expect(try await fixture.merge("live").status == .upToDate)
        try await live.query("UPDATE users SET age = 1 WHERE id = 1; CREATE TABLE mine(a INTEGER PRIMARY KEY); INSERT INTO mine VALUES (1)")
        try await fixture.session.query("UPDATE users SET age = 2 WHERE id = 2; DELETE FROM orders")
        let result = try await fixture.merge("live")
        #expect(result.status == .merged && result.counts == ["users": "0/1/0", "mine": "1/0/0"])
        #expect(try await fixture.session.texts("SELECT age FROM users ORDER BY id") == ["1", "2", "50"])
        // Main's deletion in a table that reads through stays.
        #expect(try await fixture.session.texts("SELECT count(*) FROM orders") == ["0"])
        #expect(try await fixture.merge("live").status == .upToDate)
        // The next merge starts from what was merged.
        try await live.query("UPDATE users SET age = 11 WHERE id = 1; INSERT INTO mine VALUES (2)")
        try await fixture.session.query("UPDATE users SET age = 22 WHERE id = 2")
        #expect(try await fixture.merge("live").counts == ["users": "0/1/0", "mine": "1/0/0"])
        // Catching up: main into the live branch, its own tables only.
        let up = try await fixture.merge("main", into: "live")
        #expect(up.status == .merged && up.counts == ["users": "0/1/0"])
        #expect(try await live.texts("SELECT age FROM users ORDER BY id") == ["11", "22", "50"])
        #expect(try await fixture.diff("live").tables.isEmpty)
        #expect(try await fixture.isSound())
        try await fixture.close()
    }
}
