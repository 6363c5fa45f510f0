"""The executable on a store, alone and through the process that owns it."""
import base64
import hashlib
import hmac
import json
import re
import socket
import sqlite3
import ssl
import subprocess
import threading

import pytest
from conftest import BINARY, Server, rows, run


def test_branch_change_diff_merge(store):
    run("sql", "--store", store, "CREATE TABLE users (id BIGINT PRIMARY KEY, name VARCHAR, age INTEGER); INSERT INTO users VALUES (1, 'Ada', 36), (2, 'Bob', 41)")
    assert "created branch try" in run("branch", "create", "--store", store, "try").stdout
    run("sql", "--store", store, "--branch", "try", "UPDATE users SET age = 42 WHERE id = 2; INSERT INTO users VALUES (3, 'Cyd', 7); DELETE FROM users WHERE id = 1")
    assert rows(store, "SELECT id, age FROM users ORDER BY id") == [{"id": 1, "age": 36}, {"id": 2, "age": 41}]
    text = run("diff", "--store", store, "try").stdout
    assert "41 → 42" in text and re.search(r"^  \+ .*Cyd", text, re.M) and re.search(r"^  - .*Ada", text, re.M)
    assert run("diff", "--store", store, "--exit-code", "try", check=False).returncode == 1
    stat = run("diff", "--store", store, "--stat", "try").stdout
    assert "users" in stat and "+1" in stat and "~1" in stat and "-1" in stat
    merged = run("merge", "--store", store, "try").stdout
    assert "fast-forward" in merged
    assert rows(store, "SELECT id, age FROM users ORDER BY id") == [{"id": 2, "age": 42}, {"id": 3, "age": 7}]
    assert run("merge", "--store", store, "try").stdout == "Already up to date.\n"
    assert run("diff", "--store", store, "--exit-code", "try").stdout == ""


def test_conflict_exits_one_and_applies_nothing(store, tmp_path):
    run("sql", "--store", store, "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR); INSERT INTO t VALUES (1, 'base'), (2, 'two')")
    run("branch", "create", "--store", store, "b")
    run("sql", "--store", store, "--branch", "b", "UPDATE t SET v = 'branch' WHERE id = 1; UPDATE t SET v = 'zwei' WHERE id = 2")
    run("sql", "--store", store, "UPDATE t SET v = 'main' WHERE id = 1")
    refused = run("merge", "--store", store, "b", check=False)
    assert refused.returncode == 1 and "CONFLICT (update_update) t" in refused.stdout
    assert rows(store, "SELECT v FROM t ORDER BY id") == [{"v": "main"}, {"v": "two"}]
    conflict = json.loads(run("merge", "--store", store, "b", "--json", check=False).stdout)["conflicts"][0]
    decisions = tmp_path / "resolutions.json"
    decisions.write_text(json.dumps([{"conflict_id": conflict["id"], "take": "branch"}]))
    run("merge", "--store", store, "b", "--resolutions", decisions)
    assert rows(store, "SELECT v FROM t ORDER BY id") == [{"v": "branch"}, {"v": "zwei"}]


def test_errors_read_like_git_and_exit_one(store):
    run("sql", "--store", store, "CREATE TABLE t (a INTEGER)")
    for arguments, code in [
        (("sql", "SELECT * FROM nowhere"), "BL_NO_SUCH_TABLE"),
        (("sql", "SELEKT 1"), "BL_PARSE_ERROR"),
        (("sql", "--branch", "nope", "SELECT 1"), "BL_NO_SUCH_BRANCH"),
        (("branch", "create", "main"), "BL_BAD_NAME"),
        (("branch", "create", ""), "BL_BAD_NAME"),
        (("branch", "create", "x" * 300), "BL_BAD_NAME"),
        (("branch", "discard", "main"), "BL_"),
        (("merge", "nope"), "BL_NO_SUCH_BRANCH"),
    ]:
        done = run(arguments[0], *(arguments[1:2] if arguments[0] == "branch" else ()), "--store", store, *(arguments[2:] if arguments[0] == "branch" else arguments[1:]), check=False)
        assert done.returncode == 1, (arguments, done.stdout, done.stderr)
        assert done.stderr.startswith("error: ") and code in done.stderr, (arguments, done.stderr)
    assert run("sql", "--no-such-flag", check=False).returncode == 64


