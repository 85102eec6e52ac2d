# What the library needs and shows to the loader: libc and the loader itself; the malloc family, the operators and
# quarry_*; bound at load, never unloaded, no more static thread memory than a word of ours and the panic counter that
# comes with Rust's standard library (24 bytes; the loader keeps 512 for libraries that are opened late).
# Why: each further name may stand before one of the program's own, and each further library is loaded into everything.
# needs: readelf nm
bad=0
complain() { echo "$*"; bad=1; }

dynamic=$(readelf -dW "$QUARRY_SO")
needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic")
grep -qx 'libc\.so\.6' <<<"$needed" || complain "libc.so.6 is not needed"
others=$(grep -vxE 'libc\.so\.6|ld-linux-.*\.so\.[0-9]' <<<"$needed") && complain "needed: $others"
grep -q '(SONAME).*\[libquarry\.so\(\.[0-9]*\)*\]' <<<"$dynamic" || complain "no SONAME of ours"
for flag in NOW NODELETE; do grep -q "FLAGS.*\b$flag\b" <<<"$dynamic" || complain "not linked with $flag"; done
! grep -q TEXTREL <<<"$dynamic" || complain "text relocations"

segments=$(readelf -lW "$QUARRY_SO")
grep -q 'GNU_STACK .* RW ' <<<"$segments" || complain "an executable stack"
thread=$(awk '$1 == "TLS" { print $6 }' <<<"$segments")
[ $((thread)) -le 24 ] || complain "$((thread)) bytes of static thread memory"

expected() {
    printf '%s\n' malloc free calloc realloc reallocarray aligned_alloc posix_memalign memalign valloc pvalloc \
        malloc_usable_size free_sized free_aligned_sized cfree malloc_trim malloc_stats malloc_info mallinfo mallinfo2 \
        mallopt malloc_good_size __libc_malloc __libc_calloc __libc_realloc __libc_free __libc_memalign __libc_valloc \
        __libc_pvalloc __libc_cfree __posix_memalign
    # new and new[]; delete and delete[]: plain, nothrow, aligned, both; delete also sized.
    printf '%s\n' _Zn{w,a}m{,RKSt9nothrow_t,St11align_val_t,St11align_val_tRKSt9nothrow_t} \
        _Zd{l,a}Pv{,m,RKSt9nothrow_t,St11align_val_t,mSt11align_val_t,St11align_val_tRKSt9nothrow_t}
}
exported=$(nm -D --defined-only "$QUARRY_SO" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u)
missing=$(expected | sort | comm -23 - <(echo "$exported")) && [ -z "$missing" ] || complain "not exported:" $missing
strange=$(expected | sort | comm -13 - <(echo "$exported") | grep -v '^quarry_') && complain "exported:" $strange
exit $bad
