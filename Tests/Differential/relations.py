"""What the branches of the model show: own tables, generated views, and the first write that turns one into the other."""
import itertools
from dataclasses import dataclass, field

import duckdb

from schema import State, Table, View
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
    # A snapshot of a live branch, or one whose parent is gone: what its merges would start from is not modelled.
    is_standalone: bool = False


class Relations:
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

    def knows_all(self, branch):
        """Whether the model knows every table that a branch shows, and so every name of an index."""
        here = self.branches[branch]
        if here.mode == "snapshot" and any(name not in here.own for name in here.stale):
            return False
        return here.parent is None or self.knows_all(here.parent)

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
