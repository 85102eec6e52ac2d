/* Eight threads take 1 GiB of mixed sizes together and give it back, and stay alive, asleep. */
#include "memory.h"

enum { THREADS = 8 };

static pthread_t threads[THREADS];

static void *take_and_give(void *seed) {
    meet();
    struct link *list = take_mixed(GIB / THREADS, (uintptr_t)seed);
    meet();
    give(list);
    meet();
    meet();
    return NULL;
}

/* Returns what was resident before; CHECKs that the burst was. */
static size_t burst(void) {
    CHECK(pthread_barrier_init(&step, NULL, THREADS + 1) == 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        threads[i] = start(take_and_give, (void *)(i + 1));
    size_t before = resident_bytes();
    meet();
    meet();
    CHECK_AT(resident_bytes() > before + 900 * MIB, resident_bytes() - before);
    meet();
    return before;
}

static void end_burst(void) {
    meet();
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
}
