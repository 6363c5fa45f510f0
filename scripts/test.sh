#!/usr/bin/env bash
# Every test: the library without any dependency, the Swift tests, then the end-to-end tests against the release binary.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== the library builds without SwiftNIO or Hummingbird"
BRANCHLITE_LIBRARY_ONLY=1 swift build --scratch-path .build-library --product BranchLite
echo "== Swift tests"
swift build --build-tests
# One at a time: what waits for a lock or a time-out is then not starved by the other suites on two cores.
swift test --skip-build --no-parallel
echo "== the store benchmark runs"
scratch=$(mktemp -d)
swift run --skip-build BranchLiteBench store --quick --folder "$scratch" --output "$scratch/store.json" >"$scratch/table"
swift run --skip-build BranchLiteBench merge --quick --folder "$scratch" --output "$scratch/merge.json" >"$scratch/merge-table"
rm -rf "$scratch"
echo "== release binary"
make --no-print-directory release
echo "== end-to-end tests"
.venv/bin/python -m pytest -q Tests/e2e
echo "== the same histories on the DuckDB variant"
.venv/bin/python Tests/Differential/differential.py --seed 1 --count 60
echo "== branch workloads over the PostgreSQL door for a minute"
.venv/bin/python Tests/Soak/soak.py --seconds 60 --seed 1