def test_syntax_error_names_line_and_column(store):
    done = run("sql", "--store", store, "SELECT 1,\n  FROM WHERE", check=False)
    assert done.returncode == 1 and "line 2" in done.stderr


def test_shell_reads_a_script_from_standard_input(store):
    script = "CREATE TABLE t (a INTEGER, b VARCHAR);\nINSERT INTO t VALUES (1, 'x;y'),\n  (2, NULL);\n.tables\n.schema t\nSELECT * FROM t ORDER BY a;\n.json\nSELECT count(*) AS n FROM t;\n.branches\n"
    out = run("sql", "--store", store, input=script).stdout
    assert "x;y" in out and "NULL" in out and '{"n":2}' in out and "INTEGER" in out
    failed = run("sql", "--store", store, input="SELECT 1;\nSELECT nope;\nSELECT 2;\n", check=False)
    assert failed.returncode == 1 and "BL_NO_SUCH_COLUMN" in failed.stderr


def test_csv_output(store):
    out = run("sql", "--store", store, "--csv", "SELECT 1 AS a, 'x,\"y\"' AS b, NULL AS c, '' AS d").stdout
    assert out.splitlines() == ["a,b,c,d", '1,"x,""y""",,""']


def test_config_shows_where_each_value_came_from(store, tmp_path):
    config = tmp_path / "branchlite.conf"
    config.write_text("gc_interval = 1m\nmax_branches = 7\n")
    out = run("config", "--json", "--store", store, "--config", config, "--set", "branch_mode=live", env={"BRANCHLITE_MAX_BRANCHES": "9"}).stdout
    values = {entry["setting"]: entry for entry in json.loads(out)}
    assert values["gc_interval"]["value"] == "1m" and str(config) in values["gc_interval"]["source"]
    assert values["max_branches"]["value"] == "9" and "BRANCHLITE_MAX_BRANCHES" in values["max_branches"]["source"]
    assert values["branch_mode"]["value"] == "live" and "flag" in values["branch_mode"]["source"]
    assert values["sync"]["source"] == "default"
    bad = run("config", "--set", "sync=sometimes", check=False)
    assert bad.returncode == 1 and "BL_BAD_CONFIGURATION" in bad.stderr


def test_branching_can_be_switched_off(store):
    run("sql", "--store", store, "CREATE TABLE t (a INTEGER)")
    off = {"BRANCH_ISOLATION_ENABLED": "false"}
    done = run("branch", "create", "--store", store, "b", check=False, env=off)
    assert done.returncode == 1 and "BL_BRANCHING_DISABLED" in done.stderr
    assert "1" in run("sql", "--store", store, "SELECT 1", env=off).stdout


@pytest.fixture
def shop(tmp_path):
    """An ordinary SQLite file with everything a schema can hold."""
    path = tmp_path / "shop.sqlite"
    db = sqlite3.connect(path)
    db.executescript("""
        CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, joined DATE, note BLOB);
        CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, customer INTEGER NOT NULL REFERENCES customers(id), total NUMERIC CHECK (total >= 0));
        CREATE TABLE tags (word TEXT COLLATE NOCASE PRIMARY KEY, uses INT) WITHOUT ROWID;
        CREATE TABLE log (what TEXT);
        CREATE INDEX orders_customer ON orders (customer);
        CREATE VIEW totals AS SELECT customer, sum(total) AS spent FROM orders GROUP BY customer;
        CREATE TRIGGER logged AFTER INSERT ON orders BEGIN INSERT INTO log VALUES ('order ' || new.id); END;
        INSERT INTO customers VALUES (1, 'Ada', '2024-02-29', x'00ff'), (2, 'Bob', NULL, NULL);
        INSERT INTO orders (customer, total) VALUES (1, 10.5), (1, 4), (2, 7.25);
        INSERT INTO tags VALUES ('Blue', 3), ('red', 1);
    """)
    db.commit()
    db.close()
    return path


