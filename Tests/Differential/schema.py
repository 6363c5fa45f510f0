"""Tables as the model knows them: what CREATE TABLE says, kept as data so that ALTER can be followed."""
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    default: str | None = None
    is_unique: bool = False
    is_required: bool = False
    check: str | None = None

    @property
    def sql(self):
        words = [self.name, self.type]
        if self.default is not None:
            words.append(f"DEFAULT {self.default}")
        if self.is_unique:
            words.append("UNIQUE")
        if self.is_required:
            words.append("NOT NULL")
        if self.check is not None:
            words.append(f"CHECK ({self.check})")
        return " ".join(words)


@dataclass(frozen=True)
class Table:
    columns: tuple
    key: tuple = ()

    @property
    def names(self):
        return [column.name for column in self.columns]

    def column(self, name):
        return next((column for column in self.columns if column.name == name), None)

    def create(self, name):
        parts = [column.sql for column in self.columns]
        if self.key:
            parts.append(f"PRIMARY KEY ({', '.join(self.key)})")
        return f"CREATE TABLE {name} ({', '.join(parts)})"

    def adding(self, column):
        return replace(self, columns=self.columns + (column,))

    def dropping(self, name):
        return replace(self, columns=tuple(column for column in self.columns if column.name != name))

    def renaming(self, old, new):
        columns = tuple(
            replace(column, name=new, check=column.check and column.check.replace(old + " ", new + " ")) if column.name == old else column
            for column in self.columns)
        return replace(self, columns=columns, key=tuple(new if name == old else name for name in self.key))

    def altering(self, name, **changes):
        return replace(self, columns=tuple(replace(column, **changes) if column.name == name else column for column in self.columns))


@dataclass(frozen=True)
class View:
    """A view's SELECT; `{s}` stands before the name of each table of the branch that the view is read on."""
    body: str
    reads: tuple = ()


@dataclass(frozen=True)
class Index:
    table: str
    columns: tuple
    is_unique: bool = False

    def create(self, name, schema):
        return f"CREATE {'UNIQUE ' if self.is_unique else ''}INDEX {name} ON {schema}.{self.table} ({', '.join(self.columns)})"


@dataclass
class State:
    """A table's definition, indexes and rows at one moment: what a merge compares with. `None` rows: a view."""
    definition: Table | View | None
    rows: list = field(default_factory=list)
    indexes: dict = field(default_factory=dict)
