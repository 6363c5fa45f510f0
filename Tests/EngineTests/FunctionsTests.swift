import CSQLite
import Testing

@testable import Engine

/// What a comparison with DuckDB cannot show: clocks, random values, error texts, limits, use in indexes and checks.
@Suite struct FunctionsTests {
    private func error(_ database: FunctionDatabase, _ sql: String) -> String {
        do {
            _ = try database.rows(sql)
            return ""
        } catch let failure as FunctionDatabase.Failure {
            return failure.message
        } catch {
            return "\(error)"
        }
    }

    @Test func theClockStandsStillInATransaction() throws {
        let database = try FunctionDatabase()
        let first = try database.value("SELECT bl_now()")
        var spin = 0
        while SystemClock.nowMicros() == database.context.now { spin += 1 }
        #expect(try database.value("SELECT bl_now()") == first)
        database.context.endMoment()
        #expect(try database.value("SELECT bl_now()") != first)
        database.context.setMoment(micros: 1_707_000_000_000_000)
        #expect(try database.value("SELECT bl_cast_timestamptz_varchar(bl_now())") == .text("2024-02-03 22:40:00+00"))
        #expect(try database.value("SELECT bl_cast_date_varchar(bl_today())") == .text("2024-02-03"))
        #expect(try database.value("SELECT bl_cast_time_varchar(bl_current_time())") == .text("22:40:00"))
        #expect(try database.value("SELECT bl_cast_interval_varchar(bl_age_timestamp(bl_cast_varchar_timestamp('2024-01-01')))") == .text("1 month 2 days"))
    }

    @Test func randomValues() throws {
        let database = try FunctionDatabase()
        _ = try database.value("SELECT bl_setseed(0.5)")
        let first = try database.rows("SELECT bl_random() FROM (VALUES (1), (2), (3))")
        _ = try database.value("SELECT bl_setseed(0.5)")
        #expect(try database.rows("SELECT bl_random() FROM (VALUES (1), (2), (3))") == first)
        #expect(Set(first.flatMap { $0 }).count == 3)
        for row in first {
            guard case .real(let value) = row[0] else { Issue.record("not a double"); continue }
            #expect((0..<1).contains(value))
        }
        guard case .text(let uuid) = try database.value("SELECT bl_uuid()"), case .text(let ordered) = try database.value("SELECT bl_uuidv7()") else {
            Issue.record("no text")
            return
        }
        #expect(try database.value("SELECT bl_cast_varchar_uuid('\(uuid)')") == .text(uuid))
        #expect(Array(uuid)[14] == "4" && "89ab".contains(Array(uuid)[19]))
        #expect(Array(ordered)[14] == "7")
        #expect(error(database, "SELECT bl_setseed(2)").hasPrefix("BL_INVALID_INPUT: "))
    }

