"""Sessions that wait for, cancel and end each other, and what migration tools and dumps ask for, through the PostgreSQL door."""
import threading
import time

import psycopg
import pytest
from psycopg import errors


@pytest.fixture
def connect(dsn):
    opened = []

    def connect():
        opened.append(psycopg.connect(dsn, autocommit=True, connect_timeout=20))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


def in_background(connection, sql, parameters=()):
    """Runs a statement on a thread; the list gets its error or None."""
    outcome = []

    def run():
        try:
            connection.execute(sql, parameters)
            outcome.append(None)
        except psycopg.Error as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def until_awaited(watcher, number):
    while watcher.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", (number,)).fetchone()[0]:
        time.sleep(0.01)


def test_advisory_locks(connect):
    one, two, watcher = connect(), connect(), connect()
    one.execute("SELECT pg_advisory_lock_shared(%s)", (7,))
    assert two.execute("SELECT pg_try_advisory_lock(%s)", (7,)).fetchone() == (False,)
    two.execute("SET lock_timeout = '50ms'")
    with pytest.raises(errors.LockNotAvailable):
        two.execute("SELECT pg_advisory_lock(7)")
    two.execute("SET lock_timeout = 0")
    thread, outcome = in_background(two, "SELECT pg_advisory_lock(7)")
    until_awaited(watcher, 7)
    # Nobody is held up meanwhile.
    one.execute("CREATE TABLE t (a integer)")
    assert one.execute("SELECT pg_advisory_unlock_shared(7)").fetchone() == (True,)
    thread.join(20)
    assert outcome == [None]
    # Sessions that wait for each other.
    one.execute("SELECT pg_advisory_lock_shared(8)")
    two.execute("SELECT pg_advisory_lock_shared(9)")
    thread, outcome = in_background(one, "SELECT pg_advisory_lock(9)")
    until_awaited(watcher, 9)
    with pytest.raises(errors.DeadlockDetected):
        two.execute("SELECT pg_advisory_lock(8)")
    two.execute("SELECT pg_advisory_unlock_all()")
    thread.join(20)
    assert outcome == [None]
    # A connection that goes leaves none behind.
    one.close()
    while not watcher.execute("SELECT pg_try_advisory_lock(9)").fetchone()[0]:
        time.sleep(0.01)
    with two.transaction():
        two.execute("SELECT pg_advisory_xact_lock(hashtext('migrations'))")
        assert watcher.execute("SELECT pg_try_advisory_lock(hashtext('migrations'))").fetchone() == (False,)
    assert watcher.execute("SELECT pg_try_advisory_lock(hashtext('migrations'))").fetchone() == (True,)


def test_sessions_cancel_and_end_each_other(connect):
    one, two = connect(), connect()
    assert two.execute("SELECT pg_backend_pid()").fetchone() == (two.info.backend_pid,)
    assert one.execute("SELECT pg_cancel_backend(1)").fetchone() == (False,)
    thread, outcome = in_background(two, "SELECT pg_sleep(60)")
    while not outcome:
        one.execute("SELECT pg_cancel_backend(%s)", (two.info.backend_pid,))
        time.sleep(0.02)
    assert isinstance(outcome[0], errors.QueryCanceled)
    # One that idles is ended too.
    assert one.execute("SELECT pg_terminate_backend(%s)", (two.info.backend_pid,)).fetchone() == (True,)
    with pytest.raises(psycopg.OperationalError):
        for _ in range(500):
            two.execute("SELECT 1")
            time.sleep(0.01)
    assert two.broken
    while one.execute("SELECT pg_terminate_backend(%s)", (two.info.backend_pid,)).fetchone()[0]:
        time.sleep(0.01)


def test_identity_columns_refuse_values(connect):
    connection = connect()
    connection.execute("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text)")
    with pytest.raises(errors.GeneratedAlways) as caught:
        connection.execute("INSERT INTO t VALUES (1, 'x')")
    assert caught.value.diag.message_hint == "Use OVERRIDING SYSTEM VALUE to override"
    with connection.cursor() as cursor, cursor.copy("COPY t (id, a) FROM STDIN") as copy:
        copy.write("5\tx\n")
    assert connection.execute("INSERT INTO t (a) VALUES ('y') RETURNING id").fetchone() == (6,)
    assert connection.execute("SELECT attidentity FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'id'").fetchone() == ("a",)


def test_settings_and_temporary_tables_of_a_transaction(connect):
    connection = connect()
    connection.execute("SELECT set_config(%s, %s, false)", ("app.user", "7"))
    with connection.transaction():
        connection.execute("SELECT set_config(%s, %s, true)", ("app.user", "8"))
        assert connection.execute("SELECT current_setting('app.user'), txid_current() = txid_current()").fetchone() == ("8", True)
        connection.execute("CREATE TEMP TABLE scratch (a int) ON COMMIT DROP")
        connection.execute("INSERT INTO scratch VALUES (1)")
        assert connection.execute("SELECT a FROM scratch").fetchall() == [(1,)]
    assert connection.execute("SELECT current_setting('app.user')").fetchone() == ("7",)
    with pytest.raises(errors.UndefinedTable):
        connection.execute("SELECT a FROM scratch")