def test_sqlite_file_in_and_out_whole(store, shop, tmp_path):
    run("import", "--store", store, shop)
    assert rows(store, "SELECT * FROM totals ORDER BY customer") == [{"customer": 1, "spent": 14.5}, {"customer": 2, "spent": 7.25}]
    run("branch", "create", "--store", store, "b")
    run("sql", "--store", store, "--branch", "b", "INSERT INTO orders (customer, total) VALUES (2, 1)")
    assert rows(store, "SELECT count(*) AS n FROM log", "b") == [{"n": 4}]
    out = tmp_path / "out.sqlite"
    run("export", "--store", store, "--branch", "b", out)
    shell = lambda sql: subprocess.run(["sqlite3", str(out), sql], capture_output=True, text=True, check=True).stdout.strip()
    assert shell("PRAGMA integrity_check") == "ok"
    assert shell("PRAGMA foreign_key_check") == ""
    assert shell("SELECT joined, hex(note) FROM customers WHERE id = 1") == "2024-02-29|00FF"
    assert shell("SELECT spent FROM totals WHERE customer = 2") == "8.25"
    assert shell("SELECT uses FROM tags WHERE word = 'BLUE'") == "3"
    assert shell("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") == "1"
    assert run("export", "--store", store, out, check=False).returncode == 1


def test_triggers_keep_a_full_text_table_in_step_on_a_branch(store):
    run("sql", "--store", store, "--dialect", "sqlite", """CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT);
        CREATE VIRTUAL TABLE docs_text USING fts5(body, content='docs', content_rowid='id');
        CREATE TRIGGER docs_in AFTER INSERT ON docs BEGIN INSERT INTO docs_text (rowid, body) VALUES (new.id, new.body); END;
        CREATE TRIGGER docs_out AFTER DELETE ON docs BEGIN INSERT INTO docs_text (docs_text, rowid, body) VALUES ('delete', old.id, old.body); END;
        INSERT INTO docs VALUES (1, 'quick brown fox');""")
    run("branch", "create", "--store", store, "b")
    run("sql", "--store", store, "--branch", "b", "--dialect", "sqlite", "INSERT INTO docs VALUES (2, 'lazy dog'); DELETE FROM docs WHERE id = 1;")
    found = lambda branch, word: json.loads(run("sql", "--store", store, "--branch", branch, "--dialect", "sqlite", "--json", f"SELECT rowid FROM docs_text WHERE docs_text MATCH '{word}'").stdout)
    assert found("b", "dog") == [{"rowid": 2}] and found("b", "fox") == []
    assert found("main", "fox") == [{"rowid": 1}] and found("main", "dog") == []


def test_exported_duckdb_columns_read_sensibly(store, tmp_path):
    run("sql", "--store", store, """CREATE TABLE t (id BIGINT PRIMARY KEY, d DATE, ts TIMESTAMP, tm TIME, price DECIMAL(10,2), ok BOOLEAN, u UUID, j JSON);
        INSERT INTO t VALUES (1, DATE '2024-02-29', TIMESTAMP '2024-02-29 12:34:56.789', TIME '01:02:03', 12.30, TRUE, '123E4567-e89b-12d3-a456-426614174000', '{"a": 1}')""")
    out = tmp_path / "out.sqlite"
    run("export", "--store", store, out)
    text = subprocess.run(["sqlite3", str(out), "SELECT d, ts, tm, price, ok, u, j FROM t"], capture_output=True, text=True, check=True).stdout.strip()
    assert text.startswith("2024-02-29|2024-02-29 12:34:56.789|01:02:03|12.3"), text
    assert text.endswith('|1|123e4567-e89b-12d3-a456-426614174000|{"a": 1}'), text
    schema = subprocess.run(["sqlite3", str(out), ".schema t"], capture_output=True, text=True, check=True).stdout
    assert "DUCKDB" not in schema


