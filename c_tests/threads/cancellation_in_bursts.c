/* expect: exit 0
 * modes:  default
 * why:    POSIX 2.9.5.2: malloc and free are no cancellation points, so that a cancelled thread never leaves with a lock held
 *         or an object half freed: 40 bursts of 8 threads cancelled in the midst of it, and the heap goes on */
#include "../check.h"

enum { BURSTS = 40, THREADS = 8 };

static void release(void *p) { free(*(void **)p); }

static __attribute__((noinline)) void allocate_for_ever(void **p, uint64_t random) {
    for (;;) {
        size_t size = next_random(&random) % 64 ? next_random(&random) % 3000 : 5 * MIB;
        CHECK((*p = malloc(size)) != NULL);
        CHECK((*p = realloc(*p, size + 100)) != NULL);
        if (size > MIB)
            malloc_trim(0);
        pthread_testcancel(); /* the cleanup handler frees what *p names */
        free(*p);
        *p = NULL;
    }
}

static void *body(void *argument) {
    void *p = NULL;
    pthread_cleanup_push(release, &p);
    allocate_for_ever(&p, (uint64_t)(uintptr_t)argument + 1);
    pthread_cleanup_pop(0);
    return NULL;
}

int main(void) {
    for (int burst = 0; burst < BURSTS; burst++) {
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            threads[i] = start(body, (void *)(uintptr_t)(burst * THREADS + i));
        usleep((useconds_t)(burst * 100));
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_cancel(threads[i]) == 0);
        for (int i = 0; i < THREADS; i++)
            CHECK(join(threads[i]) == PTHREAD_CANCELED);
    }
    for (int i = 0; i < 100000; i++)
        free(malloc((size_t)i % 3000));
    malloc_trim(0);
    CHECK_AT(resident_bytes() < 200 * MIB, resident_bytes());
    return 0;
}
