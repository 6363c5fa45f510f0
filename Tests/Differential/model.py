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
import duckdb

import three_way
from relations import Branch, Failed, Own, Skipped
from schema import Table, View
from three_way import Conflict, Unmodelled
from transactions import Transactions


class Model(Transactions):
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
        names, ancestor = set(self.visible(branch.name)), branch
        while ancestor is not None:
            names |= ancestor.stale
            ancestor = self.branches.get(ancestor.parent)
        unknown = {name for name in names if self.is_stale(branch.name, name)}
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
