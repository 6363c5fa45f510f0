import Testing

@testable import Branching
import Engine
import SQLDialect

/// Lists (PostgreSQL's arrays) from the statement to the value.
@Suite struct ListTests {
    private static let schema = """
        CREATE TABLE t (id INTEGER PRIMARY KEY, tags VARCHAR[], sizes INT ARRAY, days DATE[], price DECIMAL(10,2)[]);
        INSERT INTO t VALUES (1, ARRAY['a', 'b, c'], '{1,2,3}', ['2024-01-01', NULL], [1.5, 2.25]), (2, '{}', [7], NULL, NULL)
        """

    @Test(arguments: [
        // Making them.
        ("SELECT [1, 2, NULL]", ["[1, 2, NULL]"]),
        ("SELECT ARRAY[1, 2]::TEXT[]", ["[1, 2]"]),
        ("SELECT ARRAY['a', 'b, c', 'd''e', '', 'NULL', NULL, 'x y']", ["[a, 'b, c', 'd\\'e', '', 'NULL', NULL, x y]"]),
        ("SELECT '{1,2}'::int[], '[1,2]'::int4[], CAST('{a,\"b,c\",NULL}' AS text[])", ["[1, 2]|[1, 2]|[a, 'b,c', NULL]"]),
        ("SELECT '{{1,2},{3}}'::int[][]", ["[[1, 2], [3]]"]),
        ("SELECT [1.5, 2], [1.5::DOUBLE, 'Infinity'::DOUBLE], [true, false], [DATE '2024-01-01']", ["[1.5, 2.0]|[1.5, inf]|[true, false]|[2024-01-01]"]),
        ("SELECT [TIMESTAMP '2024-01-01 10:00:00', NULL]::VARCHAR", ["['2024-01-01 10:00:00', NULL]"]),
        ("SELECT ARRAY(SELECT x FROM (VALUES (3), (1), (2)) v(x) ORDER BY x)", ["[1, 2, 3]"]),
        ("SELECT ARRAY(SELECT 1 WHERE false)", ["[]"]),
        ("SELECT array_agg(x ORDER BY x DESC), list(DISTINCT x ORDER BY x) FROM (VALUES (1), (3), (1), (NULL)) v(x)", ["[3, 1, 1, NULL]|[1, 3, NULL]"]),
        ("SELECT array_agg(x) FROM (VALUES (1)) v(x) WHERE false", ["NULL"]),
        ("SELECT array_agg(x)::text[] FROM (VALUES (1), (2)) v(x)", ["[1, 2]"]),
        ("SELECT typeof([1, 2]), typeof('{a}'::text[]), typeof([[1]]), typeof([1, 2.5])", ["INTEGER[]|VARCHAR[]|INTEGER[][]|DECIMAL(11,1)[]"]),
        ("SELECT range(3), generate_series(1, 3)", ["[0, 1, 2]|[1, 2, 3]"]),
        // Taking them apart.
        ("SELECT a[1], a[-1], a[5], a[0], a[2:3], a[2:], a[:1] FROM (SELECT [10, 20, 30] AS a)", ["10|30|NULL|NULL|[20, 30]|[20, 30]|[10]"]),
        ("SELECT [[1, 2], [3]][1][2]", ["2"]),
        ("SELECT array_length([4, 5], 1), cardinality([4, 5]), len([4]), array_upper([4, 5], 1), array_lower([4], 1), array_upper('{}'::int[], 1)", ["2|2|1|2|1|NULL"]),
        ("SELECT array_position(['a', 'b'], 'b'), list_position([1, 2], 3), list_contains([1, 2], 2), array_contains(['a'], 'b')", ["2|NULL|true|false"]),
        ("SELECT array_to_string([1, NULL, 3], ','), array_to_string(['a', NULL], '-', '?'), string_to_array('a,b,,c', ',', '')", ["1,3|a-?|[a, b, NULL, c]"]),
        ("SELECT array_cat([1], [2]), array_append([1], 2), array_prepend(0, [1]), array_remove([1, 2, 1], 1)", ["[1, 2]|[1, 2]|[0, 1]|[2]"]),
        ("SELECT [1] || [2], [1] || 2, 0 || [1], ARRAY['a'] || '{b,c}' || 'd'::text", ["[1, 2]|[1, 2]|[0, 1]|[a, b, c, d]"]),
        ("SELECT [1, 2] @> [2], [2] <@ [1], [1] && [2], [1, 2] && [2, 3]", ["true|false|false|true"]),
        ("SELECT [1, 2] = [1, 2], [1, 2] < [1, 10], [1] < [1, 0], ['a'] = '{a}', [9] > [10]", ["true|true|true|true|false"]),
        ("SELECT regexp_split_to_array('a1b22c', '[0-9]+'), list_sort([3, 1, 2]), list_distinct([1, 1, NULL]), list_reverse(['a', 'b'])", ["[a, b, c]|[1, 2, 3]|[1]|[b, a]"]),
        // ANY and ALL.
        ("SELECT 1 = ANY([1, 2]), 3 <> ALL(ARRAY[1, 2]), 2 > ALL('{1,0}'::int[]), 1 < ANY(ARRAY[0, NULL])", ["true|true|true|NULL"]),
        ("SELECT 'a' = ANY('{a,b}'), 2 IN [1, 2], 1 = ANY(SELECT 1), 1 = ANY((SELECT ARRAY[1, 2]))", ["true|true|true|true"]),
        ("SELECT x FROM (VALUES (1), (2), (3)) v(x) WHERE x = ANY('{1,3}') ORDER BY x", ["1", "3"]),
        // Rows of them.
        ("SELECT * FROM unnest([1, 2])", ["1", "2"]),
        ("SELECT k FROM unnest(ARRAY['x', 'y']) AS k", ["x", "y"]),
        ("SELECT k, n FROM unnest(ARRAY['x', 'y']) WITH ORDINALITY AS u(k, n) ORDER BY n DESC", ["y|2", "x|1"]),
        ("SELECT a, b FROM unnest([1, 2], ['a']) AS u(a, b)", ["1|a", "2|NULL"]),
        ("SELECT id, u.tag FROM t, unnest(tags) AS u(tag) ORDER BY id, u.tag", ["1|a", "1|b, c"]),
        ("SELECT id, s FROM t LEFT JOIN LATERAL unnest(sizes) AS s ON true ORDER BY id, s", ["1|1", "1|2", "1|3", "2|7"]),
        ("SELECT id, i, sizes[i] FROM t CROSS JOIN LATERAL generate_subscripts(sizes, 1) AS i ORDER BY 1, 2", ["1|1|1", "1|2|2", "1|3|3", "2|1|7"]),
        ("SELECT id, n FROM t, generate_series(1, array_length(sizes, 1)) AS n WHERE id = 1 ORDER BY n", ["1|1", "1|2", "1|3"]),
        ("SELECT unnest([1, 2]), unnest(['a'])", ["1|a", "2|NULL"]),
        ("SELECT id, unnest(sizes) AS s, generate_subscripts(sizes, 1) AS i FROM t ORDER BY id, i", ["1|1|1", "1|2|2", "1|3|3", "2|7|1"]),
        ("SELECT unnest(tags)::text || '!' FROM t", ["a!", "b, c!"]),
        ("SELECT *, unnest([5]) FROM (SELECT 1 AS a)", ["1|5"]),
        ("SELECT k, count(*) FROM (SELECT unnest(['a', 'b', 'a']) AS k) GROUP BY k ORDER BY k", ["a|2", "b|1"]),
        ("SELECT (pg_catalog._pg_expandarray(sizes)).n, (_pg_expandarray(sizes)).x FROM t WHERE id = 1 ORDER BY 1", ["1|1", "2|2", "3|3"]),
        ("SELECT r.n FROM (SELECT id, (_pg_expandarray(sizes)).n, _pg_expandarray(sizes) AS keys FROM t) r WHERE id = (r.keys).x", ["1"]),
        // Stored.
        ("SELECT tags, sizes, days, price FROM t ORDER BY id", ["[a, 'b, c']|[1, 2, 3]|[2024-01-01, NULL]|[1.50, 2.25]", "[]|[7]|NULL|NULL"]),
        ("SELECT id FROM t WHERE 'a' = ANY(tags)", ["1"]),
        ("SELECT id FROM t WHERE tags @> ARRAY['b, c'] OR sizes = '{7}' ORDER BY id", ["1", "2"]),
        ("SELECT id FROM t ORDER BY sizes DESC", ["2", "1"]),
        ("SELECT days[1] + 1, price[2] * 2 FROM t WHERE id = 1", ["2024-01-02|4.50"]),
        ("SELECT to_json(tags), sizes::JSON, '[1, null]'::JSON::INT[] FROM t WHERE id = 1", ["[\"a\",\"b, c\"]|[1,2,3]|[1, NULL]"]),
        ("SELECT TRY_CAST('x' AS INT[]), TRY_CAST('{1,x}' AS INT[])", ["NULL|[1, NULL]"]),
    ])
    func lists(sql: String, rows: [String]) async throws {
        let fixture = try await Fixture(ListTests.schema, dialect: .duckdb)
        #expect(try await fixture.session.texts(sql) == rows, "\(sql)")
        try await fixture.close()
    }

