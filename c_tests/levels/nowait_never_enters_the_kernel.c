/* expect: exit 0
 * needs:  quarry
 * why:    with QUARRY_NOWAIT quarry_kmalloc and quarry_krealloc serve from committed memory, and refuse where there is none,
 *         without one call of the kernel: hits, misses, large objects, and when all is used up */
#include "nowait.h"

int main(void) {
    static char *some[4000];
    /* Committed memory in magazines, depots, slabs and free runs. */
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4000; i++)
            some[i] = malloc((size_t)(i % 40) * 600 + 20);
        for (int i = 0; i < 4000; i++)
            free(some[i]);
    }
    free(malloc(24 * MIB));
    void *region = quarry_vmalloc(100);
    forbid_the_kernel();
    const size_t sizes[] = {24, 17, 100, 1000, 5000, 20000, 31000, 40000, 100000, 300000, 3 * MIB, 5 * MIB};
    for (int i = 0; i < 12; i++)
        CHECK_AT(nowait(sizes[i], 1, 2) >= 2, i);
    size_t served = 0;
    for (int i = 11; i >= 0; i--)
        served += nowait(sizes[i], 10, KEPT);
    CHECK_AT(served > 1500, served);
    /* All is used up, or nearly: a large object is refused, the heap as it was. */
    errno = 0;
    CHECK(quarry_kmalloc(512 * MIB, QUARRY_NOWAIT) == NULL && errno == ENOMEM);
    CHECK(quarry_krealloc(region, 50, QUARRY_NOWAIT | QUARRY_ZERO) == region);
    CHECK(quarry_krealloc(region, GIB, QUARRY_NOWAIT) == NULL && quarry_ksize(region) == PAGE);
    _exit(0);
}
