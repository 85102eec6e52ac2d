/* expect: exit 0
 * needs:  quarry
 * why:    with QUARRY_ZERO in every call, bytes that an object gains are zero, however it shrank and grew in place or moved */
#include "levels.h"

int main(void) {
    uint64_t random = 11;
    for (int life = 0; life < 150; life++) {
        char *p = NULL;
        size_t size = 0;
        for (int step = 0; step < 40; step++) {
            size_t wanted = next_random(&random) % ((size_t)16 << next_random(&random) % 21) + 1;
            /* Small steps stay in place, more often than not. */
            if (step % 2 && size > 64)
                wanted = size - size / 16 + next_random(&random) % (size / 8);
            CHECK_AT((p = quarry_krealloc(p, wanted, QUARRY_ZERO | (life % 8 ? 0 : QUARRY_HUGE))) != NULL, wanted);
            size_t kept = size < wanted ? size : wanted, watched = kept < 2000 ? kept : 2000;
            CHECK_AT(holds(p, watched, (unsigned long)life), wanted);
            CHECK_AT(is_zero(p + kept, wanted - kept), step);
            size = wanted;
            memset(p, 0xff, size);
            fill(p, size < 2000 ? size : 2000, (unsigned long)life);
            if (step % 10 == 9) { /* dirty memory lies about */
                void *other = malloc(size);
                memset(other, 0xff, size);
                free(other);
            }
        }
        quarry_kfree(p);
    }
    CHECK(quarry_check() == 0);
    return 0;
}
