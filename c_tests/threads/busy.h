/* Threads that keep every part of the heap busy while something else is tested. */
#ifndef BUSY_H
#define BUSY_H
#include "../check.h"

enum { BUSY_THREADS = 4 };

static pthread_t busy_threads[BUSY_THREADS];
static int busy_stop;

static void *busy_body(void *argument) {
    void *live[64] = {NULL};
    uint64_t random = (uint64_t)(uintptr_t)argument + 77;
    while (!__atomic_load_n(&busy_stop, __ATOMIC_RELAXED)) {
        int i = (int)(next_random(&random) % 64);
        free(live[i]);
        live[i] = malloc(next_random(&random) % ((size_t)16 << next_random(&random) % 17));
        if (next_random(&random) % 4096 == 0) {
            malloc_trim(0);
            free(malloc(2 * GIB));
        }
    }
    for (int i = 0; i < 64; i++)
        free(live[i]);
    return NULL;
}

static CHECK_UNUSED void busy_begin(void) {
    for (int i = 0; i < BUSY_THREADS; i++)
        busy_threads[i] = start(busy_body, (void *)(uintptr_t)i);
}

static CHECK_UNUSED void busy_end(void) {
    __atomic_store_n(&busy_stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < BUSY_THREADS; i++)
        join(busy_threads[i]);
}

#endif
