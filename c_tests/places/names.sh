# Memory areas are named for /proc/PID/smaps where the kernel has names, and one that has none is asked once.
# Why: prctl(2), PR_SET_VMA_ANON_NAME, which fails with EINVAL where it is not configured; mappings of different names are
# not joined, so each part has one name from its start. The tracer answers for the kernel, whichever this is.
# needs: cc strace
if ! strace -o /dev/null true 2>/dev/null; then
    echo "tracing is not allowed here"
    exit 77
fi
cat >area.c <<'C'
#include <errno.h>
#include <stdlib.h>
int main(void) {
    errno = 77;
    for (int i = 0; i < 3; i++) {
        char *area = malloc((size_t)3 << 30);
        if (area == NULL || errno != 77)
            return 1;
        area[0] = 1;
        free(area);
    }
    return 0;
}
C
cc -O0 -o area area.c || exit
so=$LD_PRELOAD
unset LD_PRELOAD
calls() { # <injection>: the names given, sorted
    strace -f -qq -e trace=prctl -e inject=prctl:"$1" -o trace ${so:+-E LD_PRELOAD="$so"} ./area || exit
    grep -oE '"quarry:[a-z]+"' trace | sort | uniq -c | awk '{ print $2, ($1 > 6 ? "often" : $1) }'
}
bad=0
if [ -n "$so" ]; then
    named=$(calls retval=0)
    # The five parts of an arena's metadata and its guard, and the store; the arena; three areas.
    expected='"quarry:area" 3
"quarry:arena" 1
"quarry:metadata" often'
    [ "$named" = "$expected" ] || { echo "named: $named"; bad=1; }
    refused=$(calls error=EINVAL)
    [ "$(wc -l <<<"$refused")" = 1 ] && [[ $refused == *' 1' ]] || { echo "refused: $refused"; bad=1; }
    # For want of memory it may be asked again.
    [ "$(calls error=ENOMEM)" = "$named" ] || { echo "short of memory: $(calls error=ENOMEM)"; bad=1; }
fi
rm -f area area.c trace
exit $bad
