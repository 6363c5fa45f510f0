import Testing

@testable import SQLDialect

/// What DuckDB's SQL comes to in SQLite's, and the types of results.
@Suite struct LoweringTests {
    private func sql(_ text: String, types: [DuckType?] = []) throws -> [String] {
        try FakeCatalog.shop().lower(text, types: types).steps.map(\.sql)
    }

    private func one(_ text: String, types: [DuckType?] = []) throws -> String { try sql(text, types: types).joined(separator: "; ") }

    private func columns(_ text: String) throws -> [String] {
        (try FakeCatalog.shop().lower(text).columns ?? []).map { "\($0.name) \($0.type.name)" }
    }

    // MARK: - Plain columns stay bare, so that indexes serve

    @Test(arguments: [
        ("SELECT id FROM orders WHERE order_date >= '2024-01-01'", "orders.order_date >= 19723"),
        ("SELECT id FROM orders WHERE order_date = DATE '1969-12-31'", "orders.order_date = -1"),
        ("SELECT id FROM orders WHERE placed_at < '2024-01-01 12:30'", "orders.placed_at < 1704112200000000"),
        ("SELECT id FROM orders WHERE order_date > TIMESTAMP '2024-01-02 00:00:00'", "orders.order_date > 19724"),
        ("SELECT id FROM orders WHERE amount > 9.5", "orders.amount > 950"),
        ("SELECT id FROM orders WHERE amount > 9.555", "orders.amount > 955.5"),
        ("SELECT id FROM orders WHERE amount = 10", "orders.amount = 1000"),
        ("SELECT id FROM orders WHERE quantity > 1.5", "orders.quantity > 1.5"),
        ("SELECT id FROM orders WHERE id = '42'", "orders.id = 42"),
        ("SELECT id FROM users WHERE active = 'true'", "users.active = 1"),
        ("SELECT id FROM users WHERE uid = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "users.uid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
        ("SELECT id FROM users WHERE name LIKE 'a%'", "users.name GLOB 'a*'"),
        ("SELECT id FROM users WHERE name LIKE 'a*%'", "users.name GLOB 'a[*]*'"),
        ("SELECT id FROM orders WHERE order_date BETWEEN '2024-01-01' AND '2024-01-31'", "orders.order_date BETWEEN 19723 AND 19753"),
        ("SELECT id FROM orders WHERE status IN ('a', 'b')", "orders.status IN ('a', 'b')"),
    ])
    func literalsAreConvertedWhenBound(text: String, filter: String) throws {
        let lowered = try one(text)
        #expect(lowered.hasSuffix("WHERE " + filter), "\(lowered)")
    }

    @Test func parametersAreCastUnlessTheirTypeIsKnown() throws {
        #expect(try one("SELECT name FROM users WHERE id = ?").hasSuffix("users.id = bl_cast_dynamic_int32(?1)"))
        #expect(try one("SELECT name FROM users WHERE id = ?", types: [.bigint]).hasSuffix("users.id = ?1"))
        #expect(try one("SELECT name FROM users WHERE created = ?", types: [.varchar]).hasSuffix("users.created = bl_cast_varchar_date(?1)"))
        #expect(try one("SELECT name FROM users WHERE created = ?", types: [.date]).hasSuffix("users.created = ?1"))
    }

    @Test func parametersAreNumberedByTheirPlaceInTheText() throws {
        let catalog = try FakeCatalog.shop()
        // FROM is bound before the SELECT list, but its parameter comes second in the text.
        let lowered = try catalog.lower("SELECT ? + 1, name FROM (SELECT * FROM users WHERE id = ?) u WHERE name = ?")
        #expect(lowered.parameters.map(\.ordinal) == [1, 2, 3])
        #expect(lowered.parameters.map(\.type) == [.integer, .integer, .varchar])
        let named = try catalog.lower("SELECT $b, $a, $b")
        #expect(named.parameters.map(\.name) == ["b", "a"])
        #expect(named.steps[0].sql == "SELECT ?1, ?2, ?1")
    }

    // MARK: - Types and names of results

    @Test(arguments: [
        ("count(*)", "count_star() BIGINT"), ("sum(quantity)", "sum(quantity) HUGEINT"), ("sum(amount)", "sum(amount) DECIMAL(38,2)"),
        ("avg(amount)", "avg(amount) DOUBLE"), ("amount + 1", "(amount + 1) DECIMAL(13,2)"), ("amount * 2", "(amount * 2) DECIMAL(18,2)"),
        ("amount * 1.5", "(amount * 1.5) DECIMAL(12,3)"), ("amount / 2", "(amount / 2) DOUBLE"), ("quantity // 2", "(quantity // 2) INTEGER"),
        ("quantity / 2", "(quantity / 2) DOUBLE"), ("quantity + id", "(quantity + id) BIGINT"), ("quantity + 1.5", "(quantity + 1.5) DECIMAL(12,1)"),
        ("order_date + 1", "(order_date + 1) DATE"), ("order_date - order_date", "(order_date - order_date) BIGINT"),
        ("placed_at - placed_at", "(placed_at - placed_at) INTERVAL"), ("status || 'x'", "(status || 'x') VARCHAR"),
        ("coalesce(quantity, 1.5)", "COALESCE(quantity, 1.5) DECIMAL(11,1)"), ("amount > 1", "(amount > 1) BOOLEAN"),
        ("CASE WHEN quantity > 1 THEN 1 ELSE 2 END", "CASE  WHEN ((quantity > 1)) THEN (1) ELSE 2 END INTEGER"),
        ("CAST(amount AS INTEGER)", "CAST(amount AS INTEGER) INTEGER"), ("round(amount, 1)", "round(amount, 1) DECIMAL(10,1)"),
        ("-quantity", "(-(quantity)) INTEGER"), ("NOT quantity = 1", "(NOT (quantity = 1)) BOOLEAN"), ("2147483648", "2147483648 BIGINT"),
        ("1.50", "1.50 DECIMAL(3,2)"), ("date_trunc('month', order_date)", "date_trunc('month', order_date) TIMESTAMP"),
        ("year(order_date)", "\"year\"(order_date) BIGINT"), ("row_number() OVER (ORDER BY id)", "row_number() OVER (ORDER BY id) BIGINT"),
        ("status IS NULL", "(status IS NULL) BOOLEAN"), ("status IN ('a', 'b')", "(status IN ('a', 'b')) BOOLEAN"),
    ])
    func resultsHaveDuckDBsTypesAndNames(expression: String, expected: String) throws {
        #expect(try columns("SELECT \(expression) FROM orders") == [expected])
    }

    @Test func integerArithmeticRaisesOverflow() throws {
        #expect(try one("SELECT quantity + 1, id * 2, -quantity, quantity % 3 FROM orders")
            == "SELECT bl_add_int32(orders.quantity, 1), bl_mul_int64(orders.id, 2), bl_neg_int32(orders.quantity), bl_mod_int32(orders.quantity, 3) FROM main.orders")
    }

