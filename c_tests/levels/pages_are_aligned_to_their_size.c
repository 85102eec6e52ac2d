/* expect: exit 0
 * needs:  quarry
 * why:    quarry_alloc_pages gives 2^order pages, contiguous, aligned to their size, every order to the largest, several at once */
#include "levels.h"

int main(void) {
    CHECK(quarry_max_order() == QUARRY_MAX_ORDER && QUARRY_MAX_ORDER == 18);
    for (unsigned order = 0; order <= quarry_max_order(); order++) {
        size_t size = PAGE << order;
        char *runs[4];
        for (int i = 0; i < 4; i++) {
            CHECK_AT((runs[i] = quarry_alloc_pages(order)) != NULL, order);
            CHECK_AT((uintptr_t)runs[i] % size == 0, order);
            runs[i][0] = runs[i][size / 2] = runs[i][size - 1] = (char)i;
        }
        for (int i = 0; i < 4; i++) {
            CHECK_AT(runs[i][0] == i && runs[i][size / 2] == i && runs[i][size - 1] == i, order);
            quarry_free_pages(runs[i], order);
        }
    }
    CHECK(quarry_check() == 0);
    return 0;
}
