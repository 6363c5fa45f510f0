import Branching
import Foundation
import Synchronization
import Testing

@testable import Server

/// The protocol by the messages that go back and forth, on a real store in memory.
@Suite struct ConversationTests {
    private func connected() async throws -> TestClient {
        let client = try await TestClient.onNewStore()
        try await client.connect()
        _ = try await client.transcript(Message.query("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR); INSERT INTO t VALUES (1, 'one'), (2, NULL)"))
        return client
    }

    @Test func startsASession() async throws {
        let client = try await TestClient.onNewStore()
        let lines = try await client.connect(["application_name": "check", "options": "-c hatidata_agent=a\\ b --search_path=public"])
        #expect(lines.first == "Authentication 0")
        #expect(lines.contains("ParameterStatus server_version=15.0"))
        #expect(lines.contains("ParameterStatus application_name=check"))
        #expect(lines.suffix(2) == ["BackendKeyData", "Ready I"])
        #expect(try await client.transcript(Message.query("SHOW hatidata_agent")) == ["Row hatidata_agent:25", "Data a b", "Complete SHOW", "Ready I"])
        try await client.end()
    }

    private final class Told: Sendable {
        let number = Mutex<Int32>(0)
    }

    @Test func sessionsKnowTheirNumberAndCanBeEnded() async throws {
        let client = try await connected()
        let other = TestClient(store: client.store)
        try await other.connect()
        let told = Told()
        client.box.run { conversation in told.number.withLock { $0 = conversation.cancelKey?.processID ?? 0 } }
        try await client.box.thread.run {}
        #expect(try await client.transcript(Message.query("SELECT pg_backend_pid() AS p")).contains("Data \(told.number.withLock { $0 })"))
        let lines = try await client.transcript(Message.query("SELECT pg_terminate_backend(pg_backend_pid()) AS t")) + client.transcript([])
        #expect(lines.prefix(4) == ["Row t:16", "Data t", "Complete SELECT 1", "Ready I"])
        #expect(lines.dropFirst(4).first?.hasPrefix("Error FATAL 57P01") == true)
        #expect(client.isClosed)
        #expect(!other.isClosed)
        other.box.run { $0.disconnect() }
        try await other.box.thread.run {}
        try await client.end()
    }

    @Test func refusesWhatItDoesNotSpeak() async throws {
        let client = try await TestClient.onNewStore()
        #expect(try await client.exchange(Message.int32(8) + Message.int32(80_877_103)) == [UInt8(ascii: "N")])
        #expect(try await client.exchange(Message.int32(8) + Message.int32(80_877_104)) == [UInt8(ascii: "N")])
        let lines = try await client.transcript(Message.startup(["user": "x", "database": "nowhere"]))
        #expect(lines.last?.hasPrefix("Error FATAL 3D000") == true)
        #expect(client.isClosed)
        try await client.end()

        let old = try await TestClient.onNewStore()
        #expect(try await old.transcript(Message.startup(["user": "x"], version: 131_072)).first?.hasPrefix("Error FATAL 0A000") == true)
        try await old.end()

        let newer = try await TestClient.onNewStore()
        #expect(try await newer.transcript(Message.startup(["user": "x", "database": "main", "_pq_.x": "1"], version: 196_610)).first == "v 15")
        try await newer.end()
    }

