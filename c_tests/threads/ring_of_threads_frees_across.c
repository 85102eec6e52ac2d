/* expect: exit 0
 * why:    each thread allocates what its neighbour frees, all the way round: no thread's memory may grow without end, nor may
 *         contents change hands with the pointers' order */
#include "../check.h"

enum { THREADS = 4, SLOTS = 256, STEPS = 200000 };

static char *ring[THREADS][SLOTS]; /* ring[i] is filled by thread i and emptied by thread i + 1 */

static void *body(void *argument) {
    int self = (int)(uintptr_t)argument, before = (self + THREADS - 1) % THREADS;
    uint64_t random = (uint64_t)self + 1;
    for (int step = 0; step < STEPS; step++) {
        size_t size = next_random(&random) % 1000 + 16;
        char *p = malloc(size);
        CHECK(p != NULL);
        memcpy(p, &size, sizeof size);
        p[size - 1] = (char)size;
        p = __atomic_exchange_n(&ring[self][step % SLOTS], p, __ATOMIC_ACQ_REL);
        free(p);
        if ((p = __atomic_exchange_n(&ring[before][step % SLOTS], NULL, __ATOMIC_ACQ_REL)) != NULL) {
            memcpy(&size, p, sizeof size);
            CHECK_AT(size >= 16 && size < 1016 && (size == 16 || p[size - 1] == (char)size), size);
            free(p);
        }
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, (void *)(uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK_AT(resident_bytes() < 128 * MIB, resident_bytes());
    return 0;
}
