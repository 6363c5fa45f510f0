"""Every command of README runs as it stands there."""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import threading

from conftest import BINARY, ROOT, Server, rows, run

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def shop(path):
    db = sqlite3.connect(path)
    db.executescript("CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL); INSERT INTO products VALUES (1, 'a', 10), (2, 'b', 20)")
    db.commit()
    db.close()


def test_command_line_examples(tmp_path):
    shop(tmp_path / "shop.sqlite")
    commands = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines() if line.startswith("branchlite ")]
    commands = [c for c in commands if c.split()[1] not in ("serve", "mcp")]
    assert len(commands) >= 10
    environment = {**os.environ, "PATH": f"{pathlib.Path(BINARY).parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
    for command in commands:
        if "broken.db" in command:
            shutil.copy(tmp_path / "branchlite.db", tmp_path / "broken.db")
        done = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert rows(tmp_path / "branchlite.db", "SELECT price FROM products WHERE id = 1") == [{"price": 9.0}]


def test_psql_examples(tmp_path):
    server = Server(tmp_path / "s.db")
    try:
        run("sql", "--store", server.store, "CREATE TABLE products (id BIGINT PRIMARY KEY, price DOUBLE); INSERT INTO products VALUES (1, 10)")
        commands = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines() if line.startswith("psql ")]
        assert len(commands) == 4
        for command in commands:
            command = command.replace("-p 5439", f"-U tester -p {server.pg_port}").replace("psql ", "psql -v ON_ERROR_STOP=1 ", 1)
            done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
        assert rows(server.store, "SELECT price FROM products") == [{"price": 11.0}]
    finally:
        server.stop()


def test_python_example(tmp_path):
    server = Server(tmp_path / "s.db")
    try:
        run("sql", "--store", server.store, "CREATE TABLE users (id BIGINT PRIMARY KEY); INSERT INTO users VALUES (1)")
        (example,) = blocks("python")
        done = subprocess.run([sys.executable, "-c", example.replace("http://127.0.0.1:5440/mcp", server.url)],
                              env={**os.environ, "PYTHONPATH": str(ROOT / "demo")}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert rows(server.store, "SELECT count(last_login) AS n FROM users") == [{"n": 1}]
    finally:
        server.stop()


def test_sql_example(store):
    run("sql", "--store", store, "CREATE TABLE users (id BIGINT PRIMARY KEY, plan VARCHAR); INSERT INTO users VALUES (1, 'free')")
    (example,) = blocks("sql")
    out = run("sql", "--store", store, "--json", input=example).stdout
    assert '{"now":"pro","before":"free"}' in out
    assert rows(store, "SELECT plan FROM users") == [{"plan": "pro"}]


def test_client_configuration(store):
    (text,) = blocks("json")
    configuration = json.loads(text)["mcpServers"]
    assert configuration["branchlite"]["url"] == "http://127.0.0.1:5440/mcp"
    arguments = [str(store) if a.startswith("/path/to") else a for a in configuration["branchlite-stdio"]["args"]]
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}
    done = subprocess.run([BINARY, *arguments], input=json.dumps(request) + "\n", capture_output=True, text=True, timeout=30)
    assert json.loads(done.stdout.splitlines()[0])["result"]["serverInfo"]["name"]


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_linked_documents_exist():
    for link in re.findall(r"\]\(([\w/.-]+)\)", README):
        assert (ROOT / link).exists(), link


def test_swift_example_is_the_one_that_is_built():
    (example,) = blocks("swift")
    built = (ROOT / "Examples" / "Sources" / "QuickStart.swift").read_text()
    lines = [line.strip() for line in example.splitlines() if line.strip()]
    assert len(lines) <= 16
    for line in lines:
        assert line.replace('BranchLite.open("app.db")', "BranchLite.open(path)") in built, line
