"""A killed server and a full disk: no acknowledged change is lost, nothing is half applied."""
import json
import os
import pathlib
import sqlite3
import subprocess
import threading
import time

import pytest
from client import Client, ToolError
from conftest import Server, rows, run


def test_sigkill_in_the_middle_of_writes_on_three_branches(store):
    branches = ["one", "two", "three"]
    server = Server(store)
    with Client(server.url) as client:
        client.query("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)")
        for name in branches:
            client.call_tool("branch_create", {"name": name})
    for round_number in range(5):
        acknowledged = {name: [] for name in branches}
        base = round_number * 1_000_000

        def write(name):
            try:
                with Client(server.url) as client:
                    for i in range(base, base + 100_000):
                        client.query(f"INSERT INTO t VALUES ({i}, '{name}')", branch=name)
                        acknowledged[name].append(i)
            except BaseException:
                return

        writers = [threading.Thread(target=write, args=(name,), daemon=True) for name in branches]
        for writer in writers:
            writer.start()
        deadline = time.time() + 20
        while min(len(a) for a in acknowledged.values()) < 20 and time.time() < deadline:
            time.sleep(0.01)
        server.kill()
        taken = {name: list(ids) for name, ids in acknowledged.items()}
        for name in branches:
            assert len(taken[name]) >= 20, "the writers made no progress"
        assert run("check", "--store", store).stdout.startswith("ok")
        for name in branches:
            there = {r["id"] for r in rows(store, f"SELECT id FROM t WHERE id >= {base}", name)}
            missing = set(taken[name]) - there
            assert not missing, f"round {round_number}: {name} lost {sorted(missing)[:5]}"
            assert len(there) <= len(taken[name]) + 1
        assert rows(store, "SELECT count(*) AS n FROM t") == [{"n": 0}]
        server.start()
    server.stop()


def test_full_disk(tmp_path):
    mount = tmp_path / "small"
    mount.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(mount)], capture_output=True).returncode != 0:
        pytest.skip("mounting a small tmpfs needs root")
    try:
        store = mount / "small.db"
        run("sql", "--store", store, "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR); INSERT INTO t VALUES (1, 'kept')")
        run("branch", "create", "--store", store, "b")
        failed = run("sql", "--store", store, "--branch", "b", "INSERT INTO t SELECT range + 10, repeat('x', 1000) FROM range(100000)", check=False)
        assert failed.returncode == 1 and "BL_DISK_FULL" in failed.stderr, failed.stderr
        assert rows(store, "SELECT id, v FROM t", "b") == [{"id": 1, "v": "kept"}]
        assert rows(store, "SELECT id, v FROM t") == [{"id": 1, "v": "kept"}]
        run("sql", "--store", store, "--branch", "b", "INSERT INTO t VALUES (2, 'after')")
        assert rows(store, "SELECT count(*) AS n FROM t", "b") == [{"n": 2}]
        assert run("check", "--store", store).stdout.startswith("ok")
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_sigterm_loses_nothing(store):
    server = Server(store)
    with Client(server.url) as client:
        client.query("CREATE TABLE t (id BIGINT PRIMARY KEY)")
        client.query("INSERT INTO t SELECT range FROM range(1000)")
        client.call_tool("branch_create", {"name": "b", "ttl_seconds": 0})
    assert server.stop() == 0
    assert rows(store, "SELECT count(*) AS n FROM t", "b") == [{"n": 1000}]


