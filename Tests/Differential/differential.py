#!/usr/bin/env python3
"""Random histories on BranchLite and on the model of the DuckDB variant: the same rows after every statement.

    differential.py [--seed N] [--count N] [--seconds S] [--steps N]

Prints the seed of what it runs. A history that fails is shrunk by leaving steps out and printed as SQL.
"""
import argparse
import collections
import os
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from door import BINARY, Door, Refused  # noqa: E402
from histories import Generator  # noqa: E402
from model import Model  # noqa: E402
from relations import Failed, Skipped  # noqa: E402
from rendering import statement  # noqa: E402
from values import bag  # noqa: E402

# Codes that are never right, whatever the model says.
NEVER = {"BL_INTERNAL", "BL_CORRUPT", "BL_ENGINE", "JSON-RPC", "BL_SQLITE"}


class Difference(Exception):
    pass


class Pair:
    """A history running on both sides."""

    def __init__(self, folder):
        self.model = Model()
        self.door = Door(pathlib.Path(folder) / "store.db")
        self.statements = 0
        # What ran and what was left out, by kind.
        self.ran, self.skipped = collections.Counter(), collections.Counter()

    def close(self, is_failed):
        self.model.close()
        self.door.kill() if is_failed else self.door.close()

    def run(self, step):
        """One step on both sides, then everything that is visible. False when the step was left out."""
        text = statement(step)
        expected = None
        try:
            expected = self._on_model(step)
            failure = None
        except Skipped:
            self.skipped[step.get("kind") or step["op"]] += 1
            return False
        except Failed as error:
            failure = error
        answer = self._on_branchlite(step, text)
        if isinstance(answer, Refused):
            if answer.code in NEVER:
                raise Difference(f"{text}\n    {answer}")
            if failure is None:
                raise Difference(f"{text}\n    BranchLite: {answer}\n    the model: no error")
        elif failure is not None:
            raise Difference(f"{text}\n    BranchLite: no error\n    the model: {failure}")
        elif step["op"] == "merge":
            if expected != (answer["status"] in ("merged", "up_to_date")):
                raise Difference(f"{text}\n    BranchLite: {answer}\n    the model: {'merged' if expected else 'conflicts'}")
        elif step.get("kind") == "select" and bag(answer["rows"]) != expected:
            raise Difference(f"{text}\n    BranchLite: {bag(answer['rows'])}\n    the model:  {expected}")
        self.statements += 1
        self.ran[(step.get("kind") or step["op"]) + (" (error)" if failure else "")] += 1
        self._compare(text)
        return True

    def _on_model(self, step):
        model = self.model
        match step["op"]:
            case "sql": return model.run(step)
            case "use": return model.use(step["name"])
            case "create": return model.create_branch(step["name"], step["from"], step["mode"])
            case "discard": return model.discard(step["name"])
            case "reset": return model.reset(step["name"])
            case "merge": return model.merge(step["source"], step["target"], step["strategy"])
            case "begin": return model.begin()
            case "commit": return model.commit()
            case "rollback": return model.rollback()
            case "savepoint": return model.savepoint(step["name"])
            case _: return model.rollback_to(step["name"])

    def _on_branchlite(self, step, text):
        try:
            if step["op"] == "merge" and not self.model.saved:
                return self.door.call("branch_merge", branch=step["source"], target=step["target"], strategy=step["strategy"])
            return self.door.sql(text)
        except Refused as error:
            return error

    def _compare(self, after):
        """All relations of all branches; inside a transaction those of its branch, which only it sees."""
        model = self.model
        branches = [model.current] if model.saved else list(model.branches)
        places, calls, listings = [], [], []
        for branch in branches:
            if not model.saved:
                listings.append(branch)
            for name in model.visible(branch):
                if not model.is_stale(branch, name):
                    places.append((branch, name))
                    calls.append(("query", {"sql": f"SELECT * FROM {name}", "max_rows": 100_000, **({} if branch == model.current else {"branch": branch})}))
        answers = self.door.calls(calls + [("list_tables", {"branch": branch}) for branch in listings])
        for (branch, name), answer in zip(places, answers):
            expected = model.rows(branch, name)
            if isinstance(answer, Refused):
                if answer.code in NEVER or expected is not None:
                    raise Difference(f"after {after}\n    {branch}.{name}: {answer}\n    the model: {expected}")
                continue
            found = ([column["name"] for column in answer["columns"]], bag(answer["rows"]))
            if found != expected:
                raise Difference(f"after {after}\n    {branch}.{name}: {found}\n    the model: {expected}")
        for branch, answer in zip(listings, answers[len(calls):]):
            if isinstance(answer, Refused):
                raise Difference(f"after {after}\n    tables of {branch}: {answer}")
            found = {row["table_name"] for row in answer["tables"]}
            expected = set(model.visible(branch))
            unknown = {name for name in found | expected if model.is_stale(branch, name)} | (model.branches[branch].stale - set(model.branches[branch].own))
            if found - unknown != expected - unknown:
                raise Difference(f"after {after}\n    tables of {branch}: {sorted(found)}\n    the model: {sorted(expected)}")


