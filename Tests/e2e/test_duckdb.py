"""The same statements in BranchLite and in real DuckDB: same column names, same types, same rows."""
import datetime
import decimal
import math
import uuid

import pytest

duckdb = pytest.importorskip("duckdb")

SETUP = [
    """CREATE TABLE users (id BIGINT PRIMARY KEY, name VARCHAR NOT NULL, age INTEGER, city VARCHAR, joined DATE, seen TIMESTAMP, score DOUBLE, balance DECIMAL(10,2), ok BOOLEAN)""",
    """INSERT INTO users VALUES
        (1, 'Ada', 36, 'London', DATE '2020-01-15', TIMESTAMP '2024-03-01 08:30:00', 9.5, 100.25, TRUE),
        (2, 'Bob', 41, 'Paris', DATE '2021-06-30', TIMESTAMP '2024-02-29 23:59:59.123456', 3.25, -5.10, FALSE),
        (3, 'Cyd', NULL, 'London', NULL, NULL, NULL, NULL, NULL),
        (4, 'Dee', 29, NULL, DATE '2019-12-31', TIMESTAMP '2023-12-31 00:00:00', 0.0, 0.00, TRUE),
        (5, 'Eve', 36, 'Rome', DATE '2022-02-28', TIMESTAMP '2024-01-01 12:00:00', -1.5, 99999.99, FALSE)""",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id BIGINT, amount DECIMAL(12,2), qty SMALLINT, placed TIMESTAMP)",
    """INSERT INTO orders VALUES (1, 1, 10.50, 1, '2024-01-05 10:00:00'), (2, 1, 20.00, 2, '2024-02-05 11:30:00'), (3, 2, 5.25, 1, '2024-02-10 09:00:00'),
        (4, 5, 7.75, 3, '2024-03-15 17:45:30'), (5, 9, 1.00, 1, NULL)""",
]

