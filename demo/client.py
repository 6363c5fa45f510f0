"""A small synchronous client around the official MCP Python SDK.

The SDK is asynchronous; an agent's own code reads better when it is not. The client keeps one MCP session open on an
event loop in a background thread, so that `switch_branch` holds for every later call, and hands out plain Python values.
"""
import asyncio
import json
import threading
from contextlib import AsyncExitStack

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client


class ToolError(Exception):
    """A tool call that the server refused, with its stable code."""

    def __init__(self, code, message, hint=None, details=None):
        super().__init__(f"{code}: {message}" + (f" ({hint})" if hint else ""))
        self.code, self.message, self.hint, self.details = code, message, hint, details or {}


class Client:
    """`with Client(url) as client:` then `client.call_tool(name, arguments)` and `client.query(sql)`."""

    def __init__(self, url="http://127.0.0.1:5440/mcp", timeout_seconds=300):
        self.url, self.timeout = url, timeout_seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mcp-client", daemon=True)
        self._closing = None
        self._session = None

    def __enter__(self):
        self._thread.start()
        ready = threading.Event()
        failure = []
        self._runner = asyncio.run_coroutine_threadsafe(self._run(ready, failure), self._loop)
        ready.wait()
        if failure:
            self._stop()
            raise failure[0]
        return self

    def __exit__(self, *exc):
        self._loop.call_soon_threadsafe(self._closing.set)
        self._runner.result(timeout=30)
        self._stop()

    def _stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=30)

    async def _run(self, ready, failure):
        # The SDK's contexts must be entered and left in the same task: this one lives as long as the client.
        self._closing = asyncio.Event()
        try:
            async with AsyncExitStack() as stack:
                streams = await stack.enter_async_context(streamable_http_client(self.url))
                self._session = await stack.enter_async_context(
                    ClientSession(streams[0], streams[1], read_timeout_seconds=self.timeout)
                )
                await self._session.initialize()
                ready.set()
                await self._closing.wait()
        except BaseException as error:  # handed to the caller's thread
            if ready.is_set():
                raise
            failure.append(error)
            ready.set()

    def call_tool(self, name, arguments=None):
        """Calls a tool and returns its structured result; raises ToolError when the server reports one."""
        future = asyncio.run_coroutine_threadsafe(self._session.call_tool(name, arguments or {}), self._loop)
        result = future.result(timeout=self.timeout)
        text = "".join(part.text for part in result.content if getattr(part, "type", "") == "text")
        if result.is_error:
            try:
                error = json.loads(text)["error"]
            except (ValueError, KeyError, TypeError):
                raise ToolError("BL_PROTOCOL", text) from None
            raise ToolError(error.get("code"), error.get("message"), error.get("hint"), error.get("details"))
        return result.structured_content if result.structured_content is not None else json.loads(text)

    def query(self, sql, params=None, branch=None, max_rows=None):
        """Runs SQL on the session's branch (or on `branch`) and returns the rows as dictionaries."""
        result = self.run(sql, params, branch, max_rows)
        names = [column["name"] for column in result["columns"]]
        return [dict(zip(names, row)) for row in result["rows"]]

    def run(self, sql, params=None, branch=None, max_rows=None):
        """As `query`, with the whole structured result: columns, rows, rows_affected, elapsed_ms."""
        arguments = {"sql": sql}
        if params is not None:
            arguments["params"] = params
        if branch is not None:
            arguments["branch"] = branch
        if max_rows is not None:
            arguments["max_rows"] = max_rows
        return self.call_tool("query", arguments)
