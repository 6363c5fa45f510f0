import Testing

@testable import SQLDialect

/// Statements that ask something of the session, and the sqlite dialect.
@Suite struct SessionTests {
    @Test func branchFunctionsStandAlone() throws {
        let catalog = try FakeCatalog.shop()
        let create = try catalog.lower("SELECT branch_create('x', mode := 'live')")
        #expect(create.command == .branchFunction(.create, arguments: ["name": .text("x"), "mode": .text("live")]))
        #expect(create.kind == .branch && !create.isReadOnly)
        #expect(try catalog.lower("SELECT hati_branch_merge('x', 'main', 'branch_wins')").command
            == .branchFunction(.merge, arguments: ["branch": .text("x"), "target": .text("main"), "strategy": .text("branch_wins")]))
        #expect(throws: SQLError.self) { try catalog.lower("SELECT branch_create('x') FROM users") }
        #expect(throws: SQLError.self) { try catalog.lower("SELECT 1 + branch_create('x')") }
        #expect(throws: SQLError.self) { try catalog.lower("SELECT branch_create(nmae := 'x')") }
        #expect(try catalog.lower("SELECT current_branch(), 1").systemParameters == [SystemParameter(index: 1, source: .currentBranch)])
        #expect(try catalog.lower("SELECT * FROM branch_history('x', limit := 5) WHERE version > ?").systemParameters
            == [SystemParameter(index: 2, source: .branchFunction(.branchHistory, arguments: ["branch": .text("x"), "limit": .integer(5)]))])
    }

    @Test func searchPathIsUseBranch() throws {
        let catalog = try FakeCatalog.shop()
        _ = catalog.fork("00000000000a", name: "dev")
        #expect(try catalog.lower("SET search_path = 'branch_00000000000a,main'").command == .branch(.use(BranchName("branch_00000000000a"))))
        #expect(try catalog.lower("SET search_path = 'main'").command == .branch(.use(BranchName("main"))))
        #expect(try catalog.lower("SET statement_timeout = 5000").command == .set(name: "statement_timeout", values: [.integer(5000)], isLocal: false))
        #expect(try catalog.lower("USE dev").command == .branch(.use(BranchName("dev"))))
        if case .branch(.create(let create))? = try catalog.lower("CREATE SCHEMA \"branch_new\"").command {
            #expect(create.mode == .live)
        } else {
            Issue.record("CREATE SCHEMA branch_… makes a live branch")
        }
    }

    @Test func transactionsAreCommands() throws {
        let catalog = try FakeCatalog.shop()
        #expect(try catalog.lower("BEGIN").command == .begin(isolation: nil, isReadOnly: nil, lock: nil))
        #expect(try catalog.lower("COMMIT").tag == "COMMIT")
        #expect(try catalog.lower("ROLLBACK").command == .rollback(chain: false))
        #expect(try catalog.lower("SAVEPOINT a").command == .savepoint("a"))
    }

    @Test(arguments: [
        ("SELECT 1", StatementKind.select, true), ("INSERT INTO t VALUES (1)", .insert, false), ("UPDATE t SET a = 1", .update, false),
        ("DELETE FROM t", .delete, false), ("CREATE TABLE t (a INT)", .definition, false), ("BEGIN", .transaction, true),
        ("EXPLAIN DELETE FROM t", .explain, true), ("SELECT branch_merge('x')", .branch, false), ("SELECT branch_switch('x')", .branch, true),
        ("VACUUM", .upkeep, false), ("CREATE BRANCH x", .branch, false), ("SHOW BRANCHES", .branch, true), ("PRAGMA user_version = 3", .pragma, false),
    ])
    func statementsAreClassifiedByForm(sql: String, kind: StatementKind, isReadOnly: Bool) throws {
        let inspection = StatementInspection(try #require(try Parser.parse(sql, dialect: .duckdb).first))
        #expect(inspection.kind == kind && inspection.isReadOnly == isReadOnly)
    }

    @Test func mentionedTables() throws {
        let statement = try #require(try Parser.parse("INSERT INTO a SELECT * FROM b WHERE x IN (SELECT y FROM main.c)", dialect: .duckdb).first)
        let tables = StatementInspection.tables(of: statement)
        #expect(tables.written.map(\.name.text) == ["a"])
        #expect(Set(tables.read.map(\.name.text)) == ["b", "c"])
    }

    // MARK: - The sqlite dialect

    private func foreign() throws -> FakeCatalog {
        let catalog = try FakeCatalog.shop()
        _ = catalog.fork("00000000000a", name: "dev")
        catalog.settings.dialect = .sqlite
        return catalog
    }

    @Test func sqliteTextPassesAsItIs() throws {
        let catalog = try foreign()
        for sql in ["SELECT id/2, name  FROM users WHERE name LIKE 'A%' -- all", "SELECT * FROM main.users", "INSERT INTO users(id,name) VALUES(1,'x')",
            "WITH t AS (SELECT 1 x) SELECT x FROM t", "SELECT value FROM json_each('[1]')", "SELECT name FROM sqlite_master"] {
            let lowered = try catalog.lower(sql)
            #expect(lowered.steps.map(\.sql) == [sql.replacing(" -- all", with: "")] || lowered.steps.map(\.sql) == [sql])
            #expect(lowered.columns == nil)
        }
    }

    @Test func sqliteNamesOfBranchesAreRedirected() throws {
        let catalog = try foreign()
        let lowered = try catalog.lower("SELECT dev.id FROM dev.users AS dev WHERE id IN (SELECT user_id FROM dev.orders)")
        #expect(lowered.steps[0].sql == "SELECT dev.id FROM b_00000000000a.users AS dev WHERE id IN (SELECT user_id FROM b_00000000000a.orders AS orders)")
        #expect(lowered.attachments.count == 1)
        catalog.activeBranch = BranchKey(hex: "00000000000a")
        #expect(throws: SQLError.self) { try catalog.lower("UPDATE \"@main\".users SET name = 'x'") }
        // `main` is SQLite's: the session's own database.
        #expect(try catalog.lower("UPDATE main.users SET name = 'x'").steps[0].sql == "UPDATE main.users SET name = 'x'")
        #expect(throws: SQLError.self) { try catalog.lower("SELECT * FROM nothing") }
    }
}
