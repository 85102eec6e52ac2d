/* expect: exit 0
 * why:    C11 7.22.3: any mixture of the functions is one heap; random calls against a table of what must be in memory */
#include "../check.h"

enum { COUNT = 1000, STEPS = 200000 };

static struct { unsigned char *p; size_t size; } live[COUNT];

static void *allocate(uint64_t choice, size_t size) {
    void *p = NULL;
    switch (choice % 6) {
    case 0: return calloc(1, size);
    case 1: return aligned_alloc((size_t)1 << choice / 6 % 14, size);
    case 2: return posix_memalign(&p, (size_t)8 << choice / 6 % 12, size) == 0 ? p : NULL;
    case 3: return reallocarray(NULL, size, 1);
    default: return malloc(size);
    }
}

int main(void) {
    uint64_t random = 2024;
    for (int step = 0; step < STEPS; step++) {
        int i = (int)(next_random(&random) % COUNT);
        size_t size = next_random(&random) % ((size_t)16 << next_random(&random) % 12) + 1;
        uint64_t choice = next_random(&random);
        CHECK_AT(live[i].p == NULL || holds(live[i].p, live[i].size < 64 ? live[i].size : 64, (unsigned long)i), step);
        if (live[i].p != NULL && choice % 3 == 0) {
            size_t kept = live[i].size < size ? live[i].size : size;
            CHECK_AT((live[i].p = realloc(live[i].p, size)) != NULL, step);
            CHECK_AT(holds(live[i].p, kept, (unsigned long)i), step);
        } else {
            free(live[i].p);
            CHECK_AT((live[i].p = allocate(choice, size)) != NULL, step);
        }
        live[i].size = size;
        fill(live[i].p, size, (unsigned long)i);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(live[i].p == NULL || holds(live[i].p, live[i].size, (unsigned long)i), i);
        free(live[i].p);
    }
    return 0;
}