QUERIES = """
SELECT * FROM users ORDER BY id
SELECT count(*), count(age), sum(age), avg(age), min(age), max(age) FROM users
SELECT city, count(*) AS n FROM users GROUP BY ALL ORDER BY ALL
SELECT city, avg(score) FROM users GROUP BY city ORDER BY city
FROM users SELECT name, age WHERE age > 30 ORDER BY age DESC, name
FROM orders ORDER BY id
SELECT age / 2, age // 2, age % 5, -age FROM users ORDER BY id
SELECT 7 / 2, 7 // 2, 7 % 3, -7 // 2, -7 % 3, 2 ** 10, 7.0 / 2
SELECT balance + 1, balance * 2, balance - 0.05, balance / 3 FROM users ORDER BY id
SELECT sum(balance), avg(balance), min(balance), max(balance) FROM users
SELECT name FROM users WHERE joined >= '2020-06-01' ORDER BY joined
SELECT name FROM users WHERE seen BETWEEN '2024-01-01' AND '2024-02-29 23:59:59.2' ORDER BY name
SELECT joined + INTERVAL 1 MONTH, seen - INTERVAL '2 days' FROM users WHERE id = 1
SELECT joined + 1, joined - DATE '2020-01-01' FROM users WHERE id = 1
SELECT date_trunc('month', seen), date_part('year', seen), extract(dow FROM seen), year(joined), monthname(joined) FROM users ORDER BY id
SELECT date_diff('day', joined, DATE '2024-01-01') FROM users ORDER BY id
SELECT strftime(seen, '%Y/%m/%d %H:%M') FROM users ORDER BY id
SELECT age::VARCHAR, score::INTEGER, '12'::INTEGER, '2024-01-02'::DATE, 1::BOOLEAN FROM users WHERE id = 1
SELECT TRY_CAST('abc' AS INTEGER), TRY_CAST('2024-13-01' AS DATE), TRY_CAST('3.7' AS DOUBLE)
SELECT CAST(2.5 AS INTEGER), CAST(3.5 AS INTEGER), CAST(-2.5 AS INTEGER), CAST('1e3' AS DOUBLE), CAST(1.005 AS DECIMAL(10,2))
SELECT name ILIKE 'a%', name LIKE '_o_', name NOT ILIKE '%e%' FROM users ORDER BY id
SELECT upper(name), lower(name), length(name), reverse(name), name || '!' FROM users ORDER BY id
SELECT substr('hello', 2, 3), left('hello', 2), right('hello', 3), replace('hello', 'l', 'L'), trim('  x '), lpad('7', 3, '0')
SELECT split_part('a-b-c', '-', 2), concat('a', NULL, 'b'), concat_ws(',', 'a', NULL, 'b'), contains('abc', 'b'), starts_with('abc', 'ab')
SELECT regexp_matches('abc123', '[0-9]+'), regexp_replace('abc123', '[0-9]+', 'X'), regexp_extract('abc123', '[a-z]+')
SELECT coalesce(age, -1), ifnull(city, 'none'), nullif(age, 36) FROM users ORDER BY id
SELECT CASE WHEN age > 35 THEN 'old' WHEN age IS NULL THEN 'unknown' ELSE 'young' END AS kind FROM users ORDER BY id
SELECT greatest(1, 2, 3), least(4, 2), round(2.567, 2), round(-2.5), floor(2.7), ceil(2.1), abs(-5), sign(-3)
SELECT round(score, 1), sqrt(abs(score)), score * 1.5 FROM users ORDER BY id
SELECT DISTINCT city FROM users ORDER BY city
SELECT DISTINCT ON (city) city, name FROM users ORDER BY city, name
SELECT name, row_number() OVER (ORDER BY age, name) AS r, rank() OVER (ORDER BY age) AS k FROM users ORDER BY r
SELECT name, sum(age) OVER (PARTITION BY city ORDER BY id) AS s FROM users ORDER BY id
SELECT name, lag(name) OVER (ORDER BY id), lead(age, 1, 0) OVER (ORDER BY id) FROM users ORDER BY id
SELECT name FROM users QUALIFY row_number() OVER (PARTITION BY city ORDER BY age DESC, id) = 1 ORDER BY name
SELECT * EXCLUDE (seen, score) FROM users ORDER BY id
SELECT * REPLACE (upper(name) AS name) FROM users ORDER BY id
SELECT COLUMNS('^(id|name)$') FROM users ORDER BY id
SELECT u.name, o.amount FROM users u JOIN orders o ON o.user_id = u.id ORDER BY o.id
SELECT u.name, count(o.id) AS n, sum(o.amount) AS total FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.name ORDER BY u.name
SELECT o.id, u.name FROM orders o FULL JOIN users u ON o.user_id = u.id ORDER BY o.id, u.name
SELECT name FROM users WHERE id IN (SELECT user_id FROM orders) ORDER BY name
SELECT name FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.amount > 8) ORDER BY name
SELECT name, (SELECT max(amount) FROM orders o WHERE o.user_id = u.id) AS biggest FROM users u ORDER BY id
SELECT name FROM users SEMI JOIN orders ON orders.user_id = users.id ORDER BY name
SELECT name FROM users ANTI JOIN orders ON orders.user_id = users.id ORDER BY name
WITH t AS (SELECT city, count(*) AS n FROM users GROUP BY city) SELECT * FROM t WHERE n > 1
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, i * i AS sq FROM n ORDER BY i
SELECT 1 AS a UNION ALL SELECT 2.5 ORDER BY a
SELECT id FROM users INTERSECT SELECT user_id FROM orders ORDER BY id
SELECT id FROM users EXCEPT SELECT user_id FROM orders ORDER BY id
SELECT age + 1 AS next_age, next_age * 2 AS twice FROM users WHERE next_age > 30 ORDER BY id
SELECT name FROM users ORDER BY age
SELECT name FROM users ORDER BY age DESC
SELECT name FROM users ORDER BY city NULLS FIRST, id
SELECT name FROM users ORDER BY 1 DESC LIMIT 2 OFFSET 1
SELECT TRUE, FALSE, NOT TRUE, TRUE AND NULL, 1 = 1, 'a' < 'b', NULL IS NULL
SELECT ok, NOT ok FROM users ORDER BY id
SELECT bool_and(ok), bool_or(ok), count_if(ok) FROM users
SELECT median(age), stddev(age), var_samp(score), mode(city) FROM users
SELECT quantile_cont(score, 0.5), quantile_disc(age, 0.5) FROM users
SELECT string_agg(name, ',' ORDER BY name) FROM users
SELECT count(DISTINCT city), sum(DISTINCT age) FROM users
SELECT sum(age) FILTER (WHERE city = 'London'), count(*) FILTER (WHERE ok) FROM users
SELECT arg_max(name, age), arg_min(name, score), any_value(city) FROM users WHERE id < 3
SELECT range FROM range(5)
SELECT generate_series FROM generate_series(1, 4)
SELECT * FROM (VALUES (1, 'x'), (2, 'y')) AS t(a, b) ORDER BY a
VALUES (1, 'a'), (2, 'b')
SELECT 1 IN (1, 2), 3 NOT IN (1, 2), 5 BETWEEN 1 AND 9
SELECT '2024-01-31'::DATE + INTERVAL 1 MONTH, TIMESTAMP '2024-01-01' + INTERVAL '90 minutes'
SELECT INTERVAL 3 DAY, INTERVAL '1 year 2 months', INTERVAL '01:30:00'
SELECT TIME '12:34:56.5', DATE '1969-12-31', TIMESTAMP '1969-12-31 23:59:59'
SELECT 1e10, 1.5e-7, 123456789012345678.0::DOUBLE, 0.1 + 0.2, 1.0::DOUBLE
SELECT 9223372036854775807, -9223372036854775807, 3000000000
SELECT 12.50, 0.001, 100., 1.10 + 2.205
SELECT age > 30 AS grown, count(*) FROM users GROUP BY grown ORDER BY grown
SELECT city, age, count(*) FROM users GROUP BY city, age HAVING count(*) >= 1 ORDER BY city, age
SELECT max(seen), min(joined) FROM users
SELECT CURRENT_DATE = today(), now() IS NOT NULL
SELECT '{"a": [1, 2]}'::JSON -> 'a', '{"a": "x"}'::JSON ->> 'a', json_extract_string('{"k": 5}', '$.k')
SELECT md5('abc'), hex('abc'), to_base64('abc'::BLOB), ascii('A'), chr(66)
SELECT iff(age > 35, 'y', 'n') FROM users ORDER BY id
SELECT NULL, NULL::INTEGER, NULL + 1
SELECT u.* FROM users u WHERE u.city = 'London' ORDER BY u.id
SELECT a.id, b.id FROM users a CROSS JOIN users b WHERE a.id < b.id AND b.id < 4 ORDER BY 1, 2
SELECT id, qty * amount AS total FROM orders ORDER BY total DESC
SELECT date_trunc('month', placed) AS month, sum(amount) AS revenue, count(*) FROM orders GROUP BY 1 ORDER BY 1
SELECT typeof(1), typeof(1.5), typeof('x'), typeof(NULL), typeof(DATE '2024-01-01'), typeof(age), typeof(balance) FROM users WHERE id = 1
SELECT lower(city) AS c FROM users WHERE c = 'paris'
SELECT printf('%05d|%s', 42, 'x'), format('{}-{}', 1, 'a')
SELECT bit_count(7), 5 & 3, 5 | 3, 1 << 4, xor(5, 3)
SELECT isnan(1.0::DOUBLE), isinf(1.0::DOUBLE), pi(), ln(10), log10(1000), exp(1)
""".strip().splitlines()

