/* expect: exit 0
 * needs:  quarry
 * run:    shared static
 * conf:   limit:100M
 * why:    memory that the limit refuses does not count afterwards as if it had been used: what fits is had without waiting,
 *         also where free memory of both kinds, used before and new, was all that was refused */
#include "growth.h"
#include "../../include/quarry.h"

int main(void) {
    /* Commits more than the limit allows to be used. */
    CHECK(malloc(200 * MIB) == NULL);
    for (size_t i = 0; i < 20; i++) {
        char *used = malloc(5 * MIB);
        CHECK_AT(used != NULL, i);
        memset(used, 1, 5 * MIB);
        free(used);
        for (size_t size = 101 * MIB; size <= 250 * MIB; size += 10 * MIB)
            CHECK_AT(quarry_kmalloc(size, QUARRY_NOWAIT) == NULL, size);
        char *fits = quarry_kmalloc(20 * MIB, QUARRY_NOWAIT);
        CHECK_AT(fits != NULL, i);
        /* Growing where it is leaves none either. */
        CHECK_AT(quarry_krealloc(fits, 120 * MIB, QUARRY_NOWAIT) == NULL, i);
        char *beside = quarry_kmalloc(5 * MIB, QUARRY_NOWAIT);
        CHECK_AT(beside != NULL, i);
        quarry_kfree(beside);
        quarry_kfree(fits);
        CHECK(quarry_purge() >= 5 * MIB && quarry_check() == 0);
    }
    return 0;
}
