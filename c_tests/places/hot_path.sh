# The hot paths, by disassembly: no call, no lock prefix, no stack frame; a miss leaves by a jump.
# Why: the law of the design is that a hit knows only magazines; one push or call there costs every program.
# needs: objdump nm
bad=0
complain() { echo "$*"; bad=1; }
for name in malloc free _Znwm _ZdlPv free_sized quarry_kmalloc quarry_kfree quarry_alloc_pages quarry_free_pages \
    quarry_cache_alloc quarry_cache_free; do
    start=$(nm -D "$QUARRY_SO" | awk -v name="$name" '$3 == name { print $1 }')
    [ -n "$start" ] || { complain "$name is not exported"; continue; }
    # From the entry to the first ret: the hit. What lies behind is reached by the jumps of a miss.
    code=$(objdump -d --no-show-raw-insn --start-address="0x$start" --stop-address="$((0x$start + 256))" "$QUARRY_SO" |
        sed -n 's/^ *[0-9a-f]*:\t//p' | sed '/^ret/q')
    grep -q '^ret' <<<"$code" || complain "$name: no end found"
    grep -E '^call' <<<"$code" && complain "$name calls"
    grep -E '(^|[[:space:]])lock([[:space:]]|$)|xchg|cmpxchg|xadd' <<<"$code" && complain "$name has an atomic read-modify-write"
    grep -E '^(push|pop|enter|leave)|,%rsp$|\(%rsp' <<<"$code" && complain "$name has a stack frame"
    grep -E '^(loop|rep)' <<<"$code" && complain "$name loops"
    count=$(wc -l <<<"$code")
    case $name in
    quarry_cache_alloc) budget=16 ;; # today 14
    quarry_cache_free) budget=18 ;;  # today 16
    quarry_free_pages) budget=28 ;;  # it compares the order too
    *) budget=20 ;;
    esac
    [ "$count" -le $budget ] || complain "$name: $count instructions"
done
[ $bad = 0 ] && echo "the hot paths are straight"
exit $bad
