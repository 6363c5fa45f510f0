#!/usr/bin/env bash
# Every test: the library without any dependency, the Swift tests, then the end-to-end tests against the release binary.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== the library builds without SwiftNIO or Hummingbird"
BRANCHLITE_LIBRARY_ONLY=1 swift build --scratch-path .build-library --product BranchLite
echo "== Swift tests"
swift build --build-tests
swift test --skip-build
echo "== release binary"
make --no-print-directory release
echo "== end-to-end tests"
.venv/bin/python -m pytest -q Tests/e2e
