# A static-pie program linked with libquarry.a, plain and with threads; no loader, no preloading.
# Why: there the library relocates itself with the program and starts before anything else has, and one name it does
# not define would pull the C library's own malloc in.
# needs: cc readelf nm
cc -O1 -static-pie -o "$TMPDIR/churn" "$TESTS/churn.c" "$QUARRY_A" -lpthread -ldl -lm || exit
complain() { echo "$*"; exit 1; }
readelf -h "$TMPDIR/churn" | grep -q 'DYN' || complain "not position-independent"
! readelf -lW "$TMPDIR/churn" | grep INTERP || complain "not static"
nm "$TMPDIR/churn" | grep -q ' T quarry_version$' || complain "libquarry.a is not in the program"
! nm "$TMPDIR/churn" | grep -E ' (_int_malloc|ptmalloc_init|tcache_init)$' || complain "the C library's malloc is"
"$TMPDIR/churn" && env -i "$TMPDIR/churn"
