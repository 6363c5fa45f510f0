"""End-to-end tests of the MCP doors with the official Python SDK (PyPI `mcp`).

They start the real binary on a free loopback port and a temporary store, and stop it by its own process id:

    BRANCHLITE_BINARY=.build-release/branchlite python3 -m pytest Tests/e2e/test_mcp.py
"""

import asyncio
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import asynccontextmanager

from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client

try:
    from mcp.client.streamable_http import streamable_http_client
except ImportError:  # version 1 of the SDK
    from mcp.client.streamable_http import streamablehttp_client as streamable_http_client

try:
    from mcp import Client
except ImportError:  # version 1 of the SDK
    Client = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BRANCHLITE_BINARY", str(ROOT / ".build-release" / "branchlite"))
START_SECONDS = 30
STOP_SECONDS = 30


def environment(**extra):
    """This process's environment without settings of a user's own store."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BRANCHLITE_", "HATIDATA_", "BRANCH_ISOLATION"))}
    # Any free port: tests run beside each other and beside a server that a user has.
    kept["BRANCHLITE_PG_LISTEN"] = "127.0.0.1:0"
    kept.update({k: str(v) for k, v in extra.items()})
    return kept


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server; its process is ended at the end whatever happens."""

    def __init__(self, store, **settings):
        self.store = store
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [BINARY, "serve"],
            env=environment(BRANCHLITE_STORE=store, BRANCHLITE_HTTP_LISTEN=f"127.0.0.1:{self.port}", **settings),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/mcp"

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def wait(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.output()}")
            try:
                if self.request("GET", "/health")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.output()}")

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())
        finally:
            connection.close()

    def call(self, tool, arguments, headers=None):
        """A bare tools/call, as HatiData's clients send it."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
        status, data, _ = self.request(
            "POST", "/mcp", body, {"Content-Type": "application/json", "Accept": "*/*", "Authorization": "ApiKey dev", **(headers or {})}
        )
        assert status == 200, (status, data)
        result = json.loads(data)["result"]
        return result["structuredContent"], result["isError"]

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not stop:\n{self.output()}")

    def __enter__(self):
        return self.wait()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


def structured(result):
    return getattr(result, "structured_content", None) or getattr(result, "structuredContent", None)


def is_error(result):
    flag = getattr(result, "is_error", None)
    return flag if flag is not None else getattr(result, "isError")


def text(result):
    return json.loads(result.content[0].text)


@asynccontextmanager
async def over_http(url):
    async with streamable_http_client(url) as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            await session.initialize()
            yield session


@asynccontextmanager
async def over_sse(url):
    async with sse_client(url + "/sse") as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            await session.initialize()
            yield session


@asynccontextmanager
async def over_stdio(store):
    parameters = StdioServerParameters(command=BINARY, args=["mcp"], env=environment(BRANCHLITE_STORE=store))
    async with stdio_client(parameters) as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            await session.initialize()
            yield session


class Case(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="branchlite-e2e-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.store = os.path.join(directory.name, "store.db")

    async def ok(self, session, tool, arguments=None):
        result = await session.call_tool(tool, arguments or {})
        self.assertFalse(is_error(result), f"{tool} {arguments}: {result.content}")
        return result

    async def fails(self, session, tool, arguments, code):
        result = await session.call_tool(tool, arguments)
        self.assertTrue(is_error(result), f"{tool} {arguments} should fail")
        error = structured(result)["error"]
        self.assertEqual(error["code"], code, error)
        self.assertEqual(text(result)["error"], error)
        return error

    async def workflow(self, session):
        """The main job: branch, change, compare, merge."""
        tools = {tool.name for tool in (await session.list_tools()).tools}
        for name in ("branch_create", "switch_branch", "query", "diff_branch", "branch_merge", "shadow_query", "run_sql"):
            self.assertIn(name, tools)
        await self.ok(session, "query", {"sql": "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR, score DOUBLE)"})
        await self.ok(session, "query", {"sql": "INSERT INTO users VALUES (1, 'Ada', 1.5), (2, 'Bob', 2), (3, 'Cyd', NULL)"})
        created = structured(await self.ok(session, "branch_create", {"name": "work", "from": "main", "description": "test"}))
        self.assertEqual(created["schema_name"], "branch_" + created["branch_id"])
        switched = structured(await self.ok(session, "switch_branch", {"name": "work"}))
        self.assertEqual(switched, {"branch": "work", "previous": "main"})
        await self.ok(session, "query", {"sql": "ALTER TABLE users ADD COLUMN last_login TIMESTAMP"})
        update = structured(await self.ok(session, "query", {"sql": "UPDATE users SET last_login = TIMESTAMP '2024-05-06 07:08:09' WHERE id = ?", "params": [2]}))
        self.assertEqual(update["rows_affected"], 1)
        rows = await self.ok(session, "query", {"sql": "SELECT id, name, last_login FROM users ORDER BY id"})
        self.assertEqual(
            text(rows),
            [
                {"id": 1, "name": "Ada", "last_login": None},
                {"id": 2, "name": "Bob", "last_login": "2024-05-06 07:08:09"},
                {"id": 3, "name": "Cyd", "last_login": None},
            ],
        )
        self.assertEqual([c["type"] for c in structured(rows)["columns"]][1:], ["VARCHAR", "TIMESTAMP"])
        self.assertEqual(structured(rows)["branch"], "work")
        main = text(await self.ok(session, "describe_table", {"table_name": "users", "branch": "main"}))
        self.assertNotIn("last_login", [column["column_name"] for column in main])
        diff = structured(await self.ok(session, "diff_branch", {"branch": "work", "detail": "rows"}))
        self.assertTrue(diff["schema"] or diff["tables"])
        shadow = structured(await self.ok(session, "shadow_query", {"sql": "SELECT count(*) AS n FROM users", "branches": ["main", "work"]}))
        self.assertTrue(shadow["comparison"]["all_equal"])
        merged = structured(await self.ok(session, "branch_merge", {"branch": "work"}))
        self.assertEqual(merged["status"], "merged")
        await self.ok(session, "switch_branch", {"name": "main"})
        rows = text(await self.ok(session, "read_query", {"sql": "SELECT count(last_login) AS n FROM users"}))
        self.assertEqual(rows, [{"n": 1}])
        discarded = structured(await self.ok(session, "branch_discard", {"branch": "work"}))
        self.assertTrue(discarded["discarded"])

    async def bad_input(self, session):
        error = await self.fails(session, "branch_create", {"nme": "x"}, "BL_UNKNOWN_ARGUMENT")
        self.assertEqual(error["hint"], "did you mean 'name'?")
        await self.fails(session, "query", {"sql": 5}, "BL_BAD_ARGUMENT")
        for name in ("", "x" * 300, 'a"b', "main", "a;DROP TABLE users", "pg_x"):
            result = await session.call_tool("branch_create", {"name": name})
            self.assertTrue(is_error(result), f"a branch was named {name!r}")
        result = await session.call_tool("switch_branch", {"name": "no-such-branch"})
        self.assertTrue(is_error(result))
        result = await session.call_tool("query", {"sql": "SELEC 1"})
        self.assertTrue(is_error(result))
        self.assertRegex(json.dumps(structured(result)), r'line 1|"line": 1')
        result = await session.call_tool("query", {"sql": "SELECT " + "(" * 10000 + "1" + ")" * 10000})
        self.assertTrue(is_error(result))
        result = await session.call_tool("read_query", {"sql": "CREATE TABLE nope (a INTEGER)"})
        self.assertTrue(is_error(result))
        rows = text(await self.ok(session, "query", {"sql": "SELECT 1 AS one"}))
        self.assertEqual(rows, [{"one": 1}])


class HTTPDoor(Case):
    def test_main_job_over_every_transport(self):
        async def run(server):
            async with over_http(server.url) as session:
                await self.workflow(session)
                await self.bad_input(session)

        async def run_sse(server):
            async with over_sse(server.url) as session:
                await self.workflow(session)
                await self.bad_input(session)

        with Server(self.store) as server:
            asyncio.run(run(server))
            self.assertEqual(server.stop(), 0, server.output())
        self.store += "2"
        with Server(self.store) as server:
            asyncio.run(run_sse(server))
            self.assertEqual(server.stop(), 0, server.output())

    def test_sessions_have_their_own_branch(self):
        async def run(server):
            async with over_http(server.url) as one, over_http(server.url) as two:
                await self.ok(one, "query", {"sql": "CREATE TABLE t (id INTEGER PRIMARY KEY)"})
                await self.ok(one, "branch_create", {"name": "a"})
                await self.ok(one, "switch_branch", {"name": "a"})
                await self.ok(one, "query", {"sql": "INSERT INTO t VALUES (1)"})
                self.assertEqual(text(await self.ok(two, "query", {"sql": "SELECT count(*) AS n FROM t"})), [{"n": 0}])
                branches = {b["name"]: b for b in text(await self.ok(two, "branch_list"))}
                self.assertEqual(branches["a"]["sessions"], 1)
                result = await two.call_tool("branch_discard", {"branch": "a"})
                self.assertTrue(is_error(result), "a branch in use was discarded without force")
                await self.ok(two, "branch_discard", {"branch": "a", "force": True})
                await self.fails(one, "query", {"sql": "SELECT 1"}, "BL_BRANCH_GONE")
                await self.ok(one, "switch_branch", {"name": "main"})
                await self.ok(one, "query", {"sql": "SELECT 1"})

        with Server(self.store) as server:
            asyncio.run(run(server))

    def test_conflicts_are_reported_and_resolved(self):
        async def run(server):
            async with over_http(server.url) as session:
                await self.ok(session, "query", {"sql": "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR)"})
                await self.ok(session, "query", {"sql": "INSERT INTO t VALUES (1, 'base'), (2, 'base')"})
                await self.ok(session, "branch_create", {"name": "b"})
                await self.ok(session, "query", {"sql": "UPDATE t SET v = 'branch'", "branch": "b"})
                await self.ok(session, "query", {"sql": "UPDATE t SET v = 'main' WHERE id = 1"})
                preview = structured(await self.ok(session, "branch_conflicts", {"branch": "b"}))
                manual = structured(await self.ok(session, "branch_merge", {"branch": "b", "strategy": "manual"}))
                self.assertEqual(manual["status"], "conflicts")
                self.assertEqual([c["id"] for c in preview["conflicts"]], [c["id"] for c in manual["conflicts"]])
                self.assertEqual(len(manual["conflicts"]), 1)
                conflict = manual["conflicts"][0]
                self.assertEqual((conflict["table"], conflict["base"]["v"], conflict["branch"]["v"], conflict["target"]["v"]), ("t", "base", "branch", "main"))
                self.assertEqual(text(await self.ok(session, "query", {"sql": "SELECT v FROM t ORDER BY id"})), [{"v": "main"}, {"v": "base"}])
                resolution = {"conflict_id": conflict["id"], "take": "value", "value": {"v": "both"}}
                merged = structured(await self.ok(session, "branch_merge", {"branch": "b", "strategy": "manual", "resolutions": [resolution]}))
                self.assertEqual(merged["status"], "merged", merged)
                self.assertEqual(text(await self.ok(session, "query", {"sql": "SELECT v FROM t ORDER BY id"})), [{"v": "both"}, {"v": "branch"}])
                again = structured(await self.ok(session, "branch_merge", {"branch": "b"}))
                self.assertEqual(again["status"], "up_to_date")
                await self.fails(session, "branch_merge", {"branch": "main"}, "BL_MERGE_INTO_ITSELF")

        with Server(self.store) as server:
            asyncio.run(run(server))

    @unittest.skipIf(Client is None, "the SDK has no Client")
    def test_the_newest_client_finds_a_version_to_speak(self):
        async def run(server):
            async with Client(server.url) as client:
                rows = text(await client.call_tool("query", {"sql": "SELECT 1 AS a"}))
                self.assertEqual(rows, [{"a": 1}])

        with Server(self.store) as server:
            asyncio.run(run(server))

    def test_resources_and_prompts(self):
        async def run(server):
            async with over_http(server.url) as session:
                await self.ok(session, "query", {"sql": "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR)"})
                await self.ok(session, "branch_create", {"name": "r"})
                resources = await session.list_resources()
                self.assertEqual(str(resources.resources[0].uri), "branchlite://branches")
                for uri in ("branchlite://branches", "branchlite://branches/r/schema", "branchlite://branches/r/diff"):
                    content = await session.read_resource(uri)
                    json.loads(content.contents[0].text)
                prompts = await session.list_prompts()
                self.assertEqual(len(prompts.prompts), 4)
                prompt = await session.get_prompt("query_optimization", {"sql": "SELECT 1"})
                self.assertIn("SELECT 1", prompt.messages[0].content.text)

        with Server(self.store) as server:
            asyncio.run(run(server))

    def test_progress_and_cancellation(self):
        slow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2000000000) SELECT count(*) FROM c"
        seen = []

        async def progress(done, total, message):
            seen.append(done)

        async def run(server):
            async with over_http(server.url) as session:
                start = time.monotonic()
                result = await session.call_tool("query", {"sql": slow, "timeout_ms": 2500}, progress_callback=progress)
                self.assertTrue(is_error(result))
                self.assertLess(time.monotonic() - start, 20)
                self.assertGreaterEqual(len(seen), 1)
                task = asyncio.create_task(session.call_tool("query", {"sql": slow, "timeout_ms": 60000}))
                await asyncio.sleep(1)
                task.cancel()
                start = time.monotonic()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                # The cancelled statement no longer holds the session.
                await self.ok(session, "query", {"sql": "SELECT 1"})
                self.assertLess(time.monotonic() - start, 20)

        with Server(self.store) as server:
            asyncio.run(run(server))

    def test_bare_calls_share_a_session_per_agent(self):
        with Server(self.store) as server:
            one, two = {"X-Agent-Id": "one"}, {"X-Agent-Id": "two"}
            server.call("query", {"sql": "CREATE TABLE t (id INTEGER)"}, one)
            server.call("branch_create", {"name": "a"}, one)
            self.assertEqual(server.call("switch_branch", {"name": "a"}, one)[0]["branch"], "a")
            self.assertEqual(server.call("query", {"sql": "SELECT 1"}, one)[0]["branch"], "a")
            self.assertEqual(server.call("query", {"sql": "SELECT 1"}, two)[0]["branch"], "main")
            branches = server.call("branch_list", {}, two)[0]["branches"]
            self.assertEqual([b["agent_id"] for b in branches if b["name"] == "a"], ["one"])

    def test_a_web_page_cannot_reach_it(self):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        good = {"Content-Type": "application/json"}
        with Server(self.store) as server:
            self.assertEqual(server.request("POST", "/mcp", body, good)[0], 200)
            self.assertEqual(server.request("POST", "/mcp", body, {"Content-Type": "text/plain"})[0], 415)
            self.assertEqual(server.request("POST", "/mcp", body, {**good, "Origin": "http://evil.example"})[0], 403)
            self.assertEqual(server.request("POST", "/mcp", body, {**good, "Host": f"evil.example:{server.port}"})[0], 403)
            self.assertEqual(server.request("POST", "/mcp", body, {**good, "Host": "127.0.0.1:1"})[0], 403)
            self.assertEqual(server.request("POST", "/mcp", body, {**good, "Origin": f"http://localhost:{server.port}"})[0], 200)

    def test_twenty_megabytes_get_an_answer(self):
        with Server(self.store) as server:
            _, failed = server.call("query", {"sql": "SELECT length('" + "x" * 20_000_000 + "') AS n"})
            self.assertIn(failed, (True, False))
            self.assertEqual(server.call("query", {"sql": "SELECT 1 AS a"})[0]["rows"], [[1]])

    def test_keys(self):
        keys = "reader=reader-key-0123456789:read,agent=agent-key-0123456789"
        with Server(self.store, HATIDATA_DEV_MODE="false", BRANCHLITE_API_KEYS=keys) as server:
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
            self.assertEqual(server.request("POST", "/mcp", body, {"Content-Type": "application/json"})[0], 401)
            agent = {"Authorization": "ApiKey agent-key-0123456789"}
            reader = {"Authorization": "Bearer reader-key-0123456789"}
            self.assertFalse(server.call("query", {"sql": "CREATE TABLE t (id INTEGER)"}, agent)[1])
            self.assertEqual(server.call("query", {"sql": "INSERT INTO t VALUES (1)"}, reader)[0]["error"]["code"], "BL_SCOPE")
            self.assertEqual(server.call("query", {"sql": "SELECT count(*) FROM t"}, reader)[0]["rows"], [[0]])
            self.assertEqual(server.call("branch_create", {"name": "x"}, reader)[0]["error"]["code"], "BL_SCOPE")

    def test_unsafe_settings_are_refused(self):
        for settings in (
            {"BRANCHLITE_HTTP_LISTEN": f"0.0.0.0:{free_port()}"},
            {"BRANCHLITE_HTTP_LISTEN": f"127.0.0.1:{free_port()}", "HATIDATA_DEV_MODE": "false"},
        ):
            process = subprocess.run(
                [BINARY, "serve"], env=environment(BRANCHLITE_STORE=self.store, **settings), capture_output=True, timeout=START_SECONDS
            )
            self.assertNotEqual(process.returncode, 0)
            self.assertIn(b"HATIDATA_DEV_MODE", process.stderr)

    def test_a_killed_server_loses_nothing_acknowledged(self):
        with Server(self.store) as server:
            server.call("query", {"sql": "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR)"})
            for name in ("a", "b", "c"):
                server.call("branch_create", {"name": name})
            acknowledged = {"a": 0, "b": 0, "c": 0}
            for number in range(60):
                for name in acknowledged:
                    _, failed = server.call("query", {"sql": "INSERT INTO t VALUES (?, ?)", "params": [number, name], "branch": name})
                    self.assertFalse(failed)
                    acknowledged[name] += 1
            server.stop(signal.SIGKILL)
        with Server(self.store) as server:
            for name, count in acknowledged.items():
                self.assertEqual(server.call("query", {"sql": "SELECT count(*) FROM t", "branch": name})[0]["rows"], [[count]])
            self.assertEqual(server.stop(), 0)
        check = subprocess.run([BINARY, "check"], env=environment(BRANCHLITE_STORE=self.store), capture_output=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

    def test_stopping_lets_a_running_call_end(self):
        slow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000000) SELECT count(*) AS n FROM c"

        async def run(server):
            async with over_http(server.url) as session:
                task = asyncio.create_task(session.call_tool("query", {"sql": slow}))
                await asyncio.sleep(0.3)
                server.process.send_signal(signal.SIGTERM)
                result = await task
                self.assertFalse(is_error(result), result.content)
                self.assertEqual(text(result), [{"n": 3000000}])

        with Server(self.store) as server:
            try:
                asyncio.run(run(server))
            except* Exception as group:  # noqa: F841 the client may miss the goodbye of its own DELETE
                if group.split(AssertionError)[0]:
                    raise
            self.assertEqual(server.stop(), 0, server.output())


class StdioDoor(Case):
    def test_main_job(self):
        async def run():
            async with over_stdio(self.store) as session:
                await self.workflow(session)
                await self.bad_input(session)

        asyncio.run(run())

    def test_two_agents_on_one_store(self):
        async def run():
            async with over_stdio(self.store) as one:
                await self.ok(one, "query", {"sql": "CREATE TABLE t (id INTEGER PRIMARY KEY)"})
                async with over_stdio(self.store) as two:
                    await self.ok(two, "branch_create", {"name": "theirs"})
                    await self.ok(two, "query", {"sql": "INSERT INTO t VALUES (1)", "branch": "theirs"})
                    self.assertEqual(text(await self.ok(one, "query", {"sql": "SELECT count(*) AS n FROM t", "branch": "theirs"})), [{"n": 1}])
                    self.assertEqual(text(await self.ok(one, "query", {"sql": "SELECT count(*) AS n FROM t"})), [{"n": 0}])

        asyncio.run(run())

    def test_the_second_agent_takes_over(self):
        async def run():
            first = over_stdio(self.store)
            one = await first.__aenter__()
            await self.ok(one, "query", {"sql": "CREATE TABLE t (id INTEGER PRIMARY KEY)"})
            await self.ok(one, "branch_create", {"name": "b"})
            second = asyncio.create_task(self.stay(entered := asyncio.Event(), gone := asyncio.Event()))
            await entered.wait()
            await first.__aexit__(None, None, None)
            gone.set()
            await second

        asyncio.run(run())

    async def stay(self, entered, gone):
        async with over_stdio(self.store) as two:
            await self.ok(two, "switch_branch", {"name": "b"})
            entered.set()
            await gone.wait()
            # The call that meets the owner's end may fail; the next one works, on the branch the session was on.
            await two.call_tool("query", {"sql": "SELECT 1"})
            result = structured(await self.ok(two, "query", {"sql": "INSERT INTO t VALUES (1)"}))
            self.assertEqual(result["branch"], "b")
            async with over_stdio(self.store) as three:
                rows = text(await self.ok(three, "query", {"sql": "SELECT count(*) AS n FROM t", "branch": "b"}))
                self.assertEqual(rows, [{"n": 1}])

    def test_stdio_works_through_a_server(self):
        async def run(server):
            async with over_stdio(self.store) as session, over_http(server.url) as other:
                await self.ok(session, "query", {"sql": "CREATE TABLE t (d DECIMAL(10,2), b BLOB, n BIGINT)"})
                await self.ok(session, "query", {"sql": "INSERT INTO t VALUES (12.34, 'x'::BLOB, 9007199254740993)"})
                here = await self.ok(session, "query", {"sql": "SELECT * FROM t"})
                there = await self.ok(other, "query", {"sql": "SELECT * FROM t"})
                self.assertEqual(text(here), text(there))
                self.assertEqual(structured(here)["columns"], structured(there)["columns"])

        with Server(self.store) as server:
            asyncio.run(run(server))


if __name__ == "__main__":
    if not os.access(BINARY, os.X_OK):
        sys.exit(f"{BINARY} is not there; build it or set BRANCHLITE_BINARY")
    unittest.main()
