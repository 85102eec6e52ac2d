/* expect: exit 0
 * prep:   rm -f audited && $BUILD_LIBRARY -o libaudit.so $HERE/lib/audit.c && $BUILD_LIBRARY -o libobject.so $HERE/lib/object.c
 * env:    LD_AUDIT=./libaudit.so
 * why:    rtld-audit(7): with an auditor the loader starts a second namespace before the program's, and calls it on each
 *         dlopen: more of the early allocations come from the loader's own small malloc, and are handed to our free */
#include "loaded.h"
#include <sys/stat.h>

int main(void) {
    struct stat before, after;
    CHECK(stat("audited", &before) == 0 && before.st_size > 0);
    for (int round = 0; round < 10; round++) {
        struct object_library library = load_object_library(RTLD_NOW);
        free(library.make(100));
        CHECK(dlclose(library.handle) == 0);
    }
    CHECK(stat("audited", &after) == 0 && after.st_size >= before.st_size + 10);
    return 0;
}
