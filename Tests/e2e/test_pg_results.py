"""Results larger than memory should be, and clients that do not read them."""
import os
import pathlib
import socket
import struct
import time

import psycopg
import pytest

ROWS = int(os.environ.get("BRANCHLITE_BIG_RESULT", "10_000_000"))


def resident(server):
    """Kilobytes of the server that are in memory."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        pytest.skip("needs /proc")
    return int(next(line for line in status.read_text().splitlines() if line.startswith("VmRSS")).split()[1])


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def ask(server, sql):
    """A connection of bare protocol that has asked for `sql` and reads nothing of its own accord: no driver is as fast as the server."""
    connected = socket.create_connection(("127.0.0.1", server.pg_port), timeout=120)
    start = struct.pack("!i", 196608) + b"user\0tester\0database\0main\0\0"
    connected.sendall(struct.pack("!i", len(start) + 4) + start)
    greeting = b""
    while not greeting.endswith(b"Z\0\0\0\5I"):
        greeting += connected.recv(1 << 16)
    connected.sendall(message(b"Q", sql.encode() + b"\0"))
    return connected


def test_ten_million_rows_in_constant_memory(server):
    with ask(server, "SELECT 1") as connected:
        while not connected.recv(1 << 16).endswith(b"Z\0\0\0\5I"):
            pass
        before, highest, received, tail = resident(server), 0, 0, b""
        connected.sendall(message(b"Q", f"SELECT range AS n FROM range({ROWS})\0".encode()))
        reads = 0
        while not tail.endswith(b"Z\0\0\0\5I"):
            part = connected.recv(1 << 20)
            assert part, "the server has hung up"
            received += len(part)
            tail = (tail + part)[-64:]
            reads += 1
            if reads % 200 == 0:
                highest = max(highest, resident(server))
        done = message(b"C", f"SELECT {ROWS}\0".encode()) + b"Z\0\0\0\5I"
        assert tail.endswith(done)
        description = message(b"T", struct.pack("!h", 1) + b"n\0" + bytes(18))
        # Each row is type, length, count of columns, length of the value and its digits.
        digits = sum(len(str(edge)) * (min(edge * 10, ROWS) - edge) for edge in (10**power for power in range(9)) if edge < ROWS) + 1
        assert received == len(description) + 11 * ROWS + digits + len(done)
        assert highest - before < 40_000, (before, highest)


def test_streams_and_cursors_in_constant_memory(server):
    count = 300_000
    with psycopg.connect(server.dsn) as connection:
        connection.execute("SELECT 1")
        before, highest, seen = resident(server), 0, 0
        for row in connection.cursor(binary=True).stream(f"SELECT range, 'some text to make it longer' FROM range({count})", size=1000):
            assert row[0] == seen
            seen += 1
            if seen % 50_000 == 0:
                highest = max(highest, resident(server))
        assert seen == count
        with connection.cursor("big") as cursor:
            cursor.itersize = 10_000
            cursor.execute(f"SELECT range FROM range({count})")
            total = 0
            for row in cursor:
                total += row[0]
                if row[0] % 50_000 == 0:
                    highest = max(highest, resident(server))
        assert total == count * (count - 1) // 2
        assert highest - before < 40_000, (before, highest)


def test_a_client_that_does_not_read_blocks_nobody(server):
    with ask(server, f"SELECT range FROM range({ROWS})") as lazy:
        time.sleep(1)
        before = resident(server)
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            began = time.time()
            connection.execute("CREATE TABLE t (n integer)")
            for number in range(50):
                connection.execute("INSERT INTO t VALUES (%s)", (number,))
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (50,)
            assert time.time() - began < 20
        assert resident(server) - before < 40_000
        # It still gets all of it once it reads.
        received = bytearray()
        while len(received) < 1_000_000:
            received += lazy.recv(1 << 16)
        assert b"D" in received
    # And its leaving ends the query.
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (50,)
