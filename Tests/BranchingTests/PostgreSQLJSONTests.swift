import Branching
import Testing

/// PostgreSQL's functions and operators of JSON, and patterns of numbers, in SQL. What they answer is what PostgreSQL 15 does, but for
/// the order of keys and blanks, which jsonb has its own.
@Suite struct PostgreSQLJSONTests {
    @Test(arguments: [
        (#"SELECT json_typeof('1'), jsonb_typeof('"a"'::jsonb), json_typeof('null'), json_typeof('[1]'), json_typeof('{}'::json), json_typeof('true')"#, ["number|string|null|array|object|boolean"]),
        (#"SELECT '{"a":{"b":[1,2,{"c":"x"}]}}'::json #> '{a,b,2}', '{"a":{"b":[1,2,{"c":"x"}]}}'::jsonb #>> '{a,b,2,c}', '{"a":[1]}'::jsonb #> ARRAY['a','-1'], '{"a":1}'::json #> '{b}'"#, [#"{"c":"x"}|x|1|NULL"#]),
        (#"SELECT '{"a":null}'::json #> '{a}', '{"a":null}'::json #>> '{a}', '{"a":[true]}'::json #>> '{a,0}', '{"a":5}'::json #>> '{}'"#, [#"null|NULL|true|{"a":5}"#]),
        (#"SELECT '{"a":1,"b":[1,2,3]}'::jsonb @> '{"b":[3,1]}', '{"a":1}'::jsonb @> '{"a":2}', '[1,[2,3]]'::jsonb @> '[[3]]', '["x",1]'::jsonb @> '"x"', '{"a":1.0}'::jsonb <@ '{"a":1,"b":2}'::jsonb"#, ["true|false|true|true|true"]),
        (#"SELECT [1,2,3] @> [2], '{1,2}'::int[] <@ '{1,2,3}'::int[]"#, ["true|true"]),
        (#"SELECT jsonb_exists('{"a":1}', 'a'), jsonb_exists('["a"]'::jsonb, 'b'), jsonb_exists_any('{"a":1}', ARRAY['x','a']), jsonb_exists_all('{"a":1}', ARRAY['x','a'])"#, ["true|false|true|false"]),
        (#"SELECT jsonb_set('{"a":{"b":1}}', '{a,b}', '2'), jsonb_set('{"a":[1,2]}', '{a,-1}', '"x"'), jsonb_set('{"a":1}', '{b}', '2', false), jsonb_set('{"a":1}', '{b}', '2')"#, [#"{"a":{"b":2}}|{"a":[1,"x"]}|{"a":1}|{"a":1,"b":2}"#]),
        (#"SELECT jsonb_set('[1,2]', '{5}', '9'), jsonb_set('[1,2]', '{-5}', '9'), jsonb_set('{"a":1}', '{x,y}', '2'), jsonb_insert('[1,2]', '{1}', '9'), jsonb_insert('[1,2]', '{1}', '9', true)"#, [#"[1,2,9]|[9,1,2]|{"a":1}|[1,9,2]|[1,2,9]"#]),
        (#"SELECT json_strip_nulls('{"a":null,"b":[null,{"c":null}]}'), jsonb_array_length('[1,2]'), json_array_length('[]'::json)"#, [#"{"b":[null,{}]}|2|0"#]),
        (#"SELECT jsonb_extract_path('{"a":{"b":[5]}}', 'a', 'b', '0'), jsonb_extract_path_text('{"a":"x"}'::jsonb, 'a')"#, ["5|x"]),
        (#"SELECT * FROM json_array_elements('[1,"a",null,{"b":2}]')"#, ["1", #""a""#, "null", #"{"b":2}"#]),
        (#"SELECT value FROM jsonb_array_elements_text('[1,"a",null,{"b":2}]'::jsonb)"#, ["1", "a", "NULL", #"{"b":2}"#]),
        (#"SELECT e ->> 'n' FROM (SELECT '[{"n":1},{"n":2}]'::json AS j) t, json_array_elements(t.j) AS e ORDER BY 1"#, ["1", "2"]),
        (#"SELECT json_object_keys('{"b":1,"a":2}')"#, ["b", "a"]),
        (#"SELECT key, value FROM jsonb_each('{"a":1,"b":"x"}')"#, ["a|1", #"b|"x""#]),
        (#"SELECT k, v FROM json_each_text('{"a":null,"b":"x","c":[1]}') AS t(k, v)"#, ["a|NULL", "b|x", "c|[1]"]),
        (#"SELECT row_to_json(t) FROM t ORDER BY id"#, [#"{"id":1,"name":"ann"}"#, #"{"id":2,"name":null}"#]),
        (#"SELECT json_agg(q) FROM (SELECT name FROM t ORDER BY id) q"#, [#"[{"name":"ann"},{"name":null}]"#]),
        (#"SELECT to_jsonb(t), to_json(name) FROM t WHERE id = 1"#, [#"{"id":1,"name":"ann"}|"ann""#]),
        // Numbers.
        ("SELECT to_char(1234.5, '9,999.99'), to_char(-7, 'S099'), to_char(485, 'FMRN'), to_char(0.5::double, 'FM0.00'), to_char(12, '99th')", [" 1,234.50|-007|CDLXXXV|0.50| 12th"]),
        ("SELECT to_char(id, 'FM000'), to_char(NULL::int, '9') FROM t ORDER BY id", ["001|NULL", "002|NULL"]),
        ("SELECT to_number('12,454.8-', '99G999D9S'), to_number('$1,234.50', 'L9,999.99') * 2, to_number('-5', 'S9'), to_number('125', '99V9')", ["-12454.8|2469.00|-5|12.5"]),
    ])
    func answers(sql: String, rows: [String]) async throws {
        let fixture = try await Fixture("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'ann'), (2, NULL)", dialect: .duckdb)
        #expect(try await fixture.session.texts(sql) == rows, "\(sql)")
        try await fixture.close()
    }

    @Test(arguments: [
        ("SELECT to_char(1, '9.9.9')", "BL_INVALID_INPUT"), ("SELECT to_number('abc', '999')", "BL_CONVERSION"), ("SELECT to_number('1', 'RN')", "BL_UNSUPPORTED"),
        ("SELECT json_typeof('{')", "BL_INVALID_INPUT"), ("SELECT * FROM json_array_elements('{}')", "BL_INVALID_INPUT"), ("SELECT row_to_json(1)", "BL_UNSUPPORTED"),
        ("SELECT jsonb_pretty('{}')", "BL_UNSUPPORTED"), ("SELECT B'101'", "BL_UNSUPPORTED"),
    ])
    func refusals(sql: String, expected: String) async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        #expect(await code { _ = try await fixture.session.query(sql) } == expected, "\(sql)")
        try await fixture.close()
    }
}
