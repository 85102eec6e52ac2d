/* expect: exit 0
 * why:    one thread only allocates and the other only frees, two million objects in order: what the consumer frees must come
 *         back to the producer, else the program grows by 400 MiB */
#include "../check.h"

enum { SLOTS = 1024, COUNT = 2000000 };

static char *queue[SLOTS];

static void *consume(void *argument) {
    for (int i = 0; i < COUNT; i++) {
        char *p;
        while ((p = __atomic_load_n(&queue[i % SLOTS], __ATOMIC_ACQUIRE)) == NULL)
            sched_yield();
        CHECK_AT(p[0] == (char)i && p[199] == (char)(i >> 8), i);
        __atomic_store_n(&queue[i % SLOTS], NULL, __ATOMIC_RELEASE);
        free(p);
    }
    return argument;
}

int main(void) {
    pthread_t consumer = start(consume, NULL);
    for (int i = 0; i < COUNT; i++) {
        char *p = malloc(200);
        CHECK(p != NULL);
        p[0] = (char)i;
        p[199] = (char)(i >> 8);
        while (__atomic_load_n(&queue[i % SLOTS], __ATOMIC_ACQUIRE) != NULL)
            sched_yield();
        __atomic_store_n(&queue[i % SLOTS], p, __ATOMIC_RELEASE);
    }
    join(consumer);
    CHECK_AT(resident_bytes() < 64 * MIB, resident_bytes());
    return 0;
}
