import Testing
@testable import SQLDialect

@Suite struct SyntaxErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let sql: String
        let dialect: Dialect
        let line: Int
        let column: Int
        let message: String
        var testDescription: String { sql }

        init(_ sql: String, _ line: Int, _ column: Int, _ message: String, _ dialect: Dialect = .duckdb) {
            self.sql = sql
            self.dialect = dialect
            self.line = line
            self.column = column
            self.message = message
        }
    }

    private static func error(_ sql: String, _ dialect: Dialect, limits: Parser.Limits = Parser.Limits()) -> SQLError? {
        do {
            _ = try Parser.parse(sql, dialect: dialect, limits: limits)
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        Case("SELECT * FROM )", 1, 15, "expected a table name after FROM, found ')'"),
        Case("SELECT * FROM", 1, 14, "expected a table name after FROM, found the end of the text"),
        Case("SELECT 1,\n  2 +\nFROM t", 3, 1, "expected an expression, found 'FROM'"),
        Case("SELECT a FROM t WHERE", 1, 22, "expected an expression, found the end of the text"),
        Case("SELECT (1, 2", 1, 13, "expected ',' or ')', found the end of the text"),
        Case("SELECT 'abc", 1, 8, "the string that starts here never ends"),
        Case("SELECT \"abc", 1, 8, "the quoted name that starts here never ends"),
        Case("SELECT 1 /* x", 1, 10, "the comment that starts here never ends"),
        Case("SELECT $$x", 1, 8, "the string that starts here never ends"),
        Case("SELECT x'0", 1, 8, "a blob literal holds hexadecimal digits only"),
        Case("SELECT x'012'", 1, 8, "a blob literal needs an even number of hexadecimal digits"),
        Case("SELECT 12abc", 1, 8, "a number runs into a word"),
        Case("SELECT 1 \\ 2", 1, 10, "the character '\\' has no meaning here"),
        Case("SELECT a FROM t GROUP a", 1, 23, "expected BY after GROUP, found 'a'"),
        Case("SELECT a b c FROM t", 1, 12, "expected the end of the statement, found 'c'"),
        Case("INSERT t VALUES (1)", 1, 8, "expected INTO after INSERT, found 't'"),
        Case("INSERT INTO t VALUES 1", 1, 22, "expected '(' before a row of values, found '1'"),
        Case("INSERT INTO t", 1, 14, "expected VALUES, SELECT or DEFAULT VALUES, found the end of the text"),
        Case("UPDATE t SET", 1, 13, "expected a column name after SET, found the end of the text"),
        Case("UPDATE t SET a 1", 1, 16, "expected '=' after the column, found '1'"),
        Case("DELETE t", 1, 8, "expected FROM after DELETE, found 't'"),
        Case("CREATE TABLE t (a INT, )x", 1, 25, "expected the end of the statement, found 'x'"),
        Case("CREATE TABLE t a", 1, 16, "expected '(' or AS after the table's name, found 'a'"),
        Case("CREATE TABLE t (a INT b)", 1, 23, "expected ',' or ')' after a column, found 'b'"),
        Case("CREATE FOO x", 1, 8, "expected TABLE, VIEW, INDEX, TRIGGER, SCHEMA, SEQUENCE, TYPE or BRANCH after CREATE, found 'FOO'"),
        Case("CREATE TABLE select (a INT)", 1, 14, "expected a table name after CREATE TABLE, found 'select'"),
        Case("SELECT CASE WHEN 1 THEN 2", 1, 26, "expected WHEN, ELSE or END in the CASE expression, found the end of the text"),
        Case("SELECT a BETWEEN 1 OR 2", 1, 20, "expected AND after the lower bound of BETWEEN, found 'OR'"),
        Case("SELECT CAST(a INT)", 1, 15, "expected AS after the value to cast, found 'INT'"),
        Case("WITH a AS SELECT 1 SELECT 2", 1, 11, "expected '(' and a query after AS, found 'SELECT'"),
        Case("MERGE BRANCH", 1, 13, "expected a branch name, found the end of the text"),
        Case("CREATE BRANCH a MODE fast", 1, 22, "expected LIVE or SNAPSHOT after MODE, found 'fast'"),
        Case("CREATE BRANCH a FROM main@x", 1, 26, "a version number or a timestamp in quotes is expected after '@'"),
        Case("DIFF BRANCH a AGAINST", 1, 22, "expected a branch name after AGAINST, found the end of the text"),
        Case("SELECT ?0", 1, 8, "the number of a parameter is between 1 and 32766"),
        Case("SELECT é.ü, + FROM t", 1, 15, "expected an expression, found 'FROM'"),
        Case("SELECT a::INT", 1, 9, "expected the end of the statement, found '::'", .sqlite),
        Case("SELECT a FROM t QUALIFY 1", 1, 25, "expected the end of the statement, found '1'", .sqlite),
        Case("SELECT a, FROM t", 1, 11, "expected an expression, found 'FROM'", .sqlite),
        Case("CREATE TRIGGER x AFTER INSERT ON t BEGIN DROP TABLE u; END", 1, 42, "expected INSERT, UPDATE, DELETE, SELECT or END in the trigger, found 'DROP'", .sqlite),
    ])
    func errorsNameThePlaceAndWhatWasExpected(test: Case) throws {
        let error = try #require(Self.error(test.sql, test.dialect), "no error")
        #expect(error.code == "BL_PARSE_ERROR")
        #expect(error.message == "syntax error at line \(test.line), column \(test.column): \(test.message)")
        #expect(error.position?.line == test.line && error.position?.column == test.column)
    }

    @Test func aNULIsRefusedWhereverItStands() {
        for sql in ["SELECT a \u{0} b", "SELECT 1 + \u{0}", "SELECT abc\u{0}", "SELECT '\u{0}'"] {
            #expect(Self.error(sql, .sqlite)?.message.hasSuffix("a NUL character stands in the text") == true)
        }
    }

    @Test func misspeltVerbsGetAHint() {
        #expect(Self.error("SELEC 1", .duckdb)?.hint == "did you mean SELECT?")
        #expect(Self.error("UDPATE t SET a = 1", .sqlite)?.hint == "did you mean UPDATE?")
        #expect(Self.error("CREAT TABLE t (a)", .sqlite)?.hint == "did you mean CREATE?")
        #expect(Self.error("hello", .sqlite)?.hint == nil)
        #expect(Self.error("CREATE TABLE order (a INT)", .duckdb)?.hint == "ORDER is a reserved word; write it in double quotes to use it as a name")
    }

    @Test(arguments: [
        ("CREATE MACRO f(x) AS x + 1", "CREATE MACRO"), ("CREATE FUNCTION f() RETURNS int", "CREATE FUNCTION"), ("CREATE ROLE x", "CREATE ROLE"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW"), ("PIVOT t ON a", "PIVOT"), ("SELECT * FROM t PIVOT (sum(a) FOR b IN (1))", "PIVOT"),
        ("UNPIVOT t ON a", "UNPIVOT"), ("MERGE INTO t USING u ON a = b", "MERGE INTO"), ("ALTER TABLE t DISABLE TRIGGER ALL", "ALTER TABLE … DISABLE TRIGGER"), ("SELECT 1 INTO x FROM t", "SELECT INTO"),
        ("SELECT [x + 1 FOR x IN l]", "a list comprehension"), ("CREATE TABLE t (a INT) INHERITS (u)", "INHERITS"),
        ("WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x", "a writing statement inside WITH"), ("ALTER TABLE t ADD UNIQUE USING INDEX i", "UNIQUE USING INDEX"), ("DECLARE c SCROLL CURSOR FOR SELECT 1", "SCROLL for a cursor"),
        ("SELECT INTERVAL '1' YEAR TO MONTH", "an interval from one unit TO another"), ("UPDATE t SET t.a = 1", "a qualified column in SET"),
    ])
    func whatIsKnownButNotSupportedIsNamed(sql: String, construct: String) throws {
        let error = try #require(Self.error(sql, .duckdb), "no error")
        #expect(error.code == "BL_UNSUPPORTED")
        #expect(error.message == "\(construct) is not supported")
        #expect(error.position != nil)
    }

    // MARK: Limits

    /// Statements that nest `depth` deep in various ways.
    static func nested(_ depth: Int) -> [String] {
        func times(_ text: String) -> String { String(repeating: text, count: depth) }
        return [
            "SELECT \(times("("))1\(times(")"))", "SELECT \(times("abs("))1\(times(")"))", "SELECT \(times("NOT "))1", "SELECT \(times("- "))a",
            "SELECT \(times("(SELECT "))1\(times(")"))", "SELECT * FROM \(times("(SELECT * FROM "))t\(times(")"))", "SELECT * FROM \(times("("))t\(times(")"))",
            "SELECT \(times("CASE WHEN "))1\(times(" THEN 1 END"))", "SELECT 1\(times(" + 1"))", "SELECT 'a'\(times(" || 'a'"))", "SELECT \(times("1 IN ("))1\(times(")"))",
            "SELECT * FROM t\(times(" JOIN t"))", "SELECT a\(times(" COLLATE x"))", "SELECT a\(times(" ISNULL"))", "\(times("WITH a AS ("))SELECT 1\(times(") SELECT 1"))",
            "SELECT \(times("sum(1) OVER (PARTITION BY "))1\(times(")"))", "SELECT CAST(1 AS \(times("MAP(INT, "))INT\(times(")")))", "SELECT \(times("EXISTS (SELECT "))1\(times(")"))",
            "SELECT \(times("a BETWEEN 1 AND ("))1\(times(")"))", "SELECT \(times("a OR (b AND ("))1\(times("))"))", "SELECT \(times("(1, "))1\(times(")"))",
            "CREATE TABLE t (a INT CHECK \(times("("))1\(times(")")))", "CREATE VIEW v AS SELECT \(times("("))1\(times(")"))", "SELECT a\(times("::INT"))", "SELECT \(times("["))1\(times("]"))", "SELECT a\(times("[1]"))", "SELECT \(times("{'a': "))1\(times("}"))", "SELECT \(times("INTERVAL ("))1\(times(") DAY"))",
        ]
    }

    @Test func tooDeepNestingIsAnErrorNotACrash() {
        for sql in Self.nested(10_000) {
            let error = Self.error(sql, .duckdb)
            #expect(error?.code == "BL_TOO_DEEP", "\(sql.prefix(60)): \(String(describing: error))")
            #expect(error?.position != nil)
        }
    }

    @Test func whatIsJustWithinTheLimitWorksThroughout() throws {
        struct Identity: SyntaxRewriter {}
        for sql in Self.nested(10) {
            let parsed = try Parser.parse(sql, dialect: .duckdb)
            var identity = Identity()
            for statement in parsed {
                #expect(try identity.rewrite(statement) == statement)
                #expect(!Printer.print(statement, target: .duckdb).isEmpty)
            }
        }
    }

    @Test func longChainsThatStayFlatAreRead() throws {
        let count = 10_000
        for (sql, pieces) in [("SELECT a" + String(repeating: " OR a", count: count), " OR "), ("SELECT a" + String(repeating: " AND a", count: count), " AND ")] {
            let parsed = try Parser.parse(sql, dialect: .sqlite)
            let printed = Printer.print(parsed[0])
            #expect(try Parser.parse(printed, dialect: .sqlite) == parsed)
            #expect(printed.contains(pieces))
        }
        let union = try Parser.parse("SELECT 1" + String(repeating: " UNION ALL SELECT 1", count: count), dialect: .sqlite)
        #expect(try Parser.parse(Printer.print(union[0]), dialect: .sqlite) == union)
        let list = try Parser.parse("SELECT a IN (1" + String(repeating: ", 1", count: count) + ")", dialect: .sqlite)
        #expect(try Parser.parse(Printer.print(list[0]), dialect: .sqlite) == list)
    }

    @Test func twentyMegabytesAreRefusedAtOnce() {
        let sql = "SELECT '" + String(repeating: "x", count: 20_000_000) + "'"
        let clock = ContinuousClock.now
        let error = Self.error(sql, .sqlite)
        #expect(error?.code == "BL_STATEMENT_TOO_LARGE")
        #expect(error?.message == "the SQL text of 20000009 bytes is longer than the limit of 16777216 bytes")
        #expect(clock.duration(to: .now) < .seconds(1))
    }

    @Test func aScriptIsReadStatementByStatement() throws {
        var parser = Parser("SELECT 1; ;; SELECT 2;\n-- end\n", dialect: .sqlite)
        var texts: [String] = []
        let source = "SELECT 1; ;; SELECT 2;\n-- end\n"
        while let statement = try parser.next() { texts.append(statement.range.text(in: source)) }
        #expect(texts == ["SELECT 1", "SELECT 2"])
        #expect(try Parser.parse("", dialect: .duckdb).isEmpty)
        #expect(try Parser.parse(" ; -- nothing", dialect: .duckdb).isEmpty)
    }
}