    @Test func errorsNameTheThing() throws {
        let database = try FunctionDatabase()
        let cases: [(String, String)] = [
            ("bl_cast_varchar_int32('abc')", "BL_CONVERSION: Could not convert string 'abc' to INT32"),
            ("bl_cast_int64_int8(300)", "BL_CONVERSION: Type INT64 with value 300 can't be cast because the value is out of range for the destination type INT8"),
            ("bl_add_int32(2147483647, 1)", "BL_OUT_OF_RANGE: Overflow in addition of INT32 (2147483647 + 1)!"),
            ("bl_cast_varchar_decimal('1000', 5, 2)", "BL_CONVERSION: Could not convert string \"1000\" to DECIMAL(5,2)"),
            ("bl_cast_varchar_date('2024-13-01')", "BL_CONVERSION: date field value out of range: \"2024-13-01\""),
            ("bl_mod_int64(1, 0)", "BL_DIVISION_BY_ZERO: Division by zero in expression (1 % 0)"),
            ("bl_sqrt(-1.0)", "BL_OUT_OF_RANGE: cannot take square root of a negative number"),
            ("bl_ln(-1.0)", "BL_OUT_OF_RANGE: cannot take logarithm of a negative number"),
            ("bl_not_null(NULL, 'BL_CONSTRAINT: NOT NULL constraint failed: t.a')", "BL_CONSTRAINT: NOT NULL constraint failed: t.a"),
            ("bl_error('oops')", "BL_USER_ERROR: oops"),
            ("bl_error('BL_MINE: oops')", "BL_MINE: oops"),
            ("bl_regexp_matches('a', '(')", "BL_INVALID_INPUT: missing ): ("),
            ("bl_date_trunc_date('foo', 1)", "BL_CONVERSION: extract specifier \"foo\" not recognized"),
            ("bl_interval_neg('x')", "BL_TYPE_ERROR: expected an INTERVAL value"),
        ]
        for (expression, message) in cases { #expect(error(database, "SELECT " + expression) == message) }
        #expect(try database.value("SELECT bl_not_null(5, 'x')") == .integer(5))
        #expect(error(database, "SELECT bl_sum_int(9223372036854775807) FROM (VALUES (1), (2))").hasPrefix("BL_OUT_OF_RANGE: "))
    }

    @Test func orderedAggregates() throws {
        let database = try FunctionDatabase()
        try database.execute("CREATE TABLE t(s, k, j); INSERT INTO t VALUES ('b',2,1),('a',1,1),('c',NULL,1),('a',3,2),(NULL,0,0),('d',2,0)")
        let cases: [(String, String)] = [
            ("bl_string_agg_ordered(s, ',', 'a', k)", "a,b,d,a,c"),
            ("bl_string_agg_ordered(s, ',', 'd', k)", "a,b,d,a,c"),
            ("bl_string_agg_ordered(s, ',', 'A', k)", "c,a,b,d,a"),
            ("bl_string_agg_ordered(s, ',', 'aa', k, j)", "a,d,b,a,c"),
            ("bl_string_agg_ordered(s, ',', 'ad', k, j)", "a,b,d,a,c"),
            ("bl_string_agg_distinct(s, '-')", "b-a-c-d"),
            ("bl_string_agg_distinct_ordered(s, '-', 'd', s)", "d-c-b-a"),
            ("bl_first_ordered(s, 'a', k)", "\\N"),
            ("bl_first_ordered(s, 'd', k)", "a"),
            ("bl_last_ordered(s, 'a', k)", "c"),
            ("bl_last_ordered(s, 'A', k)", "a"),
        ]
        for (expression, wanted) in cases {
            let value = try database.value("SELECT \(expression) FROM t")
            #expect(value == (wanted == "\\N" ? .null : .text(wanted)), "\(expression)")
        }
        #expect(try database.value("SELECT bl_string_agg_ordered(s, ',', 'a', k) FROM t WHERE 0") == .null)
        #expect(error(database, "SELECT bl_string_agg_ordered(s, ',', 'x', k) FROM t").hasPrefix("BL_INVALID_INPUT: "))
    }

    @Test func functionsServeIndexesChecksAndGeneratedColumns() throws {
        let database = try FunctionDatabase()
        try database.execute("""
            PRAGMA trusted_schema = OFF;
            CREATE TABLE t(a INTEGER CHECK (bl_cast_int64_int8(a) IS NOT NULL), b TEXT, c AS (bl_lower(b)) STORED);
            CREATE INDEX i ON t(bl_date_trunc_timestamp('month', a));
            CREATE VIEW v AS SELECT bl_upper(b) AS u FROM t;
            INSERT INTO t(a, b) VALUES (5, 'É');
            """)
        #expect(try database.rows("SELECT c, u FROM t, v") == [[.text("é"), .text("É")]])
        #expect(error(database, "INSERT INTO t(a) VALUES (300)").hasPrefix("BL_CONVERSION: "))
        #expect(error(database, "CREATE INDEX j ON t(bl_now())").contains("non-deterministic"))
    }

    @Test func exportsReadSensibly() throws {
        let database = try FunctionDatabase()
        #expect(try database.value("SELECT bl_export_date(19782)") == .text("2024-02-29"))
        #expect(try database.value("SELECT bl_export_date('2024')") == .text("2024"))
        #expect(try database.value("SELECT bl_export_timestamp(0)") == .text("1970-01-01 00:00:00"))
        #expect(try database.value("SELECT bl_export_timestamptz(0)") == .text("1970-01-01 00:00:00+00"))
        #expect(try database.value("SELECT bl_export_time(36000000000)") == .text("10:00:00"))
        #expect(try database.value("SELECT bl_export_decimal(-5, 2)") == .text("-0.05"))
    }

    @Test func functionsRegisterOnDemand() throws {
        var handle: OpaquePointer?
        #expect(sqlite3_open(":memory:", &handle) == SQLITE_OK)
        let db = try #require(handle)
        defer { sqlite3_close_v2(db) }
        let context = FunctionContext()
        #expect(sqlite3_exec(db, "SELECT bl_lower('A')", nil, nil, nil) != SQLITE_OK)
        #expect(FunctionRegistry.register(named: "BL_LOWER", on: db, context: context))
        #expect(!FunctionRegistry.register(named: "bl_no_such", on: db, context: context))
        #expect(sqlite3_exec(db, "SELECT bl_lower('A')", nil, nil, nil) == SQLITE_OK)
        #expect(FunctionRegistry.contains("bl_sum_int"))
    }

    /// Expressions that make backtracking engines explode take linear time here.
    @Test func regularExpressionsAreLinear() throws {
        let database = try FunctionDatabase()
        let text = String(repeating: "a", count: 20_000)
        let start = ContinuousClock.now
        #expect(try database.value("SELECT bl_regexp_matches('\(text)', '^(a+)+$')") == .integer(1))
        #expect(try database.value("SELECT bl_regexp_matches('\(text)b', '^(a+)+$')") == .integer(0))
        #expect(try database.value("SELECT bl_regexp_extract('\(text)', '(a|aa)+$', 1)") == .text("a"))
        #expect(try database.value("SELECT bl_regexp_matches('\(text)', '(x+x+)+y')") == .integer(0))
        #expect(try database.value("SELECT bl_regexp_matches('\(text)', '(.*)(.*)(.*)(.*)(.*)[^a]')") == .integer(0))
        #expect(ContinuousClock.now - start < .seconds(10))
        for pattern in [String(repeating: "(", count: 5_000), "((a{1000}){1000}){1000}", String(repeating: "a", count: 100_000) + "{1000}"] {
            #expect(error(database, "SELECT bl_regexp_matches('a', '\(pattern)')").hasPrefix("BL_INVALID_INPUT: "))
        }
    }

    /// Whatever bytes come, no function may crash or return invalid results: it answers or raises an error of ours.
    @Test func everyFunctionSurvivesAnyArguments() throws {
        let database = try FunctionDatabase()
        let values = [
            "NULL", "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "1.5", "-1e300", "9e999", "-9e999", "''", "'abc'", "'2024-02-29'", "'month'", "x''", "x'ff00'",
            "x'80000001800000018000000000000001'", "x'ffffffffffffffffffffffffffffffff'", "x'00000000000000000000000000000000'", "'{\"a\":[1]}'", "'$.a[0]'", "'%Y-%m-%d'", "char(0)", "'é👨‍👩‍👧'", "'['", "cast(x'c3' as text)",
            "'a'", "18", "-30",
        ]
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomSource(seed: seed)
        var calls = 0
        // What sleeps does as it is told: it would sleep for as long as a random number says.
        for definition in FunctionRegistry.definitions where definition.name != "bl_sleep" {
            for _ in 0..<12 {
                let count = definition.argumentCount >= 0 ? Int(definition.argumentCount) : Int.random(in: 0...5, using: &random)
                let arguments = (0..<count).map { _ in values[Int.random(in: 0..<values.count, using: &random)] }.joined(separator: ", ")
                let sql = "SELECT \(definition.name)(\(arguments))"
                let message = error(database, sql)
                calls += 1
                let accepted = message.isEmpty || message.hasPrefix("BL_") || message.contains("too big") || message.contains("wrong number of arguments")
                #expect(accepted, "\(sql): \(message) (seed \(seed))")
            }
        }
        #expect(calls > 10_000)
    }
}
