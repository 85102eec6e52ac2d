# The system calls that the library adds to /bin/true and to a program with threads, against the list of those it may.
# Why: sandboxes are written from such lists, and a preloaded library that opens, reads or starts things is no guest.
# needs: cc strace
if ! strace -o /dev/null true 2>/dev/null; then
    echo "tracing is not allowed here"
    exit 77
fi
cc -O1 -o "$TMPDIR/churn" "$TESTS/churn.c" -pthread || exit

memory=' mmap munmap mprotect madvise mremap futex '
# How often each may come once more per program: the loader's own for one more library, and what we ask at load.
once='openat:1 read:1 pread64:4 fstat:1 newfstatat:1 close:1 prlimit64:2 sysinfo:1 prctl:8'

trace() { # <file> <preload> <program> <options>: the calls of all its threads, without arguments or results
    strace -f -qq --signal=none -o "$TMPDIR/trace" ${2:+-E LD_PRELOAD="$2"} ${4:+-E QUARRY_CONF="$4"} "$3" >/dev/null || exit
    sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$TMPDIR/trace" | sort | uniq -c >"$1"
    sed -nE 's/.* open(at)?\([^"]*"([^"]*)".*/\2/p' "$TMPDIR/trace" | sort >"$1.opened"
}

unset LD_PRELOAD
bad=0
for program in /bin/true "$TMPDIR/churn"; do
    trace plain '' "$program"
    trace loaded "$QUARRY_SO" "$program" cgroup:ignore
    while read -r extra name; do
        [[ $memory != *" $name "* ]] || continue
        allowed=$(grep -oP "(^| )$name:\K[0-9]+" <<<"$once")
        if [ "$extra" -gt "${allowed:-0}" ]; then
            echo "$(basename "$program"): $name: $extra more than without"
            bad=1
        fi
    done < <(awk 'NR == FNR { plain[$2] = $1; next } { print $1 - plain[$2], $2 }' plain loaded)
    if opened=$(comm -13 plain.opened loaded.opened | grep -vxF "$QUARRY_SO"); then
        echo "$(basename "$program"): opened:" $opened
        bad=1
    fi
    [ $bad = 0 ] || awk 'NR == FNR { plain[$2] = $1; next } { print $2, plain[$2] + 0, "->", $1 }' plain loaded
done
# A heap of 64 MiB or more looks at its control group, once a second at most: nothing else is opened then.
trace loaded "$QUARRY_SO" "$TMPDIR/churn"
if opened=$(comm -13 plain.opened loaded.opened | grep -vxF "$QUARRY_SO" | grep -vE '^(/proc/self/(cgroup|mountinfo)|/sys/fs/cgroup/.*/memory\..*)$'); then
    echo "churn follows its control group: opened:" $opened
    bad=1
fi
rm -f plain* loaded*
exit $bad
