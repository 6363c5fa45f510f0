"""Puts the parts of a benchmark run together: prints the table and writes Benchmarks/results/NAME.json."""
import json
import pathlib
import sys

name, swift, duckdb, mcp = sys.argv[1], *(json.load(open(path)) for path in sys.argv[2:5])
figures = list(swift)
for figure in list(figures):
    if figure["name"].startswith("first write on a branch"):
        figures.append({**figure, "name": figure["name"].replace("on a branch", "on a branch against the DuckDB variant"), "peer": "DuckDB variant, first write (copies the table)",
                        "peer_value": duckdb["first_write"], "ratio": duckdb["first_write"] / figure["value"], "target": "reported", "met": None})
    if figure["name"].startswith("fork, 100 MB, 1 "):
        figures.append({**figure, "name": "fork against the DuckDB variant's schema and view", "peer": "DuckDB variant, branch create", "peer_value": duckdb["create"],
                        "ratio": duckdb["create"] / figure["value"], "target": "reported", "met": None})
for key, title in (("raw_p50", "p50"), ("raw_p99", "p99"), ("sdk_p50", "p50 seen by the Python SDK"), ("sdk_p99", "p99 seen by the Python SDK")):
    figures.append({"name": f"query tool round trip over MCP, point SELECT, {title}", "value": mcp[key], "unit": "µs", "peer": None, "peer_value": None, "ratio": None, "target": "reported", "met": None})
rows = [("figure", "value", "peer", "ratio", "target", "met")]
for f in figures:
    peer = "" if f["peer_value"] is None else f"{f['peer_value']:,.1f} ({f['peer']})"
    ratio = "" if f["ratio"] is None else f"{f['ratio']:.2f}"
    rows.append((f["name"], f"{f['value']:,.1f} {f['unit']}", peer, ratio, f["target"], {True: "yes", False: "NO", None: ""}[f["met"]]))
widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
for row in rows:
    print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
path = pathlib.Path(__file__).parent / "results" / f"{name}.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
print(f"written to Benchmarks/results/{name}.json")
