"""psycopg2 against the PostgreSQL door."""
import datetime as dt
import decimal
import io
import math
import time
import uuid

import psycopg2
import psycopg2.extras
import pytest
from conftest import postgres_address
from psycopg2 import errors, extensions

INTRANS, INERROR, IDLE = extensions.TRANSACTION_STATUS_INTRANS, extensions.TRANSACTION_STATUS_INERROR, extensions.TRANSACTION_STATUS_IDLE
EAST = dt.timezone(dt.timedelta(hours=2))
DATA = [
    ("boolean", [True, False]), ("smallint", [-32768, 32767]), ("integer", [-2**31, 2**31 - 1]), ("bigint", [-2**63, 2**63 - 1, 0]),
    ("real", [1.5, -0.25, math.inf]), ("double precision", [0.1, 1e300, -1e-300, math.inf, -math.inf]),
    ("numeric(18,4)", [decimal.Decimal("12345678901234.5678"), decimal.Decimal("-0.5000")]),
    ("text", ["", "it's \"quoted\"", "back\\slash \\n", "Ünïcödé ☃ 😀", "tab\tline\nreturn\r", "%s {} $1 ?", "x" * 100_000]),
    ("varchar", ["short"]), ("bytea", [b"", bytes(range(256)), b"\\x00"]),
    ("date", [dt.date(1, 1, 1), dt.date(2024, 2, 29), dt.date(9999, 12, 31)]),
    ("time", [dt.time(0, 0), dt.time(23, 59, 59, 999999)]),
    ("timestamp", [dt.datetime(2024, 2, 29, 1, 2, 3, 456789), dt.datetime(1969, 12, 31, 23, 59, 59)]),
    ("timestamptz", [dt.datetime(2024, 7, 1, 12, 0, tzinfo=EAST), dt.datetime(1900, 1, 1, tzinfo=dt.timezone.utc)]),
    ("uuid", [uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")]),
    ("json", [{"a": [1, None, "ü"]}, []]),
]


@pytest.fixture
def connection(dsn):
    psycopg2.extras.register_uuid()
    connected = psycopg2.connect(dsn)
    yield connected
    connected.close()


@pytest.fixture
def cursor(connection):
    with connection.cursor() as opened:
        yield opened


@pytest.mark.parametrize("name,values", DATA, ids=[name for name, _ in DATA])
def test_values_come_back_as_they_went(connection, cursor, name, values):
    cursor.execute(f"CREATE TABLE t (n integer, v {name})")
    for number, value in enumerate([*values, None]):
        sent = psycopg2.extras.Json(value) if name == "json" and value is not None else value
        cursor.execute("INSERT INTO t VALUES (%s, %s)", (number, sent))
    connection.commit()
    cursor.execute("SELECT v FROM t ORDER BY n")
    got = [row[0] for row in cursor.fetchall()]
    if name == "bytea":
        got = [None if value is None else bytes(value) for value in got]
    assert got == [*values, None]
    assert [type(value) for value in got[:-1]] == [type(value) for value in values]
    cursor.execute("SELECT count(*) FROM t WHERE v IS NULL")
    assert cursor.fetchone() == (1,)


def test_type_codes_and_what_is_not_stored(connection, cursor):
    span = dt.timedelta(days=3, hours=4, microseconds=5)
    cursor.execute("SELECT %s::interval, '1 year -2 months'::interval::text", (span,))
    assert cursor.fetchone() == (span, "10 months")
    # Documented: SQLite has no NaN, it becomes NULL; no column holds intervals or more than 18 digits.
    cursor.execute("SELECT 'NaN'::double precision, %s::real", (math.nan,))
    assert cursor.fetchone() == (None, None)
    for name in ["interval", "numeric(30,10)"]:
        with pytest.raises(errors.FeatureNotSupported):
            cursor.execute(f"CREATE TABLE u (v {name})")
        connection.rollback()
    cursor.execute("SELECT 1.5::double precision, 0.5::real, true, 1::smallint, 2, 3::bigint, 1.50::numeric(5,2), 'x', '\\x00'::bytea")
    row = cursor.fetchone()
    assert row[:8] == (1.5, 0.5, True, 1, 2, 3, decimal.Decimal("1.50"), "x") and bytes(row[8]) == b"\x00"
    assert [column.type_code for column in cursor.description] == [701, 700, 16, 21, 23, 20, 1700, 25, 17]


def test_named_cursors_fetch_in_parts(connection, cursor):
    cursor.execute("CREATE TABLE t AS SELECT range AS n FROM range(5000)")
    connection.commit()
    with connection.cursor(name="parts") as named:
        named.itersize = 700
        named.execute("SELECT n FROM t ORDER BY n")
        assert named.fetchone() == (0,)
        assert named.fetchmany(3) == [(1,), (2,), (3,)]
        assert [row[0] for row in named] == list(range(4, 5000))
    assert connection.info.transaction_status == INTRANS
    connection.rollback()
    held = connection.cursor(name="held", withhold=True)
    held.execute("SELECT n FROM t ORDER BY n LIMIT 10")
    connection.commit()
    assert [row[0] for row in held] == list(range(10))
    held.close()
    with pytest.raises(errors.InvalidCursorName):
        cursor.execute("FETCH 1 FROM parts")


def test_autocommit_and_transactions(connection, cursor, dsn):
    other = psycopg2.connect(dsn)
    other.autocommit = True
    seen = other.cursor()
    cursor.execute("CREATE TABLE t (n integer)")
    assert connection.info.transaction_status == INTRANS
    with pytest.raises(errors.UndefinedTable):
        seen.execute("SELECT * FROM t")
    assert other.info.transaction_status == IDLE
    connection.commit()
    assert connection.info.transaction_status == IDLE
    cursor.execute("INSERT INTO t VALUES (1)")
    seen.execute("SELECT count(*) FROM t")
    assert seen.fetchone() == (0,)
    connection.rollback()
    connection.autocommit = True
    cursor.execute("INSERT INTO t VALUES (2), (3)")
    assert cursor.rowcount == 2 and cursor.statusmessage == "INSERT 0 2"
    seen.execute("SELECT n FROM t ORDER BY n")
    assert seen.fetchall() == [(2,), (3,)]
    other.close()


def test_savepoints(connection, cursor):
    cursor.execute("CREATE TABLE t (n integer PRIMARY KEY)")
    cursor.execute("INSERT INTO t VALUES (1)")
    cursor.execute("SAVEPOINT a")
    with pytest.raises(errors.UniqueViolation):
        cursor.execute("INSERT INTO t VALUES (1)")
    assert connection.info.transaction_status == INERROR
    cursor.execute("ROLLBACK TO SAVEPOINT a")
    assert connection.info.transaction_status == INTRANS
    cursor.execute("INSERT INTO t VALUES (2)")
    cursor.execute("RELEASE SAVEPOINT a")
    connection.commit()
    cursor.execute("SELECT n FROM t ORDER BY n")
    assert cursor.fetchall() == [(1,), (2,)]
    with pytest.raises(errors.InvalidSavepointSpecification):
        cursor.execute("ROLLBACK TO SAVEPOINT a")


def test_many_rows_at_once(connection, cursor):
    cursor.execute("CREATE TABLE t (n integer, s text)")
    cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(n, f"it's {n}") for n in range(50)])
    assert cursor.rowcount in (1, 50)
    psycopg2.extras.execute_values(cursor, "INSERT INTO t VALUES %s", [(n, None) for n in range(50, 300)])
    returned = psycopg2.extras.execute_values(cursor, "INSERT INTO t VALUES %s RETURNING n", [(n, "r") for n in range(300, 310)], fetch=True)
    assert returned == [(n,) for n in range(300, 310)]
    psycopg2.extras.execute_batch(cursor, "UPDATE t SET s = %s WHERE n = %s", [(f"u{n}", n) for n in range(10)])
    connection.commit()
    cursor.execute("SELECT count(*), count(s), min(s), max(s) FROM t")
    assert cursor.fetchone() == (310, 60, "it's 10", "u9")


