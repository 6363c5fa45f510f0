"""The two sides of the PostgreSQL benchmarks: processes of their own on free loopback ports, ended by their own ids."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from libpq import Connection, LibpqError


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Side:
    """A running server; `database` is the one that the benchmark's tables are in."""

    name = ""
    database = ""
    process = None

    def environment(self, database=None):
        """For psql and pgbench."""
        return {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "bench", "PGDATABASE": database or self.database,
                "PGSSLMODE": "disable", "PGGSSENCMODE": "disable"}

    def connect(self, database=None):
        return Connection(f"host=127.0.0.1 port={self.port} user=bench dbname={database or self.database} sslmode=disable gssencmode=disable")

    def wait(self):
        deadline = time.time() + 60
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} did not start:\n{self.log.read_text()}")
            try:
                self.connect().close()
                return
            except LibpqError:
                if time.time() > deadline:
                    raise
                time.sleep(0.05)

    def processor_seconds(self):
        """Processor time of the server and of all processes it has and had."""
        total, parents = 0, {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = (int(fields[1]), [int(f) for f in fields[11:15]])
        for pid, (parent, times) in parents.items():
            if pid == self.process.pid:
                total += sum(times)
            elif parent == self.process.pid:
                total += times[0] + times[1]
        return total / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class BranchLite(Side):
    name = "BranchLite"
    database = "main"
    stop_signal = signal.SIGTERM

    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder) / f"branchlite-{free_port()}"
        self.folder.mkdir()
        self.port = free_port()
        self.log = self.folder / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [binary, "serve", "--store", str(self.folder / "bench.db"), "--http-listen", f"127.0.0.1:{free_port()}",
                 "--pg-listen", f"127.0.0.1:{self.port}", "--log-level", "warning"],
                stdout=log, stderr=log, env={**os.environ, "BRANCHLITE_SYNC": "full"})
        self.wait()


class PostgreSQL(Side):
    """A cluster of its own with default settings: fsync, full_page_writes and synchronous_commit are on."""

    name = "PostgreSQL"
    database = "bench"
    stop_signal = signal.SIGINT  # its "fast shutdown"

    def __init__(self, programs, folder):
        folder = pathlib.Path(folder)
        # The server refuses to run as root, so its user has to be able to get to the folder.
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        if self.user:
            folder.chmod(folder.stat().st_mode | 0o011)
        self.folder = folder / f"postgresql-{free_port()}"
        self.folder.mkdir()
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        self.port = free_port()
        self.log = self.folder / "log"
        data = str(self.folder / "data")
        subprocess.run([f"{programs}/initdb", "-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8", "--no-locale"], check=True,
                       stdout=subprocess.DEVNULL, cwd="/", **self.user)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [f"{programs}/postgres", "-D", data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder)],
                stdout=log, stderr=log, cwd="/", **self.user)
        self.database = "postgres"
        self.wait()
        with self.connect() as connection:
            connection.run("CREATE DATABASE bench")
        self.database = "bench"
