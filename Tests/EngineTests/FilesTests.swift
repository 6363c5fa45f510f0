import Foundation
import PageStore
import Testing

@testable import Engine

@Suite struct FilesTests {
    private func temporaryDirectory() throws -> String {
        let path = NSTemporaryDirectory() + "branchlite-engine-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test(arguments: [512, 4096, 16384], ["delete", "wal"])
    func importKeepsTheFileWhole(pageSize: Int, journal: String) throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/source.sqlite"
        do {
            let stock = try StockSQLite(path)
            try stock.execute(
                """
                PRAGMA page_size=\(pageSize); PRAGMA journal_mode=\(journal); PRAGMA user_version=42; PRAGMA application_id=7;
                CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, b BLOB); CREATE INDEX i ON t(v); CREATE VIEW w AS SELECT v FROM t;
                CREATE TABLE log(x); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES(new.id); END;
                CREATE VIRTUAL TABLE f USING fts5(body);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 500) INSERT INTO t SELECT i, 'v' || i, zeroblob(i * 10) FROM n;
                INSERT INTO f VALUES('hello world');
                """)
        }
        let fixture = try Fixture()
        let sleeper = try fixture.connect()
        try sleeper.execute("CREATE TABLE before(x)")
        var steps: [Int] = []
        let version = try fixture.engine.importSQLiteFile(path, into: .main, origin: [3], progress: { done, _ in steps.append(done) })
        #expect(steps.last.map { $0 > 0 } == true)
        #expect(fixture.store.branch(.main)?.head == version)
        #expect(try sleeper.count("SELECT count(*) FROM t") == 500)
        #expect(code { _ = try sleeper.query("SELECT * FROM before") } == "BL_NO_SUCH_TABLE")
        #expect(try sleeper.count("PRAGMA user_version") == 42)
        #expect(try sleeper.count("PRAGMA application_id") == 7)
        #expect(try sleeper.count("PRAGMA auto_vacuum") == 2)
        #expect(try sleeper.count("SELECT count(*) FROM f WHERE f MATCH 'hello'") == 1)
        try sleeper.execute("INSERT INTO t(v) VALUES('new')")
        #expect(try sleeper.count("SELECT count(*) FROM log") == 501)
        #expect(try sleeper.query("PRAGMA integrity_check") == [["ok"]])

        let out = directory + "/out.sqlite"
        try Engine.exportSQLiteFile(fixture.store.snapshot(of: .main), pageSize: fixture.store.pageSize, to: out)
        #expect(code { try Engine.exportSQLiteFile(fixture.store.snapshot(of: .main), pageSize: 4096, to: out) } == "BL_FILE_EXISTS")
        let stock = try StockSQLite(out)
        #expect(try stock.query("PRAGMA integrity_check") == [["ok"]])
        #expect(try stock.query("SELECT count(*), sum(length(b)) FROM t") == sleeper.query("SELECT count(*), sum(length(b)) FROM t"))
        try stock.execute("INSERT INTO t(v) VALUES('stock'); VACUUM")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".part") }.isEmpty)
    }

    @Test func whatIsNoDatabaseIsRefused() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let fixture = try Fixture()
        let head = fixture.store.branch(.main)?.head
        let path = directory + "/junk"
        try Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }).write(to: URL(fileURLWithPath: path))
        #expect(code { try fixture.engine.importSQLiteFile(path, into: .main) } == "BL_NOT_A_DATABASE")
        #expect(code { try fixture.engine.importSQLiteFile(directory + "/absent", into: .main) } == "BL_NO_SUCH_FILE")
        do { try StockSQLite(directory + "/utf16").execute("PRAGMA encoding='UTF-16'; CREATE TABLE t(x)") }
        #expect(code { try fixture.engine.importSQLiteFile(directory + "/utf16", into: .main) } == "BL_UNSUPPORTED")
        #expect(fixture.store.branch(.main)?.head == head)
    }

    @Test func storesOnDiskReopen() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/store.db"
        do {
            let fixture = try Fixture(path: path)
            let main = try fixture.connect()
            try main.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)")
            for i in 0..<200 { try main.execute("INSERT INTO t(b) VALUES(?1)", [.text("row \(i)")]) }
            let branch = try fixture.connect(fixture.fork(5))
            try branch.execute("DELETE FROM t WHERE a <= 100")
            main.close()
            branch.close()
            try fixture.store.close()
        }
        let fixture = try Fixture(path: path)
        #expect(try fixture.connect().count("SELECT count(*) FROM t") == 200)
        let branch = try fixture.connect(BranchID(rawValue: 5))
        #expect(try branch.count("SELECT count(*) FROM t") == 100)
        try branch.execute("INSERT INTO t(b) VALUES('again')")
        #expect(try branch.query("PRAGMA integrity_check") == [["ok"]])
        branch.close()
        try fixture.store.close()
    }
}
