import Testing

@testable import Branching
import Engine
import SQLDialect

/// Syntax and functions that PostgreSQL's clients use.
@Suite struct PostgreSQLExpressionTests {
    private static let schema = """
        CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, at TIMESTAMP);
        INSERT INTO t VALUES (1, 'ann', '2024-03-05 14:07:09.5'), (2, 'bob', NULL);
        CREATE INDEX t_name ON t (name, id)
        """

    @Test(arguments: [
        // Syntax.
        ("SELECT name FROM t WHERE name OPERATOR(pg_catalog.~) '^(ann)$' COLLATE pg_catalog.default ORDER BY name COLLATE \"C\"", ["ann"]),
        ("SELECT 5::pg_catalog.int4, 'x'::pg_catalog.\"char\", 'y'::\"char\", 'z'::name, 5::oid, '7'::pg_catalog.oid, 'a'::information_schema.sql_identifier, 3::xid", ["5|x|y|z|5|7|a|3"]),
        ("SELECT '{1,2}'::_int4, int4 '5', date '2024-01-01', E'a\\tb', $$x'y$$, $q$a$$b$q$", ["[1, 2]|5|2024-01-01|a\tb|x'y|a$$b"]),
        ("SELECT U&'d\\0061t\\+00006F\\\\'", ["dato\\"]),
        ("SELECT substring('foobar' from 'o.b'), substring('foobar' from 'o(.)b'), substring('x' from 'y'), substring('abc' from 2 for 1)", ["oob|o|NULL|b"]),
        ("SELECT id FROM t ORDER BY id FOR UPDATE OF t SKIP LOCKED", ["1", "2"]),
        ("SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE", ["1"]),
        ("SELECT id FROM t WHERE id = 1 FOR SHARE NOWAIT", ["1"]),
        ("SELECT EXISTS (SELECT FROM t WHERE id = 1), EXISTS (SELECT FROM t WHERE id = 9)", ["true|false"]),
        ("SELECT t.id, l.c FROM t LEFT JOIN LATERAL (SELECT count(*) AS c FROM t u WHERE u.id <= t.id) l ON true ORDER BY 1", ["1|1", "2|2"]),
        ("SELECT t.id, l.id, l.name FROM t, LATERAL (SELECT u.id, u.name FROM t u WHERE u.id <> t.id ORDER BY u.id LIMIT 1) l ORDER BY 1", ["1|2|bob", "2|1|ann"]),
        ("SELECT t.id, l.d FROM t LEFT JOIN LATERAL (SELECT date_trunc('month', t.at) AS d WHERE t.at IS NOT NULL) l ON true ORDER BY 1", ["1|2024-03-01 00:00:00", "2|NULL"]),
        // References to the catalogue.
        ("SELECT relname FROM pg_class WHERE oid = 't'::regclass", ["t"]),
        ("SELECT 'public.t'::regclass = (SELECT oid FROM pg_class WHERE relname = 't'), 't_name'::regclass::oid > 0, 'pg_class'::regclass::oid", ["true|true|1259"]),
        ("SELECT 1259::regclass, 't'::regclass::text, (SELECT indrelid::regclass FROM pg_index LIMIT 1), 1259::regclass::oid, 0::regclass, 5::oid::regclass", ["pg_class|t|t|1259|-|5"]),
        ("SELECT 'int4'::regtype::oid, 'integer[]'::regtype::int, 23::regtype, 'int4'::regtype::text", ["23|1007|integer|integer"]),
        ("SELECT nspname FROM pg_namespace WHERE oid = 'pg_catalog'::regnamespace", ["pg_catalog"]),
        ("SELECT to_regclass('nope'), to_regclass('t') IS NOT NULL, to_regtype('text'), 'x' = relname FROM pg_class WHERE oid = 't'::pg_catalog.regclass", ["NULL|true|text|false"]),
        ("SELECT indkey[0], indkey[1] FROM pg_index WHERE indexrelid = 't_name'::regclass", ["2|1"]),
        ("SELECT unnest(indkey), generate_subscripts(indkey, 1) FROM pg_index WHERE indexrelid = 't_name'::regclass", ["2|0", "1|1"]),
        // Functions.
        ("SELECT version() LIKE 'PostgreSQL 15.0%BranchLite%', current_schemas(false), current_schemas(true)", ["true|[main]|[pg_catalog, main]"]),
        ("SELECT pg_backend_pid() > 0, pg_is_in_recovery(), inet_server_addr(), pg_postmaster_start_time() <= clock_timestamp(), statement_timestamp() = now()", ["true|false|NULL|true|true"]),
        ("SELECT current_setting('server_version'), current_setting('nope', true), current_setting('search_path')", ["15.0|NULL|main"]),
        ("SELECT has_table_privilege('t', 'select'), has_schema_privilege('u', 'main', 'USAGE'), pg_has_role('a', 'b')", ["true|true|true"]),
        ("SELECT quote_ident('a b'), quote_ident('ab'), quote_literal('a''b'), quote_literal(5), quote_nullable(NULL)", ["\"a b\"|ab|'a''b'|'5'|NULL"]),
        ("SELECT pg_size_pretty(1024), pg_size_pretty(10240), pg_size_pretty(123456789), pg_table_size('t'::regclass)", ["1024 bytes|10 kB|118 MB|NULL"]),
        ("SELECT num_nulls(1, NULL, NULL), num_nonnulls(1, NULL), lpad('a', 3), rpad('a', 3) || '|', btrim('xax', 'x')", ["2|1|  a|a  ||a"]),
        ("SELECT encode('abc'::bytea, 'hex'), encode('abc'::bytea, 'base64'), decode('616263', 'hex'), decode('YWJj', 'base64')", ["616263|YWJj|abc|abc"]),
        ("SELECT format('%I %L %s %% %2$s', 'a b', 'c''d', 5), format('{} {}', 1, 2)", ["\"a b\" 'c''d' 5 % c'd|1 2"]),
        ("SELECT to_char(at, 'YYYY-MM-DD HH24:MI:SS.MS'), to_char(at, 'FMDay, DD Mon YYYY'), to_char(at, '%Y') FROM t WHERE id = 1", ["2024-03-05 14:07:09.500|Tuesday, 05 Mar 2024|2024"]),
        ("SELECT to_date('05.03.2024', 'DD.MM.YYYY'), to_timestamp('2024-03-05 10:11:12', 'YYYY-MM-DD HH24:MI:SS'), to_timestamp(0)", ["2024-03-05|2024-03-05 10:11:12+00|1970-01-01 00:00:00+00"]),
        ("SELECT json_build_object('a', 1, 'b', 'x'), jsonb_build_array(1, 'x', NULL), '{\"a\":{\"b\":1}}'::jsonb -> 'a' ->> 'b'", ["{\"a\":1,\"b\":\"x\"}|[1,\"x\",null]|1"]),
        ("SELECT json_agg(name ORDER BY id DESC), jsonb_agg(id = 1), json_object_agg(name, id) FROM t", ["[\"bob\",\"ann\"]|[true,false]|{\"ann\":1,\"bob\":2}"]),
        ("SELECT json_agg(id), json_object_agg(name, id) FROM t WHERE false", ["NULL|NULL"]),
        ("SELECT pg_typeof(1), pg_typeof('a'::text), pg_typeof(now()), pg_typeof([1])", ["integer|text|timestamp with time zone|integer[]"]),
        ("SELECT pg_sleep(0) IS NULL, pg_advisory_unlock_all(), pg_client_encoding()", ["true||UTF8"]),
    ])
    func expressions(sql: String, rows: [String]) async throws {
        let fixture = try await Fixture(PostgreSQLExpressionTests.schema, dialect: .duckdb)
        #expect(try await fixture.session.texts(sql) == rows, "\(sql)")
        try await fixture.close()
    }

