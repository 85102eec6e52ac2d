/* expect: exit 0
 * needs:  quarry
 * why:    quarry_get_zeroed_pages gives zero bytes, also where the pages were used before, and aligned ones */
#include "levels.h"

int main(void) {
    char *largest = quarry_get_zeroed_pages(QUARRY_MAX_ORDER);
    CHECK(largest != NULL && is_zero(largest, MIB) && is_zero(largest + (PAGE << QUARRY_MAX_ORDER) - MIB, MIB));
    /* What is known to be zero is not touched. */
    CHECK(resident_bytes() < 512 * MIB);
    quarry_free_pages(largest, QUARRY_MAX_ORDER);
    for (unsigned order = 0; order <= 12; order++)
        for (int round = 0; round < 4; round++) {
            size_t size = PAGE << order;
            char *run = quarry_get_zeroed_pages(order);
            CHECK_AT(run != NULL && (uintptr_t)run % size == 0 && is_zero(run, size), order);
            memset(run, 0xff, size);
            quarry_free_pages(run, order);
            if (round == 2)
                malloc_trim(0);
        }
    return 0;
}
