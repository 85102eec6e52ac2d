# A sandbox in which madvise, and then mremap as well, fail with EPERM or ENOSYS.
# Why: memory that could not be given back is not zero when it is used again, and a large object that cannot be moved
# by the kernel has to be copied.
# needs: cc /usr/bin/python3
cc -O1 -o "$TMPDIR/churn" "$TESTS/churn.c" -pthread && cc -O1 -o "$TMPDIR/forbid" "$TESTS/forbid.c" || exit
for rule in madvise=EPERM madvise=ENOSYS madvise=EPERM,mremap=ENOSYS; do
    echo "$rule"
    "$TMPDIR/forbid" $rule "$TMPDIR/churn" || exit
    PYTHONMALLOC=malloc "$TMPDIR/forbid" $rule /usr/bin/python3 -c '
text = bytearray()
for i in range(400):
    text += bytes([i % 256]) * 500_000
    if i % 100 == 99: del text[:100_000_000 // 3]
print(len(text), sum(text[::4096]), sum(bytearray(50_000_000)))
' || exit
done
