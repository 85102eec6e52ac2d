/* expect: exit 0
 * needs:  quarry
 * why:    quarry_vrealloc grows by mremap: from 16 MiB to 1 GiB in steps, with mappings in the way so that it must move; what
 *         is resident at most is what was touched, where a copy would need it twice */
#include "levels.h"

enum { STEP = 16 };

int main(void) {
    const size_t touched = 256 * MIB;
    size_t before = status_bytes("VmHWM:");
    char *p = quarry_vmalloc(STEP * MIB), *start = p, *in_the_way[64];
    int moves = 0, ways = 0;
    CHECK(p != NULL);
    for (size_t size = STEP * MIB; size < GIB; size += STEP * MIB) {
        if (size <= touched)
            for (size_t at = size - STEP * MIB; at < size; at += PAGE)
                *(size_t *)(p + at) = at + 1;
        CHECK((in_the_way[ways++] = quarry_vmalloc(PAGE)) != NULL);
        CHECK_AT((p = quarry_vrealloc(p, size + STEP * MIB)) != NULL, size);
        moves += p != start;
        start = p;
    }
    for (size_t at = 0; at < GIB; at += PAGE)
        if (at < touched)
            CHECK_AT(*(size_t *)(p + at) == at + 1, at);
    CHECK(is_zero(p + touched, 4 * PAGE) && is_zero(p + GIB - 4 * PAGE, 4 * PAGE));
    size_t most = status_bytes("VmHWM:");
    CHECK_AT(most < before + touched + 8 * MIB, most);
    CHECK_AT(moves > 0, moves);
    while (ways > 0)
        quarry_vfree(in_the_way[--ways]);
    quarry_vfree(p);
    return 0;
}
