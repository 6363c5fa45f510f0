"""Three-way merge of one relation, for the model.

The DuckDB variant copies a branch's tables back over main's. BranchLite merges three ways, so the model does too: by
primary key and cell, with the columns that either side added. What would mean writing BranchLite's schema merge a second time
(both sides altered the table otherwise, a drop against a change, rows of keyless tables changed on both sides) is not
modelled: `Unmodelled` is raised and the history leaves the merge out on both sides.
"""
from schema import State, Table


class Unmodelled(Exception):
    pass


class Conflict(Exception):
    """There is a conflict and the strategy is to report it."""


def is_same(one, other):
    if one is None or other is None:
        return one is other
    return one.definition == other.definition and one.indexes == other.indexes and sorted(map(repr, one.rows)) == sorted(map(repr, other.rows))


def merge(base, source, target, strategy, default_of):
    """The target's state after the merge; each argument is a `State` or None where the relation is not there.

    `default_of(column)` gives the value that rows without that column get.
    """
    if is_same(source, base) or is_same(source, target):
        return target
    if is_same(target, base):
        return source
    if source is None or target is None:
        raise Unmodelled
    if not isinstance(source.definition, Table) or not isinstance(target.definition, Table):
        raise Unmodelled
    if base is None:
        if source.definition != target.definition:
            raise Unmodelled
        base = State(source.definition, [], {})
    if not isinstance(base.definition, Table):
        raise Unmodelled
    definition, added_here, added_there = _columns(base.definition, source.definition, target.definition)
    indexes = _indexes(base, source, target, definition)
    rows = _rows(base, source, target, definition, added_here, added_there, strategy, default_of)
    return State(definition, rows, indexes)


def _columns(base, source, target):
    """The merged definition, and the columns that the source and the target added."""
    for side in (source, target):
        if side.columns[:len(base.columns)] != base.columns or side.key != base.key:
            raise Unmodelled
    count = len(base.columns)
    here, there = source.columns[count:], target.columns[count:]
    if {column.name for column in here} & {column.name for column in there}:
        raise Unmodelled
    return Table(target.columns + here, target.key), here, there


def _indexes(base, source, target, definition):
    merged = {}
    for name in {**target.indexes, **source.indexes}:
        was, here, there = base.indexes.get(name), source.indexes.get(name), target.indexes.get(name)
        if here == there or here == was:
            taken = there
        elif there == was:
            taken = here
        else:
            raise Unmodelled
        if taken is not None:
            if not set(taken.columns) <= set(definition.names):
                raise Unmodelled
            merged[name] = taken
    return merged


def _rows(base, source, target, definition, added_here, added_there, strategy, default_of):
    if not definition.key:
        return _keyless(base, source, target, added_here, added_there, default_of)
    shared = base.definition.names
    defaults = {column.name: default_of(column) for column in added_here + added_there}

    def keyed(state):
        rows = [dict(zip(state.definition.names, row)) for row in state.rows]
        return {tuple(row[name] for name in definition.key): row for row in rows}

    def whole(row):
        """A row of one side with the other side's new columns at their defaults."""
        return {**defaults, **row}

    def changed(row, was, added):
        return any(row[name] != was[name] for name in shared) or any(row[column.name] != defaults[column.name] for column in added)

    old, ours, theirs = keyed(base), keyed(source), keyed(target)
    result = []
    for key in {**theirs, **ours, **old}:
        was, mine, its = old.get(key), ours.get(key), theirs.get(key)
        if mine is not None and its is not None:
            row = _both(was, mine, its, shared, strategy)
            if was is None and mine != its and (added_here or added_there):
                raise Unmodelled
            for column in added_there:
                row[column.name] = its[column.name]
            for column in added_here:
                row[column.name] = mine[column.name]
            result.append(row)
        elif mine is not None:
            # Gone on the target, or new here.
            if was is None:
                result.append(whole(mine))
            elif changed(mine, was, added_here) and _wins(strategy):
                result.append(whole(mine))
        elif its is not None:
            if was is None:
                result.append(whole(its))
            elif changed(its, was, added_there) and not _wins(strategy):
                result.append(whole(its))
    return [tuple(row[name] for name in definition.names) for row in result]


def _wins(strategy):
    """Whether the source wins a conflict."""
    if strategy == "manual":
        raise Conflict
    return strategy == "branch_wins"


def _both(was, mine, its, shared, strategy):
    row = {}
    if was is None:
        differing = any(mine[name] != its[name] for name in shared)
        taken = mine if differing and _wins(strategy) else its
        return {name: taken[name] for name in shared}
    for name in shared:
        if mine[name] == its[name] or mine[name] == was[name]:
            row[name] = its[name]
        elif its[name] == was[name]:
            row[name] = mine[name]
        else:
            row[name] = (mine if _wins(strategy) else its)[name]
    return row


def _keyless(base, source, target, added_here, added_there, default_of):
    """Rows without a key are told by rowid, which the model does not have: only one side may have changed them."""
    def same(state):
        return sorted(map(repr, state.rows)) == sorted(map(repr, base.rows))

    if not added_here and not added_there:
        if same(source):
            return target.rows
        if same(target):
            return source.rows
        raise Unmodelled
    if added_here and not added_there and same(target):
        return source.rows
    if added_there and not added_here and same(source):
        return target.rows
    if added_here and not added_there and same(source_without(source, base)):
        return [row + tuple(default_of(column) for column in added_here) for row in target.rows] if _plain(source, base, added_here, default_of) else _refuse()
    raise Unmodelled


def source_without(source, base):
    """The source's rows cut to the columns that the base has."""
    return State(base.definition, [row[:len(base.definition.columns)] for row in source.rows], {})


def _plain(source, base, added, default_of):
    """Whether the source's new columns hold nothing but their defaults."""
    count = len(base.definition.columns)
    return all(row[count:] == tuple(default_of(column) for column in added) for row in source.rows)


def _refuse():
    raise Unmodelled
