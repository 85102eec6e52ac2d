/* expect: exit 0
 * run:    glibc preload
 * needs:  quarry
 * env:    QUARRY_SO=$QUARRY_SO
 * why:    dlmopen(3): in a new namespace the library is a second copy, with a libc of its own and a heap of its own */
#include "loaded.h"

int main(void) {
    struct late_quarry first = late_quarry(dlmopen(LM_ID_NEWLM, getenv("QUARRY_SO"), RTLD_NOW));
    struct late_quarry second = late_quarry(dlmopen(LM_ID_NEWLM, getenv("QUARRY_SO"), RTLD_NOW));
    CHECK(first.malloc != second.malloc);
    late_quarry_works(first);
    late_quarry_works(second);
    void *of_first = first.malloc(100), *of_second = second.malloc(100);
    CHECK(of_first != NULL && of_second != NULL && of_first != of_second);
    first.free(of_first);
    second.free(of_second);
    CHECK(first.check() == 0 && second.check() == 0);
    return 0;
}
