#!/usr/bin/env bash
# Runs each script of this folder twice in an empty directory, first plain, then with the library preloaded into
# all of it, the script's own shell included. A script passes if both runs end with status 0, their standard output
# and the files they leave are the same, and the second puts no line on standard error that the first did not.
# So a script leaves out what differs between any two runs: times, addresses, process numbers.
# One runner serves two folders: places/run.sh is a link to programs/run.sh.
#
#   usage: run.sh [filter]        runs the scripts whose name contains the filter
#
# A script's header says what it runs and why, and `# needs: ...` which commands; one that is missing is a failure.
# A script that this machine does not allow to run (another kernel setting, no root) says why on standard output
# and exits with 77. It is listed as not run, and not counted.
#
# Scripts find: $QUARRY_SO and $QUARRY_A, the libraries; $LD_PRELOAD, in the second run; $TESTS, their own folder.
set -uo pipefail

# The distribution's programs come before others of their name, which may be scripts that only find the program.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH LC_ALL=C.UTF-8 TZ=UTC
# Enough for the slowest script on a machine ten times slower: this ends what hangs, it measures nothing.
limit=300

TESTS=$(cd "$(dirname "$0")" && pwd)
root=$TESTS/../..
QUARRY_SO=$(realpath -m "${QUARRY_SO:-$root/target/release/libquarry.so}")
QUARRY_A=$(realpath -m "${QUARRY_A:-$root/target/release/libquarry.a}")
export TESTS QUARRY_SO QUARRY_A
unset LD_PRELOAD QUARRY_CONF

# The loader only warns about a library that it cannot load, and every comparison would then be of plain with plain.
if ! LD_PRELOAD=$QUARRY_SO grep -qF "$QUARRY_SO" /proc/self/maps 2>/dev/null; then
    echo "run.sh: $QUARRY_SO cannot be preloaded" >&2
    exit 2
fi

# Open to pass through, because some scripts run programs as another user.
top=$(mktemp -d) && chmod 711 "$top" || exit 2
trap 'rm -rf "$top"' EXIT

# Runs <script> once as the run called <plain|loaded>. Both runs see the same path of the directory they are in.
run() {
    local script=$1 name=$2
    mkdir -m 711 "$top/here" "$top/tmp"
    local preload=()
    [ "$name" = plain ] || preload=(LD_PRELOAD="$QUARRY_SO")
    (
        cd "$top/here" || exit 2
        TMPDIR=$top/tmp timeout --kill-after=10 $limit env "${preload[@]}" bash "$script"
        exit # with the status of that; and the shell's word on a signal goes where the script's errors go
    ) </dev/null >"$top/$name.out" 2>"$top/$name.err"
    echo $? >"$top/$name.status"
    (cd "$top/here" && find . -type f -print0 | sort -z | xargs -0r sha256sum) >"$top/$name.files"
    rm -rf "$top/here" "$top/tmp"
}

# Says what is wrong with the two runs, in no more than a screen; nothing if they agree.
judge() {
    local status=$(<"$top/loaded.status")
    if [ "$(<"$top/plain.status")" != 0 ]; then
        echo "status $(<"$top/plain.status") in the plain run already:"
        (cd "$top" && tail -n 40 plain.out plain.err)
        return
    fi
    [ "$status" = 0 ] || echo "status $status (124: out of time; 128 + n: signal n)"
    diff -u --label plain --label loaded "$top/plain.out" "$top/loaded.out"
    diff -u --label plain/files --label loaded/files "$top/plain.files" "$top/loaded.files"
    grep -vxFf "$top/plain.err" "$top/loaded.err" | sed 's/^/only when loaded: /'
}

passed=0 failed=0
for script in "$TESTS"/*"${1:-}"*.sh; do
    name=$(basename "$script" .sh)
    [ -e "$script" ] && [ "$name" != run ] || continue
    trouble=
    for command in $(sed -n 's/^# needs: //p' "$script"); do
        command -v "$command" >/dev/null || trouble+="$command is missing: run c_tests/install.sh"$'\n'
    done
    if [ -z "$trouble" ]; then
        run "$script" plain
        if [ "$(<"$top/plain.status")" = 77 ]; then
            echo "not run $name: $(tail -n 1 "$top/plain.out")"
            continue
        fi
        run "$script" loaded
        trouble=$(judge 2>&1 | cut -c 1-300 | head -n 60)
    fi
    if [ -z "$trouble" ]; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        echo "$trouble" | sed 's/^/        /'
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
