/* expect: exit 0
 * why:    C11 7.22.3p1: the lifetime ends with deallocation, not with the thread: 500 dead threads' objects are read, resized
 *         and freed by another */
#include "../check.h"

enum { THREADS = 500, OBJECTS = 40 };

static char *objects[THREADS][OBJECTS];

static size_t size_of(int thread, int i) { return (size_t)(thread * 31 + i * 477) % 9000 + 1; }

static void *body(void *argument) {
    int thread = (int)(uintptr_t)argument;
    for (int i = 0; i < OBJECTS; i++) {
        CHECK((objects[thread][i] = malloc(size_of(thread, i))) != NULL);
        fill(objects[thread][i], size_of(thread, i), (unsigned long)(thread + i));
    }
    return NULL;
}

int main(void) {
    for (int i = 0; i < THREADS; i++)
        join(start(body, (void *)(uintptr_t)i));
    for (int thread = 0; thread < THREADS; thread++)
        for (int i = 0; i < OBJECTS; i++) {
            char *p = objects[thread][i];
            CHECK_AT(holds(p, size_of(thread, i), (unsigned long)(thread + i)), thread);
            if (i % 2) {
                CHECK((p = realloc(p, 10000)) != NULL);
                CHECK_AT(holds(p, size_of(thread, i), (unsigned long)(thread + i)), thread);
            }
            free(p);
        }
    return 0;
}
