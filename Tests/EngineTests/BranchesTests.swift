import PageStore
import Testing

@testable import Engine

@Suite struct BranchesTests {
    @Test func attachedBranchesAreReadOnlyAndOfOneMoment() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute("CREATE TABLE t(a INT, b INT); INSERT INTO t VALUES(1, 10)")
        let branch = try fixture.connect(fixture.fork(1))
        try branch.attach(.head(.main), as: "b_main")
        try branch.execute("UPDATE t SET b = 11")
        #expect(try branch.query("SELECT m.b, t.b FROM t JOIN b_main.t AS m USING (a)") == [[10, 11]])
        try main.execute("UPDATE t SET b = 12")
        #expect(try branch.query("SELECT m.b, t.b FROM t JOIN b_main.t AS m USING (a)") == [[12, 11]])
        #expect(code { try branch.execute("UPDATE b_main.t SET b = 0") } == "BL_READ_ONLY")
        #expect(code { try branch.execute("CREATE TABLE b_main.x(a)") } == "BL_READ_ONLY")
        try branch.execute("INSERT INTO t SELECT a + 1, b FROM b_main.t")
        #expect(try branch.count("SELECT count(*) FROM t") == 2)
        #expect(try main.count("SELECT count(*) FROM t") == 1)

        try branch.withMoment { () throws(EngineError) in
            let before = try branch.query("SELECT b FROM b_main.t")
            try main.execute("UPDATE t SET b = 13")
            #expect(try branch.query("SELECT b FROM b_main.t") == before)
        }
        #expect(try branch.count("SELECT b FROM b_main.t") == 13)
        // In a transaction, attaching and detaching work too.
        try branch.execute("BEGIN; DELETE FROM t WHERE a = 2")
        try branch.attach(.head(fixture.fork(9)), as: "nine")
        #expect(try branch.count("SELECT count(*) FROM nine.t") == 1)
        try branch.execute("COMMIT")
        try branch.detach("nine")
        #expect(code { _ = try branch.query("SELECT * FROM nine.t") } == "BL_NO_SUCH_TABLE")
    }

    @Test func repeatableReadHoldsOverAttachedBranches() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)")
        let id = try fixture.fork(1)
        let branch = try fixture.connect(id)
        try branch.attach(.head(.main), as: "m")
        try branch.transaction.begin(.repeatableRead)
        #expect(try branch.count("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM m.t)") == 2)
        try main.execute("INSERT INTO t VALUES(2)")
        #expect(try branch.count("SELECT count(*) FROM m.t") == 1)
        try branch.attach(.head(.main), as: "again")
        #expect(try branch.count("SELECT count(*) FROM again.t") == 1)
        try branch.transaction.rollback()
        #expect(try branch.count("SELECT count(*) FROM again.t") == 2)
    }

    @Test func tenBranchesAndNotMore() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute("CREATE TABLE t(a)")
        let wanted = try (1...11).map { (alias: "b\($0)", target: BranchTarget.head(try fixture.fork(UInt64($0)))) }
        try main.ensureAttached(Array(wanted.prefix(10)))
        #expect(main.attachedAliases.count == 10)
        #expect(code { try main.ensureAttached(wanted) } == "BL_TOO_MANY_ATTACHED")
        try main.attach(wanted[10].target, as: "b11")
        #expect(main.attachedAliases.count == 10 && !main.attachedAliases.contains("b1"))
        let all = wanted.dropFirst().map { "SELECT count(*) AS n FROM \($0.alias).t" }.joined(separator: " UNION ALL ")
        #expect(try main.count("SELECT sum(n) FROM (\(all))") == 0)
        try main.attach(.head(.main), as: "b2")
        #expect(try main.count("SELECT count(*) FROM b2.t") == 0)
    }

    @Test func pinnedVersionsAreReadOnly() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)")
        let snapshot = try fixture.store.snapshot(of: .main)
        try main.execute("INSERT INTO t VALUES(2)")
        let past = try fixture.engine.checkout(.pinned(snapshot))
        #expect(try past.count("SELECT count(*) FROM t") == 1)
        #expect(code { try past.execute("DELETE FROM t") } == "BL_READ_ONLY")
        try main.attach(.pinned(snapshot), as: "past")
        #expect(try main.count("SELECT count(*) FROM past.t") == 1)
        fixture.engine.checkin(past)
        let reader = try fixture.connect(readOnly: true)
        #expect(code { try reader.execute("DELETE FROM t") } == "BL_READ_ONLY")
        #expect(try reader.count("SELECT count(*) FROM t") == 2)
    }

    @Test func discardedBranchesAreNamed() throws {
        let fixture = try Fixture()
        try fixture.connect().execute("CREATE TABLE t(a)")
        let id = try fixture.fork(3)
        let branch = try fixture.connect(id)
        #expect(try branch.count("SELECT count(*) FROM t") == 0)
        try fixture.store.discard(id)
        #expect(code { _ = try branch.count("SELECT count(*) FROM t") } == "BL_BRANCH_GONE")
        #expect(code { _ = try fixture.connect(id) } == "BL_BRANCH_GONE")
    }

    @Test func poolIsBoundedAndRetargets() throws {
        var options = EngineOptions()
        options.maxConnections = 6
        options.maxIdleConnections = 2
        let fixture = try Fixture(options: options)
        let first = try fixture.connect()
        try first.execute("CREATE TABLE t(a); INSERT INTO t VALUES(0)")
        fixture.engine.checkin(first)
        for number in 1...5 as ClosedRange<UInt64> {
            let branch = try fixture.connect(fixture.fork(number))
            try branch.execute("INSERT INTO t VALUES(\(number)); CREATE TABLE own\(number)(x)")
            fixture.engine.checkin(branch)
            #expect(fixture.engine.connectionCounts.idle <= 2)
        }
        for number in 1...5 as ClosedRange<UInt64> {
            let branch = try fixture.connect(BranchID(rawValue: number))
            #expect(try branch.query("SELECT a FROM t") == [[0], [.integer(Int64(number))]])
            #expect(try branch.count("SELECT count(*) FROM own\(number)") == 0)
            #expect(try branch.query("PRAGMA integrity_check") == [["ok"]])
            fixture.engine.checkin(branch)
        }
        let taken = try (0..<6).map { _ in try fixture.connect() }
        #expect(code { _ = try fixture.connect() } == "BL_TOO_MANY_CONNECTIONS")
        // A transaction left open ends with the loan, and settings do not travel.
        try taken[0].execute("BEGIN; INSERT INTO t VALUES(99); PRAGMA foreign_keys=0")
        for connection in taken { fixture.engine.checkin(connection) }
        let again = try fixture.connect()
        #expect(try again.count("SELECT count(*) FROM t") == 1)
        #expect(try again.count("PRAGMA foreign_keys") == 1)
        try again.execute("INSERT INTO t VALUES(1)")
        fixture.engine.checkin(again)
        fixture.engine.close()
        #expect(code { _ = try fixture.connect() } == "BL_CLOSED")
    }

    @Test func schemaRowsAreRead() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute(
            """
            CREATE TABLE p(id INTEGER PRIMARY KEY);
            CREATE TABLE t(a INT, b TEXT NOT NULL DEFAULT 'x', c AS (a + 1), p INT REFERENCES p(id) ON DELETE CASCADE, PRIMARY KEY(b, a));
            CREATE UNIQUE INDEX i ON t(a DESC, lower(b)) WHERE a > 0;
            """)
        let cookie = try main.schemaCookie()
        let objects = try main.schemaObjects()
        #expect(objects.map(\.name) == ["p", "t", "sqlite_autoindex_t_1", "i"])
        #expect(objects[1].sql?.hasPrefix("CREATE TABLE t") == true && objects[2].sql == nil && objects[1].rootPage > 0)
        let columns = try main.columns(of: "t")
        #expect(columns.map(\.name) == ["a", "b", "c", "p"])
        #expect(columns[1].isNotNull && columns[1].defaultSQL == "'x'" && columns[1].primaryKeyPosition == 1 && columns[2].isGenerated)
        let index = try #require(try main.indexes(of: "t").first { $0.name == "i" })
        #expect(index.isUnique && index.isPartial && index.columns.map(\.name) == ["a", nil] && index.columns[0].isDescending)
        #expect(try main.foreignKeys(of: "t").first?.parentTable == "p")
        try main.execute("ALTER TABLE t ADD COLUMN z")
        #expect(try main.schemaCookie() != cookie)
        let branch = try fixture.connect(fixture.fork(1))
        try branch.attach(.head(.main), as: "m")
        #expect(try branch.columns(of: "t", in: "m").count == 5)
        #expect(try branch.schemaObjects(of: "m").count == 4)
    }
}