def test_copy(connection, cursor):
    cursor.execute("CREATE TABLE t (n integer, s text, d double precision)")
    cursor.copy_expert("COPY t FROM STDIN WITH (FORMAT csv, HEADER, NULL 'nix')", io.StringIO('n,s,d\n1,"a ""b"", c",1.5\n2,nix,nix\n3,"nix",\n'.replace(",\n", ",nix\n")))
    assert cursor.rowcount == 3
    cursor.copy_from(io.StringIO("4\tx\\ty\\\\\t\\N\n"), "t")
    out = io.StringIO()
    cursor.copy_expert("COPY (SELECT * FROM t ORDER BY n) TO STDOUT", out)
    assert out.getvalue() == '1\ta "b", c\t1.5\n2\t\\N\t\\N\n3\tnix\t\\N\n4\tx\\ty\\\\\t\\N\n'
    out = io.StringIO()
    cursor.copy_to(out, "t", sep="|", null="-", columns=("n", "d"))
    assert out.getvalue() == "1|1.5\n2|-\n3|-\n4|-\n"
    connection.commit()
    with pytest.raises(errors.InvalidTextRepresentation, match="COPY t, line 2, column n"):
        cursor.copy_expert("COPY t FROM STDIN", io.StringIO("5\tx\t1\nfive\tx\t1\n"))
    assert connection.info.transaction_status == INERROR
    connection.rollback()
    cursor.execute("SELECT count(*) FROM t")
    assert cursor.fetchone() == (4,)


