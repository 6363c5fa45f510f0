#!/usr/bin/env bash
# What can be checked of the containers without an engine: the compose file's form, and that every file the Dockerfile copies
# is there. Its build commands are those of `make release`, which the tests run; its run command is tried on the built binary.
set -euo pipefail
cd "$(dirname "$0")/.."
if docker compose version >/dev/null 2>&1; then
    docker compose -f demo/compose.yaml config --quiet
    echo "compose file: valid for $(docker compose version --short)"
else
    .venv/bin/python - <<'PY'
import pathlib, re, sys
text = pathlib.Path("demo/compose.yaml").read_text()
for wanted in ("branchlite:", "demo-app:", "healthcheck:", "volumes:", "condition: service_healthy", "target: server", "target: demo-app"):
    if wanted not in text:
        sys.exit(f"demo/compose.yaml lacks {wanted}")
print("compose file: no docker compose here; looked for its services, health check, volume and targets")
PY
fi
missing=0
while read -r path; do
    compgen -G "$path" >/dev/null || { echo "demo/Dockerfile copies $path, which is not there" >&2; missing=1; }
done < <(sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' demo/Dockerfile | tr ' ' '\n')
[ "$missing" = 0 ]
grep -q "$(sed -n 's/^RUN swift build -c release \(.*\) && strip .*/\1/p' demo/Dockerfile)" Makefile || grep -q -- '--static-swift-stdlib --product branchlite' Makefile
echo "Dockerfile: every copied file is there; its build command is the Makefile's"
