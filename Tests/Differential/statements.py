"""Statements of the model that read, write, create and drop."""
import duckdb

from relations import Failed, Own, Relations, Skipped
from schema import Column, State, Table, View
from values import bag


class Statements(Relations):
    def run(self, step):
        """Runs a statement on the session's branch. Returns rows for a SELECT.

        Raises `Failed` where it is an error, `Skipped` where its outcome is not known.
        """
        branch = self._living(step.get("on") or self.current)
        if branch.name != self.current and (self.current != "main" or self.saved):
            raise Failed("a write to another branch, or in a transaction")
        touched = [step["table"]] if "table" in step else []
        touched += step.get("reads", ())
        if step.get("new"):
            touched.append(step["new"])
        for name in touched:
            if self.is_stale(branch.name, name) or self.is_stale(self.current, name):
                raise Skipped
        for name in step.get("main", ()):
            if self.is_stale("main", name):
                raise Skipped
        return getattr(self, "_" + step["kind"])(branch, step)

    def _text(self, step, branch):
        here = self.branches[self.current]
        return step["sql"].format(s=here.schema + ".", w=branch.schema + ".", m="trunk.")

    def _execute(self, text):
        try:
            return self.duck.execute(text)
        except duckdb.Error as error:
            raise Failed(str(error)) from None

    def _select(self, branch, step):
        answer = self._execute(self._text(step, branch))
        return bag(answer.fetchall())

    def _writing(self, branch, table, body):
        """Makes a table the branch's own, runs `body`, and gives the table back if that fails."""
        if not isinstance(self.relation(branch.name, table), Table):
            raise Failed(f"no table {table}")
        is_new = self.materialise(branch, table)
        try:
            body()
        except (Failed, Skipped):
            self._give_back(branch, [table] if is_new else [])
            raise
        self.cache.clear()
        self.written(branch, [table])

    def _write(self, branch, step):
        found = self.relation(branch.name, step["table"])
        unique = [index for index in self.index_names(branch.name).values() if index.table == step["table"] and index.is_unique]
        if any(step.get("shifts") in index.columns for index in unique):
            # SQLite looks at each row as it is written, DuckDB at all of them at the end.
            raise Skipped
        if step.get("is_upsert") and isinstance(found, Table):
            # DuckDB wants to be told which of several constraints is meant; SQLite takes all of them.
            if unique or any(column.is_unique for column in found.columns) or not found.key:
                raise Skipped

        def body():
            for read in step.get("reads", ()):
                if self.relation(self.current, read) is None:
                    raise Failed(f"no table {read}")
            self._execute(self._text(step, branch))

        self._writing(branch, step["table"], body)

    def _create_table(self, branch, step):
        self._create(branch, step["table"], lambda: self._make_table(branch, step["table"], State(step["definition"])))

    def _create_as(self, branch, step):
        source = self.relation(branch.name, step["reads"][0])
        if source is None:
            raise Failed("no table to take rows from")
        if isinstance(source, View):
            # The types of its columns are not known.
            raise Skipped
        rows = self._execute(step["sql"].format(s=branch.schema + ".")).fetchall()
        # Of the source it has names and types, nothing else.
        plain = Table(tuple(Column(column.name, column.type) for column in source.columns))
        self._create(branch, step["table"], lambda: self._make_table(branch, step["table"], State(plain, rows)))

    def _create(self, branch, name, make):
        if self.relation(branch.name, name) is not None:
            raise Failed(f"{name} is there already")
        known = branch.own.get(name)
        make()
        branch.own[name] = known and Own("materialised", known.base) or Own("created", None)
        self.sync()
        self.written(branch, [name])

    def _create_view(self, branch, step):
        view = step["view"]
        name = step["table"]
        if self.relation(branch.name, name) is not None:
            raise Failed(f"{name} is there already")
        text = view.body.format(s=branch.schema + ".")
        self._execute(f"EXPLAIN {text}")

        def make():
            branch.relations[name] = view

        self._create(branch, name, make)

    def _drop(self, branch, step):
        name, wanted = step["table"], View if step["what"] == "VIEW" else Table
        found = self.relation(branch.name, name)
        if not isinstance(found, wanted):
            raise Failed(f"no {step['what']} {name}")
        self._remove(branch, name)
        self.sync()
        self.written(branch, [name])

    def _remove(self, branch, name):
        known = branch.own.get(name)
        is_shown = branch.parent is not None and self.relation(branch.parent, name) is not None
        base = known.base if known else (self.state(branch.parent, name) if is_shown else None)
        if isinstance(branch.relations.get(name), Table):
            self._drop_table(branch, name)
        branch.relations.pop(name, None)
        if branch.name != "main" and (is_shown or (known and known.kind != "created")):
            branch.own[name] = Own("dropped", base)
        else:
            branch.own.pop(name, None)
