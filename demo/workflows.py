"""The four DataOps workflows on the demo's own data."""
import report
from client import ToolError


class CheckFailed(Exception):
    pass


def check(holds, what):
    if not holds:
        raise CheckFailed(what)
    report.good(what)


def items(result):
    """List-like tools answer a bare array as text and an object with one array as the structured result."""
    if isinstance(result, list):
        return result
    arrays = [value for value in result.values() if isinstance(value, list)]
    return arrays[0] if arrays else []


def schema_migration(client):
    report.heading("Workflow 1: schema migration testing")
    client.call_tool("branch_create", {"name": "migration-split-name", "from": "main", "description": "split users.name"})
    client.call_tool("switch_branch", {"name": "migration-split-name"})
    migration = [
        "ALTER TABLE users ADD COLUMN first_name VARCHAR",
        "ALTER TABLE users ADD COLUMN last_name VARCHAR",
        "UPDATE users SET first_name = split_part(name, ' ', 1), last_name = split_part(name, ' ', 2)",
        "CREATE INDEX users_by_last_name ON users (last_name)",
        "CREATE VIEW paying_users AS SELECT id, first_name, last_name, plan FROM users WHERE plan <> 'free'",
    ]
    for statement in migration:
        report.step(statement)
        client.query(statement)
    missing = client.query("SELECT count(*) AS n FROM users WHERE first_name IS NULL OR last_name = ''")[0]["n"]
    check(missing == 0, "every user has both names on the branch")
    report.step("a step that fails on real data is found on the branch, not in production")
    try:
        client.query("CREATE UNIQUE INDEX users_one_per_country ON users (country)")
        raise CheckFailed("a unique index over duplicates was accepted")
    except ToolError as error:
        report.good(f"refused: {error.code}: {error.message}")
    client.call_tool("switch_branch", {"name": "main"})
    report.diff(client.call_tool("diff_branch", {"branch": "migration-split-name"}))
    plan = client.call_tool("branch_merge", {"branch": "migration-split-name", "dry_run": True})
    report.fact("dry run", f"{plan['status']}, {len(plan['conflicts'])} conflicts")
    merged = client.call_tool("branch_merge", {"branch": "migration-split-name", "strategy": "abort", "discard": True})
    check(merged["status"] == "merged", "migration merged")
    check(client.query("SELECT count(*) AS n FROM paying_users")[0]["n"] > 0, "main answers from the new view")


DISTRIBUTION = """SELECT count(*) AS rows, count(duration_ms) AS known, round(min(duration_ms), 1) AS min, round(avg(duration_ms), 1) AS mean,
                  round(median(duration_ms), 1) AS median, round(max(duration_ms), 1) AS max FROM events"""


def backfill_preview(client):
    report.heading("Workflow 2: data backfill preview")
    client.call_tool("branch_create", {"name": "backfill-durations", "from": "main"})
    before = client.query(DISTRIBUTION, branch="main")
    report.step("backfill missing durations with the median of their kind")
    changed = client.run(
        """UPDATE events SET duration_ms = m.mid
           FROM (SELECT kind, median(duration_ms) AS mid FROM events GROUP BY kind) AS m
           WHERE events.kind = m.kind AND events.duration_ms IS NULL""",
        branch="backfill-durations")
    report.fact("rows backfilled", changed["rows_affected"])
    after = client.query(DISTRIBUTION, branch="backfill-durations")
    report.table([{"side": "main", **before[0]}, {"side": "backfill", **after[0]}])
    check(after[0]["rows"] == before[0]["rows"] and after[0]["known"] == after[0]["rows"], "no row lost, no duration missing")
    check(abs(after[0]["median"] - before[0]["median"]) < 0.05 * before[0]["median"], "the median moved by less than 5 %")
    report.step("meanwhile main goes on: other rows change there")
    client.query("UPDATE users SET plan = 'pro' WHERE id = 1")
    client.query("INSERT INTO events VALUES (1000000, 1, 'view', 12.5, TIMESTAMP '2025-12-31 23:59:59')")
    merged = client.call_tool("branch_merge", {"branch": "backfill-durations", "strategy": "manual", "discard": True})
    check(merged["status"] == "merged" and not merged["fast_forward"], "three-way merge without conflicts")
    report.table(merged["tables"])
    unknown = client.query("SELECT count(*) AS n FROM events WHERE duration_ms IS NULL")[0]["n"]
    check(unknown == 0 and client.query("SELECT plan FROM users WHERE id = 1")[0]["plan"] == "pro", "main has the backfill and its own changes")


