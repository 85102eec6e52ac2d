/* expect: exit 0
 * why:    one thread allocates and another frees, three million objects; the sizes shift all the time, from 16 bytes to 4 KiB and
 *         back. What is resident does not grow after the first of thirty phases */
#include "memory.h"

enum { SLOTS = 1024, PHASES = 30, COUNT = 100000 };

static char *queue[SLOTS];

static void *consume(void *argument) {
    for (int i = 0; i < PHASES * COUNT; i++) {
        char *p;
        while ((p = __atomic_load_n(&queue[i % SLOTS], __ATOMIC_ACQUIRE)) == NULL)
            sched_yield();
        __atomic_store_n(&queue[i % SLOTS], NULL, __ATOMIC_RELEASE);
        free(p);
    }
    return argument;
}

int main(void) {
    pthread_t consumer = start(consume, NULL);
    uint64_t random = 1;
    size_t early = 0, most = 0;
    for (int i = 0; i < PHASES * COUNT; i++) {
        /* Each phase has its own doubling. */
        size_t low = (size_t)16 << i / COUNT % 8, size = low + next_random(&random) % low;
        char *p = malloc(size);
        CHECK(p != NULL);
        touch(p, size);
        while (__atomic_load_n(&queue[i % SLOTS], __ATOMIC_ACQUIRE) != NULL)
            sched_yield();
        __atomic_store_n(&queue[i % SLOTS], p, __ATOMIC_RELEASE);
        if (i % COUNT == COUNT - 1) {
            size_t now = resident_bytes();
            if (i / COUNT < 8)
                early = now > early ? now : early;
            most = now > most ? now : most;
        }
    }
    join(consumer);
    CHECK_AT(early < 32 * MIB && most < early + 4 * MIB, most);
    return 0;
}
