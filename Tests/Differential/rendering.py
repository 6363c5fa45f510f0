"""Steps as SQL."""


def statement(step):
    """The SQL of a step as BranchLite gets it."""
    if step["op"] != "sql":
        return {
            "use": lambda: f'USE BRANCH "{step["name"]}"', "create": lambda: f'CREATE BRANCH "{step["name"]}" FROM "{step["from"]}" MODE {step["mode"]}',
            "discard": lambda: f'DROP BRANCH "{step["name"]}" FORCE', "reset": lambda: f'RESET BRANCH "{step["name"]}"',
            "merge": lambda: f'MERGE BRANCH "{step["source"]}" INTO "{step["target"]}" STRATEGY {step["strategy"]}',
            "begin": lambda: "BEGIN", "commit": lambda: "COMMIT", "rollback": lambda: "ROLLBACK", "savepoint": lambda: f"SAVEPOINT {step['name']}",
            "rollback to": lambda: f"ROLLBACK TO {step['name']}",
        }[step["op"]]()
    kind, table = step["kind"], step.get("table")
    if kind in ("write", "select"):
        return step["sql"].format(s="", m="main.", w=f'"@{step["on"]}".' if "on" in step else "")
    if kind == "create_table":
        return step["definition"].create(table)
    if kind == "create_as":
        return f"CREATE TABLE {table} AS {step['sql'].format(s='')}"
    if kind == "drop":
        return f"DROP {step['what']} {table}"
    if kind == "create_view":
        return f"CREATE VIEW {table} AS {step['view'].body.format(s='')}"
    if kind == "add_column":
        return f"ALTER TABLE {table} ADD COLUMN {step['column'].sql}"
    if kind == "drop_column":
        return f"ALTER TABLE {table} DROP COLUMN {step['column']}"
    if kind == "rename_column":
        return f"ALTER TABLE {table} RENAME COLUMN {step['column']} TO {step['new_column']}"
    if kind == "set_default":
        return f"ALTER TABLE {table} ALTER COLUMN {step['column']} SET DEFAULT {step['default']}"
    if kind == "rename_table":
        return f"ALTER TABLE {table} RENAME TO {step['new']}"
    if kind == "create_index":
        index = step["index"]
        return f"CREATE {'UNIQUE ' if index.is_unique else ''}INDEX {step['name']} ON {table} ({', '.join(index.columns)})"
    return f"DROP INDEX {step['name']}"
