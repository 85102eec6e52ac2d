# redis-server without persistence, on a socket in this directory: redis-benchmark, then keys written, read, deleted.
# Why: a server's load of strings, lists and hashes; it accounts each object by malloc_usable_size on both ways.
# needs: redis-server redis-benchmark redis-cli
redis-server --port 0 --unixsocket "$PWD/socket" --save '' --appendonly no --logfile log &
server=$!
trap 'kill $server 2>/dev/null; wait $server' EXIT
cli() { redis-cli -s "$PWD/socket" "$@"; }
for _ in {1..300}; do # half a minute, where a tenth of a second is usual
    [ "$(cli ping 2>/dev/null)" != PONG ] || break
    sleep 0.1
done

# The tests that ran; the figures, overwritten in place while they run, differ. A server's error is a line of its own.
redis-benchmark -s "$PWD/socket" -q -n 10000 -P 16 -c 20 -d 300 -r 5000 -t set,get,incr,lpush,rpop,sadd,hset,zadd 2>&1 |
    tr '\r' '\n' | grep -v 'rps=' | sed '/^ *$/d; s/: [0-9.]* requests per second.*//'
cli flushall

awk 'BEGIN { for (i = 1; i <= 20000; i++) { s = s "v"; if (i % 700 == 0) s = ""; print "SET key:" i " " i s } }' |
    cli --pipe | tail -n 1
cli dbsize
seq 20000 | sed 's/^/GET key:/' | cli | sha256sum
seq 1 2 20000 | sed 's/^/DEL key:/' | cli | sort | uniq -c
cli dbsize
seq 20000 | sed 's/^/GET key:/' | cli | sha256sum
cli shutdown nosave
wait $server
echo "the server ended with $?"
trap - EXIT
rm -f log
