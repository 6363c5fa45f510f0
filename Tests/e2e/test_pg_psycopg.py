"""psycopg 3 against the PostgreSQL door: sync, async, text and binary, pipelines, COPY, pools."""
import asyncio
import datetime as dt
import decimal
import math
import uuid

import psycopg
import pytest
from psycopg import errors, pq
from psycopg.rows import dict_row
from psycopg.types import TypeInfo
from psycopg.types.json import Jsonb, Json
from psycopg_pool import AsyncConnectionPool, ConnectionPool

IDLE, INTRANS, INERROR = pq.TransactionStatus.IDLE, pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR
UTC = dt.timezone.utc
TYPES = ["boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric(18,4)", "text", "bytea", "date", "time", "timestamp", "timestamptz", "uuid",
         "json"]
ROW = (True, -7, 2**31 - 1, -2**63, 0.5, 1e-300, decimal.Decimal("-123456789.0001"), "it's \\ \"☃\"\n", bytes(range(256)), dt.date(2024, 2, 29),
       dt.time(1, 2, 3, 4), dt.datetime(2024, 1, 2, 3, 4, 5, 678), dt.datetime(2024, 7, 1, 12, tzinfo=UTC), uuid.UUID(int=9), {"a": [1, None]})


@pytest.fixture
def connection(dsn):
    with psycopg.connect(dsn, connect_timeout=20) as connected:
        yield connected


def status(connection):
    return connection.info.transaction_status


@pytest.mark.parametrize("binary_in", [False, True], ids=["text-in", "binary-in"])
@pytest.mark.parametrize("binary_out", [False, True], ids=["text-out", "binary-out"])
def test_values_in_both_formats(connection, binary_in, binary_out):
    connection.execute("CREATE TABLE t (" + ", ".join(f"c{index} {name}" for index, name in enumerate(TYPES)) + ")")
    place = "%b" if binary_in else "%t"
    sent = [*ROW[:-1], Json(ROW[-1])]
    connection.execute("INSERT INTO t VALUES (" + ", ".join([place] * len(TYPES)) + ")", sent)
    connection.execute("INSERT INTO t VALUES (" + ", ".join([place] * len(TYPES)) + ")", [None] * len(TYPES))
    cursor = connection.cursor(binary=binary_out)
    cursor.execute("SELECT * FROM t ORDER BY c2")
    assert cursor.fetchall() == [ROW, (None,) * len(TYPES)]
    assert [column.type_code for column in cursor.description] == [16, 21, 23, 20, 700, 701, 1700, 25, 17, 1082, 1083, 1114, 1184, 2950, 114]
    for column, value in zip([f"c{index}" for index in range(len(TYPES) - 1)], ROW):
        assert cursor.execute(f"SELECT count(*) FROM t WHERE {column} = {place}", (value,)).fetchone() == (1,), column


def test_values_without_columns(connection):
    cursor = connection.cursor(binary=True)
    span = dt.timedelta(days=40, hours=5, microseconds=7)
    assert cursor.execute("SELECT %s::interval, 'inf'::double precision, %s::text, %s::bigint + 1", (span, "ü", 2**40)).fetchone() == (span, math.inf, "ü", 2**40 + 1)
    assert connection.execute("SELECT %s", ("text",)).fetchone() == ("text",)


def test_arrays(connection):
    for binary in (False, True):
        cursor = connection.cursor(binary=binary)
        assert cursor.execute("SELECT %s::integer[], ['a', NULL, 'b,c'], array_agg(x) FROM unnest(%s::bigint[]) u(x)", ([1, None, 3], [5, 6])).fetchone() == (
            [1, None, 3], ["a", None, "b,c"], [5, 6])
        cursor.execute("SELECT count(*) FROM range(10) r(n) WHERE n = ANY(%s)", ([2, 3, 99],))
        assert cursor.fetchone() == (2,)


