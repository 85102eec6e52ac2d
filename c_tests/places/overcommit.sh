# vm.overcommit_memory = 2: the kernel promises no memory that it may not have.
# Why: a reservation that counts as memory is then refused, or takes everything there is from other programs.
# needs: cc /usr/bin/python3
cc -O1 -o "$TMPDIR/churn" "$TESTS/churn.c" -pthread || exit
setting=/proc/sys/vm/overcommit_memory
before=$(<$setting)
trap 'echo $before >$setting' EXIT
trap 'exit 143' TERM
if ! { echo 2 >$setting; } 2>/dev/null; then
    trap - EXIT
    echo "the kernel's overcommit_memory cannot be set here; run as root"
    exit 77
fi
# Four at once, because what each reserves adds up. Briefly, because this holds for the whole machine.
for _ in {1..4}; do "$TMPDIR/churn" & done
wait
PYTHONMALLOC=malloc /usr/bin/python3 -c 'print(len([bytes(i % 3_000) for i in range(50_000)]))'
# What a process was promised: with this setting a program of a few megabytes must not hold hundreds.
/usr/bin/python3 -c '
import re
heap = sum(
    int(end, 16) - int(start, 16)
    for start, end, rest in re.findall(r"^(\w+)-(\w+) (\S+ \S+ \S+ 0 *.*)$", open("/proc/self/maps").read(), re.M)
    if rest.startswith("rw-p"))
print("promised:", "little" if heap < 200 << 20 else heap)
'
