"""psql against the PostgreSQL door."""
import os
import re
import shutil
import signal
import subprocess
import time

import psycopg
import pytest
from conftest import postgres_address

pytestmark = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
# Bookworm's psql; another version asks the catalogue in its own words and prints its own columns.
ENVIRONMENT = {**os.environ, "PGCONNECT_TIMEOUT": "20", "PGCLIENTENCODING": "UTF8", "LC_ALL": "C.UTF-8", "PAGER": "cat", "PSQL_HISTORY": "/dev/null"}


def psql(dsn, *arguments, script=None, env=None, check=True, cwd=None):
    """The output of psql without its reading of .psqlrc; errors are in it."""
    done = subprocess.run(["psql", "-X", "-d", dsn, *arguments], input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          env={**ENVIRONMENT, **(env or {})}, cwd=cwd)
    if check:
        assert done.returncode == 0, done.stdout
    return done.stdout


def transcript(dsn, tmp_path, script, *arguments):
    (tmp_path / "script.sql").write_text(script)
    return psql(dsn, *arguments, "-f", "script.sql", cwd=tmp_path)


TABLES = """
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, email text UNIQUE, balance numeric(10,2) DEFAULT 0.00, CONSTRAINT rich CHECK (balance > -100));
CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES customers (id), at timestamp);
CREATE INDEX orders_at ON orders (at);
CREATE VIEW recent AS SELECT id FROM orders WHERE at > '2024-01-01';
COMMENT ON TABLE customers IS 'who buys';
"""


def test_a_transcript(dsn, tmp_path):
    assert transcript(dsn, tmp_path, r"""
CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL, price numeric(10,2) DEFAULT 1.5, at timestamp, ok boolean);
INSERT INTO t VALUES (1, 'a', 2.5, '2024-01-01 10:00:00', true), (2, 'ü☃', DEFAULT, NULL, NULL);
SELECT * FROM t ORDER BY id;
SELECT nope FROM t;
SELECT * FROM t WHERE;
SELECT 'ü', nope;
INSERT INTO t (id, name) VALUES (1, 'b');
INSERT INTO t (id, name) VALUES (3, NULL);
CREATE TABLE IF NOT EXISTS t (id integer);
DROP TABLE IF EXISTS nowhere;
UPDATE t SET price = price * 2 WHERE id = 1 RETURNING id, price;
DELETE FROM t WHERE id = 2;
ROLLBACK;
""") == """CREATE TABLE
INSERT 0 2
 id | name | price |         at          | ok 
----+------+-------+---------------------+----
  1 | a    |  2.50 | 2024-01-01 10:00:00 | t
  2 | ü☃   |  1.50 |                     | 
(2 rows)

psql:script.sql:5: ERROR:  Referenced column "nope" not found in FROM (line 1, column 8)
LINE 1: SELECT nope FROM t;
               ^
HINT:  Columns: id, name, price, at, ok
psql:script.sql:6: ERROR:  syntax error at line 1, column 22: expected an expression, found ';'
LINE 1: SELECT * FROM t WHERE;
                             ^
psql:script.sql:7: ERROR:  Referenced column "nope" not found in FROM (line 1, column 13)
LINE 1: SELECT 'ü', nope;
                    ^
psql:script.sql:8: ERROR:  UNIQUE constraint failed: t.id
psql:script.sql:9: ERROR:  NOT NULL constraint failed: t.name
psql:script.sql:10: NOTICE:  relation "t" already exists, skipping
CREATE TABLE
psql:script.sql:11: NOTICE:  table "nowhere" does not exist, skipping
DROP TABLE
 id | price 
----+-------
  1 |  5.00
(1 row)

UPDATE 1
DELETE 1
psql:script.sql:14: WARNING:  there is no transaction in progress
ROLLBACK
"""


def test_transactions_and_their_status(dsn, tmp_path):
    # A prompt shows the transaction's state.
    script = r"""
BEGIN;
CREATE TABLE t (n integer);
SAVEPOINT s;
SELECT nope;
SELECT 1;
ROLLBACK TO s;
INSERT INTO t VALUES (1);
COMMIT;
BEGIN;
SELECT nope;
COMMIT;
SELECT count(*) FROM t;
"""
    assert transcript(dsn, tmp_path, script, "-At") == """BEGIN
CREATE TABLE
SAVEPOINT
psql:script.sql:5: ERROR:  Referenced column "nope" not found in FROM (line 1, column 8)
LINE 1: SELECT nope;
               ^
psql:script.sql:6: ERROR:  current transaction is aborted, commands ignored until end of transaction block
ROLLBACK
INSERT 0 1
COMMIT
BEGIN
psql:script.sql:11: ERROR:  Referenced column "nope" not found in FROM (line 1, column 8)
LINE 1: SELECT nope;
               ^
ROLLBACK
1
"""


