# mlockall(MCL_CURRENT | MCL_FUTURE), so that each mapping is filled with memory when it is made.
# Why: a reservation that counts as accessible would be filled too, and what is locked cannot be purged.
# needs: cc
if [ "$(id -u)" != 0 ] && [ "$(ulimit -l)" != unlimited ]; then
    echo "only $(ulimit -l) KB may be locked here; run as root"
    exit 77
fi
cc -O1 -o "$TMPDIR/churn" "$TESTS/churn.c" -pthread || exit
"$TMPDIR/churn" locked
