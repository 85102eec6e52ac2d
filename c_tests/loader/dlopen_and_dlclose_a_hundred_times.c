/* expect: exit 0
 * prep:   $BUILD_LIBRARY -o libobject.so $HERE/lib/object.c
 * why:    dlopen(3): the loader itself allocates for each library; constructors and destructors of it allocate with the
 *         loader's lock held, and objects cross the boundary both ways */
#include "loaded.h"

int main(void) {
    for (int round = 0; round < 100; round++) {
        struct object_library library = load_object_library(round % 2 ? RTLD_NOW : RTLD_LAZY);
        char *theirs = library.make(3000), *ours = malloc(3000);
        CHECK(theirs != NULL && ours != NULL && theirs[2999] == 3);
        fill(ours, 3000, 1);
        CHECK((ours = library.resize(ours, 50000)) != NULL && holds(ours, 3000, 1));
        library.release(ours);
        free(theirs);
        CHECK(dlclose(library.handle) == 0);
    }
    return 0;
}
