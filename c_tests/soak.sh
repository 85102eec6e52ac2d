#!/usr/bin/env bash
# Runs the loads with threads, forks, signals and refusals again and again for so many minutes, preloaded, under options drawn at
# random, and the storm of forks in its full form. Ends with the number of runs and of failures.
#
#   usage: soak.sh [minutes]        60 by default
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
end=$(($(date +%s) + ${1:-60} * 60))
RANDOM=${SEED:-$$} seed=${SEED:-$$} runs=0 failures=0
export C_TESTS_BUILD=${C_TESTS_BUILD:-$here/../target/soak} C_TESTS_TIMEOUT=1800
pick() { shift $((RANDOM % $#)); echo "$1"; }
while (($(date +%s) < end)); do
    options="decay_ms:$(pick 0 1 1000 60000),magazine_rounds:$(pick 1 3 16 128),thread_cache:$(pick 0 64k 8m)"
    folder=$(pick threads/ fork/ signals/ caches/caches_ exhaustion/ faults/ levels/levels_in)
    # Tests with options of their own keep them; this is the default of all others.
    if ! output=$(FORKS=$(pick 300 1000 10000) QUARRY_CONF=$options "$here/run.sh" --variant preload "$folder" 2>&1); then
        failures=$((failures + 1))
        echo "FAILED $folder with $options (seed $seed):"
        echo "$output"
    fi
    runs=$((runs + 1))
    echo "$folder $options: $(tail -n 1 <<<"$output")"
done
echo "$runs rounds, $failures failures"
((failures == 0 && runs > 0))
