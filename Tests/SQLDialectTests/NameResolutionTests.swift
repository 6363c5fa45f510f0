import Testing

@testable import SQLDialect

/// What names mean across branches, and who may write where.
@Suite struct NameResolutionTests {
    private func store() throws -> (FakeCatalog, BranchKey) {
        let catalog = try FakeCatalog.shop()
        let branch = catalog.fork("00000000000a", name: "test-migration")
        return (catalog, branch)
    }

    private func code(_ body: () throws -> Void) -> String? {
        do { try body(); return nil } catch { return (error as? SQLError)?.code }
    }

    @Test func onMainEverythingIsSchemaZero() throws {
        let (catalog, _) = try store()
        for name in ["users", "main.users", "public.users", "\"@main\".users", "hatidata.users", "hatidata.main.users"] {
            let lowered = try catalog.lower("SELECT id FROM \(name)")
            #expect(lowered.steps[0].sql == "SELECT users.id FROM main.users")
            #expect(lowered.attachments.isEmpty)
        }
    }

    @Test func branchesAreAttachedByName() throws {
        let (catalog, branch) = try store()
        for name in ["\"test-migration\".users", "test_migration.users", "branch_00000000000a.users", "\"@test-migration\".users", "test_migration.main.users"] {
            let lowered = try catalog.lower("SELECT id FROM \(name)")
            #expect(lowered.steps[0].sql == "SELECT users.id FROM b_00000000000a.users", "\(name)")
            #expect(lowered.attachments == [Attachment(branch: branch)])
            #expect(lowered.reads == [TableReference(branch: branch, table: "users")])
        }
    }

    @Test func onABranchMainIsAttached() throws {
        let (catalog, branch) = try store()
        catalog.activeBranch = branch
        let lowered = try catalog.lower("SELECT u.id FROM users u JOIN main.users m ON u.id = m.id WHERE m.name = u.name")
        #expect(lowered.steps[0].sql == "SELECT u.id FROM main.users AS u JOIN b_000000000000.users AS m ON u.id = m.id WHERE m.name = u.name")
        #expect(lowered.attachments == [Attachment(branch: .main)])
    }

    @Test func theSameTableOfTwoBranchesIsToldApart() throws {
        let (catalog, branch) = try store()
        catalog.activeBranch = branch
        let lowered = try catalog.lower("SELECT count(*) FROM public.users JOIN main.users ON public.users.id = main.users.id")
        #expect(lowered.steps[0].sql == "SELECT count(*) FROM main.users JOIN b_000000000000.users AS users_2 ON users.id = users_2.id")
        #expect(code { _ = try catalog.lower("SELECT users.id FROM public.users JOIN main.users ON true") } == "BL_AMBIGUOUS_COLUMN")
    }

    @Test func schemasOfTheBranchComeBeforeBranches() throws {
        let (catalog, _) = try store()
        #expect(try catalog.lower("SELECT day FROM analytics.daily").steps[0].sql == "SELECT daily.day FROM main.\"_bl_s:analytics:daily\" AS daily")
        #expect(try catalog.lower("SELECT analytics.daily.day FROM analytics.daily").columns?.count == 1)
    }

    @Test func commonTablesAndTheirShadows() throws {
        let (catalog, _) = try store()
        #expect(try catalog.lower("WITH users AS (SELECT 1 AS one) SELECT one FROM users").steps[0].sql == "WITH users (one) AS (SELECT 1 AS one) SELECT users.one FROM users")
        // A qualified name is never a common table's, and a view does not see the statement's common tables.
        #expect(try catalog.lower("WITH users AS (SELECT 1 AS one) SELECT id FROM main.users").columns?.count == 1)
        #expect(try catalog.lower("WITH users AS (SELECT 1 AS one) SELECT name FROM active_users").steps[0].sql.contains("FROM main.users WHERE"))
    }

