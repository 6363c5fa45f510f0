#!/usr/bin/env python3
"""Branch workloads over the PostgreSQL door for as long as wanted, every branch's rows compared with a model: docs/testing.md, "The soak".

    soak.py [--seconds S] [--seed N] [--clients N] [--wide N] [--memory-bound MB] [--operations N] [--binary FILE]
"""
import argparse
import os
import pathlib
import random
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import psycopg  # noqa: E402

from client import WIDTH, Client, Difference  # noqa: E402
from model import Branch, Table  # noqa: E402
from server import Server  # noqa: E402
from wide import WideTree  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Soak:
    def __init__(self, options, folder):
        self.options = options
        self.server = Server(options.binary, folder)
        self.failures = []
        self.stopping = threading.Event()

    def client(self, number, salt):
        main = Branch("main", "main", None)
        main.tables = {"shared": Table({"a": None, "b": None})}
        return Client(number, self.server, f"{self.options.seed} {salt} {number}", main, self.options.operations)

    def guarded(self, client, body):
        """Runs a client's work; what it did last is printed when that fails."""
        try:
            body()
        except (Difference, psycopg.Error, OSError, AssertionError, LookupError, TypeError) as error:
            self.failures.append(client)
            self.stopping.set()
            print(f"FAILED, client {client.number}, seed {self.options.seed}: {type(error).__name__}: {error}", flush=True)
            if not isinstance(error, Difference):
                traceback.print_exc()
            print("its last operations:\n  " + "\n  ".join(client.log), flush=True)

    def loop(self, client, until, wide):
        self.guarded(client, lambda: self.steps(client, until, wide))

    def steps(self, client, until, wide):
        while time.monotonic() < until and not self.stopping.is_set():
            client.step()
            client.counts["steps"] += 1
            if wide and client.random.random() < 0.1:
                wide.touch(client)

    def phase(self, clients, seconds, wide):
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=self.loop, args=(client, until, wide)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def finish(self, client):
        self.guarded(client, client.end_season)

    def run(self):
        start = time.monotonic()
        with self.server.connect() as connection:
            connection.execute("CREATE TABLE shared (id INTEGER PRIMARY KEY, a INTEGER, b VARCHAR)")
        one = self.client(15, "alone")
        self.guarded(one, lambda: one.chain(50))
        wide = WideTree(self.server, self.options.wide, self.options.clients)
        self.guarded(one, lambda: wide.grow(one))
        self.phase([one], self.options.seconds / 5, None)
        many = [self.client(number, "one of many") for number in range(self.options.clients)]
        # The single client goes on to the end of its season only, so that its rows stay as they are.
        if not self.failures:
            self.finish(one)
            begin = time.monotonic()
            rest = max(self.options.seconds - (begin - start), self.options.seconds / 2)
            self.phase(many, rest, wide)
            warm = begin + rest / 3
            growth = self.server.growth(warm)
            if not self.failures:
                self.end(one, many, wide)
            self.report([one, *many], growth, time.monotonic() - start)
            if not self.failures:
                self.churn()
        for client in [one, *many]:
            client.connection.close()
        if self.failures:
            print("the server's log:\n" + self.server.log.read_text()[-4000:])
            self.server.kill()
            return False
        return self.close()

    def end(self, one, many, wide):
        """Everything is compared once more, now that nobody writes."""
        for client in many:
            self.guarded(client, lambda: wide.check(client))
            self.finish(client)
        self.guarded(one, lambda: wide.fell(one))
        found = one.run("SELECT id, a, b FROM main.shared ORDER BY id").fetchall()
        wanted = sorted(row for client in [one, *many] for row in client.main.tables["shared"].listing())
        self.guarded(one, lambda: one.expect("main's table at the end", found, wanted))
        self.guarded(one, lambda: one.expect("branches left", [row[0] for row in one.run("SELECT name FROM branches()").fetchall()], ["main"]))

    def report(self, clients, growth, seconds):
        total = sum((client.counts for client in clients), type(clients[0].counts)())
        print(f"{seconds:.0f} s: " + ", ".join(f"{count:,} {name}" for name, count in sorted(total.items())))
        sizes = [size for _, size in self.server.samples] or [0]
        print(f"resident memory: {sizes[0]:.0f} MB at first, {max(sizes):.0f} MB at most, {sizes[-1]:.0f} MB at last; after the warm-up it grew by {growth:.1f} MB")
        if growth > self.options.memory_bound:
            self.failures.append(None)
            print(f"FAILED, seed {self.options.seed}: resident memory grew by more than {self.options.memory_bound} MB")

    def churn(self, rounds=4, each=500):
        """Connections come and go; the first round does not count. What one of them left behind would show here, where nothing else happens."""
        sizes = []
        for _ in range(rounds + 1):
            for _ in range(each):
                with self.server.connect() as connection:
                    connection.execute("SELECT count(*) FROM shared").fetchone()
            sizes.append(self.server.resident_megabytes())
        growth = sizes[-1] - sizes[0]
        print(f"{rounds * each} connections: resident memory from {sizes[0]:.1f} to {sizes[-1]:.1f} MB")
        # The least that a connection could leave is its two buffers, some 8 KB.
        if growth > rounds * each * 3 / 1024:
            self.failures.append(None)
            print(f"FAILED: {growth * 1024 / (rounds * each):.1f} KB stay behind of each connection")

    def close(self):
        code = self.server.stop()
        check = self.server.check()
        if code != 0 or check.returncode != 0:
            print(f"FAILED, seed {self.options.seed}: the server ended with {code}; check with {check.returncode}:\n{check.stdout}{check.stderr}\n{self.server.log.read_text()[-4000:]}")
            return False
        print(check.stdout.strip())
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--wide", type=int, default=1000, help="branches of one branch at the same time")
    parser.add_argument("--memory-bound", type=float, default=48, help="MB by which the server may grow after the warm-up")
    parser.add_argument("--operations", type=int, default=60, help="how many of a client's last operations a failure shows")
    parser.add_argument("--binary", default=os.environ.get("BRANCHLITE_BINARY", str(ROOT / ".build-release" / "branchlite")))
    options = parser.parse_args()
    if options.clients >= WIDTH:
        parser.error(f"at most {WIDTH - 1} clients")
    if options.seed is None:
        options.seed = random.randrange(1 << 32)
    print(f"soak: seed {options.seed}, {options.seconds:g} s", flush=True)
    with tempfile.TemporaryDirectory(prefix="branchlite-soak.") as folder:
        soak = Soak(options, pathlib.Path(folder))
        try:
            passed = soak.run()
        finally:
            soak.server.kill()
    sys.exit(0 if passed else 1)


main()