def test_several_statements_in_one_command(dsn):
    out = psql(dsn, "-At", "-c", "CREATE TABLE t (n integer); INSERT INTO t VALUES (1); SELECT count(*) FROM t", "-c", "SELECT 'second'")
    assert out == "CREATE TABLE\nINSERT 0 1\n1\nsecond\n"
    # All of one -c is one transaction.
    out = psql(dsn, "-At", "-c", "INSERT INTO t VALUES (2); SELECT nope", "-c", "SELECT count(*) FROM t", check=False)
    assert "nope" in out and out.endswith("\n1\n")
    out = psql(dsn, "-1", "-v", "ON_ERROR_STOP=1", "-c", "INSERT INTO t VALUES (3)", "-c", "SELECT nope", check=False)
    assert psql(dsn, "-At", "-c", "SELECT count(*) FROM t") == "1\n"


def test_describing_commands(dsn, door, branch):
    psql(dsn, "-v", "ON_ERROR_STOP=1", script=TABLES)
    relations = psql(dsn, "-At", "-c", r"\d").splitlines()
    assert [line.split("|")[1:3] for line in relations] == [["customers", "table"], ["orders", "table"], ["recent", "view"]]
    assert [line.split("|")[1] for line in psql(dsn, "-At", "-c", r"\dt").splitlines()] == ["customers", "orders"]
    assert [line.split("|")[1:3] for line in psql(dsn, "-At", "-c", r"\dv").splitlines()] == [["recent", "view"]]
    assert [[line.split("|")[1], line.split("|")[4]] for line in psql(dsn, "-At", "-c", r"\di").splitlines()] == [
        ["customers_email_key", "customers"], ["customers_pkey", "customers"], ["orders_at", "orders"], ["orders_pkey", "orders"]]
    schemas = [line.split("|")[0] for line in psql(dsn, "-At", "-c", r"\dn").splitlines()]
    assert "main" in schemas and psql(dsn, "-At", "-c", "SELECT current_schema()").strip() in schemas
    databases = [line.split("|")[0] for line in psql(dsn, "-At", "-c", r"\l").splitlines()]
    assert {"main", branch} <= set(databases)
    assert psql(dsn, "-At", "-c", r"\du").startswith("tester|Superuser")
    assert psql(dsn, "-c", r"\df") .endswith("(0 rows)\n\n")
    assert [line.split("|")[1] for line in psql(dsn, "-At", "-c", r"\dt cust*").splitlines()] == ["customers"]
    assert "Did not find any relation named" in psql(dsn, "-c", r"\d nowhere", check=False)


def test_describing_a_table(dsn):
    psql(dsn, "-v", "ON_ERROR_STOP=1", script=TABLES)
    schema = psql(dsn, "-At", "-c", "SELECT current_schema()").strip()
    shown = psql(dsn, "-c", r"\d customers")
    lines = shown.splitlines()
    assert lines[0].strip() == f'Table "{schema}.customers"'
    columns = [[cell.strip() for cell in line.split("|")] for line in lines[3:7]]
    assert [(cells[0], cells[1], cells[3]) for cells in columns] == [
        ("id", "integer", "not null"), ("name", "text", "not null"), ("email", "text", ""), ("balance", "numeric(10,2)", "")]
    assert columns[3][4] == "0.00"
    assert '"customers_pkey" PRIMARY KEY, btree (id)' in shown
    assert re.search(r'"customers_email_key" UNIQUE CONSTRAINT, btree \(email\)', shown)
    assert '"rich" CHECK' in shown
    assert re.search(r'TABLE "(\w+\.)?orders" CONSTRAINT "\w+" FOREIGN KEY \(customer\) REFERENCES customers\(id\)', shown)
    orders = psql(dsn, "-c", r"\d orders")
    assert re.search(r'"orders_at" btree \("?at"?\)', orders) and re.search(r'"\w+" FOREIGN KEY \(customer\) REFERENCES customers\(id\)', orders)
    more = psql(dsn, "-c", r"\d+ customers")
    assert "Storage" in more and "plain" in more
    assert "SELECT id FROM orders WHERE at > '2024-01-01'" in psql(dsn, "-c", r"\d+ recent")
    assert "permanent" in psql(dsn, "-c", r"\dt+ customers")


def test_copy_in_and_out(dsn, tmp_path):
    (tmp_path / "in.csv").write_text('n,s\n1,"a ""b"", c"\n2,\n3,"multi\nline"\n')
    out = transcript(dsn, tmp_path, r"""
CREATE TABLE t (n integer PRIMARY KEY, s text);
\copy t from 'in.csv' with (format csv, header)
\copy (select * from t order by n) to 'out.txt'
\copy t to 'out.bin' with (format binary)
\copy t from 'in.csv' csv header
COPY t FROM STDIN;
7	x
8	\N
\.
COPY t FROM STDIN;
9	x
nine	y
\.
COPY (SELECT n FROM t WHERE n > 6 ORDER BY n) TO STDOUT WITH CSV HEADER;
TRUNCATE t;
\copy t from 'out.bin' with (format binary)
SELECT count(*) AS rows, count(s) AS texts FROM t;
COPY nowhere FROM STDIN;
COPY t FROM '/etc/passwd';
""")
    done, refused = out[:out.index("psql:script.sql:19")], out[out.index("psql:script.sql:19"):]
    assert done == """CREATE TABLE
COPY 3
COPY 3
COPY 3
psql:script.sql:6: ERROR:  UNIQUE constraint failed: t.n (COPY t, line 2)
COPY 2
psql:script.sql:14: ERROR:  invalid input for type INTEGER: "nine" (COPY t, line 2, column n)
n
7
8
TRUNCATE TABLE
COPY 3
 rows | texts 
------+-------
    3 |     2
(1 row)

"""
    assert "nowhere" in refused
    assert (tmp_path / "out.txt").read_text() == '1\ta "b", c\n2\t\\N\n3\tmulti\\nline\n'
    # The server's files are not for clients.
    assert "root:" not in out and out.count("ERROR") == 4


