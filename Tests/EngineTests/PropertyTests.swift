import CSQLite
import PageStore
import Testing

@testable import Engine

/// Random statements on a branch and on stock SQLite must come to the same rows and errors, whatever is forked,
/// committed, rolled back or squeezed out of the cache meanwhile.
@Suite struct PropertyTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func branchesBehaveAsStockSQLite(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var options = EngineOptions()
        options.cacheKiBPerConnection = Int.random(in: 16...300, using: &random)
        options.journalKiBInMemory = 128 // the least there is, so that it spills
        let fixture = try Fixture(options: options)
        var branch = BranchID.main
        var connection = try fixture.connect()
        let stock = try StockSQLite(":memory:")
        try stock.execute("PRAGMA foreign_keys=ON")
        var nextBranch: UInt64 = 1
        var frozen: (connection: Connection, rows: [[SQLiteValue]])?
        let setUp = """
            CREATE TABLE a(id INTEGER PRIMARY KEY, x INT, y TEXT, z BLOB);
            CREATE INDEX ax ON a(x); CREATE UNIQUE INDEX ay ON a(y);
            CREATE TABLE b(k TEXT PRIMARY KEY, a INT REFERENCES a(id) ON DELETE CASCADE) WITHOUT ROWID;
            CREATE TABLE l(n INTEGER PRIMARY KEY, t TEXT);
            CREATE TRIGGER tr AFTER UPDATE ON a BEGIN INSERT INTO l(t) VALUES(old.x || '>' || new.x); END;
            """
        try connection.execute(setUp)
        try stock.execute(setUp)
        for step in 0..<150 {
            let sql = statement(&random)
            let ours = plainCode { () throws(EngineError) in try connection.execute(sql) }
            let theirs = plainCode { () throws(EngineError) in try stock.execute(sql) }
            let comment: Comment = "seed \(seed), step \(step): \(sql)"
            try #require(ours == theirs, comment)
            if step % 10 == 9 {
                for table in ["a", "b", "l"] {
                    let query = "SELECT * FROM \(table) ORDER BY 1"
                    try #require(try connection.query(query) == stock.query(query), comment)
                }
            }
            if !connection.transaction.isOpen, Int.random(in: 0..<12, using: &random) == 0 {
                // Go on in a fork, on a connection of its own; the parent must stay as it is.
                if let frozen {
                    #expect(try frozen.connection.query("SELECT * FROM a ORDER BY id") == frozen.rows, comment)
                    fixture.engine.checkin(frozen.connection)
                }
                frozen = (connection, try connection.query("SELECT * FROM a ORDER BY id"))
                branch = try fixture.fork(nextBranch, of: branch)
                nextBranch += 1
                connection = try fixture.connect(branch)
            }
        }
        if connection.transaction.isOpen {
            try connection.execute("COMMIT")
            try stock.execute("COMMIT")
        }
        #expect(try connection.query("SELECT * FROM a ORDER BY id") == stock.query("SELECT * FROM a ORDER BY id"), "seed \(seed)")
        #expect(try connection.query("PRAGMA integrity_check") == [["ok"]], "seed \(seed)")
        if let frozen { #expect(try frozen.connection.query("PRAGMA integrity_check") == [["ok"]], "seed \(seed)") }
    }

    private func statement(_ random: inout SeededGenerator) -> String {
        let number = Int.random(in: 1...60, using: &random)
        let other = Int.random(in: 1...60, using: &random)
        switch Int.random(in: 0..<22, using: &random) {
        case 0...4: return "INSERT INTO a(x, y, z) VALUES(\(number), 'y\(number)-\(other)', zeroblob(\(number * 90)))"
        case 5: return "INSERT OR REPLACE INTO a VALUES(\(number), \(other), 'r\(other)', NULL)"
        case 6, 7: return "UPDATE a SET x = x + \(other), z = zeroblob(\(other * 150)) WHERE id % \(number) = 0"
        case 8: return "DELETE FROM a WHERE x BETWEEN \(number) AND \(number + 3)"
        case 9, 10: return "INSERT INTO b SELECT 'k' || id || '-\(number)', id FROM a WHERE id % 7 = \(number % 7)"
        case 11: return "UPDATE a SET y = 'same' WHERE id IN (\(number), \(other))"
        case 12: return "DELETE FROM b WHERE a = \(number)"
        case 13: return "INSERT INTO b VALUES('bad', 100000)"
        case 14, 15: return "BEGIN"
        case 16, 17: return "COMMIT"
        case 18: return "ROLLBACK"
        case 19: return "SAVEPOINT s\(number % 3)"
        case 20: return number % 2 == 0 ? "ROLLBACK TO s\(other % 3)" : "RELEASE s\(other % 3)"
        default:
            return number % 3 == 0
                ? "CREATE TABLE IF NOT EXISTS extra\(other % 4)(v); INSERT INTO extra\(other % 4) SELECT x FROM a"
                : "DROP TABLE IF EXISTS extra\(other % 4)"
        }
    }

    /// The code of the error, with the names our transaction rules have for what SQLite calls a plain error.
    private func plainCode(_ body: () throws(EngineError) -> Void) -> String? {
        do throws(EngineError) {
            try body()
            return nil
        } catch {
            switch error.code {
            case "BL_NO_TRANSACTION", "BL_TRANSACTION_OPEN", "BL_NO_SUCH_SAVEPOINT": return "BL_SQL"
            default: return error.code
            }
        }
    }
}
