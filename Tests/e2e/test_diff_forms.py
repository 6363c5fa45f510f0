"""The forms of a diff from the command line and over MCP, read by what they are for: the sqlite3 shell, Python, SQLite's session extension, DuckDB."""
import base64
import json
import random
import shutil
import sqlite3
import subprocess

import pytest
from conftest import BINARY, Server, run

SCHEMA = """
CREATE TABLE log(at INTEGER, what TEXT);
CREATE TABLE parent(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE child(id INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER REFERENCES parent(id) ON DELETE CASCADE, v, twice AS (v * 2));
CREATE TABLE keyed(k TEXT COLLATE NOCASE PRIMARY KEY, v REAL, note);
CREATE TABLE bare(v, n NUMERIC);
CREATE TABLE packed(a INTEGER, b TEXT, v, PRIMARY KEY(b, a)) WITHOUT ROWID;
CREATE VIRTUAL TABLE docs USING fts5(body);
CREATE TRIGGER noted AFTER UPDATE ON parent BEGIN INSERT INTO log VALUES (new.id, 'updated'); END;
CREATE INDEX child_parent ON child(parent);
CREATE VIEW names AS SELECT name FROM parent;
"""
VALUES = ["NULL", "1", "-7", "2.5", "0.1", "9e999", "-0.0", "9223372036854775807", "-9223372036854775808", "'it''s'", "''", "'NULL'",
          "'two' || char(10) || 'lines' || char(13, 10)", "'z' || char(0) || 'y'", "x''", "x'00ff27'", "CAST(x'fffe' AS TEXT)", "zeroblob(700)", "'日本'"]


def statements(rng, count, ddl):
    out = []
    for _ in range(count):
        n, value, other = rng.randint(1, 30), rng.choice(VALUES), rng.choice(VALUES)
        choices = [
            f"INSERT OR IGNORE INTO parent VALUES ({n}, 'p{rng.randint(1, 40)}');", f"UPDATE OR IGNORE parent SET name = name || 'x' WHERE id % 3 = {n % 3};",
            f"DELETE FROM parent WHERE id = {n};", f"INSERT OR IGNORE INTO child(id, parent, v) VALUES ({n}, (SELECT id FROM parent WHERE id = {n % 5}), {value});",
            f"UPDATE child SET v = {value} WHERE id % 4 = {n % 4};", f"INSERT OR IGNORE INTO keyed VALUES ('k{n}', {n}.25, {value});",
            f"UPDATE keyed SET note = {other} WHERE k < 'k{n}';", f"INSERT INTO bare VALUES ({value}, {other});", f"UPDATE bare SET v = {other} WHERE rowid % 3 = {n % 3};",
            f"DELETE FROM bare WHERE rowid % 7 = {n % 7};", f"INSERT OR IGNORE INTO packed VALUES ({n}, 'b{n % 3}', {value});", f"DELETE FROM packed WHERE a % 5 = {n % 5};",
            f"INSERT INTO docs(rowid, body) SELECT {n}, 'word{n}' WHERE NOT EXISTS (SELECT 1 FROM docs WHERE rowid = {n});", f"DELETE FROM docs WHERE rowid = {n};",
        ]
        out.append(rng.choice(choices))
    if ddl:
        out += ["ALTER TABLE keyed ADD COLUMN more TEXT DEFAULT 'd';", "UPDATE keyed SET more = 'filled' WHERE k < 'k2';", "DROP VIEW names;",
                "CREATE VIEW names AS SELECT id, name FROM parent;", "CREATE TABLE fresh(a PRIMARY KEY, b);", "INSERT INTO fresh VALUES ('x', 1);", "ALTER TABLE bare RENAME COLUMN n TO m;"]
    return out


