import Testing

@testable import Branching
import Engine

@Suite struct BranchLifecycleTests {
    // MARK: - Names

    @Test(arguments: [
        "", String(repeating: "x", count: 300), "a\"b", "a'b", "a`b", "x'; DROP TABLE users; --", "main", "MAIN", "public", "temp",
        "information_schema", "pg_x", "sqlite_x", "bl_x", "_bl_x", "@x", "a@3", " a", "a ", "a\nb", "a\u{0}b", "a\u{200B}b", "a\\b",
    ]) func malformedNamesAreRefused(name: String) async throws {
        let fixture = try await Fixture()
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: name)) } == "BL_BAD_NAME")
        #expect(try await fixture.db.branches(.all).count == 1)
        try await fixture.close()
    }

    @Test func unusualNamesThatAreNamesWork() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        for name in ["ветка-1", "DROP TABLE t", "a.b/c", "日本", "été", "1", "select", "--"] {
            try await fixture.db.createBranch(BranchCreateRequest(name: name))
            #expect(try await fixture.session.switchBranch(name).branch == name)
            #expect(try await fixture.session.number("SELECT count(*) FROM t") == 0)
        }
        try await fixture.close()
    }

    @Test func namesAreUniqueWithoutRegardToCase() async throws {
        let fixture = try await Fixture()
        let info = try await fixture.db.createBranch(BranchCreateRequest(name: "Work"))
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: "work")) } == "BL_BRANCH_EXISTS")
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: info.branchID)) } == "BL_BRANCH_EXISTS")
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: info.schemaName)) } == "BL_BRANCH_EXISTS")
        for reference in ["Work", "WORK", "@work", info.branchID, info.schemaName, "@" + info.branchID] {
            #expect(try await fixture.db.branch(reference).branchID == info.branchID, "\(reference)")
        }
        // A failed creation leaves nothing behind.
        #expect(try await fixture.db.branches(.all).count == 2)
        try await fixture.close()
    }

    @Test func unknownBranchesNameTheNearest() async throws {
        let fixture = try await Fixture()
        try await fixture.db.createBranch(BranchCreateRequest(name: "experiment"))
        do {
            _ = try await fixture.db.branch("experimnet")
            Issue.record("it was found")
        } catch {
            #expect(error.code == "BL_NO_SUCH_BRANCH")
            #expect(error.details["nearest"] == "experiment")
        }
        try await fixture.close()
    }

    @Test func aNameIsMadeFromTheID() async throws {
        let fixture = try await Fixture()
        let info = try await fixture.db.createBranch(BranchCreateRequest(description: "why", agentID: "agent-7"))
        #expect(info.name == "branch-" + info.branchID)
        #expect(info.schemaName == "branch_" + info.branchID)
        #expect(info.description == "why" && info.agentID == "agent-7" && info.from == "main" && info.depth == 1)
        #expect(info.ttlSeconds == 86_400 && info.expiresAt != nil)
        try await fixture.close()
    }

    // MARK: - Limit

    @Test func theHundredAndFirstBranchIsRefused() async throws {
        let fixture = try await Fixture()
        for number in 1...100 { try await fixture.db.createBranch(BranchCreateRequest(name: "b\(number)")) }
        do {
            try await fixture.db.createBranch(BranchCreateRequest(name: "b101"))
            Issue.record("it was made")
        } catch {
            #expect(error.code == "BL_TOO_MANY_BRANCHES")
            #expect(error.hint?.contains("BRANCHLITE_MAX_BRANCHES") == true)
        }
        // A discarded branch makes room; taking it back then needs room again.
        try await fixture.db.discardBranch("b1")
        try await fixture.db.createBranch(BranchCreateRequest(name: "b101"))
        #expect(await code { _ = try await fixture.db.undropBranch("b1") } == "BL_TOO_MANY_BRANCHES")
        #expect(try await fixture.db.branches().count == 101)
        try await fixture.close()
    }

    @Test func mergedBranchesDoNotCount() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)") { $0.maxBranches = 1 }
        let info = try await fixture.db.createBranch(BranchCreateRequest(name: "done"))
        let context = fixture.db.context
        let id = try context.registry.resolve("done").id
        try context.registry.change(id) { record in record.status = .merged }
        try await fixture.db.createBranch(BranchCreateRequest(name: "next"))
        #expect(try await fixture.db.branches(.merged).map(\.branchID) == [info.branchID])
        // Written again it is active again.
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (1)", branch: "done"))
        #expect(try await fixture.db.branch("done").status == .active)
        try await fixture.close()
    }

    // MARK: - Discard

    @Test func discardedBranchesCanBeTakenBack() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (1)", branch: "b"))
        try await fixture.db.discardBranch("b")
        #expect(await code { _ = try await fixture.session.query(QueryRequest("SELECT 1", branch: "b")) } == "BL_BRANCH_GONE")
        #expect(try await fixture.db.branches(.discarded).map(\.name) == ["b"])
        // Its name is free meanwhile.
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        #expect(await code { _ = try await fixture.db.undropBranch("b") } == "BL_BRANCH_EXISTS")
        _ = try await fixture.db.renameBranch("b", to: "c")
        _ = try await fixture.db.undropBranch("b")
        #expect(try await fixture.session.query(QueryRequest("SELECT count(*) FROM t", branch: "b")).values == [[.integer(1)]])
        #expect(await code { _ = try await fixture.db.undropBranch("b") } == "BL_BRANCH_EXISTS")
        try await fixture.close()
    }

    @Test func purgedBranchesAreGone() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        let info = try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        #expect(try await fixture.db.discardBranch(info.branchID, purge: true).discarded)
        #expect(await code { _ = try await fixture.db.undropBranch("b") } == "BL_NO_SUCH_BRANCH")
        #expect(try await fixture.db.branches(.all).count == 1)
        #expect(fixture.db.context.store.branches().count == 1)
        try await fixture.close()
    }

    @Test func branchesInUseNeedForce() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        let user = try await fixture.on("b")
        #expect(try await fixture.db.branch("b").sessions == 1)
        #expect(await code { try await fixture.db.discardBranch("b") } == "BL_BRANCH_IN_USE")
        try await user.query("BEGIN; INSERT INTO t VALUES (1)")
        try await fixture.db.discardBranch("b", force: true)
        for sql in ["SELECT * FROM t", "INSERT INTO t VALUES (1)", "COMMIT"] {
            let failed = await code { try await user.query(sql) }
            #expect(failed == "BL_BRANCH_GONE" || failed == "BL_NO_TRANSACTION", "\(sql): \(failed ?? "no error")")
        }
        // It can switch away.
        #expect(try await user.switchBranch("main").previous == "b")
        #expect(try await user.number("SELECT count(*) FROM t") == 0)
        try await fixture.close()
    }

    @Test func mainIsSafe() async throws {
        let fixture = try await Fixture()
        #expect(await code { try await fixture.db.discardBranch("main", force: true, purge: true) } == "BL_MAIN_BRANCH")
        #expect(await code { _ = try await fixture.db.renameBranch("main", to: "x") } == "BL_MAIN_BRANCH")
        #expect(await code { _ = try await fixture.db.resetBranch("main") } == "BL_MAIN_BRANCH")
        try await fixture.close()
    }

    @Test func aParentMayGoBeforeItsChildren() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        try await fixture.db.createBranch(BranchCreateRequest(name: "one"))
        _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (1)", branch: "one"))
        let two = try await fixture.db.createBranch(BranchCreateRequest(name: "two", from: "one"))
        #expect(two.depth == 2 && two.parent == "one")
        try await fixture.db.discardBranch("one", purge: true)
        #expect(try await fixture.session.query(QueryRequest("SELECT a FROM t", branch: "two")).values == [[.integer(1)]])
        #expect(await code { _ = try await fixture.db.resetBranch("two") } == "BL_BRANCH_GONE")
        #expect(try await fixture.db.resetBranch("two", to: "main").parent == "main")
        #expect(try await fixture.session.query(QueryRequest("SELECT count(*) FROM t", branch: "two")).values == [[.integer(0)]])
        try await fixture.close()
    }

    // MARK: - Rename, reset

    @Test func renamedBranchesKeepIdAndSessions() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        let info = try await fixture.db.createBranch(BranchCreateRequest(name: "old"))
        let session = try await fixture.on("old")
        #expect(try await fixture.db.renameBranch("old", to: "new").branchID == info.branchID)
        #expect(try await session.currentBranch() == "new")
        #expect(await code { _ = try await fixture.db.branch("old") } == "BL_NO_SUCH_BRANCH")
        try await fixture.db.createBranch(BranchCreateRequest(name: "old"))
        #expect(await code { _ = try await fixture.db.renameBranch("old", to: "NEW") } == "BL_BRANCH_EXISTS")
        #expect(await code { _ = try await fixture.db.renameBranch("old", to: "main") } == "BL_BAD_NAME")
        #expect(try await fixture.db.renameBranch("old", to: "Old").name == "Old")
        try await fixture.close()
    }

    @Test func resetStartsAgainFromTheParentsHead() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)")
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        let session = try await fixture.on("b")
        try await session.query("INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN b")
        try await fixture.session.query("INSERT INTO t VALUES (7)")
        let info = try await fixture.db.resetBranch("b")
        #expect(info.tablesModified.isEmpty)
        #expect(try await session.texts("SELECT * FROM t") == ["7"])
        try await session.query("INSERT INTO t VALUES (8)")
        #expect(try await fixture.session.texts("SELECT * FROM t") == ["7"])
        try await fixture.close()
    }

    @Test func branchesForkFromVersions() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
        let version = try await fixture.db.branch("main").version
        try await fixture.session.query("INSERT INTO t VALUES (2)")
        try await fixture.db.createBranch(BranchCreateRequest(name: "past", from: "main@\(version)"))
        #expect(try await fixture.session.query(QueryRequest("SELECT a FROM t", branch: "past")).values == [[.integer(1)]])
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: "x", from: "main@999999")) } == "BL_NO_SUCH_VERSION")
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest(name: "x", from: "main@\(version)", mode: .live)) } == "BL_UNSUPPORTED")
        try await fixture.close()
    }

    // MARK: - Lifetime

    @Test func expiredBranchesAreCollectedWhenNobodyUsesThem() async throws {
        let clock = TestClock()
        let fixture = try await Fixture("CREATE TABLE t(a)") { configuration in
            configuration.clock = clock.clock
            configuration.branchTTL = .seconds(100)
            configuration.trash = .seconds(1_000)
        }
        for name in ["idle", "used", "kept"] {
            try await fixture.db.createBranch(BranchCreateRequest(name: name, ttlSeconds: name == "kept" ? 0 : nil))
        }
        let session = try await fixture.on("used")
        clock.advance(seconds: 50)
        // A use counts from then.
        _ = try await fixture.session.query(QueryRequest("SELECT 1 FROM t", branch: "idle"))
        clock.advance(seconds: 60)
        #expect(try await fixture.db.collectNow() == (0, 0))
        clock.advance(seconds: 60)
        #expect(try await fixture.db.collectNow() == (1, 0))
        #expect(try await fixture.db.branches(.expired).map(\.name) == ["idle"])
        #expect(Set(try await fixture.db.branches().map(\.name)) == ["main", "used", "kept"])
        await session.close()
        clock.advance(seconds: 101)
        #expect(try await fixture.db.collectNow() == (1, 0))
        clock.advance(seconds: 1_000)
        #expect(try await fixture.db.collectNow() == (0, 2))
        #expect(try await fixture.db.branches(.all).map(\.name).sorted() == ["kept", "main"])
        try await fixture.close()
    }

    @Test func operationsLeaveAnAuditTrail() async throws {
        let fixture = try await Fixture()
        try await fixture.db.createBranch(BranchCreateRequest(name: "a", agentID: "bot"))
        _ = try await fixture.db.renameBranch("a", to: "b")
        try await fixture.db.discardBranch("b")
        let trail = try await fixture.db.auditTrail()
        #expect(trail.map(\.operation) == ["discard", "rename", "create"])
        #expect(trail.last?.origin == "bot")
        try await fixture.close()
    }

    @Test func switchedOffBranchingRefusesAllButMain() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)") { $0.branchingEnabled = false }
        #expect(await code { try await fixture.db.createBranch(BranchCreateRequest()) } == "BL_BRANCHING_DISABLED")
        #expect(await code { _ = try await fixture.db.branches() } == "BL_BRANCHING_DISABLED")
        #expect(await code { try await fixture.session.query("CREATE BRANCH b") } == "BL_BRANCHING_DISABLED")
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 0)
        try await fixture.close()
    }
}
