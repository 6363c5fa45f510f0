"""Connections of the PostgreSQL door as the network sees them: idle ones, slow ones, ones that go away."""
import pathlib
import socket
import struct
import time

import psycopg
import pytest

from conftest import Server


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "connections.db")
    yield server
    server.stop()


def threads(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("Threads:")).split()[1])


class Wire:
    """A client that speaks the protocol itself."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.pg_port), timeout=20)
        body = struct.pack("!i", 196608) + b"user\0tester\0database\0main\0\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.rest = b""
        self.until_ready()

    def message(self):
        while len(self.rest) < 5 or len(self.rest) < 1 + struct.unpack("!i", self.rest[1:5])[0]:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("closed")
            self.rest += more
        length = 1 + struct.unpack("!i", self.rest[1:5])[0]
        message, self.rest = self.rest[:length], self.rest[length:]
        return message[:1].decode(), message[5:]

    def until_ready(self):
        types = ""
        while not types.endswith("Z"):
            types += self.message()[0]
        return types

    @staticmethod
    def query(sql):
        body = sql.encode() + b"\0"
        return b"Q" + struct.pack("!i", len(body) + 4) + body


def test_idle_connections_cost_no_thread(server):
    before = threads(server)
    connections = [psycopg.connect(server.dsn, autocommit=True) for _ in range(200)]
    try:
        for connection in connections:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        time.sleep(1)
        # A bounded number is kept for what comes next.
        assert threads(server) < before + 100
        for round in range(2):
            for number, connection in enumerate(connections):
                assert connection.execute("SELECT %s::int", [number]).fetchone() == (number,)
            time.sleep(0.5)
    finally:
        for connection in connections:
            connection.close()


def test_requests_may_come_in_pieces(server):
    wire = Wire(server)
    request = Wire.query("SELECT 'in pieces'")
    for pause, piece in ((0.4, request[:3]), (0.4, request[3:9]), (0, request[9:])):
        wire.socket.sendall(piece)
        time.sleep(pause)
    assert wire.until_ready() == "TDCZ"
    # Several at once, and the beginning of another.
    wire.socket.sendall(Wire.query("SELECT 1") * 50 + request[:7])
    for _ in range(50):
        assert wire.until_ready() == "TDCZ"
    time.sleep(0.4)
    wire.socket.sendall(request[7:])
    assert wire.until_ready() == "TDCZ"
    # A large request.
    wire.socket.sendall(Wire.query(f"SELECT length('{'x' * 3_000_000}')"))
    assert wire.until_ready() == "TDCZ"
    wire.socket.close()


def test_a_statement_of_a_client_that_has_gone_is_stopped(server):
    with psycopg.connect(server.dsn, autocommit=True) as watcher:
        def sessions():
            cursor = watcher.execute("SHOW BRANCHES")
            names = [column.name for column in cursor.description]
            return cursor.fetchone()[names.index("sessions")]

        before = sessions()
        wire = Wire(server)
        wire.socket.sendall(Wire.query("SELECT count(*) FROM range(100000000000)"))
        time.sleep(0.5)
        assert sessions() == before + 1
        wire.socket.close()
        deadline = time.time() + 10
        while sessions() != before:
            assert time.time() < deadline
            time.sleep(0.05)


def test_a_slow_reader_gets_all_and_holds_up_nobody(server):
    wire = Wire(server)
    wire.socket.sendall(Wire.query("SELECT range AS n, repeat('x', 1000) AS text FROM range(20000)"))
    with psycopg.connect(server.dsn) as other:
        for _ in range(20):
            assert other.execute("SELECT 1").fetchone() == (1,)
            time.sleep(0.05)
    count = 0
    while True:
        kind, body = wire.message()
        if kind == "D":
            assert struct.unpack("!hi", body[:6])[0] == 2
            count += 1
        if kind == "Z":
            break
    assert count == 20_000
    wire.socket.close()


def test_a_reader_that_goes_away_ends_its_statement(server):
    wire = Wire(server)
    wire.socket.sendall(Wire.query("SELECT range AS n, repeat('x', 1000) AS text FROM range(100000000)"))
    wire.message()
    wire.socket.close()
    deadline = time.time() + 10
    with psycopg.connect(server.dsn, autocommit=True) as watcher:
        while True:
            cursor = watcher.execute("SHOW BRANCHES")
            names = [column.name for column in cursor.description]
            if cursor.fetchone()[names.index("sessions")] == 1:
                break
            assert time.time() < deadline
            time.sleep(0.05)
