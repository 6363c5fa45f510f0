"""Starts real servers on free loopback ports and runs the real binary."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BRANCHLITE_BINARY", str(ROOT / ".build-release" / "branchlite"))
sys.path.insert(0, str(ROOT / "demo"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run(*arguments, check=True, input=None, env=None, timeout=300, cwd=None):
    """Runs the executable; returns the finished process."""
    environment = {**os.environ, "NO_COLOR": "1", **(env or {})}
    done = subprocess.run([BINARY, *map(str, arguments)], input=input, capture_output=True, text=True, timeout=timeout, env=environment, cwd=cwd)
    if check and done.returncode != 0:
        raise AssertionError(f"branchlite {' '.join(map(str, arguments))} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def rows(store, sql, branch="main"):
    """Rows of a query as dictionaries, through the command line."""
    return json.loads(run("sql", "--store", store, "--branch", branch, "--json", sql).stdout)


class Server:
    """A `branchlite serve` process of its own."""

    def __init__(self, store, *flags, env=None):
        self.store, self.flags, self.env = str(store), flags, env or {}
        self.port = free_port()
        # PostgreSQL's clients: psycopg.connect(server.dsn), asyncpg.connect(server.dsn) …
        self.pg_port = free_port()
        self.dsn = f"postgresql://tester@127.0.0.1:{self.pg_port}/main"
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        self.start()

    def start(self):
        self.log = open(self.store + ".log", "a")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--store", self.store, "--http-listen", f"127.0.0.1:{self.port}", *self.flags],
            stdout=self.log, stderr=self.log, env={"BRANCHLITE_PG_LISTEN": f"127.0.0.1:{self.pg_port}", **os.environ, **self.env})
        deadline = time.time() + 20
        while time.time() < deadline:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1).read()
                return
            except OSError:
                time.sleep(0.05)
        self.kill()
        raise AssertionError("the server did not start:\n" + open(self.store + ".log").read())

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
        self.log.close()
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=30)
        self.log.close()


@pytest.fixture
def store(tmp_path):
    return tmp_path / "test.db"


@pytest.fixture
def server(store):
    running = Server(store)
    yield running
    running.stop()


@pytest.fixture
def client(server):
    from client import Client

    with Client(server.url) as connected:
        yield connected


@pytest.fixture(scope="session")
def door(tmp_path_factory):
    """One server for all tests of the PostgreSQL door; each works on a branch of its own."""
    running = Server(tmp_path_factory.mktemp("door") / "door.db")
    yield running
    assert running.stop() == 0, open(running.store + ".log").read()[-2000:]


def postgres_address(server, database, **parameters):
    """The URL of a database, which is a branch, as PostgreSQL's clients take it."""
    query = "&".join(f"{name}={urllib.parse.quote(str(value))}" for name, value in parameters.items())
    return f"postgresql://tester@127.0.0.1:{server.pg_port}/{database}" + (f"?{query}" if query else "")


@pytest.fixture
def branch(door):
    """The name of a new branch, which is gone after the test."""
    import psycopg

    name = f"b{uuid.uuid4().hex[:10]}"
    with psycopg.connect(door.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE BRANCH {name}")
    yield name
    with psycopg.connect(door.dsn, autocommit=True) as connection:
        connection.execute(f"DROP BRANCH IF EXISTS {name} FORCE")


@pytest.fixture
def dsn(door, branch):
    """The address of the test's own branch."""
    return postgres_address(door, branch)
