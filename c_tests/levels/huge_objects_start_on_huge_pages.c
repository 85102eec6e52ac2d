/* expect: exit 0
 * needs:  quarry
 * why:    with QUARRY_HUGE an object of 2 MiB and more starts on a huge page, also when it moves, and its mapping alone is
 *         marked and goes with it; below the flag changes nothing */
#include "levels.h"

int main(void) {
    char *p = quarry_kmalloc(2 * MIB - 1, QUARRY_HUGE), *q;
    CHECK(p != NULL);
    free(p);
    size_t before = mappings();
    for (int round = 0; round < 100; round++)
        for (size_t size = 2 * MIB; size <= 64 * MIB; size = size * 2 + 12345) {
            CHECK_AT((p = quarry_kmalloc(size, QUARRY_HUGE)) != NULL && (uintptr_t)p % (2 * MIB) == 0, size);
            CHECK_AT(quarry_ksize(p) >= size && quarry_ksize(p) - size < PAGE, size);
            p[0] = p[size - 1] = 7;
            free(p);
        }
    CHECK(mappings() <= before + 2);
    /* Growing: from a small object, then in place or to another place. */
    fill(p = malloc(1000), 1000, 1);
    for (size_t size = MIB; size <= 512 * MIB; size *= 2) {
        CHECK_AT((p = quarry_krealloc(p, size, QUARRY_HUGE)) != NULL && holds(p, 1000, 1), size);
        CHECK_AT(size < 2 * MIB || (uintptr_t)p % (2 * MIB) == 0, size);
        CHECK((q = quarry_kmalloc(4 * MIB, QUARRY_HUGE)) != NULL);
        q[4 * MIB - 1] = 1;
        free(q);
    }
    CHECK((p = realloc(p, 2000)) != NULL && holds(p, 1000, 1));
    free(p);
    CHECK(quarry_check() == 0);
    return 0;
}
