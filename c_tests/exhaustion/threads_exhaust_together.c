/* expect: exit 0
 * why:    several threads run out of memory at once: each is refused, none waits for another, all of it comes back */
#include "exhaust.h"

enum { THREADS = 4 };

static pthread_barrier_t ready;

static void *body(void *argument) {
    const size_t sizes[THREADS] = {48, 3000, 60 * KIB, MIB};
    size_t size = sizes[(uintptr_t)argument];
    for (int round = 0; round < 5; round++) {
        size_t count;
        pthread_barrier_wait(&ready);
        struct link *chain = take_all(size, &count);
        check_all(chain, size, count);
        free_all(chain);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    pthread_barrier_init(&ready, NULL, THREADS);
    /* Their stacks count as data too: 8 MiB each at the usual limit. */
    limit(RLIMIT_DATA, 400 * MIB);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, (void *)(uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    malloc_trim(0);
    for (int i = 0; i < 100; i++)
        free(malloc((size_t)i * 100000));
    exhaust(100 * KIB, 64 * MIB);
    return 0;
}