REPORT_QUERY = """SELECT u.country, p.category, count(*) AS orders, sum(o.amount) AS revenue
                  FROM orders o JOIN users u ON u.id = o.user_id JOIN products p ON p.id = o.product_id
                  WHERE o.status = 'returned' GROUP BY ALL ORDER BY revenue DESC, country, category"""
SUMMARY_QUERY = "SELECT country, category, orders, revenue FROM returns_by_country ORDER BY revenue DESC, country, category"


def shadow(client, sql, branches, repeat=5):
    result = client.call_tool("shadow_query", {"sql": sql, "branches": branches, "repeat": repeat, "explain": True})
    for b in result["branches"]:
        if b.get("error"):
            raise CheckFailed(f"{b['branch']}: {b['error']['message']}")
    report.table([{"branch": b["branch"], "rows": b["row_count"], "min ms": b["elapsed_ms"]["min"], "median ms": b["elapsed_ms"]["median"]}
                  for b in result["branches"]])
    for b in result["branches"]:
        report.fact(f"plan on {b['branch']}", "; ".join(b["plan"] or []))
    return result


def query_optimisation(client):
    report.heading("Workflow 3: query optimisation")
    client.call_tool("branch_create", {"name": "optimise-returns", "from": "main"})
    client.call_tool("switch_branch", {"name": "optimise-returns"})
    report.step("an index on the branch")
    client.query("CREATE INDEX orders_by_status ON orders (status, user_id, product_id, amount)")
    client.query("ANALYZE")
    result = shadow(client, REPORT_QUERY, ["main", "optimise-returns"])
    check(result["comparison"]["all_equal"], "both sides answer the same")
    report.fact("fastest", result["comparison"]["fastest"])
    report.step("a materialised table on the branch")
    client.query(f"CREATE TABLE returns_by_country AS {REPORT_QUERY}")
    wide = client.run(REPORT_QUERY)
    narrow = client.run(SUMMARY_QUERY)
    check(wide["rows"] == narrow["rows"], "the materialised table answers the same")
    report.fact("milliseconds", f"{wide['elapsed_ms']:.2f} from the tables, {narrow['elapsed_ms']:.2f} materialised")
    client.call_tool("switch_branch", {"name": "main"})
    report.step("keep the index only: discard the experiment, apply what was learnt")
    client.call_tool("branch_discard", {"branch": "optimise-returns"})
    client.query("CREATE INDEX orders_by_status ON orders (status, user_id, product_id, amount)")
    report.good("main has the index; the materialised table is gone with its branch")


ANALYSES = {
    "revenue": "SELECT round(sum(price * 1.0), 2) AS list_value, round(avg(price), 2) AS avg_price FROM products",
    "orders": "SELECT round(sum(p.price * o.quantity), 2) AS projected FROM orders o JOIN products p ON p.id = o.product_id WHERE o.status <> 'cancelled'",
}


def ab_testing(client):
    report.heading("Workflow 4: A/B data testing")
    changes = {
        "transform-a": "UPDATE products SET price = CAST(price * 1.10 AS DECIMAL(10,2))",
        "transform-b": "UPDATE products SET price = CASE WHEN price > 150 THEN CAST(price * 1.15 AS DECIMAL(10,2)) ELSE CAST(price * 1.05 AS DECIMAL(10,2)) END",
    }
    for name, statement in changes.items():
        client.call_tool("branch_create", {"name": name, "from": "main"})
        client.query(statement, branch=name)
    projected = {}
    for title, sql in ANALYSES.items():
        report.step(title)
        result = client.call_tool("shadow_query", {"sql": sql, "branches": ["main", *changes]})
        rows = []
        for b in result["branches"]:
            if b.get("error"):
                raise CheckFailed(f"{b['branch']}: {b['error']['message']}")
            row = dict(zip([c["name"] for c in b["columns"]], b["rows"][0]))
            rows.append({"branch": b["branch"], **row})
            if title == "orders":
                projected[b["branch"]] = float(row["projected"])
        report.table(rows)
        report.fact("differences from main", result["comparison"]["deltas"])
    winner = max(changes, key=projected.get)
    loser = next(name for name in changes if name != winner)
    check(projected[winner] > projected["main"], f"{winner} wins")
    merged = client.call_tool("branch_merge", {"branch": winner, "strategy": "branch_wins", "discard": True})
    client.call_tool("branch_discard", {"branch": loser})
    now = float(client.query(ANALYSES["orders"])[0]["projected"])
    check(merged["status"] == "merged" and abs(now - projected[winner]) < 0.01, "main now answers as the winner did")
