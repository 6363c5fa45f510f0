"""The main job and the workflows on data the demo did not make: any SQLite file."""
import sqlite3

import data
import report
import workflows
from workflows import check


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def load(client, path):
    """Copies tables, then views, indexes and triggers of the file into main, in SQLite's own dialect."""
    report.heading(f"Loading {path} into main")
    source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    source.text_factory = lambda raw: raw.decode("utf-8", "replace")
    objects = source.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'").fetchall()
    virtual = {name for kind, name, sql in objects if kind == "table" and sql.upper().startswith("CREATE VIRTUAL")}
    shadow = {name for _, name, _ in objects if any(name.startswith(v + "_") for v in virtual)}
    client.query("SET dialect = 'sqlite'")
    tables = {}
    ordinary = {name: sql for kind, name, sql in objects if kind == "table" and name not in virtual | shadow}
    # In a transaction foreign keys can wait for its end, so tables that refer to each other load in any order.
    client.query("BEGIN")
    client.query("PRAGMA defer_foreign_keys = ON")
    for name, sql in ordinary.items():
        client.query(sql)
        cursor = source.execute(f"SELECT * FROM {quoted(name)}")
        columns = [c[0] for c in cursor.description]
        hidden = {c[1] for c in source.execute(f"PRAGMA table_xinfo({quoted(name)})") if c[6]}
        columns = [c for c in columns if c not in hidden]
        cursor = source.execute(f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(name)}")
        count = 0
        while chunk := cursor.fetchmany(1000):
            data.insert(client, name, columns, chunk)
            count += len(chunk)
        tables[name] = (count, columns)
        report.fact(name, f"{count:,} rows, {len(columns)} columns")
    client.query("COMMIT")
    for wanted in ("index", "view", "trigger"):
        for kind, name, sql in objects:
            if kind == wanted and name not in shadow:
                client.query(sql)
    if virtual:
        report.fact("left out (virtual tables)", ", ".join(sorted(virtual)))
    client.query("SET dialect = 'duckdb'")
    check(bool(tables), "the file has tables")
    return tables


def run(client, path):
    tables = load(client, path)
    table = max(tables, key=lambda name: tables[name][0])
    count, columns = tables[table]
    name = quoted(table)
    numeric = next((c for c in columns if client.query(
        f"SELECT count(*) AS n FROM (SELECT {quoted(c)} AS v FROM {name} LIMIT 100) AS s WHERE typeof(v) IN ('integer', 'real', 'BIGINT', 'DOUBLE')")[0]["n"]), columns[0])

    report.heading(f"The main job on {table}")
    branch = client.call_tool("branch_create", {"name": "test-schema-migration", "from": "main"})
    report.fact("branch", f"{branch['name']} ({branch['branch_id']})")
    client.call_tool("switch_branch", {"name": "test-schema-migration"})
    client.query(f"ALTER TABLE {name} ADD COLUMN seen_at TIMESTAMP")
    changed = client.run(f"UPDATE {name} SET seen_at = CURRENT_TIMESTAMP")
    check(changed["rows_affected"] == count, f"{count:,} rows changed on the branch")
    report.diff(client.call_tool("diff_branch", {"branch": "test-schema-migration"}))
    client.call_tool("switch_branch", {"name": "main"})
    described = [c["column_name"] for c in workflows.items(client.call_tool("describe_table", {"table_name": table}))]
    check("seen_at" not in described, "main is untouched")
    merged = client.call_tool("branch_merge", {"branch": "test-schema-migration", "discard": True})
    check(merged["status"] == "merged", f"merged (fast-forward: {merged['fast_forward']})")

    report.heading("Backfill preview")
    client.call_tool("branch_create", {"name": "backfill", "from": "main"})
    summary = f"SELECT count(*) AS rows, count({quoted(numeric)}) AS known, count(DISTINCT {quoted(numeric)}) AS different, min({quoted(numeric)}) AS min, max({quoted(numeric)}) AS max FROM {name}"
    client.query(f"DELETE FROM {name} WHERE {quoted(numeric)} IS NULL", branch="backfill")
    report.table([{"side": b, **client.query(summary, branch=b)[0]} for b in ("main", "backfill")])
    client.call_tool("branch_discard", {"branch": "backfill"})

    report.heading("Query optimisation")
    client.call_tool("branch_create", {"name": "indexed", "from": "main"})
    client.query(f"CREATE INDEX demo_index ON {name} ({quoted(numeric)})", branch="indexed")
    grouped = f"SELECT {quoted(numeric)} AS v, count(*) AS n FROM {name} GROUP BY v ORDER BY n DESC, v LIMIT 5"
    result = workflows.shadow(client, grouped, ["main", "indexed"])
    check(result["comparison"]["all_equal"], "both sides answer the same")
    client.call_tool("branch_discard", {"branch": "indexed"})

    report.heading("A/B testing")
    for option, keep in (("transform-a", 2), ("transform-b", 3)):
        client.call_tool("branch_create", {"name": option, "from": "main"})
        client.query(f"DELETE FROM {name} WHERE rowid % {keep} = 0", branch=option)
    result = client.call_tool("shadow_query", {"sql": f"SELECT count(*) AS n FROM {name}", "branches": ["main", "transform-a", "transform-b"]})
    report.table([{"branch": b["branch"], "n": b["rows"][0][0]} for b in result["branches"]])
    for option in ("transform-a", "transform-b"):
        client.call_tool("branch_discard", {"branch": option})
    check(client.query(f"SELECT count(*) AS n FROM {name}")[0]["n"] == count, "main still has every row")
