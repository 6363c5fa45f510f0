"""A `branchlite serve` of the soak's own, and what it takes of memory over time."""
import os
import signal
import socket
import subprocess
import threading
import time

import psycopg


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    # Old versions and discarded branches go soon, so that their going is part of the run and the store comes to a steady state.
    SETTINGS = {"BRANCHLITE_MAX_BRANCHES": "3000", "BRANCHLITE_HISTORY": "30s", "BRANCHLITE_TRASH": "5s", "BRANCHLITE_GC_INTERVAL": "2s"}

    def __init__(self, binary, folder):
        self.binary, self.store, self.port = binary, str(folder / "soak.db"), free_port()
        self.log = folder / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [binary, "serve", "--store", self.store, "--http-listen", f"127.0.0.1:{free_port()}", "--pg-listen", f"127.0.0.1:{self.port}",
                 "--log-level", "warning"], stdout=log, stderr=log, env={**os.environ, **self.SETTINGS})
        deadline = time.time() + 30
        while True:
            try:
                self.connect().close()
                break
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.time() > deadline:
                    self.kill()
                    raise SystemExit("the server did not start:\n" + self.log.read_text())
                time.sleep(0.05)
        self.samples = []
        self._watching = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def connect(self, branch="main", **more):
        return psycopg.connect(host="127.0.0.1", port=self.port, user="soak", dbname=branch, autocommit=True, sslmode="disable", **more)

    def resident_megabytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS:"))

    def _watch(self):
        while not self._watching.wait(0.5):
            try:
                self.samples.append((time.monotonic(), self.resident_megabytes()))
            except (OSError, StopIteration):
                return

    def growth(self, since):
        """Megabytes by which a line through the samples since then rises over their time."""
        points = [(at - since, size) for at, size in self.samples if at >= since]
        if len(points) < 10:
            return 0.0
        mean_x, mean_y = (sum(values) / len(points) for values in zip(*points))
        spread = sum((x - mean_x) ** 2 for x, _ in points)
        return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread * (points[-1][0] - points[0][0])

    def stop(self):
        self._watching.set()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def check(self):
        """`branchlite check` of the closed store."""
        return subprocess.run([self.binary, "check", "--store", self.store], capture_output=True, text=True, timeout=600)
