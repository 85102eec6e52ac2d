/* expect: exit 0
 * why:    POSIX 2.9.1: all of these are safe to call from several threads at once, the ones that look at the whole heap too */
#include "../check.h"
#include <stdio.h>

enum { THREADS = 6, STEPS = 3000 };

static void *body(void *argument) {
    uint64_t random = (uint64_t)(uintptr_t)argument + 11;
    FILE *nowhere = fopen("/dev/null", "w");
    CHECK(nowhere != NULL);
    for (int step = 0; step < STEPS; step++) {
        size_t size = next_random(&random) % ((size_t)16 << next_random(&random) % 18);
        char *p = malloc(size), *q = calloc(1, size), *r = memalign(256, size);
        CHECK(p != NULL && q != NULL && r != NULL && is_zero(q, size < 4096 ? size : 4096));
        CHECK((p = realloc(p, size + size / 2 + 1)) != NULL && malloc_usable_size(p) > size);
        if (step % 100 == 0) {
            malloc_trim(0);
            CHECK(malloc_info(0, nowhere) == 0);
            mallinfo2();
        }
        free(p);
        free(q);
        free(r);
    }
    fclose(nowhere);
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, (void *)(uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    return 0;
}