def scratch():
    """A folder in memory where there is one."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="branchlite-differential-", dir=place)


def play(steps):
    """Runs recorded steps. Returns the difference that ends them and the steps up to it, or None."""
    with scratch() as folder:
        pair = Pair(folder)
        done = []
        failed = True
        try:
            for step in steps:
                done.append(step)
                if not pair.run(step):
                    done.pop()
            failed = False
            return None
        except (Difference, ConnectionError) as error:
            return error, done
        finally:
            pair.close(failed)


def history(seed, length):
    """Runs the history of a seed. Returns the pair, for what ran, and the difference with its steps or None."""
    with scratch() as folder:
        pair = Pair(folder)
        generator = Generator(seed, pair.model)
        done = []
        failed = True
        try:
            for _ in range(length):
                step = generator.step()
                done.append(step)
                if not pair.run(step):
                    done.pop()
            failed = False
            return pair, None
        except (Difference, ConnectionError) as error:
            return pair, (error, done)
        finally:
            pair.close(failed)


def shrunk(found, seconds=20):
    """The shortest history that still differs, by leaving out runs of steps, then single ones."""
    error, steps = found
    deadline = time.monotonic() + seconds
    size = max(1, len(steps) // 2)
    while time.monotonic() < deadline:
        place, is_shorter = 0, False
        while place < len(steps) and time.monotonic() < deadline:
            again = play(steps[:place] + steps[place + size:])
            if again is not None and len(again[1]) < len(steps):
                error, steps = again
                is_shorter = True
            else:
                place += size
        if size == 1 and not is_shorter:
            break
        size = max(1, size // 2)
    return error, steps


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, help="the first seed; by default a random one")
    parser.add_argument("--count", type=int, help="how many seeds, one after the other (1 with --seed alone)")
    parser.add_argument("--seconds", type=float, help="goes on with the next seed for that long")
    parser.add_argument("--steps", type=int, default=120, help="steps of a history")
    parser.add_argument("--keep-going", action="store_true", help="goes on after a difference")
    parser.add_argument("--verbose", action="store_true", help="says how often each kind of statement ran")
    arguments = parser.parse_args()
    first = arguments.seed if arguments.seed is not None else random.randrange(1 << 31)
    count = arguments.count or (1 if arguments.seed is not None and arguments.seconds is None else 1 << 62)
    end = time.monotonic() + (arguments.seconds if arguments.seconds is not None else float("inf") if arguments.count or arguments.seed is not None else 30)
    print(f"BranchLite against the model of the DuckDB variant: {BINARY}, seeds from {first}", flush=True)
    seeds, differences, started = 0, 0, time.monotonic()
    did, skipped = collections.Counter(), collections.Counter()
    while seeds < count and time.monotonic() < end:
        seed = first + seeds
        pair, found = history(seed, arguments.steps)
        did += pair.ran
        skipped += pair.skipped
        seeds += 1
        if found is None:
            continue
        differences += 1
        error, steps = shrunk(found)
        print(f"\nseed {seed} differs (replay: Tests/Differential/differential.py --seed {seed} --steps {arguments.steps}); shrunk to {len(steps)} steps:")
        for step in steps:
            print(f"    {statement(step)};")
        print(f"  {error}", flush=True)
        if not arguments.keep_going:
            break
    if arguments.verbose:
        for kind, count in did.most_common():
            print(f"    {count:6} {kind}{f', {skipped[kind]} left out' if skipped[kind] else ''}")
    print(f"{seeds} histories, {did.total()} statements in {time.monotonic() - started:.0f} s: {differences or 'no'} difference{'s' if differences > 1 else ''}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
