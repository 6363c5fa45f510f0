import Foundation
import Testing

@testable import Branching
import Engine
import PageStore

@Suite struct FilesTests {
    /// Runs SQL on a plain SQLite file.
    private func make(_ path: String, _ sql: String) throws {
        FileManager.default.createFile(atPath: path, contents: nil)
        try PlainDatabase(path: path).execute(sql)
    }

    private let sample = """
        CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
        CREATE TABLE orders(id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id), total REAL);
        INSERT INTO orders VALUES (1, 1, 2.5); CREATE INDEX o ON orders(user_id);
        CREATE VIEW v AS SELECT name FROM users; CREATE TRIGGER tr AFTER INSERT ON orders BEGIN UPDATE users SET name = name; END;
        """

    @Test func whatABranchOfAnotherStoreKnewStaysOut() async throws {
        try await withDirectory { directory in
            let file = directory + "/in.sqlite"
            try make(file, sample + """
                CREATE TABLE _bl_identity(x); CREATE TABLE _bl_row_numbers(tbl, version, first, count, here);
                INSERT INTO _bl_row_numbers VALUES ('users', 1, 9223372036854775807, 9223372036854775807, 1);
                """)
            let fixture = try await Fixture()
            _ = try await fixture.db.importSQLite(path: file)
            #expect(try await fixture.session.texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1") == ["orders", "users"])
            let branch = try await fixture.branch("b")
            try await branch.query("ALTER TABLE users RENAME TO people; INSERT INTO people VALUES (3, 'cid')")
            try await fixture.session.query("UPDATE users SET name = 'rob' WHERE id = 2")
            #expect(try await fixture.merge("b").status == .merged)
            #expect(try await fixture.session.texts("SELECT name FROM people ORDER BY id") == ["ann", "rob", "cid"])
            try await fixture.close()
        }
    }

    @Test func sqliteFilesComeInWhole() async throws {
        try await withDirectory { directory in
            let file = directory + "/in.sqlite"
            try make(file, sample)
            let fixture = try await Fixture()
            let result = try await fixture.db.importSQLite(path: file)
            #expect(result.tables.map(\.tableName).sorted() == ["orders", "users"])
            #expect(result.tables.map(\.estimatedSize).sorted() == [1, 2])
            #expect(try await fixture.session.texts("SELECT name FROM v ORDER BY name") == ["ann", "bob"])
            #expect(await code { try await fixture.session.query("INSERT INTO users VALUES (9, 'ann')") } == "BL_CONSTRAINT_UNIQUE")
            // Again into the same branch: the names are taken. Into one with other tables: beside them.
            #expect(await code { _ = try await fixture.db.importSQLite(path: file) } == "BL_ALREADY_EXISTS")
            let second = try await Fixture("CREATE TABLE own(a); INSERT INTO own VALUES (7)")
            _ = try await second.db.importSQLite(path: file)
            #expect(try await second.session.texts("SELECT a FROM own") == ["7"])
            #expect(try await second.session.texts("SELECT total FROM orders") == ["2.5"])
            #expect(try await second.session.texts("PRAGMA integrity_check") == ["ok"])
            #expect(second.db.context.store.branches().count == 1)
            #expect(await code { _ = try await second.db.importSQLite(path: directory + "/absent") } != nil)
            try "no database at all, but long enough to look at".write(toFile: directory + "/text", atomically: true, encoding: .utf8)
            #expect(await code { _ = try await second.db.importSQLite(path: directory + "/text") } == "BL_NOT_A_DATABASE")
            try await fixture.close()
            try await second.close()
        }
    }

