"""`query` tool round trip over MCP (streamable HTTP) on a kept-alive session: point SELECT."""
import json
import pathlib
import statistics
import sys
import time
import http.client

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "demo"))
from client import Client

port = int(sys.argv[1])
with Client(f"http://127.0.0.1:{port}/mcp") as client:
    client.query("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)")
    client.query("INSERT INTO t SELECT range, 'value ' || range FROM range(100000)")
    sdk = []
    for i in range(600):
        start = time.perf_counter()
        client.query(f"SELECT v FROM t WHERE id = {i * 151 % 100000}")
        sdk.append((time.perf_counter() - start) * 1e6)

# The same over a bare kept-alive connection: what the server takes, without the SDK's own time.
connection = http.client.HTTPConnection("127.0.0.1", port)
headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def call(body, extra={}):
    connection.request("POST", "/mcp", json.dumps(body), {**headers, **extra})
    answer = connection.getresponse()
    return answer, answer.read()


answer, _ = call({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}})
session = {"Mcp-Session-Id": answer.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-06-18"}
call({"jsonrpc": "2.0", "method": "notifications/initialized"}, session)
raw = []
for i in range(3000):
    start = time.perf_counter()
    answer, body = call({"jsonrpc": "2.0", "id": i + 1, "method": "tools/call", "params": {"name": "query", "arguments": {"sql": "SELECT v FROM t WHERE id = ?", "params": [i * 151 % 100000]}}}, session)
    raw.append((time.perf_counter() - start) * 1e6)
    assert answer.status == 200 and b"value" in body, body
p = lambda values, q: statistics.quantiles(values, n=100)[q - 1]
print(json.dumps({"raw_p50": p(raw, 50), "raw_p99": p(raw, 99), "sdk_p50": p(sdk, 50), "sdk_p99": p(sdk, 99)}))
