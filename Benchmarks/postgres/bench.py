"""BranchLite's PostgreSQL door against PostgreSQL on the same machine, in turns: docs/performance.md, "The PostgreSQL door".

bench.py BINARY [--output FILE] [--folder FOLDER] [--only ROW,…] [--rounds N] [--seconds N] [--quick]
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from libpq import LibpqError, Reader
from servers import BranchLite, PostgreSQL

WRITERS = 8


class Bench:
    def __init__(self, options):
        self.options = options
        self.scale = 1 if options.quick else 10
        self.rows = 20_000 if options.quick else 1_000_000
        self.rounds = options.rounds or (2 if options.quick else 5)
        self.seconds = options.seconds or (1 if options.quick else 5)
        self.figures = []
        self.loaded = set()

    # Both servers run through the whole suite; whoever is not measured is idle.
    def start(self):
        self.ours = self.peer = None
        self.ours = BranchLite(self.options.binary, self.options.folder)
        self.peer = PostgreSQL(self.options.postgresql, self.options.folder)
        self.sides = [self.ours, self.peer]

    def stop(self):
        for side in (self.ours, self.peer):
            if side:
                side.stop()

    def tool(self, side, program, *arguments, database=None):
        path = f"{self.options.postgresql}/{program}"
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, env=side.environment(database))
        if done.returncode != 0:
            raise SystemExit(f"{program} {' '.join(map(str, arguments))} on {side.name} exited {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def load_pgbench(self):
        """The same tables and rows on both sides, by pgbench's own steps (COPY, keys)."""
        if "pgbench" not in self.loaded:
            self.loaded.add("pgbench")
            for side in self.sides:
                self.tool(side, "pgbench", "-i", "-q", "-s", self.scale)
            # So that no checkpoint or vacuum of the loading falls into what is measured.
            with self.peer.connect() as connection:
                connection.run("VACUUM ANALYZE")
                connection.run("CHECKPOINT")

    def pgbench(self, side, clients, *flags, databases=None):
        """Transactions per second; with `databases` one process with one client for each of them."""
        command = [f"{self.options.postgresql}/pgbench", "-n", "-s", str(self.scale), "-T", str(self.seconds), *flags]
        if databases is None:
            databases, command = [None], [*command, "-c", str(clients), "-j", str(min(clients, os.cpu_count()))]
        running = [subprocess.Popen([*command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=side.environment(database)) for database in databases]
        total = 0
        for process in running:
            out, error = process.communicate()
            found = re.search(r"^tps = ([0-9.]+)", out, re.MULTILINE)
            failed = re.search(r"number of failed transactions: ([0-9]+)", out)
            if process.returncode != 0 or not found or (failed and int(failed[1])):
                raise SystemExit(f"pgbench {' '.join(flags)} on {side.name} exited {process.returncode}\n{out}\n{error[-2000:]}")
            total += float(found[1])
        return total

    def compare(self, name, unit, measures, target=None, note=None, rounds=None, per_second=True):
        """Measures in turns, the order rotating, after one round that does not count. `measures`: (label, side, function → value) with ours first."""
        rounds = rounds or self.rounds
        values = [[] for _ in measures]
        processor = [[] for _ in measures]
        for number in range(rounds + 1):
            for place in range(len(measures)):
                index = (place + number) % len(measures)
                _, side, measure = measures[index]
                before, start = side.processor_seconds(), time.perf_counter()
                value = measure()
                # Of the processor the wall time's share, for the same work as the value: per transaction, or for the whole.
                used = (side.processor_seconds() - before) / (value * (time.perf_counter() - start) if per_second else 1)
                if number > 0:
                    values[index].append(value)
                    processor[index].append(used)
        medians = [statistics.median(v) for v in values]
        best = [max(v) if per_second else min(v) for v in values]
        used = [statistics.median(p) for p in processor]
        for index in range(1, len(measures)):
            def ratio(figures):
                return figures[0] / figures[index] if per_second else figures[index] / figures[0]
            title = name if len(measures) == 2 else f"{name}, against {measures[index][0]}"
            # Only the first peer is what a target is about; others are shown beside it.
            goal = target if index == 1 else None
            figure = {"name": title, "value": medians[0], "unit": unit, "peer": measures[index][0], "peer_value": medians[index], "ratio": ratio(medians),
                      "best_ratio": ratio(best), "rounds": rounds, "target": f"≥ {goal:g}×" if goal else "reported", "met": ratio(medians) >= goal if goal else None}
            if used[0] > 0 and used[index] > 0:
                figure["processor_ratio"] = used[index] / used[0]
            if note:
                figure["note"] = note
            self.add(figure)

    def add(self, figure):
        self.figures.append(figure)
        peer = "" if figure["peer"] is None else f"  {figure['peer_value']:,.1f} ({figure['peer']})  {figure['ratio']:.2f}×, best {figure['best_ratio']:.2f}×"
        if "processor_ratio" in figure:
            peer += f", processor {figure['processor_ratio']:.2f}×"
        met = {True: "  yes", False: "  NO", None: ""}[figure["met"]]
        print(f"{figure['name']}: {figure['value']:,.1f} {figure['unit']}{peer}  {figure['target']}{met}", flush=True)

    # The rows.

    def machine(self):
        """How quiet the machine is, as in the other suites."""
        times, path = [], pathlib.Path(self.options.folder) / "sync"
        handle = os.open(path, os.O_CREAT | os.O_RDWR)
        os.pwrite(handle, bytes(1 << 20), 0)
        os.fsync(handle)
        for number in range(50 if self.options.quick else 1000):
            start = time.perf_counter()
            os.pwrite(handle, bytes(512), number % 2048 * 512)
            os.fdatasync(handle)
            times.append((time.perf_counter() - start) * 1e6)
        os.close(handle)
        path.unlink()
        start, processor = time.perf_counter(), time.process_time()
        sum(range(20_000_000))
        busy = (time.perf_counter() - start) / (time.process_time() - processor)
        for name, value, unit in (("machine: write of a sector + fdatasync, p50", statistics.median(times), "µs"),
                                  ("machine: wall time of computing to its processor time", busy, "×")):
            self.add({"name": name, "value": value, "unit": unit, "peer": None, "peer_value": None, "ratio": None, "target": "reported", "met": None})

    def select_only(self):
        self.load_pgbench()
        for mode in ("simple", "prepared"):
            for clients in (1, 8, 32):
                self.compare(f"pgbench select-only, {mode}, {clients} client{'s' if clients > 1 else ''}", "per second",
                             [(side.name, side, lambda side=side: self.pgbench(side, clients, "-S", "-M", mode)) for side in self.sides], target=1)

    def simple_update(self):
        self.load_pgbench()
        for clients in (1, 8, 32):
            self.compare(f"pgbench simple-update on one branch, {clients} client{'s' if clients > 1 else ''}", "per second",
                         [(side.name, side, lambda side=side: self.pgbench(side, clients, "-N")) for side in self.sides])

    def simple_update_branches(self):
        self.load_pgbench()
        branches = [f"writer_{number}" for number in range(WRITERS)]
        with self.ours.connect() as connection:
            for branch in branches:
                connection.run(f"CREATE BRANCH {branch}")
        with self.peer.connect("postgres") as connection:
            for branch in branches:
                connection.run(f"CREATE DATABASE {branch} TEMPLATE bench")
            connection.run("CHECKPOINT")
        self.compare(
            f"pgbench simple-update on {WRITERS} branches, a client each", "per second",
            [("BranchLite", self.ours, lambda: self.pgbench(self.ours, 1, "-N", databases=branches)),
             ("PostgreSQL, one database", self.peer, lambda: self.pgbench(self.peer, 1, "-N", databases=[None] * WRITERS)),
             (f"PostgreSQL, {WRITERS} databases", self.peer, lambda: self.pgbench(self.peer, 1, "-N", databases=branches))], target=1)
        for side, word in ((self.ours, "BRANCH"), (self.peer, "DATABASE")):
            with side.connect("main" if side is self.ours else "postgres") as connection:
                for branch in branches:
                    self.drop(connection, f"DROP {word} {branch}")

    def connect(self):
        def latency(side):
            times = []
            for _ in range(3 if self.options.quick else 40):
                start = time.perf_counter()
                with side.connect() as connection:
                    connection.run("SELECT 1")
                times.append((time.perf_counter() - start) * 1e6)
            return statistics.median(times)
        self.compare("connect, SELECT 1, disconnect", "µs", [(side.name, side, lambda side=side: latency(side)) for side in self.sides], target=3,
                     rounds=3 if self.options.quick else 15, per_second=False)

    def items(self):
        """A file of rows of four columns, and tables with them."""
        path = pathlib.Path(self.options.folder) / "items.txt"
        if not path.exists():
            with open(path, "w") as file:
                for number in range(1, self.rows + 1):
                    file.write(f"{number}\t{number * 7919 % 100003}\titem {number % 5000} of the list\t{number % 9973 / 8}\n")
        return path

    ITEMS = "CREATE TABLE items (id integer PRIMARY KEY, amount bigint, name text, price double precision)"

    def copy_file(self, side):
        with side.connect() as connection:
            connection.run("DROP TABLE IF EXISTS items")
            connection.run(self.ITEMS)
        path, start = self.items(), time.perf_counter()
        self.tool(side, "psql", "-X", "-q", "-c", f"\\copy items from '{path}'")
        elapsed = (time.perf_counter() - start) * 1e3
        with side.connect() as connection:
            count = connection.run("SELECT count(*) FROM items")[0][0]
        if count != str(self.rows):
            raise SystemExit(f"{side.name} has {count} of {self.rows} rows after COPY")
        return elapsed

    def copy_in(self):
        self.items()
        self.compare(f"COPY FROM of {self.rows:,} rows through psql", "ms", [(side.name, side, lambda side=side: self.copy_file(side)) for side in self.sides],
                     target=1, per_second=False)
        self.loaded.add("items")

    def load_items(self):
        if "items" not in self.loaded:
            self.loaded.add("items")
            for side in self.sides:
                self.copy_file(side)
            with self.peer.connect() as connection:
                connection.run("VACUUM ANALYZE items")

    def read(self, side, sql):
        reader = Reader(side.port, side.database)
        start = time.perf_counter()
        reader.read(sql, self.rows)
        elapsed = (time.perf_counter() - start) * 1e3
        reader.close()
        return elapsed

    def stream(self):
        self.load_items()
        self.compare(f"SELECT of {self.rows:,} rows, streamed", "ms",
                     [(side.name, side, lambda side=side: self.read(side, "SELECT * FROM items")) for side in self.sides], target=1, per_second=False)

    def copy_to(self):
        self.load_items()
        self.compare(f"COPY TO of {self.rows:,} rows", "ms",
                     [(side.name, side, lambda side=side: self.read(side, "COPY items TO STDOUT")) for side in self.sides], target=1, per_second=False)

    @staticmethod
    def drop(connection, sql):
        """Drops what nobody uses any more; until the server has seen the last session off that takes a moment."""
        deadline = time.time() + 10
        while True:
            try:
                return connection.run(sql)
            except LibpqError:
                if time.time() > deadline:
                    raise
                time.sleep(0.01)

    def branch(self):
        """Own servers, so that the database is of the size that the target names."""
        outer = self.ours, self.peer
        small = Bench(self.options)
        small.scale = 1 if self.options.quick else 6
        small.start()
        try:
            for side in small.sides:
                small.tool(side, "pgbench", "-i", "-q", "-s", small.scale)
            with small.peer.connect() as connection:
                size = int(connection.run("SELECT pg_database_size('bench')")[0][0]) / 1e6

            def cycle(side, options=""):
                with side.connect("main" if side is small.ours else "postgres") as admin:
                    start = time.perf_counter()
                    admin.run(f"CREATE DATABASE fork TEMPLATE {side.database}{options}")
                    with side.connect("fork") as connection:
                        connection.run("SELECT abalance FROM pgbench_accounts WHERE aid = 4711")
                    elapsed = time.perf_counter() - start
                    # Not timed: PostgreSQL sleeps for a tenth of a second when the session that was just closed is still there.
                    left = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'fork'" if side is small.peer else "SELECT sessions FROM branches() WHERE name = 'fork'"
                    while admin.run(left)[0][0] != "0":
                        time.sleep(0.001)
                    start = time.perf_counter()
                    admin.run("DROP DATABASE fork")
                    return (elapsed + time.perf_counter() - start) * 1e3
            small.figures = self.figures
            small.compare(f"branch create + first query + drop against CREATE DATABASE … TEMPLATE, {size:,.0f} MB", "ms",
                          [("BranchLite", small.ours, lambda: cycle(small.ours)), ("PostgreSQL", small.peer, lambda: cycle(small.peer)),
                           ("PostgreSQL, STRATEGY FILE_COPY", small.peer, lambda: cycle(small.peer, " STRATEGY FILE_COPY"))],
                          target=100, rounds=2 if self.options.quick else 7, per_second=False)
        finally:
            small.stop()
            self.ours, self.peer = outer


ROWS = {"machine": Bench.machine, "select-only": Bench.select_only, "simple-update": Bench.simple_update, "simple-update-branches": Bench.simple_update_branches,
        "connect": Bench.connect, "copy-in": Bench.copy_in, "stream": Bench.stream, "copy-to": Bench.copy_to, "branch": Bench.branch}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--output")
    parser.add_argument("--folder")
    parser.add_argument("--only", default=",".join(ROWS), help="rows, separated by commas: " + ", ".join(ROWS))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="of each run of pgbench")
    parser.add_argument("--quick", action="store_true", help="small tables and a second for each run: its figures mean nothing")
    parser.add_argument("--postgresql", default="/usr/lib/postgresql/15/bin", help="folder of PostgreSQL's programs")
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary)
    unknown = set(options.only.split(",")) - set(ROWS)
    if unknown:
        parser.error(f"no row {', '.join(sorted(unknown))}: there are {', '.join(ROWS)}")
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=options.folder) as folder:
        if options.folder:
            os.chmod(options.folder, os.stat(options.folder).st_mode | 0o011)
        options.folder = folder
        bench = Bench(options)
        try:
            bench.start()
            for row in options.only.split(","):
                ROWS[row](bench)
        finally:
            bench.stop()
    if options.output:
        pathlib.Path(options.output).write_text(json.dumps(bench.figures, indent=2, ensure_ascii=False) + "\n")


main()
