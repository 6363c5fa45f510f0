"""A client of the soak: forks, changes, compares, merges and discards branches of its own over the PostgreSQL door.

Clients share the server, main and its table `shared`, of which each has the keys of its own number modulo WIDTH; its other table and its branches
are its own. So each knows what its branches must hold, whatever the others do at the same time.
"""
import collections
import random
import time

import psycopg

from model import Branch, Table

WIDTH = 16
KEYS = 400
# Another session has the branch's writer slot, or moved the branch: the statement has done nothing.
BUSY = {"55P03", "40001"}


class Difference(Exception):
    """The server does not hold what the model does."""


class Busy(Exception):
    pass


class Client:
    def __init__(self, number, server, seed, main, kept=60, limit=10):
        self.number, self.server, self.limit = number, server, limit
        self.random = random.Random(seed)
        self.main = main
        self.log = collections.deque(maxlen=kept)
        self.counts = collections.Counter()
        self.season = self.serial = self.columns = 0
        self.connection = server.connect(prepare_threshold=3)
        self.at = "main"
        self.branches = []
        self.begin_season()

    # Statements.

    def run(self, sql, parameters=None, connection=None, binary=False):
        """The cursor after a statement. Being busy is not a failure."""
        self.log.append(f"[{self.at if connection is None else 'other'}] {sql}" + (f" {parameters}" if parameters else ""))
        self.counts["statements"] += 1
        try:
            return (connection or self.connection).execute(sql, parameters, binary=binary)
        except psycopg.Error as error:
            self.log.append(f"  → {error.sqlstate} {error}")
            if error.sqlstate in BUSY:
                self.counts["busy"] += 1
                raise Busy from error
            raise

    def refused(self, state, sql):
        """A statement that must fail with that SQLSTATE."""
        try:
            self.run(sql)
        except psycopg.Error as error:
            if error.sqlstate == state:
                return
            raise
        raise Difference(f"not refused: {sql}")

    def use(self, branch):
        if self.at == branch.name:
            return
        way = self.random.randrange(3)
        if way == 0:
            self.run(f"USE BRANCH {branch.name}")
        elif way == 1:
            self.run(f"SET branch = '{branch.name}'")
        else:
            self.run(f"SET search_path = '{branch.schema},main'" if branch.name != "main" else "SET search_path = 'main'")
        self.at = branch.name

    def expect(self, what, found, wanted):
        if found != wanted:
            raise Difference(f"{what}\n  found  {repr(found)[:1500]}\n  wanted {repr(wanted)[:1500]}")

    # Seasons: each begins with a table of its own on main and ends with everything compared and dropped.

    @property
    def table(self):
        return f"own_{self.number}_{self.season}"

    def begin_season(self):
        self.season += 1
        self.columns = 0
        main = self.main.tables = {"shared": self.main.tables.get("shared", Table({"a": None, "b": None}))}
        self.use(self.main)
        self.again(lambda: self.run(f"CREATE TABLE {self.table} (id INTEGER PRIMARY KEY, a INTEGER, b VARCHAR, d DOUBLE)"))
        main[self.table] = Table({"a": None, "b": None, "d": None})
        self.again(lambda: self.insert(self.main, self.table, 60))
        self.trunk = self.again(lambda: self.fork(self.main))

    def end_season(self):
        for branch in self.branches:
            self.check(branch)
        while self.branches:
            for branch in [branch for branch in self.branches if not branch.children]:
                self.again(lambda branch=branch: self.discard(branch))
        self.check(self.main)
        self.use(self.main)
        self.again(lambda: self.run(f"DROP TABLE {self.table}"))

    def again(self, body):
        """For what has to be done before anything else can go on."""
        for _ in range(100):
            try:
                return body()
            except Busy:
                continue
        raise Difference("busy for a hundred times")

    # Branches.

    def fork(self, parent, live=False, name=None):
        self.serial += 1
        name = name or f"c{self.number}_{self.serial}"
        way = self.random.randrange(4)
        mode = " MODE live" if live else self.random.choice(["", " MODE snapshot"])
        if way == 0 and not live:
            self.run(f"CREATE DATABASE {name} TEMPLATE {parent.name}")
            schema = self.run("SELECT schema_name FROM branches() WHERE name = %s", [name]).fetchone()[0]
        elif way == 1 and not live:
            cursor = self.run(f"SELECT branch_create('{name}', '{parent.name}')")
            schema = self.record(cursor)["schema_name"]
        else:
            schema = self.record(self.run(f"CREATE BRANCH {name} FROM {parent.name}{mode}"))["schema_name"]
        branch = Branch(name, schema, parent, live)
        self.branches.append(branch)
        self.counts["forks"] += 1
        return branch

    @staticmethod
    def record(cursor):
        return dict(zip((column.name for column in cursor.description), cursor.fetchone()))

    def discard(self, branch):
        if self.at == branch.name:
            self.use(self.main)
        sql = self.random.choice([f"DROP BRANCH {branch.name}", f"DROP DATABASE {branch.name}", f"SELECT branch_discard('{branch.name}')"])
        deadline = time.monotonic() + 10
        while True:
            try:
                self.run(sql)
                break
            except psycopg.errors.ObjectInUse:
                # A visitor's connection was closed a moment ago; the server has yet to see it.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        branch.leave()
        self.branches.remove(branch)
        self.counts["discards"] += 1

    def reset(self, branch):
        self.use(self.random.choice([self.main, branch]))
        self.run(f"RESET BRANCH {branch.name}")
        branch.start_again()
        self.counts["resets"] += 1

    def rename(self, branch):
        self.serial += 1
        name = f"c{self.number}_{self.serial}"
        self.use(self.main)
        self.run(f"ALTER BRANCH {branch.name} RENAME TO {name}")
        branch.name = name

    def merge(self, branch, into_parent):
        strategy = self.random.choice(["branch_wins", "main_wins", "manual", "abort"])
        dry = self.random.random() < 0.2
        source, target = (branch, branch.parent) if into_parent else (branch.parent, branch)
        outcome, conflicts = branch.merge(into_parent, strategy)
        self.use(self.random.choice([source, target, self.main]))
        if self.random.random() < 0.3:
            cursor = self.run(f"SELECT branch_merge('{source.name}', target := '{target.name}', strategy := '{strategy}', dry_run := {str(dry).lower()})")
        else:
            cursor = self.run(f"MERGE BRANCH {source.name} INTO {target.name} STRATEGY {strategy}{' DRY RUN' if dry else ''}")
        result = self.record(cursor)
        self.log.append(f"  → {result}, expected {conflicts} conflicts")
        holds = strategy in ("manual", "abort") and conflicts > 0
        self.expect(f"status of the merge: {result}", result["status"] in ("conflicts", "aborted"), holds)
        self.expect("violations", result["violations"], 0)
        if holds:
            self.expect("number of conflicts", result["conflicts"] > 0, True)
            self.counts["conflicts"] += 1
        elif not dry:
            branch.commit_merge(into_parent, outcome)
            self.counts["merges"] += 1
        if self.random.random() < 0.3:
            self.check(source)
            self.check(target)

    # Changes. Each runs its statement, then does the same to the model.

    def keys(self, table, count):
        """Keys that are not there."""
        step, first = (WIDTH, self.number) if table is self.shared_of else (1, 0)
        free = [key for key in range(first, KEYS * step, step) if key not in table.rows]
        return self.random.sample(free, min(count, len(free)))

    def cells(self, table):
        choice = {"a": self.random.choice([None, self.random.randrange(1000)]), "b": self.random.choice([None, f"text {self.random.randrange(50)}", "quote ' \\ \t ⏎"])}
        if "d" in table.columns:
            choice["d"] = self.random.randrange(800) / 8
        for column in table.columns:
            if column.startswith("x"):
                choice[column] = self.random.randrange(10)
        return choice

    def insert(self, branch, name, count):
        table = branch.state()[name]
        self.shared_of = table if name == "shared" else None
        rows = [(key, self.cells(table)) for key in self.keys(table, count)]
        if not rows:
            return
        columns = list(rows[0][1])
        if self.random.random() < 0.5 or len(rows) > 20:
            form = self.random.choice(["", " (FORMAT binary)"]) if set(columns) <= {"a", "b", "d"} else ""
            self.log.append(f"[{self.at}] COPY {name} {form} {len(rows)} rows: {[key for key, _ in rows]}")
            try:
                with self.connection.cursor() as cursor:
                    with cursor.copy(f"COPY {name} (id, {', '.join(columns)}) FROM STDIN{form}") as copy:
                        if form:
                            copy.set_types(["int4", *({"a": "int4", "b": "varchar", "d": "float8"}[column] for column in columns)])
                        for key, cells in rows:
                            copy.write_row((key, *cells.values()))
                    self.expect("rows of the COPY", cursor.rowcount, len(rows))
            except psycopg.Error as error:
                if error.sqlstate in BUSY:
                    raise Busy from error
                raise
        else:
            places = ", ".join(["(" + ", ".join(["%s"] * (1 + len(columns))) + ")"] * len(rows))
            cursor = self.run(f"INSERT INTO {name} (id, {', '.join(columns)}) VALUES {places}", [value for key, cells in rows for value in (key, *cells.values())])
            self.expect("rows inserted", cursor.rowcount, len(rows))
        # A live branch takes the table over by writing it: not where there was nothing to write, nor when another session was in the way.
        table = branch.own(name)
        for key, cells in rows:
            table.set(key, **cells)

    def mine(self, name):
        return f"mod(id, {WIDTH}) = {self.number} AND " if name == "shared" else ""

    def update(self, branch, name):
        table = branch.own(name)
        low = self.random.randrange(KEYS * (WIDTH if name == "shared" else 1))
        high = low + self.random.choice([0, 5, 60]) * (WIDTH if name == "shared" else 1)
        column, cells = None, self.cells(table)
        column = self.random.choice(list(cells))
        keys = [key for key in table.rows if low <= key <= high]
        if column == "a" and self.random.random() < 0.5:
            cursor = self.run(f"UPDATE {name} SET a = a + 1 WHERE {self.mine(name)}id BETWEEN %s AND %s", [low, high])
            changes = {key: {"a": None if table.rows[key]["a"] is None else table.rows[key]["a"] + 1} for key in keys}
        else:
            cursor = self.run(f"UPDATE {name} SET {column} = %s WHERE {self.mine(name)}id BETWEEN %s AND %s", [cells[column], low, high])
            changes = {key: {column: cells[column]} for key in keys}
        self.expect("rows updated", cursor.rowcount, len(keys))
        for key, change in changes.items():
            table.set(key, **change)

    def upsert(self, branch, name):
        if not branch.state()[name].rows:
            return
        table = branch.own(name)
        self.shared_of = table if name == "shared" else None
        keys = self.keys(table, 2) + self.random.sample(sorted(table.rows), 1)
        value = self.random.randrange(1000)
        self.run(f"INSERT INTO {name} (id, a) VALUES {', '.join(['(%s, %s)'] * len(keys))} ON CONFLICT (id) DO UPDATE SET a = excluded.a",
                 [part for key in keys for part in (key, value)])
        for key in keys:
            new = {} if key in table.rows else {column: table.columns[column] for column in table.columns}
            table.set(key, **{**new, "a": value})

    def delete(self, branch, name):
        table = branch.own(name)
        rest = self.random.randrange(23)
        keys = [key for key in table.rows if key // WIDTH % 23 == rest]
        cursor = self.run(f"DELETE FROM {name} WHERE {self.mine(name)}mod(id // {WIDTH}, 23) = {rest}")
        self.expect("rows deleted", cursor.rowcount, len(keys))
        for key in keys:
            del table.rows[key]

    def define(self, branch):
        """Adds a column that no other branch adds, or makes or drops an index that means the same everywhere."""
        table = branch.own(self.table)
        if self.columns < 5 and self.random.random() < 0.5:
            self.columns += 1
            column, default = f"x{self.columns}", self.random.choice([0, self.columns])
            self.run(f"ALTER TABLE {self.table} ADD COLUMN {column} INTEGER DEFAULT {default}")
            table.columns[column] = default
        else:
            column = self.random.choice(["a", "b", "d"])
            index = f"by_{column}_{self.table}"
            self.run(self.random.choice([f"CREATE INDEX IF NOT EXISTS {index} ON {self.table} ({column})", f"DROP INDEX IF EXISTS {index}"]))

    def change(self, branch):
        self.use(branch)
        if branch.live:
            # Something that certainly writes, for that is what makes the table the branch's own.
            self.insert(branch, self.random.choice(["shared", self.table]), 3)
            return
        if self.random.random() < 0.3:
            self.transaction(branch)
        else:
            self.change_once(branch)
        self.counts["changes"] += 1

    def change_once(self, branch):
        name = self.random.choice(["shared", self.table])
        way = self.random.randrange(9)
        if way < 2:
            self.insert(branch, name, self.random.choice([1, 3, 40]))
        elif way < 5:
            self.update(branch, name)
        elif way == 5:
            self.upsert(branch, name)
        elif way == 6:
            self.delete(branch, name)
        elif way == 7:
            self.define(branch)
        else:
            self.insert(branch, name, 1)

    def transaction(self, branch):
        before, columns = branch.snapshot(), self.columns
        keeps = self.random.random() < 0.6
        try:
            self.run("BEGIN")
            for _ in range(self.random.randrange(1, 4)):
                self.change_once(branch)
            self.run("COMMIT" if keeps else "ROLLBACK")
        except Busy:
            self.run("ROLLBACK")
            keeps = False
        if not keeps:
            branch.tables, self.columns = before, columns

    # Comparing.

    def rows(self, branch, name, connection=None, binary=False):
        table = branch.state()[name]
        condition = f" WHERE mod(id, {WIDTH}) = {self.number}" if name == "shared" else ""
        return self.run(f"SELECT id, {', '.join(table.columns)} FROM {name}{condition} ORDER BY id", connection=connection, binary=binary).fetchall()

    def check(self, branch, connection=None):
        if connection is None:
            self.use(branch)
        for name, table in branch.state().items():
            found = self.rows(branch, name, connection, binary=self.random.random() < 0.3)
            wanted = table.listing()
            if found != wanted:
                apart = [row for row in found if row not in set(wanted)], [row for row in wanted if row not in set(found)]
                raise Difference(f"{name} on {branch.name}: {len(found)} rows for {len(wanted)}\n  only there {apart[0][:8]}\n  only in the model {apart[1][:8]}\n  {list(table.columns)}")
        self.counts["checks"] += 1

    def evaluate(self, branch):
        self.use(branch)
        name = self.random.choice(["shared", self.table])
        table = branch.state()[name]
        values = [row["a"] for row in table.rows.values() if row.get("a") is not None]
        found = self.run(f"SELECT count(*), count(a), sum(a), min(a), max(a) FROM {name} WHERE {self.mine(name)}true").fetchone()
        self.expect(f"aggregates of {name}", (found[0], found[1], found[2], found[3], found[4]),
                    (len(table.rows), len(values), sum(values) if values else None, min(values, default=None), max(values, default=None)))
        self.run(f"EXPLAIN SELECT * FROM {name} WHERE a = 5").fetchall()
        if not branch.live and branch is not self.trunk and branch is not self.main:
            base, now = branch.base[self.table], branch.tables[self.table]
            changed = {key for key in base.rows.keys() | now.rows.keys() if base.full(key, now.columns) != now.full(key, now.columns)}
            found = self.run(f"SELECT key FROM branch_diff('{branch.name}', '{branch.parent.name}', \"limit\" := 100000) WHERE table_name = %s AND key IS NOT NULL", [self.table]).fetchall()
            if branch.parent.tables[self.table].columns == base.columns:
                self.expect(f"keys in the diff of {branch.name}", sorted(row[0]["id"] for row in found), sorted(changed))

    def visit(self, branch):
        """Another connection that starts on the branch; it counts as a session of it."""
        if self.random.random() < 0.5:
            other = self.server.connect(branch.name)
        else:
            other = self.server.connect(options=f"-c branch={branch.name}")
        try:
            self.expect("branch of the session", self.run("SELECT current_branch()", connection=other).fetchone()[0], branch.name)
            self.check(branch, other)
            self.use(self.main)
            # A session that was closed a moment ago may still be counted.
            for _ in range(200):
                sessions = self.sessions(branch)
                if sessions == 1:
                    break
                time.sleep(0.02)
            self.expect(f"sessions on {branch.name}", sessions, 1)
            if not branch.children:
                self.refused("55006", f"DROP BRANCH {branch.name}")
        finally:
            other.close()
        self.counts["visits"] += 1

    def sessions(self, branch):
        cursor = self.run("SHOW BRANCHES")
        names = [column.name for column in cursor.description]
        return next(row[names.index("sessions")] for row in cursor.fetchall() if row[names.index("name")] == branch.name)

    def chain(self, depth):
        """A branch of a branch of a branch …, changed and compared on each level, then merged upwards or discarded."""
        levels, parent = [], self.trunk
        for _ in range(depth):
            levels.append(self.again(lambda: self.fork(parent)))
            parent = levels[-1]
            self.again(lambda: self.change(parent))
        for branch in levels:
            self.check(branch)
        merges = self.random.random() < 0.5
        for branch in reversed(levels):
            if merges:
                self.again(lambda: self.merge(branch, True))
            self.again(lambda: self.discard(branch))
        self.check(self.trunk)
        self.counts["chains"] += 1

    # The loop.

    def step(self):
        try:
            self.step_once()
        except Busy:
            # Where the session is now is not known when the switch itself was refused.
            self.at = self.run("SELECT current_branch()").fetchone()[0]

    def step_once(self):
        way = self.random.random()
        branch = self.random.choice(self.branches)
        leaves = [one for one in self.branches if not one.children and one is not self.trunk]
        if way < 0.16 and len(self.branches) < self.limit:
            parents = [one for one in self.branches if not one.live]
            self.change(self.fork(self.random.choice(parents), live=self.random.random() < 0.2))
        elif way < 0.50:
            self.change(branch)
        elif way < 0.62:
            self.evaluate(branch)
        elif way < 0.70:
            self.check(self.random.choice([branch, self.main]))
        elif way < 0.84:
            self.merge(branch, self.random.random() < 0.7)
        elif way < 0.92 and leaves:
            self.discard(self.random.choice(leaves))
        elif way < 0.94 and leaves:
            leaf = self.random.choice(leaves)
            if not leaf.live:
                self.reset(leaf)
        elif way < 0.95 and leaves:
            self.rename(self.random.choice(leaves))
        elif way < 0.98:
            self.visit(branch)
        elif way > 0.998:
            self.chain(50)
        elif way > 0.994:
            self.end_season()
            self.begin_season()