def test_pipeline_with_an_error_in_the_middle(connection):
    connection.execute("CREATE TABLE t (n integer PRIMARY KEY)")
    connection.commit()
    with pytest.raises(errors.UniqueViolation):
        with connection.pipeline() as pipeline:
            connection.execute("INSERT INTO t VALUES (1)")
            first = connection.execute("SELECT count(*) FROM t")
            pipeline.sync()
            connection.execute("INSERT INTO t VALUES (2)")
            connection.execute("INSERT INTO t VALUES (2)")
            connection.execute("INSERT INTO t VALUES (3)")
    assert first.fetchone() == (1,)
    assert status(connection) == INERROR
    connection.rollback()
    connection.autocommit = True
    with pytest.raises(errors.UniqueViolation):
        with connection.pipeline() as pipeline:
            connection.execute("INSERT INTO t VALUES (1)")
            pipeline.sync()
            connection.execute("INSERT INTO t VALUES (2)")
            connection.execute("INSERT INTO t VALUES (2)")
            pipeline.sync()
    assert status(connection) == IDLE
    # What stands between two Syncs is one transaction.
    assert connection.execute("SELECT n FROM t ORDER BY n").fetchall() == [(1,)]
    with connection.pipeline():
        cursors = [connection.execute("SELECT %s::integer * 2", (number,)) for number in range(200)]
        assert [cursor.fetchone() for cursor in cursors] == [(number * 2,) for number in range(200)]


def test_cursors_on_the_server(connection):
    connection.execute("CREATE TABLE t AS SELECT range AS n FROM range(3000)")
    with connection.cursor("parts") as cursor:
        cursor.itersize = 500
        cursor.execute("SELECT n FROM t WHERE n >= %s ORDER BY n", (100,))
        assert [row[0] for row in cursor] == list(range(100, 3000))
    with connection.cursor("forward", scrollable=False) as cursor:
        cursor.execute("SELECT n FROM t ORDER BY n")
        assert cursor.fetchmany(2) == [(0,), (1,)]
        cursor.scroll(5)
        assert cursor.fetchone() == (7,)
    with pytest.raises(errors.FeatureNotSupported, match="SCROLL"):
        with connection.transaction(), connection.cursor("back", scrollable=True) as cursor:
            cursor.execute("SELECT n FROM t ORDER BY n")
    with connection.cursor("held", withhold=True, binary=True, row_factory=dict_row) as cursor:
        cursor.execute("SELECT n FROM t ORDER BY n LIMIT 3")
        connection.commit()
        assert cursor.fetchall() == [{"n": 0}, {"n": 1}, {"n": 2}]
    connection.rollback()
    assert status(connection) == IDLE


def test_prepared_statements_and_schema_changes(connection, dsn):
    connection.autocommit = True
    connection.prepare_threshold = 1
    connection.execute("CREATE TABLE t (n integer, s text)")
    connection.execute("INSERT INTO t VALUES (1, 'a')")
    for _ in range(4):
        assert connection.execute("SELECT n, s FROM t WHERE n = %s", (1,)).fetchone() == (1, "a")
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("ALTER TABLE t ADD COLUMN more integer DEFAULT 5")
    assert connection.execute("SELECT n, s FROM t WHERE n = %s", (1,)).fetchone() == (1, "a")
    for _ in range(3):
        assert connection.execute("SELECT * FROM t WHERE n = %s", (1,)).fetchone() == (1, "a", 5)
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("ALTER TABLE t DROP COLUMN more")
    # As in PostgreSQL: the result of a prepared statement may not change under the client.
    with pytest.raises(errors.FeatureNotSupported, match="cached plan must not change result type"):
        connection.execute("SELECT * FROM t WHERE n = %s", (1,))
    assert connection.execute("SELECT * FROM t WHERE n = %s", (1,), prepare=False).fetchone() == (1, "a")


