/* expect: exit 0
 * prep:   $BUILD_LIBRARY -o libobject.so $HERE/lib/object.c
 * needs:  quarry
 * run:    preload
 * why:    dlopen(3), RTLD_DEEPBIND: the library looks up malloc in its own dependencies first and finds libc's. Both heaps
 *         work side by side as long as each frees its own */
#include "loaded.h"

int main(void) {
    struct object_library library = load_object_library(RTLD_NOW | RTLD_DEEPBIND);
    for (int i = 0; i < 1000; i++) {
        char *p = library.make((size_t)i * 10 + 1), *q = malloc((size_t)i * 10 + 1);
        CHECK(p != NULL && q != NULL && p != q);
        CHECK((p = library.resize(p, (size_t)i * 20 + 1)) != NULL && p[0] == 3);
        library.release(p);
        free(q);
    }
    CHECK(dlclose(library.handle) == 0);
    return 0;
}
