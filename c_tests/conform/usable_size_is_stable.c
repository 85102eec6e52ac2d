/* expect: exit 0
 * why:    a program that asked once may rely on the answer until it frees the object, whatever else it does meanwhile */
#include "../check.h"

enum { COUNT = 500 };

int main(void) {
    static struct { char *p; size_t usable; } live[COUNT];
    uint64_t random = 9;
    for (int i = 0; i < COUNT; i++) {
        size_t size = next_random(&random) % ((size_t)16 << i % 17);
        CHECK_AT((live[i].p = i % 5 ? malloc(size) : memalign(4096, size)) != NULL, size);
        live[i].usable = malloc_usable_size(live[i].p);
    }
    for (int step = 0; step < 20000; step++) {
        int i = (int)(next_random(&random) % COUNT);
        CHECK_AT(malloc_usable_size(live[i].p) == live[i].usable, step);
        free(malloc(next_random(&random) % 100000));
        if (step % 5000 == 0)
            malloc_trim(0);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(malloc_usable_size(live[i].p) == live[i].usable, i);
        free(live[i].p);
    }
    return 0;
}
