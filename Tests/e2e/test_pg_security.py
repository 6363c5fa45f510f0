"""TLS, logins, limits and the end of the server, with psql, psycopg and asyncpg."""
import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
import time

import asyncpg
import psycopg
import pytest
from conftest import Server, run

WRITER, READER, OTHER = "writer-key-0123456789", "reader-key-0123456789", "neither-key-0123456789"


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A server with a certificate and two keys; one that every failed login is counted on."""
    folder = tmp_path_factory.mktemp("secured")
    run("cert", "--host", "localhost", "--host", "127.0.0.1", "--out", folder / "tls")
    server = Server(folder / "secured.db", "--set", "login_failures=1000", env={
        "BRANCHLITE_TLS_CERT": str(folder / "tls" / "server.crt"), "BRANCHLITE_TLS_KEY": str(folder / "tls" / "server.key"), "HATIDATA_DEV_MODE": "false",
        "BRANCHLITE_API_KEYS": f"writer={WRITER}:read+write+branch+merge,reader={READER}:read"})
    server.certificate = str(folder / "tls" / "server.crt")
    yield server
    assert server.stop() == 0


def address(server, user="writer", key=WRITER, host="localhost", **parameters):
    extra = "".join(f" {name}={value}" for name, value in parameters.items())
    return f"host={host} port={server.pg_port} user={user} password={key} dbname=main connect_timeout=20{extra}"


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_over_tls(secured, tmp_path):
    def psql(conninfo, sql="SELECT current_user", **env):
        return subprocess.run(["psql", "-X", "-At", "-d", conninfo, "-c", sql], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, env={**os.environ, **env})

    for mode in ["require", "verify-ca", "verify-full"]:
        done = psql(address(secured, sslmode=mode, sslrootcert=secured.certificate))
        assert (done.returncode, done.stdout) == (0, "writer\n")
    done = psql(address(secured, sslmode="require"), r"\conninfo")
    assert "SSL connection (protocol: TLSv1.3" in done.stdout
    run("cert", "--host", "elsewhere.example", "--out", tmp_path / "other")
    done = psql(address(secured, sslmode="verify-full", sslrootcert=tmp_path / "other" / "server.crt"))
    assert done.returncode == 2 and "certificate verify failed" in done.stdout
    done = psql(address(secured, key=OTHER, sslmode="require"))
    assert done.returncode == 2 and "password authentication failed" in done.stdout
    # SCRAM is what the login goes by, and it is bound to the certificate.
    done = psql(address(secured, sslmode="require", channel_binding="require"))
    assert (done.returncode, done.stdout) == (0, "writer\n")


def test_psycopg_over_tls_and_scopes(secured):
    with psycopg.connect(address(secured, sslmode="verify-full", sslrootcert=secured.certificate), autocommit=True) as connection:
        assert connection.pgconn.ssl_in_use
        connection.execute("CREATE TABLE scoped (n integer)")
        connection.execute("INSERT INTO scoped VALUES (1)")
    with psycopg.connect(address(secured, "reader", READER, sslmode="require")) as connection:
        assert connection.execute("SELECT n FROM scoped").fetchall() == [(1,)]
        for sql in ["INSERT INTO scoped VALUES (2)", "CREATE TABLE other (n integer)", "DROP TABLE scoped", "CREATE BRANCH mine"]:
            with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
                connection.execute(sql)
            connection.rollback()
        with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
            with connection.cursor().copy("COPY scoped FROM STDIN") as copy:
                copy.write_row((3,))
        connection.rollback()
        with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
            connection.execute("SET TRANSACTION READ WRITE")
            connection.execute("INSERT INTO scoped VALUES (4)")
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM scoped").fetchone() == (1,)
    for user, key in [("writer", READER), ("reader", WRITER), ("writer", ""), ("nobody", OTHER)]:
        with pytest.raises(psycopg.OperationalError, match="password|fe_sendauth"):
            psycopg.connect(address(secured, user, key or "''", sslmode="require"))


def test_asyncpg_over_tls(secured):
    context = ssl.create_default_context(cafile=secured.certificate)

    async def work():
        connection = await asyncpg.connect(host="localhost", port=secured.pg_port, user="writer", password=WRITER, database="main", ssl=context)
        assert await connection.fetchval("SELECT 6 * 7") == 42.0
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(host="localhost", port=secured.pg_port, user="writer", password=OTHER, database="main", ssl=context)

    asyncio.run(work())


def test_failed_logins_are_slowed_down(tmp_path):
    server = Server(tmp_path / "limited.db", "--set", "login_failures=3", "--set", "login_window=2s",
                    env={"HATIDATA_DEV_MODE": "false", "BRANCHLITE_API_KEYS": f"writer={WRITER}"})
    try:
        for _ in range(3):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(address(server, key=OTHER, host="127.0.0.1"))
        with pytest.raises(psycopg.OperationalError, match="too many"):
            psycopg.connect(address(server, host="127.0.0.1"))
        time.sleep(2.5)
        with psycopg.connect(address(server, host="127.0.0.1")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()


def test_connection_limit_and_idle_sessions(tmp_path):
    server = Server(tmp_path / "limited.db", "--set", "pg_idle_timeout=2s", "--max-connections", "3")
    try:
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(contextlib.closing(psycopg.connect(server.dsn, autocommit=True))) for _ in range(3)]
            with pytest.raises(psycopg.OperationalError, match="there are 3 sessions, the most that are allowed"):
                psycopg.connect(server.dsn)
            held[0].close()
            deadline = time.time() + 10
            while True:
                try:
                    again = stack.enter_context(contextlib.closing(psycopg.connect(server.dsn, autocommit=True)))
                    break
                except psycopg.OperationalError:
                    assert time.time() < deadline
                    time.sleep(0.1)
            # Who keeps asking stays; who does not is told to go.
            for _ in range(10):
                assert again.execute("SELECT 1").fetchone() == (1,)
                time.sleep(0.4)
            for idle in held[1:]:
                with pytest.raises(psycopg.OperationalError):
                    idle.execute("SELECT 1")
    finally:
        server.stop()


def test_an_idle_transaction_ends(tmp_path):
    server = Server(tmp_path / "idle.db", env={"BRANCHLITE_IDLE_TRANSACTION_TIMEOUT": "1s"})
    try:
        with psycopg.connect(server.dsn) as connection, psycopg.connect(server.dsn, autocommit=True) as other:
            connection.execute("CREATE TABLE t (n integer)")
            time.sleep(2.5)
            # The branch's writer is free again.
            other.execute("CREATE TABLE u (n integer)")
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT count(*) FROM t")
            connection.rollback()
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT count(*) FROM t")
    finally:
        server.stop()


def test_a_stop_lets_transactions_finish(tmp_path):
    server = Server(tmp_path / "stop.db")
    working, idle = psycopg.connect(server.dsn), psycopg.connect(server.dsn, autocommit=True)
    try:
        working.execute("CREATE TABLE t (n integer)")
        assert idle.execute("SELECT 1").fetchone() == (1,)
        server.process.terminate()
        time.sleep(1)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.dsn, connect_timeout=5)
        with pytest.raises(psycopg.OperationalError):
            idle.execute("SELECT 1")
        working.execute("INSERT INTO t VALUES (1)")
        working.commit()
        assert server.process.wait(timeout=20) == 0
        with pytest.raises(psycopg.OperationalError):
            working.execute("SELECT 1")
    finally:
        working.close()
        idle.close()
        server.kill()
    server.start()
    try:
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("SELECT n FROM t").fetchall() == [(1,)]
    finally:
        assert server.stop() == 0
