"""The DuckDB variant of branches, over real DuckDB.

A branch is a schema. For every table of its parent it holds a generated view; the first write to a table drops the view and
creates the table from the parent's rows; discarding a branch drops its schema. Statements run in DuckDB with the branch's
schema as the current one. (Main's tables lie in a schema `trunk`: DuckDB looks into its own schema `main` for every
unqualified name, and a table that a branch has dropped must not show through.)

Where the variant as published would lose something that BranchLite keeps, the model keeps it as well, because the comparison
would find nothing else:

- the copy has the constraints and indexes of the original (`CREATE TABLE AS` has none), so that errors agree;
- generated views are made anew when the parent's schema has changed (DuckDB refuses a view whose columns have changed);
- a view of the parent is made in the branch's schema from its text, so that it reads the branch's tables;
- a merge is a three-way merge (`three_way.py`), not a copy of the branch's tables over main's.

DuckDB's transactions cannot change a schema freely (ALTER and CREATE INDEX are refused after writes, an error ends the
transaction), so BEGIN, SAVEPOINT and ROLLBACK are done by keeping a copy of the branch's schema. A statement that fails
gives back the tables that were made the branch's own for it.
"""
import copy
import itertools
from dataclasses import dataclass, field

import duckdb

import three_way
from schema import Column, Index, State, Table, View
from three_way import Conflict, Unmodelled
from values import bag


class Failed(Exception):
    """A statement that is an error."""


class Skipped(Exception):
    """A step whose outcome the model does not know: it is left out on both sides."""


@dataclass
class Own:
    """What a branch knows of a relation that does not read through: how it came, and what merges compare with."""
    kind: str
    base: State | None


@dataclass
class Branch:
    name: str
    schema: str
    parent: str | None
    mode: str
    own: dict = field(default_factory=dict)
    relations: dict = field(default_factory=dict)
    indexes: dict = field(default_factory=dict)
    # Snapshot: names whose rows on the parent are not those of the fork any more.
    stale: set = field(default_factory=set)
    # A table was renamed: which row of which table its rows came from is not modelled.
    has_renamed: bool = False
    # Merged with nothing but its parent since the fork, so that the base of a merge is known.
    is_standalone: bool = False


