"""HatiData's published Python client and its MCP server, unmodified, against the PostgreSQL door."""
import asyncio
import datetime
import decimal
import json
import pathlib
import sys

import psycopg2
import pytest

pytest.importorskip("hatidata_agent")
from hatidata_agent import HatiDataAgent
from hatidata_agent.client import HybridSQLError
from hatidata_agent.langchain import HatiDataSQLDatabase
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from conftest import Server

MCP_SERVER = pathlib.Path(sys.executable).with_name("hatidata-mcp-server")

SETUP = """
    CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, balance DECIMAL(10,2));
    INSERT INTO users VALUES (1, 'Ada', 10.50), (2, 'Bob', 20.00);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total DOUBLE);
    INSERT INTO orders VALUES (1, 1, 9.5)
"""


@pytest.fixture
def agent(server):
    with HatiDataAgent(host="127.0.0.1", port=server.pg_port, agent_id="analyst-1", framework="langchain", priority="high") as connected:
        connected.execute(SETUP)
        yield connected


def test_start_up_options_are_recorded(agent):
    assert agent.query("SHOW hatidata_agent_id") == [{"hatidata_agent_id": "analyst-1"}]
    assert agent.query("SHOW hatidata_framework") == [{"hatidata_framework": "langchain"}]
    assert agent.query("SHOW hatidata_priority") == [{"hatidata_priority": "high"}]
    assert agent.query("SHOW application_name") == [{"application_name": "hatidata-agent/langchain"}]
    # "hatidata", the client's default database, is main.
    assert agent.query("SELECT current_branch() AS branch") == [{"branch": "main"}]


def test_query_and_execute(agent):
    assert agent.query("SELECT id, name, balance FROM users ORDER BY id") == [
        {"id": 1, "name": "Ada", "balance": decimal.Decimal("10.50")}, {"id": 2, "name": "Bob", "balance": decimal.Decimal("20.00")}]
    assert agent.query("SELECT name FROM users WHERE id = %s AND balance > %s", (2, decimal.Decimal("1.5"))) == [{"name": "Bob"}]
    assert agent.execute("INSERT INTO users VALUES (%s, %s, %s), (%s, %s, %s)", (3, "O'Hara", None, 4, "Zoë % \\", decimal.Decimal("0.01"))) == 2
    assert agent.query("SELECT name, balance FROM users WHERE id > 2 ORDER BY id") == [
        {"name": "O'Hara", "balance": None}, {"name": "Zoë % \\", "balance": decimal.Decimal("0.01")}]
    assert agent.execute("UPDATE users SET balance = 0 WHERE id > %s", (1,)) == 3
    assert agent.execute("DELETE FROM users WHERE id > 2") == 2
    assert agent.query("CREATE TABLE notes (at TIMESTAMP, day DATE, ok BOOLEAN)") == []
    moment = datetime.datetime(2024, 3, 1, 8, 30, 0, 123456)
    agent.execute("INSERT INTO notes VALUES (%s, %s, %s)", (moment, moment.date(), True))
    assert agent.query("SELECT * FROM notes") == [{"at": moment, "day": moment.date(), "ok": True}]
    with pytest.raises(psycopg2.errors.UndefinedTable):
        agent.query("SELECT * FROM nothing")
    # An error leaves the connection usable: it commits each statement by itself.
    assert agent.query("SELECT count(*) AS n FROM users", request_id="req-1") == [{"n": 2}]
    assert agent.query("SHOW hatidata_request_id") == [{"hatidata_request_id": "req-1"}]


def test_reasoning_chain(agent):
    with agent.reasoning_chain("req-7", parent_request_id="req-6") as chain:
        assert {"table_name": "users"} in chain.query("SELECT table_name FROM information_schema.tables")
        assert chain.query("SHOW hatidata_reasoning_step", step=5) == [{"hatidata_reasoning_step": "5"}]
        assert chain.query("SHOW hatidata_reasoning_step") == [{"hatidata_reasoning_step": "6"}]
        assert chain.query("SHOW hatidata_request_id") == [{"hatidata_request_id": "req-7"}]
        assert chain.query("SHOW hatidata_parent_request_id") == [{"hatidata_parent_request_id": "req-6"}]
    assert agent.query("SHOW hatidata_request_id") == [{"hatidata_request_id": ""}]


