#!/usr/bin/env python3
"""A DataOps agent that tries everything on branches first.

    python app.py                          # makes production-like data, then runs the main job and the four workflows
    python app.py --database FILE.sqlite   # the same on data of yours: any SQLite file (it is read, never written)

The server must be running (`branchlite serve`); BRANCHLITE_URL or --url says where.
"""
import argparse
import os
import sys
import time

import any_database
import data
import report
import workflows
from client import Client, ToolError


def set_up_main(client, seed, scale):
    """Main with production-like data."""
    report.heading("Setting up main")
    started, count = time.time(), 0
    for statement in data.SCHEMA:
        client.query(statement)
    for table, values in data.rows(seed, scale):
        data.insert(client, table, None, values)
        count += len(values)
        report.fact(table, f"{len(values):,} rows")
    report.good(f"{count:,} rows in {time.time() - started:.1f} s")


def main_job(client):
    """Branch, change, look, compare, prove that main is untouched, merge."""
    report.heading("The main job: a schema change on a branch")
    before = client.query("SELECT count(*) AS n, min(created_at) AS first, max(created_at) AS last FROM users")
    report.step("create a branch")
    branch = client.call_tool("branch_create", {"name": "test-schema-migration", "from": "main"})
    report.fact("branch", f"{branch['name']} ({branch['branch_id']}), {branch['table_count']} tables shared with main")
    client.call_tool("switch_branch", {"name": "test-schema-migration"})

    report.step("change schema and data on the branch")
    client.query("ALTER TABLE users ADD COLUMN last_login TIMESTAMP")
    changed = client.run("UPDATE users SET last_login = CURRENT_TIMESTAMP")
    report.fact("rows updated", changed["rows_affected"])

    report.step("speculative queries on the branch")
    report.table(client.query(
        "SELECT plan, count(*) AS users, count(last_login) AS with_login FROM users GROUP BY ALL ORDER BY users DESC"))
    report.table(client.query(
        """SELECT country, round(avg(amount), 2) AS avg_order, count(*) AS orders
           FROM orders JOIN users ON users.id = orders.user_id
           WHERE last_login IS NOT NULL GROUP BY country ORDER BY avg_order DESC LIMIT 5"""))

    report.step("what did the branch change?")
    report.diff(client.call_tool("diff_branch", {"branch": "test-schema-migration", "detail": "rows", "limit": 3}))

    report.step("main is untouched")
    client.call_tool("switch_branch", {"name": "main"})
    workflows.check(client.query("SELECT count(*) AS n, min(created_at) AS first, max(created_at) AS last FROM users") == before,
                    "main's rows are as they were")
    columns = [c["column_name"] for c in workflows.items(client.call_tool("describe_table", {"table_name": "users"}))]
    workflows.check("last_login" not in columns, "main's users has no last_login")

    report.step("merge")
    merged = client.call_tool("branch_merge", {"branch": "test-schema-migration", "strategy": "branch_wins", "discard": True})
    report.fact("merge", f"{merged['status']}, fast-forward: {merged['fast_forward']}, version {merged['version']}")
    logins = client.query("SELECT count(last_login) AS n FROM users")[0]["n"]
    workflows.check(logins == before[0]["n"], f"main now has last_login for all {logins:,} users")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--url", default=os.environ.get("BRANCHLITE_URL", "http://127.0.0.1:5440/mcp"))
    arguments.add_argument("--database", metavar="FILE.sqlite", help="run on the data of this SQLite file")
    arguments.add_argument("--seed", type=int, default=20250101)
    arguments.add_argument("--scale", type=float, default=1.0, help="1.0 = about 115,000 rows")
    options = arguments.parse_args()
    try:
        with Client(options.url) as client:
            if options.database:
                any_database.run(client, options.database)
            else:
                present = [t["table_name"] for t in workflows.items(client.call_tool("list_tables", {}))]
                clash = sorted(set(present) & {"users", "products", "orders", "events"})
                if clash:
                    sys.exit(f"main already has the tables {', '.join(clash)}: run the demo on a fresh store")
                set_up_main(client, options.seed, options.scale)
                main_job(client)
                workflows.schema_migration(client)
                workflows.backfill_preview(client)
                workflows.query_optimisation(client)
                workflows.ab_testing(client)
            report.heading("Branches left")
            left = workflows.items(client.call_tool("branch_list", {"status": "active"}))
            report.table([{"name": b["name"], "status": b["status"], "mode": b["mode"]} for b in left if b["name"] != "main"])
            print("\nDone.")
    except ToolError as error:
        sys.exit(f"the server refused: {error}")
    except workflows.CheckFailed as error:
        sys.exit(f"check failed: {error}")
    except OSError as error:
        sys.exit(f"cannot reach {options.url}: {error}")
    except ExceptionGroup as group:
        sys.exit(f"cannot reach {options.url}: {group.exceptions[0]}")


if __name__ == "__main__":
    main()
