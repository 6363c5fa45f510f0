import Testing

@testable import Branching
import Engine

/// Foreign keys and other constraints after a merge.
@Suite struct MergeConstraintTests {
    private let family = """
        CREATE TABLE parent(id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE UNIQUE, v);
        CREATE TABLE child(id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent(id), note TEXT);
        CREATE TABLE coded(k TEXT PRIMARY KEY, code TEXT REFERENCES parent(code)) WITHOUT ROWID;
        CREATE INDEX child_parent ON child(parent_id);
        INSERT INTO parent VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0), (4, 'd', 0);
        INSERT INTO child VALUES (1, 1, 'x'), (2, 2, 'y');
        INSERT INTO coded VALUES ('k1', 'A'), ('k2', 'b');
        """

    @Test func aChildOfARowThatTheOtherSideDeleted() async throws {
        let fixture = try await Fixture(family)
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO child VALUES (10, 3, 'new'); UPDATE child SET parent_id = 4 WHERE id = 2")
        try await fixture.session.query("DELETE FROM parent WHERE id IN (3, 4)")
        let result = try await fixture.merge("b")
        #expect(result.status == .conflicts && result.violations.count == 1)
        let violation = try #require(result.violations.first)
        #expect(violation.kind == "foreign_key" && violation.constraint == "child(parent_id) references parent" && violation.table == "child")
        #expect(violation.rowCount == 2 && violation.rows.compactMap { $0["id"]?.integerValue }.sorted() == [2, 10])
        let moved = try #require(violation.rows.firstIndex { $0["id"] == 2 })
        #expect(violation.versions[moved].base?["parent_id"] == 2 && violation.versions[moved].branch?["parent_id"] == 4)
        #expect(violation.versions[moved].target?["parent_id"] == 2 && violation.versions[1 - moved].target == nil)
        // The parents, which only the target has lost.
        #expect(violation.parents[moved] == MergeRowVersions(
            base: ["id": 4, "code": "d", "v": 0], branch: ["id": 4, "code": "d", "v": 0], target: nil))
        #expect(violation.parents[1 - moved].branch?["code"] == "c")
        try await fixture.session.query("INSERT INTO parent VALUES (3, 'c', 0), (4, 'd', 0)")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test(arguments: [true, false]) func aParentThatTheBranchDeletedOrRenamed(isIndexed: Bool) async throws {
        let fixture = try await Fixture(family + (isIndexed ? "CREATE INDEX coded_code ON coded(code COLLATE NOCASE);" : "DROP INDEX child_parent;"))
        let branch = try await fixture.branch("b")
        try await branch.query("DELETE FROM parent WHERE id = 3; UPDATE parent SET code = 'dd' WHERE id = 4")
        try await fixture.session.query("INSERT INTO child VALUES (10, 3, 'new'); INSERT INTO coded VALUES ('k3', 'D')")
        let result = try await fixture.merge("b")
        #expect(result.violations.map(\.constraint) == ["child(parent_id) references parent", "coded(code) references parent"])
        #expect(result.violations.first?.rows.map { $0["id"] } == [10] && result.violations.last?.rows.map { $0["k"] } == ["k3"])
        #expect(result.violations.last?.versions.first?.target?["code"] == "D" && result.violations.last?.versions.first?.branch == nil)
        // A value that comes back in another row is as good.
        try await branch.query("INSERT INTO parent VALUES (3, 'C2', 0), (9, 'D', 0)")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func parentsAndChildrenThatGoAndComeTogether() async throws {
        let fixture = try await Fixture(family)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            DELETE FROM child WHERE id = 1; DELETE FROM coded WHERE k = 'k1'; DELETE FROM parent WHERE id = 1;
            INSERT INTO parent VALUES (20, 'zz', 1); INSERT INTO child VALUES (20, 20, 'both new'); INSERT INTO coded VALUES ('k20', 'ZZ');
            UPDATE child SET note = 'only text' WHERE id = 2
            """)
        try await fixture.session.query("UPDATE parent SET v = 5 WHERE id = 2; INSERT INTO child VALUES (30, 2, 'main')")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.violations.isEmpty)
        #expect(try await fixture.session.texts("SELECT id FROM child ORDER BY id") == ["2", "20", "30"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func whatWasBrokenBeforeIsNotTheMergesDoing() async throws {
        let fixture = try await Fixture(family)
        let branch = try await fixture.branch("b")
        /// Rows as an import may bring them.
        func write(_ name: String, _ sql: String) async throws {
            let context = fixture.db.context
            let id = try context.resolve(name).id
            try await onEngineThread { () throws(BranchLiteError) in
                try mapEngine { () throws(EngineError) in
                    try context.engine.withConnection(.head(id)) { (connection) throws(EngineError) in
                        try connection.withoutEnforcement { () throws(EngineError) in try connection.execute(sql) }
                    }
                }
            }
        }
        try await write("b", "INSERT INTO child VALUES (50, 99, 'dangles on the branch')")
        try await write("main", "INSERT INTO child VALUES (51, 98, 'dangles on main'); INSERT INTO coded VALUES ('k9', 'none')")
        #expect(try await fixture.merge("b").status == .merged)
        try await write("b", "UPDATE child SET parent_id = 97 WHERE id = 50")
        try await branch.query("INSERT INTO child VALUES (52, 4, 'sound here')")
        try await fixture.session.query("DELETE FROM parent WHERE id = 4")
        let result = try await fixture.merge("b")
        #expect(result.violations.map { $0.rows.compactMap { $0["id"]?.integerValue } } == [[52]])
        try await fixture.close()
    }

    @Test func compositeAndSelfReferences() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE place(a INTEGER, b TEXT, up_a INTEGER, up_b TEXT, PRIMARY KEY(a, b), FOREIGN KEY(up_a, up_b) REFERENCES place(a, b));
            CREATE INDEX place_up ON place(up_a, up_b);
            INSERT INTO place VALUES (1, 'x', NULL, NULL), (2, 'x', 1, 'x'), (3, 'x', NULL, 'x');
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO place VALUES (4, 'y', 3, 'x'), (5, 'y', 2, 'x'); UPDATE place SET up_a = 1 WHERE a = 3")
        try await fixture.session.query("UPDATE place SET up_a = NULL WHERE a = 3; DELETE FROM place WHERE a = 2")
        let result = try await fixture.merge("b", .branchWins)
        #expect(result.violations.map { $0.rows.compactMap { $0["a"]?.integerValue } } == [[5]])
        try await branch.query("DELETE FROM place WHERE a = 5")
        #expect(try await fixture.merge("b", .branchWins).status == .merged)
        #expect(try await fixture.session.texts("SELECT a, coalesce(up_a, '-') FROM place ORDER BY a") == ["1|-", "3|1", "4|3"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func aDroppedOrRebuiltParent() async throws {
        let fixture = try await Fixture(family)
        let branch = try await fixture.branch("b")
        try await branch.query("DROP TABLE coded; DELETE FROM child; DROP TABLE parent")
        try await fixture.session.query("INSERT INTO child VALUES (10, 2, 'new')")
        let result = try await fixture.merge("b")
        #expect(result.violations.map { $0.rows.compactMap { $0["id"]?.integerValue } } == [[10]])
        try await fixture.close()
    }

    /// Unique values that move along a chain, the worst order for changes made one by one.
    @Test func uniqueValuesThatMoveInAChain() async throws {
        let fixture = try await Fixture("CREATE TABLE c(id INTEGER PRIMARY KEY, rank INTEGER UNIQUE, v); CREATE TABLE n(rank INTEGER UNIQUE, v)")
        let fill = "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 3000) INSERT INTO"
        try await fixture.session.query("\(fill) c SELECT i, i, 0 FROM s; \(fill) n SELECT i, 0 FROM s")
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE c SET rank = -rank; UPDATE c SET rank = 1 - rank; UPDATE n SET rank = -rank; UPDATE n SET rank = 1 - rank")
        try await fixture.session.query("UPDATE c SET v = 1 WHERE id % 10 = 0; UPDATE n SET v = 1 WHERE rowid % 10 = 0")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.counts == ["c": "0/3000/0", "n": "0/3000/0"])
        for table in ["c", "n"] {
            #expect(try await fixture.session.texts("SELECT count(*), min(rank - rowid), max(rank - rowid), sum(v) FROM \(table)") == ["3000|1|1|300"])
        }
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func checksAndNullsTellTheWholeRow() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, low INTEGER, high INTEGER, CHECK(low <= high)); INSERT INTO t VALUES (1, 1, 9), (2, 1, 9)")
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE t SET low = 5 WHERE id = 1")
        try await fixture.session.query("UPDATE t SET high = 3 WHERE id = 1")
        let result = try await fixture.merge("b")
        let violation = try #require(result.violations.first)
        #expect(result.status == .conflicts && violation.kind == "check" && violation.rows == [["id": 1, "low": 5, "high": 3]])
        #expect(violation.versions == [MergeRowVersions(
            base: ["id": 1, "low": 1, "high": 9], branch: ["id": 1, "low": 5, "high": 9], target: ["id": 1, "low": 1, "high": 3])])
        try await fixture.close()
    }
}
