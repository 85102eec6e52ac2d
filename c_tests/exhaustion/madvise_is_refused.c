/* expect: exit 0
 * why:    madvise fails (locked pages, a sandbox): memory that could not be given back is still dirty, and calloc must clear it */
#include "seccomp.h"

static void body(void) {
    for (int round = 0; round < 20; round++) {
        char *large = malloc(4 * MIB), *small[200];
        CHECK(large != NULL);
        memset(large, 0xff, 4 * MIB);
        free(large);
        for (int i = 0; i < 200; i++) {
            CHECK((small[i] = malloc(3000)) != NULL);
            memset(small[i], 0xff, 3000);
        }
        for (int i = 0; i < 200; i++)
            free(small[i]);
        malloc_trim(0);
        CHECK((large = calloc(1, 4 * MIB)) != NULL && is_zero(large, 4 * MIB));
        free(large);
        for (int i = 0; i < 200; i++)
            CHECK((small[i] = calloc(1, 3000)) != NULL && is_zero(small[i], 3000));
        for (int i = 0; i < 200; i++)
            free(small[i]);
    }
    CHECK(work_or_refuse() > 0);
}

int main(void) {
    /* The heap is alive and has free memory when the kernel begins to refuse. */
    free(malloc(3 * MIB));
    with_refused(SYS_madvise, body);
    return 0;
}