    @Test func valuesAreTyped() async throws {
        let fixture = try await Fixture(ListTests.schema, dialect: .duckdb)
        let result = try await fixture.session.query("SELECT sizes, days, price FROM t WHERE id = 1")
        #expect(result.columns.map(\.type) == ["INTEGER[]", "DATE[]", "DECIMAL(10,2)[]"])
        #expect(result.values[0] == [
            .list([.integer(1), .integer(2), .integer(3)]), .list([.date(days: 19723), .null]),
            .list([.decimal(unscaled: 150, precision: 10, scale: 2), .decimal(unscaled: 225, precision: 10, scale: 2)]),
        ])
        #expect(result.values[0][1].json == "[\"2024-01-01\",null]")
        try await fixture.close()
    }

    @Test func parametersAreListsOrTheirTexts() async throws {
        let fixture = try await Fixture(ListTests.schema, dialect: .duckdb)
        let session = fixture.session
        for parameter: Value in [.list([.integer(2), .integer(1)]), .text("{1,2}"), .text("[1, 2]"), .json("[1,2]")] {
            #expect(try await session.query("SELECT id FROM t WHERE id = ANY($1) ORDER BY id", parameter).values == [[.integer(1)], [.integer(2)]])
        }
        _ = try await session.query("INSERT INTO t (id, tags) VALUES (3, $1)", Value.list([.text("q\"u'o\\te"), .null, .text("é{}")]))
        let tags = try await session.query("SELECT tags FROM t WHERE id = 3").values[0][0]
        #expect(tags == .list([.text("q\"u'o\\te"), .null, .text("é{}")]))
        #expect(try await session.query("SELECT unnest($1::int4[])", "{5,6}").values == [[.integer(5)], [.integer(6)]])
        try await fixture.close()
    }

    @Test(arguments: [
        ("SELECT '{1,2'::int[]", "BL_CONVERSION"), ("SELECT '{a}'::int[]", "BL_CONVERSION"), ("SELECT [1] || 'x'", "BL_CONVERSION"),
        ("SELECT ['a'::BLOB]", "BL_UNSUPPORTED"), ("CREATE TABLE b (x BYTEA[])", "BL_UNSUPPORTED"), ("SELECT unnest(1)", "BL_TYPE_ERROR"),
        ("SELECT array_length([1], 2)", "BL_UNSUPPORTED"), ("SELECT 1 = ANY(2)", "BL_TYPE_ERROR"), ("SELECT [1][1:2:1]", "BL_UNSUPPORTED"),
    ])
    func refusals(sql: String, expected: String) async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        #expect(await code { _ = try await fixture.session.query(sql) } == expected, "\(sql)")
        try await fixture.close()
    }
}