def test_csv_and_ndjson(store, tmp_path):
    csv = tmp_path / "people.csv"
    csv.write_text('id,name,born,score,active,code\n1,"Smith, ""J""",1990-01-31,1.5,true,007\n2,,NA,2,false,008\n')
    run("import", "--store", store, csv, "--null", "NA")
    described = {r["column_name"]: r["column_type"] for r in rows(store, "DESCRIBE people")}
    assert described == {"id": "BIGINT", "name": "VARCHAR", "born": "DATE", "score": "DOUBLE", "active": "BOOLEAN", "code": "VARCHAR"}
    assert rows(store, "SELECT name, born, active, code FROM people ORDER BY id") == [
        {"name": 'Smith, "J"', "born": "1990-01-31", "active": True, "code": "007"},
        {"name": None, "born": None, "active": False, "code": "008"}]
    lines = tmp_path / "events.ndjson"
    lines.write_text('{"at": "2024-01-01 10:00:00", "n": 1, "tags": ["a"]}\n\n{"n": 2.5, "who": "x"}\n')
    run("import", "--store", store, lines)
    assert rows(store, "SELECT n, who, tags FROM events ORDER BY n") == [
        {"n": 1.0, "who": None, "tags": ["a"]}, {"n": 2.5, "who": "x", "tags": None}]
    broken = tmp_path / "broken.csv"
    broken.write_text("a,b\n1,2\n3\n")
    failed = run("import", "--store", store, broken, check=False)
    assert failed.returncode == 1 and "broken.csv:3" in failed.stderr
    assert "broken" not in run("sql", "--store", store, "SHOW TABLES").stdout
    run("export", "--store", store, "--table", "people", tmp_path / "people-out.csv")
    assert (tmp_path / "people-out.csv").read_text().splitlines()[0] == "id,name,born,score,active,code"


def test_works_through_the_owner(store, tmp_path):
    server = Server(store)
    try:
        run("sql", "--store", store, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)")
        run("branch", "create", "--store", store, "b")
        run("sql", "--store", store, "--branch", "b", "DELETE FROM t WHERE a = 1")
        assert rows(store, "SELECT count(*) AS n FROM t") == [{"n": 2}]
        assert "-1" in run("diff", "--store", store, "--stat", "b").stdout
        run("merge", "--store", store, "b")
        assert rows(store, "SELECT a FROM t") == [{"a": 2}]
        csv = tmp_path / "more.csv"
        csv.write_text("x,y\n1,2\n")
        run("import", "--store", store, csv)
        run("export", "--store", store, tmp_path / "out.sqlite")
        assert run("check", "--store", store).stdout.startswith("ok")
        run("backup", "--store", store, tmp_path / "copy.db")
        script = subprocess.run([BINARY, "sql", "--store", str(store)], input="BEGIN;\nINSERT INTO t VALUES (9);\nROLLBACK;\nSELECT count(*) AS n FROM t;\n", capture_output=True, text=True)
        assert script.returncode == 0 and "1" in script.stdout
    finally:
        assert server.stop() == 0
    assert rows(tmp_path / "copy.db", "SELECT a FROM t") == [{"a": 2}]


def test_a_second_owner_is_refused_by_name(store):
    server = Server(store)
    try:
        second = run("serve", "--store", store, "--http-listen", "127.0.0.1:0", "--pg-listen", "127.0.0.1:0", check=False)
        assert second.returncode == 1 and "BL_STORE_LOCKED" in second.stderr and str(server.process.pid) in second.stderr
    finally:
        server.stop()


