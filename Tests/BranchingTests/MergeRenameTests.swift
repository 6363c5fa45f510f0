import Testing

@testable import Branching
import Engine

/// Renamed tables and columns in merges, on either side, together with changes on the other.
@Suite struct MergeRenameTests {
    private let shop = """
        CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, age INTEGER); INSERT INTO users VALUES (1, 'ann', 30), (2, 'bob', 40), (3, 'cid', 50);
        CREATE TABLE orders(id INTEGER PRIMARY KEY, user INTEGER REFERENCES users(id), total REAL); INSERT INTO orders VALUES (10, 1, 5.0), (11, 2, 6.0);
        CREATE INDEX by_name ON users(name); CREATE VIEW adults AS SELECT name FROM users WHERE age > 35;
        CREATE TABLE log(line TEXT); CREATE TRIGGER note AFTER UPDATE ON users BEGIN INSERT INTO log VALUES (new.name); END;
        """

    private func tables(_ session: Session) async throws -> [String] {
        try await session.texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_bl\\_%' ESCAPE '\\' ORDER BY name")
    }

    @Test func aTableRenamedOnTheBranchTakesMainsRows() async throws {
        let fixture = try await Fixture(shop)
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users RENAME TO people; UPDATE people SET age = 41 WHERE id = 2")
        try await fixture.session.query("INSERT INTO users VALUES (4, 'dot', 60); UPDATE users SET name = 'rob' WHERE id = 2; DELETE FROM users WHERE id = 3")
        let preview = try await fixture.merge("b", dryRun: true)
        #expect(preview.conflicts.isEmpty && preview.violations.isEmpty)
        let result = try await fixture.merge("b")
        #expect(result.status == .merged)
        let change = try #require(result.schemaChanges.first { $0.type == .table })
        #expect(change.change == .renamed && change.name == "people" && change.renamedFrom == "users")
        // Nothing that merely follows the new name counts as changed.
        #expect(result.schemaChanges.filter { $0.type != .table }.isEmpty)
        #expect(try await tables(fixture.session) == ["log", "orders", "people"])
        #expect(try await fixture.session.texts("SELECT * FROM people ORDER BY id") == ["1|ann|30", "2|rob|41", "4|dot|60"])
        #expect(try await fixture.session.texts("SELECT * FROM adults ORDER BY 1") == ["dot", "rob"])
        try await fixture.session.query("UPDATE people SET name = 'ann2' WHERE id = 1")
        #expect(try await fixture.session.texts("SELECT * FROM log ORDER BY 1") == ["ann2", "bob", "rob"])
        #expect(try await fixture.session.texts("SELECT \"table\" FROM pragma_foreign_key_list('orders')") == ["people"])
        #expect(try await fixture.isSound())
        // And again: the branch lives on under the new name.
        try await branch.query("UPDATE people SET age = 42 WHERE id = 2")
        let again = try await fixture.merge("b")
        #expect(again.status == .merged && again.counts == ["people": "0/1/0", "log": "1/0/0"] && again.schemaChanges.isEmpty)
        try await fixture.close()
    }

