/* A library whose constructor starts threads that allocate, and waits for their end: all the time the loader's lock is held,
 * so whoever asks for it in a thread's birth or death waits for ever. */
#include <pthread.h>
#include <stdlib.h>

static void *body(void *argument) {
    for (size_t size = 1; size < 10000000; size = size * 2 + 1)
        free(malloc(size));
    return argument;
}

__attribute__((constructor)) static void begin(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, body, NULL) != 0)
            abort();
    for (int i = 0; i < 4; i++)
        if (pthread_join(threads[i], NULL) != 0)
            abort();
}
