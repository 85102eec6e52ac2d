/* expect: exit 0
 * needs:  quarry
 * why:    pages of all orders that come and go in any sequence overlap neither each other nor malloc's objects */
#include "levels.h"

enum { COUNT = 400 };

int main(void) {
    static struct { char *p; unsigned order; int bytes; } live[COUNT];
    uint64_t random = 5;
    for (int step = 0; step < 20000; step++) {
        int i = (int)(next_random(&random) % COUNT);
        size_t size = live[i].bytes ? 5000 : PAGE << live[i].order;
        size_t watched = size < 600 ? size : 600;
        if (live[i].p != NULL) {
            CHECK_AT(holds(live[i].p, watched, (unsigned long)i), step);
            CHECK_AT(holds(live[i].p + size - watched, watched, (unsigned long)i + 7), step);
            live[i].bytes ? free(live[i].p) : quarry_free_pages(live[i].p, live[i].order);
        }
        live[i].bytes = next_random(&random) % 3 == 0;
        live[i].order = (unsigned)(next_random(&random) % 8);
        size = live[i].bytes ? 5000 : PAGE << live[i].order;
        CHECK_AT((live[i].p = live[i].bytes ? malloc(size) : quarry_alloc_pages(live[i].order)) != NULL, step);
        fill(live[i].p, 600, (unsigned long)i);
        fill(live[i].p + size - 600, 600, (unsigned long)i + 7);
    }
    CHECK(quarry_check() == 0);
    for (int i = 0; i < COUNT; i++)
        live[i].bytes ? free(live[i].p) : quarry_free_pages(live[i].p, live[i].order);
    malloc_trim(0);
    CHECK(quarry_check() == 0);
    return 0;
}
