"""The way into BranchLite: one `branchlite mcp` process per history, spoken to in newline-delimited JSON-RPC.

Requests are pipelined: all reads of one comparison are written at once and answered in one go, so that comparing every
table of every branch after every statement stays cheap.
"""
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BRANCHLITE_BINARY", str(ROOT / ".build-release" / "branchlite"))
PROTOCOL = "2025-06-18"


class Refused(Exception):
    """A call that BranchLite answered with an error: `code` is its stable code."""

    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code = error.get("code")


class Door:
    """One session on a store of its own."""

    def __init__(self, store):
        environment = {**os.environ, "BRANCHLITE_SYNC": "off", "BRANCHLITE_QUERY_TIMEOUT": "60s"}
        self._process = subprocess.Popen(
            [BINARY, "mcp", "--store", str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, bufsize=1 << 16, env=environment)
        self._number = 0
        self._exchange([("initialize", {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": {"name": "differential", "version": "1"}})])
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n")

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def kill(self):
        self._process.kill()
        self._process.wait(timeout=30)

    def _exchange(self, calls):
        first = self._number + 1
        lines = []
        for method, params in calls:
            self._number += 1
            lines.append(json.dumps({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}) + "\n")
        self._process.stdin.write("".join(lines))
        self._process.stdin.flush()
        answers = {}
        while len(answers) < len(lines):
            line = self._process.stdout.readline()
            if not line:
                raise ConnectionError(f"branchlite mcp ended with status {self._process.wait(timeout=30)}")
            message = json.loads(line)
            if "id" in message:
                answers[message["id"]] = message
        return [answers[first + index] for index in range(len(lines))]

    def calls(self, wanted):
        """Runs tool calls `(name, arguments)` in order; each answer is its structured result or a `Refused`."""
        answers = []
        for message in self._exchange([("tools/call", {"name": name, "arguments": arguments}) for name, arguments in wanted]):
            if "error" in message:
                answers.append(Refused({"code": "JSON-RPC", "message": str(message["error"])}))
            elif message["result"]["isError"]:
                answers.append(Refused(message["result"]["structuredContent"]["error"]))
            else:
                answers.append(message["result"]["structuredContent"])
        return answers

    def call(self, name, **arguments):
        answer = self.calls([(name, arguments)])[0]
        if isinstance(answer, Refused):
            raise answer
        return answer

    def sql(self, text):
        return self.call("query", sql=text, max_rows=100_000)
