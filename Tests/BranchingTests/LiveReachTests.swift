import Testing

@testable import Branching
import Engine
import SQLDialect

/// What SQLite touches or looks at by itself when a live branch is written: foreign keys, triggers, views, virtual tables.
@Suite struct LiveReachTests {
    private func live(_ sql: String, dialect: Dialect = .sqlite) async throws -> (Fixture, Session) {
        // Something is the branch's own already, so that the first write cannot simply start the branch again.
        let fixture = try await Fixture(sql + "; CREATE TABLE unrelated(a INTEGER)", dialect: dialect)
        try await fixture.db.createBranch(BranchCreateRequest(name: "live", mode: .live))
        let session = try await fixture.on("live", dialect: dialect)
        try await session.query("INSERT INTO unrelated VALUES (1)")
        return (fixture, session)
    }

    private func own(_ fixture: Fixture) async throws -> [String] {
        try await fixture.db.branch("live").materializedTables.filter { $0 != "unrelated" }
    }

    // MARK: - Foreign keys

    private let families = """
        CREATE TABLE parents(id INTEGER PRIMARY KEY);
        CREATE TABLE children(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents(id) ON DELETE CASCADE);
        CREATE TABLE toys(id INTEGER PRIMARY KEY, child INTEGER REFERENCES children(id) ON DELETE SET NULL);
        INSERT INTO parents VALUES (1), (2); INSERT INTO children VALUES (10, 1), (20, 2); INSERT INTO toys VALUES (100, 10), (200, 20)
        """

    @Test func actionsReachThroughTablesThatAreNotTheBranchsOwn() async throws {
        let (fixture, live) = try await live(families)
        try await fixture.session.query("INSERT INTO children VALUES (11, 1); INSERT INTO toys VALUES (110, 11)")
        try await live.query("DELETE FROM parents WHERE id = 1")
        #expect(try await live.texts("SELECT id FROM children") == ["20"])
        #expect(try await live.texts("SELECT id, child FROM toys ORDER BY id") == ["100|NULL", "110|NULL", "200|20"])
        #expect(try await fixture.session.texts("SELECT id, child FROM toys ORDER BY id") == ["100|10", "110|11", "200|20"])
        #expect(try await own(fixture) == ["children", "parents", "toys"])
        // REPLACE removes a row and what belongs to it as well.
        try await live.query("INSERT OR REPLACE INTO parents VALUES (2)")
        #expect(try await live.number("SELECT count(*) FROM children") == 0)
        #expect(try await fixture.isSound("live"))
        try await fixture.close()
    }

    @Test func referringRowsOfMainAreSeenAndStayMains() async throws {
        let (fixture, live) = try await live("""
            CREATE TABLE parents(id INTEGER PRIMARY KEY); CREATE TABLE children(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents(id));
            INSERT INTO parents VALUES (1), (2), (3); INSERT INTO children VALUES (10, 1)
            """)
        try await fixture.session.query("INSERT INTO children VALUES (20, 2); DELETE FROM children WHERE id = 10")
        // As main has its children now, 2 is referred to and 1 is not.
        #expect(await code { try await live.query("DELETE FROM parents WHERE id = 2") } == "BL_CONSTRAINT_FOREIGN_KEY")
        try await live.query("DELETE FROM parents WHERE id = 1")
        #expect(try await own(fixture) == ["parents"])
        // A table that main has made since refers to it as well.
        try await fixture.session.query("CREATE TABLE late(parent INTEGER REFERENCES parents(id)); INSERT INTO late VALUES (3)")
        #expect(await code { try await live.query("DELETE FROM parents WHERE id = 3") } == "BL_CONSTRAINT_FOREIGN_KEY")
        try await fixture.session.query("DELETE FROM late")
        try await live.query("DELETE FROM parents WHERE id = 3")
        try await fixture.close()
    }

    @Test func droppingOrRenamingAParentTakesItsChildrenAlong() async throws {
        let (fixture, live) = try await live(families)
        try await live.query("ALTER TABLE parents RENAME TO elders")
        #expect(try await own(fixture) == ["children", "elders"])
        #expect(await code { try await live.query("INSERT INTO children VALUES (30, 7)") } == "BL_CONSTRAINT_FOREIGN_KEY")
        try await live.query("INSERT INTO children VALUES (30, 2); DELETE FROM elders WHERE id = 2")
        #expect(try await live.texts("SELECT id FROM children") == ["10"])
        #expect(try await fixture.session.texts("SELECT id FROM children ORDER BY id") == ["10", "20"])
        try await fixture.close()
    }

