#!/usr/bin/env python3
"""Ask DuckDB what the runtime functions should answer, and keep the answers as a fixture for the Swift tests.

    pip install duckdb                       (in a virtual environment)
    python scripts/differential/functions.py            write Tests/EngineTests/FunctionsFixture*.swift
    python scripts/differential/functions.py --check    only compare the fixture with what DuckDB says now

A case is written once, in our runtime-function form, and DuckDB's form is derived from it: `bl_` and the type suffix
of a function name go away, and the literal macros D, T, TS, TZ, IV, J, U, B become DuckDB's typed literals. Where
that does not do, the case carries DuckDB's expression itself. Casts are listed as (literal, from, to).
The cases live in cases_*.py beside this file.
"""
import importlib
import pathlib
import re
import sys

import duckdb

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent.parent / "Tests" / "EngineTests"
FAMILIES = ["casts", "temporal", "strings", "numeric", "aggregates"]

MACROS = {
    "D": ("bl_cast_varchar_date({})", "({}::DATE)"),
    "T": ("bl_cast_varchar_time({})", "({}::TIME)"),
    "TS": ("bl_cast_varchar_timestamp({})", "({}::TIMESTAMP)"),
    "TZ": ("bl_cast_varchar_timestamptz({})", "({}::TIMESTAMPTZ)"),
    "IV": ("bl_cast_varchar_interval({})", "({}::INTERVAL)"),
    "J": ("{}", "({}::JSON)"),
    "U": ("{}", "({}::UUID)"),
    "B": ("bl_cast_varchar_blob({})", "({}::BLOB)"),
    "F": ("bl_cast_varchar_double({})", "({}::DOUBLE)"),
}
MACRO = re.compile(r"\b(D|T|TS|TZ|IV|J|U|B|F)\(('(?:[^']|'')*')\)")
SUFFIX = r"(?:_(?:date|timestamptz|timestamp|time|interval|u?int(?:8|16|32|64)|hugeint|double|float|decimal|varchar|blob|micros))?"
NAME = re.compile(r"\bbl_(make_(?:date|time|timestamp)|to_timestamp|normalized_interval|\w+?)" + SUFFIX + r"\(")


def ours(text):
    return MACRO.sub(lambda m: MACROS[m[1]][0].format(m[2]), text)


def theirs(text):
    return NAME.sub(lambda m: m[1] + "(", MACRO.sub(lambda m: MACROS[m[1]][1].format(m[2]), text))


SQL_TYPES = {
    "bool": "BOOLEAN", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT", "uint8": "UTINYINT",
    "uint16": "USMALLINT", "uint32": "UINTEGER", "uint64": "UBIGINT", "hugeint": "HUGEINT", "float": "FLOAT", "double": "DOUBLE",
    "varchar": "VARCHAR", "blob": "BLOB", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ",
    "interval": "INTERVAL", "json": "JSON", "uuid": "UUID",
}


def split_type(name):
    """'decimal(5,2)' -> ('decimal', [5, 2])"""
    match = re.fullmatch(r"(\w+)(?:\((\d+),(\d+)\))?", name)
    return match[1], [int(match[2]), int(match[3])] if match[2] else []


def sql_type(name):
    word, arguments = split_type(name)
    return "DECIMAL({},{})".format(*arguments) if word == "decimal" else SQL_TYPES[word]


def cast_call(expression, source, target):
    (source_word, source_arguments), (target_word, target_arguments) = split_type(source), split_type(target)
    if source_word == target_word and source_word != "decimal":
        return expression
    arguments = [expression] + [str(a) for a in source_arguments[1:]] + [str(a) for a in target_arguments]
    return f"bl_cast_{source_word}_{target_word}({', '.join(arguments)})"


def stored_literal(literal, source):
    """A literal of a type, in storage form: numbers as they are, all else by the cast from text."""
    word, _ = split_type(source)
    text = literal if literal.startswith("'") else "'" + literal + "'"
    return text if word == "varchar" else cast_call(text, "varchar", source)


def shown(expression, result):
    word, arguments = split_type(result)
    if word in ("varchar", "json", "uuid"):
        return expression
    return cast_call(expression, result, "varchar")


def build():
    for family in FAMILIES:
        try:
            module = importlib.import_module("cases_" + family)
        except ModuleNotFoundError:
            continue
        cases = []
        for literal, source, target in getattr(module, "CASTS", []):
            duck = f"({literal if literal.startswith(chr(39)) else chr(39) + literal + chr(39)}::{sql_type(source)})::{sql_type(target)}"
            cases.append((shown(cast_call(stored_literal(literal, source), source, target), target), duck))
        for case in getattr(module, "CASES", []):
            expression, result = case[0], case[1]
            duck = case[2] if len(case) > 2 else theirs(expression)
            cases.append((shown(ours(expression), result), duck))
        yield family, cases, getattr(module, "SETUP", "")


def escape(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def main():
    check = "--check" in sys.argv
    stale = 0
    for family, cases, setup in build():
        connection = duckdb.connect()
        connection.execute("SET timezone = 'UTC'")
        for statement in filter(str.strip, setup.split(";")):
            connection.execute(statement)
        lines = []
        for mine, duck in cases:
            try:
                row = connection.execute(f"SELECT CAST(({duck}) AS VARCHAR)").fetchone()
                value = "\\N" if row[0] is None else escape(row[0])
            except duckdb.Error as error:
                value = "!ERR"
                if "-v" in sys.argv:
                    print(f"{duck}: {str(error).splitlines()[0]}")
            lines.append(f"{escape(mine)}\t{value}\t{escape(duck)}")
        name = f"FunctionsFixture{family.capitalize()}"
        body = "\n".join(lines)
        content = (
            f"// Made by scripts/differential/functions.py from DuckDB {duckdb.__version__}; do not edit.\n"
            "// One case a line: our expression, DuckDB's answer as text (\\N for NULL, !ERR for an error), DuckDB's expression.\n"
            f"enum {name} {{\n    static let setup = #\"\"\"\n{setup.strip()}\n\"\"\"#\n"
            f"    static let cases = #\"\"\"\n{body}\n\"\"\"#\n}}\n"
        )
        path = TESTS / f"{name}.swift"
        if check:
            if not path.exists() or path.read_text() != content:
                print(f"{path.name} differs from what DuckDB {duckdb.__version__} says")
                stale += 1
        else:
            path.write_text(content)
            print(f"{path.name}: {len(lines)} cases")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
