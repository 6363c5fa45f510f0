#!/usr/bin/env bash
# run.sh [SECONDS [TARGET...]]: builds the fuzzers with libFuzzer and runs each target for that long. Inputs that crash, hang or
# take too much memory stay in .build-fuzz/TARGET; the same file as an argument of the fuzzer runs it again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
build=.build-fuzz
mkdir -p "$build"
echo "== building the fuzzers"
swiftc -sanitize=fuzzer,address -O -g -parse-as-library -swift-version 6 -DFUZZ_ALONE -module-name StoreFuzz \
    $(find Sources/PageStore -name '*.swift') Tests/PageStoreTests/Fuzz/StoreFuzzTargets.swift Fuzz/StoreFuzzer.swift -o "$build/store-fuzzer"
# The readers of SQLite's format, with the store as a module beside them.
swiftc -O -parse-as-library -swift-version 6 -wmo -module-name PageStore -emit-module -emit-module-path "$build/PageStore.swiftmodule" \
    -emit-object $(find Sources/PageStore -name '*.swift') -o "$build/PageStore.o"
swiftc -sanitize=fuzzer,address -O -g -parse-as-library -swift-version 6 -DFUZZ_ALONE -module-name SQLiteFuzz -I "$build" \
    Sources/Engine/Core/SQLiteValue.swift $(find Sources/Engine/BTree -name '*.swift' ! -name StoredTable.swift) \
    Tests/EngineTests/Fuzz/SQLiteFuzzTargets.swift Fuzz/SQLiteFuzzer.swift "$build/PageStore.o" -o "$build/sqlite-fuzzer"
# The PostgreSQL protocol: its files know nothing of the network or of SQL.
swiftc -sanitize=fuzzer,address -O -g -parse-as-library -swift-version 6 -DFUZZ_ALONE -module-name WireFuzz \
    Sources/Server/Postgres/Protocol/{MessageDecoder,FrontendMessage,PostgresMachine}.swift Tests/ServerTests/Postgres/Fuzz/WireFuzzTarget.swift \
    Fuzz/WireFuzzer.swift -o "$build/wire-fuzzer"
for target in ${@:-store superblock table log node delta pages record wire}; do
    program=store-fuzzer
    case $target in pages|record) program=sqlite-fuzzer;; wire) program=wire-fuzzer;; esac
    mkdir -p "$build/$target"
    echo "== $target"
    ASAN_OPTIONS=detect_leaks=0 BRANCHLITE_FUZZ_TARGET=$target "$build/$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$build/$target/" 2>&1 | grep -E "ERROR|SUMMARY|Fatal|stat::number_of_executed_units|stat::peak_rss|Test unit written" || true
    if compgen -G "$build/$target/*-*" > /dev/null; then echo "FAILED: $(ls "$build/$target")"; exit 1; fi
done
