/* expect: abort "foreign pointer"
 * run:    preload
 * needs:  quarry
 * prep:   $BUILD_LIBRARY -o libobject.so $HERE/lib/object.c
 * why:    with RTLD_DEEPBIND an object of libc's heap reaches our free: it is recognised before it is read */
#include "../misuse/stop.h"
#include "loaded.h"

int main(void) {
    struct object_library library = load_object_library(RTLD_NOW | RTLD_DEEPBIND);
    char *p = library.make(100);
    CHECK(p != NULL);
    announce("foreign pointer", p, 0);
    free(p);
    return 2;
}
