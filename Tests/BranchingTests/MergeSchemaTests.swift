import Testing

@testable import Branching
import Engine

@Suite struct MergeSchemaTests {
    private let users = "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, age INTEGER); INSERT INTO users VALUES (1, 'ann', 30), (2, 'bob', 40), (3, 'cid', 50);"

    @Test func aBackfilledColumnMeetsNewRows() async throws {
        let fixture = try await Fixture(users + "CREATE INDEX by_name ON users(name)")
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users ADD COLUMN mail TEXT DEFAULT 'none'; UPDATE users SET mail = name || '@x'; CREATE INDEX by_mail ON users(mail)")
        try await fixture.session.query("INSERT INTO users VALUES (4, 'dot', 60); UPDATE users SET age = 31 WHERE id = 1; DELETE FROM users WHERE id = 2")
        let manual = try await fixture.merge("b")
        // The row that main deleted was written on the branch.
        #expect(manual.conflicts.map(\.kind) == [.updateDelete])
        let result = try await fixture.merge("b", .mainWins)
        #expect(result.status == .merged && result.schemaChanges.contains { $0.name == "users" && $0.columns.map(\.kind) == [.added] })
        #expect(try await fixture.session.texts("SELECT id, name, age, mail FROM users ORDER BY id") == ["1|ann|31|ann@x", "3|cid|50|cid@x", "4|dot|60|none"])
        #expect(try await fixture.session.texts("SELECT id FROM users WHERE mail = 'none'") == ["4"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func columnsOfBothSidesAreKept() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users ADD COLUMN x INTEGER; UPDATE users SET x = id; ALTER TABLE users ADD COLUMN same TEXT DEFAULT 's'; UPDATE users SET same = 'b' WHERE id = 2")
        try await fixture.session.query("ALTER TABLE users ADD COLUMN y INTEGER DEFAULT 7; ALTER TABLE users ADD COLUMN same TEXT DEFAULT 's'; UPDATE users SET y = 8 WHERE id = 1; UPDATE users SET same = 'm' WHERE id = 3")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged)
        #expect(try await fixture.session.texts("SELECT id, x, y, same FROM users ORDER BY id") == ["1|1|8|s", "2|2|7|b", "3|3|7|m"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func differentDefinitionsConflict() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users ADD COLUMN x INTEGER DEFAULT 1; UPDATE users SET age = 1 WHERE id = 1")
        try await fixture.session.query("ALTER TABLE users ADD COLUMN x TEXT; UPDATE users SET age = 2 WHERE id = 2")
        let manual = try await fixture.merge("b")
        #expect(manual.conflicts.map(\.kind) == [.schema] && manual.conflicts.first?.columns == ["x"] && manual.conflicts.first?.key["type"] == "table")
        let id = try #require(manual.conflicts.first?.id)
        #expect(await code { _ = try await fixture.merge("b", resolutions: [MergeResolution(conflictID: id, take: .base)]) } == "BL_BAD_ARGUMENT")
        let result = try await fixture.merge("b", resolutions: [MergeResolution(conflictID: id, take: .target)])
        #expect(result.status == .merged)
        #expect(try await fixture.session.texts("SELECT id, age, x FROM users ORDER BY id") == ["1|1|NULL", "2|2|NULL", "3|50|NULL"])
        try await fixture.close()
    }

    @Test func theBranchsDefinitionTakenWhole() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users ADD COLUMN x INTEGER DEFAULT 1; UPDATE users SET age = 1 WHERE id = 1")
        try await fixture.session.query("ALTER TABLE users ADD COLUMN x TEXT; UPDATE users SET age = 2 WHERE id = 2")
        #expect(try await fixture.merge("b", .branchWins).status == .merged)
        #expect(try await fixture.session.texts("SELECT id, age, typeof(x) FROM users WHERE id < 3 ORDER BY id") == ["1|1|integer", "2|2|integer"])
        #expect(try await fixture.session.texts("SELECT type FROM pragma_table_info('users') WHERE name = 'x'") == ["INTEGER"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func droppedHereAndWrittenThere() async throws {
        let fixture = try await Fixture(users + "CREATE TABLE gone(a INTEGER PRIMARY KEY, b); INSERT INTO gone VALUES (1, 1)")
        let branch = try await fixture.branch("b")
        try await branch.query("DROP TABLE gone; ALTER TABLE users DROP COLUMN age")
        // New rows do not stand in the way of a dropped column; changed cells of it do.
        try await fixture.session.query("INSERT INTO users VALUES (4, 'dot', 60)")
        #expect(try await fixture.merge("b", dryRun: true).status == .merged)
        try await fixture.session.query("UPDATE gone SET b = 2; UPDATE users SET age = 0 WHERE id = 1")
        let manual = try await fixture.merge("b")
        #expect(manual.conflicts.map(\.kind) == [.schema, .schema] && manual.conflicts.map(\.table) == ["gone", "users"])
        #expect(manual.conflicts.last?.columns == ["age"])
        let result = try await fixture.merge("b", resolutions: [MergeResolution(table: "gone", take: .target), MergeResolution(table: "users", take: .branch)])
        #expect(result.status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM users ORDER BY id") == ["1|ann", "2|bob", "3|cid", "4|dot"])
        #expect(try await fixture.session.texts("SELECT * FROM gone") == ["1|2"])
        #expect(try await fixture.isSound())
        // The other way round.
        let other = try await fixture.branch("c")
        try await other.query("UPDATE gone SET b = 9; INSERT INTO gone VALUES (2, 2)")
        try await fixture.session.query("DROP TABLE gone")
        #expect(try await fixture.merge("c").conflicts.map(\.kind) == [.schema])
        #expect(try await fixture.merge("c", .branchWins).status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM gone ORDER BY a") == ["1|9", "2|2"])
        try await fixture.close()
    }

    @Test func renamedAndRetypedColumnsKeepTheRowsOfBothSides() async throws {
        let fixture = try await Fixture(users + "CREATE INDEX by_age ON users(age); CREATE TRIGGER tr AFTER DELETE ON users BEGIN SELECT 1; END")
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users RENAME COLUMN age TO years; UPDATE users SET years = 31 WHERE id = 1; ALTER TABLE users RENAME COLUMN id TO uid")
        try await fixture.session.query("UPDATE users SET age = 41 WHERE id = 2; INSERT INTO users VALUES (4, 'dot', 60)")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.conflicts.isEmpty)
        #expect(try await fixture.session.texts("SELECT uid, name, years FROM users ORDER BY uid") == ["1|ann|31", "2|bob|41", "3|cid|50", "4|dot|60"])
        #expect(try await fixture.session.texts("SELECT uid FROM users INDEXED BY by_age WHERE years = 41") == ["2"])
        #expect(try await fixture.isSound())
        // Main renamed, the branch wrote under the old name.
        let other = try await fixture.branch("c")
        try await other.query("UPDATE users SET name = 'Ann' WHERE uid = 1")
        try await fixture.session.query("ALTER TABLE users RENAME COLUMN name TO called")
        #expect(try await fixture.merge("c").status == .merged)
        #expect(try await fixture.session.texts("SELECT called FROM users WHERE uid = 1") == ["Ann"])
        try await fixture.close()
    }

    /// Makes a table anew with another definition, as SQLite's documentation prescribes.
    private func rebuild(_ session: Session, _ definition: String, _ columns: String) async throws {
        try await session.query("CREATE TABLE fresh(\(definition)); INSERT INTO fresh(\(columns)) SELECT \(columns) FROM users; DROP TABLE users; ALTER TABLE fresh RENAME TO users")
    }

    @Test func newConstraintsMeetTheOtherSidesRows() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users ADD COLUMN mail TEXT; UPDATE users SET mail = name || '@x', age = age + 100")
        try await rebuild(branch, "id INTEGER PRIMARY KEY, name TEXT, age INTEGER CHECK(age > 100), mail TEXT NOT NULL", "id, name, age, mail")
        try await fixture.session.query("UPDATE users SET name = 'Ann' WHERE id = 1")
        // What the branch backfilled meets its own constraints on main's rows too.
        #expect(try await fixture.merge("b", dryRun: true).status == .merged)
        try await fixture.session.query("INSERT INTO users VALUES (4, 'dot', 60), (5, 'eve', 200)")
        let refused = try await fixture.merge("b")
        #expect(refused.status == .conflicts && Set(refused.violations.map(\.kind)).isSubset(of: ["check", "not_null"]) && !refused.violations.isEmpty)
        #expect(Set(refused.violations.flatMap(\.rows).compactMap { $0["id"]?.integerValue }) == [4, 5])
        try await fixture.session.query("DELETE FROM users WHERE id > 3")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM users ORDER BY id") == ["1|Ann|130|ann@x", "2|bob|140|bob@x", "3|cid|150|cid@x"])
        #expect(await code { try await fixture.session.query("INSERT INTO users VALUES (9, 'x', 1, 'm')") } == "BL_CONSTRAINT_CHECK")
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func definitionsChangedOnBothSidesMerge() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        // The branch retypes one column and drops another; main adds one, and a constraint.
        try await rebuild(branch, "id INTEGER PRIMARY KEY, name VARCHAR(20)", "id, name")
        try await branch.query("UPDATE users SET name = 'Ann' WHERE id = 1")
        try await rebuild(fixture.session, "id INTEGER PRIMARY KEY, name TEXT, age INTEGER, UNIQUE(name)", "id, name, age")
        try await fixture.session.query("ALTER TABLE users ADD COLUMN extra TEXT DEFAULT 'e'; INSERT INTO users VALUES (4, 'dot', 60, 'f')")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.conflicts.isEmpty && result.violations.isEmpty)
        #expect(try await fixture.session.texts("SELECT id, name, extra FROM users ORDER BY id") == ["1|Ann|e", "2|bob|e", "3|cid|e", "4|dot|f"])
        #expect(try await fixture.session.texts("SELECT name, type FROM pragma_table_info('users')") == ["id|INTEGER", "name|VARCHAR(20)", "extra|TEXT"])
        #expect(await code { try await fixture.session.query("INSERT INTO users VALUES (9, 'dot', 'q')") } == "BL_CONSTRAINT_UNIQUE")
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func indexesViewsAndTriggers() async throws {
        let fixture = try await Fixture(users + "CREATE INDEX i ON users(age); CREATE VIEW v AS SELECT id FROM users; CREATE TRIGGER tr AFTER DELETE ON users BEGIN SELECT 1; END;")
        let branch = try await fixture.branch("b")
        try await branch.query("DROP INDEX i; CREATE INDEX i ON users(age, name); CREATE UNIQUE INDEX u ON users(name); DROP VIEW v; CREATE VIEW v2 AS SELECT name FROM users; DROP TRIGGER tr; CREATE TABLE made(a INTEGER PRIMARY KEY, b UNIQUE); INSERT INTO made VALUES (1, 2); CREATE INDEX m ON made(b, a)")
        try await fixture.session.query("INSERT INTO users VALUES (4, 'ann', 1)")
        let refused = try await fixture.merge("b")
        #expect(refused.violations.map(\.kind) == ["unique"] && refused.violations.first?.constraint == "u")
        #expect(Set(refused.violations.first?.rows.compactMap { $0["id"]?.integerValue } ?? []) == [1, 4])
        try await fixture.session.query("DELETE FROM users WHERE id = 4; CREATE VIEW w AS SELECT age FROM users")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged)
        #expect(try await fixture.session.texts("SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY 1") == ["index i", "index m", "index u", "table made", "table users", "view v2", "view w"])
        #expect(try await fixture.session.texts("SELECT sql FROM sqlite_schema WHERE name = 'i'") == ["CREATE INDEX i ON users(age, name)"])
        // The same view altered on both sides.
        let other = try await fixture.branch("c")
        try await other.query("DROP VIEW w; CREATE VIEW w AS SELECT 1 AS one")
        try await fixture.session.query("DROP VIEW w; CREATE VIEW w AS SELECT 2 AS two")
        #expect(try await fixture.merge("c").conflicts.map(\.kind) == [.schema])
        #expect(try await fixture.merge("c", .branchWins).status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM w") == ["1"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func tablesMadeOnBothSides() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("CREATE TABLE twin(a INTEGER PRIMARY KEY, b); INSERT INTO twin VALUES (1, 1), (2, 2); CREATE TABLE clash(a INTEGER PRIMARY KEY); INSERT INTO clash VALUES (1)")
        try await fixture.session.query("CREATE TABLE twin(a INTEGER PRIMARY KEY, b); INSERT INTO twin VALUES (2, 2), (3, 3); CREATE TABLE clash(a TEXT); INSERT INTO clash VALUES ('m')")
        let manual = try await fixture.merge("b")
        #expect(manual.conflicts.map(\.table) == ["clash"])
        #expect(try await fixture.merge("b", .branchWins).status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM twin ORDER BY a") == ["1|1", "2|2", "3|3"])
        #expect(try await fixture.session.texts("SELECT * FROM clash") == ["1"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    @Test func aNewKeyConflictsOnlyWithWrittenRows() async throws {
        let fixture = try await Fixture("CREATE TABLE users(id INTEGER, name TEXT, PRIMARY KEY(id, name)); INSERT INTO users VALUES (1, 'a'), (2, 'b'); CREATE TABLE side(x)")
        let branch = try await fixture.branch("b")
        try await rebuild(branch, "id INTEGER PRIMARY KEY, name TEXT", "id, name")
        try await fixture.session.query("INSERT INTO side VALUES (1)")
        let other = try await fixture.branch("c", from: "main")
        #expect(try await fixture.merge("b", into: "c").status == .merged)
        #expect(try await other.texts("SELECT pk FROM pragma_table_info('users')") == ["1", "0"])
        try await fixture.session.query("INSERT INTO users VALUES (3, 'c')")
        #expect(try await fixture.merge("b").conflicts.map(\.kind) == [.schema])
        #expect(try await fixture.merge("b", .mainWins).status == .merged)
        #expect(try await fixture.session.texts("SELECT count(*) FROM users") == ["3"])
        try await fixture.close()
    }

    @Test func aColumnDroppedForAnotherIsNoRename() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("ALTER TABLE users DROP COLUMN age; ALTER TABLE users ADD COLUMN score INTEGER; UPDATE users SET score = id * 7")
        let columns = try await fixture.diff("b").schema.first?.columns ?? []
        #expect(columns.map(\.kind) == [.dropped, .added])
        #expect(try await fixture.diff("b").table("users")?.rows?.first?.changedColumns == ["score"])
        try await fixture.session.query("UPDATE users SET age = 1 WHERE id = 1")
        // What main wrote under the old name does not land in the new column.
        #expect(try await fixture.merge("b").conflicts.map(\.columns) == [["age"]])
        try await fixture.session.query("UPDATE users SET age = 30 WHERE id = 1; UPDATE users SET name = 'Ann' WHERE id = 1")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM users ORDER BY id") == ["1|Ann|7", "2|bob|14", "3|cid|21"])
        // The last column renamed is one.
        let other = try await fixture.branch("c")
        try await other.query("ALTER TABLE users RENAME COLUMN score TO points")
        try await fixture.session.query("UPDATE users SET score = 70 WHERE id = 1")
        #expect(try await fixture.merge("c").status == .merged)
        #expect(try await fixture.session.texts("SELECT points FROM users ORDER BY id") == ["70", "14", "21"])
        try await fixture.close()
    }

    @Test func sequencesGeneratedColumnsAndStrictTables() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE s(id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO s(v) VALUES ('a');
            CREATE TABLE g(id INTEGER PRIMARY KEY, a INT, twice INT AS (a * 2) STORED, thrice INT AS (a * 3)) STRICT; INSERT INTO g(id, a) VALUES (1, 1), (2, 2);
            """) { $0.globalIDs = false }
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO s(id, v) VALUES (50, 'b'); DELETE FROM s WHERE id = 50; UPDATE g SET a = 10 WHERE id = 1; INSERT INTO g(id, a) VALUES (3, 3)")
        try await fixture.session.query("INSERT INTO s(v) VALUES ('m'); UPDATE g SET a = 20 WHERE id = 2")
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.session.texts("SELECT * FROM g ORDER BY id") == ["1|10|20|30", "2|20|40|60", "3|3|6|9"])
        try await fixture.session.query("INSERT INTO s(v) VALUES ('n')")
        #expect(try await fixture.session.texts("SELECT max(id) FROM s") == ["51"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }
}