def test_gdesc_variables_and_show(dsn, tmp_path):
    out = transcript(dsn, tmp_path, r"""
CREATE TABLE t (id integer, name text, price numeric(10,2), at timestamptz);
SELECT *, id + 1 AS next FROM t \gdesc
\set who 'O''Brien'
\set number 41
SELECT :'who' AS who, :number + 1 AS answer;
SELECT 'x' AS kept \gset
\echo :kept
SHOW server_encoding;
SET work_mem = '5MB';
SHOW transaction_isolation;
\echo :SERVER_VERSION_NUM :ENCODING
\pset null '(none)'
SELECT NULL AS nothing, id FROM t UNION ALL SELECT 'a', 1 \g (format=unaligned)
""")
    assert out == """CREATE TABLE
 Column |           Type           
--------+--------------------------
 id     | integer
 name   | text
 price  | numeric(10,2)
 at     | timestamp with time zone
 next   | integer
(5 rows)

   who   | answer 
---------+--------
 O'Brien |     42
(1 row)

x
 server_encoding 
-----------------
 UTF8
(1 row)

SET
 transaction_isolation 
-----------------------
 read committed
(1 row)

""" + out[out.index("15"):]
    assert re.search(r"^15\d{4} UTF8$", out, re.M)
    assert out.endswith("Null display is \"(none)\".\nnothing|id\na|1\n(1 row)\n")


def test_branches_as_databases(door, branch, dsn):
    new = branch + "n"
    out = psql(door.dsn, "-At", script=f"""
CREATE TABLE {branch}_t (n integer);
INSERT INTO {branch}_t VALUES (1);
CREATE DATABASE {new} TEMPLATE main;
\\c {new}
SELECT current_branch(), current_database();
INSERT INTO {branch}_t VALUES (2);
SELECT count(*) FROM {branch}_t;
\\c main
SELECT count(*) FROM {branch}_t;
SELECT datname FROM pg_database WHERE datname = '{new}';
MERGE BRANCH {new};
SELECT count(*) FROM {branch}_t;
DROP TABLE {branch}_t;
DROP DATABASE {new};
DROP DATABASE IF EXISTS {new};
SELECT count(*) FROM pg_database WHERE datname = '{new}';
""")
    assert f'You are now connected to database "{new}"' in out
    assert f"{new}|{new}\n" in out
    wanted = ["CREATE TABLE", "INSERT 0 1", "CREATE DATABASE", f"{new}|{new}", "INSERT 0 1", "2", "1", new, "2", "DROP TABLE", "DROP DATABASE", "DROP DATABASE", "0"]
    lines = out.splitlines()
    place = 0
    for line in wanted:
        assert line in lines[place:], (line, out)
        place = lines.index(line, place) + 1
    assert psql(door.dsn, "-At", "-c", "SELECT current_branch()", env={"PGOPTIONS": f"-c branch={branch}"}) == f"{branch}\n"
    assert psql(postgres_address(door, branch), "-At", "-c", "SHOW branch") == f"{branch}\n"
    assert psql(door.dsn, "-At", "-c", f"USE BRANCH {branch}; SELECT current_branch()").splitlines()[-1] == branch
    assert "nowhere" in psql(postgres_address(door, "nowhere"), "-c", "SELECT 1", check=False)


def test_interrupt(dsn):
    process = subprocess.Popen(["psql", "-X", "-d", dsn, "-At", "-c", "SELECT count(*) FROM range(100000000000)"],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT)
    time.sleep(1.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert "Cancel request sent" in out and "ERROR:  the statement was interrupted" in out and process.returncode == 1, out


def test_timeouts(dsn):
    out = psql(dsn, "-At", script=r"""
\set VERBOSITY verbose
SET statement_timeout = '200ms';
SELECT count(*) FROM range(100000000000);
RESET statement_timeout;
SELECT 'on';
BEGIN;
SET LOCAL statement_timeout = 100;
SELECT count(*) FROM range(100000000000);
ROLLBACK;
SHOW statement_timeout;
""")
    assert out.count("57014") == 2
    assert out.splitlines()[-1] in ("0", "0ms") and "on" in out.splitlines()


def test_a_long_result_in_parts(dsn):
    out = psql(dsn, "-At", "-v", "FETCH_COUNT=100", "-c", r"SELECT range FROM range(1050)", script=None)
    assert out.splitlines() == [str(number) for number in range(1050)]
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