def test_sessions_that_only_read_and_isolation(connection, cursor, dsn):
    cursor.execute("CREATE TABLE t (n integer); INSERT INTO t VALUES (1)")
    connection.commit()
    connection.set_session(readonly=True, isolation_level="REPEATABLE READ")
    cursor.execute("SHOW transaction_isolation")
    assert cursor.fetchone() == ("repeatable read",)
    with pytest.raises(errors.ReadOnlySqlTransaction):
        cursor.execute("INSERT INTO t VALUES (2)")
    connection.rollback()
    connection.set_session(readonly=False, isolation_level="REPEATABLE READ")
    cursor.execute("SELECT count(*) FROM t")
    with psycopg2.connect(dsn) as other, other.cursor() as writing:
        writing.execute("INSERT INTO t VALUES (3)")
    other.commit()
    cursor.execute("SELECT count(*) FROM t")
    assert cursor.fetchone() == (1,)
    with pytest.raises(errors.SerializationFailure):
        cursor.execute("UPDATE t SET n = n + 1")
    connection.rollback()
    cursor.execute("SELECT count(*) FROM t")
    assert cursor.fetchone() == (2,)
    connection.rollback()
    connection.set_session(isolation_level="SERIALIZABLE", autocommit=False)
    cursor.execute("SHOW transaction_isolation")
    assert cursor.fetchone() == ("serializable",)
    connection.rollback()
    connection.set_session(isolation_level="READ COMMITTED", readonly=True, autocommit=True)
    with pytest.raises(errors.ReadOnlySqlTransaction):
        cursor.execute("DELETE FROM t")
    other.close()


@pytest.mark.parametrize("sql,expected", [
    ("INSERT INTO t VALUES (1, 'x')", errors.UniqueViolation), ("INSERT INTO t VALUES (2, NULL)", errors.NotNullViolation),
    ("INSERT INTO t VALUES (-1, 'x')", errors.CheckViolation), ("INSERT INTO u VALUES (9)", errors.ForeignKeyViolation),
    ("SELECT * FROM nowhere", errors.UndefinedTable), ("SELECT nothing FROM t", errors.UndefinedColumn), ("SELECT nofunction(1)", errors.UndefinedFunction),
    ("SELEC 1", errors.SyntaxError), ("SELECT 'x'::integer", errors.InvalidTextRepresentation), ("SELECT 99999::smallint", errors.NumericValueOutOfRange),
    ("CREATE TABLE t (n integer)", errors.DuplicateTable), ("CREATE DATABASE main", errors.ActiveSqlTransaction), ("SELECT * FROM nowhere.t", (errors.InvalidCatalogName, errors.InvalidSchemaName, errors.UndefinedTable)),
    ("LISTEN x", errors.FeatureNotSupported), ("COMMIT PREPARED 'x'", (errors.FeatureNotSupported, errors.SyntaxError)),
])
def test_errors_have_postgresqls_classes(connection, cursor, sql, expected):
    cursor.execute("CREATE TABLE t (n integer PRIMARY KEY CHECK (n > 0), s text NOT NULL); CREATE TABLE u (n integer REFERENCES t (n)); INSERT INTO t VALUES (1, 'a')")
    connection.commit()
    with pytest.raises(expected):
        cursor.execute(sql)
    assert connection.info.transaction_status == INERROR
    with pytest.raises(errors.InFailedSqlTransaction):
        cursor.execute("SELECT 1")
    connection.rollback()
    cursor.execute("SELECT n, s FROM t")
    assert cursor.fetchall() == [(1, "a")]


