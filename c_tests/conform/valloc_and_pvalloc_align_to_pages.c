/* expect: exit 0
 * why:    glibc manual, "Allocating Aligned Memory Blocks": valloc is memalign with the page size; pvalloc also rounds the
 *         size up to the page */
#include "../check.h"

int main(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t sizes[] = {0, 1, 100, page - 1, page, page + 1, 3 * page, 100 * KIB + 1, 5 * MIB + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *p = valloc(sizes[i]), *q = pvalloc(sizes[i]);
        size_t rounded = (sizes[i] + page - 1) / page * page;
        CHECK_AT(p != NULL && (uintptr_t)p % page == 0 && malloc_usable_size(p) >= sizes[i], sizes[i]);
        CHECK_AT(q != NULL && (uintptr_t)q % page == 0 && malloc_usable_size(q) >= rounded, sizes[i]);
        memset(p, 1, sizes[i]);
        memset(q, 1, rounded);
        free(p);
        free(q);
    }
    return 0;
}
