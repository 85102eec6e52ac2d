/* expect: exit 0
 * needs:  quarry
 * why:    quarry_vmalloc gives whole pages of zero bytes; quarry_vrealloc keeps bytes, and what it gains is zero */
#include "levels.h"

int main(void) {
    uint64_t random = 17;
    for (int life = 0; life < 200; life++) {
        size_t size = next_random(&random) % ((size_t)1 << next_random(&random) % 25);
        char *p = life % 3 ? life % 3 == 1 ? quarry_vmalloc(size) : quarry_vzalloc(size) : quarry_vrealloc(NULL, size);
        CHECK_AT(p != NULL && (uintptr_t)p % PAGE == 0 && is_zero(p, size), size);
        CHECK_AT(malloc_usable_size(p) == (size + PAGE - 1 + (size == 0)) / PAGE * PAGE, size);
        for (int step = 0; step < 10; step++) {
            size_t wanted = step % 2 ? size + next_random(&random) % 8000 : next_random(&random) % (4 * MIB) + 1;
            memset(p, 0xff, size);
            fill(p, size < 2000 ? size : 2000, (unsigned long)life);
            CHECK_AT((p = quarry_vrealloc(p, wanted + 1)) != NULL, wanted);
            size_t kept = size <= wanted ? size : wanted + 1;
            CHECK_AT(holds(p, kept < 2000 ? kept : 2000, (unsigned long)life), wanted);
            CHECK_AT(is_zero(p + kept, wanted + 1 - kept), step);
            size = wanted + 1;
        }
        if (life % 2)
            quarry_vfree(p);
        else
            CHECK(quarry_vrealloc(p, 0) == NULL);
    }
    return 0;
}
