# stress-ng's malloc stressor, two processes with two threads each, verifying what they wrote.
# Why: random mixes of malloc, calloc, realloc, aligned requests and free, made to break allocators.
# needs: stress-ng
stress-ng --malloc 2 --malloc-pthreads 2 --malloc-bytes 8m --malloc-ops 60000 --timeout 60 --verify -v >log 2>&1
echo "status $?"
# A stressor that dies may be started again, and is then told of only in the debug lines.
sed -n 's/^stress-ng: [a-z]*: *\[[0-9]*\] *//p' log | grep -iE 'fail|error|kill|crash|signal|corrupt|restart|abort'
grep -o 'successful run completed' log
rm -f log
