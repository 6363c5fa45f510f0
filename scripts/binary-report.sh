#!/usr/bin/env bash
# Prints the size of the release binary and the resident memory of an idle server on an empty store.
set -euo pipefail
binary=${1:?usage: binary-report.sh BINARY}
folder=$(mktemp -d)
trap '[ -n "${pid:-}" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; rm -rf "$folder"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$binary" serve --store "$folder/idle.db" --http-listen "127.0.0.1:$port" --pg-listen 127.0.0.1:0 >/dev/null 2>"$folder/log" &
pid=$!
for _ in $(seq 100); do
    if python3 -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/health', timeout=1)" 2>/dev/null; then ready=1; break; fi
    sleep 0.1
done
[ -n "${ready:-}" ] || { cat "$folder/log" >&2; echo "binary-report: the server did not start" >&2; exit 1; }
sleep 1
echo "release binary: $(( $(stat -c %s "$binary") / 1048576 )) MB; idle server: $(awk '/VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$pid/status") MB resident"
