import Testing

@testable import Branching
import Engine
import PageStore

/// How long the past stays: thinning by age, the budget of bytes, the trash.
@Suite struct RetentionTests {
    private static let second: Int64 = 1_000_000

    /// The versions of main that are kept besides its head, as seconds of age, oldest first.
    private func ages(_ fixture: Fixture, _ clock: TestClock) throws -> [Int64] {
        let now = clock.clock.now()
        return fixture.db.context.store.history(of: .main).dropFirst().reversed().map { (now - $0.timeMicros) / RetentionTests.second }
    }

    /// The store asks about each version once a round; a newer one of the same minute takes the older one's place in the next.
    private func reclaim(_ fixture: Fixture) throws { for _ in 0..<2 { try fixture.db.context.store.reclaim() } }

    @Test func historyIsThinnedWithAge() async throws {
        let clock = TestClock()
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER)") { $0.clock = clock.clock }
        // The clock begins on no full minute: commits every 20 seconds for three hours and ten minutes.
        for row in 0..<570 {
            clock.advance(seconds: 20)
            try await fixture.session.query("INSERT INTO t VALUES (\(row), 0)")
        }
        try reclaim(fixture)
        let kept = try ages(fixture, clock)
        let times = kept.map { clock.clock.now() / RetentionTests.second - $0 }
        #expect(kept.filter { $0 < 300 } == Array(stride(from: 280, through: 20, by: -20)))
        // From five minutes to an hour: the last one of each minute.
        let minutes = zip(kept, times).filter { $0.0 >= 300 && $0.0 < 3_600 }.map(\.1)
        #expect(Set(minutes.map { $0 / 60 }).count == minutes.count && minutes.count >= 54 && minutes.count <= 56, "\(minutes)")
        // The last of the youngest minute is not five minutes old yet.
        #expect(minutes.dropLast().allSatisfy { $0 % 60 >= 40 }, "\(minutes.map { $0 % 60 })")
        // Beyond: the last one of each hour.
        let hours = zip(kept, times).filter { $0.0 >= 3_600 }.map(\.1)
        #expect(Set(hours.map { $0 / 3_600 }).count == hours.count && (2...4).contains(hours.count), "\(hours)")
        // A day later everything but the head is over age.
        clock.advance(seconds: 24 * 3_600)
        try reclaim(fixture)
        #expect(try ages(fixture, clock) == [])
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == 570)
        #expect(try await fixture.db.check().clean)
        try await fixture.close()
    }

    @Test func forksReadersAndMergeBasesStayWhateverTheirAge() async throws {
        let clock = TestClock()
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER)") { configuration in
            configuration.clock = clock.clock
            configuration.history = .seconds(60)
            configuration.branchTTL = .zero
            configuration.historyBytes = 1
            configuration.idleTransactionTimeout = .zero
        }
        let (db, session) = (fixture.db, fixture.session)
        try await session.query("INSERT INTO t VALUES (1, 1), (2, 2)")
        let forked = try await db.branch("main").version
        try await db.createBranch(BranchCreateRequest(name: "b"))
        _ = try await session.query(QueryRequest("UPDATE t SET b = 10 WHERE a = 1", branch: "b"))
        try await session.query("UPDATE t SET b = 20 WHERE a = 2")
        let reader = try await fixture.on("main")
        try await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        #expect(try await reader.texts("SELECT b FROM t ORDER BY a") == ["1", "20"])
        let read = try await db.branch("main").version
        for value in 21...40 {
            clock.advance(seconds: 10)
            try await session.query("UPDATE t SET b = \(value) WHERE a = 2")
        }
        clock.advance(seconds: 3_600)
        try reclaim(fixture)
        _ = try db.context.enforceBudget()
        let store = db.context.store
        #expect(store.version(VersionID(rawValue: forked)) != nil, "the merge base")
        #expect(store.version(VersionID(rawValue: read)) != nil, "the reader's version")
        #expect(store.history(of: .main).count(where: { $0.id.rawValue > read }) == 1, "of the rest only the head")
        #expect(try await reader.texts("SELECT b FROM t ORDER BY a") == ["1", "20"])
        try await reader.query("COMMIT")
        #expect(try await db.merge(MergeRequest(branch: "b")).status == .merged)
        #expect(try await session.texts("SELECT b FROM t ORDER BY a") == ["10", "40"])
        await reader.close()
        try await fixture.close()
    }

    /// A table of about 200 pages, so that an update of all of it makes as many new ones.
    private static let wide = "CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER, c TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
        + "INSERT INTO t SELECT i, 0, printf('%2000d', i) FROM n"

    @Test func theOldestGoWhenTheBudgetIsSpent() async throws {
        let clock = TestClock()
        let budget: UInt64 = 2_000_000
        let fixture = try await Fixture(RetentionTests.wide) { configuration in
            configuration.clock = clock.clock
        }
        let context = fixture.db.context
        var all: [UInt64] = []
        for round in 1...8 {
            clock.advance(seconds: 1)
            try await fixture.session.query("UPDATE t SET b = \(round)")
            all.append(try await fixture.db.branch("main").version)
        }
        let before = try await fixture.db.historyUsage()
        // Eight tables of 200 pages each lie behind the head.
        #expect(before.bytes > 8 * 190 * 4_096 && before.bytes < 8 * 260 * 4_096, "\(before)")
        #expect(before.trashBytes == 0)
        let occupied = context.store.occupiedBytes
        _ = try context.enforceBudget(of: budget)
        let after = try await fixture.db.historyUsage()
        #expect(after.bytes <= budget && after.bytes > budget / 2, "\(after)")
        // The figures are what the file says: what went is free again.
        let freed = occupied - context.store.occupiedBytes
        let said = before.bytes - after.bytes
        #expect(freed > said * 9 / 10 && freed < said * 11 / 10, "\(freed) freed, \(said) said")
        let kept = context.store.history(of: .main).map(\.id.rawValue)
        #expect(kept == kept.filter { $0 >= kept[kept.count - 1] } && kept.count < all.count && kept.first == all.last)
        #expect(Array(all.suffix(kept.count)) == kept.reversed(), "the youngest are kept: \(kept) of \(all)")
        #expect(try await fixture.session.number("SELECT sum(b) FROM t") == 3_200)
        #expect(try await fixture.db.check().clean)
        try await fixture.close()
    }

    @Test func theTrashIsInsideTheBudgetAndGoesByAge() async throws {
        let clock = TestClock()
        let fixture = try await Fixture(RetentionTests.wide) { configuration in
            configuration.clock = clock.clock
            configuration.trash = .seconds(24 * 3_600)
        }
        let (db, context) = (fixture.db, fixture.db.context)
        for name in ["a", "b", "c", "d"] {
            clock.advance(seconds: 10)
            try await db.createBranch(BranchCreateRequest(name: name))
            _ = try await fixture.session.query(QueryRequest("UPDATE t SET b = 1", branch: name))
        }
        // A living branch is no trash, and what was discarded first goes first, whenever it was made.
        for name in ["d", "b", "a"] {
            clock.advance(seconds: 10)
            try await db.discardBranch(name)
        }
        let usage = try await db.historyUsage()
        #expect(usage.trashBytes > 3 * 190 * 4_096 && usage.trashBytes <= usage.bytes, "\(usage)")
        _ = try context.enforceBudget(of: 2_000_000)
        let left = try await db.branches(.discarded).map(\.name)
        #expect(left.contains("a") && !left.contains("d"), "\(left)")
        #expect(try await db.historyUsage().bytes <= 2_000_000)
        #expect(await code { _ = try await db.undropBranch("d") } == "BL_NO_SUCH_BRANCH")
        _ = try await db.undropBranch("a")
        for name in ["a", "c"] { #expect(try await fixture.session.query(QueryRequest("SELECT sum(b) FROM t", branch: name)).values == [[.integer(400)]]) }
        #expect(try await db.check().clean)
        try await fixture.close()
    }

    @Test func theBudgetIsWatchedAsTheStoreGrows() async throws {
        let fixture = try await Fixture(RetentionTests.wide) { $0.historyBytes = 1_000_000 }
        for round in 1...6 {
            try await fixture.session.query("UPDATE t SET b = \(round)")
            // By the store's own thread or here, whoever comes first.
            fixture.db.context.watchBudget()
        }
        let usage = try await fixture.db.historyUsage()
        #expect(usage.bytes <= 1_000_000 + 1_000_000 / 32 + 260 * 4_096, "\(usage)")
        #expect(usage.budgetBytes == 1_000_000)
        try await fixture.close()
    }

    @Test func withoutTrashDiscardedBranchesGoAtOnce() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a)") { $0.trash = .zero }
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        try await fixture.db.discardBranch("b")
        #expect(try await fixture.db.branches(.discarded).isEmpty)
        #expect(await code { _ = try await fixture.db.undropBranch("b") } == "BL_NO_SUCH_BRANCH")
        try await fixture.close()
    }

    @Test func theBudgetFollowsTheLiveData() async throws {
        let fixture = try await Fixture(RetentionTests.wide)
        #expect(try await fixture.db.historyUsage().budgetBytes == Configuration.minimumHistoryBytes)
        #expect(fixture.db.context.historyBudget(live: 8 << 30) == 2 << 30)
        try await fixture.close()
    }

    @Test func purgedBranchesLeaveNoHistory() async throws {
        let fixture = try await Fixture(RetentionTests.wide)
        let context = fixture.db.context
        try context.store.reclaim()
        let before = context.store.occupiedBytes
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        for value in 1...5 { _ = try await fixture.session.query(QueryRequest("UPDATE t SET b = \(value)", branch: "b")) }
        try await fixture.db.discardBranch("b", purge: true)
        try context.store.reclaim()
        #expect(context.store.occupiedBytes < before + 20 * 4_096)
        #expect(try await fixture.db.historyUsage().bytes < 10 * 4_096)
        try await fixture.close()
    }
}
