#!/usr/bin/env bash
# record.sh NAME COMMAND [ARGUMENT...]: records what COMMAND does with malloc; leaves NAME.trace.xz beside this file.
#
# Of the processes that COMMAND starts, the one with most calls is taken. The traces here were made so, in benches/:
#
#   trace/record.sh cc gcc -O2 -c loads/numbers.c -o /dev/null           one thread: the C compiler proper
#   trace/record.sh z3 z3 puzzle.smt2                                    one thread: puzzle.py 1 > puzzle.smt2
#   trace/record.sh node node programs/mix.js 1                          seven threads
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cc -O2 -std=gnu11 -Wall -Wextra -shared -fPIC "$here/record.c" -o "$work/record.so"
cc -O2 -std=gnu11 -Wall -Wextra "$here/pack.c" -o "$work/pack"
TRACE_TO=$work/raw LD_PRELOAD=$work/record.so "$@" >"$work/output" || {
    echo "record.sh: the program ended with status $?" >&2
    exit 1
}
largest=$(find "$work" -name 'raw.*' -printf '%s %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2)
[ -n "$largest" ] || {
    echo "record.sh: nothing was recorded: is the program linked statically, or has it an allocator of its own?" >&2
    exit 1
}
"$work/pack" "$largest" "$work/$name.trace"
# Operations are two numbers of four bytes.
xz --lzma2=preset=9e,lc=1,lp=3,pb=3 "$work/$name.trace"
mv "$work/$name.trace.xz" "$here/"