def test_prepared_statements_follow_the_branch(connection, branch):
    connection.autocommit = True
    connection.prepare_threshold = 0
    connection.execute("CREATE TABLE t (n integer)")
    connection.execute("INSERT INTO t VALUES (1)")
    connection.execute(f"CREATE BRANCH {branch}x FROM {branch}")
    try:
        connection.execute("INSERT INTO t VALUES (2)")
        count = "SELECT count(*) FROM t WHERE n > %s"
        assert connection.execute(count, (0,)).fetchone() == (2,)
        connection.execute(f"USE BRANCH {branch}x")
        assert connection.execute(count, (0,)).fetchone() == (1,)
        connection.execute("INSERT INTO t VALUES (3), (4)")
        assert connection.execute(count, (0,)).fetchone() == (3,)
        connection.execute(f"SET branch = '{branch}'")
        assert connection.execute(count, (0,)).fetchone() == (2,)
        with connection.transaction():
            with pytest.raises(errors.ActiveSqlTransaction):
                with connection.transaction():
                    connection.execute(f"USE BRANCH {branch}x")
    finally:
        connection.execute(f"USE BRANCH {branch}")
        connection.execute(f"DROP BRANCH {branch}x FORCE")


def test_copy(connection):
    connection.execute("CREATE TABLE t (n integer, s text, d double precision, at timestamp)")
    rows = [(1, "a\tb\\c\n", 1.5, dt.datetime(2024, 1, 1, 2, 3)), (2, None, math.inf, None), (3, "", -0.25, dt.datetime(1900, 1, 1))]
    with connection.cursor().copy("COPY t FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    with connection.cursor().copy("COPY t (n, s, d, at) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["integer", "text", "double precision", "timestamp"])
        for row in rows:
            copy.write_row((row[0] + 10, *row[1:]))
    with connection.cursor().copy("COPY t FROM STDIN (FORMAT CSV, HEADER, DELIMITER ';', NULL '-')") as copy:
        copy.write('n;s;d;at\n21;"x;""y""";-;-\n')
    assert connection.execute("SELECT * FROM t ORDER BY n").fetchall() == [*rows, *((row[0] + 10, *row[1:]) for row in rows), (21, 'x;"y"', None, None)]
    for options in ["", "(FORMAT BINARY)"]:
        with connection.cursor().copy(f"COPY (SELECT * FROM t WHERE n < 10 ORDER BY n) TO STDOUT {options}") as copy:
            copy.set_types(["integer", "text", "double precision", "timestamp"])
            assert list(copy.rows()) == rows
    with connection.cursor().copy("COPY t (n, s) TO STDOUT (FORMAT CSV, HEADER, FORCE_QUOTE (s))") as copy:
        text = b"".join(bytes(part) for part in copy).decode()
    assert text.startswith('n,s\n1,"a\tb\\c\n"\n2,\n3,""\n')
    connection.commit()
    with pytest.raises(errors.BadCopyFileFormat, match="COPY t, line 2"):
        with connection.cursor().copy("COPY t FROM STDIN") as copy:
            copy.write("1\ta\t1\t\\N\n1\n")
    assert status(connection) == INERROR
    connection.rollback()
    with pytest.raises(ZeroDivisionError):
        with connection.cursor().copy("COPY t FROM STDIN") as copy:
            copy.write("100\t\\N\t\\N\t\\N\n")
            raise ZeroDivisionError
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (7,)


def test_executemany_with_returning(connection):
    connection.execute("CREATE TABLE t (id serial PRIMARY KEY, s text)")
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO t (s) VALUES (%s) RETURNING id, s", [("a",), ("b",), ("c",)], returning=True)
    got = []
    while True:
        got.append(cursor.fetchone())
        if not cursor.nextset():
            break
    assert got == [(1, "a"), (2, "b"), (3, "c")]
    cursor.executemany("UPDATE t SET s = %s WHERE id > %s", [("x", 1), ("y", 2)])
    assert cursor.rowcount == 3
    assert connection.execute("SELECT s FROM t ORDER BY id").fetchall() == [("a",), ("x",), ("y",)]


def test_nested_transactions(connection):
    connection.autocommit = True
    connection.execute("CREATE TABLE t (n integer)")
    with connection.transaction():
        connection.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(errors.InvalidTextRepresentation):
            with connection.transaction():
                connection.execute("INSERT INTO t VALUES (2)")
                connection.execute("SELECT 'x'::integer")
        assert status(connection) == INTRANS
        with connection.transaction("named", force_rollback=True):
            connection.execute("INSERT INTO t VALUES (3)")
        with connection.transaction():
            connection.execute("INSERT INTO t VALUES (4)")
    assert status(connection) == IDLE
    assert connection.execute("SELECT n FROM t ORDER BY n").fetchall() == [(1,), (4,)]
    connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    connection.read_only = True
    with pytest.raises(errors.ReadOnlySqlTransaction):
        with connection.transaction():
            assert connection.execute("SHOW transaction_isolation").fetchone() == ("serializable",)
            connection.execute("INSERT INTO t VALUES (5)")