    @Test func setConfigIsSet() async throws {
        let fixture = try await Fixture(PostgreSQLExpressionTests.schema, dialect: .duckdb)
        let session = fixture.session
        #expect(try await session.texts("SELECT pg_catalog.set_config('search_path', '', false)") == [""])
        #expect(try await session.texts("SELECT name FROM public.t ORDER BY id") == ["ann", "bob"])
        #expect(try await session.query("SELECT set_config('application_name', 'x', false)").values == [[.text("x")]])
        #expect(try await session.texts("SELECT current_setting('application_name')") == ["x"])
        try await session.query("SET application_name = 'y'")
        #expect(try await session.texts("SELECT current_setting('application_name')") == ["y"])
        #expect(try await session.query("SELECT 1, set_config($1, $2, false)", "application_name", "z").values == [[.integer(1), .text("z")]])
        #expect(try await session.texts("SHOW application_name") == ["z"])
        #expect(await code { _ = try await session.query("SELECT 1, set_config('search_path', 'x', false)") } == "BL_UNSUPPORTED")
        #expect(await code { _ = try await session.query("SELECT 1, set_config('nothing', 'x', false)") } == "BL_UNKNOWN_SETTING")
        try await fixture.close()
    }

    @Test(arguments: [
        ("SELECT 'nope'::regclass", "BL_NO_SUCH_TABLE"), ("SELECT 'nope'::regtype", "BL_TYPE_ERROR"), ("SELECT pg_advisory_lock(1, 2, 3)", "BL_TYPE_ERROR"),
        ("SELECT current_setting('nope')", "BL_UNKNOWN_SETTING"), ("SELECT 1 FOR READ", "BL_PARSE_ERROR"),
        ("SELECT format('%s %s', 1)", "BL_INVALID_INPUT"),
    ])
    func refusals(sql: String, expected: String) async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        #expect(await code { _ = try await fixture.session.query(sql) } == expected, "\(sql)")
        try await fixture.close()
    }
}