def test_bad_input_over_mcp(client):
    def code(tool, **arguments):
        with pytest.raises(ToolError) as caught:
            client.call_tool(tool, arguments)
        return caught.value

    client.query("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR NOT NULL)")
    client.call_tool("branch_create", {"name": "b"})
    assert code("branch_create", name="b").code == "BL_BRANCH_EXISTS"
    for bad in ("", "main", "x" * 300, 'a"b', "sqlite_x", "t; DROP TABLE t"):
        assert code("branch_create", name=bad).code == "BL_BAD_NAME", bad
    assert client.call_tool("branch_create", {"name": "ünï-çødé"})["name"] == "ünï-çødé"
    unknown = code("branch_create", nam="x")
    assert unknown.code == "BL_UNKNOWN_ARGUMENT" and "name" in str(unknown)
    assert code("switch_branch", name="bb").code == "BL_NO_SUCH_BRANCH"
    assert "b" in str(code("switch_branch", name="bb"))
    assert code("branch_merge", branch="b", target="b").code == "BL_MERGE_INTO_ITSELF"
    assert code("query", sql="SELECT (").code == "BL_PARSE_ERROR"
    assert code("query", sql="SELECT " + "(" * 10_000 + "1" + ")" * 10_000).code in ("BL_TOO_DEEP", "BL_PARSE_ERROR")
    huge = code("query", sql="SELECT '" + "x" * 20_000_000 + "' AS v, nope")
    assert huge.code.startswith("BL_")
    assert code("read_query", sql="DELETE FROM t").code == "BL_READ_ONLY"
    client.call_tool("switch_branch", {"name": "b"})
    assert code("query", sql="INSERT INTO main.t VALUES (1, 'x')").code == "BL_CROSS_BRANCH_WRITE"
    assert code("query", sql="INSERT INTO t VALUES (1, NULL)").code == "BL_CONSTRAINT_NOT_NULL"
    client.query("INSERT INTO t VALUES (1, 'x')")
    assert code("query", sql="INSERT INTO t VALUES (1, 'y')").code in ("BL_CONSTRAINT_PRIMARY_KEY", "BL_CONSTRAINT_UNIQUE")
    client.call_tool("switch_branch", {"name": "main"})
    client.call_tool("branch_discard", {"branch": "b"})
    assert code("query", sql='SELECT * FROM "b".t').code in ("BL_BRANCH_GONE", "BL_NO_SUCH_BRANCH", "BL_NO_SUCH_SCHEMA")
    for statement in ("ATTACH 'x.db' AS x", "PRAGMA writable_schema = ON", "SELECT load_extension('x')"):
        assert code("query", sql=statement).code.startswith("BL_"), statement
    assert client.query("PRAGMA journal_mode = WAL")[0]["journal_mode"] != "wal"


def test_the_101st_branch(client):
    for i in range(100):
        client.call_tool("branch_create", {"name": f"n{i}"})
    with pytest.raises(ToolError) as caught:
        client.call_tool("branch_create", {"name": "one-too-many"})
    assert caught.value.code == "BL_TOO_MANY_BRANCHES" and "BRANCHLITE_MAX_BRANCHES" in str(caught.value)


def test_a_writer_waits_and_then_is_told(server):
    with Client(server.url) as first, Client(server.url) as second:
        first.query("CREATE TABLE t (a INTEGER)")
        first.query("BEGIN")
        first.query("INSERT INTO t VALUES (1)")
        with pytest.raises(ToolError) as caught:
            second.query("INSERT INTO t VALUES (2)")
        assert caught.value.code == "BL_BUSY"
        assert second.query("SELECT count(*) AS n FROM t")[0]["n"] == 0
        first.query("COMMIT")
        second.query("INSERT INTO t VALUES (2)")
        assert second.query("SELECT count(*) AS n FROM t")[0]["n"] == 2


def test_repair_gets_out_what_is_intact(tmp_path):
    store = tmp_path / "shop.db"
    run("sql", "--store", store, "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)")
    run("branch", "create", "before", "--store", store)
    run("sql", "--store", store, "INSERT INTO t SELECT i, repeat(printf('%05d', i), 200) FROM range(1, 2001) AS r(i)")
    # One byte of one row's page on main; its text is nowhere else in the file.
    data = bytearray(store.read_bytes())
    at = data.find(b"01234" * 50)
    assert at > 0
    data[at] ^= 1
    store.write_bytes(data)
    checked = run("check", "--store", store, check=False)
    assert checked.returncode != 0 and "main" in checked.stdout + checked.stderr
    before = store.read_bytes()
    out = tmp_path / "out"
    done = run("repair", store, out, "--json", check=False)
    assert done.returncode == 1
    branches = {b["name"]: b for b in json.loads(done.stdout)["branches"]}
    assert len(branches["main"]["damaged_pages"]) == 1 and branches["before"]["damaged_pages"] == []
    whole = sqlite3.connect(out / pathlib.Path(branches["before"]["file"]).name)
    assert whole.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert whole.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert store.read_bytes() == before, "repair only reads"
