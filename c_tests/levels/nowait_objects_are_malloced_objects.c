/* expect: exit 0
 * needs:  quarry
 * why:    what QUARRY_NOWAIT gives is freed, resized and asked about as any object; shrinking stays in place, and what is gained
 *         is zero with QUARRY_ZERO */
#include "levels.h"

int main(void) {
    uint64_t random = 31;
    free(malloc(50 * MIB));
    int served = 0;
    for (int life = 0; life < 2000; life++) {
        size_t size = next_random(&random) % ((size_t)16 << next_random(&random) % 19) + 1;
        char *p = quarry_kmalloc(size, QUARRY_NOWAIT | QUARRY_ZERO), *q;
        if (p == NULL) {
            free(malloc(size));
            continue;
        }
        CHECK_AT(is_zero(p, size) && quarry_ksize(p) >= size, size);
        for (int step = 0; step < 5; step++) {
            size_t wanted = size - size / 4 + next_random(&random) % (size / 2 + 20) + 1;
            memset(p, 0xff, size);
            if ((q = quarry_krealloc(p, wanted, QUARRY_NOWAIT | QUARRY_ZERO)) == NULL)
                continue;
            CHECK_AT(wanted > size || q == p, wanted);
            for (size_t i = 0; i < wanted; i++)
                CHECK_AT(q[i] == (char)(i < size ? 0xff : 0), i);
            p = q, size = wanted, served++;
        }
        life % 2 ? free(p) : free(realloc(p, size * 2));
    }
    CHECK_AT(served > 2000, served);
    CHECK(quarry_check() == 0);
    return 0;
}