    @Test func aTableRenamedOnMainTakesTheBranchsRows() async throws {
        let fixture = try await Fixture(shop)
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO users VALUES (5, 'eve', 20); UPDATE orders SET total = 7 WHERE id = 10; CREATE INDEX by_age ON users(age)")
        try await fixture.session.query("ALTER TABLE users RENAME TO people; UPDATE people SET age = 31 WHERE id = 1")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.counts == ["people": "1/0/0", "orders": "0/1/0"])
        #expect(try await tables(fixture.session) == ["log", "orders", "people"])
        #expect(try await fixture.session.texts("SELECT * FROM people ORDER BY id") == ["1|ann|31", "2|bob|40", "3|cid|50", "5|eve|20"])
        #expect(try await fixture.session.texts("SELECT tbl_name FROM sqlite_schema WHERE name = 'by_age'") == ["people"])
        #expect(try await fixture.isSound())
        // Catching up brings the new name to the branch.
        let up = try await fixture.merge("main", into: "b")
        #expect(up.status == .merged && up.fastForward)
        #expect(try await branch.texts("SELECT count(*) FROM people") == ["4"])
        try await fixture.close()
    }

    @Test func columnsRenamedOnOneSideMeetChangesOfTheOther() async throws {
        let fixture = try await Fixture(shop)
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users RENAME COLUMN name TO full_name; ALTER TABLE users RENAME TO people; UPDATE people SET full_name = 'Ann' WHERE id = 1")
        try await fixture.session.query("ALTER TABLE users RENAME COLUMN age TO years; UPDATE users SET name = 'Bob', years = 44 WHERE id = 2; INSERT INTO users VALUES (4, 'dot', 60)")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.conflicts.isEmpty)
        let change = try #require(result.schemaChanges.first { $0.type == .table })
        #expect(change.renamedFrom == "users" && change.columns.map { "\($0.before ?? "") \($0.after ?? "")" } == ["name full_name"])
        #expect(try await fixture.session.texts("SELECT id, full_name, years FROM people ORDER BY id") == ["1|Ann|30", "2|Bob|44", "3|cid|50", "4|dot|60"])
        #expect(try await fixture.session.texts("SELECT * FROM adults ORDER BY 1") == ["Bob", "cid", "dot"])
        #expect(try await fixture.session.texts("SELECT id FROM people INDEXED BY by_name WHERE full_name = 'Bob'") == ["2"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func namesAreSwapped() async throws {
        let fixture = try await Fixture("CREATE TABLE a(id INTEGER PRIMARY KEY, x, y); CREATE TABLE b(id INTEGER PRIMARY KEY, z); INSERT INTO a VALUES (1, 'x1', 'y1'); INSERT INTO b VALUES (1, 'z1')")
        let branch = try await fixture.branch("s")
        try await branch.query("""
            ALTER TABLE a RENAME TO t; ALTER TABLE b RENAME TO a; ALTER TABLE t RENAME TO b;
            ALTER TABLE b RENAME COLUMN x TO t; ALTER TABLE b RENAME COLUMN y TO x; ALTER TABLE b RENAME COLUMN t TO y
            """)
        try await fixture.session.query("INSERT INTO a VALUES (2, 'x2', 'y2'); INSERT INTO b VALUES (2, 'z2'); UPDATE a SET x = 'X' WHERE id = 1")
        let result = try await fixture.merge("s")
        #expect(result.status == .merged)
        #expect(result.conflicts == [])
        #expect(try await fixture.session.texts("SELECT id, y, x FROM b ORDER BY id") == ["1|X|y1", "2|x2|y2"])
        #expect(try await fixture.session.texts("SELECT id, z FROM a ORDER BY id") == ["1|z1", "2|z2"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func aDropAndAnAddAreNoRename() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'a1'), (2, 'a2')")
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN b TEXT; UPDATE t SET b = 'a' || id")
        let dropped = try await fixture.diff("b")
        #expect(dropped.schema.first?.columns.map(\.kind) == [.dropped, .added])
        // A column that was renamed and filled with something else is the same column all the same.
        let other = try await fixture.branch("c")
        try await other.query("ALTER TABLE t RENAME COLUMN a TO b; UPDATE t SET b = 'new'")
        let renamed = try await fixture.diff("c")
        #expect(renamed.schema.first?.columns.map(\.kind) == [.renamed])
        // Main changes what the one dropped and the other renamed.
        try await fixture.session.query("UPDATE t SET a = 'main' WHERE id = 1")
        #expect(try await fixture.merge("b").conflicts.map(\.kind) == [.schema])
        #expect(try await fixture.merge("c").conflicts.map(\.kind) == [.updateUpdate])
        try await fixture.close()
    }

    @Test func aNewTableOfTheOldNameIsAnother() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'old')")
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE t RENAME TO archive; CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'new')")
        try await fixture.session.query("INSERT INTO t VALUES (2, 'main')")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT * FROM archive ORDER BY id") == ["1|old", "2|main"])
        #expect(try await fixture.session.texts("SELECT * FROM t ORDER BY id") == ["1|new"])
        // Once more from both sides.
        try await branch.query("INSERT INTO t VALUES (5, 'b5'); INSERT INTO archive VALUES (6, 'b6')")
        try await fixture.session.query("INSERT INTO t VALUES (7, 'm7'); INSERT INTO archive VALUES (8, 'm8')")
        #expect(try await fixture.merge("b").counts == ["t": "1/0/0", "archive": "1/0/0"])
        #expect(try await fixture.session.texts("SELECT id FROM t ORDER BY id") == ["1", "5", "7"])
        #expect(try await fixture.session.texts("SELECT id FROM archive ORDER BY id") == ["1", "2", "6", "8"])
        try await fixture.close()
    }

    @Test func renamedDifferentlyIsAConflict() async throws {
        for (strategy, name) in [(MergeStrategy.branchWins, "mine"), (.mainWins, "theirs")] {
            let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x')")
            let branch = try await fixture.branch("b")
            try await branch.query("ALTER TABLE t RENAME TO mine; INSERT INTO mine VALUES (2, 'b')")
            try await fixture.session.query("ALTER TABLE t RENAME TO theirs; INSERT INTO theirs VALUES (3, 'm')")
            let manual = try await fixture.merge("b")
            #expect(manual.status == .conflicts && manual.conflicts.map(\.kind) == [.schema])
            #expect(try await fixture.merge("b", strategy).status == .merged)
            #expect(try await fixture.session.texts("SELECT id FROM \(name) ORDER BY id") == ["1", "2", "3"])
            #expect(try await tables(fixture.session) == [name])
            try await fixture.close()
        }
    }

    @Test func aNameThatTheOtherSideGaveAway() async throws {
        for (strategy, rows) in [(MergeStrategy.branchWins, ["1", "2", "3"]), (.mainWins, ["9"])] {
            let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x')")
            let branch = try await fixture.branch("b")
            try await branch.query("ALTER TABLE t RENAME TO u; INSERT INTO u VALUES (2, 'b')")
            try await fixture.session.query("CREATE TABLE u(id INTEGER PRIMARY KEY, other); INSERT INTO u VALUES (9, 'm'); INSERT INTO t VALUES (3, 'm')")
            let manual = try await fixture.merge("b")
            #expect(manual.status == .conflicts && manual.conflicts.map(\.kind) == [.schema] && manual.conflicts.first?.table == "u")
            #expect(try await fixture.merge("b", strategy).status == .merged)
            #expect(try await fixture.session.texts("SELECT id FROM u ORDER BY id") == rows)
            if strategy == .mainWins { #expect(try await fixture.session.texts("SELECT id FROM t ORDER BY id") == ["1", "2", "3"]) }
            #expect(try await tables(fixture.session) == (strategy == .mainWins ? ["t", "u"] : ["u"]))
            #expect(try await fixture.isSound())
            try await fixture.close()
        }
    }

    @Test func aTableRebuiltByHandStaysTheSame() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
        let branch = try await fixture.branch("b")
        for _ in 0..<2 {
            try await branch.query("""
                CREATE TABLE new_t(id INTEGER PRIMARY KEY, a TEXT NOT NULL); INSERT INTO new_t SELECT * FROM t; DROP TABLE t; ALTER TABLE new_t RENAME TO t
                """)
        }
        try await branch.query("UPDATE t SET a = 'X' WHERE id = 1")
        try await fixture.session.query("UPDATE t SET a = 'Y' WHERE id = 2")
        let diff = try await fixture.diff("b")
        #expect(diff.counts == ["t": "0/1/0"])
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM t ORDER BY id") == ["1|X", "2|Y"])
        #expect(try await branch.texts("SELECT count(*) FROM _bl_identity") == ["1"])
        try await fixture.close()
    }

    @Test func inTheOtherDialectAndWithSeveralChangesAtOnce() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a VARCHAR, b DOUBLE); INSERT INTO t VALUES (1, 'x', 1.5)", dialect: .duckdb)
        try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        let branch = try await fixture.on("b", dialect: .duckdb)
        try await branch.query("ALTER TABLE t RENAME COLUMN a TO label; ALTER TABLE t ALTER COLUMN b TYPE DECIMAL(9, 2)")
        try await fixture.session.query("UPDATE t SET a = 'y' WHERE id = 1; INSERT INTO t VALUES (2, 'z', 2.5)")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT id, label FROM t ORDER BY id") == ["1|y", "2|z"])
        try await fixture.close()
    }

    @Test func aDiffTellsARenamedTable() async throws {
        let fixture = try await Fixture(shop + "CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('one'), ('two');")
        let branch = try await fixture.branch("b")
        try await branch.query("""
            ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME COLUMN name TO full_name; UPDATE people SET age = 41 WHERE id = 2;
            INSERT INTO people VALUES (4, 'dot', 60); CREATE TABLE users(x); INSERT INTO users VALUES (1);
            ALTER TABLE words RENAME TO terms; UPDATE terms SET text = 'three' WHERE rowid = 2
            """)
        let diff = try await fixture.diff("b")
        #expect(diff.counts == ["people": "1/1/0", "users": "1/0/0", "terms": "0/1/0", "log": "1/0/0"])
        let tables = diff.schema.filter { $0.type == .table }
        #expect(tables.map { "\($0.renamedFrom ?? "-") \($0.name) \($0.change)" }.sorted() == ["- users added", "users people renamed", "words terms renamed"])
        #expect(diff.schema.filter { $0.type != .table }.isEmpty)
        #expect(diff.table("people")?.rows?.map { $0.changedColumns } == [["age"], []])
        // The other way round, and by the name of either side.
        let back = try await fixture.diff("main", base: "b", against: .head, table: "users")
        #expect(back.tables.map { "\($0.renamedFrom ?? "-") \($0.inserted)/\($0.updated)/\($0.deleted)" } == ["people 0/1/1", "- 0/0/1"])
        let named = try await fixture.diff("b", table: "people")
        #expect(named.counts == ["people": "1/1/0"])
        // Page by page, with tables in between.
        var rows: [String] = []
        var cursor: String?
        repeat {
            let page = try await fixture.diff("b", limit: 1, cursor: cursor)
            rows += page.tables.flatMap { table in (table.rows ?? []).map { "\(table.table) \($0.kind)" } }
            cursor = page.nextCursor
        } while cursor != nil
        #expect(rows == ["log inserted", "people updated", "people inserted", "terms updated", "users inserted"])
        // A table dropped whose name another has now.
        let other = try await fixture.branch("c")
        try await other.query("DROP TRIGGER note; DROP TABLE log; ALTER TABLE orders RENAME TO log")
        let swapped = try await fixture.diff("c")
        #expect(swapped.counts.isEmpty)
        #expect(swapped.schema.filter { $0.type == .table }.map { "\($0.renamedFrom ?? "-") \($0.name) \($0.change)" }.sorted() == ["- log dropped", "orders log renamed"])
        try await fixture.close()
    }

    @Test func aLiveBranchsRenamedTableIsMergedAsMadeAnew() async throws {
        let fixture = try await Fixture(shop)
        let branch = try await fixture.branch("l", mode: .live)
        try await branch.query("ALTER TABLE log RENAME TO journal; INSERT INTO journal VALUES ('live')")
        #expect(try await fixture.merge("l").status == .merged)
        #expect(try await tables(fixture.session) == ["journal", "orders", "users"])
        #expect(try await fixture.session.texts("SELECT * FROM journal") == ["live"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func aLiveBranchsRenamedColumnIsKnownOnMain() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, c TEXT DEFAULT 'none')")
        let branch = try await fixture.branch("l", mode: .live)
        try await branch.query("ALTER TABLE t RENAME COLUMN c TO x; INSERT INTO t VALUES (1, 'one'), (2, NULL)")
        #expect(try await fixture.merge("l").status == .merged)
        #expect(try await fixture.session.texts("SELECT name, origin FROM _bl_identity") == ["x|c"])
        // A new column of the old name is another one.
        try await fixture.session.query("ALTER TABLE t ADD COLUMN c TEXT; UPDATE t SET c = 'new' WHERE id = 1")
        #expect(try await fixture.merge("main", into: "l", .branchWins).status == .merged)
        #expect(try await branch.texts("SELECT id, x, c FROM t ORDER BY id") == ["1|one|new", "2|NULL|NULL"])
        try await branch.query("UPDATE t SET x = 'uno' WHERE id = 1; UPDATE t SET c = 'newer' WHERE id = 2")
        #expect(try await fixture.merge("l").conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT id, x, c FROM t ORDER BY id") == ["1|uno|new", "2|NULL|newer"])
        try await fixture.close()
    }

    @Test func tablesThatAreNotMergedKeepTheirNames() async throws {
        let fixture = try await Fixture("CREATE TABLE a(id INTEGER PRIMARY KEY, x); CREATE TABLE b(id INTEGER PRIMARY KEY AUTOINCREMENT, y); INSERT INTO b(y) VALUES (1)") {
            $0.globalIDs = false
        }
        let branch = try await fixture.branch("s")
        try await branch.query("ALTER TABLE a RENAME TO c; INSERT INTO c VALUES (1, 'x'); ALTER TABLE b RENAME TO d; INSERT INTO d VALUES (50, 2); DELETE FROM d WHERE id = 50")
        try await fixture.session.query("INSERT INTO a VALUES (2, 'main')")
        let first = try await fixture.merge("s", tables: ["c"])
        #expect(first.status == .merged && first.schemaChanges.map(\.name) == ["c"])
        #expect(try await tables(fixture.session) == ["b", "c", "sqlite_sequence"])
        #expect(try await fixture.session.texts("SELECT id FROM c ORDER BY id") == ["1", "2"])
        // By the name that the target knows; numbers go on beyond those of the branch.
        #expect(try await fixture.merge("s", tables: ["b"]).status == .merged)
        #expect(try await tables(fixture.session) == ["c", "d", "sqlite_sequence"])
        try await fixture.session.query("INSERT INTO d(y) VALUES (3)")
        #expect(try await fixture.session.texts("SELECT id FROM d ORDER BY id") == ["1", "51"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func whatMakesRoomIsTold() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x')")
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE t RENAME TO u; INSERT INTO u VALUES (2, 'b')")
        try await fixture.session.query("""
            CREATE TABLE u(id INTEGER PRIMARY KEY, other); INSERT INTO u VALUES (2, 'm'); CREATE INDEX by_other ON u(other);
            ALTER TABLE u RENAME COLUMN other TO a; CREATE TABLE child(id INTEGER PRIMARY KEY, u INTEGER REFERENCES u(id)); INSERT INTO child VALUES (1, 2)
            """)
        let result = try await fixture.merge("b", .branchWins)
        #expect(result.status == .merged)
        #expect(result.schemaChanges.map { "\($0.change) \($0.type) \($0.name)" }.sorted() == ["dropped table u", "renamed table u"])
        // What referred to the name goes on referring to it, and nothing is left of what had it.
        #expect(try await fixture.session.texts("SELECT \"table\" FROM pragma_foreign_key_list('child')") == ["u"])
        #expect(try await fixture.session.texts("SELECT * FROM u ORDER BY id") == ["1|x", "2|b"])
        #expect(try await fixture.session.texts("SELECT scope, name, origin FROM _bl_identity") == ["|u|t"])
        #expect(try await fixture.isSound())
        try await fixture.close()

        // A view in the way, and children whose rows then refer to nothing.
        let other = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x')")
        let session = try await other.branch("b")
        try await session.query("ALTER TABLE t RENAME TO u; UPDATE u SET a = 'y'")
        try await other.session.query("CREATE VIEW u AS SELECT 1 AS one")
        let taken = try await other.merge("b", .branchWins)
        #expect(taken.status == .merged && taken.schemaChanges.contains { $0.type == .view && $0.change == .dropped && $0.name == "u" })
        #expect(try await other.session.texts("SELECT a FROM u") == ["y"])
        try await other.close()
    }
}