    @Test func databasesAreBranches() async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.query("CREATE DATABASE dev"))
        let other = TestClient(store: client.store)
        try await other.connect(["database": "dev"])
        _ = try await other.transcript(Message.query("DELETE FROM t"))
        #expect(try await other.transcript(Message.query("SELECT current_branch() AS b, count(*) AS n FROM t")).contains("Data dev|0"))
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM t")).contains("Data 2"))
        #expect(try await client.transcript(Message.query("DROP DATABASE dev")).first?.hasPrefix("Error ERROR 55006") == true)
        other.box.run { $0.disconnect() }
        try await other.box.thread.run {}
        #expect(try await client.transcript(Message.query("DROP DATABASE dev")) == ["Complete DROP DATABASE", "Ready I"])
        let byOption = TestClient(store: client.store)
        _ = try await client.transcript(Message.query("CREATE BRANCH b2"))
        try await byOption.connect(["options": "-c branch=b2"])
        _ = try await byOption.transcript(Message.query("USE BRANCH main"))
        _ = try await byOption.transcript(Message.query("RESET ALL"))
        #expect(try await byOption.transcript(Message.query("SELECT current_branch() AS b")).contains("Data b2"))
        byOption.box.run { $0.disconnect() }
        try await byOption.box.thread.run {}
        try await client.end()
    }

    // MARK: - Simple query

    @Test func runsSeveralStatementsAsOneTransaction() async throws {
        let client = try await connected()
        let lines = try await client.transcript(Message.query("INSERT INTO t VALUES (3, 'three'); SELECT count(*) AS n FROM t; SELECT nosuch FROM t"))
        #expect(lines.prefix(4) == ["Complete INSERT 0 1", "Row n:20", "Data 3", "Complete SELECT 1"])
        #expect(lines.dropFirst(4).first?.hasPrefix("Error ERROR 42703 Referenced column \"nosuch\"") == true)
        #expect(lines.last == "Ready I")
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM t")).contains("Data 2"))
        #expect(try await client.transcript(Message.query("")) == ["Empty", "Ready I"])
        #expect(
            try await client.transcript(Message.query("INSERT INTO t VALUES (3, 'x'); BEGIN; INSERT INTO t VALUES (4, 'y')")) == [
                "Complete INSERT 0 1", "Complete BEGIN", "Complete INSERT 0 1", "Ready T",
            ])
        #expect(try await client.transcript(Message.query("ROLLBACK")) == ["Complete ROLLBACK", "Ready I"])
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM t")).contains("Data 2"))
        try await client.end()
    }

    @Test func keepsPostgresTransactionRules() async throws {
        let client = try await connected()
        #expect(try await client.transcript(Message.query("COMMIT")) == ["Notice WARNING 25P01 there is no transaction in progress", "Complete COMMIT", "Ready I"])
        #expect(try await client.transcript(Message.query("BEGIN")) == ["Complete BEGIN", "Ready T"])
        #expect(try await client.transcript(Message.query("BEGIN")).first == "Notice WARNING 25001 there is already a transaction in progress")
        #expect(try await client.transcript(Message.query("SAVEPOINT a; UPDATE t SET name = 'x' WHERE id = 1")).last == "Ready T")
        #expect(try await client.transcript(Message.query("SELECT * FROM missing")).last == "Ready E")
        #expect(try await client.transcript(Message.query("SELECT 1")).first?.hasPrefix("Error ERROR 25P02") == true)
        #expect(try await client.transcript(Message.query("ROLLBACK TO a")) == ["Complete ROLLBACK", "Ready T"])
        #expect(try await client.transcript(Message.query("SELECT name FROM t WHERE id = 1")).contains("Data one"))
        #expect(try await client.transcript(Message.query("SELECT * FROM missing")).last == "Ready E")
        // COMMIT of a failed transaction is its end.
        #expect(try await client.transcript(Message.query("COMMIT")) == ["Complete ROLLBACK", "Ready I"])
        #expect(try await client.transcript(Message.query("SAVEPOINT b")).first?.hasPrefix("Error ERROR 25P01") == true)
        #expect(try await client.transcript(Message.query("BEGIN READ ONLY; DELETE FROM t")).suffix(2).first?.hasPrefix("Error ERROR 25006") == true)
        #expect(try await client.transcript(Message.query("ROLLBACK")).last == "Ready I")
        try await client.end()
    }

    @Test func reportsSettingsThatChange() async throws {
        let client = try await connected()
        #expect(
            try await client.transcript(Message.query("SET application_name = 'x'")) == ["Complete SET", "ParameterStatus application_name=x", "Ready I"])
        #expect(try await client.transcript(Message.query("SET client_encoding = 'LATIN1'")).first?.hasPrefix("Error ERROR 22023") == true)
        #expect(try await client.transcript(Message.query("UNLISTEN *")) == ["Complete UNLISTEN", "Ready I"])
        #expect(try await client.transcript(Message.query("LISTEN x")).first?.hasPrefix("Error ERROR 0A000 LISTEN") == true)
        try await client.end()
    }

    // MARK: - Extended query

    @Test func preparesBindsAndExecutes() async throws {
        let client = try await connected()
        #expect(
            try await client.transcript(Message.parse("SELECT id, name FROM t WHERE id = $1", name: "s"), Message.describe("S", "s"), Message.sync) == [
                "ParseComplete", "Parameters 23", "Row id:23,name:25", "Ready I",
            ])
        #expect(
            try await client.transcript(Message.bind(["1"], statement: "s"), Message.describe("P"), Message.execute(), Message.sync) == [
                "BindComplete", "Row id:23,name:25", "Data 1|one", "Complete SELECT 1", "Ready I",
            ])
        #expect(try await client.transcript(Message.bind([nil], statement: "s"), Message.execute(), Message.sync) == ["BindComplete", "Complete SELECT 0", "Ready I"])
        #expect(try await client.transcript(Message.bind(["x"], statement: "s"), Message.sync).first?.hasPrefix("Error ERROR 22P02") == true)
        #expect(try await client.transcript(Message.parse("SELECT 1", name: "s"), Message.sync).first?.hasPrefix("Error ERROR 42P05") == true)
        #expect(try await client.transcript(Message.close("S", "s"), Message.sync) == ["CloseComplete", "Ready I"])
        #expect(try await client.transcript(Message.bind(["1"], statement: "s"), Message.sync).first?.hasPrefix("Error ERROR 26000") == true)
        #expect(try await client.transcript(Message.parse("SELECT 1; SELECT 2"), Message.sync).first?.hasPrefix("Error ERROR 42601") == true)
        #expect(try await client.transcript(Message.parse(""), Message.bind(), Message.execute(), Message.sync) == ["ParseComplete", "BindComplete", "Empty", "Ready I"])
        #expect(
            try await client.transcript(Message.parse("DELETE FROM t"), Message.describe("S"), Message.sync) == ["ParseComplete", "Parameters ", "NoData", "Ready I"])
        try await client.end()
    }

    @Test func passesOverEverythingUpToSync() async throws {
        let client = try await connected()
        let lines = try await client.transcript(
            Message.parse("INSERT INTO t VALUES (5, 'five')"), Message.bind(), Message.execute(), Message.parse("SELECT nosuch"), Message.bind(), Message.execute(),
            Message.parse("INSERT INTO t VALUES (6, 'six')"), Message.bind(), Message.execute(), Message.sync)
        #expect(lines.prefix(3) == ["ParseComplete", "BindComplete", "Complete INSERT 0 1"])
        #expect(lines.count == 5)
        #expect(lines[3].hasPrefix("Error ERROR 42703"))
        #expect(lines[4] == "Ready I")
        // The pipeline was one transaction.
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM t")).contains("Data 2"))
        try await client.end()
    }

    @Test func suspendsPortals() async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.query("BEGIN"))
        #expect(
            try await client.transcript(Message.parse("SELECT range AS n FROM range(5)"), Message.bind(portal: "p"), Message.execute("p", rows: 2), Message.flush) == [
                "ParseComplete", "BindComplete", "Data 0", "Data 1", "Suspended",
            ])
        #expect(try await client.transcript(Message.execute("p", rows: 3), Message.sync) == ["Data 2", "Data 3", "Data 4", "Suspended", "Ready T"])
        #expect(try await client.transcript(Message.execute("p", rows: 3), Message.sync) == ["Complete SELECT 0", "Ready T"])
        _ = try await client.transcript(Message.query("COMMIT"))
        #expect(try await client.transcript(Message.execute("p"), Message.sync).first?.hasPrefix("Error ERROR 34000") == true)
        try await client.end()
    }

    /// What a cursor reads is settled when it is opened, also inside a transaction that writes.
    @Test(arguments: [false, true])
    func cursorsSeeOneMoment(writesFirst: Bool) async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.query("BEGIN" + (writesFirst ? "; INSERT INTO t VALUES (9, 'nine')" : "")))
        _ = try await client.transcript(Message.query("DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id"))
        _ = try await client.transcript(Message.query("DELETE FROM t"))
        #expect(try await client.transcript(Message.query("FETCH 1 FROM c")) == ["Row id:23", "Data 1", "Complete FETCH 1", "Ready T"])
        #expect(try await client.transcript(Message.query("MOVE 1 FROM c")) == ["Complete MOVE 1", "Ready T"])
        let rest = try await client.transcript(Message.query("FETCH ALL FROM c"))
        #expect(rest == (writesFirst ? ["Row id:23", "Data 9", "Complete FETCH 1", "Ready T"] : ["Row id:23", "Complete FETCH 0", "Ready T"]))
        _ = try await client.transcript(Message.query("COMMIT"))
        #expect(try await client.transcript(Message.query("FETCH c")).first?.hasPrefix("Error ERROR 34000") == true)
        try await client.end()
    }

    @Test func saysWhenAResultHasChanged() async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.parse("SELECT * FROM t", name: "s"), Message.sync)
        _ = try await client.transcript(Message.query("ALTER TABLE t ADD COLUMN more DOUBLE"))
        let lines = try await client.transcript(Message.bind(statement: "s"), Message.execute(), Message.sync)
        #expect(lines.contains { $0.hasPrefix("Error ERROR 0A000 cached plan must not change result type") })
        try await client.end()
    }

    /// A prepared statement that writes and whose rows have come to be others says so before it writes.
    @Test func writesNothingWhenItsResultHasChanged() async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.parse("INSERT INTO t (id, name) VALUES ($1, 'new') RETURNING *", name: "s"), Message.sync)
        _ = try await client.transcript(Message.query("ALTER TABLE t ADD COLUMN more DOUBLE"))
        let lines = try await client.transcript(Message.bind(["50"], statement: "s"), Message.execute(), Message.sync)
        #expect(lines.contains { $0.hasPrefix("Error ERROR 0A000 cached plan must not change result type") })
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM t WHERE id = 50")).contains("Data 0"))
        try await client.end()
    }

    /// A row that cannot be sent undoes the statement that made it.
    @Test func undoesAWriteWhoseRowCannotBeSent() async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.query("SET dialect = 'sqlite'"))
        _ = try await client.transcript(Message.query("CREATE TABLE loose (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO loose VALUES (1, 'no number')"))
        _ = try await client.transcript(Message.query("SET dialect = 'duckdb'"))
        let lines = try await client.transcript(
            Message.parse("UPDATE loose SET id = 2 WHERE id = 1 RETURNING n"), Message.bind(results: [1]), Message.execute(), Message.sync)
        #expect(lines.contains { $0.hasPrefix("Error ERROR 22P02") }, "\(lines)")
        #expect(try await client.transcript(Message.query("SELECT id FROM loose")).contains("Data 1"))
        try await client.end()
    }

    @Test func heldCursorsOutliveLaterTransactions() async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.query("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT range AS n FROM range(4)"))
        _ = try await client.transcript(Message.query("COMMIT"))
        #expect(try await client.transcript(Message.query("FETCH 1 FROM c")) == ["Row n:20", "Data 0", "Complete FETCH 1", "Ready I"])
        _ = try await client.transcript(Message.query("BEGIN; DECLARE d CURSOR WITH HOLD FOR SELECT 1 AS n"))
        _ = try await client.transcript(Message.query("ROLLBACK"))
        #expect(try await client.transcript(Message.query("FETCH 1 FROM c")) == ["Row n:20", "Data 1", "Complete FETCH 1", "Ready I"])
        // One whose own transaction was rolled back never was.
        #expect(try await client.transcript(Message.query("FETCH 1 FROM d")).first?.hasPrefix("Error ERROR 34000") == true)
        #expect(try await client.transcript(Message.query("CLOSE c")) == ["Complete CLOSE CURSOR", "Ready I"])
        try await client.end()
    }

    /// A cursor over the catalogue goes on when the schema changes meanwhile.
    @Test func cursorsReadTheCatalogue() async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.query("CREATE TABLE u (x INTEGER); CREATE TABLE v (x INTEGER)"))
        let query = "SELECT c.relname, a.attname FROM pg_class c, pg_attribute a WHERE a.attrelid = c.oid AND c.relname IN ('t', 'u', 'v') AND a.attnum > 0 ORDER BY 1, 2"
        _ = try await client.transcript(Message.query("DECLARE c CURSOR WITH HOLD FOR \(query)"))
        #expect(try await client.transcript(Message.query("FETCH 1 FROM c")).dropFirst() == ["Data t|id", "Complete FETCH 1", "Ready I"])
        _ = try await client.transcript(Message.query("DROP TABLE v; CREATE TABLE w (y INTEGER)"))
        #expect(try await client.transcript(Message.query("FETCH ALL FROM c")).dropFirst() == ["Data t|name", "Data u|x", "Data v|x", "Complete FETCH 3", "Ready I"])
        try await client.end()
    }

    @Test func showsWholeDiffs() async throws {
        let client = try await connected()
        _ = try await client.transcript(Message.query("CREATE BRANCH wide"))
        _ = try await client.transcript(Message.query("USE BRANCH wide"))
        _ = try await client.transcript(Message.query("INSERT INTO t SELECT range + 1000, 'x' FROM range(25000)"))
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM branch_diff('wide')")).contains("Data 25000"))
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM branch_diff('wide', \"limit\" := 12000)")).contains("Data 12000"))
        #expect(try await client.transcript(Message.query("DIFF BRANCH wide TABLE t")).filter { $0.hasPrefix("Data") }.count == 25_000)
        try await client.end()
    }

    /// Bytes in the clear behind the request for TLS are somebody else's.
    @Test func takesNothingInTheClearAfterAskingForTLS() async throws {
        let client = TestClient(store: try await BranchLite.open(":memory:"), offersTLS: true)
        let request = Message.int32(8) + Message.int32(80_877_103)
        #expect(try await client.exchange(request + Message.startup(["user": "x", "database": "main"])).isEmpty)
        #expect(client.isClosed)
        try await client.end()
    }

    // MARK: - COPY

    @Test func copiesIn() async throws {
        let client = try await connected()
        #expect(try await client.transcript(Message.query("COPY t FROM STDIN")) == ["CopyIn 0 2"])
        #expect(try await client.transcript(Message.copyData("7\tse"), Message.copyData("ven\\n\n8\t\\N\n"), Message.copyDone) == ["Complete COPY 2", "Ready I"])
        #expect(try await client.transcript(Message.query("COPY (SELECT * FROM t ORDER BY id) TO STDOUT")) == [
            "CopyOut 0 2", "CopyData 1⇥one⏎", "CopyData 2⇥\\N⏎", "CopyData 7⇥seven\\n⏎", "CopyData 8⇥\\N⏎", "CopyDone", "Complete COPY 4", "Ready I",
        ])
        // An error undoes all of it, and what the client still sends is passed over.
        _ = try await client.transcript(Message.query("COPY t FROM STDIN WITH (FORMAT csv)"))
        let lines = try await client.transcript(Message.copyData("20,x\nbad,y\n"), Message.copyData("21,z\n"), Message.copyDone)
        #expect(lines == ["Error ERROR 22P02 invalid input for type INTEGER: \"bad\" (COPY t, line 2, column id)", "Ready I"])
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM t")).contains("Data 4"))
        _ = try await client.transcript(Message.query("COPY t FROM STDIN"))
        #expect(try await client.transcript(Message.copyFail("no more")) == ["Error ERROR 57014 COPY from stdin failed: no more", "Ready I"])
        // In a transaction the COPY is part of it.
        _ = try await client.transcript(Message.query("BEGIN"))
        _ = try await client.transcript(Message.query("COPY t (id) FROM STDIN"), Message.copyData("30\n31\n"), Message.copyDone)
        _ = try await client.transcript(Message.query("ROLLBACK"))
        #expect(try await client.transcript(Message.query("SELECT count(*) AS n FROM t")).contains("Data 4"))
        try await client.end()
    }

    @Test func continuesASimpleQueryAfterACopy() async throws {
        let client = try await connected()
        #expect(try await client.transcript(Message.query("COPY t FROM STDIN; SELECT count(*) AS n FROM t")) == ["CopyIn 0 2"])
        #expect(try await client.transcript(Message.copyData("7\tseven\n"), Message.copyDone) == [
            "Complete COPY 1", "Row n:20", "Data 3", "Complete SELECT 1", "Ready I",
        ])
        try await client.end()
    }

    // MARK: - Broken clients

    @Test func endsOnGarbage() async throws {
        for bytes: [UInt8] in [[0, 0, 0, 3], [0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0], Message.int32(100_000) + Message.int32(196_608)] {
            let client = try await TestClient.onNewStore()
            let lines = try await client.transcript(bytes + [0, 0, 0, 0])
            #expect(lines.first?.hasPrefix("Error FATAL") == true, "\(bytes)")
            #expect(client.isClosed)
            try await client.end()
        }
        let client = try await connected()
        #expect(try await client.transcript([UInt8(ascii: "Q")] + Message.int32(Int(Int32.max))).first?.hasPrefix("Error FATAL 54000") == true)
        #expect(client.isClosed)
        try await client.end()
        let other = try await connected()
        #expect(try await other.transcript(Message.message("B", [0, 0, 0, 0])).first?.hasPrefix("Error FATAL 08P01") == true)
        try await other.end()
    }
}
