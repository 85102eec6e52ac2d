#!/usr/bin/env bash
# run.sh [TARGET [SECONDS]]: continues the corpus of a fuzz target (heap, options), an hour if nothing else is said; then keeps
# of old and new cases the least that reaches all that they reach together. Needs a C++ compiler, and the network the first time
# (libfuzzer-sys); stable Rust does.
#
# A case that fails is left in target/fuzz/found; run it again with
#   target/fuzz/x86_64-unknown-linux-gnu/fuzz/TARGET CASE
# and give it, mended, to the corpus: then `make test` replays it for ever.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${1:-heap} seconds=${2:-3600}
triple=$(rustc -vV | sed -n 's/^host: //p')
corpus=fuzz/corpus/$target work=target/fuzz/work/$target merged=target/fuzz/merged/$target found=target/fuzz/found
mkdir -p "$work" "$found" && rm -rf "$merged" && mkdir -p "$merged"

# What cargo-fuzz passes for coverage without a sanitizer: a counter for each edge, and the operands of comparisons.
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
coverage+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
# With --target, build scripts and macros are built without it.
RUSTFLAGS="$coverage" cargo build --locked --package quarry-fuzz --features libfuzzer --profile fuzz --target "$triple" \
    --target-dir target/fuzz --bin "$target"
program=target/fuzz/$triple/fuzz/$target
limits=(-max_len=768 -timeout=60 -rss_limit_mb=8192 "-artifact_prefix=$found/")
# The first folder is where new cases go.
"$program" "$work" "$corpus" "${limits[@]}" -max_total_time="$seconds" -print_final_stats=1
"$program" "$merged" "$corpus" "$work" "${limits[@]}" -set_cover_merge=1
rm -rf "$corpus" && mv "$merged" "$corpus"
echo "$(find "$corpus" -type f | wc -l) cases in $corpus"