    // MARK: - Clauses

    @Test func nullsComeLast() throws {
        #expect(try one("SELECT id FROM users ORDER BY age").hasSuffix("ORDER BY users.age NULLS LAST"))
        #expect(try one("SELECT id FROM users ORDER BY age DESC").hasSuffix("ORDER BY users.age DESC"))
        #expect(try one("SELECT id FROM users ORDER BY age DESC NULLS FIRST").hasSuffix("ORDER BY users.age DESC NULLS FIRST"))
        // A column that is never NULL keeps its index in order.
        #expect(try one("SELECT id FROM users ORDER BY id").hasSuffix("ORDER BY users.id"))
        #expect(try one("SELECT o.id FROM users u LEFT JOIN orders o ON true ORDER BY o.id").hasSuffix("ORDER BY o.id NULLS LAST"))
    }

    @Test func aliasesServeInOtherClauses() throws {
        #expect(try one("SELECT quantity * 2 AS d FROM orders WHERE d > 4 GROUP BY d HAVING d < 9 ORDER BY d")
            == "SELECT bl_mul_int32(orders.quantity, 2) FROM main.orders WHERE bl_mul_int32(orders.quantity, 2) > 4 GROUP BY bl_mul_int32(orders.quantity, 2) HAVING bl_mul_int32(orders.quantity, 2) < 9 ORDER BY 1 NULLS LAST")
    }

    @Test func qualifyAndDistinctOnBecomeSubqueries() throws {
        #expect(try one("SELECT id FROM orders QUALIFY row_number() OVER (ORDER BY id) = 1")
            == "SELECT _s1.id FROM (SELECT orders.id AS id, row_number() OVER (ORDER BY orders.id) = 1 AS _bl_test FROM main.orders) AS _s1 WHERE _s1._bl_test")
        #expect(try one("SELECT DISTINCT ON (status) status, id FROM orders ORDER BY status, id").contains("row_number() OVER (PARTITION BY orders.status ORDER BY orders.status NULLS LAST, orders.id)"))
    }

    @Test func setOperationsChainAndUnify() throws {
        #expect(try one("SELECT id FROM users UNION ALL SELECT id FROM orders UNION ALL SELECT 1.5")
            .contains("UNION ALL SELECT 15"))
        #expect(try columns("SELECT 1 AS x UNION ALL SELECT 2.5") == ["x DECIMAL(11,1)"])
        #expect(try columns("SELECT count(*) FROM users UNION SELECT count(*) FROM orders EXCEPT SELECT 5 ORDER BY 1") == ["count_star() BIGINT"])
        #expect(try one("SELECT 1 INTERSECT ALL SELECT 1").contains("row_number() OVER (PARTITION BY"))
    }

    @Test func starsAreWrittenOut() throws {
        #expect(try one("SELECT * EXCLUDE (qty) RENAME (line AS l) FROM line_items") == "SELECT line_items.order_id, line_items.line, line_items.sku FROM main.line_items")
        #expect(try columns("SELECT * EXCLUDE (qty) RENAME (line AS l) FROM line_items") == ["order_id BIGINT", "l INTEGER", "sku VARCHAR"])
        #expect(try columns("SELECT max(COLUMNS('.*y')) FROM line_items") == ["qty INTEGER"])
        // USING shows its columns once.
        #expect(try columns("SELECT * FROM line_items JOIN (SELECT 1 AS order_id, 2 AS z) v USING (order_id)").map { $0.split(separator: " ")[0] } == ["order_id", "line", "sku", "qty", "z"])
    }

    @Test func recursiveQueriesKeepTheirFirstTypes() throws {
        #expect(try one("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t")
            == "WITH RECURSIVE t (n) AS (SELECT 1 AS \"1\" UNION ALL SELECT bl_add_int32(t.n, 1) AS \"(n + 1)\" FROM t WHERE t.n < 5) SELECT t.n FROM t")
    }

    @Test func viewsAreWrittenOut() throws {
        #expect(try one("SELECT name FROM active_users WHERE id = 1")
            == "SELECT active_users.name FROM (SELECT users.id, users.name, users.balance FROM main.users WHERE users.active) AS active_users WHERE active_users.id = 1")
    }

    @Test func aliasesCannotDoubleWithoutEnd() throws {
        var items = ["quantity + quantity AS a0"]
        for index in 1 ..< 40 { items.append("a\(index - 1) + a\(index - 1) AS a\(index)") }
        #expect(throws: SQLError.self) { try one("SELECT \(items.joined(separator: ", ")) FROM orders") }
    }

    // MARK: - Writing

    @Test func valuesAreCastToTheirColumns() throws {
        #expect(try one("INSERT INTO users (id, name, balance, created) VALUES (1, 'A', '12.345', '2024-02-29')")
            == "INSERT INTO main.users (id, name, balance, created) VALUES (1, 'A', 1235, 19782)")
        #expect(try one("UPDATE users SET age = balance") == "UPDATE main.users SET age = bl_cast_decimal_int16(users.balance, 2)")
        #expect(try one("INSERT INTO users (id, name) VALUES (NULL, 'A')").contains("bl_not_null(NULL, 'BL_CONSTRAINT: NOT NULL constraint failed: users.id')"))
        #expect(try one("INSERT INTO users (name) VALUES ('A')").contains("bl_error('BL_CONSTRAINT: NOT NULL constraint failed: users.id')"))
    }

    @Test func openIdsAreAllocatedStoreWide() throws {
        let catalog = try FakeCatalog.shop()
        #expect(try catalog.lower("INSERT INTO events (kind) VALUES ('a')").steps[0].sql == "INSERT INTO main.events (kind, id) VALUES ('a', bl_next_id('events'))")
        #expect(try catalog.lower("INSERT INTO events (id, kind) VALUES (NULL, 'a'), (7, 'b')").steps[0].sql
            == "INSERT INTO main.events (id, kind) VALUES (bl_next_id('events'), 'a'), (7, 'b')")
        catalog.settings.globalIDs = false
        #expect(try catalog.lower("INSERT INTO events (kind) VALUES ('a')").steps[0].sql == "INSERT INTO main.events (kind) VALUES ('a')")
    }

    @Test func returningIsTyped() throws {
        let lowered = try FakeCatalog.shop().lower("UPDATE orders o SET quantity = 1 WHERE o.id = 1 RETURNING o.id, amount * 2 AS a")
        #expect(lowered.steps[0].sql.hasSuffix("RETURNING id, bl_mul_decimal(amount, 2, 18)"))
        #expect(lowered.columns?.map(\.type) == [.bigint, .decimal(precision: 18, scale: 2)])
        #expect(lowered.resultStep == 0)
    }

    // MARK: - Definitions

    @Test func columnsCarryTheirTypes() throws {
        #expect(try one("CREATE TABLE t (id INT PRIMARY KEY, at TIMESTAMP, d DECIMAL(9,3) DEFAULT 1.5, j JSON, u UUID)")
            == "CREATE TABLE main.t (id INTEGER CONSTRAINT \"duckdb:INTEGER\" PRIMARY KEY, at DUCKDB TIMESTAMP, d DUCKDB DECIMAL(9, 3) CONSTRAINT \"duckdb:1.5\" DEFAULT 1500, j DUCKDB JSON TEXT, u DUCKDB UUID TEXT)")
        let info = try TableInfo(parsing: try one("CREATE TABLE t (id INT PRIMARY KEY, at TIMESTAMP DEFAULT now(), d DECIMAL(9,3))"))
        #expect(info.columns.map(\.type) == [.integer, .timestamp, .decimal(precision: 9, scale: 3)])
        #expect(info.columns.map(\.defaultText) == [nil, "now()", nil])
        #expect(info.rowidAlias == 0 && info.hasStrictKey)
    }

    @Test func affinityIsRight() {
        #expect(Affinity(declaredType: "DUCKDB TIMESTAMP") == .numeric)
        #expect(Affinity(declaredType: "DUCKDB BIGINT") == .integer)
        #expect(Affinity(declaredType: "DUCKDB VARCHAR") == .text)
        #expect(Affinity(declaredType: "DUCKDB JSON TEXT") == .text)
        #expect(Affinity(declaredType: "DUCKDB DOUBLE") == .real)
        #expect(Affinity(declaredType: "DUCKDB BLOB") == .blob)
        for type in [DuckType.date, .time, .timestampTZ, .decimal(precision: 18, scale: 2), .boolean] {
            #expect(Affinity(declaredType: ColumnInfo.declaration(of: type)) == .numeric)
        }
    }

    @Test func importedColumnsAreTypedByAffinity() throws {
        let info = try TableInfo(parsing: "CREATE TABLE t (a INT, b NVARCHAR(20), c, d REAL, e BOOLEAN, f DATETIME, g NUMERIC(10,2), h BLOB, id INTEGER PRIMARY KEY)")
        #expect(info.columns.map(\.type) == [.bigint, .varchar, .dynamic, .double, .boolean, .varchar, .double, .blob, .bigint])
        #expect(info.rowidAlias == 8 && !info.hasStrictKey)
        #expect(info.columns.allSatisfy { $0.storage != .duckdb })
    }

    @Test func tablesAreMadeAnewWhereSQLiteCannotAlterThem() throws {
        let steps = try FakeCatalog.shop().lower("ALTER TABLE orders ALTER COLUMN quantity TYPE BIGINT").steps
        #expect(steps.count == 5)
        #expect(steps.allSatisfy { $0.isRebuild })
        #expect(steps[1].sql.hasPrefix("INSERT INTO main.\"_bl_new:orders\" (id, user_id"))
        #expect(steps[4].sql == "CREATE INDEX main.orders_user ON orders (user_id)")
        #expect(try sql("ALTER TABLE users ADD COLUMN seen TIMESTAMP") == ["ALTER TABLE main.users ADD COLUMN seen DUCKDB TIMESTAMP"])
        #expect(try sql("ALTER TABLE users ADD COLUMN seen TIMESTAMP DEFAULT CURRENT_TIMESTAMP").count == 4)
    }

    @Test func tablesFromQueriesStoreWhatCanBeStored() throws {
        let steps = try sql("CREATE TABLE s AS SELECT status, sum(amount) AS total, sum(quantity) AS q FROM orders GROUP BY status")
        #expect(steps[0] == "CREATE TABLE main.s (status DUCKDB VARCHAR, total DUCKDB DECIMAL(18, 2), q DUCKDB BIGINT)")
        #expect(steps[1].hasPrefix("INSERT INTO main.s (status, total, q) SELECT orders.status AS status, bl_cast_decimal_decimal(bl_sum_int(orders.amount), 2, 18, 2) AS total"))
    }

    @Test func viewsKeepTheirText() throws {
        let text = "CREATE VIEW v AS SELECT name /* who */, balance::DOUBLE / 2 AS half FROM users"
        let stored = try one(text)
        #expect(stored.hasPrefix("CREATE VIEW main.v (name, half) AS SELECT users.name, bl_div_double("))
        #expect(stored.contains("FROM users"), "tables in a stored view go without a schema")
        let info = TableInfo(name: "v", kind: .view, columns: [], sql: stored)
        #expect(info.view == TableInfo.ViewText(text: text, dialect: .duckdb))
    }

    @Test func triggersAreLowered() throws {
        let sql = try one("CREATE TRIGGER log AFTER UPDATE OF balance ON users WHEN new.balance > 100.5 BEGIN INSERT INTO events (user_id, kind) VALUES (new.id, 'rich'); END")
        #expect(sql.contains("WHEN new.balance > 10050"))
        #expect(sql.contains("INSERT INTO events (user_id, kind) VALUES (new.id, 'rich')"))
    }
}
