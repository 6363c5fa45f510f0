"""ALTER TABLE and indexes in the model."""
from relations import Failed, Own, Skipped
from schema import Index, State
from statements import Statements


class Alterations(Statements):
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
            if not self.knows_all(branch.name):
                raise Skipped
            self._execute(index.create(name, branch.schema))
            branch.indexes[name] = index

        taken = self.index_names(branch.name)
        self._writing(branch, table, body)

    def _drop_index(self, branch, step):
        name = step["name"]
        index = self.index_names(branch.name).get(name)
        if index is None:
            if not self.knows_all(branch.name):
                raise Skipped
            raise Failed(f"no index {name}")
        if self.is_stale(branch.name, index.table):
            raise Skipped

        def body():
            if name in branch.indexes:
                self.duck.execute(f"DROP INDEX {branch.schema}.{name}")
                del branch.indexes[name]

        self._writing(branch, index.table, body)
