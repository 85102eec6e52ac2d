/* Registers fork handlers that allocate, before the process's first malloc. */
#include <pthread.h>
#include <stdlib.h>

static void allocate_much(void) {
    void *objects[4000];
    for (int i = 0; i < 4000; i++)
        objects[i] = malloc(40 + (size_t)(i % 100) * 400);
    for (int i = 0; i < 4000; i++)
        free(objects[i]);
    free(malloc(9 << 20));
}

__attribute__((constructor(101))) static void register_early(void) {
    pthread_atfork(allocate_much, allocate_much, allocate_much);
}
