# Address space limited to 300 MB and to 1 GB, and used up: malloc refuses with ENOMEM, Python raises MemoryError, and
# both go on once they have freed something.
# Why: a refusal is an answer that programs know; what the limit leaves must be for use, in whatever sizes it is wanted.
# needs: cc /usr/bin/python3
cc -O1 -fno-builtin -o "$TMPDIR/exhaust" "$TESTS/exhaust.c" || exit
for megabytes in 300 1024; do
    (
        ulimit -v $((megabytes * 1024))
        "$TMPDIR/exhaust" $megabytes || exit
        PYTHONMALLOC=malloc /usr/bin/python3 -c '
for size in (3_000_000, 20_000, 200):
    kept, got = [], 0
    try:
        while True:
            kept.append(b"x" * size)
            got += 1
    except MemoryError:
        kept.clear()
    again = [b"y" * size for _ in range(got // 2)]
    print(size, "MemoryError, and on we go", set(map(len, again)))
    del again
'
    ) || exit
done
