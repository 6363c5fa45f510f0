import Branching
import Testing

/// Settings inside transactions, as PostgreSQL has them.
@Suite struct TransactionSettingsTests {
    private func setting(_ session: Session, _ name: String) async throws -> String {
        try await session.texts("SHOW \(name)").first ?? ""
    }

    @Test func setLocalEndsWithTheTransaction() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb)
        let session = fixture.session
        try await session.query("SET work_mem = '1MB'")
        try await session.query("SET LOCAL work_mem = '9MB'")
        #expect(try await setting(session, "work_mem") == "1MB")
        for end in ["COMMIT", "ROLLBACK"] {
            try await session.query("BEGIN")
            try await session.query("SET LOCAL work_mem = '2MB'")
            try await session.query("SET LOCAL work_mem = '3MB'")
            try await session.query("SET LOCAL statement_timeout = '20s'")
            #expect(try await setting(session, "work_mem") == "3MB")
            try await session.query(end)
            #expect(try await setting(session, "work_mem") == "1MB")
            #expect(try await setting(session, "statement_timeout") == "0")
        }
        try await session.query("BEGIN")
        try await session.query("SET LOCAL work_mem = '2MB'")
        try await session.query("SET work_mem = '4MB'")
        try await session.query("COMMIT")
        #expect(try await setting(session, "work_mem") == "4MB")
        try await fixture.close()
    }

    @Test func setConfigIsLocalWhereItSaysSo() async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        let session = fixture.session
        for call in ["set_config('app.user_id', '7', %)", "set_config('app.' || 'user_id', '7', %)"] {
            try await session.query("BEGIN")
            #expect(try await session.texts("SELECT " + call.replacing("%", with: "true")) == ["7"])
            #expect(try await session.texts("SELECT current_setting('app.user_id')") == ["7"])
            try await session.query("COMMIT")
            #expect(try await session.texts("SELECT current_setting('app.user_id', true)") == ["NULL"])
            try await session.query("BEGIN")
            try await session.query("SELECT " + call.replacing("%", with: "false"))
            try await session.query("COMMIT")
            #expect(try await session.texts("SELECT current_setting('app.user_id')") == ["7"])
            try await session.query("RESET app.user_id")
        }
        #expect(await code { try await session.query("SELECT current_setting('app.user_id')") } == "BL_UNKNOWN_SETTING")
        try await fixture.close()
    }

    @Test func aRollbackTakesSettingsBack() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb)
        let session = fixture.session
        try await session.query("BEGIN")
        try await session.query("SET work_mem = '2MB'")
        try await session.query("SAVEPOINT s")
        try await session.query("SET work_mem = '3MB'")
        try await session.query("SET default_transaction_read_only = on")
        try await session.query("ROLLBACK TO s")
        #expect(try await setting(session, "work_mem") == "2MB")
        try await session.query("COMMIT")
        #expect(try await setting(session, "work_mem") == "2MB")
        try await session.query("BEGIN")
        try await session.query("SET work_mem = '5MB'")
        try await session.query("SET default_transaction_isolation = 'serializable'")
        try await session.query("ROLLBACK")
        #expect(try await setting(session, "work_mem") == "2MB")
        #expect(try await setting(session, "transaction_isolation") == "read committed")
        try await session.query("INSERT INTO t VALUES (1)")
        try await fixture.close()
    }

    @Test func isolationIsShownAsItWasAskedFor() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb)
        let session = fixture.session
        for level in ["serializable", "repeatable read", "read committed"] {
            try await session.query("BEGIN ISOLATION LEVEL \(level)")
            #expect(try await setting(session, "transaction_isolation") == level)
            try await session.query("COMMIT")
        }
        try await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        try await session.query("SET TRANSACTION READ ONLY")
        #expect(try await setting(session, "transaction_isolation") == "repeatable read")
        try await session.query("ROLLBACK")
        try await session.query("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        try await session.query("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        #expect(try await setting(session, "transaction_isolation") == "serializable")
        #expect(try await setting(session, "default_transaction_read_only") == "on")
        #expect(await code { try await session.query("INSERT INTO t VALUES (1)") } == "BL_READ_ONLY")
        try await session.query("RESET ALL")
        #expect(try await setting(session, "transaction_isolation") == "read committed")
        try await session.query("INSERT INTO t VALUES (1)")
        try await fixture.close()
    }

    @Test func byteaIsReadAsPostgresWritesIt() async throws {
        let fixture = try await Fixture("CREATE TABLE t(b BLOB)", dialect: .duckdb)
        let session = fixture.session
        let read = try await session.texts(#"SELECT hex('\x00ff41'::bytea), hex('\x'::bytea), hex(CAST('\x00' AS BYTEA)), hex('\x00ff41'::BLOB)"#)
        // DuckDB's reading of the last: each byte has its own \x.
        #expect(read == ["00FF41||00|0066663431"])
        try await session.query(#"INSERT INTO t VALUES ('\x'), ('\x00ff')"#)
        #expect(try await session.texts("SELECT hex(b) FROM t ORDER BY b") == ["", "00FF"])
        try await fixture.close()
    }
}
