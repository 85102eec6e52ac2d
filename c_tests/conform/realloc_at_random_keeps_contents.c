/* expect: exit 0
 * why:    C11 7.22.3.5p2 in a heap where neighbours come and go, so that growing in place meets both cases */
#include "../check.h"

enum { COUNT = 300, STEPS = 60000 };

int main(void) {
    static struct { unsigned char *p; size_t size; } live[COUNT];
    uint64_t random = 42;
    for (int step = 0; step < STEPS; step++) {
        int i = (int)(next_random(&random) % COUNT);
        size_t limit = (size_t)8 << next_random(&random) % 16; /* up to 256 KiB, small sizes as likely as large ones */
        size_t size = next_random(&random) % limit + 1, kept = live[i].size < size ? live[i].size : size;
        live[i].p = realloc(live[i].p, size);
        CHECK_AT(live[i].p != NULL, step);
        for (size_t at = 0; at < kept; at += kept / 64 + 1)
            CHECK_AT(live[i].p[at] == pattern_byte((unsigned long)i, at), step);
        for (size_t at = kept; at < size; at++)
            live[i].p[at] = pattern_byte((unsigned long)i, at);
        live[i].size = size;
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(holds(live[i].p, live[i].size, (unsigned long)i), i);
        free(live[i].p);
    }
    return 0;
}