    @Test func unknownNamesSayWhatThereIs() throws {
        let (catalog, _) = try store()
        func failure(_ sql: String) -> SQLError? {
            do { _ = try catalog.lower(sql); return nil } catch { return error as? SQLError }
        }
        let table = failure("SELECT * FROM user")
        #expect(table?.code == "BL_NO_SUCH_TABLE" && table?.hint == "Did you mean \"users\"?" && table?.position?.column == 15)
        let schema = failure("SELECT * FROM test_migratoin.users")
        #expect(schema?.code == "BL_NO_SUCH_SCHEMA" && schema?.hint?.contains("test-migration") == true)
        let branch = failure("SELECT * FROM \"@nope\".users")
        #expect(branch?.code == "BL_UNKNOWN_BRANCH" && branch?.hint?.contains("test-migration") == true)
        let column = failure("SELECT\n  nmae FROM users")
        #expect(column?.code == "BL_NO_SUCH_COLUMN" && column?.hint == "Did you mean \"name\"?" && column?.position?.line == 2)
        let function = failure("SELECT uper(name) FROM users")
        #expect(function?.code == "BL_NO_SUCH_FUNCTION" && function?.hint == "Did you mean \"upper\"?")
        #expect(failure("SELECT id FROM users, orders")?.code == "BL_AMBIGUOUS_COLUMN")
        #expect(failure("SELECT name, count(*) FROM users")?.code == "BL_BIND_ERROR")
        #expect(failure("SELECT sum(amount) FROM orders WHERE sum(amount) > 1")?.code == "BL_BIND_ERROR")
        #expect(failure("SELECT list_sum([1, 2])")?.code == "BL_UNSUPPORTED")
        #expect(failure("SELECT lower(1)")?.code == "BL_TYPE_ERROR")
        #expect(failure("SELECT name + 1 FROM users")?.code == "BL_TYPE_ERROR")
        #expect(failure("SELECT x + 1 AS x FROM users")?.code == "BL_NO_SUCH_COLUMN")
    }

    @Test func twoBranchesThatLookAlikeAreAmbiguous() throws {
        let (catalog, _) = try store()
        _ = catalog.fork("00000000000b", name: "a-b_c")
        _ = catalog.fork("00000000000c", name: "a_b-c")
        #expect(code { _ = try catalog.lower("SELECT * FROM a_b_c.users") } == "BL_AMBIGUOUS_NAME")
        #expect(code { _ = try catalog.lower("SELECT * FROM \"a-b_c\".users") } == nil)
    }

    // MARK: - Writing

    @Test func aBranchCannotWriteElsewhere() throws {
        let (catalog, branch) = try store()
        catalog.activeBranch = branch
        for sql in ["INSERT INTO main.users (id, name) VALUES (1, 'x')", "UPDATE main.users SET name = 'x'", "DELETE FROM main.users", "DROP TABLE main.users",
            "ALTER TABLE main.users ADD COLUMN x INT", "CREATE TABLE main.t (a INT)", "TRUNCATE main.users", "CREATE INDEX i ON main.users (name)"] {
            #expect(code { _ = try catalog.lower(sql) } == "BL_CROSS_BRANCH_WRITE", "\(sql)")
        }
        #expect(try catalog.lower("UPDATE users SET name = 'x'").writesBranch == nil)
        #expect(try catalog.lower("UPDATE public.users SET name = (SELECT max(name) FROM main.users)").attachments == [Attachment(branch: .main)])
    }