def test_bad_store_files(tmp_path, store):
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"this is not a store at all" * 1000)
    done = run("sql", "--store", junk, "SELECT 1", check=False)
    assert done.returncode == 1 and "BL_NOT_A_STORE" in done.stderr
    plain = tmp_path / "plain.sqlite"
    db = sqlite3.connect(plain)
    db.execute("CREATE TABLE t (a)")
    db.commit()
    db.close()
    done = run("sql", "--store", plain, "SELECT 1", check=False)
    assert done.returncode == 1 and "BL_NOT_A_STORE" in done.stderr
    run("sql", "--store", store, "CREATE TABLE t (a INTEGER); INSERT INTO t SELECT range FROM range(20000)")
    whole = store.read_bytes()
    for cut in (0, 100, 5000, len(whole) // 2):
        store.write_bytes(whole[:cut])
        done = run("sql", "--store", store, "SELECT sum(a) FROM t", check=False)
        assert done.returncode in (0, 1) and "Fatal" not in done.stderr and (done.returncode == 1 or cut == 0), (cut, done)
    flipped = bytearray(whole)
    for place in range(16_384, len(flipped), 997):
        flipped[place] ^= 0x10
    store.write_bytes(bytes(flipped))
    done = run("sql", "--store", store, "SELECT sum(a) FROM t", check=False)
    assert done.returncode == 1 and "BL_" in done.stderr
    assert run("check", "--store", store, check=False).returncode == 1


def test_keys_are_made_and_hashed():
    made = json.loads(run("key", "new", "--name", "etl", "--scopes", "read,write", "--json").stdout)
    assert made["key"].startswith("blk_") and made["sha256"] == f"etl=sha256:{hashlib.sha256(made['key'].encode()).hexdigest()}:read+write"
    prefix, iterations, rest = made["scram"].removeprefix("etl=scram:").removesuffix(":read+write").replace("$", ":", 2).split(":", 2)
    salt, stored, server = rest.replace("$", ":").split(":")
    salted = hashlib.pbkdf2_hmac("sha256", made["key"].encode(), base64.b64decode(salt), int(iterations))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    assert prefix == "SCRAM-SHA-256" and base64.b64decode(stored) == hashlib.sha256(client_key).digest()
    assert base64.b64decode(server) == hmac.digest(salted, b"Server Key", "sha256")
    hashed = json.loads(run("key", "hash", "--name", "etl", "--scopes", "read,write", "--json", input=made["key"] + "\n").stdout)
    assert hashed["sha256"] == made["sha256"] and "key" not in hashed
    short = run("key", "hash", input="short\n", check=False)
    assert short.returncode == 1 and "BL_BAD_ARGUMENT" in short.stderr


def test_a_certificate_for_development_is_one_that_clients_verify(tmp_path):
    out = run("cert", "--host", "localhost", "--host", "127.0.0.1", "--out", tmp_path).stdout
    certificate, key = tmp_path / "server.crt", tmp_path / "server.key"
    assert out == f"BRANCHLITE_TLS_CERT={certificate}\nBRANCHLITE_TLS_KEY={key}\n"
    assert key.stat().st_mode & 0o777 == 0o600
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        for _ in range(3):
            connection, _ = listener.accept()
            try:
                served.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    client = ssl.create_default_context(cafile=certificate)
    for name in ("localhost", "127.0.0.1"):
        with client.wrap_socket(socket.create_connection(listener.getsockname()), server_hostname=name) as connection:
            assert connection.version() in ("TLSv1.2", "TLSv1.3")
    with pytest.raises(ssl.SSLCertVerificationError):
        client.wrap_socket(socket.create_connection(listener.getsockname()), server_hostname="elsewhere.example")
    assert run("cert", "--out", tmp_path, check=False).returncode == 1