    @Test func exportsReadSensiblyInAnyProgram() async throws {
        try await withDirectory { directory in
            let fixture = try await Fixture("""
                CREATE TABLE t(id INTEGER PRIMARY KEY, day DATE, at TIMESTAMP, price DECIMAL(10,2) CHECK (price > 0.5), ok BOOLEAN, note VARCHAR);
                INSERT INTO t VALUES (1, DATE '2024-02-29', TIMESTAMP '2024-02-29 12:34:56', 12.50, true, 'x');
                CREATE SCHEMA analytics; CREATE TABLE analytics.a(b INTEGER);
                """, dialect: .duckdb)
            let path = directory + "/out.sqlite"
            try await fixture.db.exportSQLite(path: path)
            let again = try await Fixture()
            _ = try await again.db.importSQLite(path: path)
            #expect(try await again.session.texts("SELECT id, day, at, price, ok, note FROM t") == ["1|2024-02-29|2024-02-29 12:34:56|12.5|true|x"])
            #expect(try await again.session.texts("SELECT group_concat(type, ' ') FROM pragma_table_info('t')").first?.contains("DUCKDB") == false)
            #expect(try await again.session.texts("PRAGMA integrity_check") == ["ok"])
            #expect(await code { try await fixture.db.exportSQLite(path: path) } == "BL_FILE_EXISTS")
            // A branch, and a live one with what shows through.
            try await fixture.db.createBranch(BranchCreateRequest(name: "live", mode: .live))
            try await fixture.db.exportSQLite(branch: "live", path: directory + "/live.sqlite")
            #expect(try await fixture.db.branches(.all).count == 2)
            try await fixture.close()
            try await again.close()
        }
    }

    @Test func checkFindsASoundStoreAndBackupsOpen() async throws {
        try await withDirectory { directory in
            let fixture = try await Fixture("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
            try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
            _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (2)", branch: "b"))
            let report = try await fixture.db.check()
            #expect(report.clean, "\(report.problems)")
            #expect(report.branches == 2)
            let path = directory + "/backup.db"
            try await fixture.db.backup(to: path)
            _ = try await fixture.session.query(QueryRequest("INSERT INTO t VALUES (3)", branch: "b"))
            let later = try await fixture.db.backup(to: directory + "/later.db", since: path)
            #expect(later.reusedBytes > 0 && later.reusedBytes + later.copiedBytes == later.bytes)
            #expect(await code { try await fixture.db.backup(to: path) } != nil)
            #expect(await code { try await fixture.db.backup(to: directory + "/x.db", since: directory + "/nowhere.db") } != nil)
            for (file, sum) in [(path, 3), (directory + "/later.db", 6)] as [(String, Int64)] {
                let copy = try await BranchLite.open(file)
                let session = try await copy.session(on: "b")
                #expect(try await session.number("SELECT sum(a) FROM t") == sum)
                await session.close()
                try await copy.close()
            }
            try await fixture.close()
        }
    }

    @Test func catalogueListsWhatABranchShows() async throws {
        let fixture = try await Fixture("""
            CREATE TABLE t(id INTEGER PRIMARY KEY, name VARCHAR NOT NULL DEFAULT 'x', price DECIMAL(10,2));
            INSERT INTO t VALUES (1, 'a', 1.5); CREATE VIEW v AS SELECT id, price * 2 AS double_price FROM t;
            CREATE SCHEMA analytics; CREATE TABLE analytics.daily(day DATE);
            """, dialect: .duckdb)
        #expect(try await fixture.db.schemas() == ["main", "analytics", "information_schema"])
        let tables = try await fixture.db.tables()
        #expect(tables.map { "\($0.tableSchema).\($0.tableName) \($0.tableType)" }.sorted() == ["analytics.daily BASE TABLE", "main.t BASE TABLE", "main.v VIEW"])
        let columns = try await fixture.db.describe(table: "t")
        #expect(columns.map(\.dataType) == ["INTEGER", "VARCHAR", "DECIMAL(10,2)"])
        #expect(columns.map(\.isNullable) == ["NO", "NO", "YES"] && columns.map(\.isPrimaryKey) == [true, false, false])
        #expect(columns[1].columnDefault == "'x'")
        #expect(try await fixture.db.describe(table: "v").map(\.columnName) == ["id", "double_price"])
        #expect(try await fixture.db.describe(table: "daily", schema: "analytics").map(\.dataType) == ["DATE"])
        #expect(await code { _ = try await fixture.db.describe(table: "nothing") } == "BL_NO_SUCH_TABLE")
        #expect(try await fixture.db.usage().first { $0.tableName == "t" }?.estimatedSize == 1)
        try await fixture.db.createBranch(BranchCreateRequest(name: "live", mode: .live))
        let schema = try await fixture.db.branch("live").schemaName
        #expect(try await fixture.db.tables(branch: "live").first { $0.tableName == "t" } == TableListing(tableSchema: schema, tableName: "t", tableType: "VIEW"))
        try await fixture.close()
    }
}
