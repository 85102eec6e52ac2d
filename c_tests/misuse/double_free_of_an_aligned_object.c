/* expect: abort "double free"
 * needs:  quarry
 * why:    an aligned object is an object of a class like any other */
#include "stop.h"

int main(void) {
    char *p = aligned_alloc(256, 256);
    CHECK(p != NULL);
    announce("double free", p, malloc_usable_size(p));
    free(p);
    free(opaque(p));
    malloc_trim(0);
    return 2;
}
