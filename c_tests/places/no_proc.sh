# An empty directory in the place of /proc.
# Why: chroots and small containers have none, and the size of memory or the number of processors is read elsewhere.
# needs: cc unshare perl
cc -O1 -o "$TMPDIR/churn" "$TESTS/churn.c" -pthread || exit
unshare='unshare --mount'
[ "$(id -u)" = 0 ] || unshare+=' --map-root-user'
if ! $unshare mount -t tmpfs none /proc 2>/dev/null; then
    echo "mounting is not allowed here; run as root"
    exit 77
fi
$unshare sh <<'END'
mount -t tmpfs none /proc && ls -A /proc && "$TMPDIR/churn" &&
    perl -e 'print scalar(map { "x" x $_ } 1 .. 2_000), "\n"'
END
