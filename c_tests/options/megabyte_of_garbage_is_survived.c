/* expect: exit 0
 * run:    glibc
 * needs:  quarry
 * env:    QUARRY_SO=$QUARRY_SO
 * stderr: quarry: option 'abc': .*ignored
 * why:    a program can set more than the kernel would pass: 1 MiB of QUARRY_CONF, and then the library is loaded */
#include "../loader/loaded.h"

int main(void) {
    static char garbage[MIB + 1];
    for (size_t i = 0; i < MIB; i++)
        garbage[i] = "abc:def,"[i % 8];
    CHECK(setenv("QUARRY_CONF", garbage, 1) == 0);
    late_quarry_works(late_quarry(dlopen(getenv("QUARRY_SO"), RTLD_NOW)));
    return 0;
}
