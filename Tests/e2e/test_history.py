"""The past over the command line and MCP: history, restore, forks from the past, AT."""
import json

from conftest import rows, run


def versions(store, branch="main"):
    return json.loads(run("branch", "history", "--store", store, "--json", branch).stdout)["versions"]


def test_history_restore_and_time_travel_on_the_command_line(store):
    run("sql", "--store", store, "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR); INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    before = versions(store)[0]
    assert before["is_head"] and before["rows_changed"] == 2 and before["statement"].startswith("INSERT INTO t")
    run("sql", "--store", store, "UPDATE t SET v = 'ruined'")
    assert versions(store)[0]["rows_changed"] == 2
    listing = run("branch", "history", "--store", store).stdout
    assert "UPDATE t SET v = 'ruined'" in listing and str(before["version"]) in listing
    assert rows(store, f"SELECT v FROM t AT (VERSION => {before['version']}) ORDER BY id") == [{"v": "one"}, {"v": "two"}]
    assert rows(store, f"SELECT count(*) AS n FROM t AT (TIMESTAMP => '{before['time']}') WHERE v = 'ruined'") == [{"n": 0}]
    run("branch", "create", "--store", store, "--from", f"main@{before['version']}", "past")
    run("branch", "create", "--store", store, "--from", f"main@{before['time']}", "then")
    for branch in ("past", "then"):
        assert rows(store, "SELECT v FROM t ORDER BY id", branch) == [{"v": "one"}, {"v": "two"}]
    out = run("branch", "restore", "--store", store, "main", "--version", before["version"]).stdout
    assert f"shows version {before['version']} again" in out
    assert rows(store, "SELECT v FROM t ORDER BY id") == [{"v": "one"}, {"v": "two"}]
    gone = run("branch", "restore", "--store", store, "main", "--version", 999999, check=False)
    assert gone.returncode == 1 and "BL_NO_SUCH_VERSION" in gone.stderr and "branch_history" in gone.stderr


def test_undo_of_a_merge_and_a_branch_taken_back_over_mcp(client):
    client.query("CREATE TABLE t (id BIGINT PRIMARY KEY, v INTEGER)")
    client.query("INSERT INTO t VALUES (1, 1)")
    client.call_tool("branch_create", {"name": "work"})
    client.call_tool("branch_query", {"branch_id": "work", "sql": "UPDATE t SET v = 2"})
    before = client.call_tool("branch_history", {"branch": "main", "limit": 1})["versions"][0]
    client.call_tool("branch_merge", {"branch": "work"})
    assert client.query("SELECT v FROM t") == [{"v": 2}]
    head = client.call_tool("branch_history", {})["versions"][0]
    assert head["is_head"] and "work" in head["statement"]
    restored = client.call_tool("branch_restore", {"branch": "main", "version": before["version"]})
    assert restored["restored_version"] == before["version"] and restored["previous_version"] == head["version"]
    assert client.query("SELECT v FROM t") == [{"v": 1}]
    assert client.query(f"SELECT v FROM t AT (VERSION => {head['version']})") == [{"v": 2}]
    assert client.call_tool("branch_merge", {"branch": "work"})["status"] == "merged"
    client.call_tool("branch_discard", {"branch": "work"})
    assert client.call_tool("branch_restore", {"branch": "work"})["undropped"] is True
    assert "work" in [branch["name"] for branch in client.call_tool("branch_list", {"status": "all"})["branches"]]


def test_incremental_backups_while_a_server_writes(server, store, client, tmp_path):
    client.query("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)")
    client.query("INSERT INTO t SELECT i, repeat('x', 500) FROM range(1, 5001) AS r(i)")
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    whole = json.loads(run("backup", "--store", store, "--json", first).stdout)
    assert whole["reused_bytes"] == 0 and whole["copied_bytes"] == whole["bytes"]
    client.query("UPDATE t SET v = 'changed' WHERE id = 17")
    client.call_tool("branch_create", {"name": "kept"})
    part = json.loads(run("backup", "--store", store, "--json", "--since", first, second).stdout)
    assert part["reused_bytes"] > part["copied_bytes"] > 0
    client.query("DELETE FROM t")
    first.unlink()
    assert rows(second, "SELECT count(*) AS n, count(*) FILTER (WHERE v = 'changed') AS c FROM t") == [{"n": 5000, "c": 1}]
    assert rows(second, "SELECT count(*) AS n FROM t", "kept") == [{"n": 5000}]
    assert run("check", "--store", second).returncode == 0
    again = run("backup", "--store", store, second, check=False)
    assert again.returncode == 1 and "exists" in again.stderr
    missing = run("backup", "--store", store, "--since", first, tmp_path / "third.db", check=False)
    assert missing.returncode == 1 and not (tmp_path / "third.db").exists()


def test_vacuum_gives_space_back(server, store, client):
    client.query("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)")
    client.query("INSERT INTO t SELECT i, repeat('x', 1000) FROM range(1, 10001) AS r(i)")
    client.query("DELETE FROM t WHERE id > 100")
    full = store.stat().st_size
    kept = json.loads(run("vacuum", "--store", store, "--json").stdout)
    assert kept["freed_pages"] > 2000 and kept["history_bytes"] > 5_000_000
    done = json.loads(run("vacuum", "--store", store, "--drop-history", "--json").stdout)
    assert done["complete"] and done["bytes_after"] < full / 3
    # The store grows a chunk ahead of need again in the background.
    assert store.stat().st_size <= done["bytes_after"] + (1 << 20)
    assert client.query("SELECT count(*) AS n FROM t") == [{"n": 100}]
    assert "bytes before" in run("vacuum", "--store", store).stdout
    assert run("check", "--store", store).returncode == 0
