#!/usr/bin/env bash
# Fuzz the SQL parser and printer for longer than the tests do: damaged statements must be read or refused in order,
# and what is read must print to a text that reads back to the same tree.
#
#   Fuzz/parser.sh [ROUNDS] [SEED]
#
# A failure names its seed and round; run with that seed again to see it again.
set -euo pipefail
cd "$(dirname "$0")/.."
export BRANCHLITE_LIBRARY_ONLY=1
export BRANCHLITE_FUZZ_ROUNDS="${1:-200000}"
export BRANCHLITE_FUZZ_SEED="${2:-$RANDOM$RANDOM}"
echo "rounds: $BRANCHLITE_FUZZ_ROUNDS, seed: $BRANCHLITE_FUZZ_SEED"
swift test --filter SyntaxFuzzTests