def test_type_info(connection):
    info = TypeInfo.fetch(connection, "uuid")
    assert (info.name, info.oid, info.array_oid) == ("uuid", 2950, 2951)
    assert TypeInfo.fetch(connection, "no_such_type") is None
    assert TypeInfo.fetch(connection, "pg_catalog.int4").oid == 23


def test_several_statements_and_results(connection):
    cursor = connection.execute("SELECT 1; CREATE TABLE t (n integer); INSERT INTO t VALUES (1), (2); SELECT * FROM t ORDER BY n")
    results = [(cursor.statusmessage, cursor.rowcount)]
    while cursor.nextset():
        results.append((cursor.statusmessage, cursor.rowcount))
    assert results == [("SELECT 1", 1), ("CREATE TABLE", -1), ("INSERT 0 2", 2), ("SELECT 2", 2)]
    assert cursor.fetchall() == [(1,), (2,)]
    connection.rollback()
    connection.autocommit = True
    # One transaction: nothing of it stays.
    with pytest.raises(errors.UndefinedTable):
        connection.execute("CREATE TABLE u (n integer); INSERT INTO u VALUES (1); SELECT * FROM nowhere")
    with pytest.raises(errors.UndefinedTable):
        connection.execute("SELECT * FROM u")


def test_a_pool(dsn):
    with ConnectionPool(dsn, min_size=2, max_size=3, open=True, check=ConnectionPool.check_connection, timeout=30) as pool:
        with pool.connection() as connection:
            connection.execute("CREATE TABLE t (n integer)")
        for number in range(20):
            with pool.connection() as connection:
                connection.execute("INSERT INTO t VALUES (%s)", (number,))
        with pytest.raises(errors.UndefinedTable):
            with pool.connection() as connection:
                connection.execute("INSERT INTO t VALUES (99)")
                connection.execute("SELECT * FROM nowhere")
        with pool.connection() as connection:
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (20,)
            victim = connection
            victim.close()
        with pool.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_async(dsn):
    async def work():
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            await connection.execute("CREATE TABLE t (n integer PRIMARY KEY, s text)")
            async with connection.transaction():
                await connection.cursor().executemany("INSERT INTO t VALUES (%s, %s)", [(n, str(n)) for n in range(100)])
            async with connection.pipeline():
                first = await connection.execute("SELECT count(*) FROM t")
                second = await connection.execute("SELECT s FROM t WHERE n = %s", (42,))
                assert await first.fetchone() == (100,) and await second.fetchone() == ("42",)
            async with connection.cursor().copy("COPY t FROM STDIN") as copy:
                await copy.write_row((1000, "copied"))
            cursor = connection.cursor()
            assert [row[0] async for row in cursor.stream("SELECT n FROM t WHERE n < 5 ORDER BY n")] == [0, 1, 2, 3, 4]
            running = asyncio.ensure_future(connection.execute("SELECT count(*) FROM range(10000000000)"))
            await asyncio.sleep(0.3)
            await connection.cancel_safe(timeout=10)
            with pytest.raises(errors.QueryCanceled):
                await running
            assert connection.info.transaction_status == IDLE
        async with AsyncConnectionPool(dsn, min_size=1, max_size=2, open=False) as pool:
            async def one():
                async with pool.connection() as connection:
                    return (await (await connection.execute("SELECT count(*) FROM t")).fetchone())[0]

            assert await asyncio.gather(*(one() for _ in range(8))) == [101] * 8

    asyncio.run(work())


def test_capabilities_that_are_told(connection):
    assert connection.info.server_version >= 150000
    assert connection.info.encoding == "utf-8"
    assert connection.info.parameter_status("standard_conforming_strings") == "on"
    connection.execute("SET TIME ZONE 'Europe/Berlin'")
    assert connection.info.timezone.key == "Europe/Berlin"
