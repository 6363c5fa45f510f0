"""pgbench on a branch: its tables, then each built-in script in both protocols from eight clients."""
import os
import re
import shutil
import subprocess

import psycopg
import pytest
from conftest import postgres_address

SCALE = int(os.environ.get("BRANCHLITE_PGBENCH_SCALE", "2"))
CLIENTS, EACH = 8, 25


@pytest.fixture(scope="module")
def bench(door):
    """The name of a branch with pgbench's tables."""
    if shutil.which("pgbench") is None:
        pytest.skip("pgbench is not installed")
    with psycopg.connect(door.dsn, autocommit=True) as connection:
        connection.execute("CREATE BRANCH pgbench")
    out = pgbench(door, "-i", "-s", str(SCALE))
    assert "done in" in out
    yield "pgbench"
    with psycopg.connect(door.dsn, autocommit=True) as connection:
        connection.execute("DROP BRANCH pgbench FORCE")


def pgbench(door, *arguments):
    done = subprocess.run(["pgbench", "-h", "127.0.0.1", "-p", str(door.pg_port), "-U", "tester", *arguments, "pgbench"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


def test_initialises(door, bench):
    with psycopg.connect(postgres_address(door, bench)) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM pgbench_{name}").fetchone()[0] for name in ["branches", "tellers", "accounts", "history"]]
        assert counts == [SCALE, 10 * SCALE, 100_000 * SCALE, 0]
        assert connection.execute("SELECT bid, abalance, filler FROM pgbench_accounts WHERE aid = 150000").fetchone()[:2] == (2, 0)
    with psycopg.connect(door.dsn) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT count(*) FROM pgbench_accounts")


@pytest.mark.parametrize("protocol", ["simple", "extended", "prepared"])
@pytest.mark.parametrize("script", ["select-only", "simple-update", "tpcb-like"])
def test_runs(door, bench, protocol, script):
    with psycopg.connect(postgres_address(door, bench), autocommit=True) as connection:
        connection.execute("DELETE FROM pgbench_history")
        before = connection.execute("SELECT sum(abalance) FROM pgbench_accounts").fetchone()[0]
        out = pgbench(door, "-n", "-M", protocol, "-b", script, "-c", str(CLIENTS), "-j", "2", "-t", str(EACH))
        processed = re.search(r"number of transactions actually processed: (\d+)/(\d+)", out)
        assert processed and processed.groups() == (str(CLIENTS * EACH),) * 2, out
        assert "number of failed transactions: 0 (0.000%)" in out
        count, delta = connection.execute("SELECT count(*), coalesce(sum(delta), 0) FROM pgbench_history").fetchone()
        assert count == (0 if script == "select-only" else CLIENTS * EACH)
        assert connection.execute("SELECT sum(abalance) FROM pgbench_accounts").fetchone()[0] - before == delta
        if script == "tpcb-like":
            tellers = connection.execute("SELECT sum(tbalance) FROM pgbench_tellers").fetchone()[0]
            assert tellers == connection.execute("SELECT sum(bbalance) FROM pgbench_branches").fetchone()[0]