    // MARK: - Triggers

    @Test func triggersReadTablesAndViewsAsTheBranchShowsThem() async throws {
        let (fixture, live) = try await live("""
            CREATE TABLE t(a INTEGER, total INTEGER); CREATE TABLE prices(p INTEGER); INSERT INTO prices VALUES (1);
            CREATE VIEW sums AS SELECT sum(p) AS s FROM prices;
            CREATE TRIGGER tt AFTER INSERT ON t BEGIN UPDATE t SET total = (SELECT s FROM sums) WHERE a = NEW.a; END
            """)
        try await live.query("INSERT INTO t(a) VALUES (1)")
        try await fixture.session.query("INSERT INTO prices VALUES (10)")
        try await live.query("INSERT INTO t(a) VALUES (2)")
        #expect(try await live.texts("SELECT * FROM t ORDER BY a") == ["1|1", "2|11"])
        // What is only read goes on following main.
        #expect(try await own(fixture) == ["t"])
        try await fixture.session.query("DELETE FROM prices WHERE p = 1; INSERT INTO prices VALUES (100)")
        try await live.query("INSERT INTO t(a) VALUES (3)")
        #expect(try await live.texts("SELECT total FROM t WHERE a = 3") == ["110"])
        try await fixture.close()
    }

    @Test func triggersOfUntouchedTablesWriteIntoOwnOnes() async throws {
        let (fixture, live) = try await live("""
            CREATE TABLE t(a INTEGER); CREATE TABLE log(a INTEGER, note TEXT);
            CREATE TRIGGER tt AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a, 'main'); END
            """)
        try await live.query("INSERT INTO log VALUES (0, 'own')")
        try await fixture.session.query("INSERT INTO t VALUES (1)")
        #expect(try await live.texts("SELECT note FROM log") == ["own"])
        // Main's trigger as it is when the branch writes: changed, and one that is new.
        try await fixture.session.query("""
            DROP TRIGGER tt; CREATE TRIGGER tt AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a, 'changed'); END;
            CREATE TRIGGER more AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a + 1, 'more'); END
            """)
        try await live.query("INSERT INTO t VALUES (5)")
        #expect(try await live.texts("SELECT a, note FROM log ORDER BY a") == ["0|own", "5|changed", "6|more"])
        #expect(try await live.texts("SELECT a FROM t ORDER BY a") == ["1", "5"])
        #expect(try await fixture.session.texts("SELECT a, note FROM log") == ["1|main"])
        try await fixture.close()
    }

    @Test func aTriggerThatIsMadeOwnsNothingBeforeItFires() async throws {
        let (fixture, live) = try await live("CREATE TABLE t(a INTEGER); CREATE TABLE log(a INTEGER)", dialect: .duckdb)
        try await live.query("CREATE TRIGGER tt AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a); END")
        #expect(try await own(fixture) == ["t"])
        try await live.query("INSERT INTO t VALUES (4)")
        #expect(try await own(fixture) == ["log", "t"])
        #expect(try await live.texts("SELECT a FROM log") == ["4"])
        try await fixture.close()
    }

    @Test func viewsWithTriggersAreWrittenThroughMainsNewestRows() async throws {
        let (fixture, live) = try await live("""
            CREATE TABLE t(a INTEGER, b INTEGER); INSERT INTO t VALUES (1, 1); CREATE TABLE done(a INTEGER, b INTEGER);
            CREATE VIEW v AS SELECT a, b FROM t;
            CREATE TRIGGER vu INSTEAD OF UPDATE ON v BEGIN INSERT INTO done VALUES (OLD.a, NEW.b); END
            """)
        try await fixture.session.query("INSERT INTO t VALUES (2, 2)")
        try await live.query("UPDATE v SET b = b * 10")
        #expect(try await live.texts("SELECT * FROM done ORDER BY a") == ["1|10", "2|20"])
        #expect(try await fixture.session.number("SELECT count(*) FROM done") == 0)
        try await fixture.close()
    }

    // MARK: - Virtual tables