class Model:
    def __init__(self):
        self.duck = duckdb.connect()
        self.duck.execute("SET python_enable_replacements = false")
        self.duck.execute("CREATE SCHEMA trunk")
        self.branches = {"main": Branch("main", "trunk", None, "main")}
        self.current = "main"
        self.saved = []
        self.views = {}
        self.unusable = set()
        self.cache = {}
        self.numbers = itertools.count(1)

    def close(self):
        self.duck.close()

    # MARK: what a branch shows

    def holder(self, branch, name):
        """The branch whose relation a name means; None where there is none."""
        while True:
            here = self.branches[branch]
            if here.name == "main" or here.parent is None or name in here.own:
                return here if name in here.relations else None
            branch = here.parent

    def relation(self, branch, name):
        holder = self.holder(branch, name)
        return holder.relations[name] if holder else None

    def visible(self, branch):
        here = self.branches[branch]
        names = list(here.relations)
        if here.parent is not None:
            names += [name for name in self.visible(here.parent) if name not in here.own]
        return names

    def index_names(self, branch):
        """The indexes of all tables a branch shows: name to index."""
        here = self.branches[branch]
        found = dict(here.indexes)
        if here.parent is not None:
            for name, index in self.index_names(here.parent).items():
                if index.table not in here.own:
                    found.setdefault(name, index)
        return found

    def is_stale(self, branch, name):
        """Whether the model does not know what the branch shows under that name."""
        here = self.branches[branch]
        if name in here.own:
            found = here.relations.get(name)
        else:
            if here.mode == "snapshot" and name in here.stale:
                return True
            if here.parent is not None and self.is_stale(here.parent, name):
                return True
            found = self.relation(branch, name)
        return isinstance(found, View) and any(self.is_stale(branch, read) for read in found.reads)

    def rows(self, branch, name):
        """Column names and rows of what a branch shows; None where reading it is an error."""
        key = (branch, name)
        if key not in self.cache:
            self.cache[key] = None
            if key not in self.unusable:
                try:
                    answer = self.duck.execute(f"SELECT * FROM {self.branches[branch].schema}.{name}")
                    self.cache[key] = ([column[0] for column in answer.description], bag(answer.fetchall()))
                except duckdb.Error:
                    pass
        return self.cache[key]

    def state(self, branch, name):
        found = self.relation(branch, name)
        if found is None:
            return None
        if isinstance(found, View):
            return State(found)
        holder = self.holder(branch, name)
        rows = self.duck.execute(f"SELECT * FROM {holder.schema}.{name}").fetchall()
        return State(found, rows, {key: index for key, index in holder.indexes.items() if index.table == name})

    # MARK: generated views

    def sync(self):
        """Makes the generated views, and those of users, anew in every branch."""
        self.cache.clear()
        self.unusable.clear()
        for branch in self.branches.values():
            for name in self.views.get(branch.name, ()):
                self.duck.execute(f"DROP VIEW IF EXISTS {branch.schema}.{name}")
            made = set()
            waiting = []
            for name in self.visible(branch.name):
                found = self.relation(branch.name, name)
                if isinstance(found, View):
                    waiting.append((name, f"CREATE VIEW {branch.schema}.{name} AS {found.body.format(s=branch.schema + '.')}"))
                elif name not in branch.relations:
                    parent = self.branches[branch.parent].schema
                    self.duck.execute(f"CREATE VIEW {branch.schema}.{name} AS SELECT * FROM {parent}.{name}")
                    made.add(name)
            # A view may read another one that comes later.
            while waiting:
                left = []
                for name, text in waiting:
                    try:
                        self.duck.execute(text)
                        made.add(name)
                    except duckdb.Error:
                        left.append((name, text))
                if len(left) == len(waiting):
                    break
                waiting = left
            self.unusable.update((branch.name, name) for name, _ in waiting)
            self.views[branch.name] = made

    def _drop_view(self, branch, name):
        if name in self.views.get(branch.name, ()):
            self.duck.execute(f"DROP VIEW IF EXISTS {branch.schema}.{name}")
            self.views[branch.name].discard(name)

    def _make_table(self, branch, name, state):
        """Makes a table in a branch's schema: definition, rows, indexes."""
        self._drop_view(branch, name)
        self.duck.execute(state.definition.create(f"{branch.schema}.{name}"))
        if state.rows:
            marks = ", ".join("?" for _ in state.definition.columns)
            self.duck.executemany(f"INSERT INTO {branch.schema}.{name} VALUES ({marks})", [list(row) for row in state.rows])
        branch.relations[name] = state.definition
        for key, index in state.indexes.items():
            # A name that the branch has given to another index meanwhile.
            while key in branch.indexes:
                key += "_"
            self.duck.execute(index.create(key, branch.schema))
            branch.indexes[key] = index

    def _drop_table(self, branch, name):
        self.duck.execute(f"DROP TABLE {branch.schema}.{name}")
        branch.relations.pop(name, None)
        branch.indexes = {key: index for key, index in branch.indexes.items() if index.table != name}

    # MARK: first writes

    def materialise(self, branch, name):
        """The first write to a table: the view goes, the table comes with the parent's rows. True if that was done."""
        if branch.name == "main" or branch.parent is None or name in branch.own:
            return False
        state = self.state(branch.parent, name)
        if state is None:
            return False
        branch.own[name] = Own("materialised", state)
        if isinstance(state.definition, View):
            branch.relations[name] = state.definition
        else:
            self._make_table(branch, name, state)
        self.sync()
        return True

    def _give_back(self, branch, names):
        for name in names:
            if isinstance(branch.relations.get(name), Table):
                self._drop_table(branch, name)
            branch.relations.pop(name, None)
            del branch.own[name]
        if names:
            self.sync()

    def written(self, branch, names):
        """Notes that relations of a branch have changed: snapshots that read through to it are not comparable in them."""
        for child in self.branches.values():
            if child.parent == branch.name and child.mode == "snapshot":
                child.stale.update(name for name in names if name not in child.own)

    # MARK: statements

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
        if step.get("is_upsert") and isinstance(found, Table):
            # DuckDB wants to be told which of several constraints is meant; SQLite takes all of them.
            unique = [index for index in self.index_names(branch.name).values() if index.table == step["table"] and index.is_unique]
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
        if not isinstance(source, Table):
            raise Failed("no table to take rows from")
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

    def _altering(self, branch, table, text, definition, renamed=None):
        """Runs an ALTER: DuckDB wants no index on the table meanwhile."""
        held = {key: index for key, index in branch.indexes.items() if index.table == table}
        for key in held:
            self.duck.execute(f"DROP INDEX {branch.schema}.{key}")
        try:
            self._execute(text)
            branch.relations[table] = definition()
        finally:
            for key, index in held.items():
                if renamed and branch.relations[table].column(renamed[1]):
                    index = Index(index.table, tuple(renamed[1] if name == renamed[0] else name for name in index.columns), index.is_unique)
                    branch.indexes[key] = index
                self.duck.execute(index.create(key, branch.schema))
        self.sync()

    def _add_column(self, branch, step):
        table, column = step["table"], step["column"]
        self._writing(branch, table, lambda: self._altering(
            branch, table, f"ALTER TABLE {branch.schema}.{table} ADD COLUMN {column.sql}", lambda: branch.relations[table].adding(column)))

    def _drop_column(self, branch, step):
        table, name = step["table"], step["column"]

        def body():
            definition = branch.relations[table]
            column = definition.column(name)
            if column is None or name in definition.key or column.is_unique or column.check:
                raise Failed("a column that is needed")
            if any(index.table == table and name in index.columns for index in branch.indexes.values()):
                raise Failed("an index on the column")
            if len(definition.columns) == 1:
                raise Failed("the last column")
            # DuckDB cannot drop a column before one that an index of a constraint is on: the table is made anew.
            state = self.state(branch.name, table)
            place = definition.names.index(name)
            rows = [row[:place] + row[place + 1:] for row in state.rows]
            self._drop_table(branch, table)
            self._make_table(branch, table, State(definition.dropping(name), rows, state.indexes))
            self.sync()

        self._writing(branch, table, body)

    def _rename_column(self, branch, step):
        table, old, new = step["table"], step["column"], step["new_column"]

        if old == new:
            raise Skipped

        def body():
            definition = branch.relations[table]
            if definition.column(old) is None or definition.column(new) is not None:
                raise Failed("no such column, or one too many")
            self._altering(
                branch, table, f"ALTER TABLE {branch.schema}.{table} RENAME COLUMN {old} TO {new}", lambda: definition.renaming(old, new), (old, new))

        self._writing(branch, table, body)

    def _set_default(self, branch, step):
        table, name, default = step["table"], step["column"], step["default"]

        def body():
            if branch.relations[table].column(name) is None:
                raise Failed("no such column")
            self._altering(
                branch, table, f"ALTER TABLE {branch.schema}.{table} ALTER COLUMN {name} SET DEFAULT {default}",
                lambda: branch.relations[table].altering(name, default=default))

        self._writing(branch, table, body)

    def _rename_table(self, branch, step):
        table, new = step["table"], step["new"]

        def body():
            if self.relation(branch.name, new) is not None:
                raise Failed(f"{new} is there already")
            state = self.state(branch.name, table)
            self._remove(branch, table)
            known = branch.own.get(new)
            indexes = {key: Index(new, index.columns, index.is_unique) for key, index in state.indexes.items()}
            self._make_table(branch, new, State(state.definition, state.rows, indexes))
            branch.own[new] = known and Own("materialised", known.base) or Own("created", None)
            branch.has_renamed = True
            self.sync()

        self._writing(branch, table, body)
        self.written(branch, [new])

    def _create_index(self, branch, step):
        table, index, name = step["table"], step["index"], step["name"]

        def body():
            if name in taken:
                if self.is_stale(branch.name, taken[name].table):
                    raise Skipped
                raise Failed(f"{name} is there already")
            self._execute(index.create(name, branch.schema))
            branch.indexes[name] = index

        taken = self.index_names(branch.name)
        self._writing(branch, table, body)

    def _drop_index(self, branch, step):
        name = step["name"]
        index = self.index_names(branch.name).get(name)
        if index is None:
            raise Failed(f"no index {name}")
        if self.is_stale(branch.name, index.table):
            raise Skipped

        def body():
            if name in branch.indexes:
                self.duck.execute(f"DROP INDEX {branch.schema}.{name}")
                del branch.indexes[name]

        self._writing(branch, index.table, body)

    # MARK: transactions

    def begin(self):
        if self.saved:
            raise Failed("a transaction is open")
        self.saved = [("", self._copy())]

    def savepoint(self, name):
        if not self.saved:
            raise Skipped
        self.saved.append((name, self._copy()))

    def commit(self):
        if not self.saved:
            raise Failed("no transaction")
        self.saved = []

    def rollback(self):
        if not self.saved:
            raise Failed("no transaction")
        self._restore(self.saved[0][1])
        self.saved = []

    def rollback_to(self, name):
        if not self.saved:
            raise Failed("no transaction")
        places = [index for index, (known, _) in enumerate(self.saved) if known == name]
        if not places:
            raise Failed("no such savepoint")
        self._restore(self.saved[places[-1]][1])
        self.saved = self.saved[:places[-1] + 1]

    def _copy(self):
        branch = self.branches[self.current]
        tables = {name: self.state(branch.name, name) for name, found in branch.relations.items() if isinstance(found, Table)}
        stale = {other.name: set(other.stale) for other in self.branches.values()}
        return (dict(branch.own), dict(branch.relations), tables, stale, branch.has_renamed)

    def _restore(self, kept):
        own, relations, tables, stale, has_renamed = kept
        branch = self.branches[self.current]
        for name, found in list(branch.relations.items()):
            if isinstance(found, Table):
                self._drop_table(branch, name)
        branch.own, branch.relations, branch.indexes = dict(own), {}, {}
        for name, found in relations.items():
            if isinstance(found, Table):
                self._make_table(branch, name, tables[name])
            else:
                branch.relations[name] = found
        branch.has_renamed = has_renamed
        for name, names in stale.items():
            self.branches[name].stale = set(names)
        self.sync()

    # MARK: branches

    def _outside_transactions(self):
        if self.saved:
            raise Failed("a transaction is open")

    def _living(self, name):
        if name not in self.branches:
            raise Failed(f"no branch {name}")
        return self.branches[name]

    def use(self, name):
        self._living(name)
        self._outside_transactions()
        self.current = name

    def create_branch(self, name, source, mode):
        self._outside_transactions()
        if name in self.branches:
            raise Failed(f"{name} is there already")
        parent = self._living(source)
        if parent.mode == "live" and mode == "live":
            raise Failed("a live branch of a live branch")
        schema = f"branch_{next(self.numbers)}"
        self.duck.execute(f"CREATE SCHEMA {schema}")
        branch = Branch(name, schema, source, mode)
        self.branches[name] = branch
        # A snapshot of a live branch holds what shows through, and follows nobody.
        if parent.mode == "live":
            self._detach(branch)
            branch.is_standalone = True
        self.sync()

    def _detach(self, branch):
        """Makes all that a branch shows its own."""
        unknown = {name for name in self.visible(branch.name) if self.is_stale(branch.name, name)}
        names = [name for name in self.visible(branch.name) if name not in branch.own and name not in unknown]
        for name in names:
            self.materialise(branch, name)
        branch.stale |= unknown
        branch.parent, branch.mode = None, "snapshot"

    def discard(self, name):
        self._outside_transactions()
        branch = self._living(name)
        if name == "main":
            raise Failed("main cannot be discarded")
        for child in self.branches.values():
            if child.parent == name:
                self._detach(child)
                child.is_standalone = True
        self.duck.execute(f"DROP SCHEMA {branch.schema} CASCADE")
        del self.branches[name]
        self.views.pop(name, None)
        if self.current == name:
            self.current = "main"
        self.sync()

    def reset(self, name):
        self._outside_transactions()
        branch = self._living(name)
        if name == "main":
            raise Failed("main cannot be reset")
        if branch.parent is None:
            raise Skipped
        parent = branch.parent
        before = set(self.visible(name)) | branch.stale
        for own, found in list(branch.relations.items()):
            if isinstance(found, Table):
                self._drop_table(branch, own)
        branch.own, branch.relations, branch.indexes, branch.stale, branch.has_renamed = {}, {}, {}, set(), False
        self.written(branch, before | set(self.visible(parent)))
        self.sync()

    # MARK: merge

    def merge(self, source, target, strategy):
        """Merges a branch with its parent, either way. Returns whether it went through (not refused for conflicts)."""
        self._outside_transactions()
        one, other = self._living(source), self._living(target)
        if one.parent == target:
            branch, parent = one, other
        elif other.parent == source:
            branch, parent = other, one
        else:
            raise Skipped
        if branch.has_renamed or branch.is_standalone or parent.has_renamed and parent.name != "main":
            raise Skipped
        if any(self.is_stale(parent.name, name) for name in branch.own):
            raise Skipped
        plan = {}
        try:
            for name, mark in branch.own.items():
                here, there = self.state(source, name), self.state(target, name)
                plan[name] = (there, three_way.merge(mark.base, here, there, strategy, self._default))
        except Unmodelled:
            raise Skipped from None
        except Conflict:
            return False
        changes = {name: after for name, (before, after) in plan.items() if not three_way.is_same(before, after)}
        self._check_names(other, changes)
        if not self._holds(changes):
            return False
        bases = {name: self.state(source, name) for name in branch.own}
        before = set(self.visible(branch.name)) | branch.stale
        for name in changes:
            self.materialise(other, name)
        for name in changes:
            if name in other.relations:
                self._remove(other, name) if other is not branch else self._forget(other, name)
        for name, after in changes.items():
            self._put(other, name, after, other is branch)
        if other is branch and branch.mode == "snapshot":
            branch.stale.clear()
        for name, mark in list(branch.own.items()):
            if other is branch and mark.kind == "created" and bases[name] is None:
                continue
            kind = "dropped" if name not in branch.relations else "materialised"
            branch.own[name] = Own(kind, bases[name])
        # What catching up brings a snapshot is new to the branches made of it, and so is what is gone.
        everything = before | set(self.visible(branch.name)) if other is branch and branch.mode == "snapshot" else set()
        self.sync()
        self.written(other, set(changes) | everything)
        if other is not branch:
            branch.stale -= set(branch.own)
        return True

    def _forget(self, branch, name):
        if isinstance(branch.relations.get(name), Table):
            self._drop_table(branch, name)
        branch.relations.pop(name, None)

    def _put(self, branch, name, state, keeps_mark):
        known = branch.own.get(name)
        if state is not None:
            if isinstance(state.definition, View):
                branch.relations[name] = state.definition
            else:
                self._make_table(branch, name, state)
        if keeps_mark or branch.name == "main":
            return
        if state is not None:
            branch.own[name] = known and Own("materialised", known.base) or Own("created", None)

    def _default(self, column):
        if column.default is None:
            return None
        return self.duck.execute(f"SELECT CAST({column.default} AS {column.type})").fetchone()[0]

    def _check_names(self, target, changes):
        """Indexes of the same name on different tables are not modelled."""
        taken = {key: index.table for key, index in self.index_names(target.name).items() if index.table not in changes}
        for state in changes.values():
            for key, index in (state.indexes if state else {}).items():
                if taken.setdefault(key, index.table) != index.table:
                    raise Skipped

    def _holds(self, changes):
        """Whether the merged rows meet the constraints of the merged tables."""
        self.duck.execute("CREATE SCHEMA trial")
        trial = Branch("trial", "trial", None, "snapshot")
        try:
            for name, state in changes.items():
                if state is not None and isinstance(state.definition, Table):
                    self._make_table(trial, name, state)
            return True
        except duckdb.ConstraintException:
            return False
        finally:
            self.duck.execute("DROP SCHEMA trial CASCADE")
