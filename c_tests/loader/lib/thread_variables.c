/* A library with thread variables too large for static TLS: the loader allocates them at a thread's first touch. */
#include <stdlib.h>

static __thread char large[100000];
static __thread void *held;

int touch(int value) {
    large[0] = large[99999] = (char)value;
    free(held);
    held = malloc((size_t)value + 1);
    return large[0] + large[99999];
}

void release(void) {
    free(held);
    held = NULL;
}
