"""What the branches must hold: tables as dictionaries, merged by the rules of docs/merge.md.

A branch is forked from its parent and merges with nobody else, so the base of a merge along that edge is the state of its source when the two
last met.
"""


class Table:
    """Columns with their defaults; rows by key. A row is never changed in place, so that a copy of the dictionary is a snapshot."""

    def __init__(self, columns, rows=None):
        self.columns, self.rows = dict(columns), dict(rows or {})

    def copy(self):
        return Table(self.columns, self.rows)

    def full(self, key, columns):
        """A row with all of the columns; None where there is none. A column that the table has not got counts with its default."""
        row = self.rows.get(key)
        return None if row is None else {column: row.get(column, default) for column, default in columns.items()}

    def listing(self):
        return [(key, *(self.rows[key].get(column, default) for column, default in self.columns.items())) for key in sorted(self.rows)]

    def set(self, key, **cells):
        self.rows[key] = {**self.rows.get(key, {}), **cells}


def merged(base, source, target, takes_source):
    """The target after the merge, and the number of conflicts."""
    columns = {**target.columns, **{name: default for name, default in source.columns.items() if name not in base.columns}}
    result = Table(columns, target.rows)
    conflicts = 0
    for key in base.rows.keys() | source.rows.keys():
        old, mine, theirs = (table.full(key, columns) for table in (base, source, target))
        if mine == old or mine == theirs:
            continue
        if theirs == old:
            outcome = mine
        elif mine is None or theirs is None:
            # Deleted on one side and changed on the other.
            conflicts += 1
            outcome = mine if takes_source else theirs
        elif old is None:
            # Inserted on both sides; a column that one side has not got is the other's.
            shared = [column for column in columns if column in source.columns and column in target.columns]
            apart = any(mine[column] != theirs[column] for column in shared)
            conflicts += apart
            outcome = {**(mine if takes_source else theirs), **{column: (mine if column in source.columns else theirs)[column] for column in columns if column not in shared}}
        else:
            outcome = dict(theirs)
            for column in columns:
                if mine[column] == old[column] or mine[column] == theirs[column]:
                    continue
                if theirs[column] != old[column]:
                    conflicts += 1
                    if not takes_source:
                        continue
                outcome[column] = mine[column]
        if outcome is None:
            result.rows.pop(key, None)
        else:
            result.rows[key] = outcome
    return result, conflicts


class Branch:
    def __init__(self, name, schema, parent, live=False):
        self.name, self.schema, self.parent, self.live = name, schema, parent, live
        self.children = 0
        # A live branch has only the tables that have become its own.
        self.tables, self.base = {}, {}
        if parent is not None:
            parent.children += 1
            if not live:
                self.start_again()

    def start_again(self):
        """As the parent is now."""
        self.tables = {name: table.copy() for name, table in self.parent.state().items()}
        self.base = {name: table.copy() for name, table in self.tables.items()}

    def state(self):
        return {**self.parent.state(), **self.tables} if self.live else self.tables

    def own(self, name):
        """The table to be written; a live branch takes it over from its parent first."""
        if name not in self.tables:
            table = self.parent.state()[name]
            self.tables[name], self.base[name] = table.copy(), table.copy()
        return self.tables[name]

    def snapshot(self):
        return {name: table.copy() for name, table in self.tables.items()}

    def merge(self, into_parent, strategy):
        """Merges with the parent: tables of the target by name as they would be, and the number of conflicts. Nothing is changed yet."""
        source, target = (self.tables, self.parent.state()) if into_parent else (self.parent.state(), self.tables)
        outcome, conflicts = {}, 0
        for name in self.tables:
            outcome[name], count = merged(self.base[name], source[name], target[name], strategy == "branch_wins")
            conflicts += count
        return outcome, conflicts

    def commit_merge(self, into_parent, outcome):
        target = self.parent if into_parent else self
        source = self.tables if into_parent else self.parent.state()
        self.base = {name: source[name].copy() for name in outcome}
        for name, table in outcome.items():
            if target.live and name not in target.tables:
                target.own(name)
            target.tables[name] = table

    def leave(self):
        self.parent.children -= 1