ERRORS = [
    ("SELECT nope FROM users", "BL_NO_SUCH_COLUMN"),
    ("SELECT * FROM nope", "BL_NO_SUCH_TABLE"),
    ("SELECT nofunction(1)", "BL_NO_SUCH_FUNCTION"),
    ("SELECT 'abc'::INTEGER", "BL_CONVERSION"),
    ("SELECT CAST(300 AS TINYINT)", None),
    ("SELECT 2147483647::INTEGER + 1::INTEGER", "BL_OUT_OF_RANGE"),
    ("SELECT id FROM users a, users b", "BL_AMBIGUOUS_COLUMN"),
    ("INSERT INTO users (id, name) VALUES (1, 'again')", None),
    ("INSERT INTO users (id) VALUES (77)", "BL_CONSTRAINT_NOT_NULL"),
    ("INSERT INTO orders VALUES (99, 1, 'x', 1, NULL)", "BL_CONVERSION"),
    ("SELECT sum(name) FROM users", None),
    ("SELECT name, count(*) FROM users", None),
]


def plain(value):
    """A DuckDB value as BranchLite's JSON writes it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else str(value)
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity") if math.isinf(value) else value
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S")
        return text + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S") + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")
    if isinstance(value, (datetime.date, decimal.Decimal, uuid.UUID)):
        return str(value) if not isinstance(value, decimal.Decimal) else format(value, "f")
    return value


def same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        try:
            return math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-12)
        except (TypeError, ValueError):
            return False
    return a == b


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    from client import Client
    from conftest import Server

    server = Server(tmp_path_factory.mktemp("duckdb") / "s.db")
    peer = duckdb.connect()
    try:
        with Client(server.url) as client:
            for statement in SETUP:
                client.query(statement)
                peer.execute(statement)
            yield client, peer
    finally:
        server.stop()


@pytest.mark.parametrize("sql", QUERIES)
def test_same_answer(both, sql):
    client, peer = both
    if sql.startswith("SELECT iff("):
        expected = peer.execute("SELECT CASE WHEN age > 35 THEN 'y' ELSE 'n' END FROM users ORDER BY id")
    else:
        expected = peer.execute(sql)
    names = [d[0] for d in expected.description]
    types = [str(d[1]) for d in expected.description]
    wanted = expected.fetchall()
    if "INTERVAL" in types:  # the Python client makes timedeltas of them: let DuckDB print them
        wanted = peer.execute("SELECT COLUMNS(*)::VARCHAR FROM (" + sql + ")").fetchall()
    got = client.run(sql)
    if not sql.startswith("SELECT iff("):
        assert [c["name"] for c in got["columns"]] == names
    loose = {"NULL": '"NULL"'}
    assert [loose.get(c["type"], c["type"]) for c in got["columns"]] == types
    assert len(got["rows"]) == len(wanted)
    for mine, theirs in zip(got["rows"], wanted):
        for a, b, kind in zip(mine, theirs, types):
            if kind == "JSON" and b is not None:
                import json

                b = json.loads(b)
            assert same(a, plain(b)), (mine, theirs)


@pytest.mark.parametrize("sql,code", ERRORS)
def test_both_refuse(both, sql, code):
    from client import ToolError

    client, peer = both
    with pytest.raises(duckdb.Error):
        peer.execute(sql).fetchall()
    with pytest.raises(ToolError) as caught:
        client.query(sql)
    assert caught.value.code.startswith("BL_") and caught.value.code not in ("BL_INTERNAL", "BL_SQL")
    if code:
        assert caught.value.code == code
