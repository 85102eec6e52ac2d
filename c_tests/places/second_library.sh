# A second preloaded library, which counts opens and wraps malloc and free, before ours and after it.
# Why: profilers and sandboxes are preloaded like this; each finds the next definition, so the order must not matter.
# needs: cc /usr/bin/python3
cc -O1 -o "$TMPDIR/churn" "$TESTS/churn.c" -pthread || exit
cc -O1 -fno-builtin -shared -fPIC -o "$TMPDIR/second.so" "$TESTS/second.c" -ldl || exit
second=$TMPDIR/second.so
for order in "$second${LD_PRELOAD:+:$LD_PRELOAD}" "${LD_PRELOAD:+$LD_PRELOAD:}$second"; do
    LD_PRELOAD=$order "$TMPDIR/churn"
    LD_PRELOAD=$order PYTHONMALLOC=malloc /usr/bin/python3 -S -c '
import threading
threads = [threading.Thread(target=lambda: [str(i) * 9 for i in range(10_000)]) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(open("/etc/passwd").read()) > 0)
'
done