def test_memory(agent):
    first = agent.store_memory("The sky is blue", metadata={"source": "window"}, importance=0.9)
    second = agent.store_memory("Grass isn't blue", memory_type="observation", importance=0.2)
    found = agent.search_memory("BLUE sky")
    assert [row["memory_id"] for row in found] == [first, second]
    assert found[0]["agent_id"] == "analyst-1" and json.loads(found[0]["metadata"]) == {"source": "window"}
    # The default of the column is DuckDB's strftime(now(), …).
    created = datetime.datetime.strptime(found[0]["created_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    assert abs((datetime.datetime.now(datetime.timezone.utc) - created).total_seconds()) < 60
    assert [row["memory_id"] for row in agent.search_memory("blue", memory_type="observation")] == [second]
    assert [row["memory_id"] for row in agent.search_memory("blue", min_importance=0.5, top_k=1)] == [first]
    assert agent.delete_memory(first) is True
    assert agent.delete_memory(first) is False
    assert [row["memory_id"] for row in agent.search_memory("blue")] == [second]


def test_state(agent):
    assert agent.get_state("plan") is None
    # The client's own set_state does not reach any server: psycopg2 takes the %Y of its strftime for a placeholder.
    with pytest.raises(IndexError):
        agent.set_state("plan", {"step": 1})
    # Its statement, with the percent signs doubled as psycopg2 wants them.
    upsert = (
        'INSERT INTO "_hatidata_memory_local".agent_state (agent_id, key, value) VALUES (%s, %s, %s) ON CONFLICT (agent_id, key) DO UPDATE '
        'SET value = EXCLUDED.value, version = "_hatidata_memory_local".agent_state.version + 1, '
        "updated_at = strftime(now(), '%%Y-%%m-%%dT%%H:%%M:%%SZ')")
    for step in (1, 2):
        assert agent.execute(upsert, ("analyst-1", "plan", json.dumps({"step": step}))) == 1
    assert agent.get_state("plan") == {"step": 2}
    assert agent.query('SELECT version FROM "_hatidata_memory_local".agent_state') == [{"version": 2}]


def test_hybrid_sql_needs_their_cloud(agent, monkeypatch):
    monkeypatch.setattr(agent, "cloud_key", None)
    with pytest.raises(HybridSQLError):
        agent.query("SELECT * FROM users WHERE semantic_match(name, 'x')")


def test_langchain_database(agent, server):
    database = HatiDataSQLDatabase(host="127.0.0.1", port=server.pg_port, include_tables=["users", "orders"])
    assert database.get_usable_table_names() == ["orders", "users"]
    assert database.run("SELECT name FROM users WHERE id = 1") == "[{'name': 'Ada'}]"
    assert database.run("SELECT name FROM users ORDER BY id", fetch="one") == "{'name': 'Ada'}"
    assert database.run_no_throw("SELECT * FROM nothing").startswith("Error:")
    info = database.get_table_info(["users"])
    assert "id INTEGER NOT NULL" in info and "balance DECIMAL(10,2)" in info and "1\tAda\t10.50" in info
    assert "CREATE TABLE orders" in database.table_info
    assert database.get_table_info_no_throw(["users"]) == info
    database._agent.close()


class Tools:
    """The tools of their MCP server, called over stdio."""

    def __init__(self, session):
        self.session = session

    async def text(self, tool, /, **arguments):
        result = await self.session.call_tool(tool, arguments)
        return result.content[0].text, bool(getattr(result, "is_error", None) or getattr(result, "isError", None))

    async def __call__(self, tool, /, **arguments):
        text, failed = await self.text(tool, **arguments)
        assert not failed, f"{tool}: {text}"
        return json.loads(text)


def drive(server, scenario, env=None):
    """Starts their server against ours and runs a scenario with its tools."""

    async def main():
        parameters = StdioServerParameters(
            command=str(MCP_SERVER), args=["--host", "127.0.0.1", "--port", str(server.pg_port), "--agent-id", "mcp-1"], env=env)
        async with stdio_client(parameters) as (reading, writing), ClientSession(reading, writing) as session:
            await session.initialize()
            await scenario(Tools(session), session)

    asyncio.run(main())


def test_all_tools_are_driven(agent, server):
    async def scenario(tools, session):
        listed = {tool.name for tool in (await session.list_tools()).tools}
        assert listed == {
            "query", "read_query", "list_schemas", "list_tables", "describe_table", "get_usage_stats", "store_memory", "search_memory", "get_agent_state",
            "set_agent_state", "delete_memory", "log_reasoning_step", "replay_decision", "get_session_history", "register_trigger", "list_triggers",
            "delete_trigger", "test_trigger", "branch_create", "branch_query", "branch_merge", "branch_discard", "branch_list"}

    drive(server, scenario)


def test_sql_tools(agent, server):
    async def scenario(tools, session):
        assert await tools("query", sql="SELECT id, name FROM users ORDER BY id") == [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]
        assert await tools("query", sql="INSERT INTO orders VALUES (2, 2, 1.25)") == []
        assert await tools("read_query", sql="SELECT sum(total) AS s FROM orders;") == [{"s": 10.75}]
        text, failed = await tools.text("read_query", sql="DELETE FROM orders")
        assert failed and text.startswith("Error:")
        assert await tools("list_schemas") == ["information_schema", "main", "pg_catalog"]
        expected = [{"table_schema": "main", "table_name": name, "table_type": "BASE TABLE"} for name in ("orders", "users")]
        assert await tools("list_tables") == expected
        assert await tools("list_tables", schema="main") == expected
        assert await tools("list_tables", schema="elsewhere") == []
        assert await tools("describe_table", table_name="users") == [
            {"column_name": "id", "data_type": "INTEGER", "is_nullable": "NO"}, {"column_name": "name", "data_type": "VARCHAR", "is_nullable": "NO"},
            {"column_name": "balance", "data_type": "DECIMAL(10,2)", "is_nullable": "YES"}]
        await tools("query", sql="INSERT INTO users VALUES (3, 'Cyd', 1)")
        assert await tools("get_usage_stats") == [
            {"table_schema": "main", "table_name": "users", "estimated_size": 3, "column_count": 3},
            {"table_schema": "main", "table_name": "orders", "estimated_size": 2, "column_count": 3}]

    drive(server, scenario)


def test_memory_tools(agent, server):
    async def scenario(tools, session):
        stored = (await tools("store_memory", content="Deploys happen on Fridays", memory_type="fact", metadata={"by": "ops"}, importance=0.8))["memory_id"]
        found = await tools("search_memory", query="when are deploys", top_k=3, memory_type="fact", min_importance=0.5)
        assert [(row["memory_id"], row["content"], row["agent_id"]) for row in found] == [(stored, "Deploys happen on Fridays", "mcp-1")]
        assert await tools("get_agent_state", key="cursor") == {"key": "cursor", "value": None}
        # As in test_state: their statement never leaves their program.
        text, failed = await tools.text("set_agent_state", key="cursor", value={"page": 2})
        assert failed and "index out of range" in text
        await tools("query", sql="""INSERT INTO "_hatidata_memory_local".agent_state (agent_id, key, value) VALUES ('mcp-1', 'cursor', '{"page": 2}')""")
        assert await tools("get_agent_state", key="cursor") == {"key": "cursor", "value": {"page": 2}}
        assert await tools("delete_memory", memory_id=stored) == {"deleted": True, "memory_id": stored}
        assert await tools("delete_memory", memory_id=stored) == {"deleted": False, "memory_id": stored}

    drive(server, scenario)


def test_chain_of_thought_tools(agent, server):
    async def scenario(tools, session):
        steps = [("observation", "sales fell in May"), ("hypothesis", "it's the price"), ("decision", "lower it")]
        for kind, content in steps:
            await tools("log_reasoning_step", session_id="s-1", step_type=kind, content=content, metadata={"k": kind}, importance=0.7)
        await tools("log_reasoning_step", session_id="s-2", content="alone")
        replay = await tools("replay_decision", session_id="s-1", verify_chain=True)
        assert replay["step_count"] == 3 and replay["chain_valid"] is True
        assert [(row["step_number"], row["step_type"], row["content"]) for row in replay["steps"]] == [(n, *step) for n, step in enumerate(steps)]
        assert replay["steps"][0]["has_embedding"] is False and replay["steps"][0]["token_count"] == 0
        history = await tools("get_session_history", limit=10, agent_id="mcp-1", since="2020-01-01")
        assert {(row["session_id"], row["step_count"]) for row in history} == {("s-1", 3), ("s-2", 1)}
        assert await tools("get_session_history", agent_id="somebody") == []
        await tools("query", sql="""UPDATE "_hatidata_cot_local".agent_traces SET content = 'raise it' WHERE step_type = 'decision'""")
        assert (await tools("replay_decision", session_id="s-1", verify_chain=True))["chain_valid"] is False

    drive(server, scenario)


def test_trigger_tools(agent, server):
    async def scenario(tools, session):
        made = (await tools("register_trigger", name="spend", concept="unusual spending", threshold=0.5, action_type="webhook", action_config={"url": "http://localhost/x"}))["trigger_id"]
        rows = await tools("list_triggers", status="active")
        assert [(row["trigger_id"], row["enabled"], row["cooldown_ms"], json.loads(row["action_config"])) for row in rows] == [
            (made, True, 60000, {"url": "http://localhost/x"})]
        assert (await tools("test_trigger", trigger_id=made, content="Unusual SPENDING on cards"))["matched"] is True
        assert (await tools("test_trigger", trigger_id=made, content="nothing"))["matched"] is False
        assert (await tools("test_trigger", trigger_id="missing", content="x"))["error"] == "Trigger not found"
        assert await tools("delete_trigger", trigger_id=made) == {"deleted": True, "trigger_id": made}
        assert await tools("list_triggers", status="active") == []
        assert [row["trigger_id"] for row in await tools("list_triggers", status="inactive")] == [made]

    drive(server, scenario)


def test_branch_tools(agent, server):
    users = "SELECT id, name FROM users ORDER BY id"
    main = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]

    async def scenario(tools, session):
        made = await tools("branch_create", name="try", description="an experiment", ttl_seconds=600)
        branch = made["branch_id"]
        assert made == {"branch_id": branch, "schema_name": f"branch_{branch}", "name": "try", "table_count": 2}
        assert await tools("branch_query", branch_id=branch, sql=users) == main
        # Everything is still main's.
        assert await tools("branch_list") == [{"branch_id": branch, "schema_name": f"branch_{branch}", "materialized_tables": 0, "views": 2}]
        # The write that fails in the client's local mode: the table becomes the branch's own.
        assert await tools("branch_query", branch_id=branch, sql="INSERT INTO users VALUES (3, 'Cyd', 5)") == []
        assert await tools("branch_query", branch_id=branch, sql="UPDATE users SET name = 'Adele' WHERE id = 1") == []
        assert await tools("branch_query", branch_id=branch, sql=users) == [{"id": 1, "name": "Adele"}, {"id": 2, "name": "Bob"}, {"id": 3, "name": "Cyd"}]
        assert await tools("branch_list") == [{"branch_id": branch, "schema_name": f"branch_{branch}", "materialized_tables": 1, "views": 1}]
        assert await tools("list_tables", schema=f"branch_{branch}") == [
            {"table_schema": f"branch_{branch}", "table_name": "orders", "table_type": "VIEW"},
            {"table_schema": f"branch_{branch}", "table_name": "users", "table_type": "BASE TABLE"}]
        assert await tools("query", sql=users) == main
        # Main, after a query on a branch that failed.
        text, failed = await tools.text("branch_query", branch_id=branch, sql="SELECT * FROM nothing")
        assert failed and "nothing" in text
        assert await tools("query", sql="SELECT current_branch() AS b") == [{"b": "main"}]

        other = (await tools("branch_create", name="other"))["branch_id"]
        await tools("branch_query", branch_id=other, sql="DELETE FROM users")
        await tools("branch_query", branch_id=other, sql="CREATE TABLE ideas (t VARCHAR)")
        dropped = (await tools("branch_create", name="dropped"))["branch_id"]
        await tools("branch_query", branch_id=dropped, sql="DELETE FROM orders")
        assert {(row["branch_id"], row["materialized_tables"], row["views"]) for row in await tools("branch_list")} == {
            (branch, 1, 1), (other, 2, 1), (dropped, 1, 1)}
        assert await tools("branch_query", branch_id=dropped, sql="SELECT count(*) AS n FROM orders") == [{"n": 0}]
        assert await tools("query", sql="SELECT count(*) AS n FROM orders") == [{"n": 1}]

        assert await tools("branch_discard", branch_id=dropped) == {"discarded": True, "branch_id": dropped}
        assert await tools("branch_discard", branch_id=dropped) == {"discarded": True, "branch_id": dropped}
        # main_wins keeps main as it is, branch_wins puts the branch's own tables in the place of main's.
        assert await tools("branch_merge", branch_id=other, strategy="main_wins") == {"branch_id": other, "merged": 0, "status": "completed"}
        assert await tools("query", sql=users) == main
        assert await tools("branch_merge", branch_id=branch, strategy="branch_wins") == {"branch_id": branch, "merged": 1, "status": "completed"}
        assert await tools("query", sql=users) == [{"id": 1, "name": "Adele"}, {"id": 2, "name": "Bob"}, {"id": 3, "name": "Cyd"}]
        assert await tools("query", sql="SELECT * FROM orders") == [{"id": 1, "user_id": 1, "total": 9.5}]
        assert await tools("branch_list") == []
        text, failed = await tools.text("branch_query", branch_id=branch, sql=users)
        assert failed and branch in text

    drive(server, scenario)
    # The default strategy is branch_wins, and a table that only the branch has goes along.
    async def by_default(tools, session):
        branch = (await tools("branch_create"))["branch_id"]
        await tools("branch_query", branch_id=branch, sql="CREATE TABLE ideas AS SELECT 'x' AS t")
        assert (await tools("branch_merge", branch_id=branch))["merged"] == 1
        assert await tools("query", sql="SELECT t FROM ideas") == [{"t": "x"}]

    drive(server, by_default)
    names = {row["name"] for row in agent.query("SELECT name FROM branches()")}
    assert names == {"main"}


def test_their_branches_are_ours(agent, server):
    """A branch of their tools is a branch for every other client, and ours are in their list."""
    agent.execute("CREATE BRANCH plan")

    async def scenario(tools, session):
        listed = await tools("branch_list")
        assert [(row["materialized_tables"], row["views"]) for row in listed] == [(2, 0)]
        assert await tools("branch_query", branch_id=listed[0]["branch_id"], sql="SELECT current_branch() AS b") == [{"b": "plan"}]
        branch = (await tools("branch_create", name="theirs"))["branch_id"]
        await tools("branch_query", branch_id=branch, sql="INSERT INTO orders VALUES (7, 7, 7)")
        with HatiDataAgent(host="127.0.0.1", port=server.pg_port, database=f"branch_{branch}") as there:
            assert there.query("SELECT id FROM orders ORDER BY id") == [{"id": 1}, {"id": 7}]
        report = agent.query(f"MERGE BRANCH branch_{branch} INTO main")
        assert report and agent.query("SELECT id FROM orders ORDER BY id") == [{"id": 1}, {"id": 7}]

    drive(server, scenario)


def test_an_api_key_is_the_password(store):
    """Outside development mode the server asks for a key, which their clients send as the password."""
    key = "hd_live_0123456789abcdefghijkl"
    running = Server(store, env={"HATIDATA_DEV_MODE": "false", "BRANCHLITE_API_KEYS": key})
    try:
        with pytest.raises(psycopg2.OperationalError):
            HatiDataAgent(host="127.0.0.1", port=running.pg_port).query("SELECT 1 AS one")
        with pytest.raises(psycopg2.OperationalError):
            HatiDataAgent(host="127.0.0.1", port=running.pg_port, password="hd_live_of_somebody_else_1").query("SELECT 1 AS one")
        with HatiDataAgent(host="127.0.0.1", port=running.pg_port, password=key) as agent:
            assert agent.query("SELECT 1 AS one") == [{"one": 1}]

        async def scenario(tools, session):
            assert await tools("query", sql="SELECT 2 AS two") == [{"two": 2}]

        drive(running, scenario, env={"HATIDATA_API_KEY": key})
    finally:
        running.stop()
