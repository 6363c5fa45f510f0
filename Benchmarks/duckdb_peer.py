"""The DuckDB variant's branch model on the same data: one schema per branch, views over main, full copy on first write."""
import json
import statistics
import sys
import time

import duckdb

ROWS, ROUNDS = int(sys.argv[1]), 5


def timed(db, sql):
    start = time.perf_counter()
    db.execute(sql)
    return (time.perf_counter() - start) * 1e6


db = duckdb.connect(sys.argv[2])
db.execute("CREATE TABLE t AS SELECT range + 1 AS id, range * 7919 % 100003 AS a, range * 0.5 AS b, printf('%090d', range) AS c FROM range(?)", [ROWS])
create, first, second = [], [], []
for i in range(ROUNDS):
    start = time.perf_counter()
    db.execute(f"CREATE SCHEMA branch_{i}")
    db.execute(f"CREATE VIEW branch_{i}.t AS SELECT * FROM main.t")
    create.append((time.perf_counter() - start) * 1e6)
    start = time.perf_counter()
    db.execute(f"DROP VIEW branch_{i}.t")
    db.execute(f"CREATE TABLE branch_{i}.t AS SELECT * FROM main.t")
    db.execute(f"UPDATE branch_{i}.t SET a = a + 1 WHERE id = {ROWS // 3}")
    first.append((time.perf_counter() - start) * 1e6)
    second.append(timed(db, f"UPDATE branch_{i}.t SET a = a + 1 WHERE id = {ROWS // 2}"))
print(json.dumps({"create": statistics.median(create), "first_write": statistics.median(first), "second_write": statistics.median(second)}))
