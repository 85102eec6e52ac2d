# xz: 48 MB packed by two threads, unpacked, compared; the packed file stays.
# Why: two threads take and give back buffers of megabytes, most of them once per block.
# needs: xz
awk 'BEGIN { for (i = 0; i < 3000000; i++) print i * 7919 % 1000003, i % 251 }' | head -c 48000000 >text
xz -T2 -2 --block-size=4MiB --keep text
xz -T2 --decompress --stdout text.xz | cmp - text && echo "the round trip is exact"
xz -lv text.xz | grep -c CRC64