def content(path):
    """Schema and rows of a file, values with their class and bytes."""
    db = sqlite3.connect(path)
    db.text_factory = bytes
    lines = {("schema", *row) for row in db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")}
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name <> 'sqlite_sequence'").fetchall():
        name = name.decode()
        columns = [row[1].decode() for row in db.execute(f"PRAGMA table_xinfo('{name}')")]
        list_ = ", ".join(f"typeof({c}), hex({c})" for c in columns)
        rowid = "rowid, " if name in ("bare", "log") else ""
        lines |= {(name, *row) for row in db.execute(f'SELECT {rowid}{list_} FROM "{name}"')}
    assert db.execute("PRAGMA integrity_check").fetchall() == [(b"ok",)]
    db.close()
    return lines


def prepare(store, seed, ddl=True):
    rng = random.Random(seed)
    run("sql", "--store", store, "--dialect", "sqlite", input=SCHEMA + "\n".join(statements(rng, 60, False)))
    run("branch", "create", "--store", store, "b")
    run("sql", "--store", store, "--dialect", "sqlite", "--branch", "b", input="\n".join(statements(rng, 60, ddl)))


def exported(store, tmp_path):
    for branch, name in (("main", "base"), ("b", "branch")):
        run("export", "--store", store, "--branch", branch, tmp_path / f"{name}.sqlite")
    return tmp_path / "base.sqlite", tmp_path / "branch.sqlite"


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_patch_in_the_shell_and_in_python_both_ways(store, tmp_path, seed):
    prepare(store, seed)
    base, branch = exported(store, tmp_path)
    assert content(base) != content(branch), seed
    for old, new, arguments in ((base, branch, ["b"]), (branch, base, ["main", "--base", "b", "--against", "head"])):
        patch = tmp_path / "patch.sql"
        run("diff", "--store", store, *arguments, "--format", "sql", "--output", patch)
        for apply in ("shell", "python"):
            copy = tmp_path / "copy.sqlite"
            shutil.copy(old, copy)
            if apply == "shell":
                with open(patch) as script:
                    done = subprocess.run(["sqlite3", "-bail", copy], stdin=script, capture_output=True, text=True)
                assert done.returncode == 0 and done.stderr == "", (seed, done.stderr)
            else:
                db = sqlite3.connect(copy)
                db.executescript(patch.read_text())
                db.close()
            assert content(copy) == content(new), (seed, apply)


def test_through_the_owner_and_over_mcp(store, tmp_path):
    prepare(store, 21)
    forms = ("text", "json", "csv", "sql", "changeset")
    alone = {}
    for form in forms:
        run("diff", "--store", store, "b", "--format", form, "--output", tmp_path / form)
        alone[form] = (tmp_path / form).read_bytes()
        assert len(alone[form]) > 100
    from client import Client

    server = Server(store)
    try:
        for form in forms:
            run("diff", "--store", store, "b", "--format", form, "-o", tmp_path / "again")
            assert (tmp_path / "again").read_bytes() == alone[form], form
        with Client(server.url) as client:
            for form in ("csv", "sql", "changeset"):
                whole, parts, cursor = b"", 0, None
                while parts == 0 or cursor:
                    part = client.call_tool("diff_branch", {"branch": "b", "format": form, "limit": 4, **({"cursor": cursor} if cursor else {})})
                    whole += base64.b64decode(part["data"]) if form == "changeset" else part["text"].encode()
                    cursor, parts = part.get("next_cursor"), parts + 1
                assert parts > 2
                if form != "changeset":  # which repeats table headers
                    assert whole == alone[form], form
    finally:
        server.stop()


def test_changeset_and_patch_in_a_newer_sqlite(store, tmp_path):
    apsw = pytest.importorskip("apsw")
    prepare(store, 31, ddl=False)
    base, branch = exported(store, tmp_path)
    done = run("diff", "--store", store, "b", "--format", "changeset", "-o", tmp_path / "changes")
    assert "table 'bare' is left out: it has no primary key" in done.stderr and "'docs' is left out" in done.stderr
    changes = (tmp_path / "changes").read_bytes()
    assert {change.name for change in apsw.Changeset.iter(changes)} <= {"parent", "child", "keyed", "packed"}
    shutil.copy(base, tmp_path / "copy.sqlite")
    db = apsw.Connection(str(tmp_path / "copy.sqlite"))
    db.execute("DROP TRIGGER noted")  # apply fires triggers
    apsw.Changeset.apply(changes, db)
    db.close()
    keyed = ("parent", "child", "keyed", "packed")
    assert {r for r in content(tmp_path / "copy.sqlite") if r[0] in keyed} == {r for r in content(branch) if r[0] in keyed}
    # The patch in that SQLite.
    shutil.copy(base, tmp_path / "patched.sqlite")
    db = apsw.Connection(str(tmp_path / "patched.sqlite"))
    db.execute(run("diff", "--store", store, "b", "--sql").stdout)
    db.close()
    assert content(tmp_path / "patched.sqlite") == content(branch)


def test_csv_in_duckdb(store, tmp_path):
    import duckdb

    run("sql", "--store", store, "--dialect", "sqlite", input="CREATE TABLE t(id INTEGER PRIMARY KEY, price REAL, note); INSERT INTO t VALUES (1, 9.99, 'a,b'), (2, 5, NULL), (3, 1, x'ff');")
    run("branch", "create", "--store", store, "b")
    run("sql", "--store", store, "--dialect", "sqlite", "--branch", "b", input="UPDATE t SET price = 8.5, note = 'say \"hi\"' || char(10) || 'twice' WHERE id = 1; DELETE FROM t WHERE id = 3; INSERT INTO t VALUES (4, 2, '');")
    run("diff", "--store", store, "b", "--format", "csv", "-o", tmp_path / "changes.csv")
    rows = duckdb.sql(f"""
        SELECT change, kind, CAST(key->>'id' AS INTEGER) AS id, "column", before_type, before, after_type, after
        FROM read_csv('{tmp_path}/changes.csv', types = {{'key': 'JSON', 'before': 'VARCHAR', 'after': 'VARCHAR'}})
        WHERE "table" = 't' ORDER BY change, "column" DESC""").fetchall()
    assert rows == [
        (1, "updated", 1, "price", "real", "9.99", "real", "8.5"), (1, "updated", 1, "note", "text", "a,b", "text", 'say "hi"\ntwice'),
        (2, "deleted", 3, "price", "real", "1.0", None, None), (2, "deleted", 3, "note", "blob", "FF", None, None), (2, "deleted", 3, "id", "integer", "3", None, None),
        (3, "inserted", 4, "price", None, None, "real", "2.0"), (3, "inserted", 4, "note", None, None, "text", rows[-2][7]), (3, "inserted", 4, "id", None, None, "integer", "4"),
    ]
    assert rows[-2][7] in ("", None)  # DuckDB may read "" as NULL; after_type tells


def test_command_line(store, tmp_path):
    run("sql", "--store", store, "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR); INSERT INTO t VALUES (1, 'a'), (2, 'NULL'), (3, NULL)")
    run("branch", "create", "--store", store, "b")
    run("sql", "--store", store, "--branch", "b", "UPDATE t SET v = v || 'x' WHERE id = 1; UPDATE t SET v = NULL WHERE id = 2")
    text = run("diff", "--store", store, "b").stdout
    assert "a → ax" in text and "'NULL' → NULL" in text and "\x1b" not in text
    assert "\x1b[31m" in run("diff", "--store", store, "b", "--color", "always").stdout
    assert "\x1b" not in run("diff", "--store", store, "b", "--color", "never").stdout
    assert "more rows" in run("diff", "--store", store, "b", "--limit", "1").stdout
    page = json.loads(run("diff", "--store", store, "b", "--json", "--limit", "1").stdout)
    assert len(page["tables"][0]["rows"]) == 1 and page["next_cursor"]
    assert len(json.loads(run("diff", "--store", store, "b", "--json").stdout)["tables"][0]["rows"]) == 2
    assert run("diff", "--store", store, "b", "--sql", "--exit-code", check=False).returncode == 1
    assert run("diff", "--store", store, "main", "b", "--format", "csv").stdout.count("\n") == 1
    for wrong in (["--sql", "--json"], ["--sql", "--limit", "3"], ["main", "--base", "main"], ["--format", "xml"]):
        assert run("diff", "--store", store, "b", *wrong, check=False).returncode == 64, wrong
    run("sql", "--store", store, "--branch", "b", "INSERT INTO t SELECT i, repeat('x', 100) FROM range(10, 20000) r(i)")
    piped = subprocess.run(f"{BINARY} diff --store {store} b --format csv | head -1", shell=True, capture_output=True, text=True)
    assert piped.stdout.startswith("table,") and piped.stderr == ""
    failed = run("diff", "--store", store, "nobody", "--sql", "-o", tmp_path / "none.sql", check=False)
    assert failed.returncode == 1 and list(tmp_path.glob("none.sql*")) == []
