# Address space limited to 300 MB and to 1 GB: programs that need a little of it still run.
# Why: a reservation counts against this limit, so a large one is refused, and one that takes what is left starves
# the threads' stacks, the mappings of files and the libraries loaded later.
# needs: cc /usr/bin/python3 perl
cc -O1 -o "$TMPDIR/churn" "$TESTS/churn.c" -pthread || exit
for kilobytes in 307200 1048576; do
    (
        ulimit -v $kilobytes
        "$TMPDIR/churn"
        perl -e 'my @a = map { "x" x ($_ % 1000) } 1 .. 50_000; print length(join "", @a), "\n"'
        PYTHONMALLOC=malloc /usr/bin/python3 -c '
import mmap, sqlite3, threading, zlib
sums = []
def work(part):
    kept = [bytes([part]) * (i % 700) for i in range(20_000)]
    sums.append(zlib.crc32(b"".join(kept)))
threads = [threading.Thread(target=work, args=(part,)) for part in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(sums), len(mmap.mmap(-1, 50 << 20)), sqlite3.connect(":memory:").execute("select 1").fetchall())
'
    )
done