    @Test func mainMayWriteABranch() throws {
        let (catalog, branch) = try store()
        let lowered = try catalog.lower("INSERT INTO test_migration.users (id, name) SELECT id + 1000, name FROM users")
        #expect(lowered.writesBranch == branch)
        #expect(lowered.attachments == [Attachment(branch: .main)])
        #expect(lowered.steps[0].sql == "INSERT INTO main.users (id, name) SELECT bl_not_null(bl_add_int32(users.id, 1000), 'BL_CONSTRAINT: NOT NULL constraint failed: users.id'), users.name FROM b_000000000000.users"
            || lowered.steps[0].sql == "INSERT INTO main.users (id, name) SELECT bl_add_int32(users.id, 1000), users.name FROM b_000000000000.users")
        #expect(lowered.writes == [TableReference(branch: branch, table: "users")])
    }

    // MARK: - Live branches

    private func live() throws -> (FakeCatalog, BranchKey) {
        let catalog = try FakeCatalog.shop()
        let branch = catalog.fork("00000000000a", name: "live-one", live: LiveState(parent: .main, owned: ["orders"], dropped: ["products"]))
        catalog.activeBranch = branch
        return (catalog, branch)
    }

    @Test func untouchedTablesReadThrough() throws {
        let (catalog, _) = try live()
        let lowered = try catalog.lower("SELECT u.name, o.amount FROM users u JOIN orders o ON o.user_id = u.id")
        #expect(lowered.steps[0].sql == "SELECT u.name, o.amount FROM b_000000000000.users AS u JOIN main.orders AS o ON o.user_id = u.id")
        #expect(code { _ = try catalog.lower("SELECT * FROM products") } == "BL_NO_SUCH_TABLE")
        #expect(try catalog.lower("SELECT sku FROM main.products").attachments == [Attachment(branch: .main)])
    }

    @Test func theFirstWriteAsksForTheTable() throws {
        let (catalog, branch) = try live()
        let lowered = try catalog.lower("UPDATE users SET name = 'x'")
        #expect(lowered.materializes == ["users"])
        #expect(lowered.steps.isEmpty)
        #expect(try catalog.lower("UPDATE orders SET quantity = 1").materializes.isEmpty)
        catalog.branches[branch]?.live?.owned.insert("users")
        #expect(try catalog.lower("UPDATE users SET name = 'x'").steps[0].sql == "UPDATE main.users SET name = 'x'")
    }

    @Test func viewsAreBoundAgainstTheBranch() throws {
        let (catalog, branch) = try live()
        #expect(try catalog.lower("SELECT name FROM active_users").steps[0].sql.contains("FROM b_000000000000.users WHERE"))
        catalog.branches[branch]?.live?.owned.insert("users")
        #expect(try catalog.lower("SELECT name FROM active_users").steps[0].sql.contains("FROM main.users WHERE"))
    }

    @Test func aNewTableTakesThePlaceOfAHiddenOne() throws {
        let (catalog, _) = try live()
        let steps = try catalog.lower("CREATE TABLE products (a INT)").steps
        #expect(steps.map(\.sql) == ["DROP TABLE IF EXISTS main.products", "CREATE TABLE main.products (a DUCKDB INTEGER)"])
    }

    // MARK: - The catalog's own tables

    @Test func informationSchemaSpeaksInUsableNames() throws {
        let (catalog, branch) = try live()
        let lowered = try catalog.lower("SELECT table_schema, table_name, table_type FROM information_schema.tables")
        let source = try #require(lowered.systemParameters.first?.source)
        let rows = try #require(try SystemCatalog.rows(for: source, catalog: catalog, settings: catalog.settings)).rows
        func has(_ words: String...) -> Bool { rows.contains { Array($0.prefix(words.count)) == words.map { .text($0) } } }
        #expect(has("hatidata", "branch_00000000000a", "users", "VIEW"))
        #expect(has("hatidata", "branch_00000000000a", "orders", "BASE TABLE"))
        #expect(has("hatidata", "main", "products", "BASE TABLE"))
        #expect(!has("hatidata", "branch_00000000000a", "products"))
        #expect(try catalog.lower("SELECT * FROM branch_00000000000a.users").columns?.count == 11)
        _ = branch
    }

    @Test func namesOfSchemasAreReversible() {
        for (schema, name) in [("a", "t"), ("a:b%", "t:u"), ("", "x"), ("s", "")] {
            let decoded = SchemaNaming.decode(SchemaNaming.encode(schema: schema, name: name))
            #expect(decoded.schema == schema && decoded.name == name)
        }
        #expect(SchemaNaming.decode("plain").schema == nil)
    }
}
