/* expect: exit 0
 * modes:  default
 * why:    objects with a memory area of their own are made, resized and freed by several threads at once: the registry of
 *         areas is shared, and two mappings may follow one another at one address */
#include "../check.h"

enum { THREADS = 4, STEPS = 60 };

static void *body(void *argument) {
    unsigned long self = (unsigned long)(uintptr_t)argument;
    for (unsigned long step = 0; step < STEPS; step++) {
        size_t size = GIB + (self + step % 7) * 100 * MIB + 1;
        char *p = step % 3 ? malloc(size) : calloc(1, size);
        CHECK_AT(p != NULL, size);
        p[0] = p[size - 1] = (char)(self + step);
        CHECK_AT((p = realloc(p, size + 300 * MIB)) != NULL, size);
        CHECK_AT(p[0] == (char)(self + step) && p[size - 1] == (char)(self + step), size);
        free(p);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, (void *)(uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    return 0;
}
