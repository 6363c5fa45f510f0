#!/usr/bin/env bash
# Installs what building and testing need and is missing: `setup.sh system` (Debian packages), `setup.sh python` (.venv).
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

apt_install() {
    command -v apt-get >/dev/null || { echo "setup: install these packages by your system's means: $*" >&2; exit 1; }
    as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq "$@" >/dev/null
}

system() {
    command -v swift >/dev/null || {
        echo "setup: no Swift toolchain found; install Swift 6.1 or newer from https://www.swift.org/install and put it on PATH" >&2
        exit 1
    }
    local missing=()
    [ -e /usr/include/sqlite3.h ] || missing+=(libsqlite3-dev)
    command -v sqlite3 >/dev/null || missing+=(sqlite3)
    command -v python3 >/dev/null || missing+=(python3)
    # PostgreSQL's clients, without which tests of the PostgreSQL door are skipped. Debian's pgbench comes with the server, which is not
    # put on a machine that is used for other things.
    command -v psql >/dev/null || missing+=(postgresql-client)
    if [ -n "${CI:-}" ]; then command -v pgbench >/dev/null || missing+=(postgresql); fi
    if command -v java >/dev/null; then [ -e /usr/share/java/postgresql.jar ] || missing+=(libpostgresql-jdbc-java); fi
    if [ "${#missing[@]}" -gt 0 ]; then apt_install "${missing[@]}"; fi
}

python() {
    local stamp=.venv/requirements.stamp
    if [ -e "$stamp" ] && cmp -s "$stamp" scripts/requirements.txt; then return; fi
    if [ ! -x .venv/bin/python ]; then
        python3 -m venv .venv 2>/dev/null || { rm -rf .venv; apt_install python3-venv; python3 -m venv .venv; }
    fi
    .venv/bin/python -m pip install -q --disable-pip-version-check -r scripts/requirements.txt
    cp scripts/requirements.txt "$stamp"
}

"${1:?usage: setup.sh system|python}"
