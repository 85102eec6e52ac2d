/* expect: exit 0
 * prep:   $BUILD_LIBRARY -o libobject.so $HERE/lib/object.c
 * why:    threads are born, load, allocate and die at once: no order of the loader's lock and ours may lock up */
#include "loaded.h"

static void *body(void *argument) {
    for (int round = 0; round < 10; round++) {
        struct object_library library = load_object_library(RTLD_NOW);
        free(library.make(5000));
        library.release(malloc(100));
        CHECK(dlclose(library.handle) == 0);
    }
    return argument;
}

int main(void) {
    for (int round = 0; round < 10; round++) {
        pthread_t threads[6];
        for (int i = 0; i < 6; i++)
            threads[i] = start(body, NULL);
        for (int i = 0; i < 6; i++)
            join(threads[i]);
    }
    return 0;
}
