import Engine
import SQLDialect
import Synchronization
import Testing

@testable import Branching

/// Sessions that are known to each other by a number, and numbers of transactions.
@Suite struct BackendTests {
    /// A door's session with its thread.
    private final class Client: @unchecked Sendable { // the session is used on its thread only
        let thread = EngineThread()
        let ended = Flag()
        private var session: StatementSession?

        init(_ db: BranchLite, _ number: Int32, _ principal: String, isAdmin: Bool = false) async throws {
            try await thread.run { [self] in
                let opened = try db.statementSession(SessionOptions(dialect: .duckdb), thread: thread, onExpiry: {}, onIdle: {}, onClose: {})
                opened.identify(Backend(processID: number, principal: principal, isAdmin: isAdmin)) { [self] in ended.set() }
                session = opened
            }
        }

        func text(_ sql: String) async throws -> String {
            try await thread.run { [self] in
                guard let session else { return "" }
                let rows = Texts()
                for text in try session.parse(sql) { _ = try session.run(text, into: rows) }
                return rows.values.joined(separator: "|")
            }
        }

        func close() async throws {
            try await thread.run { [self] in
                session?.close()
                session = nil
            }
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }

    private final class Texts: RowReceiver {
        var values: [String] = []
        private var columns: [PortalColumn] = []
        func begin(_ columns: [PortalColumn]) { self.columns = columns }
        func take(_ statement: PreparedStatement, hasRow: Bool) throws(EngineError) -> Bool {
            var hasRow = hasRow
            while hasRow {
                values += columns.indices.map { Value(stored: statement.value($0), type: columns[$0].type).text }
                hasRow = try statement.step()
            }
            return true
        }
        func take(_ row: [TypedValue]) { values += row.map(\.text) }
    }

    @Test func sessionsCancelAndEndEachOther() async throws {
        let db = try await BranchLite.open(":memory:")
        let ann = try await Client(db, 1_001, "ann"), twin = try await Client(db, 1_002, "ann"), bob = try await Client(db, 1_003, "bob")
        let admin = try await Client(db, 1_004, "root", isAdmin: true)
        #expect(try await ann.text("SELECT pg_backend_pid()") == "1001")
        #expect(try await bob.text("SELECT pg_backend_pid()") == "1003")
        #expect(try await ann.text("SELECT pg_cancel_backend(77), pg_terminate_backend(77)") == "false|false")

        for (killer, call) in [(twin, "pg_cancel_backend"), (admin, "pg_cancel_backend"), (admin, "pg_terminate_backend")] {
            let isOver = Flag()
            let sleeping = Task {
                let outcome = await code { _ = try await ann.text("SELECT pg_sleep(30)") }
                isOver.set()
                return outcome
            }
            while !isOver.isSet {
                _ = try await killer.text("SELECT \(call)(1001)")
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(await sleeping.value == "BL_INTERRUPTED")
        }
        #expect(ann.ended.isSet)
        #expect(!bob.ended.isSet)
        #expect(await code { _ = try await bob.text("SELECT pg_cancel_backend(1001)") } == "BL_DENIED")
        #expect(await code { _ = try await bob.text("SELECT pg_terminate_backend(1001, 100)") } == "BL_DENIED")
        let plain = try await db.session(on: "main", dialect: .duckdb)
        #expect(await code { try await plain.query("SELECT pg_cancel_backend(1001)") } == "BL_DENIED")
        #expect(try await plain.number("SELECT pg_backend_pid()") ?? 0 > 0)
        for client in [ann, twin, bob, admin] { try await client.close() }
        try await db.close()
    }

    @Test func transactionsHaveNumbers() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER)", dialect: .duckdb)
        let session = fixture.session
        let first = try await session.number("SELECT txid_current()") ?? 0
        let second = try await session.number("SELECT pg_current_xact_id()") ?? 0
        #expect(first > 0)
        #expect(second > first)
        #expect(try await session.texts("SELECT txid_current() = txid_current(), txid_current_if_assigned() IS NULL") == ["true|false"])
        #expect(try await session.texts("SELECT txid_current_if_assigned()") == ["NULL"])
        try await session.query("BEGIN")
        #expect(try await session.texts("SELECT pg_current_xact_id_if_assigned()") == ["NULL"])
        try await session.query("INSERT INTO t VALUES (1)")
        let number = try await session.number("SELECT txid_current_if_assigned()") ?? 0
        #expect(number > second)
        #expect(try await session.number("SELECT txid_current()") == number)
        try await session.query("COMMIT")
        #expect(try await session.number("SELECT txid_current()") ?? 0 > number)
        try await fixture.close()
    }

    @Test func intervalsAreJustified() async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        let sql = "SELECT justify_days(INTERVAL '35 days'), justify_hours(INTERVAL '27 hours'), justify_interval(INTERVAL '1 month -1 hour')"
        #expect(try await fixture.session.texts(sql) == ["1 month 5 days|1 day 03:00:00|29 days 23:00:00"])
        try await fixture.close()
    }
}
