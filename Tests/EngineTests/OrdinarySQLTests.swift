import PageStore
import Testing

@testable import Engine

@Suite struct OrdinarySQLTests {
    @Test func tablesIndexesTriggersViewsAndForeignKeys() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute(
            """
            CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, age INT CHECK(age >= 0));
            CREATE TABLE orders(id INTEGER PRIMARY KEY, user_id INT REFERENCES users(id), amount REAL);
            CREATE INDEX orders_user ON orders(user_id);
            CREATE TABLE log(what TEXT);
            CREATE TRIGGER orders_log AFTER INSERT ON orders BEGIN INSERT INTO log VALUES('order ' || new.id); END;
            CREATE VIEW totals AS SELECT user_id, sum(amount) AS total FROM orders GROUP BY user_id;
            INSERT INTO users VALUES(1,'a@x',30),(2,'b@x',40);
            INSERT INTO orders VALUES(1,1,9.5),(2,1,0.5),(3,2,7);
            """)
        #expect(try main.query("SELECT * FROM totals ORDER BY user_id") == [[1, 10.0], [2, 7.0]])
        #expect(try main.count("SELECT count(*) FROM log") == 3)
        #expect(try main.query("PRAGMA integrity_check") == [["ok"]])

        let branch = try fixture.connect(fixture.fork(1))
        try branch.execute("DELETE FROM orders WHERE id = 3; DROP TABLE log; ALTER TABLE users ADD COLUMN last_login TEXT")
        #expect(try branch.count("SELECT count(*) FROM orders") == 2)
        #expect(try main.count("SELECT count(*) FROM orders") == 3)
        #expect(try main.count("SELECT count(*) FROM log") == 3)
        try main.execute("UPDATE users SET age = 31 WHERE id = 1")
        #expect(try branch.query("SELECT age, last_login FROM users WHERE id = 1") == [[30, .null]])
        #expect(try branch.query("PRAGMA integrity_check") == [["ok"]])
    }

    @Test func fullTextRTreeAndJSON() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute(
            """
            CREATE VIRTUAL TABLE docs USING fts5(title, body);
            INSERT INTO docs VALUES('one','the quick brown fox'),('two','lazy dogs sleep');
            CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1, y0, y1);
            INSERT INTO boxes VALUES(1,0,1,0,1),(2,5,6,5,6);
            """)
        let branch = try fixture.connect(fixture.fork(2))
        try branch.execute("INSERT INTO docs VALUES('three','a fox again'); DELETE FROM boxes WHERE id = 1")
        #expect(try branch.count("SELECT count(*) FROM docs WHERE docs MATCH 'fox'") == 2)
        #expect(try main.count("SELECT count(*) FROM docs WHERE docs MATCH 'fox'") == 1)
        #expect(try main.count("SELECT count(*) FROM boxes WHERE x0 < 3") == 1)
        #expect(try branch.count("SELECT count(*) FROM boxes WHERE x0 < 3") == 0)
        #expect(try main.query("SELECT json_extract('{\"a\":[1,2]}', '$.a[1]')") == [[2]])
    }

    @Test func constraintErrorsNameTableAndColumns() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute(
            """
            CREATE TABLE p(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INT, c INT CONSTRAINT positive CHECK(c > 0), UNIQUE(a,b));
            CREATE TABLE k(x TEXT PRIMARY KEY, p INT REFERENCES p(id)) WITHOUT ROWID;
            CREATE TABLE s(n INTEGER) STRICT;
            INSERT INTO p VALUES(1,'a',1,1);
            INSERT INTO k VALUES('k',1);
            """)
        func failing(_ sql: String) -> EngineError? {
            do throws(EngineError) {
                try main.execute(sql)
                return nil
            } catch {
                return error
            }
        }
        let unique = failing("INSERT INTO p VALUES(2,'a',1,1)")
        #expect(unique?.code == "BL_CONSTRAINT_UNIQUE" && unique?.table == "p" && unique?.column == "a, b")
        let key = failing("INSERT INTO p VALUES(1,'z',1,1)")
        #expect(key?.code == "BL_CONSTRAINT_PRIMARY_KEY" && key?.column == "id")
        let null = failing("INSERT INTO p VALUES(2,NULL,1,1)")
        #expect(null?.code == "BL_CONSTRAINT_NOT_NULL" && null?.table == "p" && null?.column == "a")
        let check = failing("INSERT INTO p VALUES(2,'q',1,0)")
        #expect(check?.code == "BL_CONSTRAINT_CHECK" && check?.constraint == "positive")
        #expect(failing("INSERT INTO k VALUES('j',99)")?.code == "BL_CONSTRAINT_FOREIGN_KEY")
        #expect(failing("INSERT INTO k VALUES('k',1)")?.code == "BL_CONSTRAINT_PRIMARY_KEY")
        let strict = failing("INSERT INTO s VALUES('text')")
        #expect(strict?.code == "BL_TYPE_ERROR" && strict?.table == "s" && strict?.column == "n")
        #expect(failing("SELECT * FROM nowhere")?.code == "BL_NO_SUCH_TABLE")
        #expect(failing("SELECT absent FROM p")?.code == "BL_NO_SUCH_COLUMN")
        #expect(failing("SELEC 1")?.code == "BL_PARSE_ERROR")
        #expect(failing("CREATE TABLE p(x)")?.code == "BL_ALREADY_EXISTS")
        let spoken = EngineError(sqliteCode: 1, text: "BL_CONVERSION: Could not convert string 'abc' to INT32")
        #expect(spoken.code == "BL_CONVERSION" && spoken.message == "Could not convert string 'abc' to INT32")
    }

    @Test func savepointsRollbackAndCacheSpill() throws {
        var options = EngineOptions()
        options.cacheKiBPerConnection = 64
        options.journalKiBInMemory = 200
        let fixture = try Fixture(options: options)
        let main = try fixture.connect()
        try main.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)")
        try main.execute("BEGIN; INSERT INTO t VALUES(1, zeroblob(10)); SAVEPOINT one; INSERT INTO t VALUES(2, 'x')")
        try main.execute("ROLLBACK TO one; INSERT INTO t VALUES(3, 'y'); RELEASE one; COMMIT")
        #expect(try main.query("SELECT a FROM t") == [[1], [3]])
        let fill = "INSERT INTO t(b) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 3000) SELECT randomblob(400) FROM n"
        try main.execute("BEGIN")
        try main.execute(fill)
        #expect(try fixture.connect().count("SELECT count(*) FROM t") == 2)
        try main.execute("ROLLBACK")
        #expect(try main.count("SELECT count(*) FROM t") == 2)
        try main.execute("BEGIN")
        try main.execute(fill)
        try main.execute("SAVEPOINT deep; DELETE FROM t; ROLLBACK TO deep; COMMIT")
        #expect(try main.count("SELECT count(*) FROM t") == 3002)
        let sum = try main.query("SELECT sum(a), sum(length(b)) FROM t")
        try main.execute("BEGIN; UPDATE t SET b = zeroblob(500); SAVEPOINT s; DELETE FROM t WHERE a % 3 = 0; ROLLBACK TO s; ROLLBACK")
        #expect(try main.query("SELECT sum(a), sum(length(b)) FROM t") == sum)
        #expect(try fixture.connect().query("PRAGMA integrity_check") == [["ok"]])
        try main.execute("DELETE FROM t WHERE a > 10; PRAGMA incremental_vacuum")
        #expect(try main.query("PRAGMA integrity_check") == [["ok"]])
        #expect(try fixture.connect().count("SELECT count(*) FROM t") == 9)
    }

    @Test func parametersAndValuesKeepTheirBytes() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        let values: [SQLiteValue] = [.null, .integer(.min), .real(0.1), .text("ünï\u{0}x"), .text(""), .blob([]), .blob([0, 255])]
        let row = try main.query("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7", values)
        #expect(row == [values])
        #expect(code { _ = try main.query("SELECT ?1", []) } == "BL_PARAMETERS")
        #expect(code { _ = try main.prepare("SELECT 1; SELECT 2") } == "BL_PARSE_ERROR")
        #expect(code { _ = try main.prepare("-- nothing") } == "BL_PARSE_ERROR")
        try main.execute("CREATE TABLE named(a INT, b TEXT)")
        let statement = try main.prepare("SELECT a AS x, b, a + 1 FROM named WHERE a = :wanted; -- end")
        #expect(statement.columnNames == ["x", "b", "a + 1"])
        #expect(statement.declaredType(0) == "INT" && statement.declaredType(2) == nil)
        #expect(statement.columnOrigin(0)?.column == "a" && statement.columnOrigin(2) == nil)
        #expect(statement.parameterIndex(":wanted") == 1 && statement.isReadOnly)
    }

    @Test func refusedStatementsAreNamed() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        for sql in [
            "PRAGMA journal_mode=WAL", "PRAGMA page_size=512", "PRAGMA auto_vacuum=0", "PRAGMA locking_mode=EXCLUSIVE",
            "PRAGMA mmap_size=1000", "PRAGMA wal_checkpoint", "PRAGMA writable_schema=1", "PRAGMA schema_version=7",
            "PRAGMA secure_delete=1", "PRAGMA temp_store_directory='/tmp'", "PRAGMA synchronous=2", "PRAGMA nonsense",
            "ATTACH 'x.db' AS x", "DETACH main", "VACUUM", "VACUUM INTO 'x'", "SELECT load_extension('x')",
        ] {
            #expect(code { try main.execute(sql) } == "BL_DENIED_STATEMENT", "\(sql)")
        }
        #expect(try main.query("PRAGMA journal_mode") == [["truncate"]])
        #expect(try main.query("PRAGMA auto_vacuum") == [[2]])
        #expect(code { try main.execute("UPDATE sqlite_schema SET sql = ''") } != nil)
    }

    @Test func runtimeFunctionsComeOnDemand() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        let sql = "SELECT bl_cast_varchar_int32('12'), bl_add_int64(2, 3)"
        #expect(try main.query(sql) == [[12, 5]])
        #expect(code { _ = try main.query("SELECT bl_cast_varchar_int32('abc')") } == "BL_CONVERSION")
        #expect(code { _ = try main.query("SELECT bl_no_such_function(1)") } == "BL_NO_SUCH_FUNCTION")
        // A view and a trigger bring their functions with them to connections that never named one.
        try main.execute("CREATE TABLE t(a); INSERT INTO t VALUES('7'); CREATE VIEW v AS SELECT bl_cast_varchar_int32(a) AS n FROM t")
        let other = try fixture.connect()
        let kept = try other.prepare("SELECT * FROM v")
        #expect(try kept.step() && kept.integer(0) == 7)
        kept.reset()
        try main.execute("DROP VIEW v; CREATE VIEW v AS SELECT bl_cast_varchar_int64(a) AS n, bl_mul_int64(2, 4) AS m FROM t")
        #expect(try kept.step() && kept.row == [7, 8])
    }

    @Test func vacuumGivesPagesBack() throws {
        let fixture = try Fixture()
        let main = try fixture.connect()
        try main.execute("CREATE TABLE t(b); INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 500) SELECT zeroblob(3000) FROM n")
        try main.execute("DELETE FROM t")
        let before = try fixture.store.snapshot(of: .main).pageCount
        try fixture.engine.vacuum(.main)
        #expect(try fixture.store.snapshot(of: .main).pageCount < before / 10)
        #expect(try main.query("PRAGMA integrity_check") == [["ok"]])
    }
}
