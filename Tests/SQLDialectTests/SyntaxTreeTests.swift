import Testing
@testable import SQLDialect

/// What trees come out: precedence, names, literals, branch statements.
@Suite struct SyntaxTreeTests {
    private func printed(_ expr: String, _ dialect: Dialect) throws -> String {
        Printer.print(try Parser.parseExpression(expr, dialect: dialect), target: dialect)
    }

    /// The grouping that precedence gives, made visible: both texts must be the same tree.
    @Test(arguments: [
        ("a OR b AND NOT c = d", "a OR (b AND (NOT (c = d)))", true), ("a + b * c - d", "(a + (b * c)) - d", true), ("a || b || c", "(a || b) || c", true),
        ("-a * b", "(-a) * b", true), ("a = b AND c < d", "(a = b) AND (c < d)", true), ("NOT a IS NULL", "NOT (a IS NULL)", true), ("a IN (1) AND b", "(a IN (1)) AND b", true),
        ("a BETWEEN b + 1 AND c AND d", "(a BETWEEN (b + 1) AND c) AND d", true), ("a LIKE b || '%'", "a LIKE (b || '%')", true), ("a -> 'x' ->> 'y' = 'z'", "((a -> 'x') ->> 'y') = 'z'", true),
        ("a - b - c", "(a - b) - c", true), ("a % b / c", "(a % b) / c", true), ("a COLLATE x = b", "(a COLLATE x) = b", true), ("NOT NOT a", "NOT (NOT a)", true),
        ("a = b IS NULL", "(a = b) IS NULL", true), ("a + b << c", "(a + b) << c", true), ("a & b = c", "(a & b) = c", true),
        ("a || b + c", "(a || b) + c", false), ("a * b || c", "a * (b || c)", false), ("a = b < c", "a = (b < c)", false), ("a < b = c", "(a < b) = c", false), ("~a | b", "(~a) | b", false),
    ])
    func precedenceOfSQLite(short: String, long: String, both: Bool) throws {
        #expect(try Parser.parseExpression(short, dialect: .sqlite) == Parser.parseExpression(long, dialect: .sqlite))
        if both { #expect(try Parser.parseExpression(short, dialect: .duckdb) == Parser.parseExpression(long, dialect: .duckdb)) }
    }

    @Test(arguments: [
        ("a || b + c", "a || (b + c)"), ("a ** b ** c", "(a ** b) ** c"), ("-a ** 2", "(-a) ** 2"), ("-a::INT", "-(a::INT)"), ("a::INT::VARCHAR", "CAST(CAST(a AS INT) AS VARCHAR)"),
        ("a + b::INT", "a + (b::INT)"), ("NOT a ILIKE b", "NOT (a ILIKE b)"), ("a LIKE 'x' = b", "(a LIKE 'x') = b"), ("a // b * c", "(a // b) * c"), ("a ~ b || c", "(a ~ b) || c"),
        ("now() - INTERVAL 3 DAY", "now() - (INTERVAL (3) DAY)"), ("a[1] + b", "(a[1]) + b"), ("x.y AT TIME ZONE 'UTC' = z", "(x.y AT TIME ZONE 'UTC') = z"), ("a IS NOT DISTINCT FROM b AND c", "(a IS NOT DISTINCT FROM b) AND c"),
    ])
    func precedenceOfDuckDB(short: String, long: String) throws {
        #expect(try Parser.parseExpression(short, dialect: .duckdb) == Parser.parseExpression(long, dialect: .duckdb))
    }

    @Test(arguments: ["a", "data", "date", "key", "value", "type", "branch", "version", "timestamp", "time", "order_date", "name", "row", "rows", "first", "last", "year", "month", "day", "hour", "status", "user_id", "index_no", "level", "mode", "schema", "session", "text", "comment", "format", "position", "interval", "at", "sample", "filter", "over", "temp", "view", "trigger", "action", "no", "of", "plan", "query", "range", "read", "write", "release", "rename", "replace", "run", "start", "system", "tables", "ttl", "work", "zone", "left", "right", "full", "if"])
    func softKeywordsAreNames(word: String) throws {
        for dialect in Dialect.allCases {
            for sql in [
                "SELECT \(word), t.\(word) FROM t WHERE \(word) > 1 GROUP BY \(word) ORDER BY \(word) DESC", "SELECT x AS \(word) FROM t", "CREATE TABLE t (\(word) INT, x \(word == "if" || word == "left" || word == "right" || word == "full" ? "INT" : "TEXT"))",
                "UPDATE t SET \(word) = \(word) + 1 WHERE \(word) IS NOT NULL", "INSERT INTO t (\(word)) VALUES (1)", "CREATE INDEX i ON t (\(word))", "SELECT max(\(word)) OVER (PARTITION BY \(word) ORDER BY \(word)) FROM t", "ALTER TABLE t ADD COLUMN \(word) INT", "SELECT \(word)\nFROM t",
            ] {
                do {
                    let parsed = try Parser.parse(sql, dialect: dialect)
                    #expect(try Parser.parse(Printer.print(parsed[0], target: dialect), dialect: dialect) == parsed, "\(dialect): \(sql)")
                } catch { Issue.record("\(dialect): \(sql)\n\(error)") }
            }
        }
    }

    @Test func identifiersKeepTheirCaseAndCompareWithoutIt() throws {
        let parsed = try Parser.parse("SELECT \"User Id\", NAME FROM Users", dialect: .duckdb)
        guard case .select(let select) = parsed[0].node, let core = select.core, case .expr(let first, _) = core.items[0], case .expr(let second, _) = core.items[1] else {
            Issue.record("not a select")
            return
        }
        #expect(first.columnReference?.name.text == "User Id" && first.columnReference?.name.quoted == true)
        #expect(second.columnReference?.name.matches("name") == true && second.columnReference?.name.key == "name")
        #expect(second.range.text(in: "SELECT \"User Id\", NAME FROM Users") == "NAME")
    }

    @Test func literalsHaveTheirValues() throws {
        func literal(_ text: String, _ dialect: Dialect = .duckdb) throws -> ExprNode { try Parser.parseExpression(text, dialect: dialect).node }
        #expect(try literal("42") == .literal(.integer(42)))
        #expect(try literal("-42") == .literal(.integer(-42)))
        #expect(try literal("-9223372036854775808") == .literal(.integer(.min)))
        #expect(try literal("9223372036854775808") == .literal(.bigInteger("9223372036854775808")))
        #expect(try literal("1_000_000") == .literal(.integer(1_000_000)))
        #expect(try literal("0xFF") == .literal(.integer(255)))
        #expect(try literal("0xFFFFFFFFFFFFFFFF", .sqlite) == .literal(.integer(-1)))
        #expect(try literal("1.50") == .literal(.decimal("1.50")))
        #expect(try literal("1e5") == .literal(.double("1e5")))
        #expect(try literal("'it''s'") == .literal(.string("it's")))
        #expect(try literal("E'a\\n\\x41\\u00e9\\''") == .literal(.string("a\nAé'")))
        #expect(try literal("$$a'b$$") == .literal(.string("a'b")))
        #expect(try literal("$q$a$$b$q$") == .literal(.string("a$$b")))
        #expect(try literal("x'00fF'") == .literal(.blob([0, 255])))
        #expect(try literal("NULL") == .literal(.null))
        #expect(try literal("true", .sqlite) == .literal(.boolean(true)))
        #expect(try literal("DATE '2024-01-01'") == .typedLiteral(TypeName("DATE"), "2024-01-01"))
        #expect(try literal("$1") == .parameter(.numbered(1)))
        #expect(try literal("$1", .sqlite) == .parameter(.named("$1")))
        #expect(try literal("?") == .parameter(.anonymous))
        #expect(try literal(":a") == .parameter(.named(":a")))
    }

    @Test func standardFormsBecomeCalls() throws {
        func same(_ a: String, _ b: String) throws -> Bool { try Parser.parseExpression(a, dialect: .duckdb) == Parser.parseExpression(b, dialect: .duckdb) }
        #expect(try same("EXTRACT(YEAR FROM d)", "date_part('year', d)"))
        #expect(try same("SUBSTRING(a FROM 2 FOR 3)", "substring(a, 2, 3)"))
        #expect(try same("SUBSTRING(a FOR 3)", "substring(a, 1, 3)"))
        #expect(try same("TRIM(BOTH 'x' FROM a)", "trim(a, 'x')"))
        #expect(try same("TRIM(TRAILING FROM a)", "rtrim(a)"))
        #expect(try same("POSITION('a' IN b)", "position('a', b)"))
        #expect(try same("ts AT TIME ZONE 'UTC'", "timezone('UTC', ts)"))
        #expect(try same("a ~~* 'x'", "a ILIKE 'x'"))
        #expect(try same("CAST(a AS INT)", "a::INT"))
    }

    @Test func branchStatementsCarryTheirParts() throws {
        func branch(_ sql: String) throws -> BranchStatement? {
            for dialect in Dialect.allCases {
                guard case .branch(let branch)? = try Parser.parse(sql, dialect: dialect).first?.node else { return nil }
                if dialect == .sqlite { return branch }
            }
            return nil
        }
        var create = BranchStatement.Create()
        create.name = BranchName("test-schema-migration")
        create.from = BranchPoint(BranchName("main"), version: 42)
        create.mode = .live
        create.ttl = "24 hours"
        #expect(try branch("CREATE BRANCH test-schema-migration FROM main@42 MODE LIVE TTL '24 hours'") == .create(create))
        #expect(try branch("create branch \"test-schema-migration\" ttl '24 hours' mode live from 'main@42'") == .create(create))
        #expect(try branch("USE BRANCH 'a b'") == .use(BranchName("a b")))
        #expect(try branch("SET branch = 'x'") == .use(BranchName("x")))
        #expect(try branch("SET branch TO feature-1") == .use(BranchName("feature-1")))
        #expect(try branch("RESET BRANCH a TO b@3") == .reset(BranchName("a"), to: BranchPoint(BranchName("b"), version: 3)))
        #expect(try branch("DIFF BRANCH a AGAINST main TABLE s.t") == .diff(BranchName("a"), against: BranchPoint(BranchName("main")), table: ObjectName(schema: "s", name: "t")))
        #expect(try branch("MERGE BRANCH a-b INTO c STRATEGY 'branch_wins' DRY RUN") == .merge(BranchName("a-b"), into: BranchName("c"), strategy: "branch_wins", dryRun: true))
        #expect(try branch("DROP BRANCH IF EXISTS a FORCE") == .drop(BranchName("a"), ifExists: true, force: true))
        #expect(try branch("SHOW BRANCHES") == .list)
        #expect(try branch("SHOW BRANCH") == .current)
        #expect(try branch("ALTER BRANCH a RENAME TO b") == .rename(BranchName("a"), to: BranchName("b")))
        #expect(try branch("UNDROP BRANCH a") == .undrop(BranchName("a")))
        #expect(try branch("RESTORE BRANCH a") == .restore(BranchName("a"), to: nil))
        #expect(try branch("RESTORE BRANCH a-b TO VERSION 12") == .restore(BranchName("a-b"), to: .version(12)))
        #expect(try branch("RESTORE BRANCH main@12") == .restore(BranchName("main"), to: .version(12)))
        #expect(try branch("RESTORE BRANCH a TO TIMESTAMP '2026-01-31'") == .restore(BranchName("a"), to: .timestamp("2026-01-31")))
        #expect(try branch("RESTORE BRANCH a AT (VERSION => 3)") == .restore(BranchName("a"), to: .version(3)))
        let moment = BranchMoment.timestamp("2026-01-31 10:00:00")
        for spelling in ["b@'2026-01-31 10:00:00'", "'b@2026-01-31 10:00:00'", "b AT (TIMESTAMP => '2026-01-31 10:00:00')", "\"b\" AT (TIMESTAMP => TIMESTAMP '2026-01-31 10:00:00')"] {
            #expect(try branch("RESET BRANCH a TO \(spelling)") == .reset(BranchName("a"), to: BranchPoint(BranchName("b"), moment: moment)), "\(spelling)")
        }
        // Words that are settings, tables and columns elsewhere stay so.
        #expect(try Parser.parse("SELECT branch FROM branches WHERE diff > 1", dialect: .duckdb).count == 1)
        #expect(try Parser.parse("RESET branch", dialect: .duckdb).first?.node == .reset(ResetStatement(scope: nil, name: ["branch"])))
    }

    @Test func namesMadeByAProgramAreQuotedWhereNeeded() {
        func print(_ name: String) -> String { Printer.print(Expr.column(Identifier(name)), target: .sqlite) }
        #expect(print("plain") == "plain")
        // Not in double quotes: SQLite would read a string where there is no such column.
        #expect(print("order") == "`order`")
        #expect(print("a b") == "`a b`")
        #expect(print("x`y") == "`x``y`")
        #expect(print("") == "``")
        #expect(Printer.print(ObjectName(schema: "other-branch", name: "t\"x")) == "\"other-branch\".\"t\"\"x\"")
        #expect(Printer.print(Expr.column("c", of: "select")) == "\"select\".c")
        #expect(Printer.print(Expr.string("it's")) == "'it''s'")
        #expect(Printer.print(Expr.integer(.min)) == "-9223372036854775808")
        #expect(Printer.print(.binary(.integer(-1), .subtract, .integer(-1))) == "-1 - -1")
        #expect(Printer.print(Expr(.unary(.negate, .integer(-1)))) == "-(-1)")
    }

    @Test func compoundsAreWrittenSoThatSQLiteReadsThemAlike() throws {
        func lowered(_ sql: String) throws -> String { Printer.print(try Parser.parse(sql, dialect: .duckdb)[0], target: .sqlite) }
        #expect(try lowered("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3") == "SELECT 1 UNION SELECT * FROM (SELECT 2 INTERSECT SELECT 3)")
        #expect(try lowered("SELECT 1 INTERSECT SELECT 2 UNION SELECT 3") == "SELECT 1 INTERSECT SELECT 2 UNION SELECT 3")
        #expect(try lowered("(SELECT 1 ORDER BY 1 LIMIT 1) UNION ALL (SELECT 2)") == "SELECT * FROM (SELECT 1 ORDER BY 1 LIMIT 1) UNION ALL SELECT 2")
        #expect(try lowered("TABLE t") == "SELECT * FROM t")
        #expect(try lowered("FROM t OFFSET 3") == "SELECT * FROM t LIMIT -1 OFFSET 3")
        #expect(try lowered("INSERT INTO t SELECT * FROM u ON CONFLICT DO NOTHING") == "INSERT INTO t SELECT * FROM u WHERE TRUE ON CONFLICT DO NOTHING")
    }

    @Test func rewritersReachEveryTableAndExpression() throws {
        let sql = """
        WITH c AS (SELECT a FROM t1) INSERT INTO t0 SELECT x, (SELECT max(y) FROM t2 WHERE z IN (SELECT w FROM t3)) FROM c JOIN (SELECT * FROM t4) q ON EXISTS (SELECT 1 FROM t5)
        WHERE f(b) OVER (PARTITION BY (SELECT 1 FROM t6)) > 1 ON CONFLICT (k) DO UPDATE SET v = (SELECT 1 FROM t7) RETURNING (SELECT 1 FROM t8)
        """
        let parsed = try Parser.parse(sql, dialect: .sqlite)
        nonisolated(unsafe) var names: [String] = []
        try parsed[0].forEachTable { table in
            if case .table(let source) = table.node { names.append(source.name.name.text) }
        }
        #expect(Set(names) == ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "c"])
        let renamed = try parsed[0].mapExpressions { expr in
            expr.columnReference?.name.text == "z" ? Expr.column("zz") : nil
        }
        #expect(Printer.print(renamed).contains("WHERE zz IN"))
        #expect(try renamed.mapExpressions { expr in expr.columnReference?.name.text == "zz" ? Expr.column("z") : nil } == parsed[0])
    }
}
