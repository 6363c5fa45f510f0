#!/usr/bin/env bash
# Starts the server on a temporary store, runs the demo agent against it and stops the server: demo.sh BINARY [app.py's arguments]
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:?usage: demo.sh BINARY [ARGUMENT ...]}
shift
folder=$(mktemp -d)
stop() {
    if [ -n "${pid:-}" ]; then kill -TERM "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap stop EXIT
port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$binary" serve --store "$folder/demo.db" --http-listen "127.0.0.1:$port" --pg-listen off 2>"$folder/server.log" &
pid=$!
for _ in $(seq 100); do
    .venv/bin/python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/health', timeout=1)" 2>/dev/null && ready=1 && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
[ -n "${ready:-}" ] || { cat "$folder/server.log" >&2; echo "demo: the server did not start" >&2; exit 1; }
.venv/bin/python demo/app.py --url "http://127.0.0.1:$port/mcp" "$@" || { status=$?; tail -20 "$folder/server.log" >&2; exit "$status"; }
kill -TERM "$pid"; wait "$pid"; pid=
"$binary" check --store "$folder/demo.db"
