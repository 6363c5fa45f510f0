"""asyncpg against the PostgreSQL door."""
import asyncio
import datetime as dt
import decimal
import io
import uuid

import asyncpg
import pytest

UTC = dt.timezone.utc


def run(dsn, work, **options):
    """Runs `work(connection)` in an event loop of its own."""

    async def inside():
        connection = await asyncpg.connect(dsn, timeout=20, **options)
        try:
            return await work(connection)
        finally:
            await connection.close(timeout=10)

    return asyncio.run(inside())


def test_values_of_every_type(dsn):
    types = ["boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric(18,4)", "text", "bytea", "date", "time", "timestamp", "timestamptz",
             "uuid", "json"]
    rows = [
        (True, -32768, 2**31 - 1, -2**63, 1.5, 0.1, decimal.Decimal("12345678901234.5678"), "it's \\ ☃", b"\x00\xff\\x", dt.date(2024, 2, 29), dt.time(23, 59, 59, 999999),
         dt.datetime(1969, 12, 31, 23, 59, 59, 1), dt.datetime(2024, 7, 1, 12, tzinfo=UTC), uuid.UUID(int=7), '{"a": 1}'),
        (False, 0, 0, 0, float("-inf"), float("inf"), decimal.Decimal("-0.0001"), "", b"", dt.date(1, 1, 1), dt.time(0), dt.datetime(9999, 12, 31), dt.datetime(1900, 1, 1, tzinfo=UTC),
         uuid.UUID(int=0), "[]"),
        (None,) * 15,
    ]

    async def work(connection):
        columns = ", ".join(f"c{index} {name}" for index, name in enumerate(types))
        await connection.execute(f"CREATE TABLE t (n integer, {columns})")
        places = ", ".join(f"${index + 1}" for index in range(len(types) + 1))
        for number, row in enumerate(rows):
            assert await connection.execute(f"INSERT INTO t VALUES ({places})", number, *row) == "INSERT 0 1"
        got = [tuple(row)[1:] for row in await connection.fetch("SELECT * FROM t ORDER BY n")]
        assert got == rows
        statement = await connection.prepare("SELECT * FROM t")
        assert [column.type.name for column in statement.get_attributes()][1:] == [
            "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "bytea", "date", "time", "timestamp", "timestamptz", "uuid", "json"]
        assert await connection.fetchval("SELECT $1::interval", dt.timedelta(days=3, seconds=4)) == dt.timedelta(days=3, seconds=4)

    run(dsn, work)


def test_parameters_take_the_type_of_what_they_meet(dsn):
    async def work(connection):
        await connection.execute("CREATE TABLE t (n integer, s text, at timestamp)")
        statement = await connection.prepare("SELECT n FROM t WHERE n > $1 AND s = $2 AND at < $3 LIMIT $4")
        assert [parameter.name for parameter in statement.get_parameters()] == ["int4", "text", "timestamp", "int8"]
        with pytest.raises(asyncpg.DataError):
            await connection.fetch("SELECT n FROM t WHERE n > $1", "five")
        assert not connection.is_in_transaction()

    run(dsn, work)


def test_prepared_statements_and_a_schema_that_changes(dsn):
    async def work(connection):
        await connection.execute("CREATE TABLE t (n integer, s text); INSERT INTO t VALUES (1, 'a')")
        for _ in range(3):
            assert [tuple(row) for row in await connection.fetch("SELECT * FROM t WHERE n = $1", 1)] == [(1, "a")]
        other = await asyncpg.connect(dsn)
        await other.execute("ALTER TABLE t ADD COLUMN added boolean DEFAULT true")
        await other.close()
        # asyncpg prepares again when it is told that the cached plan's result has changed.
        assert [tuple(row) for row in await connection.fetch("SELECT * FROM t WHERE n = $1", 1)] == [(1, "a", True)]
        await connection.execute("ALTER TABLE t DROP COLUMN s")
        assert [tuple(row) for row in await connection.fetch("SELECT * FROM t WHERE n = $1", 1)] == [(1, True)]
        # Inside a transaction it cannot: the error has ended its usefulness.
        with pytest.raises(asyncpg.exceptions.InvalidCachedStatementError):
            async with connection.transaction():
                statement = await connection.prepare("SELECT * FROM t")
                assert tuple(await statement.fetchrow()) == (1, True)
                await connection.execute("ALTER TABLE t ADD COLUMN more integer")
                await statement.fetch()
        assert [tuple(row) for row in await connection.fetch("SELECT * FROM t")] == [(1, True)]

    run(dsn, work)


def test_prepared_statements_follow_the_session_to_another_branch(dsn, branch, door):
    async def work(connection):
        await connection.execute("CREATE TABLE t (n integer); INSERT INTO t VALUES (1)")
        await connection.execute(f"CREATE BRANCH {branch}x FROM {branch}")
        try:
            await connection.execute("INSERT INTO t VALUES (2)")
            statement = await connection.prepare("SELECT count(*) FROM t WHERE n > $1")
            assert await statement.fetchval(0) == 2
            await connection.execute(f"USE BRANCH {branch}x")
            assert await statement.fetchval(0) == 1
            await connection.execute("ALTER TABLE t ADD COLUMN s text")
            assert await statement.fetchval(0) == 1
            await connection.execute(f"USE BRANCH {branch}")
            assert await statement.fetchval(0) == 2
        finally:
            await connection.execute(f"USE BRANCH {branch}")
            await connection.execute(f"DROP BRANCH {branch}x FORCE")

    run(dsn, work)


def test_executemany_is_one_transaction(dsn):
    async def work(connection):
        await connection.execute("CREATE TABLE t (n integer PRIMARY KEY, s text)")
        await connection.executemany("INSERT INTO t VALUES ($1, $2)", [(n, str(n)) for n in range(2000)])
        assert await connection.fetchval("SELECT count(*) FROM t") == 2000
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.executemany("INSERT INTO t VALUES ($1, $2)", [(5000, "x"), (5001, "x"), (7, "x")])
        assert await connection.fetchval("SELECT count(*) FROM t WHERE n >= 5000") == 0
        returned = await connection.fetchmany("INSERT INTO t VALUES ($1, $2) RETURNING n", [(6000, "a"), (6001, "b")])
        assert [row["n"] for row in returned] == [6000, 6001]

    run(dsn, work)


def test_cursors_and_transactions(dsn):
    async def work(connection):
        await connection.execute("CREATE TABLE t AS SELECT range::integer AS n FROM range(1000)")
        async with connection.transaction():
            seen = [row["n"] async for row in connection.cursor("SELECT n FROM t ORDER BY n", prefetch=70)]
            assert seen == list(range(1000))
            cursor = await connection.cursor("SELECT n FROM t WHERE n >= $1 ORDER BY n", 500)
            assert [row["n"] for row in await cursor.fetch(3)] == [500, 501, 502]
            assert await cursor.forward(10) == 10
            assert (await cursor.fetchrow())["n"] == 513
        with pytest.raises(asyncpg.exceptions.NoActiveSQLTransactionError):
            await connection.cursor("SELECT 1")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with connection.transaction(readonly=True):
                await connection.execute("DELETE FROM t")
        for isolation in ["serializable", "repeatable_read", "read_committed"]:
            async with connection.transaction(isolation=isolation, deferrable=False):
                await connection.execute("UPDATE t SET n = n + 1")
                assert await connection.fetchval("SHOW transaction_isolation") == isolation.replace("_", " ")
        async with connection.transaction():
            with pytest.raises(asyncpg.UndefinedTableError):
                async with connection.transaction():
                    await connection.execute("INSERT INTO t VALUES (-1)")
                    await connection.execute("SELECT * FROM nowhere")
            assert await connection.fetchval("SELECT min(n) FROM t") == 3
        with pytest.raises(asyncpg.SerializationError):
            async with connection.transaction(isolation="serializable"):
                await connection.fetchval("SELECT count(*) FROM t")
                other = await asyncpg.connect(dsn)
                await other.execute("DELETE FROM t WHERE n = 3")
                await other.close()
                await connection.execute("DELETE FROM t WHERE n = 4")
        assert await connection.fetchval("SELECT count(*) FROM t") == 999

    run(dsn, work)


def test_copy(dsn):
    async def work(connection):
        await connection.execute("CREATE TABLE t (n integer, s text, d numeric(12,2), at timestamptz, b bytea)")
        records = [(n, f"s{n}" if n % 2 else None, decimal.Decimal(n) / 4, dt.datetime(2024, 1, 1, n % 24, tzinfo=UTC), bytes([n % 256])) for n in range(1000)]
        assert await connection.copy_records_to_table("t", records=records, columns=["n", "s", "d", "at", "b"]) == "COPY 1000"
        assert [tuple(row) for row in await connection.fetch("SELECT * FROM t ORDER BY n")] == records
        out = io.BytesIO()
        # Not with parameters yet: asyncpg casts them to "pg_catalog"."int4", with the quotes.
        assert await connection.copy_from_query("SELECT n, s FROM t WHERE n < 3 ORDER BY n", output=out, format="csv", header=True) == "COPY 3"
        assert out.getvalue() == b"n,s\n0,\n1,s1\n2,\n"
        out = io.BytesIO()
        assert await connection.copy_from_table("t", columns=["n", "s"], output=out, format="binary") == "COPY 1000"
        assert out.getvalue().startswith(b"PGCOPY\n\xff\r\n\x00")
        await connection.execute("CREATE TABLE u (n integer, s text)")
        out.seek(0)
        assert await connection.copy_to_table("u", source=out, format="binary") == "COPY 1000"
        assert await connection.fetchval("SELECT count(*) FROM u JOIN t ON u.n = t.n AND u.s IS NOT DISTINCT FROM t.s") == 1000
        # asyncpg finds the short record and gives up in the middle of the COPY.
        with pytest.raises(IndexError):
            await connection.copy_records_to_table("t", records=[(1, "x"), (2,)], columns=["n", "s"])
        assert await connection.fetchval("SELECT count(*) FROM t") == 1000

    run(dsn, work)


def test_listeners_are_refused_by_name(dsn):
    async def work(connection):
        with pytest.raises(asyncpg.FeatureNotSupportedError, match="LISTEN"):
            await connection.add_listener("news", lambda *_: None)
        with pytest.raises(asyncpg.FeatureNotSupportedError, match="NOTIFY"):
            await connection.execute("NOTIFY news")
        assert await connection.fetchval("SELECT 1") == 1

    run(dsn, work)


def test_a_pool_resets_its_connections(dsn):
    async def work():
        async with asyncpg.create_pool(dsn, min_size=2, max_size=4, command_timeout=30) as pool:
            await pool.execute("CREATE TABLE t (n integer)")

            async def one(number):
                async with pool.acquire() as connection, connection.transaction():
                    await connection.execute("SET statement_timeout = '20s'")
                    await connection.execute("INSERT INTO t VALUES ($1)", number)

            await asyncio.gather(*(one(number) for number in range(40)))
            assert await pool.fetchval("SELECT count(*) FROM t") == 40
            for _ in range(4):
                assert await pool.fetchval("SHOW statement_timeout") in ("0", "0ms")

    asyncio.run(work())


def test_timeouts_and_cancellation(dsn):
    async def work(connection):
        with pytest.raises(asyncio.TimeoutError):
            await connection.fetchval("SELECT count(*) FROM range(10000000000)", timeout=0.3)
        assert await connection.fetchval("SELECT 1") == 1
        task = asyncio.ensure_future(connection.fetchval("SELECT count(*) FROM range(10000000000)"))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await connection.fetchval("SELECT 2") == 2
        await connection.execute("SET statement_timeout = 200")
        with pytest.raises(asyncpg.QueryCanceledError):
            await connection.fetchval("SELECT count(*) FROM range(10000000000)")

    run(dsn, work)


def test_types_are_looked_up(dsn):
    """asyncpg asks the catalogue for every type that it does not know, such as arrays in a row."""

    async def work(connection):
        await connection.execute("CREATE TABLE t (n integer)")
        assert await connection.fetchval("SELECT array_agg(x) FROM unnest($1::integer[]) AS u(x)", [1, 2, 3]) == [1, 2, 3]
        assert await connection.fetchval("SELECT 2 = ANY($1::integer[])", [1, 2]) is True
        assert await connection.fetchval("SELECT ['a', 'b']") == ["a", "b"]
        await connection.set_type_codec("json", encoder=str, decoder=lambda text: ("decoded", text), schema="pg_catalog")
        assert await connection.fetchval("""SELECT '{"a": 1}'::json""") == ("decoded", '{"a": 1}')
        await connection.reload_schema_state()
        assert connection.get_server_version().major >= 14
        assert connection.get_settings().server_encoding == "UTF8"

    run(dsn, work)
