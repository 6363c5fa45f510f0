import Testing

@testable import Branching
import Engine

/// The past of branches: listing it, going back to it, reading it in SQL.
@Suite struct HistoryTests {
    // MARK: - branch_history

    @Test func versionsAreListedWithWhoWhatAndHowMuch() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER)")
        let db = fixture.db
        try await fixture.session.query("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")
        try await db.createBranch(BranchCreateRequest(name: "b"))
        let agent = try await db.session(SessionOptions(branch: "b", origin: "agent-7"))
        try await agent.query("UPDATE t SET a = a + 10 WHERE id < 3")
        try await agent.query("BEGIN; DELETE FROM t WHERE id = 3; INSERT INTO t VALUES (4, 4); COMMIT")
        let lines = try await db.history("b")
        // Below them are the table's definition and the empty store, whose first version has none before it.
        #expect(lines.prefix(4).map(\.rowsChanged) == [2, 2, 3, 0] && lines.last?.rowsChanged == nil, "\(lines)")
        #expect(lines.prefix(3).map(\.branch) == ["b", "b", "main"])
        #expect(lines[1].session == "agent-7" && lines[1].statement == "UPDATE t SET a = a + 10 WHERE id < 3")
        #expect(lines[0].isHead && lines.dropFirst().allSatisfy { !$0.isHead })
        #expect(lines[0].parents == [lines[1].version] && lines[2].session == "library")
        // Page by page it is the same list.
        var paged: [UInt64] = []
        var before: UInt64?
        repeat {
            let page = try await db.history(HistoryRequest(branch: "b", limit: 2, before: before))
            paged += page.versions.map(\.version)
            before = page.nextBefore
        } while before != nil
        #expect(paged == lines.map(\.version))
        // As a table function.
        #expect(try await fixture.session.texts("SELECT version, rows_changed, session, branch FROM branch_history('b', 2)")
            == ["\(lines[0].version)|2|agent-7|b", "\(lines[1].version)|2|agent-7|b"])
        #expect(await code { _ = try await db.history("b", limit: 0) } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await db.history("nope") } == "BL_NO_SUCH_BRANCH")
        await agent.close()
        try await fixture.close()
    }

    @Test func mergesAndMovesSayWhatTheyWere() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO t VALUES (1, 1)")
        let db = fixture.db
        try await db.createBranch(BranchCreateRequest(name: "fast"))
        try await db.createBranch(BranchCreateRequest(name: "slow"))
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (2, 2), (3, 3)", branch: "fast"))
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (4, 4)", branch: "slow"))
        try await db.merge(MergeRequest(branch: "fast"))
        try await db.merge(MergeRequest(branch: "slow"))
        let lines = try await db.history("main")
        #expect(lines[0].statement?.hasPrefix("MERGE BRANCH slow") == true && lines[0].rowsChanged == 1 && lines[0].parents.count == 2)
        #expect(lines[1].statement?.hasPrefix("MERGE BRANCH fast") == true && lines[1].rowsChanged == 2, "\(lines)")
        try await fixture.close()
    }

    // MARK: - branch_restore

    @Test func aMergeIsUndoneAndDoneAgain() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO t VALUES (1, 1)")
        let db = fixture.db
        let before = try await db.branch("main").version
        try await db.createBranch(BranchCreateRequest(name: "b"))
        _ = try await fixture.session.query(QueryRequest("UPDATE t SET a = 2; CREATE TABLE u(x)", branch: "b"))
        try await db.merge(MergeRequest(branch: "b"))
        #expect(try await fixture.session.texts("SELECT a FROM t") == ["2"])
        let merged = try await db.branch("main").version
        let result = try await db.restore("main", version: before)
        #expect(result.previousVersion == merged && result.restoredVersion == before && result.version > merged && !result.undropped)
        #expect(try await fixture.session.texts("SELECT a FROM t") == ["1"])
        #expect(await code { try await fixture.session.query("SELECT * FROM u") } == "BL_NO_SUCH_TABLE")
        // The undone version stays in the history and can be had again.
        let lines = try await db.history("main")
        #expect(lines[0].statement?.hasPrefix("RESTORE BRANCH main to version \(before)") == true, "\(lines)")
        #expect(lines.map(\.version).contains(merged))
        #expect(try await db.restore("main", version: merged).restoredVersion == merged)
        #expect(try await fixture.session.texts("SELECT a FROM t") == ["2"])
        // Undone once more, the branch merges as if it never had been merged.
        try await db.restore("main", version: before)
        #expect(try await db.merge(MergeRequest(branch: "b")).status == .merged)
        #expect(try await fixture.session.texts("SELECT a FROM t") == ["2"])
        try await fixture.close()
    }

    @Test func restoringKeepsSessionsAndTheirCachesRight() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        let db = fixture.db
        try await db.createBranch(BranchCreateRequest(name: "b"))
        let session = try await fixture.on("b")
        try await session.query("INSERT INTO t VALUES (1)")
        let one = try await db.branch("b").version
        try await session.query("INSERT INTO t VALUES (2); ALTER TABLE t ADD COLUMN c")
        #expect(try await session.texts("SELECT count(*) FROM t") == ["2"])
        // In SQL, by number, by reference and as a function; to the head it is no move.
        try await session.query("RESTORE BRANCH b TO VERSION \(one)")
        #expect(try await session.texts("SELECT * FROM t") == ["1"])
        try await session.query("INSERT INTO t VALUES (3)")
        let head = try await db.branch("b").version
        #expect(try await session.texts("SELECT version, previous_version FROM (SELECT 1 AS version, 2 AS previous_version)") == ["1|2"])
        try await session.query("RESTORE BRANCH b@\(one)")
        #expect(try await session.texts("SELECT * FROM t") == ["1"])
        try await session.query("SELECT branch_restore('b', version := \(head))")
        #expect(try await session.texts("SELECT * FROM t") == ["1", "3"])
        let now = try await db.branch("b").version
        #expect(try await db.restore("b", version: now).version == now)
        // A version before the fork is the branch's too.
        let fork = try await db.branch("b").baseVersion
        try await db.restore("b", version: fork)
        #expect(try await session.number("SELECT count(*) FROM t") == 0)
        await session.close()
        try await fixture.close()
    }

    @Test func discardedBranchesAreTakenBackAtAVersion() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        let db = fixture.db
        try await db.createBranch(BranchCreateRequest(name: "b"))
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (1)", branch: "b"))
        let one = try await db.branch("b").version
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (2)", branch: "b"))
        #expect(await code { _ = try await db.restore(RestoreRequest(branch: "b")) } == "BL_BAD_ARGUMENT")
        try await db.discardBranch("b")
        #expect(try await db.restore(RestoreRequest(branch: "b")).undropped)
        #expect(try await fixture.session.query(QueryRequest("SELECT count(*) FROM t", branch: "b")).values == [[.integer(2)]])
        try await db.discardBranch("b")
        #expect(await code { _ = try await db.restore("b", version: 999_999) } == "BL_NO_SUCH_VERSION")
        #expect(try await db.branches(.discarded).count == 1, "a restore that fails takes nothing back")
        let result = try await db.restore("b", version: one)
        #expect(result.undropped && result.restoredVersion == one)
        #expect(try await fixture.session.query(QueryRequest("SELECT count(*) FROM t", branch: "b")).values == [[.integer(1)]])
        try await db.discardBranch("b")
        try await fixture.session.query("RESTORE BRANCH b")
        #expect(try await db.branches().map(\.name).sorted() == ["b", "main"])
        try await fixture.close()
    }

    @Test func whatCannotBeRestoredIsSaid() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        let db = fixture.db
        try await db.createBranch(BranchCreateRequest(name: "b"))
        try await db.createBranch(BranchCreateRequest(name: "l", mode: .live))
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (1)", branch: "b"))
        let foreign = try await db.branch("b").version
        let own = try await db.branch("main").version
        #expect(await code { try await db.restore("main", version: foreign) } == "BL_NO_SUCH_VERSION")
        #expect(await code { try await db.restore("main", version: 999_999) } == "BL_NO_SUCH_VERSION")
        // The store's first version has no database.
        #expect(await code { try await db.restore("main", version: 0) } == "BL_NO_SUCH_VERSION")
        #expect(await code { try await db.createBranch(BranchCreateRequest(name: "zero", from: "main@0")) } == "BL_NO_SUCH_VERSION")
        #expect(await code { try await db.restore("l", version: own) } == "BL_UNSUPPORTED")
        #expect(await code { _ = try await db.restore(RestoreRequest(branch: "b", version: own, timestamp: "2026-01-01")) } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await db.restore(RestoreRequest(branch: "b", timestamp: "yesterday")) } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await db.restore(RestoreRequest(branch: "b@yesterday")) } == "BL_BAD_ARGUMENT")
        #expect(await code { try await fixture.session.query("BEGIN; RESTORE BRANCH b TO VERSION \(own)") } == "BL_TRANSACTION_OPEN")
        try await fixture.session.query("ROLLBACK")
        _ = await code {
            #expect(await code { _ = try await fixture.session.query(QueryRequest("RESTORE BRANCH b TO VERSION \(own)", readOnly: true)) } == "BL_READ_ONLY")
        }
        // A writer under way goes first.
        let writer = try await fixture.on("b")
        try await writer.query("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)")
        #expect(await code { try await db.restore("b", version: own) } == "BL_BUSY")
        try await writer.query("COMMIT")
        try await db.restore("b", version: own)
        #expect(try await writer.number("SELECT count(*) FROM t") == 0)
        await writer.close()
        try await fixture.close()
    }

    @Test func liveBranchesFollowARestoredParent() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER); CREATE TABLE u(id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO t VALUES (1, 1); INSERT INTO u VALUES (1, 1)")
        let db = fixture.db
        let before = try await db.branch("main").version
        try await fixture.session.query("UPDATE t SET a = 2; UPDATE u SET a = 2; CREATE TABLE w(x)")
        let info = try await db.createBranch(BranchCreateRequest(name: "l", mode: .live))
        let live = try await fixture.on("l")
        try await live.query("UPDATE u SET a = 30")
        #expect(try await live.texts("SELECT (SELECT a FROM t), (SELECT a FROM u)") == ["2|30"])
        try await db.restore("main", version: before)
        // What reads through is what the parent shows now; what is the branch's own stays.
        #expect(try await live.texts("SELECT (SELECT a FROM t), (SELECT a FROM u)") == ["1|30"])
        #expect(await code { try await live.query("SELECT * FROM w") } == "BL_NO_SUCH_TABLE")
        try await live.query("INSERT INTO t VALUES (2, 2)")
        #expect(try await live.texts("SELECT a FROM t ORDER BY id") == ["1", "2"])
        try await fixture.session.query("INSERT INTO t VALUES (3, 3)")
        #expect(try await db.merge(MergeRequest(branch: info.branchID, strategy: .branchWins)).status == .merged)
        #expect(try await fixture.session.texts("SELECT a FROM t ORDER BY id") == ["1", "2", "3"])
        #expect(try await fixture.session.texts("SELECT a FROM u") == ["30"])
        await live.close()
        try await fixture.close()
    }

    @Test func mergedBranchesComeBackAsWhatTheyWere() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        let db = fixture.db
        try await db.createBranch(BranchCreateRequest(name: "b"))
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (1)", branch: "b"))
        try await db.merge(MergeRequest(branch: "b"))
        try await db.discardBranch("b")
        _ = try await db.undropBranch("b")
        #expect(try await db.branch("b").status == .merged)
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (2)", branch: "b"))
        try await db.discardBranch("b")
        _ = try await db.undropBranch("b")
        #expect(try await db.branch("b").status == .active)
        try await fixture.close()
    }

    @Test func restoresSurviveReopening() async throws {
        try await withDirectory { directory in
            var configuration = Configuration()
            configuration.collectionInterval = .zero
            var db = try await BranchLite.open(directory + "/a.db", configuration: configuration)
            var session = try await db.session()
            try await session.query("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
            let one = try await db.branch("main").version
            try await session.query("INSERT INTO t VALUES (2)")
            try await db.restore("main", version: one)
            let lines = try await db.history("main")
            await session.close()
            try await db.close()
            db = try await BranchLite.open(directory + "/a.db", configuration: configuration)
            session = try await db.session()
            #expect(try await session.texts("SELECT a FROM t") == ["1"])
            #expect(try await db.history("main") == lines)
            await session.close()
            try await db.close()
        }
    }
}
