#!/usr/bin/env bash
# BranchLite and its peers in one run: bench.sh BINARY. Needs about 30 GB of disk; BRANCHLITE_BENCH_SMALL=1 for a quick look.
# BRANCHLITE_BENCH_SUITE=main-job, =store, =merge or =postgres runs one of the suites. See docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:?usage: bench.sh BINARY}
folder=$(mktemp -d "${TMPDIR:-/tmp}/branchlite-bench.XXXXXX")
stop() {
    if [ -n "${pid:-}" ]; then kill -TERM "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap stop EXIT
suite=${BRANCHLITE_BENCH_SUITE:-all}
if [ "$suite" = all ] || [ "$suite" = postgres ]; then
    if [ -x "${BRANCHLITE_POSTGRESQL:=/usr/lib/postgresql/15/bin}/postgres" ]; then
        if [ "${BRANCHLITE_BENCH_SMALL:-}" = 1 ]; then how=(--quick); else how=(--output Benchmarks/results/postgres.json); fi
        python3 Benchmarks/postgres/bench.py "$binary" --folder "$folder" --postgresql "$BRANCHLITE_POSTGRESQL" "${how[@]}"
    else
        echo "bench: no PostgreSQL in $BRANCHLITE_POSTGRESQL (package postgresql-15, or BRANCHLITE_POSTGRESQL=FOLDER): its suite is left out" >&2
        if [ "$suite" = postgres ]; then exit 1; fi
    fi
fi
if [ "$suite" = postgres ]; then exit 0; fi
swift build -c release --scratch-path .build-release --static-swift-stdlib --product BranchLiteBench
BRANCHLITE_DOLTLITE=$(.venv/bin/python -c 'import doltlite; print(doltlite.libdoltlite_path())')
export BRANCHLITE_DOLTLITE
for rows in store merge; do
    if [ "$suite" != all ] && [ "$suite" != "$rows" ]; then continue; fi
    if [ "${BRANCHLITE_BENCH_SMALL:-}" = 1 ]; then
        .build-release/release/BranchLiteBench "$rows" --quick --folder "$folder"
    else
        .build-release/release/BranchLiteBench "$rows" --folder "$folder" --output "Benchmarks/results/$rows.json"
        if [ "$rows" = merge ]; then .venv/bin/python Benchmarks/duckdb_merge_peer.py 1000000 "$folder/merge-peer.duckdb" Benchmarks/results/merge.json; fi
        echo "written to Benchmarks/results/$rows.json"
    fi
done
if [ "$suite" != all ] && [ "$suite" != main-job ]; then exit 0; fi
.build-release/release/BranchLiteBench "$folder" >"$folder/swift.json"
rows=1000000
if [ "${BRANCHLITE_BENCH_SMALL:-}" = 1 ]; then rows=20000; fi
.venv/bin/python Benchmarks/duckdb_peer.py "$rows" "$folder/peer.duckdb" >"$folder/duckdb.json"
port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$binary" serve --store "$folder/mcp.db" --http-listen "127.0.0.1:$port" --pg-listen off 2>"$folder/server.log" &
pid=$!
for _ in $(seq 100); do
    .venv/bin/python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/health', timeout=1)" 2>/dev/null && break
    sleep 0.1
done
.venv/bin/python Benchmarks/mcp_roundtrip.py "$port" >"$folder/mcp.json"
name=main-job
if [ "${BRANCHLITE_BENCH_SMALL:-}" = 1 ]; then name=main-job-small; fi
.venv/bin/python Benchmarks/report.py "$name" "$folder/swift.json" "$folder/duckdb.json" "$folder/mcp.json"
