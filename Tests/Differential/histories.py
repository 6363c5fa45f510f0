"""Random histories: the next step follows from a random number and from what the model shows at that moment.

A step is a dictionary with everything that is needed to run it again, so that a history can be replayed with steps left out.
"""
import random

from schema import Column, Index, Table, View

TABLES = ["t1", "t2", "t3", "t4"]
VIEWS = ["v1", "v2", "v3"]
BRANCHES = ["b1", "b2", "b3", "b4"]
INDEXES = ["i1", "i2", "i3", "i4", "i5"]
WORDS = ["ann", "bob", "cid", "dot", "it''s", "Zoë", ""]
COLUMNS = {"a": "INTEGER", "b": "VARCHAR", "c": "DATE", "d": "DECIMAL(8,2)", "e": "BOOLEAN", "f": "DOUBLE", "g": "INTEGER", "h": "VARCHAR"}
DEFAULTS = {"INTEGER": "7", "VARCHAR": "'new'", "DATE": "'2024-02-29'", "DECIMAL(8,2)": "1.50", "BOOLEAN": "true", "DOUBLE": "0.5"}
STRATEGIES = ["branch_wins", "main_wins", "manual"]


class Generator:
    def __init__(self, seed, model):
        self.random = random.Random(seed)
        self.model = model
        self.setup = self._setup()

    def _setup(self):
        steps = [self._create_table("t1"), self._create_table("t2")]
        if self.random.random() < 0.6:
            steps.append(self._create_table("t3"))
        return steps

    def step(self):
        if self.setup:
            return self.setup.pop(0)
        pick = self.random.random()
        if self.model.saved and pick < 0.12:
            return self.random.choice([{"op": "commit"}, {"op": "rollback"}, {"op": "rollback to", "name": "s1"}])
        if pick < 0.72:
            return self._statement()
        if pick < 0.81:
            return {"op": "use", "name": self._branch()}
        if pick < 0.86:
            return self._new_branch()
        if pick < 0.945:
            return self._merge()
        if pick < 0.957:
            return {"op": "reset", "name": self._branch()}
        if pick < 0.967:
            return {"op": "discard", "name": self._branch()}
        if self.model.saved:
            return {"op": "savepoint", "name": "s1"}
        return {"op": "begin"}

    # MARK: branches

    def _branch(self):
        """Mostly one that is there."""
        known = list(self.model.branches)
        return self.random.choice(known if self.random.random() < 0.95 else BRANCHES + ["main"])

    def _new_branch(self):
        free = [name for name in BRANCHES if name not in self.model.branches]
        if not free and self.random.random() < 0.9:
            return self._statement()
        name = self.random.choice(free or BRANCHES)
        source = "main" if self.random.random() < 0.8 else self._branch()
        return {"op": "create", "name": name, "from": source, "mode": self.random.choice(["live", "live", "live", "snapshot"])}

    def _merge(self):
        name = self._branch()
        branch = self.model.branches.get(name)
        parent = branch.parent if branch and branch.parent else "main"
        source, target = (name, parent) if self.random.random() < 0.65 else (parent, name)
        return {"op": "merge", "source": source, "target": target, "strategy": self.random.choice(STRATEGIES)}

    # MARK: statements

    def _relations(self, kind):
        names = self.model.visible(self.model.current)
        return [name for name in names if isinstance(self.model.relation(self.model.current, name), kind)]

    def _table(self):
        """Mostly a table that is there; its definition, or one to go by where it is not."""
        known = self._relations(Table)
        name = self.random.choice(known) if known and self.random.random() < 0.96 else self.random.choice(TABLES + VIEWS)
        found = self.model.relation(self.model.current, name)
        return name, found if isinstance(found, Table) else Table((Column("a", "INTEGER"),))

    def _statement(self):
        make = self.random.choices(
            [self._insert, self._update, self._delete, self._select, self._add_column, self._drop_column, self._rename_column, self._set_default,
             lambda: self._create_table(self.random.choice(TABLES)), self._create_as, self._drop, self._rename_table, self._create_view,
             self._create_index, self._drop_index, self._write_elsewhere, self._upsert],
            weights=[26, 16, 9, 13, 4, 2, 2, 1, 2, 1, 2, 0.4, 3, 4, 1, 3, 3])[0]
        return make()

    def _write(self, table, text, reads=(), **more):
        return {"op": "sql", "kind": "write", "table": table, "sql": text, "reads": list(reads), **more}

    def _value(self, column):
        kind = column.type
        if not column.is_required and self.random.random() < 0.12:
            return "NULL"
        if kind in ("INTEGER", "BIGINT"):
            return str(self.random.randrange(25))
        if kind == "VARCHAR":
            return f"'{self.random.choice(WORDS)}'"
        if kind == "DATE":
            return f"DATE '2024-0{self.random.randrange(1, 9)}-1{self.random.randrange(10)}'"
        if kind.startswith("DECIMAL"):
            return f"{self.random.randrange(-500, 500) / 100:.2f}"
        if kind == "BOOLEAN":
            return self.random.choice(["true", "false"])
        return str(self.random.randrange(40) / 4)

    def _key_value(self, definition, column):
        return str(self.random.randrange(16)) if column.type == "INTEGER" else f"'{self.random.choice(WORDS)}'"

    def _row(self, definition, columns):
        return [self._key_value(definition, column) if column.name in definition.key else self._value(column) for column in columns]

    def _insert(self, verb="INSERT INTO", target=None, mark="{s}", **more):
        table, definition = target or self._table()
        if self.random.random() < 0.12 and target is None:
            return self._insert_select(table, definition)
        columns = [column for column in definition.columns if column.name in definition.key or self.random.random() < 0.85] or list(definition.columns)
        count = self.random.choice([1, 1, 2, 4])
        rows = ", ".join(f"({', '.join(self._row(definition, columns))})" for _ in range(count))
        return self._write(table, f"{verb} {mark}{table} ({', '.join(column.name for column in columns)}) VALUES {rows}", **more)

    def _upsert(self):
        table, definition = self._table()
        if not definition.key or any(column.is_unique for column in definition.columns):
            return self._insert(target=(table, definition))
        # Two rows of one key in one statement are an error to DuckDB, not to SQLite.
        columns = definition.columns
        row = ", ".join(self._row(definition, columns))
        return self._write(table, f"INSERT OR REPLACE INTO {{s}}{table} ({', '.join(column.name for column in columns)}) VALUES ({row})", is_upsert=True)

    def _insert_select(self, table, definition):
        source, other = self._table()
        shared = [column.name for column in definition.columns if other.column(column.name) and other.column(column.name).type == column.type]
        if not shared or source == table and definition.key:
            return self._insert(target=(table, definition))
        names = ", ".join(shared)
        return self._write(table, f"INSERT INTO {{s}}{table} ({names}) SELECT {names} FROM {{s}}{source}", [source])

    def _condition(self, definition):
        column = self.random.choice(definition.columns)
        pick = self.random.random()
        if pick < 0.15:
            return f"{column.name} IS NULL"
        if column.type == "INTEGER":
            return self.random.choice([f"{column.name} = {self.random.randrange(16)}", f"{column.name} % 3 = {self.random.randrange(3)}", f"{column.name} > {self.random.randrange(20)}"])
        return f"{column.name} = {self._value(Column('x', column.type, is_required=True))}"

    def _update(self):
        table, definition = self._table()
        free = [column for column in definition.columns if column.name not in definition.key]
        if not free or self.random.random() < 0.06:
            free = list(definition.columns)
        column = self.random.choice(free)
        reads, more = [], {}
        if column.type == "INTEGER" and not column.is_unique and column.name not in definition.key and self.random.random() < 0.4:
            source, other = self._table()
            numbers = [found.name for found in other.columns if found.type == "INTEGER"]
            if numbers and self.random.random() < 0.5:
                value, reads = f"(SELECT max({self.random.choice(numbers)}) FROM {{s}}{source})", [source]
            else:
                value = f"{column.name} + 1"
                more["shifts"] = column.name
        else:
            value = self._key_value(definition, column) if column.name in definition.key else self._value(column)
        return self._write(table, f"UPDATE {{s}}{table} SET {column.name} = {value} WHERE {self._condition(definition)}", reads, **more)

    def _delete(self):
        table, definition = self._table()
        where = f" WHERE {self._condition(definition)}" if self.random.random() < 0.95 else ""
        return self._write(table, f"DELETE FROM {{s}}{table}{where}")

    def _write_elsewhere(self):
        """From a session on main: a write that names a branch."""
        name = self._branch()
        if self.model.current != "main" and self.random.random() < 0.8 or name == "main" or name not in self.model.branches:
            return self._insert()
        names = [table for table in self.model.visible(name) if isinstance(self.model.relation(name, table), Table)]
        if not names:
            return self._insert()
        table = self.random.choice(names)
        definition = self.model.relation(name, table)
        if self.random.random() < 0.3:
            return self._write(table, f"DELETE FROM {{w}}{table} WHERE {self._condition(definition)}", on=name)
        return self._insert(target=(table, definition), mark="{w}", on=name)

    def _select(self):
        relations = self._relations((Table, View))
        if not relations:
            return self._insert()
        one, other = self.random.choice(relations), self.random.choice(relations)
        left, right = self._columns(one), self._columns(other)
        pick = self.random.random()
        if pick < 0.2:
            return {"op": "sql", "kind": "select", "sql": f"SELECT count(*), min({left[0]}), max({left[-1]}) FROM {{s}}{one}", "reads": [one]}
        if pick < 0.4:
            in_main = [name for name in self.model.visible("main") if self.model.rows("main", name)]
            if in_main:
                third = self.random.choice(in_main)
                return {
                    "op": "sql", "kind": "select", "reads": [one], "main": [third],
                    "sql": f"SELECT (SELECT count(*) FROM {{s}}{one}), (SELECT count(*) FROM {{m}}{third})"}
        a, b = self.random.choice(left), self.random.choice(right)
        join = self.random.choice(["JOIN", "LEFT JOIN"])
        return {
            "op": "sql", "kind": "select", "reads": [one, other],
            "sql": f"SELECT x.{a}, y.{b} FROM {{s}}{one} AS x {join} {{s}}{other} AS y ON CAST(x.{a} AS VARCHAR) = CAST(y.{b} AS VARCHAR)"}

    def _columns(self, name):
        found = self.model.rows(self.model.current, name)
        return found[0] if found else ["a"]

    # MARK: definitions

    def _create_table(self, name):
        names = self.random.sample(sorted(COLUMNS), self.random.randrange(2, 5))
        columns = []
        for index, column in enumerate(names):
            kind = COLUMNS[column]
            default = DEFAULTS[kind] if self.random.random() < 0.3 else None
            flags = {}
            pick = self.random.random()
            if pick < 0.10 and kind == "INTEGER":
                flags["is_unique"] = True
            elif pick < 0.2 and default is not None:
                flags["is_required"] = True
            elif pick < 0.25 and kind == "INTEGER":
                flags["check"] = f"{column} < 24"
            columns.append(Column(column, kind, default, **flags))
        pick = self.random.random()
        if pick < 0.6:
            columns.insert(0, Column("id", "INTEGER"))
            key = ("id",)
        elif pick < 0.75:
            columns = [Column("k", "VARCHAR"), Column("id", "INTEGER")] + columns
            key = ("k", "id")
        else:
            key = ()
        return {"op": "sql", "kind": "create_table", "table": name, "definition": Table(tuple(columns), key)}

    def _create_as(self):
        """CREATE TABLE AS is its SELECT's columns without constraints."""
        source = self._table()[0]
        return {"op": "sql", "kind": "create_as", "table": self.random.choice(TABLES), "sql": f"SELECT * FROM {{s}}{source}", "reads": [source]}

    def _drop(self):
        if self.random.random() < 0.5:
            names = self._relations(View)
            return {"op": "sql", "kind": "drop", "what": "VIEW", "table": self.random.choice(names or VIEWS)}
        return {"op": "sql", "kind": "drop", "what": "TABLE", "table": self._table()[0]}

    def _create_view(self):
        name = self.random.choice(VIEWS)
        relations = [found for found in self._relations((Table, View)) if found != name]
        if not relations:
            return self._insert()
        one, other = self.random.choice(relations), self.random.choice(relations)
        left, right = self._columns(one), self._columns(other)
        pick = self.random.random()
        if pick < 0.3:
            view = View(f"SELECT * FROM {{s}}{one}", (one,))
        elif pick < 0.6:
            picked = sorted(self.random.sample(left, min(len(left), 2)))
            view = View(f"SELECT {', '.join(picked)}, 1 AS one FROM {{s}}{one}", (one,))
        else:
            a, b = self.random.choice(left), self.random.choice(right)
            view = View(
                f"SELECT x.{a} AS p, count(*) AS n, max(y.{b}) AS q FROM {{s}}{one} AS x JOIN {{s}}{other} AS y"
                f" ON CAST(x.{a} AS VARCHAR) = CAST(y.{b} AS VARCHAR) GROUP BY x.{a}", (one, other))
        return {"op": "sql", "kind": "create_view", "table": name, "view": view, "reads": list(view.reads)}

    def _add_column(self):
        table, definition = self._table()
        name = self.random.choice([name for name in sorted(COLUMNS) if not definition.column(name)] or ["a"])
        kind = COLUMNS[name]
        return {"op": "sql", "kind": "add_column", "table": table, "column": Column(name, kind, DEFAULTS[kind] if self.random.random() < 0.5 else None)}

    def _drop_column(self):
        table, definition = self._table()
        return {"op": "sql", "kind": "drop_column", "table": table, "column": self.random.choice(definition.columns).name}

    def _rename_column(self):
        table, definition = self._table()
        new = self.random.choice(["x", "y", "z", "a"])
        return {"op": "sql", "kind": "rename_column", "table": table, "column": self.random.choice(definition.columns).name, "new_column": new}

    def _set_default(self):
        table, definition = self._table()
        column = self.random.choice(definition.columns)
        return {"op": "sql", "kind": "set_default", "table": table, "column": column.name, "default": DEFAULTS.get(column.type, "NULL")}

    def _rename_table(self):
        return {"op": "sql", "kind": "rename_table", "table": self._table()[0], "new": self.random.choice(TABLES)}

    def _create_index(self):
        table, definition = self._table()
        columns = tuple(column.name for column in self.random.sample(definition.columns, min(len(definition.columns), self.random.choice([1, 1, 2]))))
        return {"op": "sql", "kind": "create_index", "table": table, "name": self.random.choice(INDEXES), "index": Index(table, columns, self.random.random() < 0.2)}

    def _drop_index(self):
        known = list(self.model.index_names(self.model.current))
        return {"op": "sql", "kind": "drop_index", "name": self.random.choice(known if known and self.random.random() < 0.9 else INDEXES)}
