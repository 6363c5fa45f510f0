"""Plain-format files of pg_dump of a real PostgreSQL 15 database, loaded by psql onto main and onto a branch."""
import datetime as dt
import decimal
import pathlib
import shutil
import subprocess
import uuid

import psycopg
import pytest
from conftest import Server, postgres_address

FILES = pathlib.Path(__file__).parent / "resources" / "postgresql"
pytestmark = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")

# What shop-source.sql put into PostgreSQL.
CUSTOMERS = [
    (1, "Ada", "ada@example.org", "abc", decimal.Decimal("12.50"), True, dt.date(1815, 12, 10), dt.datetime(2024, 1, 2, 3, 4, 5, 678000),
     dt.datetime(2024, 1, 2, 1, 4, 5, tzinfo=dt.timezone.utc), 4.5, None),
    (2, "O'Brien", None, "xyz", decimal.Decimal("-5.00"), False, None, dt.datetime(2024, 2, 29), None, 0.001, "two\nlines\tand a tab \\ backslash"),
    (3, "Ünïcödé ☃", "u@example.org", "n/a", decimal.Decimal("0.00"), None, dt.date(2000, 2, 29), dt.datetime(2024, 3, 1, 12),
     dt.datetime(2024, 3, 1, 12, tzinfo=dt.timezone.utc), None, ""),
]
ORDERS = [(1, 1, "new", decimal.Decimal("10.00"), dt.datetime(2024, 1, 3, 10)), (2, 1, "paid", decimal.Decimal("20.25"), dt.datetime(2024, 1, 4, 10)),
          (3, 2, "sent", decimal.Decimal("99.99"), dt.datetime(2024, 1, 5, 10))]
LINES = [(1, 1, "Widget", 2, decimal.Decimal("5.00"), 1, uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), {"a": 1}),
         (2, 1, "Gadget", 1, decimal.Decimal("20.25"), 2, None, None), (3, 1, 'Thing "x"', 3, decimal.Decimal("33.33"), 3, None, [1, 2])]
MIXED = [(7, "it's \\ \"quoted\"", b"\xde\xad\xbe\xef"), (8, None, None)]


@pytest.mark.parametrize("form", ["copy", "inserts", "column-inserts"])
@pytest.mark.parametrize("target", ["main", "branch"])
def test_a_dump_loads(tmp_path, form, target):
    server = Server(tmp_path / "dump.db")
    try:
        address = server.dsn
        if target == "branch":
            with psycopg.connect(server.dsn, autocommit=True) as connection:
                connection.execute("CREATE BRANCH dumped")
            address = postgres_address(server, "dumped")
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", address, "-f", FILES / f"shop-{form}.sql"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
        assert done.returncode == 0 and "ERROR" not in done.stdout, done.stdout
        with psycopg.connect(address) as connection:
            ask = lambda sql: connection.execute(sql).fetchall()
            assert ask("SELECT * FROM customers ORDER BY id") == CUSTOMERS
            assert ask("SELECT * FROM sales.orders ORDER BY id") == ORDERS
            assert ask("SELECT * FROM sales.order_lines ORDER BY order_id") == LINES
            assert ask('SELECT * FROM "Mixed Case" ORDER BY "Key"') == MIXED
            assert ask("SELECT * FROM tickets ORDER BY no") == [(100, "first"), (105, "second")]
            assert ask("SELECT * FROM open_orders ORDER BY id") == [(1, "Ada", decimal.Decimal("10.00")), (2, "Ada", decimal.Decimal("20.25"))]
            # Keys, checks, defaults and sequences go on where the dump left them.
            assert connection.execute("INSERT INTO customers (name) VALUES ('New') RETURNING id, code, balance, is_active").fetchone() == (
                4, "n/a", decimal.Decimal("0.00"), True)
            assert connection.execute("INSERT INTO sales.orders (customer_id, total) VALUES (4, 1) RETURNING id, status").fetchone() == (4, "new")
            assert connection.execute("INSERT INTO tickets (title) VALUES ('third') RETURNING no").fetchone() == (110,)
            connection.commit()
            for sql, error in [("INSERT INTO customers (name, email) VALUES ('x', 'ada@example.org')", psycopg.errors.UniqueViolation),
                               ("INSERT INTO customers (name, balance) VALUES ('x', -2000)", psycopg.errors.CheckViolation),
                               ("INSERT INTO sales.orders (customer_id, total) VALUES (99, 1)", psycopg.errors.ForeignKeyViolation)]:
                with pytest.raises(error):
                    connection.execute(sql)
                    connection.commit()
                connection.rollback()
            connection.execute("DELETE FROM customers WHERE id = 1")
            assert ask("SELECT id FROM sales.orders ORDER BY id") == [(3,), (4,)]
            connection.rollback()
        if target == "branch":
            with psycopg.connect(server.dsn, autocommit=True) as connection:
                with pytest.raises(psycopg.errors.UndefinedTable):
                    connection.execute("SELECT * FROM customers")
                connection.execute("MERGE BRANCH dumped")
                assert connection.execute("SELECT count(*) FROM sales.orders").fetchone() == (4,)
    finally:
        server.stop()