def test_errors_about_branches(connection, cursor, branch):
    connection.autocommit = True
    for sql, expected in [("CREATE DATABASE main", errors.InvalidName), (f"CREATE BRANCH {branch}", errors.DuplicateDatabase),
                          ("USE BRANCH nowhere", errors.InvalidCatalogName), ("DROP DATABASE nowhere", errors.InvalidCatalogName)]:
        with pytest.raises(expected):
            cursor.execute(sql)
        assert connection.info.transaction_status == IDLE


def test_what_an_error_tells(connection, cursor):
    cursor.execute("CREATE TABLE t (n integer CONSTRAINT t_key PRIMARY KEY, s text NOT NULL)")
    with pytest.raises(psycopg2.Error) as caught:
        cursor.execute("SELECT 'ü', nothing FROM t")
    assert caught.value.diag.statement_position == "13" and caught.value.diag.severity == "ERROR" and caught.value.pgcode == "42703"
    connection.rollback()


def test_division_by_zero_is_duckdbs(connection, cursor):
    cursor.execute("SELECT 1 / 0, 5 / 2")
    assert cursor.fetchone() == (math.inf, 2.5)


def test_a_writer_that_waits_too_long(connection, cursor, dsn):
    cursor.execute("CREATE TABLE t (n integer)")
    connection.commit()
    cursor.execute("INSERT INTO t VALUES (1)")
    other = psycopg2.connect(dsn, options="-c lock_timeout=200ms")
    began = time.monotonic()
    with pytest.raises(errors.LockNotAvailable):
        other.cursor().execute("INSERT INTO t VALUES (2)")
    assert 0.1 < time.monotonic() - began < 3
    other.close()
    connection.commit()


def test_statement_timeout_and_cancel(connection, cursor):
    cursor.execute("SET statement_timeout = '300ms'")
    with pytest.raises(errors.QueryCanceled):
        cursor.execute("SELECT count(*) FROM range(10000000000)")
    connection.rollback()
    cursor.execute("SELECT 1")
    assert cursor.fetchone() == (1,)


def test_options_on_connecting(door, branch):
    with psycopg2.connect(door.dsn, options=f"-c branch={branch} -c application_name=options") as connected, connected.cursor() as cursor:
        cursor.execute("SELECT current_branch()")
        assert cursor.fetchone() == (branch,)
        cursor.execute("SHOW application_name")
        assert cursor.fetchone() == ("options",)
    connected.close()
    options = "-c hatidata_agent_id=agent-1 -c hatidata_framework=langchain -c hatidata_priority=high -c search_path=main"
    with psycopg2.connect(door.dsn, options=options) as connected, connected.cursor() as cursor:
        cursor.execute("SHOW hatidata_agent_id")
        assert cursor.fetchone() == ("agent-1",)
    connected.close()
    with pytest.raises(psycopg2.OperationalError, match="nowhere"):
        psycopg2.connect(postgres_address(door, "nowhere"))
    with pytest.raises(psycopg2.OperationalError, match="nowhere"):
        psycopg2.connect(door.dsn, options="-c branch=nowhere")


def test_notices(connection, cursor):
    cursor.execute("CREATE TABLE t (n integer)")
    cursor.execute("CREATE TABLE IF NOT EXISTS t (n integer)")
    assert connection.notices == ['NOTICE:  relation "t" already exists, skipping\n']
