"""Readable output: headings, facts and tables for a terminal."""
import sys

COLOUR = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def heading(text):
    print("\n" + paint("1;36", f"== {text}"))


def step(text):
    print(paint("1", f"-> {text}"))


def fact(name, value):
    print(f"   {name}: {value}")


def good(text):
    print("   " + paint("32", f"ok  {text}"))


def table(rows, limit=10):
    """Prints dictionaries as a table with aligned columns; numbers to the right."""
    if not rows:
        print("   (no rows)")
        return
    names = list(rows[0])
    shown = [["NULL" if row[n] is None else f"{row[n]:.3f}" if isinstance(row[n], float) else str(row[n]) for n in names] for row in rows[:limit]]
    widths = [max(len(n), *(len(r[i]) for r in shown)) for i, n in enumerate(names)]
    right = [all(isinstance(r[n], (int, float)) or r[n] is None for r in rows) for n in names]
    line = lambda cells: "   " + "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right)).rstrip()
    print(paint("1", line(names)))
    print("   " + "  ".join("-" * w for w in widths))
    for row in shown:
        print(line(row))
    if len(rows) > limit:
        print(f"   ... {len(rows) - limit} more")


def diff(result):
    """Prints a `diff_branch` result."""
    for change in result["schema"]:
        columns = ", ".join(f"{c['kind']} {c['name']}" + (f" {c['after']}" if c.get("after") else "") for c in change["columns"])
        print("   " + paint("33", f"{change['change']:8} {change['type']} {change['name']}" + (f": {columns}" if columns else "")))
    for t in result["tables"]:
        counts = f"+{t['inserted']} ~{t['updated']} -{t['deleted']}"
        print(f"   {t['table']}: {counts}")
        for row in t.get("rows") or []:
            key = ", ".join(f"{k}={v}" for k, v in row["key"].items())
            if row["kind"] == "updated":
                parts = [f"{c}: {paint('31', str((row['before'] or {}).get(c)))} -> {paint('32', str(row['after'].get(c)))}" for c in row["changed_columns"]]
                print(f"     ~ {key}  {'; '.join(parts)}")
            else:
                values = row["after"] if row["kind"] == "inserted" else row["before"]
                sign, colour = ("+", "32") if row["kind"] == "inserted" else ("-", "31")
                print("     " + paint(colour, f"{sign} {key}  " + ", ".join(f"{k}={v}" for k, v in values.items() if k not in row["key"])))
