/* expect: exit 0
 * needs:  quarry
 * why:    one heap: pages may be given to free and realloc, and objects of a size that pages have to quarry_free_pages */
#include "levels.h"

int main(void) {
    for (unsigned order = 0; order <= QUARRY_MAX_ORDER; order++) {
        size_t size = PAGE << order;
        char *run = quarry_alloc_pages(order);
        CHECK_AT(run != NULL && malloc_usable_size(run) == size && quarry_ksize(run) == size, order);
        free(run);
        CHECK_AT((run = malloc(size)) != NULL, order);
        quarry_free_pages(run, order);
        CHECK_AT((run = aligned_alloc(size, size)) != NULL, order);
        quarry_free_pages(run, order);
        CHECK_AT((run = quarry_alloc_pages_exact(size)) != NULL, order);
        quarry_free_pages(run, order);
        CHECK_AT((run = quarry_alloc_pages(order)) != NULL, order);
        fill(run, 4096, order);
        CHECK_AT((run = realloc(run, 2 * size)) != NULL && holds(run, 4096, order), order);
        CHECK_AT((run = realloc(run, size)) != NULL && holds(run, 4096, order), order);
        free(run);
    }
    CHECK(quarry_check() == 0);
    return 0;
}