    @Test func virtualTablesThatMainChangedAreTakenOver() async throws {
        let (fixture, live) = try await live("""
            CREATE VIRTUAL TABLE notes USING fts5(body); INSERT INTO notes VALUES ('red apple'), ('green pear');
            CREATE VIRTUAL TABLE places USING rtree(id, x0, x1); INSERT INTO places VALUES (1, 0, 1), (2, 5, 6);
            CREATE TABLE notes_extra(a INTEGER); INSERT INTO notes_extra VALUES (1)
            """)
        try await fixture.session.query("INSERT INTO notes VALUES ('red plum'); DELETE FROM notes WHERE notes MATCH 'pear'; UPDATE places SET x1 = 9 WHERE id = 2")
        try await live.query("INSERT INTO notes VALUES ('red fig'); DELETE FROM places WHERE id = 1")
        #expect(try await live.texts("SELECT rowid, body FROM notes WHERE notes MATCH 'red' ORDER BY rowid") == ["1|red apple", "3|red plum", "4|red fig"])
        #expect(try await live.texts("SELECT id, x1 FROM places") == ["2|9.0"])
        #expect(try await fixture.session.texts("SELECT body FROM notes WHERE notes MATCH 'fig'").isEmpty)
        // A table that is only named alike is no part of it.
        try await fixture.session.query("INSERT INTO notes_extra VALUES (2)")
        #expect(try await live.number("SELECT count(*) FROM notes_extra") == 2)
        try await live.query("INSERT INTO notes(notes) VALUES ('integrity-check')")
        #expect(try await fixture.isSound("live"))
        #expect(try await fixture.merge("live").status == .merged)
        #expect(try await fixture.session.texts("SELECT body FROM notes WHERE notes MATCH 'red' ORDER BY rowid") == ["red apple", "red plum", "red fig"])
        #expect(try await fixture.session.texts("SELECT id, x1 FROM places") == ["2|9.0"])
        try await fixture.close()
    }

    @Test func fullTextOverAnotherTableComesWithIt() async throws {
        let (fixture, live) = try await live("""
            CREATE TABLE articles(id INTEGER PRIMARY KEY, body TEXT); CREATE VIRTUAL TABLE search USING fts5(body, content='articles', content_rowid='id');
            CREATE TRIGGER ai AFTER INSERT ON articles BEGIN INSERT INTO search(rowid, body) VALUES (NEW.id, NEW.body); END;
            INSERT INTO articles VALUES (1, 'one fish')
            """)
        try await fixture.session.query("INSERT INTO articles VALUES (2, 'two fish')")
        try await live.query("INSERT INTO articles VALUES (3, 'red fish')")
        #expect(try await live.texts("SELECT rowid FROM search WHERE search MATCH 'fish' ORDER BY rowid") == ["1", "2", "3"])
        #expect(try await live.texts("SELECT body FROM search WHERE search MATCH 'two'") == ["two fish"])
        #expect(try await fixture.session.texts("SELECT rowid FROM search WHERE search MATCH 'fish' ORDER BY rowid") == ["1", "2"])
        try await fixture.close()
    }

    @Test func fullTextWithoutItsTextIsRefusedByName() async throws {
        let (fixture, live) = try await live("CREATE VIRTUAL TABLE bare USING fts5(body, content=''); INSERT INTO bare(rowid, body) VALUES (1, 'a')")
        try await fixture.session.query("INSERT INTO bare(rowid, body) VALUES (2, 'b')")
        #expect(await code { try await live.query("INSERT INTO bare(rowid, body) VALUES (3, 'c')") } == "BL_UNSUPPORTED")
        #expect(try await live.number("SELECT count(*) FROM unrelated") == 1)
        try await fixture.close()
    }

    // MARK: - Writes from main

    @Test(arguments: [Dialect.sqlite, .duckdb]) func aSessionOnMainWritesALiveBranch(dialect: Dialect) async throws {
        let (fixture, live) = try await live("CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (1, 1); CREATE TABLE u(v INTEGER); INSERT INTO u VALUES (7)", dialect: dialect)
        try await fixture.session.query("INSERT INTO t VALUES (2, 2)")
        try await fixture.session.query("UPDATE live.t SET v = v * 10")
        #expect(try await live.texts("SELECT id, v FROM t ORDER BY id") == ["1|10", "2|20"])
        #expect(try await fixture.session.texts("SELECT id, v FROM t ORDER BY id") == ["1|1", "2|2"])
        // Unqualified names go on meaning main's.
        try await fixture.session.query("INSERT INTO live.t SELECT v, v FROM u")
        #expect(try await live.texts("SELECT v FROM t WHERE id = 7") == ["7"])
        #expect(try await own(fixture) == ["t"])
        #expect(await code { try await fixture.session.query("INSERT INTO live.t VALUES (7, 0)") } == "BL_CONSTRAINT_PRIMARY_KEY")
        try await fixture.session.query("BEGIN")
        #expect(await code { try await fixture.session.query("DELETE FROM live.t") } == "BL_CROSS_BRANCH_WRITE")
        try await fixture.session.query("ROLLBACK")
        try await fixture.close()
    }
}
