/* expect: exit 0
 * why:    glibc manual, "Allocating Aligned Memory Blocks": valloc is memalign with the page size; pvalloc also rounds the
 *         size up to the page. Many of one size are live at once, because the first may be aligned by chance */
#include "../check.h"

enum { COUNT = 8 };

static void aligns(void *(*give)(size_t size), size_t size, size_t usable) {
    char *live[COUNT];
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT((live[i] = give(size)) != NULL && (uintptr_t)live[i] % (size_t)sysconf(_SC_PAGESIZE) == 0, size);
        CHECK_AT(malloc_usable_size(live[i]) >= usable, size);
        memset(live[i], i, usable);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(usable == 0 || (live[i][0] == i && live[i][usable - 1] == i), size);
        free(live[i]);
    }
}

int main(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t sizes[] = {0, 1, 100, page - 1, page, page + 1, 3 * page, 100 * KIB + 1, 5 * MIB + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        aligns(valloc, sizes[i], sizes[i]);
        aligns(pvalloc, sizes[i], (sizes[i] + page - 1) / page * page);
    }
    return 0;
}
