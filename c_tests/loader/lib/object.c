/* A library that allocates in its constructor and destructor, and gives and takes objects in between. */
#include <stdlib.h>
#include <string.h>

static char *kept;

__attribute__((constructor)) static void begin(void) {
    kept = malloc(10000);
    if (kept == NULL)
        abort();
    memset(kept, 7, 10000);
    for (size_t size = 1; size < 1000000; size *= 3)
        free(malloc(size));
}

__attribute__((destructor)) static void end(void) {
    for (int i = 0; i < 10000; i++)
        if (kept[i] != 7)
            abort();
    free(kept);
    free(malloc(100));
}

void *object_make(size_t size) {
    char *p = malloc(size);
    if (p != NULL)
        memset(p, 3, size);
    return p;
}

void *object_resize(void *p, size_t size) { return realloc(p, size); }

void object_free(void *p) { free(p); }
