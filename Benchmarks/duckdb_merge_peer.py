"""Diff, merge and first write as the DuckDB variant does them: EXCEPT over two schemas, tables copied back, full copy on first write.

duckdb_merge_peer.py ROWS DATABASE RESULTS: adds what it measures to the figures of the merge suite in RESULTS (JSON).
"""
import json
import statistics
import sys
import time

import duckdb

ROWS, ROUNDS = int(sys.argv[1]), 5


def timed(db, *statements):
    start = time.perf_counter()
    for sql in statements:
        db.execute(sql).fetchall()
    return (time.perf_counter() - start) * 1e3


db = duckdb.connect(sys.argv[2])
db.execute("CREATE TABLE t AS SELECT range + 1 AS id, range * 7919 % 100003 AS a, range * 0.5 AS b, printf('%090d', range) AS c FROM range(?)", [ROWS])
first, diffs, merges = [], [], []
for number in range(ROUNDS):
    db.execute(f"CREATE SCHEMA b{number}")
    db.execute(f"CREATE VIEW b{number}.t AS SELECT * FROM main.t")
    first.append(timed(db, f"DROP VIEW b{number}.t", f"CREATE TABLE b{number}.t AS SELECT * FROM main.t", f"UPDATE b{number}.t SET a = a + 1 WHERE id = {ROWS // 2}"))
    for row in range(9):
        db.execute(f"UPDATE b{number}.t SET a = a + 1 WHERE id = {1 + row * (ROWS // 10 - 1)}")
    diffs.append(timed(
        db, f"SELECT count(*) FROM (SELECT * FROM b{number}.t EXCEPT SELECT * FROM main.t)", f"SELECT count(*) FROM (SELECT * FROM main.t EXCEPT SELECT * FROM b{number}.t)"))
    # Main's rows are replaced by the branch's: what main did meanwhile is lost, which is why the time is only a yardstick.
    merges.append(timed(db, "BEGIN", "DELETE FROM main.t", f"INSERT INTO main.t SELECT * FROM b{number}.t", "COMMIT"))

with open(sys.argv[3]) as file:
    figures = json.load(file)
for prefix, peer, values in (
    ("diff of 10 changed rows, counts, against DoltLite", "DuckDB variant, EXCEPT both ways", diffs),
    ("three-way merge, 10 rows on each side", "DuckDB variant, table copied back", merges),
    ("first write on a live branch", "DuckDB variant, table copied", first),
):
    ours = next((figure for figure in figures if figure["name"].startswith(prefix)), None)
    if ours is None:
        continue
    name = ours["name"].replace(", against DoltLite", "") + ", against the DuckDB variant"
    value = statistics.median(values)
    figure = {"name": name, "value": ours["value"], "unit": "ms", "peer": peer, "peer_value": value, "ratio": value / ours["value"], "target": "reported", "met": None}
    figures.append(figure)
    print(f"{name}: {ours['value']:,.2f} ms, {value:,.1f} ms ({peer}), {figure['ratio']:,.0f}")
with open(sys.argv[3], "w") as file:
    json.dump(figures, file, indent=2, ensure_ascii=False)
    file.write("\n")
